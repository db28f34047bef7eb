// SPDX-License-Identifier: GPL-2.0
/*
 * Replacing the domain of a PASID by another one: without a gap, or not at all.
 */
#include "svac.h"

#define PASID	5
#define OTHER	6

#define needs_replace(test)	svac_needs(test, SVAC_REPLACE, "function that replaces a domain")

static void replace_asks_the_driver_once_with_both(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *first, *second;
	const struct mock_event *replace;

	svac_rules(test, "PASID-039");
	needs_replace(test);
	first = svac_sva_domain(test, dev, svac_process(test));
	second = svac_sva_domain(test, dev, svac_process(test));
	svac_set_ok(test, first, dev, PASID);
	svac_expect_ret(test, svac_replace(test, second, dev, PASID), 0);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 1);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0);
	svac_expect_calls(test, MOCK_REPLACE, MOCK_ANY_TYPE, 1);
	replace = svac_event(test, MOCK_REPLACE, IOMMU_DOMAIN_SVA, 0);
	KUNIT_EXPECT_PTR_EQ(test, replace->domain, second);
	KUNIT_EXPECT_PTR_EQ(test, replace->dev, dev);
	KUNIT_EXPECT_EQ(test, replace->pasid, PASID);
}

static void replace_lets_data_through_to_the_new_one(struct kunit *test)
{
	struct svac_process *one = svac_process(test), *other = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *second;

	svac_rules(test, "PASID-039");
	needs_replace(test);
	svac_set_ok(test, svac_sva_domain(test, dev, one), dev, PASID);
	second = svac_sva_domain(test, dev, other);
	svac_expect_ret(test, svac_replace(test, second, dev, PASID), 0);
	svac_expect_get(test, dev, PASID, second);
	svac_expect_reach(test, dev, PASID, other);
	svac_expect_no_reach(test, dev, PASID, one);
}

static void replace_goes_from_any_type_to_any(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *paging, *sva;

	svac_rules(test, "PASID-039");
	needs_replace(test);
	paging = svac_paging_domain(test, dev);
	sva = svac_sva_domain(test, dev, process);
	svac_set_ok(test, paging, dev, PASID);
	svac_expect_ret(test, svac_replace(test, sva, dev, PASID), 0);
	svac_expect_reach(test, dev, PASID, process);
	svac_expect_ret(test, svac_replace(test, paging, dev, PASID), 0);
	svac_expect_no_reach(test, dev, PASID, process);
	svac_expect_get(test, dev, PASID, paging);
}

static void replaced_pasid_is_blocked_once_through_the_new_one(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *first, *second;

	svac_rules(test, "PASID-039", "PASID-014");
	needs_replace(test);
	first = svac_paging_domain(test, dev);
	second = svac_sva_domain(test, dev, process);
	svac_set_ok(test, first, dev, PASID);
	svac_expect_ret(test, svac_replace(test, second, dev, PASID), 0);
	svac_block(test, second, dev, PASID);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 1);
	KUNIT_EXPECT_PTR_EQ(test, svac_event(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 0)->domain,
			    second);
	svac_expect_no_reach(test, dev, PASID, process);
	svac_expect_get(test, dev, PASID, NULL);
	svac_free(test, first);
}

static void replace_of_nothing_is_einval(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-040");
	needs_replace(test);
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, OTHER);
	svac_expect_ret(test, svac_replace(test, domain, dev, PASID), -EINVAL);
	svac_expect_calls(test, MOCK_REPLACE, MOCK_ANY_TYPE, 0);
	svac_expect_get(test, dev, PASID, NULL);
	/* Nor is the PASID taken by the attempt */
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), 0);
}

static void replace_of_a_blocked_pasid_is_einval(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-040");
	needs_replace(test);
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_set_ok(test, domain, dev, PASID);
	svac_block(test, domain, dev, PASID);
	svac_expect_ret(test, svac_replace(test, domain, dev, PASID), -EINVAL);
	svac_expect_calls(test, MOCK_REPLACE, MOCK_ANY_TYPE, 0);
}

