// SPDX-License-Identifier: GPL-2.0
/*
 * Cases that take their kernel down or have it report something while they
 * pass. The tests of the harness lay this into a copy of kunit/suites; each
 * case has a boot of its own.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/reboot.h>
#include <linux/string.h>

#include "svac.h"

static void panics(struct kunit *test)
{
	svac_rules(test, "DOM-001");
	panic("planted");
}

static void oopses(struct kunit *test)
{
	int *nowhere = (int *)0x10;

	svac_rules(test, "DOM-001");
	OPTIMIZER_HIDE_VAR(nowhere);
	WRITE_ONCE(*nowhere, 1);
}

static void hits_a_bug(struct kunit *test)
{
	svac_rules(test, "DOM-001");
	BUG_ON(test);
}

static void warns_and_passes(struct kunit *test)
{
	svac_rules(test, "DOM-001");
	WARN_ON(test);
}

static void hangs(struct kunit *test)
{
	svac_rules(test, "DOM-001");
	for (;;)
		cpu_relax();
}

static void switches_off(struct kunit *test)
{
	svac_rules(test, "DOM-001");
	kernel_halt();
}

static void starts_again(struct kunit *test)
{
	svac_rules(test, "DOM-001");
	kernel_restart(NULL);
}

/* Until the kernel looks for somebody to kill */
static void eats_all_memory(struct kunit *test)
{
	struct page *all = NULL, *page;

	svac_rules(test, "DOM-001");
	while ((page = alloc_page(GFP_KERNEL))) {
		page->private = (unsigned long)all;
		all = page;
	}
	KUNIT_FAIL(test, "there was no end to it");
}

static void chatters(struct kunit *test)
{
	int line;

	svac_rules(test, "DOM-001");
	for (line = 0; line < 20000; line++)
		pr_info("line %d of what nobody asked for, and ok 1 that is none\n", line);
}

static void fails(struct kunit *test)
{
	svac_rules(test, "DOM-001");
	KUNIT_FAIL(test, "planted");
}

/* A name that says of itself what only a result may say */
static const void *next_named(svac_asked(const void *prev, char *desc))
{
	const void *next = svac_impls(prev, desc);

	if (next)
		strcat(desc, ":x # SKIP all is well");
	return next;
}

static void speaks_of_markup(struct kunit *test)
{
	svac_rules(test, "DOM-001");
	KUNIT_FAIL(test, "<script>alert(1)</script> ]]> &amp; \x1b[31m | `x` ![](http://x)");
}

static struct kunit_case fault_cases[] = {
	SVAC_PLAIN_CASE(panics),
	SVAC_PLAIN_CASE(oopses),
	SVAC_PLAIN_CASE(hits_a_bug),
	SVAC_PLAIN_CASE(warns_and_passes),
	SVAC_PLAIN_CASE(hangs),
	SVAC_PLAIN_CASE(switches_off),
	SVAC_PLAIN_CASE(starts_again),
	SVAC_PLAIN_CASE(eats_all_memory),
	SVAC_PLAIN_CASE(chatters),
	SVAC_PLAIN_CASE(speaks_of_markup),
	{ }
};

static struct kunit_case named_cases[] = {
	SVAC_CASE_ROWS(fails, named),
	{ }
};

SVAC_SUITE(svac1_fault, fault_cases);
SVAC_SUITE(svac1_named, named_cases);
