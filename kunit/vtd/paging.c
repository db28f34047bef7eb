// SPDX-License-Identifier: GPL-2.0
/*
 * I/O page tables on PASIDs of the real driver.
 */
#include <linux/mm.h>

#include "spec.h"
#include "vtd.h"

#define IOVA	0x10000000UL
#define PAGES	4

static const struct paging_row {
	const char *name;
	enum vtd_device which;
	ioasid_t pasid;
} paging_rows[] = {
	{ "first", VTD_FULL, 1 },
	{ "other-table", VTD_FULL, 70 },
	{ "last", VTD_FULL, BIT(20) - 1 },
	{ "narrow", VTD_NARROW, BIT(VTD_NARROW_BITS) - 1 },
	{ "no-ats", VTD_NO_ATS, 3 },
};

SVAC_ROWS(paging_rows);

static void free_pages_of(void *page)
{
	__free_pages(page, get_order(PAGES * PAGE_SIZE));
}

static struct page *memory(struct kunit *test)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO, get_order(PAGES * PAGE_SIZE));

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_pages_of, page), 0);
	return page;
}

static void map(struct kunit *test, struct iommu_domain *domain, struct page *page, int prot)
{
	KUNIT_ASSERT_EQ(test, svac_map(domain, IOVA, page_to_phys(page), PAGES * PAGE_SIZE, prot),
			0);
}

static struct device *row_device(struct kunit *test)
{
	const struct paging_row *row = to_svac(test)->row;

	return vtd_device(test, row->which);
}

static ioasid_t row_pasid(struct kunit *test)
{
	const struct paging_row *row = to_svac(test)->row;

	return row->pasid;
}

static void set_entry_leads_to_what_is_mapped(struct kunit *test)
{
	struct device *dev = row_device(test);
	struct page *page = memory(test);
	struct iommu_domain *domain;
	struct vtd_entry entry;

	svac_rules(test, "HW-003", "DRV-003", "DRV-017", "PASID-021");
	domain = vtd_paging_domain(test, dev);
	map(test, domain, page, IOMMU_READ | IOMMU_WRITE);
	svac_expect_ret(test, vtd_set(test, domain, dev, row_pasid(test)), 0);
	entry = vtd_entry(dev, row_pasid(test));
	KUNIT_EXPECT_TRUE_MSG(test, entry.p, "the entry is not present\n");
	vtd_expect_ok(test, vtd_leads_to(&entry, IOVA, page_to_phys(page), true));
	vtd_expect_ok(test, vtd_leads_to(&entry, IOVA + 3 * PAGE_SIZE + 8,
					 page_to_phys(page) + 3 * PAGE_SIZE + 8, false));
	vtd_expect_ok(test, vtd_leads_to(&entry, IOVA + PAGES * PAGE_SIZE, 0, false));
	vtd_expect_ok(test, vtd_leads_to(&entry, IOVA - PAGE_SIZE, 0, false));
}

static void set_entry_is_sound(struct kunit *test)
{
	struct device *dev = row_device(test);
	struct vtd_entry entry;

	svac_rules(test, "HW-002");
	KUNIT_ASSERT_EQ(test, vtd_set(test, vtd_paging_domain(test, dev), dev, row_pasid(test)), 0);
	entry = vtd_entry(dev, row_pasid(test));
	vtd_expect_ok(test, vtd_sound(&entry, vtd_unit(dev)));
}

static void setting_changes_one_entry(struct kunit *test)
{
	struct device *dev = row_device(test);
	struct iommu_domain *domain = vtd_paging_domain(test, dev);
	struct vtd_shot *shot = vtd_shot(test, dev);

	svac_rules(test, "HW-004", "DRV-005", "DRV-006", "PASID-022");
	KUNIT_ASSERT_EQ(test, vtd_set(test, domain, dev, row_pasid(test)), 0);
	vtd_expect_ok(test, vtd_changed(test, shot, dev, row_pasid(test)));
}

static void what_is_read_only_is_so_for_the_hardware(struct kunit *test)
{
	struct device *dev = row_device(test);
	struct page *page = memory(test);
	struct iommu_domain *domain;
	struct vtd_entry entry;

	svac_rules(test, "HW-003", "DRV-017");
	domain = vtd_paging_domain(test, dev);
	map(test, domain, page, IOMMU_READ);
	KUNIT_ASSERT_EQ(test, vtd_set(test, domain, dev, row_pasid(test)), 0);
	entry = vtd_entry(dev, row_pasid(test));
	vtd_expect_ok(test, vtd_leads_to(&entry, IOVA, page_to_phys(page), false));
	vtd_expect_ok(test, vtd_leads_to(&entry, IOVA, 0, true));
}

