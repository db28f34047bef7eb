/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a PCI fabric means for PASIDs, worked out from its description alone.
 */
#ifndef _SVAC_PCI_MODEL_H
#define _SVAC_PCI_MODEL_H

#include "../mock/pci.h"

/**
 * struct pci_verdict - what the model says of one function
 * @group: functions in its group, a bit for each, by their place in the table
 * @isolated: no request of it can reach a peer before it has reached the IOMMU
 * @ret: what setting a PASID that its capability has room for returns
 */
struct pci_verdict {
	u32 group;
	bool isolated;
	int ret;
};

struct pci_verdict pci_model(const struct mock_pci_function *functions,
			     unsigned int which, bool acs_requested);

#endif /* _SVAC_PCI_MODEL_H */
