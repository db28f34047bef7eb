// SPDX-License-Identifier: GPL-2.0
/*
 * What the driver asks for when a process that is bound changes its memory.
 */
#include <linux/sizes.h>

#include "spec.h"
#include "vtd.h"

/* Where two halves of the address space meet: no small power of two covers both */
#define DIVIDE	BIT(46)

/* What changes, how, and on which device it is seen */
static const struct change_row {
	const char *name;
	enum vtd_device which;
	unsigned long at;
	size_t size;
	enum {
		UNMAP,
		PROTECT,
		MOVE,
	} how;
} change_rows[] = {
	{ "unmap-a-page", VTD_FULL, 0, SZ_4K, UNMAP },
	{ "unmap-a-page-of-another", VTD_SECOND, 0, SZ_4K, UNMAP },
	{ "unmap-a-page-of-a-narrow-one", VTD_NARROW, 0, SZ_4K, UNMAP },
	{ "unmap-two-pages", VTD_FULL, DIVIDE / 2, 2 * SZ_4K, UNMAP },
	{ "unmap-two-pages-astride-8K", VTD_FULL, DIVIDE / 2 + SZ_4K, 2 * SZ_4K, UNMAP },
	{ "unmap-three-pages", VTD_FULL, DIVIDE / 2 + 5 * SZ_4K, 3 * SZ_4K, UNMAP },
	{ "unmap-sixteen-pages", VTD_FULL, DIVIDE / 2, SZ_64K, UNMAP },
	{ "unmap-a-hundred-pages", VTD_FULL, DIVIDE / 2 + 33 * SZ_4K, 100 * SZ_4K, UNMAP },
	{ "unmap-a-table-of-pages", VTD_FULL, DIVIDE / 2, SZ_2M, UNMAP },
	{ "unmap-across-the-middle", VTD_FULL, DIVIDE - SZ_4K, 2 * SZ_4K, UNMAP },
	{ "protect-a-page", VTD_FULL, 0, SZ_4K, PROTECT },
	{ "protect-a-page-of-a-narrow-one", VTD_NARROW, 0, SZ_4K, PROTECT },
	{ "protect-three-pages", VTD_FULL, DIVIDE / 2 + 5 * SZ_4K, 3 * SZ_4K, PROTECT },
	{ "protect-across-the-middle", VTD_FULL, DIVIDE - SZ_4K, 2 * SZ_4K, PROTECT },
	{ "move-a-page", VTD_FULL, 0, SZ_4K, MOVE },
	{ "move-a-page-of-a-narrow-one", VTD_NARROW, 0, SZ_4K, MOVE },
	{ "move-three-pages", VTD_FULL, DIVIDE / 2 + 5 * SZ_4K, 3 * SZ_4K, MOVE },
	{ "move-a-table-of-pages", VTD_FULL, DIVIDE / 2, SZ_2M, MOVE },
};

SVAC_ROWS(change_rows);

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
	const struct change_row *row = to_svac(test)->row;
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

/* The process changes it */
static const struct vtd_log *change(struct kunit *test, struct scene *scene)
{
	const struct change_row *row = to_svac(test)->row;
	long ret;

	if (row->how == UNMAP)
		ret = vtd_unmap(scene->process, scene->at, scene->size);
	else if (row->how == PROTECT)
		ret = vtd_protect(scene->process, scene->at, scene->size);
	else
		ret = vtd_move(scene->process, scene->at, scene->size);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(ret));
	return vtd_heard(test);
}

static void memory_that_changes_leaves_the_iotlb(struct kunit *test)
{
	const struct vtd_log *log;
	struct scene scene;

	svac_rules(test, "HW-006", "DRV-021");
	scene = begin(test);
	log = change(test, &scene);
	vtd_expect_ok(test, vtd_range_flushed(log, &scene.flush));
	vtd_expect_ok(test, vtd_kept(log, &scene.flush));
}

static void memory_that_changes_leaves_the_device(struct kunit *test)
{
	const struct vtd_log *log;
	struct scene scene;

	svac_rules(test, "HW-007", "DRV-021");
	scene = begin(test);
	KUNIT_ASSERT_NE_MSG(test, scene.flush.sid, 0, "the device has no TLB in use\n");
	log = change(test, &scene);
	vtd_expect_ok(test, vtd_range_flushed_in_device(log, &scene.flush));
}

static void changing_memory_waits_for_the_hardware(struct kunit *test)
{
	struct scene scene;

	svac_rules(test, "HW-011");
	scene = begin(test);
	vtd_expect_ok(test, vtd_waited(change(test, &scene), scene.dev));
}

static void hardware_may_no_longer_write_there(struct kunit *test)
{
	struct vtd_entry entry;
	struct scene scene;

	svac_rules(test, "PASID-003");
	scene = begin(test);
	change(test, &scene);
	entry = vtd_entry(scene.dev, scene.pasid);
	vtd_expect_ok(test, vtd_leads_to(&entry, scene.at, 0, true));
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

	svac_rules(test, "HW-007");
	pasid = iommu_sva_get_pasid(vtd_bound(test, dev, process));
	vtd_bound(test, other, process);
	entry = vtd_entry(other, pasid);
	flush = vtd_all_of(other, pasid, &entry);
	flush.start = process->rw;
	flush.last = process->rw + PAGE_SIZE - 1;
	vtd_listen(other, pasid, NULL);
	svac_expect_ret(test, svac_unmap(process, process->rw), 0);
	log = vtd_heard(test);
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
	SVAC_CASE_ROWS(memory_that_changes_leaves_the_iotlb, change_rows),
	SVAC_CASE_ROWS(memory_that_changes_leaves_the_device, change_rows),
	SVAC_CASE_ROWS(changing_memory_waits_for_the_hardware, change_rows),
	SVAC_CASE_ROWS(hardware_may_no_longer_write_there, change_rows),
	SVAC_CASE(every_device_of_the_process_is_told),
	SVAC_CASE(nobody_is_told_of_a_process_that_is_not_bound),
	{ }
};

SVAC_SUITE(svac_vtd_invalidate, invalidate_cases);
