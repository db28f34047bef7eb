/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SVA domains for trees that have none: what device and IOMMU drivers see.
 *
 * An SVA domain is an iommu_domain whose page table is a process's own.
 *
 * What a driver answers to ops->domain_alloc(IOMMU_DOMAIN_SVA): a domain
 * embedded in a struct iommu_sva_domain, its ops set and ops->free among them,
 * or NULL. The callback sees neither the device nor the mm, so NULL has two
 * meanings, told apart where they can be: a driver without dev_enable_feat, or
 * a device without PASIDs, cannot do SVA and NULL becomes -EOPNOTSUPP; from
 * any other it is taken for a lack of memory, -ENOMEM.
 */
#ifndef _IOMMU_SVA_DOMAIN_H
#define _IOMMU_SVA_DOMAIN_H

#include <linux/iommu.h>

struct mm_struct;

/**
 * struct iommu_sva_domain - a domain that shares a process's page table
 * @domain: the generic part, of type IOMMU_DOMAIN_SVA
 * @mm: the address space; held with mmgrab() from allocation to free
 */
struct iommu_sva_domain {
	struct iommu_domain domain;
	struct mm_struct *mm;
};

#define to_sva_domain(d)	container_of(d, struct iommu_sva_domain, domain)

#ifdef CONFIG_IOMMU_SVA_DOMAIN

struct mm_struct *domain_to_mm(struct iommu_domain *domain);
struct iommu_domain *iommu_sva_alloc_domain(struct device *dev,
					    struct mm_struct *mm);
void iommu_sva_free_domain(struct iommu_domain *domain);

u32 iommu_device_max_pasids(struct device *dev);
int iommu_set_device_pasid(struct iommu_domain *domain, struct device *dev,
			   ioasid_t pasid);
void iommu_block_device_pasid(struct iommu_domain *domain, struct device *dev,
			      ioasid_t pasid);
struct iommu_domain *iommu_get_domain_for_dev_pasid(struct device *dev,
						    ioasid_t pasid);

struct iommu_sva *iommu_sva_domain_bind(struct device *dev,
					struct mm_struct *mm);
void iommu_sva_domain_unbind(struct iommu_sva *handle);
ioasid_t iommu_sva_domain_pasid(struct iommu_sva *handle);

#else /* CONFIG_IOMMU_SVA_DOMAIN */

static inline struct mm_struct *domain_to_mm(struct iommu_domain *domain)
{
	return NULL;
}

static inline struct iommu_domain *
iommu_sva_alloc_domain(struct device *dev, struct mm_struct *mm)
{
	return ERR_PTR(-ENODEV);
}

static inline void iommu_sva_free_domain(struct iommu_domain *domain)
{
}

static inline u32 iommu_device_max_pasids(struct device *dev)
{
	return 0;
}

static inline int iommu_set_device_pasid(struct iommu_domain *domain,
					 struct device *dev, ioasid_t pasid)
{
	return -ENODEV;
}

static inline void iommu_block_device_pasid(struct iommu_domain *domain,
					    struct device *dev, ioasid_t pasid)
{
}

static inline struct iommu_domain *
iommu_get_domain_for_dev_pasid(struct device *dev, ioasid_t pasid)
{
	return NULL;
}

static inline struct iommu_sva *iommu_sva_domain_bind(struct device *dev,
						      struct mm_struct *mm)
{
	return ERR_PTR(-ENODEV);
}

static inline void iommu_sva_domain_unbind(struct iommu_sva *handle)
{
}

static inline ioasid_t iommu_sva_domain_pasid(struct iommu_sva *handle)
{
	return INVALID_IOASID;
}

#endif /* CONFIG_IOMMU_SVA_DOMAIN */
#endif /* _IOMMU_SVA_DOMAIN_H */
