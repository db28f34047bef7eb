/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Page tables of the kernel, which the devices of every bound process walk as well: a
 * kernel may tell them before it frees one.
 */
#ifndef _SVAC_KERNEL_RANGE_H
#define _SVAC_KERNEL_RANGE_H

#include <linux/errno.h>
#include <linux/mmu_notifier.h>

struct page;

/**
 * struct svac_listener - what the devices of a process are told, as a driver hears it
 * @notifier: through which it does
 * @mm: of the process
 * @page: of a page table that is going to be freed, or NULL
 * @told: how often it was told
 * @start: of what
 * @end: of what
 * @early: @page was still there when it was
 */
struct svac_listener {
#ifdef CONFIG_SVACHECK_KERNEL_RANGE
	struct mmu_notifier notifier;
#endif
	struct mm_struct *mm;
	struct page *page;
	unsigned int told;
	unsigned long start;
	unsigned long end;
	bool early;
};

#ifdef CONFIG_SVACHECK_KERNEL_RANGE
int svac_listen(struct svac_listener *listener, struct mm_struct *mm);
void svac_listen_end(struct svac_listener *listener);
void svac_tell_kernel_range(unsigned long start, unsigned long end);
int svac_free_kernel_table(struct svac_listener *listener);
#else
static inline int svac_listen(struct svac_listener *listener, struct mm_struct *mm)
{
	return -EOPNOTSUPP;
}

static inline void svac_listen_end(struct svac_listener *listener)
{
}

static inline void svac_tell_kernel_range(unsigned long start, unsigned long end)
{
}

static inline int svac_free_kernel_table(struct svac_listener *listener)
{
	return -EOPNOTSUPP;
}
#endif

#endif /* _SVAC_KERNEL_RANGE_H */
