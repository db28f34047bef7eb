// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel has made of the device. The last suite: what was seen of the
 * device before the first case holds after all the others.
 */
#include <linux/pci.h>

#include "mock.h"
#include "real.h"
#include "state.h"

static struct svac_facts first;

/**
 * svac_state_seen() - Remember what is seen of the device before anything is done
 * @dev: the device
 * @facts: what is seen before a case; those of the first one count
 */
void svac_state_seen(struct device *dev, const struct svac_facts *facts)
{
	if (!first.count && !svac_mock_is(dev))
		first = *facts;
}

static void the_device_is_in_its_group(struct kunit *test)
{
	svac_rules(test, "HW-101");
	svac_real_expect_true(test, svac_group_has(to_real(test)->dev));
}

static void a_function_has_the_pasids_of_its_capability(struct kunit *test)
{
	struct device *dev = to_real(test)->dev;
	u32 limit = svac_stock_max_pasids(dev);
	u16 can = 0;
	int at;

	svac_rules(test, "HW-103");
	if (svac_real_lacks(test, dev_is_pci(dev) ? NULL : "the device is no PCI function"))
		return;
	at = pci_find_ext_capability(to_pci_dev(dev), PCI_EXT_CAP_ID_PASID);
	if (at)
		pci_read_config_word(to_pci_dev(dev), at + PCI_PASID_CAP, &can);
	KUNIT_EXPECT_TRUE_MSG(test, limit <= (at ? BIT(can >> 8 & 0x1f) : 0),
			      "%u PASIDs, and the capability is %x at %x\n", limit, can, at);
}

static void the_device_is_as_it_was(struct kunit *test)
{
	struct svac_facts now;
	const char *differs;

	svac_rules(test, "HW-102");
	if (svac_real_lacks(test, first.count ? NULL : "each case has a device of its own"))
		return;
	svac_facts_read(to_real(test)->dev, &now);
	differs = svac_facts_differ(&first, &now);
	KUNIT_EXPECT_TRUE_MSG(test, !differs, "since the beginning %s changed\n", differs);
}

static struct kunit_case state_cases[] = {
	SVAC_PLAIN_CASE(the_device_is_in_its_group),
	SVAC_PLAIN_CASE(a_function_has_the_pasids_of_its_capability),
	SVAC_PLAIN_CASE(the_device_is_as_it_was),
	{}
};

SVAC_SUITE(svac_device_state, state_cases);
