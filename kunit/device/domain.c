// SPDX-License-Identifier: GPL-2.0
/*
 * I/O page tables that are set nowhere: these need an IOMMU, and no PASIDs.
 */
#include <linux/gfp.h>
#include <linux/io.h>

#include "pages.h"
#include "real.h"

/* A domain with two pages in it; NULL if the case is to return */
static struct iommu_domain *mapped(struct kunit *test, struct svac_pages *pages)
{
	struct iommu_domain *domain = svac_real_domain(test);

	return domain && svac_pages_map(test, domain, pages) ? domain : NULL;
}

static void allocating_and_freeing_touches_no_device(struct kunit *test)
{
	int i;

	svac_rules(test, "DOM-010");
	for (i = 0; i < SVAC_REAL_DOMAINS; i++) {
		if (!svac_real_domain(test))
			return;
	}
	svac_real_unchanged(test, "with domains allocated");
}

static void an_io_page_table_is_empty_at_first(struct kunit *test)
{
	struct iommu_domain *domain;

	svac_rules(test, "HW-104");
	domain = svac_real_domain(test);
	if (!domain)
		return;
	svac_real_expect(test, iommu_iova_to_phys(domain, SVAC_IOVA), 0);
	svac_real_expect_true(test, domain->type == IOMMU_DOMAIN_UNMANAGED);
}

static void what_is_mapped_is_found_there_alone(struct kunit *test)
{
	struct svac_pages pages;
	struct iommu_domain *domain;

	svac_rules(test, "HW-104");
	domain = mapped(test, &pages);
	if (!domain)
		return;
	svac_real_expect_true(test, svac_pages_found(domain, &pages));
	svac_real_expect(test, iommu_iova_to_phys(domain, SVAC_IOVA - pages.size), 0);
	svac_real_expect(test, iommu_iova_to_phys(domain, SVAC_IOVA + 2 * pages.size), 0);
	svac_pages_unmap(test, domain, &pages);
}

static void what_is_unmapped_is_gone(struct kunit *test)
{
	struct svac_pages pages;
	struct iommu_domain *domain;

	svac_rules(test, "HW-104");
	domain = mapped(test, &pages);
	if (!domain)
		return;
	svac_real_expect(test, iommu_unmap(domain, SVAC_IOVA, pages.size), pages.size);
	svac_real_expect(test, iommu_iova_to_phys(domain, SVAC_IOVA), 0);
	svac_real_expect_true(test, iommu_iova_to_phys(domain, SVAC_IOVA + pages.size) ==
			      pages.phys + pages.size);
	svac_real_expect(test, iommu_unmap(domain, SVAC_IOVA + pages.size, pages.size),
			 pages.size);
	svac_pages_unmap(test, domain, &pages);
}

static void domains_share_no_mappings(struct kunit *test)
{
	struct iommu_domain *domain, *other;
	struct svac_pages pages;

	svac_rules(test, "HW-104");
	other = svac_real_domain(test);
	domain = mapped(test, &pages);
	if (!domain)
		return;
	if (other)
		svac_real_expect(test, iommu_iova_to_phys(other, SVAC_IOVA), 0);
	svac_pages_unmap(test, domain, &pages);
}

static void what_is_no_whole_page_is_refused(struct kunit *test)
{
	struct iommu_domain *domain;
	struct svac_pages pages;

	svac_rules(test, "DOM-023");
	domain = mapped(test, &pages);
	if (!domain)
		return;
	svac_real_expect(test, svac_stock_map(domain, SVAC_IOVA + 4 * pages.size + 1, pages.phys,
					      pages.size), -EINVAL);
	svac_real_expect(test, svac_stock_map(domain, SVAC_IOVA + 4 * pages.size, pages.phys,
					      pages.size / 2), -EINVAL);
	svac_real_expect(test, iommu_iova_to_phys(domain, SVAC_IOVA + 4 * pages.size), 0);
	svac_real_expect_true(test, svac_pages_found(domain, &pages));
	svac_pages_unmap(test, domain, &pages);
}

static struct kunit_case domain_cases[] = {
	SVAC_PLAIN_CASE(allocating_and_freeing_touches_no_device),
	SVAC_PLAIN_CASE(an_io_page_table_is_empty_at_first),
	SVAC_PLAIN_CASE(what_is_mapped_is_found_there_alone),
	SVAC_PLAIN_CASE(what_is_unmapped_is_gone),
	SVAC_PLAIN_CASE(domains_share_no_mappings),
	SVAC_PLAIN_CASE(what_is_no_whole_page_is_refused),
	{}
};

SVAC_SUITE(svac_device_domain, domain_cases);
