// SPDX-License-Identifier: GPL-2.0
/*
 * Page requests for an SVA domain that was set on a PASID by hand: the core's own handler
 * is known to its bind alone.
 */
#include <linux/iommu.h>
#include <linux/workqueue.h>

#include "../../iommu-priv.h"
#include "beside.h"
#include "iopf.h"

static void handle_group(struct work_struct *work)
{
	struct iopf_group *group = container_of(work, struct iopf_group, work);
	struct mm_struct *mm = group->attach_handle->domain->mm;
	enum iommu_page_response_code code = IOMMU_PAGE_RESP_SUCCESS;
	struct iopf_fault *fault;

	list_for_each_entry(fault, &group->faults, list) {
		const struct svac_page_request request = {
			.addr = fault->fault.prm.addr,
			.write = fault->fault.prm.perm & IOMMU_FAULT_PERM_WRITE,
		};

		if (code == IOMMU_PAGE_RESP_SUCCESS)
			code = svac_fault_in(mm, &request);
	}
	iopf_group_response(group, code);
	iopf_free_group(group);
}

static int queue_group(struct iopf_group *group)
{
	INIT_WORK(&group->work, handle_group);
	return queue_work(group->fault_param->queue->wq, &group->work) ? 0 : -EBUSY;
}

/**
 * svac_by_hand_requests() - Have page requests for a domain handled
 * @domain: an SVA domain, not set anywhere yet
 */
void svac_by_hand_requests(struct iommu_domain *domain)
{
	domain->iopf_handler = queue_group;
}
