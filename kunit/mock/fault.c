// SPDX-License-Identifier: GPL-2.0
/*
 * Failing allocations: failslab, set up from inside of the kernel through the
 * variables behind its files in debugfs.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <linux/sched.h>

#include "mock.h"

/* What failslab counts down from, once it has been set up */
static atomic_t *failures_left;

/* The variable that a file of debugfs shows */
static void *knob(struct dentry *dir, const char *name)
{
	struct dentry *file = debugfs_lookup(name, dir);
	void *variable;

	if (IS_ERR_OR_NULL(file))
		return NULL;
	variable = d_inode(file)->i_private;
	dput(file);
	return variable;
}

static int set_knobs(struct dentry *dir)
{
	unsigned long *probability = knob(dir, "probability");
	unsigned long *verbose = knob(dir, "verbose");
	atomic_t *times = knob(dir, "times");
	bool *only_tasks = knob(dir, "task-filter");
	bool *spare_sleepers = knob(dir, "ignore-gfp-wait");

	if (!probability || !verbose || !times || !only_tasks || !spare_sleepers)
		return -ENOENT;
	*only_tasks = true;
	*spare_sleepers = false;
	*verbose = 0;
	if (!failures_left)
		atomic_set(times, INT_MAX);
	failures_left = times;
	*probability = 100;
	return 0;
}

/**
 * mock_failed_allocations() - Slab allocations that were made to fail
 *
 * Return: how many since the kernel started.
 */
unsigned int mock_failed_allocations(void)
{
	return failures_left ? INT_MAX - atomic_read(failures_left) : 0;
}

static int tell_failslab(void)
{
	struct dentry *dir = debugfs_lookup("failslab", NULL);
	int ret;

	if (IS_ERR_OR_NULL(dir))
		return -ENOENT;
	ret = set_knobs(dir);
	dput(dir);
	return ret;
}

/**
 * mock_can_fail_allocations() - Does this kernel know how to
 *
 * Return: false without CONFIG_FAILSLAB or CONFIG_FAULT_INJECTION_DEBUG_FS.
 */
bool mock_can_fail_allocations(void)
{
	return !tell_failslab();
}

/**
 * mock_fail_allocations() - Fail every slab allocation of this task
 * @fail: true to begin, false to end; keep the call under test alone in between
 *
 * Return: 0, or -ENOENT in a kernel that cannot: see
 * mock_can_fail_allocations().
 */
int mock_fail_allocations(bool fail)
{
	if (fail)
		return mock_fail_nth(1, true);
	mock_fail_nth_end();
	return 0;
}

/**
 * mock_fail_nth() - Fail one slab allocation of this task
 * @nth: 1 for the next
 * @onwards: fail all that come after it as well
 *
 * Ends with mock_fail_nth_end(). Keep the call under test alone in between.
 *
 * Return: 0, or -ENOENT in a kernel that cannot.
 */
int mock_fail_nth(unsigned int nth, bool onwards)
{
	int ret = tell_failslab();

#ifdef CONFIG_FAULT_INJECTION
	if (!ret) {
		/* Counts down first, then what the task wants in general */
		current->make_it_fail = onwards;
		current->fail_nth = nth;
	}
#endif
	return ret;
}

/**
 * mock_fail_nth_end() - Let allocations succeed again
 *
 * Return: how many were still to come until the first to fail; 0 if it has.
 */
unsigned int mock_fail_nth_end(void)
{
	unsigned int left = 0;

#ifdef CONFIG_FAULT_INJECTION
	left = current->fail_nth;
	current->fail_nth = 0;
	current->make_it_fail = false;
#endif
	return left;
}

/**
 * mock_fail_nth_hit() - Has the first to fail failed yet
 *
 * Return: true from then on, as long as all that come after it fail as well.
 */
bool mock_fail_nth_hit(void)
{
#ifdef CONFIG_FAULT_INJECTION
	return current->make_it_fail && !current->fail_nth;
#else
	return false;
#endif
}

/**
 * mock_fail_is_on() - Do allocations of this task fail, now or later
 *
 * Return: between mock_fail_nth() and mock_fail_nth_end(), until the one has failed.
 */
bool mock_fail_is_on(void)
{
#ifdef CONFIG_FAULT_INJECTION
	return current->make_it_fail || current->fail_nth;
#else
	return false;
#endif
}

/**
 * mock_fail_pause() - Let allocations succeed, and do not count them
 *
 * Return: for mock_fail_resume().
 */
struct mock_failing mock_fail_pause(void)
{
	struct mock_failing failing = { };

#ifdef CONFIG_FAULT_INJECTION
	failing.nth = current->fail_nth;
	failing.onwards = current->make_it_fail;
	current->fail_nth = 0;
	current->make_it_fail = false;
#endif
	return failing;
}

/**
 * mock_fail_resume() - Go on where mock_fail_pause() stopped
 * @failing: what it returned
 */
void mock_fail_resume(struct mock_failing failing)
{
#ifdef CONFIG_FAULT_INJECTION
	current->fail_nth = failing.nth;
	current->make_it_fail = failing.onwards;
#endif
}
