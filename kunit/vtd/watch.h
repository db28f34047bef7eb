/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The compiler is told to include this before anything else in the driver's
 * dmar.c: where it would trace a descriptor that it has put into the queue, it
 * tells us. The rest of its trace points are those of other files.
 */
#ifndef _SVAC_VTD_WATCH_H
#define _SVAC_VTD_WATCH_H

#include <linux/types.h>

#define _TRACE_INTEL_IOMMU_H

struct intel_iommu;

void vtd_queued(struct intel_iommu *iommu, const u64 words[4]);

static inline void trace_qi_submit(struct intel_iommu *iommu, u64 qw0, u64 qw1, u64 qw2, u64 qw3)
{
	const u64 words[] = { qw0, qw1, qw2, qw3 };

	vtd_queued(iommu, words);
}

#endif /* _SVAC_VTD_WATCH_H */
