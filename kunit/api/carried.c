// SPDX-License-Identifier: GPL-2.0
/*
 * The carried implementation: of a tree without SVA domains, or beside those that
 * a tree has of its own, which does not tell it who joins a group and leaves it.
 */
#include "../carried/iommu-sva-domain.h"
#include "beside.h"
#include "impl.h"
#include "kernel.h"

static struct iommu_domain *alloc_paging(struct device *dev)
{
#ifdef CONFIG_SVACHECK_ALLOC_BY_DEVICE
	struct iommu_domain *domain = iommu_paging_domain_alloc(dev);

	return IS_ERR(domain) ? NULL : domain;
#else
	return iommu_domain_alloc(dev->bus);
#endif
}

static struct svac_impl carried = {
	.name = "carried",
	.traits = SVAC_SINGLETON | SVAC_BIND | SVAC_WARNS | SVAC_ALLOC | SVAC_VERIFIES |
#ifndef CONFIG_SVACHECK_UPSTREAM
		  SVAC_REMOVAL | SVAC_KEEPS_OUT | SVAC_WAITS |
#endif
		  SVAC_READS_LIMIT | SVAC_PCIE_LIMIT | SVAC_HOLDS_DEVICE |
		  SVAC_FREES_FIRST | SVAC_REFUSES_PLAIN | SVAC_STOPS | SVAC_CHECKS_BLOCK |
		  SVAC_PUBLISHES_LATE | SVAC_TELLS_NO_SVA,
	.errnos = {
		.no_pasids = -EOPNOTSUPP,
		.none_for_its_own = -EOPNOTSUPP,
		.none_left = -ENOMEM,
	},
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
#ifdef CONFIG_SVACHECK_UPSTREAM
	.beside = " beside upstream",
	.reset = svac_beside_reset,
#endif
};

SVAC_IMPL(carried);

#ifndef CONFIG_SVACHECK_UPSTREAM
/* The kernel's own bind has no implementation of its own here, and ours goes on */
static int __init ask_whether_the_kernel_binds(void)
{
	if (svac_kernel_refuses_to_bind())
		carried.traits |= SVAC_REFUSES_BIND;
	return 0;
}
device_initcall(ask_whether_the_kernel_binds);
#endif
