// SPDX-License-Identifier: GPL-2.0
/*
 * PASIDs and groups: who may set one, who may join, and what happens when a
 * device goes away.
 */
#include <linux/completion.h>
#include <linux/kthread.h>

#include "svac.h"

#define PASID	5

static const struct mock_config shared = { .group = 1, .pasid_bits = 20 };
static const struct mock_config other_shared = { .group = 2, .pasid_bits = 20 };

static const struct mock_config no_iommu = { .no_iommu = true, .pasid_bits = 20 };

/* A device with an IOMMU that is in no group until a case puts it into one */
static struct device *stray_device(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	iommu_group_remove_device(dev);
	return dev;
}

/* A join that is not refused is undone, so that the device can go in peace */
static int try_join(struct device *joiner, struct device *member)
{
	int ret = iommu_group_add_device(member->iommu_group, joiner);

	if (!ret)
		iommu_group_remove_device(joiner);
	return ret;
}

static void alone_in_its_group_can_set(struct kunit *test)
{
	struct device *dev = svac_device(test, &shared);

	svac_rules(test, "GRP-001");
	svac_expect_ret(test, svac_set(test, svac_sva_domain(test, dev, svac_process(test)),
				       dev, PASID), 0);
}

static void first_of_two_is_einval(struct kunit *test)
{
	struct device *dev = svac_device(test, &shared);
	struct iommu_domain *domain;

	svac_rules(test, "GRP-001");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	svac_device(test, &shared);
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), -EINVAL);
}

static void second_of_two_is_einval(struct kunit *test)
{
	struct iommu_domain *domain;
	struct device *dev;

	svac_rules(test, "GRP-001");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	svac_device(test, &shared);
	dev = svac_device(test, &shared);
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), -EINVAL);
}

static void any_of_three_is_einval(struct kunit *test)
{
	struct device *devs[3];
	int i;

	svac_rules(test, "GRP-001");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	for (i = 0; i < 3; i++)
		devs[i] = svac_device(test, &shared);
	for (i = 0; i < 3; i++)
		svac_expect_ret(test, svac_set(test, svac_paging_domain(test, devs[i]),
					       devs[i], PASID), -EINVAL);
}

static void refusal_does_not_reach_the_driver(struct kunit *test)
{
	struct device *dev = svac_device(test, &shared);
	struct iommu_domain *domain;

	svac_rules(test, "GRP-001", "PASID-010");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	svac_device(test, &shared);
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), -EINVAL);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 0);
	svac_expect_get(test, dev, PASID, NULL);
}

static void refusal_leaves_the_group_open(struct kunit *test)
{
	struct device *dev = svac_device(test, &shared);
	struct device *joiner;

	svac_rules(test, "GRP-001", "GRP-005");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	svac_device(test, &shared);
	svac_expect_ret(test, svac_set(test, svac_paging_domain(test, dev), dev, PASID),
			-EINVAL);
	joiner = svac_device(test, &shared);
	KUNIT_EXPECT_PTR_EQ(test, joiner->iommu_group, dev->iommu_group);
}

static void group_shrunk_to_one_can_set(struct kunit *test)
{
	struct device *dev = svac_device(test, &shared);
	struct device *gone = svac_device(test, &shared);

	svac_rules(test, "GRP-013");
	svac_unplug(test, gone);
	svac_expect_ret(test, svac_set(test, svac_sva_domain(test, dev, svac_process(test)),
				       dev, PASID), 0);
}

static void group_shrunk_to_the_second_can_set(struct kunit *test)
{
	struct device *gone = svac_device(test, &shared);
	struct device *dev = svac_device(test, &shared);

	svac_rules(test, "GRP-013");
	svac_unplug(test, gone);
	svac_expect_ret(test, svac_set(test, svac_sva_domain(test, dev, svac_process(test)),
				       dev, PASID), 0);
}

static void without_group_is_enodev(struct kunit *test)
{
	struct device *dev = svac_device(test, &no_iommu);
	struct device *usable = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "GRP-002");
	svac_expect_ret(test, svac_set(test, svac_paging_domain(test, usable), dev, PASID),
			-ENODEV);
	svac_expect_get(test, dev, PASID, NULL);
}

static void join_while_set_is_ebusy(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *joiner = stray_device(test);

	svac_rules(test, "GRP-003");
	svac_needs(test, SVAC_KEEPS_OUT, "say in who joins a group");
	svac_set_ok(test, svac_sva_domain(test, dev, svac_process(test)), dev, PASID);
	svac_expect_ret(test, try_join(joiner, dev), -EBUSY);
	KUNIT_EXPECT_NULL(test, joiner->iommu_group);
}

