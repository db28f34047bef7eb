// SPDX-License-Identifier: GPL-2.0
/*
 * Page requests for domains of the carried implementation in a tree that has SVA
 * domains of its own: its core knows nothing of these, so they are handled here, by
 * the domain, a group at a time.
 */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "../carried/iommu-sva-domain.h"
#include "beside.h"
#include "driver.h"
#include "iopf.h"

/**
 * struct partial - a request whose group has not come to its last one
 * @list: of those, in the order in which they came
 * @dev: whose it is
 * @request: for what
 */
struct partial {
	struct list_head list;
	struct device *dev;
	struct svac_page_request request;
};

static LIST_HEAD(partials);
static DEFINE_MUTEX(partials_lock);

/**
 * svac_fault_in() - Have a page there that a device has asked for
 * @mm: of the process
 * @request: for what
 *
 * Return: the answer.
 */
enum iommu_page_response_code svac_fault_in(struct mm_struct *mm,
					    const struct svac_page_request *request)
{
	unsigned int flags = FAULT_FLAG_REMOTE | (request->write ? FAULT_FLAG_WRITE : 0);
	int ret;

	if (!mmget_not_zero(mm))
		return IOMMU_PAGE_RESP_INVALID;
	mmap_read_lock(mm);
	ret = fixup_user_fault(mm, request->addr, flags, NULL);
	mmap_read_unlock(mm);
	mmput(mm);
	return ret ? IOMMU_PAGE_RESP_INVALID : IOMMU_PAGE_RESP_SUCCESS;
}

/* Handle those before the last one; the lock is held */
static enum iommu_page_response_code handle_partials(struct mm_struct *mm, struct device *dev,
						     const struct svac_page_request *last)
{
	enum iommu_page_response_code code = IOMMU_PAGE_RESP_SUCCESS;
	struct partial *partial, *next;

	list_for_each_entry_safe(partial, next, &partials, list) {
		if (partial->dev != dev || partial->request.group != last->group)
			continue;
		if (code == IOMMU_PAGE_RESP_SUCCESS)
			code = svac_fault_in(mm, &partial->request);
		list_del(&partial->list);
		kfree(partial);
	}
	return code;
}

static void keep(struct device *dev, const struct svac_page_request *request)
{
	struct partial *partial = kmalloc(sizeof(*partial), GFP_KERNEL | __GFP_NOFAIL);

	partial->dev = dev;
	partial->request = *request;
	list_add_tail(&partial->list, &partials);
}

/**
 * svac_beside_report() - Handle a page request, if it is for a domain of ours
 * @dev: who asks
 * @request: for what
 *
 * Return: false if nothing of ours is set there, and nothing was done.
 */
bool svac_beside_report(struct device *dev, const struct svac_page_request *request)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev_pasid(dev, request->pasid);
	enum iommu_page_response_code code;
	struct mm_struct *mm;

	if (!domain || domain->type != IOMMU_DOMAIN_SVA)
		return false;
	mm = domain_to_mm(domain);
	mutex_lock(&partials_lock);
	if (!request->last) {
		keep(dev, request);
	} else {
		code = handle_partials(mm, dev, request);
		if (code == IOMMU_PAGE_RESP_SUCCESS)
			code = svac_fault_in(mm, request);
		svac_driver_respond(dev, request->pasid, request->group, code);
	}
	mutex_unlock(&partials_lock);
	return true;
}
