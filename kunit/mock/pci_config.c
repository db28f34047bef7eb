// SPDX-License-Identifier: GPL-2.0
/*
 * The config space of a function of the PCI fabric: header and capabilities, by
 * the PCI Express Base Specification r6.0, chapter 7.
 */
#include <linux/string.h>

#include "pci.h"

/* Known to no quirk of the kernel */
#define NO_VENDOR	0xfff0
#define NO_DEVICE	0x5fac

#define EXP_AT		0x40
#define PCIX_AT		0x80
/* Room for the largest extended capability, SR-IOV */
#define EXT_STEP	0x40

static const struct {
	u16 class;
	int exp_type;
	bool pcix;
} kinds[] = {
	[MOCK_PCI_ENDPOINT] = { PCI_CLASS_SYSTEM_OTHER, PCI_EXP_TYPE_ENDPOINT },
	[MOCK_PCI_LEGACY_ENDPOINT] = { PCI_CLASS_SYSTEM_OTHER, PCI_EXP_TYPE_LEG_END },
	[MOCK_PCI_RCIEP] = { PCI_CLASS_SYSTEM_OTHER, PCI_EXP_TYPE_RC_END },
	[MOCK_PCI_EVENT_COLLECTOR] = { PCI_CLASS_SYSTEM_RCEC, PCI_EXP_TYPE_RC_EC },
	[MOCK_PCI_ROOT_PORT] = { PCI_CLASS_BRIDGE_PCI, PCI_EXP_TYPE_ROOT_PORT },
	[MOCK_PCI_UPSTREAM_PORT] = { PCI_CLASS_BRIDGE_PCI, PCI_EXP_TYPE_UPSTREAM },
	[MOCK_PCI_DOWNSTREAM_PORT] = { PCI_CLASS_BRIDGE_PCI, PCI_EXP_TYPE_DOWNSTREAM },
	/* PCI-X Mode 2 on the conventional side: extended config space gets through */
	[MOCK_PCI_PCIE_TO_PCI] = { PCI_CLASS_BRIDGE_PCI, PCI_EXP_TYPE_PCI_BRIDGE, true },
	[MOCK_PCI_PCI_TO_PCIE] = { PCI_CLASS_BRIDGE_PCI, PCI_EXP_TYPE_PCIE_BRIDGE, true },
	[MOCK_PCI_CONVENTIONAL] = { PCI_CLASS_SYSTEM_OTHER, -1 },
	[MOCK_PCI_CONVENTIONAL_BRIDGE] = { PCI_CLASS_BRIDGE_PCI, -1 },
	[MOCK_PCI_VIRTUAL] = { PCI_CLASS_SYSTEM_OTHER, PCI_EXP_TYPE_ENDPOINT },
};

/**
 * mock_pci_is_bridge() - Can there be functions below
 * @type: of a function
 *
 * Return: true for ports and bridges.
 */
bool mock_pci_is_bridge(enum mock_pci_type type)
{
	return kinds[type].class == PCI_CLASS_BRIDGE_PCI;
}

static void put(u8 *bytes, int where, int size, u32 value)
{
	for (; size--; value >>= 8)
		bytes[where++] = value;
}

static void set16(struct mock_pci_space *space, int where, u16 value, u16 writable)
{
	put(space->bytes, where, 2, value);
	put(space->writable, where, 2, writable);
}

static void init_header(struct mock_pci_space *space,
			const struct mock_pci_function *function)
{
	u8 *bytes = space->bytes;

	/* A virtual function has the IDs of its physical one (9.3.4.1.1) */
	if (function->type == MOCK_PCI_VIRTUAL) {
		put(bytes, PCI_VENDOR_ID, 4, ~0);
	} else {
		put(bytes, PCI_VENDOR_ID, 2, function->vendor ?: NO_VENDOR);
		put(bytes, PCI_DEVICE_ID, 2, function->device ?: NO_DEVICE);
	}
	put(space->writable, PCI_COMMAND, 2, PCI_COMMAND_IO | PCI_COMMAND_MEMORY |
	    PCI_COMMAND_MASTER | PCI_COMMAND_SERR);
	put(bytes, PCI_CLASS_DEVICE, 2, kinds[function->type].class);
	bytes[PCI_HEADER_TYPE] = function->multifunction ? 0x80 : 0;
	if (!mock_pci_is_bridge(function->type))
		return;
	bytes[PCI_HEADER_TYPE] |= PCI_HEADER_TYPE_BRIDGE;
	put(space->writable, PCI_PRIMARY_BUS, 3, ~0);
	set16(space, PCI_BRIDGE_CONTROL, 0, 0xffff);
}

