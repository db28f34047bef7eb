/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An IOMMU driver in one vocabulary, wherever kernels differ in what they ask of
 * one. core.c presents it to the IOMMU core of this kernel.
 */
#ifndef _SVAC_DRIVER_H
#define _SVAC_DRIVER_H

#include <linux/iommu.h>

#include "kernel.h"

#ifdef CONFIG_SVACHECK_UPSTREAM

/* The part of a driver's own SVA domain that the core knows */
struct svac_sva_domain {
	struct iommu_domain core;
};

static inline struct iommu_domain *
svac_generic_domain(struct svac_sva_domain *domain)
{
	return &domain->core;
}

/* As a driver finds it when asked to set the domain on a PASID */
static inline struct mm_struct *svac_domain_mm(struct iommu_domain *domain)
{
	return domain->mm;
}

#else

#include "../carried/iommu-sva-domain.h"

struct svac_sva_domain {
	struct iommu_sva_domain core;
};

static inline struct iommu_domain *
svac_generic_domain(struct svac_sva_domain *domain)
{
	return &domain->core.domain;
}

static inline struct mm_struct *svac_domain_mm(struct iommu_domain *domain)
{
	return to_sva_domain(domain)->mm;
}

#endif /* CONFIG_SVACHECK_UPSTREAM */

/**
 * struct svac_domain_ops - what a driver does with a domain
 * @attach_dev: to a device, for DMA without a PASID
 * @set_dev_pasid: let a device reach it under a PASID
 * @replace_dev_pasid: the same, where a domain was set before: without a gap
 * @block_dev_pasid: undo set_dev_pasid; cannot fail
 * @map_pages: into its I/O page table
 * @unmap_pages: out of it
 * @iova_to_phys: what is mapped there
 * @free: the domain
 */
struct svac_domain_ops {
	int (*attach_dev)(struct iommu_domain *domain, struct device *dev);
	int (*set_dev_pasid)(struct iommu_domain *domain, struct device *dev,
			     ioasid_t pasid);
	int (*replace_dev_pasid)(struct iommu_domain *domain, struct device *dev,
				 ioasid_t pasid, struct iommu_domain *old);
	void (*block_dev_pasid)(struct iommu_domain *domain, struct device *dev,
				ioasid_t pasid);
	int (*map_pages)(struct iommu_domain *domain, unsigned long iova,
			 phys_addr_t phys, size_t pgsize, size_t pgcount,
			 int prot, gfp_t gfp, size_t *mapped);
	size_t (*unmap_pages)(struct iommu_domain *domain, unsigned long iova,
			      size_t pgsize, size_t pgcount,
			      struct iommu_iotlb_gather *gather);
	phys_addr_t (*iova_to_phys)(struct iommu_domain *domain, dma_addr_t iova);
	void (*free)(struct iommu_domain *domain);
};

/**
 * struct svac_driver - what a driver does with devices, and for them
 * @domain_alloc: a domain of a type, with svac_domain_use() made; or NULL
 * @probe_device: the IOMMU of a device, or an ERR_PTR
 * @release_device: undoes probe_device
 * @device_group: the group of a device, with a reference
 * @def_domain_type: for DMA without a PASID
 * @is_attach_deferred: until the device's driver maps something
 * @enable_sva: can a device have SVA domains; 0 or an errno
 * @page_response: tell a device the answer to a group of its page requests
 */
struct svac_driver {
	struct iommu_domain *(*domain_alloc)(unsigned int type);
	struct iommu_device *(*probe_device)(struct device *dev);
	void (*release_device)(struct device *dev);
	struct iommu_group *(*device_group)(struct device *dev);
	int (*def_domain_type)(struct device *dev);
	bool (*is_attach_deferred)(struct device *dev);
	int (*enable_sva)(struct device *dev);
	void (*page_response)(struct device *dev, ioasid_t pasid, u32 group,
			      enum iommu_page_response_code code);
};

/* What a driver can lack; the core finds the operation missing */
#define SVAC_LACKS_ALLOC	BIT(0)
#define SVAC_LACKS_SVA		BIT(1)
#define SVAC_LACKS_BLOCK	BIT(2)

void svac_core_begin(const struct svac_driver *driver,
		     const struct svac_domain_ops *entries,
		     const struct svac_domain_ops *paging);
int svac_core_register(struct iommu_device *iommu, u32 max_pasids,
		       const char *name);
void svac_core_lack(u32 lacks);
u32 svac_core_lacks(void);
struct iommu_domain *svac_core_alloc(unsigned int type);
void svac_domain_use(struct iommu_domain *domain,
		     const struct svac_domain_ops *ops);
int svac_driver_set(struct iommu_domain *domain, struct device *dev,
		    ioasid_t pasid);
int svac_driver_replace(struct iommu_domain *domain, struct device *dev,
			ioasid_t pasid, struct iommu_domain *old);
void svac_driver_block(struct iommu_domain *domain, struct device *dev,
		       ioasid_t pasid);
void svac_driver_respond(struct device *dev, ioasid_t pasid, u32 group,
			 enum iommu_page_response_code code);
const struct svac_domain_ops *svac_domain_ops(const struct iommu_domain *domain);

#endif /* _SVAC_DRIVER_H */
