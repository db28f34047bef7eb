// SPDX-License-Identifier: GPL-2.0
/*
 * Allocating and freeing SVA domains.
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>

#include "svac.h"

/* Long enough for a count that is off by one now and then to show */
#define MANY	256

static void alloc_asks_the_driver_once(struct kunit *test)
{
	struct device *dev;

	svac_rules(test, "DOM-001");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	dev = svac_device(test, &MOCK_PASIDS);
	svac_sva_domain(test, dev, svac_process(test));
	svac_expect_calls(test, MOCK_ALLOC, IOMMU_DOMAIN_SVA, 1);
	svac_expect_calls(test, MOCK_ALLOC, IOMMU_DOMAIN_UNMANAGED, 0);
}

static void alloc_returns_the_drivers_domain(struct kunit *test)
{
	struct iommu_domain *domain;
	struct device *dev;

	svac_rules(test, "DOM-001");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	dev = svac_device(test, &MOCK_PASIDS);
	domain = svac_sva_domain(test, dev, svac_process(test));
	KUNIT_EXPECT_PTR_EQ(test, domain,
			    svac_event(test, MOCK_ALLOC, IOMMU_DOMAIN_SVA, 0)->domain);
}

static void alloc_goes_by_device_not_by_bus(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	const struct iommu_ops *bus_ops;
	struct iommu_domain *domain;
	struct device *dev;

	svac_rules(test, "DOM-001");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	dev = svac_device(test, &MOCK_PASIDS);
	bus_ops = svac_set_bus_ops(dev, NULL);
	domain = to_svac(test)->impl->alloc_sva(dev, process->mm);
	svac_set_bus_ops(dev, bus_ops);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	to_svac(test)->impl->free_sva(domain);
}

static void alloc_makes_an_sva_domain(struct kunit *test)
{
	struct iommu_domain *domain;
	struct device *dev;

	svac_rules(test, "DOM-002");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	dev = svac_device(test, &MOCK_PASIDS);
	domain = svac_sva_domain(test, dev, svac_process(test));
	KUNIT_EXPECT_EQ(test, domain->type, IOMMU_DOMAIN_SVA);
}

static void alloc_shares_the_mm(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct iommu_domain *domain;
	struct device *dev;

	svac_rules(test, "DOM-002");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	dev = svac_device(test, &MOCK_PASIDS);
	domain = svac_sva_domain(test, dev, process);
	KUNIT_EXPECT_PTR_EQ(test, to_svac(test)->impl->mm_of(domain), process->mm);
}

static void alloc_grabs_the_mm_once(struct kunit *test)
{
	struct svac_process *process = svac_process(test);

	svac_rules(test, "DOM-003");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	svac_expect_refs(test, process, 0);
	svac_sva_domain(test, svac_device(test, &MOCK_PASIDS), process);
	svac_expect_refs(test, process, 1);
}

static void alloc_is_no_user_of_the_mm(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	int users = atomic_read(&process->mm->mm_users);

	svac_rules(test, "DOM-003");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	svac_sva_domain(test, svac_device(test, &MOCK_PASIDS), process);
	KUNIT_EXPECT_EQ(test, atomic_read(&process->mm->mm_users), users);
}

static void alloc_touches_no_device(struct kunit *test)
{
	struct device *dev;

	svac_rules(test, "DOM-010");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	dev = svac_device(test, &MOCK_PASIDS);
	mock_log_clear();
	svac_sva_domain(test, dev, svac_process(test));
	svac_expect_calls(test, MOCK_ATTACH, MOCK_ANY_TYPE, 0);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 0);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0);
}

static void alloc_without_iommu_is_enodev(struct kunit *test)
{
	struct mock_config none = { .no_iommu = true, .pasid_bits = 20 };
	struct device *dev;

	svac_rules(test, "DOM-004");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	dev = svac_device(test, &none);
	svac_expect_err_ptr(test, to_svac(test)->impl->alloc_sva(dev, svac_process(test)->mm),
			    -ENODEV);
}

/* As between a firmware table that names an IOMMU and that IOMMU's driver */
static void alloc_with_an_iommu_to_come_is_enodev(struct kunit *test)
{
	static struct dev_iommu promised;
	struct mock_config none = { .no_iommu = true, .pasid_bits = 20 };
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &none);
	struct iommu_domain *domain;
	u32 max_pasids;

	svac_rules(test, "DOM-004", "PASID-009");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	dev->iommu = &promised;
	domain = to_svac(test)->impl->alloc_sva(dev, process->mm);
	max_pasids = to_svac(test)->impl->max_pasids(dev);
	dev->iommu = NULL;
	svac_expect_err_ptr(test, domain, -ENODEV);
	KUNIT_EXPECT_EQ(test, max_pasids, 0);
}

