// SPDX-License-Identifier: GPL-2.0
/*
 * What the core and its callers rely on in an IOMMU's driver. The auditor of the
 * mock watches every operation in every case; these see to it that each thing a
 * driver can get wrong is asked of it.
 */
#include <linux/mm.h>
#include <linux/sched.h>

#include "../api/driver.h"
#include "svac.h"

#define PASID	5
#define OTHER	6
#define IOVA	0x40000000UL
#define PAGES	4

static void domain_is_one_of_its_own(struct kunit *test)
{
	struct svac_process *one = svac_process(test), *other = svac_process(test);
	const struct svac_impl *impl = to_svac(test)->impl;
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *first, *second;

	svac_rules(test, "DRV-001");
	first = svac_sva_domain(test, dev, one);
	second = svac_sva_domain(test, dev, other);
	KUNIT_EXPECT_PTR_NE(test, first, second);
	KUNIT_EXPECT_PTR_EQ(test, impl->mm_of(first), one->mm);
	KUNIT_EXPECT_PTR_EQ(test, impl->mm_of(second), other->mm);
}

static void no_domain_is_null(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "DRV-001");
	mock_inject(MOCK_ALLOC, IOMMU_DOMAIN_SVA, 0, 1, -ENOMEM);
	svac_expect_err_ptr(test, to_svac(test)->impl->alloc_sva(dev, process->mm), -ENOMEM);
}

static void domain_can_be_freed(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "DRV-002");
	domain = svac_sva_domain(test, dev, svac_process(test));
	KUNIT_ASSERT_NOT_NULL(test, domain->ops);
	KUNIT_EXPECT_NOT_NULL(test, domain->ops->free);
}

static void set_installs_the_domains_own_mm(struct kunit *test)
{
	struct svac_process *one = svac_process(test), *other = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "DRV-003");
	svac_expect_ret(test, svac_set(test, svac_sva_domain(test, dev, one), dev, PASID), 0);
	svac_expect_ret(test, svac_set(test, svac_sva_domain(test, dev, other), dev, OTHER), 0);
	svac_expect_reach(test, dev, PASID, one);
	svac_expect_reach(test, dev, OTHER, other);
}

static void answers_are_0_or_an_errno(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *paging;

	svac_rules(test, "DRV-004");
	paging = svac_paging_domain(test, dev);
	svac_expect_ret(test, iommu_attach_device(paging, dev), 0);
	iommu_detach_device(paging, dev);
	svac_expect_ret(test, svac_set(test, svac_sva_domain(test, dev, svac_process(test)),
				       dev, PASID), 0);
}

static void other_pasids_are_left_alone(struct kunit *test)
{
	struct svac_process *one = svac_process(test), *other = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *first;

	svac_rules(test, "DRV-005");
	first = svac_sva_domain(test, dev, one);
	svac_set_ok(test, first, dev, PASID);
	svac_set_ok(test, svac_sva_domain(test, dev, other), dev, OTHER);
	svac_expect_reach(test, dev, PASID, one);
	svac_block(test, first, dev, PASID);
	svac_expect_reach(test, dev, OTHER, other);
}

static void attaching_leaves_the_pasids_alone(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *paging;

	svac_rules(test, "DRV-005");
	paging = svac_paging_domain(test, dev);
	svac_set_ok(test, svac_sva_domain(test, dev, process), dev, PASID);
	svac_expect_ret(test, iommu_attach_device(paging, dev), 0);
	svac_expect_reach(test, dev, PASID, process);
	iommu_detach_device(paging, dev);
	svac_expect_reach(test, dev, PASID, process);
}

static void other_devices_are_left_alone(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *second = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "DRV-006");
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	svac_expect_no_reach(test, second, PASID, process);
	svac_set_ok(test, domain, second, PASID);
	svac_block(test, domain, dev, PASID);
	svac_expect_reach(test, second, PASID, process);
}

static void failed_set_installs_nothing(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "DRV-007");
	mock_inject(MOCK_SET, IOMMU_DOMAIN_SVA, 0, 1, -EIO);
	svac_expect_ret(test, svac_set(test, svac_sva_domain(test, dev, process), dev, PASID),
			-EIO);
	svac_expect_no_reach(test, dev, PASID, process);
}

