// SPDX-License-Identifier: GPL-2.0
/*
 * The PCI functions of the machine itself: behind the mock IOMMU if the command
 * line says so, from when the kernel finds them on.
 *
 * No machine that is emulated has PASIDs. So PCI Express endpoints get a PASID
 * capability here, which answers where nothing else is; all other registers are
 * the machine's.
 */
#include <linux/moduleparam.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "mock.h"
#include "pci.h"
#include "real_pci.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX	"svacheck."

/* Functions behind the mock at a time */
#define MOST		64
/* At the end of a config space, beyond all capabilities of any emulated device */
#define PASID_AT	(PCI_CFG_SPACE_EXP_SIZE - PCI_EXT_CAP_PASID_SIZEOF)
#define PASID_BITS	20

/**
 * struct real_function - one function of the machine
 * @pdev: the function; NULL if this is free
 * @pasids: what the IOMMU translates for it by
 */
static struct real_function {
	struct pci_dev *pdev;
	struct xarray pasids;
} functions[MOST];

static DEFINE_SPINLOCK(functions_lock);
static unsigned int left_behind;
static bool wanted;

static const struct mock_config config = { };

/* Of all buses of the machine, and the same with the capability */
static struct pci_ops *machine_ops;
static struct pci_ops ops;

/* "acs": as a driver of a real IOMMU asks for, before any function is found; "no-acs" */
static int want(const char *how, const struct kernel_param *param)
{
	wanted = true;
	if (!strcmp(how, "acs"))
		pci_request_acs();
	return 0;
}

static const struct kernel_param_ops how_ops = { .set = want };

module_param_cb(real_pci, &how_ops, NULL, 0000);

static int read(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *value)
{
	if (where != PASID_AT + PCI_PASID_CAP)
		return machine_ops->read(bus, devfn, where, size, value);
	*value = PASID_BITS << 8;
	return PCIBIOS_SUCCESSFUL;
}

static bool can_have_pasids(struct pci_dev *pdev)
{
	if (!pci_is_pcie(pdev) || pdev->cfg_size < PCI_CFG_SPACE_EXP_SIZE)
		return false;
	return pci_pcie_type(pdev) == PCI_EXP_TYPE_ENDPOINT ||
	       pci_pcie_type(pdev) == PCI_EXP_TYPE_LEG_END ||
	       pci_pcie_type(pdev) == PCI_EXP_TYPE_RC_END;
}

static void give_pasids(struct pci_dev *pdev)
{
	if (!machine_ops) {
		machine_ops = pdev->bus->ops;
		ops = *machine_ops;
		ops.read = read;
	}
	if (pdev->bus->ops == machine_ops)
		pci_bus_set_ops(pdev->bus, &ops);
	pdev->pasid_cap = PASID_AT;
}

static struct real_function *find(struct pci_dev *pdev)
{
	unsigned int i;

	for (i = 0; i < MOST; i++)
		if (functions[i].pdev == pdev)
			return &functions[i];
	return NULL;
}

/**
 * mock_real_pci_wanted() - Is this a function of the machine, and behind the mock
 * @pdev: a function that is none of the mock's fabric
 *
 * Return: true if so.
 */
bool mock_real_pci_wanted(struct pci_dev *pdev)
{
	return wanted;
}

/**
 * mock_real_pci_take() - Put a function behind the mock
 * @pdev: which the core has just found
 *
 * Return: 0, or -ENOSPC.
 */
int mock_real_pci_take(struct pci_dev *pdev)
{
	struct real_function *function;

	spin_lock(&functions_lock);
	function = find(NULL);
	if (function)
		function->pdev = pdev;
	spin_unlock(&functions_lock);
	if (!function)
		return -ENOSPC;
	xa_init(&function->pasids);
	if (can_have_pasids(pdev))
		give_pasids(pdev);
	return 0;
}

/**
 * mock_real_pci_release() - Let a function go
 * @pdev: of mock_real_pci_take()
 */
void mock_real_pci_release(struct pci_dev *pdev)
{
	struct real_function *function = find(pdev);

	if (!function)
		return;
	left_behind += mock_drop_pasids(&function->pasids);
	spin_lock(&functions_lock);
	function->pdev = NULL;
	spin_unlock(&functions_lock);
}

/**
 * mock_real_pci_config() - What the IOMMU's driver has to know of a function
 *
 * Return: the same for all of them.
 */
const struct mock_config *mock_real_pci_config(void)
{
	return &config;
}

/**
 * mock_real_pci_pasids() - What the IOMMU translates for a function by
 * @pdev: of the machine, or of one that was
 *
 * Return: as mock_pasid_table(); NULL once it is unplugged.
 */
struct xarray *mock_real_pci_pasids(struct pci_dev *pdev)
{
	struct real_function *function = find(pdev);

	return function ? &function->pasids : NULL;
}

/**
 * mock_real_pci_left() - Empty the PASID tables of all functions
 *
 * Return: entries left in them, those of functions that have gone included.
 */
unsigned int mock_real_pci_left(void)
{
	unsigned int i, left = left_behind;

	left_behind = 0;
	for (i = 0; i < MOST; i++)
		if (functions[i].pdev)
			left += mock_drop_pasids(&functions[i].pasids);
	return left;
}
