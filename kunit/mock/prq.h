/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Page requests: what a device asks for goes into the queue of its IOMMU, whose
 * driver reports it to the IOMMU core and passes the core's answer on.
 */
#ifndef _SVAC_PRQ_H
#define _SVAC_PRQ_H

#include <linux/iommu.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "../api/iopf.h"
#include "../uapi/svacheck.h"

/* Pages of one group, at most */
#define MOCK_GROUP_PAGES	16

/**
 * struct mock_prq - what a device has to do with the queue
 * @dev: the device
 * @users: PASIDs under which it may ask; the IOMMU core knows of the device if any
 * @hold: what it asks for is reported when the queue is drained, and not before
 * @group: the last one it asked for
 * @pasid: under which
 * @waiting: for the answer
 * @answer: IOMMU_PAGE_RESP_* or an errno
 * @answered: wakes who waits
 */
struct mock_prq {
	struct device *dev;
	unsigned int users;
	bool hold;
	u32 group;
	ioasid_t pasid;
	bool waiting;
	int answer;
	wait_queue_head_t answered;
};

/**
 * struct mock_prq_source - a PASID under which a device may ask
 * @prq: of the device
 * @pasid: the PASID
 * @open: until it is blocked
 */
struct mock_prq_source {
	struct mock_prq *prq;
	ioasid_t pasid;
	bool open;
};

/**
 * struct mock_prq_ops - what the IOMMU's driver does with the queue; NULL: as the normal one
 * @report: to the core, a request that was taken out of the queue
 * @respond: to the device, what the core has answered
 * @drain: until none of the requests of a device is without an answer
 */
struct mock_prq_ops {
	void (*report)(struct mock_prq *prq, const struct svac_page_request *request);
	void (*respond)(struct mock_prq *prq, ioasid_t pasid, u32 group, int code);
	void (*drain)(struct mock_prq *prq, ioasid_t pasid);
};

#ifdef CONFIG_SVACHECK_CHARDEV

/* prq.c */
extern const struct mock_prq_ops mock_prq_normal;
void mock_prq_use(const struct mock_prq_ops *ops);
void mock_prq_init(struct mock_prq *prq, struct device *dev);
void mock_prq_release(struct device *dev);
int mock_prq_open(struct mock_prq_source *source, struct mock_prq *prq, ioasid_t pasid);
void mock_prq_close(struct mock_prq_source *source);
int mock_prq_ask(struct mock_prq_source *source, const u64 *pages, unsigned int count,
		 bool write);
void mock_prq_hold(struct mock_prq *prq, bool hold);
void mock_prq_respond(struct device *dev, ioasid_t pasid, u32 group,
		      enum iommu_page_response_code code);

/* prq_broken.c */
extern const struct mock_prq_ops mock_prq_dropping, mock_prq_reordering, mock_prq_silent;
extern const struct mock_prq_ops mock_prq_repeating, mock_prq_misdirecting, mock_prq_agreeing;
extern const struct mock_prq_ops mock_prq_failing, mock_prq_undrained, mock_prq_late;

#else

/* Without programs nobody asks */
static inline void mock_prq_release(struct device *dev)
{
}

#endif /* CONFIG_SVACHECK_CHARDEV */
#endif /* _SVAC_PRQ_H */
