// SPDX-License-Identifier: GPL-2.0
/*
 * Mapping two pages, one by one: an IOMMU may make one large mapping of both, and
 * then unmap both, if they are mapped together.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/iommu.h>

#include "pages.h"
#include "real.h"

/**
 * svac_pages_map() - Map two fresh pages at SVAC_IOVA
 * @test: the case, which fails if that cannot be
 * @domain: the domain
 * @pages: for what was mapped
 *
 * Return: true if svac_pages_unmap() has something to undo.
 */
bool svac_pages_map(struct kunit *test, struct iommu_domain *domain, struct svac_pages *pages)
{
	int ret = -ENOMEM;

	pages->size = BIT(__ffs(domain->pgsize_bitmap));
	pages->order = get_order(2 * pages->size);
	pages->memory = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, pages->order);
	if (pages->memory) {
		pages->phys = virt_to_phys(pages->memory);
		ret = svac_stock_map(domain, SVAC_IOVA, pages->phys, pages->size);
	}
	if (!ret) {
		ret = svac_stock_map(domain, SVAC_IOVA + pages->size,
				     pages->phys + pages->size, pages->size);
		if (ret)
			iommu_unmap(domain, SVAC_IOVA, pages->size);
	}
	KUNIT_EXPECT_TRUE_MSG(test, !ret, "two pages cannot be mapped: %d\n", ret);
	if (ret)
		free_pages((unsigned long)pages->memory, pages->order);
	return !ret;
}

/**
 * svac_pages_found() - Are both pages where they were mapped
 * @domain: the domain
 * @pages: the pages
 *
 * Return: true if they are, up to the last byte.
 */
bool svac_pages_found(struct iommu_domain *domain, const struct svac_pages *pages)
{
	size_t last = 2 * pages->size - 1;

	return iommu_iova_to_phys(domain, SVAC_IOVA) == pages->phys &&
	       iommu_iova_to_phys(domain, SVAC_IOVA + pages->size) == pages->phys + pages->size &&
	       iommu_iova_to_phys(domain, SVAC_IOVA + last) == pages->phys + last;
}

/**
 * svac_pages_unmap() - Undo svac_pages_map()
 * @test: the case, which fails if one of the pages stays mapped
 * @domain: the domain
 * @pages: the pages; the memory is kept if a device may still reach it
 */
void svac_pages_unmap(struct kunit *test, struct iommu_domain *domain, struct svac_pages *pages)
{
	bool left;
	int i;

	for (i = 0; i < 2; i++) {
		if (iommu_iova_to_phys(domain, SVAC_IOVA + i * pages->size))
			iommu_unmap(domain, SVAC_IOVA + i * pages->size, pages->size);
	}
	left = iommu_iova_to_phys(domain, SVAC_IOVA) ||
	       iommu_iova_to_phys(domain, SVAC_IOVA + pages->size);
	KUNIT_EXPECT_TRUE_MSG(test, !left, "what was unmapped is still found\n");
	if (!left)
		free_pages((unsigned long)pages->memory, pages->order);
}
