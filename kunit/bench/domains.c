// SPDX-License-Identifier: GPL-2.0
/*
 * Domains: allocate and free, set and block on a device that has nothing else set.
 */
#include "bench.h"

#define PASID	5

/**
 * struct target - what is called
 * @impl: the implementation
 * @dev: the device
 * @domain: the domain; not of the metrics that make one
 * @other: takes its place, where one is replaced
 * @mm: of SVA domains
 * @ret: the first errno
 */
struct target {
	const struct svac_impl *impl;
	struct device *dev;
	struct iommu_domain *domain;
	struct iommu_domain *other;
	struct mm_struct *mm;
	int ret;
};

static void alloc_and_free_sva(void *data, unsigned int nth)
{
	struct target *target = data;
	struct iommu_domain *domain = target->impl->alloc_sva(target->dev, target->mm);

	if (IS_ERR(domain))
		target->ret = PTR_ERR(domain);
	else
		target->impl->free_sva(domain);
}

static void alloc_and_free_paging(void *data, unsigned int nth)
{
	struct target *target = data;
	struct iommu_domain *domain = target->impl->alloc_paging(target->dev);

	if (IS_ERR_OR_NULL(domain))
		target->ret = domain ? PTR_ERR(domain) : -ENOMEM;
	else
		target->impl->free_paging(domain);
}

static void set_and_block(void *data, unsigned int nth)
{
	struct target *target = data;
	int ret = target->impl->set(target->domain, target->dev, PASID);

	if (ret)
		target->ret = ret;
	else
		target->impl->block(target->domain, target->dev, PASID);
}

static void set_only(void *data, unsigned int nth)
{
	struct target *target = data;

	target->ret = target->impl->set(target->domain, target->dev, PASID);
}

static void set_beyond(void *data, unsigned int nth)
{
	struct target *target = data;

	target->ret = target->impl->set(target->domain, target->dev, BIT(20));
}

static void replace_and_back(void *data, unsigned int nth)
{
	struct target *target = data;

	target->ret = target->impl->replace(target->other, target->dev, PASID) ?:
		      target->impl->replace(target->domain, target->dev, PASID);
}

static void begin(struct kunit *test, struct target *target)
{
	*target = (struct target){ .impl = to_svac(test)->impl };
	target->dev = svac_device(test, &MOCK_PASIDS);
	target->mm = svac_process(test)->mm;
}

/* A metric of domains of either kind */
static bool measure(struct kunit *test, struct target *target, const char *name,
		    const char *what, const char *floor, void (*op)(void *, unsigned int))
{
	const struct bench_metric metric = { name, what, floor, op, target };

	return bench_measure(test, &metric);
}

static void allocating(struct kunit *test)
{
	struct target target;

	begin(test, &target);
	measure(test, &target, "alloc_free.paging", "allocate a paging domain, free it",
		"floor.kmalloc", alloc_and_free_paging);
	if (target.impl->traits & SVAC_ALLOC)
		measure(test, &target, "alloc_free.sva",
			"allocate an SVA domain for a process, free it", "floor.kmalloc",
			alloc_and_free_sva);
	svac_expect_ret(test, target.ret, 0);
}

static void setting(struct kunit *test)
{
	struct target target;

	begin(test, &target);
	target.domain = svac_paging_domain(test, target.dev);
	measure(test, &target, "set_block.paging",
		"set a paging domain on the only PASID of a device, block it", "floor.xarray",
		set_and_block);
	if (target.impl->traits & SVAC_ALLOC) {
		target.domain = svac_sva_domain(test, target.dev,
						&to_svac(test)->processes[0]);
		measure(test, &target, "set_block.sva",
			"set an SVA domain on the only PASID of a device, block it",
			"floor.xarray", set_and_block);
	}
	svac_expect_ret(test, target.ret, 0);
}

static void setting_on_a_second_device(struct kunit *test)
{
	struct target target;

	begin(test, &target);
	target.domain = svac_paging_domain(test, target.dev);
	svac_set_ok(test, target.domain, target.dev, PASID);
	target.dev = svac_device(test, &MOCK_PASIDS);
	measure(test, &target, "set_block.second_device",
		"set a domain that another device has, block it", "floor.xarray", set_and_block);
	svac_expect_ret(test, target.ret, 0);
}

static void replacing(struct kunit *test)
{
	struct target target;

	svac_needs(test, SVAC_REPLACE, "replace");
	begin(test, &target);
	target.domain = svac_paging_domain(test, target.dev);
	target.other = svac_paging_domain(test, target.dev);
	svac_set_ok(test, target.domain, target.dev, PASID);
	measure(test, &target, "replace.paging",
		"replace a paging domain by another one, and that by the first", "floor.xarray",
		replace_and_back);
	svac_expect_ret(test, target.ret, 0);
}

static void refusing(struct kunit *test)
{
	static const struct mock_config shared = { .group = 1, .pasid_bits = 20 };
	struct target target;

	begin(test, &target);
	target.domain = svac_paging_domain(test, target.dev);
	if (measure(test, &target, "refused.range", "set a domain beyond the device's PASIDs",
		    "floor.call", set_beyond))
		KUNIT_EXPECT_NE(test, target.ret, 0);
	svac_set_ok(test, target.domain, target.dev, PASID);
	if (measure(test, &target, "refused.busy", "set a domain on a PASID that is taken",
		    "floor.mutex", set_only))
		svac_expect_ret(test, target.ret, -EBUSY);
	if (!(target.impl->traits & SVAC_SINGLETON))
		return;
	target.dev = svac_device(test, &shared);
	svac_device(test, &shared);
	if (measure(test, &target, "refused.shared_group",
		    "set a domain on a device that shares its group", "floor.mutex", set_only))
		svac_expect_ret(test, target.ret, -EINVAL);
}

static struct kunit_case domains_cases[] = {
	SVAC_CASE(allocating),
	SVAC_CASE(setting),
	SVAC_CASE(setting_on_a_second_device),
	SVAC_CASE(replacing),
	SVAC_CASE(refusing),
	{ }
};

BENCH_SUITE(svac_bench_domains, domains_cases);
