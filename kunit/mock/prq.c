// SPDX-License-Identifier: GPL-2.0
/*
 * The page request queue of the mock IOMMU, and the part of its driver that empties
 * it. A device sends requests in groups and waits for one answer to each group.
 */
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "devtlb.h"
#include "events.h"
#include "mock.h"
#include "prq.h"

/* The Page Request Group Index of a device is 9 bits wide (PCIe 6.0, 10.4.1) */
#define GROUPS		512

/* A device that has no answer by then has given up; the time that requests are held is its own */
#define PATIENCE	(10 * HZ)
#define PATIENCE_HELD	(60 * HZ)

/**
 * struct queued - a request in the queue
 * @list: of those
 * @from: whose it is
 * @request: for what
 */
struct queued {
	struct list_head list;
	struct mock_prq *from;
	struct svac_page_request request;
};

static LIST_HEAD(queue);
static DEFINE_SPINLOCK(queue_lock); /* protects the queue, and what devices wait for */
static DEFINE_MUTEX(reporting); /* requests are reported one after another */
static DEFINE_MUTEX(core_queue_lock); /* there is one core_queue */
static struct iopf_queue *core_queue;
static struct mock_prq_ops driver;
static unsigned long patience = PATIENCE; /* halved each time that there was no answer */

/* The next of one device, or of all whose requests are not held */
static struct queued *take(struct mock_prq *of)
{
	struct queued *queued, *found = NULL;

	spin_lock(&queue_lock);
	list_for_each_entry(queued, &queue, list) {
		if (of ? queued->from == of : !queued->from->hold) {
			list_del(&queued->list);
			found = queued;
			break;
		}
	}
	spin_unlock(&queue_lock);
	return found;
}

static void report_all(struct mock_prq *of)
{
	struct queued *queued;

	mutex_lock(&reporting);
	while ((queued = take(of))) {
		driver.report(queued->from, &queued->request);
		kfree(queued);
	}
	mutex_unlock(&reporting);
}

static void report_queued(struct work_struct *work)
{
	report_all(NULL);
}

/* What an interrupt of the IOMMU would set off */
static DECLARE_WORK(reporter, report_queued);

static void normal_report(struct mock_prq *prq, const struct svac_page_request *request)
{
	if (svac_iopf_report(prq->dev, request) && request->last)
		driver.respond(prq, request->pasid, request->group, IOMMU_PAGE_RESP_INVALID);
}

static void normal_respond(struct mock_prq *prq, ioasid_t pasid, u32 group, int code)
{
	const struct svac_event event = {
		.kind = SVAC_EVENT_RESPONSE, .pasid = pasid, .group = group, .result = code,
	};

	atomic64_inc(&mock_tlb_stats(prq->dev)->responses);
	spin_lock(&queue_lock);
	mock_event_note(mock_events_of(prq->dev), &event);
	if (prq->waiting && prq->pasid == pasid && prq->group == group) {
		prq->answer = code;
		prq->waiting = false;
		wake_up_all(&prq->answered);
	}
	spin_unlock(&queue_lock);
}

static void normal_drain(struct mock_prq *prq, ioasid_t pasid)
{
	report_all(prq);
	svac_iopf_flush(prq->dev);
}

const struct mock_prq_ops mock_prq_normal = {
	.report = normal_report,
	.respond = normal_respond,
	.drain = normal_drain,
};

/**
 * mock_prq_use() - Say what the driver does with the queue
 * @ops: of the driver; NULL for the normal one
 */
void mock_prq_use(const struct mock_prq_ops *ops)
{
	driver = mock_prq_normal;
	if (!ops)
		return;
	driver.report = ops->report ?: driver.report;
	driver.respond = ops->respond ?: driver.respond;
	driver.drain = ops->drain ?: driver.drain;
}

/**
 * mock_prq_respond() - The core answers a group of page requests
 * @dev: the device
 * @pasid: of the group
 * @group: which
 * @code: the answer
 */
void mock_prq_respond(struct device *dev, ioasid_t pasid, u32 group,
		      enum iommu_page_response_code code)
{
	driver.respond(mock_prq_of(dev), pasid, group, code);
}

/**
 * mock_prq_init() - Prepare for the requests of a device
 * @prq: all zeros
 * @dev: the device
 */
void mock_prq_init(struct mock_prq *prq, struct device *dev)
{
	prq->dev = dev;
	init_waitqueue_head(&prq->answered);
}

static int make_core_queue(void)
{
	mutex_lock(&core_queue_lock);
	if (!core_queue)
		core_queue = svac_iopf_queue("svac-mock");
	mutex_unlock(&core_queue_lock);
	return core_queue ? 0 : -ENOMEM;
}

/* Nothing is on its way to the core or in it when the core forgets the device */
static void forget_device(struct mock_prq *prq)
{
	svac_iopf_flush(prq->dev);
	svac_iopf_remove(core_queue, prq->dev);
	prq->users = 0;
}

/**
 * mock_prq_release() - The device leaves its IOMMU
 * @dev: the device
 */
void mock_prq_release(struct device *dev)
{
	struct mock_prq *prq = mock_prq_of(dev);
	struct queued *queued;

	mutex_lock(&reporting);
	while ((queued = take(prq)))
		kfree(queued);
	mutex_unlock(&reporting);
	if (prq->users)
		forget_device(prq);
}

