/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What mock and suites need of the kernel, wherever kernels differ.
 */
#ifndef _SVAC_KERNEL_H
#define _SVAC_KERNEL_H

#include <linux/device/bus.h>
#include <linux/iommu.h>
#include <linux/mm.h>

struct kunit;

#ifndef INVALID_IOASID
#define INVALID_IOASID	IOMMU_PASID_INVALID
#endif

/* What KUnit gives a function that it asks for the next run of a case */
#ifdef CONFIG_SVACHECK_PARAM_TEST
#define svac_asked(...)	struct kunit *asking, __VA_ARGS__
#else
#define svac_asked(...)	__VA_ARGS__
#endif

/* What a bus has for all its devices; kernels of today have nothing there */
static inline const struct iommu_ops *svac_set_bus_ops(struct device *dev,
						       const struct iommu_ops *ops)
{
#ifdef CONFIG_SVACHECK_BUS_OPS
	return xchg(&dev->bus->iommu_ops, ops);
#else
	return ops;
#endif
}

/* One page of another address space, by FOLL_*; mmap lock held */
static inline long svac_get_page(struct mm_struct *mm, unsigned long va,
				 unsigned int flags, struct page **page)
{
#ifdef CONFIG_SVACHECK_GUP_VMAS
	return get_user_pages_remote(mm, va, 1, flags, page, NULL, NULL);
#else
	return get_user_pages_remote(mm, va, 1, flags, page, NULL);
#endif
}

/* The PASID of a process, INVALID_IOASID if it has none */
static inline ioasid_t svac_mm_pasid(struct mm_struct *mm)
{
#ifdef CONFIG_SVACHECK_MM_DATA
	return mm_get_enqcmd_pasid(mm);
#else
	return mm->pasid;
#endif
}

/* For controls: a PASID that nobody has given to the process */
void svac_plant_mm_pasid(struct mm_struct *mm, ioasid_t pasid);
void svac_uproot_mm_pasid(struct mm_struct *mm);

/* Of trees with SVA domains: as their own bind does it, for good; 0, -ENOMEM or -ENOSPC */
int svac_give_mm_pasid(struct mm_struct *mm, struct device *dev);

/* Of trees with SVA domains: for a process that is used again, which saves a new one */
void svac_forget_mm_pasid(struct mm_struct *mm);

static inline int svac_map(struct iommu_domain *domain, unsigned long iova,
			   phys_addr_t phys, size_t size, int prot)
{
#ifdef CONFIG_SVACHECK_MAP_GFP
	return iommu_map(domain, iova, phys, size, prot, GFP_KERNEL);
#else
	return iommu_map(domain, iova, phys, size, prot);
#endif
}

static inline int svac_map_atomic(struct iommu_domain *domain, unsigned long iova,
				  phys_addr_t phys, size_t size, int prot)
{
#ifdef CONFIG_SVACHECK_MAP_GFP
	return iommu_map(domain, iova, phys, size, prot, GFP_ATOMIC);
#else
	return iommu_map_atomic(domain, iova, phys, size, prot);
#endif
}

#endif /* _SVAC_KERNEL_H */
