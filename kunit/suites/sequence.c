// SPDX-License-Identifier: GPL-2.0
/*
 * Sequences of calls: whatever came before, each has to answer and to leave
 * behind what the model says.
 *
 * On the kernel's command line:
 *   svacheck.explore_length=N        all sequences of N calls
 *   svacheck.explore_part=I/N        only the Ith part of them, from 0, of N
 *   svacheck.explore_random=N,M      N random sequences of M calls
 *   svacheck.explore_seed=S          from which they come
 *   svacheck.replay=SEQUENCE         this one, as model_text.c has it
 */
#include <linux/moduleparam.h>
#include <linux/slab.h>

#include "explore.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "svacheck."

/* Calls, and bytes, in a line of KTAP */
#define LINE_CALLS	24

/* Random sequences, and calls in each, in which a broken driver has to be seen */
#define CONTROL_SEQUENCES	20
#define CONTROL_CALLS		200

static unsigned int explore_length = 4;
module_param(explore_length, uint, 0444);

static char *explore_part = "0/1";
module_param(explore_part, charp, 0444);

static char *explore_random_size = "100,50";
module_param_named(explore_random, explore_random_size, charp, 0444);

static unsigned long explore_seed = 20220519;
module_param(explore_seed, ulong, 0444);

static char *replay;
module_param(replay, charp, 0444);

/* Every kind of call, and every kind of answer, for a boot without svacheck.replay */
static const char * const sample[] = {
	"alloc(A)", "fail(driver)", "d0.set(p1,A)", "d0.set(p1,A)", "alloc(U)", "d0.set(p2,U)",
	"d1.join(g0)", "d1.join(g1)", "fail(memory)", "d1.set(p1,U)", "alloc(B)", "d1.set(p1,B)",
	"exit(A)", "d0.block(p1)", "free(A)", "d1.block(p1)", "d1.leave", "d0.set(p0,B)",
};

