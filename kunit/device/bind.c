// SPDX-License-Identifier: GPL-2.0
/*
 * Binding processes to the device.
 */
#include <linux/err.h>

#include "real.h"

static const char *no_peer(struct kunit *test)
{
	return svac_real_mm(test, 1) ? NULL : "there is no second process: say peer=PID";
}

/* The PASID of a fresh bond; 0 if there is none, for which the case fails */
static ioasid_t bind_ok(struct kunit *test, struct mm_struct *mm, struct iommu_sva **handle)
{
	*handle = svac_real_bind(test, mm);
	KUNIT_EXPECT_TRUE_MSG(test, !IS_ERR(*handle), "binding returned %d\n",
			      PTR_ERR_OR_ZERO(*handle));
	return IS_ERR(*handle) ? 0 : svac_stock_pasid(*handle);
}

static void a_bond_has_a_valid_pasid(struct kunit *test)
{
	u32 limit = svac_stock_max_pasids(to_real(test)->dev);
	struct iommu_sva *handle;
	ioasid_t pasid;

	svac_rules(test, "BIND-001");
	if (svac_real_lacks(test, svac_real_no_sva(test)))
		return;
	pasid = bind_ok(test, svac_real_mm(test, 0), &handle);
	svac_real_expect_true(test, pasid > 0 && pasid < limit);
}

static void binding_again_gives_the_same_handle(struct kunit *test)
{
	struct iommu_sva *one, *other;
	struct mm_struct *mm;

	svac_rules(test, "BIND-002");
	if (svac_real_lacks(test, svac_real_no_sva(test)))
		return;
	mm = svac_real_mm(test, 0);
	if (!bind_ok(test, mm, &one) || !bind_ok(test, mm, &other))
		return;
	svac_real_expect_true(test, one == other);
	svac_real_unbind(test, other);
	svac_real_expect_true(test, svac_real_bind(test, mm) == one);
}

static void the_pasid_stays_between_binds(struct kunit *test)
{
	struct iommu_sva *handle;
	struct mm_struct *mm;
	ioasid_t pasid;

	svac_rules(test, "BIND-012");
	if (svac_real_lacks(test, svac_real_no_sva(test)))
		return;
	mm = svac_real_mm(test, 0);
	pasid = bind_ok(test, mm, &handle);
	svac_real_unbind(test, handle);
	svac_real_expect(test, bind_ok(test, mm, &handle), pasid);
}

static void two_processes_have_two_pasids(struct kunit *test)
{
	struct iommu_sva *one, *other;
	ioasid_t first, second;

	svac_rules(test, "BIND-003");
	if (svac_real_lacks(test, svac_real_no_sva(test)) ||
	    svac_real_lacks(test, no_peer(test)))
		return;
	first = bind_ok(test, svac_real_mm(test, 0), &one);
	second = bind_ok(test, svac_real_mm(test, 1), &other);
	svac_real_expect_true(test, first != second && one != other);
}

static void the_pasid_of_a_bond_is_taken(struct kunit *test)
{
	struct iommu_domain *domain;
	struct iommu_sva *handle;
	ioasid_t pasid;

	svac_rules(test, "PASID-004", "BIND-002");
	if (svac_real_lacks(test, svac_real_no_sva(test)) ||
	    svac_real_lacks(test, svac_real_no_pasids(test)))
		return;
	domain = svac_real_domain(test);
	pasid = bind_ok(test, svac_real_mm(test, 0), &handle);
	if (!domain || !pasid)
		return;
	svac_real_expect(test, svac_real_set(test, domain, pasid), -EBUSY);
	svac_real_unbind(test, handle);
	svac_real_expect(test, svac_real_set(test, domain, pasid), 0);
}

static void a_pasid_that_is_set_to_something_else_is_ebusy(struct kunit *test)
{
	struct iommu_domain *domain;
	struct iommu_sva *handle;
	struct mm_struct *mm;
	ioasid_t pasid;

	svac_rules(test, "BIND-010", "BIND-007");
	if (svac_real_lacks(test, svac_real_no_sva(test)) ||
	    svac_real_lacks(test, svac_real_no_pasids(test)))
		return;
	mm = svac_real_mm(test, 0);
	domain = svac_real_domain(test);
	pasid = bind_ok(test, mm, &handle);
	if (!domain || !pasid)
		return;
	svac_real_unbind(test, handle);
	svac_real_expect(test, svac_real_set(test, domain, pasid), 0);
	svac_real_expect(test, PTR_ERR_OR_ZERO(svac_real_bind(test, mm)), -EBUSY);
	svac_real_block(test, domain, pasid);
	svac_real_expect(test, bind_ok(test, mm, &handle), pasid);
}

static void the_devices_own_domain_stays_while_bound(struct kunit *test)
{
	struct svac_real *real = to_real(test);
	struct svac_facts ready, during;
	struct iommu_sva *handle;
	const char *differs;

	svac_rules(test, "PASID-022");
	if (svac_real_lacks(test, svac_real_no_sva(test)))
		return;
	/* What makes a device ready for binding may well switch page requests on */
	svac_facts_read(real->dev, &ready);
	if (!bind_ok(test, svac_real_mm(test, 0), &handle))
		return;
	svac_facts_read(real->dev, &during);
	differs = svac_facts_differ(&ready, &during);
	KUNIT_EXPECT_TRUE_MSG(test, !differs, "while bound: %s changed\n", differs);
}

static struct kunit_case bind_cases[] = {
	SVAC_PLAIN_CASE(a_bond_has_a_valid_pasid),
	SVAC_PLAIN_CASE(binding_again_gives_the_same_handle),
	SVAC_PLAIN_CASE(the_pasid_stays_between_binds),
	SVAC_PLAIN_CASE(two_processes_have_two_pasids),
	SVAC_PLAIN_CASE(the_pasid_of_a_bond_is_taken),
	SVAC_PLAIN_CASE(a_pasid_that_is_set_to_something_else_is_ebusy),
	SVAC_PLAIN_CASE(the_devices_own_domain_stays_while_bound),
	{}
};

SVAC_SUITE(svac_device_bind, bind_cases);
