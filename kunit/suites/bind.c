// SPDX-License-Identifier: GPL-2.0
/*
 * Binding processes to devices.
 */
#include "svac.h"

static const struct mock_config shared = { .group = 1, .pasid_bits = 20 };
static const struct mock_config no_iommu = { .no_iommu = true, .pasid_bits = 20 };
static const struct mock_config no_pasids = { };

/* PASIDs 1 to 3, and 1 alone */
static const struct mock_config four_pasids = { .pasid_bits = 20, .max_pasids = 4 };
static const struct mock_config one_pasid = { .pasid_bits = 20, .max_pasids = 1 };
static const struct mock_config two_pasids = { .pasid_bits = 20, .max_pasids = 2 };

static ioasid_t pasid_of(struct kunit *test, struct iommu_sva *handle)
{
	return to_svac(test)->impl->pasid(handle);
}

/* For cases in which bind itself is not in question */
static struct iommu_sva *bound(struct kunit *test, struct device *dev,
			       struct svac_process *process)
{
	struct iommu_sva *handle = svac_bind(test, dev, process);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, handle);
	return handle;
}

static void bind_lets_data_through(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_sva *handle;

	svac_rules(test, "BIND-001");
	svac_needs(test, SVAC_BIND, "bind");
	handle = svac_bind(test, dev, process);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, handle);
	svac_expect_reach(test, dev, pasid_of(test, handle), process);
}

static void bind_uses_a_valid_pasid(struct kunit *test)
{
	struct device *dev = svac_device(test, &four_pasids);
	struct iommu_sva *handle;

	svac_rules(test, "BIND-001");
	svac_needs(test, SVAC_BIND, "bind");
	handle = bound(test, dev, svac_process(test));
	KUNIT_EXPECT_GE(test, pasid_of(test, handle), 1);
	KUNIT_EXPECT_LT(test, pasid_of(test, handle), 4);
}

static void handle_names_the_device(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "BIND-001");
	svac_needs(test, SVAC_BIND, "bind");
	KUNIT_EXPECT_PTR_EQ(test, bound(test, dev, svac_process(test))->dev, dev);
}

static void second_bind_gives_the_same_handle(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_sva *handle;

	svac_rules(test, "BIND-002");
	svac_needs(test, SVAC_BIND, "bind");
	handle = bound(test, dev, process);
	KUNIT_EXPECT_PTR_EQ(test, bound(test, dev, process), handle);
	svac_expect_calls(test, MOCK_SET, IOMMU_DOMAIN_SVA, 1);
	svac_expect_calls(test, MOCK_ALLOC, IOMMU_DOMAIN_SVA, 1);
}

static void last_unbind_ends_dma(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_sva *handle;
	ioasid_t pasid;

	svac_rules(test, "BIND-002");
	svac_needs(test, SVAC_BIND, "bind");
	handle = bound(test, dev, process);
	bound(test, dev, process);
	pasid = pasid_of(test, handle);
	svac_unbind(test, handle);
	svac_expect_reach(test, dev, pasid, process);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0);
	svac_unbind(test, handle);
	svac_expect_no_reach(test, dev, pasid, process);
	svac_expect_calls(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 1);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 1);
}

static void unbind_blocks_before_it_frees(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	const struct mock_event *block, *free;

	svac_rules(test, "BIND-014");
	svac_needs(test, SVAC_BIND, "bind");
	svac_unbind(test, bound(test, dev, svac_process(test)));
	block = svac_event(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 0);
	free = svac_event(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 0);
	KUNIT_EXPECT_LT(test, mock_log_position(block), mock_log_position(free));
}

static void one_pasid_on_every_device(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *second = svac_device(test, &MOCK_PASIDS);
	struct iommu_sva *one, *other;

	svac_rules(test, "BIND-003");
	svac_needs(test, SVAC_BIND, "bind");
	one = bound(test, dev, process);
	other = bound(test, second, process);
	KUNIT_EXPECT_PTR_NE(test, one, other);
	KUNIT_EXPECT_EQ(test, pasid_of(test, one), pasid_of(test, other));
	svac_expect_reach(test, second, pasid_of(test, other), process);
}

