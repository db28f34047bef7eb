// SPDX-License-Identifier: GPL-2.0
/*
 * Translations of a process that a device has cached. Nothing but an invalidation
 * takes one out, so that a kernel which forgets to tell the device of a change is
 * found out by the stale data that it reads or writes.
 *
 * How a driver is told is not the same in every kernel:
 *   invalidate_range                  6.1: after the entry was cleared
 *   arch_invalidate_secondary_tlbs    6.6 and later: the same, where the architecture does it
 *   invalidate_range_start and _end   elsewhere (UML never calls the one above): what is
 *                                     cached goes at the start, and until the end nothing
 *                                     is cached, since the entry may still be there
 *
 * A walk that began before an invalidation and ended after it may have found what
 * is no longer true: its result is thrown away, and it is done again. Hardware
 * waits for such walks before it says that an invalidation is complete.
 *
 * What is cached holds no page: one is touched under the lock alone, and is freed
 * only after the invalidation that takes the lock for it. A driver that keeps what is
 * no longer true holds its pages, so that it does harm to its program alone.
 */
#include <linux/highmem.h>
#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "../uapi/svacheck.h"
#include "devtlb.h"
#include "events.h"
#include "hold.h"
#include "mock.h"
#include "prq.h"

/* Translations that a device can hold; one more, and it begins anew */
#define PAGES	4096

/* Of a cached translation: the device may write there */
#define WRITABLE	1

/* Drivers whose translations outlive invalidations, or are none of the process's */
#define STALE	(MOCK_PASID_CACHES | MOCK_PASID_FIRST_PAGE | MOCK_PASID_GRANTS_ALL | \
		 MOCK_PASID_ONE_LESS | MOCK_PASID_EARLY | MOCK_PASID_STALE_WALKS | \
		 MOCK_PASID_NO_RELEASE)

/*
 * A page that was given so often, and is not there, the device asks for no more: not
 * once this has been so without any invalidation, which could have taken it away again
 */
#define MOST_REQUESTS	1000
#define MOST_LIES	16

/**
 * struct mock_tlb - translations of one process for one PASID of a device
 * @notifier: through which the driver is told of changes
 * @early: through which it hears of them before, where that is another one
 * @mm: of the process; held by the notifier
 * @kref: users
 * @source: of page requests
 * @stats: of the device
 * @events: its log
 * @pasid: by which it asks
 * @lock: whoever holds it keeps invalidations from completing
 * @pages: page frame of the address to the page, with WRITABLE as its tag
 * @count: of them
 * @seq: invalidations that have begun or ended
 * @running: those that have begun and not ended
 * @dead: nothing is reached through it any more
 * @attr: MOCK_PASID_* of the entry, what the driver does wrong
 * @quiet: wakes who waits for @running to be 0
 */
struct mock_tlb {
	struct mmu_notifier notifier;
#ifdef CONFIG_SVACHECK_NOTIFY_SECONDARY
	struct mmu_notifier early;
#endif
	struct mm_struct *mm;
	struct kref kref;
	struct mock_prq_source source;
	struct mock_tlb_stats *stats;
	struct mock_events *events;
	ioasid_t pasid;
	spinlock_t lock; /* protects all below */
	struct xarray pages;
	unsigned int count;
	unsigned long seq;
	unsigned int running;
	bool dead;
	unsigned int attr;
	wait_queue_head_t quiet;
};

static struct mock_tlb *to_tlb(struct mmu_notifier *notifier)
{
	return container_of(notifier, struct mock_tlb, notifier);
}

/* The pages of what is cached are held */
static bool holds_pages(const struct mock_tlb *tlb)
{
	return tlb->attr & STALE;
}

/* @last: the last byte. The lock is held */
static void drop(struct mock_tlb *tlb, unsigned long first, unsigned long last)
{
	unsigned long at;
	void *entry;

	xa_for_each_range(&tlb->pages, at, entry, first >> PAGE_SHIFT, last >> PAGE_SHIFT) {
		xa_erase(&tlb->pages, at);
		if (holds_pages(tlb))
			put_page(xa_untag_pointer(entry));
		tlb->count--;
		atomic64_inc(&tlb->stats->dropped);
	}
}

static void note(struct mock_tlb *tlb, u32 kind, unsigned long at, unsigned long len, bool write)
{
	mock_event_note(tlb->events, &(struct svac_event){
		.kind = kind, .pasid = tlb->pasid, .address = at, .len = len,
		.flags = write ? SVAC_EVENT_WRITE : 0,
	});
}

