// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation of every call fails in turn: alone, which may be made good,
 * and together with all that come after it, which may not.
 */
#include "sweep.h"

#define PASID	5
#define FAR	(BIT(20) - 1)

static const struct svac_impl *impl(struct svac_stage *stage)
{
	return to_svac(stage->test)->impl;
}

/* A device with an IOMMU that is in no group */
static struct device *stray_device(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	iommu_group_remove_device(dev);
	return dev;
}

static void a_device(struct svac_stage *stage)
{
	stage->dev = svac_device(stage->test, &MOCK_PASIDS);
	stage->prober = stray_device(stage->test);
}

static void a_device_and_a_process(struct svac_stage *stage)
{
	a_device(stage);
	stage->process = svac_process(stage->test);
}

/* Allocating a domain */

static int alloc_sva(struct svac_stage *stage)
{
	stage->domain = impl(stage)->alloc_sva(stage->dev, stage->process->mm);
	return PTR_ERR_OR_ZERO(stage->domain);
}

static const char *sva_wrong(struct svac_stage *stage)
{
	if (!stage->domain || stage->domain->type != IOMMU_DOMAIN_SVA)
		return "the domain is no SVA domain";
	if (impl(stage)->mm_of(stage->domain) != stage->process->mm)
		return "the domain has another mm";
	if (svac_process_refs(stage->process) != 1)
		return "the domain has not grabbed its mm once";
	return "";
}

static void free_sva(struct svac_stage *stage)
{
	impl(stage)->free_sva(stage->domain);
}

static int alloc_paging(struct svac_stage *stage)
{
	stage->domain = impl(stage)->alloc_paging(stage->dev);
	return stage->domain ? PTR_ERR_OR_ZERO(stage->domain) : -ENOMEM;
}

static const char *paging_wrong(struct svac_stage *stage)
{
	return stage->domain->type == IOMMU_DOMAIN_UNMANAGED ? "" :
	       "the domain is no paging domain";
}

static void free_paging(struct svac_stage *stage)
{
	impl(stage)->free_paging(stage->domain);
}

static const struct svac_scene alloc_scenes[] = {
	{
		.name = "sva",
		.least = 1,
		.prepare = a_device_and_a_process,
		.call = alloc_sva,
		.check = sva_wrong,
		.undo = free_sva,
	}, {
		.name = "paging",
		.least = 1,
		.prepare = a_device,
		.call = alloc_paging,
		.check = paging_wrong,
		.undo = free_paging,
	},
};

SVAC_ROWS(alloc_scenes);

/* Setting a PASID */

static void an_sva_domain(struct svac_stage *stage)
{
	a_device_and_a_process(stage);
	stage->domain = svac_sva_domain(stage->test, stage->dev, stage->process);
	stage->pasid = PASID;
}

static void a_paging_domain(struct svac_stage *stage)
{
	a_device(stage);
	stage->domain = svac_paging_domain(stage->test, stage->dev);
	stage->pasid = PASID;
}

static void a_pasid_beside(struct svac_stage *stage)
{
	an_sva_domain(stage);
	stage->near = svac_paging_domain(stage->test, stage->dev);
	svac_set_ok(stage->test, stage->near, stage->dev, PASID + 1);
}

static void a_far_pasid(struct svac_stage *stage)
{
	an_sva_domain(stage);
	stage->pasid = FAR;
}

static void a_far_pasid_and_another(struct svac_stage *stage)
{
	a_far_pasid(stage);
	stage->near = svac_paging_domain(stage->test, stage->dev);
}

static void set_the_other(struct svac_stage *stage)
{
	KUNIT_EXPECT_EQ(stage->test, impl(stage)->set(stage->near, stage->dev, PASID), 0);
}

static void block_the_other(struct svac_stage *stage)
{
	impl(stage)->block(stage->near, stage->dev, PASID);
}

static void a_second_device(struct svac_stage *stage)
{
	an_sva_domain(stage);
	stage->other = stage->dev;
	stage->dev = svac_device(stage->test, &MOCK_PASIDS);
	svac_set_ok(stage->test, stage->domain, stage->other, PASID);
}

static int set(struct svac_stage *stage)
{
	return impl(stage)->set(stage->domain, stage->dev, stage->pasid);
}

