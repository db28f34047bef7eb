// SPDX-License-Identifier: GPL-2.0
/*
 * Paging domains of programs, and the PASIDs of their devices that are set to them.
 */
#include <linux/file.h>
#include <linux/slab.h>

#include "client.h"
#include "paging.h"

/* Of one file, at a time; and of all, as the implementations have room for so many */
#define MOST_DOMAINS	16
#define MOST_SETS	512

static atomic_t all_sets;

/* Nobody has it any more, and it is set nowhere */
static void release_paging(struct kref *kref)
{
	struct paging *paging = container_of(kref, struct paging, kref);
	unsigned long at;
	struct page *page;

	xa_for_each(&paging->pages, at, page) {
		iommu_unmap(paging->domain, PFN_PHYS(at), PAGE_SIZE);
		paging_unpin(page);
	}
	xa_destroy(&paging->pages);
	paging->impl->free_paging(paging->domain);
	kfree(paging);
}

/**
 * put_paging() - One who has a domain less
 * @paging: the domain
 */
void put_paging(struct paging *paging)
{
	kref_put(&paging->kref, release_paging);
}

/**
 * get_paging() - A domain of a file
 * @client: the file
 * @number: of the domain
 *
 * Return: the domain, for put_paging(), or NULL.
 */
struct paging *get_paging(struct client *client, u32 number)
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
