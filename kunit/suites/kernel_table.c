// SPDX-License-Identifier: GPL-2.0
/*
 * Where devices walk the page tables of the kernel, one is freed only after they were told.
 */
#include "../api/kernel_range.h"
#include "svac.h"

static void told_before_a_page_table_of_the_kernel_is_freed(struct kunit *test)
{
	/* A listener outlives the case that gives up */
	static struct svac_listener listener;
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	int ret;

	svac_rules(test, "BIND-034");
	svac_needs(test, SVAC_TELLS_KERNEL_RANGE, "way to tell of page tables of the kernel");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, svac_bind(test, dev, process));
	KUNIT_ASSERT_EQ(test, svac_listen(&listener, process->mm), 0);
	ret = svac_free_kernel_table(&listener);
	svac_listen_end(&listener);
	svac_expect_ret(test, ret, 0);
	KUNIT_EXPECT_TRUE_MSG(test, listener.early, "the page table was freed before\n");
}

static struct kunit_case kernel_table_cases[] = {
	SVAC_CASE(told_before_a_page_table_of_the_kernel_is_freed),
	{ }
};

SVAC_SUITE(svac_kernel_table, kernel_table_cases);
