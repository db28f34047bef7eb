/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A PCI fabric behind a software host bridge: functions with a config space in
 * memory, which the kernel's own PCI code finds, numbers and removes.
 *
 * A fabric is a table of functions, each below an earlier one or on the root
 * bus, that ends with an empty one. There is one fabric at a time.
 */
#ifndef _SVAC_MOCK_PCI_H
#define _SVAC_MOCK_PCI_H

#include <linux/pci.h>

#include "mock.h"

enum mock_pci_type {
	MOCK_PCI_ENDPOINT,
	MOCK_PCI_LEGACY_ENDPOINT,
	MOCK_PCI_RCIEP,
	MOCK_PCI_EVENT_COLLECTOR,
	MOCK_PCI_ROOT_PORT,
	MOCK_PCI_UPSTREAM_PORT,
	MOCK_PCI_DOWNSTREAM_PORT,
	MOCK_PCI_PCIE_TO_PCI,
	MOCK_PCI_PCI_TO_PCIE,
	MOCK_PCI_CONVENTIONAL,
	MOCK_PCI_CONVENTIONAL_BRIDGE,
	MOCK_PCI_VIRTUAL,
};

/* The ACS bits that decide whether requests pass through the IOMMU */
#define MOCK_PCI_ACS_ALL \
	(PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF)

/**
 * struct mock_pci_acs - an ACS capability
 * @there: the function has one
 * @cap: bits that can be controlled
 * @ctl: bits that firmware has turned on
 */
struct mock_pci_acs {
	bool there;
	u16 cap;
	u16 ctl;
};

/**
 * struct mock_pci_pasid - a PASID capability
 * @there: the function has one
 * @bits: Max PASID Width
 */
struct mock_pci_pasid {
	bool there;
	u8 bits;
};

/**
 * struct mock_pci_function - a function of a fabric
 * @name: what the others and the case call it
 * @type: what it is
 * @below: the bridge it is behind; NULL on the root bus
 * @devfn: device and function number; not of virtual functions
 * @multifunction: has the Multi-Function Device bit
 * @absent: not there until plugged in
 * @acs: its ACS capability
 * @pasid: its PASID capability
 * @vendor: its ID; 0 for one that no quirk knows
 * @device: its ID
 * @vf_offset: of a physical function: from its routing ID to that of the first
 *	       virtual one, 256 for the next bus
 * @physfn: of a virtual function: the physical one
 * @vf: of a virtual function: its number, from 0
 * @config: to the IOMMU's driver; pasid_bits and group mean nothing here
 */
struct mock_pci_function {
	const char *name;
	enum mock_pci_type type;
	const char *below;
	u8 devfn;
	bool multifunction;
	bool absent;
	struct mock_pci_acs acs;
	struct mock_pci_pasid pasid;
	u16 vendor;
	u16 device;
	u16 vf_offset;
	const char *physfn;
	u8 vf;
	struct mock_config config;
};

/* pci.c */
int mock_pci_build(const struct mock_pci_function *descs);
unsigned int mock_pci_destroy(void);
struct pci_dev *mock_pci_get(const char *name);
int mock_pci_plug(const char *name);
unsigned int mock_pci_remove(struct pci_dev *pdev);
bool mock_pci_is_ours(struct device *dev);
bool mock_pci_is_real(struct device *dev);
const struct mock_config *mock_pci_config(struct pci_dev *pdev);
struct xarray *mock_pci_pasids(struct pci_dev *pdev);
void mock_pci_each_table(void (*visit)(struct xarray *pasids, void *data), void *data);

typedef void (*mock_pci_hook_t)(void *data);
int mock_pci_on_acs(const char *name, mock_pci_hook_t hook, void *data);
int mock_pci_set_acs(const char *name, u16 ctl);
int mock_pci_acs(const char *name);

/* pci_config.c: one function's config space */

/**
 * struct mock_pci_space - 4 KiB of registers
 * @bytes: what they hold
 * @writable: a bit set for each one that can be written
 * @acs: where the ACS capability is, or 0
 * @pasid: where the PASID capability is, or 0
 */
struct mock_pci_space {
	u8 bytes[PCI_CFG_SPACE_EXP_SIZE];
	u8 writable[PCI_CFG_SPACE_EXP_SIZE];
	u16 acs;
	u16 pasid;
};

bool mock_pci_is_bridge(enum mock_pci_type type);
void mock_pci_space_init(struct mock_pci_space *space,
			 const struct mock_pci_function *function, u16 vfs);
u32 mock_pci_space_read(const struct mock_pci_space *space, int where, int size);
void mock_pci_space_write(struct mock_pci_space *space, int where, int size,
			  u32 value);

#endif /* _SVAC_MOCK_PCI_H */
