// SPDX-License-Identifier: GPL-2.0
/*
 * Positive controls for what says that a failed call has changed nothing, and
 * for the sweeps that ask it.
 */
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "sweep.h"

#define PASID	5

struct two_states {
	struct svac_state before;
	struct svac_state after;
};

static struct two_states *begin(struct kunit *test, struct device *prober)
{
	struct two_states *states = kunit_kzalloc(test, sizeof(*states), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, states);
	svac_state_take(test, prober, &states->before);
	return states;
}

static const char *differs(struct kunit *test, struct device *prober,
			   struct two_states *states, u32 allowed)
{
	svac_state_take(test, prober, &states->after);
	return svac_state_differs(test, &states->before, &states->after, allowed);
}

static struct device *stray_device(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	iommu_group_remove_device(dev);
	return dev;
}

static void nothing_done_is_no_difference(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *prober = stray_device(test);
	struct two_states *states;

	svac_rules(test, "CTL-002");
	svac_set_ok(test, svac_sva_domain(test, dev, process), dev, PASID);
	states = begin(test, prober);
	KUNIT_EXPECT_STREQ(test, differs(test, prober, states, 0), "");
}

static void state_oracle_sees_a_grab(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct two_states *states;

	svac_rules(test, "CTL-002");
	states = begin(test, NULL);
	mmgrab(process->mm);
	KUNIT_EXPECT_STREQ(test, differs(test, NULL, states, 0),
			   "the mm of process 0 is grabbed 1 times, it was 0");
	mmdrop(process->mm);
	mmget(process->mm);
	KUNIT_EXPECT_STREQ(test, differs(test, NULL, states, 0),
			   "the mm of process 0 has 2 users, it had 1");
	mmput(process->mm);
	KUNIT_EXPECT_STREQ(test, differs(test, NULL, states, 0), "");
}

static void state_oracle_sees_the_pasid_of_an_mm(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct two_states *states;

	svac_rules(test, "CTL-002");
	states = begin(test, NULL);
	svac_plant_mm_pasid(process->mm, PASID);
	KUNIT_EXPECT_STRNEQ(test, differs(test, NULL, states, 0), "");
	KUNIT_EXPECT_STREQ(test, differs(test, NULL, states, SVAC_MAY_GAIN_PASID), "");
	svac_state_take(test, NULL, &states->before);
	svac_plant_mm_pasid(process->mm, PASID + 1);
	KUNIT_EXPECT_STRNEQ(test, differs(test, NULL, states, SVAC_MAY_GAIN_PASID), "");
	svac_plant_mm_pasid(process->mm, INVALID_IOASID);
}

static void state_oracle_sees_a_stale_pasid(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;
	struct two_states *states;

	svac_rules(test, "CTL-002");
	domain = svac_sva_domain(test, dev, svac_process(test));
	states = begin(test, NULL);
	svac_set_ok(test, domain, dev, PASID);
	KUNIT_EXPECT_STREQ(test, differs(test, NULL, states, 0), "PASID 5 of device 0 is set now");
	mock_set_quirk(MOCK_KEEPS_ENTRY);
	svac_block(test, domain, dev, PASID);
	KUNIT_EXPECT_STREQ(test, differs(test, NULL, states, 0),
			   "the IOMMU has 1 PASIDs of device 0 installed, it had 0");
	kfree(xa_erase(mock_pasid_table(dev), PASID));
	KUNIT_EXPECT_STREQ(test, differs(test, NULL, states, 0), "");
}

static void state_oracle_sees_a_pasid_gone(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain, *other;
	struct two_states *states;

	svac_rules(test, "CTL-002");
	domain = svac_sva_domain(test, dev, svac_process(test));
	other = svac_paging_domain(test, dev);
	svac_set_ok(test, domain, dev, PASID);
	states = begin(test, NULL);
	svac_block(test, domain, dev, PASID);
	KUNIT_EXPECT_STREQ(test, differs(test, NULL, states, 0),
			   "PASID 5 of device 0 is set no more");
	svac_set_ok(test, other, dev, PASID);
	KUNIT_EXPECT_STREQ(test, differs(test, NULL, states, 0),
			   "PASID 5 of device 0 is set to another domain");
}

static void state_oracle_sees_a_device_in_the_group(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *stray = stray_device(test);
	struct two_states *states;

	svac_rules(test, "CTL-002");
	states = begin(test, NULL);
	KUNIT_ASSERT_EQ(test, iommu_group_add_device(dev->iommu_group, stray), 0);
	KUNIT_EXPECT_STREQ(test, differs(test, NULL, states, 0),
			   "the group of device 0 has 2 devices, it had 1");
	iommu_group_remove_device(stray);
	KUNIT_EXPECT_STREQ(test, differs(test, NULL, states, 0), "");
}

