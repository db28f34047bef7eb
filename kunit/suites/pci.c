// SPDX-License-Identifier: GPL-2.0
/*
 * PASIDs of PCI functions: which are alone for good, by the way their requests
 * take to the root complex. The matrix next door goes through all of it; here
 * each rule is spelled out once.
 */
#include "pci_expect.h"

static const struct mock_pci_function isolated[] = {
	{ ROOT_PORT, .acs = ALL },
	{ ENDPOINT },
	{ }
};

static void endpoint_below_an_isolating_port_is_accepted(struct kunit *test)
{
	svac_rules(test, "GRP-015", "GRP-017");
	svac_pci(test, isolated);
	pci_shares(test, "ep", NULL);
	pci_accepts(test, "ep");
}

static void paging_domain_goes_by_the_same_rule(struct kunit *test)
{
	struct device *dev;

	svac_rules(test, "GRP-017", "PASID-021");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	svac_pci(test, isolated);
	dev = svac_pci_device(test, "ep");
	KUNIT_ASSERT_EQ(test, mock_pci_set_acs("rp", 0), 0);
	svac_expect_ret(test, svac_set(test, svac_paging_domain(test, dev), dev, PASID), -EINVAL);
}

struct service_row {
	const char *name;
	u16 bit;
};

static const struct service_row services[] = {
	{ "source-validation", PCI_ACS_SV },
	{ "request-redirect", PCI_ACS_RR },
	{ "completion-redirect", PCI_ACS_CR },
	{ "upstream-forwarding", PCI_ACS_UF },
};

SVAC_ROWS(services)

/* Turned off with the groups made, so that nothing but the port is wrong */
static void port_with_a_service_off_refuses(struct kunit *test)
{
	const struct service_row *row = to_svac(test)->row;

	svac_rules(test, "GRP-017", "GRP-028");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	svac_pci(test, isolated);
	KUNIT_ASSERT_EQ(test, mock_pci_set_acs("rp", MOCK_PCI_ACS_ALL & ~row->bit), 0);
	pci_shares(test, "ep", NULL);
	pci_refuses(test, "ep");
}

static void port_without_a_service_needs_no_control_of_it(struct kunit *test)
{
	const struct service_row *row = to_svac(test)->row;
	u16 bits = MOCK_PCI_ACS_ALL & ~row->bit;
	const struct mock_pci_function fabric[] = {
		{ ROOT_PORT, .acs = { true, bits, bits } },
		{ ENDPOINT },
		{ }
	};

	svac_rules(test, "GRP-017");
	svac_pci(test, fabric);
	pci_accepts(test, "ep");
}

static void port_that_isolates_again_accepts_again(struct kunit *test)
{
	svac_rules(test, "GRP-028");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	svac_pci(test, isolated);
	KUNIT_ASSERT_EQ(test, mock_pci_set_acs("rp", 0), 0);
	pci_refuses(test, "ep");
	KUNIT_ASSERT_EQ(test, mock_pci_set_acs("rp", MOCK_PCI_ACS_ALL), 0);
	pci_accepts(test, "ep");
}

static void port_that_isolates_no_more_refuses_the_next_pasid(struct kunit *test)
{
	struct iommu_domain *domain;
	struct device *dev;

	svac_rules(test, "GRP-028");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	svac_pci(test, isolated);
	dev = svac_pci_device(test, "ep");
	domain = svac_paging_domain(test, dev);
	svac_set_ok(test, domain, dev, PASID);
	KUNIT_ASSERT_EQ(test, mock_pci_set_acs("rp", 0), 0);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID + 1), -EINVAL);
	svac_expect_get(test, dev, PASID, domain);
}

static void port_without_acs_refuses_and_shares_its_group(struct kunit *test)
{
	static const struct mock_pci_function fabric[] = {
		{ ROOT_PORT },
		{ ENDPOINT },
		{ }
	};

	svac_rules(test, "GRP-016", "GRP-017");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	svac_pci(test, fabric);
	pci_shares(test, "ep", "rp");
	pci_refuses(test, "ep");
}

