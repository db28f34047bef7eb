/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A paging domain of a program: domains.c has it, mapping.c what is mapped in it.
 */
#ifndef _SVAC_PAGING_H
#define _SVAC_PAGING_H

#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/xarray.h>

struct client;
struct iommu_domain;
struct svac_impl;

/**
 * struct paging - a paging domain
 * @domain: the core's
 * @impl: that it came from
 * @kref: the table of its file, its PASIDs, and calls that are at it
 * @lock: protects all below, and what is mapped
 * @pages: page frame of the IOVA to the page, which is pinned
 * @count: of them
 * @sets: PASIDs that it is set on
 * @freed: by the program: nobody maps anything or sets it any more
 */
struct paging {
	struct iommu_domain *domain;
	const struct svac_impl *impl;
	struct kref kref;
	struct mutex lock; /* protects all below, and what is mapped */
	struct xarray pages;
	unsigned int count;
	unsigned int sets;
	bool freed;
};

struct paging *get_paging(struct client *client, u32 number);
void put_paging(struct paging *paging);

/* The page is dirty for all that is known */
static inline void paging_unpin(struct page *page)
{
	unpin_user_pages_dirty_lock(&page, 1, true);
}

#endif /* _SVAC_PAGING_H */
