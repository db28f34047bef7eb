// SPDX-License-Identifier: GPL-2.0
/*
 * Locks: whatever comes of a call, it gives back what it has taken. A lock that
 * is kept stops the next call for ever.
 */
#include "svac.h"

#define PASID	5

#define expect_no_locks(test)						\
	KUNIT_EXPECT_EQ_MSG(test, mock_mutexes_held(), 0,		\
			    "a mutex is still locked\n")

static void calls_for_pasids_give_their_locks_back(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "GRP-035");
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_set(test, domain, dev, 0);
	expect_no_locks(test);
	mock_inject(MOCK_SET, MOCK_ANY_TYPE, 0, 1, -EIO);
	svac_set(test, domain, dev, PASID);
	expect_no_locks(test);
	svac_set(test, domain, dev, PASID);
	expect_no_locks(test);
	svac_set(test, domain, dev, PASID);
	expect_no_locks(test);
	svac_block(test, domain, dev, PASID);
	expect_no_locks(test);
}

static void binds_give_their_locks_back(struct kunit *test)
{
	static const struct mock_config no_group = { .no_iommu = true, .pasid_bits = 20 };
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_sva *handle;

	svac_rules(test, "GRP-035");
	svac_needs(test, SVAC_BIND, "bind");
	svac_bind(test, svac_device(test, &no_group), process);
	expect_no_locks(test);
	handle = svac_bind(test, dev, process);
	expect_no_locks(test);
	KUNIT_ASSERT_FALSE(test, IS_ERR(handle));
	svac_bind(test, dev, process);
	expect_no_locks(test);
	svac_unbind(test, handle);
	expect_no_locks(test);
	svac_unbind(test, handle);
	expect_no_locks(test);
}

static struct kunit_case locks_cases[] = {
	SVAC_CASE(calls_for_pasids_give_their_locks_back),
	SVAC_CASE(binds_give_their_locks_back),
	{ }
};

SVAC_SUITE(svac_locks, locks_cases);
