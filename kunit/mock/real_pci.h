/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The PCI functions of the machine itself, behind the mock IOMMU.
 */
#ifndef _SVAC_MOCK_REAL_PCI_H
#define _SVAC_MOCK_REAL_PCI_H

#include <linux/pci.h>

struct mock_config;

#ifdef CONFIG_SVACHECK_REAL_PCI
bool mock_real_pci_wanted(struct pci_dev *pdev);
int mock_real_pci_take(struct pci_dev *pdev);
void mock_real_pci_release(struct pci_dev *pdev);
const struct mock_config *mock_real_pci_config(void);
struct xarray *mock_real_pci_pasids(struct pci_dev *pdev);
unsigned int mock_real_pci_left(void);
#else
static inline bool mock_real_pci_wanted(struct pci_dev *pdev)
{
	return false;
}

static inline int mock_real_pci_take(struct pci_dev *pdev)
{
	return -ENODEV;
}

static inline void mock_real_pci_release(struct pci_dev *pdev)
{
}

static inline const struct mock_config *mock_real_pci_config(void)
{
	return NULL;
}

static inline struct xarray *mock_real_pci_pasids(struct pci_dev *pdev)
{
	return NULL;
}

static inline unsigned int mock_real_pci_left(void)
{
	return 0;
}
#endif

#endif /* _SVAC_MOCK_REAL_PCI_H */
