// SPDX-License-Identifier: GPL-2.0
/*
 * The carried implementation, for trees without SVA domains.
 */
#include "../carried/iommu-sva-domain.h"
#include "impl.h"

static struct iommu_domain *alloc_paging(struct device *dev)
{
	return iommu_domain_alloc(dev->bus);
}

static struct svac_impl carried = {
	.name = "carried",
	.traits = SVAC_SINGLETON | SVAC_BIND | SVAC_WARNS | SVAC_ALLOC | SVAC_VERIFIES |
		  SVAC_REMOVAL | SVAC_READS_LIMIT | SVAC_PCIE_LIMIT | SVAC_HOLDS_DEVICE |
		  SVAC_FREES_FIRST | SVAC_REFUSES_PLAIN | SVAC_STOPS | SVAC_CHECKS_BLOCK |
		  SVAC_PUBLISHES_LATE | SVAC_TELLS_NO_SVA,
	.errnos = { .no_pasids = -EOPNOTSUPP, .none_left = -ENOMEM },
	.warns = {
		.alloc = "iommu_sva_alloc_domain",
		.free = "iommu_sva_free_domain",
		.mm = "domain_to_mm",
		.set = "iommu_set_device_pasid",
		.block = "iommu_block_device_pasid",
		.get = "iommu_get_domain_for_dev_pasid",
		.max_pasids = "iommu_device_max_pasids",
		.leave = "block_all_pasids",
		.bind = "iommu_sva_domain_bind",
		.unbind = "iommu_sva_domain_unbind",
		.pasid = "iommu_sva_domain_pasid",
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
	.bind = iommu_sva_domain_bind,
	.unbind = iommu_sva_domain_unbind,
	.pasid = iommu_sva_domain_pasid,
};

SVAC_IMPL(carried);
