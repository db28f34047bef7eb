/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the cases on the machine's own PCI functions have in common.
 */
#ifndef _SVAC_TOPOLOGY_H
#define _SVAC_TOPOLOGY_H

#include "machine.h"

void topology_groups(struct kunit *test, struct machine *machine);
void topology_holds(struct kunit *test, unsigned int functions, unsigned int groups);

#endif /* _SVAC_TOPOLOGY_H */
