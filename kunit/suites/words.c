// SPDX-License-Identifier: GPL-2.0
/*
 * What a case says of itself, in whatever kernel it runs.
 */
#include <linux/errname.h>

#include "svac.h"

/**
 * svac_impls() - Run a case once for each implementation
 * @prev: see svac_next_param()
 * @desc: likewise
 *
 * Return: likewise.
 */
const void *svac_impls(svac_asked(const void *prev, char *desc))
{
	return svac_next_param(prev, desc, NULL, 0, 0);
}

/**
 * svac_print_rules() - Say which rules a case checks
 * @test: the case
 * @ids: of configs/rules
 * @count: how many
 */
void svac_print_rules(struct kunit *test, const char * const *ids, size_t count)
{
	const struct svac_param *param = test->param_value;
	size_t i;

	/* KTAP has no plan for parameters in 6.1 */
	if (param && param->rows)
		kunit_log(KERN_INFO, test, KUNIT_SUBSUBTEST_INDENT "# rows: %zu",
			  param->rows);
	for (i = 0; i < count; i++)
		kunit_log(KERN_INFO, test, KUNIT_SUBSUBTEST_INDENT "# rule: %s",
			  ids[i]);
}

/**
 * svac_needs() - Skip a case that an implementation has no answer to
 * @test: the case
 * @traits: SVAC_*, all of which are needed
 * @what: in words, for the reason
 */
void svac_needs(struct kunit *test, u32 traits, const char *what)
{
	const struct svac_impl *impl = to_svac(test)->impl;

	if ((impl->traits & traits) == traits)
		return;
	if (traits & ~impl->traits & SVAC_BIND && impl->traits & SVAC_REFUSES_BIND)
		what = "bind on this architecture";
	/* KUnit of 6.1 drops the directive of a parameterised case */
	kunit_log(KERN_INFO, test, KUNIT_SUBSUBTEST_INDENT "# svac-skip: %s%s has no %s",
		  impl->name, impl->beside ?: "", what);
	kunit_skip(test, "%s%s has no %s", impl->name, impl->beside ?: "", what);
}

/**
 * svac_skip() - Skip a case that this kernel cannot tell anything about
 * @test: the case
 * @why: the reason
 */
void svac_skip(struct kunit *test, const char *why)
{
	kunit_log(KERN_INFO, test, KUNIT_SUBSUBTEST_INDENT "# svac-skip: %s", why);
	kunit_skip(test, "%s", why);
}

/**
 * svac_needs_not() - Skip a case about what implementations do without
 * @test: the case
 * @traits: SVAC_*, none of which an implementation may have
 * @what: in words, for the reason
 */
void svac_needs_not(struct kunit *test, u32 traits, const char *what)
{
	const struct svac_impl *impl = to_svac(test)->impl;

	if (!(impl->traits & traits))
		return;
	kunit_log(KERN_INFO, test, KUNIT_SUBSUBTEST_INDENT "# svac-skip: %s has %s",
		  impl->name, what);
	kunit_skip(test, "%s has %s", impl->name, what);
}

/**
 * svac_errname() - An errno for a person
 * @error: 0, negative errno, or whatever a broken implementation returned
 *
 * Return: "-EBUSY", "0", or "no errno".
 */
const char *svac_errname(long error)
{
	if (!error)
		return "0";
	if (error > 0 || error < -MAX_ERRNO)
		return "no errno";
	return errname(error) ?: "an unknown errno";
}
