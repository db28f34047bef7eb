// SPDX-License-Identifier: GPL-2.0
/*
 * Calls on two processors at a time, over and over. Which of them comes first is
 * up to the machine: the cases say what has to hold whoever does, and KASAN,
 * lockdep or KCSAN watch.
 *
 * The auditor is not there meanwhile: it looks at one operation at a time.
 */
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/slab.h>

#include "../mock/audit.h"
#include "races.h"
#include "svac.h"

#define PASID	5
/* Of each racer; the log has room for the operations of them all */
#define ROUNDS	400
/* Of a device that comes and goes, which takes the driver more operations */
#define VISITS	100
/* KCSAN looks at one access in thousands */
#define RACES		(IS_ENABLED(CONFIG_KCSAN) ? 30 : 1)
#define BOND_RACES	(IS_ENABLED(CONFIG_KCSAN) ? 5 : 1)
/* Seconds until a race counts as one that never ends */
#define PATIENCE	120

static int racer_main(void *data)
{
	struct svac_racer *racer = data;
	struct svac_race *race = racer->race;

	atomic_inc(&race->ready);
	while (atomic_read(&race->ready) < ARRAY_SIZE(race->racers))
		cpu_relax();
	racer->run(racer);
	WRITE_ONCE(race->over, true);
	complete(&racer->ended);
	return 0;
}

static bool has_ended(struct svac_race *race)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(race->racers); i++)
		if (!wait_for_completion_timeout(&race->racers[i].ended, PATIENCE * HZ))
			return false;
	return true;
}

static struct svac_race *set_up(struct kunit *test, void (*one)(struct svac_racer *racer),
				void (*other)(struct svac_racer *racer), void *data)
{
	struct svac_race *race = kzalloc(sizeof(*race), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, race);
	race->data = data;
	for (i = 0; i < ARRAY_SIZE(race->racers); i++) {
		race->racers[i].race = race;
		race->racers[i].number = i;
		race->racers[i].run = i ? other : one;
		init_completion(&race->racers[i].ended);
	}
	return race;
}

/* Each on a processor of its own */
static void start(struct kunit *test, struct svac_race *race)
{
	struct task_struct *tasks[2];
	unsigned int i;
	int cpu = -1;

	for (i = 0; i < ARRAY_SIZE(tasks); i++) {
		tasks[i] = kthread_create(racer_main, &race->racers[i], "svac-racer-%u", i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(tasks[i]));
		cpu = cpumask_next(cpu, cpu_online_mask);
		kthread_bind(tasks[i], cpu);
	}
	for (i = 0; i < ARRAY_SIZE(tasks); i++)
		wake_up_process(tasks[i]);
}

/**
 * svac_race() - Let two run at a time until both are through
 * @test: the case
 * @one: what the first does, as long as it likes
 * @other: what the second does
 * @data: for both
 * @done: receives what each has counted
 *
 * Return: false if the race does not end, or an answer was wrong; the case has
 * failed then. What a race that does not end uses is left alone.
 */
bool svac_race(struct kunit *test, void (*one)(struct svac_racer *racer),
	       void (*other)(struct svac_racer *racer), void *data, unsigned int done[2])
{
	struct svac_race *race;
	bool well = true;
	unsigned int i;

	KUNIT_ASSERT_GE_MSG(test, num_online_cpus(), 2, "one processor is too few for a race\n");
	race = set_up(test, one, other, data);
	mock_audit_pause(true);
	start(test, race);
	if (!has_ended(race)) {
		KUNIT_FAIL(test, "a race does not end\n");
		if (to_svac(test))
			svac_abandon(test);
		return false;
	}
	mock_audit_pause(false);
	for (i = 0; i < ARRAY_SIZE(race->racers); i++) {
		done[i] = race->racers[i].done;
		if (race->racers[i].wrong) {
			KUNIT_FAIL(test, "racer %u was answered %s\n", i,
				   svac_errname(race->racers[i].wrong));
			well = false;
		}
	}
	kfree(race);
	return well;
}

