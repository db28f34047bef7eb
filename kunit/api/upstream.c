// SPDX-License-Identifier: GPL-2.0
/*
 * The tree's own implementation: iommu_attach_device_pasid() and its kin, and
 * iommu_sva_bind_device().
 *
 * It has no function that allocates an SVA domain: binding does, and tells nobody.
 * What alloc_sva() does here is the same by the same operations of the driver, so
 * that cases have a domain to set; SVAC_ALLOC is missing, so that no case takes it
 * for the kernel's.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "../../iommu-priv.h"
#include "beside.h"
#include "driver.h"
#include "impl.h"
#include "kernel.h"

/* PASIDs that one case has set at the same time */
#define HANDLES		1024

/*
 * What the core finds a domain by. The memory is ours for good: a case that fails
 * allocations is about those of the core.
 */
static struct svac_attach {
	struct iommu_attach_handle handle;
	bool used;
} attaches[HANDLES];
static DEFINE_SPINLOCK(attaches_lock);

/*
 * Where calls are timed nothing is looked for: what is set on a PASID is always the same
 * domain, or the second one of two in turns
 */
static struct svac_attach *take_handle(ioasid_t pasid, bool second)
{
	struct svac_attach *found = NULL;
	unsigned int i;

	if (IS_ENABLED(CONFIG_SVACHECK_BENCH))
		return &attaches[pasid % (HANDLES / 2) * 2 + second];
	spin_lock(&attaches_lock);
	for (i = 0; i < HANDLES && !found; i++)
		if (!READ_ONCE(attaches[i].used))
			found = &attaches[i];
	if (found)
		WRITE_ONCE(found->used, true);
	spin_unlock(&attaches_lock);
	WARN(!found, "more than %u PASIDs are set\n", HANDLES);
	return found;
}

static void give_handle_back(struct iommu_attach_handle *handle)
{
	if (handle >= &attaches[0].handle && handle <= &attaches[HANDLES - 1].handle)
		WRITE_ONCE(container_of(handle, struct svac_attach, handle)->used, false);
}

static void give_mm(struct iommu_domain *domain, struct mm_struct *mm, const struct iommu_ops *of)
{
	domain->owner = of;
	domain->mm = mm;
	mmgrab(mm);
#ifdef CONFIG_SVACHECK_COOKIE
	domain->cookie_type = IOMMU_COOKIE_SVA;
#endif
	domain->type = IOMMU_DOMAIN_SVA;
}

static struct iommu_domain *alloc_sva(struct device *dev, struct mm_struct *mm)
{
	const struct iommu_ops *of = dev_iommu_ops(dev);
	struct iommu_domain *made = ERR_PTR(-EOPNOTSUPP);

	if (of->domain_alloc_sva)
		made = of->domain_alloc_sva(dev, mm);
	if (!IS_ERR(made))
		give_mm(made, mm, of);
	return made;
}

static struct mm_struct *mm_of(struct iommu_domain *domain)
{
	return domain->mm;
}

static struct iommu_domain *alloc_paging(struct device *dev)
{
	struct iommu_domain *domain = iommu_paging_domain_alloc(dev);

	return IS_ERR(domain) ? NULL : domain;
}

static int set(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	struct svac_attach *attach = take_handle(pasid, false);
	int ret;

	if (!attach)
		return -ENOSPC;
	ret = iommu_attach_device_pasid(domain, dev, pasid, &attach->handle);
	if (ret)
		give_handle_back(&attach->handle);
	return ret;
}

static struct iommu_attach_handle *handle_of(struct device *dev, ioasid_t pasid)
{
	struct iommu_group *group = iommu_group_get(dev);
	struct iommu_attach_handle *handle;

	if (!group)
		return NULL;
	handle = iommu_attach_handle_get(group, pasid, 0);
	iommu_group_put(group);
	return IS_ERR(handle) ? NULL : handle;
}

#ifdef CONFIG_SVACHECK_REPLACE
/* A handle that is in use must not be given again */
static int replace(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	static bool second;
	struct iommu_attach_handle *old = NULL;
	struct svac_attach *attach = take_handle(pasid, second = !second);
	int ret;

	if (!attach)
		return -ENOSPC;
	if (!IS_ENABLED(CONFIG_SVACHECK_BENCH))
		old = handle_of(dev, pasid);
	ret = iommu_replace_device_pasid(domain, dev, pasid, &attach->handle);
	give_handle_back(ret ? &attach->handle : old);
	return ret;
}
#endif

static void estrange(struct iommu_domain *domain, bool strange)
{
	static const struct iommu_ops *owner;
	static const struct iommu_ops stranger;

	if (strange)
		owner = domain->owner;
	domain->owner = strange ? &stranger : owner;
}

static void block(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	struct iommu_attach_handle *handle = NULL;

	if (!IS_ENABLED(CONFIG_SVACHECK_BENCH))
		handle = handle_of(dev, pasid);
	iommu_detach_device_pasid(domain, dev, pasid);
	give_handle_back(handle);
}

static struct iommu_domain *get(struct device *dev, ioasid_t pasid)
{
	struct iommu_attach_handle *handle = handle_of(dev, pasid);

	return handle ? handle->domain : NULL;
}

static u32 max_pasids(struct device *dev)
{
	return dev->iommu ? dev->iommu->max_pasids : 0;
}

/* ---- binding, where the kernel refuses to ---- */