/**
 * mock_prq_open() - Let a device ask for pages under a PASID
 * @source: to be filled in
 * @prq: of the device
 * @pasid: the PASID
 *
 * Return: 0 or an errno.
 */
int mock_prq_open(struct mock_prq_source *source, struct mock_prq *prq, ioasid_t pasid)
{
	int ret = make_core_queue();

	if (!ret && !prq->users)
		ret = svac_iopf_add(core_queue, prq->dev);
	if (ret)
		return ret;
	prq->users++;
	*source = (struct mock_prq_source){ .prq = prq, .pasid = pasid, .open = true };
	return 0;
}

/**
 * mock_prq_close() - Undo mock_prq_open()
 * @source: from now on nothing is asked for; all that was has been answered
 */
void mock_prq_close(struct mock_prq_source *source)
{
	struct mock_prq *prq = source->prq;

	spin_lock(&queue_lock);
	source->open = false;
	spin_unlock(&queue_lock);
	if (prq->users)
		driver.drain(prq, source->pasid);
	spin_lock(&queue_lock);
	if (prq->waiting && prq->pasid == source->pasid) {
		prq->answer = -ESTALE;
		prq->waiting = false;
		wake_up_all(&prq->answered);
	}
	spin_unlock(&queue_lock);
	if (prq->users == 1)
		forget_device(prq);
	else if (prq->users)
		prq->users--;
}

static void drop(struct list_head *requests)
{
	struct queued *queued, *next;

	list_for_each_entry_safe(queued, next, requests, list)
		kfree(queued);
}

static int make_requests(struct list_head *requests, const struct svac_page_request *like,
			 const u64 *pages, unsigned int count, struct mock_prq *from)
{
	struct queued *queued;
	unsigned int i;

	for (i = 0; i < count; i++) {
		queued = kmalloc(sizeof(*queued), GFP_KERNEL);
		if (!queued) {
			drop(requests);
			return -ENOMEM;
		}
		queued->from = from;
		queued->request = *like;
		queued->request.addr = pages[i];
		queued->request.last = i == count - 1;
		list_add_tail(&queued->list, requests);
	}
	return 0;
}

/* Put a group into the queue, under the next number. The lock is held */
static void send(struct mock_prq *prq, struct list_head *requests)
{
	struct queued *queued;

	prq->group = (prq->group + 1) % GROUPS;
	list_for_each_entry(queued, requests, list) {
		const struct svac_page_request *request = &queued->request;
		const struct svac_event event = {
			.kind = SVAC_EVENT_REQUEST, .pasid = request->pasid, .group = prq->group,
			.flags = (request->write ? SVAC_EVENT_WRITE : 0) |
				 (request->last ? SVAC_EVENT_LAST : 0),
			.address = request->addr, .len = PAGE_SIZE,
		};

		queued->request.group = prq->group;
		prq->pasid = request->pasid;
		mock_event_note(mock_events_of(prq->dev), &event);
	}
	list_splice_tail(requests, &queue);
	prq->waiting = true;
}

/* Of a PASID that was blocked meanwhile nothing is translated any more, whatever the answer */
static int wait_for_answer(struct mock_prq_source *source)
{
	struct mock_prq *prq = source->prq;
	int answer;

	wait_event_timeout(prq->answered, !READ_ONCE(prq->waiting) || !READ_ONCE(prq->hold),
			   PATIENCE_HELD);
	wait_event_timeout(prq->answered, !READ_ONCE(prq->waiting), READ_ONCE(patience));
	spin_lock(&queue_lock);
	answer = prq->waiting ? -ETIME : prq->answer;
	if (prq->waiting)
		WRITE_ONCE(patience, max(patience / 2, 1UL));
	if (!source->open)
		answer = -ESTALE;
	prq->waiting = false;
	spin_unlock(&queue_lock);
	return answer;
}

/**
 * mock_prq_ask() - A device asks for pages, and waits for the answer
 * @source: the PASID
 * @pages: their addresses, in the order in which they are asked for
 * @count: of them, at most MOCK_GROUP_PAGES
 * @write: to write to them
 *
 * Return: IOMMU_PAGE_RESP_*; -ESTALE after mock_prq_close(); -ETIME if there was
 * no answer; -ENOMEM.
 */
int mock_prq_ask(struct mock_prq_source *source, const u64 *pages, unsigned int count,
		 bool write)
{
	const struct svac_page_request like = { .pasid = source->pasid, .write = write };
	struct mock_prq *prq = source->prq;
	LIST_HEAD(requests);
	int ret = make_requests(&requests, &like, pages, count, prq);

	if (ret)
		return ret;
	spin_lock(&queue_lock);
	if (!source->open)
		ret = -ESTALE;
	else
		send(prq, &requests);
	spin_unlock(&queue_lock);
	if (ret) {
		drop(&requests);
		return ret;
	}
	schedule_work(&reporter);
	return wait_for_answer(source);
}

/**
 * mock_prq_hold() - Have requests of a device reported late
 * @prq: of the device
 * @hold: when the queue is drained; else at once, as in the beginning
 */
void mock_prq_hold(struct mock_prq *prq, bool hold)
{
	spin_lock(&queue_lock);
	prq->hold = hold;
	wake_up_all(&prq->answered);
	spin_unlock(&queue_lock);
	schedule_work(&reporter);
}
