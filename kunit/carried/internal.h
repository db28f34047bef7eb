/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of this folder have for each other, and for nobody else */
#ifndef _IOMMU_SVA_INTERNAL_H
#define _IOMMU_SVA_INTERNAL_H

#include <linux/iommu.h>

#include "isolation.h"

int iommu_try_block_device_pasid(struct iommu_domain *domain,
				 struct device *dev, ioasid_t pasid);

/* Who builds these files in a tree that asks drivers in another way defines it */
#ifndef IOMMU_SVA_DOMAIN_BESIDE

#include <linux/ioasid.h>

#include "../../iommu-sva-lib.h"

static inline bool can_block_dev_pasid(const struct iommu_domain *domain)
{
	return domain->ops->block_dev_pasid;
}

static inline int set_dev_pasid(struct iommu_domain *domain, struct device *dev,
				ioasid_t pasid)
{
	return domain->ops->set_dev_pasid(domain, dev, pasid);
}

static inline void block_dev_pasid(struct iommu_domain *domain,
				   struct device *dev, ioasid_t pasid)
{
	domain->ops->block_dev_pasid(domain, dev, pasid);
}

static inline ioasid_t mm_pasid(const struct mm_struct *mm)
{
	return mm->pasid;
}

#endif /* IOMMU_SVA_DOMAIN_BESIDE */
#endif /* _IOMMU_SVA_INTERNAL_H */
