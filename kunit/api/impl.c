// SPDX-License-Identifier: GPL-2.0
/*
 * The implementations in this kernel, and the product of them with the rows of
 * a case.
 */
#include <kunit/test.h>

#include "impl.h"

static LIST_HEAD(impls);

/**
 * svac_impl_register() - Make an implementation known to the suites
 * @impl: stays registered for good; called before the suites run
 */
void svac_impl_register(struct svac_impl *impl)
{
	list_add_tail(&impl->list, &impls);
}

/**
 * svac_impl_named() - An implementation by its name
 * @name: "" for the kernel's own, or the one that is there
 *
 * Return: it, or NULL.
 */
const struct svac_impl *svac_impl_named(const char *name)
{
	const struct svac_impl *impl, *found = NULL;

	list_for_each_entry(impl, &impls, list)
		if (*name ? !strcmp(impl->name, name) : !found || !strcmp(impl->name, "upstream"))
			found = impl;
	return found;
}

/**
 * svac_next_param() - The next run of a case
 * @prev: what was returned before; NULL to begin
 * @desc: receives "implementation" or "implementation:row", KUNIT_PARAM_DESC_SIZE
 * @rows: the case's rows, each beginning with a const char * to its name; or NULL
 * @bytes: of all rows
 * @size: of one row
 *
 * KUnit runs one case at a time, so that one param of our own will do.
 *
 * Return: a struct svac_param, or NULL after the last.
 */
const void *svac_next_param(const void *prev, char *desc, const void *rows,
			    size_t bytes, size_t size)
{
	size_t count = rows ? bytes / size : 1;
	static struct svac_param param;
	static size_t index;

	if (!prev) {
		param.impl = list_first_entry_or_null(&impls, struct svac_impl,
						      list);
		index = 0;
	} else if (++index >= count) {
		param.impl = list_is_last(&param.impl->list, &impls) ? NULL :
			     list_next_entry(param.impl, list);
		index = 0;
	}
	if (!param.impl)
		return NULL;

	param.rows = rows ? count : 0;
	param.row = rows ? rows + index * size : NULL;
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, rows ? "%s:%s" : "%s",
		 param.impl->name, rows ? *(const char * const *)param.row : "");
	return &param;
}

/**
 * svac_impl_find() - One of the implementations in this kernel
 * @beside: one that is a guest in it, or one that is not
 *
 * Return: the first such, or NULL.
 */
const struct svac_impl *svac_impl_find(bool beside)
{
	const struct svac_impl *impl;

	list_for_each_entry(impl, &impls, list)
		if (!!impl->beside == beside)
			return impl;
	return NULL;
}

/**
 * svac_impls_reset() - Forget what a case has left set
 * @only: the implementation that the next case is about; NULL if it is about all
 */
void svac_impls_reset(const struct svac_impl *only)
{
	const struct svac_impl *impl;

	list_for_each_entry(impl, &impls, list)
		if (impl->reset && (!only || impl == only))
			impl->reset();
}
