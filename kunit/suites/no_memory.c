// SPDX-License-Identifier: GPL-2.0
/*
 * What undoes something, or only looks, works where there is no memory at all.
 */
#include <linux/slab.h>

#include "sweep.h"

#define PASID	5
#define OTHER	70

static const struct svac_impl *impl(struct kunit *test)
{
	return to_svac(test)->impl;
}

/* From here to the end no allocation succeeds */
static void memory_runs_out(struct kunit *test)
{
	mock_memory_forget();
	mock_memory_watch(true);
	KUNIT_ASSERT_EQ(test, mock_fail_nth(1, true), 0);
}

static void memory_is_back(struct kunit *test)
{
	void *object = kmalloc(16, GFP_KERNEL);

	mock_fail_nth_end();
	mock_memory_watch(false);
	KUNIT_EXPECT_NULL_MSG(test, object, "an allocation has succeeded that had to fail\n");
	kfree(object);
}

static void block_without_memory(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *sva, *paging;

	svac_rules(test, "PASID-028");
	svac_needs_faults(test);
	sva = svac_sva_domain(test, dev, process);
	paging = svac_paging_domain(test, dev);
	svac_set_ok(test, sva, dev, PASID);
	svac_set_ok(test, paging, dev, OTHER);
	memory_runs_out(test);
	impl(test)->block(paging, dev, OTHER);
	impl(test)->block(sva, dev, PASID);
	memory_is_back(test);
	svac_expect_calls(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 1);
	svac_expect_calls(test, MOCK_BLOCK, IOMMU_DOMAIN_UNMANAGED, 1);
	svac_expect_get(test, dev, PASID, NULL);
	svac_expect_get(test, dev, OTHER, NULL);
	svac_expect_no_reach(test, dev, PASID, process);
}

static void set_and_block_give_back_all_memory(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	static const ioasid_t pasids[] = { BIT(20) - 1, 1, BIT(18), 64, 4096 };
	struct iommu_domain *domain;
	const char *wrong;
	int i, ret = 0;

	svac_rules(test, "PASID-014");
	svac_needs_memory_seen(test);
	domain = svac_sva_domain(test, dev, svac_process(test));
	mock_memory_forget();
	mock_memory_watch(true);
	for (i = 0; i < ARRAY_SIZE(pasids); i++)
		ret = ret ?: impl(test)->set(domain, dev, pasids[i]);
	for (i = 0; i < ARRAY_SIZE(pasids); i++)
		impl(test)->block(domain, dev, pasids[i]);
	mock_memory_watch(false);
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_GT(test, mock_memory().allocations, 0);
	wrong = svac_memory_differs();
	KUNIT_EXPECT_TRUE_MSG(test, !*wrong, "%s\n", wrong);
}

/* PASIDs so far apart that one needs a tree of nodes where the other has none */
#define NEAR	1
#define FAR	(BIT(20) - 1)

/*
 * Set FAR beside NEAR with the memory running out one allocation later each time,
 * so that it fails at every depth; tell after each whether it did.
 */
static bool fails_to_set_far(struct kunit *test, struct iommu_domain *domain,
			     struct device *dev, unsigned int nth)
{
	int ret;

	KUNIT_ASSERT_EQ(test, mock_fail_nth(nth, true), 0);
	ret = impl(test)->set(domain, dev, FAR);
	mock_fail_nth_end();
	if (ret)
		svac_expect_ret(test, ret, -ENOMEM);
	else
		impl(test)->block(domain, dev, FAR);
	return ret;
}

static void failed_set_beside_another_keeps_nobody_out_after_it(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *joiner = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;
	unsigned int nth = 0;
	bool failed;

	svac_rules(test, "PASID-027", "GRP-005");
	svac_needs_faults(test);
	iommu_group_remove_device(joiner);
	domain = svac_paging_domain(test, dev);
	do {
		svac_set_ok(test, domain, dev, NEAR);
		failed = fails_to_set_far(test, domain, dev, ++nth);
		svac_block(test, domain, dev, NEAR);
		svac_expect_ret(test, iommu_group_add_device(dev->iommu_group, joiner), 0);
		iommu_group_remove_device(joiner);
	} while (failed && nth < 100);
	KUNIT_EXPECT_GT_MSG(test, nth, 2, "no set has failed\n");
	KUNIT_EXPECT_FALSE_MSG(test, failed, "there is no end to the allocations\n");
}

