/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What kernels export of SVA domains and PASIDs, in one shape. What a kernel does
 * not have answers -EOPNOTSUPP, or nothing; svac_stock_has() tells before.
 */
#ifndef _SVAC_DEVICE_STOCK_H
#define _SVAC_DEVICE_STOCK_H

#include <linux/bits.h>
#include <linux/iommu.h>

/* iommu_attach_device_pasid() and iommu_detach_device_pasid() */
#define SVAC_STOCK_SETS		BIT(0)
/* iommu_alloc_global_pasid() and iommu_free_global_pasid() */
#define SVAC_STOCK_GIVES		BIT(1)
/* Binding is refused to everybody, since devices may use freed page tables of the kernel */
#define SVAC_STOCK_REFUSES	BIT(2)

#define SVAC_NO_PASID		((ioasid_t)-1)

bool svac_stock_has(u32 what);
struct iommu_domain *svac_stock_alloc(struct device *dev);
int svac_stock_map(struct iommu_domain *domain, unsigned long iova, phys_addr_t phys,
		   size_t bytes);
int svac_stock_set(struct iommu_domain *domain, struct device *dev, ioasid_t pasid);
void svac_stock_block(struct iommu_domain *domain, struct device *dev, ioasid_t pasid);
u32 svac_stock_max_pasids(struct device *dev);
ioasid_t svac_stock_give_pasid(struct device *dev);
void svac_stock_take_pasid(ioasid_t pasid);
bool svac_stock_start_sva(struct device *dev);
void svac_stock_stop_sva(struct device *dev);
struct iommu_sva *svac_stock_bind(struct device *dev, struct mm_struct *mm);
void svac_stock_unbind(struct iommu_sva *handle);
ioasid_t svac_stock_pasid(struct iommu_sva *handle);

#endif /* _SVAC_DEVICE_STOCK_H */
