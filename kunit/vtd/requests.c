// SPDX-License-Identifier: GPL-2.0
/*
 * Page requests of a device: what it would have put into the hardware's queue is
 * put there for it, and the driver's thread told as by the hardware's interrupt.
 */
#include <linux/bitfield.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/pci.h>

#include "../../intel/iommu.h"
#include "spec.h"
#include "vtd.h"

/* A minute, which only a machine that stands still takes */
#define PATIENCE	3000
#define GROUP		17

/**
 * struct scene - a process that is bound to a device that asks for pages
 * @dev: the device
 * @process: the process
 * @handle: of the bond
 * @pasid: of it
 */
struct scene {
	struct device *dev;
	struct svac_process *process;
	struct iommu_sva *handle;
	ioasid_t pasid;
};

static struct scene begin(struct kunit *test)
{
	struct scene scene = { .dev = vtd_device(test, VTD_PRI), .process = vtd_process(test) };

	scene.handle = vtd_bound(test, scene.dev, scene.process);
	scene.pasid = iommu_sva_get_pasid(scene.handle);
	vtd_listen(scene.dev, scene.pasid, NULL);
	return scene;
}

/* 7.4: one more at the tail of the queue */
static void put(struct scene *scene, ioasid_t pasid, unsigned long va, u64 flags)
{
	struct intel_iommu *unit = vtd_unit(scene->dev);
	u64 base = readq(unit->reg + PQA_REG), tail = readq(unit->reg + PQT_REG);
	u64 *words = phys_to_virt(base & POINTER) + tail;

	words[0] = PRQ_TYPE | PRQ_PP | FIELD_PREP(PRQ_RID, vtd_sid(scene->dev)) |
		   FIELD_PREP(PRQ_PASID, pasid);
	words[1] = (va & PAGE_MASK) | FIELD_PREP(PRQ_PRGI, GROUP) | flags;
	words[2] = 0;
	words[3] = 0;
	tail += 4 * sizeof(u64);
	writeq(tail & ((PAGE_SIZE << (base & GENMASK(2, 0))) - 1), unit->reg + PQT_REG);
}

static void ring(struct scene *scene)
{
	struct intel_iommu *unit = vtd_unit(scene->dev);

	irq_wake_thread(unit->pr_irq, unit);
}

static const struct vtd_log *heard_response(struct kunit *test)
{
	unsigned int turns = 0;

	while (!vtd_heard_of(INV_RESPONSE) && turns++ < PATIENCE)
		msleep(20);
	KUNIT_EXPECT_LT_MSG(test, turns, PATIENCE, "there is no response\n");
	return vtd_heard(test);
}

/* 7.7.1: there is one response, and it is this */
static void expect_response(struct kunit *test, const struct vtd_log *log, struct scene *scene,
			    ioasid_t pasid, unsigned int code)
{
	const u64 *words = NULL;
	unsigned int i, found = 0;

	for (i = 0; i < log->count; i++) {
		if (vtd_type(&log->requests[i]) != INV_RESPONSE)
			continue;
		words = log->requests[i].words;
		found++;
	}
	KUNIT_EXPECT_EQ_MSG(test, found, 1, "there are %u responses, expected 1\n", found);
	if (!words)
		return;
	KUNIT_EXPECT_EQ(test, FIELD_GET(RESPONSE_CODE, words[0]), code);
	KUNIT_EXPECT_EQ(test, FIELD_GET(PRQ_RID, words[0]), vtd_sid(scene->dev));
	KUNIT_EXPECT_TRUE(test, words[0] & RESPONSE_PP);
	KUNIT_EXPECT_EQ(test, FIELD_GET(PRQ_PASID, words[0]), pasid);
	KUNIT_EXPECT_EQ(test, FIELD_GET(PRQ_PRGI, words[1]), GROUP);
}

static void device_that_asks_may_ask(struct kunit *test)
{
	struct device *dev = vtd_device(test, VTD_PRI);

	svac_rules(test, "HW-005");
	vtd_expect_ok(test, vtd_context_wrong(vtd_context(vtd_unit(dev), vtd_sid(dev)), dev));
}

/* What a device asks for, and what it gets */
static const struct page_row {
	const char *name;
	size_t page;
	u64 wants;
	unsigned int code;
	bool there;
} page_rows[] = {
	{ "fresh-to-write", offsetof(struct svac_process, fresh), PRQ_R | PRQ_W,
	  RESPONSE_SUCCESS, true },
	{ "fresh-to-read", offsetof(struct svac_process, fresh), PRQ_R, RESPONSE_SUCCESS, true },
	{ "touched", offsetof(struct svac_process, rw), PRQ_R | PRQ_W, RESPONSE_SUCCESS, true },
	{ "only-read-to-read", offsetof(struct svac_process, ro), PRQ_R, RESPONSE_SUCCESS, true },
	{ "only-read-to-write", offsetof(struct svac_process, ro), PRQ_R | PRQ_W,
	  RESPONSE_INVALID, false },
	{ "nothing", offsetof(struct svac_process, hole), PRQ_R, RESPONSE_INVALID, false },
};