static void failed_set_beside_another_leaves_no_memory_after_removal(struct kunit *test)
{
	struct device *usable = svac_device(test, &MOCK_PASIDS), *dev;
	struct iommu_domain *domain;
	unsigned int nth = 0;
	const char *wrong;
	bool failed;

	svac_rules(test, "PASID-027");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	svac_needs_faults(test);
	svac_needs_memory_seen(test);
	domain = svac_paging_domain(test, usable);
	do {
		dev = mock_device_add(&MOCK_PASIDS);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
		svac_expect_warn(test, impl(test)->warns.leave, 1);
		mock_memory_forget();
		mock_memory_watch(true);
		svac_expect_ret(test, impl(test)->set(domain, dev, NEAR), 0);
		failed = fails_to_set_far(test, domain, dev, ++nth);
		mock_memory_watch(false);
		KUNIT_EXPECT_EQ(test, mock_device_remove(dev), 0);
		wrong = svac_memory_differs();
		KUNIT_EXPECT_TRUE_MSG(test, !*wrong, "%s\n", wrong);
	} while (failed && nth < 100);
	KUNIT_EXPECT_GT_MSG(test, nth, 2, "no set has failed\n");
	KUNIT_EXPECT_FALSE_MSG(test, failed, "there is no end to the allocations\n");
}

static void lookup_without_memory(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain, *there, *elsewhere;

	svac_rules(test, "PASID-028", "PASID-012");
	svac_needs_faults(test);
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_set_ok(test, domain, dev, PASID);
	memory_runs_out(test);
	there = impl(test)->get(dev, PASID);
	elsewhere = impl(test)->get(dev, OTHER);
	memory_is_back(test);
	KUNIT_EXPECT_PTR_EQ(test, there, domain);
	KUNIT_EXPECT_NULL(test, elsewhere);
}

/* What a driver does whose device goes away: all of it, and all at once */
static void removal_without_memory(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *sva, *paging;
	unsigned int left;

	svac_rules(test, "PASID-028", "GRP-006");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	svac_needs_faults(test);
	svac_expect_warn(test, impl(test)->warns.leave, 1);
	sva = svac_sva_domain(test, dev, process);
	paging = svac_paging_domain(test, dev);
	svac_set_ok(test, sva, dev, PASID);
	svac_set_ok(test, paging, dev, OTHER);
	memory_runs_out(test);
	left = mock_device_remove(dev);
	memory_is_back(test);
	KUNIT_EXPECT_EQ(test, left, 0);
	svac_expect_calls(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 1);
	svac_expect_calls(test, MOCK_BLOCK, IOMMU_DOMAIN_UNMANAGED, 1);
	KUNIT_EXPECT_EQ(test, svac_event(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0)->pasid, PASID);
	KUNIT_EXPECT_LT(test, mock_log_position(svac_event(test, MOCK_BLOCK, MOCK_ANY_TYPE, 1)),
			mock_log_position(svac_event(test, MOCK_RELEASE, MOCK_ANY_TYPE, 0)));
}

/* Each allocation of a removal alone: whatever it is for, the PASIDs are blocked */
static void removal_with_one_allocation_failing(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *usable = svac_device(test, &MOCK_PASIDS), *dev;
	struct iommu_domain *domain;
	unsigned int nth, removed, to_come = 0;

	svac_rules(test, "PASID-028", "GRP-006");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	svac_needs_faults(test);
	domain = svac_sva_domain(test, usable, process);
	for (nth = 1; !to_come && nth < 100; nth++) {
		dev = mock_device_add(&MOCK_PASIDS);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
		KUNIT_EXPECT_EQ(test, impl(test)->set(domain, dev, PASID), 0);
		svac_expect_warn(test, impl(test)->warns.leave, 1);
		mock_log_clear();
		KUNIT_ASSERT_EQ(test, mock_fail_nth(nth, false), 0);
		removed = mock_device_remove(dev);
		to_come = mock_fail_nth_end();
		KUNIT_EXPECT_EQ(test, removed, 0);
		svac_expect_calls(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 1);
		svac_expect_calls(test, MOCK_RELEASE, MOCK_ANY_TYPE, 1);
	}
	kunit_log(KERN_INFO, test, KUNIT_SUBSUBTEST_INDENT "# allocations made to fail: %u",
		  nth - 2);
	KUNIT_EXPECT_GT_MSG(test, to_come, 0, "there is no end to the allocations\n");
}

