/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SVAC_DEVICE_STATE_H
#define _SVAC_DEVICE_STATE_H

struct device;

void svac_state_begin(struct device *dev);

#endif /* _SVAC_DEVICE_STATE_H */
