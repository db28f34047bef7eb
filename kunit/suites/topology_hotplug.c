// SPDX-License-Identifier: GPL-2.0
/*
 * Functions that a real hotplug controller brings and takes while PASIDs are set.
 * Who plugs is outside of the machine, and is asked on the console: see
 * configs/topologies.toml. A press of the attention button takes five seconds.
 */
#include <linux/delay.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "topology.h"

#define PASID		5
/* Seconds in which what was asked for has to come true */
#define PATIENCE	60

/* A line of KUnit's own would have no end before the next one begins */
static void ask_host(const char *step)
{
	pr_info(KUNIT_SUBSUBTEST_INDENT "# svac-host: %s\n", step);
}

/* The endpoint behind the nth root port, or MACHINE_FUNCTIONS for none */
static unsigned int endpoint(const struct machine *machine, unsigned int port)
{
	const char *below = NULL;
	unsigned int i;

	for (i = 0; i < machine->count && !below; i++)
		if (machine->functions[i].type == MOCK_PCI_ROOT_PORT && !port--)
			below = machine->functions[i].name;
	for (i = 0; i < machine->count; i++)
		if (below && machine->functions[i].below == below)
			return i;
	return MACHINE_FUNCTIONS;
}

static bool kernel_has(const struct machine *machine, unsigned int which)
{
	struct pci_dev *pdev = which < machine->count ? machine_device(machine, which) : NULL;
	bool known = pdev && READ_ONCE(pdev->dev.iommu_group);

	pci_dev_put(pdev);
	return known;
}

/* The machine once there is something behind a port, or nothing any more */
static unsigned int wait_for(struct kunit *test, struct machine *machine, unsigned int port,
			     bool there)
{
	unsigned int tries, which = 0;

	for (tries = 0; tries < PATIENCE * 10; tries++) {
		KUNIT_ASSERT_TRUE(test, machine_read(machine));
		which = endpoint(machine, port);
		if (there ? kernel_has(machine, which) : which == MACHINE_FUNCTIONS)
			return which;
		msleep(100);
	}
	KUNIT_ASSERT_TRUE_MSG(test, false, "what was asked of the host has not come true\n");
	return which;
}

static struct machine *look_at_machine(struct kunit *test)
{
	struct machine *machine = kunit_kzalloc(test, sizeof(*machine), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, machine);
	topology_groups(test, machine);
	KUNIT_ASSERT_LT(test, endpoint(machine, 0), machine->count);
	KUNIT_ASSERT_EQ(test, endpoint(machine, 1), MACHINE_FUNCTIONS);
	return machine;
}

static void function_plugged_in_while_another_has_pasids(struct kunit *test)
{
	struct machine *machine = look_at_machine(test);
	struct svac_process *process = svac_process(test);
	struct iommu_domain *domain;
	struct device *dev, *late;

	svac_rules(test, "GRP-043", "GRP-011", "GRP-016");
	dev = machine_hold(test, machine, endpoint(machine, 0));
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	ask_host("plug-in-the-second-port");
	late = machine_hold(test, machine, wait_for(test, machine, 1, true));
	topology_groups(test, machine);
	KUNIT_EXPECT_PTR_NE(test, late->iommu_group, dev->iommu_group);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0);
	svac_expect_get(test, dev, PASID, domain);
	svac_expect_reach(test, dev, PASID, process);
	svac_expect_no_reach(test, late, PASID, process);
	svac_expect_ret(test, svac_set(test, domain, late, PASID), 0);
	svac_expect_reach(test, late, PASID, process);
	svac_block(test, domain, late, PASID);
	ask_host("unplug-from-the-second-port");
	wait_for(test, machine, 1, false);
	svac_expect_reach(test, dev, PASID, process);
}

static void function_unplugged_while_set_is_blocked_first(struct kunit *test)
{
	struct machine *machine = look_at_machine(test);
	struct svac_process *process = svac_process(test);
	const struct mock_event *block, *release;
	struct device *dev;

	svac_rules(test, "GRP-043", "GRP-006", "GRP-027");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	dev = machine_hold(test, machine, endpoint(machine, 0));
	svac_set_ok(test, svac_sva_domain(test, dev, process), dev, PASID);
	svac_expect_reach(test, dev, PASID, process);
	svac_expect_warn(test, to_svac(test)->impl->warns.leave, 1);
	ask_host("unplug-from-the-first-port");
	wait_for(test, machine, 0, false);
	/* It was there when the case began, and takes its group with it */
	to_svac(test)->groups--;
	svac_expect_calls(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 1);
	block = svac_event(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 0);
	release = svac_event(test, MOCK_RELEASE, MOCK_ANY_TYPE, 0);
	KUNIT_EXPECT_LT(test, mock_log_position(block), mock_log_position(release));
	svac_expect_get(test, dev, PASID, NULL);
	svac_expect_no_reach(test, dev, PASID, process);
}

static void function_put_back_starts_blank(struct kunit *test)
{
	struct machine *machine = look_at_machine(test);
	struct svac_process *process = svac_process(test);
	struct iommu_domain *domain;
	struct device *dev;

	svac_rules(test, "GRP-043", "GRP-010", "GRP-027");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	dev = machine_hold(test, machine, endpoint(machine, 0));
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	svac_expect_warn(test, to_svac(test)->impl->warns.leave, 1);
	ask_host("unplug-from-the-first-port");
	wait_for(test, machine, 0, false);
	ask_host("plug-in-the-first-port");
	dev = machine_hold(test, machine, wait_for(test, machine, 0, true));
	topology_groups(test, machine);
	svac_expect_get(test, dev, PASID, NULL);
	svac_expect_no_reach(test, dev, PASID, process);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), 0);
	svac_expect_reach(test, dev, PASID, process);
}

static struct kunit_case topology_hotplug_cases[] = {
	SVAC_CASE(function_plugged_in_while_another_has_pasids),
	SVAC_CASE(function_unplugged_while_set_is_blocked_first),
	SVAC_CASE(function_put_back_starts_blank),
	{ }
};

SVAC_SUITE(svac1_topology_hotplug, topology_hotplug_cases);
