// SPDX-License-Identifier: GPL-2.0
/*
 * What the driver puts into the invalidation queue, and how things are at that
 * moment: watch.h is where it comes from.
 */
#include <linux/bitfield.h>
#include <linux/io.h>
#include <linux/mm.h>

#include "../../intel/iommu.h"
#include "spec.h"
#include "vtd.h"
#include "watch.h"

/* 11.4.9: 32 bytes for each descriptor */
#define QUEUE_OFFSET	GENMASK_ULL(18, 5)
#define QUEUE_SIZE	GENMASK_ULL(2, 0)

/* The queue's own lock is held by who writes to it */
static struct vtd_log heard;
static bool listening;

/* The entry and the page that are watched meanwhile */
static u16 watched_sid;
static ioasid_t watched_pasid;
static struct page *watched_page;

/**
 * vtd_queued() - The driver has put a descriptor into the queue
 * @iommu: the hardware, which has not been told yet
 * @words: of the descriptor
 */
void vtd_queued(struct intel_iommu *iommu, const u64 words[4])
{
	struct vtd_request *request = &heard.requests[heard.count];
	const u64 *entry;

	if (!READ_ONCE(listening))
		return;
	if (heard.count == VTD_REQUESTS) {
		heard.lost = true;
		return;
	}
	entry = vtd_find(iommu, watched_sid, watched_pasid);
	memcpy(request->words, words, sizeof(request->words));
	request->present = entry && entry[0] & PE_P;
	request->cleared = !entry || !memchr_inv(entry, 0, ENTRY_WORDS * sizeof(u64));
	request->pages = watched_page ? page_count(watched_page) : 0;
	heard.count++;
}

/**
 * vtd_listen() - Forget what was asked for, and listen from now on
 * @dev: device whose entry is watched
 * @pasid: of the entry
 * @page: that is watched, which others keep; or NULL
 */
void vtd_listen(struct device *dev, ioasid_t pasid, struct page *page)
{
	WRITE_ONCE(listening, false);
	heard.count = 0;
	heard.lost = false;
	watched_sid = vtd_sid(dev);
	watched_pasid = pasid;
	watched_page = page;
	WRITE_ONCE(listening, true);
}

/**
 * vtd_heard_of() - How many requests of a kind there were since vtd_listen()
 * @type: enum vtd_inv_type
 *
 * Return: the number.
 */
unsigned int vtd_heard_of(unsigned int type)
{
	unsigned int i, found = 0;

	for (i = 0; i < READ_ONCE(heard.count); i++)
		found += vtd_type(&heard.requests[i]) == type;
	return found;
}

/**
 * vtd_heard() - Listen no longer
 * @test: the case, which fails if something was missed
 *
 * Return: what was asked for since vtd_listen(), until that is called again.
 */
const struct vtd_log *vtd_heard(struct kunit *test)
{
	WRITE_ONCE(listening, false);
	KUNIT_EXPECT_FALSE_MSG(test, heard.lost,
			       "the log of requests is too short for this case\n");
	return &heard;
}

/* The descriptor that is so many places before the tail */
static const u64 *before_tail(struct intel_iommu *unit, unsigned int back)
{
	u64 base = readq(unit->reg + IQA_REG);
	unsigned int size = BIT(FIELD_GET(QUEUE_SIZE, base) + 7);
	unsigned int tail = FIELD_GET(QUEUE_OFFSET, readq(unit->reg + IQT_REG));

	return (u64 *)phys_to_virt(base & POINTER) + 4 * ((tail + size - back) % size);
}

/**
 * vtd_waits() - Does the queue end with what waits for a request (6.5.2.8)
 * @log: with the request as its last
 * @request: the last but one in the queue
 * @last: after that
 *
 * Return: "" if so, or nothing was asked for; else what is wrong.
 */
const char *vtd_waits(const struct vtd_log *log, const u64 *request, const u64 *last)
{
	if (!log->count)
		return "";
	if (FIELD_GET(INV_TYPE, last[0]) != INV_WAIT || !(last[0] & INV_WAIT_SW))
		return "the last descriptor in the queue is none that waits";
	if (memcmp(request, log->requests[log->count - 1].words, sizeof(log->requests[0].words)))
		return "what was waited for is not the last request";
	return "";
}

/**
 * vtd_waited() - Has the hardware done what was asked for, and been waited for
 * @log: of vtd_heard()
 * @dev: of the hardware
 *
 * Return: "" if so, else what is wrong.
 */
const char *vtd_waited(const struct vtd_log *log, struct device *dev)
{
	struct intel_iommu *unit = vtd_unit(dev);

	if (readq(unit->reg + IQH_REG) != readq(unit->reg + IQT_REG))
		return "the hardware has not done all that is in the queue";
	return vtd_waits(log, before_tail(unit, 2), before_tail(unit, 1));
}

/**
 * vtd_drained() - Has the hardware been told to end page requests (7.10)
 * @log: of vtd_heard()
 * @dev: the device
 *
 * Return: "" if so, and nothing else was asked for after that; else what is wrong.
 */
const char *vtd_drained(const struct vtd_log *log, struct device *dev)
{
	const u64 *last = before_tail(vtd_unit(dev), 1);

	if (FIELD_GET(INV_TYPE, last[0]) != INV_WAIT || !(last[0] & INV_WAIT_PD))
		return "the last descriptor in the queue does not drain page requests";
	return log->count ? "" : "the hardware was told of nothing before";
}
