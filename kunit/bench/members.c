// SPDX-License-Identifier: GPL-2.0
/*
 * Whether a device came or went since: in a tree of its own the carried implementation is
 * told by the core, and beside another one it would have to look in every call.
 */
#include <linux/init.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/platform_device.h>

#include "../api/beside.h"

static unsigned long changes = 1;

static int count_change(struct notifier_block *block, unsigned long action, void *data)
{
	changes++;
	return NOTIFY_DONE;
}

/* After the core has put a new device into its group: it is called with priority 0 */
static struct notifier_block of_platform = { .notifier_call = count_change, .priority = -1 };
static struct notifier_block of_pci = { .notifier_call = count_change, .priority = -1 };

/**
 * beside_knows_members() - Is a list of a group's devices as it was made still right
 * @seen: of the list; 0 for one that was never made. It is brought up to date.
 *
 * Return: true if no device came or went since then.
 */
bool beside_knows_members(unsigned long *seen)
{
	bool known = *seen == changes;

	*seen = changes;
	return known;
}

static int __init members_init(void)
{
	return bus_register_notifier(&platform_bus_type, &of_platform) ?:
	       bus_register_notifier(&pci_bus_type, &of_pci);
}
device_initcall(members_init);
