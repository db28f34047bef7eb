// SPDX-License-Identifier: GPL-2.0
/*
 * The driver's tables as the hardware finds them: from the register that names
 * the root table on, by the specification's layouts, and by nothing that the
 * driver says of them.
 */
#include <linux/bitfield.h>
#include <linux/io.h>
#include <linux/mm.h>

#include "../../intel/iommu.h"
#include "spec.h"
#include "vtd.h"

static u64 *structure(u64 pointer)
{
	return phys_to_virt(pointer & POINTER);
}

static u64 *root_table(struct intel_iommu *unit)
{
	u64 root = readq(unit->reg + RTADDR_REG);

	return FIELD_GET(RTADDR_TTM, root) == TTM_SCALABLE ? structure(root) : NULL;
}

/**
 * vtd_context() - A device's context entry (9.1 to 9.3)
 * @unit: the remapping hardware
 * @sid: bus, device and function
 *
 * Return: the entry, or NULL if it is not present or the mode not scalable.
 */
const u64 *vtd_context(struct intel_iommu *unit, u16 sid)
{
	const u64 *root = root_table(unit), *half, *context;

	if (!root)
		return NULL;
	/* Devices 16 to 31 have the upper table */
	half = &root[2 * (sid >> 8) + !!(sid & BIT(7))];
	if (!(*half & PRESENT))
		return NULL;
	context = structure(*half) + CONTEXT_WORDS * (sid & GENMASK(6, 0));
	return *context & PRESENT ? context : NULL;
}

static size_t directory_size(const u64 *context)
{
	return BIT(FIELD_GET(CE_PDTS, context[0]) + 7);
}

static u64 *directory_entry(struct intel_iommu *unit, u16 sid, ioasid_t pasid)
{
	const u64 *context = vtd_context(unit, sid);

	if (!context || pasid >> DIRECTORY_SHIFT >= directory_size(context))
		return NULL;
	return structure(context[0]) + (pasid >> DIRECTORY_SHIFT);
}

/**
 * vtd_find() - A PASID's table entry (9.4 and 9.5)
 * @unit: the remapping hardware
 * @sid: bus, device and function
 * @pasid: the PASID
 *
 * Return: the entry, present or not; NULL if no table has it.
 */
u64 *vtd_find(struct intel_iommu *unit, u16 sid, ioasid_t pasid)
{
	const u64 *directory = directory_entry(unit, sid, pasid);
	unsigned int index = pasid & (BIT(DIRECTORY_SHIFT) - 1);

	if (!directory || !(*directory & PRESENT))
		return NULL;
	return structure(*directory) + ENTRY_WORDS * index;
}

static u64 reserved(const u64 *words)
{
	u64 set = words[0] & GENMASK_ULL(11, 10);
	unsigned int i;

	set |= words[1] & (GENMASK_ULL(22, 16) | GENMASK_ULL(31, 27));
	set |= words[2] & GENMASK_ULL(11, 8);
	for (i = 3; i < ENTRY_WORDS; i++)
		set |= words[i];
	return set;
}

/**
 * vtd_decode() - Take a PASID table entry apart
 * @words: of it; NULL for one that no table has
 *
 * Return: its fields.
 */
struct vtd_entry vtd_decode(const u64 *words)
{
	struct vtd_entry entry = { };

	if (!words)
		return entry;
	memcpy(entry.words, words, sizeof(entry.words));
	words = entry.words;
	entry.p = words[0] & PE_P;
	entry.fpd = words[0] & PE_FPD;
	entry.aw = FIELD_GET(PE_AW, words[0]);
	entry.pgtt = FIELD_GET(PE_PGTT, words[0]);
	entry.ssptptr = words[0] & POINTER;
	entry.did = FIELD_GET(PE_DID, words[1]);
	entry.fspm = FIELD_GET(PE_FSPM, words[2]);
	entry.fsptptr = words[2] & POINTER;
	entry.reserved = reserved(words);
	return entry;
}

/**
 * vtd_entry() - What the hardware finds for a device and a PASID
 * @dev: the device
 * @pasid: the PASID
 *
 * Return: the fields of its entry; not present if there is none.
 */
struct vtd_entry vtd_entry(struct device *dev, ioasid_t pasid)
{
	return vtd_decode(vtd_find(vtd_unit(dev), vtd_sid(dev), pasid));
}

/* Is what an entry of a page table leads to allowed (9.8, 9.9) */
static bool allows(const struct vtd_entry *entry, u64 step, bool write)
{
	if (entry->pgtt == PGTT_FIRST_STAGE)
		return step & FS_P && step & FS_US && (!write || step & FS_RW);
	return step & (write ? SS_W : SS_R);
}

/**
 * vtd_translate() - Walk the page table that an entry names (3.6, 3.7)
 * @entry: of the first or second stage alone
 * @va: address of a request for which no privilege is asked
 * @write: what it wants
 *
 * Return: the physical address, 0 for a fault.
 */
