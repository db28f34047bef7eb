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

unsigned long beside_changes = 1;

static int count_change(struct notifier_block *block, unsigned long action, void *data)
{
	beside_changes++;
	return NOTIFY_DONE;
}

/* After the core has put a new device into its group: it is called with priority 0 */
static struct notifier_block of_platform = { .notifier_call = count_change, .priority = -1 };
static struct notifier_block of_pci = { .notifier_call = count_change, .priority = -1 };

static int __init members_init(void)
{
	return bus_register_notifier(&platform_bus_type, &of_platform) ?:
	       bus_register_notifier(&pci_bus_type, &of_pci);
}
device_initcall(members_init);