static void join_while_a_paging_domain_is_set_is_ebusy(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *joiner = stray_device(test);

	svac_rules(test, "GRP-003", "PASID-021");
	svac_needs(test, SVAC_KEEPS_OUT, "say in who joins a group");
	svac_set_ok(test, svac_paging_domain(test, dev), dev, PASID);
	svac_expect_ret(test, try_join(joiner, dev), -EBUSY);
}

static void device_plugged_in_while_set_stays_out(struct kunit *test)
{
	struct device *dev = svac_device(test, &shared);
	struct device *joiner;

	svac_rules(test, "GRP-003");
	svac_needs(test, SVAC_KEEPS_OUT, "say in who joins a group");
	svac_set_ok(test, svac_sva_domain(test, dev, svac_process(test)), dev, PASID);
	mock_log_clear();
	joiner = svac_device(test, &shared);
	KUNIT_EXPECT_NULL(test, joiner->iommu_group);
	svac_expect_calls(test, MOCK_PROBE, MOCK_ANY_TYPE, 1);
	svac_expect_calls(test, MOCK_RELEASE, MOCK_ANY_TYPE, 1);
	svac_expect_calls(test, MOCK_ATTACH, MOCK_ANY_TYPE, 0);
}

static void refused_join_leaves_translation_alone(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &shared);
	struct iommu_domain *domain;

	svac_rules(test, "GRP-004");
	svac_needs(test, SVAC_KEEPS_OUT, "say in who joins a group");
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	KUNIT_ASSERT_NULL(test, svac_device(test, &shared)->iommu_group);
	svac_expect_get(test, dev, PASID, domain);
	svac_expect_reach(test, dev, PASID, process);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0);
}

static void refused_join_leaves_a_singleton(struct kunit *test)
{
	struct device *dev = svac_device(test, &shared);
	struct iommu_domain *domain;

	svac_rules(test, "GRP-004");
	svac_needs(test, SVAC_KEEPS_OUT, "say in who joins a group");
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_set_ok(test, domain, dev, PASID);
	KUNIT_ASSERT_NULL(test, svac_device(test, &shared)->iommu_group);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID + 1), 0);
}

static void join_after_block_is_allowed(struct kunit *test)
{
	struct device *dev = svac_device(test, &shared);
	struct iommu_domain *domain;
	struct device *joiner;

	svac_rules(test, "GRP-005");
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_set_ok(test, domain, dev, PASID);
	svac_block(test, domain, dev, PASID);
	joiner = svac_device(test, &shared);
	KUNIT_EXPECT_PTR_EQ(test, joiner->iommu_group, dev->iommu_group);
}

static void join_with_one_of_two_blocked_is_ebusy(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *joiner = stray_device(test);
	struct iommu_domain *domain;

	svac_rules(test, "GRP-003");
	svac_needs(test, SVAC_KEEPS_OUT, "say in who joins a group");
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_set_ok(test, domain, dev, PASID);
	svac_set_ok(test, domain, dev, PASID + 1);
	svac_block(test, domain, dev, PASID);
	svac_expect_ret(test, try_join(joiner, dev), -EBUSY);
}

static void join_after_failed_set_is_allowed(struct kunit *test)
{
	struct device *dev = svac_device(test, &shared);
	struct iommu_domain *domain;
	struct device *joiner;

	svac_rules(test, "GRP-005", "PASID-005");
	domain = svac_sva_domain(test, dev, svac_process(test));
	mock_inject(MOCK_SET, MOCK_ANY_TYPE, 0, 1, -EIO);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), -EIO);
	joiner = svac_device(test, &shared);
	KUNIT_EXPECT_PTR_EQ(test, joiner->iommu_group, dev->iommu_group);
}

static void join_without_any_pasid_is_allowed(struct kunit *test)
{
	struct device *dev = svac_device(test, &shared);

	svac_rules(test, "GRP-005");
	KUNIT_EXPECT_PTR_EQ(test, svac_device(test, &shared)->iommu_group,
			    dev->iommu_group);
}

/* As drivers have it in a kernel that follows a crash: the device's DMA goes on */
static void join_with_attach_deferred_attaches_nothing(struct kunit *test)
{
	struct mock_config deferred = { .pasid_bits = 20, .attach_deferred = true };
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *joiner = svac_device(test, &deferred);

	svac_rules(test, "GRP-005");
	iommu_group_remove_device(joiner);
	mock_log_clear();
	svac_expect_ret(test, try_join(joiner, dev), 0);
	svac_expect_calls(test, MOCK_ATTACH, MOCK_ANY_TYPE, 0);
}

