// SPDX-License-Identifier: GPL-2.0
/*
 * Data that moves by addresses of a process or of an I/O page table, through the
 * driver's tables, and faults of the hardware.
 */
#include <linux/mm.h>

#include "spec.h"
#include "vtd.h"

#define IOVA	0x10000000UL
#define SENT	0x1122334455667788ULL

static struct iommu_sva *bound(struct kunit *test, struct svac_process *process)
{
	struct device *dev = vtd_device(test, VTD_FULL);
	struct iommu_sva *handle = vtd_bound(test, dev, process);

	vtd_engine(test, dev);
	return handle;
}

static void expect_no_fault(struct kunit *test, struct vtd_fault fault)
{
	KUNIT_EXPECT_FALSE_MSG(test, fault.there, "the hardware faults at %llx for reason %x\n",
			       fault.address, fault.reason);
}

static void expect_fault(struct kunit *test, struct vtd_fault fault, ioasid_t pasid, u64 va,
			 unsigned int reason, bool write)
{
	KUNIT_EXPECT_TRUE_MSG(test, fault.there, "the hardware has recorded no fault\n");
	if (!fault.there)
		return;
	KUNIT_EXPECT_EQ(test, fault.sid, vtd_sid(vtd_device(test, VTD_FULL)));
	/* An emulator may look at the type of an entry before it looks whether it is present */
	if (reason != FR_PASID_ENTRY_P || fault.reason != FR_PASID_ENTRY_TYPE)
		KUNIT_EXPECT_EQ_MSG(test, fault.reason, reason, "reason %x, expected %x\n",
				    fault.reason, reason);
	KUNIT_EXPECT_EQ(test, fault.address, va & PAGE_MASK);
	KUNIT_EXPECT_EQ(test, fault.read, !write);
	if (fault.pasids)
		KUNIT_EXPECT_EQ(test, fault.pasid, pasid);
}

static void expect_word(struct kunit *test, struct svac_process *process, unsigned long va,
			u64 want)
{
	u64 word = 0;

	KUNIT_ASSERT_EQ(test, svac_peek(process, va, &word), 0);
	KUNIT_EXPECT_EQ_MSG(test, word, want, "the process has %llx there, expected %llx\n", word,
			    want);
}

static void device_writes_what_the_process_reads(struct kunit *test)
{
	struct svac_process *process = vtd_process(test);
	u64 word = SENT;
	ioasid_t pasid;

	svac_rules(test, "PASID-002", "BIND-001", "DRV-020");
	pasid = iommu_sva_get_pasid(bound(test, process));
	expect_no_fault(test, vtd_dma(test, pasid, process->rw + 8, &word, true));
	expect_word(test, process, process->rw + 8, SENT);
	expect_word(test, process, process->rw, SVAC_WORD);
}

static void device_reads_what_the_process_wrote(struct kunit *test)
{
	struct svac_process *process = vtd_process(test);
	u64 word = 0;
	ioasid_t pasid;

	svac_rules(test, "PASID-002", "BIND-001", "DRV-020");
	pasid = iommu_sva_get_pasid(bound(test, process));
	KUNIT_ASSERT_EQ(test, svac_poke(process, process->rw, SENT), 0);
	expect_no_fault(test, vtd_dma(test, pasid, process->rw, &word, false));
	KUNIT_EXPECT_EQ(test, word, SENT);
}

static void device_cannot_write_what_is_only_read(struct kunit *test)
{
	struct svac_process *process = vtd_process(test);
	u64 word = SENT, was = 0;
	ioasid_t pasid;

	svac_rules(test, "FLT-003", "PASID-003", "HW-017");
	pasid = iommu_sva_get_pasid(bound(test, process));
	KUNIT_ASSERT_EQ(test, svac_peek(process, process->ro, &was), 0);
	expect_fault(test, vtd_dma(test, pasid, process->ro, &word, true), pasid, process->ro,
		     FR_NO_WRITE, true);
	expect_word(test, process, process->ro, was);
}

static void device_cannot_write_once_the_process_cannot(struct kunit *test)
{
	struct svac_process *process = vtd_process(test);
	u64 word = SENT;
	ioasid_t pasid;

	svac_rules(test, "FLT-012", "DRV-021", "HW-017");
	pasid = iommu_sva_get_pasid(bound(test, process));
	expect_no_fault(test, vtd_dma(test, pasid, process->rw, &word, true));
	expect_word(test, process, process->rw, SENT);
	KUNIT_ASSERT_EQ(test, vtd_protect(process, process->rw, PAGE_SIZE), 0);
	word = ~SENT;
	expect_fault(test, vtd_dma(test, pasid, process->rw, &word, true), pasid, process->rw,
		     FR_NO_WRITE, true);
	expect_word(test, process, process->rw, SENT);
	expect_no_fault(test, vtd_dma(test, pasid, process->rw, &word, false));
	KUNIT_EXPECT_EQ(test, word, SENT);
}

static void device_does_not_reach_what_is_unmapped(struct kunit *test)
{
	struct svac_process *process = vtd_process(test);
	u64 word = SENT;
	ioasid_t pasid;

	svac_rules(test, "FLT-010", "DRV-021", "HW-017");
	pasid = iommu_sva_get_pasid(bound(test, process));
	expect_no_fault(test, vtd_dma(test, pasid, process->rw, &word, true));
	KUNIT_ASSERT_EQ(test, svac_unmap(process, process->rw), 0);
	word = ~SENT;
	expect_fault(test, vtd_dma(test, pasid, process->rw, &word, false), pasid, process->rw,
		     FR_PAGE_ENTRY_P, false);
	KUNIT_EXPECT_NE(test, word, SENT);
}

