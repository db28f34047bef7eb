// SPDX-License-Identifier: GPL-2.0
/*
 * What the cases on PCI expect of a function.
 */
#include "pci_expect.h"

/**
 * pci_accepts() - A function takes a PASID, and data goes both ways
 * @test: the case
 * @name: of the function
 *
 * Return: the domain that is set on it now, on PASID.
 */
struct iommu_domain *pci_accepts(struct kunit *test, const char *name)
{
	struct device *dev = svac_pci_device(test, name);
	struct svac_process *process = svac_process(test);
	struct iommu_domain *domain = svac_sva_domain(test, dev, process);

	svac_expect_ret(test, svac_set(test, domain, dev, PASID), 0);
	svac_expect_get(test, dev, PASID, domain);
	svac_expect_reach(test, dev, PASID, process);
	return domain;
}

/**
 * pci_refuses() - A function takes none: the driver is not asked, no data goes
 * @test: the case
 * @name: of the function
 */
void pci_refuses(struct kunit *test, const char *name)
{
	unsigned int asked = mock_log_count(MOCK_SET, MOCK_ANY_TYPE);
	struct device *dev = svac_pci_device(test, name);
	struct svac_process *process = svac_process(test);

	svac_expect_ret(test, svac_set(test, svac_sva_domain(test, dev, process), dev, PASID),
			-EINVAL);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, asked);
	svac_expect_get(test, dev, PASID, NULL);
	svac_expect_no_reach(test, dev, PASID, process);
}

/**
 * pci_shares() - Two functions are in one group, or a function is alone
 * @test: the case
 * @one: of the functions
 * @other: another, or NULL for nobody
 */
void pci_shares(struct kunit *test, const char *one, const char *other)
{
	struct iommu_group *group = svac_pci_device(test, one)->iommu_group;
	struct pci_dev *pdev = NULL;
	int others = 0;

	KUNIT_ASSERT_NOT_NULL(test, group);
	for_each_pci_dev(pdev)
		others += pdev->dev.iommu_group == group;
	if (other)
		KUNIT_EXPECT_PTR_EQ(test, svac_pci_device(test, other)->iommu_group, group);
	else
		KUNIT_EXPECT_EQ_MSG(test, others, 1, "%s is not alone in its group\n", one);
}
