// SPDX-License-Identifier: GPL-2.0
/*
 * Positive controls of the kernel's own instruments: each plants a defect that one
 * of them has to report. An instrument falls silent after a report, so each has a
 * boot of its own.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

#include "svac.h"

/* Declare what an instrument has to report, and a function on the way to it */
static void expect_report(struct kunit *test, const char *instrument,
			  const char *function)
{
	kunit_log(KERN_INFO, test, KUNIT_SUBSUBTEST_INDENT "# expect-report: %s in %s",
		  instrument, function);
}

static noinline char read_byte(const char *from)
{
	return READ_ONCE(*from);
}

/* KASAN of some kernels fails the case that it reports something in, and this one has to */
static void read_in_no_case(const char *from)
{
	struct kunit *test = current->kunit_test;

	current->kunit_test = NULL;
	read_byte(from);
	current->kunit_test = test;
}

static void kasan_reports_a_read_beyond_the_end(struct kunit *test)
{
	char *memory = kunit_kzalloc(test, 24, GFP_KERNEL);

	svac_rules(test, "CTL-010");
	expect_report(test, "KASAN", "read_byte");
	KUNIT_ASSERT_NOT_NULL(test, memory);
	read_in_no_case(memory + 24);
}

static void kasan_reports_a_use_after_free(struct kunit *test)
{
	char *memory = kzalloc(24, GFP_KERNEL);

	svac_rules(test, "CTL-010");
	expect_report(test, "KASAN", "read_byte");
	KUNIT_ASSERT_NOT_NULL(test, memory);
	kfree(memory);
	read_in_no_case(memory);
}

static DEFINE_MUTEX(one);
static DEFINE_MUTEX(other);
static DEFINE_SPINLOCK(spinning);

static noinline void take_both(struct mutex *first, struct mutex *second)
{
	mutex_lock(first);
	mutex_lock(second);
	mutex_unlock(second);
	mutex_unlock(first);
}

static void lockdep_reports_two_locks_in_both_orders(struct kunit *test)
{
	svac_rules(test, "CTL-011");
	expect_report(test, "lockdep", "take_both");
	take_both(&one, &other);
	take_both(&other, &one);
}

static noinline void take_under_a_spinlock(struct mutex *mutex)
{
	spin_lock(&spinning);
	mutex_lock(mutex);
	mutex_unlock(mutex);
	spin_unlock(&spinning);
}

static void lockdep_reports_a_mutex_under_a_spinlock(struct kunit *test)
{
	svac_rules(test, "CTL-012");
	expect_report(test, "lockdep", "take_under_a_spinlock");
	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP))
		expect_report(test, "atomic", "take_under_a_spinlock");
	take_under_a_spinlock(&one);
}

static void no_alarm(struct timer_list *timer)
{
}

static struct timer_list *start_timer(struct kunit *test)
{
	struct timer_list *timer = kzalloc(sizeof(*timer), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, timer);
	timer_setup(timer, no_alarm, 0);
	mod_timer(timer, jiffies + 1000 * HZ);
	return timer;
}

static noinline void set_up_again(struct timer_list *timer)
{
	timer_setup(timer, no_alarm, 0);
	barrier(); /* or the call above would be a jump, and nobody see from where */
}

static void debug_objects_reports_an_active_timer_set_up_again(struct kunit *test)
{
	struct timer_list *timer;

	svac_rules(test, "CTL-013");
	expect_report(test, "ODEBUG", "set_up_again");
	timer = start_timer(test);
	set_up_again(timer);
	timer_delete_sync(timer);
	kfree(timer);
}

static noinline void free_memory(void *memory)
{
	kfree(memory);
	barrier(); /* as above */
}

static void debug_objects_reports_an_active_timer_freed(struct kunit *test)
{
	svac_rules(test, "CTL-013");
	expect_report(test, "ODEBUG", "free_memory");
	free_memory(start_timer(test));
}

#ifdef CONFIG_SVACHECK_LEAKS
static noinline void lose_memory(struct kunit *test)
{
	void *memory = kmalloc(24, GFP_KERNEL);

	KUNIT_EXPECT_NOT_NULL(test, memory);
}

static void kmemleak_reports_what_nothing_points_to(struct kunit *test)
{
	svac_rules(test, "CTL-014");
	expect_report(test, "kmemleak", "lose_memory");
	lose_memory(test);
	KUNIT_EXPECT_EQ(test, svac_scan_for_leaks(), 0);
}
#endif

static noinline void take_off(struct list_head *entry)
{
	list_del(entry);
}

static void debug_list_reports_an_entry_taken_off_twice(struct kunit *test)
{
	LIST_HEAD(list);
	LIST_HEAD(entry);

	svac_rules(test, "CTL-015");
	expect_report(test, "list corruption", "take_off");
	list_add(&entry, &list);
	take_off(&entry);
	take_off(&entry);
}

/* Of the kernel, whatever implementations there are */
static struct kunit_case controls_debug_cases[] = {
	SVAC_PLAIN_CASE(kasan_reports_a_read_beyond_the_end),
	SVAC_PLAIN_CASE(kasan_reports_a_use_after_free),
	SVAC_PLAIN_CASE(lockdep_reports_two_locks_in_both_orders),
	SVAC_PLAIN_CASE(lockdep_reports_a_mutex_under_a_spinlock),
	SVAC_PLAIN_CASE(debug_objects_reports_an_active_timer_set_up_again),
	SVAC_PLAIN_CASE(debug_objects_reports_an_active_timer_freed),
#ifdef CONFIG_SVACHECK_LEAKS
	SVAC_PLAIN_CASE(kmemleak_reports_what_nothing_points_to),
#endif
	SVAC_PLAIN_CASE(debug_list_reports_an_entry_taken_off_twice),
	{ }
};

static struct kunit_suite svac1_controls_debug = {
	.name = "svac1_controls_debug",
	.test_cases = controls_debug_cases,
};

kunit_test_suite(svac1_controls_debug);