static void block(struct svac_stage *stage)
{
	impl(stage)->block(stage->domain, stage->dev, stage->pasid);
}

static const char *reach_wrong(struct svac_stage *stage)
{
	const char *wrong = svac_lookup(stage->test, stage->dev, stage->pasid, stage->domain);

	if (*wrong || stage->domain->type != IOMMU_DOMAIN_SVA)
		return wrong;
	return svac_reach(stage->dev, stage->pasid, stage->process);
}

static const struct svac_scene set_scenes[] = {
	{
		.name = "first-pasid-sva",
		.least = 1,
		.prepare = an_sva_domain,
		.call = set,
		.check = reach_wrong,
		.undo = block,
	}, {
		.name = "first-pasid-paging",
		.least = 1,
		.prepare = a_paging_domain,
		.call = set,
		.check = reach_wrong,
		.undo = block,
	}, {
		.name = "beside-another",
		.least = 1,
		.prepare = a_pasid_beside,
		.call = set,
		.check = reach_wrong,
		.undo = block,
	}, {
		.name = "first-pasid-is-the-last",
		.least = 1,
		.prepare = a_far_pasid,
		.call = set,
		.check = reach_wrong,
		.undo = block,
	}, {
		/* A store may grow for the PASID, and stay so until its last is blocked */
		.name = "far-from-another",
		.least = 1,
		.keeps_memory = true,
		.prepare = a_far_pasid_and_another,
		.begin = set_the_other,
		.call = set,
		.check = reach_wrong,
		.undo = block,
		.end = block_the_other,
	}, {
		.name = "second-device",
		.least = 1,
		.prepare = a_second_device,
		.call = set,
		.check = reach_wrong,
		.undo = block,
	},
};

SVAC_ROWS(set_scenes);

/* Binding */

static void start_process(struct svac_stage *stage)
{
	stage->process = svac_process(stage->test);
}

static void end_process(struct svac_stage *stage)
{
	KUNIT_EXPECT_EQ(stage->test, svac_process_free(stage->process), 0);
}

static void a_process_with_a_pasid(struct svac_stage *stage)
{
	struct iommu_sva *handle;

	a_device_and_a_process(stage);
	handle = svac_bind(stage->test, stage->dev, stage->process);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(stage->test, handle);
	svac_unbind(stage->test, handle);
}

static void a_process_bound_elsewhere(struct svac_stage *stage)
{
	a_device_and_a_process(stage);
	stage->other = stage->dev;
	stage->dev = svac_device(stage->test, &MOCK_PASIDS);
	stage->first = svac_bind(stage->test, stage->other, stage->process);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(stage->test, stage->first);
}

static void a_device_bound_by_another(struct svac_stage *stage)
{
	a_device_and_a_process(stage);
	stage->first = svac_bind(stage->test, stage->dev, stage->process);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(stage->test, stage->first);
}

static int bind(struct svac_stage *stage)
{
	stage->handle = impl(stage)->bind(stage->dev, stage->process->mm);
	return PTR_ERR_OR_ZERO(stage->handle);
}

static void unbind(struct svac_stage *stage)
{
	impl(stage)->unbind(stage->handle);
}

static const char *bond_wrong(struct svac_stage *stage)
{
	if (stage->handle == stage->first)
		return "the handle is another bond's";
	return svac_reach(stage->dev, impl(stage)->pasid(stage->handle), stage->process);
}

static const struct svac_scene bind_scenes[] = {
	{
		/* A PASID, once an mm has it, stays with it */
		.name = "first-of-an-mm",
		.needs = SVAC_BIND,
		.least = 2,
		.keeps_memory = true,
		.allowed = SVAC_MAY_GAIN_PASID,
		.prepare = a_device,
		.begin = start_process,
		.call = bind,
		.check = bond_wrong,
		.undo = unbind,
		.end = end_process,
	}, {
		.name = "second-mm",
		.needs = SVAC_BIND,
		.least = 2,
		.keeps_memory = true,
		.allowed = SVAC_MAY_GAIN_PASID,
		.prepare = a_device_bound_by_another,
		.begin = start_process,
		.call = bind,
		.check = bond_wrong,
		.undo = unbind,
		.end = end_process,
	}, {
		.name = "after-an-unbind",
		.needs = SVAC_BIND,
		.least = 2,
		.prepare = a_process_with_a_pasid,
		.call = bind,
		.check = bond_wrong,
		.undo = unbind,
	}, {
		.name = "second-device",
		.needs = SVAC_BIND,
		.least = 2,
		.prepare = a_process_bound_elsewhere,
		.call = bind,
		.check = bond_wrong,
		.undo = unbind,
	},
};

