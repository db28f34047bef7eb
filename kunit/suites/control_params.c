// SPDX-License-Identifier: GPL-2.0
/*
 * Positive controls of what runs a case for each implementation and row. Its
 * own are plain cases, or they would be run by what they are about.
 */
#include <linux/string.h>

#include "svac.h"

struct row {
	const char *name;
	int number;
};

/* Implementations in one kernel: so that a walk without end is one that fails */
#define MOST	16

static const struct row rows[] = { { "one", 1 }, { "two", 2 }, { "three", 3 } };

static const struct svac_param *next(const struct svac_param *prev, char *desc)
{
	return svac_next_param(prev, desc, rows, sizeof(rows), sizeof(rows[0]));
}

static void expect_row(struct kunit *test, const struct svac_param *param,
		       const char *desc, unsigned int number)
{
	char want[KUNIT_PARAM_DESC_SIZE];

	KUNIT_ASSERT_NOT_NULL(test, param);
	snprintf(want, sizeof(want), "%s:%s", param->impl->name, rows[number].name);
	KUNIT_EXPECT_STREQ(test, desc, want);
	KUNIT_EXPECT_PTR_EQ(test, param->row, (const void *)&rows[number]);
	KUNIT_EXPECT_EQ(test, param->rows, ARRAY_SIZE(rows));
}

static void each_implementation_gets_each_row(struct kunit *test)
{
	static struct svac_impl last = { .name = "last" };
	const struct svac_param *param = NULL;
	char desc[KUNIT_PARAM_DESC_SIZE];
	unsigned int i, turns = 0;
	const struct svac_impl *impl;

	svac_rules(test, "CTL-005");
	svac_impl_register(&last);
	do {
		impl = NULL;
		for (i = 0; i < ARRAY_SIZE(rows); i++) {
			param = next(param, desc);
			expect_row(test, param, desc, i);
			KUNIT_EXPECT_TRUE(test, !impl || param->impl == impl);
			impl = param->impl;
		}
	} while (impl != &last && ++turns < MOST);
	KUNIT_EXPECT_PTR_EQ(test, impl, (const struct svac_impl *)&last);
	KUNIT_EXPECT_NULL(test, next(param, desc));
	list_del(&last.list);
}

static void rows_begin_anew_after_a_case_that_stopped(struct kunit *test)
{
	char desc[KUNIT_PARAM_DESC_SIZE];

	svac_rules(test, "CTL-005");
	next(next(NULL, desc), desc);
	expect_row(test, next(NULL, desc), desc, 0);
}

static void case_without_rows_has_the_implementation_for_a_name(struct kunit *test)
{
	const struct svac_param *param;
	char desc[KUNIT_PARAM_DESC_SIZE];

	svac_rules(test, "CTL-005");
	param = svac_next_param(NULL, desc, NULL, 0, 0);
	KUNIT_ASSERT_NOT_NULL(test, param);
	KUNIT_EXPECT_STREQ(test, desc, param->impl->name);
	KUNIT_EXPECT_NULL(test, param->row);
	KUNIT_EXPECT_EQ(test, param->rows, 0);
}

static struct kunit_case control_params_cases[] = {
	SVAC_PLAIN_CASE(each_implementation_gets_each_row),
	SVAC_PLAIN_CASE(rows_begin_anew_after_a_case_that_stopped),
	SVAC_PLAIN_CASE(case_without_rows_has_the_implementation_for_a_name),
	{ }
};

static struct kunit_suite svac_control_params = {
	.name = "svac_control_params",
	.test_cases = control_params_cases,
};

kunit_test_suite(svac_control_params);
