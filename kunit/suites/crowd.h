/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A crowd: threads on a CPU each that do something at the same time, over and
 * over. In which order it happens is up to the machine: what a case expects has
 * to hold in every order.
 */
#ifndef _SVAC_CROWD_H
#define _SVAC_CROWD_H

#include <linux/types.h>

struct hall;
struct kunit;

/* More threads than that find nothing that these do not */
#define CROWD_MOST	4

/**
 * struct crowd - who does what
 * @count: of threads; as many as there are CPUs, 2 at least and CROWD_MOST at most
 * @data: for the functions of the case
 * @hall: private to crowd.c
 * @before: makes a round ready; NULL for nothing
 * @run: what thread number @who does in it
 * @after: looks at what came of it, false if it is wrong
 *
 * They must not assert: a case that ends in the middle leaves its crowd waiting.
 */
struct crowd {
	unsigned int count;
	void *data;
	struct hall *hall;
	void (*before)(struct kunit *test, struct crowd *crowd);
	void (*run)(struct crowd *crowd, unsigned int who);
	bool (*after)(struct kunit *test, struct crowd *crowd);
};

void crowd_meet(struct crowd *crowd, unsigned int who);
void crowd_needs_cpus(struct kunit *test);
void crowd_run(struct kunit *test, struct crowd *crowd, unsigned int rounds);

#endif /* _SVAC_CROWD_H */
