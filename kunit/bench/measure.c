// SPDX-License-Identifier: GPL-2.0
/*
 * The loop around what is measured, and what is printed of it. A batch is as many
 * calls as take long against the clock's resolution; a sample is the time of a batch.
 * There are few sizes of batches, far apart: what takes a few percent longer is not to
 * have another one.
 */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>
#include <linux/xarray.h>

#include "../mock/spin.h"
#include "bench.h"

#ifdef CONFIG_UML
/* The kernel's own clock has steps of 256 ns there */
#include <os.h>

static u64 now(void)
{
	return os_nsecs();
}
#else
static u64 now(void)
{
	return ktime_get_ns();
}
#endif

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "svac_bench."

static unsigned int samples = 80;
module_param(samples, uint, 0444);
MODULE_PARM_DESC(samples, "batches that are measured of each metric, 500 at most");

static unsigned int batch_us = 250;
module_param(batch_us, uint, 0444);
MODULE_PARM_DESC(batch_us, "how long a batch takes at most, if it is more than one call");

static char *only = "";
module_param(only, charp, 0444);
MODULE_PARM_DESC(only, "how the names of the metrics to measure begin (default: all)");

static ulong calm;
module_param(calm, ulong, 0444);
MODULE_PARM_DESC(calm, "ns that what never changes takes undisturbed, as an earlier boot printed it");

static unsigned int steps;
module_param(steps, uint, 0444);
MODULE_PARM_DESC(steps, "count the instructions of so many calls of each metric, and take no times");

unsigned int mock_spin_turns;
module_param_named(spin, mock_spin_turns, uint, 0444);
MODULE_PARM_DESC(spin, "a planted slow-down: setting a PASID takes so many turns of an empty loop longer, less one");

#define MOST_SAMPLES	500

static const unsigned int sizes[] = { 1, 8, 128, 4096 };

/* Whatever disturbs some milliseconds does not disturb both parts of the samples */
#define PARTS		2
#define APART_MS	10

/* How often a boot waits for APART_MS because something disturbs it */
#define PATIENCE	300

/* Samples in a line: it has to fit into what KUnit logs at once */
#define IN_A_LINE	16

/* Calls before the first one that is counted */
#define WARM_UP		64

static u64 taken[MOST_SAMPLES];

noinline void svac_bench_steps_begin(void)
{
	barrier();
}

noinline u64 svac_bench_steps_end(void)
{
	barrier();
	return 0;
}

/**
 * struct batches - those of a metric
 * @metric: what is called
 * @loops: calls in a batch
 * @nth: call that comes next
 */
struct batches {
	const struct bench_metric *metric;
	unsigned int loops;
	unsigned int nth;
};

/*
 * What earlier batches have freed by RCU is free by now: a batch that finds none of it
 * takes memory that was never used, and pays for that with its host.
 */
static u64 time_batch(struct batches *batches)
{
	const struct bench_metric *metric = batches->metric;
	unsigned int nth = batches->nth, end = nth + batches->loops;
	u64 begin;

	rcu_barrier();
	begin = now();
	for (; nth != end; nth++)
		metric->op(metric->data, nth);
	begin = now() - begin;
	batches->nth = end;
	return begin;
}

/* Whoever was interrupted once was not three times */
static u64 quickest(struct batches *batches)
{
	u64 least = time_batch(batches);
	unsigned int again;

	for (again = 0; again < 2; again++)
		least = min(least, time_batch(batches));
	return least;
}

/* The largest size that does not take too long: a warm-up at the same time */
static void size_batches(struct batches *batches)
{
	unsigned int size;

	batches->loops = 1;
	for (size = 1; size < ARRAY_SIZE(sizes); size++) {
		if (quickest(batches) * sizes[size] / sizes[size - 1] > batch_us * NSEC_PER_USEC)
			break;
		batches->loops = sizes[size];
	}
	quickest(batches);
}

/*
 * Who shares the core's caches and units makes everything slower at a time. That is seen
 * by what never changes, and waited for: what is measured has no say in it.
 */
