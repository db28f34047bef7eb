/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A mock IOMMU behind the real IOMMU core, and mock devices that do DMA.
 *
 * A device knows nothing but (itself, PASID): what its DMA reaches is what the
 * driver's operations have installed in its PASID table. So "set" shows by data
 * arriving and "block" by data not arriving.
 */
#ifndef _SVAC_MOCK_H
#define _SVAC_MOCK_H

#include <linux/bits.h>
#include <linux/iommu.h>
#include <linux/rwsem.h>
#include <linux/xarray.h>

#include "../api/kernel.h"

struct mock_events;
struct mock_hold;

/* What the driver's operations are called in its log */
enum mock_op {
	MOCK_PROBE,
	MOCK_RELEASE,
	MOCK_GROUP,
	MOCK_DEF_TYPE,
	MOCK_FEATURE,
	MOCK_ALLOC,
	MOCK_FREE,
	MOCK_ATTACH,
	MOCK_SET,
	MOCK_REPLACE,
	MOCK_BLOCK,
	MOCK_MAP,
	MOCK_UNMAP,
	MOCK_TRANSLATE,
	/* No operation of the driver: the device's number of PASIDs is read */
	MOCK_PROPERTY,
	/* Nor are these: a mutex is going to be locked, or was unlocked; it was locked */
	MOCK_MUTEX,
	MOCK_LOCKED,
	MOCK_OPS
};

/**
 * struct mock_event - one operation of the driver, in the order they came
 * @op: which
 * @type: of the domain, for those that have one
 * @dev: the device; NULL for operations that see none
 * @domain: the domain
 * @pasid: of set and block
 * @ret: what the driver answered; of free: mm_count of the domain's mm
 */
struct mock_event {
	enum mock_op op;
	unsigned int type;
	struct device *dev;
	struct iommu_domain *domain;
	ioasid_t pasid;
	int ret;
};

#define MOCK_ANY_TYPE	(~0U)

/**
 * struct mock_config - what a mock device is like
 * @group: 0 for a group of its own, else devices of one number share one
 * @no_iommu: behind no IOMMU
 * @pasid_bits: the device's PASIDs as a power of two; 0 for none
 * @max_pasids: the IOMMU's; 0 for 2^20. One other value at a time
 * @iommu_without_pasids: the IOMMU's driver leaves max_pasids at 0
 * @own_group: of a PCI function: the driver does not look at the topology
 * @attach_deferred: the IOMMU's driver wants no attach before the device's driver maps
 * @events: where to note what happens, as long as the device is there; or NULL
 * @hold: where it is to stop, likewise
 */
struct mock_config {
	unsigned int group;
	bool no_iommu;
	unsigned int pasid_bits;
	u32 max_pasids;
	bool iommu_without_pasids;
	bool own_group;
	bool attach_deferred;
	struct mock_events *events;
	struct mock_hold *hold;
};

#define MOCK_PASIDS	((struct mock_config){ .pasid_bits = 20 })

/* driver.c: domains, and what a driver could do otherwise */

/**
 * struct mock_life - what becomes of a domain in the course of a case
 * @list: of all lives, until the case has ended
 * @type: as allocated
 * @freed: how often the driver has freed it
 * @bytes: that the driver has asked for, from the generic domain on
 * @given: how often the driver has answered with it
 * @held: references to the mm that the driver's operations have taken for it
 *
 * A domain's memory goes only with the case, so that an implementation that
 * uses it after free is found out instead of taking the kernel down.
 */
struct mock_life {
	struct list_head list;
	unsigned int type;
	unsigned int freed;
	size_t bytes;
	unsigned int given;
	int held;
};

/**
 * enum mock_quirk - ways in which a driver answers, one at a time
 * @MOCK_NORMAL: all operations there
 * @MOCK_NO_ALLOC: no domain_alloc
 * @MOCK_NO_FEATURE: no dev_enable_feat, so no SVA
 * @MOCK_NO_SET: domains have no set_dev_pasid
 * @MOCK_NO_BLOCK: domains have no block_dev_pasid
 * @MOCK_NO_FREE: SVA domains have no free
 * @MOCK_NO_OPS: SVA domains have no ops
 * @MOCK_INSTALLS_NOTHING: set succeeds and leaves the PASID table as it is
 * @MOCK_KEEPS_ENTRY: block leaves the PASID table as it is
 */
