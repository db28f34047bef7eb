// SPDX-License-Identifier: GPL-2.0
/*
 * Each oracle on the driver's tables and queue has to report what is broken on
 * purpose.
 */
#include <linux/bitfield.h>
#include <linux/limits.h>

#include "spec.h"
#include "vtd.h"

/* A bit that is flipped in the entry of a process */
static const struct flip_row {
	const char *name;
	unsigned int word;
	u64 bits;
	bool unsound;
} flip_rows[] = {
	{ "not-present", 0, PE_P },
	{ "faults-not-reported", 0, PE_FPD },
	{ "another-stage", 0, FIELD_PREP_CONST(PE_PGTT, 3) },
	{ "another-page-table", 2, BIT_ULL(20) },
	{ "a-level-more", 2, FIELD_PREP_CONST(PE_FSPM, 1) },
	{ "supervisor", 2, PE_SRE, true },
	{ "execution-by-supervisor", 2, PE_ERE, true },
	{ "extended-access-flags", 2, PE_EAFE, true },
	{ "uncached", 1, PE_CD, true },
	{ "reserved-in-word-0", 0, BIT_ULL(10), true },
	{ "reserved-in-word-1", 1, BIT_ULL(20), true },
	{ "reserved-in-word-2", 2, BIT_ULL(9), true },
	{ "reserved-in-word-3", 3, BIT_ULL(5), true },
	{ "reserved-in-word-7", 7, BIT_ULL(63), true },
};

SVAC_ROWS(flip_rows);

static void entry_with_a_bit_flipped_is_reported(struct kunit *test)
{
	const struct flip_row *row = to_svac(test)->row;
	struct device *dev = vtd_device(test, VTD_FULL);
	struct svac_process *process = vtd_process(test);
	struct iommu_domain *domain;
	struct vtd_entry entry;
	const char *wrong;

	svac_rules(test, "CTL-040");
	domain = vtd_sva_domain(test, dev, process);
	KUNIT_ASSERT_EQ(test, vtd_set(test, domain, dev, 70), 0);
	entry = vtd_entry(dev, 70);
	entry.words[row->word] ^= row->bits;
	entry = vtd_decode(entry.words);
	wrong = row->unsound ? vtd_sound(&entry, vtd_unit(dev)) :
		vtd_of_process(&entry, process->mm);
	KUNIT_EXPECT_TRUE_MSG(test, *wrong, "nothing is said of it\n");
}

/* Fields of an entry that some hardware does not have; 16 bits of domains, three levels */
static const struct poor_row {
	const char *name;
	u64 words[3];
	u64 cap;
	u64 ecap;
	bool unsound;
} poor_rows[] = {
#define FIRST	(PE_P | FIELD_PREP_CONST(PE_PGTT, PGTT_FIRST_STAGE))
#define SECOND	(PE_P | FIELD_PREP_CONST(PE_PGTT, PGTT_SECOND_STAGE))
#define RICH	(FIELD_PREP_CONST(CAP_ND, 6) | FIELD_PREP_CONST(CAP_SAGAW, BIT(1)))
	{ "all-is-there", { FIRST, PE_PWSNP | 0x8000, PE_EAFE }, RICH, ECAP_SMPWC | ECAP_EAFS },
	{ "no-snooping", { FIRST, PE_PWSNP }, RICH, ECAP_EAFS, true },
	{ "no-extended-flags", { FIRST, 0, PE_EAFE }, RICH, ECAP_SMPWC, true },
	{ "few-domains", { FIRST, BIT(4) }, 0, 0, true },
	{ "domains-enough", { FIRST, BIT(4) - 1 }, 0, 0 },
	{ "three-levels", { SECOND | FIELD_PREP_CONST(PE_AW, 1) }, RICH, 0 },
	{ "no-four-levels", { SECOND | FIELD_PREP_CONST(PE_AW, 2) }, RICH, 0, true },
};

SVAC_ROWS(poor_rows);

static void entry_that_wants_more_than_there_is_is_reported(struct kunit *test)
{
	const struct poor_row *row = to_svac(test)->row;
	u64 words[ENTRY_WORDS] = { row->words[0], row->words[1], row->words[2] };
	struct vtd_entry entry = vtd_decode(words);

	svac_rules(test, "CTL-040");
	KUNIT_EXPECT_EQ(test, !!*vtd_sound_for(&entry, row->cap, row->ecap), row->unsound);
}