static void free_without_memory(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *sva, *paging;

	svac_rules(test, "DOM-020");
	svac_needs_faults(test);
	sva = svac_sva_domain(test, dev, process);
	paging = svac_paging_domain(test, dev);
	memory_runs_out(test);
	svac_free(test, sva);
	svac_free(test, paging);
	memory_is_back(test);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 1);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_UNMANAGED, 1);
	svac_expect_refs(test, process, 0);
}

static void unbind_without_memory(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_sva *handle;
	ioasid_t pasid;

	svac_rules(test, "BIND-017");
	svac_needs(test, SVAC_BIND, "bind");
	svac_needs_faults(test);
	handle = svac_bind(test, dev, process);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, handle);
	pasid = impl(test)->pasid(handle);
	memory_runs_out(test);
	svac_unbind(test, handle);
	memory_is_back(test);
	svac_expect_calls(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 1);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 1);
	svac_expect_no_reach(test, dev, pasid, process);
	svac_expect_refs(test, process, 0);
}

static void bind_and_unbind_give_back_all_memory(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_sva *handle;
	const char *wrong;

	svac_rules(test, "BIND-002");
	svac_needs(test, SVAC_BIND, "bind");
	svac_needs_memory_seen(test);
	/* The PASID stays */
	handle = svac_bind(test, dev, process);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, handle);
	svac_unbind(test, handle);
	mock_memory_forget();
	mock_memory_watch(true);
	handle = impl(test)->bind(dev, process->mm);
	if (!IS_ERR_OR_NULL(handle))
		impl(test)->unbind(handle);
	mock_memory_watch(false);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, handle);
	KUNIT_EXPECT_GT(test, mock_memory().allocations, 0);
	wrong = svac_memory_differs();
	KUNIT_EXPECT_TRUE_MSG(test, !*wrong, "%s\n", wrong);
}

static void bind_of_a_bound_pair_without_memory(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_sva *handle, *again;

	svac_rules(test, "BIND-017", "BIND-002");
	svac_needs(test, SVAC_BIND, "bind");
	svac_needs_faults(test);
	handle = svac_bind(test, dev, process);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, handle);
	memory_runs_out(test);
	again = svac_bind(test, dev, process);
	memory_is_back(test);
	KUNIT_EXPECT_PTR_EQ(test, again, handle);
	svac_expect_reach(test, dev, impl(test)->pasid(handle), process);
}

/* The PASID that a first bind has got before it failed */
static void failed_bind_leaves_the_mm_its_pasid_at_most(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct svac_process *process = svac_process(test);
	struct iommu_sva *handle;
	ioasid_t pasid;

	svac_rules(test, "BIND-018", "BIND-012");
	svac_needs(test, SVAC_BIND, "bind");
	mock_inject(MOCK_ALLOC, IOMMU_DOMAIN_SVA, 0, 1, -ENOMEM);
	svac_expect_err_ptr(test, svac_bind(test, dev, process), -ENOMEM);
	pasid = svac_mm_pasid(process->mm);
	svac_expect_refs(test, process, 0);
	svac_expect_no_reach(test, dev, pasid, process);
	handle = svac_bind(test, dev, process);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, handle);
	if (pasid != INVALID_IOASID)
		KUNIT_EXPECT_EQ(test, impl(test)->pasid(handle), pasid);
	svac_unbind(test, handle);

	/* Free again with the mm: the lowest that is free is the next one's */
	pasid = svac_mm_pasid(process->mm);
	KUNIT_EXPECT_EQ(test, svac_process_free(process), 0);
	process = svac_process(test);
	handle = svac_bind(test, dev, process);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, handle);
	KUNIT_EXPECT_EQ(test, impl(test)->pasid(handle), pasid);
}

static struct kunit_case no_memory_cases[] = {
	SVAC_CASE(block_without_memory),
	SVAC_CASE(set_and_block_give_back_all_memory),
	SVAC_CASE(failed_set_beside_another_keeps_nobody_out_after_it),
	SVAC_CASE(failed_set_beside_another_leaves_no_memory_after_removal),
	SVAC_CASE(lookup_without_memory),
	SVAC_CASE(removal_without_memory),
	SVAC_CASE(removal_with_one_allocation_failing),
	SVAC_CASE(free_without_memory),
	SVAC_CASE(unbind_without_memory),
	SVAC_CASE(bind_and_unbind_give_back_all_memory),
	SVAC_CASE(bind_of_a_bound_pair_without_memory),
	SVAC_CASE(failed_bind_leaves_the_mm_its_pasid_at_most),
	{ }
};

SVAC_SUITE(svac_no_memory, no_memory_cases);
