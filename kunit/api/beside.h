/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The carried implementation beside the tree's own; see beside.c.
 */
#ifndef _SVAC_BESIDE_H
#define _SVAC_BESIDE_H

#include <linux/types.h>

/* Tells kunit/carried/internal.h that the tree asks drivers in another way */
#define IOMMU_SVA_DOMAIN_BESIDE

struct device;
struct svac_page_request;

void svac_beside_reset(void);
bool svac_beside_report(struct device *dev, const struct svac_page_request *request);

#endif /* _SVAC_BESIDE_H */
