/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long calls of a program take, with devices bound to its memory and without: raw
 * samples, printed as kunit/bench does.
 */
#ifndef _SVAC_BENCH_MEASURE_H
#define _SVAC_BENCH_MEASURE_H

#include <stdbool.h>

/**
 * struct metric - one thing whose time is measured
 * @name: stable
 * @what: one call of @op, in words
 * @floor: the metric without which it could not be; or NULL
 * @op: what is measured; it undoes what it does. Returns whether it did
 * @data: for @op
 */
struct metric {
	const char *name;
	const char *what;
	const char *floor;
	bool (*op)(void *data);
	void *data;
};

void measure(const struct metric *metric);
void measure_failed(const char *what);
bool measured_all(void);

void measure_floors(void);
void measure_memory(void);
void measure_processes(void);
void measure_transfers(void);

#endif /* _SVAC_BENCH_MEASURE_H */
