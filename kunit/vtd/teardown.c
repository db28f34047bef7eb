// SPDX-License-Identifier: GPL-2.0
/*
 * What the driver does, and in which order, when something is set on a PASID no
 * longer.
 */
#include "spec.h"
#include "vtd.h"

/* Who goes, and how */
static const struct end_row {
	const char *name;
	enum vtd_device which;
	enum end {
		UNBIND,
		BLOCK,
		BLOCK_PAGING,
	} end;
	ioasid_t pasid;
} end_rows[] = {
	{ "unbind", VTD_FULL, UNBIND },
	{ "unbind-from-another", VTD_SECOND, UNBIND },
	{ "unbind-from-a-narrow-one", VTD_NARROW, UNBIND },
	{ "block", VTD_FULL, BLOCK, 1 },
	{ "block-in-another-table", VTD_FULL, BLOCK, 70 },
	{ "block-the-last", VTD_FULL, BLOCK, BIT(20) - 1 },
	{ "block-paging", VTD_FULL, BLOCK_PAGING, 5 },
	{ "block-paging-in-another-table", VTD_SECOND, BLOCK_PAGING, 70 },
	{ "block-paging-of-a-narrow-one", VTD_NARROW, BLOCK_PAGING, 100 },
	{ "block-paging-without-ats", VTD_NO_ATS, BLOCK_PAGING, 9 },
};

SVAC_ROWS(end_rows);

/**
 * struct scene - something that is set
 * @dev: the device
 * @pasid: its PASID
 * @handle: of a process that is bound, or NULL
 * @domain: that is set, or NULL
 * @flush: what has to be flushed once it goes
 */
struct scene {
	struct device *dev;
	ioasid_t pasid;
	struct iommu_sva *handle;
	struct iommu_domain *domain;
	struct vtd_flush flush;
};

static struct scene begin(struct kunit *test)
{
	const struct end_row *row = to_svac(test)->row;
	struct scene scene = { .dev = vtd_device(test, row->which), .pasid = row->pasid };
	struct vtd_entry entry;

	if (row->end == UNBIND) {
		scene.handle = vtd_bound(test, scene.dev, vtd_process(test));
		scene.pasid = iommu_sva_get_pasid(scene.handle);
	} else {
		scene.domain = row->end == BLOCK ?
			       vtd_sva_domain(test, scene.dev, vtd_process(test)) :
			       vtd_paging_domain(test, scene.dev);
		KUNIT_ASSERT_EQ(test, vtd_set(test, scene.domain, scene.dev, scene.pasid), 0);
	}
	entry = vtd_entry(scene.dev, scene.pasid);
	KUNIT_ASSERT_TRUE_MSG(test, entry.p, "this case has to set a PASID first\n");
	scene.flush = vtd_all_of(scene.dev, scene.pasid, &entry);
	vtd_listen(scene.dev, scene.pasid, NULL);
	return scene;
}

static const struct vtd_log *end(struct kunit *test, struct scene *scene)
{
	if (scene->handle)
		vtd_unbind(test, scene->handle);
	else
		vtd_block(test, scene->domain, scene->dev, scene->pasid);
	return vtd_heard(test);
}

static void caches_are_flushed_once_the_entry_is_gone(struct kunit *test)
{
	struct scene scene;

	svac_rules(test, "HW-008");
	scene = begin(test);
	vtd_expect_ok(test, vtd_torn_down(end(test, &scene), &scene.flush));
}

static void device_is_flushed_once_the_iotlb_is(struct kunit *test)
{
	struct scene scene;

	svac_rules(test, "HW-009");
	scene = begin(test);
	vtd_expect_ok(test, vtd_range_flushed_in_device(end(test, &scene), &scene.flush));
}

static void nothing_of_the_entry_is_left(struct kunit *test)
{
	struct vtd_entry entry;
	struct scene scene;
	unsigned int i;

	svac_rules(test, "HW-010", "DRV-009", "PASID-015");
	scene = begin(test);
	end(test, &scene);
	entry = vtd_entry(scene.dev, scene.pasid);
	KUNIT_EXPECT_FALSE_MSG(test, entry.p, "the entry is still present\n");
	for (i = 0; i < ENTRY_WORDS; i++)
		KUNIT_EXPECT_EQ_MSG(test, entry.words[i], 0, "word %u of the entry is left\n", i);
}

static void ending_waits_for_the_hardware(struct kunit *test)
{
	struct scene scene;

	svac_rules(test, "HW-011");
	scene = begin(test);
	vtd_expect_ok(test, vtd_waited(end(test, &scene), scene.dev));
}

static void ending_changes_one_entry(struct kunit *test)
{
	struct vtd_shot *shot;
	struct scene scene;

	svac_rules(test, "HW-004", "DRV-005", "DRV-006", "PASID-022");
	scene = begin(test);
	shot = vtd_shot(test, scene.dev);
	end(test, &scene);
	vtd_expect_ok(test, vtd_changed(test, shot, scene.dev, scene.pasid));
}

