// SPDX-License-Identifier: GPL-2.0
/*
 * The implementations in this kernel, and the product of them with the rows of
 * a case.
 */
#include <kunit/test.h>

#include "impl.h"

LIST_HEAD(svac_impl_list);

/**
 * svac_impl_register() - Make an implementation known to the suites
 * @impl: stays registered for good; called before the suites run
 */
void svac_impl_register(struct svac_impl *impl)
{
	list_add_tail(&impl->list, &svac_impl_list);
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
		param.impl = list_first_entry_or_null(&svac_impl_list, struct svac_impl,
						      list);
		index = 0;
	} else if (++index >= count) {
		param.impl = list_is_last(&param.impl->list, &svac_impl_list) ? NULL :
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
