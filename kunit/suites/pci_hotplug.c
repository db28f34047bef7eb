// SPDX-License-Identifier: GPL-2.0
/*
 * PCI functions that come and go while PASIDs are set: before, inside of the
 * driver's operation, inside of a config access under the group's lock, after.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/sched/task.h>
#include <linux/smp.h>

#include "pci_expect.h"

/*
 * A device known to use function 1's requester ID for function 0 as well: alone
 * function 0 is isolated, and function 1 joins its group.
 */
#define ALIASED		.multifunction = true, .vendor = 0x1b4b, .device = 0x9120, .acs = ALL

static const struct mock_pci_function one_slot[] = {
	{ ROOT_PORT, .acs = ALL },
	{ ENDPOINT, ALIASED },
	{ "late", MOCK_PCI_ENDPOINT, .below = "rp", .devfn = PCI_DEVFN(0, 1), ALIASED,
	  .pasid = PASIDS, .absent = true },
	{ }
};

/* What is below one port is no concern of the other */
static const struct mock_pci_function two_slots[] = {
	{ ROOT_PORT, .acs = ALL },
	{ "other", MOCK_PCI_ROOT_PORT, .devfn = PCI_DEVFN(2, 0), .acs = ALL },
	{ ENDPOINT },
	{ "late", MOCK_PCI_ENDPOINT, .below = "other", .pasid = PASIDS, .absent = true },
	{ }
};

static void function_there_before_shares_the_group(struct kunit *test)
{
	svac_rules(test, "GRP-026", "GRP-016");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	svac_pci(test, one_slot);
	svac_pci_plug(test, "late");
	pci_shares(test, "ep", "late");
	pci_refuses(test, "ep");
	pci_refuses(test, "late");
}

static void function_left_behind_is_accepted(struct kunit *test)
{
	svac_rules(test, "GRP-013");
	svac_pci(test, one_slot);
	svac_unplug(test, svac_pci_plug(test, "late"));
	pci_shares(test, "ep", NULL);
	pci_accepts(test, "ep");
}

static void function_plugged_in_while_set_stays_out(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct iommu_domain *domain;
	struct device *dev, *late;

	svac_rules(test, "GRP-026", "GRP-004");
	svac_needs(test, SVAC_KEEPS_OUT, "say in who joins a group");
	svac_pci(test, one_slot);
	dev = svac_pci_device(test, "ep");
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	late = svac_pci_plug(test, "late");
	KUNIT_EXPECT_NULL(test, late->iommu_group);
	pci_shares(test, "ep", NULL);
	svac_expect_ret(test, svac_set(test, domain, late, PASID), -ENODEV);
	svac_expect_reach(test, dev, PASID, process);
	svac_expect_no_reach(test, late, PASID, process);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0);
}

static void function_plugged_in_after_block_joins(struct kunit *test)
{
	struct iommu_domain *domain;

	svac_rules(test, "GRP-026", "GRP-005");
	svac_pci(test, one_slot);
	domain = pci_accepts(test, "ep");
	svac_unplug(test, svac_pci_plug(test, "late"));
	svac_block(test, domain, svac_pci_device(test, "ep"), PASID);
	svac_pci_plug(test, "late");
	pci_shares(test, "ep", "late");
}

static void function_of_another_group_comes_and_sets_meanwhile(struct kunit *test)
{
	svac_rules(test, "GRP-026", "GRP-011");
	svac_pci(test, two_slots);
	pci_accepts(test, "ep");
	svac_pci_plug(test, "late");
	pci_shares(test, "late", NULL);
	pci_accepts(test, "late");
}

static void virtual_functions_come_while_the_physical_one_has_pasids(struct kunit *test)
{
	static const struct mock_pci_function fabric[] = {
		{ ROOT_PORT, .acs = ALL },
		{ "pf", MOCK_PCI_ENDPOINT, .below = "rp", .pasid = PASIDS, .vf_offset = 256 },
		{ "vf", MOCK_PCI_VIRTUAL, .physfn = "pf", .absent = true },
		{ }
	};

	svac_rules(test, "GRP-022", "GRP-026");
	svac_pci(test, fabric);
	pci_accepts(test, "pf");
	svac_pci_plug(test, "vf");
	pci_shares(test, "pf", NULL);
	pci_accepts(test, "vf");
}