static void another_pasid_for_every_process(struct kunit *test)
{
	struct svac_process *first = svac_process(test), *second = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_sva *one, *other;

	svac_rules(test, "BIND-003");
	svac_needs(test, SVAC_BIND, "bind");
	one = bound(test, dev, first);
	other = bound(test, dev, second);
	KUNIT_EXPECT_NE(test, pasid_of(test, one), pasid_of(test, other));
	svac_expect_reach(test, dev, pasid_of(test, one), first);
	svac_expect_reach(test, dev, pasid_of(test, other), second);
	svac_expect_no_reach(test, dev, pasid_of(test, one), second);
}

static void unbind_leaves_the_other_process(struct kunit *test)
{
	struct svac_process *first = svac_process(test), *second = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_sva *one, *other;

	svac_rules(test, "BIND-002", "BIND-003");
	svac_needs(test, SVAC_BIND, "bind");
	one = bound(test, dev, first);
	other = bound(test, dev, second);
	svac_unbind(test, one);
	svac_expect_reach(test, dev, pasid_of(test, other), second);
}

static void unbind_leaves_the_other_device(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *second = svac_device(test, &MOCK_PASIDS);
	struct iommu_sva *other;

	svac_rules(test, "BIND-002", "BIND-003");
	svac_needs(test, SVAC_BIND, "bind");
	other = bound(test, second, process);
	svac_unbind(test, bound(test, dev, process));
	svac_expect_reach(test, second, pasid_of(test, other), process);
}

static void pasid_beyond_the_device_is_eoverflow(struct kunit *test)
{
	struct svac_process *first = svac_process(test), *second = svac_process(test);
	struct device *wide = svac_device(test, &MOCK_PASIDS);
	struct device *narrow = svac_device(test, &two_pasids);

	svac_rules(test, "BIND-004");
	svac_needs(test, SVAC_BIND, "bind");
	/* One of the two has a PASID above 1 */
	bound(test, wide, first);
	bound(test, wide, second);
	if (svac_mm_pasid(first->mm) < svac_mm_pasid(second->mm))
		first = second;
	svac_expect_err_ptr(test, svac_bind(test, narrow, first), -EOVERFLOW);
}

/* iommu_sva_alloc_pasid() of 6.1 would refuse it to a second device */
static void last_pasid_of_a_device_is_in_range(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &two_pasids);
	struct device *second = svac_device(test, &two_pasids);

	svac_rules(test, "BIND-004");
	svac_needs(test, SVAC_BIND, "bind");
	KUNIT_ASSERT_EQ(test, pasid_of(test, bound(test, dev, process)), 1);
	svac_expect_err_ptr(test, svac_bind(test, second, process), 0);
	svac_expect_reach(test, second, 1, process);
}

static void device_without_pasids_is_refused(struct kunit *test)
{
	struct device *dev = svac_device(test, &no_pasids);

	svac_rules(test, "BIND-005", "BIND-024");
	svac_needs(test, SVAC_BIND, "bind");
	svac_expect_err_ptr(test, svac_bind(test, dev, svac_process(test)),
			    to_svac(test)->impl->errnos.no_pasids);
}

/* PASID 0 is not for binding */
static void device_with_pasid_0_alone_is_refused(struct kunit *test)
{
	struct device *dev = svac_device(test, &one_pasid);

	svac_rules(test, "BIND-005", "BIND-024");
	svac_needs(test, SVAC_BIND, "bind");
	svac_expect_err_ptr(test, svac_bind(test, dev, svac_process(test)),
			    to_svac(test)->impl->errnos.no_pasids);
}