static void taken_pasid_is_replaced_when_asked(struct kunit *test)
{
	struct svac_process *one = svac_process(test), *other = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *first, *second;

	svac_rules(test, "DRV-024");
	first = svac_sva_domain(test, dev, one);
	second = svac_sva_domain(test, dev, other);
	svac_set_ok(test, first, dev, PASID);
	svac_expect_ret(test, svac_driver_replace(second, dev, PASID, first), 0);
	svac_expect_reach(test, dev, PASID, other);
	svac_expect_no_reach(test, dev, PASID, one);
	mock_inject(MOCK_REPLACE, MOCK_ANY_TYPE, 0, 1, -EIO);
	svac_expect_ret(test, svac_driver_replace(first, dev, PASID, second), -EIO);
	svac_expect_reach(test, dev, PASID, other);
}

/* The core refuses it first, so the driver has to be asked without the core */
static void taken_pasid_is_not_replaced(struct kunit *test)
{
	struct svac_process *one = svac_process(test), *other = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *second;

	svac_rules(test, "DRV-008");
	svac_set_ok(test, svac_sva_domain(test, dev, one), dev, PASID);
	second = svac_sva_domain(test, dev, other);
	svac_expect_ret(test, svac_driver_set(second, dev, PASID), -EBUSY);
	svac_expect_reach(test, dev, PASID, one);
	svac_expect_no_reach(test, dev, PASID, other);
}

static void block_leaves_nothing_installed(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "DRV-009");
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	svac_block(test, domain, dev, PASID);
	svac_expect_no_reach(test, dev, PASID, process);
}

static void block_works_after_exit(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "DRV-009");
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	svac_process_exit(process);
	svac_block(test, domain, dev, PASID);
	KUNIT_EXPECT_NULL(test, xa_load(mock_pasid_table(dev), PASID));
}

static void free_frees_that_domain_once(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *first, *second;

	svac_rules(test, "DRV-010");
	first = svac_sva_domain(test, dev, process);
	second = svac_sva_domain(test, dev, process);
	svac_free(test, second);
	KUNIT_EXPECT_FALSE(test, mock_is_alive(second));
	KUNIT_EXPECT_TRUE(test, mock_is_alive(first));
	KUNIT_EXPECT_EQ(test, mock_freed_again(IOMMU_DOMAIN_SVA), 0);
}

static void mm_is_given_back_with_the_domain(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "DRV-011");
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	svac_block(test, domain, dev, PASID);
	svac_free(test, domain);
	svac_expect_refs(test, process, 0);
}

static void memory_goes_with_the_process(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "DRV-012");
	svac_set_ok(test, svac_sva_domain(test, dev, process), dev, PASID);
	svac_process_exit(process);
	KUNIT_EXPECT_EQ(test, get_mm_rss(process->mm), 0);
}

struct iommu_row {
	const char *name;
	struct mock_config config;
};

static const struct iommu_row iommus[] = {
	{ "all-pasids", { .pasid_bits = 20 } },
	{ "one-pasid", { .pasid_bits = 20, .max_pasids = 2 } },
	{ "hundred-pasids", { .pasid_bits = 20, .max_pasids = 100 } },
	{ "no-pasids", { .pasid_bits = 20, .iommu_without_pasids = true } },
};

SVAC_ROWS(iommus)

static void max_pasids_is_what_the_hardware_has(struct kunit *test)
{
	const struct iommu_row *row = to_svac(test)->row;
	struct device *dev = svac_device(test, &row->config);

	svac_rules(test, "DRV-013");
	KUNIT_EXPECT_EQ(test, to_svac(test)->impl->max_pasids(dev), mock_hardware_pasids(dev));
}

static void what_there_is_room_for_is_not_refused(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *second = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *one, *other;

	svac_rules(test, "DRV-014");
	one = svac_sva_domain(test, dev, process);
	other = svac_sva_domain(test, dev, process);
	svac_expect_ret(test, svac_set(test, one, dev, PASID), 0);
	svac_expect_ret(test, svac_set(test, other, dev, OTHER), 0);
	svac_expect_ret(test, svac_set(test, one, second, PASID), 0);
	svac_block(test, one, dev, PASID);
	svac_expect_ret(test, svac_set(test, other, dev, PASID), 0);
}

