/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SVAC_DEVICE_STATE_H
#define _SVAC_DEVICE_STATE_H

struct device;
struct svac_facts;

void svac_state_seen(struct device *dev, const struct svac_facts *facts);

#endif /* _SVAC_DEVICE_STATE_H */
