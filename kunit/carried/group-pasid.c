// SPDX-License-Identifier: GPL-2.0
/*
 * Setting domains on the PASIDs of a device, whatever the domain's type.
 *
 * Included at the end of drivers/iommu/iommu.c: struct iommu_group, its mutex
 * and REQ_ACS_FLAGS are private to that file.
 *
 * group->pasids holds what is set on the one device of a group, by PASID. An
 * entry is reserved while the driver is being asked and readable once it has
 * agreed. It is written under group->mutex.
 */
#ifdef CONFIG_IOMMU_SVA_DOMAIN

#include <linux/pci-ats.h>

/* The PASID of a TLP prefix is 20 bits wide (PCIe r6.0, section 6.20.2.1) */
#define PASID_WIDTH	20

/**
 * iommu_device_max_pasids() - How many PASIDs a device and its IOMMU share
 * @dev: the device
 *
 * The smaller of what the IOMMU supports and what the device does: for PCI the
 * width in its PASID capability, elsewhere the property "pasid-num-bits".
 *
 * Return: PASIDs from 0 to one less than this can be told apart; 0 if @dev has
 * no IOMMU or supports no PASIDs, and, with a warning, for no @dev.
 */
u32 iommu_device_max_pasids(struct device *dev)
{
	u32 bits, limit;
	int pci_limit;

	if (WARN_ON_ONCE(!dev))
		return 0;
	if (!dev->iommu || !dev->iommu->iommu_dev)
		return 0;
	limit = min_t(u32, dev->iommu->iommu_dev->max_pasids, BIT(PASID_WIDTH));
	if (dev_is_pci(dev)) {
		pci_limit = pci_max_pasids(to_pci_dev(dev));
		return pci_limit < 0 ? 0 : min_t(u32, limit, pci_limit);
	}
	if (device_property_read_u32(dev, "pasid-num-bits", &bits))
		return 0;
	return min_t(u32, limit, BIT(min_t(u32, bits, PASID_WIDTH)));
}
EXPORT_SYMBOL_GPL(iommu_device_max_pasids);

/*
 * To pci_acs_enabled() a device of one physical function is a single-function
 * device, whatever number of virtual functions it has. One that can reach its
 * siblings has an ACS capability to be kept from it (PCIe r6.0, section
 * 6.12.1.2).
 */
static bool pci_isolated_from_siblings(struct pci_dev *pdev)
{
	u16 cap, ctrl;

	if (!(pdev->is_physfn || pdev->is_virtfn) || !pdev->acs_cap)
		return true;
	pci_read_config_word(pdev, pdev->acs_cap + PCI_ACS_CAP, &cap);
	pci_read_config_word(pdev, pdev->acs_cap + PCI_ACS_CTRL, &ctrl);
	return !(cap & ~ctrl & REQ_ACS_FLAGS);
}

/**
 * iommu_pci_isolated_up_to_root() - Whether requests of a function reach no peer
 * @pdev: the function
 *
 * pci_acs_path_enabled() would follow the NULL bridge of the virtual bus that
 * a virtual function may sit on; its way to the root leads through its physical
 * function.
 *
 * Return: whether ACS keeps the function and all ports on its way apart.
 */
bool iommu_pci_isolated_up_to_root(struct pci_dev *pdev)
{
	while (pci_acs_enabled(pdev, REQ_ACS_FLAGS) &&
	       pci_isolated_from_siblings(pdev)) {
		if (pdev->is_virtfn)
			pdev = pci_physfn(pdev);
		else if (!pci_is_root_bus(pdev->bus))
			pdev = pdev->bus->self;
		else
			return true;
	}
	return false;
}

/* A device that has left the group, or begun to, is in it no more */
static struct group_device *find_in_group(struct iommu_group *group,
					  struct device *dev)
{
	struct group_device *entry;

	lockdep_assert_held(&group->mutex);
	list_for_each_entry(entry, &group->devices, list)
		if (entry->dev == dev)
			return entry->pasids_closed ? NULL : entry;
	return NULL;
}

/*
 * PCI routes a request by its address alone. With a second function on the way
 * to the root that ACS does not keep apart, an address of the process may be
 * taken for that function's BAR; and a group that is single today but not
 * isolated grows when something is plugged in.
 */
