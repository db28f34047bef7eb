/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The carried implementation beside the tree's own; see beside.c.
 */
#ifndef _SVAC_BESIDE_H
#define _SVAC_BESIDE_H

/* Tells kunit/carried/internal.h that the tree asks drivers in another way */
#define IOMMU_SVA_DOMAIN_BESIDE

void svac_beside_reset(void);

#endif /* _SVAC_BESIDE_H */