static void lose_memory(struct iommu_domain *domain, struct device *dev, ioasid_t pasid,
			void *data)
{
	*(int *)data = mock_fail_allocations(true);
}

/* Memory runs out when the core has its own and the driver begins */
static void no_memory_is_enomem(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;
	int can_fail = 0, ret;

	svac_rules(test, "DRV-015");
	domain = svac_sva_domain(test, dev, svac_process(test));
	mock_on(MOCK_SET, lose_memory, &can_fail);
	ret = to_svac(test)->impl->set(domain, dev, PASID);
	mock_fail_allocations(false);
	mock_on(MOCK_OPS, NULL, NULL);
	KUNIT_EXPECT_EQ(test, can_fail, 0);
	svac_expect_ret(test, ret, -ENOMEM);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), 0);
}

/* Some pages of kernel memory, for a device to reach by IOVA */
static u64 *some_pages(struct kunit *test)
{
	void *pages = kunit_kzalloc(test, (PAGES + 1) * PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pages);
	return PTR_ALIGN(pages, PAGE_SIZE);
}

static void atomic_callers_do_not_sleep(struct kunit *test)
{
	struct iommu_domain *domain;
	unsigned long switches;
	u64 *memory;

	svac_rules(test, "DRV-016");
	domain = svac_paging_domain(test, svac_device(test, &MOCK_PASIDS));
	memory = some_pages(test);
	switches = current->nvcsw;
	svac_expect_ret(test, svac_map_atomic(domain, IOVA, virt_to_phys(memory), PAGE_SIZE,
					      IOMMU_READ), 0);
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(domain, IOVA), virt_to_phys(memory));
	KUNIT_EXPECT_EQ(test, iommu_unmap(domain, IOVA, PAGE_SIZE), PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, current->nvcsw, switches);
}

/* All pages, with the permissions asked for and no more */
static void map_maps_what_it_was_asked_to(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	u64 *memory = some_pages(test), word = 1;
	struct iommu_domain *domain;
	unsigned long iova;

	svac_rules(test, "DRV-017");
	domain = svac_paging_domain(test, dev);
	svac_expect_ret(test, svac_map(domain, IOVA, virt_to_phys(memory), PAGES * PAGE_SIZE,
				       IOMMU_READ), 0);
	svac_set_ok(test, domain, dev, PASID);
	for (iova = IOVA; iova < IOVA + PAGES * PAGE_SIZE; iova += PAGE_SIZE) {
		svac_expect_ret(test, mock_dma_read(dev, PASID, iova, &word, sizeof(word)), 0);
		svac_expect_ret(test, mock_dma_write(dev, PASID, iova, &word, sizeof(word)),
				-EFAULT);
	}
}

static void unmap_leaves_nothing_mapped(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	u64 *memory = some_pages(test), word;
	struct iommu_domain *domain;
	unsigned long iova;

	svac_rules(test, "DRV-018");
	domain = svac_paging_domain(test, dev);
	svac_expect_ret(test, svac_map(domain, IOVA, virt_to_phys(memory), PAGES * PAGE_SIZE,
				       IOMMU_READ), 0);
	svac_set_ok(test, domain, dev, PASID);
	KUNIT_EXPECT_EQ(test, iommu_unmap(domain, IOVA, PAGES * PAGE_SIZE), PAGES * PAGE_SIZE);
	for (iova = IOVA; iova < IOVA + PAGES * PAGE_SIZE; iova += PAGE_SIZE)
		svac_expect_ret(test, mock_dma_read(dev, PASID, iova, &word, sizeof(word)),
				-EFAULT);
}

static void iova_to_phys_is_exact(struct kunit *test)
{
	struct iommu_domain *domain;
	u64 *memory;

	svac_rules(test, "DRV-019");
	domain = svac_paging_domain(test, svac_device(test, &MOCK_PASIDS));
	memory = some_pages(test);
	svac_expect_ret(test, svac_map(domain, IOVA, virt_to_phys(memory), PAGE_SIZE,
				       IOMMU_READ), 0);
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(domain, IOVA), virt_to_phys(memory));
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(domain, IOVA + 8), virt_to_phys(memory + 1));
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(domain, IOVA + PAGE_SIZE), 0);
}

