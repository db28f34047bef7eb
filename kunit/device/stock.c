// SPDX-License-Identifier: GPL-2.0
/*
 * The one place of these cases that knows kernels apart, by what their headers
 * have: see the Makefile. Only what is exported to every module is used.
 */
#include <linux/err.h>
#include <linux/pci-ats.h>
#include <linux/pci.h>

#include "stock.h"

/**
 * svac_stock_has() - Does this kernel have something
 * @what: one of SVAC_STOCK_*
 *
 * Return: true if it does.
 */
bool svac_stock_has(u32 what)
{
	u32 has = 0;

#ifdef SVAC_SETS
	has |= SVAC_STOCK_SETS;
#endif
#ifdef SVAC_GIVES_PASIDS
	has |= SVAC_STOCK_GIVES;
#endif
#if defined(CONFIG_X86) && !defined(CONFIG_UML) && !defined(SVAC_KERNEL_RANGE)
	has |= SVAC_STOCK_REFUSES;
#endif
	return has & what;
}

/**
 * svac_stock_alloc() - Allocate a domain with an I/O page table
 * @dev: the device that it is for
 *
 * Return: the domain or an ERR_PTR.
 */
struct iommu_domain *svac_stock_alloc(struct device *dev)
{
#ifdef SVAC_ALLOC_BY_DEVICE
	return iommu_paging_domain_alloc(dev);
#else
	return iommu_domain_alloc(dev->bus) ?: ERR_PTR(-ENOMEM);
#endif
}

/**
 * svac_stock_map() - Map memory in a domain, to be read and written
 * @domain: the domain
 * @iova: where
 * @phys: the memory
 * @bytes: how much of it
 *
 * Return: 0 or a negative errno.
 */
int svac_stock_map(struct iommu_domain *domain, unsigned long iova, phys_addr_t phys,
		   size_t bytes)
{
#ifdef SVAC_MAP_GFP
	return iommu_map(domain, iova, phys, bytes, IOMMU_READ | IOMMU_WRITE, GFP_KERNEL);
#else
	return iommu_map(domain, iova, phys, bytes, IOMMU_READ | IOMMU_WRITE);
#endif
}

/**
 * svac_stock_set() - Set a domain on a PASID
 * @domain: the domain
 * @dev: the device
 * @pasid: the PASID
 *
 * Return: 0 or a negative errno.
 */
int svac_stock_set(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
#ifdef SVAC_SET_HANDLE
	return iommu_attach_device_pasid(domain, dev, pasid, NULL);
#elif defined(SVAC_SETS)
	return iommu_attach_device_pasid(domain, dev, pasid);
#else
	return -EOPNOTSUPP;
#endif
}

/**
 * svac_stock_block() - Undo svac_stock_set()
 * @domain: what is set
 * @dev: the device
 * @pasid: the PASID
 */
void svac_stock_block(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
#ifdef SVAC_SETS
	iommu_detach_device_pasid(domain, dev, pasid);
#endif
}

/**
 * svac_stock_max_pasids() - How many PASIDs the IOMMU core gives a device
 * @dev: the device
 *
 * Return: the first PASID that is beyond it; 0 if it has none.
 */
u32 svac_stock_max_pasids(struct device *dev)
{
#ifdef SVAC_DEVICE_LIMIT
	return dev->iommu->max_pasids;
#else
	return dev_is_pci(dev) ? max(pci_max_pasids(to_pci_dev(dev)), 0) : 0;
#endif
}

/**
 * svac_stock_give_pasid() - A PASID that nobody in the system has
 * @dev: the device that it is for
 *
 * Return: the PASID, or SVAC_NO_PASID.
 */
ioasid_t svac_stock_give_pasid(struct device *dev)
{
#ifdef SVAC_GIVES_PASIDS
	return iommu_alloc_global_pasid(dev);
#else
	return SVAC_NO_PASID;
#endif
}

/**
 * svac_stock_take_pasid() - Undo svac_stock_give_pasid()
 * @pasid: the PASID
 */
void svac_stock_take_pasid(ioasid_t pasid)
{
#ifdef SVAC_GIVES_PASIDS
	iommu_free_global_pasid(pasid);
#endif
}

/**
 * svac_stock_start_sva() - Do what has to come before a bind
 * @dev: the device
 *
 * Return: true if svac_stock_stop_sva() has something to undo.
 */
bool svac_stock_start_sva(struct device *dev)
{
#ifdef SVAC_FEATURES
	return !iommu_dev_enable_feature(dev, IOMMU_DEV_FEAT_SVA);
#else
	return false;
#endif
}

/**
 * svac_stock_stop_sva() - Undo svac_stock_start_sva()
 * @dev: the device
 */
void svac_stock_stop_sva(struct device *dev)
{
#ifdef SVAC_FEATURES
	iommu_dev_disable_feature(dev, IOMMU_DEV_FEAT_SVA);
#endif
}

/**
 * svac_stock_bind() - Bind a process to a device
 * @dev: the device
 * @mm: its memory
 *
 * Return: a handle or an ERR_PTR.
 */
struct iommu_sva *svac_stock_bind(struct device *dev, struct mm_struct *mm)
{
#ifdef SVAC_BIND_DRVDATA
	return iommu_sva_bind_device(dev, mm, NULL);
#else
	return iommu_sva_bind_device(dev, mm);
#endif
}

/**
 * svac_stock_unbind() - Undo svac_stock_bind()
 * @handle: what it returned
 */
void svac_stock_unbind(struct iommu_sva *handle)
{
	iommu_sva_unbind_device(handle);
}

/**
 * svac_stock_pasid() - The PASID of a bond
 * @handle: what svac_stock_bind() returned
 *
 * Return: the PASID.
 */
ioasid_t svac_stock_pasid(struct iommu_sva *handle)
{
	return iommu_sva_get_pasid(handle);
}
