// SPDX-License-Identifier: GPL-2.0
/*
 * Positive control of KCSAN: a race that it has to report.
 */
#include <linux/sched.h>

#include "crowd.h"
#include "svac.h"

/* KCSAN looks at one access in some thousand, and has to meet the other's */
#define ACCESSES	(2 * 1000 * 1000)

static unsigned long raced;

static noinline void count_without_a_lock(void)
{
	raced++;
}

static void count_on(struct crowd *crowd, unsigned int who)
{
	unsigned int i;

	for (i = 0; i < ACCESSES; i++) {
		count_without_a_lock();
		if (!(i % 1024))
			cond_resched();
	}
}

static bool go_on(struct kunit *test, struct crowd *crowd)
{
	return true;
}

static void kcsan_reports_a_race(struct kunit *test)
{
	struct crowd crowd = { .run = count_on, .after = go_on };

	svac_rules(test, "CTL-017");
	kunit_log(KERN_INFO, test,
		  KUNIT_SUBSUBTEST_INDENT "# expect-report: KCSAN in count_without_a_lock\n");
	crowd_needs_cpus(test);
	crowd_run(test, &crowd, 1);
}

static struct kunit_case controls_kcsan_cases[] = {
	SVAC_PLAIN_CASE(kcsan_reports_a_race),
	{ }
};

static struct kunit_suite svac1_controls_kcsan = {
	.name = "svac1_controls_kcsan",
	.test_cases = controls_kcsan_cases,
};

kunit_test_suite(svac1_controls_kcsan);