/* An IOMMU that translates endpoints alone: the port is in nobody's group */
static void port_behind_no_iommu_has_to_isolate_all_the_same(struct kunit *test)
{
	static const struct mock_pci_function fabric[] = {
		{ ROOT_PORT, .config.no_iommu = true },
		{ ENDPOINT },
		{ }
	};

	svac_rules(test, "GRP-017");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	svac_pci(test, fabric);
	pci_shares(test, "ep", NULL);
	pci_refuses(test, "ep");
}

static const struct mock_pci_function two_switches[] = {
	{ ROOT_PORT, .acs = ALL },
	{ "up0", MOCK_PCI_UPSTREAM_PORT, .below = "rp" },
	{ "dn0", MOCK_PCI_DOWNSTREAM_PORT, .below = "up0", .acs = ALL },
	{ "up1", MOCK_PCI_UPSTREAM_PORT, .below = "dn0" },
	{ "dn1", MOCK_PCI_DOWNSTREAM_PORT, .below = "up1", .acs = ALL },
	{ "dn2", MOCK_PCI_DOWNSTREAM_PORT, .below = "up1", .devfn = PCI_DEVFN(1, 0), .acs = ALL },
	{ "ep", MOCK_PCI_ENDPOINT, .below = "dn1", .pasid = PASIDS },
	{ }
};

struct port_row {
	const char *name;
	const char *port;
};

static const struct port_row ports[] = {
	{ "nearest", "dn1" },
	{ "in-the-middle", "dn0" },
	{ "root-port", "rp" },
};

SVAC_ROWS(ports)

static void every_port_on_the_way_has_to_isolate(struct kunit *test)
{
	const struct port_row *row = to_svac(test)->row;

	svac_rules(test, "GRP-020");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	svac_pci(test, two_switches);
	KUNIT_ASSERT_EQ(test, mock_pci_set_acs(row->port, MOCK_PCI_ACS_ALL & ~PCI_ACS_RR), 0);
	pci_shares(test, "ep", NULL);
	pci_refuses(test, "ep");
}

static void port_beside_the_way_does_not_matter(struct kunit *test)
{
	svac_rules(test, "GRP-020");
	svac_pci(test, two_switches);
	KUNIT_ASSERT_EQ(test, mock_pci_set_acs("dn2", 0), 0);
	pci_accepts(test, "ep");
}

static void single_function_needs_no_acs_of_its_own(struct kunit *test)
{
	static const struct mock_pci_function fabric[] = {
		{ "ep", MOCK_PCI_RCIEP, .devfn = PCI_DEVFN(2, 0), .pasid = PASIDS },
		{ }
	};

	svac_rules(test, "GRP-015", "GRP-018");
	svac_pci(test, fabric);
	pci_accepts(test, "ep");
}

static void functions_without_acs_share_a_group(struct kunit *test)
{
	static const struct mock_pci_function fabric[] = {
		{ ROOT_PORT, .acs = ALL },
		{ ENDPOINT, .multifunction = true },
		{ "ep1", MOCK_PCI_ENDPOINT, .below = "rp", .devfn = PCI_DEVFN(0, 1),
		  .multifunction = true, .pasid = PASIDS },
		{ }
	};

	svac_rules(test, "GRP-016", "GRP-018");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	svac_pci(test, fabric);
	pci_shares(test, "ep", "ep1");
	pci_refuses(test, "ep");
	pci_refuses(test, "ep1");
}

static void functions_with_acs_are_accepted_each(struct kunit *test)
{
	static const struct mock_pci_function fabric[] = {
		{ ROOT_PORT, .acs = ALL },
		{ ENDPOINT, .multifunction = true, .acs = ALL },
		{ "ep1", MOCK_PCI_ENDPOINT, .below = "rp", .devfn = PCI_DEVFN(0, 1),
		  .multifunction = true, .acs = ALL, .pasid = PASIDS },
		{ }
	};

	svac_rules(test, "GRP-018");
	svac_pci(test, fabric);
	pci_accepts(test, "ep");
	pci_accepts(test, "ep1");
}