static void alloc_without_domain_alloc_is_enodev(struct kunit *test)
{
	struct device *dev;

	svac_rules(test, "DOM-004");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	dev = svac_device(test, &MOCK_PASIDS);
	mock_set_quirk(MOCK_NO_ALLOC);
	svac_expect_err_ptr(test, to_svac(test)->impl->alloc_sva(dev, svac_process(test)->mm),
			    -ENODEV);
}

static void alloc_by_driver_without_sva_is_eopnotsupp(struct kunit *test)
{
	struct device *dev;

	svac_rules(test, "DOM-005");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	dev = svac_device(test, &MOCK_PASIDS);
	mock_set_quirk(MOCK_NO_FEATURE);
	svac_expect_err_ptr(test, to_svac(test)->impl->alloc_sva(dev, svac_process(test)->mm),
			    -EOPNOTSUPP);
}

static void alloc_refused_for_device_without_pasids_is_eopnotsupp(struct kunit *test)
{
	struct mock_config no_pasids = { };
	struct device *dev;

	svac_rules(test, "DOM-005");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	dev = svac_device(test, &no_pasids);
	mock_inject(MOCK_ALLOC, IOMMU_DOMAIN_SVA, 0, 1, -EINVAL);
	svac_expect_err_ptr(test, to_svac(test)->impl->alloc_sva(dev, svac_process(test)->mm),
			    -EOPNOTSUPP);
}

static void alloc_refused_behind_iommu_without_pasids_is_eopnotsupp(struct kunit *test)
{
	struct mock_config plain = { .pasid_bits = 20, .iommu_without_pasids = true };
	struct device *dev;

	svac_rules(test, "DOM-005");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	dev = svac_device(test, &plain);
	mock_inject(MOCK_ALLOC, IOMMU_DOMAIN_SVA, 0, 1, -EINVAL);
	svac_expect_err_ptr(test, to_svac(test)->impl->alloc_sva(dev, svac_process(test)->mm),
			    -EOPNOTSUPP);
}

static void alloc_refused_by_sva_driver_is_enomem(struct kunit *test)
{
	struct device *dev;

	svac_rules(test, "DOM-006");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	dev = svac_device(test, &MOCK_PASIDS);
	mock_inject(MOCK_ALLOC, IOMMU_DOMAIN_SVA, 0, 1, -ENOMEM);
	svac_expect_err_ptr(test, to_svac(test)->impl->alloc_sva(dev, svac_process(test)->mm),
			    -ENOMEM);
}

static void alloc_without_memory_is_enomem(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct iommu_domain *domain;
	struct device *dev;

	svac_rules(test, "DOM-006", "DOM-007");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	svac_needs_faults(test);
	dev = svac_device(test, &MOCK_PASIDS);
	KUNIT_ASSERT_EQ(test, mock_fail_allocations(true), 0);
	domain = to_svac(test)->impl->alloc_sva(dev, process->mm);
	mock_fail_allocations(false);
	svac_expect_err_ptr(test, domain, -ENOMEM);
	svac_expect_refs(test, process, 0);
}

static void failed_alloc_leaves_the_mm_alone(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev;

	svac_rules(test, "DOM-007");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	dev = svac_device(test, &MOCK_PASIDS);
	mock_inject(MOCK_ALLOC, IOMMU_DOMAIN_SVA, 0, 1, -ENOMEM);
	svac_expect_err_ptr(test, to_svac(test)->impl->alloc_sva(dev, process->mm),
			    -ENOMEM);
	svac_expect_refs(test, process, 0);
}

static void failed_alloc_frees_nothing(struct kunit *test)
{
	struct device *dev;

	svac_rules(test, "DOM-007");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	dev = svac_device(test, &MOCK_PASIDS);
	mock_inject(MOCK_ALLOC, IOMMU_DOMAIN_SVA, 0, 1, -ENOMEM);
	svac_expect_err_ptr(test, to_svac(test)->impl->alloc_sva(dev, svac_process(test)->mm),
			    -ENOMEM);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 0);
}

static void alloc_works_after_a_failure(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev;

	svac_rules(test, "DOM-007");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	dev = svac_device(test, &MOCK_PASIDS);
	mock_inject(MOCK_ALLOC, IOMMU_DOMAIN_SVA, 0, 1, -ENOMEM);
	svac_expect_err_ptr(test, to_svac(test)->impl->alloc_sva(dev, process->mm),
			    -ENOMEM);
	svac_sva_domain(test, dev, process);
}

