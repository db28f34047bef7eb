// SPDX-License-Identifier: GPL-2.0
/*
 * Where the group is the unit: a domain that is set on a PASID of one device is
 * set on every device of its group, or on none.
 */
#include "svac.h"

#define PASID	5

#define needs_group_wide(test)						\
	svac_needs(test, SVAC_GROUP_WIDE, "PASIDs that belong to a group")

static const struct mock_config shared = { .group = 1, .pasid_bits = 20 };
static const struct mock_config narrow = { .group = 1, .pasid_bits = 4 };
static const struct mock_config plain = { .group = 1 };

static void set_reaches_every_device_of_the_group(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &shared);
	struct device *second = svac_device(test, &shared);
	struct device *third = svac_device(test, &shared);
	struct iommu_domain *domain;

	svac_rules(test, "GRP-037");
	needs_group_wide(test);
	domain = svac_sva_domain(test, dev, process);
	svac_expect_ret(test, svac_set(test, domain, second, PASID), 0);
	svac_expect_calls(test, MOCK_SET, IOMMU_DOMAIN_SVA, 3);
	svac_expect_reach(test, dev, PASID, process);
	svac_expect_reach(test, second, PASID, process);
	svac_expect_reach(test, third, PASID, process);
	svac_expect_get(test, dev, PASID, domain);
	svac_expect_get(test, third, PASID, domain);
}

static void block_ends_it_on_every_device_of_the_group(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &shared);
	struct device *second = svac_device(test, &shared);
	struct iommu_domain *domain;

	svac_rules(test, "GRP-037");
	needs_group_wide(test);
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	/* Whichever of its devices is named */
	svac_block(test, domain, second, PASID);
	svac_expect_calls(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 2);
	svac_expect_no_reach(test, dev, PASID, process);
	svac_expect_no_reach(test, second, PASID, process);
	svac_expect_get(test, dev, PASID, NULL);
	svac_expect_ret(test, svac_set(test, domain, second, PASID), 0);
}

static void pasid_is_taken_for_every_device_of_the_group(struct kunit *test)
{
	struct svac_process *one = svac_process(test), *other = svac_process(test);
	struct device *dev = svac_device(test, &shared);
	struct device *second = svac_device(test, &shared);

	svac_rules(test, "GRP-037", "PASID-004");
	needs_group_wide(test);
	svac_set_ok(test, svac_sva_domain(test, dev, one), dev, PASID);
	svac_expect_ret(test, svac_set(test, svac_sva_domain(test, second, other), second, PASID),
			-EBUSY);
	svac_expect_reach(test, second, PASID, one);
	svac_expect_no_reach(test, second, PASID, other);
}

static void groups_are_set_apart(struct kunit *test)
{
	static const struct mock_config other_shared = { .group = 2, .pasid_bits = 20 };
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &shared);
	struct device *other = svac_device(test, &other_shared);

	svac_rules(test, "GRP-037", "GRP-011");
	needs_group_wide(test);
	svac_device(test, &shared);
	svac_device(test, &other_shared);
	svac_set_ok(test, svac_sva_domain(test, dev, process), dev, PASID);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 2);
	svac_expect_no_reach(test, other, PASID, process);
	svac_expect_get(test, other, PASID, NULL);
}

struct refusal_row {
	const char *name;
	unsigned int after;	/* so many devices have agreed */
};

static const struct refusal_row refusals[] = {
	{ "first", 0 },
	{ "second", 1 },
	{ "third", 2 },
};

SVAC_ROWS(refusals)

static void refusal_of_one_device_undoes_those_before(struct kunit *test)
{
	const struct refusal_row *row = to_svac(test)->row;
	struct svac_process *process = svac_process(test);
	struct device *devs[3];
	struct iommu_domain *domain;
	unsigned int i;

	svac_rules(test, "GRP-038");
	needs_group_wide(test);
	for (i = 0; i < ARRAY_SIZE(devs); i++)
		devs[i] = svac_device(test, &shared);
	domain = svac_sva_domain(test, devs[0], process);
	mock_inject(MOCK_SET, MOCK_ANY_TYPE, row->after, 1, -EIO);
	svac_expect_ret(test, svac_set(test, domain, devs[1], PASID), -EIO);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, row->after + 1);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, row->after);
	for (i = 0; i < ARRAY_SIZE(devs); i++) {
		svac_expect_no_reach(test, devs[i], PASID, process);
		svac_expect_get(test, devs[i], PASID, NULL);
	}
	svac_expect_ret(test, svac_set(test, domain, devs[1], PASID), 0);
	for (i = 0; i < ARRAY_SIZE(devs); i++)
		svac_expect_reach(test, devs[i], PASID, process);
}

static void refused_replace_is_undone_on_those_before(struct kunit *test)
{
	const struct refusal_row *row = to_svac(test)->row;
	struct svac_process *one = svac_process(test), *other = svac_process(test);
	struct iommu_domain *first, *second;
	struct device *devs[3];
	unsigned int i;

	svac_rules(test, "GRP-038", "PASID-041");
	needs_group_wide(test);
	svac_needs(test, SVAC_REPLACE, "function that replaces a domain");
	for (i = 0; i < ARRAY_SIZE(devs); i++)
		devs[i] = svac_device(test, &shared);
	first = svac_sva_domain(test, devs[0], one);
	second = svac_sva_domain(test, devs[0], other);
	svac_set_ok(test, first, devs[0], PASID);
	mock_inject(MOCK_REPLACE, MOCK_ANY_TYPE, row->after, 1, -EIO);
	svac_expect_ret(test, svac_replace(test, second, devs[1], PASID), -EIO);
	/* There and back for each that had agreed */
	svac_expect_calls(test, MOCK_REPLACE, MOCK_ANY_TYPE, 2 * row->after + 1);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0);
	for (i = 0; i < ARRAY_SIZE(devs); i++) {
		svac_expect_reach(test, devs[i], PASID, one);
		svac_expect_no_reach(test, devs[i], PASID, other);
		svac_expect_get(test, devs[i], PASID, first);
	}
}

