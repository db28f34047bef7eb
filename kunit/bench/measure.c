// SPDX-License-Identifier: GPL-2.0
/*
 * The loop around what is measured, and what is printed of it. A batch is as many
 * calls as take long against the clock's resolution; a sample is the time of a batch.
 */
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>

#include "../mock/spin.h"
#include "bench.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "svac_bench."

static unsigned int samples = 40;
module_param(samples, uint, 0444);
MODULE_PARM_DESC(samples, "batches that are measured of each metric, 500 at most");

static unsigned int batch_us = 100;
module_param(batch_us, uint, 0444);
MODULE_PARM_DESC(batch_us, "how long a batch takes at least");

static char *only = "";
module_param(only, charp, 0444);
MODULE_PARM_DESC(only, "the only metric to measure (default: all)");

unsigned int mock_spin_turns;
module_param_named(spin, mock_spin_turns, uint, 0444);
MODULE_PARM_DESC(spin, "a planted slow-down: setting a PASID takes so many turns of an empty loop longer, less one");

#define MOST_SAMPLES	500
#define MOST_LOOPS	BIT(22)

/* Samples in a line: it has to fit into what KUnit logs at once */
#define IN_A_LINE	16

static u64 taken[MOST_SAMPLES];

/*
 * What earlier batches have freed by RCU is free by now: a batch that finds none of it
 * takes memory that was never used, and pays for that with its host.
 */
static u64 time_batch(const struct bench_metric *metric, unsigned int loops)
{
	unsigned int nth;
	u64 begin;

	rcu_barrier();
	begin = ktime_get_ns();
	for (nth = 0; nth < loops; nth++)
		metric->op(metric->data, nth);
	return ktime_get_ns() - begin;
}

/* Whoever was interrupted once was not three times */
static u64 quickest(const struct bench_metric *metric, unsigned int loops)
{
	u64 least = time_batch(metric, loops);
	unsigned int again;

	for (again = 0; again < 2; again++)
		least = min(least, time_batch(metric, loops));
	return least;
}

/* Doubled until a batch takes long enough: a warm-up at the same time */
static unsigned int loops_of(const struct bench_metric *metric)
{
	u64 least = (u64)batch_us * NSEC_PER_USEC;
	unsigned int loops = 1;

	while (loops < MOST_LOOPS && quickest(metric, loops) < least)
		loops *= 2;
	return loops;
}

static void print_samples(struct kunit *test, unsigned int count)
{
	char line[IN_A_LINE * 21 + 1];
	unsigned int i, length = 0;

	for (i = 0; i < count; i++) {
		length += scnprintf(line + length, sizeof(line) - length, " %llu", taken[i]);
		if (i % IN_A_LINE == IN_A_LINE - 1 || i == count - 1) {
			kunit_log(KERN_INFO, test, KUNIT_SUBSUBTEST_INDENT "# samples:%s", line);
			length = 0;
		}
	}
}

/**
 * bench_measure() - Measure a metric, and print its samples
 * @test: the case, whose implementation is called
 * @metric: what to measure
 *
 * The samples are nanoseconds of a batch, whose number of calls is printed with them.
 *
 * Return: false if another metric alone was asked for.
 */
bool bench_measure(struct kunit *test, const struct bench_metric *metric)
{
	const struct svac_impl *impl = to_svac(test)->impl;
	unsigned int count = clamp(samples, 1U, MOST_SAMPLES);
	unsigned int i, loops;

	if (*only && strcmp(only, metric->name))
		return false;
	loops = loops_of(metric);
	for (i = 0; i < count; i++)
		taken[i] = time_batch(metric, loops);
	kunit_log(KERN_INFO, test, KUNIT_SUBSUBTEST_INDENT "# metric: %s %s ns loops %u floor %s",
		  metric->name, impl ? impl->name : "-", loops * (metric->calls ?: 1),
		  metric->floor ?: "-");
	kunit_log(KERN_INFO, test, KUNIT_SUBSUBTEST_INDENT "# measures: %s", metric->what);
	print_samples(test, count);
	return true;
}

/**
 * bench_init() - Begin a case
 * @test: the case
 *
 * The mock serves: it neither logs nor audits, and what is freed is freed. Its devices
 * cache nothing, so that an SVA domain on a PASID has no notifier of the mock's.
 *
 * Return: 0 or -ENOMEM.
 */
int bench_init(struct kunit *test)
{
	mock_serve();
	mock_let_cache(false);
	return svac_init(test);
}

/**
 * bench_exit() - End a case
 * @test: the case
 */
void bench_exit(struct kunit *test)
{
	svac_exit(test);
	mock_let_cache(true);
}
