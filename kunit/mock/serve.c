// SPDX-License-Identifier: GPL-2.0
/*
 * The driver's operations on domains with nobody in between: what programs have
 * the mock do is judged by what becomes of their memory, and has no end at which
 * the auditor could forget.
 */
#include "serve.h"

static int plain_attach_dev(struct iommu_domain *domain, struct device *dev)
{
	return svac_domain_ops(domain)->attach_dev(domain, dev);
}

static int plain_set_dev_pasid(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	return svac_domain_ops(domain)->set_dev_pasid(domain, dev, pasid);
}

static int plain_replace_dev_pasid(struct iommu_domain *domain, struct device *dev,
				   ioasid_t pasid, struct iommu_domain *old)
{
	return svac_domain_ops(domain)->replace_dev_pasid(domain, dev, pasid, old);
}

static void plain_block_dev_pasid(struct iommu_domain *domain, struct device *dev,
				  ioasid_t pasid)
{
	svac_domain_ops(domain)->block_dev_pasid(domain, dev, pasid);
}

static int plain_map_pages(struct iommu_domain *domain, unsigned long iova, phys_addr_t phys,
			   size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	return svac_domain_ops(domain)->map_pages(domain, iova, phys, pgsize, pgcount, prot, gfp,
						  mapped);
}

static size_t plain_unmap_pages(struct iommu_domain *domain, unsigned long iova, size_t pgsize,
				size_t pgcount, struct iommu_iotlb_gather *gather)
{
	return svac_domain_ops(domain)->unmap_pages(domain, iova, pgsize, pgcount, gather);
}

static phys_addr_t plain_iova_to_phys(struct iommu_domain *domain, dma_addr_t iova)
{
	return svac_domain_ops(domain)->iova_to_phys(domain, iova);
}

static void plain_free(struct iommu_domain *domain)
{
	svac_domain_ops(domain)->free(domain);
}

const struct svac_domain_ops mock_plain_entries = {
	.attach_dev = plain_attach_dev,
	.set_dev_pasid = plain_set_dev_pasid,
	.replace_dev_pasid = plain_replace_dev_pasid,
	.block_dev_pasid = plain_block_dev_pasid,
	.map_pages = plain_map_pages,
	.unmap_pages = plain_unmap_pages,
	.iova_to_phys = plain_iova_to_phys,
	.free = plain_free,
};
