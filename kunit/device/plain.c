// SPDX-License-Identifier: GPL-2.0
/*
 * A device that has no PASIDs.
 */
#include "real.h"

static const char *not_plain(struct kunit *test)
{
	struct svac_real *real = to_real(test);

	if (svac_stock_max_pasids(real->dev))
		return "the device has PASIDs";
	if (svac_group_size(real->dev) > 1)
		return "other devices are in the group, and a PASID would be set on them";
	return NULL;
}

static void a_device_without_pasids_is_passed_over(struct kunit *test)
{
	struct iommu_domain *domain;

	svac_rules(test, "PASID-038");
	if (svac_real_lacks(test, not_plain(test)) ||
	    svac_real_lacks(test, svac_stock_has(SVAC_STOCK_SETS) ? NULL :
			    "the kernel has no iommu_attach_device_pasid()"))
		return;
	domain = svac_real_domain(test);
	if (!domain)
		return;
	svac_real_expect(test, svac_real_set(test, domain, 5), 0);
	svac_real_expect(test, svac_real_set(test, domain, 5), -EBUSY);
	svac_real_block(test, domain, 5);
	svac_real_expect(test, svac_real_set(test, domain, 5), 0);
}

static void a_device_without_pasids_is_given_none(struct kunit *test)
{
	svac_rules(test, "BIND-026");
	if (svac_real_lacks(test, not_plain(test)) ||
	    svac_real_lacks(test, svac_stock_has(SVAC_STOCK_GIVES) ? NULL :
			    "the kernel has no iommu_alloc_global_pasid()"))
		return;
	svac_real_expect_true(test,
			      svac_stock_give_pasid(to_real(test)->dev) == SVAC_NO_PASID);
}

static struct kunit_case plain_cases[] = {
	SVAC_PLAIN_CASE(a_device_without_pasids_is_passed_over),
	SVAC_PLAIN_CASE(a_device_without_pasids_is_given_none),
	{}
};

SVAC_SUITE(svac_device_plain, plain_cases);
