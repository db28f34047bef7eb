// SPDX-License-Identifier: GPL-2.0
/*
 * For virtual machines alone: gives one of their PCI functions a PASID capability,
 * which no device of QEMU has, and its IOMMU as many PASIDs: the VT-d of QEMU 7.2
 * says that it has room for two. The function is removed and found again, so that
 * the kernel and its IOMMU driver see the capability from the beginning.
 *
 * It takes over the configuration space of the whole bus: never load it elsewhere.
 */
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/pci.h>

#include <asm/cpufeature.h>

#define CAPABILITY	0x100
#define CONTROL		(CAPABILITY + PCI_PASID_CTRL)
#define END		(CAPABILITY + PCI_EXT_CAP_PASID_SIZEOF)

static char *device;
module_param(device, charp, 0444);
MODULE_PARM_DESC(device, "the function, as 0000:00:02.0");

static ushort width = 10;
module_param(width, ushort, 0444);
MODULE_PARM_DESC(width, "bits of its PASIDs");

static bool driver;
module_param(driver, bool, 0444);
MODULE_PARM_DESC(driver, "bind a driver to the function that does nothing");

static struct pci_bus *bus;
static unsigned int devfn;
static struct pci_ops *theirs;
static struct iommu_device *iommu;
static u32 room;
static u16 control;

static u32 word(int where)
{
	if (where < CAPABILITY + PCI_PASID_CAP)
		return PCI_EXT_CAP_ID_PASID | 1 << 16;
	return (u32)control << 16 | width << 8 | PCI_PASID_CAP_EXEC | PCI_PASID_CAP_PRIV;
}

static bool ours(struct pci_bus *of, unsigned int fn, int where)
{
	return of == bus && fn == devfn && where >= CAPABILITY && where < END;
}

static int read(struct pci_bus *of, unsigned int fn, int where, int size, u32 *value)
{
	if (!ours(of, fn, where))
		return theirs->read(of, fn, where, size, value);
	*value = word(where) >> (where % 4 * 8);
	if (size < 4)
		*value &= BIT(size * 8) - 1;
	return PCIBIOS_SUCCESSFUL;
}

static int write(struct pci_bus *of, unsigned int fn, int where, int size, u32 value)
{
	if (!ours(of, fn, where))
		return theirs->write(of, fn, where, size, value);
	if (where == CONTROL && size == 2)
		control = value & (PCI_PASID_CTRL_ENABLE | PCI_PASID_CTRL_EXEC |
				   PCI_PASID_CTRL_PRIV);
	return PCIBIOS_SUCCESSFUL;
}

static struct pci_ops shim = {
	.read = read,
	.write = write,
};

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	return pdev->bus == bus && pdev->devfn == devfn ? 0 : -ENODEV;
}

static const struct pci_device_id nobody[] = { {} };

static struct pci_driver idle = {
	.name = "svac_idle",
	.id_table = nobody,
	.probe = probe,
};

static void widen(struct pci_dev *pdev)
{
	iommu = pdev->dev.iommu ? pdev->dev.iommu->iommu_dev : NULL;
	if (iommu) {
		room = iommu->max_pasids;
		iommu->max_pasids = BIT(width);
	}
}

static void restore(void)
{
	pci_bus_set_ops(bus, theirs);
	if (iommu)
		iommu->max_pasids = room;
}

/* The function as it is from now on, with a reference; NULL if it is not found again */
static struct pci_dev *find_again(struct pci_dev *pdev)
{
	pci_stop_and_remove_bus_device_locked(pdev);
	pci_lock_rescan_remove();
	pci_rescan_bus(bus);
	pci_unlock_rescan_remove();
	return pci_get_slot(bus, devfn);
}

static struct pci_dev *named(void)
{
	unsigned int domain, number, slot, function;

	if (!device || sscanf(device, "%x:%x:%x.%x", &domain, &number, &slot, &function) != 4)
		return NULL;
	return pci_get_domain_bus_and_slot(domain, number, PCI_DEVFN(slot, function));
}

static int bind_driver(struct pci_dev *pdev)
{
	int ret;

	ret = pci_register_driver(&idle);
	if (ret)
		return ret;
	ret = pci_add_dynid(&idle, pdev->vendor, pdev->device, PCI_ANY_ID, PCI_ANY_ID, 0, 0, 0);
	if (!ret && !pdev->dev.driver)
		ret = -ENODEV;
	if (ret)
		pci_unregister_driver(&idle);
	return ret;
}

static int __init function_init(void)
{
	struct pci_dev *pdev, *again;
	int ret = -ENODEV;
	u32 there;

	if (!boot_cpu_has(X86_FEATURE_HYPERVISOR)) {
		pr_err("svac_pasid_function: this is no virtual machine\n");
		return -EPERM;
	}
	pdev = named();
	if (!pdev)
		return -ENODEV;
	bus = pdev->bus;
	devfn = pdev->devfn;
	if (!pci_is_pcie(pdev) || pci_read_config_dword(pdev, CAPABILITY, &there) || there) {
		pci_err(pdev, "no room for a capability at %x, or no PCI Express\n", CAPABILITY);
		pci_dev_put(pdev);
		return -EINVAL;
	}
	widen(pdev);
	theirs = pci_bus_set_ops(bus, &shim);
	again = find_again(pdev);
	pci_dev_put(pdev);
	if (again)
		ret = driver ? bind_driver(again) : 0;
	pci_dev_put(again);
	if (ret)
		restore();
	return ret;
}

static void __exit function_exit(void)
{
	struct pci_dev *pdev;

	if (driver)
		pci_unregister_driver(&idle);
	pdev = pci_get_slot(bus, devfn);
	restore();
	if (pdev)
		pci_dev_put(find_again(pdev));
	pci_dev_put(pdev);
}

module_init(function_init);
module_exit(function_exit);
MODULE_DESCRIPTION("A PCI function with PASIDs, for virtual machines");
MODULE_LICENSE("GPL");