static void join_with_attach_deferred_while_set_is_ebusy(struct kunit *test)
{
	struct mock_config deferred = { .pasid_bits = 20, .attach_deferred = true };
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *joiner = svac_device(test, &deferred);

	svac_rules(test, "GRP-003");
	svac_needs(test, SVAC_KEEPS_OUT, "say in who joins a group");
	iommu_group_remove_device(joiner);
	svac_set_ok(test, svac_paging_domain(test, dev), dev, PASID);
	svac_expect_ret(test, try_join(joiner, dev), -EBUSY);
	KUNIT_EXPECT_NULL(test, joiner->iommu_group);
}

/* Nobody has given such a group a default domain, so that nothing is attached */
static void join_of_a_group_without_domain_while_set_is_ebusy(struct kunit *test)
{
	struct device *dev = stray_device(test), *joiner = stray_device(test);
	struct iommu_group *group;

	svac_rules(test, "GRP-003");
	svac_needs(test, SVAC_KEEPS_OUT, "say in who joins a group");
	group = iommu_group_alloc();
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, group);
	svac_expect_ret(test, iommu_group_add_device(group, dev), 0);
	iommu_group_put(group);
	svac_set_ok(test, svac_paging_domain(test, dev), dev, PASID);
	svac_expect_ret(test, try_join(joiner, dev), -EBUSY);
	KUNIT_EXPECT_NULL(test, joiner->iommu_group);
}

static void group_goes_with_its_last_device(struct kunit *test)
{
	struct device *dev = svac_device(test, &shared);
	int groups = mock_groups();
	struct iommu_domain *domain;

	svac_rules(test, "GRP-036");
	domain = svac_paging_domain(test, dev);
	svac_set_ok(test, domain, dev, PASID);
	svac_expect_ret(test, svac_set(test, domain, dev, 0), -EINVAL);
	svac_expect_get(test, dev, PASID, domain);
	svac_block(test, domain, dev, PASID);
	svac_unplug(test, dev);
	KUNIT_EXPECT_EQ(test, mock_groups(), groups - 1);
}

static void groups_do_not_mind_each_other(struct kunit *test)
{
	struct device *dev = svac_device(test, &shared);
	struct device *other = svac_device(test, &other_shared);
	struct device *joiner;

	svac_rules(test, "GRP-011");
	svac_set_ok(test, svac_sva_domain(test, dev, svac_process(test)), dev, PASID);
	joiner = svac_device(test, &other_shared);
	KUNIT_EXPECT_PTR_EQ(test, joiner->iommu_group, other->iommu_group);
}

static void removal_blocks_each_pasid_in_order(struct kunit *test)
{
	static const ioasid_t pasids[] = { 900, 3, 70, 4096 };
	static const ioasid_t sorted[] = { 3, 70, 900, 4096 };
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	const struct mock_event *block;
	struct iommu_domain *domain;
	int i;

	svac_rules(test, "GRP-006");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	domain = svac_sva_domain(test, dev, svac_process(test));
	for (i = 0; i < ARRAY_SIZE(pasids); i++)
		svac_set_ok(test, domain, dev, pasids[i]);
	svac_expect_warn(test, to_svac(test)->impl->warns.leave, 1);
	svac_unplug(test, dev);

	svac_expect_calls(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, ARRAY_SIZE(sorted));
	for (i = 0; i < ARRAY_SIZE(sorted); i++) {
		block = svac_event(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, i);
		KUNIT_EXPECT_EQ(test, block->pasid, sorted[i]);
		KUNIT_EXPECT_PTR_EQ(test, block->domain, domain);
		KUNIT_EXPECT_PTR_EQ(test, block->dev, dev);
	}
}

static void removal_blocks_in_order_whatever_the_domain(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domains[2];
	const struct mock_event *block;
	int i;

	svac_rules(test, "GRP-006");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	domains[0] = svac_paging_domain(test, dev);
	domains[1] = svac_paging_domain(test, dev);
	for (i = 0; i < 4; i++)
		svac_set_ok(test, domains[i % 2], dev, PASID + i);
	svac_expect_warn(test, to_svac(test)->impl->warns.leave, 1);
	svac_unplug(test, dev);
	for (i = 0; i < 4; i++) {
		block = svac_event(test, MOCK_BLOCK, MOCK_ANY_TYPE, i);
		KUNIT_EXPECT_EQ(test, block->pasid, PASID + i);
		KUNIT_EXPECT_PTR_EQ(test, block->domain, domains[i % 2]);
	}
}