/**
 * struct contest - what two race for
 * @impl: the implementation
 * @dev: of each; the same, as a rule
 * @domain: likewise
 * @process: that both bind
 */
struct contest {
	const struct svac_impl *impl;
	struct device *dev[2];
	struct iommu_domain *domain[2];
	struct svac_process *process;
};

static const struct mock_config shared = { .group = 1, .pasid_bits = 20 };

static void set_and_block(struct svac_racer *racer)
{
	const struct contest *contest = racer->race->data;
	struct iommu_domain *domain = contest->domain[racer->number];
	struct device *dev = contest->dev[racer->number];
	unsigned int i;
	int ret;

	for (i = 0; i < ROUNDS && !racer->wrong; i++) {
		ret = contest->impl->set(domain, dev, PASID);
		if (!ret) {
			racer->done++;
			contest->impl->block(domain, dev, PASID);
		} else if (ret != -EBUSY && ret != -EINVAL) {
			racer->wrong = ret;
		}
		cond_resched();
	}
}

static void look_up(struct svac_racer *racer)
{
	const struct contest *contest = racer->race->data;
	struct iommu_domain *found;

	while (!READ_ONCE(racer->race->over) && !racer->wrong) {
		found = contest->impl->get(contest->dev[0], PASID);
		if (found && found != contest->domain[0])
			racer->wrong = -EBADF;
		racer->done++;
		cond_resched();
	}
}

static void come_and_go(struct svac_racer *racer)
{
	struct device *dev;
	unsigned int i;

	for (i = 0; i < VISITS && !READ_ONCE(racer->race->over) && !racer->wrong; i++) {
		dev = mock_device_add(&shared);
		racer->wrong = PTR_ERR_OR_ZERO(dev);
		if (!racer->wrong && mock_device_remove(dev))
			racer->wrong = -EBUSY;
		racer->done++;
	}
}

static void bind_and_unbind(struct svac_racer *racer)
{
	const struct contest *contest = racer->race->data;
	struct iommu_sva *handle;
	unsigned int i;

	for (i = 0; i < ROUNDS && !racer->wrong; i++) {
		handle = contest->impl->bind(contest->dev[racer->number], contest->process->mm);
		racer->wrong = PTR_ERR_OR_ZERO(handle);
		if (!racer->wrong) {
			racer->done++;
			contest->impl->unbind(handle);
		}
		cond_resched();
	}
}

/* What stands on one device, with a process for each racer */
static void meet(struct kunit *test, struct contest *contest, struct svac_process *process[2])
{
	unsigned int i;

	contest->impl = to_svac(test)->impl;
	contest->dev[0] = svac_device(test, &shared);
	contest->dev[1] = contest->dev[0];
	for (i = 0; i < 2; i++) {
		process[i] = svac_process(test);
		contest->domain[i] = svac_sva_domain(test, contest->dev[0], process[i]);
	}
}

static unsigned int sets_that_went_well(void)
{
	const struct mock_event *event;
	unsigned int i, count = 0;

	for (i = 0; (event = mock_log_nth(MOCK_SET, MOCK_ANY_TYPE, i)); i++)
		count += !event->ret;
	return count;
}

/* All is as if nothing had been set, and the driver was asked for what was answered */
static void expect_all_blocked(struct kunit *test, const struct contest *contest,
			       struct svac_process *process[2], unsigned int sets)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, sets_that_went_well(), sets);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, sets);
	svac_expect_get(test, contest->dev[0], PASID, NULL);
	for (i = 0; i < 2; i++)
		svac_expect_no_reach(test, contest->dev[0], PASID, process[i]);
	svac_expect_ret(test, svac_set(test, contest->domain[0], contest->dev[0], PASID), 0);
	svac_expect_reach(test, contest->dev[0], PASID, process[0]);
	svac_block(test, contest->domain[0], contest->dev[0], PASID);
}

