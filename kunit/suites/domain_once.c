// SPDX-License-Identifier: GPL-2.0
/*
 * Misuse of SVA domains that is warned of once in a boot: each case has a boot
 * of its own.
 */
#include "svac.h"

#define NO_DOMAIN	((struct iommu_domain *)NULL)
#define BAD_DOMAIN	((struct iommu_domain *)ERR_PTR(-ENOMEM))

static void alloc_for_no_device(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;
	struct svac_process *process = svac_process(test);

	svac_rules(test, "DOM-008");
	svac_needs(test, SVAC_WARNS, "warnings");
	svac_expect_warn(test, impl->warns.alloc, 1);
	svac_expect_err_ptr(test, impl->alloc_sva(NULL, process->mm), -EINVAL);
	svac_expect_err_ptr(test, impl->alloc_sva(NULL, process->mm), -EINVAL);
	svac_expect_refs(test, process, 0);
}

static void alloc_for_no_mm(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "DOM-008");
	svac_needs(test, SVAC_WARNS, "warnings");
	svac_expect_warn(test, impl->warns.alloc, 1);
	svac_expect_err_ptr(test, impl->alloc_sva(dev, NULL), -EINVAL);
	svac_expect_err_ptr(test, impl->alloc_sva(dev, NULL), -EINVAL);
	svac_expect_calls(test, MOCK_ALLOC, IOMMU_DOMAIN_SVA, 0);
}

static void check_contract(struct kunit *test, enum mock_quirk quirk)
{
	const struct svac_impl *impl = to_svac(test)->impl;
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_needs(test, SVAC_WARNS, "warnings");
	mock_set_quirk(quirk);
	svac_expect_warn(test, impl->warns.alloc, 1);
	svac_expect_err_ptr(test, impl->alloc_sva(dev, process->mm), -EINVAL);
	svac_expect_err_ptr(test, impl->alloc_sva(dev, process->mm), -EINVAL);
	svac_expect_refs(test, process, 0);
	svac_forgive_domains(test);
}

static void alloc_of_a_domain_that_cannot_be_freed(struct kunit *test)
{
	svac_rules(test, "DOM-009");
	check_contract(test, MOCK_NO_FREE);
}

static void alloc_of_a_domain_without_ops(struct kunit *test)
{
	svac_rules(test, "DOM-009");
	check_contract(test, MOCK_NO_OPS);
}

static void free_of_nothing(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;

	svac_rules(test, "DOM-015");
	svac_needs(test, SVAC_WARNS, "warnings");
	svac_expect_warn(test, impl->warns.free, 1);
	impl->free_sva(NO_DOMAIN);
	impl->free_sva(NO_DOMAIN);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 0);
}

static void free_of_an_error(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;

	svac_rules(test, "DOM-015");
	svac_needs(test, SVAC_WARNS, "warnings");
	svac_expect_warn(test, impl->warns.free, 1);
	impl->free_sva(BAD_DOMAIN);
	impl->free_sva(BAD_DOMAIN);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 0);
}

static void free_of_a_paging_domain(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;
	struct iommu_domain *paging;

	svac_rules(test, "DOM-015");
	svac_needs(test, SVAC_WARNS, "warnings");
	paging = svac_paging_domain(test, svac_device(test, &MOCK_PASIDS));
	svac_expect_warn(test, impl->warns.free, 1);
	impl->free_sva(paging);
	impl->free_sva(paging);
	svac_expect_calls(test, MOCK_FREE, MOCK_ANY_TYPE, 0);
}

static void mm_of_nothing(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;

	svac_rules(test, "DOM-016");
	svac_needs(test, SVAC_WARNS, "warnings");
	svac_expect_warn(test, impl->warns.mm, 1);
	KUNIT_EXPECT_NULL(test, impl->mm_of(NO_DOMAIN));
	KUNIT_EXPECT_NULL(test, impl->mm_of(BAD_DOMAIN));
}

static void mm_of_a_paging_domain(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;
	struct iommu_domain *paging;

	svac_rules(test, "DOM-016");
	svac_needs(test, SVAC_WARNS, "warnings");
	paging = svac_paging_domain(test, svac_device(test, &MOCK_PASIDS));
	svac_expect_warn(test, impl->warns.mm, 1);
	KUNIT_EXPECT_NULL(test, impl->mm_of(paging));
	KUNIT_EXPECT_NULL(test, impl->mm_of(paging));
}

static struct kunit_case domain_once_cases[] = {
	SVAC_CASE(alloc_for_no_device),
	SVAC_CASE(alloc_for_no_mm),
	SVAC_CASE(alloc_of_a_domain_that_cannot_be_freed),
	SVAC_CASE(alloc_of_a_domain_without_ops),
	SVAC_CASE(free_of_nothing),
	SVAC_CASE(free_of_an_error),
	SVAC_CASE(free_of_a_paging_domain),
	SVAC_CASE(mm_of_nothing),
	SVAC_CASE(mm_of_a_paging_domain),
	{ }
};

SVAC_SUITE(svac1_domain, domain_once_cases);
