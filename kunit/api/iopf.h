/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a driver hands page requests to the IOMMU core, wherever kernels differ.
 */
#ifndef _SVAC_IOPF_H
#define _SVAC_IOPF_H

#include <linux/iommu.h>

#include "kernel.h"

struct iopf_queue;

/**
 * struct svac_page_request - a page that a device asks for
 * @pasid: in whose address space
 * @group: of requests that have one answer
 * @addr: of the page
 * @write: it is going to be written to
 * @last: of its group
 */
struct svac_page_request {
	ioasid_t pasid;
	u32 group;
	u64 addr;
	bool write;
	bool last;
};

struct iopf_queue *svac_iopf_queue(const char *name);
int svac_iopf_add(struct iopf_queue *queue, struct device *dev);
void svac_iopf_remove(struct iopf_queue *queue, struct device *dev);
void svac_iopf_flush(struct device *dev);
int svac_iopf_report(struct device *dev, const struct svac_page_request *request);

#endif /* _SVAC_IOPF_H */
