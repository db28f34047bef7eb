/* SPDX-License-Identifier: GPL-2.0 */
/* A part of each iommu_set_device_pasid(), for those who time it by itself */
#ifndef _IOMMU_ISOLATION_H
#define _IOMMU_ISOLATION_H

#include <linux/types.h>

struct pci_dev;

bool iommu_pci_isolated_up_to_root(struct pci_dev *pdev);

#endif /* _IOMMU_ISOLATION_H */
