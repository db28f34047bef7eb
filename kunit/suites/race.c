// SPDX-License-Identifier: GPL-2.0
/*
 * Calls that are made at the same time on several CPUs: setting, blocking,
 * looking up, joining, binding and unbinding. Whoever comes first, what all of
 * them together have left is one of the few things that the contract allows.
 */
#include "../mock/audit.h"
#include "crowd.h"
#include "svac.h"

#define ROUNDS		200
#define FEW_ROUNDS	50

/* KCSAN looks at one access in thousands, and makes it wait */
#define PATIENCE	(IS_ENABLED(CONFIG_KCSAN) ? 10 : 1)

#define PASID		7

/**
 * struct race - what a crowd is given, and what its threads have got
 * @impl: the implementation
 * @before: makes a round ready; NULL for nothing
 * @dev: a device
 * @other: another, where there is one
 * @domain: of each thread
 * @process: made anew for each round
 * @mm: what is bound
 * @pasid: that each thread has got
 * @joined: a device that joins, or an ERR_PTR
 * @ret: what the call of each thread has returned
 * @handle: of each thread
 * @found: by a lookup
 * @why: what is wrong, NULL for nothing
 */
struct race {
	const struct svac_impl *impl;
	void (*before)(struct kunit *test, struct crowd *crowd);
	struct device *dev;
	struct device *other;
	struct iommu_domain *domain[CROWD_MOST];
	struct svac_process process;
	struct mm_struct *mm;
	ioasid_t pasid[CROWD_MOST];
	struct device *joined;
	int ret[CROWD_MOST];
	struct iommu_sva *handle[CROWD_MOST];
	struct iommu_domain *found[CROWD_MOST];
	const char *why;
};

static const struct mock_config shared = { .group = 1, .pasid_bits = 20 };

static void begin(struct kunit *test, struct race *race, const struct mock_config *config)
{
	crowd_needs_cpus(test);
	*race = (struct race){ .impl = to_svac(test)->impl };
	race->dev = svac_device(test, config);
}

static void begin_with_domains(struct kunit *test, struct race *race,
			       const struct mock_config *config)
{
	struct svac_process *process;
	unsigned int i;

	begin(test, race, config);
	process = svac_process(test);
	for (i = 0; i < CROWD_MOST; i++)
		race->domain[i] = i & 1 ? svac_paging_domain(test, race->dev) :
				  svac_sva_domain(test, race->dev, process);
}

static void begin_with_process(struct kunit *test, struct race *race)
{
	svac_needs(test, SVAC_BIND, "bind");
	begin(test, race, &MOCK_PASIDS);
	race->mm = svac_process(test)->mm;
}

static void compete(struct kunit *test, struct race *race,
		    void (*run)(struct crowd *crowd, unsigned int who),
		    bool (*after)(struct kunit *test, struct crowd *crowd), unsigned int rounds)
{
	struct crowd crowd = {
		.data = race, .before = race->before, .run = run, .after = after,
	};

	crowd_run(test, &crowd, rounds * PATIENCE);
}

/* A round that has gone wrong in this way: the case ends with it */
static bool right(struct kunit *test, bool so, const char *what)
{
	mock_log_clear();
	if (so)
		return true;
	KUNIT_FAIL(test, "%s\n", what);
	return false;
}

static void set_one_pasid(struct crowd *crowd, unsigned int who)
{
	struct race *race = crowd->data;

	race->ret[who] = race->impl->set(race->domain[who], race->dev, PASID);
}

static bool one_has_it(struct kunit *test, struct crowd *crowd)
{
	struct race *race = crowd->data;
	struct iommu_domain *found = race->impl->get(race->dev, PASID);
	unsigned int i, winner = 0, winners = 0, refused = 0;
	unsigned int sets = mock_log_count(MOCK_SET, MOCK_ANY_TYPE);

	for (i = 0; i < crowd->count; i++) {
		if (!race->ret[i])
			winner = i;
		winners += !race->ret[i];
		refused += race->ret[i] == -EBUSY;
	}
	if (found)
		race->impl->block(found, race->dev, PASID);
	return right(test, winners == 1 && refused == crowd->count - 1,
		     "of those who set one PASID one must succeed, the others get -EBUSY") &&
	       right(test, found == race->domain[winner],
		     "a PASID must be the winner's among those who set it") &&
	       right(test, sets == 1, "of those who set one PASID only one must reach the driver");
}

static void one_of_those_who_set_a_pasid_at_a_time_has_it(struct kunit *test)
{
	struct race race;

	svac_rules(test, "PASID-004", "GRP-042");
	begin_with_domains(test, &race, &MOCK_PASIDS);
	compete(test, &race, set_one_pasid, one_has_it, ROUNDS);
}