static bool group_is_immutable_singleton(struct iommu_group *group,
					 struct device *dev)
{
	lockdep_assert_held(&group->mutex);
	if (!list_is_singular(&group->devices))
		return false;
	/* On other buses firmware names the devices of a group once and for all */
	return !dev_is_pci(dev) || iommu_pci_isolated_up_to_root(to_pci_dev(dev));
}

/*
 * Who runs out of memory on the way down leaves nodes that hold nothing, and
 * they stay when the last PASID goes: xa_empty() would be false for good, and
 * the nodes would outlive the group.
 */
static void trim_pasids(struct iommu_group *group)
{
	unsigned long first = 0;

	if (!group->pasids_ragged ||
	    xa_find(&group->pasids, &first, ULONG_MAX, XA_PRESENT))
		return;
	xa_destroy(&group->pasids);
	group->pasids_ragged = false;
}

/*
 * The three below go by one cursor, so that the way down is made once: as all
 * who write hold group->mutex, it stays where it is between them.
 */
static int reserve_pasid(struct iommu_group *group, struct xa_state *cursor)
{
	bool taken = false;

	do {
		xas_lock(cursor);
		if (xas_load(cursor))
			taken = true;
		else
			xas_store(cursor, XA_ZERO_ENTRY);
		xas_unlock(cursor);
	} while (xas_nomem(cursor, GFP_KERNEL));

	if (xas_error(cursor))
		group->pasids_ragged = true;
	return taken ? -EBUSY : xas_error(cursor);
}

static void *find_pasid(struct xa_state *cursor)
{
	void *entry;

	rcu_read_lock();
	entry = xas_load(cursor);
	rcu_read_unlock();
	return entry;
}

static void store_pasid(struct xa_state *cursor, struct iommu_domain *domain)
{
	xas_lock(cursor);
	xas_store(cursor, domain);
	xas_unlock(cursor);
}

/**
 * iommu_set_device_pasid() - Let a device reach a domain under a PASID
 * @domain: a domain of any type whose ops can set and block a PASID; it must
 *	    stay allocated until the PASID is blocked or the device is gone
 * @dev: the device, alone in its group and bound to stay alone
 * @pasid: above 0 and below what iommu_device_max_pasids() was when @dev joined
 *	   its group
 *
 * While a PASID is set no other device can join the group. The check of the
 * group and the record of the domain are made under one lock.
 *
 * Return: 0; -EOPNOTSUPP if the domain lacks the operations; -ENODEV if @dev
 * has no group or is being removed; -EINVAL for a PASID out of range, a group
 * that has or may get a second device, or, with a warning, no @domain or @dev;
 * -EBUSY if the PASID is set already; -ENOMEM; -EIO, with a warning, if the
 * driver answers with a number above 0; or the driver's own error. After an
 * error nothing is set.
 */
int iommu_set_device_pasid(struct iommu_domain *domain, struct device *dev,
			   ioasid_t pasid)
{
	XA_STATE(cursor, NULL, pasid);
	struct group_device *entry;
	struct iommu_group *group;
	int ret;

	if (WARN_ON_ONCE(IS_ERR_OR_NULL(domain) || !dev))
		return -EINVAL;
	if (!domain->ops->set_dev_pasid || !can_block_dev_pasid(domain))
		return -EOPNOTSUPP;
	group = iommu_group_get(dev);
	if (!group)
		return -ENODEV;
	cursor.xa = &group->pasids;

	mutex_lock(&group->mutex);
	ret = -ENODEV;
	entry = find_in_group(group, dev);
	if (!entry)
		goto out_unlock;
	ret = -EINVAL;
	if (!pasid || pasid >= entry->max_pasids)
		goto out_unlock;
	if (!group_is_immutable_singleton(group, dev))
		goto out_unlock;

	/* Reserved first: once the driver has agreed nothing may fail */
	ret = reserve_pasid(group, &cursor);
	if (ret)
		goto out_unlock;
	ret = set_dev_pasid(domain, dev, pasid);
	if (WARN_ONCE(ret > 0, "%ps returned %d, which is no error code\n",
		      domain->ops->set_dev_pasid, ret))
		ret = -EIO;
	store_pasid(&cursor, ret ? NULL : domain);

out_unlock:
	if (ret == -ENOMEM)
		trim_pasids(group);
	mutex_unlock(&group->mutex);
	iommu_group_put(group);
	return ret;
}
EXPORT_SYMBOL_GPL(iommu_set_device_pasid);

