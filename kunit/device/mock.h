/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A device of the mock in place of a real one, where the mock is built in as well.
 */
#ifndef _SVAC_DEVICE_MOCK_H
#define _SVAC_DEVICE_MOCK_H

#include <linux/device.h>
#include <linux/err.h>

#ifdef SVAC_RUNNER
static inline struct device *svac_mock_take(const char *bits)
{
	return ERR_PTR(-EINVAL);
}

static inline bool svac_mock_is(struct device *dev)
{
	return false;
}

static inline void svac_mock_release(struct device *dev) { }
#else
struct device *svac_mock_take(const char *bits);
bool svac_mock_is(struct device *dev);
void svac_mock_release(struct device *dev);
#endif

#endif /* _SVAC_DEVICE_MOCK_H */