static void removal_blocks_before_release(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	const struct mock_event *block, *release;

	svac_rules(test, "GRP-006");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	svac_set_ok(test, svac_sva_domain(test, dev, svac_process(test)), dev, PASID);
	svac_expect_warn(test, to_svac(test)->impl->warns.leave, 1);
	svac_unplug(test, dev);
	block = svac_event(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 0);
	release = svac_event(test, MOCK_RELEASE, MOCK_ANY_TYPE, 0);
	KUNIT_EXPECT_LT_MSG(test, mock_log_position(block), mock_log_position(release),
			    "release_device was called before block_dev_pasid\n");
}

static void removal_blocks_each_through_its_own_domain(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *sva, *paging;

	svac_rules(test, "GRP-006", "PASID-021");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	sva = svac_sva_domain(test, dev, svac_process(test));
	paging = svac_paging_domain(test, dev);
	svac_set_ok(test, paging, dev, PASID);
	svac_set_ok(test, sva, dev, PASID + 1);
	svac_expect_warn(test, to_svac(test)->impl->warns.leave, 1);
	svac_unplug(test, dev);
	KUNIT_ASSERT_EQ(test, mock_log_count(MOCK_BLOCK, MOCK_ANY_TYPE), 2);
	KUNIT_EXPECT_PTR_EQ(test, svac_event(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0)->domain, paging);
	KUNIT_EXPECT_PTR_EQ(test, svac_event(test, MOCK_BLOCK, MOCK_ANY_TYPE, 1)->domain, sva);
}

static void removal_warns_once_for_many(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;
	ioasid_t pasid;

	svac_rules(test, "GRP-007");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	svac_needs(test, SVAC_WARNS, "warnings");
	domain = svac_sva_domain(test, dev, svac_process(test));
	for (pasid = 1; pasid <= 100; pasid++)
		svac_set_ok(test, domain, dev, pasid);
	svac_expect_warn(test, to_svac(test)->impl->warns.leave, 1);
	svac_unplug(test, dev);
	svac_expect_calls(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 100);
}

static void removal_without_pasids_is_quiet(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "GRP-007");
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_set_ok(test, domain, dev, PASID);
	svac_block(test, domain, dev, PASID);
	mock_log_clear();
	svac_unplug(test, dev);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0);
	svac_expect_calls(test, MOCK_RELEASE, MOCK_ANY_TYPE, 1);
}

static void removal_leaves_domains_to_their_owner(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "GRP-008");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	svac_expect_warn(test, to_svac(test)->impl->warns.leave, 1);
	svac_unplug(test, dev);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 0);
	KUNIT_EXPECT_PTR_EQ(test, to_svac(test)->impl->mm_of(domain), process->mm);
	svac_free(test, domain);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 1);
}

static void domain_of_a_removed_device_serves_another(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *gone = svac_device(test, &MOCK_PASIDS);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "GRP-008", "PASID-020");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	domain = svac_sva_domain(test, gone, process);
	svac_set_ok(test, domain, gone, PASID);
	svac_expect_warn(test, to_svac(test)->impl->warns.leave, 1);
	svac_unplug(test, gone);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), 0);
	svac_expect_reach(test, dev, PASID, process);
}

static void nothing_is_set_after_removal(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "GRP-006", "PASID-015");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	svac_set_ok(test, svac_sva_domain(test, dev, process), dev, PASID);
	svac_expect_warn(test, to_svac(test)->impl->warns.leave, 1);
	svac_unplug(test, dev);
	svac_expect_get(test, dev, PASID, NULL);
	svac_expect_no_reach(test, dev, PASID, process);
}

static void set_after_removal_is_enodev(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "GRP-009");
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_unplug(test, dev);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), -ENODEV);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 0);
}

struct late_set {
	const struct svac_impl *impl;
	struct iommu_domain *domain;
	int ret;
};

/* The driver is releasing the device, which is in its group still */
static void set_in_release(struct iommu_domain *domain, struct device *dev,
			   ioasid_t pasid, void *data)
{
	struct late_set *late = data;

	late->ret = late->impl->set(late->domain, dev, PASID);
}

