/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All that can be observed of a device, to see that it is as it was.
 */
#ifndef _SVAC_DEVICE_FACTS_H
#define _SVAC_DEVICE_FACTS_H

#include <linux/types.h>

struct device;

#define SVAC_MOST_FACTS	40

/**
 * struct svac_facts - what is observed of a device
 * @count: how many facts
 * @name: what each is about
 * @value: and what it is
 */
struct svac_facts {
	unsigned int count;
	const char *name[SVAC_MOST_FACTS];
	u64 value[SVAC_MOST_FACTS];
};

void svac_facts_read(struct device *dev, struct svac_facts *facts);
const char *svac_facts_differ(const struct svac_facts *one, const struct svac_facts *other);
unsigned int svac_group_size(struct device *dev);
bool svac_group_has(struct device *dev);

#endif /* _SVAC_DEVICE_FACTS_H */
