// SPDX-License-Identifier: GPL-2.0
/*
 * Mock devices on the platform bus, and what they have in common with those of
 * the PCI fabric. No device driver binds them: the cases are their driver.
 */
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "devtlb.h"
#include "mock.h"
#include "pci.h"
#include "prq.h"

#define NAME	"svac-mock-dev"

/*
 * What a device keeps to itself: how it was made, its PASID table, and the
 * firmware node whose one property, "pasid-num-bits", says how many it has.
 */
struct mock_device {
	struct list_head list;
	struct device *dev;
	struct mock_config config;
	struct iommu_group *given;
	struct xarray pasids;
	struct mock_tlb_stats tlb_stats;
#ifdef CONFIG_SVACHECK_CHARDEV
	struct mock_prq prq;
#endif
	struct fwnode_handle fwnode;
};

static DEFINE_SPINLOCK(devices_lock);
static LIST_HEAD(devices);

static struct mock_device *to_mock(struct device *dev)
{
	return *(struct mock_device **)dev_get_platdata(dev);
}

/**
 * mock_is_ours() - Is this one of the mock's devices
 * @dev: any device
 *
 * Return: true if so.
 */
bool mock_is_ours(struct device *dev)
{
	if (mock_pci_is_ours(dev))
		return true;
	return dev_is_platform(dev) && !strcmp(to_platform_device(dev)->name, NAME);
}

/**
 * mock_config() - How a device was made
 * @dev: one of the mock's
 *
 * Return: what mock_device_add() was given, or the function's description says.
 */
const struct mock_config *mock_config(struct device *dev)
{
	if (dev_is_pci(dev))
		return mock_pci_config(to_pci_dev(dev));
	return &to_mock(dev)->config;
}

/**
 * mock_pasid_table() - What the IOMMU translates for a device by
 * @dev: one of the mock's
 *
 * Return: PASID to struct mock_pasid; NULL once the device is unplugged.
 */
struct xarray *mock_pasid_table(struct device *dev)
{
	if (dev_is_pci(dev))
		return mock_pci_pasids(to_pci_dev(dev));
	return to_mock(dev) ? &to_mock(dev)->pasids : NULL;
}

/**
 * mock_tlb_stats() - What the caches of a device have done
 * @dev: one of the mock's on the platform bus, plugged in
 *
 * Return: where that is counted.
 */
struct mock_tlb_stats *mock_tlb_stats(struct device *dev)
{
	return &to_mock(dev)->tlb_stats;
}

#ifdef CONFIG_SVACHECK_CHARDEV
/**
 * mock_prq_of() - What a device has to do with page requests
 * @dev: one of the mock's on the platform bus, plugged in
 *
 * Return: where that is kept.
 */
struct mock_prq *mock_prq_of(struct device *dev)
{
	return &to_mock(dev)->prq;
}
#endif

static bool property_present(const struct fwnode_handle *fwnode,
			     const char *name)
{
	return container_of(fwnode, struct mock_device, fwnode)->config.pasid_bits &&
	       !strcmp(name, "pasid-num-bits");
}

static int property_read(const struct fwnode_handle *fwnode, const char *name,
			 unsigned int size, void *val, size_t count)
{
	struct mock_device *mock = container_of(fwnode, struct mock_device, fwnode);

	mock_run_hook(MOCK_PROPERTY, NULL, fwnode->dev, INVALID_IOASID);
	if (!property_present(fwnode, name) || size != sizeof(u32))
		return -EINVAL;
	if (!val)
		return 1;
	if (count != 1)
		return -EOVERFLOW;
	*(u32 *)val = mock->config.pasid_bits;
	return 0;
}

static const struct fwnode_operations fwnode_ops = {
	.property_present = property_present,
	.property_read_int_array = property_read,
};

/**
 * mock_given_group() - The group that the IOMMU's driver put a device in
 * @dev: one of the mock's
 *
 * Return: where it is remembered; what is there is only to be compared.
 */
