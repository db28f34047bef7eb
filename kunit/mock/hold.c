// SPDX-License-Identifier: GPL-2.0
/*
 * A walk or an invalidation stops until the program that asked for it lets it go on.
 */
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>

#include "../uapi/svacheck.h"
#include "hold.h"

/* Nobody is held for longer, whatever the program has forgotten */
#define AT_MOST	(20 * HZ)

static DECLARE_WAIT_QUEUE_HEAD(changed);

/**
 * mock_hold_set() - Who is to stop next; who has stopped goes on
 * @hold: of the device
 * @where: SVAC_HOLD_*
 * @address: that it has to be about
 */
void mock_hold_set(struct mock_hold *hold, u32 where, unsigned long address)
{
	WRITE_ONCE(hold->address, address);
	smp_store_release(&hold->next, where); /* and then @address is that of @where */
	WRITE_ONCE(hold->held, SVAC_HOLD_NOTHING);
	wake_up_all(&changed);
}

/**
 * mock_hold_here() - Stop, if that is asked for
 * @hold: of the device
 * @where: SVAC_HOLD_*, where the caller is; it can sleep there
 * @start: of what it is about
 * @end: of it
 *
 * A process that is being killed goes on.
 */
void mock_hold_here(struct mock_hold *hold, u32 where, unsigned long start, unsigned long end)
{
	unsigned long address;

	if (smp_load_acquire(&hold->next) != where) /* see mock_hold_set() */
		return;
	address = READ_ONCE(hold->address);
	if (address < start || address >= end)
		return;
	if (cmpxchg(&hold->next, where, SVAC_HOLD_NOTHING) != where)
		return;
	WRITE_ONCE(hold->held, where);
	wake_up_all(&changed);
	wait_event_killable_timeout(changed, READ_ONCE(hold->held) != where, AT_MOST);
	cmpxchg(&hold->held, where, SVAC_HOLD_NOTHING);
}

/**
 * mock_hold_wait() - Wait until somebody has stopped
 * @hold: of the device
 * @ms: no longer than that
 *
 * Return: 0, -ETIME, or -ERESTARTSYS.
 */
int mock_hold_wait(struct mock_hold *hold, unsigned int ms)
{
	long left = wait_event_interruptible_timeout(changed, READ_ONCE(hold->held),
						     msecs_to_jiffies(ms));

	if (left < 0)
		return left;
	return left ? 0 : -ETIME;
}
