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

/**
 * mock_fail_allocations() - Fail every slab allocation of this task
 * @fail: true to begin, false to end; keep the call under test alone in between
 *
 * Return: 0, or -ENOENT in a kernel that cannot: it takes CONFIG_FAILSLAB and
 * CONFIG_FAULT_INJECTION_DEBUG_FS.
 */
int mock_fail_allocations(bool fail)
{
	struct dentry *dir;
	int ret;

#ifdef CONFIG_FAULT_INJECTION
	current->make_it_fail = false;
#endif
	if (!fail)
		return 0;
	dir = debugfs_lookup("failslab", NULL);
	if (IS_ERR_OR_NULL(dir))
		return -ENOENT;
	ret = set_knobs(dir);
	dput(dir);
#ifdef CONFIG_FAULT_INJECTION
	current->make_it_fail = !ret;
#endif
	return ret;
}