static void upstream_port_with_a_sibling_has_to_isolate(struct kunit *test)
{
	static const struct mock_pci_function fabric[] = {
		{ ROOT_PORT, .acs = ALL },
		{ "up", MOCK_PCI_UPSTREAM_PORT, .below = "rp", .multifunction = true, .acs = ALL },
		{ "dma", MOCK_PCI_ENDPOINT, .below = "rp", .devfn = PCI_DEVFN(0, 1),
		  .multifunction = true },
		{ "dn", MOCK_PCI_DOWNSTREAM_PORT, .below = "up", .acs = ALL },
		{ "ep", MOCK_PCI_ENDPOINT, .below = "dn", .pasid = PASIDS },
		{ }
	};

	svac_rules(test, "GRP-018", "GRP-020");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	svac_pci(test, fabric);
	KUNIT_ASSERT_EQ(test, mock_pci_set_acs("up", MOCK_PCI_ACS_ALL & ~PCI_ACS_RR), 0);
	pci_shares(test, "ep", NULL);
	pci_refuses(test, "ep");
}

static void lone_function_of_a_slot_that_can_grow_is_refused(struct kunit *test)
{
	static const struct mock_pci_function fabric[] = {
		{ ROOT_PORT, .acs = ALL },
		{ ENDPOINT, .multifunction = true },
		{ }
	};

	svac_rules(test, "GRP-019");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	svac_pci(test, fabric);
	pci_shares(test, "ep", NULL);
	pci_refuses(test, "ep");
}

static void lone_function_with_acs_is_accepted(struct kunit *test)
{
	static const struct mock_pci_function fabric[] = {
		{ ROOT_PORT, .acs = ALL },
		{ ENDPOINT, .multifunction = true, .acs = ALL },
		{ }
	};

	svac_rules(test, "GRP-019");
	svac_pci(test, fabric);
	pci_accepts(test, "ep");
}

static void conventional_bus_is_shared_with_its_bridge(struct kunit *test)
{
	static const struct mock_pci_function fabric[] = {
		{ "bridge", MOCK_PCI_CONVENTIONAL_BRIDGE, .devfn = PCI_DEVFN(3, 0) },
		{ "one", MOCK_PCI_CONVENTIONAL, .below = "bridge", .devfn = PCI_DEVFN(1, 0) },
		{ "other", MOCK_PCI_CONVENTIONAL, .below = "bridge", .devfn = PCI_DEVFN(2, 0) },
		{ }
	};

	svac_rules(test, "GRP-016", "GRP-021");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	svac_pci(test, fabric);
	pci_shares(test, "one", "bridge");
	pci_shares(test, "one", "other");
	pci_refuses(test, "one");
}

static void behind_a_pcie_to_pci_bridge_all_share(struct kunit *test)
{
	static const struct mock_pci_function fabric[] = {
		{ ROOT_PORT, .acs = ALL },
		{ "bridge", MOCK_PCI_PCIE_TO_PCI, .below = "rp" },
		{ "old", MOCK_PCI_CONVENTIONAL, .below = "bridge", .devfn = PCI_DEVFN(1, 0) },
		{ "reverse", MOCK_PCI_PCI_TO_PCIE, .below = "bridge", .devfn = PCI_DEVFN(2, 0) },
		{ "ep", MOCK_PCI_ENDPOINT, .below = "reverse", .pasid = PASIDS },
		{ }
	};

	svac_rules(test, "GRP-016", "GRP-021");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	svac_pci(test, fabric);
	pci_shares(test, "old", "bridge");
	pci_shares(test, "ep", "old");
	pci_refuses(test, "ep");
}

/* Grouped by a driver that gives everyone a group, so that the bridge decides */
static void conventional_bridge_on_the_way_refuses(struct kunit *test)
{
	static const struct mock_pci_function fabric[] = {
		{ "reverse", MOCK_PCI_PCI_TO_PCIE, .devfn = PCI_DEVFN(2, 0) },
		{ "ep", MOCK_PCI_ENDPOINT, .below = "reverse", .pasid = PASIDS,
		  .config.own_group = true },
		{ }
	};

	svac_rules(test, "GRP-021");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	svac_pci(test, fabric);
	pci_shares(test, "ep", NULL);
	pci_refuses(test, "ep");
}