static void process_that_has_a_pasid_is_refused_by_a_device_without(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *without = svac_device(test, &no_pasids);

	svac_rules(test, "BIND-005", "BIND-024");
	svac_needs(test, SVAC_BIND, "bind");
	bound(test, dev, process);
	svac_expect_err_ptr(test, svac_bind(test, without, process),
			    to_svac(test)->impl->errnos.none_for_its_own);
}

static void driver_without_sva_is_eopnotsupp(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "BIND-005", "BIND-027");
	svac_needs(test, SVAC_BIND | SVAC_TELLS_NO_SVA, "bind that tells no SVA from no memory");
	mock_set_quirk(MOCK_NO_FEATURE);
	svac_expect_err_ptr(test, svac_bind(test, dev, process), -EOPNOTSUPP);
}

static void device_without_group_is_enodev(struct kunit *test)
{
	struct device *dev = svac_device(test, &no_iommu);

	svac_rules(test, "BIND-006");
	svac_needs(test, SVAC_BIND, "bind");
	svac_expect_err_ptr(test, svac_bind(test, dev, svac_process(test)), -ENODEV);
}

static void device_in_a_shared_group_is_einval(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &shared);

	svac_rules(test, "BIND-006", "BIND-007");
	svac_needs(test, SVAC_BIND | SVAC_SINGLETON, "bind by the singleton rule");
	svac_device(test, &shared);
	svac_expect_err_ptr(test, svac_bind(test, dev, process), -EINVAL);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 1);
}

static void failed_alloc_leaves_nothing(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "BIND-007");
	svac_needs(test, SVAC_BIND, "bind");
	mock_inject(MOCK_ALLOC, IOMMU_DOMAIN_SVA, 0, 1, -ENOMEM);
	svac_expect_err_ptr(test, svac_bind(test, dev, process), -ENOMEM);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 0);
	bound(test, dev, process);
}

static void failed_set_leaves_nothing(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "BIND-007");
	svac_needs(test, SVAC_BIND, "bind");
	mock_inject(MOCK_SET, IOMMU_DOMAIN_SVA, 0, 1, -EIO);
	svac_expect_err_ptr(test, svac_bind(test, dev, process), -EIO);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 1);
	bound(test, dev, process);
}

static void no_memory_is_enomem(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_sva *handle;

	svac_rules(test, "BIND-007", "BIND-009", "BIND-024");
	svac_needs(test, SVAC_BIND, "bind");
	svac_needs_faults(test);
	/* The mm has its PASID, so that the memory of the bond itself is next */
	svac_unbind(test, bound(test, dev, process));
	KUNIT_ASSERT_EQ(test, mock_fail_allocations(true), 0);
	handle = to_svac(test)->impl->bind(dev, process->mm);
	mock_fail_allocations(false);
	svac_expect_err_ptr(test, handle, -ENOMEM);
	svac_expect_calls(test, MOCK_ALLOC, IOMMU_DOMAIN_SVA, 1);
}

static void no_pasid_left_is_refused(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &two_pasids);

	svac_rules(test, "BIND-009", "BIND-024");
	svac_needs(test, SVAC_BIND, "bind");
	bound(test, dev, svac_process(test));
	svac_expect_err_ptr(test, svac_bind(test, dev, process),
			    to_svac(test)->impl->errnos.none_left);
}

static void pasid_in_other_use_is_ebusy(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &two_pasids);
	struct iommu_domain *paging;

	svac_rules(test, "BIND-010", "BIND-007");
	svac_needs(test, SVAC_BIND, "bind");
	paging = svac_paging_domain(test, dev);
	svac_set_ok(test, paging, dev, 1);
	svac_expect_err_ptr(test, svac_bind(test, dev, process), -EBUSY);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA,
			  mock_log_count(MOCK_ALLOC, IOMMU_DOMAIN_SVA));
	svac_expect_calls(test, MOCK_SET, IOMMU_DOMAIN_SVA, 0);
	svac_expect_get(test, dev, 1, paging);
}

