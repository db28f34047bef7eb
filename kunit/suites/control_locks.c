// SPDX-License-Identifier: GPL-2.0
/*
 * Positive controls of what watches the locks: here mutex_lock() and
 * mutex_unlock() are the mock's, as in the code under test.
 */
#include <linux/mutex.h>

#include "../mock/windows.h"
#include "svac.h"

static DEFINE_MUTEX(mutex);

static void lock_oracle_sees_a_mutex_that_is_kept(struct kunit *test)
{
	svac_rules(test, "CTL-002");
	mutex_lock(&mutex);
	KUNIT_EXPECT_EQ(test, mock_mutexes_held(), 1);
	mutex_unlock(&mutex);
	KUNIT_EXPECT_EQ(test, mock_mutexes_held(), 0);
}

static void lock_oracle_sees_a_mutex_that_is_locked_twice(struct kunit *test)
{
	svac_rules(test, "CTL-002");
	svac_needs(test, SVAC_WARNS, "warnings");
	svac_expect_warn(test, "mock_mutex_lock_nested", 1);
	mutex_lock(&mutex);
	mutex_lock(&mutex);
	mutex_unlock(&mutex);
	KUNIT_EXPECT_EQ(test, mock_mutexes_held(), 0);
}

static void lock_oracle_sees_an_unlock_without_a_lock(struct kunit *test)
{
	svac_rules(test, "CTL-002");
	svac_needs(test, SVAC_WARNS, "warnings");
	svac_expect_warn(test, "mock_mutex_unlock", 1);
	mutex_unlock(&mutex);
	KUNIT_EXPECT_EQ(test, mock_mutexes_held(), 0);
}

static struct kunit_case control_locks_cases[] = {
	SVAC_CASE(lock_oracle_sees_a_mutex_that_is_kept),
	SVAC_CASE(lock_oracle_sees_a_mutex_that_is_locked_twice),
	SVAC_CASE(lock_oracle_sees_an_unlock_without_a_lock),
	{ }
};

SVAC_SUITE(svac_control_locks, control_locks_cases);