static const struct mock_pci_function virtual_bus[] = {
	{ ROOT_PORT, .acs = ALL },
	{ "pf", MOCK_PCI_ENDPOINT, .below = "rp", .multifunction = true, .acs = ALL,
	  .pasid = PASIDS, .vf_offset = 256 },
	{ "vf", MOCK_PCI_VIRTUAL, .physfn = "pf" },
	{ "vf1", MOCK_PCI_VIRTUAL, .physfn = "pf", .vf = 1 },
	{ }
};

static void virtual_function_on_a_virtual_bus_is_accepted(struct kunit *test)
{
	svac_rules(test, "GRP-022");
	svac_pci(test, virtual_bus);
	KUNIT_ASSERT_NULL(test, to_pci_dev(svac_pci_device(test, "vf"))->bus->self);
	pci_shares(test, "vf", NULL);
	pci_accepts(test, "vf");
	pci_accepts(test, "vf1");
	pci_accepts(test, "pf");
}

static const struct port_row above_vf[] = {
	{ "physical-function", "pf" },
	{ "root-port", "rp" },
};

SVAC_ROWS(above_vf)

static void virtual_function_goes_the_way_of_its_physical_one(struct kunit *test)
{
	const struct port_row *row = to_svac(test)->row;

	svac_rules(test, "GRP-022");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	svac_pci(test, virtual_bus);
	KUNIT_ASSERT_EQ(test, mock_pci_set_acs(row->port, MOCK_PCI_ACS_ALL & ~PCI_ACS_RR), 0);
	pci_shares(test, "vf", NULL);
	pci_refuses(test, "vf");
	pci_refuses(test, "pf");
}

static void virtual_function_beside_its_physical_one_is_accepted(struct kunit *test)
{
	static const struct mock_pci_function fabric[] = {
		{ ROOT_PORT, .acs = ALL },
		{ "pf", MOCK_PCI_ENDPOINT, .below = "rp", .pasid = PASIDS, .vf_offset = 8 },
		{ "vf", MOCK_PCI_VIRTUAL, .physfn = "pf" },
		{ }
	};

	svac_rules(test, "GRP-022");
	svac_pci(test, fabric);
	KUNIT_ASSERT_NOT_NULL(test, to_pci_dev(svac_pci_device(test, "vf"))->bus->self);
	pci_accepts(test, "vf");
	pci_accepts(test, "pf");
}

static const struct mock_pci_function peers[] = {
	{ ROOT_PORT, .acs = ALL },
	{ "pf", MOCK_PCI_ENDPOINT, .below = "rp", .pasid = PASIDS, .vf_offset = 8,
	  .acs = { true, PCI_ACS_RR | PCI_ACS_CR, PCI_ACS_RR | PCI_ACS_CR } },
	{ "vf", MOCK_PCI_VIRTUAL, .physfn = "pf",
	  .acs = { true, PCI_ACS_RR | PCI_ACS_CR, PCI_ACS_RR | PCI_ACS_CR } },
	{ }
};

/* To the kernel both are single functions, each in a group of its own */
static void virtual_functions_are_peers_of_each_other(struct kunit *test)
{
	svac_rules(test, "GRP-029");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	svac_pci(test, peers);
	KUNIT_ASSERT_EQ(test, mock_pci_set_acs("vf", PCI_ACS_CR), 0);
	pci_shares(test, "vf", NULL);
	pci_refuses(test, "vf");
	pci_accepts(test, "pf");
}

static void physical_function_is_a_peer_of_its_virtual_ones(struct kunit *test)
{
	svac_rules(test, "GRP-029");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	svac_pci(test, peers);
	KUNIT_ASSERT_EQ(test, mock_pci_set_acs("pf", PCI_ACS_CR), 0);
	pci_shares(test, "pf", NULL);
	pci_refuses(test, "pf");
	pci_refuses(test, "vf");
}

static void peers_that_are_redirected_are_accepted(struct kunit *test)
{
	svac_rules(test, "GRP-029");
	svac_pci(test, peers);
	pci_accepts(test, "vf");
	pci_accepts(test, "pf");
}