/* What a driver makes of an invalidation. The lock is held */
static void drop_range(struct mock_tlb *tlb, unsigned long start, unsigned long end)
{
	if (tlb->attr & MOCK_PASID_CACHES)
		return;
	if (tlb->attr & MOCK_PASID_ONE_LESS)
		end -= min(end - start, PAGE_SIZE);
	if (tlb->attr & MOCK_PASID_FIRST_PAGE)
		end = start + 1;
	if (start >= end)
		return;
	drop(tlb, start, end - 1);
	note(tlb, SVAC_EVENT_INVALIDATE, start, end == ULONG_MAX ? 0 : end - start, false);
}

static void begin_invalidation(struct mock_tlb *tlb, unsigned long start, unsigned long end,
			       unsigned int running)
{
	spin_lock(&tlb->lock);
	atomic64_inc(&tlb->stats->invalidations);
	tlb->seq++;
	tlb->running += running;
	drop_range(tlb, start, end);
	spin_unlock(&tlb->lock);
}

static void hold_invalidation(struct mock_tlb *tlb, const struct mmu_notifier_range *range)
{
	if (mmu_notifier_range_blockable(range))
		mock_hold_here(tlb->stats->hold, SVAC_HOLD_INVALIDATION,
			       range->start, range->end);
}

#if defined(CONFIG_SVACHECK_NOTIFY_RANGE) || defined(CONFIG_SVACHECK_NOTIFY_SECONDARY)
static void invalidate(struct mmu_notifier *notifier, struct mm_struct *mm,
		       unsigned long start, unsigned long end)
{
	if (!(to_tlb(notifier)->attr & MOCK_PASID_EARLY))
		begin_invalidation(to_tlb(notifier), start, end, 0);
}

/* Nothing is dropped yet, since the device could have it again before the entry is cleared */
static int before_invalidation(struct mock_tlb *tlb, const struct mmu_notifier_range *range)
{
	if (tlb->attr & MOCK_PASID_EARLY)
		begin_invalidation(tlb, range->start, range->end, 0);
	hold_invalidation(tlb, range);
	return 0;
}
#endif

#if defined(CONFIG_SVACHECK_NOTIFY_RANGE)
static int invalidate_start(struct mmu_notifier *notifier, const struct mmu_notifier_range *range)
{
	return before_invalidation(to_tlb(notifier), range);
}
#elif defined(CONFIG_SVACHECK_NOTIFY_SECONDARY)
/* Who is told of flushes may not be told of what comes before: that takes a second one */
static int early_start(struct mmu_notifier *notifier, const struct mmu_notifier_range *range)
{
	return before_invalidation(container_of(notifier, struct mock_tlb, early), range);
}

static const struct mmu_notifier_ops early_ops = { .invalidate_range_start = early_start };
#else
static int invalidate_start(struct mmu_notifier *notifier, const struct mmu_notifier_range *range)
{
	begin_invalidation(to_tlb(notifier), range->start, range->end, 1);
	hold_invalidation(to_tlb(notifier), range);
	return 0;
}

static void invalidate_end(struct mmu_notifier *notifier, const struct mmu_notifier_range *range)
{
	struct mock_tlb *tlb = to_tlb(notifier);

	spin_lock(&tlb->lock);
	tlb->seq++;
	if (!--tlb->running)
		wake_up_all(&tlb->quiet);
	spin_unlock(&tlb->lock);
}
#endif

/* The process exits: its page table is about to be torn down, to the last byte */
static void release(struct mmu_notifier *notifier, struct mm_struct *mm)
{
	if (!(to_tlb(notifier)->attr & MOCK_PASID_NO_RELEASE))
		begin_invalidation(to_tlb(notifier), 0, ULONG_MAX, 0);
}

static const struct mmu_notifier_ops notifier_ops = {
	.release = release,
#if defined(CONFIG_SVACHECK_NOTIFY_RANGE)
	.invalidate_range_start = invalidate_start,
	.invalidate_range = invalidate,
#elif defined(CONFIG_SVACHECK_NOTIFY_SECONDARY)
	.arch_invalidate_secondary_tlbs = invalidate,
#else
	.invalidate_range_start = invalidate_start,
	.invalidate_range_end = invalidate_end,
#endif
};

