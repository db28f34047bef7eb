// SPDX-License-Identifier: GPL-2.0
/*
 * The event log of a device: a ring that keeps the newest records, and its reader.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "client.h"
#include "events.h"

/* A power of two */
#define RECORDS		1024

/**
 * struct mock_events - a log
 * @reader: one program reads at a time
 * @read: records that a program has had, or had to do without
 * @lock: protects @head and @ring; taken wherever page tables change
 * @head: records so far
 * @ring: the newest
 */
struct mock_events {
	struct mutex reader; /* protects read */
	u64 read;
	spinlock_t lock; /* protects head and ring */
	u64 head;
	struct svac_event ring[RECORDS];
};

/**
 * mock_events_create() - Begin a log
 *
 * Return: the log, or NULL.
 */
struct mock_events *mock_events_create(void)
{
	struct mock_events *events = kvzalloc(sizeof(*events), GFP_KERNEL);

	if (events) {
		mutex_init(&events->reader);
		spin_lock_init(&events->lock);
	}
	return events;
}

/**
 * mock_events_destroy() - End a log
 * @events: that nobody notes anything in any more
 */
void mock_events_destroy(struct mock_events *events)
{
	kvfree(events);
}

/**
 * mock_events_of() - The log of a device
 * @dev: one of the mock's
 *
 * Return: its log; NULL if it has none, or is unplugged.
 */
struct mock_events *mock_events_of(struct device *dev)
{
	return mock_pasid_table(dev) ? mock_config(dev)->events : NULL;
}

/**
 * mock_event_note() - Something has happened
 * @events: the log, or NULL
 * @event: what; its number is given here
 *
 * Never sleeps.
 */
void mock_event_note(struct mock_events *events, const struct svac_event *event)
{
	struct svac_event *slot;

	if (!events)
		return;
	spin_lock(&events->lock);
	slot = &events->ring[events->head % RECORDS];
	*slot = *event;
	slot->seq = events->head++;
	spin_unlock(&events->lock);
}

/* The oldest of what nobody has read, up to so many. Returns their number */
static u32 look(struct mock_events *events, struct svac_event *records, u32 most, u64 *first)
{
	u32 count, i;

	spin_lock(&events->lock);
	*first = events->read;
	if (events->head > RECORDS)
		*first = max(*first, events->head - RECORDS);
	count = min_t(u64, most, events->head - *first);
	for (i = 0; i < count; i++)
		records[i] = events->ring[(*first + i) % RECORDS];
	spin_unlock(&events->lock);
	return count;
}

/* What could not be given to the program is there to be read again */
static int read(struct mock_events *events, struct svac_events *arg, void __user *user)
{
	u32 most = min_t(u32, arg->count, RECORDS);
	struct svac_event *records = kvmalloc_array(max(most, 1U), sizeof(*records), GFP_KERNEL);
	int ret = -ENOMEM;
	u64 first;

	if (!records)
		return ret;
	/* Who reads may be waiting for its own memory */
	if (mutex_lock_interruptible(&events->reader)) {
		kvfree(records);
		return -EINTR;
	}
	arg->count = look(events, records, most, &first);
	arg->lost = first - events->read;
	ret = give(u64_to_user_ptr(arg->records), records, arg->count * sizeof(*records)) ?:
	      give(user, arg, sizeof(*arg));
	if (!ret)
		events->read = first + arg->count;
	mutex_unlock(&events->reader);
	kvfree(records);
	return ret;
}

/**
 * do_events() - SVAC_IOC_EVENTS
 * @client: the file
 * @user: struct svac_events
 *
 * Return: 0 or an errno.
 */
long do_events(struct client *client, void __user *user)
{
	struct svac_events arg;
	int ret = take(&arg, sizeof(arg), user);

	if (ret)
		return ret;
	if (arg.flags || arg.reserved)
		return -EINVAL;
	arg.argsz = sizeof(arg);
	return read(client->setup.events, &arg, user);
}
