// SPDX-License-Identifier: GPL-2.0
/*
 * What all cases together have lost: kmemleak looks for memory that nothing points
 * to any more, and says where it was allocated. This suite is linked last.
 */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/mount.h>

#include "svac.h"

/* kmemleak reports nothing that is younger than five seconds */
#define OLD_ENOUGH	6000

/*
 * The first scan takes checksums, the second reports what has not changed since.
 * Stacks hold many a stale pointer, and what is left there keeps nothing alive.
 */
static int scan(struct svac_process *process, struct file *kmemleak)
{
	int ret = svac_write(process, kmemleak, "stack=off");

	msleep(OLD_ENOUGH);
	ret = ret ?: svac_write(process, kmemleak, "scan");
	return ret ?: svac_write(process, kmemleak, "scan");
}

static int scan_for(struct svac_process *process)
{
	struct vfsmount *debugfs = kern_mount(get_fs_type("debugfs"));
	struct file *kmemleak;
	int ret;

	if (IS_ERR(debugfs))
		return PTR_ERR(debugfs);
	kmemleak = file_open_root_mnt(debugfs, "kmemleak", O_WRONLY, 0);
	ret = PTR_ERR_OR_ZERO(kmemleak);
	if (!ret) {
		ret = scan(process, kmemleak);
		filp_close(kmemleak, NULL);
	}
	kern_unmount(debugfs);
	return ret;
}

/**
 * svac_scan_for_leaks() - Let kmemleak report what it finds on the console
 *
 * Return: 0, or an errno if it cannot.
 */
int svac_scan_for_leaks(void)
{
	struct svac_process process = { };
	int ret = svac_process_create(&process);

	ret = ret ?: scan_for(&process);
	if (process.mm)
		svac_process_free(&process);
	return ret;
}

static void nothing_allocated_is_lost(struct kunit *test)
{
	svac_rules(test, "CTL-016");
	KUNIT_EXPECT_EQ(test, svac_scan_for_leaks(), 0);
}

static struct kunit_case leaks_cases[] = {
	SVAC_PLAIN_CASE(nothing_allocated_is_lost),
	{ }
};

static struct kunit_suite svac_leaks = {
	.name = "svac_leaks",
	.test_cases = leaks_cases,
};

kunit_test_suite(svac_leaks);
