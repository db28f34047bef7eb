/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sequences of calls, run one after another, and what becomes of one that fails.
 */
#ifndef _SVAC_EXPLORE_H
#define _SVAC_EXPLORE_H

#include "world.h"

/* Calls in the longest sequence */
#define SEQUENCE_MOST	WORLD_JOURNAL

/* Calls in the longest of all sequences: each takes a frame of the stack */
#define EXPLORE_DEEPEST	12

/**
 * struct sequence - calls by number, in their order
 * @ops: for model_op()
 * @count: how many
 */
struct sequence {
	u8 ops[SEQUENCE_MOST];
	unsigned int count;
};

/**
 * struct exploration - what is being explored
 * @test: the case
 * @quirk: how the driver answers, in every world that is made
 * @world: in which the sequences run, one after another
 * @path: the sequence that is being run
 * @wrong: its deviation; rule is NULL as long as there is none
 * @sequences: run so far
 * @states: different ones that a world was in
 * @seen: these, by bit
 */
struct exploration {
	struct kunit *test;
	enum mock_quirk quirk;
	struct world world;
	struct sequence path;
	struct deviation wrong;
	unsigned long sequences;
	unsigned int states;
	unsigned long seen[BITS_TO_LONGS(BIT(MODEL_STATE_BITS))];
};

struct exploration *explore_begin(struct kunit *test, enum mock_quirk quirk);
void explore_end(struct exploration *exploration);
bool explore_run(struct exploration *exploration);
void explore_all(struct exploration *exploration, unsigned int length,
		 unsigned int part, unsigned int parts);
void explore_random(struct exploration *exploration, u64 seed, unsigned int count,
		    unsigned int length);
void explore_shrink(struct exploration *exploration, struct sequence *shrunk);

#endif /* _SVAC_EXPLORE_H */
