// SPDX-License-Identifier: GPL-2.0
/*
 * One of the implementations in this kernel, or all of them, outside of the cases
 * that run once for each.
 */
#include <linux/printk.h>
#include <linux/string.h>

#include "impl.h"

/**
 * svac_impl_named() - An implementation by its name
 * @name: "" for the kernel's own, or the one that is there
 *
 * Return: it, or NULL.
 */
const struct svac_impl *svac_impl_named(const char *name)
{
	const struct svac_impl *impl, *found = NULL;

	list_for_each_entry(impl, &svac_impl_list, list)
		if (*name ? !strcmp(impl->name, name) : !found || !strcmp(impl->name, "upstream"))
			found = impl;
	return found;
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

	list_for_each_entry(impl, &svac_impl_list, list)
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

	list_for_each_entry(impl, &svac_impl_list, list)
		if (impl->reset && (!only || impl == only))
			impl->reset();
}

/**
 * svac_impls_tell() - Tell on the console whom programs can ask: svacheck.implementation
 */
void svac_impls_tell(void)
{
	const struct svac_impl *impl;

	list_for_each_entry(impl, &svac_impl_list, list)
		pr_info("svacheck: programs can ask %s\n", impl->name);
}
