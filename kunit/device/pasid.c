// SPDX-License-Identifier: GPL-2.0
/*
 * Setting I/O page tables on PASIDs of the device, and blocking them. Only PASIDs
 * that nobody else in the system has are used, but for the first and the last.
 */
#include <linux/device.h>

#include "pages.h"
#include "real.h"

struct kit {
	struct iommu_domain *domain, *other;
	ioasid_t pasid[SVAC_REAL_PASIDS];
};

/* Two domains and so many PASIDs that nobody else has; false if the case is to return */
static bool ready(struct kunit *test, struct kit *kit, unsigned int pasids)
{
	unsigned int i;

	if (svac_real_lacks(test, svac_real_no_pasids(test)) ||
	    (pasids > 1 && svac_real_lacks(test, svac_real_few_pasids(test))))
		return false;
	kit->domain = svac_real_domain(test);
	kit->other = svac_real_domain(test);
	for (i = 0; i < pasids; i++) {
		kit->pasid[i] = svac_real_pasid(test);
		if (!kit->pasid[i])
			return false;
	}
	return kit->domain && kit->other;
}

static void a_domain_can_be_set_and_blocked(struct kunit *test)
{
	struct kit kit;

	svac_rules(test, "PASID-021");
	if (!ready(test, &kit, 1))
		return;
	svac_real_expect(test, svac_real_set(test, kit.domain, kit.pasid[0]), 0);
	svac_real_block(test, kit.domain, kit.pasid[0]);
}

static void taken_by_the_same_domain_is_ebusy(struct kunit *test)
{
	struct kit kit;

	svac_rules(test, "PASID-004");
	if (!ready(test, &kit, 1))
		return;
	svac_real_expect(test, svac_real_set(test, kit.domain, kit.pasid[0]), 0);
	svac_real_expect(test, svac_real_set(test, kit.domain, kit.pasid[0]), -EBUSY);
}

static void taken_by_another_domain_is_ebusy(struct kunit *test)
{
	struct kit kit;

	svac_rules(test, "PASID-004");
	if (!ready(test, &kit, 1))
		return;
	svac_real_expect(test, svac_real_set(test, kit.domain, kit.pasid[0]), 0);
	svac_real_expect(test, svac_real_set(test, kit.other, kit.pasid[0]), -EBUSY);
}

static void ebusy_leaves_what_was_set(struct kunit *test)
{
	struct kit kit;

	svac_rules(test, "PASID-004", "PASID-016");
	if (!ready(test, &kit, 1))
		return;
	svac_real_expect(test, svac_real_set(test, kit.domain, kit.pasid[0]), 0);
	svac_real_expect(test, svac_real_set(test, kit.other, kit.pasid[0]), -EBUSY);
	svac_real_expect(test, svac_real_set(test, kit.other, kit.pasid[0]), -EBUSY);
	svac_real_block(test, kit.domain, kit.pasid[0]);
	svac_real_expect(test, svac_real_set(test, kit.other, kit.pasid[0]), 0);
}

static void pasid_0_is_einval(struct kunit *test)
{
	struct kit kit;

	svac_rules(test, "PASID-008");
	if (ready(test, &kit, 0))
		svac_real_expect(test, svac_real_set(test, kit.domain, 0), -EINVAL);
}

static void beyond_the_limit_is_einval(struct kunit *test)
{
	u32 limit = svac_stock_max_pasids(to_real(test)->dev);
	struct kit kit;

	svac_rules(test, "PASID-009");
	if (!ready(test, &kit, 0))
		return;
	svac_real_expect(test, svac_real_set(test, kit.domain, limit), -EINVAL);
	svac_real_expect(test, svac_real_set(test, kit.domain, limit + 1), -EINVAL);
	svac_real_expect(test, svac_real_set(test, kit.domain, BIT(20)), -EINVAL);
	svac_real_expect(test, svac_real_set(test, kit.domain, SVAC_NO_PASID), -EINVAL);
}

static void the_first_and_the_last_are_accepted(struct kunit *test)
{
	u32 limit = svac_stock_max_pasids(to_real(test)->dev);
	struct kit kit;

	svac_rules(test, "PASID-009");
	if (svac_real_lacks(test, svac_real_not_idle(test)) || !ready(test, &kit, 0))
		return;
	svac_real_expect(test, svac_real_set(test, kit.domain, 1), 0);
	svac_real_block(test, kit.domain, 1);
	svac_real_expect(test, svac_real_set(test, kit.domain, limit - 1), 0);
}

static void what_was_blocked_can_be_set_again(struct kunit *test)
{
	struct kit kit;
	int i;

	svac_rules(test, "PASID-016");
	if (!ready(test, &kit, 1))
		return;
	for (i = 0; i < 3; i++) {
		svac_real_expect(test, svac_real_set(test, kit.domain, kit.pasid[0]), 0);
		svac_real_block(test, kit.domain, kit.pasid[0]);
		svac_real_expect(test, svac_real_set(test, kit.other, kit.pasid[0]), 0);
		svac_real_block(test, kit.other, kit.pasid[0]);
	}
}

static void what_was_refused_takes_no_pasid(struct kunit *test)
{
	u32 limit = svac_stock_max_pasids(to_real(test)->dev);
	struct kit kit;

	svac_rules(test, "PASID-005", "GRP-041");
	if (!ready(test, &kit, 1))
		return;
	svac_real_expect(test, svac_real_set(test, kit.domain, 0), -EINVAL);
	svac_real_expect(test, svac_real_set(test, kit.domain, limit), -EINVAL);
	svac_real_expect(test, svac_real_set(test, kit.domain, kit.pasid[0]), 0);
}

