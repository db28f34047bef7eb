/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the mock driver needs from the core and the memory manager, wherever
 * kernels differ.
 */
#ifndef _SVAC_DRIVER_H
#define _SVAC_DRIVER_H

#include <linux/mm.h>

#include "../carried/iommu-sva-domain.h"

/* The part of a driver's own SVA domain that the core knows */
struct svac_sva_domain {
	struct iommu_sva_domain core;
};

static inline struct iommu_domain *
svac_generic_domain(struct svac_sva_domain *domain)
{
	return &domain->core.domain;
}

static inline struct svac_sva_domain *
svac_driver_domain(struct iommu_domain *domain)
{
	return container_of(domain, struct svac_sva_domain, core.domain);
}

/* As a driver finds it when asked to set the domain on a PASID */
static inline struct mm_struct *svac_domain_mm(struct iommu_domain *domain)
{
	return to_sva_domain(domain)->mm;
}

/* One page of another address space, by FOLL_*; mmap lock held */
static inline long svac_get_page(struct mm_struct *mm, unsigned long va,
				 unsigned int flags, struct page **page)
{
	return get_user_pages_remote(mm, va, 1, flags, page, NULL, NULL);
}

#endif /* _SVAC_DRIVER_H */
