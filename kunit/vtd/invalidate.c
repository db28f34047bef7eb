// SPDX-License-Identifier: GPL-2.0
/*
 * What the driver asks for when a process that is bound changes its memory.
 */
#include <linux/sizes.h>

#include "spec.h"
#include "vtd.h"

/* Where two halves of the address space meet: no small power of two covers both */
#define DIVIDE	BIT(46)

/* What changes, and on which device it is seen */
static const struct range_row {
	const char *name;
	enum vtd_device which;
	unsigned long at;
	size_t size;
} range_rows[] = {
	{ "a-page", VTD_FULL, 0, SZ_4K },
	{ "a-page-of-another", VTD_SECOND, 0, SZ_4K },
	{ "a-page-of-a-narrow-one", VTD_NARROW, 0, SZ_4K },
	{ "two-pages", VTD_FULL, 16 * DIVIDE / 32, 2 * SZ_4K },
	{ "two-pages-apart-by-8K", VTD_FULL, DIVIDE / 2 + SZ_4K, 2 * SZ_4K },
	{ "three-pages", VTD_FULL, DIVIDE / 2 + 5 * SZ_4K, 3 * SZ_4K },
	{ "sixteen-pages", VTD_FULL, DIVIDE / 2, SZ_64K },
	{ "a-hundred-pages", VTD_FULL, DIVIDE / 2 + 33 * SZ_4K, 100 * SZ_4K },
	{ "a-table-of-pages", VTD_FULL, DIVIDE / 2, SZ_2M },
	{ "across-the-middle", VTD_FULL, DIVIDE - SZ_4K, 2 * SZ_4K },
};

SVAC_ROWS(range_rows);

/**
 * struct scene - a process that is bound, and memory of it that goes
 * @dev: the device
 * @process: the process
 * @pasid: of it
 * @at: the memory
 * @size: of it
 * @flush: what has to be flushed
 */
struct scene {
	struct device *dev;
	struct svac_process *process;
	ioasid_t pasid;
	unsigned long at;
	size_t size;
	struct vtd_flush flush;
};

/* Bound, with the memory there, and the log begun */
static struct scene begin(struct kunit *test)
{
	const struct range_row *row = to_svac(test)->row;
	struct scene scene = {
		.dev = vtd_device(test, row->which),
		.process = vtd_process(test),
		.size = row->size,
	};
	struct vtd_entry entry;

	scene.pasid = iommu_sva_get_pasid(vtd_bound(test, scene.dev, scene.process));
	scene.at = vtd_map(test, scene.process, row->at, row->size);
	vtd_touch(test, scene.process, scene.at, row->size);
	entry = vtd_entry(scene.dev, scene.pasid);
	scene.flush = vtd_all_of(scene.dev, scene.pasid, &entry);
	scene.flush.start = scene.at;
	scene.flush.last = scene.at + scene.size - 1;
	vtd_listen(scene.dev, scene.pasid, vtd_page(test, scene.process, scene.at));
	return scene;
}

static void unmapped_memory_leaves_the_iotlb(struct kunit *test)
{
	const struct vtd_log *log;
	struct scene scene;

	svac_rules(test, "HW-006", "DRV-021");
	scene = begin(test);
	svac_expect_ret(test, vtd_unmap(scene.process, scene.at, scene.size), 0);
	log = vtd_heard(test);
	vtd_expect_ok(test, vtd_range_flushed(log, &scene.flush));
	vtd_expect_ok(test, vtd_kept(log, &scene.flush));
}

static void unmapped_memory_leaves_the_device(struct kunit *test)
{
	struct scene scene;

	svac_rules(test, "HW-007", "DRV-021");
	scene = begin(test);
	KUNIT_ASSERT_NE_MSG(test, scene.flush.sid, 0, "the device has no TLB in use\n");
	svac_expect_ret(test, vtd_unmap(scene.process, scene.at, scene.size), 0);
	vtd_expect_ok(test, vtd_range_flushed_in_device(vtd_heard(test), &scene.flush));
}

