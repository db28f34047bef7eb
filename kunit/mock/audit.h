/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The auditor: it stands between the IOMMU core and the driver's operations, and
 * holds what a driver did against what it was asked and what it answered.
 *
 * It knows neither what the core should have asked nor how the driver is
 * written: a driver is blamed for its own doing alone. Only the first violation
 * in a case counts, for what comes after may be its consequence. It is told as
 *
 *	# blames: DRV-003 set_dev_pasid returned 0, and nothing is installed
 *
 * and says of the case's own rules that they could not be judged.
 */
#ifndef _SVAC_AUDIT_H
#define _SVAC_AUDIT_H

#include "../api/driver.h"

void mock_audit_begin(const struct svac_driver *ops,
		      const struct svac_domain_ops *paging);
void mock_audit_linger(unsigned int turns);
void mock_audit_reset(void);
const char *mock_audit_blames(void);
const char *mock_audit_how(void);
unsigned int mock_audit_overlaps(void);
void mock_pardon(void);
void mock_audit_dma(struct mm_struct *mm, unsigned long va, bool write,
		    const struct page *got);

#endif /* _SVAC_AUDIT_H */
