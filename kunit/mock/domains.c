// SPDX-License-Identifier: GPL-2.0
/*
 * Paging domains of programs: their pages, pinned and mapped where they say, and set
 * on the PASIDs of their devices.
 */
#include <linux/file.h>
#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "client.h"
#include "events.h"

/* Of one file, at a time; and of all, as the implementations have room for so many */
#define MOST_DOMAINS	16
#define MOST_SETS	512

/* Of one domain */
#define MOST_PAGES	(SVAC_MAX_MAPPED / PAGE_SIZE)

static atomic_t all_sets;

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

/* Its page is dirty for all that is known */
static void unpin(struct page *page)
{
	unpin_user_pages_dirty_lock(&page, 1, true);
}

/* Nobody has it any more, and it is set nowhere */
static void release_paging(struct kref *kref)
{
	struct paging *paging = container_of(kref, struct paging, kref);
	unsigned long at;
	struct page *page;

	xa_for_each(&paging->pages, at, page) {
		iommu_unmap(paging->domain, PFN_PHYS(at), PAGE_SIZE);
		unpin(page);
	}
	xa_destroy(&paging->pages);
	paging->impl->free_paging(paging->domain);
	kfree(paging);
}

static void put_paging(struct paging *paging)
{
	kref_put(&paging->kref, release_paging);
}

/* The domain of that number, with a reference */
static struct paging *get_paging(struct client *client, u32 number)
{
	struct paging *paging;

	xa_lock(&client->domains);
	paging = xa_load(&client->domains, number);
	if (paging)
		kref_get(&paging->kref);
	xa_unlock(&client->domains);
	return paging;
}

/**
 * domains_exist() - Are there paging domains for programs
 * @client: a file
 *
 * Return: false if its implementation has none.
 */
bool domains_exist(const struct client *client)
{
	return client->impl->alloc_paging && client->impl->set;
}

/**
 * domains_init() - Begin with no domains
 * @client: a file that is being opened
 */
void domains_init(struct client *client)
{
	xa_init_flags(&client->domains, XA_FLAGS_ALLOC1);
	xa_init(&client->sets);
}

/**
 * domains_free_all() - Free what is left
 * @client: a file that is being closed, without its device
 *
 * A domain that another file has set stays until it is blocked there.
 */
void domains_free_all(struct client *client)
{
	struct paging *paging;
	unsigned long number;

	xa_for_each(&client->domains, number, paging)
		put_paging(paging);
	xa_destroy(&client->domains);
	xa_destroy(&client->sets);
}

static struct paging *alloc(struct client *client)
{
	struct paging *paging = kzalloc(sizeof(*paging), GFP_KERNEL);

	if (!paging)
		return ERR_PTR(-ENOMEM);
	paging->domain = client->impl->alloc_paging(client->dev);
	if (!paging->domain) {
		kfree(paging);
		return ERR_PTR(-ENOMEM);
	}
	paging->impl = client->impl;
	kref_init(&paging->kref);
	mutex_init(&paging->lock);
	xa_init(&paging->pages);
	return paging;
}

/* The lock is held */
static int add_domain(struct client *client, u32 *number)
{
	struct paging *paging;
	int ret = plug_in(client);

	if (ret)
		return ret;
	if (!domains_exist(client))
		return -EOPNOTSUPP;
	paging = alloc(client);
	if (IS_ERR(paging))
		return PTR_ERR(paging);
	ret = xa_alloc_cyclic(&client->domains, number, paging, XA_LIMIT(1, MOST_DOMAINS),
			      &client->next_domain, GFP_KERNEL);
	if (ret < 0) {
		put_paging(paging);
		return ret == -EBUSY ? -ENOSPC : ret;
	}
	return 0;
}

static int free_domain(struct client *client, u32 number)
{
	struct paging *paging = get_paging(client, number);
	int ret = 0;

	if (!paging)
		return -ENOENT;
	mutex_lock(&paging->lock);
	if (paging->freed)
		ret = -ENOENT;
	else if (paging->sets)
		ret = -EBUSY;
	else
		paging->freed = true;
	mutex_unlock(&paging->lock);
	if (!ret) {
		xa_erase(&client->domains, number);
		put_paging(paging);
	}
	put_paging(paging);
	return ret;
}

/**
 * do_domain_alloc() - SVAC_IOC_DOMAIN_ALLOC
 * @client: the file
 * @user: struct svac_domain
 *
 * Return: 0 or an errno.
 */
