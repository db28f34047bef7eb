// SPDX-License-Identifier: GPL-2.0
/*
 * What a process does with its own memory.
 */
#include <linux/mm.h>
#include <linux/mman.h>

#include <asm/ptrace.h>

#include "calls.h"
#include "vtd.h"

/* A range of the process, and what it is to be */
struct change {
	unsigned long at;
	size_t size;
	int prot;
};

static long map(void *data)
{
	const struct change *range = data;
	unsigned long flags = MAP_ANONYMOUS | MAP_PRIVATE | MAP_NORESERVE;

	if (range->at)
		flags |= MAP_FIXED;
	return vm_mmap(NULL, range->at, range->size, range->prot, flags, 0);
}

static long unmap(void *data)
{
	const struct change *range = data;

	return vm_munmap(range->at, range->size);
}

static long protect(void *data)
{
	const struct change *range = data;
	const struct pt_regs regs = { .di = range->at, .si = range->size, .dx = range->prot };

	return __x64_sys_mprotect(&regs);
}

static long move(void *data)
{
	const struct change *range = data;
	const struct pt_regs regs = {
		.di = range->at,
		.si = range->size,
		.dx = range->size,
		.r10 = MREMAP_MAYMOVE | MREMAP_DONTUNMAP,
	};

	return __x64_sys_mremap(&regs);
}

/**
 * vtd_map() - The process maps memory that it may read and write
 * @test: the case
 * @process: the process
 * @at: where; 0 for anywhere
 * @size: of it
 *
 * Return: where it is.
 */
unsigned long vtd_map(struct kunit *test, struct svac_process *process, unsigned long at,
		      size_t size)
{
	struct change range = { .at = at, .size = size, .prot = PROT_READ | PROT_WRITE };
	unsigned long va = svac_within(process, map, &range);

	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(va));
	return va;
}

/**
 * vtd_unmap() - The process unmaps memory
 * @process: the process
 * @at: where
 * @size: of it
 *
 * Return: 0 or an errno.
 */
int vtd_unmap(struct svac_process *process, unsigned long at, size_t size)
{
	struct change range = { .at = at, .size = size };

	return svac_within(process, unmap, &range);
}

/**
 * vtd_protect() - The process forbids itself to write
 * @process: the process
 * @at: where
 * @size: of it
 *
 * Return: 0 or an errno.
 */
int vtd_protect(struct svac_process *process, unsigned long at, size_t size)
{
	struct change range = { .at = at, .size = size, .prot = PROT_READ };

	return svac_within(process, protect, &range);
}

/**
 * vtd_move() - The process moves pages elsewhere, and keeps the addresses
 * @process: the process
 * @at: from where
 * @size: of it
 *
 * Return: where to, or an errno.
 */
unsigned long vtd_move(struct svac_process *process, unsigned long at, size_t size)
{
	struct change range = { .at = at, .size = size };

	return svac_within(process, move, &range);
}

/**
 * vtd_touch() - The process writes to all pages of a range
 * @test: the case
 * @process: the process
 * @at: of the range
 * @size: of it
 */
void vtd_touch(struct kunit *test, struct svac_process *process, unsigned long at, size_t size)
{
	unsigned long va;

	for (va = at; va < at + size; va += PAGE_SIZE)
		KUNIT_ASSERT_EQ(test, svac_poke(process, va, SVAC_WORD), 0);
}

/**
 * vtd_page() - What the process has at an address
 * @test: the case
 * @process: the process, which keeps the page
 * @va: where there is one
 *
 * Return: the page, without a reference.
 */
struct page *vtd_page(struct kunit *test, struct svac_process *process, unsigned long va)
{
	struct page *page = mock_walk(process->mm, va, FOLL_NOFAULT);

	KUNIT_ASSERT_NOT_NULL_MSG(test, page, "the process has no page at %lx\n", va);
	put_page(page);
	return page;
}
