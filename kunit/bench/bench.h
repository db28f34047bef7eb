/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long calls take. A benchmark is a KUnit case that makes what the calls need
 * and hands each metric to bench_measure(), which prints raw samples and judges
 * nothing: two kernels, or two implementations, are compared by whoever reads them.
 */
#ifndef _SVAC_BENCH_BENCH_H
#define _SVAC_BENCH_BENCH_H

#include "../suites/svac.h"

/**
 * struct bench_metric - one thing whose time is measured
 * @name: stable; with the implementation's it names a series of results
 * @what: one call of @op, in words
 * @floor: the metric of floors.c without which no implementation could do; or NULL
 * @op: what is measured; it undoes what it does
 * @data: for @op
 * @calls: that are made at a time, if that is not 1
 */
struct bench_metric {
	const char *name;
	const char *what;
	const char *floor;
	void (*op)(void *data, unsigned int nth);
	void *data;
	unsigned int calls;
};

/* Whoever steps through the kernel begins at the one, and returns from the other */
void svac_bench_steps_begin(void);
u64 svac_bench_steps_end(void);

bool bench_measure(struct kunit *test, const struct bench_metric *metric);
int bench_init(struct kunit *test);
void bench_exit(struct kunit *test);

#define BENCH_SUITE(_suite, _cases)					\
	static struct kunit_suite suite_##_suite = {			\
		.name = #_suite,					\
		.init = bench_init,					\
		.exit = bench_exit,					\
		.test_cases = _cases,					\
	};								\
	kunit_test_suite(suite_##_suite)

#endif /* _SVAC_BENCH_BENCH_H */
