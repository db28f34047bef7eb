// SPDX-License-Identifier: GPL-2.0
/*
 * One thing in place of another on a PASID of the real driver.
 */
#include "spec.h"
#include "vtd.h"

#define PASID	70

/* What is set, and what comes in its place */
static const struct replace_row {
	const char *name;
	bool from_process;
	bool to_process;
} replace_rows[] = {
	{ "paging-by-paging", false, false },
	{ "process-by-paging", true, false },
	{ "paging-by-process", false, true },
	{ "process-by-process", true, true },
};

SVAC_ROWS(replace_rows);

/**
 * struct scene - what is set
 * @dev: the device
 * @process: that is set, or comes in its place
 * @old: that is set
 * @new: that comes in its place
 * @flush: what has to be flushed of what was set
 */
struct scene {
	struct device *dev;
	struct svac_process *process;
	struct iommu_domain *old;
	struct iommu_domain *new;
	struct vtd_flush flush;
};

static struct scene begin(struct kunit *test)
{
	const struct replace_row *row = to_svac(test)->row;
	struct scene scene = { .dev = vtd_device(test, VTD_FULL), .process = vtd_process(test) };
	struct vtd_entry entry;

	svac_needs(test, SVAC_REPLACE, "replace()");
	scene.old = row->from_process ?
		    vtd_sva_domain(test, scene.dev, vtd_process(test)) :
		    vtd_paging_domain(test, scene.dev);
	scene.new = row->to_process ?
		    vtd_sva_domain(test, scene.dev, scene.process) :
		    vtd_paging_domain(test, scene.dev);
	KUNIT_ASSERT_EQ(test, vtd_set(test, scene.old, scene.dev, PASID), 0);
	entry = vtd_entry(scene.dev, PASID);
	scene.flush = vtd_all_of(scene.dev, PASID, &entry);
	vtd_listen(scene.dev, PASID, NULL);
	return scene;
}

static int replace(struct kunit *test, const struct scene *scene)
{
	return to_svac(test)->impl->replace(scene->new, scene->dev, PASID);
}

static void what_comes_is_there(struct kunit *test)
{
	const struct replace_row *row = to_svac(test)->row;
	struct vtd_entry entry;
	struct scene scene;

	svac_rules(test, "PASID-039", "HW-001", "HW-002");
	scene = begin(test);
	svac_expect_ret(test, replace(test, &scene), 0);
	entry = vtd_entry(scene.dev, PASID);
	KUNIT_EXPECT_TRUE_MSG(test, entry.p, "the entry is not present\n");
	vtd_expect_ok(test, vtd_sound(&entry, vtd_unit(scene.dev)));
	if (row->to_process)
		vtd_expect_ok(test, vtd_of_process(&entry, scene.process->mm));
}

static void what_was_is_flushed(struct kunit *test)
{
	struct scene scene;

	svac_rules(test, "HW-008", "HW-014");
	scene = begin(test);
	svac_expect_ret(test, replace(test, &scene), 0);
	vtd_expect_ok(test, vtd_torn_down(vtd_heard(test), &scene.flush));
}

static void device_is_flushed_of_what_was(struct kunit *test)
{
	struct scene scene;

	svac_rules(test, "HW-009");
	scene = begin(test);
	svac_expect_ret(test, replace(test, &scene), 0);
	vtd_expect_ok(test, vtd_range_flushed_in_device(vtd_heard(test), &scene.flush));
}

static void replacing_changes_one_entry(struct kunit *test)
{
	struct vtd_shot *shot;
	struct scene scene;

	svac_rules(test, "HW-004", "DRV-005", "DRV-006");
	scene = begin(test);
	shot = vtd_shot(test, scene.dev);
	svac_expect_ret(test, replace(test, &scene), 0);
	vtd_expect_ok(test, vtd_changed(test, shot, scene.dev, PASID));
}

static void what_came_goes_as_what_was(struct kunit *test)
{
	struct vtd_entry entry;
	struct scene scene;

	svac_rules(test, "PASID-039", "HW-008", "HW-010");
	scene = begin(test);
	KUNIT_ASSERT_EQ(test, replace(test, &scene), 0);
	entry = vtd_entry(scene.dev, PASID);
	scene.flush = vtd_all_of(scene.dev, PASID, &entry);
	vtd_listen(scene.dev, PASID, NULL);
	vtd_block(test, scene.new, scene.dev, PASID);
	vtd_expect_ok(test, vtd_torn_down(vtd_heard(test), &scene.flush));
	KUNIT_EXPECT_EQ(test, vtd_entry(scene.dev, PASID).words[0], 0);
}

static struct kunit_case replace_cases[] = {
	SVAC_CASE_ROWS(what_comes_is_there, replace_rows),
	SVAC_CASE_ROWS(what_was_is_flushed, replace_rows),
	SVAC_CASE_ROWS(device_is_flushed_of_what_was, replace_rows),
	SVAC_CASE_ROWS(replacing_changes_one_entry, replace_rows),
	SVAC_CASE_ROWS(what_came_goes_as_what_was, replace_rows),
	{ }
};

SVAC_SUITE(svac_vtd_replace, replace_cases);