SVAC_ROWS(bind_scenes);

/* Joining a group: sysfs stocks nodes for its ids, which it may not need */

static void a_joiner(struct svac_stage *stage)
{
	stage->dev = svac_device(stage->test, &MOCK_PASIDS);
	stage->other = stray_device(stage->test);
}

static void a_joiner_to_be_refused(struct svac_stage *stage)
{
	a_joiner(stage);
	svac_set_ok(stage->test, svac_paging_domain(stage->test, stage->dev), stage->dev, PASID);
}

static int join(struct svac_stage *stage)
{
	return iommu_group_add_device(stage->dev->iommu_group, stage->other);
}

static void leave(struct svac_stage *stage)
{
	iommu_group_remove_device(stage->other);
}

static const char *joined_wrong(struct svac_stage *stage)
{
	return stage->other->iommu_group == stage->dev->iommu_group ? "" :
	       "the device is in another group";
}

static const struct svac_scene join_scenes[] = {
	{
		.name = "no-pasid-set",
		.least = 2,
		.can_do_without = true,
		.prepare = a_joiner,
		.call = join,
		.check = joined_wrong,
		.undo = leave,
	}, {
		.name = "a-pasid-set",
		.needs = SVAC_KEEPS_OUT,
		.least = 2,
		.want = -EBUSY,
		.can_do_without = true,
		.prepare = a_joiner_to_be_refused,
		.call = join,
	},
};

SVAC_ROWS(join_scenes);

static void alloc_with_one_allocation_failing(struct kunit *test)
{
	svac_rules(test, "DOM-018", "DOM-006", "DOM-007");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	svac_sweep(test, SVAC_ONE_ALONE);
}

static void alloc_with_memory_running_out(struct kunit *test)
{
	svac_rules(test, "DOM-019", "DOM-006", "DOM-007");
	svac_needs(test, SVAC_ALLOC, "function that allocates an SVA domain");
	svac_sweep(test, SVAC_ONE_AND_LATER);
}

static void set_with_one_allocation_failing(struct kunit *test)
{
	svac_rules(test, "PASID-026");
	svac_sweep(test, SVAC_ONE_ALONE);
}

static void set_with_memory_running_out(struct kunit *test)
{
	svac_rules(test, "PASID-027");
	svac_sweep(test, SVAC_ONE_AND_LATER);
}

static void bind_with_one_allocation_failing(struct kunit *test)
{
	svac_rules(test, "BIND-015", "BIND-007");
	svac_sweep(test, SVAC_ONE_ALONE);
}

static void bind_with_memory_running_out(struct kunit *test)
{
	svac_rules(test, "BIND-016", "BIND-025", "BIND-007", "BIND-009");
	svac_sweep(test, SVAC_ONE_AND_LATER);
}

static void join_with_one_allocation_failing(struct kunit *test)
{
	svac_rules(test, "PASID-029", "GRP-004");
	svac_sweep(test, SVAC_ONE_ALONE);
}

static void join_with_memory_running_out(struct kunit *test)
{
	svac_rules(test, "PASID-029", "GRP-004");
	svac_sweep(test, SVAC_ONE_AND_LATER);
}

static struct kunit_case alloc_failure_cases[] = {
	SVAC_CASE_ROWS(alloc_with_one_allocation_failing, alloc_scenes),
	SVAC_CASE_ROWS(alloc_with_memory_running_out, alloc_scenes),
	SVAC_CASE_ROWS(set_with_one_allocation_failing, set_scenes),
	SVAC_CASE_ROWS(set_with_memory_running_out, set_scenes),
	SVAC_CASE_ROWS(bind_with_one_allocation_failing, bind_scenes),
	SVAC_CASE_ROWS(bind_with_memory_running_out, bind_scenes),
	SVAC_CASE_ROWS(join_with_one_allocation_failing, join_scenes),
	SVAC_CASE_ROWS(join_with_memory_running_out, join_scenes),
	{ }
};

SVAC_SUITE(svac_alloc_failure, alloc_failure_cases);
