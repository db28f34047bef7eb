// SPDX-License-Identifier: GPL-2.0
/*
 * What is remembered of page requests and their answers.
 */
#include "prq.h"

static_assert(SVAC_ANSWER_SUCCESS == IOMMU_PAGE_RESP_SUCCESS);
static_assert(SVAC_ANSWER_INVALID == IOMMU_PAGE_RESP_INVALID);
static_assert(SVAC_ANSWER_FAILURE == IOMMU_PAGE_RESP_FAILURE);

/**
 * mock_prq_log() - Remember something
 * @log: of a device
 * @event: what has happened
 */
void mock_prq_log(struct mock_prq_log *log, const struct svac_request_event *event)
{
	spin_lock(&log->lock);
	log->events[log->count++ % MOCK_PRQ_EVENTS] = *event;
	spin_unlock(&log->lock);
}

/**
 * mock_prq_events() - What has come and gone
 * @log: of a device
 * @first: number of the first to be told, counted from 0; receives that of the first told
 * @events: receive them
 * @most: of them
 *
 * Return: how many were told.
 */
u32 mock_prq_events(struct mock_prq_log *log, u32 *first, struct svac_request_event *events,
		    u32 most)
{
	u32 told = 0;

	spin_lock(&log->lock);
	if (log->count > MOCK_PRQ_EVENTS)
		*first = max(*first, log->count - MOCK_PRQ_EVENTS);
	for (; told < most && *first + told < log->count; told++)
		events[told] = log->events[(*first + told) % MOCK_PRQ_EVENTS];
	spin_unlock(&log->lock);
	return told;
}