enum mock_quirk {
	MOCK_NORMAL,
	MOCK_NO_ALLOC,
	MOCK_NO_FEATURE,
	MOCK_NO_SET,
	MOCK_NO_BLOCK,
	MOCK_NO_FREE,
	MOCK_NO_OPS,
	MOCK_INSTALLS_NOTHING,
	MOCK_KEEPS_ENTRY,
};

void mock_set_quirk(enum mock_quirk quirk);
void mock_reset(void);
int mock_live_domains(unsigned int type);
int mock_freed_again(unsigned int type);
unsigned int mock_uses_after_free(void);
void mock_count_group(struct iommu_group *group);
int mock_groups(void);
void mock_keep_domains(void);
void mock_note_use(struct iommu_domain *domain);
struct mock_life *mock_life_of(struct iommu_domain *domain);
struct mock_life *mock_next_life(struct mock_life *life);
struct iommu_domain *mock_life_domain(struct mock_life *life);
bool mock_is_alive(const struct iommu_domain *domain);
unsigned int mock_frees(void);
struct xarray *mock_iopt(struct iommu_domain *domain);
struct iommu_device *mock_iommu_with(bool pasids);
bool mock_is_kept(const void *ptr);
void mock_serve(void);
bool mock_serving(void);
void mock_let_cache(bool let);

/* device.c */
struct device *mock_device_add(const struct mock_config *config);
unsigned int mock_device_remove(struct device *dev);
unsigned int mock_drop_pasids(struct xarray *pasids);
void mock_device_disown(struct device *dev);
bool mock_is_ours(struct device *dev);
u32 mock_hardware_pasids(struct device *dev);
struct iommu_group **mock_given_group(struct device *dev);
void mock_each_device(bool (*visit)(struct device *dev, void *data), void *data);
const struct mock_config *mock_config(struct device *dev);

/* log.c */
void mock_log(enum mock_op op, struct iommu_domain *domain, struct device *dev,
	      ioasid_t pasid, int ret);
void mock_log_clear(void);
unsigned int mock_log_lost(void);
unsigned int mock_log_length(void);
const struct mock_event *mock_log_at(unsigned int position);
unsigned int mock_log_failed_at(void);
int mock_mutexes_held(void);
void mock_mutexes_reset(void);
unsigned int mock_log_count(enum mock_op op, unsigned int type);
const struct mock_event *mock_log_nth(enum mock_op op, unsigned int type,
				      unsigned int nth);
unsigned int mock_log_position(const struct mock_event *event);
const char *mock_op_name(enum mock_op op);

void mock_inject(enum mock_op op, unsigned int type, unsigned int skip,
		 unsigned int count, int error);
int mock_injected(enum mock_op op, unsigned int type);
unsigned int mock_injections(int *last);

typedef void (*mock_hook_t)(struct iommu_domain *domain, struct device *dev,
			    ioasid_t pasid, void *data);
void mock_on(enum mock_op op, mock_hook_t hook, void *data);
void mock_after(enum mock_op op, mock_hook_t hook, void *data);
void mock_run_hook(enum mock_op op, struct iommu_domain *domain,
		   struct device *dev, ioasid_t pasid);
void mock_run_after(enum mock_op op, struct iommu_domain *domain,
		    struct device *dev, ioasid_t pasid);

/* dma.c */

/**
 * struct mock_pasid - an entry of a device's PASID table
 * @mm: walk this process's page table; or NULL
 * @iopt: I/O page table, page frame of the IOVA to MOCK_PTE()
 * @attr: MOCK_PASID_*, 0 as the driver should have it
 * @tlb: what the device has cached of it, while programs use the mock; else NULL
 * @cached: the page of the last translation, under MOCK_PASID_CACHES alone
 * @cached_va: what @cached was the translation of
 * @cached_writable: by a write, so that a write may use it
 */
struct mock_pasid {
	struct mm_struct *mm;
	struct xarray *iopt;
	unsigned int attr;
	struct mock_tlb *tlb;
	struct page *cached;
	unsigned long cached_va;
	bool cached_writable;
};

