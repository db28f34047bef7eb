// SPDX-License-Identifier: GPL-2.0
/*
 * Config space of some functions of the machine with capabilities that no
 * emulator gives them: PCI Express, as an endpoint that is integrated into the
 * root complex, ATS, PASID and page requests. What is read and written there is
 * memory of ours; all else is the function's.
 */
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "vtd.h"

/* The emulator's educational device, whose own capabilities end below 0x80 */
#define EDU_VENDOR	0x1234
#define EDU_DEVICE	0x11e8

#define EXPRESS_AT	0x80
#define EXPRESS_END	(EXPRESS_AT + PCI_CAP_EXP_ENDPOINT_SIZEOF_V2)
#define EXTENDED_AT	PCI_CFG_SPACE_SIZE
#define EXTENDED_END	(EXTENDED_AT + 0x40)
#define EXTENDED_STEP	0x10
/* Page requests that a function may have under way */
#define REQUESTS	64

/**
 * struct overlay - what is laid over one function
 * @has: VTD_HAS_*
 * @pasid_bits: width of its PASIDs
 * @first: where its own list of capabilities begins
 * @express: the capability of PCI Express
 * @extended: the beginning of extended config space
 * @ats: where that capability is; 0 for none, as for the others
 * @pasid: likewise
 * @pri: likewise
 */
struct overlay {
	u32 has;
	unsigned int pasid_bits;
	u8 first;
	u8 express[EXPRESS_END - EXPRESS_AT];
	u8 extended[EXTENDED_END - EXTENDED_AT];
	unsigned int ats;
	unsigned int pasid;
	unsigned int pri;
};

/* By their slots on bus 0; see configs/lanes.toml */
static struct overlay overlays[VTD_DEVICES] = {
	[VTD_FULL] = { .has = VTD_HAS_PASID | VTD_HAS_ATS, .pasid_bits = 20 },
	[VTD_SECOND] = { .has = VTD_HAS_PASID | VTD_HAS_ATS, .pasid_bits = 20 },
	[VTD_NARROW] = { .has = VTD_HAS_PASID | VTD_HAS_ATS, .pasid_bits = VTD_NARROW_BITS },
	[VTD_NO_ATS] = { .has = VTD_HAS_PASID, .pasid_bits = 20 },
	[VTD_NO_PASID] = { .has = VTD_HAS_ATS },
	[VTD_PRI] = { .has = VTD_HAS_PASID | VTD_HAS_ATS | VTD_HAS_PRI, .pasid_bits = 20 },
};

/* svac_vtd_overlay=0: the functions stay as the machine has them */
static bool wanted = true;
core_param(svac_vtd_overlay, wanted, bool, 0);

static struct pci_ops *machine_ops;
static struct pci_ops ops;

static struct overlay *overlay_of(struct pci_bus *bus, unsigned int devfn)
{
	unsigned int which = PCI_SLOT(devfn) - VTD_FIRST_SLOT;

	if (bus->number || pci_domain_nr(bus) || PCI_FUNC(devfn))
		return NULL;
	return which < VTD_DEVICES && overlays[which].has ? &overlays[which] : NULL;
}

/* What of the overlay a register is in, NULL if in nothing of it */
static u8 *find(struct overlay *overlay, int where, int size)
{
	if (where >= EXPRESS_AT && where + size <= EXPRESS_END)
		return &overlay->express[where - EXPRESS_AT];
	if (where >= EXTENDED_AT && where + size <= EXTENDED_END)
		return &overlay->extended[where - EXTENDED_AT];
	return NULL;
}

static int read(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *value)
{
	struct overlay *overlay = overlay_of(bus, devfn);
	u8 *at = overlay ? find(overlay, where, size) : NULL;
	int ret;

	if (at) {
		*value = 0;
		memcpy(value, at, size);
		return PCIBIOS_SUCCESSFUL;
	}
	/* Beyond the overlay a conventional function answers nothing */
	if (overlay && where >= EXTENDED_END) {
		*value = 0;
		return PCIBIOS_SUCCESSFUL;
	}
	ret = machine_ops->read(bus, devfn, where, size, value);
	/* Whoever copies config space, as sysfs does, reads the pointer with what follows it */
	if (overlay && overlay->first && where == PCI_CAPABILITY_LIST)
		*value = (*value & ~0xff) | overlay->first;
	return ret;
}