/* One PASID each: what the others do is no concern of anybody */
static void set_and_block_own(struct crowd *crowd, unsigned int who)
{
	struct race *race = crowd->data;
	ioasid_t pasid = PASID + 64 * who;
	struct iommu_domain *domain = race->domain[who];

	race->ret[who] = race->impl->set(domain, race->dev, pasid);
	race->found[who] = race->impl->get(race->dev, pasid);
	if (!race->ret[who])
		race->impl->block(domain, race->dev, pasid);
}

static bool each_has_had_its_own(struct kunit *test, struct crowd *crowd)
{
	unsigned int i, sets = mock_log_count(MOCK_SET, MOCK_ANY_TYPE);
	unsigned int blocks = mock_log_count(MOCK_BLOCK, MOCK_ANY_TYPE);
	struct race *race = crowd->data;
	bool all_set = true, all_found = true, none_left = true;

	for (i = 0; i < crowd->count; i++) {
		all_set &= !race->ret[i];
		all_found &= race->found[i] == race->domain[i];
		none_left &= !race->impl->get(race->dev, PASID + 64 * i);
	}
	return right(test, all_set, "a PASID that nobody else sets must be set") &&
	       right(test, all_found, "what a thread has set it must find") &&
	       right(test, none_left, "what was blocked must not be found") &&
	       right(test, sets == crowd->count && blocks == crowd->count,
		     "the driver must be asked once to set and once to block each PASID");
}

static void pasids_of_several_threads_do_not_meet(struct kunit *test)
{
	struct race race;

	svac_rules(test, "PASID-012", "PASID-014", "GRP-042");
	begin_with_domains(test, &race, &MOCK_PASIDS);
	compete(test, &race, set_and_block_own, each_has_had_its_own, ROUNDS);
}

/* The first sets and blocks, the others look, over and over */
static void set_or_look(struct crowd *crowd, unsigned int who)
{
	struct race *race = crowd->data;
	struct iommu_domain *found;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		if (who) {
			found = race->impl->get(race->dev, PASID);
			if (found && found != race->domain[0])
				WRITE_ONCE(race->why, "a lookup found what was never set there");
		} else if (race->impl->set(race->domain[0], race->dev, PASID)) {
			WRITE_ONCE(race->why, "a PASID that only one sets must be set");
		} else {
			race->impl->block(race->domain[0], race->dev, PASID);
		}
	}
}

static bool nothing_is_wrong(struct kunit *test, struct crowd *crowd)
{
	struct race *race = crowd->data;

	return right(test, !race->why, race->why);
}

static void lookup_finds_what_is_set_or_nothing(struct kunit *test)
{
	struct race race;

	svac_rules(test, "PASID-012");
	begin_with_domains(test, &race, &MOCK_PASIDS);
	compete(test, &race, set_or_look, nothing_is_wrong, ROUNDS);
}

/* The first joins the group, the others set */
static void join_or_set(struct crowd *crowd, unsigned int who)
{
	struct race *race = crowd->data;

	if (!who)
		race->joined = mock_device_add(&shared);
	else
		race->ret[who] = race->impl->set(race->domain[who], race->dev, PASID);
}

static bool not_both(struct kunit *test, struct crowd *crowd)
{
	struct race *race = crowd->data;
	bool is_set = race->impl->get(race->dev, PASID), in_group = false;
	unsigned int i;

	if (!IS_ERR(race->joined)) {
		in_group = race->joined->iommu_group == race->dev->iommu_group;
		mock_device_remove(race->joined);
	}
	for (i = 1; i < crowd->count; i++)
		if (!race->ret[i])
			race->impl->block(race->domain[i], race->dev, PASID);
	return right(test, !IS_ERR(race->joined), "a mock device must be made") &&
	       right(test, !is_set || !in_group, "a device has joined where a PASID is set") &&
	       right(test, is_set || in_group, "neither is the PASID set nor has it joined");
}

static void joining_and_setting_do_not_both_succeed(struct kunit *test)
{
	struct race race;

	svac_rules(test, "GRP-014", "GRP-030");
	svac_needs(test, SVAC_KEEPS_OUT, "rule of who may join");
	begin_with_domains(test, &race, &shared);
	compete(test, &race, join_or_set, not_both, FEW_ROUNDS);
}

/* Binds that meet, and then unbinds that do */
static void bind_and_unbind(struct crowd *crowd, unsigned int who)
{
	struct race *race = crowd->data;

	race->handle[who] = race->impl->bind(race->dev, race->mm);
	crowd_meet(crowd, who);
	if (!IS_ERR_OR_NULL(race->handle[who]))
		race->impl->unbind(race->handle[who]);
}