static void dma_has_the_permissions_of_the_process(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	u64 word = SVAC_WORD;

	svac_rules(test, "DRV-020");
	svac_set_ok(test, svac_sva_domain(test, dev, process), dev, PASID);
	svac_expect_ret(test, mock_dma_write(dev, PASID, process->ro, &word, sizeof(word)),
			-EFAULT);
	svac_expect_ret(test, mock_dma_write(dev, PASID, process->fresh, &word, sizeof(word)), 0);
}

static void no_translation_outlives_the_mapping(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	u64 word;

	svac_rules(test, "DRV-021");
	svac_set_ok(test, svac_sva_domain(test, dev, process), dev, PASID);
	svac_expect_ret(test, mock_dma_read(dev, PASID, process->rw, &word, sizeof(word)), 0);
	svac_expect_ret(test, svac_unmap(process, process->rw), 0);
	svac_expect_ret(test, mock_dma_read(dev, PASID, process->rw, &word, sizeof(word)), -EFAULT);
}

static void domain_stays_what_it_is(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	const struct iommu_domain_ops *ops;
	struct iommu_domain *domain;

	svac_rules(test, "DRV-022");
	domain = svac_sva_domain(test, dev, svac_process(test));
	ops = domain->ops;
	svac_set_ok(test, domain, dev, PASID);
	svac_block(test, domain, dev, PASID);
	KUNIT_EXPECT_EQ(test, domain->type, IOMMU_DOMAIN_SVA);
	KUNIT_EXPECT_PTR_EQ(test, domain->ops, ops);
}

static void groups_are_those_of_the_hardware(struct kunit *test)
{
	static const struct mock_config shared = { .group = 9, .pasid_bits = 20 };
	struct device *devices[] = {
		svac_device(test, &MOCK_PASIDS), svac_device(test, &MOCK_PASIDS),
		svac_device(test, &shared), svac_device(test, &shared),
	};
	struct iommu_group *groups[ARRAY_SIZE(devices)];
	int i;

	svac_rules(test, "DRV-023");
	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		groups[i] = iommu_group_get(devices[i]);
		iommu_group_put(groups[i]);
	}
	KUNIT_EXPECT_PTR_NE(test, groups[0], groups[1]);
	KUNIT_EXPECT_PTR_NE(test, groups[0], groups[2]);
	KUNIT_EXPECT_PTR_EQ(test, groups[2], groups[3]);
}

static struct kunit_case driver_cases[] = {
	SVAC_CASE(domain_is_one_of_its_own),
	SVAC_CASE(no_domain_is_null),
	SVAC_CASE(domain_can_be_freed),
	SVAC_CASE(set_installs_the_domains_own_mm),
	SVAC_CASE(answers_are_0_or_an_errno),
	SVAC_CASE(other_pasids_are_left_alone),
	SVAC_CASE(attaching_leaves_the_pasids_alone),
	SVAC_CASE(other_devices_are_left_alone),
	SVAC_CASE(failed_set_installs_nothing),
	SVAC_CASE(taken_pasid_is_not_replaced),
	SVAC_CASE(taken_pasid_is_replaced_when_asked),
	SVAC_CASE(block_leaves_nothing_installed),
	SVAC_CASE(block_works_after_exit),
	SVAC_CASE(free_frees_that_domain_once),
	SVAC_CASE(mm_is_given_back_with_the_domain),
	SVAC_CASE(memory_goes_with_the_process),
	SVAC_CASE_ROWS(max_pasids_is_what_the_hardware_has, iommus),
	SVAC_CASE(what_there_is_room_for_is_not_refused),
	SVAC_CASE(no_memory_is_enomem),
	SVAC_CASE(atomic_callers_do_not_sleep),
	SVAC_CASE(map_maps_what_it_was_asked_to),
	SVAC_CASE(unmap_leaves_nothing_mapped),
	SVAC_CASE(iova_to_phys_is_exact),
	SVAC_CASE(dma_has_the_permissions_of_the_process),
	SVAC_CASE(no_translation_outlives_the_mapping),
	SVAC_CASE(domain_stays_what_it_is),
	SVAC_CASE(groups_are_those_of_the_hardware),
	{ }
};

SVAC_SUITE(svac_driver, driver_cases);
