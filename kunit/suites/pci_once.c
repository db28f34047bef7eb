// SPDX-License-Identifier: GPL-2.0
/*
 * pci_request_acs() cannot be undone: each case has a boot of its own.
 */
#include "pci_expect.h"
#include "pci_model.h"

/* Firmware has left all of it off */
static const struct mock_pci_function off[] = {
	{ ROOT_PORT, .acs = { true, MOCK_PCI_ACS_ALL } },
	{ ENDPOINT, .multifunction = true, .acs = { true, PCI_ACS_RR | PCI_ACS_CR } },
	{ }
};

static void acs_requested_is_on_when_the_fabric_is_found(struct kunit *test)
{
	svac_rules(test, "GRP-024");
	KUNIT_EXPECT_EQ(test, pci_model(off, 1, false).ret, -EINVAL);
	KUNIT_EXPECT_EQ(test, pci_model(off, 1, true).ret, 0);
	pci_request_acs();
	svac_pci(test, off);
	KUNIT_EXPECT_EQ(test, mock_pci_acs("rp"), MOCK_PCI_ACS_ALL);
	pci_shares(test, "ep", NULL);
	pci_accepts(test, "ep");
}

/* Of several implementations the first one alone finds it not yet requested */
static void needs_no_request_yet(struct kunit *test)
{
	static bool requested;

	if (!requested) {
		requested = true;
		return;
	}
	kunit_log(KERN_INFO, test,
		  KUNIT_SUBSUBTEST_INDENT "# svac-skip: %s has no boot of its own here",
		  to_svac(test)->impl->name);
	kunit_skip(test, "ACS has been requested in this boot");
}

static void acs_requested_late_changes_nothing(struct kunit *test)
{
	svac_rules(test, "GRP-024");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	needs_no_request_yet(test);
	svac_pci(test, off);
	pci_request_acs();
	KUNIT_EXPECT_EQ(test, mock_pci_acs("rp"), 0);
	pci_shares(test, "ep", "rp");
	pci_refuses(test, "ep");
}

static void acs_requested_does_not_help_a_port_without_it(struct kunit *test)
{
	static const struct mock_pci_function fabric[] = {
		{ ROOT_PORT },
		{ ENDPOINT },
		{ }
	};

	svac_rules(test, "GRP-024");
	svac_needs(test, SVAC_SINGLETON, "singleton rule");
	KUNIT_EXPECT_EQ(test, pci_model(fabric, 1, true).ret, -EINVAL);
	pci_request_acs();
	svac_pci(test, fabric);
	pci_refuses(test, "ep");
}

static struct kunit_case pci_once_cases[] = {
	SVAC_CASE(acs_requested_is_on_when_the_fabric_is_found),
	SVAC_CASE(acs_requested_late_changes_nothing),
	SVAC_CASE(acs_requested_does_not_help_a_port_without_it),
	{ }
};

SVAC_SUITE(svac1_pci, pci_once_cases);
