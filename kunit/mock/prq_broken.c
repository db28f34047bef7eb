// SPDX-License-Identifier: GPL-2.0
/*
 * What the drivers of broken IOMMUs do with page requests; see personality.c.
 */
#include "prq.h"

static void report_nothing(struct mock_prq *prq, const struct svac_page_request *request)
{
}

const struct mock_prq_ops mock_prq_dropping = { .report = report_nothing };

/* Whoever reports is alone, and a group is in the queue as a whole */
static void report_last_first(struct mock_prq *prq, const struct svac_page_request *request)
{
	static struct svac_page_request others[MOCK_GROUP_PAGES];
	static unsigned int count;

	if (!request->last) {
		others[count++] = *request;
		return;
	}
	mock_prq_normal.report(prq, request);
	while (count)
		mock_prq_normal.report(prq, &others[--count]);
}

const struct mock_prq_ops mock_prq_reordering = { .report = report_last_first };

static void respond_nothing(struct mock_prq *prq, ioasid_t pasid, u32 group, int code)
{
}

const struct mock_prq_ops mock_prq_silent = { .respond = respond_nothing };

static void respond_twice(struct mock_prq *prq, ioasid_t pasid, u32 group, int code)
{
	mock_prq_normal.respond(prq, pasid, group, code);
	mock_prq_normal.respond(prq, pasid, group, code);
}

const struct mock_prq_ops mock_prq_repeating = { .respond = respond_twice };

static void respond_to_next(struct mock_prq *prq, ioasid_t pasid, u32 group, int code)
{
	mock_prq_normal.respond(prq, pasid, group + 1, code);
}

const struct mock_prq_ops mock_prq_misdirecting = { .respond = respond_to_next };

static void respond_with_success(struct mock_prq *prq, ioasid_t pasid, u32 group, int code)
{
	mock_prq_normal.respond(prq, pasid, group, IOMMU_PAGE_RESP_SUCCESS);
}

const struct mock_prq_ops mock_prq_agreeing = { .respond = respond_with_success };

static void respond_with_failure(struct mock_prq *prq, ioasid_t pasid, u32 group, int code)
{
	mock_prq_normal.respond(prq, pasid, group, code ? IOMMU_PAGE_RESP_FAILURE : code);
}

const struct mock_prq_ops mock_prq_failing = { .respond = respond_with_failure };

static void drain_nothing(struct mock_prq *prq, ioasid_t pasid)
{
}

const struct mock_prq_ops mock_prq_undrained = { .drain = drain_nothing };

/* An answer that a device is given with the next one; one at a time */
static struct mock_prq *late_for;
static struct svac_page_request late;
static int late_code;
static bool draining;

static void drain_and_keep_answer(struct mock_prq *prq, ioasid_t pasid)
{
	draining = true;
	mock_prq_normal.drain(prq, pasid);
	draining = false;
}

static void respond_late(struct mock_prq *prq, ioasid_t pasid, u32 group, int code)
{
	if (draining) {
		late_for = prq;
		late = (struct svac_page_request){ .pasid = pasid, .group = group };
		late_code = code;
		return;
	}
	if (late_for == prq)
		mock_prq_normal.respond(prq, late.pasid, late.group, late_code);
	late_for = NULL;
	mock_prq_normal.respond(prq, pasid, group, code);
}

const struct mock_prq_ops mock_prq_late = {
	.respond = respond_late,
	.drain = drain_and_keep_answer,
};
