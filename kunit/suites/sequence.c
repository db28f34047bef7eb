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

#include "world.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "svacheck."

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

static struct exploration *begin(struct kunit *test, enum mock_quirk quirk)
{
	struct world_how *how = kunit_kzalloc(test, sizeof(*how), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, how);
	how->impl = to_svac(test)->impl;
	how->quirk = quirk;
	return explore_begin(test, &world_kind, how);
}

static void all_short_sequences_are_as_the_model_has_them(struct kunit *test)
{
	struct exploration *exploration;
	unsigned int part, parts;

	svac_rules(test, "SEQ-001");
	explore_read_two(test, explore_part, '/', &part, &parts);
	KUNIT_ASSERT_TRUE_MSG(test, part < parts, "there is no part %s\n", explore_part);
	KUNIT_ASSERT_TRUE_MSG(test, explore_length && explore_length <= EXPLORE_DEEPEST,
			      "svacheck.explore_length=%u\n", explore_length);
	exploration = begin(test, MOCK_NORMAL);
	explore_all(exploration, explore_length, part, parts);
	explore_say(test, "# explored: sequences=%lu states=%u length=%u part=%u/%u",
		    exploration->sequences, exploration->states, explore_length, part, parts);
	if (exploration->wrong.rule)
		explore_tell(exploration, "SEQ-001");
	else
		KUNIT_EXPECT_GT(test, exploration->sequences, 0UL);
	explore_end(exploration);
}

static void long_random_sequences_are_as_the_model_has_them(struct kunit *test)
{
	struct exploration *exploration;
	unsigned int count, length;

	svac_rules(test, "SEQ-002");
	explore_read_two(test, explore_random_size, ',', &count, &length);
	KUNIT_ASSERT_TRUE_MSG(test, count && length && length <= SEQUENCE_MOST,
			      "svacheck.explore_random=%s\n", explore_random_size);
	exploration = begin(test, MOCK_NORMAL);
	explore_random(exploration, explore_seed, count, length);
	explore_say(test, "# explored: sequences=%lu states=%u length=%u seed=%lu",
		    exploration->sequences, exploration->states, length, explore_seed);
	if (exploration->wrong.rule)
		explore_tell(exploration, "SEQ-002");
	explore_end(exploration);
}

static void replayed_sequence_is_as_the_model_has_it(struct kunit *test)
{
	struct exploration *exploration;
	struct sequence *sequence;

	svac_rules(test, "SEQ-003");
	sequence = kunit_kzalloc(test, sizeof(*sequence), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, sequence);
	explore_read(test, replay, sample, ARRAY_SIZE(sample), sequence);
	exploration = begin(test, MOCK_NORMAL);
	explore_replay(exploration, sequence, "SEQ-003");
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
	struct exploration *exploration = begin(test, MOCK_NORMAL);
	bool deviates;

	explore_random(exploration, explore_seed, CONTROL_SEQUENCES, CONTROL_CALLS);
	deviates = exploration->wrong.rule;
	if (deviates)
		explore_tell(exploration, "SEQ-002");
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
	exploration = begin(test, driver->quirk);
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
