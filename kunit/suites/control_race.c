// SPDX-License-Identifier: GPL-2.0
/*
 * Positive controls of crowds: what goes wrong at the same time, and only then,
 * has to be seen.
 */
#include <linux/compiler.h>

#include "../mock/audit.h"
#include "crowd.h"
#include "svac.h"

/* Until it is seen. On a busy machine most rounds run one thread after the other */
#define MOST_ROUNDS	20000

/* Far longer than threads of a crowd are apart */
#define STEPS		20000

/* In steps that the others come between; no lock is the defect */
static void count_without_lock(struct crowd *crowd, unsigned int who)
{
	unsigned int *counter = crowd->data;
	unsigned int i;

	for (i = 0; i < STEPS; i++)
		WRITE_ONCE(*counter, READ_ONCE(*counter) + 1);
}

/* Each round counts from 0 */
static bool nothing_got_lost(struct kunit *test, struct crowd *crowd)
{
	unsigned int *counter = crowd->data;

	if (*counter < crowd->count * STEPS)
		return false;
	*counter = 0;
	return true;
}

static void threads_of_a_crowd_run_at_the_same_time(struct kunit *test)
{
	unsigned int counter = 0;
	struct crowd crowd = {
		.data = &counter, .run = count_without_lock, .after = nothing_got_lost,
	};

	svac_rules(test, "CTL-030");
	crowd_needs_cpus(test);
	crowd_run(test, &crowd, MOST_ROUNDS);
	KUNIT_EXPECT_NE_MSG(test, counter, 0,
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

static bool none_has_met(struct kunit *test, struct crowd *crowd)
{
	mock_log_clear();
	return !mock_audit_overlaps();
}

static void calls_of_the_driver_at_a_time_are_seen(struct kunit *test)
{
	struct question question = { .dev = svac_device(test, &MOCK_PASIDS) };
	struct crowd crowd = {
		.data = &question, .run = ask_the_driver, .after = none_has_met,
	};

	svac_rules(test, "CTL-030");
	crowd_needs_cpus(test);
	question.domain = svac_paging_domain(test, question.dev);
	crowd_run(test, &crowd, MOST_ROUNDS);
	KUNIT_EXPECT_GT(test, mock_audit_overlaps(), 0);
	mock_audit_reset();
}

static struct kunit_case control_race_cases[] = {
	SVAC_CASE(threads_of_a_crowd_run_at_the_same_time),
	SVAC_CASE(calls_of_the_driver_at_a_time_are_seen),
	{}
};

SVAC_SUITE(svac_control_race, control_race_cases);