static void state_oracle_sees_a_closed_group(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *prober = stray_device(test);
	struct iommu_domain *domain;
	struct two_states *states;

	svac_rules(test, "CTL-002");
	svac_needs(test, SVAC_KEEPS_OUT, "say in who joins a group");
	domain = svac_paging_domain(test, dev);
	states = begin(test, prober);
	/* A PASID that no state asks for */
	svac_set_ok(test, domain, dev, 999);
	kfree(xa_erase(mock_pasid_table(dev), 999));
	KUNIT_EXPECT_STREQ(test, differs(test, prober, states, 0),
			   "the group of device 0 cannot be joined now");
}

static void state_oracle_sees_a_reference_to_a_device(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct two_states *states;

	svac_rules(test, "CTL-002");
	states = begin(test, NULL);
	get_device(dev);
	KUNIT_EXPECT_STRNEQ(test, differs(test, NULL, states, 0), "");
	put_device(dev);
	KUNIT_EXPECT_STREQ(test, differs(test, NULL, states, 0), "");
}

static void state_oracle_sees_a_domain(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *paging;
	struct two_states *states;

	svac_rules(test, "CTL-002");
	states = begin(test, NULL);
	paging = svac_paging_domain(test, dev);
	KUNIT_EXPECT_STRNEQ(test, differs(test, NULL, states, 0), "");
	svac_free(test, paging);
	KUNIT_EXPECT_STREQ(test, differs(test, NULL, states, 0), "");
}

static void memory_oracle_sees_what_is_not_freed(struct kunit *test)
{
	void *leaked, *freed, *before;

	svac_rules(test, "CTL-002");
	svac_needs_memory_seen(test);
	before = kmalloc(16, GFP_KERNEL);
	mock_memory_forget();
	mock_memory_watch(true);
	leaked = kmalloc(16, GFP_KERNEL);
	freed = kmalloc(600, GFP_KERNEL);
	kfree(freed);
	mock_memory_watch(false);
	KUNIT_EXPECT_STRNEQ(test, svac_memory_differs(), "");
	KUNIT_EXPECT_EQ(test, mock_memory().live, 1);
	KUNIT_EXPECT_EQ(test, mock_memory().allocations, 2);
	kfree(leaked);
	KUNIT_EXPECT_STREQ(test, svac_memory_differs(), "");
	mock_memory_watch(true);
	kfree(before);
	mock_memory_watch(false);
	KUNIT_EXPECT_STRNEQ(test, svac_memory_differs(), "");
}

static void log_oracle_sees_what_is_not_undone(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;
	unsigned int from = mock_log_length();

	svac_rules(test, "CTL-002");
	domain = svac_sva_domain(test, dev, svac_process(test));
	KUNIT_EXPECT_STREQ(test, svac_log_not_undone(from),
			   "the driver's domain_alloc was undone 0 times");
	svac_set_ok(test, domain, dev, PASID);
	svac_block(test, domain, dev, PASID);
	svac_free(test, domain);
	KUNIT_EXPECT_STREQ(test, svac_log_not_undone(from), "");
	mock_log(MOCK_BLOCK, domain, dev, PASID, 0);
	KUNIT_EXPECT_STRNEQ(test, svac_log_not_undone(from), "");
}

static void log_oracle_sees_a_call_after_the_failure(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	unsigned int from = mock_log_length();

	svac_rules(test, "CTL-002");
	mock_log(MOCK_SET, NULL, dev, PASID, -ENOMEM);
	mock_log(MOCK_FREE, NULL, dev, PASID, 0);
	KUNIT_EXPECT_STREQ(test, svac_log_after_failure(from, from), "");
	mock_log(MOCK_ATTACH, NULL, dev, PASID, 0);
	KUNIT_EXPECT_STREQ(test, svac_log_after_failure(from, from),
			   "the driver's attach_dev was called after memory had run out");
}

static void the_nth_allocation_fails(struct kunit *test)
{
	bool seen = mock_memory_is_seen();
	void *objects[4];
	int i, nth, onwards;

	svac_rules(test, "CTL-003");
	svac_needs_faults(test);
	for (onwards = 0; onwards < 2; onwards++) {
		for (nth = 1; nth <= 5; nth++) {
			mock_memory_forget();
			mock_memory_watch(true);
			KUNIT_ASSERT_EQ(test, mock_fail_nth(nth, onwards), 0);
			for (i = 0; i < 4; i++)
				objects[i] = kmalloc(16, i % 2 ? GFP_NOWAIT : GFP_KERNEL);
			KUNIT_EXPECT_EQ(test, mock_fail_nth_end(), max(nth - 4, 0));
			mock_memory_watch(false);
			for (i = 0; i < 4; i++) {
				KUNIT_EXPECT_EQ(test, !objects[i],
						i + 1 == nth || (onwards && i + 1 > nth));
				kfree(objects[i]);
			}
			if (seen)
				KUNIT_EXPECT_EQ(test, !mock_memory().failures, nth == 5);
		}
	}
}

