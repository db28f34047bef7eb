/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a device can be made to stop, so that a program can have something else
 * happen in the midst of it: orders that a machine with one CPU never comes to.
 */
#ifndef _SVAC_HOLD_H
#define _SVAC_HOLD_H

#include <linux/atomic.h>
#include <linux/types.h>

/**
 * struct mock_hold - what of a device is held, or going to be
 * @next: SVAC_HOLD_* of uapi/svacheck.h: who comes there next stops
 * @address: that it has to be about
 * @held: who has
 * @waiting: accesses that an invalidation keeps waiting
 */
struct mock_hold {
	u32 next;
	unsigned long address;
	u32 held;
	atomic_t waiting;
};

void mock_hold_set(struct mock_hold *hold, u32 where, unsigned long address);
void mock_hold_here(struct mock_hold *hold, u32 where, unsigned long start, unsigned long end);
int mock_hold_wait(struct mock_hold *hold, unsigned int ms);

#endif /* _SVAC_HOLD_H */
