/* SPDX-License-Identifier: GPL-2.0 */
/*
 * While programs use the mock, the core's calls go straight to its driver.
 */
#ifndef _SVAC_SERVE_H
#define _SVAC_SERVE_H

#include "../api/driver.h"

extern const struct svac_domain_ops mock_plain_entries;

#endif /* _SVAC_SERVE_H */