/* A process that is bound, and what has to be flushed when it ends */
static struct scene begin_to_end(struct kunit *test, struct svac_process *process)
{
	struct scene scene = { .dev = vtd_device(test, VTD_FULL) };
	struct vtd_entry entry;

	scene.handle = vtd_bound(test, scene.dev, process);
	scene.pasid = iommu_sva_get_pasid(scene.handle);
	entry = vtd_entry(scene.dev, scene.pasid);
	scene.flush = vtd_all_of(scene.dev, scene.pasid, &entry);
	vtd_listen(scene.dev, scene.pasid, vtd_page(test, process, process->rw));
	return scene;
}

static void process_that_ends_is_flushed_from_the_caches(struct kunit *test)
{
	struct svac_process *process = vtd_process(test);
	struct scene scene;

	svac_rules(test, "HW-008", "HW-012");
	scene = begin_to_end(test, process);
	svac_process_exit(process);
	vtd_expect_ok(test, vtd_torn_down(vtd_heard(test), &scene.flush));
}

static void process_that_ends_is_flushed_from_the_device(struct kunit *test)
{
	struct svac_process *process = vtd_process(test);
	struct scene scene;

	svac_rules(test, "HW-009", "HW-012");
	scene = begin_to_end(test, process);
	svac_process_exit(process);
	vtd_expect_ok(test, vtd_range_flushed_in_device(vtd_heard(test), &scene.flush));
}

static void process_that_ends_is_gone_before_its_pages(struct kunit *test)
{
	struct svac_process *process = vtd_process(test);
	const struct vtd_log *log;
	struct scene scene;

	svac_rules(test, "HW-012", "BIND-013", "PASID-023");
	scene = begin_to_end(test, process);
	svac_process_exit(process);
	log = vtd_heard(test);
	KUNIT_EXPECT_FALSE(test, vtd_entry(scene.dev, scene.pasid).p);
	KUNIT_EXPECT_GT(test, log->count, 0);
	vtd_expect_ok(test, vtd_kept(log, &scene.flush));
}

static void process_that_ended_leaves_nothing_once_unbound(struct kunit *test)
{
	struct svac_process *process = vtd_process(test);
	struct scene scene;

	svac_rules(test, "HW-010", "BIND-013");
	scene = begin_to_end(test, process);
	svac_process_exit(process);
	vtd_unbind(test, scene.handle);
	KUNIT_EXPECT_EQ(test, vtd_entry(scene.dev, scene.pasid).words[0], 0);
}

static void process_that_ends_leaves_all_its_devices(struct kunit *test)
{
	struct device *dev = vtd_device(test, VTD_FULL), *other = vtd_device(test, VTD_NARROW);
	struct svac_process *process = vtd_process(test);
	ioasid_t pasid;

	svac_rules(test, "HW-012", "BIND-013", "PASID-023");
	pasid = iommu_sva_get_pasid(vtd_bound(test, dev, process));
	vtd_bound(test, other, process);
	svac_process_exit(process);
	KUNIT_EXPECT_FALSE(test, vtd_entry(dev, pasid).p);
	KUNIT_EXPECT_FALSE(test, vtd_entry(other, pasid).p);
}

static void other_device_stays_bound(struct kunit *test)
{
	struct device *dev = vtd_device(test, VTD_FULL), *other = vtd_device(test, VTD_SECOND);
	struct svac_process *process = vtd_process(test);
	struct iommu_sva *handle;
	struct vtd_entry entry;

	svac_rules(test, "DRV-006", "PASID-019", "HW-001");
	handle = vtd_bound(test, dev, process);
	vtd_bound(test, other, process);
	vtd_unbind(test, handle);
	entry = vtd_entry(other, svac_mm_pasid(process->mm));
	vtd_expect_ok(test, vtd_of_process(&entry, process->mm));
	KUNIT_EXPECT_FALSE(test, vtd_entry(dev, svac_mm_pasid(process->mm)).p);
}

static struct kunit_case teardown_cases[] = {
	SVAC_CASE_ROWS(caches_are_flushed_once_the_entry_is_gone, end_rows),
	SVAC_CASE_ROWS(device_is_flushed_once_the_iotlb_is, end_rows),
	SVAC_CASE_ROWS(nothing_of_the_entry_is_left, end_rows),
	SVAC_CASE_ROWS(ending_waits_for_the_hardware, end_rows),
	SVAC_CASE_ROWS(ending_changes_one_entry, end_rows),
	SVAC_CASE(process_that_ends_is_flushed_from_the_caches),
	SVAC_CASE(process_that_ends_is_flushed_from_the_device),
	SVAC_CASE(process_that_ends_is_gone_before_its_pages),
	SVAC_CASE(process_that_ended_leaves_nothing_once_unbound),
	SVAC_CASE(process_that_ends_leaves_all_its_devices),
	SVAC_CASE(other_device_stays_bound),
	{ }
};

SVAC_SUITE(svac_vtd_teardown, teardown_cases);