static void rebind_uses_the_same_pasid(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_sva *handle;
	ioasid_t pasid;

	svac_rules(test, "BIND-012");
	svac_needs(test, SVAC_BIND, "bind");
	handle = bound(test, dev, process);
	pasid = pasid_of(test, handle);
	svac_unbind(test, handle);
	/* A PASID that was given back would be the next one's */
	KUNIT_EXPECT_NE(test, pasid_of(test, bound(test, dev, svac_process(test))), pasid);
	handle = bound(test, dev, process);
	KUNIT_EXPECT_EQ(test, pasid_of(test, handle), pasid);
	svac_expect_reach(test, dev, pasid, process);
}

static void unbind_after_removal_is_quiet(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_sva *handle;

	svac_rules(test, "BIND-008");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	svac_needs(test, SVAC_BIND, "bind");
	handle = bound(test, dev, process);
	svac_expect_warn(test, to_svac(test)->impl->warns.leave, 1);
	svac_unplug(test, dev);
	svac_expect_calls(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 1);
	svac_unbind(test, handle);
	svac_expect_calls(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 1);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 1);
}

static void bind_to_a_removed_device_is_enodev(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "BIND-006");
	svac_needs(test, SVAC_BIND, "bind");
	svac_unplug(test, dev);
	svac_expect_err_ptr(test, svac_bind(test, dev, svac_process(test)), -ENODEV);
}

static void bind_again_to_a_removed_device_is_enodev(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "BIND-006", "BIND-008");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	svac_needs(test, SVAC_BIND, "bind");
	bound(test, dev, process);
	svac_expect_warn(test, to_svac(test)->impl->warns.leave, 1);
	svac_unplug(test, dev);
	svac_expect_err_ptr(test, svac_bind(test, dev, process), -ENODEV);
}

static void unbind_leaves_what_came_after_removal(struct kunit *test)
{
	struct device *dev = svac_device(test, &two_pasids);
	struct iommu_domain *paging;
	struct iommu_group *group;
	struct iommu_sva *handle;
	int ret;

	svac_rules(test, "BIND-008");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	svac_needs(test, SVAC_BIND, "bind");
	handle = bound(test, dev, svac_process(test));
	svac_expect_warn(test, to_svac(test)->impl->warns.leave, 1);
	group = iommu_group_get(dev);
	iommu_group_remove_device(dev);
	ret = iommu_group_add_device(group, dev);
	iommu_group_put(group);
	KUNIT_ASSERT_EQ(test, ret, 0);
	paging = svac_paging_domain(test, dev);
	svac_set_ok(test, paging, dev, 1);
	svac_unbind(test, handle);
	svac_expect_get(test, dev, 1, paging);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 1);
}

static void unbind_after_exit(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_sva *handle;

	svac_rules(test, "BIND-013");
	svac_needs(test, SVAC_BIND, "bind");
	handle = bound(test, dev, process);
	svac_process_exit(process);
	svac_unbind(test, handle);
	svac_expect_calls(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 1);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 1);
}

struct device_refs {
	struct device *dev;
	unsigned int refs;
};

/* A driver's free is told of no device */
static void count_device_refs(struct iommu_domain *domain, struct device *dev,
			      ioasid_t pasid, void *data)
{
	struct device_refs *seen = data;

	seen->refs = kref_read(&seen->dev->kobj.kref);
}

static void bond_holds_its_device_until_the_domain_is_freed(struct kunit *test)
{
	struct device_refs seen = { .dev = svac_device(test, &MOCK_PASIDS) };
	unsigned int refs = kref_read(&seen.dev->kobj.kref);
	struct iommu_sva *handle;

	svac_rules(test, "BIND-023");
	svac_needs(test, SVAC_BIND | SVAC_HOLDS_DEVICE, "bond that holds its device");
	handle = svac_bind(test, seen.dev, svac_process(test));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, handle);
	mock_on(MOCK_FREE, count_device_refs, &seen);
	svac_unbind(test, handle);
	KUNIT_EXPECT_EQ(test, seen.refs, refs + 1);
	KUNIT_EXPECT_EQ(test, kref_read(&seen.dev->kobj.kref), refs);
}