/* One sets and blocks, and so does the other, or it does something else */
static void race_for_sets(struct kunit *test, void (*other)(struct svac_racer *racer))
{
	struct svac_process *process[2];
	struct contest contest = { };
	unsigned int i, done[2];

	meet(test, &contest, process);
	for (i = 0; i < RACES; i++) {
		mock_log_clear();
		if (!svac_race(test, set_and_block, other, &contest, done))
			return;
		/* Of who meets only others in the group it may be that no call succeeds */
		if (other != come_and_go)
			KUNIT_EXPECT_GT_MSG(test, done[0], 0, "no PASID was ever set\n");
		expect_all_blocked(test, &contest, process,
				   done[0] + (other == set_and_block ? done[1] : 0));
	}
}

static void two_set_and_block_one_pasid(struct kunit *test)
{
	svac_rules(test, "PASID-044", "PASID-030", "PASID-031");
	race_for_sets(test, set_and_block);
}

static void one_looks_up_what_the_other_sets_and_blocks(struct kunit *test)
{
	svac_rules(test, "PASID-044", "PASID-033");
	svac_needs(test, SVAC_VERIFIES, "lookup that is safe from whoever blocks");
	race_for_sets(test, look_up);
}

static void others_join_and_leave_while_one_sets_and_blocks(struct kunit *test)
{
	svac_rules(test, "PASID-044", "GRP-014", "GRP-030");
	svac_needs(test, SVAC_KEEPS_OUT, "say in who joins a group");
	race_for_sets(test, come_and_go);
}

/* Whether the two bind to one device, or each to its own */
struct bind_row {
	const char *name;
	bool two_devices;
};

static const struct bind_row bind_rows[] = {
	{ "one-device" },
	{ "a-device-each", true },
};

SVAC_ROWS(bind_rows)

static bool race_for_bonds(struct kunit *test, struct contest *contest)
{
	unsigned int done[2];

	mock_log_clear();
	if (!svac_race(test, bind_and_unbind, bind_and_unbind, contest, done))
		return false;
	KUNIT_EXPECT_EQ(test, done[0], ROUNDS);
	KUNIT_EXPECT_EQ(test, done[1], ROUNDS);
	svac_expect_refs(test, contest->process, 0);
	KUNIT_EXPECT_EQ(test, mock_log_count(MOCK_ALLOC, IOMMU_DOMAIN_SVA),
			mock_log_count(MOCK_FREE, IOMMU_DOMAIN_SVA));
	KUNIT_EXPECT_EQ(test, sets_that_went_well(), mock_log_count(MOCK_BLOCK, MOCK_ANY_TYPE));
	svac_expect_no_reach(test, contest->dev[0], svac_mm_pasid(contest->process->mm),
			     contest->process);
	return true;
}

static void two_bind_and_unbind_one_process(struct kunit *test)
{
	const struct bind_row *row = to_svac(test)->row;
	struct contest contest = { };
	unsigned int i;

	svac_rules(test, "BIND-032", "BIND-019", "BIND-020");
	svac_needs(test, SVAC_BIND, "bind");
	contest.impl = to_svac(test)->impl;
	contest.process = svac_process(test);
	contest.dev[0] = svac_device(test, &MOCK_PASIDS);
	contest.dev[1] = row->two_devices ? svac_device(test, &MOCK_PASIDS) : contest.dev[0];
	for (i = 0; i < BOND_RACES; i++)
		if (!race_for_bonds(test, &contest))
			return;
}

static struct kunit_case races_cases[] = {
	SVAC_CASE(two_set_and_block_one_pasid),
	SVAC_CASE(one_looks_up_what_the_other_sets_and_blocks),
	SVAC_CASE(others_join_and_leave_while_one_sets_and_blocks),
	SVAC_CASE_ROWS(two_bind_and_unbind_one_process, bind_rows),
	{ }
};

SVAC_SUITE(svac1_races, races_cases);
