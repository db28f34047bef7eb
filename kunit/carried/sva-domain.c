// SPDX-License-Identifier: GPL-2.0
/*
 * Allocating and freeing SVA domains through the driver's generic callbacks.
 */
#include <linux/sched/mm.h>

#include "iommu-sva-domain.h"

/**
 * domain_to_mm() - The address space an SVA domain shares
 * @domain: an SVA domain
 *
 * Return: the mm, held as long as the domain is allocated; NULL, with a
 * warning, for anything that is no SVA domain.
 */
struct mm_struct *domain_to_mm(struct iommu_domain *domain)
{
	if (WARN_ON_ONCE(IS_ERR_OR_NULL(domain) ||
			 domain->type != IOMMU_DOMAIN_SVA))
		return NULL;
	return to_sva_domain(domain)->mm;
}
EXPORT_SYMBOL_GPL(domain_to_mm);

/**
 * iommu_sva_alloc_domain() - Allocate a domain for a process's address space
 * @dev: the device that is going to use it; its IOMMU's driver allocates
 * @mm: the address space; it may lose its last user while the domain exists
 *
 * Return: the domain, to be freed with iommu_sva_free_domain(); or an ERR_PTR:
 * -ENODEV without an IOMMU or a driver that can allocate; -EOPNOTSUPP if the
 * driver or the device cannot do SVA; -ENOMEM; -EINVAL, with a warning, for
 * NULL arguments and for a driver that breaks the contract.
 */
struct iommu_domain *iommu_sva_alloc_domain(struct device *dev,
					    struct mm_struct *mm)
{
	const struct iommu_ops *ops;
	struct iommu_domain *domain;

	if (WARN_ON_ONCE(!dev || !mm))
		return ERR_PTR(-EINVAL);
	if (!dev->iommu || !dev->iommu->iommu_dev)
		return ERR_PTR(-ENODEV);
	ops = dev_iommu_ops(dev);
	if (!ops->domain_alloc)
		return ERR_PTR(-ENODEV);

	domain = ops->domain_alloc(IOMMU_DOMAIN_SVA);
	if (!domain) {
		if (!ops->dev_enable_feat || !iommu_device_max_pasids(dev))
			return ERR_PTR(-EOPNOTSUPP);
		return ERR_PTR(-ENOMEM);
	}
	/* Nobody knows how to free it then, so it stays allocated */
	if (WARN_ON_ONCE(!domain->ops || !domain->ops->free))
		return ERR_PTR(-EINVAL);

	domain->type = IOMMU_DOMAIN_SVA;
	mmgrab(mm);
	to_sva_domain(domain)->mm = mm;
	return domain;
}
EXPORT_SYMBOL_GPL(iommu_sva_alloc_domain);

/**
 * iommu_sva_free_domain() - Free what iommu_sva_alloc_domain() returned
 * @domain: an SVA domain that is set on no PASID
 *
 * The driver may use the mm until its free callback returns.
 */
void iommu_sva_free_domain(struct iommu_domain *domain)
{
	struct mm_struct *mm;

	if (WARN_ON_ONCE(IS_ERR_OR_NULL(domain) ||
			 domain->type != IOMMU_DOMAIN_SVA))
		return;
	mm = to_sva_domain(domain)->mm;
	domain->ops->free(domain);
	mmdrop(mm);
}
EXPORT_SYMBOL_GPL(iommu_sva_free_domain);