static void port_that_goes_takes_the_pasids_below_with_it(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev, *port;

	svac_rules(test, "GRP-006", "GRP-027");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	svac_pci(test, two_slots);
	dev = svac_pci_device(test, "ep");
	port = svac_pci_device(test, "rp");
	svac_set_ok(test, svac_sva_domain(test, dev, process), dev, PASID);
	svac_expect_warn(test, to_svac(test)->impl->warns.leave, 1);
	svac_unplug(test, port);
	svac_expect_calls(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 1);
	svac_expect_get(test, dev, PASID, NULL);
	svac_expect_no_reach(test, dev, PASID, process);
}

static void function_put_back_starts_blank(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct iommu_domain *domain;
	struct device *dev;

	svac_rules(test, "GRP-010", "GRP-027");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	svac_pci(test, two_slots);
	dev = svac_pci_device(test, "ep");
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	svac_expect_warn(test, to_svac(test)->impl->warns.leave, 1);
	svac_unplug(test, dev);
	dev = svac_pci_plug(test, "ep");
	svac_expect_get(test, dev, PASID, NULL);
	svac_expect_no_reach(test, dev, PASID, process);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), 0);
	svac_expect_reach(test, dev, PASID, process);
}

/**
 * struct meanwhile - what another thread does in the middle of a call
 * @name: of the function
 * @goes: it is unplugged, else plugged in
 * @ret: what came of it, or entries left in the PASID table
 * @waited: it was made to wait until the call was over
 * @started: the middle was reached at all
 * @done: the thread is through
 */
struct meanwhile {
	const char *name;
	bool goes;
	int ret;
	bool waited;
	bool started;
	struct completion done;
};

static int hotplug_thread(void *data)
{
	struct meanwhile *meanwhile = data;
	struct pci_dev *pdev;

	if (meanwhile->goes) {
		pdev = mock_pci_get(meanwhile->name);
		meanwhile->ret = mock_pci_remove(pdev);
		pci_dev_put(pdev);
	} else {
		meanwhile->ret = mock_pci_plug(meanwhile->name);
	}
	complete(&meanwhile->done);
	return 0;
}

/* Goes on when the other thread is through, or waits for what we hold */
static void hotplug_now(void *data)
{
	struct meanwhile *meanwhile = data;
	struct task_struct *task;

	task = kthread_create(hotplug_thread, meanwhile, "svac-hotplug");
	if (IS_ERR(task))
		return;
	kthread_bind(task, raw_smp_processor_id());
	meanwhile->started = true;
	get_task_struct(task);
	wake_up_process(task);
	while (!completion_done(&meanwhile->done) &&
	       READ_ONCE(task->__state) != TASK_UNINTERRUPTIBLE)
		schedule();
	meanwhile->waited = !completion_done(&meanwhile->done);
	put_task_struct(task);
}

static void hotplug_in_operation(struct iommu_domain *domain, struct device *dev,
				 ioasid_t pasid, void *data)
{
	mock_on(MOCK_OPS, NULL, NULL);
	hotplug_now(data);
}

/* Where in the middle; all of it is under the group's lock */
struct moment_row {
	const char *name;
	enum mock_op op;
	const char *acs_of;
};

static const struct moment_row moments[] = {
	{ "in-the-driver", MOCK_SET },
	{ "has-locked", MOCK_LOCKED },
	{ "reading-the-acs-of-the-function", .acs_of = "ep" },
	{ "reading-the-acs-of-the-port", .acs_of = "rp" },
};

SVAC_ROWS(moments)

static void arrange(struct kunit *test, struct meanwhile *meanwhile)
{
	const struct moment_row *row = to_svac(test)->row;

	init_completion(&meanwhile->done);
	if (row->acs_of)
		KUNIT_ASSERT_EQ(test, mock_pci_on_acs(row->acs_of, hotplug_now, meanwhile), 0);
	else
		mock_on(row->op, hotplug_in_operation, meanwhile);
}

static void finish(struct kunit *test, struct meanwhile *meanwhile)
{
	KUNIT_ASSERT_TRUE_MSG(test, meanwhile->started, "the moment never came\n");
	KUNIT_EXPECT_TRUE_MSG(test, meanwhile->waited, "nothing kept the other thread waiting\n");
	wait_for_completion(&meanwhile->done);
	KUNIT_EXPECT_EQ(test, meanwhile->ret, 0);
}

