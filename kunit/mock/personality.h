/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Drivers that a vendor could ship: each is the mock's own with a defect.
 * svacheck.driver=NAME on the kernel's command line chooses one for the boot.
 */
#ifndef _SVAC_PERSONALITY_H
#define _SVAC_PERSONALITY_H

#include <linux/iommu.h>

void mock_personality_take(struct iommu_ops *ops, struct iommu_domain_ops *sva,
			   struct iommu_domain_ops *paging);
const struct iommu_ops *mock_normal_ops(void);
const struct iommu_domain_ops *
mock_normal_domain_ops(const struct iommu_domain_ops *ops);
void mock_personality_reset(void);

#endif /* _SVAC_PERSONALITY_H */