/**
 * struct by_hand - a process that programs have bound to a device
 * @sva: what they know it by; its users are counted
 * @list: of all
 */
struct by_hand {
	struct iommu_sva sva;
	struct list_head list;
};

static LIST_HEAD(bound_by_hand);
static DEFINE_MUTEX(by_hand_lock); /* protects the list, and who gets a PASID */

static struct by_hand *find_bound(struct device *dev, struct mm_struct *mm)
{
	struct by_hand *bound;

	list_for_each_entry(bound, &bound_by_hand, list)
		if (bound->sva.dev == dev && bound->sva.handle.domain->mm == mm)
			return bound;
	return NULL;
}

static int have_pasid(struct device *dev, struct mm_struct *mm)
{
	if (mm->iommu_mm)
		return svac_mm_pasid(mm) >= max_pasids(dev) ? -EOVERFLOW : 0;
	return svac_give_mm_pasid(mm, dev);
}

static struct by_hand *bind_once(struct device *dev, struct mm_struct *mm)
{
	struct iommu_domain *domain;
	struct by_hand *bound;
	int ret = have_pasid(dev, mm);

	if (ret)
		return ERR_PTR(ret);
	bound = kzalloc(sizeof(*bound), GFP_KERNEL);
	if (!bound)
		return ERR_PTR(-ENOMEM);
	domain = alloc_sva(dev, mm);
	ret = PTR_ERR_OR_ZERO(domain);
	if (!ret) {
		svac_by_hand_requests(domain);
		ret = iommu_attach_device_pasid(domain, dev, svac_mm_pasid(mm), &bound->sva.handle);
		if (ret)
			iommu_domain_free(domain);
	}
	if (ret) {
		kfree(bound);
		return ERR_PTR(ret);
	}
	bound->sva.dev = dev;
	refcount_set(&bound->sva.users, 1);
	list_add(&bound->list, &bound_by_hand);
	return bound;
}

static struct iommu_sva *bind_by_hand(struct device *dev, struct mm_struct *mm)
{
	struct by_hand *bound;

	mutex_lock(&by_hand_lock);
	bound = find_bound(dev, mm);
	if (bound)
		refcount_inc(&bound->sva.users);
	else
		bound = bind_once(dev, mm);
	mutex_unlock(&by_hand_lock);
	return IS_ERR(bound) ? ERR_CAST(bound) : &bound->sva;
}

static void unbind_by_hand(struct iommu_sva *handle)
{
	struct by_hand *bound = container_of(handle, struct by_hand, sva);
	struct iommu_domain *domain = handle->handle.domain;

	mutex_lock(&by_hand_lock);
	if (refcount_dec_and_test(&handle->users)) {
		list_del(&bound->list);
		iommu_detach_device_pasid(domain, handle->dev, svac_mm_pasid(domain->mm));
		iommu_domain_free(domain);
		kfree(bound);
	}
	mutex_unlock(&by_hand_lock);
}

static void reset(void)
{
	unsigned int i;

	for (i = 0; i < HANDLES; i++)
		attaches[i].used = false;
}

static struct svac_impl upstream = {
	.name = "upstream",
	.traits = SVAC_BIND | SVAC_WAITS | SVAC_SHARES_DOMAINS | SVAC_GROUP_WIDE | SVAC_OWNERSHIP |
#ifdef CONFIG_SVACHECK_REPLACE
		  SVAC_REPLACE |
#endif
#ifdef CONFIG_SVACHECK_PUBLISHES_LATE
		  SVAC_PUBLISHES_LATE |
#endif
#ifdef CONFIG_SVACHECK_OPS_IDENTITY
		  SVAC_TELLS_NO_SVA |
#endif
#ifndef CONFIG_SVACHECK_OPS_REMOVE
		  SVAC_CHECKS_BLOCK |
#endif
#ifdef CONFIG_SVACHECK_KERNEL_RANGE
		  SVAC_TELLS_KERNEL_RANGE |
#endif
		  SVAC_GIVES_PASIDS | SVAC_OWNERS | SVAC_LOOKS_FIRST,
	.errnos = { .no_pasids = -ENOSPC, .none_for_its_own = -EOVERFLOW, .none_left = -ENOSPC },
	.alloc_sva = alloc_sva,
	.free_sva = iommu_domain_free,
	.mm_of = mm_of,
	.alloc_paging = alloc_paging,
	.free_paging = iommu_domain_free,
	.set = set,
	.block = block,
	.get = get,
	.max_pasids = max_pasids,
	.bind = iommu_sva_bind_device,
	.unbind = iommu_sva_unbind_device,
	.pasid = iommu_sva_get_pasid,
#ifdef CONFIG_SVACHECK_REPLACE
	.replace = replace,
#endif
	.give_pasid = iommu_alloc_global_pasid,
	.take_pasid = iommu_free_global_pasid,
	.estrange = estrange,
	.reset = reset,
};

SVAC_IMPL(upstream);

static int __init ask_whether_it_binds(void)
{
	if (svac_kernel_refuses_to_bind()) {
		upstream.traits &= ~SVAC_BIND;
		upstream.traits |= SVAC_REFUSES_BIND | SVAC_BINDS_BY_HAND;
		upstream.bind = bind_by_hand;
		upstream.unbind = unbind_by_hand;
	}
	return 0;
}
device_initcall(ask_whether_it_binds);
