/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two pages of the IOMMU's own size to map.
 */
#ifndef _SVAC_DEVICE_PAGES_H
#define _SVAC_DEVICE_PAGES_H

#include <linux/types.h>

struct iommu_domain;
struct kunit;

#define SVAC_IOVA	0x40000000UL

/**
 * struct svac_pages - two pages, one after the other
 * @memory: as the processor has them
 * @order: of the memory
 * @phys: where they are
 * @size: of each
 */
struct svac_pages {
	void *memory;
	unsigned int order;
	phys_addr_t phys;
	size_t size;
};

bool svac_pages_map(struct kunit *test, struct iommu_domain *domain, struct svac_pages *pages);
bool svac_pages_found(struct iommu_domain *domain, const struct svac_pages *pages);
void svac_pages_unmap(struct kunit *test, struct iommu_domain *domain, struct svac_pages *pages);

#endif /* _SVAC_DEVICE_PAGES_H */
