// SPDX-License-Identifier: GPL-2.0
/*
 * Positive controls: each plants a defect that an oracle of the suites has to
 * report. If one of these fails, what the others say cannot be believed.
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>

#include "../mock/audit.h"
#include "svac.h"

#define PASID	5

static void dma_oracle_sees_a_set_that_installs_nothing(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "CTL-001");
	mock_set_quirk(MOCK_INSTALLS_NOTHING);
	svac_set_ok(test, svac_sva_domain(test, dev, process), dev, PASID);
	KUNIT_EXPECT_STRNEQ(test, svac_reach(dev, PASID, process), "");
}

static void dma_oracle_sees_a_block_that_leaves_the_entry(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "CTL-001");
	mock_pardon();
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	mock_set_quirk(MOCK_KEEPS_ENTRY);
	svac_block(test, domain, dev, PASID);
	KUNIT_EXPECT_STRNEQ(test, svac_no_reach(dev, PASID, process), "");
	mock_pasid_free(xa_erase(mock_pasid_table(dev), PASID));
}

static void dma_oracle_sees_another_process(struct kunit *test)
{
	struct svac_process *one = svac_process(test), *other = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "CTL-001");
	svac_set_ok(test, svac_sva_domain(test, dev, one), dev, PASID);
	KUNIT_EXPECT_STRNEQ(test, svac_reach(dev, PASID, other), "");
}

static void mm_oracle_sees_a_grab_too_many(struct kunit *test)
{
	struct svac_process *process = svac_process(test);

	svac_rules(test, "CTL-002");
	mmgrab(process->mm);
	KUNIT_EXPECT_EQ(test, svac_process_refs(process), 1);
	mmdrop(process->mm);
	KUNIT_EXPECT_EQ(test, svac_process_refs(process), 0);
}

static void domain_oracle_sees_a_domain_not_freed(struct kunit *test)
{
	struct iommu_domain *domain;
	struct device *dev;

	svac_rules(test, "CTL-002");
	dev = svac_device(test, &MOCK_PASIDS);
	domain = svac_sva_domain(test, dev, svac_process(test));
	KUNIT_EXPECT_EQ(test, mock_live_domains(IOMMU_DOMAIN_SVA), 1);
	svac_free(test, domain);
	KUNIT_EXPECT_EQ(test, mock_live_domains(IOMMU_DOMAIN_SVA), 0);
}

static void table_oracle_sees_an_entry_left_behind(struct kunit *test)
{
	struct device *dev = mock_device_add(&MOCK_PASIDS);
	struct mock_pasid *entry = kzalloc(sizeof(*entry), GFP_KERNEL);

	svac_rules(test, "CTL-002");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	KUNIT_ASSERT_NOT_NULL(test, entry);
	KUNIT_ASSERT_EQ(test, xa_insert(mock_pasid_table(dev), PASID, entry, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, mock_device_remove(dev), 1);
}

static void group_oracle_sees_a_group_that_is_held(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_group *group = iommu_group_get(dev);
	int groups = mock_groups();

	svac_rules(test, "CTL-002");
	svac_unplug(test, dev);
	KUNIT_EXPECT_EQ(test, mock_groups(), groups);
	iommu_group_put(group);
	KUNIT_EXPECT_EQ(test, mock_groups(), groups - 1);
}

static void touch(struct svac_process *process)
{
	svac_poke(process, process->fresh, SVAC_WORD);
}

static void unmap(struct svac_process *process)
{
	svac_unmap(process, process->rw);
}

static void give_pasid(struct svac_process *process)
{
	svac_plant_mm_pasid(process->mm, PASID);
}

static const struct use_row {
	const char *name;
	void (*use)(struct svac_process *process);
} uses[] = {
	{ "touched", touch },
	{ "unmapped", unmap },
	{ "exited", svac_process_exit },
	{ "given-a-pasid", give_pasid },
};

SVAC_ROWS(uses)

/* Whatever has been done to those before, which may be used again */
static void process_begins_in_an_address_space_as_new(struct kunit *test)
{
	const struct use_row *row = to_svac(test)->row;
	struct svac_process process = { };
	struct page *fresh;
	u64 word = 0;
	int i;

	svac_rules(test, "CTL-006");
	for (i = 0; i <= SVAC_PROCESSES; i++) {
		KUNIT_ASSERT_EQ(test, svac_process_create(&process), 0);
		fresh = mock_walk(process.mm, process.fresh, FOLL_NOFAULT);
		KUNIT_EXPECT_NULL(test, fresh);
		KUNIT_EXPECT_EQ(test, svac_peek(&process, process.rw, &word), 0);
		KUNIT_EXPECT_EQ(test, word, SVAC_WORD);
		KUNIT_EXPECT_EQ(test, svac_mm_pasid(process.mm), INVALID_IOASID);
		KUNIT_EXPECT_EQ(test, atomic_read(&process.mm->mm_users), 1);
		if (fresh)
			put_page(fresh);
		row->use(&process);
		KUNIT_EXPECT_EQ(test, svac_process_free(&process), 0);
	}
}

