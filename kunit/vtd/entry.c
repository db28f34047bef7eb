// SPDX-License-Identifier: GPL-2.0
/*
 * What the hardware finds once something is set on a PASID.
 */
#include "spec.h"
#include "vtd.h"

/* A device that can be bound */
static const struct bound_row {
	const char *name;
	enum vtd_device which;
} bound_rows[] = {
	{ "wide", VTD_FULL },
	{ "another-wide", VTD_SECOND },
	{ "narrow", VTD_NARROW },
	/* It could ask for pages, but in this machine nobody hears that */
	{ "unheard", VTD_PRI },
};

SVAC_ROWS(bound_rows);

static struct device *row_device(struct kunit *test)
{
	const struct bound_row *row = to_svac(test)->row;

	return vtd_device(test, row->which);
}

static void bound_entry_is_the_process(struct kunit *test)
{
	struct device *dev = row_device(test);
	struct svac_process *process = vtd_process(test);
	struct iommu_sva *handle;
	struct vtd_entry entry;

	svac_rules(test, "HW-001", "BIND-001", "DRV-003");
	handle = vtd_bound(test, dev, process);
	entry = vtd_entry(dev, iommu_sva_get_pasid(handle));
	vtd_expect_ok(test, vtd_of_process(&entry, process->mm));
}

static void bound_entry_is_sound(struct kunit *test)
{
	struct device *dev = row_device(test);
	struct svac_process *process = vtd_process(test);
	struct iommu_sva *handle;
	struct vtd_entry entry;

	svac_rules(test, "HW-002");
	handle = vtd_bound(test, dev, process);
	entry = vtd_entry(dev, iommu_sva_get_pasid(handle));
	vtd_expect_ok(test, vtd_sound(&entry, vtd_unit(dev)));
}

static void bind_changes_one_entry(struct kunit *test)
{
	struct device *dev = row_device(test);
	struct svac_process *process = vtd_process(test);
	const struct vtd_shot *shot = vtd_shot(test, dev);
	struct iommu_sva *handle;

	svac_rules(test, "HW-004", "DRV-005", "DRV-006", "PASID-022");
	handle = vtd_bound(test, dev, process);
	vtd_expect_ok(test, vtd_changed(test, shot, dev, iommu_sva_get_pasid(handle)));
}

static void hardware_sees_the_process(struct kunit *test)
{
	struct device *dev = row_device(test);
	struct svac_process *process = vtd_process(test);
	struct iommu_sva *handle;
	struct vtd_entry entry;

	svac_rules(test, "PASID-003", "HW-001");
	handle = vtd_bound(test, dev, process);
	entry = vtd_entry(dev, iommu_sva_get_pasid(handle));
	vtd_expect_ok(test, vtd_sees(&entry, process));
}

static void binding_again_asks_for_nothing(struct kunit *test)
{
	struct device *dev = row_device(test);
	struct svac_process *process = vtd_process(test);
	const struct vtd_shot *shot;
	struct iommu_sva *handle;
	ioasid_t pasid;

	svac_rules(test, "BIND-002");
	handle = vtd_bound(test, dev, process);
	pasid = iommu_sva_get_pasid(handle);
	shot = vtd_shot(test, dev);
	vtd_listen(dev, pasid, NULL);
	KUNIT_EXPECT_PTR_EQ(test, vtd_bind(test, dev, process), handle);
	vtd_unbind(test, handle);
	KUNIT_EXPECT_EQ(test, vtd_heard(test)->count, 0);
	/* PASID 0 is no process's: it may not have changed either */
	vtd_expect_ok(test, vtd_changed(test, shot, dev, IOMMU_NO_PASID));
	KUNIT_EXPECT_TRUE(test, vtd_entry(dev, pasid).p);
}

static void bound_again_the_process_is_back(struct kunit *test)
{
	struct device *dev = row_device(test);
	struct svac_process *process = vtd_process(test);
	struct iommu_sva *handle;
	struct vtd_entry entry;
	ioasid_t pasid;

	svac_rules(test, "BIND-012", "PASID-016", "HW-001");
	handle = vtd_bound(test, dev, process);
	pasid = iommu_sva_get_pasid(handle);
	vtd_unbind(test, handle);
	handle = vtd_bound(test, dev, process);
	KUNIT_EXPECT_EQ(test, iommu_sva_get_pasid(handle), pasid);
	entry = vtd_entry(dev, pasid);
	vtd_expect_ok(test, vtd_of_process(&entry, process->mm));
	vtd_expect_ok(test, vtd_sees(&entry, process));
}

static void processes_have_entries_of_their_own(struct kunit *test)
{
	struct device *dev = vtd_device(test, VTD_FULL);
	struct svac_process *one = vtd_process(test), *two = vtd_process(test);
	struct iommu_sva *first, *second;
	struct vtd_entry entry;

	svac_rules(test, "BIND-003", "PASID-019", "HW-001");
	first = vtd_bound(test, dev, one);
	second = vtd_bound(test, dev, two);
	KUNIT_EXPECT_NE(test, iommu_sva_get_pasid(first), iommu_sva_get_pasid(second));
	entry = vtd_entry(dev, iommu_sva_get_pasid(first));
	vtd_expect_ok(test, vtd_of_process(&entry, one->mm));
	entry = vtd_entry(dev, iommu_sva_get_pasid(second));
	vtd_expect_ok(test, vtd_of_process(&entry, two->mm));
}

