// SPDX-License-Identifier: GPL-2.0
/*
 * Walks through sequences: all that are short, some that are long. A sequence
 * that fails is shrunk to the calls that it takes.
 */
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "bench.h"
#include "explore.h"

/**
 * explore_begin() - Begin to explore
 * @test: the case
 * @kind: what sequences run on
 * @how: it is made; good until the end
 *
 * Return: the exploration; explore_end() ends it.
 */
struct exploration *explore_begin(struct kunit *test, const struct explore_kind *kind,
				  const void *how)
{
	struct exploration *exploration = vzalloc(sizeof(*exploration));

	KUNIT_ASSERT_NOT_NULL(test, exploration);
	exploration->test = test;
	exploration->kind = kind;
	exploration->how = how;
	exploration->subject = vzalloc(kind->size);
	if (!exploration->subject || kind->make(exploration->subject, how)) {
		explore_end(exploration);
		KUNIT_FAIL(test, "there is no memory to explore in\n");
		kunit_try_catch_throw(&test->try_catch);
	}
	return exploration;
}

/**
 * explore_end() - End what explore_begin() began
 * @exploration: the exploration
 */
void explore_end(struct exploration *exploration)
{
	/* After a deviation the implementation may warn of what it has come to */
	int level = console_loglevel;

	if (exploration->wrong.rule)
		level = bench_hush();
	if (exploration->subject)
		exploration->kind->end(exploration->subject);
	bench_unhush(level);
	vfree(exploration->subject);
	vfree(exploration);
}

static void note_state(struct exploration *exploration)
{
	u32 state = exploration->kind->state(exploration->subject);

	if (!__test_and_set_bit(state, exploration->seen))
		exploration->states++;
}

static bool begin_sequence(struct exploration *exploration)
{
	struct sequence *journal = exploration->kind->journal(exploration->subject);

	if (!exploration->kind->reset(exploration->subject, &exploration->wrong))
		return false;
	if (journal->count > SEQUENCE_MOST / 2)
		journal->count = 0;
	note_state(exploration);
	cond_resched();
	return true;
}

/* One call of the path; false if it deviates */
static bool run_call(struct exploration *exploration, u8 number)
{
	exploration->kind->step(exploration->subject, number, &exploration->wrong);
	if (exploration->wrong.rule)
		return false;
	note_state(exploration);
	return true;
}

/*
 * The walk over all sequences: which calls are still to be tried after the first so
 * many of the path. It is the subject that tells what is possible, so that the path is
 * run from the beginning for each of them.
 */
struct walk {
	unsigned int length;
	unsigned int part;
	unsigned int parts;
	unsigned int branch;
	u64 open[EXPLORE_DEEPEST];
};

static u64 open_calls(const struct exploration *exploration, bool last)
{
	const struct explore_kind *kind = exploration->kind;
	u64 open = 0;
	u8 number;

	BUILD_BUG_ON(MODEL_OPS > 64);
	for (number = 0; number < MODEL_OPS; number++)
		if (kind->possible(exploration->subject, number) &&
		    !kind->needless(exploration->subject, number, last))
			open |= BIT_ULL(number);
	return open;
}

/* The next call after the first @depth of the path, if there is one left that is wanted */
static bool take_next(struct walk *walk, struct sequence *path, unsigned int depth)
{
	u64 *open = &walk->open[depth];

	while (*open) {
		path->ops[depth] = __ffs64(*open);
		path->count = depth + 1;
		*open &= *open - 1;
		/* Branches are the beginnings of two calls, or one if there are no more */
		if (path->count != min(2U, walk->length) ||
		    walk->branch++ % walk->parts == walk->part)
			return true;
	}
	return false;
}

static bool take_another(struct walk *walk, struct sequence *path)
{
	unsigned int depth = path->count;

	while (depth--)
		if (take_next(walk, path, depth))
			return true;
	return false;
}

/* The path, and on with the first calls that are possible; false if it deviates */
static bool walk_down(struct exploration *exploration, struct walk *walk)
{
	struct sequence *path = &exploration->path;
	unsigned int i;

	if (!begin_sequence(exploration))
		return false;
	for (i = 0; i < walk->length; i++) {
		if (i == path->count) {
			walk->open[i] = open_calls(exploration, i + 1 == walk->length);
			if (!take_next(walk, path, i))
				return true;
		}
		if (!run_call(exploration, path->ops[i]))
			return false;
	}
	exploration->sequences++;
	return true;
}

/**
 * explore_all() - Run all sequences of a length, but those that are needless
 * @exploration: the exploration
 * @length: in calls, up to EXPLORE_DEEPEST; the shorter ones are their beginnings
 * @part: of the beginnings, those with this number ...
 * @parts: ... of so many; 0 of 1 for all
 *
 * Ends with the first sequence that deviates.
 */
void explore_all(struct exploration *exploration, unsigned int length,
		 unsigned int part, unsigned int parts)
{
	struct walk walk = { .length = length, .part = part, .parts = parts };

	exploration->path.count = 0;
	do {
		if (!walk_down(exploration, &walk))
			return;
	} while (take_another(&walk, &exploration->path));
}

