// SPDX-License-Identifier: GPL-2.0
/*
 * What the real driver and the core above it refuse: nothing is programmed, and
 * the hardware is asked for nothing.
 */
#include "../../intel/iommu.h"
#include "vtd.h"

/* Asks for something, and answers what came of it */
static void expect_untouched(struct kunit *test, struct device *dev, int want,
			     int (*ask)(struct kunit *test, struct device *dev))
{
	struct vtd_shot *shot = vtd_shot(test, dev);

	vtd_listen(dev, IOMMU_NO_PASID, NULL);
	svac_expect_ret(test, ask(test, dev), want);
	KUNIT_EXPECT_EQ(test, vtd_heard(test)->count, 0);
	vtd_expect_ok(test, vtd_changed(test, shot, dev, IOMMU_NO_PASID));
}

static int bind(struct kunit *test, struct device *dev)
{
	return PTR_ERR_OR_ZERO(vtd_bind(test, dev, vtd_process(test)));
}

static int allocate(struct kunit *test, struct device *dev)
{
	struct svac_process *process = vtd_process(test);
	struct iommu_domain *domain = to_svac(test)->impl->alloc_sva(dev, process->mm);

	if (!IS_ERR(domain))
		iommu_domain_free(domain);
	return PTR_ERR_OR_ZERO(domain);
}

static void needs_driver_that_checks(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_SVACHECK_VTD_CHECKS_SVA))
		svac_skip(test, "this driver leaves it to who binds whether a device can have SVA");
}

static void device_without_ats_is_not_bound(struct kunit *test)
{
	svac_rules(test, "HW-015");
	svac_needs_not(test, SVAC_REFUSES_BIND, "no bind on this architecture");
	expect_untouched(test, vtd_device(test, VTD_NO_ATS), -EINVAL, bind);
}

static void device_without_ats_has_no_sva_domain(struct kunit *test)
{
	svac_rules(test, "HW-015");
	needs_driver_that_checks(test);
	expect_untouched(test, vtd_device(test, VTD_NO_ATS), -EINVAL, allocate);
}

static void device_without_pasids_has_no_sva_domain(struct kunit *test)
{
	svac_rules(test, "HW-015");
	needs_driver_that_checks(test);
	expect_untouched(test, vtd_device(test, VTD_NO_PASID), -EINVAL, allocate);
	expect_untouched(test, vtd_device(test, VTD_PLAIN), -EINVAL, allocate);
}

static void device_without_pasids_is_not_bound(struct kunit *test)
{
	svac_rules(test, "BIND-024");
	svac_needs_not(test, SVAC_REFUSES_BIND, "no bind on this architecture");
	expect_untouched(test, vtd_device(test, VTD_NO_PASID), -ENOSPC, bind);
	expect_untouched(test, vtd_device(test, VTD_PLAIN), -ENOSPC, bind);
}

static void hardware_that_cannot_is_not_asked(struct kunit *test)
{
	struct device *dev = vtd_device(test, VTD_FULL);
	struct intel_iommu *unit = vtd_unit(dev);
	u32 flags = unit->flags;

	svac_rules(test, "HW-016");
	needs_driver_that_checks(test);
	unit->flags &= ~VTD_FLAG_SVM_CAPABLE;
	expect_untouched(test, dev, -ENODEV, allocate);
	unit->flags = flags;
}

/* A PASID that the device has not */
static const struct beyond_row {
	const char *name;
	enum vtd_device which;
	ioasid_t pasid;
} beyond_rows[] = {
	{ "none", VTD_FULL, IOMMU_NO_PASID },
	{ "beyond", VTD_FULL, BIT(20) },
	{ "beyond-narrow", VTD_NARROW, BIT(VTD_NARROW_BITS) },
	{ "far-beyond-narrow", VTD_NARROW, BIT(19) },
	{ "beyond-no-ats", VTD_NO_ATS, BIT(20) },
};

SVAC_ROWS(beyond_rows);

static int set_row(struct kunit *test, struct device *dev)
{
	const struct beyond_row *row = to_svac(test)->row;
	struct iommu_domain *domain = vtd_paging_domain(test, dev);

	return vtd_set(test, domain, dev, row->pasid);
}

static void pasid_that_is_not_there_is_refused(struct kunit *test)
{
	const struct beyond_row *row = to_svac(test)->row;

	svac_rules(test, "PASID-008", "PASID-009", "PASID-010");
	expect_untouched(test, vtd_device(test, row->which), -EINVAL, set_row);
}

static int set_one(struct kunit *test, struct device *dev)
{
	return vtd_set(test, vtd_paging_domain(test, vtd_device(test, VTD_FULL)), dev, 1);
}

static void device_without_pasids_is_passed_over(struct kunit *test)
{
	svac_rules(test, "PASID-038");
	expect_untouched(test, vtd_device(test, VTD_NO_PASID), 0, set_one);
	expect_untouched(test, vtd_device(test, VTD_PLAIN), 0, set_one);
}

static void pasid_of_the_process_that_is_taken_is_busy(struct kunit *test)
{
	struct device *dev = vtd_device(test, VTD_FULL), *other = vtd_device(test, VTD_SECOND);
	struct svac_process *process = vtd_process(test);
	struct iommu_domain *domain;
	struct vtd_shot *shot;
	ioasid_t pasid;

	svac_rules(test, "BIND-010", "HW-004");
	pasid = iommu_sva_get_pasid(vtd_bound(test, dev, process));
	domain = vtd_paging_domain(test, other);
	KUNIT_ASSERT_EQ(test, vtd_set(test, domain, other, pasid), 0);
	shot = vtd_shot(test, other);
	svac_expect_err_ptr(test, vtd_bind(test, other, process), -EBUSY);
	vtd_expect_ok(test, vtd_changed(test, shot, other, IOMMU_NO_PASID));
}

static void kernel_that_refuses_to_bind_asks_nobody(struct kunit *test)
{
	svac_rules(test, "BIND-031");
	svac_needs(test, SVAC_REFUSES_BIND, "refusal to bind on this architecture");
	expect_untouched(test, vtd_device(test, VTD_FULL), -EOPNOTSUPP, bind);
	expect_untouched(test, vtd_device(test, VTD_NARROW), -EOPNOTSUPP, bind);
}

static struct kunit_case refusal_cases[] = {
	SVAC_CASE(device_without_ats_is_not_bound),
	SVAC_CASE(device_without_ats_has_no_sva_domain),
	SVAC_CASE(device_without_pasids_has_no_sva_domain),
	SVAC_CASE(device_without_pasids_is_not_bound),
	SVAC_CASE(hardware_that_cannot_is_not_asked),
	SVAC_CASE_ROWS(pasid_that_is_not_there_is_refused, beyond_rows),
	SVAC_CASE(device_without_pasids_is_passed_over),
	SVAC_CASE(pasid_of_the_process_that_is_taken_is_busy),
	SVAC_CASE(kernel_that_refuses_to_bind_asks_nobody),
	{ }
};

SVAC_SUITE(svac_vtd_refusal, refusal_cases);