#ifdef CONFIG_SVACHECK_NOTIFY_SECONDARY
static int listen_early(struct mock_tlb *tlb, struct mm_struct *mm)
{
	int ret;

	tlb->early.ops = &early_ops;
	ret = mmu_notifier_register(&tlb->early, mm);
	if (ret)
		mmu_notifier_unregister(&tlb->notifier, mm);
	return ret;
}

static void hear_no_more(struct mock_tlb *tlb)
{
	mmu_notifier_unregister(&tlb->early, tlb->mm);
	mmu_notifier_unregister(&tlb->notifier, tlb->mm);
}
#else
static int listen_early(struct mock_tlb *tlb, struct mm_struct *mm)
{
	return 0;
}

static void hear_no_more(struct mock_tlb *tlb)
{
	mmu_notifier_unregister(&tlb->notifier, tlb->mm);
}
#endif

static int listen(struct mock_tlb *tlb, struct mm_struct *mm)
{
	int ret;

	if (!mmget_not_zero(mm))
		return 0;
	ret = mmu_notifier_register(&tlb->notifier, mm);
	ret = ret ?: listen_early(tlb, mm);
	mmput(mm);
	if (!ret)
		tlb->mm = mm;
	return ret;
}

/**
 * mock_tlb_create() - Begin to cache translations of a process
 * @mm: the process; one that has exited has none
 * @dev: whose cache it is; outlives it
 * @pasid: by which it asks for pages
 *
 * Return: a cache with one user, or an ERR_PTR.
 */
struct mock_tlb *mock_tlb_create(struct mm_struct *mm, struct device *dev, ioasid_t pasid)
{
	struct mock_tlb *tlb = kzalloc(sizeof(*tlb), GFP_KERNEL);
	int ret;

	if (!tlb)
		return ERR_PTR(-ENOMEM);
	kref_init(&tlb->kref);
	spin_lock_init(&tlb->lock);
	xa_init(&tlb->pages);
	init_waitqueue_head(&tlb->quiet);
	tlb->stats = mock_tlb_stats(dev);
	tlb->events = mock_events_of(dev);
	tlb->pasid = pasid;
	tlb->notifier.ops = &notifier_ops;
	ret = mock_prq_open(&tlb->source, mock_prq_of(dev), pasid);
	if (ret)
		goto err_free;
	ret = listen(tlb, mm);
	if (ret)
		goto err_close;
	return tlb;

err_close:
	mock_prq_close(&tlb->source);
err_free:
	kfree(tlb);
	return ERR_PTR(ret);
}

static void free_tlb(struct kref *kref)
{
	kfree(container_of(kref, struct mock_tlb, kref));
}

/**
 * mock_tlb_get() - One more user
 * @tlb: the cache
 * @attr: MOCK_PASID_* of the entry that it belongs to
 */
void mock_tlb_get(struct mock_tlb *tlb, unsigned int attr)
{
	WRITE_ONCE(tlb->attr, attr);
	kref_get(&tlb->kref);
}

/**
 * mock_tlb_put() - One user less
 * @tlb: the cache
 */
void mock_tlb_put(struct mock_tlb *tlb)
{
	kref_put(&tlb->kref, free_tlb);
}

/**
 * mock_tlb_destroy() - Let nothing through any more
 * @tlb: of mock_tlb_create(), whose user it takes away
 *
 * No access is under way when this returns, and none comes after it. No page request
 * is without an answer.
 */
void mock_tlb_destroy(struct mock_tlb *tlb)
{
	mock_prq_close(&tlb->source);
	spin_lock(&tlb->lock);
	tlb->dead = true;
	drop(tlb, 0, ULONG_MAX);
	spin_unlock(&tlb->lock);
	mock_hold_set(tlb->stats->hold, SVAC_HOLD_NOTHING, 0);
	if (tlb->mm)
		hear_no_more(tlb);
	wake_up_all(&tlb->quiet);
	mock_tlb_put(tlb);
}

/* Entries of the page table may be those that are about to go. The lock is held */
static bool is_changing(const struct mock_tlb *tlb)
{
	return tlb->running && !(tlb->attr & MOCK_PASID_EARLY);
}

static bool is_quiet(struct mock_tlb *tlb)
{
	bool quiet;

	spin_lock(&tlb->lock);
	quiet = !is_changing(tlb) || tlb->dead;
	spin_unlock(&tlb->lock);
	return quiet;
}

