// SPDX-License-Identifier: GPL-2.0
/*
 * Listens as the driver of an IOMMU does, and has the kernel free a page table of its own.
 */
#include <linux/iommu.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/wait.h>
#include <asm/pgalloc.h>

#include "kernel_range.h"

/* A worker of the kernel's frees the page table; longer than that takes anywhere */
#define PATIENCE	(20 * HZ)

static DECLARE_WAIT_QUEUE_HEAD(heard);

static void hear(struct mmu_notifier *notifier, struct mm_struct *mm, unsigned long start,
		 unsigned long end)
{
	struct svac_listener *listener = container_of(notifier, struct svac_listener, notifier);

	/* What is told of the memory of the process itself is another matter */
	if (start < TASK_SIZE)
		return;
	listener->start = start;
	listener->end = end;
	listener->early = listener->page && page_count(listener->page);
	WRITE_ONCE(listener->told, listener->told + 1);
	wake_up_all(&heard);
}

static const struct mmu_notifier_ops ops = {
	.arch_invalidate_secondary_tlbs = hear,
};

/**
 * svac_listen() - Hear what the devices of a process are told of the kernel's memory
 * @listener: to be filled in; stays until svac_listen_end()
 * @mm: of the process
 *
 * Return: 0 or a negative errno.
 */
int svac_listen(struct svac_listener *listener, struct mm_struct *mm)
{
	*listener = (struct svac_listener){ .notifier.ops = &ops, .mm = mm };
	return mmu_notifier_register(&listener->notifier, mm);
}

/**
 * svac_listen_end() - Hear no more
 * @listener: of svac_listen()
 */
void svac_listen_end(struct svac_listener *listener)
{
	mmu_notifier_unregister(&listener->notifier, listener->mm);
}

/**
 * svac_tell_kernel_range() - Tell the devices of all bound processes
 * @start: of memory of the kernel's
 * @end: of it
 */
void svac_tell_kernel_range(unsigned long start, unsigned long end)
{
	iommu_sva_invalidate_kva_range(start, end);
}

/**
 * svac_free_kernel_table() - Free a page table of the kernel, and wait until a process is told
 * @listener: of the process
 *
 * Return: 0; -ETIME if it was not told; -EOPNOTSUPP where page tables go at once; -ENOMEM.
 */
int svac_free_kernel_table(struct svac_listener *listener)
{
	pte_t *table;

	if (!IS_ENABLED(CONFIG_ASYNC_KERNEL_PGTABLE_FREE))
		return -EOPNOTSUPP;
	table = pte_alloc_one_kernel(&init_mm);
	if (!table)
		return -ENOMEM;
	listener->page = virt_to_page(table);
	pte_free_kernel(&init_mm, table);
	return wait_event_timeout(heard, READ_ONCE(listener->told), PATIENCE) ? 0 : -ETIME;
}
