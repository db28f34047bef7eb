/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the cases on PCI expect of a function, and how they describe the usual.
 */
#ifndef _SVAC_PCI_EXPECT_H
#define _SVAC_PCI_EXPECT_H

#include "svac.h"

#define PASID		5
#define ALL		{ true, MOCK_PCI_ACS_ALL, MOCK_PCI_ACS_ALL }
#define PASIDS		{ true, 20 }
#define ROOT_PORT	"rp", MOCK_PCI_ROOT_PORT, .devfn = PCI_DEVFN(1, 0)
#define ENDPOINT	"ep", MOCK_PCI_ENDPOINT, .below = "rp", .pasid = PASIDS

struct iommu_domain *pci_accepts(struct kunit *test, const char *name);
void pci_refuses(struct kunit *test, const char *name);
void pci_shares(struct kunit *test, const char *one, const char *other);

#endif /* _SVAC_PCI_EXPECT_H */
