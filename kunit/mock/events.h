/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a device of a program and its IOMMU have done: the newest of it, in order.
 */
#ifndef _SVAC_EVENTS_H
#define _SVAC_EVENTS_H

#include <linux/types.h>

#include "../uapi/svacheck.h"

struct device;
struct mock_events;

#ifdef CONFIG_SVACHECK_CHARDEV
struct mock_events *mock_events_create(void);
void mock_events_destroy(struct mock_events *events);
struct mock_events *mock_events_of(struct device *dev);
void mock_event_note(struct mock_events *events, const struct svac_event *event);
#else
/* Without programs nobody asks */
static inline struct mock_events *mock_events_of(struct device *dev)
{
	return NULL;
}

static inline void mock_event_note(struct mock_events *events, const struct svac_event *event)
{
}
#endif

#endif /* _SVAC_EVENTS_H */
