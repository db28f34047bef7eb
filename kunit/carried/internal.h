/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of this folder have for each other, and for nobody else */
#ifndef _IOMMU_SVA_INTERNAL_H
#define _IOMMU_SVA_INTERNAL_H

#include <linux/ioasid.h>

struct device;
struct iommu_domain;

int iommu_try_block_device_pasid(struct iommu_domain *domain,
				 struct device *dev, ioasid_t pasid);

#endif /* _IOMMU_SVA_INTERNAL_H */