static void device_reaches_nothing_once_unbound(struct kunit *test)
{
	struct svac_process *process = vtd_process(test);
	struct iommu_sva *handle;
	u64 word = SENT;
	ioasid_t pasid;

	svac_rules(test, "PASID-015", "DRV-009", "HW-017");
	handle = bound(test, process);
	pasid = iommu_sva_get_pasid(handle);
	expect_no_fault(test, vtd_dma(test, pasid, process->rw, &word, true));
	vtd_unbind(test, handle);
	word = ~SENT;
	expect_fault(test, vtd_dma(test, pasid, process->rw, &word, true), pasid, process->rw,
		     FR_PASID_ENTRY_P, true);
	expect_word(test, process, process->rw, SENT);
	expect_fault(test, vtd_dma(test, pasid, process->rw, &word, false), pasid, process->rw,
		     FR_PASID_ENTRY_P, false);
	KUNIT_EXPECT_NE(test, word, SENT);
}

static void device_reaches_nobody_by_a_pasid_of_no_one(struct kunit *test)
{
	struct svac_process *process = vtd_process(test);
	u64 word = ~SENT;
	ioasid_t pasid;

	svac_rules(test, "ISO-004", "HW-017");
	pasid = iommu_sva_get_pasid(bound(test, process)) + 1;
	expect_fault(test, vtd_dma(test, pasid, process->rw, &word, true), pasid, process->rw,
		     FR_PASID_ENTRY_P, true);
	expect_word(test, process, process->rw, SVAC_WORD);
}

static void process_that_ended_is_out_of_reach(struct kunit *test)
{
	struct svac_process *process = vtd_process(test);
	u64 word = SENT;
	ioasid_t pasid;

	svac_rules(test, "PASID-023", "ISO-003");
	pasid = iommu_sva_get_pasid(bound(test, process));
	expect_no_fault(test, vtd_dma(test, pasid, process->rw, &word, true));
	svac_process_exit(process);
	word = ~SENT;
	vtd_dma(test, pasid, process->rw, &word, false);
	KUNIT_EXPECT_NE(test, word, SENT);
}

static void processes_are_kept_apart(struct kunit *test)
{
	struct svac_process *one = vtd_process(test), *two = vtd_process(test);
	struct device *dev = vtd_device(test, VTD_FULL);
	u64 word = SENT;
	ioasid_t pasid;

	svac_rules(test, "ISO-001", "PASID-019");
	pasid = iommu_sva_get_pasid(bound(test, one));
	vtd_bound(test, dev, two);
	KUNIT_ASSERT_EQ(test, one->rw, two->rw);
	expect_no_fault(test, vtd_dma(test, pasid, one->rw, &word, true));
	expect_word(test, one, one->rw, SENT);
	expect_word(test, two, two->rw, SVAC_WORD);
}

static void free_page_of(void *page)
{
	__free_page(page);
}

static void device_reaches_what_is_mapped_and_no_more(struct kunit *test)
{
	struct device *dev = vtd_device(test, VTD_FULL);
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	struct iommu_domain *domain;
	u64 word = SENT, *there;

	svac_rules(test, "PASID-002", "PASID-021", "ISO-005", "HW-017");
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_page_of, page), 0);
	there = page_address(page) + 16;
	domain = vtd_paging_domain(test, dev);
	KUNIT_ASSERT_EQ(test, svac_map(domain, IOVA, page_to_phys(page), PAGE_SIZE,
				       IOMMU_READ | IOMMU_WRITE), 0);
	KUNIT_ASSERT_EQ(test, vtd_set(test, domain, dev, 70), 0);
	vtd_engine(test, dev);
	expect_no_fault(test, vtd_dma(test, 70, IOVA + 16, &word, true));
	KUNIT_EXPECT_EQ(test, *there, SENT);
	KUNIT_EXPECT_EQ(test, iommu_unmap(domain, IOVA, PAGE_SIZE), PAGE_SIZE);
	word = ~SENT;
	expect_fault(test, vtd_dma(test, 70, IOVA + 16, &word, true), 70, IOVA, FR_PAGE_ENTRY_P,
		     true);
	KUNIT_EXPECT_EQ(test, *there, SENT);
}

static struct kunit_case dma_cases[] = {
	SVAC_CASE(device_writes_what_the_process_reads),
	SVAC_CASE(device_reads_what_the_process_wrote),
	SVAC_CASE(device_cannot_write_what_is_only_read),
	SVAC_CASE(device_cannot_write_once_the_process_cannot),
	SVAC_CASE(device_does_not_reach_what_is_unmapped),
	SVAC_CASE(device_reaches_nothing_once_unbound),
	SVAC_CASE(device_reaches_nobody_by_a_pasid_of_no_one),
	SVAC_CASE(process_that_ended_is_out_of_reach),
	SVAC_CASE(processes_are_kept_apart),
	SVAC_CASE(device_reaches_what_is_mapped_and_no_more),
	{ }
};

SVAC_SUITE(svac_vtd_dma, dma_cases);
