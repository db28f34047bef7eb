// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's own iommu_sva_bind_device(), whatever it is given, and whether it
 * refuses everybody: kernels that let devices use page table entries of the
 * kernel after they were freed do so on x86 (CVE-2025-71202), and no header shows
 * which.
 */
#include <linux/err.h>
#include <linux/mm_types.h>

#include "impl.h"

#ifdef CONFIG_SVACHECK_OPS_BIND
static struct iommu_sva *bind_nothing(struct device *dev, struct mm_struct *mm, void *drvdata)
{
	return ERR_PTR(-ENODEV);
}
#endif

static const struct iommu_ops ops = {
#ifdef CONFIG_SVACHECK_OPS_BIND
	.sva_bind = bind_nothing,
#endif
};

/**
 * svac_kernel_bind() - Bind as the kernel itself does
 * @dev: the device
 * @mm: the address space
 *
 * Return: a handle or an ERR_PTR.
 */
struct iommu_sva *svac_kernel_bind(struct device *dev, struct mm_struct *mm)
{
#ifdef CONFIG_SVACHECK_BIND_DRVDATA
	return iommu_sva_bind_device(dev, mm, NULL);
#else
	return iommu_sva_bind_device(dev, mm);
#endif
}

/**
 * svac_kernel_tries_to_bind() - Would the kernel itself bind
 * @dev: the device
 * @mm: the address space
 *
 * Return: 0, with nothing bound, or what svac_kernel_bind() answers.
 */
int svac_kernel_tries_to_bind(struct device *dev, struct mm_struct *mm)
{
	struct iommu_sva *handle;

	/* Its callers have enabled SVA before, for which there has to be an IOMMU */
	if (!dev->iommu)
		return -ENODEV;
	handle = svac_kernel_bind(dev, mm);
	if (IS_ERR(handle))
		return PTR_ERR(handle);
	iommu_sva_unbind_device(handle);
	return 0;
}

/**
 * svac_kernel_refuses_to_bind() - Does the kernel bind nobody on this architecture
 *
 * It is asked once, for a device without PASIDs, which a kernel that binds has
 * other words for.
 *
 * Return: true if so.
 */
bool svac_kernel_refuses_to_bind(void)
{
	static struct iommu_device iommu = { .ops = &ops };
	static struct dev_iommu no_pasids = { .iommu_dev = &iommu };
	static struct device dev = { .iommu = &no_pasids };
	static bool asked, refuses;
	struct iommu_group *group;

	if (asked)
		return refuses;
	group = iommu_group_alloc();
	if (IS_ERR(group))
		return false;
	asked = true;
	dev.iommu_group = group;
	refuses = PTR_ERR(svac_kernel_bind(&dev, &init_mm)) == -EOPNOTSUPP;
	dev.iommu_group = NULL;
	iommu_group_put(group);
	return refuses;
}