u64 vtd_translate(const struct vtd_entry *entry, unsigned long va, bool write)
{
	bool first = entry->pgtt == PGTT_FIRST_STAGE;
	unsigned int level = first ? 4 + (entry->fspm == FSPM_FIVE_LEVELS) : entry->aw + 2;
	u64 step, table = first ? entry->fsptptr : entry->ssptptr;
	unsigned int shift;

	if (!entry->p || (!first && entry->pgtt != PGTT_SECOND_STAGE))
		return 0;
	for (; level; level--) {
		shift = PAGE_SHIFT + 9 * (level - 1);
		step = READ_ONCE(structure(table)[va >> shift & GENMASK(8, 0)]);
		if (!allows(entry, step, write))
			return 0;
		table = step & PAGE_TABLE_POINTER;
		if (level == 1 || step & FS_PS)
			return (table & GENMASK_ULL(63, shift)) | (va & (BIT_ULL(shift) - 1));
	}
	return 0;
}

/* ---- all tables at one moment ---- */

#define REGIONS	256

/**
 * struct vtd_shot - what all tables held
 * @at: where each is
 * @copies: of them
 * @words: of each
 * @count: of tables
 */
struct vtd_shot {
	u64 *at[REGIONS];
	u64 *copies[REGIONS];
	size_t words[REGIONS];
	unsigned int count;
};

static void keep(struct kunit *test, struct vtd_shot *shot, u64 *at, size_t words)
{
	u64 *copy = kvmalloc_array(words, sizeof(*copy), GFP_KERNEL);

	KUNIT_ASSERT_LT_MSG(test, shot->count, REGIONS, "more tables than can be kept\n");
	KUNIT_ASSERT_NOT_NULL(test, copy);
	memcpy(copy, at, words * sizeof(*copy));
	shot->at[shot->count] = at;
	shot->copies[shot->count] = copy;
	shot->words[shot->count++] = words;
}

static void keep_device(struct kunit *test, struct vtd_shot *shot, const u64 *context)
{
	u64 *directory = structure(context[0]);
	size_t i, size = directory_size(context);

	keep(test, shot, directory, size);
	for (i = 0; i < size; i++)
		if (directory[i] & PRESENT)
			keep(test, shot, structure(directory[i]), PAGE_SIZE / sizeof(u64));
}

static void forget(void *data)
{
	struct vtd_shot *shot = data;

	while (shot->count)
		kvfree(shot->copies[--shot->count]);
}

/**
 * vtd_shot() - Remember all tables of the hardware of a device
 * @test: the case
 * @dev: the device
 *
 * Return: what vtd_changed() takes.
 */
struct vtd_shot *vtd_shot(struct kunit *test, struct device *dev)
{
	struct vtd_shot *shot = kunit_kzalloc(test, sizeof(*shot), GFP_KERNEL);
	u64 *root = root_table(vtd_unit(dev));
	unsigned int half, i;
	const u64 *context;

	KUNIT_ASSERT_NOT_NULL(test, shot);
	KUNIT_ASSERT_NOT_NULL_MSG(test, root, "the hardware is not in scalable mode\n");
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, forget, shot), 0);
	keep(test, shot, root, PAGE_SIZE / sizeof(u64));
	for (half = 0; half < PAGE_SIZE / sizeof(u64); half++) {
		if (!(root[half] & PRESENT))
			continue;
		context = structure(root[half]);
		keep(test, shot, structure(root[half]), PAGE_SIZE / sizeof(u64));
		for (i = 0; i < BIT(7); i++, context += CONTEXT_WORDS)
			if (context[0] & PRESENT)
				keep_device(test, shot, context);
	}
	return shot;
}

/* Is @at one of the words of an entry, or what the directory has for its table */
static bool is_of(const u64 *at, const u64 *entry, const u64 *directory)
{
	return at == directory || (entry && at >= entry && at < entry + ENTRY_WORDS);
}

static const u64 *find_other(const u64 *at, const u64 *copy, size_t words, const u64 *entry,
			     const u64 *directory)
{
	size_t i;

	for (i = 0; i < words; i++)
		if (at[i] != (copy ? copy[i] : 0) && !is_of(&at[i], entry, directory))
			return &at[i];
	return NULL;
}

static bool was_there(const struct vtd_shot *shot, const u64 *at)
{
	unsigned int i;

	for (i = 0; i < shot->count; i++)
		if (at >= shot->at[i] && at < shot->at[i] + shot->words[i])
			return true;
	return false;
}

/**
 * vtd_changed() - Has anything changed but the entry of one PASID
 * @test: the case
 * @shot: of before
 * @dev: the device whose PASID it is
 * @pasid: the PASID
 *
 * The table that holds the entry may be new, with all other entries empty.
 *
 * Return: "" if not, else what.
 */
const char *vtd_changed(struct kunit *test, const struct vtd_shot *shot, struct device *dev,
			ioasid_t pasid)
{
	const u64 *directory = directory_entry(vtd_unit(dev), vtd_sid(dev), pasid);
	const u64 *entry = vtd_find(vtd_unit(dev), vtd_sid(dev), pasid);
	const u64 *other = NULL, *table;
	static char text[96];
	unsigned int i;

	for (i = 0; i < shot->count && !other; i++)
		other = find_other(shot->at[i], shot->copies[i], shot->words[i], entry, directory);
	if (entry && !other && !was_there(shot, entry)) {
		table = PTR_ALIGN_DOWN(entry, PAGE_SIZE);
		other = find_other(table, NULL, PAGE_SIZE / sizeof(u64), entry, directory);
	}
	if (!other)
		return "";
	snprintf(text, sizeof(text), "a word that is none of PASID %u has changed, at %llx", pasid,
		 (u64)virt_to_phys((void *)other));
	return text;
}
