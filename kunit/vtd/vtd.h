/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites on the driver of Intel VT-d share: devices, what the hardware
 * finds in the driver's tables, what the driver has asked of it, and DMA.
 */
#ifndef _SVAC_VTD_H
#define _SVAC_VTD_H

#include "../suites/svac.h"

struct intel_iommu;

/* The devices of the machine, in the slots of bus 0 from this one on */
#define VTD_FIRST_SLOT	4
enum vtd_device {
	VTD_FULL,
	VTD_SECOND,
	VTD_NARROW,
	VTD_NO_ATS,
	VTD_NO_PASID,
	VTD_PLAIN,
	VTD_PRI,
	VTD_DEVICES
};

/* What a device has been given; see overlay.c */
#define VTD_HAS_PASID	BIT(0)
#define VTD_HAS_ATS	BIT(1)
#define VTD_HAS_PRI	BIT(2)

/* How wide the PASIDs of VTD_NARROW are */
#define VTD_NARROW_BITS	7

/* ---- fixture.c ---- */

struct device *vtd_device(struct kunit *test, enum vtd_device which);
struct intel_iommu *vtd_unit(struct device *dev);
u16 vtd_sid(struct device *dev);
bool vtd_has_ats(struct device *dev);
struct svac_process *vtd_process(struct kunit *test);
struct iommu_sva *vtd_bind(struct kunit *test, struct device *dev, struct svac_process *process);
struct iommu_sva *vtd_bound(struct kunit *test, struct device *dev,
			    struct svac_process *process);
void vtd_unbind(struct kunit *test, struct iommu_sva *handle);
struct iommu_domain *vtd_sva_domain(struct kunit *test, struct device *dev,
				    struct svac_process *process);
struct iommu_domain *vtd_paging_domain(struct kunit *test, struct device *dev);
void vtd_free(struct kunit *test, struct iommu_domain *domain);
int vtd_set(struct kunit *test, struct iommu_domain *domain, struct device *dev, ioasid_t pasid);
void vtd_block(struct kunit *test, struct iommu_domain *domain, struct device *dev,
	       ioasid_t pasid);

/* ---- tables.c: as the hardware walks them ---- */

/**
 * struct vtd_entry - a PASID table entry, its fields by their names in 9.6
 * @words: as they are
 * @p: present
 * @fpd: no fault is reported
 * @pgtt: PGTT_*
 * @did: domain
 * @fsptptr: physical address of the first-stage page table
 * @fspm: FSPM_*
 * @ssptptr: physical address of the second-stage page table
 * @aw: width of addresses
 * @reserved: bits that are set and must not be
 */
struct vtd_entry {
	u64 words[8];
	bool p;
	bool fpd;
	unsigned int pgtt;
	u16 did;
	u64 fsptptr;
	unsigned int fspm;
	u64 ssptptr;
	unsigned int aw;
	u64 reserved;
};

struct vtd_shot;

const u64 *vtd_context(struct intel_iommu *unit, u16 sid);
u64 *vtd_find(struct intel_iommu *unit, u16 sid, ioasid_t pasid);
struct vtd_entry vtd_decode(const u64 *words);
struct vtd_entry vtd_entry(struct device *dev, ioasid_t pasid);
u64 vtd_translate(const struct vtd_entry *entry, unsigned long va, bool write);
struct vtd_shot *vtd_shot(struct kunit *test, struct device *dev);
const char *vtd_changed(struct kunit *test, const struct vtd_shot *shot, struct device *dev,
			ioasid_t pasid);

/* ---- checks.c: whether an entry is what it should be; "" if so, else what is wrong ---- */

const char *vtd_of_process(const struct vtd_entry *entry, const struct mm_struct *mm);
const char *vtd_sound_for(const struct vtd_entry *entry, u64 cap, u64 ecap);
const char *vtd_sound(const struct vtd_entry *entry, struct intel_iommu *unit);
const char *vtd_leads_to(const struct vtd_entry *entry, u64 va, phys_addr_t phys, bool write);
const char *vtd_sees(const struct vtd_entry *entry, struct svac_process *process);
const char *vtd_context_wrong(const u64 *context, struct device *dev);

