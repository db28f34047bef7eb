// SPDX-License-Identifier: GPL-2.0
/*
 * Topologies of the machine: what the kernel makes of real config space is held
 * against the model, which reads it for itself. What is plugged in for each case
 * stands in configs/topologies.toml; the host bridge and the three functions of
 * the ISA bridge's device are always there.
 */
#include <linux/pci.h>
#include <linux/slab.h>

#include "pci_model.h"
#include "topology.h"

#define PASID	5

static void compare_group(struct kunit *test, const struct machine *machine, unsigned int which)
{
	const char *name = machine->names[which];
	struct pci_dev *pdev = machine_device(machine, which);
	u32 kernel, model = pci_model(machine->functions, which, false).group;
	char kernels[96], models[96];

	KUNIT_ASSERT_NOT_NULL_MSG(test, pdev, "the kernel has not found %s\n", name);
	KUNIT_EXPECT_NOT_NULL_MSG(test, pdev->dev.iommu_group, "%s is in no group\n", name);
	kernel = machine_members(machine, pdev->dev.iommu_group);
	pci_dev_put(pdev);
	if (kernel == model)
		return;
	machine_describe(machine, kernel, kernels, sizeof(kernels));
	machine_describe(machine, model, models, sizeof(models));
	KUNIT_FAIL(test, "the kernel has %s in a group of { %s }, the model in one of { %s }\n",
		   name, kernels, models);
}

/**
 * topology_groups() - The kernel's groups of the machine's functions are the model's
 * @test: the case
 * @machine: receives the functions
 */
void topology_groups(struct kunit *test, struct machine *machine)
{
	unsigned int i;

	KUNIT_ASSERT_TRUE_MSG(test, machine_read(machine),
			      "the machine has more functions than the model can tell apart\n");
	for (i = 0; i < machine->count; i++)
		compare_group(test, machine, i);
}

/* Where the fabric decides on PASIDs: what comes of setting one */
static void compare_set(struct kunit *test, const struct machine *machine, unsigned int which,
			struct svac_process *process)
{
	int ret, model = pci_model(machine->functions, which, false).ret;
	struct iommu_domain *domain;
	struct device *dev;

	dev = machine_hold(test, machine, which);
	domain = svac_sva_domain(test, dev, process);
	ret = svac_set(test, domain, dev, PASID);
	KUNIT_EXPECT_EQ_MSG(test, ret, model,
			    "setting a PASID on %s returned %s, the model says %s\n",
			    machine->names[which], svac_errname(ret), svac_errname(model));
	if (!ret) {
		svac_expect_reach(test, dev, PASID, process);
		svac_block(test, domain, dev, PASID);
	}
	svac_expect_no_reach(test, dev, PASID, process);
}

static unsigned int count_groups(const struct machine *machine)
{
	unsigned int i, groups = 0;

	/* Each is counted at its first member */
	for (i = 0; i < machine->count; i++)
		groups += __ffs(pci_model(machine->functions, i, false).group) == i;
	return groups;
}

/**
 * topology_holds() - The kernel and the model agree about the machine
 * @test: the case
 * @functions: that the machine should have, so that none is overlooked by both
 * @groups: that they should be in, likewise
 */
void topology_holds(struct kunit *test, unsigned int functions, unsigned int groups)
{
	struct machine *machine = kunit_kzalloc(test, sizeof(*machine), GFP_KERNEL);
	struct svac_process *process;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, machine);
	topology_groups(test, machine);
	KUNIT_EXPECT_EQ(test, machine->count, functions);
	KUNIT_EXPECT_EQ(test, count_groups(machine), groups);
	if (!(to_svac(test)->impl->traits & SVAC_SINGLETON))
		return;
	process = svac_process(test);
	for (i = 0; i < machine->count; i++)
		if (machine->functions[i].pasid.there)
			compare_set(test, machine, i, process);
}

static void root_port_and_endpoint(struct kunit *test)
{
	svac_rules(test, "GRP-044", "GRP-015", "GRP-016");
	topology_holds(test, 6, 4);
}

/* Nobody has asked for ACS, so that the port has it and keeps nothing apart */
static void root_port_without_acs_and_endpoint(struct kunit *test)
{
	svac_rules(test, "GRP-044", "GRP-015", "GRP-016");
	topology_holds(test, 6, 3);
}

static void multifunction_root_ports(struct kunit *test)
{
	svac_rules(test, "GRP-044", "GRP-015", "GRP-016");
	topology_holds(test, 8, 6);
}

static void endpoint_of_two_functions(struct kunit *test)
{
	svac_rules(test, "GRP-044", "GRP-015", "GRP-016");
	topology_holds(test, 7, 4);
}

static void port_without_acs_and_endpoint(struct kunit *test)
{
	svac_rules(test, "GRP-044", "GRP-015", "GRP-016");
	topology_holds(test, 6, 3);
}

static void switch_of_two_ports(struct kunit *test)
{
	svac_rules(test, "GRP-044", "GRP-015", "GRP-016");
	topology_holds(test, 10, 6);
}

static void pcie_to_pci_bridge(struct kunit *test)
{
	svac_rules(test, "GRP-044", "GRP-015", "GRP-016");
	topology_holds(test, 8, 4);
}

static void dmi_to_pci_bridge(struct kunit *test)
{
	svac_rules(test, "GRP-044", "GRP-015", "GRP-016");
	topology_holds(test, 7, 3);
}

static void functions_on_the_root_bus(struct kunit *test)
{
	svac_rules(test, "GRP-044", "GRP-015", "GRP-016");
	topology_holds(test, 6, 3);
}

static void device_on_the_root_bus(struct kunit *test)
{
	svac_rules(test, "GRP-044", "GRP-015", "GRP-016");
	topology_holds(test, 5, 3);
}

static void second_root_bus(struct kunit *test)
{
	svac_rules(test, "GRP-044", "GRP-015", "GRP-016");
	topology_holds(test, 7, 5);
}

static struct kunit_case topology_cases[] = {
	SVAC_CASE(root_port_and_endpoint),
	SVAC_CASE(root_port_without_acs_and_endpoint),
	SVAC_CASE(multifunction_root_ports),
	SVAC_CASE(endpoint_of_two_functions),
	SVAC_CASE(port_without_acs_and_endpoint),
	SVAC_CASE(switch_of_two_ports),
	SVAC_CASE(pcie_to_pci_bridge),
	SVAC_CASE(dmi_to_pci_bridge),
	SVAC_CASE(functions_on_the_root_bus),
	SVAC_CASE(device_on_the_root_bus),
	SVAC_CASE(second_root_bus),
	{ }
};

SVAC_SUITE(svac1_topology, topology_cases);
