/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a device does when a program has it work: descriptors of uapi/svacheck.h,
 * one after another.
 */
#ifndef _SVAC_ENGINE_H
#define _SVAC_ENGINE_H

#include <linux/types.h>

#include "../uapi/svacheck.h"

struct device;
struct mock_events;

/**
 * struct mock_engine - what works for one device
 * @dev: the device
 * @events: its log
 * @gone: it is being removed; protected by mock_pasids_lock
 * @page: what is on its way, a page each for two operands
 */
struct mock_engine {
	struct device *dev;
	struct mock_events *events;
	bool gone;
	u8 *page[2];
};

int mock_engine_init(struct mock_engine *engine, struct device *dev);
void mock_engine_stop(struct mock_engine *engine);
void mock_engine_fini(struct mock_engine *engine);
void mock_engines_settle(void);
bool mock_desc_is_valid(const struct svac_desc *desc);
bool mock_execute(struct mock_engine *engine, const struct svac_desc *desc,
		  struct svac_completion *end);

#endif /* _SVAC_ENGINE_H */
