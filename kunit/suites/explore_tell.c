// SPDX-License-Identifier: GPL-2.0
/*
 * Sequences of calls as a case prints them and as it is given them.
 */
#include <linux/kstrtox.h>
#include <linux/slab.h>

#include "explore.h"

/* Calls in a line of KTAP */
#define LINE_CALLS	24

/* KTAP lines are short: the reader puts several into one again */
static void say_sequence(const struct exploration *exploration, const struct sequence *sequence)
{
	const char *place = exploration->kind->place(exploration->how);
	char line[(LINE_CALLS + 1) * MODEL_TEXT + 1];
	unsigned int i = 0, length;
	char text[MODEL_TEXT];
	struct model_op op;

	while (i < sequence->count) {
		length = 0;
		if (!i && *place)
			length = scnprintf(line, sizeof(line), " in(%s)", place);
		do {
			op = model_op(sequence->ops[i++]);
			model_print(text, &op);
			length += scnprintf(line + length, sizeof(line) - length, " %s", text);
		} while (i < sequence->count && i % LINE_CALLS);
		explore_say(exploration->test, "# reproducer:%s", line);
	}
}

static void say_broken(const struct exploration *exploration, const char *rule)
{
	explore_say(exploration->test, "# broken: %s", exploration->wrong.rule);
	if (strcmp(rule, exploration->wrong.rule))
		explore_say(exploration->test, "# broken: %s", rule);
}

/**
 * explore_tell() - Shrink a sequence that deviates, say what it breaks, and fail
 * @exploration: after a deviation
 * @rule: of the case
 */
void explore_tell(struct exploration *exploration, const char *rule)
{
	struct kunit *test = exploration->test;
	struct sequence *shrunk;

	shrunk = kunit_kmalloc(test, sizeof(*shrunk), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, shrunk);
	explore_shrink(exploration, shrunk);
	say_broken(exploration, rule);
	say_sequence(exploration, shrunk);
	KUNIT_FAIL(test, "after the last call of %s: %s\n",
		   shrunk->count ? "the reproducer" : "a sequence that fails only after others",
		   exploration->wrong.what);
}

static void say_step(struct kunit *test, const struct model_op *op, const char *what)
{
	char text[MODEL_TEXT];

	model_print(text, op);
	explore_say(test, "# step: %s: %s", text, what);
}

/**
 * explore_replay() - Run a sequence, say what comes of each call, and fail if it deviates
 * @exploration: just begun
 * @sequence: to be run; calls that are not possible are left out
 * @rule: of the case
 */
void explore_replay(struct exploration *exploration, const struct sequence *sequence,
		    const char *rule)
{
	const struct explore_kind *kind = exploration->kind;
	struct deviation *wrong = &exploration->wrong;
	struct kunit *test = exploration->test;
	struct model_op op;
	unsigned int i;
	int got;

	for (i = 0; i < sequence->count && !wrong->rule; i++) {
		op = model_op(sequence->ops[i]);
		if (!kind->possible(exploration->subject, sequence->ops[i])) {
			say_step(test, &op, "left out: not allowed here");
			continue;
		}
		got = kind->step(exploration->subject, sequence->ops[i], wrong);
		say_step(test, &op,
			 wrong->rule ? wrong->what : kind->answer(exploration->subject, got));
	}
	if (wrong->rule) {
		say_broken(exploration, rule);
		KUNIT_FAIL(test, "%s\n", wrong->what);
	}
}

/**
 * explore_read() - The sequence that is to be replayed
 * @test: the case
 * @text: of the kernel's command line, or NULL
 * @sample: the calls to take then
 * @count: of @sample
 * @sequence: receives it
 */
void explore_read(struct kunit *test, const char *text, const char * const *sample,
		  unsigned int count, struct sequence *sequence)
{
	int ret = text ? model_parse_all(text, sequence->ops, SEQUENCE_MOST) : 0;
	unsigned int i;

	KUNIT_ASSERT_GE_MSG(test, ret, 0, "this is no sequence: %s\n", text);
	sequence->count = ret;
	for (i = 0; !text && i < count; i++) {
		ret = model_parse(sample[i], strlen(sample[i]));
		KUNIT_ASSERT_GE_MSG(test, ret, 0, "%s is no call\n", sample[i]);
		sequence->ops[sequence->count++] = ret;
	}
	KUNIT_ASSERT_GT_MSG(test, sequence->count, 0, "the sequence is empty\n");
}

/**
 * explore_read_two() - Two numbers of a parameter
 * @test: the case
 * @text: of the kernel's command line
 * @between: the one character between them
 * @one: receives the first
 * @two: receives the second
 */
void explore_read_two(struct kunit *test, const char *text, char between,
		      unsigned int *one, unsigned int *two)
{
	const char *second = strchr(text, between);
	char first[12];

	KUNIT_ASSERT_NOT_NULL_MSG(test, second, "two numbers are wanted, not %s\n", text);
	strscpy(first, text, min_t(size_t, sizeof(first), second - text + 1));
	KUNIT_ASSERT_EQ_MSG(test, kstrtouint(first, 10, one) ?: kstrtouint(second + 1, 10, two),
			    0, "two numbers are wanted, not %s\n", text);
}
