// SPDX-License-Identifier: GPL-2.0
/*
 * The PCI fabric: a host bridge whose functions live in memory. Everything that
 * the kernel knows of them it has found out through their config space.
 */
#include <linux/list.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "pci.h"
#include "real_pci.h"

/**
 * struct function - one function, plugged in or not
 * @list: in functions, those above before those below
 * @desc: as the case has described it
 * @above: the bridge it is behind, or NULL
 * @pf: of a virtual function: its physical one
 * @plugged: answers to config requests
 * @space: its registers
 * @pasids: what the IOMMU translates for it by
 */
struct function {
	struct list_head list;
	struct mock_pci_function desc;
	struct function *above;
	struct function *pf;
	bool plugged;
	struct mock_pci_space space;
	struct xarray pasids;
};

static LIST_HEAD(functions);
static struct pci_bus *root;

/* At most one hook, and run once: what it does may read the register again */
static struct {
	struct function *function;
	int where;
	mock_pci_hook_t run;
	void *data;
} on_read;

/* UML of some kernels has a bus 0 of its own */
#define ROOT_BUS	16

/* A machine's own buses are in domain 0, and have its bridge for a parent */
#ifdef CONFIG_X86
#define DOMAIN		1
static struct pci_sysdata host = { .domain = DOMAIN, .node = NUMA_NO_NODE };
#define HOST		(&host)
#else
#define DOMAIN		0
#define HOST		NULL
#endif

static struct resource bus_numbers = {
	.name = "svac-mock-pci",
	.start = ROOT_BUS,
	.end = 255,
	.flags = IORESOURCE_BUS,
};

static struct function *named(const char *name)
{
	struct function *function;

	list_for_each_entry(function, &functions, list)
		if (name && !strcmp(function->desc.name, name))
			return function;
	return NULL;
}

/* Bus, device and function number in one, as a request carries it */
static u16 routing_id(struct function *function)
{
	if (function->pf)
		return routing_id(function->pf) + function->pf->desc.vf_offset +
		       function->desc.vf;
	if (!function->above)
		return PCI_DEVID(ROOT_BUS, function->desc.devfn);
	return PCI_DEVID(function->above->space.bytes[PCI_SECONDARY_BUS],
			 function->desc.devfn);
}

static struct function *at_routing_id(u16 id)
{
	struct function *function;

	list_for_each_entry(function, &functions, list)
		if (function->plugged && routing_id(function) == id)
			return function;
	return NULL;
}

static void run_hook(struct function *function, int where)
{
	if (on_read.run && on_read.function == function && on_read.where == where) {
		mock_pci_hook_t run = on_read.run;

		on_read.run = NULL;
		run(on_read.data);
	}
}

static int config_read(struct pci_bus *bus, unsigned int devfn, int where,
		       int size, u32 *value)
{
	struct function *function = at_routing_id(PCI_DEVID(bus->number, devfn));

	if (!function) {
		*value = ~0;
		return PCIBIOS_DEVICE_NOT_FOUND;
	}
	run_hook(function, where);
	*value = mock_pci_space_read(&function->space, where, size);
	return PCIBIOS_SUCCESSFUL;
}

static int config_write(struct pci_bus *bus, unsigned int devfn, int where,
			int size, u32 value)
{
	struct function *function = at_routing_id(PCI_DEVID(bus->number, devfn));

	if (!function)
		return PCIBIOS_DEVICE_NOT_FOUND;
	mock_pci_space_write(&function->space, where, size, value);
	return PCIBIOS_SUCCESSFUL;
}

static struct pci_ops config_ops = {
	.read = config_read,
	.write = config_write,
};

/* The numbers of the buses below, depth first as firmware does it */
static u8 number_buses(struct function *above, u8 last)
{
	struct function *function;
	u8 first = last;

	/* Virtual functions may need the bus number after that of their own bus */
	list_for_each_entry(function, &functions, list)
		if (!function->pf && function->above == above &&
		    function->desc.devfn + function->desc.vf_offset > 255)
			last = first + 1;
	list_for_each_entry(function, &functions, list) {
		if (function->pf || function->above != above ||
		    !mock_pci_is_bridge(function->desc.type))
			continue;
		function->space.bytes[PCI_PRIMARY_BUS] = first;
		function->space.bytes[PCI_SECONDARY_BUS] = ++last;
		last = number_buses(function, last);
		function->space.bytes[PCI_SUBORDINATE_BUS] = last;
	}
	return last;
}

static int add_function(const struct mock_pci_function *desc,
			const struct mock_pci_function *all)
{
	struct function *function;
	u16 vfs = 0;

	if ((desc->below && !named(desc->below)) ||
	    (desc->type == MOCK_PCI_VIRTUAL && !named(desc->physfn)))
		return -EINVAL;
	function = kzalloc(sizeof(*function), GFP_KERNEL);
	if (!function)
		return -ENOMEM;
	for (; all->name; all++)
		if (all->physfn && !strcmp(all->physfn, desc->name))
			vfs++;
	function->desc = *desc;
	function->pf = named(desc->physfn);
	function->above = named(desc->below);
	function->plugged = !desc->absent;
	xa_init(&function->pasids);
	mock_pci_space_init(&function->space, desc, vfs);
	list_add_tail(&function->list, &functions);
	return 0;
}

