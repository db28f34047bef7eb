// SPDX-License-Identifier: GPL-2.0
/*
 * Binding a process to a device: an SVA domain on the PASID of its mm.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "internal.h"
#include "iommu-sva-domain.h"

/**
 * struct bond - one device bound to one address space
 * @handle: what the binder holds
 * @domain: the SVA domain, which holds the mm
 * @pasid: where it is set
 * @users: binds not yet undone
 * @list: in bonds
 */
struct bond {
	struct iommu_sva handle;
	struct iommu_domain *domain;
	ioasid_t pasid;
	unsigned int users;
	struct list_head list;
};

/* Protects the list and each bond's users */
static DEFINE_MUTEX(bonds_lock);
static LIST_HEAD(bonds);

static struct bond *find_bond(struct device *dev, struct mm_struct *mm)
{
	struct bond *bond;

	list_for_each_entry(bond, &bonds, list)
		if (bond->handle.dev == dev && domain_to_mm(bond->domain) == mm)
			return bond;
	return NULL;
}

/*
 * iommu_sva_alloc_pasid() takes its upper bound as inclusive for a new PASID
 * and as exclusive for one the mm has, maybe since a moment ago and from
 * somebody else: whether that is in range is judged here.
 */
static int get_mm_pasid(struct mm_struct *mm, u32 limit)
{
	int ret = iommu_sva_alloc_pasid(mm, 1, limit - 1);

	if (ret && ret != -EOVERFLOW)
		return ret;
	return mm_pasid(mm) < limit ? 0 : -EOVERFLOW;
}

static struct bond *create_bond(struct device *dev, struct mm_struct *mm)
{
	u32 limit = iommu_device_max_pasids(dev);
	struct bond *bond;
	int ret;

	if (!dev->iommu_group)
		return ERR_PTR(-ENODEV);
	/* PASID 0 is not for binding */
	if (limit < 2)
		return ERR_PTR(-EOPNOTSUPP);
	ret = get_mm_pasid(mm, limit);
	if (ret)
		return ERR_PTR(ret);

	bond = kzalloc(sizeof(*bond), GFP_KERNEL);
	if (!bond)
		return ERR_PTR(-ENOMEM);
	bond->domain = iommu_sva_alloc_domain(dev, mm);
	if (IS_ERR(bond->domain)) {
		ret = PTR_ERR(bond->domain);
		goto err_free_bond;
	}
	ret = iommu_set_device_pasid(bond->domain, dev, mm_pasid(mm));
	if (ret)
		goto err_free_domain;

	bond->handle.dev = get_device(dev);
	bond->pasid = mm_pasid(mm);
	list_add(&bond->list, &bonds);
	return bond;

err_free_domain:
	iommu_sva_free_domain(bond->domain);
err_free_bond:
	kfree(bond);
	return ERR_PTR(ret);
}

/**
 * iommu_sva_domain_bind() - Bind an address space to a device
 * @dev: the device
 * @mm: the address space; the caller holds a reference
 *
 * The PASID is the mm's own: the same on every device, and its until the mm is
 * freed. Binding the same pair again returns the same handle and counts it.
 *
 * Return: a handle for iommu_sva_domain_unbind(), or an ERR_PTR: -ENODEV
 * without a group; -EOPNOTSUPP if the device has no PASIDs or cannot do SVA;
 * -EOVERFLOW if the mm's PASID is beyond the device's limit; -ENOMEM, also when
 * no PASID is left, as iommu_sva_alloc_pasid() has it; and all that
 * iommu_set_device_pasid() returns. No @dev or @mm is -EINVAL with a warning.
 */
struct iommu_sva *iommu_sva_domain_bind(struct device *dev,
					struct mm_struct *mm)
{
	struct bond *bond;

	if (WARN_ON_ONCE(!dev || !mm))
		return ERR_PTR(-EINVAL);

	mutex_lock(&bonds_lock);
	bond = find_bond(dev, mm);
	if (!bond)
		bond = create_bond(dev, mm);
	else if (iommu_get_domain_for_dev_pasid(dev, bond->pasid) != bond->domain)
		/* The device left its IOMMU and waits for its last unbind */
		bond = ERR_PTR(-ENODEV);
	if (!IS_ERR(bond))
		bond->users++;
	mutex_unlock(&bonds_lock);

	return IS_ERR(bond) ? ERR_CAST(bond) : &bond->handle;
}
EXPORT_SYMBOL_GPL(iommu_sva_domain_bind);

/**
 * iommu_sva_domain_unbind() - Undo one iommu_sva_domain_bind()
 * @handle: what it returned
 *
 * The last one blocks the PASID, unless the device has gone and its PASIDs
 * with it, and frees the domain.
 */
void iommu_sva_domain_unbind(struct iommu_sva *handle)
{
	struct bond *bond = container_of(handle, struct bond, handle);

	if (WARN_ON_ONCE(IS_ERR_OR_NULL(handle)))
		return;

	mutex_lock(&bonds_lock);
	if (!--bond->users) {
		list_del(&bond->list);
		iommu_try_block_device_pasid(bond->domain, handle->dev,
					     bond->pasid);
		iommu_sva_free_domain(bond->domain);
		put_device(handle->dev);
		kfree(bond);
	}
	mutex_unlock(&bonds_lock);
}
EXPORT_SYMBOL_GPL(iommu_sva_domain_unbind);

/**
 * iommu_sva_domain_pasid() - The PASID a device has to use
 * @handle: of iommu_sva_domain_bind()
 *
 * Return: the PASID, or INVALID_IOASID with a warning for no handle.
 */
ioasid_t iommu_sva_domain_pasid(struct iommu_sva *handle)
{
	if (WARN_ON_ONCE(IS_ERR_OR_NULL(handle)))
		return INVALID_IOASID;
	return container_of(handle, struct bond, handle)->pasid;
}
EXPORT_SYMBOL_GPL(iommu_sva_domain_pasid);
