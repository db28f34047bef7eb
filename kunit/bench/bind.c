// SPDX-License-Identifier: GPL-2.0
/*
 * Bonds of a process: the first of a device, one more of it, and those of a process
 * that has other devices.
 */
#include "bench.h"

/* Those that the process has already, at most */
#define OTHERS	(SVAC_DEVICES - 1)

/**
 * struct bond - what is bound
 * @impl: the implementation
 * @dev: the device
 * @mm: the process
 * @ret: the first errno
 */
struct bond {
	const struct svac_impl *impl;
	struct device *dev;
	struct mm_struct *mm;
	int ret;
};

static void bind_and_unbind(void *data, unsigned int nth)
{
	struct bond *bond = data;
	struct iommu_sva *handle = bond->impl->bind(bond->dev, bond->mm);

	if (IS_ERR(handle))
		bond->ret = PTR_ERR(handle);
	else
		bond->impl->unbind(handle);
}

static void measure(struct kunit *test, struct bond *bond, const char *name, const char *what,
		    const char *floor)
{
	const struct bench_metric metric = { name, what, floor, bind_and_unbind, bond };

	bench_measure(test, &metric);
}

static void binding(struct kunit *test)
{
	struct bond bond = { .impl = to_svac(test)->impl };
	struct svac_process *process;
	unsigned int i;

	svac_needs(test, SVAC_BIND, "bind");
	process = svac_process(test);
	bond.mm = process->mm;
	bond.dev = svac_device(test, &MOCK_PASIDS);
	measure(test, &bond, "bind_unbind.first", "bind a process that has no bond, unbind it",
		"floor.xarray");
	svac_bind(test, bond.dev, process);
	measure(test, &bond, "bind_unbind.again",
		"bind a process to the device that it is bound to, unbind it", "floor.mutex");
	bond.dev = svac_device(test, &MOCK_PASIDS);
	measure(test, &bond, "bind_unbind.second_device",
		"bind a process that has one device to another, unbind it", "floor.xarray");
	for (i = 1; i < OTHERS; i++) {
		svac_bind(test, bond.dev, process);
		bond.dev = svac_device(test, &MOCK_PASIDS);
	}
	measure(test, &bond, "bind_unbind.eighth_device",
		"bind a process that has seven devices to another, unbind it", "floor.xarray");
	svac_expect_ret(test, bond.ret, 0);
}

static struct kunit_case bind_cases[] = {
	SVAC_CASE(binding),
	{ }
};

BENCH_SUITE(svac_bench_bind, bind_cases);