static void one_mm_may_have_two_domains(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct iommu_domain *first, *second;
	struct device *dev;

	svac_rules(test, "DOM-011");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	dev = svac_device(test, &MOCK_PASIDS);
	first = svac_sva_domain(test, dev, process);
	second = svac_sva_domain(test, dev, process);
	KUNIT_EXPECT_PTR_NE(test, first, second);
}

static void each_domain_grabs_its_mm(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev;

	svac_rules(test, "DOM-003");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	dev = svac_device(test, &MOCK_PASIDS);
	svac_sva_domain(test, dev, process);
	svac_sva_domain(test, svac_device(test, &MOCK_PASIDS), process);
	svac_sva_domain(test, dev, process);
	svac_expect_refs(test, process, 3);
}

static void one_mm_may_have_domains_for_two_devices(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct iommu_domain *first, *second;

	svac_rules(test, "DOM-011");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	first = svac_sva_domain(test, svac_device(test, &MOCK_PASIDS), process);
	second = svac_sva_domain(test, svac_device(test, &MOCK_PASIDS), process);
	KUNIT_EXPECT_PTR_NE(test, first, second);
}

static void two_mms_have_domains_apart(struct kunit *test)
{
	struct svac_process *one = svac_process(test), *other = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	const struct svac_impl *impl = to_svac(test)->impl;

	svac_rules(test, "DOM-002", "DOM-011");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	KUNIT_EXPECT_PTR_EQ(test, impl->mm_of(svac_sva_domain(test, dev, one)), one->mm);
	KUNIT_EXPECT_PTR_EQ(test, impl->mm_of(svac_sva_domain(test, dev, other)), other->mm);
}

static void free_asks_the_driver_once(struct kunit *test)
{
	struct iommu_domain *domain;
	struct device *dev;

	svac_rules(test, "DOM-012");
	dev = svac_device(test, &MOCK_PASIDS);
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_free(test, domain);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 1);
	KUNIT_EXPECT_EQ_MSG(test, mock_live_domains(IOMMU_DOMAIN_SVA), 0,
			    "the driver was not asked to free the domain\n");
}

static void free_is_of_the_domain_allocated(struct kunit *test)
{
	struct iommu_domain *first, *second;
	struct device *dev;

	svac_rules(test, "DOM-012");
	dev = svac_device(test, &MOCK_PASIDS);
	first = svac_sva_domain(test, dev, svac_process(test));
	second = svac_sva_domain(test, dev, svac_process(test));
	svac_free(test, second);
	svac_free(test, first);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 2);
	KUNIT_EXPECT_PTR_EQ(test, svac_event(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 0)->domain,
			    second);
	KUNIT_EXPECT_PTR_EQ(test, svac_event(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 1)->domain,
			    first);
}

static void free_drops_the_mm_once(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct iommu_domain *domain;
	int before;

	svac_rules(test, "DOM-013");
	domain = svac_sva_domain(test, svac_device(test, &MOCK_PASIDS), process);
	before = svac_process_refs(process);
	svac_free(test, domain);
	svac_expect_refs(test, process, before - 1);
}

static void free_of_one_domain_keeps_the_others_mm(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct iommu_domain *first, *second;
	struct device *dev;
	int before;

	svac_rules(test, "DOM-013");
	dev = svac_device(test, &MOCK_PASIDS);
	first = svac_sva_domain(test, dev, process);
	second = svac_sva_domain(test, dev, process);
	before = svac_process_refs(process);
	svac_free(test, first);
	svac_expect_refs(test, process, before - 1);
	KUNIT_EXPECT_PTR_EQ(test, to_svac(test)->impl->mm_of(second), process->mm);
}

static void mm_is_held_while_the_driver_frees(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct iommu_domain *domain;
	int before;

	svac_rules(test, "DOM-021");
	svac_needs(test, SVAC_FREES_FIRST, "order of free and drop");
	domain = svac_sva_domain(test, svac_device(test, &MOCK_PASIDS), process);
	before = atomic_read(&process->mm->mm_count);
	svac_free(test, domain);
	KUNIT_EXPECT_EQ_MSG(test, svac_event(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 0)->ret, before,
			    "the mm was dropped before the driver's free returned\n");
}

static void free_touches_no_device(struct kunit *test)
{
	struct iommu_domain *domain;
	struct device *dev;

	svac_rules(test, "DOM-010");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	dev = svac_device(test, &MOCK_PASIDS);
	domain = svac_sva_domain(test, dev, svac_process(test));
	mock_log_clear();
	svac_free(test, domain);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 0);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0);
	svac_expect_calls(test, MOCK_ATTACH, MOCK_ANY_TYPE, 0);
}