/* Registers that keep what is written; all others of the overlay are read only */
static bool is_writable(const struct overlay *overlay, int where)
{
	if (where == EXPRESS_AT + PCI_EXP_DEVCTL || where == EXPRESS_AT + PCI_EXP_DEVCTL2)
		return true;
	return (overlay->ats && where == overlay->ats + PCI_ATS_CTRL) ||
	       (overlay->pasid && where == overlay->pasid + PCI_PASID_CTRL) ||
	       (overlay->pri && where == overlay->pri + PCI_PRI_CTRL) ||
	       (overlay->pri && where == overlay->pri + PCI_PRI_ALLOC_REQ);
}

static int write(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 value)
{
	struct overlay *overlay = overlay_of(bus, devfn);
	u8 *at = overlay ? find(overlay, where, size) : NULL;

	if (!at)
		return machine_ops->write(bus, devfn, where, size, value);
	if (is_writable(overlay, where))
		memcpy(at, &value, size);
	return PCIBIOS_SUCCESSFUL;
}

/* One more extended capability, that of before points to */
static u8 *add(struct overlay *overlay, u16 id, unsigned int *where)
{
	static const u32 version = 1 << 16;
	unsigned int at = EXTENDED_AT;
	u8 *header = overlay->extended;

	while (get_unaligned_le32(header)) {
		at += EXTENDED_STEP;
		if (!PCI_EXT_CAP_NEXT(get_unaligned_le32(header)))
			put_unaligned_le32(get_unaligned_le32(header) | at << 20, header);
		header += EXTENDED_STEP;
	}
	put_unaligned_le32(id | version, header);
	*where = at;
	return header;
}

static void lay_extended(struct overlay *overlay)
{
	u8 *at;

	if (overlay->has & VTD_HAS_PASID) {
		at = add(overlay, PCI_EXT_CAP_ID_PASID, &overlay->pasid);
		put_unaligned_le16(overlay->pasid_bits << 8, at + PCI_PASID_CAP);
	}
	if (overlay->has & VTD_HAS_ATS) {
		at = add(overlay, PCI_EXT_CAP_ID_ATS, &overlay->ats);
		put_unaligned_le16(PCI_ATS_CAP_PAGE_ALIGNED, at + PCI_ATS_CAP);
	}
	if (overlay->has & VTD_HAS_PRI) {
		at = add(overlay, PCI_EXT_CAP_ID_PRI, &overlay->pri);
		put_unaligned_le16(PCI_PRI_STATUS_STOPPED | PCI_PRI_STATUS_PASID,
				   at + PCI_PRI_STATUS);
		put_unaligned_le32(REQUESTS, at + PCI_PRI_MAX_REQ);
	}
}

static void lay_express(struct overlay *overlay, u8 next)
{
	u8 *at = overlay->express;

	overlay->first = EXPRESS_AT;
	at[PCI_CAP_LIST_ID] = PCI_CAP_ID_EXP;
	at[PCI_CAP_LIST_NEXT] = next;
	put_unaligned_le16(2 | PCI_EXP_TYPE_RC_END << 4, at + PCI_EXP_FLAGS);
	put_unaligned_le32(PCI_EXP_DEVCAP_RBER | PCI_EXP_DEVCAP_FLR, at + PCI_EXP_DEVCAP);
	put_unaligned_le32(PCI_EXP_DEVCAP2_EE_PREFIX, at + PCI_EXP_DEVCAP2);
}

/* Before the kernel looks for capabilities: it has found none of Express so far */
static void lay(struct pci_dev *pdev)
{
	struct overlay *overlay = overlay_of(pdev->bus, pdev->devfn);
	u8 first;

	if (!overlay || !wanted)
		return;
	pci_read_config_byte(pdev, PCI_CAPABILITY_LIST, &first);
	lay_express(overlay, first);
	lay_extended(overlay);
	if (!machine_ops) {
		machine_ops = pdev->bus->ops;
		ops = *machine_ops;
		ops.read = read;
		ops.write = write;
	}
	if (pdev->bus->ops == machine_ops)
		pci_bus_set_ops(pdev->bus, &ops);
	pdev->cfg_size = PCI_CFG_SPACE_EXP_SIZE;
	set_pcie_port_type(pdev);
}
DECLARE_PCI_FIXUP_EARLY(EDU_VENDOR, EDU_DEVICE, lay);
