// SPDX-License-Identifier: GPL-2.0
/*
 * Where a process keeps its PASID.
 */
#include <linux/slab.h>

#include "kernel.h"

#ifdef CONFIG_SVACHECK_MM_DATA

static struct iommu_mm_data planted;

/**
 * svac_plant_mm_pasid() - Say of a process that it has a PASID
 * @mm: of one process at a time
 * @pasid: INVALID_IOASID to take it back
 */
void svac_plant_mm_pasid(struct mm_struct *mm, ioasid_t pasid)
{
	planted.pasid = pasid;
	mm->iommu_mm = pasid == INVALID_IOASID ? NULL : &planted;
}

/**
 * svac_uproot_mm_pasid() - Take back what was planted, if it was
 * @mm: before the kernel looks for what to free with it
 */
void svac_uproot_mm_pasid(struct mm_struct *mm)
{
	if (mm->iommu_mm == &planted)
		mm->iommu_mm = NULL;
}

/**
 * svac_give_mm_pasid() - Give a process a PASID, which goes with it
 * @mm: of one that has none
 * @dev: that can have as many as it says
 *
 * Return: 0, -ENOMEM, or -ENOSPC if all are those of others.
 */
int svac_give_mm_pasid(struct mm_struct *mm, struct device *dev)
{
	struct iommu_mm_data *data = kzalloc(sizeof(*data), GFP_KERNEL);

	if (!data)
		return -ENOMEM;
	data->pasid = iommu_alloc_global_pasid(dev);
	if (data->pasid == IOMMU_PASID_INVALID) {
		kfree(data);
		return -ENOSPC;
	}
#ifdef CONFIG_SVACHECK_MM_DATA_MM
	data->mm = mm;
#endif
	INIT_LIST_HEAD(&data->sva_domains);
	mm->iommu_mm = data;
	return 0;
}

/**
 * svac_forget_mm_pasid() - Take its PASID from a process, as at the end of it
 * @mm: of one that is bound to nothing
 */
void svac_forget_mm_pasid(struct mm_struct *mm)
{
	mm_pasid_drop(mm);
	mm->iommu_mm = NULL;
}

#else

void svac_plant_mm_pasid(struct mm_struct *mm, ioasid_t pasid)
{
	mm->pasid = pasid;
}

void svac_uproot_mm_pasid(struct mm_struct *mm)
{
}

#endif
