// SPDX-License-Identifier: GPL-2.0
/*
 * What callers get from a kernel without SVA domains: this file alone sees the
 * header as if the option were off.
 */
#include <kunit/test.h>

#undef CONFIG_IOMMU_SVA_DOMAIN
#include "../carried/iommu-sva-domain.h"
#include "svac.h"

static void stub_alloc_is_enodev(struct kunit *test)
{
	svac_rules(test, "DOM-017");
	svac_expect_err_ptr(test, iommu_sva_alloc_domain(NULL, NULL), -ENODEV);
	iommu_sva_free_domain(NULL);
	KUNIT_EXPECT_NULL(test, domain_to_mm(NULL));
}

static void stub_set_is_enodev(struct kunit *test)
{
	svac_rules(test, "DOM-017");
	svac_expect_ret(test, iommu_set_device_pasid(NULL, NULL, 1), -ENODEV);
	iommu_block_device_pasid(NULL, NULL, 1);
	KUNIT_EXPECT_NULL(test, iommu_get_domain_for_dev_pasid(NULL, 1));
}

static void stub_device_has_no_pasids(struct kunit *test)
{
	svac_rules(test, "DOM-017");
	KUNIT_EXPECT_EQ(test, iommu_device_max_pasids(NULL), 0);
}

static void stub_bind_is_enodev(struct kunit *test)
{
	svac_rules(test, "DOM-017");
	svac_expect_err_ptr(test, iommu_sva_domain_bind(NULL, NULL), -ENODEV);
	iommu_sva_domain_unbind(NULL);
	KUNIT_EXPECT_EQ(test, iommu_sva_domain_pasid(NULL), INVALID_IOASID);
}

/* Of the carried implementation alone, whatever others there are */
static struct kunit_case stub_cases[] = {
	SVAC_PLAIN_CASE(stub_alloc_is_enodev),
	SVAC_PLAIN_CASE(stub_set_is_enodev),
	SVAC_PLAIN_CASE(stub_device_has_no_pasids),
	SVAC_PLAIN_CASE(stub_bind_is_enodev),
	{ }
};

static struct kunit_suite svac_stubs = {
	.name = "svac_stubs",
	.test_cases = stub_cases,
};

kunit_test_suite(svac_stubs);
