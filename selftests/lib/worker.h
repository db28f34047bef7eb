/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A thread that lets devices work on its pages and knows what must be in them: after
 * whatever happened to the address space, program and devices find it there.
 */
#ifndef _SVAC_WORKER_H
#define _SVAC_WORKER_H

#include <time.h>

#include "svac.h"

#define PAGES		16
#define DEVICES		2	/* of a thread */
#define WORDS		(PAGE / sizeof(uint64_t))

/**
 * struct state - of a page
 * @word: it is full of that
 * @maybe: or of zeros
 */
struct state {
	uint64_t word;
	bool maybe;
};

/**
 * struct worker - a thread
 * @seed: of its steps
 * @steps: it is to make
 * @until: CLOCK_MONOTONIC, in seconds; 0 for @steps
 * @made: steps it has made
 * @operations: its devices have done
 * @changes: of its address space
 * @children: it has had
 * @added: to each word of the tally
 * @bonds: its devices
 * @memory: its pages, at the beginning of what may be a huge page
 * @pages: what must be in them
 * @tally: the page that all add to
 * @wrong: what was wrong, NULL for nothing
 * @page: in which page
 */
struct worker {
	uint64_t seed;
	uint64_t steps;
	time_t until;
	uint64_t made;
	uint64_t operations;
	uint64_t changes;
	uint64_t children;
	uint64_t added[WORDS];
	struct bond bonds[DEVICES];
	char *memory;
	struct state pages[PAGES];
	uint64_t *tally;
	const char *wrong;
	unsigned int page;
};

uint64_t next_random(uint64_t *state);
char *page_at(struct worker *worker, unsigned int page);
void expect(struct worker *worker, bool so, unsigned int page, const char *wrong);
void set_state(struct worker *worker, unsigned int page, unsigned int count, uint64_t word);
bool consists_of(const char *at, uint64_t word, uint64_t other);
bool is_as_it_must(struct worker *worker, unsigned int page);
struct bond *any_device(struct worker *worker);
struct ending let(struct worker *worker, struct bond *bond, enum verb verb, const void *src,
		  void *dst, size_t len, uint64_t operand);
void device_fills(struct worker *worker, unsigned int page, unsigned int count, uint64_t word);
void program_fills(struct worker *worker, unsigned int page, uint64_t word);
void device_sums(struct worker *worker, struct bond *bond, unsigned int page, unsigned int count);
void program_looks(struct worker *worker, unsigned int page);
void device_copies(struct worker *worker, unsigned int from, unsigned int to);
void add_to_all(struct worker *worker, uint64_t random);

#endif /* _SVAC_WORKER_H */