static void set_during_removal_is_enodev(struct kunit *test)
{
	struct late_set late = { .impl = to_svac(test)->impl };
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "GRP-009");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	late.domain = svac_sva_domain(test, dev, svac_process(test));
	mock_on(MOCK_RELEASE, set_in_release, &late);
	svac_unplug(test, dev);
	svac_expect_ret(test, late.ret, -ENODEV);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 0);
}

static void device_put_back_starts_blank(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *gone = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;
	struct device *dev;

	svac_rules(test, "GRP-010");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	domain = svac_sva_domain(test, gone, process);
	svac_set_ok(test, domain, gone, PASID);
	svac_expect_warn(test, to_svac(test)->impl->warns.leave, 1);
	svac_unplug(test, gone);
	dev = svac_device(test, &MOCK_PASIDS);
	svac_expect_get(test, dev, PASID, NULL);
	svac_expect_no_reach(test, dev, PASID, process);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), 0);
	svac_expect_reach(test, dev, PASID, process);
}

static void device_put_back_after_a_block_starts_blank(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *gone = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;
	struct device *dev;

	svac_rules(test, "GRP-010");
	domain = svac_sva_domain(test, gone, process);
	svac_set_ok(test, domain, gone, PASID);
	svac_block(test, domain, gone, PASID);
	svac_unplug(test, gone);
	dev = svac_device(test, &MOCK_PASIDS);
	svac_expect_get(test, dev, PASID, NULL);
	svac_expect_no_reach(test, dev, PASID, process);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), 0);
	svac_expect_reach(test, dev, PASID, process);
}

/* A group that somebody holds outlives its devices */
static void device_that_rejoins_its_group_can_set(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_group *group;
	struct iommu_domain *domain;
	int ret;

	svac_rules(test, "GRP-010");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	group = iommu_group_get(dev);
	domain = svac_sva_domain(test, dev, svac_process(test));
	iommu_group_remove_device(dev);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), -ENODEV);
	ret = iommu_group_add_device(group, dev);
	iommu_group_put(group);
	svac_expect_ret(test, ret, 0);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), 0);
}

static void leaving_a_group_by_hand_blocks_too(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "GRP-012");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	svac_expect_warn(test, to_svac(test)->impl->warns.leave, 1);
	iommu_group_remove_device(dev);
	svac_expect_calls(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 1);
	svac_expect_no_reach(test, dev, PASID, process);
}

/* As for a caller who looked the group up just before the device left it */
static void device_that_left_a_singleton_behind_is_enodev(struct kunit *test)
{
	struct device *gone = svac_device(test, &shared);
	struct device *stays = svac_device(test, &shared);
	struct iommu_group *group = gone->iommu_group;
	struct iommu_domain *domain;

	svac_rules(test, "GRP-009");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	domain = svac_paging_domain(test, stays);
	iommu_group_remove_device(gone);
	gone->iommu_group = group;
	svac_expect_ret(test, to_svac(test)->impl->set(domain, gone, PASID), -ENODEV);
	gone->iommu_group = NULL;
	svac_expect_get(test, stays, PASID, NULL);
}

static void block_for_a_device_that_left_spares_who_stayed(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *gone = svac_device(test, &shared);
	struct device *stays = svac_device(test, &shared);
	struct iommu_group *group = gone->iommu_group;
	struct iommu_domain *domain;

	svac_rules(test, "PASID-017");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	svac_needs(test, SVAC_VERIFIES, "check of what is blocked");
	domain = svac_sva_domain(test, stays, process);
	iommu_group_remove_device(gone);
	svac_set_ok(test, domain, stays, PASID);
	gone->iommu_group = group;
	svac_expect_warn(test, to_svac(test)->impl->warns.block, 1);
	svac_block(test, domain, gone, PASID);
	gone->iommu_group = NULL;
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0);
	svac_expect_reach(test, stays, PASID, process);
}

/* Whichever of the devices it is, and though two are no singleton either */
static void set_during_removal_of_the_second_is_enodev(struct kunit *test)
{
	struct late_set late = { .impl = to_svac(test)->impl };
	struct device *dev;

	svac_rules(test, "GRP-009");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	svac_device(test, &shared);
	dev = svac_device(test, &shared);
	late.domain = svac_paging_domain(test, dev);
	mock_on(MOCK_RELEASE, set_in_release, &late);
	svac_unplug(test, dev);
	mock_on(MOCK_OPS, NULL, NULL);
	svac_expect_ret(test, late.ret, -ENODEV);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 0);
}