SVAC_ROWS(page_rows);

static unsigned long row_page(const struct page_row *row, const struct svac_process *process)
{
	return *(const unsigned long *)((const char *)process + row->page);
}

static void page_that_is_asked_for_is_there_or_refused(struct kunit *test)
{
	const struct page_row *row = to_svac(test)->row;
	const struct vtd_log *log;
	struct vtd_entry entry;
	unsigned long va;
	struct scene scene;

	svac_rules(test, "FLT-001", "FLT-016", "FLT-017", "FLT-019");
	scene = begin(test);
	va = row_page(row, scene.process);
	put(&scene, scene.pasid, va, row->wants | PRQ_L);
	ring(&scene);
	log = heard_response(test);
	expect_response(test, log, &scene, scene.pasid, row->code);
	entry = vtd_entry(scene.dev, scene.pasid);
	KUNIT_EXPECT_EQ(test, !!vtd_translate(&entry, va, row->wants & PRQ_W), row->there);
}

static void page_of_a_pasid_that_is_not_bound_is_refused(struct kunit *test)
{
	const struct vtd_log *log;
	struct vtd_entry entry;
	struct scene scene;

	svac_rules(test, "FLT-016", "FLT-017", "FLT-019", "ISO-004");
	scene = begin(test);
	put(&scene, scene.pasid + 1, scene.process->fresh, PRQ_R | PRQ_L);
	ring(&scene);
	log = heard_response(test);
	expect_response(test, log, &scene, scene.pasid + 1, RESPONSE_INVALID);
	entry = vtd_entry(scene.dev, scene.pasid);
	vtd_expect_ok(test, vtd_leads_to(&entry, scene.process->fresh, 0, false));
}

static void group_is_answered_once(struct kunit *test)
{
	const struct vtd_log *log;
	struct vtd_entry entry;
	struct scene scene;

	svac_rules(test, "FLT-016", "FLT-017", "FLT-020");
	scene = begin(test);
	put(&scene, scene.pasid, scene.process->fresh, PRQ_R | PRQ_W);
	put(&scene, scene.pasid, scene.process->rw, PRQ_R);
	put(&scene, scene.pasid, scene.process->ro, PRQ_R | PRQ_L);
	ring(&scene);
	log = heard_response(test);
	expect_response(test, log, &scene, scene.pasid, RESPONSE_SUCCESS);
	entry = vtd_entry(scene.dev, scene.pasid);
	KUNIT_EXPECT_NE(test, vtd_translate(&entry, scene.process->fresh, true), 0);
	KUNIT_EXPECT_NE(test, vtd_translate(&entry, scene.process->ro, false), 0);
}

static void unbinding_drains_what_was_asked_for(struct kunit *test)
{
	const struct vtd_log *log;
	struct scene scene;
	unsigned int i, at = 0;

	svac_rules(test, "FLT-018", "HW-018");
	scene = begin(test);
	put(&scene, scene.pasid, scene.process->fresh, PRQ_R);
	put(&scene, scene.pasid, scene.process->rw, PRQ_R | PRQ_L);
	ring(&scene);
	vtd_unbind(test, scene.handle);
	log = vtd_heard(test);
	for (i = 0; i < log->count; i++)
		if (vtd_type(&log->requests[i]) == INV_RESPONSE)
			at = i + 1;
	/* What the thread had taken was answered, and before the hardware was drained */
	KUNIT_EXPECT_LE(test, vtd_heard_of(INV_RESPONSE), 1);
	KUNIT_EXPECT_TRUE(test, at < log->count);
	vtd_expect_ok(test, vtd_drained(log, scene.dev));
}

static struct kunit_case requests_cases[] = {
	SVAC_CASE(device_that_asks_may_ask),
	SVAC_CASE_ROWS(page_that_is_asked_for_is_there_or_refused, page_rows),
	SVAC_CASE(page_of_a_pasid_that_is_not_bound_is_refused),
	SVAC_CASE(group_is_answered_once),
	SVAC_CASE(unbinding_drains_what_was_asked_for),
	{ }
};

SVAC_SUITE(svac_vtd11_requests, requests_cases);
