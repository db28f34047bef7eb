// SPDX-License-Identifier: GPL-2.0
/*
 * A device with many PASIDs set: what each costs must not grow with their number
 * beyond the depth of a tree.
 */
#include <linux/prandom.h>
#include <linux/vmalloc.h>

#include "../carried/isolation.h"
#include "../suites/pci_expect.h"
#include "bench.h"

/**
 * struct filled - a device with PASIDs 1 to @count set
 * @impl: the implementation
 * @dev: the device
 * @domain: on all of them
 * @count: of PASIDs
 * @order: they in the order in which they are called; NULL for one after the other
 * @ret: the first errno
 */
struct filled {
	const struct svac_impl *impl;
	struct device *dev;
	struct iommu_domain *domain;
	u32 count;
	u32 *order;
	int ret;
};

struct count_row {
	const char *name;
	u32 count;
};

static const struct count_row counts[] = {
	{ "1", 1 },
	{ "1024", 1024 },
	{ "65536", 65536 },
	{ "1048575", 1048575 },
};

SVAC_ROWS(counts)

static ioasid_t nth_pasid(const struct filled *filled, unsigned int nth)
{
	u32 at = nth % filled->count;

	return filled->order ? filled->order[at] : at + 1;
}

static void block_and_set(void *data, unsigned int nth)
{
	struct filled *filled = data;
	ioasid_t pasid = nth_pasid(filled, nth);
	int ret;

	filled->impl->block(filled->domain, filled->dev, pasid);
	ret = filled->impl->set(filled->domain, filled->dev, pasid);
	if (ret)
		filled->ret = ret;
}

static void look_up(void *data, unsigned int nth)
{
	struct filled *filled = data;

	if (filled->impl->get(filled->dev, nth_pasid(filled, nth)) != filled->domain)
		filled->ret = -ENOENT;
}

/* Each PASID once, in an order that is the same in every boot */
static int shuffle(struct filled *filled)
{
	struct rnd_state random;
	u32 i, other;

	filled->order = vmalloc(array_size(filled->count, sizeof(u32)));
	if (!filled->order)
		return -ENOMEM;
	prandom_seed_state(&random, 20220519);
	for (i = 0; i < filled->count; i++) {
		other = prandom_u32_state(&random) % (i + 1);
		filled->order[i] = filled->order[other];
		filled->order[other] = i + 1;
	}
	return 0;
}

static void measure(struct kunit *test, struct filled *filled, const char *call,
		    const char *order, const char *what, const char *floor,
		    void (*op)(void *data, unsigned int nth))
{
	const struct count_row *row = to_svac(test)->row;
	char name[48];
	const struct bench_metric metric = { name, what, floor, op, filled };

	snprintf(name, sizeof(name), "%s.%s.%s", call, order, row->name);
	bench_measure(test, &metric);
}

static void measure_all(struct kunit *test, struct filled *filled)
{
	measure(test, filled, "reset", "in_order",
		"block a PASID of so many, set it again; the next one is next",
		"floor.xarray", block_and_set);
	measure(test, filled, "lookup", "in_order",
		"look for what is set on a PASID of so many; the next one is next",
		"floor.lookup", look_up);
	filled->ret = filled->ret ?: shuffle(filled);
	if (filled->ret)
		return;
	measure(test, filled, "reset", "at_random",
		"block a PASID of so many, set it again; any other is next",
		"floor.xarray", block_and_set);
	measure(test, filled, "lookup", "at_random",
		"look for what is set on a PASID of so many; any other is next",
		"floor.lookup", look_up);
}

static void look_at_the_way(void *data, unsigned int nth)
{
	struct filled *filled = data;

	if (!iommu_pci_isolated_up_to_root(to_pci_dev(filled->dev)))
		filled->ret = -EXDEV;
}

/* Whoever has to ask the ports does so at each call, which is measured by itself, too */
static void measure_pci(struct kunit *test, struct filled *filled)
{
	measure(test, filled, "reset", "pci",
		"block a PASID of so many of a PCI function below a port, set it again",
		"floor.xarray", block_and_set);
	if (filled->impl->traits & SVAC_SINGLETON)
		measure(test, filled, "acs_path", "filled",
			"ask that function and the port above it for their ACS bits",
			NULL, look_at_the_way);
}

static void fill(struct kunit *test, struct device *dev,
		 void (*measure_these)(struct kunit *test, struct filled *filled))
{
	const struct count_row *row = to_svac(test)->row;
	struct filled filled = { .impl = to_svac(test)->impl, .dev = dev, .count = row->count };
	u32 set;

	filled.domain = svac_paging_domain(test, dev);
	for (set = 0; set < filled.count && !filled.ret; set++)
		filled.ret = filled.impl->set(filled.domain, dev, set + 1);
	if (!filled.ret)
		measure_these(test, &filled);
	svac_expect_ret(test, filled.ret, 0);
	vfree(filled.order);
	while (set--)
		if (filled.impl->get(dev, set + 1))
			filled.impl->block(filled.domain, dev, set + 1);
}

static void with_so_many_set(struct kunit *test)
{
	fill(test, svac_device(test, &MOCK_PASIDS), measure_all);
}

static void with_so_many_set_below_a_port(struct kunit *test)
{
	static const struct mock_pci_function below_a_port[] = {
		{ ROOT_PORT, .acs = ALL },
		{ ENDPOINT },
		{ }
	};

	svac_pci(test, below_a_port);
	fill(test, svac_pci_device(test, "ep"), measure_pci);
}

static struct kunit_case filled_cases[] = {
	SVAC_CASE_ROWS(with_so_many_set, counts),
	SVAC_CASE_ROWS(with_so_many_set_below_a_port, counts),
	{ }
};

BENCH_SUITE(svac_bench_filled, filled_cases);