/* Bits of other registers, where the capability would be, must not be taken for it */
static void bus_master_without_acs_is_accepted(struct kunit *test)
{
	const struct mock_pci_function fabric[] = {
		{ ROOT_PORT, .acs = ALL },
		{ "pf", MOCK_PCI_ENDPOINT, .below = "rp", .pasid = PASIDS, .vf_offset = 8 },
		{ "vf", MOCK_PCI_VIRTUAL, .physfn = "pf" },
		{ }
	};

	svac_rules(test, "GRP-029");
	svac_pci(test, fabric);
	pci_set_master(to_pci_dev(svac_pci_device(test, "pf")));
	pci_accepts(test, "pf");
}

struct quirk_row {
	const char *name;
	struct mock_pci_function port;
	struct mock_pci_function endpoint;
	bool accepted;
};

/* The capability says the opposite in each */
static const struct quirk_row quirks[] = {
	{ "ampere-port-isolates", { ROOT_PORT, .vendor = 0x1def, .device = 0xe005 },
	  { ENDPOINT }, true },
	{ "zhaoxin-port-isolates", { ROOT_PORT, .vendor = 0x1d17, .device = 0x0710 },
	  { ENDPOINT }, true },
	{ "zhaoxin-port-does-not", { ROOT_PORT, .vendor = 0x1d17, .device = 0x0700, .acs = ALL },
	  { ENDPOINT }, false },
	{ "emulex-functions-isolate", { ROOT_PORT, .acs = ALL },
	  { ENDPOINT, .multifunction = true, .vendor = 0x19a2, .device = 0x0710 }, true },
	{ "wangxun-functions-isolate", { ROOT_PORT, .acs = ALL },
	  { ENDPOINT, .multifunction = true, .vendor = 0x8088, .device = 0x1001 }, true },
	{ "wangxun-function-does-not", { ROOT_PORT, .acs = ALL },
	  { ENDPOINT, .vendor = 0x8088, .device = 0x0999, .acs = ALL }, false },
	{ "intel-rciep-isolates", { ROOT_PORT },
	  { "ep", MOCK_PCI_RCIEP, .devfn = PCI_DEVFN(2, 0), .multifunction = true,
	    .vendor = 0x8086, .pasid = PASIDS }, true },
};

SVAC_ROWS(quirks)

static void vendor_knows_better_than_the_capability(struct kunit *test)
{
	const struct quirk_row *row = to_svac(test)->row;
	const struct mock_pci_function fabric[] = { row->port, row->endpoint, { } };

	svac_rules(test, "GRP-023");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	svac_pci(test, fabric);
	if (row->accepted)
		pci_accepts(test, "ep");
	else
		pci_refuses(test, "ep");
}

struct width_row {
	const char *name;
	struct mock_pci_pasid pasid;
	struct mock_config config;
	u32 count;
};

static const struct width_row widths[] = {
	{ "20-bits", { true, 20 }, { }, BIT(20) },
	{ "16-bits", { true, 16 }, { }, BIT(16) },
	{ "1-bit", { true, 1 }, { }, 2 },
	{ "16-bits-iommu-100", { true, 16 }, { .max_pasids = 100 }, 100 },
	{ "4-bits-iommu-100", { true, 4 }, { .max_pasids = 100 }, 16 },
};

SVAC_ROWS(widths)

static void pasids_up_to_the_width_of_the_capability(struct kunit *test)
{
	const struct width_row *row = to_svac(test)->row;
	const struct mock_pci_function fabric[] = {
		{ "ep", MOCK_PCI_RCIEP, .devfn = PCI_DEVFN(2, 0), .pasid = row->pasid,
		  .config = row->config },
		{ }
	};
	struct iommu_domain *domain;
	struct device *dev;

	svac_rules(test, "GRP-025", "PASID-009");
	svac_pci(test, fabric);
	dev = svac_pci_device(test, "ep");
	KUNIT_EXPECT_EQ(test, to_svac(test)->impl->max_pasids(dev), row->count);
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_expect_ret(test, svac_set(test, domain, dev, row->count), -EINVAL);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 0);
	svac_expect_ret(test, svac_set(test, domain, dev, row->count - 1), 0);
}

/* PASID 0 is not for setting */
static const struct width_row without[] = {
	{ "no-capability", { false }, { }, 0 },
	{ "width-0", { true, 0 }, { }, 1 },
	{ "iommu-without", { true, 20 }, { .iommu_without_pasids = true }, 0 },
};

SVAC_ROWS(without)

