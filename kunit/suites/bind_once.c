// SPDX-License-Identifier: GPL-2.0
/*
 * Misuse of bind that is warned of once in a boot: each case has a boot of its
 * own.
 */
#include "svac.h"

static void bind_to_no_device(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;
	struct svac_process *process = svac_process(test);

	svac_rules(test, "BIND-011");
	svac_needs(test, SVAC_BIND | SVAC_WARNS, "bind");
	svac_expect_warn(test, impl->warns.bind, 1);
	svac_expect_err_ptr(test, impl->bind(NULL, process->mm), -EINVAL);
	svac_expect_err_ptr(test, impl->bind(NULL, process->mm), -EINVAL);
	svac_expect_refs(test, process, 0);
}

static void bind_of_no_mm(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "BIND-011");
	svac_needs(test, SVAC_BIND | SVAC_WARNS, "bind");
	svac_expect_warn(test, impl->warns.bind, 1);
	svac_expect_err_ptr(test, impl->bind(dev, NULL), -EINVAL);
	svac_expect_err_ptr(test, impl->bind(dev, NULL), -EINVAL);
	svac_expect_calls(test, MOCK_ALLOC, IOMMU_DOMAIN_SVA, 0);
}

static void unbind_of_nothing(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;

	svac_rules(test, "BIND-011");
	svac_needs(test, SVAC_BIND | SVAC_WARNS, "bind");
	svac_expect_warn(test, impl->warns.unbind, 1);
	impl->unbind(NULL);
	impl->unbind(ERR_PTR(-ENODEV));
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0);
}

static void pasid_of_nothing(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;

	svac_rules(test, "BIND-011");
	svac_needs(test, SVAC_BIND | SVAC_WARNS, "bind");
	svac_expect_warn(test, impl->warns.pasid, 1);
	KUNIT_EXPECT_EQ(test, impl->pasid(NULL), INVALID_IOASID);
	KUNIT_EXPECT_EQ(test, impl->pasid(ERR_PTR(-ENODEV)), INVALID_IOASID);
}

static struct kunit_case bind_once_cases[] = {
	SVAC_CASE(bind_to_no_device),
	SVAC_CASE(bind_of_no_mm),
	SVAC_CASE(unbind_of_nothing),
	SVAC_CASE(pasid_of_nothing),
	{ }
};

SVAC_SUITE(svac1_binding, bind_once_cases);