struct last_leaver {
	struct kunit *test;
	struct device *other;
	struct iommu_domain *domain;
	struct completion gone;
	int ret;
};

static int leave_thread(void *data)
{
	struct last_leaver *last = data;

	svac_unplug(last->test, last->other);
	complete(&last->gone);
	return 0;
}

/*
 * While one device is being released the other goes, and leaves it alone. It goes
 * in another thread: ours is in a notifier of the bus, which holds a lock.
 */
static void other_leaves_in_release(struct iommu_domain *domain,
				    struct device *dev, ioasid_t pasid,
				    void *data)
{
	struct last_leaver *last = data;

	if (dev == last->other)
		return;
	last->ret = PTR_ERR_OR_ZERO(kthread_run(leave_thread, last, "svac-leave"));
	if (last->ret)
		return;
	wait_for_completion(&last->gone);
	last->ret = to_svac(last->test)->impl->set(last->domain, dev, PASID);
}

static void set_during_removal_of_two_is_enodev(struct kunit *test)
{
	struct last_leaver last = { .test = test };
	struct device *dev = svac_device(test, &shared);

	svac_rules(test, "GRP-009");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	last.other = svac_device(test, &shared);
	last.domain = svac_paging_domain(test, dev);
	init_completion(&last.gone);
	mock_on(MOCK_RELEASE, other_leaves_in_release, &last);
	svac_unplug(test, dev);
	mock_on(MOCK_OPS, NULL, NULL);
	svac_expect_ret(test, last.ret, -ENODEV);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 0);
}

static struct kunit_case singleton_cases[] = {
	SVAC_CASE(alone_in_its_group_can_set),
	SVAC_CASE(first_of_two_is_einval),
	SVAC_CASE(second_of_two_is_einval),
	SVAC_CASE(any_of_three_is_einval),
	SVAC_CASE(refusal_does_not_reach_the_driver),
	SVAC_CASE(refusal_leaves_the_group_open),
	SVAC_CASE(group_shrunk_to_one_can_set),
	SVAC_CASE(group_shrunk_to_the_second_can_set),
	SVAC_CASE(without_group_is_enodev),
	SVAC_CASE(join_while_set_is_ebusy),
	SVAC_CASE(join_while_a_paging_domain_is_set_is_ebusy),
	SVAC_CASE(device_plugged_in_while_set_stays_out),
	SVAC_CASE(refused_join_leaves_translation_alone),
	SVAC_CASE(refused_join_leaves_a_singleton),
	SVAC_CASE(join_after_block_is_allowed),
	SVAC_CASE(join_with_one_of_two_blocked_is_ebusy),
	SVAC_CASE(join_after_failed_set_is_allowed),
	SVAC_CASE(join_without_any_pasid_is_allowed),
	SVAC_CASE(join_with_attach_deferred_attaches_nothing),
	SVAC_CASE(join_with_attach_deferred_while_set_is_ebusy),
	SVAC_CASE(join_of_a_group_without_domain_while_set_is_ebusy),
	SVAC_CASE(group_goes_with_its_last_device),
	SVAC_CASE(groups_do_not_mind_each_other),
	SVAC_CASE(removal_blocks_each_pasid_in_order),
	SVAC_CASE(removal_blocks_in_order_whatever_the_domain),
	SVAC_CASE(removal_blocks_before_release),
	SVAC_CASE(removal_blocks_each_through_its_own_domain),
	SVAC_CASE(removal_warns_once_for_many),
	SVAC_CASE(removal_without_pasids_is_quiet),
	SVAC_CASE(removal_leaves_domains_to_their_owner),
	SVAC_CASE(domain_of_a_removed_device_serves_another),
	SVAC_CASE(nothing_is_set_after_removal),
	SVAC_CASE(set_after_removal_is_enodev),
	SVAC_CASE(set_during_removal_is_enodev),
	SVAC_CASE(device_put_back_starts_blank),
	SVAC_CASE(device_put_back_after_a_block_starts_blank),
	SVAC_CASE(device_that_rejoins_its_group_can_set),
	SVAC_CASE(leaving_a_group_by_hand_blocks_too),
	SVAC_CASE(device_that_left_a_singleton_behind_is_enodev),
	SVAC_CASE(block_for_a_device_that_left_spares_who_stayed),
	SVAC_CASE(set_during_removal_of_two_is_enodev),
	SVAC_CASE(set_during_removal_of_the_second_is_enodev),
	{ }
};

SVAC_SUITE(svac_singleton, singleton_cases);
