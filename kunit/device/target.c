// SPDX-License-Identifier: GPL-2.0
/*
 * Finding the named device, and keeping drivers away from it while a case runs.
 *
 * Only buses whose type is exported can be named: pci and platform.
 */
#include <linux/device.h>
#include <linux/device/bus.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/string.h>

#include "mock.h"
#include "target.h"

struct svac_choice svac_choice;

static struct device *find(const char *name)
{
	if (str_has_prefix(name, "pci:"))
		return bus_find_device_by_name(&pci_bus_type, NULL, name + strlen("pci:"));
	if (str_has_prefix(name, "platform:"))
		return bus_find_device_by_name(&platform_bus_type, NULL,
					       name + strlen("platform:"));
	if (str_has_prefix(name, "mock:"))
		return svac_mock_take(name + strlen("mock:"));
	return ERR_PTR(-EINVAL);
}

/* With the device locked: 0, or what is in the way */
static int judge(struct device *dev, const char **why)
{
	if (!device_is_registered(dev)) {
		*why = "the device is being removed";
		return -ENODEV;
	}
	if (!dev->iommu || !dev->iommu->iommu_dev || !dev->iommu_group) {
		*why = "no IOMMU serves the device: see svacheck doctor";
		return -ENXIO;
	}
	if (dev->driver && !svac_choice.force) {
		*why = "a driver is bound to the device: unbind it, or say force=1";
		return -EBUSY;
	}
	return 0;
}

/**
 * svac_target_take() - Find the named device and lock it
 * @why: what is in the way, if something is
 *
 * Until svac_target_release() no driver is bound to it or unbound, and it is not removed.
 *
 * Return: the device or an ERR_PTR.
 */
struct device *svac_target_take(const char **why)
{
	struct device *dev;
	int ret;

	if (!svac_choice.device) {
		*why = "no device is named: say device=pci:0000:00:02.0, or another bus and name";
		return ERR_PTR(-EINVAL);
	}
	dev = find(svac_choice.device);
	if (IS_ERR(dev)) {
		*why = "a device is named by its bus, pci or platform, and its name there";
		return dev;
	}
	if (!dev) {
		*why = "there is no such device";
		return ERR_PTR(-ENODEV);
	}
	device_lock(dev);
	ret = judge(dev, why);
	if (!ret)
		return dev;
	svac_target_release(dev);
	return ERR_PTR(ret);
}

/**
 * svac_target_release() - Undo svac_target_take()
 * @dev: the device
 */
void svac_target_release(struct device *dev)
{
	device_unlock(dev);
	if (svac_mock_is(dev))
		svac_mock_release(dev);
	put_device(dev);
}
