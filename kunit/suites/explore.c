// SPDX-License-Identifier: GPL-2.0
/*
 * Walks through sequences: all that are short, some that are long. A sequence
 * that fails is shrunk to the calls that it takes.
 */
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "explore.h"

/**
 * explore_begin() - Begin to explore
 * @test: the case
 * @quirk: how the driver is to answer
 *
 * Return: the exploration; explore_end() ends it.
 */
struct exploration *explore_begin(struct kunit *test, enum mock_quirk quirk)
{
	struct exploration *exploration = vzalloc(sizeof(*exploration));

	KUNIT_ASSERT_NOT_NULL(test, exploration);
	exploration->test = test;
	exploration->quirk = quirk;
	if (world_make(&exploration->world, to_svac(test)->impl, quirk)) {
		explore_end(exploration);
		KUNIT_FAIL(test, "there is no memory for a world\n");
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
		level = world_hush();
	world_end(&exploration->world);
	world_unhush(level);
	vfree(exploration);
}

static void note_state(struct exploration *exploration)
{
	if (!__test_and_set_bit(model_state(&exploration->world.model), exploration->seen))
		exploration->states++;
}

/**
 * explore_run() - Run the path from the beginning
 * @exploration: with the path
 *
 * Return: true if all was as the model has it.
 */
bool explore_run(struct exploration *exploration)
{
	unsigned int i;

	exploration->sequences++;
	if (!world_reset(&exploration->world, &exploration->wrong))
		return false;
	note_state(exploration);
	for (i = 0; i < exploration->path.count; i++) {
		world_step(&exploration->world, exploration->path.ops[i], &exploration->wrong);
		if (exploration->wrong.rule)
			return false;
		note_state(exploration);
	}
	cond_resched();
	return true;
}

/* The walk over all sequences: where it is, and which of its branches are wanted */
struct walk {
	struct exploration *exploration;
	unsigned int length;
	unsigned int part;
	unsigned int parts;
	unsigned int branch;
};

/* Branches are the beginnings of two calls, or one if there are no more */
static bool wanted(struct walk *walk, unsigned int depth)
{
	if (depth != min(2U, walk->length))
		return true;
	return walk->branch++ % walk->parts == walk->part;
}

static bool walk_from(struct walk *walk, const struct model *model)
{
	struct sequence *path = &walk->exploration->path;
	struct model_op op;
	struct model next;
	u8 number;

	if (!wanted(walk, path->count))
		return true;
	if (path->count == walk->length)
		return explore_run(walk->exploration);
	for (number = 0; number < MODEL_OPS; number++) {
		op = model_op(number);
		if (!model_possible(model, &op) || model_needless(model, &op))
			continue;
		if (path->count == walk->length - 1 && model_silent(model, &op))
			continue;
		next = *model;
		model_step(&next, &op);
		path->ops[path->count++] = number;
		if (!walk_from(walk, &next))
			return false;
		path->count--;
	}
	return true;
}

/**
 * explore_all() - Run all sequences of a length, but those model_needless()
 * @exploration: the exploration
 * @length: in calls; the shorter ones are their beginnings
 * @part: of the beginnings, those with this number ...
 * @parts: ... of so many; 0 of 1 for all
 *
 * Ends with the first sequence that deviates.
 */
void explore_all(struct exploration *exploration, unsigned int length,
		 unsigned int part, unsigned int parts)
{
	struct walk walk = {
		.exploration = exploration,
		.length = length,
		.part = part,
		.parts = parts,
	};
	struct model model;

	model_begin(&model, exploration->world.model.settled);
	walk_from(&walk, &model);
}

/* A kind of call first: else setting, which there are most of, would crowd out the rest */
static u8 random_op(struct rnd_state *random, const struct model *model)
{
	u8 possible[MODEL_OPS], of_kind[MODEL_OPS];
	unsigned int i, count = 0, kinds = 0, chosen = 0;
	enum model_call kind = MODEL_ALLOC;
	struct model_op op;

	for (i = 0; i < MODEL_OPS; i++) {
		op = model_op(i);
		if (!model_possible(model, &op))
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
	struct sequence *path = &exploration->path;
	struct rnd_state random;
	struct model_op op;
	struct model model;
	bool well = true;

	prandom_seed_state(&random, seed);
	while (count-- && well) {
		model_begin(&model, exploration->world.model.settled);
		for (path->count = 0; path->count < length; path->count++) {
			path->ops[path->count] = random_op(&random, &model);
			op = model_op(path->ops[path->count]);
			model_step(&model, &op);
		}
		well = explore_run(exploration);
	}
}

/*
 * Run a sequence in a world of its own, up to the deviation. What is not possible
 * there is left out, so that the sequence stays one that a driver could make.
 *
 * Return: true if it breaks the rule that is to be broken.
 */
static bool breaks(struct exploration *exploration, struct sequence *sequence,
		   const char *rule)
{
	struct deviation wrong = { };
	struct world *world = vzalloc(sizeof(*world));
	unsigned int i, kept = 0;
	struct model_op op;

	if (!world)
		return false;
	if (!world_make(world, to_svac(exploration->test)->impl, exploration->quirk)) {
		for (i = 0; i < sequence->count && !wrong.rule; i++) {
			op = model_op(sequence->ops[i]);
			if (!model_possible(&world->model, &op))
				continue;
			sequence->ops[kept++] = sequence->ops[i];
			world_step(world, sequence->ops[i], &wrong);
		}
		sequence->count = kept;
	}
	world_end(world);
	vfree(world);
	if (!wrong.rule || strcmp(wrong.rule, rule))
		return false;
	exploration->wrong = wrong;
	return true;
}

/* What was called before as well: other sequences, and the calls that reset the world */
static void take_journal(const struct world *world, struct sequence *sequence)
{
	sequence->count = world->journaled;
	memcpy(sequence->ops, world->journal, sequence->count);
}

/* Leave out as many calls as can be, ever smaller chunks of them at a time */
static void reduce(struct exploration *exploration, struct sequence *shrunk,
		   struct sequence *shorter)
{
	const char *rule = exploration->wrong.rule;
	unsigned int chunk, from, before;

	for (chunk = shrunk->count / 2; chunk; chunk = shrunk->count < before ? chunk : chunk / 2) {
		before = shrunk->count;
		for (from = 0; from < shrunk->count; ) {
			unsigned int to = min(from + chunk, shrunk->count);

			shorter->count = shrunk->count - (to - from);
			memcpy(shorter->ops, shrunk->ops, from);
			memcpy(shorter->ops + from, shrunk->ops + to, shrunk->count - to);
			if (breaks(exploration, shorter, rule))
				*shrunk = *shorter;
			else
				from = to;
			cond_resched();
		}
	}
}

/**
 * explore_shrink() - The fewest calls that deviate as the path has
 * @exploration: after a deviation; its world ends here
 * @shrunk: receives them; none if only a world with a longer past deviates
 *
 * The sequence is tried in worlds of their own: first the path, then with what
 * went before it.
 */
void explore_shrink(struct exploration *exploration, struct sequence *shrunk)
{
	struct sequence *other = kmalloc(sizeof(*other), GFP_KERNEL);
	int level = world_hush();

	shrunk->count = 0;
	if (!other)
		goto out;
	/* There is one world at a time */
	take_journal(&exploration->world, other);
	world_end(&exploration->world);
	*shrunk = exploration->path;
	if (!breaks(exploration, shrunk, exploration->wrong.rule)) {
		*shrunk = *other;
		if (!breaks(exploration, shrunk, exploration->wrong.rule))
			shrunk->count = 0;
	}
	if (shrunk->count)
		reduce(exploration, shrunk, other);
out:
	kfree(other);
	world_unhush(level);
}