/* Its bus on the kernel's side; NULL if that is not there yet */
static struct pci_bus *bus_of(struct function *function)
{
	return pci_find_bus(DOMAIN, routing_id(function) >> 8);
}

/*
 * What pci_enable_sriov() does for each virtual function, once the hardware has
 * had its tenth of a second.
 */
static int add_virtual(struct function *function)
{
	struct pci_dev *pf = mock_pci_get(function->pf->desc.name);
	int ret;

	if (!pf)
		return -ENODEV;
	ret = pci_iov_add_virtfn(pf, function->desc.vf);
	pci_dev_put(pf);
	return ret;
}

static void remove_virtual(struct function *function)
{
	struct pci_dev *pf = mock_pci_get(function->pf->desc.name);

	if (!pf)
		return;
	pci_iov_remove_virtfn(pf, function->desc.vf);
	pci_dev_put(pf);
	function->plugged = false;
}

/* Whoever takes a physical function away takes its virtual ones first */
static void remove_virtuals(struct function *pf)
{
	struct function *function;

	list_for_each_entry(function, &functions, list)
		if (function->pf && function->plugged && (!pf || function->pf == pf))
			remove_virtual(function);
}

static int scan(void)
{
	struct function *function;
	LIST_HEAD(resources);
	int ret = 0;

	pci_add_resource(&resources, &bus_numbers);
	root = pci_scan_root_bus(NULL, ROOT_BUS, &config_ops, HOST, &resources);
	if (!root) {
		pci_free_resource_list(&resources);
		return -ENOMEM;
	}
	pci_bus_add_devices(root);
	list_for_each_entry(function, &functions, list)
		if (function->pf && function->plugged)
			ret = ret ?: add_virtual(function);
	return ret;
}

/*
 * Of what the PCI core says for each function warnings will do. A line without
 * its newline, as KUnit prints them, goes out with the next: here, while it can.
 * The level counts when a line is printed. With several processors that may be
 * later than when it was written, and KUnit's own would be lost: then all is said.
 */
static int quiet(void)
{
	int level = console_loglevel;

	if (IS_ENABLED(CONFIG_SMP))
		return level;
	_dev_printk(KERN_DEBUG, &platform_bus, "only warnings from here on\n");
	console_loglevel = CONSOLE_LOGLEVEL_QUIET + 1;
	return level;
}

/**
 * mock_pci_build() - Put a fabric together and have the kernel find it
 * @descs: the functions, those above before those below; ends with one that has
 *	   no name
 *
 * Return: 0; -EBUSY if there is one; -EINVAL for a function below or of one
 * that has not been named; or what the PCI core had to say.
 */
int mock_pci_build(const struct mock_pci_function *descs)
{
	const struct mock_pci_function *desc;
	int level, ret = 0;

	if (!list_empty(&functions))
		return -EBUSY;
	for (desc = descs; desc->name && !ret; desc++)
		ret = add_function(desc, descs);
	if (ret)
		return ret;
	number_buses(NULL, 0);
	level = quiet();
	ret = scan();
	console_loglevel = level;
	return ret;
}

static unsigned int drop_function(struct function *function)
{
	unsigned int left = mock_drop_pasids(&function->pasids);

	list_del(&function->list);
	kfree(function);
	return left;
}

static void remove_root(void)
{
	struct pci_host_bridge *bridge = to_pci_host_bridge(root->bridge);

	pci_lock_rescan_remove();
	remove_virtuals(NULL);
	pci_stop_root_bus(root);
	pci_remove_root_bus(root);
	pci_unlock_rescan_remove();
	put_device(&bridge->dev);
	root = NULL;
}

/**
 * mock_pci_destroy() - Take the fabric apart, if there is one
 *
 * Return: entries left in the PASID tables of its functions, and of the machine's.
 */
unsigned int mock_pci_destroy(void)
{
	struct function *function, *next;
	unsigned int left = mock_real_pci_left();
	int level = quiet();

	on_read.run = NULL;
	if (root)
		remove_root();
	list_for_each_entry_safe(function, next, &functions, list)
		left += drop_function(function);
	console_loglevel = level;
	return left;
}

/**
 * mock_pci_get() - A function as the kernel knows it
 * @name: of the function
 *
 * Return: with a reference; NULL if the kernel has not found it.
 */
struct pci_dev *mock_pci_get(const char *name)
{
	struct function *function = named(name);

	if (!function || !function->plugged)
		return NULL;
	return pci_get_domain_bus_and_slot(DOMAIN, routing_id(function) >> 8,
					   routing_id(function) & 0xff);
}

/**
 * mock_pci_plug() - Plug a function in that was absent, and have it found
 * @name: of the function
 *
 * Return: 0; -ENODEV if there is no such function, or no bus for it.
 */