static void replace_on_pasid_0_is_einval(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-040", "PASID-008");
	needs_replace(test);
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_expect_ret(test, svac_replace(test, domain, dev, 0), -EINVAL);
	svac_expect_calls(test, MOCK_REPLACE, MOCK_ANY_TYPE, 0);
}

static void replace_without_group_is_enodev(struct kunit *test)
{
	static const struct mock_config no_iommu = { .no_iommu = true, .pasid_bits = 20 };
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *alone = svac_device(test, &no_iommu);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-040");
	needs_replace(test);
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_expect_ret(test, svac_replace(test, domain, alone, PASID), -ENODEV);
}

static void replace_by_what_cannot_be_set_is_eopnotsupp(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *first;

	svac_rules(test, "PASID-040");
	needs_replace(test);
	first = svac_sva_domain(test, dev, process);
	svac_set_ok(test, first, dev, PASID);
	mock_set_quirk(MOCK_NO_SET);
	svac_expect_ret(test, svac_replace(test, svac_sva_domain(test, dev, svac_process(test)),
					   dev, PASID), -EOPNOTSUPP);
	svac_expect_get(test, dev, PASID, first);
	svac_expect_reach(test, dev, PASID, process);
}

static void refused_replace_keeps_what_was_set(struct kunit *test)
{
	struct svac_process *one = svac_process(test), *other = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *first, *second;

	svac_rules(test, "PASID-041");
	needs_replace(test);
	first = svac_sva_domain(test, dev, one);
	second = svac_sva_domain(test, dev, other);
	svac_set_ok(test, first, dev, PASID);
	mock_inject(MOCK_REPLACE, MOCK_ANY_TYPE, 0, 1, -EIO);
	svac_expect_ret(test, svac_replace(test, second, dev, PASID), -EIO);
	svac_expect_get(test, dev, PASID, first);
	svac_expect_reach(test, dev, PASID, one);
	svac_expect_no_reach(test, dev, PASID, other);
	svac_expect_ret(test, svac_replace(test, second, dev, PASID), 0);
	svac_expect_reach(test, dev, PASID, other);
}

static void replace_by_itself_asks_nobody(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-042");
	needs_replace(test);
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	svac_expect_ret(test, svac_replace(test, domain, dev, PASID), 0);
	svac_expect_calls(test, MOCK_REPLACE, MOCK_ANY_TYPE, 0);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 1);
	svac_expect_get(test, dev, PASID, domain);
	svac_expect_reach(test, dev, PASID, process);
}

static void replace_leaves_other_pasids_and_devices(struct kunit *test)
{
	struct svac_process *one = svac_process(test), *other = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *second = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-019", "PASID-039");
	needs_replace(test);
	domain = svac_sva_domain(test, dev, one);
	svac_set_ok(test, domain, dev, PASID);
	svac_set_ok(test, domain, dev, OTHER);
	svac_set_ok(test, domain, second, PASID);
	svac_expect_ret(test, svac_replace(test, svac_sva_domain(test, dev, other), dev, PASID),
			0);
	svac_expect_reach(test, dev, OTHER, one);
	svac_expect_reach(test, second, PASID, one);
	svac_expect_no_reach(test, dev, OTHER, other);
	svac_expect_no_reach(test, second, PASID, other);
}

static struct kunit_case replace_cases[] = {
	SVAC_CASE(replace_asks_the_driver_once_with_both),
	SVAC_CASE(replace_lets_data_through_to_the_new_one),
	SVAC_CASE(replace_goes_from_any_type_to_any),
	SVAC_CASE(replaced_pasid_is_blocked_once_through_the_new_one),
	SVAC_CASE(replace_of_nothing_is_einval),
	SVAC_CASE(replace_of_a_blocked_pasid_is_einval),
	SVAC_CASE(replace_on_pasid_0_is_einval),
	SVAC_CASE(replace_without_group_is_enodev),
	SVAC_CASE(replace_by_what_cannot_be_set_is_eopnotsupp),
	SVAC_CASE(refused_replace_keeps_what_was_set),
	SVAC_CASE(replace_by_itself_asks_nobody),
	SVAC_CASE(replace_leaves_other_pasids_and_devices),
	{ }
};

SVAC_SUITE(svac_replace, replace_cases);