static void domain_outlives_the_process(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct iommu_domain *domain;

	svac_rules(test, "DOM-014");
	domain = svac_sva_domain(test, svac_device(test, &MOCK_PASIDS), process);
	svac_process_exit(process);
	svac_expect_refs(test, process, 1);
	KUNIT_EXPECT_PTR_EQ(test, to_svac(test)->impl->mm_of(domain), process->mm);
	svac_free(test, domain);
	svac_expect_refs(test, process, 0);
}

static void domain_does_not_keep_the_memory(struct kunit *test)
{
	struct svac_process *process = svac_process(test);

	svac_rules(test, "DOM-014");
	svac_sva_domain(test, svac_device(test, &MOCK_PASIDS), process);
	svac_process_exit(process);
	KUNIT_EXPECT_EQ_MSG(test, get_mm_rss(process->mm), 0,
			    "the process has exited and still has memory\n");
}

static void alloc_for_an_exited_process(struct kunit *test)
{
	struct svac_process *process = svac_process(test);

	svac_rules(test, "DOM-003");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	svac_process_exit(process);
	svac_sva_domain(test, svac_device(test, &MOCK_PASIDS), process);
	svac_expect_refs(test, process, 1);
}

static void domain_outlives_the_device(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct iommu_domain *domain;
	struct device *dev;

	svac_rules(test, "DOM-012");
	dev = svac_device(test, &MOCK_PASIDS);
	domain = svac_sva_domain(test, dev, process);
	svac_unplug(test, dev);
	svac_free(test, domain);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 1);
}

static void counts_stay_exact_over_many_rounds(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev;
	int i;

	svac_rules(test, "DOM-001", "DOM-012");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	dev = svac_device(test, &MOCK_PASIDS);
	for (i = 0; i < MANY; i++)
		svac_free(test, svac_sva_domain(test, dev, process));
	svac_expect_calls(test, MOCK_ALLOC, IOMMU_DOMAIN_SVA, MANY);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, MANY);
}

static struct kunit_case domain_cases[] = {
	SVAC_CASE(alloc_asks_the_driver_once),
	SVAC_CASE(alloc_returns_the_drivers_domain),
	SVAC_CASE(alloc_goes_by_device_not_by_bus),
	SVAC_CASE(alloc_makes_an_sva_domain),
	SVAC_CASE(alloc_shares_the_mm),
	SVAC_CASE(alloc_grabs_the_mm_once),
	SVAC_CASE(alloc_is_no_user_of_the_mm),
	SVAC_CASE(alloc_touches_no_device),
	SVAC_CASE(alloc_without_iommu_is_enodev),
	SVAC_CASE(alloc_with_an_iommu_to_come_is_enodev),
	SVAC_CASE(alloc_without_domain_alloc_is_enodev),
	SVAC_CASE(alloc_by_driver_without_sva_is_eopnotsupp),
	SVAC_CASE(alloc_refused_for_device_without_pasids_is_eopnotsupp),
	SVAC_CASE(alloc_refused_behind_iommu_without_pasids_is_eopnotsupp),
	SVAC_CASE(alloc_refused_by_sva_driver_is_enomem),
	SVAC_CASE(alloc_without_memory_is_enomem),
	SVAC_CASE(failed_alloc_leaves_the_mm_alone),
	SVAC_CASE(failed_alloc_frees_nothing),
	SVAC_CASE(alloc_works_after_a_failure),
	SVAC_CASE(each_domain_grabs_its_mm),
	SVAC_CASE(one_mm_may_have_two_domains),
	SVAC_CASE(one_mm_may_have_domains_for_two_devices),
	SVAC_CASE(two_mms_have_domains_apart),
	SVAC_CASE(free_asks_the_driver_once),
	SVAC_CASE(free_is_of_the_domain_allocated),
	SVAC_CASE(free_drops_the_mm_once),
	SVAC_CASE(free_of_one_domain_keeps_the_others_mm),
	SVAC_CASE(mm_is_held_while_the_driver_frees),
	SVAC_CASE(free_touches_no_device),
	SVAC_CASE(domain_outlives_the_process),
	SVAC_CASE(domain_does_not_keep_the_memory),
	SVAC_CASE(alloc_for_an_exited_process),
	SVAC_CASE(domain_outlives_the_device),
	SVAC_CASE(counts_stay_exact_over_many_rounds),
	{ }
};

SVAC_SUITE(svac_domain, domain_cases);
