// SPDX-License-Identifier: GPL-2.0
/*
 * What an entry has to be. Nothing here is changed by asking, so that controls can
 * ask about entries that they have broken.
 */
#include <linux/bitfield.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/pci-ats.h>

#include "../../intel/iommu.h"
#include "spec.h"
#include "vtd.h"

/**
 * vtd_of_process() - Is an entry that of a process (9.6: P, PGTT, FSPTPTR, FSPM)
 * @entry: the entry
 * @mm: of the process
 *
 * Return: "" if so, else what is wrong.
 */
const char *vtd_of_process(const struct vtd_entry *entry, const struct mm_struct *mm)
{
	if (!entry->p)
		return "the entry is not present";
	if (entry->fpd)
		return "the entry keeps faults from being reported";
	if (entry->pgtt != PGTT_FIRST_STAGE)
		return "the entry is not of the first stage alone";
	if (entry->fsptptr != virt_to_phys(mm->pgd))
		return "the entry does not point to the process's page table";
	if (entry->fspm != (pgtable_l5_enabled() ? FSPM_FIVE_LEVELS : FSPM_FOUR_LEVELS))
		return "the entry has another number of levels than the process's page table";
	return "";
}

/**
 * vtd_sound_for() - Is all else of a present entry as some hardware has it (9.6)
 * @entry: the entry
 * @cap: of the hardware (11.4.2)
 * @ecap: likewise (11.4.3)
 *
 * Return: "" if so, else what is wrong.
 */
const char *vtd_sound_for(const struct vtd_entry *entry, u64 cap, u64 ecap)
{
	bool first = entry->pgtt == PGTT_FIRST_STAGE;

	if (entry->reserved)
		return "the entry has bits that are reserved";
	if (first && entry->words[2] & (PE_SRE | PE_ERE))
		return "the entry lets a device be supervisor";
	if (first && entry->words[2] & PE_EAFE && !(ecap & ECAP_EAFS))
		return "the entry wants extended access flags, which the hardware has not";
	if (entry->words[1] & PE_PWSNP && !(ecap & ECAP_SMPWC))
		return "the entry has page walks snooped by hardware that cannot";
	if (entry->words[1] & (PE_CD | PE_EMTE))
		return "the entry has memory uncached or of a type of its own";
	if (!first && !(FIELD_GET(CAP_SAGAW, cap) & BIT(entry->aw)))
		return "the entry has a width of addresses that the hardware has not";
	if (entry->did >= BIT(4 + 2 * FIELD_GET(CAP_ND, cap)))
		return "the entry has a domain beyond those of the hardware";
	return "";
}

/**
 * vtd_sound() - Is all else of a present entry as the hardware has it
 * @entry: the entry
 * @unit: the hardware, with the capabilities that the driver goes by
 *
 * Return: "" if so, else what is wrong.
 */
const char *vtd_sound(const struct vtd_entry *entry, struct intel_iommu *unit)
{
	return vtd_sound_for(entry, readq(unit->reg + CAP_REG), unit->ecap);
}

/**
 * vtd_leads_to() - Does the hardware find what it should at an address
 * @entry: where it begins
 * @va: the address
 * @phys: where it should be, 0 for nowhere
 * @write: for a write, or else a read
 *
 * Return: "" if so, else what is wrong.
 */
const char *vtd_leads_to(const struct vtd_entry *entry, u64 va, phys_addr_t phys, bool write)
{
	static char text[96];
	u64 found = vtd_translate(entry, va, write);

	if (found == phys)
		return "";
	snprintf(text, sizeof(text), "a %s at %llx leads to %llx, expected %llx",
		 write ? "write" : "read", va, found, (u64)phys);
	return text;
}

/**
 * vtd_sees() - Does the hardware find of a process what the process has, and no more
 * @entry: where it begins
 * @process: the process, which has touched its page rw alone
 *
 * Return: "" if so, else what is wrong.
 */
const char *vtd_sees(const struct vtd_entry *entry, struct svac_process *process)
{
	struct page *rw = mock_walk(process->mm, process->rw, FOLL_NOFAULT | FOLL_WRITE);
	struct page *ro = mock_walk(process->mm, process->ro, 0);
	const char *wrong = "the process has not the pages that it should have";

	if (rw && ro)
		wrong = vtd_leads_to(entry, process->rw, page_to_phys(rw), true);
	if (!*wrong)
		wrong = vtd_leads_to(entry, process->ro, page_to_phys(ro), false);
	if (!*wrong)
		wrong = vtd_leads_to(entry, process->ro, 0, true);
	if (!*wrong)
		wrong = vtd_leads_to(entry, process->fresh, 0, false);
	if (!*wrong)
		wrong = vtd_leads_to(entry, process->hole, 0, false);
	if (rw)
		put_page(rw);
	if (ro)
		put_page(ro);
	return wrong;
}

/**
 * vtd_context_wrong() - Has the context entry of a device what the device can use (9.3)
 * @context: of vtd_context()
 * @dev: the device
 *
 * Return: "" if so, else what is wrong.
 */
const char *vtd_context_wrong(const u64 *context, struct device *dev)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	u32 most = pdev->pasid_cap ? pci_max_pasids(pdev) : 0;
	u16 asks = 0;

	if (!context)
		return "the device has no context entry";
	if (!(context[0] & POINTER))
		return "the context entry has no PASID directory";
	if (BIT(FIELD_GET(CE_PDTS, context[0]) + 7 + DIRECTORY_SHIFT) < most)
		return "the PASID directory is smaller than the device's PASIDs need";
	if (!!(context[0] & CE_PASIDE) != !!most)
		return "the context entry and the device differ in whether PASIDs are enabled";
	if (!!(context[0] & CE_DTE) != vtd_has_ats(dev))
		return "the context entry and the device differ in whether its TLB is enabled";
	if (pdev->pri_cap)
		pci_read_config_word(pdev, pdev->pri_cap + PCI_PRI_CTRL, &asks);
	if (!!(context[0] & CE_PRE) != !!(asks & PCI_PRI_CTRL_ENABLE))
		return "the context entry and the device differ in whether it asks for pages";
	if (FIELD_GET(CE_RID_PASID, context[1]))
		return "requests without a PASID are given one that a process could have";
	return "";
}