static void limit_is_the_smallest_of_the_group(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &shared);
	struct device *small = svac_device(test, &narrow);
	struct iommu_domain *domain;

	svac_rules(test, "GRP-039");
	needs_group_wide(test);
	domain = svac_sva_domain(test, dev, process);
	svac_expect_ret(test, svac_set(test, domain, dev, 16), -EINVAL);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 0);
	svac_expect_ret(test, svac_set(test, domain, dev, 15), 0);
	svac_expect_reach(test, small, 15, process);
}

static void device_without_pasids_does_not_limit_its_group(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *without = svac_device(test, &plain);
	struct device *dev = svac_device(test, &shared);
	struct iommu_domain *domain;

	svac_rules(test, "GRP-039");
	needs_group_wide(test);
	svac_needs_not(test, SVAC_REFUSES_PLAIN, "an answer to a device without PASIDs");
	domain = svac_sva_domain(test, dev, process);
	svac_expect_ret(test, svac_set(test, domain, dev, BIT(20)), -EINVAL);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), 0);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 1);
	svac_expect_reach(test, dev, PASID, process);
	svac_expect_no_reach(test, without, PASID, process);
	svac_block(test, domain, dev, PASID);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 1);
	svac_expect_no_reach(test, dev, PASID, process);
}

static void bind_reaches_every_device_of_the_group(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &shared);
	struct device *second = svac_device(test, &shared);
	struct iommu_sva *handle, *again;
	ioasid_t pasid;

	svac_rules(test, "GRP-037", "BIND-002");
	needs_group_wide(test);
	svac_needs(test, SVAC_BIND, "bind");
	handle = svac_bind(test, dev, process);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, handle);
	pasid = to_svac(test)->impl->pasid(handle);
	svac_expect_reach(test, second, pasid, process);
	/* The bond is the group's */
	again = svac_bind(test, second, process);
	KUNIT_EXPECT_PTR_EQ(test, again, handle);
	svac_unbind(test, handle);
	svac_expect_reach(test, dev, pasid, process);
	svac_unbind(test, again);
	svac_expect_no_reach(test, dev, pasid, process);
	svac_expect_no_reach(test, second, pasid, process);
}

static int owner;

static void nobody_claims_a_group_while_a_pasid_is_set(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "GRP-040");
	svac_needs(test, SVAC_OWNERSHIP, "regard for PASIDs in claims of DMA ownership");
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	svac_expect_ret(test, iommu_group_claim_dma_owner(dev->iommu_group, &owner), -EBUSY);
	svac_expect_reach(test, dev, PASID, process);
	svac_block(test, domain, dev, PASID);
	svac_expect_ret(test, iommu_group_claim_dma_owner(dev->iommu_group, &owner), 0);
	iommu_group_release_dma_owner(dev->iommu_group);
}

static void failed_set_keeps_nobody_from_claiming_the_group(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;
	int ret;

	svac_rules(test, "GRP-041");
	svac_needs(test, SVAC_OWNERSHIP, "regard for PASIDs in claims of DMA ownership");
	domain = svac_sva_domain(test, dev, svac_process(test));
	mock_inject(MOCK_SET, MOCK_ANY_TYPE, 0, 1, -EIO);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), -EIO);
	ret = iommu_group_claim_dma_owner(dev->iommu_group, &owner);
	svac_expect_ret(test, ret, 0);
	if (!ret)
		iommu_group_release_dma_owner(dev->iommu_group);
}

/* High enough that the store needs more than one node, the second of which is refused */
static void set_without_memory_keeps_nobody_from_claiming_the_group(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;
	int ret;

	svac_rules(test, "GRP-041", "PASID-027");
	svac_needs(test, SVAC_OWNERSHIP, "regard for PASIDs in claims of DMA ownership");
	svac_needs_faults(test);
	domain = svac_sva_domain(test, dev, svac_process(test));
	KUNIT_ASSERT_EQ(test, mock_fail_nth(2, true), 0);
	ret = to_svac(test)->impl->set(domain, dev, BIT(20) - 1);
	mock_fail_nth_end();
	svac_expect_ret(test, ret, -ENOMEM);
	svac_expect_get(test, dev, BIT(20) - 1, NULL);
	ret = iommu_group_claim_dma_owner(dev->iommu_group, &owner);
	svac_expect_ret(test, ret, 0);
	if (!ret)
		iommu_group_release_dma_owner(dev->iommu_group);
}

static struct kunit_case group_wide_cases[] = {
	SVAC_CASE(set_reaches_every_device_of_the_group),
	SVAC_CASE(block_ends_it_on_every_device_of_the_group),
	SVAC_CASE(pasid_is_taken_for_every_device_of_the_group),
	SVAC_CASE(groups_are_set_apart),
	SVAC_CASE_ROWS(refusal_of_one_device_undoes_those_before, refusals),
	SVAC_CASE_ROWS(refused_replace_is_undone_on_those_before, refusals),
	SVAC_CASE(limit_is_the_smallest_of_the_group),
	SVAC_CASE(device_without_pasids_does_not_limit_its_group),
	SVAC_CASE(bind_reaches_every_device_of_the_group),
	SVAC_CASE(nobody_claims_a_group_while_a_pasid_is_set),
	SVAC_CASE(failed_set_keeps_nobody_from_claiming_the_group),
	SVAC_CASE(set_without_memory_keeps_nobody_from_claiming_the_group),
	{ }
};

SVAC_SUITE(svac_group_wide, group_wide_cases);