static void entry_that_is_broken_in_the_table_is_seen(struct kunit *test)
{
	struct device *dev = vtd_device(test, VTD_FULL);
	struct svac_process *process = vtd_process(test);
	struct iommu_domain *domain;
	struct vtd_entry entry;
	u64 *words;

	svac_rules(test, "CTL-040");
	domain = vtd_sva_domain(test, dev, process);
	KUNIT_ASSERT_EQ(test, vtd_set(test, domain, dev, 70), 0);
	words = vtd_find(vtd_unit(dev), vtd_sid(dev), 70);
	KUNIT_ASSERT_NOT_NULL(test, words);
	words[0] &= ~PE_P;
	entry = vtd_entry(dev, 70);
	words[0] |= PE_P;
	KUNIT_EXPECT_TRUE(test, *vtd_of_process(&entry, process->mm));
	KUNIT_EXPECT_TRUE(test, *vtd_sees(&entry, process));
}

/* A word of another PASID or device, and whether it is in a table that was there */
static const struct word_row {
	const char *name;
	enum vtd_device which;
	ioasid_t pasid;
} word_rows[] = {
	{ "the-next-pasid", VTD_FULL, 71 },
	{ "pasid-0", VTD_FULL, 0 },
	{ "another-device", VTD_SECOND, 0 },
};

SVAC_ROWS(word_rows);

static void word_that_changes_elsewhere_is_reported(struct kunit *test)
{
	const struct word_row *row = to_svac(test)->row;
	struct device *dev = vtd_device(test, VTD_FULL), *other = vtd_device(test, row->which);
	struct iommu_domain *domain;
	struct vtd_shot *shot;
	u64 *words;

	svac_rules(test, "CTL-040");
	domain = vtd_paging_domain(test, dev);
	shot = vtd_shot(test, dev);
	KUNIT_ASSERT_EQ(test, vtd_set(test, domain, dev, 70), 0);
	words = vtd_find(vtd_unit(dev), vtd_sid(other), row->pasid);
	KUNIT_ASSERT_NOT_NULL(test, words);
	vtd_expect_ok(test, vtd_changed(test, shot, dev, 70));
	words[7] ^= BIT_ULL(40);
	KUNIT_EXPECT_TRUE_MSG(test, *vtd_changed(test, shot, dev, 70), "nothing is said of it\n");
	words[7] ^= BIT_ULL(40);
}

static void context_entry_that_is_wrong_is_reported(struct kunit *test)
{
	struct device *dev = vtd_device(test, VTD_FULL);
	const u64 *context = vtd_context(vtd_unit(dev), vtd_sid(dev));
	const u64 flips[][2] = {
		{ CE_PASIDE, 0 }, { CE_DTE, 0 }, { CE_PRE, 0 }, { CE_PDTS, 0 }, { 0, 5 },
	};
	u64 broken[CONTEXT_WORDS];
	unsigned int i;

	svac_rules(test, "CTL-040");
	KUNIT_ASSERT_NOT_NULL(test, context);
	KUNIT_EXPECT_TRUE(test, *vtd_context_wrong(NULL, dev));
	for (i = 0; i < ARRAY_SIZE(flips); i++) {
		memcpy(broken, context, sizeof(broken));
		broken[0] ^= flips[i][0];
		broken[1] ^= flips[i][1];
		KUNIT_EXPECT_TRUE_MSG(test, *vtd_context_wrong(broken, dev),
				      "nothing is said of %llx, %llx\n", broken[0], broken[1]);
	}
}

/* ---- the queue ---- */

#define DID	5
#define PASID	70
#define SID	0x20
#define START	0x7f0000004000ULL

static const struct vtd_flush wanted = {
	.did = DID,
	.pasid = PASID,
	.sid = SID,
	.start = START,
	.last = START + 3 * PAGE_SIZE - 1,
};

#define CACHE(_did, _pasid)	{ INV_PASID_CACHE | FIELD_PREP_CONST(INV_G, PASID_CACHE_PASID) | \
				  FIELD_PREP_CONST(INV_DID, _did) | \
				  FIELD_PREP_CONST(INV_PASID, _pasid) }