static void bind_allocates_one_domain_of_the_process(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	int users = atomic_read(&process->mm->mm_users);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;
	struct iommu_sva *handle;

	svac_rules(test, "DOM-001", "DOM-002", "DOM-003");
	svac_needs(test, SVAC_BIND, "bind");
	svac_needs_not(test, SVAC_ALLOC, "a function of its own that allocates");
	handle = bound(test, dev, process);
	svac_expect_calls(test, MOCK_ALLOC, IOMMU_DOMAIN_SVA, 1);
	domain = to_svac(test)->impl->get(dev, pasid_of(test, handle));
	KUNIT_ASSERT_NOT_NULL(test, domain);
	KUNIT_EXPECT_PTR_EQ(test, domain,
			    svac_event(test, MOCK_ALLOC, IOMMU_DOMAIN_SVA, 0)->domain);
	KUNIT_EXPECT_EQ(test, domain->type, IOMMU_DOMAIN_SVA);
	KUNIT_EXPECT_PTR_EQ(test, to_svac(test)->impl->mm_of(domain), process->mm);
	svac_expect_refs(test, process, 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&process->mm->mm_users), users);
}

static void bind_without_a_domain_is_enomem_and_leaves_the_mm(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "DOM-006", "DOM-007", "DOM-010");
	svac_needs(test, SVAC_BIND, "bind");
	svac_needs_not(test, SVAC_ALLOC, "a function of its own that allocates");
	mock_inject(MOCK_ALLOC, IOMMU_DOMAIN_SVA, 0, 1, -ENOMEM);
	svac_expect_err_ptr(test, svac_bind(test, dev, process), -ENOMEM);
	svac_expect_refs(test, process, 0);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 0);
	svac_expect_calls(test, MOCK_SET, IOMMU_DOMAIN_SVA, 0);
	svac_expect_calls(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 0);
}

static void each_bond_has_a_domain(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *second = svac_device(test, &MOCK_PASIDS);
	struct iommu_sva *handle;

	svac_rules(test, "BIND-028");
	svac_needs(test, SVAC_BIND, "bind");
	svac_needs_not(test, SVAC_SHARES_DOMAINS, "one domain for all devices of a process");
	handle = bound(test, dev, process);
	bound(test, second, process);
	svac_expect_calls(test, MOCK_ALLOC, IOMMU_DOMAIN_SVA, 2);
	svac_expect_refs(test, process, 2);
	svac_unbind(test, handle);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 1);
	svac_expect_refs(test, process, 1);
}

static void bonds_of_a_process_share_a_domain(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *second = svac_device(test, &MOCK_PASIDS);
	struct iommu_sva *handle, *other;

	svac_rules(test, "BIND-029");
	svac_needs(test, SVAC_BIND, "bind");
	svac_needs(test, SVAC_SHARES_DOMAINS, "one domain for all devices of a process");
	handle = bound(test, dev, process);
	other = bound(test, second, process);
	svac_expect_calls(test, MOCK_ALLOC, IOMMU_DOMAIN_SVA, 1);
	svac_expect_refs(test, process, 1);
	svac_unbind(test, handle);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 0);
	svac_expect_reach(test, second, pasid_of(test, other), process);
	svac_unbind(test, other);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 1);
}

