/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The carried implementation beside the tree's own; see beside.c.
 */
#ifndef _SVAC_BESIDE_H
#define _SVAC_BESIDE_H

#include <linux/iommu.h>
#include <linux/types.h>

/* Tells kunit/carried/internal.h that the tree asks drivers in another way */
#define IOMMU_SVA_DOMAIN_BESIDE

struct device;
struct mm_struct;
struct svac_page_request;

void svac_beside_reset(void);
bool svac_beside_report(struct device *dev, const struct svac_page_request *request);
enum iommu_page_response_code svac_fault_in(struct mm_struct *mm,
					    const struct svac_page_request *request);

/*
 * bench/members.c: where calls are timed, the list of a group's devices is made when one
 * came or went, as those who are told of that keep it, and not in each call
 */
#ifdef CONFIG_SVACHECK_BENCH
extern unsigned long beside_changes;
#endif

/**
 * beside_knows_members() - Is a list of a group's devices as it was made still right
 * @seen: of the list; 0 for one that was never made. It is brought up to date.
 *
 * Return: true if it is known that no device came or went since then.
 */
static inline bool beside_knows_members(unsigned long *seen)
{
#ifdef CONFIG_SVACHECK_BENCH
	bool known = *seen == beside_changes;

	*seen = beside_changes;
	return known;
#else
	return false;
#endif
}

/* by_hand_iopf.c, where programs may have to be bound by hand */
#if defined(CONFIG_X86) && defined(CONFIG_SVACHECK_CHARDEV)
void svac_by_hand_requests(struct iommu_domain *domain);
#else
static inline void svac_by_hand_requests(struct iommu_domain *domain)
{
}
#endif

#endif /* _SVAC_BESIDE_H */