/* ---- queue.c: what the driver has asked the hardware for ---- */

/**
 * struct vtd_request - a descriptor that the driver has put into the queue
 * @words: of it
 * @present: the watched entry was present then
 * @cleared: nothing of the watched entry was left then
 * @pages: references to the watched page then
 */
struct vtd_request {
	u64 words[4];
	bool present;
	bool cleared;
	int pages;
};

#define VTD_REQUESTS	512

/**
 * struct vtd_log - what was asked for since vtd_listen()
 * @requests: in their order
 * @count: of them
 * @lost: there were more
 */
struct vtd_log {
	struct vtd_request requests[VTD_REQUESTS];
	unsigned int count;
	bool lost;
};

void vtd_listen(struct device *dev, ioasid_t pasid, struct page *page);
unsigned int vtd_heard_of(unsigned int type);
const struct vtd_log *vtd_heard(struct kunit *test);
const char *vtd_drained(const struct vtd_log *log, struct device *dev);
const char *vtd_waits(const struct vtd_log *log, const u64 *request, const u64 *last);
const char *vtd_waited(const struct vtd_log *log, struct device *dev);

/* ---- flush.c: whether it was enough ---- */

/**
 * struct vtd_flush - what has to be flushed
 * @did: domain that the entry had
 * @pasid: that it was of
 * @sid: device with a TLB; 0 if it has none
 * @second_stage: the entry had no first stage
 * @start: of addresses
 * @last: of them
 */
struct vtd_flush {
	u16 did;
	ioasid_t pasid;
	u16 sid;
	bool second_stage;
	u64 start;
	u64 last;
};

unsigned int vtd_type(const struct vtd_request *request);
bool vtd_flushes_entry(const struct vtd_request *request, const struct vtd_flush *flush);
const char *vtd_range_flushed(const struct vtd_log *log, const struct vtd_flush *flush);
const char *vtd_range_flushed_in_device(const struct vtd_log *log, const struct vtd_flush *flush);
const char *vtd_kept(const struct vtd_log *log, const struct vtd_flush *flush);
const char *vtd_torn_down(const struct vtd_log *log, const struct vtd_flush *flush);
struct vtd_flush vtd_all_of(struct device *dev, ioasid_t pasid, const struct vtd_entry *entry);

/* ---- memory.c: what a process does with its own ---- */

unsigned long vtd_map(struct kunit *test, struct svac_process *process, unsigned long at,
		      size_t size);
int vtd_unmap(struct svac_process *process, unsigned long at, size_t size);
int vtd_protect(struct svac_process *process, unsigned long at, size_t size);
unsigned long vtd_move(struct svac_process *process, unsigned long at, size_t size);
void vtd_touch(struct kunit *test, struct svac_process *process, unsigned long at, size_t size);
struct page *vtd_page(struct kunit *test, struct svac_process *process, unsigned long va);

/* ---- engine.c: DMA of a device, without a PASID of its own ---- */

/**
 * struct vtd_fault - what the hardware has recorded
 * @there: there is one
 * @sid: who
 * @reason: FR_*
 * @address: page of the access
 * @pasid: that it had; only if @pasids
 * @pasids: it had one
 * @read: it was a read
 */
struct vtd_fault {
	bool there;
	u16 sid;
	unsigned int reason;
	u64 address;
	ioasid_t pasid;
	bool pasids;
	bool read;
};

void vtd_engine(struct kunit *test, struct device *dev);
struct vtd_fault vtd_dma(struct kunit *test, ioasid_t pasid, u64 va, u64 *word, bool write);

#define vtd_expect_ok(_test, _call)					\
	do {								\
		struct kunit *__test = (_test);				\
		const char *__wrong = (_call);				\
									\
		KUNIT_EXPECT_TRUE_MSG(__test, !*__wrong, "%s\n", __wrong); \
	} while (0)

#endif /* _SVAC_VTD_H */