static void unmapping_waits_for_the_hardware(struct kunit *test)
{
	struct scene scene;

	svac_rules(test, "HW-011");
	scene = begin(test);
	svac_expect_ret(test, vtd_unmap(scene.process, scene.at, scene.size), 0);
	vtd_expect_ok(test, vtd_waited(vtd_heard(test), scene.dev));
}

static void memory_that_is_only_read_now_is_flushed(struct kunit *test)
{
	const struct vtd_log *log;
	struct vtd_entry entry;
	struct scene scene;

	svac_rules(test, "HW-006", "HW-007", "PASID-003");
	scene = begin(test);
	svac_expect_ret(test, vtd_protect(scene.process, scene.at, scene.size), 0);
	log = vtd_heard(test);
	vtd_expect_ok(test, vtd_range_flushed(log, &scene.flush));
	vtd_expect_ok(test, vtd_range_flushed_in_device(log, &scene.flush));
	entry = vtd_entry(scene.dev, scene.pasid);
	vtd_expect_ok(test, vtd_leads_to(&entry, scene.at, 0, true));
}

static void memory_that_moves_is_flushed_where_it_was(struct kunit *test)
{
	const struct vtd_log *log;
	struct scene scene;
	unsigned long to;

	svac_rules(test, "HW-006", "HW-007");
	scene = begin(test);
	to = vtd_move(scene.process, scene.at, scene.size);
	log = vtd_heard(test);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(to));
	vtd_expect_ok(test, vtd_range_flushed(log, &scene.flush));
	vtd_expect_ok(test, vtd_range_flushed_in_device(log, &scene.flush));
}

static void every_device_of_the_process_is_told(struct kunit *test)
{
	struct device *other = vtd_device(test, VTD_SECOND);
	struct vtd_flush flush;
	const struct vtd_log *log;
	struct svac_process *process = vtd_process(test);
	struct device *dev = vtd_device(test, VTD_FULL);
	struct vtd_entry entry;
	ioasid_t pasid;

	svac_rules(test, "HW-006", "HW-007");
	pasid = iommu_sva_get_pasid(vtd_bound(test, dev, process));
	vtd_bound(test, other, process);
	entry = vtd_entry(other, pasid);
	flush = vtd_all_of(other, pasid, &entry);
	flush.start = process->rw;
	flush.last = process->rw + PAGE_SIZE - 1;
	vtd_listen(other, pasid, NULL);
	svac_expect_ret(test, svac_unmap(process, process->rw), 0);
	log = vtd_heard(test);
	vtd_expect_ok(test, vtd_range_flushed(log, &flush));
	vtd_expect_ok(test, vtd_range_flushed_in_device(log, &flush));
	flush.sid = vtd_sid(dev);
	vtd_expect_ok(test, vtd_range_flushed_in_device(log, &flush));
}

static void nobody_is_told_of_a_process_that_is_not_bound(struct kunit *test)
{
	struct device *dev = vtd_device(test, VTD_FULL);
	struct svac_process *process = vtd_process(test);
	struct iommu_sva *handle;
	ioasid_t pasid;

	svac_rules(test, "BIND-014", "DRV-009");
	handle = vtd_bound(test, dev, process);
	pasid = iommu_sva_get_pasid(handle);
	vtd_unbind(test, handle);
	vtd_listen(dev, pasid, NULL);
	svac_expect_ret(test, svac_unmap(process, process->rw), 0);
	KUNIT_EXPECT_EQ(test, vtd_heard(test)->count, 0);
}

static struct kunit_case invalidate_cases[] = {
	SVAC_CASE_ROWS(unmapped_memory_leaves_the_iotlb, range_rows),
	SVAC_CASE_ROWS(unmapped_memory_leaves_the_device, range_rows),
	SVAC_CASE_ROWS(unmapping_waits_for_the_hardware, range_rows),
	SVAC_CASE_ROWS(memory_that_is_only_read_now_is_flushed, range_rows),
	SVAC_CASE_ROWS(memory_that_moves_is_flushed_where_it_was, range_rows),
	SVAC_CASE(every_device_of_the_process_is_told),
	SVAC_CASE(nobody_is_told_of_a_process_that_is_not_bound),
	{ }
};

SVAC_SUITE(svac_vtd_invalidate, invalidate_cases);
