/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two processors at a time.
 */
#ifndef _SVAC_RACES_H
#define _SVAC_RACES_H

#include <linux/atomic.h>
#include <linux/completion.h>

struct kunit;
struct svac_race;

/**
 * struct svac_racer - one of the two
 * @race: that it is in
 * @number: 0 or 1
 * @run: what it does
 * @done: how often it has done what it counts
 * @wrong: the first answer that nobody may get; or 0
 * @ended: it is through
 */
struct svac_racer {
	struct svac_race *race;
	unsigned int number;
	void (*run)(struct svac_racer *racer);
	unsigned int done;
	int wrong;
	struct completion ended;
};

/**
 * struct svac_race - two racers, each on a processor of its own
 * @racers: the two
 * @data: of the case
 * @ready: how many of them wait for the other
 * @over: the first of them is through
 */
struct svac_race {
	struct svac_racer racers[2];
	void *data;
	atomic_t ready;
	bool over;
};

bool svac_race(struct kunit *test, void (*one)(struct svac_racer *racer),
	       void (*other)(struct svac_racer *racer), void *data, unsigned int done[2]);

#endif /* _SVAC_RACES_H */