static void one_domain_on_several_pasids(struct kunit *test)
{
	struct kit kit;

	svac_rules(test, "PASID-020");
	if (!ready(test, &kit, 2))
		return;
	svac_real_expect(test, svac_real_set(test, kit.domain, kit.pasid[0]), 0);
	svac_real_expect(test, svac_real_set(test, kit.domain, kit.pasid[1]), 0);
	svac_real_block(test, kit.domain, kit.pasid[0]);
	svac_real_expect(test, svac_real_set(test, kit.domain, kit.pasid[1]), -EBUSY);
	svac_real_expect(test, svac_real_set(test, kit.domain, kit.pasid[0]), 0);
}

static void pasids_are_no_concern_of_each_other(struct kunit *test)
{
	struct kit kit;

	svac_rules(test, "PASID-019");
	if (!ready(test, &kit, 2))
		return;
	svac_real_expect(test, svac_real_set(test, kit.domain, kit.pasid[0]), 0);
	svac_real_expect(test, svac_real_set(test, kit.other, kit.pasid[1]), 0);
	svac_real_block(test, kit.domain, kit.pasid[0]);
	svac_real_expect(test, svac_real_set(test, kit.domain, kit.pasid[1]), -EBUSY);
	svac_real_block(test, kit.other, kit.pasid[1]);
	svac_real_expect(test, svac_real_set(test, kit.domain, kit.pasid[1]), 0);
}

static void the_devices_own_domain_stays(struct kunit *test)
{
	struct kit kit;

	svac_rules(test, "PASID-022", "HW-102");
	if (!ready(test, &kit, 1))
		return;
	svac_real_expect(test, svac_real_set(test, kit.domain, kit.pasid[0]), 0);
	svac_real_unchanged(test, "with a PASID set");
}

static void blocking_frees_nothing(struct kunit *test)
{
	struct svac_pages pages;
	struct kit kit;

	svac_rules(test, "PASID-025");
	if (!ready(test, &kit, 1) || !svac_pages_map(test, kit.domain, &pages))
		return;
	svac_real_expect(test, svac_real_set(test, kit.domain, kit.pasid[0]), 0);
	svac_real_block(test, kit.domain, kit.pasid[0]);
	svac_real_expect_true(test, svac_pages_found(kit.domain, &pages));
	svac_real_expect(test, svac_real_set(test, kit.domain, kit.pasid[0]), 0);
	svac_real_block(test, kit.domain, kit.pasid[0]);
	svac_pages_unmap(test, kit.domain, &pages);
}

static void a_domain_that_is_set_can_be_changed(struct kunit *test)
{
	struct svac_pages pages;
	struct kit kit;

	svac_rules(test, "HW-104");
	if (!ready(test, &kit, 1))
		return;
	svac_real_expect(test, svac_real_set(test, kit.domain, kit.pasid[0]), 0);
	if (!svac_pages_map(test, kit.domain, &pages))
		return;
	svac_real_expect_true(test, svac_pages_found(kit.domain, &pages));
	svac_pages_unmap(test, kit.domain, &pages);
}

static void pasids_are_given_to_one_at_a_time(struct kunit *test)
{
	u32 limit = svac_stock_max_pasids(to_real(test)->dev);
	struct kit kit;
	int i, j;

	svac_rules(test, "BIND-026");
	if (!ready(test, &kit, SVAC_REAL_PASIDS))
		return;
	for (i = 0; i < SVAC_REAL_PASIDS; i++) {
		svac_real_expect_true(test, kit.pasid[i] > 0 && kit.pasid[i] < limit);
		for (j = 0; j < i; j++)
			svac_real_expect_true(test, kit.pasid[j] != kit.pasid[i]);
	}
}

static void nobody_can_claim_the_group_while_set(struct kunit *test)
{
	struct svac_real *real = to_real(test);
	struct kit kit;
	int ret;

	svac_rules(test, "GRP-040");
	if (svac_real_lacks(test, svac_real_not_idle(test)) || !ready(test, &kit, 1))
		return;
	svac_real_expect(test, svac_real_set(test, kit.domain, kit.pasid[0]), 0);
	ret = iommu_group_claim_dma_owner(real->dev->iommu_group, real);
	svac_real_expect(test, ret, -EBUSY);
	if (!ret)
		iommu_group_release_dma_owner(real->dev->iommu_group);
}

static struct kunit_case pasid_cases[] = {
	SVAC_PLAIN_CASE(a_domain_can_be_set_and_blocked),
	SVAC_PLAIN_CASE(taken_by_the_same_domain_is_ebusy),
	SVAC_PLAIN_CASE(taken_by_another_domain_is_ebusy),
	SVAC_PLAIN_CASE(ebusy_leaves_what_was_set),
	SVAC_PLAIN_CASE(pasid_0_is_einval),
	SVAC_PLAIN_CASE(beyond_the_limit_is_einval),
	SVAC_PLAIN_CASE(the_first_and_the_last_are_accepted),
	SVAC_PLAIN_CASE(what_was_blocked_can_be_set_again),
	SVAC_PLAIN_CASE(what_was_refused_takes_no_pasid),
	SVAC_PLAIN_CASE(one_domain_on_several_pasids),
	SVAC_PLAIN_CASE(pasids_are_no_concern_of_each_other),
	SVAC_PLAIN_CASE(the_devices_own_domain_stays),
	SVAC_PLAIN_CASE(blocking_frees_nothing),
	SVAC_PLAIN_CASE(a_domain_that_is_set_can_be_changed),
	SVAC_PLAIN_CASE(pasids_are_given_to_one_at_a_time),
	SVAC_PLAIN_CASE(nobody_can_claim_the_group_while_set),
	{}
};

SVAC_SUITE(svac_device_pasid, pasid_cases);