/**
 * iommu_try_block_device_pasid() - Block a PASID if it is set to a domain
 * @domain: the domain that should be set there
 * @dev: the device
 * @pasid: the PASID
 *
 * For the binding of processes, which may be undone after the device has gone.
 *
 * Return: 0 once blocked; -ENOENT if something else or nothing is set there,
 * -ENODEV if @dev is in no group, and then nothing was done.
 */
int iommu_try_block_device_pasid(struct iommu_domain *domain,
				 struct device *dev, ioasid_t pasid)
{
	struct iommu_group *group = iommu_group_get(dev);
	XA_STATE(cursor, NULL, pasid);
	int ret = -ENOENT;

	if (!group)
		return -ENODEV;
	cursor.xa = &group->pasids;

	mutex_lock(&group->mutex);
	if (find_in_group(group, dev) && find_pasid(&cursor) == domain) {
		block_dev_pasid(domain, dev, pasid);
		store_pasid(&cursor, NULL);
		ret = 0;
		trim_pasids(group);
	}
	mutex_unlock(&group->mutex);
	iommu_group_put(group);
	return ret;
}

/**
 * iommu_block_device_pasid() - Undo iommu_set_device_pasid()
 * @domain: the domain that was set
 * @dev: the device it was set on
 * @pasid: the PASID it was set on
 *
 * When this returns no access of @dev under @pasid reaches @domain. Anything
 * but what was set there is a bug of the caller: it gets a warning, and nothing
 * is done.
 */
void iommu_block_device_pasid(struct iommu_domain *domain, struct device *dev,
			      ioasid_t pasid)
{
	if (WARN_ON_ONCE(IS_ERR_OR_NULL(domain) || !dev))
		return;
	WARN_ON(iommu_try_block_device_pasid(domain, dev, pasid));
}
EXPORT_SYMBOL_GPL(iommu_block_device_pasid);

/**
 * iommu_get_domain_for_dev_pasid() - What is set on a PASID of a device
 * @dev: the device
 * @pasid: the PASID
 *
 * Takes no lock, so that a page request can be looked up while its driver
 * drains the queue inside of block_dev_pasid(). The caller sees to it that the
 * domain lives as long as it is used.
 *
 * Return: the domain, or NULL.
 */
struct iommu_domain *iommu_get_domain_for_dev_pasid(struct device *dev,
						    ioasid_t pasid)
{
	struct iommu_domain *domain;
	struct iommu_group *group;

	if (WARN_ON_ONCE(!dev))
		return NULL;
	group = iommu_group_get(dev);
	if (!group)
		return NULL;
	domain = xa_load(&group->pasids, pasid);
	iommu_group_put(group);
	return domain;
}
EXPORT_SYMBOL_GPL(iommu_get_domain_for_dev_pasid);

/*
 * The entry is on the group's list already. It is taken off again at once: the
 * caller undoes the rest without the lock, and the group must stay a singleton.
 * What is asked of firmware or of config space is asked once and not in each call.
 */
static int iommu_group_pasids_join(struct iommu_group *group,
				   struct group_device *entry)
{
	lockdep_assert_held(&group->mutex);
	entry->max_pasids = iommu_device_max_pasids(entry->dev);
	if (xa_empty(&group->pasids))
		return 0;
	list_del_init(&entry->list);
	return -EBUSY;
}

/* A group with PASIDs has one device, so all of them are this one's */
static noinline void block_all_pasids(struct iommu_group *group, struct device *dev)
{
	struct iommu_domain *domain;
	unsigned long pasid;

	WARN(!xa_empty(&group->pasids), "%s is removed with PASIDs set\n",
	     dev_name(dev));
	xa_for_each(&group->pasids, pasid, domain) {
		block_dev_pasid(domain, dev, pasid);
		xa_erase(&group->pasids, pasid);
	}
	trim_pasids(group);
}

/*
 * Called while the driver still knows the device, and again by those who take
 * it out of its group without a word to the driver.
 */
static noinline void iommu_group_pasids_leave(struct device *dev)
{
	struct iommu_group *group = iommu_group_get(dev);
	struct group_device *entry;

	if (!group)
		return;
	mutex_lock(&group->mutex);
	list_for_each_entry(entry, &group->devices, list) {
		if (entry->dev == dev) {
			entry->pasids_closed = true;
			block_all_pasids(group, dev);
		}
	}
	mutex_unlock(&group->mutex);
	iommu_group_put(group);
}

#endif /* CONFIG_IOMMU_SVA_DOMAIN */
