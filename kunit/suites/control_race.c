// SPDX-License-Identifier: GPL-2.0
/*
 * Positive controls of crowds: what goes wrong at the same time, and only then,
 * has to be seen.
 */
#include <linux/compiler.h>

#include "../mock/audit.h"
#include "crowd.h"
#include "svac.h"

#define ROUNDS	500

/* Far longer than threads of a crowd are apart, and so fewer rounds */
#define STEPS		20000
#define LONG_ROUNDS	50

/* In steps that the others come between; no lock is the defect */
static void count_without_lock(struct crowd *crowd, unsigned int who)
{
	unsigned int *counter = crowd->data;
	unsigned int i;

	for (i = 0; i < STEPS; i++)
		WRITE_ONCE(*counter, READ_ONCE(*counter) + 1);
}

static bool go_on(struct kunit *test, struct crowd *crowd)
{
	mock_log_clear();
	return true;
}

static void threads_of_a_crowd_run_at_the_same_time(struct kunit *test)
{
	unsigned int counter = 0;
	struct crowd crowd = {
		.data = &counter, .run = count_without_lock, .after = go_on,
	};

	svac_rules(test, "CTL-030");
	crowd_needs_cpus(test);
	crowd_run(test, &crowd, LONG_ROUNDS);
	KUNIT_EXPECT_LT_MSG(test, counter, crowd.count * LONG_ROUNDS * STEPS,
			    "of what is counted without a lock something must get lost\n");
}

struct question {
	struct iommu_domain *domain;
	struct device *dev;
};

/* As a core would that has no lock for a group */
static void ask_the_driver(struct crowd *crowd, unsigned int who)
{
	const struct question *question = crowd->data;

	svac_driver_block(question->domain, question->dev, 1 + who);
}

static void calls_of_the_driver_at_a_time_are_seen(struct kunit *test)
{
	struct question question = { .dev = svac_device(test, &MOCK_PASIDS) };
	struct crowd crowd = {
		.data = &question, .run = ask_the_driver, .after = go_on,
	};

	svac_rules(test, "CTL-030");
	crowd_needs_cpus(test);
	question.domain = svac_paging_domain(test, question.dev);
	crowd_run(test, &crowd, ROUNDS);
	KUNIT_EXPECT_GT(test, mock_audit_overlaps(), 0);
	mock_audit_reset();
}

static struct kunit_case control_race_cases[] = {
	SVAC_CASE(threads_of_a_crowd_run_at_the_same_time),
	SVAC_CASE(calls_of_the_driver_at_a_time_are_seen),
	{}
};

SVAC_SUITE(svac_control_race, control_race_cases);
