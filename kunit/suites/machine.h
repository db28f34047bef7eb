/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The PCI functions of the machine as its config space describes them.
 */
#ifndef _SVAC_MACHINE_H
#define _SVAC_MACHINE_H

#include "svac.h"

/* As many as the model can tell apart */
#define MACHINE_FUNCTIONS	32

/**
 * struct machine - all functions, each of them after the bridge it is behind
 * @functions: in the words of the model; ends with one without a name
 * @names: what their names point to, "bus:device.function"
 * @buses: that they are on
 * @count: of them
 */
struct machine {
	struct mock_pci_function functions[MACHINE_FUNCTIONS + 1];
	char names[MACHINE_FUNCTIONS][8];
	u8 buses[MACHINE_FUNCTIONS];
	unsigned int count;
};

bool machine_read(struct machine *machine);
struct pci_dev *machine_device(const struct machine *machine, unsigned int which);
struct device *machine_hold(struct kunit *test, const struct machine *machine,
			    unsigned int which);
u32 machine_members(const struct machine *machine, const struct iommu_group *group);
void machine_describe(const struct machine *machine, u32 members, char *text, size_t size);

#endif /* _SVAC_MACHINE_H */
