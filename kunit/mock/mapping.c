// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of programs in their paging domains: pinned, and mapped where they say.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "client.h"
#include "events.h"
#include "paging.h"

/* Of one domain */
#define MOST_PAGES	(SVAC_MAX_MAPPED / PAGE_SIZE)

static void note(struct client *client, u32 kind, u64 iova, u64 len, int ret)
{
	mock_event_note(client->setup.events, &(struct svac_event){
		.kind = kind, .address = iova, .len = len, .result = ret,
	});
}

/* Whole pages, some, and within the reach of a domain */
static bool is_range(u64 iova, u64 len)
{
	return len && !((iova | len) & ~PAGE_MASK) && iova < SVAC_IOVA_END &&
	       len <= SVAC_IOVA_END - iova;
}

/* The lock is held; what was mapped is there to be unpinned */
static void unmap_pages(struct paging *paging, u64 iova, unsigned int count)
{
	unsigned int i;

	iommu_unmap(paging->domain, iova, count * PAGE_SIZE);
	mock_engines_settle();
	for (i = 0; i < count; i++)
		paging_unpin(xa_erase(&paging->pages, PHYS_PFN(iova) + i));
	paging->count -= count;
}

/* The lock is held. A page is ours once it is mapped, the others remain the caller's */
static int map_pages(struct paging *paging, u64 iova, struct page **pages, unsigned int count,
		     int prot, unsigned int *mapped)
{
	unsigned long first = PHYS_PFN(iova), at = first;
	int ret = 0;

	if (xa_find(&paging->pages, &at, first + count - 1, XA_PRESENT))
		return -EEXIST;
	for (at = first; at < first + count; at++) {
		ret = xa_insert(&paging->pages, at, pages[*mapped], GFP_KERNEL);
		if (ret)
			break;
		ret = svac_map(paging->domain, PFN_PHYS(at), page_to_phys(pages[*mapped]),
			       PAGE_SIZE, prot);
		if (ret) {
			xa_erase(&paging->pages, at);
			break;
		}
		++*mapped;
		paging->count++;
	}
	if (ret && *mapped)
		unmap_pages(paging, iova, *mapped);
	return ret;
}

/* Pages of the caller, all of them or none */
static struct page **pin(u64 memory, unsigned int count)
{
	struct page **pages = kvmalloc_array(count, sizeof(*pages), GFP_KERNEL);
	int got;

	if (!pages)
		return ERR_PTR(-ENOMEM);
	got = pin_user_pages_fast(memory, count, FOLL_WRITE | FOLL_LONGTERM, pages);
	if (got == count)
		return pages;
	if (got > 0)
		unpin_user_pages(pages, got);
	kvfree(pages);
	return ERR_PTR(got < 0 ? got : -EFAULT);
}

static int map(struct paging *paging, const struct svac_map *arg)
{
	int prot = (arg->flags & SVAC_MAP_READ ? IOMMU_READ : 0) |
		   (arg->flags & SVAC_MAP_WRITE ? IOMMU_WRITE : 0);
	unsigned int count = arg->len >> PAGE_SHIFT, mapped = 0;
	struct page **pages;
	int ret = 0;

	/* Without the lock: what the memory is may keep a fault waiting for ever */
	pages = pin(arg->memory, count);
	if (IS_ERR(pages))
		return PTR_ERR(pages);
	mutex_lock(&paging->lock);
	if (paging->freed)
		ret = -ENOENT;
	else if (paging->count + count > MOST_PAGES)
		ret = -ENOSPC;
	else
		ret = map_pages(paging, arg->iova, pages, count, prot, &mapped);
	mutex_unlock(&paging->lock);
	if (mapped < count)
		unpin_user_pages(pages + mapped, count - mapped);
	kvfree(pages);
	return ret;
}

/**
 * do_map() - SVAC_IOC_MAP
 * @client: the file
 * @user: struct svac_map
 *
 * Return: 0 or an errno.
 */
long do_map(struct client *client, void __user *user)
{
	struct svac_map arg;
	int ret = take(&arg, sizeof(arg), user);
	struct paging *paging;

	if (ret)
		return ret;
	if (!arg.flags || arg.flags & ~(SVAC_MAP_READ | SVAC_MAP_WRITE) || arg.reserved)
		return -EINVAL;
	if (!is_range(arg.iova, arg.len) || arg.memory & ~PAGE_MASK ||
	    arg.memory + arg.len < arg.memory)
		return -EINVAL;
	if (arg.len > SVAC_MAX_MAPPED)
		return -ENOSPC;
	paging = get_paging(client, arg.domain);
	if (!paging)
		return -ENOENT;
	ret = map(paging, &arg);
	note(client, SVAC_EVENT_MAP, arg.iova, arg.len, ret);
	put_paging(paging);
	return ret;
}

static int unmap(struct paging *paging, u64 iova, u64 len)
{
	u64 at;

	if (len > SVAC_MAX_MAPPED)
		return -ENOENT;
	for (at = iova; at < iova + len; at += PAGE_SIZE)
		if (!xa_load(&paging->pages, PHYS_PFN(at)))
			return -ENOENT;
	unmap_pages(paging, iova, len >> PAGE_SHIFT);
	return 0;
}

/**
 * do_unmap() - SVAC_IOC_UNMAP
 * @client: the file
 * @user: struct svac_unmap
 *
 * Return: 0 or an errno.
 */
long do_unmap(struct client *client, void __user *user)
{
	struct svac_unmap arg;
	int ret = take(&arg, sizeof(arg), user);
	struct paging *paging;

	if (ret)
		return ret;
	if (arg.flags || arg.reserved || !is_range(arg.iova, arg.len))
		return -EINVAL;
	paging = get_paging(client, arg.domain);
	if (!paging)
		return -ENOENT;
	mutex_lock(&paging->lock);
	ret = unmap(paging, arg.iova, arg.len);
	mutex_unlock(&paging->lock);
	note(client, SVAC_EVENT_UNMAP, arg.iova, arg.len, ret);
	put_paging(paging);
	return ret;
}
