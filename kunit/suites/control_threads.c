// SPDX-License-Identifier: GPL-2.0
/*
 * Positive controls of what lets calls meet: threads, and the points at which
 * they come in.
 */
#include <linux/completion.h>
#include <linux/mutex.h>

#include "svac.h"
#include "threads.h"

static DEFINE_MUTEX(mutex);

static void lock_and_mark(void *data)
{
	mutex_lock(&mutex);
	*(bool *)data = true;
	mutex_unlock(&mutex);
}

static void wait_for_it(void *data)
{
	wait_for_completion(data);
}

static void thread_that_waits_is_recognised(struct kunit *test)
{
	bool mark = false;
	struct svac_thread thread = { .run = lock_and_mark, .data = &mark };

	svac_rules(test, "CTL-004");
	KUNIT_ASSERT_EQ(test, svac_thread_create(&thread, 1), 0);
	mutex_lock(&mutex);
	svac_thread_run(&thread);
	KUNIT_EXPECT_FALSE(test, thread.ended);
	mutex_unlock(&mutex);
	KUNIT_EXPECT_TRUE(test, svac_threads_end(&thread, 1));
	KUNIT_EXPECT_TRUE(test, mark);
}

static void mutex_let_go_for_a_moment_is_lost(struct kunit *test)
{
	bool mark = false;
	struct svac_thread thread = { .run = lock_and_mark, .data = &mark };

	svac_rules(test, "CTL-004");
	KUNIT_ASSERT_EQ(test, svac_thread_create(&thread, 1), 0);
	mutex_lock(&mutex);
	svac_thread_run(&thread);
	svac_thread_take_next(&thread);
	mutex_unlock(&mutex);
	mutex_lock(&mutex);
	KUNIT_EXPECT_TRUE(test, mark);
	mutex_unlock(&mutex);
	KUNIT_EXPECT_TRUE(test, svac_threads_end(&thread, 1));
}

static void thread_that_never_ends_is_told(struct kunit *test)
{
	DECLARE_COMPLETION_ONSTACK(never);
	struct svac_thread thread = { .run = wait_for_it, .data = &never };

	svac_rules(test, "CTL-004");
	KUNIT_ASSERT_EQ(test, svac_thread_create(&thread, 1), 0);
	svac_thread_run(&thread);
	KUNIT_EXPECT_FALSE(test, svac_threads_end(&thread, 1));
	complete(&never);
	KUNIT_EXPECT_TRUE(test, svac_threads_end(&thread, 1));
}

static void thread_that_is_not_run_does_nothing(struct kunit *test)
{
	bool mark = false;
	struct svac_thread thread = { .run = lock_and_mark, .data = &mark };

	svac_rules(test, "CTL-004");
	KUNIT_ASSERT_EQ(test, svac_thread_create(&thread, 1), 0);
	KUNIT_EXPECT_TRUE(test, svac_threads_end(&thread, 1));
	KUNIT_EXPECT_FALSE(test, mark);
}

static void count(struct iommu_domain *domain, struct device *dev, ioasid_t pasid,
		  void *data)
{
	++*(unsigned int *)data;
}

/* Without its windows the kernel would pass every scene that is about them */
static void locks_of_the_group_are_points(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	unsigned int locks = 0, unlocks = 0;
	struct iommu_domain *paging;

	svac_rules(test, "CTL-004");
	paging = svac_paging_domain(test, dev);
	mock_on(MOCK_MUTEX, count, &locks);
	mock_after(MOCK_MUTEX, count, &unlocks);
	KUNIT_EXPECT_EQ(test, iommu_attach_device(paging, dev), 0);
	iommu_detach_device(paging, dev);
	KUNIT_EXPECT_EQ(test, locks, 2);
	KUNIT_EXPECT_EQ(test, unlocks, 2);
}

static struct kunit_case control_threads_cases[] = {
	SVAC_CASE(thread_that_waits_is_recognised),
	SVAC_CASE(mutex_let_go_for_a_moment_is_lost),
	SVAC_CASE(thread_that_never_ends_is_told),
	SVAC_CASE(thread_that_is_not_run_does_nothing),
	SVAC_CASE(locks_of_the_group_are_points),
	{ }
};

SVAC_SUITE(svac_control_threads, control_threads_cases);
