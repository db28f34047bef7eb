// SPDX-License-Identifier: GPL-2.0
/*
 * What no implementation can do without: what a metric costs is read as a multiple
 * of one of these, measured in the same boot.
 */
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "bench.h"

/* Pointers in the xarray in which one is looked for */
#define FILLED	1024

/* Turns of an empty loop */
#define SPIN	1024

static bool missed;

static void nothing(void *data, unsigned int nth)
{
}

static void lock_and_unlock(void *data, unsigned int nth)
{
	mutex_lock(data);
	mutex_unlock(data);
}

static void store_and_erase(void *data, unsigned int nth)
{
	xa_store(data, 1, data, GFP_KERNEL);
	xa_erase(data, 1);
}

static void load(void *data, unsigned int nth)
{
	/* Of use to nobody, but the compiler has to think so */
	if (!xa_load(data, nth % FILLED))
		WRITE_ONCE(missed, true);
}

static void allocate_and_free(void *data, unsigned int nth)
{
	kfree(kzalloc(128, GFP_KERNEL));
}

/* By which a slow-down is planted: spin.h */
static void spin(void *data, unsigned int nth)
{
	unsigned int turns;

	for (turns = SPIN; turns; turns--)
		barrier();
}

static void floors(struct kunit *test)
{
	static DEFINE_MUTEX(mutex);
	static DEFINE_XARRAY(store);
	static DEFINE_XARRAY(filled);
	const struct bench_metric metrics[] = {
		{ "floor.call", "call a function by a pointer", .op = nothing },
		{ "floor.mutex", "lock a mutex that nobody else wants, unlock it",
		  .op = lock_and_unlock, .data = &mutex },
		{ "floor.xarray", "store a pointer at 1 in an empty xarray, erase it",
		  .op = store_and_erase, .data = &store },
		{ "floor.lookup", "look for a pointer in an xarray of 1024, one after the other",
		  .op = load, .data = &filled },
		{ "floor.spin", "1024 turns of an empty loop", .op = spin },
		{ "floor.kmalloc", "allocate 128 bytes of zeros, free them",
		  .op = allocate_and_free },
	};
	unsigned int i;

	for (i = 0; i < FILLED; i++)
		KUNIT_EXPECT_FALSE(test, xa_is_err(xa_store(&filled, i, &store, GFP_KERNEL)));
	for (i = 0; i < ARRAY_SIZE(metrics); i++)
		bench_measure(test, &metrics[i]);
	KUNIT_EXPECT_FALSE(test, missed);
	xa_destroy(&filled);
}

static struct kunit_case floors_cases[] = {
	SVAC_PLAIN_CASE(floors),
	{ }
};

BENCH_SUITE(svac_bench_floors, floors_cases);
