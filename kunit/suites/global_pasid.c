// SPDX-License-Identifier: GPL-2.0
/*
 * PASIDs that are given out for the whole system, to processes and to drivers, and
 * domains that are not of the device's own driver.
 */
#include "svac.h"

#define PASID	5

#define needs_allocator(test)						\
	svac_needs(test, SVAC_GIVES_PASIDS, "function that gives out PASIDs")

static const struct mock_config four = { .pasid_bits = 20, .max_pasids = 4 };
static const struct mock_config none = { };

static void each_pasid_is_given_once(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;
	struct device *dev = svac_device(test, &four);
	ioasid_t got[3];
	int i;

	svac_rules(test, "BIND-026");
	needs_allocator(test);
	for (i = 0; i < ARRAY_SIZE(got); i++) {
		got[i] = impl->give_pasid(dev);
		KUNIT_EXPECT_EQ(test, got[i], i + 1);
	}
	/* 1 to 3 are all that the device has besides 0 */
	KUNIT_EXPECT_EQ(test, impl->give_pasid(dev), INVALID_IOASID);
	for (i = 0; i < ARRAY_SIZE(got); i++)
		if (got[i] != INVALID_IOASID)
			impl->take_pasid(got[i]);
}

static void pasid_that_came_back_is_given_again(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;
	struct device *dev = svac_device(test, &four);
	ioasid_t one, other;

	svac_rules(test, "BIND-026");
	needs_allocator(test);
	one = impl->give_pasid(dev);
	other = impl->give_pasid(dev);
	impl->take_pasid(one);
	KUNIT_EXPECT_EQ(test, impl->give_pasid(dev), one);
	impl->take_pasid(one);
	impl->take_pasid(other);
}

static void device_without_pasids_is_given_none(struct kunit *test)
{
	svac_rules(test, "BIND-026");
	needs_allocator(test);
	KUNIT_EXPECT_EQ(test, to_svac(test)->impl->give_pasid(svac_device(test, &none)),
			INVALID_IOASID);
}

static void process_and_driver_are_not_given_the_same(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_sva *handle;
	ioasid_t pasid;

	svac_rules(test, "BIND-026", "BIND-003");
	needs_allocator(test);
	svac_needs(test, SVAC_BIND, "bind");
	pasid = impl->give_pasid(dev);
	handle = svac_bind(test, dev, svac_process(test));
	KUNIT_EXPECT_FALSE(test, IS_ERR(handle));
	if (!IS_ERR(handle))
		KUNIT_EXPECT_NE(test, impl->pasid(handle), pasid);
	impl->take_pasid(pasid);
}

static void domain_of_another_driver_is_einval(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;
	int ret;

	svac_rules(test, "PASID-043");
	svac_needs(test, SVAC_OWNERS, "owner of a domain");
	domain = svac_sva_domain(test, dev, process);
	to_svac(test)->impl->estrange(domain, true);
	ret = svac_set(test, domain, dev, PASID);
	to_svac(test)->impl->estrange(domain, false);
	svac_expect_ret(test, ret, -EINVAL);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 0);
	svac_expect_get(test, dev, PASID, NULL);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), 0);
}

static void replace_by_a_domain_of_another_driver_is_einval(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain, *first;
	int ret;

	svac_rules(test, "PASID-043");
	svac_needs(test, SVAC_OWNERS, "owner of a domain");
	svac_needs(test, SVAC_REPLACE, "function that replaces a domain");
	first = svac_sva_domain(test, dev, process);
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_set_ok(test, first, dev, PASID);
	to_svac(test)->impl->estrange(domain, true);
	ret = svac_replace(test, domain, dev, PASID);
	to_svac(test)->impl->estrange(domain, false);
	svac_expect_ret(test, ret, -EINVAL);
	svac_expect_calls(test, MOCK_REPLACE, MOCK_ANY_TYPE, 0);
	svac_expect_reach(test, dev, PASID, process);
}

static struct kunit_case global_pasid_cases[] = {
	SVAC_CASE(each_pasid_is_given_once),
	SVAC_CASE(pasid_that_came_back_is_given_again),
	SVAC_CASE(device_without_pasids_is_given_none),
	SVAC_CASE(process_and_driver_are_not_given_the_same),
	SVAC_CASE(domain_of_another_driver_is_einval),
	SVAC_CASE(replace_by_a_domain_of_another_driver_is_einval),
	{ }
};

SVAC_SUITE(svac_global_pasid, global_pasid_cases);
