// SPDX-License-Identifier: GPL-2.0
/*
 * The devices' DMA engine: every byte goes through what is installed in the
 * PASID table, page by page, or faults.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "../api/driver.h"
#include "audit.h"
#include "devtlb.h"
#include "mock.h"

/* A device is using what is installed: it is not taken away meanwhile */
DECLARE_RWSEM(mock_pasids_lock);

/* Copy between @buf and one page; @buf of a write is not written to */
static void copy_page_part(struct page *page, size_t offset, void *buf,
			   size_t len, bool write)
{
	void *kaddr = kmap_local_page(page) + offset;

	if (write)
		memcpy(kaddr, buf, len);
	else
		memcpy(buf, kaddr, len);
	kunmap_local(kaddr);
}

/* What FOLL_* a walk for an entry takes */
static unsigned int walk_flags(const struct mock_pasid *entry, bool write)
{
	unsigned int flags = write ? FOLL_WRITE : 0;

	if (write && (entry->attr & MOCK_PASID_IGNORES_WP))
		flags |= FOLL_FORCE;
	if (entry->attr & MOCK_PASID_NO_REQUESTS)
		flags |= FOLL_NOFAULT;
	return flags;
}

/* The translation of an address: from the cache, where an entry has one */
static struct page *translate(struct mock_pasid *entry, unsigned long va, bool write)
{
	struct page *page;

	if (entry->cached && entry->cached_va == (va & PAGE_MASK) &&
	    (entry->cached_writable || !write)) {
		get_page(entry->cached);
		return entry->cached;
	}
	page = mock_walk(entry->mm, va, walk_flags(entry, write));
	if (page && (entry->attr & MOCK_PASID_CACHES)) {
		if (entry->cached)
			put_page(entry->cached);
		get_page(page);
		entry->cached = page;
		entry->cached_va = va & PAGE_MASK;
		entry->cached_writable = write;
	}
	return page;
}

static int dma_process(struct mock_pasid *entry, unsigned long va, void *buf,
		       size_t len, bool write)
{
	struct page *page = translate(entry, va, write);

	mock_audit_dma(entry->mm, va, write, page);
	if (!page)
		return -EFAULT;
	copy_page_part(page, offset_in_page(va), buf, len, write);
	if (write)
		set_page_dirty_lock(page);
	put_page(page);
	return 0;
}

/**
 * mock_pasid_uncache() - Forget the last translation of an entry
 * @entry: of a PASID table
 */
void mock_pasid_uncache(struct mock_pasid *entry)
{
	if (entry->cached)
		put_page(entry->cached);
	entry->cached = NULL;
}

/**
 * mock_pasid_free() - Free an entry that is in no table any more
 * @entry: or NULL
 */
void mock_pasid_free(struct mock_pasid *entry)
{
	if (entry)
		mock_pasid_uncache(entry);
	if (entry && entry->tlb)
		mock_tlb_destroy(entry->tlb);
	kfree(entry);
}

/* The page of an IOVA, if the I/O page table lets all of @prot through */
static struct page *iopt_page(struct xarray *iopt, unsigned long iova, unsigned long prot)
{
	void *pte = xa_load(iopt, PHYS_PFN(iova));

	if (!pte || (xa_to_value(pte) & prot) != prot)
		return NULL;
	return pfn_to_page(xa_to_value(pte) >> 2);
}

/**
 * mock_iopt_access() - Read or write what an I/O page table maps
 * @iopt: of a domain, see mock_iopt()
 * @iova: where; all of it in one page
 * @buf: receives the data, or has it
 * @len: bytes
 * @write: to write
 *
 * Return: 0, or -EFAULT.
 */
int mock_iopt_access(struct xarray *iopt, unsigned long iova, void *buf, size_t len, bool write)
{
	struct page *page = iopt_page(iopt, iova, write ? IOMMU_WRITE : IOMMU_READ);

	if (!page)
		return -EFAULT;
	copy_page_part(page, offset_in_page(iova), buf, len, write);
	return 0;
}

/**
 * mock_iopt_add() - Add to a word that an I/O page table maps, as one operation
 * @iopt: of a domain, see mock_iopt()
 * @iova: of the word, aligned
 * @operand: what to add
 * @was: receives what the word was
 *
 * Return: 0, or -EFAULT.
 */
int mock_iopt_add(struct xarray *iopt, unsigned long iova, u64 operand, u64 *was)
{
	struct page *page = iopt_page(iopt, iova, IOMMU_READ | IOMMU_WRITE);
	void *kaddr;

	if (!page)
		return -EFAULT;
	kaddr = kmap_local_page(page);
	*was = atomic64_fetch_add(operand, kaddr + offset_in_page(iova));
	kunmap_local(kaddr);
	return 0;
}

static int dma(struct device *dev, ioasid_t pasid, u64 addr, void *buf,
	       size_t len, bool write)
{
	struct xarray *table = mock_pasid_table(dev);
	struct mock_pasid *entry = table ? xa_load(table, pasid) : NULL;
	size_t part;
	int ret = 0;

	if (!entry)
		return -EFAULT;
	while (len && !ret) {
		part = min_t(size_t, len, PAGE_SIZE - offset_in_page(addr));
		if (entry->mm)
			ret = dma_process(entry, addr, buf, part, write);
		else
			ret = mock_iopt_access(entry->iopt, addr, buf, part, write);
		addr += part;
		buf += part;
		len -= part;
	}
	return ret;
}

/**
 * mock_dma_read() - A device reads memory
 * @dev: the device
 * @pasid: the PASID of its request
 * @addr: process virtual address, or IOVA of a paging domain
 * @buf: receives the data
 * @len: bytes
 *
 * Return: 0, or -EFAULT if the IOMMU did not let it through.
 */
int mock_dma_read(struct device *dev, ioasid_t pasid, u64 addr, void *buf,
		  size_t len)
{
	return dma(dev, pasid, addr, buf, len, false);
}

/**
 * mock_dma_write() - A device writes memory
 * @dev: the device
 * @pasid: the PASID of its request
 * @addr: process virtual address, or IOVA of a paging domain
 * @buf: the data
 * @len: bytes
 *
 * Return: 0, or -EFAULT if the IOMMU did not let it through.
 */
int mock_dma_write(struct device *dev, ioasid_t pasid, u64 addr,
		   const void *buf, size_t len)
{
	return dma(dev, pasid, addr, (void *)buf, len, true);
}
