// SPDX-License-Identifier: GPL-2.0
/*
 * Misuse of PASIDs that is warned of once in a boot: each case has a boot of
 * its own.
 */
#include "svac.h"

#define PASID		5
#define NO_DOMAIN	((struct iommu_domain *)NULL)
#define BAD_DOMAIN	((struct iommu_domain *)ERR_PTR(-ENOMEM))

static void set_of_no_domain(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "PASID-018");
	svac_needs(test, SVAC_WARNS, "warnings");
	svac_expect_warn(test, impl->warns.set, 1);
	svac_expect_ret(test, impl->set(NO_DOMAIN, dev, PASID), -EINVAL);
	svac_expect_ret(test, impl->set(NO_DOMAIN, dev, PASID), -EINVAL);
	svac_expect_get(test, dev, PASID, NULL);
}

static void set_of_an_error(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "PASID-018");
	svac_needs(test, SVAC_WARNS, "warnings");
	svac_expect_warn(test, impl->warns.set, 1);
	svac_expect_ret(test, impl->set(BAD_DOMAIN, dev, PASID), -EINVAL);
	svac_expect_ret(test, impl->set(BAD_DOMAIN, dev, PASID), -EINVAL);
	svac_expect_get(test, dev, PASID, NULL);
}

static void set_on_no_device(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-018");
	svac_needs(test, SVAC_WARNS, "warnings");
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_expect_warn(test, impl->warns.set, 1);
	svac_expect_ret(test, impl->set(domain, NULL, PASID), -EINVAL);
	svac_expect_ret(test, impl->set(domain, NULL, PASID), -EINVAL);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 0);
}

/* With PASID set, so that taking NULL for what is set there would show */
static void block_of_no_domain(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "PASID-018");
	svac_needs(test, SVAC_WARNS, "warnings");
	svac_set_ok(test, svac_sva_domain(test, dev, svac_process(test)), dev, PASID);
	svac_expect_warn(test, impl->warns.block, 1);
	impl->block(NO_DOMAIN, dev, PASID);
	impl->block(NO_DOMAIN, dev, PASID + 1);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0);
}

static void block_of_an_error(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "PASID-018");
	svac_needs(test, SVAC_WARNS, "warnings");
	svac_expect_warn(test, impl->warns.block, 1);
	impl->block(BAD_DOMAIN, dev, PASID);
	impl->block(BAD_DOMAIN, dev, PASID);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0);
}

static void block_on_no_device(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-018");
	svac_needs(test, SVAC_WARNS, "warnings");
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_expect_warn(test, impl->warns.block, 1);
	impl->block(domain, NULL, PASID);
	impl->block(domain, NULL, PASID);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0);
}

static void lookup_on_no_device(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;

	svac_rules(test, "PASID-018");
	svac_needs(test, SVAC_WARNS, "warnings");
	svac_expect_warn(test, impl->warns.get, 1);
	KUNIT_EXPECT_NULL(test, impl->get(NULL, PASID));
	KUNIT_EXPECT_NULL(test, impl->get(NULL, PASID));
}

static void max_pasids_of_no_device(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;

	svac_rules(test, "PASID-018");
	svac_needs(test, SVAC_WARNS, "warnings");
	svac_expect_warn(test, impl->warns.max_pasids, 1);
	KUNIT_EXPECT_EQ(test, impl->max_pasids(NULL), 0);
	KUNIT_EXPECT_EQ(test, impl->max_pasids(NULL), 0);
}

static void positive_answer_of_the_driver_is_eio(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-006");
	svac_needs(test, SVAC_WARNS, "warnings");
	domain = svac_sva_domain(test, dev, svac_process(test));
	mock_inject(MOCK_SET, IOMMU_DOMAIN_SVA, 0, 2, 1);
	svac_expect_warn(test, impl->warns.set, 1);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), -EIO);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), -EIO);
	svac_expect_get(test, dev, PASID, NULL);
}

static struct kunit_case pasid_once_cases[] = {
	SVAC_CASE(set_of_no_domain),
	SVAC_CASE(set_of_an_error),
	SVAC_CASE(set_on_no_device),
	SVAC_CASE(block_of_no_domain),
	SVAC_CASE(block_of_an_error),
	SVAC_CASE(block_on_no_device),
	SVAC_CASE(lookup_on_no_device),
	SVAC_CASE(max_pasids_of_no_device),
	SVAC_CASE(positive_answer_of_the_driver_is_eio),
	{ }
};

SVAC_SUITE(svac1_pasid, pasid_once_cases);