#define IOTLB_ALL(_did, _pasid)	{ INV_PASID_IOTLB | FIELD_PREP_CONST(INV_G, PASID_IOTLB_PASID) | \
				  FIELD_PREP_CONST(INV_DID, _did) | \
				  FIELD_PREP_CONST(INV_PASID, _pasid) }
#define IOTLB_AT(_at, _am)	{ INV_PASID_IOTLB | FIELD_PREP_CONST(INV_G, PASID_IOTLB_PAGE) | \
				  FIELD_PREP_CONST(INV_DID, DID) | \
				  FIELD_PREP_CONST(INV_PASID, PASID), (_at) | (_am) }
#define DEVICE(_sid, _pasid, _at) { INV_PASID_DEVICE_TLB | FIELD_PREP_CONST(INV_SID, _sid) | \
				    FIELD_PREP_CONST(INV_PASID, _pasid), _at }
#define DEVICE_ALL		(INV_S | GENMASK_ULL(62, 12))
/* 16 KiB from START on: bit 12 set, bit 13 clear */
#define DEVICE_16K		(START | BIT_ULL(12) | INV_S)

/* Requests that are not enough, and in what */
static const struct queue_row {
	const char *name;
	enum flaw {
		IN_CACHES = BIT(0),
		IN_IOTLB = BIT(1),
		IN_DEVICE = BIT(2),
	} flaws;
	struct vtd_request requests[4];
} queue_rows[] = {
	{ "all-of-it", 0, {
		{ CACHE(DID, PASID) }, { IOTLB_ALL(DID, PASID) },
		{ DEVICE(SID, PASID, DEVICE_ALL) },
	} },
	{ "in-parts", IN_CACHES, {
		{ IOTLB_AT(START, 1) }, { IOTLB_AT(START + 0x2000, 0) },
		{ DEVICE(SID, PASID, DEVICE_16K) },
	} },
	{ "nothing", IN_CACHES | IN_IOTLB | IN_DEVICE },
	{ "no-pasid-cache", IN_CACHES, {
		{ IOTLB_ALL(DID, PASID) }, { DEVICE(SID, PASID, DEVICE_ALL) },
	} },
	{ "pasid-cache-while-present", IN_CACHES, {
		{ CACHE(DID, PASID), .present = true }, { IOTLB_ALL(DID, PASID) },
		{ DEVICE(SID, PASID, DEVICE_ALL) },
	} },
	{ "pasid-cache-of-another", IN_CACHES, {
		{ CACHE(DID, PASID + 1) }, { IOTLB_ALL(DID, PASID) },
		{ DEVICE(SID, PASID, DEVICE_ALL) },
	} },
	{ "pasid-cache-last", IN_CACHES, {
		{ IOTLB_ALL(DID, PASID) }, { DEVICE(SID, PASID, DEVICE_ALL) },
		{ CACHE(DID, PASID) },
	} },
	{ "no-iotlb", IN_CACHES | IN_IOTLB | IN_DEVICE, {
		{ CACHE(DID, PASID) }, { DEVICE(SID, PASID, DEVICE_ALL) },
	} },
	{ "iotlb-of-another-domain", IN_CACHES | IN_IOTLB | IN_DEVICE, {
		{ CACHE(DID, PASID) }, { IOTLB_ALL(DID + 1, PASID) },
		{ DEVICE(SID, PASID, DEVICE_ALL) },
	} },
	{ "iotlb-of-another-pasid", IN_CACHES | IN_IOTLB | IN_DEVICE, {
		{ CACHE(DID, PASID) }, { IOTLB_ALL(DID, PASID - 1) },
		{ DEVICE(SID, PASID, DEVICE_ALL) },
	} },
	{ "iotlb-a-page-short", IN_CACHES | IN_IOTLB | IN_DEVICE, {
		{ CACHE(DID, PASID) }, { IOTLB_AT(START, 1) }, { DEVICE(SID, PASID, DEVICE_ALL) },
	} },
	{ "no-device", IN_DEVICE, {
		{ CACHE(DID, PASID) }, { IOTLB_ALL(DID, PASID) },
	} },
	{ "another-device", IN_DEVICE, {
		{ CACHE(DID, PASID) }, { IOTLB_ALL(DID, PASID) },
		{ DEVICE(SID + 8, PASID, DEVICE_ALL) },
	} },
	{ "device-by-another-pasid", IN_DEVICE, {
		{ CACHE(DID, PASID) }, { IOTLB_ALL(DID, PASID) },
		{ DEVICE(SID, PASID + 1, DEVICE_ALL) },
	} },
	{ "device-one-page", IN_DEVICE, {
		{ CACHE(DID, PASID) }, { IOTLB_ALL(DID, PASID) }, { DEVICE(SID, PASID, START) },
	} },
	{ "device-two-pages", IN_DEVICE, {
		{ CACHE(DID, PASID) }, { IOTLB_ALL(DID, PASID) },
		{ DEVICE(SID, PASID, START | INV_S) },
	} },
	{ "device-first", IN_DEVICE, {
		{ CACHE(DID, PASID) }, { DEVICE(SID, PASID, DEVICE_ALL) },
		{ IOTLB_ALL(DID, PASID) },
	} },
};