/* A kind of call first: else setting, which there are most of, would crowd out the rest */
static u8 random_op(struct rnd_state *random, const struct exploration *exploration)
{
	u8 possible[MODEL_OPS], of_kind[MODEL_OPS];
	unsigned int i, count = 0, kinds = 0, chosen = 0;
	enum model_call kind = MODEL_ALLOC;
	struct model_op op;

	for (i = 0; i < MODEL_OPS; i++) {
		op = model_op(i);
		if (!exploration->kind->possible(exploration->subject, i))
			continue;
		if (!count || op.call != kind) {
			kind = op.call;
			/* Each kind so far is the chosen one with the same chance */
			if (prandom_u32_state(random) % ++kinds == 0)
				chosen = kind;
		}
		possible[count++] = i;
	}
	kinds = 0;
	for (i = 0; i < count; i++) {
		op = model_op(possible[i]);
		if (op.call == chosen)
			of_kind[kinds++] = possible[i];
	}
	return of_kind[prandom_u32_state(random) % kinds];
}

static bool run_random(struct exploration *exploration, struct rnd_state *random,
		       unsigned int length)
{
	struct sequence *path = &exploration->path;

	path->count = 0;
	if (!begin_sequence(exploration))
		return false;
	while (path->count < length) {
		path->ops[path->count] = random_op(random, exploration);
		if (!run_call(exploration, path->ops[path->count++]))
			return false;
	}
	exploration->sequences++;
	return true;
}

/**
 * explore_random() - Run random sequences
 * @exploration: the exploration
 * @seed: the same for the same sequences
 * @count: how many
 * @length: of each, in calls
 *
 * Ends with the first sequence that deviates.
 */
void explore_random(struct exploration *exploration, u64 seed, unsigned int count,
		    unsigned int length)
{
	struct rnd_state random;

	prandom_seed_state(&random, seed);
	while (count-- && run_random(exploration, &random, length))
		;
}

/* Is it the same that two deviations are about */
static bool same(const struct deviation *one, const struct deviation *other)
{
	return one->rule && other->rule && !strcmp(one->rule, other->rule) &&
	       !strcmp(one->part ?: "", other->part ?: "");
}

/*
 * Run a sequence on a subject of its own, up to the deviation. What is not possible
 * there is left out, so that the sequence stays one that a driver could make.
 *
 * Return: true if it deviates as the exploration has.
 */
static bool breaks(struct exploration *exploration, struct sequence *sequence)
{
	const struct explore_kind *kind = exploration->kind;
	struct deviation wrong = { };
	void *subject = vzalloc(kind->size);
	unsigned int i, kept = 0;

	if (!subject)
		return false;
	if (!kind->make(subject, exploration->how)) {
		for (i = 0; i < sequence->count && !wrong.rule; i++) {
			if (!kind->possible(subject, sequence->ops[i]))
				continue;
			sequence->ops[kept++] = sequence->ops[i];
			kind->step(subject, sequence->ops[i], &wrong);
		}
		sequence->count = kept;
	}
	kind->end(subject);
	vfree(subject);
	if (!same(&wrong, &exploration->wrong))
		return false;
	exploration->wrong = wrong;
	return true;
}

/* Leave out as many calls as can be, ever smaller chunks of them at a time */
static void reduce(struct exploration *exploration, struct sequence *shrunk,
		   struct sequence *shorter)
{
	unsigned int chunk, from, before;

	for (chunk = shrunk->count / 2; chunk; chunk = shrunk->count < before ? chunk : chunk / 2) {
		before = shrunk->count;
		for (from = 0; from < shrunk->count; ) {
			unsigned int to = min(from + chunk, shrunk->count);

			shorter->count = shrunk->count - (to - from);
			memcpy(shorter->ops, shrunk->ops, from);
			memcpy(shorter->ops + from, shrunk->ops + to, shrunk->count - to);
			if (breaks(exploration, shorter))
				*shrunk = *shorter;
			else
				from = to;
			cond_resched();
		}
	}
}

/**
 * explore_shrink() - The fewest calls that deviate as the path has
 * @exploration: after a deviation; its subject ends here
 * @shrunk: receives them; none if only a subject with a longer past deviates
 *
 * The sequence is tried on subjects of their own: first the path, then all that the
 * subject has been through: other sequences, and the calls that reset it.
 */
void explore_shrink(struct exploration *exploration, struct sequence *shrunk)
{
	struct sequence *other = kmalloc(sizeof(*other), GFP_KERNEL);
	int level = bench_hush();

	shrunk->count = 0;
	if (!other)
		goto out;
	/* There is one subject at a time */
	*other = *exploration->kind->journal(exploration->subject);
	exploration->kind->end(exploration->subject);
	*shrunk = exploration->path;
	if (!breaks(exploration, shrunk)) {
		*shrunk = *other;
		if (!breaks(exploration, shrunk))
			shrunk->count = 0;
	}
	if (shrunk->count)
		reduce(exploration, shrunk, other);
out:
	kfree(other);
	bench_unhush(level);
}
