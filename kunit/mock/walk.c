// SPDX-License-Identifier: GPL-2.0
/*
 * A process's page table, as an IOMMU has the kernel walk it.
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>

#include "../api/kernel.h"
#include "mock.h"

/**
 * mock_walk() - Walk a process's page table as a page request has it done
 * @mm: the process; dead with its users
 * @va: where
 * @flags: FOLL_*
 *
 * Return: the page with a reference, or NULL for a fault.
 */
struct page *mock_walk(struct mm_struct *mm, unsigned long va, unsigned int flags)
{
	struct page *page;
	long got;

	if (!mmget_not_zero(mm))
		return NULL;
	mmap_read_lock(mm);
	got = svac_get_page(mm, va, flags, &page);
	mmap_read_unlock(mm);
	mmput(mm);
	return got == 1 ? page : NULL;
}