static void devices_of_a_process_have_one_pasid(struct kunit *test)
{
	struct device *dev = vtd_device(test, VTD_FULL), *other = vtd_device(test, VTD_SECOND);
	struct svac_process *process = vtd_process(test);
	const struct vtd_shot *shot;
	struct iommu_sva *handle;
	struct vtd_entry entry;
	ioasid_t pasid;

	svac_rules(test, "BIND-003", "DRV-006", "HW-001", "HW-004");
	pasid = iommu_sva_get_pasid(vtd_bound(test, dev, process));
	shot = vtd_shot(test, dev);
	handle = vtd_bound(test, other, process);
	KUNIT_EXPECT_EQ(test, iommu_sva_get_pasid(handle), pasid);
	vtd_expect_ok(test, vtd_changed(test, shot, other, pasid));
	entry = vtd_entry(other, pasid);
	vtd_expect_ok(test, vtd_of_process(&entry, process->mm));
}

/* Ends of the tables that PASIDs are looked up in */
static const struct place_row {
	const char *name;
	enum vtd_device which;
	ioasid_t pasid;
} place_rows[] = {
	{ "first", VTD_FULL, 1 },
	{ "last-of-first-table", VTD_FULL, 63 },
	{ "first-of-second-table", VTD_FULL, 64 },
	{ "second-table", VTD_FULL, 70 },
	{ "last-of-first-page", VTD_FULL, 32767 },
	{ "first-of-second-page", VTD_FULL, 32768 },
	{ "last", VTD_FULL, BIT(20) - 1 },
	{ "other-device", VTD_SECOND, 70 },
	{ "narrow-first", VTD_NARROW, 1 },
	{ "narrow-last", VTD_NARROW, BIT(VTD_NARROW_BITS) - 1 },
};

SVAC_ROWS(place_rows);

static void every_pasid_has_its_place(struct kunit *test)
{
	const struct place_row *row = to_svac(test)->row;
	struct device *dev = vtd_device(test, row->which);
	struct svac_process *process = vtd_process(test);
	struct iommu_domain *domain;
	struct vtd_shot *shot;
	struct vtd_entry entry;

	svac_rules(test, "HW-001", "HW-002", "HW-004", "PASID-009", "DRV-003", "DRV-014");
	domain = vtd_sva_domain(test, dev, process);
	shot = vtd_shot(test, dev);
	svac_expect_ret(test, vtd_set(test, domain, dev, row->pasid), 0);
	entry = vtd_entry(dev, row->pasid);
	vtd_expect_ok(test, vtd_of_process(&entry, process->mm));
	vtd_expect_ok(test, vtd_sound(&entry, vtd_unit(dev)));
	vtd_expect_ok(test, vtd_changed(test, shot, dev, row->pasid));
	vtd_block(test, domain, dev, row->pasid);
	KUNIT_EXPECT_FALSE(test, vtd_entry(dev, row->pasid).p);
	vtd_expect_ok(test, vtd_changed(test, shot, dev, row->pasid));
}

/* Every device of the machine */
static const struct bound_row device_rows[] = {
	{ "wide", VTD_FULL },
	{ "narrow", VTD_NARROW },
	{ "no-ats", VTD_NO_ATS },
	{ "no-pasid", VTD_NO_PASID },
	{ "plain", VTD_PLAIN },
};

SVAC_ROWS(device_rows);

static void context_entry_is_what_the_device_has(struct kunit *test)
{
	struct device *dev = row_device(test);

	svac_rules(test, "HW-005");
	vtd_expect_ok(test, vtd_context_wrong(vtd_context(vtd_unit(dev), vtd_sid(dev)), dev));
}

static struct kunit_case entry_cases[] = {
	SVAC_CASE_ROWS(context_entry_is_what_the_device_has, device_rows),
	SVAC_CASE_ROWS(bound_entry_is_the_process, bound_rows),
	SVAC_CASE_ROWS(bound_entry_is_sound, bound_rows),
	SVAC_CASE_ROWS(bind_changes_one_entry, bound_rows),
	SVAC_CASE_ROWS(hardware_sees_the_process, bound_rows),
	SVAC_CASE_ROWS(binding_again_asks_for_nothing, bound_rows),
	SVAC_CASE_ROWS(bound_again_the_process_is_back, bound_rows),
	SVAC_CASE(processes_have_entries_of_their_own),
	SVAC_CASE(devices_of_a_process_have_one_pasid),
	SVAC_CASE_ROWS(every_pasid_has_its_place, place_rows),
	{ }
};

SVAC_SUITE(svac_vtd_entry, entry_cases);