struct iommu_group **mock_given_group(struct device *dev)
{
	return &to_mock(dev)->given;
}

/**
 * mock_hardware_pasids() - How many PASIDs the IOMMU of a device really has
 * @dev: one of the mock's
 *
 * Return: as its driver should report it.
 */
u32 mock_hardware_pasids(struct device *dev)
{
	const struct mock_config *config = mock_config(dev);

	if (config->iommu_without_pasids)
		return 0;
	return config->max_pasids ?: BIT(20);
}

/**
 * mock_each_device() - Visit every device that is plugged in
 * @visit: called with each; must not sleep; ends the walk by returning true
 * @data: for @visit
 */
void mock_each_device(bool (*visit)(struct device *dev, void *data), void *data)
{
	struct mock_device *mock;

	spin_lock(&devices_lock);
	list_for_each_entry(mock, &devices, list)
		if (visit(mock->dev, data))
			break;
	spin_unlock(&devices_lock);
}

/**
 * mock_device_add() - Plug a device in
 * @config: what it is like
 *
 * Its IOMMU, if any, has probed it when this returns.
 *
 * Return: the device, or an ERR_PTR. It is unplugged with mock_device_remove().
 */
struct device *mock_device_add(const struct mock_config *config)
{
	struct platform_device_info info = {
		.name = NAME,
		.id = PLATFORM_DEVID_AUTO,
	};
	struct mock_device *mock = kzalloc(sizeof(*mock), GFP_KERNEL);
	struct platform_device *pdev;

	if (!mock)
		return ERR_PTR(-ENOMEM);
	mock->config = *config;
	mock->tlb_stats.hold = config->hold;
	xa_init(&mock->pasids);
	fwnode_init(&mock->fwnode, &fwnode_ops);
	info.fwnode = &mock->fwnode;
	info.data = &mock;
	info.size_data = sizeof(mock);

	pdev = platform_device_register_full(&info);
	if (IS_ERR(pdev)) {
		kfree(mock);
		return ERR_CAST(pdev);
	}
	mock->dev = &pdev->dev;
#ifdef CONFIG_SVACHECK_CHARDEV
	mock_prq_init(&mock->prq, mock->dev);
#endif
	spin_lock(&devices_lock);
	list_add_tail(&mock->list, &devices);
	spin_unlock(&devices_lock);
	return mock->dev;
}

/**
 * mock_drop_pasids() - Empty a PASID table
 * @pasids: of a device that has gone
 *
 * Return: entries that were left in it, none if all went well.
 */
unsigned int mock_drop_pasids(struct xarray *pasids)
{
	struct mock_pasid *entry;
	unsigned int left = 0;
	unsigned long pasid;

	xa_for_each(pasids, pasid, entry) {
		mock_pasid_free(entry);
		left++;
	}
	xa_destroy(pasids);
	return left;
}

/**
 * mock_device_remove() - Unplug a device
 * @dev: one of the mock's; references to it stay good
 *
 * Return: entries that were left in its PASID table, none if all went well.
 */
unsigned int mock_device_remove(struct device *dev)
{
	struct mock_device *mock;
	unsigned int left;

	if (dev_is_pci(dev))
		return mock_pci_remove(to_pci_dev(dev));
	mock = to_mock(dev);
	get_device(dev);
	platform_device_unregister(to_platform_device(dev));
	spin_lock(&devices_lock);
	list_del(&mock->list);
	spin_unlock(&devices_lock);
	*(struct mock_device **)dev_get_platdata(dev) = NULL;
	set_primary_fwnode(dev, NULL);
	put_device(dev);

	left = mock_drop_pasids(&mock->pasids);
	kfree(mock);
	return left;
}

/**
 * mock_device_disown() - Leave a device that cannot be unplugged any more alone
 * @dev: of mock_device_add(); nobody joins its group from now on
 */
void mock_device_disown(struct device *dev)
{
	to_mock(dev)->config.group = 0;
	to_mock(dev)->given = NULL;
}
