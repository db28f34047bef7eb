// SPDX-License-Identifier: GPL-2.0
/*
 * Reads what the machine has on its PCI buses from its config space, without what
 * the kernel has made of it: what that found is to be compared.
 */
#include <linux/pci.h>
#include <linux/string.h>

#include "machine.h"

/* A list of capabilities that is a ring ends as well */
#define LONGEST_LIST	64

static u32 get(u8 bus, u8 devfn, int where, int size)
{
	u32 value = ~0;

	raw_pci_read(0, bus, devfn, where, size, &value);
	return value;
}

static unsigned int find_capability(u8 bus, u8 devfn, u8 id)
{
	unsigned int at, steps = 0;

	if (!(get(bus, devfn, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST))
		return 0;
	at = get(bus, devfn, PCI_CAPABILITY_LIST, 1);
	while (at && get(bus, devfn, at, 1) != id && steps++ < LONGEST_LIST)
		at = get(bus, devfn, at + PCI_CAP_LIST_NEXT, 1);
	return at;
}

static unsigned int find_extended(u8 bus, u8 devfn, u16 id)
{
	unsigned int at = PCI_CFG_SPACE_SIZE, steps = 0;
	u32 header;

	do {
		header = get(bus, devfn, at, 4);
		if (!header || header == ~0U)
			return 0;
		if (PCI_EXT_CAP_ID(header) == id)
			return at;
		at = PCI_EXT_CAP_NEXT(header);
	} while (at && steps++ < LONGEST_LIST);
	return 0;
}

static bool is_bridge(u8 bus, u8 devfn)
{
	return (get(bus, devfn, PCI_HEADER_TYPE, 1) & 0x7f) == PCI_HEADER_TYPE_BRIDGE;
}

static enum mock_pci_type type_of(u8 bus, u8 devfn, unsigned int express)
{
	if (!express)
		return is_bridge(bus, devfn) ? MOCK_PCI_CONVENTIONAL_BRIDGE : MOCK_PCI_CONVENTIONAL;
	switch ((get(bus, devfn, express + PCI_EXP_FLAGS, 2) & PCI_EXP_FLAGS_TYPE) >> 4) {
	case PCI_EXP_TYPE_ENDPOINT:
		return MOCK_PCI_ENDPOINT;
	case PCI_EXP_TYPE_LEG_END:
		return MOCK_PCI_LEGACY_ENDPOINT;
	case PCI_EXP_TYPE_RC_END:
		return MOCK_PCI_RCIEP;
	case PCI_EXP_TYPE_RC_EC:
		return MOCK_PCI_EVENT_COLLECTOR;
	case PCI_EXP_TYPE_ROOT_PORT:
		return MOCK_PCI_ROOT_PORT;
	case PCI_EXP_TYPE_UPSTREAM:
		return MOCK_PCI_UPSTREAM_PORT;
	case PCI_EXP_TYPE_DOWNSTREAM:
		return MOCK_PCI_DOWNSTREAM_PORT;
	case PCI_EXP_TYPE_PCI_BRIDGE:
		return MOCK_PCI_PCIE_TO_PCI;
	default:
		return MOCK_PCI_PCI_TO_PCIE;
	}
}

static struct mock_pci_acs acs_of(u8 bus, u8 devfn)
{
	unsigned int at = find_extended(bus, devfn, PCI_EXT_CAP_ID_ACS);

	if (!at)
		return (struct mock_pci_acs){ };
	return (struct mock_pci_acs){
		.there = true,
		.cap = get(bus, devfn, at + PCI_ACS_CAP, 2),
		.ctl = get(bus, devfn, at + PCI_ACS_CTRL, 2),
	};
}

static void read_function(struct machine *machine, u8 bus, u8 devfn, const char *below)
{
	struct mock_pci_function *function = &machine->functions[machine->count];
	unsigned int express = find_capability(bus, devfn, PCI_CAP_ID_EXP);
	char *name = machine->names[machine->count];

	snprintf(name, sizeof(machine->names[0]), "%02x:%02x.%x", bus, PCI_SLOT(devfn),
		 PCI_FUNC(devfn));
	machine->buses[machine->count++] = bus;
	function->name = name;
	function->type = type_of(bus, devfn, express);
	function->below = below;
	function->devfn = devfn;
	function->multifunction = get(bus, devfn, PCI_HEADER_TYPE, 1) & 0x80;
	function->vendor = get(bus, devfn, PCI_VENDOR_ID, 2);
	function->device = get(bus, devfn, PCI_DEVICE_ID, 2);
	if (express)
		function->acs = acs_of(bus, devfn);
	/* Those that the mock gives a capability */
	function->pasid.there = function->type == MOCK_PCI_ENDPOINT ||
				function->type == MOCK_PCI_LEGACY_ENDPOINT ||
				function->type == MOCK_PCI_RCIEP;
}

static void read_bus(struct machine *machine, u8 bus, const char *below)
{
	unsigned int devfn;

	for (devfn = 0; devfn < 256; devfn++) {
		if (get(bus, devfn, PCI_VENDOR_ID, 2) == 0xffff) {
			/* Without function 0 there is no other */
			if (!PCI_FUNC(devfn))
				devfn += 7;
			continue;
		}
		if (machine->count < MACHINE_FUNCTIONS)
			read_function(machine, bus, devfn, below);
		else
			machine->count = MACHINE_FUNCTIONS + 1;
	}
}

static const char *bridge_to(const struct machine *machine, u8 bus)
{
	unsigned int i;

	for (i = 0; i < machine->count; i++) {
		u8 on = machine->buses[i], devfn = machine->functions[i].devfn;

		if (is_bridge(on, devfn) && get(on, devfn, PCI_SECONDARY_BUS, 1) == bus)
			return machine->functions[i].name;
	}
	return NULL;
}

/**
 * machine_read() - Find all functions of the machine
 * @machine: receives them; bridges are numbered from the root on, so that who is
 *	     behind one comes after it
 *
 * Return: false if they are more than can be told apart.
 */
bool machine_read(struct machine *machine)
{
	unsigned int bus;

	memset(machine, 0, sizeof(*machine));
	for (bus = 0; bus < 256 && machine->count <= MACHINE_FUNCTIONS; bus++)
		read_bus(machine, bus, bridge_to(machine, bus));
	return machine->count <= MACHINE_FUNCTIONS;
}

/**
 * machine_device() - A function as the kernel knows it
 * @machine: of machine_read()
 * @which: of its functions
 *
 * Return: with a reference; NULL if the kernel has not found it.
 */
struct pci_dev *machine_device(const struct machine *machine, unsigned int which)
{
	return pci_get_domain_bus_and_slot(0, machine->buses[which],
					   machine->functions[which].devfn);
}

/**
 * machine_hold() - A function as the cases know a device, until the end
 * @test: the case
 * @machine: of machine_read()
 * @which: of its functions
 *
 * Return: the device, which the kernel must have found.
 */
struct device *machine_hold(struct kunit *test, const struct machine *machine,
			    unsigned int which)
{
	struct pci_dev *pdev = machine_device(machine, which);
	struct svac *svac = to_svac(test);
	unsigned int i = 0;

	KUNIT_ASSERT_NOT_NULL_MSG(test, pdev, "the kernel has not found %s\n",
				  machine->names[which]);
	while (i < SVAC_DEVICES && svac->devices[i])
		i++;
	KUNIT_ASSERT_LT(test, i, SVAC_DEVICES);
	svac->devices[i] = &pdev->dev;
	return &pdev->dev;
}

/**
 * machine_members() - The functions that the kernel has put into a group
 * @machine: of machine_read()
 * @group: which is only compared
 *
 * Return: a bit for each, by its place in the table.
 */
u32 machine_members(const struct machine *machine, const struct iommu_group *group)
{
	struct pci_dev *pdev;
	unsigned int i;
	u32 members = 0;

	for (i = 0; i < machine->count; i++) {
		pdev = machine_device(machine, i);
		if (pdev && pdev->dev.iommu_group == group)
			members |= BIT(i);
		pci_dev_put(pdev);
	}
	return members;
}

/**
 * machine_describe() - Functions for a person
 * @machine: of machine_read()
 * @members: as of machine_members()
 * @text: receives their names with spaces in between
 * @size: of @text
 */
void machine_describe(const struct machine *machine, u32 members, char *text, size_t size)
{
	size_t used = 0;
	unsigned int i;

	*text = '\0';
	for (i = 0; i < machine->count; i++)
		if (members & BIT(i))
			used += scnprintf(text + used, size - used, "%s%s", used ? " " : "",
					  machine->names[i]);
}
