// SPDX-License-Identifier: GPL-2.0
/*
 * A device that is bound to a process caches what it walks of the kernel's page tables as
 * well, and has to be told before the kernel frees one.
 */
#include "../api/kernel_range.h"
#include "svac.h"

/* No process has memory there, on any architecture */
#define START	(0UL - 64 * PAGE_SIZE)
#define END	(0UL - 48 * PAGE_SIZE)

#define needs_range(test)						\
	svac_needs(test, SVAC_TELLS_KERNEL_RANGE, "way to tell of page tables of the kernel")

/* A listener outlives the case that gives up */
static struct svac_listener one, other;

static struct iommu_sva *bind_one(struct kunit *test, struct svac_process *process)
{
	struct iommu_sva *handle = svac_bind(test, svac_device(test, &MOCK_PASIDS), process);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, handle);
	return handle;
}

static void listen(struct kunit *test, struct svac_listener *listener,
		   struct svac_process *process)
{
	KUNIT_ASSERT_EQ(test, svac_listen(listener, process->mm), 0);
}

static void bound_process_is_told_of_the_range(struct kunit *test)
{
	struct svac_process *process = svac_process(test);

	svac_rules(test, "BIND-033");
	needs_range(test);
	bind_one(test, process);
	listen(test, &one, process);
	svac_tell_kernel_range(START, END);
	svac_listen_end(&one);
	KUNIT_EXPECT_EQ(test, one.told, 1);
	KUNIT_EXPECT_EQ(test, one.start, START);
	KUNIT_EXPECT_EQ(test, one.end, END);
}

static void every_bound_process_is_told(struct kunit *test)
{
	struct svac_process *first = svac_process(test), *second = svac_process(test);

	svac_rules(test, "BIND-033");
	needs_range(test);
	bind_one(test, first);
	bind_one(test, second);
	listen(test, &one, first);
	listen(test, &other, second);
	svac_tell_kernel_range(START, END);
	svac_listen_end(&one);
	svac_listen_end(&other);
	KUNIT_EXPECT_EQ(test, one.told, 1);
	KUNIT_EXPECT_EQ(test, other.told, 1);
}

static void process_is_told_until_its_last_device_is_unbound(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct iommu_sva *first, *second;

	svac_rules(test, "BIND-033");
	needs_range(test);
	first = bind_one(test, process);
	second = bind_one(test, process);
	listen(test, &one, process);
	svac_unbind(test, first);
	svac_tell_kernel_range(START, END);
	KUNIT_EXPECT_EQ(test, one.told, 1);
	svac_unbind(test, second);
	svac_tell_kernel_range(START, END);
	KUNIT_EXPECT_EQ(test, one.told, 1);
	svac_listen_end(&one);
}

static void process_that_is_bound_again_is_told_again(struct kunit *test)
{
	struct svac_process *process = svac_process(test);

	svac_rules(test, "BIND-033");
	needs_range(test);
	svac_unbind(test, bind_one(test, process));
	bind_one(test, process);
	listen(test, &one, process);
	svac_tell_kernel_range(START, END);
	svac_listen_end(&one);
	KUNIT_EXPECT_EQ(test, one.told, 1);
}

static struct kunit_case kernel_range_cases[] = {
	SVAC_CASE(bound_process_is_told_of_the_range),
	SVAC_CASE(every_bound_process_is_told),
	SVAC_CASE(process_is_told_until_its_last_device_is_unbound),
	SVAC_CASE(process_that_is_bound_again_is_told_again),
	{ }
};

SVAC_SUITE(svac_kernel_range, kernel_range_cases);
