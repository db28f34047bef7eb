/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sequences of calls, run one after another, and what becomes of one that fails.
 */
#ifndef _SVAC_EXPLORE_H
#define _SVAC_EXPLORE_H

#include "model.h"
#include "svac.h"

/* Calls in the longest sequence */
#define SEQUENCE_MOST	1024

/* Calls in the longest of all sequences */
#define EXPLORE_DEEPEST	12

/* Different states that can be told apart */
#define EXPLORE_STATES	BIT(MODEL_STATE_BITS)

/**
 * struct sequence - calls by number, in their order
 * @ops: for model_op()
 * @count: how many
 */
struct sequence {
	u8 ops[SEQUENCE_MOST];
	unsigned int count;
};

/* What no longer fits is not replayed */
static inline void sequence_append(struct sequence *sequence, u8 number)
{
	if (sequence->count < SEQUENCE_MOST)
		sequence->ops[sequence->count++] = number;
}

/**
 * struct deviation - the first thing that was not as it has to be
 * @rule: that is broken
 * @part: what was looked at, if the rule does not tell
 * @what: in words
 */
struct deviation {
	const char *rule;
	const char *part;
	char what[240];
};

/**
 * struct explore_kind - what sequences can be run on
 * @size: of a subject
 * @make: a subject, all zero, in the state that it begins with; 0 or an errno
 * @end: a subject in any state, also one that was not made or has ended
 * @reset: back to the state it began with; false if there is a deviation
 * @step: make a call and look what comes of it; returns what it answered
 * @possible: is a call allowed now
 * @needless: is every sequence that goes on with it like another one that is explored
 * @state: as a number, below EXPLORE_STATES
 * @journal: the calls of a subject, which @step appends to
 * @answer: what @step returned, for a person
 * @place: in the text of a sequence, where it is to be run; "" if there is one place
 */
struct explore_kind {
	size_t size;
	int (*make)(void *subject, const void *how);
	void (*end)(void *subject);
	bool (*reset)(void *subject, struct deviation *wrong);
	int (*step)(void *subject, u8 number, struct deviation *wrong);
	bool (*possible)(const void *subject, u8 number);
	bool (*needless)(const void *subject, u8 number, bool last);
	u32 (*state)(const void *subject);
	struct sequence *(*journal)(void *subject);
	const char *(*answer)(const void *subject, int ret);
	const char *(*place)(const void *how);
};

/**
 * struct exploration - what is being explored
 * @test: the case
 * @kind: of @subject
 * @how: for its @make, in every subject that is made
 * @subject: on which the sequences run, one after another
 * @path: the sequence that is being run
 * @wrong: its deviation; rule is NULL as long as there is none
 * @sequences: run so far
 * @states: different ones that @subject was in
 * @seen: these, by bit
 */
struct exploration {
	struct kunit *test;
	const struct explore_kind *kind;
	const void *how;
	void *subject;
	struct sequence path;
	struct deviation wrong;
	unsigned long sequences;
	unsigned int states;
	unsigned long seen[BITS_TO_LONGS(EXPLORE_STATES)];
};

struct exploration *explore_begin(struct kunit *test, const struct explore_kind *kind,
				  const void *how);
void explore_end(struct exploration *exploration);
void explore_all(struct exploration *exploration, unsigned int length,
		 unsigned int part, unsigned int parts);
void explore_random(struct exploration *exploration, u64 seed, unsigned int count,
		    unsigned int length);
void explore_shrink(struct exploration *exploration, struct sequence *shrunk);

/* explore_tell.c: what a case says of its sequences, and reads them from */

/* With its newline: printk() holds back a line without, and it would fall to bench_hush() */
#define explore_say(test, format, ...)					\
	kunit_log(KERN_INFO, test, KUNIT_SUBSUBTEST_INDENT format "\n", ##__VA_ARGS__)

void explore_tell(struct exploration *exploration, const char *rule);
void explore_replay(struct exploration *exploration, const struct sequence *sequence,
		    const char *rule);
void explore_read(struct kunit *test, const char *text, const char * const *sample,
		  unsigned int count, struct sequence *sequence);
void explore_read_two(struct kunit *test, const char *text, char between,
		      unsigned int *one, unsigned int *two);

#endif /* _SVAC_EXPLORE_H */