/* With its newline: printk() holds back a line without, and it would fall to world_hush() */
#define say(test, format, ...)						\
	kunit_log(KERN_INFO, test, KUNIT_SUBSUBTEST_INDENT format "\n", ##__VA_ARGS__)

/* KTAP lines are short: the reader puts several into one again */
static void say_sequence(struct kunit *test, const struct sequence *sequence)
{
	char line[LINE_CALLS * MODEL_TEXT + 1];
	unsigned int i = 0, length;
	char text[MODEL_TEXT];
	struct model_op op;

	while (i < sequence->count) {
		length = 0;
		do {
			op = model_op(sequence->ops[i++]);
			model_print(text, &op);
			length += scnprintf(line + length, sizeof(line) - length, " %s", text);
		} while (i < sequence->count && i % LINE_CALLS);
		say(test, "# reproducer:%s", line);
	}
}

/* The rule that a sequence broke, the sequence, and what was wrong after its last call */
static void tell(struct kunit *test, struct exploration *exploration, const char *rule)
{
	struct sequence *shrunk;

	shrunk = kunit_kmalloc(test, sizeof(*shrunk), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, shrunk);
	explore_shrink(exploration, shrunk);
	say(test, "# broken: %s", exploration->wrong.rule);
	say(test, "# broken: %s", rule);
	say_sequence(test, shrunk);
	KUNIT_FAIL(test, "after the last call of %s: %s\n",
		   shrunk->count ? "the reproducer" : "a sequence that fails only after others",
		   exploration->wrong.what);
}

/* Two numbers of a parameter, with one character in between */
static void read_two(struct kunit *test, const char *text, char between,
		     unsigned int *one, unsigned int *two)
{
	const char *second = strchr(text, between);
	char first[12];

	KUNIT_ASSERT_NOT_NULL_MSG(test, second, "two numbers are wanted, not %s\n", text);
	strscpy(first, text, min_t(size_t, sizeof(first), second - text + 1));
	KUNIT_ASSERT_EQ_MSG(test, kstrtouint(first, 10, one) ?: kstrtouint(second + 1, 10, two),
			    0, "two numbers are wanted, not %s\n", text);
}

static void all_short_sequences_are_as_the_model_has_them(struct kunit *test)
{
	struct exploration *exploration;
	unsigned int part, parts;

	svac_rules(test, "SEQ-001");
	read_two(test, explore_part, '/', &part, &parts);
	KUNIT_ASSERT_TRUE_MSG(test, part < parts, "there is no part %s\n", explore_part);
	KUNIT_ASSERT_TRUE_MSG(test, explore_length && explore_length <= EXPLORE_DEEPEST,
			      "svacheck.explore_length=%u\n", explore_length);
	exploration = explore_begin(test, MOCK_NORMAL);
	explore_all(exploration, explore_length, part, parts);
	say(test, "# explored: sequences=%lu states=%u length=%u part=%u/%u",
	    exploration->sequences, exploration->states, explore_length, part, parts);
	if (exploration->wrong.rule)
		tell(test, exploration, "SEQ-001");
	else
		KUNIT_EXPECT_GT(test, exploration->sequences, 0UL);
	explore_end(exploration);
}

static void long_random_sequences_are_as_the_model_has_them(struct kunit *test)
{
	struct exploration *exploration;
	unsigned int count, length;

	svac_rules(test, "SEQ-002");
	read_two(test, explore_random_size, ',', &count, &length);
	KUNIT_ASSERT_TRUE_MSG(test, count && length && length <= SEQUENCE_MOST,
			      "svacheck.explore_random=%s\n", explore_random_size);
	exploration = explore_begin(test, MOCK_NORMAL);
	explore_random(exploration, explore_seed, count, length);
	say(test, "# explored: sequences=%lu states=%u length=%u seed=%lu",
	    exploration->sequences, exploration->states, length, explore_seed);
	if (exploration->wrong.rule)
		tell(test, exploration, "SEQ-002");
	explore_end(exploration);
}

static void say_step(struct kunit *test, const struct model_op *op, const char *what)
{
	char text[MODEL_TEXT];

	model_print(text, op);
	say(test, "# step: %s: %s", text, what);
}

/* What is replayed: the sequence of the command line, or the sample */
static void read_sequence(struct kunit *test, struct sequence *sequence)
{
	int ret = replay ? model_parse_all(replay, sequence->ops, SEQUENCE_MOST) : 0;
	unsigned int i;

	KUNIT_ASSERT_GE_MSG(test, ret, 0, "this is no sequence: %s\n", replay);
	sequence->count = ret;
	for (i = 0; !replay && i < ARRAY_SIZE(sample); i++) {
		ret = model_parse(sample[i], strlen(sample[i]));
		KUNIT_ASSERT_GE_MSG(test, ret, 0, "%s is no call\n", sample[i]);
		sequence->ops[sequence->count++] = ret;
	}
	KUNIT_ASSERT_GT_MSG(test, sequence->count, 0, "the sequence is empty\n");
}

static void replayed_sequence_is_as_the_model_has_it(struct kunit *test)
{
	struct exploration *exploration;
	struct sequence *sequence;
	struct model_op op;
	struct world *world;
	unsigned int i;
	int got;

	svac_rules(test, "SEQ-003");
	sequence = kunit_kzalloc(test, sizeof(*sequence), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, sequence);
	read_sequence(test, sequence);
	exploration = explore_begin(test, MOCK_NORMAL);
	world = &exploration->world;
	for (i = 0; i < sequence->count && !exploration->wrong.rule; i++) {
		op = model_op(sequence->ops[i]);
		if (!model_possible(&world->model, &op)) {
			say_step(test, &op, "left out: not allowed here");
			continue;
		}
		got = world_step(world, sequence->ops[i], &exploration->wrong);
		say_step(test, &op, exploration->wrong.rule ? exploration->wrong.what :
			 svac_errname(got));
	}
	if (exploration->wrong.rule) {
		say(test, "# broken: %s", exploration->wrong.rule);
		say(test, "# broken: SEQ-003");
		KUNIT_FAIL(test, "%s\n", exploration->wrong.what);
	}
	explore_end(exploration);
}

/* A driver that breaks a rule, and how many calls it takes on d1, which has to join */
struct broken_driver {
	const char *name;
	enum mock_quirk quirk;
	const char *rule;
	unsigned int calls;
};

static const struct broken_driver broken_drivers[] = {
	{ "set installs nothing", MOCK_INSTALLS_NOTHING, "PASID-002", 3 },
	{ "block keeps the entry", MOCK_KEEPS_ENTRY, "PASID-015", 4 },
};

SVAC_ROWS(broken_drivers);

/* The control's own sequences with the driver that breaks nothing */
static bool deviates_without_a_broken_driver(struct kunit *test)
{
	struct exploration *exploration = explore_begin(test, MOCK_NORMAL);
	bool deviates;

	explore_random(exploration, explore_seed, CONTROL_SEQUENCES, CONTROL_CALLS);
	deviates = exploration->wrong.rule;
	if (deviates)
		tell(test, exploration, "SEQ-002");
	explore_end(exploration);
	return deviates;
}

static void random_sequences_see_and_shrink(struct kunit *test)
{
	const struct broken_driver *driver = to_svac(test)->row;
	struct exploration *exploration;
	struct sequence *shrunk;
	bool named;

	svac_rules(test, "CTL-020");
	shrunk = kunit_kzalloc(test, sizeof(*shrunk), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, shrunk);
	exploration = explore_begin(test, driver->quirk);
	explore_random(exploration, explore_seed, CONTROL_SEQUENCES, CONTROL_CALLS);
	named = exploration->wrong.rule && !strcmp(exploration->wrong.rule, driver->rule);
	if (named)
		explore_shrink(exploration, shrunk);
	explore_end(exploration);
	if (!named && deviates_without_a_broken_driver(test))
		return;
	KUNIT_EXPECT_TRUE_MSG(test, named, "no sequence names %s\n", driver->rule);
	KUNIT_EXPECT_NE_MSG(test, shrunk->count, 0, "it fails no more in a world of its own\n");
	KUNIT_EXPECT_LE_MSG(test, shrunk->count, driver->calls,
			    "it takes %u calls and was shrunk to %u\n", driver->calls,
			    shrunk->count);
}

static struct kunit_case sequence_cases[] = {
	SVAC_CASE(all_short_sequences_are_as_the_model_has_them),
	SVAC_CASE(long_random_sequences_are_as_the_model_has_them),
	SVAC_CASE(replayed_sequence_is_as_the_model_has_it),
	SVAC_CASE_ROWS(random_sequences_see_and_shrink, broken_drivers),
	{ }
};

SVAC_SUITE(svac_sequence, sequence_cases);
