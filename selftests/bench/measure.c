// SPDX-License-Identifier: GPL-2.0
/*
 * The loop around what is measured, and what is printed of it.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../lib/svac.h"
#include "measure.h"

#define MOST_SAMPLES	200
#define IN_A_LINE	16

static bool failed;

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

/* Nanoseconds of a batch; 0 if a call has failed */
static uint64_t time_batch(const struct metric *metric, unsigned int loops)
{
	uint64_t begin = now();

	while (loops--)
		if (!metric->op(metric->data))
			return 0;
	return now() - begin;
}

/* Doubled until the quickest of three batches takes long enough: a warm-up at the same time */
static unsigned int loops_of(const struct metric *metric, uint64_t least)
{
	unsigned int loops, again;
	uint64_t quickest, time;

	for (loops = 1; loops < 1U << 20; loops *= 2) {
		quickest = UINT64_MAX;
		for (again = 0; again < 3; again++) {
			time = time_batch(metric, loops);
			if (!time)
				return 0;
			quickest = time < quickest ? time : quickest;
		}
		if (quickest >= least)
			break;
	}
	return loops;
}

static void print_samples(const uint64_t *samples, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		printf("%s %llu%s", i % IN_A_LINE ? "" : "# samples:",
		       (unsigned long long)samples[i],
		       i % IN_A_LINE == IN_A_LINE - 1 || i == count - 1 ? "\n" : "");
}

/**
 * measure_failed() - Something could not be measured
 * @what: that
 */
void measure_failed(const char *what)
{
	printf("# failed: %s\n", what);
	failed = true;
}

/**
 * measure() - Measure a metric, and print its samples
 * @metric: what to measure
 *
 * The samples are nanoseconds of a batch, whose number of calls is printed with them.
 */
void measure(const struct metric *metric)
{
	static uint64_t samples[MOST_SAMPLES];
	unsigned int count = setting("svac_samples", 20), loops, i;

	count = count < MOST_SAMPLES ? count : MOST_SAMPLES;
	loops = loops_of(metric, setting("svac_batch_us", 200) * 1000);
	for (i = 0; i < count && loops; i++) {
		samples[i] = time_batch(metric, loops);
		if (!samples[i])
			loops = 0;
	}
	if (!loops) {
		measure_failed(metric->name);
		return;
	}
	printf("# metric: %s %s ns loops %u floor %s\n", metric->name, device_driver.name, loops,
	       metric->floor ?: "-");
	printf("# measures: %s\n", metric->what);
	print_samples(samples, count);
}

/**
 * measured_all() - Did all that was to be measured do what it was to
 *
 * Return: whether it did.
 */
bool measured_all(void)
{
	return !failed;
}