static void init_capabilities(struct mock_pci_space *space,
			      const struct mock_pci_function *function)
{
	int exp_type = kinds[function->type].exp_type;
	u8 *bytes = space->bytes;

	if (exp_type < 0)
		return;
	put(bytes, PCI_STATUS, 2, PCI_STATUS_CAP_LIST);
	bytes[PCI_CAPABILITY_LIST] = EXP_AT;
	bytes[EXP_AT + PCI_CAP_LIST_ID] = PCI_CAP_ID_EXP;
	put(bytes, EXP_AT + PCI_EXP_FLAGS, 2, exp_type << 4 | 2);
	put(bytes, EXP_AT + PCI_EXP_DEVCAP2, 4, PCI_EXP_DEVCAP2_EE_PREFIX);
	set16(space, EXP_AT + PCI_EXP_DEVCTL, 0, 0xffff);
	if (!kinds[function->type].pcix)
		return;
	bytes[EXP_AT + PCI_CAP_LIST_NEXT] = PCIX_AT;
	bytes[PCIX_AT + PCI_CAP_LIST_ID] = PCI_CAP_ID_PCIX;
	put(bytes, PCIX_AT + PCI_X_STATUS, 4, PCI_X_STATUS_266MHZ);
}

/* Chained in the order they are added, from the first extended register on */
static u16 add_extended(struct mock_pci_space *space, u16 *last, u16 id)
{
	u16 at = *last ? *last + EXT_STEP : PCI_CFG_SPACE_SIZE;

	put(space->bytes, at, 4, id | 1 << 16);
	if (*last)
		put(space->bytes, *last + 2, 2, at << 4 | 1);
	*last = at;
	return at;
}

static void add_sriov(struct mock_pci_space *space, int at, u8 devfn, u16 offset,
		      u16 vfs)
{
	put(space->bytes, at + PCI_SRIOV_INITIAL_VF, 2, vfs);
	put(space->bytes, at + PCI_SRIOV_TOTAL_VF, 2, vfs);
	put(space->bytes, at + PCI_SRIOV_VF_OFFSET, 2, offset);
	put(space->bytes, at + PCI_SRIOV_VF_STRIDE, 2, 1);
	put(space->bytes, at + PCI_SRIOV_VF_DID, 2, NO_DEVICE);
	put(space->bytes, at + PCI_SRIOV_SUP_PGSIZE, 4, 1);
	put(space->writable, at + PCI_SRIOV_SYS_PGSIZE, 4, ~0);
	space->bytes[at + PCI_SRIOV_FUNC_LINK] = devfn;
	set16(space, at + PCI_SRIOV_CTRL, 0, 0xffff);
	set16(space, at + PCI_SRIOV_NUM_VF, 0, 0xffff);
}

/**
 * mock_pci_space_init() - Registers as after reset and firmware's work
 * @space: all zero
 * @function: whose
 * @vfs: virtual functions it can have
 *
 * Bus numbers are left to the fabric.
 */
void mock_pci_space_init(struct mock_pci_space *space,
			 const struct mock_pci_function *function, u16 vfs)
{
	const struct mock_pci_acs *acs = &function->acs;
	u16 at, last = 0;

	init_header(space, function);
	init_capabilities(space, function);
	if (acs->there) {
		at = add_extended(space, &last, PCI_EXT_CAP_ID_ACS);
		put(space->bytes, at + PCI_ACS_CAP, 2, acs->cap);
		set16(space, at + PCI_ACS_CTRL, acs->ctl & acs->cap, acs->cap);
		space->acs = at;
	}
	if (function->pasid.there) {
		at = add_extended(space, &last, PCI_EXT_CAP_ID_PASID);
		put(space->bytes, at + PCI_PASID_CAP, 2, function->pasid.bits << 8);
		set16(space, at + PCI_PASID_CTRL, 0, PCI_PASID_CTRL_ENABLE);
		space->pasid = at;
	}
	if (vfs) {
		at = add_extended(space, &last, PCI_EXT_CAP_ID_SRIOV);
		add_sriov(space, at, function->devfn, function->vf_offset, vfs);
	}
}

/**
 * mock_pci_space_read() - Read a register
 * @space: the registers
 * @where: byte offset
 * @size: 1, 2 or 4 bytes
 *
 * Return: what it holds.
 */
u32 mock_pci_space_read(const struct mock_pci_space *space, int where, int size)
{
	u32 value = 0;

	while (size--)
		value = value << 8 | space->bytes[where + size];
	return value;
}

/**
 * mock_pci_space_write() - Write a register; bits that are read-only stay
 * @space: the registers
 * @where: byte offset
 * @size: 1, 2 or 4 bytes
 * @value: what to write
 */
void mock_pci_space_write(struct mock_pci_space *space, int where, int size,
			  u32 value)
{
	for (; size--; where++, value >>= 8)
		space->bytes[where] = (space->bytes[where] & ~space->writable[where]) |
				      (value & space->writable[where]);
}