static void function_without_pasids_is_refused(struct kunit *test)
{
	const struct width_row *row = to_svac(test)->row;
	const struct mock_pci_function fabric[] = {
		{ "ep", MOCK_PCI_RCIEP, .devfn = PCI_DEVFN(2, 0), .pasid = row->pasid,
		  .config = row->config },
		{ }
	};
	struct device *dev;

	svac_rules(test, "GRP-025");
	if (!row->count)
		svac_needs(test, SVAC_REFUSES_PLAIN, "answer to a device without PASIDs");
	svac_pci(test, fabric);
	dev = svac_pci_device(test, "ep");
	KUNIT_EXPECT_EQ(test, to_svac(test)->impl->max_pasids(dev), row->count);
	pci_refuses(test, "ep");
}

static void virtual_function_has_the_pasids_of_its_physical_one(struct kunit *test)
{
	static const struct mock_pci_function fabric[] = {
		{ ROOT_PORT, .acs = ALL },
		{ "pf", MOCK_PCI_ENDPOINT, .below = "rp", .pasid = { true, 8 }, .vf_offset = 8 },
		{ "vf", MOCK_PCI_VIRTUAL, .physfn = "pf" },
		{ }
	};
	struct iommu_domain *domain;
	struct device *dev;

	svac_rules(test, "GRP-025");
	svac_pci(test, fabric);
	dev = svac_pci_device(test, "vf");
	KUNIT_EXPECT_EQ(test, to_svac(test)->impl->max_pasids(dev), 256);
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_expect_ret(test, svac_set(test, domain, dev, 256), -EINVAL);
	svac_expect_ret(test, svac_set(test, domain, dev, 255), 0);
}

static struct kunit_case pci_cases[] = {
	SVAC_CASE(endpoint_below_an_isolating_port_is_accepted),
	SVAC_CASE(paging_domain_goes_by_the_same_rule),
	SVAC_CASE_ROWS(port_with_a_service_off_refuses, services),
	SVAC_CASE_ROWS(port_without_a_service_needs_no_control_of_it, services),
	SVAC_CASE(port_that_isolates_again_accepts_again),
	SVAC_CASE(port_that_isolates_no_more_refuses_the_next_pasid),
	SVAC_CASE(port_without_acs_refuses_and_shares_its_group),
	SVAC_CASE(port_behind_no_iommu_has_to_isolate_all_the_same),
	SVAC_CASE_ROWS(every_port_on_the_way_has_to_isolate, ports),
	SVAC_CASE(port_beside_the_way_does_not_matter),
	SVAC_CASE(single_function_needs_no_acs_of_its_own),
	SVAC_CASE(functions_without_acs_share_a_group),
	SVAC_CASE(functions_with_acs_are_accepted_each),
	SVAC_CASE(upstream_port_with_a_sibling_has_to_isolate),
	SVAC_CASE(lone_function_of_a_slot_that_can_grow_is_refused),
	SVAC_CASE(lone_function_with_acs_is_accepted),
	SVAC_CASE(conventional_bus_is_shared_with_its_bridge),
	SVAC_CASE(behind_a_pcie_to_pci_bridge_all_share),
	SVAC_CASE(conventional_bridge_on_the_way_refuses),
	SVAC_CASE(virtual_function_on_a_virtual_bus_is_accepted),
	SVAC_CASE_ROWS(virtual_function_goes_the_way_of_its_physical_one, above_vf),
	SVAC_CASE(virtual_function_beside_its_physical_one_is_accepted),
	SVAC_CASE(virtual_functions_are_peers_of_each_other),
	SVAC_CASE(physical_function_is_a_peer_of_its_virtual_ones),
	SVAC_CASE(peers_that_are_redirected_are_accepted),
	SVAC_CASE(bus_master_without_acs_is_accepted),
	SVAC_CASE_ROWS(vendor_knows_better_than_the_capability, quirks),
	SVAC_CASE_ROWS(pasids_up_to_the_width_of_the_capability, widths),
	SVAC_CASE_ROWS(function_without_pasids_is_refused, without),
	SVAC_CASE(virtual_function_has_the_pasids_of_its_physical_one),
	{ }
};

SVAC_SUITE(svac_pci, pci_cases);