static void domain_that_is_refused_is_not_shared(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *second = svac_device(test, &MOCK_PASIDS);
	struct iommu_sva *handle;

	svac_rules(test, "BIND-029");
	svac_needs(test, SVAC_BIND, "bind");
	svac_needs(test, SVAC_SHARES_DOMAINS, "one domain for all devices of a process");
	bound(test, dev, process);
	mock_inject(MOCK_SET, IOMMU_DOMAIN_SVA, 0, 1, -EINVAL);
	handle = bound(test, second, process);
	svac_expect_calls(test, MOCK_ALLOC, IOMMU_DOMAIN_SVA, 2);
	svac_expect_refs(test, process, 2);
	svac_expect_reach(test, second, pasid_of(test, handle), process);
}

static void pasid_in_other_use_is_seen_before_anything_is_asked_for(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &two_pasids);
	struct device *other = svac_device(test, &two_pasids);
	struct iommu_sva *handle;

	svac_rules(test, "BIND-030");
	svac_needs(test, SVAC_BIND, "bind");
	svac_needs(test, SVAC_LOOKS_FIRST, "look at the PASID before all else");
	svac_needs_faults(test);
	svac_unbind(test, bound(test, other, process));
	svac_set_ok(test, svac_paging_domain(test, dev), dev, 1);
	mock_log_clear();
	mock_fail_allocations(true);
	handle = svac_bind(test, dev, process);
	mock_fail_allocations(false);
	svac_expect_err_ptr(test, handle, -EBUSY);
	svac_expect_calls(test, MOCK_ALLOC, IOMMU_DOMAIN_SVA, 0);
}

static struct kunit_case bind_cases[] = {
	SVAC_CASE(bind_lets_data_through),
	SVAC_CASE(bind_uses_a_valid_pasid),
	SVAC_CASE(handle_names_the_device),
	SVAC_CASE(second_bind_gives_the_same_handle),
	SVAC_CASE(last_unbind_ends_dma),
	SVAC_CASE(unbind_blocks_before_it_frees),
	SVAC_CASE(one_pasid_on_every_device),
	SVAC_CASE(another_pasid_for_every_process),
	SVAC_CASE(unbind_leaves_the_other_process),
	SVAC_CASE(unbind_leaves_the_other_device),
	SVAC_CASE(pasid_beyond_the_device_is_eoverflow),
	SVAC_CASE(last_pasid_of_a_device_is_in_range),
	SVAC_CASE(device_without_pasids_is_refused),
	SVAC_CASE(device_with_pasid_0_alone_is_refused),
	SVAC_CASE(process_that_has_a_pasid_is_refused_by_a_device_without),
	SVAC_CASE(driver_without_sva_is_eopnotsupp),
	SVAC_CASE(device_without_group_is_enodev),
	SVAC_CASE(device_in_a_shared_group_is_einval),
	SVAC_CASE(failed_alloc_leaves_nothing),
	SVAC_CASE(failed_set_leaves_nothing),
	SVAC_CASE(no_memory_is_enomem),
	SVAC_CASE(no_pasid_left_is_refused),
	SVAC_CASE(pasid_in_other_use_is_ebusy),
	SVAC_CASE(rebind_uses_the_same_pasid),
	SVAC_CASE(unbind_after_removal_is_quiet),
	SVAC_CASE(bind_to_a_removed_device_is_enodev),
	SVAC_CASE(bind_again_to_a_removed_device_is_enodev),
	SVAC_CASE(unbind_leaves_what_came_after_removal),
	SVAC_CASE(unbind_after_exit),
	SVAC_CASE(bond_holds_its_device_until_the_domain_is_freed),
	SVAC_CASE(bind_allocates_one_domain_of_the_process),
	SVAC_CASE(bind_without_a_domain_is_enomem_and_leaves_the_mm),
	SVAC_CASE(each_bond_has_a_domain),
	SVAC_CASE(bonds_of_a_process_share_a_domain),
	SVAC_CASE(domain_that_is_refused_is_not_shared),
	SVAC_CASE(pasid_in_other_use_is_seen_before_anything_is_asked_for),
	{ }
};

SVAC_SUITE(svac_binding, bind_cases);