static void allocations_fail_when_told_to(struct kunit *test)
{
	void *atomic, *sleeping, *after;

	svac_rules(test, "CTL-003");
	svac_needs_faults(test);
	KUNIT_ASSERT_EQ(test, mock_fail_allocations(true), 0);
	atomic = kmalloc(16, GFP_NOWAIT);
	sleeping = kmalloc(16, GFP_KERNEL);
	mock_fail_allocations(false);
	after = kmalloc(16, GFP_KERNEL);
	KUNIT_EXPECT_NULL(test, atomic);
	KUNIT_EXPECT_NULL(test, sleeping);
	KUNIT_EXPECT_NOT_NULL(test, after);
	kfree(atomic);
	kfree(sleeping);
	kfree(after);
}

static void injected_errors_hit_the_call_they_are_for(struct kunit *test)
{
	svac_rules(test, "CTL-003");
	mock_inject(MOCK_SET, IOMMU_DOMAIN_SVA, 1, 2, -EIO);
	KUNIT_EXPECT_EQ(test, mock_injected(MOCK_SET, IOMMU_DOMAIN_UNMANAGED), 0);
	KUNIT_EXPECT_EQ(test, mock_injected(MOCK_ATTACH, IOMMU_DOMAIN_SVA), 0);
	KUNIT_EXPECT_EQ(test, mock_injected(MOCK_SET, IOMMU_DOMAIN_SVA), 0);
	KUNIT_EXPECT_EQ(test, mock_injected(MOCK_SET, IOMMU_DOMAIN_SVA), -EIO);
	KUNIT_EXPECT_EQ(test, mock_injected(MOCK_SET, IOMMU_DOMAIN_SVA), -EIO);
	KUNIT_EXPECT_EQ(test, mock_injected(MOCK_SET, IOMMU_DOMAIN_SVA), 0);
}

static struct kunit_case control_cases[] = {
	SVAC_CASE(dma_oracle_sees_a_set_that_installs_nothing),
	SVAC_CASE(dma_oracle_sees_a_block_that_leaves_the_entry),
	SVAC_CASE(dma_oracle_sees_another_process),
	SVAC_CASE(mm_oracle_sees_a_grab_too_many),
	SVAC_CASE(domain_oracle_sees_a_domain_not_freed),
	SVAC_CASE(table_oracle_sees_an_entry_left_behind),
	SVAC_CASE(group_oracle_sees_a_group_that_is_held),
	SVAC_CASE_ROWS(process_begins_in_an_address_space_as_new, uses),
	SVAC_CASE(allocations_fail_when_told_to),
	SVAC_CASE(injected_errors_hit_the_call_they_are_for),
	{ }
};

SVAC_SUITE(svac_control, control_cases);