static void unmapped_range_is_flushed(struct kunit *test)
{
	struct device *dev = row_device(test);
	struct page *page = memory(test);
	struct iommu_domain *domain;
	const struct vtd_log *log;
	struct vtd_flush flush;
	struct vtd_entry entry;

	svac_rules(test, "HW-013", "DRV-018", "DRV-021");
	domain = vtd_paging_domain(test, dev);
	map(test, domain, page, IOMMU_READ | IOMMU_WRITE);
	KUNIT_ASSERT_EQ(test, vtd_set(test, domain, dev, row_pasid(test)), 0);
	entry = vtd_entry(dev, row_pasid(test));
	flush = vtd_all_of(dev, row_pasid(test), &entry);
	flush.start = IOVA;
	flush.last = IOVA + PAGES * PAGE_SIZE - 1;
	vtd_listen(dev, row_pasid(test), NULL);
	KUNIT_EXPECT_EQ(test, iommu_unmap(domain, IOVA, PAGES * PAGE_SIZE), PAGES * PAGE_SIZE);
	log = vtd_heard(test);
	vtd_expect_ok(test, vtd_range_flushed(log, &flush));
	vtd_expect_ok(test, vtd_range_flushed_in_device(log, &flush));
	vtd_expect_ok(test, vtd_waited(log, dev));
	vtd_expect_ok(test, vtd_leads_to(&entry, IOVA, 0, false));
}

static void what_is_set_stays_when_the_pasid_is_busy(struct kunit *test)
{
	struct device *dev = row_device(test);
	struct iommu_domain *one, *two;
	struct vtd_shot *shot;

	svac_rules(test, "PASID-004", "HW-004");
	one = vtd_paging_domain(test, dev);
	two = vtd_paging_domain(test, dev);
	KUNIT_ASSERT_EQ(test, vtd_set(test, one, dev, row_pasid(test)), 0);
	shot = vtd_shot(test, dev);
	svac_expect_ret(test, vtd_set(test, two, dev, row_pasid(test)), -EBUSY);
	/* No PASID may have changed, 0 which is none of ours among them */
	vtd_expect_ok(test, vtd_changed(test, shot, dev, IOMMU_NO_PASID));
}

static void one_domain_is_set_in_several_places(struct kunit *test)
{
	struct device *dev = vtd_device(test, VTD_FULL), *other = vtd_device(test, VTD_SECOND);
	struct page *page = memory(test);
	struct iommu_domain *domain;
	struct vtd_flush flush;
	const struct vtd_log *log;
	struct vtd_entry entry;

	svac_rules(test, "PASID-020", "HW-003", "HW-013");
	domain = vtd_paging_domain(test, dev);
	map(test, domain, page, IOMMU_READ);
	KUNIT_ASSERT_EQ(test, vtd_set(test, domain, dev, 4), 0);
	KUNIT_ASSERT_EQ(test, vtd_set(test, domain, dev, 200), 0);
	KUNIT_ASSERT_EQ(test, vtd_set(test, domain, other, 6), 0);
	entry = vtd_entry(dev, 200);
	vtd_expect_ok(test, vtd_leads_to(&entry, IOVA, page_to_phys(page), false));
	entry = vtd_entry(other, 6);
	vtd_expect_ok(test, vtd_leads_to(&entry, IOVA, page_to_phys(page), false));
	flush = vtd_all_of(other, 6, &entry);
	flush.start = IOVA;
	flush.last = IOVA + PAGES * PAGE_SIZE - 1;
	vtd_listen(other, 6, NULL);
	iommu_unmap(domain, IOVA, PAGES * PAGE_SIZE);
	log = vtd_heard(test);
	vtd_expect_ok(test, vtd_range_flushed(log, &flush));
	vtd_expect_ok(test, vtd_range_flushed_in_device(log, &flush));
	flush.pasid = 200;
	flush.sid = vtd_sid(dev);
	vtd_expect_ok(test, vtd_range_flushed(log, &flush));
	vtd_expect_ok(test, vtd_range_flushed_in_device(log, &flush));
}

static void domains_have_tables_of_their_own(struct kunit *test)
{
	struct device *dev = vtd_device(test, VTD_FULL);
	struct vtd_entry entry;
	struct page *page = memory(test);
	struct iommu_domain *one, *two;

	svac_rules(test, "PASID-019", "HW-003");
	one = vtd_paging_domain(test, dev);
	two = vtd_paging_domain(test, dev);
	map(test, one, page, IOMMU_READ);
	KUNIT_ASSERT_EQ(test, vtd_set(test, one, dev, 4), 0);
	KUNIT_ASSERT_EQ(test, vtd_set(test, two, dev, 5), 0);
	entry = vtd_entry(dev, 4);
	vtd_expect_ok(test, vtd_leads_to(&entry, IOVA, page_to_phys(page), false));
	entry = vtd_entry(dev, 5);
	KUNIT_EXPECT_TRUE(test, entry.p);
	vtd_expect_ok(test, vtd_leads_to(&entry, IOVA, 0, false));
}

static struct kunit_case paging_cases[] = {
	SVAC_CASE_ROWS(set_entry_leads_to_what_is_mapped, paging_rows),
	SVAC_CASE_ROWS(set_entry_is_sound, paging_rows),
	SVAC_CASE_ROWS(setting_changes_one_entry, paging_rows),
	SVAC_CASE_ROWS(what_is_read_only_is_so_for_the_hardware, paging_rows),
	SVAC_CASE_ROWS(unmapped_range_is_flushed, paging_rows),
	SVAC_CASE_ROWS(what_is_set_stays_when_the_pasid_is_busy, paging_rows),
	SVAC_CASE(one_domain_is_set_in_several_places),
	SVAC_CASE(domains_have_tables_of_their_own),
	{ }
};

SVAC_SUITE(svac_vtd_paging, paging_cases);