/* Calls that a sweep has to find fault with */

static void *leak;

static int allocates_nothing(struct svac_stage *stage)
{
	return 0;
}

static int never_succeeds(struct svac_stage *stage)
{
	kfree(kmalloc(16, GFP_KERNEL));
	return -ENOMEM;
}

static int never_ends(struct svac_stage *stage)
{
	int i;

	for (i = 0; i < 1000; i++)
		kfree(kmalloc(16, GFP_KERNEL));
	return i < 1000 ? 0 : -ENOMEM;
}

static int has_another_errno(struct svac_stage *stage)
{
	void *object = kmalloc(16, GFP_KERNEL);

	kfree(object);
	return object ? 0 : -EBUSY;
}

static int does_without(struct svac_stage *stage)
{
	kfree(kmalloc(16, GFP_KERNEL));
	return 0;
}

static int leaks_after_a_failure(struct svac_stage *stage)
{
	void *first = kmalloc(16, GFP_KERNEL), *second;

	if (!first)
		return -ENOMEM;
	second = kmalloc(16, GFP_KERNEL);
	leak = second ? NULL : first;
	kfree(second);
	if (leak)
		return -ENOMEM;
	kfree(first);
	return 0;
}

static int is_as_it_should_be(struct svac_stage *stage)
{
	void *first = kmalloc(16, GFP_NOWAIT), *second;

	first = first ?: kmalloc(16, GFP_KERNEL);
	second = first ? kmalloc(600, GFP_KERNEL) : NULL;
	kfree(first);
	kfree(second);
	return second ? 0 : -ENOMEM;
}

static const struct planted {
	const char *name;
	struct svac_scene scene;
	bool fine[2];
	bool only_memory_tells;
} planted[] = {
	{ "allocates-nothing", { .call = allocates_nothing } },
	{ "never-succeeds", { .call = never_succeeds } },
	{ "never-ends", { .call = never_ends } },
	{ "has-another-errno", { .call = has_another_errno } },
	{ "does-without", { .call = does_without }, { true, false } },
	{ "does-with-less-than-it-needs", { .call = does_without, .least = 2 } },
	{ "leaks-after-a-failure", { .call = leaks_after_a_failure },
	  .only_memory_tells = true },
	{ "is-as-it-should-be", { .call = is_as_it_should_be }, { true, true } },
};

SVAC_ROWS(planted);

static void sweep_finds_fault_with_what_is_wrong(struct kunit *test)
{
	const struct planted *row = to_svac(test)->row;
	enum svac_fault fault;
	unsigned int failed;
	const char *wrong;

	svac_rules(test, "CTL-003");
	svac_needs_faults(test);
	if (row->only_memory_tells)
		svac_needs_memory_seen(test);
	for (fault = SVAC_ONE_ALONE; fault <= SVAC_ONE_AND_LATER; fault++) {
		leak = NULL;
		wrong = svac_sweep_wrong(test, &row->scene, fault, &failed);
		KUNIT_EXPECT_EQ_MSG(test, !*wrong, row->fine[fault], "the sweep says \"%s\"\n",
				    wrong);
		kfree(leak);
	}
}

static struct kunit_case control_state_cases[] = {
	SVAC_CASE(nothing_done_is_no_difference),
	SVAC_CASE(state_oracle_sees_a_grab),
	SVAC_CASE(state_oracle_sees_the_pasid_of_an_mm),
	SVAC_CASE(state_oracle_sees_a_stale_pasid),
	SVAC_CASE(state_oracle_sees_a_pasid_gone),
	SVAC_CASE(state_oracle_sees_a_device_in_the_group),
	SVAC_CASE(state_oracle_sees_a_closed_group),
	SVAC_CASE(state_oracle_sees_a_reference_to_a_device),
	SVAC_CASE(state_oracle_sees_a_domain),
	SVAC_CASE(memory_oracle_sees_what_is_not_freed),
	SVAC_CASE(log_oracle_sees_what_is_not_undone),
	SVAC_CASE(log_oracle_sees_a_call_after_the_failure),
	SVAC_CASE(the_nth_allocation_fails),
	SVAC_CASE_ROWS(sweep_finds_fault_with_what_is_wrong, planted),
	{ }
};

SVAC_SUITE(svac_control_state, control_state_cases);
