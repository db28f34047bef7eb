// SPDX-License-Identifier: GPL-2.0
/*
 * Positive control of KCSAN: a race that it has to report.
 */
#include <linux/kthread.h>
#include <linux/sched.h>

#include "races.h"
#include "svac.h"

/* KCSAN looks at one access in some thousand, and has to meet the other's */
#define ACCESSES	(20 * 1000 * 1000)

static unsigned long raced;

static noinline void count_without_a_lock(void)
{
	raced++;
}

static void count_on(struct svac_racer *racer)
{
	unsigned int i;

	for (i = 0; i < ACCESSES && !READ_ONCE(racer->race->over); i++) {
		count_without_a_lock();
		if (!(i % 1024))
			cond_resched();
	}
}

static void kcsan_reports_a_race(struct kunit *test)
{
	unsigned int done[2];

	svac_rules(test, "CTL-017");
	kunit_log(KERN_INFO, test,
		  KUNIT_SUBSUBTEST_INDENT "# expect-report: KCSAN in count_without_a_lock");
	svac_race(test, count_on, count_on, NULL, done);
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