/* Writes are let through to pages that may only be read */
#define MOCK_PASID_IGNORES_WP	BIT(0)
/* A page that is not there faults instead of being asked for */
#define MOCK_PASID_NO_REQUESTS	BIT(1)
/* A translation stays until it is told otherwise, and nobody tells */
#define MOCK_PASID_CACHES	BIT(2)
/* What programs alone can see: of an invalidation only the first page is dropped ... */
#define MOCK_PASID_FIRST_PAGE	BIT(3)
/* ... every page request is granted ... */
#define MOCK_PASID_GRANTS_ALL	BIT(4)
/* ... and other PASIDs reach it too */
#define MOCK_PASID_ANY		BIT(5)
/* Of invalidations: the last page of one stays ... */
#define MOCK_PASID_ONE_LESS	BIT(6)
/* ... what is cached goes when one begins, and may come back before it ends ... */
#define MOCK_PASID_EARLY	BIT(7)
/* ... a walk that one has overtaken is cached all the same ... */
#define MOCK_PASID_STALE_WALKS	BIT(8)
/* ... and the end of the process is none */
#define MOCK_PASID_NO_RELEASE	BIT(9)
/* What was cached for a read serves writes */
#define MOCK_PASID_READS_WRITE	BIT(10)

#define MOCK_PTE(phys, prot) \
	xa_mk_value(PHYS_PFN(phys) << 2 | ((prot) & (IOMMU_READ | IOMMU_WRITE)))

int mock_dma_read(struct device *dev, ioasid_t pasid, u64 addr, void *buf,
		  size_t len);
int mock_dma_write(struct device *dev, ioasid_t pasid, u64 addr,
		   const void *buf, size_t len);
int mock_iopt_access(struct xarray *iopt, unsigned long iova, void *buf, size_t len,
		     bool write);
int mock_iopt_add(struct xarray *iopt, unsigned long iova, u64 operand, u64 *was);
extern struct rw_semaphore mock_pasids_lock;
struct xarray *mock_pasid_table(struct device *dev);
struct mock_tlb_stats *mock_tlb_stats(struct device *dev);
struct mock_prq *mock_prq_of(struct device *dev);
void mock_pasid_uncache(struct mock_pasid *entry);
void mock_pasid_free(struct mock_pasid *entry);
struct page *mock_walk(struct mm_struct *mm, unsigned long va, unsigned int flags);

/* fault.c */
bool mock_can_fail_allocations(void);
int mock_fail_allocations(bool fail);
unsigned int mock_failed_allocations(void);
int mock_fail_nth(unsigned int nth, bool onwards);
unsigned int mock_fail_nth_end(void);
bool mock_fail_nth_hit(void);
bool mock_fail_is_on(void);

/**
 * struct mock_failing - which allocations are to fail
 * @nth: of those to come; 0 for none
 * @onwards: all after it as well
 */
struct mock_failing {
	unsigned int nth;
	bool onwards;
};

struct mock_failing mock_fail_pause(void);
void mock_fail_resume(struct mock_failing failing);

/* memory.c */

/**
 * struct mock_object - one that was allocated
 * @ptr: where it is
 * @bytes: how much of it was asked for, 0 for an object of a cache
 * @site: who allocated it
 */
struct mock_object {
	const void *ptr;
	size_t bytes;
	void *site;
};

/**
 * struct mock_memory - what a watched task has done
 * @allocations: asked for, with and without success
 * @failures: of those, without
 * @failed_in: who asked for the first of these
 * @live: objects not freed since
 * @foreign: objects freed that it had not allocated while watched
 * @foreign_in: who freed the last of these
 * @lost: allocations beyond what can be noted
 */
struct mock_memory {
	unsigned int allocations;
	unsigned int failures;
	void *failed_in;
	unsigned int live;
	unsigned int foreign;
	void *foreign_in;
	unsigned int lost;
};

bool mock_memory_is_seen(void);
void mock_memory_forget(void);
void mock_memory_watch(bool watch);
struct mock_memory mock_memory(void);
const struct mock_object *mock_memory_left(unsigned int nth);

#endif /* _SVAC_MOCK_H */