int mock_pci_plug(const char *name)
{
	struct function *function = named(name);
	struct pci_bus *bus;
	int ret = 0;

	if (!function)
		return -ENODEV;
	function->plugged = true;
	pci_lock_rescan_remove();
	if (function->pf) {
		ret = add_virtual(function);
	} else {
		bus = bus_of(function);
		if (bus) {
			pci_scan_child_bus(bus);
			pci_bus_add_devices(bus);
		} else {
			ret = -ENODEV;
		}
	}
	pci_unlock_rescan_remove();
	return ret;
}

static bool in_fabric(struct pci_dev *pdev)
{
	return pdev->bus->ops == &config_ops;
}

static struct function *function_of(struct pci_dev *pdev)
{
	struct function *function;

	list_for_each_entry(function, &functions, list)
		if (routing_id(function) == pci_dev_id(pdev))
			return function;
	return NULL;
}

/**
 * mock_pci_remove() - Unplug a function, and with it all below
 * @pdev: the function
 *
 * Return: entries that were left in its PASID table.
 */
unsigned int mock_pci_remove(struct pci_dev *pdev)
{
	struct function *function = function_of(pdev);

	pci_lock_rescan_remove();
	if (function->pf) {
		remove_virtual(function);
	} else {
		remove_virtuals(function);
		pci_stop_and_remove_bus_device(pdev);
		function->plugged = false;
	}
	pci_unlock_rescan_remove();
	return mock_drop_pasids(&function->pasids);
}

/**
 * mock_pci_is_ours() - Is this a function behind the mock
 * @dev: any device
 *
 * Return: true if so.
 */
bool mock_pci_is_ours(struct device *dev)
{
	if (!dev_is_pci(dev))
		return false;
	return in_fabric(to_pci_dev(dev)) || mock_real_pci_wanted(to_pci_dev(dev));
}

/**
 * mock_pci_is_real() - Is this a function of the machine, not of the fabric
 * @dev: any device
 *
 * Return: true if so.
 */
bool mock_pci_is_real(struct device *dev)
{
	return dev_is_pci(dev) && !in_fabric(to_pci_dev(dev));
}

/**
 * mock_pci_config() - What the IOMMU's driver has to know of a function
 * @pdev: of the fabric
 *
 * Return: of its description.
 */
const struct mock_config *mock_pci_config(struct pci_dev *pdev)
{
	if (!in_fabric(pdev))
		return mock_real_pci_config();
	return &function_of(pdev)->desc.config;
}

/**
 * mock_pci_pasids() - What the IOMMU translates for a function by
 * @pdev: of the fabric, or of one that was
 *
 * Return: as mock_pasid_table(); NULL once it is unplugged.
 */
struct xarray *mock_pci_pasids(struct pci_dev *pdev)
{
	struct function *function;

	if (!in_fabric(pdev))
		return mock_real_pci_pasids(pdev);
	function = function_of(pdev);
	return function && device_is_registered(&pdev->dev) ? &function->pasids : NULL;
}

/**
 * mock_pci_each_table() - Visit the PASID table of every function
 * @visit: called with each
 * @data: for @visit
 */
void mock_pci_each_table(void (*visit)(struct xarray *pasids, void *data), void *data)
{
	struct function *function;

	list_for_each_entry(function, &functions, list)
		visit(&function->pasids, data);
}

/**
 * mock_pci_on_acs() - Run something inside of the next read of the ACS control register
 * @name: of the function
 * @hook: what to run; it may sleep, as config requests take no lock here
 * @data: for the hook
 *
 * Return: 0, or -ENOENT if the function has no such register.
 */
int mock_pci_on_acs(const char *name, mock_pci_hook_t hook, void *data)
{
	struct function *function = named(name);

	if (!function || !function->space.acs)
		return -ENOENT;
	on_read.function = function;
	on_read.where = function->space.acs + PCI_ACS_CTRL;
	on_read.run = hook;
	on_read.data = data;
	return 0;
}

/**
 * mock_pci_set_acs() - Control ACS behind the kernel's back
 * @name: of a function that has the capability
 * @ctl: bits to turn on; the others are turned off
 *
 * Return: 0, or -ENOENT if the function has no ACS capability.
 */
int mock_pci_set_acs(const char *name, u16 ctl)
{
	struct function *function = named(name);

	if (!function || !function->space.acs)
		return -ENOENT;
	mock_pci_space_write(&function->space, function->space.acs + PCI_ACS_CTRL, 2, ctl);
	return 0;
}

/**
 * mock_pci_acs() - Which ACS controls are on
 * @name: of a function that has the capability
 *
 * Return: the bits, or -ENOENT if the function has no ACS capability.
 */
int mock_pci_acs(const char *name)
{
	struct function *function = named(name);

	if (!function || !function->space.acs)
		return -ENOENT;
	return mock_pci_space_read(&function->space, function->space.acs + PCI_ACS_CTRL, 2);
}
