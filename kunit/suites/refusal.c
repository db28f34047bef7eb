// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel that binds nobody on this architecture.
 */
#include "svac.h"

static void bind_that_is_refused_asks_nobody(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "BIND-031");
	svac_needs(test, SVAC_REFUSES_BIND, "refusal to bind on this architecture");
	svac_expect_err_ptr(test, svac_kernel_bind(dev, process->mm), -EOPNOTSUPP);
	svac_expect_err_ptr(test, svac_kernel_bind(dev, process->mm), -EOPNOTSUPP);
	svac_expect_calls(test, MOCK_ALLOC, IOMMU_DOMAIN_SVA, 0);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 0);
	svac_expect_refs(test, process, 0);
	KUNIT_EXPECT_EQ(test, svac_mm_pasid(process->mm), INVALID_IOASID);
}

static struct kunit_case refusal_cases[] = {
	SVAC_CASE(bind_that_is_refused_asks_nobody),
	{ }
};

SVAC_SUITE(svac_refusal, refusal_cases);