static void function_plugged_in_during_set_stays_out(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct meanwhile meanwhile = { .name = "late" };
	struct iommu_domain *domain;
	struct device *dev;

	svac_rules(test, "GRP-026", "GRP-014");
	svac_needs(test, SVAC_KEEPS_OUT, "say in who joins a group");
	svac_pci(test, one_slot);
	dev = svac_pci_device(test, "ep");
	domain = svac_sva_domain(test, dev, process);
	arrange(test, &meanwhile);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), 0);
	finish(test, &meanwhile);
	KUNIT_EXPECT_NULL(test, svac_pci_device(test, "late")->iommu_group);
	pci_shares(test, "ep", NULL);
	svac_expect_reach(test, dev, PASID, process);
}

static void function_unplugged_during_set_is_blocked_after(struct kunit *test)
{
	struct meanwhile meanwhile = { .name = "ep", .goes = true };
	struct svac_process *process = svac_process(test);
	const struct mock_event *set, *block, *release;
	struct device *dev;

	svac_rules(test, "GRP-027", "GRP-006");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	svac_pci(test, one_slot);
	dev = svac_pci_device(test, "ep");
	svac_expect_warn(test, to_svac(test)->impl->warns.leave, 1);
	arrange(test, &meanwhile);
	svac_expect_ret(test, svac_set(test, svac_sva_domain(test, dev, process), dev, PASID), 0);
	finish(test, &meanwhile);
	svac_expect_calls(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 1);
	set = svac_event(test, MOCK_SET, IOMMU_DOMAIN_SVA, 0);
	block = svac_event(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 0);
	release = svac_event(test, MOCK_RELEASE, MOCK_ANY_TYPE, 0);
	KUNIT_EXPECT_LT(test, mock_log_position(set), mock_log_position(block));
	KUNIT_EXPECT_LT(test, mock_log_position(block), mock_log_position(release));
	svac_expect_get(test, dev, PASID, NULL);
	svac_expect_no_reach(test, dev, PASID, process);
}

static void function_plugged_in_during_block_joins(struct kunit *test)
{
	struct meanwhile meanwhile = { .name = "late" };
	struct iommu_domain *domain;

	svac_rules(test, "GRP-026", "GRP-005");
	svac_needs(test, SVAC_WAITS, "lock in common with who joins a group and leaves it");
	svac_pci(test, one_slot);
	domain = pci_accepts(test, "ep");
	init_completion(&meanwhile.done);
	mock_on(MOCK_BLOCK, hotplug_in_operation, &meanwhile);
	svac_block(test, domain, svac_pci_device(test, "ep"), PASID);
	finish(test, &meanwhile);
	pci_shares(test, "ep", "late");
}

static void function_unplugged_during_block_is_blocked_once(struct kunit *test)
{
	struct meanwhile meanwhile = { .name = "ep", .goes = true };
	struct iommu_domain *domain;
	struct device *dev;

	svac_rules(test, "GRP-027", "GRP-007");
	svac_needs(test, SVAC_WAITS, "lock in common with who joins a group and leaves it");
	svac_pci(test, one_slot);
	dev = svac_pci_device(test, "ep");
	domain = pci_accepts(test, "ep");
	init_completion(&meanwhile.done);
	mock_on(MOCK_BLOCK, hotplug_in_operation, &meanwhile);
	svac_block(test, domain, dev, PASID);
	finish(test, &meanwhile);
	svac_expect_calls(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 1);
	svac_expect_calls(test, MOCK_RELEASE, MOCK_ANY_TYPE, 1);
	svac_expect_get(test, dev, PASID, NULL);
}

static struct kunit_case pci_hotplug_cases[] = {
	SVAC_CASE(function_there_before_shares_the_group),
	SVAC_CASE(function_left_behind_is_accepted),
	SVAC_CASE(function_plugged_in_while_set_stays_out),
	SVAC_CASE(function_plugged_in_after_block_joins),
	SVAC_CASE(function_of_another_group_comes_and_sets_meanwhile),
	SVAC_CASE(virtual_functions_come_while_the_physical_one_has_pasids),
	SVAC_CASE(port_that_goes_takes_the_pasids_below_with_it),
	SVAC_CASE(function_put_back_starts_blank),
	SVAC_CASE_ROWS(function_plugged_in_during_set_stays_out, moments),
	SVAC_CASE_ROWS(function_unplugged_during_set_is_blocked_after, moments),
	SVAC_CASE(function_plugged_in_during_block_joins),
	SVAC_CASE(function_unplugged_during_block_is_blocked_once),
	{ }
};

SVAC_SUITE(svac_pci_hotplug, pci_hotplug_cases);