SVAC_ROWS(queue_rows);

static void requests_that_are_not_enough_are_reported(struct kunit *test)
{
	const struct queue_row *row = to_svac(test)->row;
	struct vtd_log *log = kunit_kzalloc(test, sizeof(*log), GFP_KERNEL);

	svac_rules(test, "CTL-041");
	KUNIT_ASSERT_NOT_NULL(test, log);
	memcpy(log->requests, row->requests, sizeof(row->requests));
	while (log->count < ARRAY_SIZE(row->requests) && log->requests[log->count].words[0])
		log->count++;
	KUNIT_EXPECT_EQ(test, !!*vtd_torn_down(log, &wanted), !!(row->flaws & IN_CACHES));
	KUNIT_EXPECT_EQ(test, !!*vtd_range_flushed(log, &wanted), !!(row->flaws & IN_IOTLB));
	KUNIT_EXPECT_EQ(test, !!*vtd_range_flushed_in_device(log, &wanted),
			!!(row->flaws & IN_DEVICE));
}

static void request_that_was_not_waited_for_is_reported(struct kunit *test)
{
	const u64 other[4] = CACHE(DID, PASID + 5), wait[4] = { INV_WAIT | INV_WAIT_SW };
	struct vtd_log *log = kunit_kzalloc(test, sizeof(*log), GFP_KERNEL);
	const u64 silent[4] = { INV_WAIT };

	svac_rules(test, "CTL-041");
	KUNIT_ASSERT_NOT_NULL(test, log);
	log->requests[0] = (struct vtd_request){ CACHE(DID, PASID) };
	log->count = 1;
	vtd_expect_ok(test, vtd_waits(log, log->requests[0].words, wait));
	KUNIT_EXPECT_TRUE(test, *vtd_waits(log, log->requests[0].words, other));
	KUNIT_EXPECT_TRUE(test, *vtd_waits(log, log->requests[0].words, silent));
	KUNIT_EXPECT_TRUE(test, *vtd_waits(log, other, wait));
}

static void device_without_a_tlb_that_is_told_is_reported(struct kunit *test)
{
	struct vtd_log *log = kunit_kzalloc(test, sizeof(*log), GFP_KERNEL);
	struct vtd_flush flush = wanted;

	svac_rules(test, "CTL-041");
	KUNIT_ASSERT_NOT_NULL(test, log);
	flush.sid = 0;
	log->requests[0] = (struct vtd_request){ IOTLB_ALL(DID, PASID) };
	log->requests[1] = (struct vtd_request){ DEVICE(SID, PASID, DEVICE_ALL) };
	log->count = 1;
	vtd_expect_ok(test, vtd_range_flushed_in_device(log, &flush));
	log->count = 2;
	KUNIT_EXPECT_TRUE(test, *vtd_range_flushed_in_device(log, &flush));
}

