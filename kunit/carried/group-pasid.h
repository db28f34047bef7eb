/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the IOMMU core keeps for each group about PASIDs, and the points at
 * which it tells us of devices that join and leave. Seen by iommu.c alone.
 */
#ifndef _IOMMU_GROUP_PASID_H
#define _IOMMU_GROUP_PASID_H

#include <linux/xarray.h>

#include "iommu-sva-domain.h"

struct iommu_group;

#ifdef CONFIG_IOMMU_SVA_DOMAIN

/**
 * struct iommu_group_pasids - the PASIDs set on the one device of a group
 * @store: PASID to domain; an entry is reserved while its driver is being
 *	   asked and readable once it has agreed. Written under group->mutex.
 * @leaving: the device that is on its way out and accepts no PASID any more
 */
struct iommu_group_pasids {
	struct xarray store;
	struct device *leaving;
};

static inline void iommu_group_pasids_init(struct iommu_group_pasids *pasids)
{
	xa_init(&pasids->store);
}

static int iommu_group_pasids_join(struct iommu_group *group,
				   struct device *dev);
static void iommu_group_pasids_leave(struct device *dev);

#else /* CONFIG_IOMMU_SVA_DOMAIN */

struct iommu_group_pasids {
};

static inline void iommu_group_pasids_init(struct iommu_group_pasids *pasids)
{
}

static inline int iommu_group_pasids_join(struct iommu_group *group,
					  struct device *dev)
{
	return 0;
}

static inline void iommu_group_pasids_leave(struct device *dev)
{
}

#endif /* CONFIG_IOMMU_SVA_DOMAIN */
#endif /* _IOMMU_GROUP_PASID_H */