static bool there_was_one_bond(struct kunit *test, struct crowd *crowd)
{
	unsigned int i, sets = mock_log_count(MOCK_SET, MOCK_ANY_TYPE);
	unsigned int blocks = mock_log_count(MOCK_BLOCK, MOCK_ANY_TYPE);
	struct race *race = crowd->data;
	bool bound = true, same = true;

	for (i = 0; i < crowd->count; i++) {
		bound &= !IS_ERR_OR_NULL(race->handle[i]);
		same &= race->handle[i] == race->handle[0];
	}
	return right(test, bound, "each bind of one pair must succeed") &&
	       right(test, same, "binds of one pair must give one handle") &&
	       right(test, sets == 1 && blocks == 1,
		     "for one bond the driver must be asked once to set and once to block") &&
	       right(test, !mock_live_domains(IOMMU_DOMAIN_SVA),
		     "the last unbind must free the domain");
}

static void binds_of_one_pair_at_a_time_make_one_bond(struct kunit *test)
{
	struct race race;

	svac_rules(test, "BIND-019", "BIND-002", "GRP-042");
	begin_with_process(test, &race);
	compete(test, &race, bind_and_unbind, there_was_one_bond, ROUNDS);
}

/* Each on its own, so that the last unbind of one meets the next bind of another */
static void bind_and_unbind_over_and_over(struct crowd *crowd, unsigned int who)
{
	struct race *race = crowd->data;
	struct iommu_sva *handle;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		handle = race->impl->bind(race->dev, race->mm);
		if (IS_ERR_OR_NULL(handle)) {
			WRITE_ONCE(race->why, "a bind that meets the last unbind must succeed");
			continue;
		}
		if (!race->impl->get(race->dev, race->impl->pasid(handle)))
			WRITE_ONCE(race->why, "what is bound must be set");
		race->impl->unbind(handle);
	}
}

static bool nothing_is_left(struct kunit *test, struct crowd *crowd)
{
	unsigned int sets = mock_log_count(MOCK_SET, MOCK_ANY_TYPE);
	unsigned int blocks = mock_log_count(MOCK_BLOCK, MOCK_ANY_TYPE);
	struct race *race = crowd->data;

	return right(test, !race->why, race->why) &&
	       right(test, sets == blocks, "what binding sets the last unbind must block") &&
	       right(test, !mock_live_domains(IOMMU_DOMAIN_SVA),
		     "the last unbind must free the domain");
}

static void bind_that_meets_the_last_unbind_keeps_or_makes_a_bond(struct kunit *test)
{
	struct race race;

	svac_rules(test, "BIND-020", "BIND-002", "GRP-042");
	begin_with_process(test, &race);
	compete(test, &race, bind_and_unbind_over_and_over, nothing_is_left, ROUNDS);
}

/* A process that has had no PASID yet is bound to two devices at a time */
static void start_a_process(struct kunit *test, struct crowd *crowd)
{
	struct race *race = crowd->data;

	race->why = svac_process_create(&race->process) ? "a process must be made" : NULL;
	race->mm = race->process.mm;
}

static void bind_to_one_of_two(struct crowd *crowd, unsigned int who)
{
	struct race *race = crowd->data;
	struct iommu_sva *handle;

	if (race->why)
		return;
	handle = race->impl->bind(who & 1 ? race->other : race->dev, race->mm);
	race->pasid[who] = IS_ERR(handle) ? 0 : race->impl->pasid(handle);
	crowd_meet(crowd, who);
	if (!IS_ERR_OR_NULL(handle))
		race->impl->unbind(handle);
}

static bool all_had_one_pasid(struct kunit *test, struct crowd *crowd)
{
	struct race *race = crowd->data;
	bool same = true;
	unsigned int i;
	int refs;

	if (!right(test, !race->why, race->why))
		return false;
	refs = svac_process_free(&race->process);
	for (i = 0; i < crowd->count; i++)
		same &= race->pasid[i] && race->pasid[i] == race->pasid[0];
	return right(test, same, "a process must have one PASID on all devices") &&
	       right(test, !refs, "after the last unbind nobody may hold the mm");
}

static void binds_of_a_process_to_two_devices_use_one_pasid(struct kunit *test)
{
	struct race race;

	svac_rules(test, "BIND-003", "GRP-042");
	begin_with_process(test, &race);
	race.other = svac_device(test, &MOCK_PASIDS);
	race.before = start_a_process;
	compete(test, &race, bind_to_one_of_two, all_had_one_pasid, FEW_ROUNDS);
}

static struct kunit_case race_cases[] = {
	SVAC_CASE(one_of_those_who_set_a_pasid_at_a_time_has_it),
	SVAC_CASE(pasids_of_several_threads_do_not_meet),
	SVAC_CASE(lookup_finds_what_is_set_or_nothing),
	SVAC_CASE(joining_and_setting_do_not_both_succeed),
	SVAC_CASE(binds_of_one_pair_at_a_time_make_one_bond),
	SVAC_CASE(bind_that_meets_the_last_unbind_keeps_or_makes_a_bond),
	SVAC_CASE(binds_of_a_process_to_two_devices_use_one_pasid),
	{}
};

SVAC_SUITE(svac1_race, race_cases);