static void page_that_is_free_too_early_is_reported(struct kunit *test)
{
	struct vtd_log *log = kunit_kzalloc(test, sizeof(*log), GFP_KERNEL);

	svac_rules(test, "CTL-041");
	KUNIT_ASSERT_NOT_NULL(test, log);
	log->requests[0] = (struct vtd_request){ IOTLB_AT(START, 2), .pages = 1 };
	log->requests[1] = (struct vtd_request){ DEVICE(SID, PASID, DEVICE_ALL), .pages = 1 };
	log->count = 2;
	vtd_expect_ok(test, vtd_kept(log, &wanted));
	log->requests[1].pages = 0;
	KUNIT_EXPECT_TRUE(test, *vtd_kept(log, &wanted));
	log->requests[1].pages = 1;
	log->requests[0].pages = 0;
	KUNIT_EXPECT_TRUE(test, *vtd_kept(log, &wanted));
}

static void walk_to_another_place_is_reported(struct kunit *test)
{
	struct svac_process *process = vtd_process(test), *other = vtd_process(test);
	struct device *dev = vtd_device(test, VTD_FULL);
	struct iommu_domain *domain;
	struct vtd_entry entry;
	phys_addr_t rw;

	svac_rules(test, "CTL-040");
	domain = vtd_sva_domain(test, dev, process);
	KUNIT_ASSERT_EQ(test, vtd_set(test, domain, dev, PASID), 0);
	entry = vtd_entry(dev, PASID);
	rw = page_to_phys(vtd_page(test, process, process->rw));
	vtd_expect_ok(test, vtd_leads_to(&entry, process->rw, rw, true));
	KUNIT_EXPECT_TRUE(test, *vtd_leads_to(&entry, process->rw, rw + PAGE_SIZE, true));
	KUNIT_EXPECT_TRUE(test, *vtd_leads_to(&entry, process->rw, 0, true));
	KUNIT_EXPECT_TRUE(test, *vtd_leads_to(&entry, process->hole, rw, false));
	KUNIT_EXPECT_TRUE(test, *vtd_sees(&entry, other));
	KUNIT_EXPECT_TRUE(test, *vtd_of_process(&entry, other->mm));
}

static void dma_through_a_broken_entry_faults(struct kunit *test)
{
	struct device *dev = vtd_device(test, VTD_FULL);
	struct svac_process *process = vtd_process(test);
	struct iommu_domain *domain;
	struct vtd_fault fault;
	u64 *words, word = 1;

	svac_rules(test, "CTL-042");
	domain = vtd_sva_domain(test, dev, process);
	KUNIT_ASSERT_EQ(test, vtd_set(test, domain, dev, PASID), 0);
	vtd_engine(test, dev);
	words = vtd_find(vtd_unit(dev), vtd_sid(dev), PASID);
	KUNIT_ASSERT_NOT_NULL(test, words);
	words[0] &= ~PE_P;
	fault = vtd_dma(test, PASID, process->rw, &word, true);
	words[0] |= PE_P;
	KUNIT_EXPECT_TRUE(test, fault.there);
	KUNIT_EXPECT_EQ(test, fault.reason, FR_PASID_ENTRY_P);
	KUNIT_ASSERT_EQ(test, svac_peek(process, process->rw, &word), 0);
	KUNIT_EXPECT_EQ(test, word, SVAC_WORD);
}

static struct kunit_case control_cases[] = {
	SVAC_CASE_ROWS(entry_with_a_bit_flipped_is_reported, flip_rows),
	SVAC_CASE_ROWS(entry_that_wants_more_than_there_is_is_reported, poor_rows),
	SVAC_CASE(entry_that_is_broken_in_the_table_is_seen),
	SVAC_CASE_ROWS(word_that_changes_elsewhere_is_reported, word_rows),
	SVAC_CASE(context_entry_that_is_wrong_is_reported),
	SVAC_CASE_ROWS(requests_that_are_not_enough_are_reported, queue_rows),
	SVAC_CASE(request_that_was_not_waited_for_is_reported),
	SVAC_CASE(device_without_a_tlb_that_is_told_is_reported),
	SVAC_CASE(page_that_is_free_too_early_is_reported),
	SVAC_CASE(walk_to_another_place_is_reported),
	SVAC_CASE(dma_through_a_broken_entry_faults),
	{ }
};

SVAC_SUITE(svac_vtd_control, control_cases);
