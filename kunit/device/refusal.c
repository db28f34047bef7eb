// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel that binds nobody, as stock kernels do on x86 as long as they do not tell
 * devices that page tables of the kernel go. UML, where this is built in, binds.
 */
#include <linux/err.h>

#include "real.h"

static void a_kernel_that_refuses_says_eopnotsupp(struct kunit *test)
{
	struct mm_struct *mm;

	svac_rules(test, "BIND-031");
	if (svac_real_lacks(test, svac_stock_has(SVAC_STOCK_REFUSES) ? NULL :
			    "the kernel binds on this architecture"))
		return;
	mm = svac_real_mm(test, 0);
	if (svac_real_lacks(test, mm ? NULL : "there is no process to bind"))
		return;
	svac_real_expect(test, PTR_ERR_OR_ZERO(svac_real_bind(test, mm)), -EOPNOTSUPP);
	svac_real_unchanged(test, "after the refusal");
}

static struct kunit_case refusal_cases[] = {
	SVAC_PLAIN_CASE(a_kernel_that_refuses_says_eopnotsupp),
	{}
};

SVAC_SUITE(svac_device_refusal, refusal_cases);
