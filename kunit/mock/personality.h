/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Drivers that a vendor could ship: each is the mock's own with a defect.
 * svacheck.driver=NAME on the kernel's command line chooses one for the boot.
 */
#ifndef _SVAC_PERSONALITY_H
#define _SVAC_PERSONALITY_H

#include "../api/driver.h"

void mock_personality_take(struct svac_driver *ops, struct svac_domain_ops *sva,
			   struct svac_domain_ops *paging);
const struct svac_driver *mock_normal_ops(void);
const struct svac_domain_ops *
mock_normal_domain_ops(const struct svac_domain_ops *ops);
void mock_personality_reset(void);

#endif /* _SVAC_PERSONALITY_H */