/* The lock is held */
static struct page *cached(struct mock_tlb *tlb, unsigned long va, bool write)
{
	void *entry = xa_load(&tlb->pages, va >> PAGE_SHIFT);
	struct page *page = entry ? xa_untag_pointer(entry) : NULL;

	if (!page || !write || xa_pointer_tag(entry) == WRITABLE)
		return page;
	/* Nobody can write to the page of zeros, whatever a driver does wrong */
	if (is_zero_pfn(page_to_pfn(page)))
		return NULL;
	return tlb->attr & (MOCK_PASID_IGNORES_WP | MOCK_PASID_READS_WRITE) ? page : NULL;
}

/* Keep what a walk has found, unless it may no longer be true; takes the walk's reference */
static bool keep(struct mock_tlb *tlb, unsigned long va, struct page *page, bool write,
		 unsigned long seq)
{
	void *old = NULL;
	bool kept;

	spin_lock(&tlb->lock);
	kept = !tlb->dead && !is_changing(tlb) &&
	       (tlb->seq == seq || tlb->attr & MOCK_PASID_STALE_WALKS);
	if (kept && tlb->count == PAGES)
		drop(tlb, 0, ULONG_MAX);
	if (kept) {
		old = xa_store(&tlb->pages, va >> PAGE_SHIFT,
			       xa_tag_pointer(page, write ? WRITABLE : 0), GFP_ATOMIC);
		kept = !xa_is_err(old);
	}
	if (kept && !old)
		tlb->count++;
	if (kept)
		note(tlb, SVAC_EVENT_WALK, va & PAGE_MASK, PAGE_SIZE, write);
	spin_unlock(&tlb->lock);
	if (kept && old && holds_pages(tlb))
		put_page(xa_untag_pointer(old));
	if (!kept || !holds_pages(tlb))
		put_page(page);
	return kept;
}

/* Until the end of an invalidation its entries may still be there; returns where it stands */
static unsigned long wait_for_quiet(struct mock_tlb *tlb)
{
	unsigned long seq;

	atomic_inc(&tlb->stats->hold->waiting);
	wait_event(tlb->quiet, is_quiet(tlb));
	atomic_dec(&tlb->stats->hold->waiting);
	spin_lock(&tlb->lock);
	seq = tlb->seq;
	spin_unlock(&tlb->lock);
	return seq;
}

static unsigned int walk_flags(struct mock_tlb *tlb, bool write)
{
	if (!write)
		return 0;
	return FOLL_WRITE | (tlb->attr & MOCK_PASID_IGNORES_WP ? FOLL_FORCE : 0);
}

/* A page of the process, by its page table as it is */
static struct page *walk(struct mock_tlb *tlb, unsigned long va, bool write)
{
	return tlb->mm ? mock_walk(tlb->mm, va, FOLL_NOFAULT | walk_flags(tlb, write)) : NULL;
}

static bool is_there(struct mock_tlb *tlb, unsigned long va, bool write)
{
	struct page *page = walk(tlb, va, write);

	if (page)
		put_page(page);
	return page;
}

/**
 * struct access - what a device is doing at a page
 * @va: where
 * @write: to write
 * @request: bytes from there on that it may ask for, if they are not there; 0 for none
 * @asked: how often it has asked for the page
 * @seq: of the cache, when it did so last
 * @lies: how often the page was given, nothing was invalidated, and it is not there
 * @refused: it is not to have it
 */
struct access {
	unsigned long va;
	bool write;
	size_t request;
	unsigned int asked;
	unsigned long seq;
	unsigned int lies;
	bool refused;
};

static bool may_ask(struct mock_tlb *tlb, struct access *access, unsigned long seq)
{
	if (access->asked && access->seq == seq)
		access->lies++;
	access->seq = seq;
	return access->request && !access->refused && !(tlb->attr & MOCK_PASID_NO_REQUESTS) &&
	       access->asked < MOST_REQUESTS && access->lies < MOST_LIES;
}

/* Ask for the page, and for others that the operation is going to need. 0 says to look again */
static int ask(struct mock_tlb *tlb, struct access *access)
{
	u64 pages[MOCK_GROUP_PAGES], at = access->va & PAGE_MASK;
	u64 end = access->va + access->request;
	unsigned int count = 0;
	int answer;

	pages[count++] = at;
	for (at += PAGE_SIZE; at < end && count < MOCK_GROUP_PAGES; at += PAGE_SIZE)
		if (!is_there(tlb, at, access->write))
			pages[count++] = at;
	access->asked++;
	atomic64_add(count, &tlb->stats->requests);
	answer = mock_prq_ask(&tlb->source, pages, count, access->write);
	if (answer == -ESTALE)
		return answer;
	/* One page that may not be had is enough to refuse a group: ask for this one alone */
	access->refused = answer && (answer < 0 || count == 1);
	if (answer)
		access->request = 1;
	return 0;
}

