/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A device's cache of translations of a process, as an ATS device has one: filled
 * by walks, emptied only by the invalidations that it is told of.
 */
#ifndef _SVAC_DEVTLB_H
#define _SVAC_DEVTLB_H

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/types.h>

#include "../api/kernel.h"
#include "hold.h"

struct device;
struct mm_struct;
struct mock_tlb;

/**
 * struct mock_tlb_stats - what caches of a device have done
 * @walks: of a page table
 * @hits: translations that were cached
 * @requests: for pages that were not there
 * @responses: to groups of requests
 * @refused: walks or requests that came to nothing
 * @invalidations: received
 * @dropped: translations that an invalidation has removed
 * @hold: where the device is to stop; its file has it
 */
struct mock_tlb_stats {
	atomic64_t walks;
	atomic64_t hits;
	atomic64_t requests;
	atomic64_t responses;
	atomic64_t refused;
	atomic64_t invalidations;
	atomic64_t dropped;
	struct mock_hold *hold;
};

#ifdef CONFIG_SVACHECK_CHARDEV
struct mock_tlb *mock_tlb_create(struct mm_struct *mm, struct device *dev, ioasid_t pasid);
void mock_tlb_destroy(struct mock_tlb *tlb);
void mock_tlb_get(struct mock_tlb *tlb, unsigned int attr);
void mock_tlb_put(struct mock_tlb *tlb);
int mock_tlb_access(struct mock_tlb *tlb, unsigned long va, void *buf, size_t len,
		    bool write, size_t request);
int mock_tlb_add(struct mock_tlb *tlb, unsigned long va, u64 operand, u64 *was, bool request);
#else
/* Without programs nothing is cached */
static inline struct mock_tlb *mock_tlb_create(struct mm_struct *mm, struct device *dev,
					       ioasid_t pasid)
{
	return ERR_PTR(-ENODEV);
}

static inline void mock_tlb_destroy(struct mock_tlb *tlb)
{
}
#endif

#endif /* _SVAC_DEVTLB_H */
