// SPDX-License-Identifier: GPL-2.0
/*
 * What the way of a PCI function to the root complex costs who asks whether the
 * function is alone: each port on it is asked for its ACS bits.
 */
#include "../carried/isolation.h"
#include "../suites/pci_expect.h"
#include "bench.h"

#define PASID	5

struct depth_row {
	const char *name;
	struct mock_pci_function fabric[12];
};

static const struct depth_row depths[] = {
	{ "1", {
		{ ROOT_PORT, .acs = ALL },
		{ ENDPOINT },
	} },
	{ "3", {
		{ ROOT_PORT, .acs = ALL },
		{ "u1", MOCK_PCI_UPSTREAM_PORT, .below = "rp" },
		{ "d1", MOCK_PCI_DOWNSTREAM_PORT, .below = "u1", .acs = ALL },
		{ "ep", MOCK_PCI_ENDPOINT, .below = "d1", .pasid = PASIDS },
	} },
	{ "9", {
		{ ROOT_PORT, .acs = ALL },
		{ "u1", MOCK_PCI_UPSTREAM_PORT, .below = "rp" },
		{ "d1", MOCK_PCI_DOWNSTREAM_PORT, .below = "u1", .acs = ALL },
		{ "u2", MOCK_PCI_UPSTREAM_PORT, .below = "d1" },
		{ "d2", MOCK_PCI_DOWNSTREAM_PORT, .below = "u2", .acs = ALL },
		{ "u3", MOCK_PCI_UPSTREAM_PORT, .below = "d2" },
		{ "d3", MOCK_PCI_DOWNSTREAM_PORT, .below = "u3", .acs = ALL },
		{ "u4", MOCK_PCI_UPSTREAM_PORT, .below = "d3" },
		{ "d4", MOCK_PCI_DOWNSTREAM_PORT, .below = "u4", .acs = ALL },
		{ "ep", MOCK_PCI_ENDPOINT, .below = "d4", .pasid = PASIDS },
	} },
};

SVAC_ROWS(depths)

/**
 * struct function - what is called
 * @impl: the implementation
 * @dev: the function
 * @domain: the domain
 * @ret: the first errno
 */
struct function {
	const struct svac_impl *impl;
	struct device *dev;
	struct iommu_domain *domain;
	int ret;
};

static void set_and_block(void *data, unsigned int nth)
{
	struct function *function = data;
	int ret = function->impl->set(function->domain, function->dev, PASID);

	if (ret)
		function->ret = ret;
	else
		function->impl->block(function->domain, function->dev, PASID);
}

static void look_at_the_way(void *data, unsigned int nth)
{
	struct function *function = data;

	if (!iommu_pci_isolated_up_to_root(to_pci_dev(function->dev)))
		function->ret = -EXDEV;
}

static void below_so_many_ports(struct kunit *test)
{
	const struct depth_row *row = to_svac(test)->row;
	struct function function = { .impl = to_svac(test)->impl };
	char name[32];
	const struct bench_metric setting = {
		name, "set a paging domain on a PCI function below so many ports, block it",
		"floor.xarray", set_and_block, &function,
	};
	const struct bench_metric looking = {
		name, "ask a PCI function and the ports above it for their ACS bits",
		NULL, look_at_the_way, &function,
	};

	svac_pci(test, row->fabric);
	function.dev = svac_pci_device(test, "ep");
	function.domain = svac_paging_domain(test, function.dev);
	snprintf(name, sizeof(name), "set_block.pci.%s", row->name);
	bench_measure(test, &setting);
	snprintf(name, sizeof(name), "acs_path.%s", row->name);
	if (function.impl->traits & SVAC_SINGLETON)
		bench_measure(test, &looking);
	svac_expect_ret(test, function.ret, 0);
}

static struct kunit_case pci_cases[] = {
	SVAC_CASE_ROWS(below_so_many_ports, depths),
	{ }
};

BENCH_SUITE(svac_bench_pci, pci_cases);