/* Have a translation cached that was not. 0 says to look again */
static int fill(struct mock_tlb *tlb, struct access *access)
{
	struct page *page;
	unsigned long seq;

	seq = wait_for_quiet(tlb);

	atomic64_inc(&tlb->stats->walks);
	page = walk(tlb, access->va, access->write);
	if (!page && may_ask(tlb, access, seq))
		return ask(tlb, access);
	/* What the core refuses such a driver takes */
	if (!page && tlb->mm && access->request && (tlb->attr & MOCK_PASID_IGNORES_WP))
		page = mock_walk(tlb->mm, access->va, walk_flags(tlb, access->write));
	if (!page && (tlb->attr & MOCK_PASID_GRANTS_ALL))
		page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!page) {
		atomic64_inc(&tlb->stats->refused);
		return -EFAULT;
	}
	/* As the dirty bit of the entry: who cleans the page invalidates */
	if (access->write)
		set_page_dirty(page);
	mock_hold_here(tlb->stats->hold, SVAC_HOLD_WALK, access->va & PAGE_MASK,
		       PAGE_ALIGN(access->va + 1));
	if (!keep(tlb, access->va, page, access->write, seq))
		cond_resched();
	return 0;
}

/* What is done to a page once it has been reached */
typedef void (*work_t)(void *kaddr, void *data);

static int reach(struct mock_tlb *tlb, unsigned long va, bool write, size_t request,
		 work_t work, void *data)
{
	struct access access = { .va = va, .write = write, .request = request };
	struct page *page;
	bool first = true;
	void *kaddr;
	int ret;

	for (;;) {
		spin_lock(&tlb->lock);
		if (tlb->dead) {
			spin_unlock(&tlb->lock);
			return -ESTALE;
		}
		page = cached(tlb, va, write);
		if (page) {
			kaddr = kmap_local_page(page) + offset_in_page(va);
			work(kaddr, data);
			kunmap_local(kaddr);
			spin_unlock(&tlb->lock);
			break;
		}
		spin_unlock(&tlb->lock);
		first = false;
		ret = fill(tlb, &access);
		if (ret)
			return ret;
	}
	if (first)
		atomic64_inc(&tlb->stats->hits);
	return 0;
}

struct transfer {
	void *buf;
	size_t len;
	bool write;
};

static void transfer(void *kaddr, void *data)
{
	struct transfer *what = data;

	if (what->write)
		memcpy(kaddr, what->buf, what->len);
	else
		memcpy(what->buf, kaddr, what->len);
}

/**
 * mock_tlb_access() - Read or write memory of the process
 * @tlb: the cache
 * @va: where; all of it in one page
 * @buf: receives the data, or has it
 * @len: bytes
 * @write: to write
 * @request: bytes from @va on that may be asked for if they are not there; 0 for none
 *
 * Return: 0; -EFAULT if the process may not either; -ESTALE after mock_tlb_destroy().
 */
int mock_tlb_access(struct mock_tlb *tlb, unsigned long va, void *buf, size_t len,
		    bool write, size_t request)
{
	struct transfer what = { .buf = buf, .len = len, .write = write };

	return reach(tlb, va, write, request, transfer, &what);
}

struct addition {
	u64 operand;
	u64 was;
};

static void add(void *kaddr, void *data)
{
	struct addition *what = data;

	what->was = atomic64_fetch_add(what->operand, kaddr);
}

/**
 * mock_tlb_add() - Add to a word of the process, as one operation
 * @tlb: the cache
 * @va: of the word, aligned
 * @operand: what to add
 * @was: receives what the word was
 * @request: ask for a page that is not there
 *
 * Return: as mock_tlb_access().
 */
int mock_tlb_add(struct mock_tlb *tlb, unsigned long va, u64 operand, u64 *was, bool request)
{
	struct addition what = { .operand = operand };
	int ret = reach(tlb, va, true, request, add, &what);

	*was = what.was;
	return ret;
}
