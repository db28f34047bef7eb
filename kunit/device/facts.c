// SPDX-License-Identifier: GPL-2.0
/*
 * Reads all that can be observed of a device, and changes nothing.
 */
#include <linux/device.h>
#include <linux/iommu.h>
#include <linux/pci.h>

#include "facts.h"
#include "stock.h"

#define SOMEWHERE	0x100000

struct search {
	struct device *dev;
	unsigned int count;
	bool found;
};

static int count_one(struct device *dev, void *data)
{
	struct search *search = data;

	search->count++;
	search->found |= dev == search->dev;
	return 0;
}

static struct search look(struct device *dev)
{
	struct search search = { .dev = dev };

	iommu_group_for_each_dev(dev->iommu_group, &search, count_one);
	return search;
}

/**
 * svac_group_size() - How many devices are in a device's group
 * @dev: the device
 *
 * Return: so many.
 */
unsigned int svac_group_size(struct device *dev)
{
	return look(dev).count;
}

/**
 * svac_group_has() - Is a device among those of its group
 * @dev: the device
 *
 * Return: true if it is.
 */
bool svac_group_has(struct device *dev)
{
	return look(dev).found;
}

static void note(struct svac_facts *facts, const char *name, u64 value)
{
	if (WARN_ON_ONCE(facts->count >= SVAC_MOST_FACTS))
		return;
	facts->name[facts->count] = name;
	facts->value[facts->count++] = value;
}

static void note_capability(struct svac_facts *facts, struct pci_dev *pdev, int id, int offset,
			    const char *name)
{
	int at = pci_find_ext_capability(pdev, id);
	u16 word = 0;

	if (at)
		pci_read_config_word(pdev, at + offset, &word);
	note(facts, name, (u64)at << 16 | word);
}

static void note_pci(struct svac_facts *facts, struct pci_dev *pdev)
{
	u16 command = 0;

	pci_read_config_word(pdev, PCI_COMMAND, &command);
	note(facts, "the command register", command);
	note(facts, "whether the device is enabled", pci_is_enabled(pdev));
	note_capability(facts, pdev, PCI_EXT_CAP_ID_PASID, PCI_PASID_CTRL, "the PASID control");
	note_capability(facts, pdev, PCI_EXT_CAP_ID_ATS, PCI_ATS_CTRL, "the ATS control");
	note_capability(facts, pdev, PCI_EXT_CAP_ID_PRI, PCI_PRI_CTRL, "the PRI control");
	for (; pdev && facts->count < SVAC_MOST_FACTS; pdev = pci_upstream_bridge(pdev))
		note_capability(facts, pdev, PCI_EXT_CAP_ID_ACS, PCI_ACS_CTRL,
				"the ACS control on the way to the root");
}

/**
 * svac_facts_read() - Observe a device
 * @dev: the device, locked
 * @facts: for what is seen
 */
void svac_facts_read(struct device *dev, struct svac_facts *facts)
{
	struct iommu_domain *own = iommu_get_domain_for_dev(dev);
	unsigned int devices = svac_group_size(dev);

	memset(facts, 0, sizeof(*facts));
	note(facts, "the group", iommu_group_id(dev->iommu_group));
	note(facts, "the number of devices in the group", devices);
	note(facts, "the driver", (uintptr_t)dev->driver);
	note(facts, "the domain of the device itself", (uintptr_t)own);
	/* It is the group's: the driver of another device there may put another in its place */
	if (own && devices == 1) {
		note(facts, "the type of that domain", own->type);
		note(facts, "where that domain leads", iommu_iova_to_phys(own, SOMEWHERE));
	}
	note(facts, "the number of PASIDs", svac_stock_max_pasids(dev));
	if (dev_is_pci(dev))
		note_pci(facts, to_pci_dev(dev));
}

/**
 * svac_facts_differ() - Has anything changed
 * @one: what was seen before
 * @other: what was seen after
 *
 * Return: the first thing that differs, or NULL.
 */
const char *svac_facts_differ(const struct svac_facts *one, const struct svac_facts *other)
{
	unsigned int i;

	if (one->count != other->count)
		return "what there is to be seen of it";
	for (i = 0; i < one->count; i++) {
		if (one->value[i] != other->value[i])
			return one->name[i];
	}
	return NULL;
}
