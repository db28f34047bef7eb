// SPDX-License-Identifier: GPL-2.0
/*
 * Page requests on their way from a driver to the IOMMU core: by domain, or by a
 * handler of the device, as in 6.1.
 */
#include "beside.h"
#include "iopf.h"

#ifndef CONFIG_SVACHECK_IOPF_BY_DOMAIN
#include "../../iommu-sva-lib.h"
#endif

/**
 * svac_iopf_queue() - Make a queue of page requests
 * @name: of the IOMMU
 *
 * Return: the queue, or NULL.
 */
struct iopf_queue *svac_iopf_queue(const char *name)
{
	return iopf_queue_alloc(name);
}

/**
 * svac_iopf_flush() - Wait until the core has answered what it was told of
 * @dev: of whom; nothing more is reported for it meanwhile
 */
void svac_iopf_flush(struct device *dev)
{
	WARN_ON(iopf_queue_flush_dev(dev));
}

static struct iommu_fault fault_of(const struct svac_page_request *request)
{
	return (struct iommu_fault){
		.type = IOMMU_FAULT_PAGE_REQ,
		.prm = {
			.flags = IOMMU_FAULT_PAGE_REQUEST_PASID_VALID |
				 IOMMU_FAULT_PAGE_RESPONSE_NEEDS_PASID |
				 (request->last ? IOMMU_FAULT_PAGE_REQUEST_LAST_PAGE : 0),
			.pasid = request->pasid,
			.grpid = request->group,
			.perm = request->write ? IOMMU_FAULT_PERM_WRITE : IOMMU_FAULT_PERM_READ,
			.addr = request->addr,
		},
	};
}

#ifdef CONFIG_SVACHECK_IOPF_BY_DOMAIN

/**
 * svac_iopf_add() - Let page requests of a device be reported
 * @queue: of its IOMMU
 * @dev: the device
 *
 * Return: 0 or an errno.
 */
int svac_iopf_add(struct iopf_queue *queue, struct device *dev)
{
	return iopf_queue_add_device(queue, dev);
}

/**
 * svac_iopf_remove() - Undo svac_iopf_add()
 * @queue: of its IOMMU
 * @dev: the device, none of whose requests is without an answer
 */
void svac_iopf_remove(struct iopf_queue *queue, struct device *dev)
{
	iopf_queue_remove_device(queue, dev);
}

/**
 * svac_iopf_report() - Tell the core of a page request
 * @dev: who asks
 * @request: for what
 *
 * Return: 0; an errno if the driver has to answer a last one itself.
 */
int svac_iopf_report(struct device *dev, const struct svac_page_request *request)
{
	struct iopf_fault fault = { .fault = fault_of(request) };

	if (svac_beside_report(dev, request))
		return 0;
	/* Who could not be told has been answered by then */
	iommu_report_device_fault(dev, &fault);
	return 0;
}

#else

int svac_iopf_add(struct iopf_queue *queue, struct device *dev)
{
	int ret = iopf_queue_add_device(queue, dev);

	if (ret)
		return ret;
	ret = iommu_register_device_fault_handler(dev, iommu_queue_iopf, dev);
	if (ret)
		iopf_queue_remove_device(queue, dev);
	return ret;
}

void svac_iopf_remove(struct iopf_queue *queue, struct device *dev)
{
	WARN_ON(iommu_unregister_device_fault_handler(dev));
	WARN_ON(iopf_queue_remove_device(queue, dev));
}

int svac_iopf_report(struct device *dev, const struct svac_page_request *request)
{
	struct iommu_fault_event event = { .fault = fault_of(request) };

	return iommu_report_device_fault(dev, &event);
}

#endif /* CONFIG_SVACHECK_IOPF_BY_DOMAIN */