static u64 time_what_never_changes(void)
{
	static DEFINE_XARRAY(store);
	unsigned int turns;
	u64 begin;

	rcu_barrier();
	begin = now();
	for (turns = 0; turns < 128; turns++) {
		xa_store(&store, 1, &store, GFP_KERNEL);
		xa_erase(&store, 1);
	}
	return now() - begin;
}

static bool is_disturbed(void)
{
	u64 least = U64_MAX;
	unsigned int again;

	/* The first ones after a sleep are slow for everybody */
	for (again = 0; again < 8; again++)
		least = min(least, time_what_never_changes());
	calm = calm ? min_t(u64, calm, least) : least;
	return least > calm + calm / 4;
}

static void wait_for_calm(void)
{
	static unsigned int waited;

	for (; waited < PATIENCE && is_disturbed(); waited++)
		msleep(APART_MS);
}

static void print(struct kunit *test, const struct bench_metric *metric, const char *unit,
		  unsigned int loops, unsigned int count)
{
	const struct svac_impl *impl = to_svac(test)->impl;
	char line[IN_A_LINE * 21 + 1];
	unsigned int i, length = 0;

	kunit_log(KERN_INFO, test, KUNIT_SUBSUBTEST_INDENT "# metric: %s %s %s loops %u floor %s",
		  metric->name, impl ? impl->name : "-", unit, loops * (metric->calls ?: 1),
		  metric->floor ?: "-");
	kunit_log(KERN_INFO, test, KUNIT_SUBSUBTEST_INDENT "# measures: %s", metric->what);
	for (i = 0; i < count; i++) {
		length += scnprintf(line + length, sizeof(line) - length, " %llu", taken[i]);
		if (i % IN_A_LINE == IN_A_LINE - 1 || i == count - 1) {
			kunit_log(KERN_INFO, test, KUNIT_SUBSUBTEST_INDENT "# samples:%s", line);
			length = 0;
		}
	}
}

static void take_times(struct kunit *test, const struct bench_metric *metric)
{
	struct batches batches = { .metric = metric };
	unsigned int count = clamp(samples, 1U, MOST_SAMPLES);
	unsigned int i;

	size_batches(&batches);
	for (i = 0; i < count; i++) {
		if (i % DIV_ROUND_UP(count, PARTS) == 0) {
			if (i)
				msleep(APART_MS);
			wait_for_calm();
		}
		taken[i] = time_batch(&batches);
	}
	print(test, metric, "ns", batches.loops, count);
	kunit_log(KERN_INFO, test, KUNIT_SUBSUBTEST_INDENT "# calm: %lu", calm);
}

/* A call is counted by itself; what the first ones allocate the others have */
static void count_steps(struct kunit *test, const struct bench_metric *metric)
{
	unsigned int count = min_t(unsigned int, steps, MOST_SAMPLES);
	unsigned int nth;

	for (nth = 0; nth < WARM_UP; nth++)
		metric->op(metric->data, nth);
	for (; nth < WARM_UP + count; nth++) {
		rcu_barrier();
		svac_bench_steps_begin();
		metric->op(metric->data, nth);
		taken[nth - WARM_UP] = svac_bench_steps_end();
	}
	KUNIT_EXPECT_NE_MSG(test, taken[0], 0, "nobody counts the instructions");
	print(test, metric, "insn", 1, count);
}

/**
 * bench_measure() - Measure a metric, and print its samples
 * @test: the case, whose implementation is called
 * @metric: what to measure
 *
 * The samples are nanoseconds of a batch, whose number of calls is printed with them, or
 * the instructions of a call.
 *
 * Return: false if another metric alone was asked for.
 */
bool bench_measure(struct kunit *test, const struct bench_metric *metric)
{
	if (strncmp(only, metric->name, strlen(only)))
		return false;
	if (!steps)
		take_times(test, metric);
	else if (!metric->calls) /* threads that wait for each other take as many as they wait */
		count_steps(test, metric);
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