long do_domain_alloc(struct client *client, void __user *user)
{
	struct svac_domain arg;
	int ret = take(&arg, sizeof(arg), user);

	if (ret)
		return ret;
	if (arg.flags || arg.reserved)
		return -EINVAL;
	arg.argsz = sizeof(arg);
	mutex_lock(&client->lock);
	ret = add_domain(client, &arg.domain);
	mutex_unlock(&client->lock);
	if (ret)
		return ret;
	ret = give(user, &arg, sizeof(arg));
	if (ret)
		free_domain(client, arg.domain);
	return ret;
}

/**
 * do_domain_free() - SVAC_IOC_DOMAIN_FREE
 * @client: the file
 * @user: struct svac_domain
 *
 * Return: 0 or an errno.
 */
long do_domain_free(struct client *client, void __user *user)
{
	struct svac_domain arg;
	int ret = take(&arg, sizeof(arg), user);

	if (ret)
		return ret;
	if (arg.flags || arg.reserved)
		return -EINVAL;
	return free_domain(client, arg.domain);
}

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
		unpin(xa_erase(&paging->pages, PHYS_PFN(iova) + i));
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

/* The lock is held, and the domain's */
static int set_locked(struct client *client, struct paging *paging, u32 pasid)
{
	int ret;

	if (paging->freed)
		return -ENOENT;
	ret = client->impl->set(paging->domain, client->dev, pasid);
	if (ret)
		return ret;
	ret = xa_insert(&client->sets, pasid, paging, GFP_KERNEL);
	if (ret) {
		client->impl->block(paging->domain, client->dev, pasid);
		return ret;
	}
	paging->sets++;
	kref_get(&paging->kref);
	return 0;
}

static int set(struct client *client, struct paging *paging, u32 pasid)
{
	int ret;

	if (atomic_inc_return(&all_sets) > MOST_SETS) {
		atomic_dec(&all_sets);
		return -ENOSPC;
	}
	mutex_lock(&client->lock);
	ret = plug_in(client);
	if (!ret) {
		mutex_lock(&paging->lock);
		ret = set_locked(client, paging, pasid);
		mutex_unlock(&paging->lock);
	}
	mutex_unlock(&client->lock);
	if (ret)
		atomic_dec(&all_sets);
	return ret;
}

/* The lock is held */
static int block(struct client *client, u32 pasid)
{
	struct paging *paging = xa_erase(&client->sets, pasid);

	if (!paging)
		return -ENOENT;
	client->impl->block(paging->domain, client->dev, pasid);
	mutex_lock(&paging->lock);
	paging->sets--;
	mutex_unlock(&paging->lock);
	put_paging(paging);
	atomic_dec(&all_sets);
	return 0;
}

/**
 * domains_block_all() - Block what the program has set
 * @client: whose lock is held, or that nobody else has any more
 */
void domains_block_all(struct client *client)
{
	struct paging *paging;
	unsigned long pasid;

	xa_for_each(&client->sets, pasid, paging)
		block(client, pasid);
}

/* The domain may be another file's, which stays open meanwhile */
static int set_from(struct client *client, const struct svac_set *arg)
{
	struct file *file = arg->from < 0 ? NULL : fget(arg->from);
	struct client *owner = file ? client_of(file) : client;
	struct paging *paging;
	int ret = -ENOENT;

	if (!file && arg->from >= 0)
		return -EBADF;
	paging = owner ? get_paging(owner, arg->domain) : NULL;
	if (!owner)
		ret = -EINVAL;
	if (paging) {
		ret = set(client, paging, arg->pasid);
		put_paging(paging);
	}
	if (file)
		fput(file);
	return ret;
}

/**
 * do_set() - SVAC_IOC_SET
 * @client: the file
 * @user: struct svac_set
 *
 * Return: 0 or an errno.
 */
long do_set(struct client *client, void __user *user)
{
	struct svac_set arg;
	int ret = take(&arg, sizeof(arg), user);

	if (ret)
		return ret;
	if (arg.flags || arg.reserved || arg.from < -1)
		return -EINVAL;
	return set_from(client, &arg);
}

/**
 * do_block() - SVAC_IOC_BLOCK
 * @client: the file
 * @user: struct svac_block
 *
 * Return: 0 or an errno.
 */
long do_block(struct client *client, void __user *user)
{
	struct svac_block arg;
	int ret = take(&arg, sizeof(arg), user);

	if (ret)
		return ret;
	if (arg.flags || arg.reserved)
		return -EINVAL;
	mutex_lock(&client->lock);
	ret = block(client, arg.pasid);
	mutex_unlock(&client->lock);
	return ret;
}
