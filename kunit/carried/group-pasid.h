/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The points at which the IOMMU core tells us of devices that join a group and
 * leave it. Seen by iommu.c alone.
 */
#ifndef _IOMMU_GROUP_PASID_H
#define _IOMMU_GROUP_PASID_H

#include "internal.h"
#include "iommu-sva-domain.h"

struct group_device;
struct iommu_group;

#ifdef CONFIG_IOMMU_SVA_DOMAIN

static int iommu_group_pasids_join(struct iommu_group *group,
				   struct group_device *entry);
static void iommu_group_pasids_leave(struct device *dev);

#else /* CONFIG_IOMMU_SVA_DOMAIN */

static inline int iommu_group_pasids_join(struct iommu_group *group,
					  struct group_device *entry)
{
	return 0;
}

static inline void iommu_group_pasids_leave(struct device *dev)
{
}

#endif /* CONFIG_IOMMU_SVA_DOMAIN */
#endif /* _IOMMU_GROUP_PASID_H */
