// SPDX-License-Identifier: GPL-2.0
/*
 * An implementation that hands everything on to the carried one: the smallest
 * there is, to start another from.
 */
#include "../../api/impl.h"
#include "../../carried/iommu-sva-domain.h"

static struct iommu_domain *alloc_paging(struct device *dev)
{
	return iommu_domain_alloc(dev->bus);
}

static struct svac_impl forwarding = {
	.name = "forwarding",
	/* Without SVAC_BIND: its cases are skipped, with that for a reason */
	.traits = SVAC_SINGLETON | SVAC_WARNS | SVAC_ALLOC | SVAC_VERIFIES | SVAC_REMOVAL |
		  SVAC_KEEPS_OUT | SVAC_WAITS | SVAC_READS_LIMIT | SVAC_PCIE_LIMIT |
		  SVAC_REFUSES_PLAIN | SVAC_STOPS | SVAC_CHECKS_BLOCK | SVAC_PUBLISHES_LATE |
		  SVAC_FREES_FIRST,
	.warns = {
		.alloc = "iommu_sva_alloc_domain",
		.free = "iommu_sva_free_domain",
		.mm = "domain_to_mm",
		.set = "iommu_set_device_pasid",
		.block = "iommu_block_device_pasid",
		.get = "iommu_get_domain_for_dev_pasid",
		.max_pasids = "iommu_device_max_pasids",
		.leave = "block_all_pasids",
	},
	.alloc_sva = iommu_sva_alloc_domain,
	.free_sva = iommu_sva_free_domain,
	.mm_of = domain_to_mm,
	.alloc_paging = alloc_paging,
	.free_paging = iommu_domain_free,
	.set = iommu_set_device_pasid,
	.block = iommu_block_device_pasid,
	.get = iommu_get_domain_for_dev_pasid,
	.max_pasids = iommu_device_max_pasids,
};

SVAC_IMPL(forwarding);
