// SPDX-License-Identifier: GPL-2.0
/*
 * Holds each operation of the driver against its contract, rules DRV-*.
 */
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "../api/driver.h"
#include "audit.h"
#include "mock.h"
#include "pci.h"
#include "personality.h"

/* What stands behind us */
static struct svac_driver driver;

/* The rule that was violated first in this case, or NULL */
static const char *blames;
static char how[128];
static bool pardoned;
static atomic_t operations;

/* What the driver has is looked at, and changed, by one caller at a time */
static DEFINE_MUTEX(working);
static struct task_struct *worker;

/* Groups whose devices the driver is being asked about, one entry for each call */
static DEFINE_SPINLOCK(asked_lock);
static const void *asked[16];
static unsigned int overlaps;
static unsigned int lingering;

/**
 * mock_audit_blames() - Has the driver broken its contract in this case
 *
 * Return: the rule it broke first, or NULL.
 */
const char *mock_audit_blames(void)
{
	return blames;
}

/**
 * mock_audit_how() - In which way the driver has broken it
 *
 * Return: a line for a person.
 */
const char *mock_audit_how(void)
{
	return how;
}

/**
 * mock_audit_overlaps() - Calls for a device that came in while the driver was
 * being asked about a device of the same group
 *
 * Return: how many in this case.
 */
unsigned int mock_audit_overlaps(void)
{
	return overlaps;
}

/**
 * mock_audit_linger() - Have the driver take longer, so that calls that can meet do
 * @turns: of an empty loop, for each call; 0 for none
 */
void mock_audit_linger(unsigned int turns)
{
	WRITE_ONCE(lingering, turns);
}

/**
 * mock_audit_reset() - Begin a new case
 */
void mock_audit_reset(void)
{
	overlaps = 0;
	lingering = 0;
	memset(asked, 0, sizeof(asked));
	blames = NULL;
	pardoned = false;
}

/**
 * mock_pardon() - Let the driver do as the case has it do
 *
 * Until the case has ended it is the mock's normal driver, apart from what the
 * case plants in it, and nobody holds that against it.
 */
void mock_pardon(void)
{
	pardoned = true;
}

/* Told at once, should the case not come to its end, and again when it does */
#define blame(rule, fmt, ...)						\
	do {								\
		if (!blames && !pardoned) {				\
			blames = (rule);				\
			snprintf(how, sizeof(how), fmt, ##__VA_ARGS__);	\
			pr_info("        # blames: %s %s\n", blames, how); \
		}							\
	} while (0)

static const struct svac_domain_ops *driver_ops(struct iommu_domain *domain)
{
	const struct svac_domain_ops *ops = svac_domain_ops(domain);

	return pardoned ? mock_normal_domain_ops(ops) : ops;
}

static const struct svac_driver *device_ops(void)
{
	return pardoned ? mock_normal_ops() : &driver;
}

/**
 * struct window - the world around one operation of the driver
 * @domain: what the core called it with; or NULL
 * @dev: likewise
 * @pasid: likewise; or INVALID_IOASID
 * @table: of @dev; NULL if it has been unplugged
 * @entry: what was installed there before
 * @installed: whether anything was
 * @unseen: nothing was looked at, as somebody else was changing it
 * @here: sum over the other PASIDs of @dev
 * @elsewhere: sum over the PASIDs of other devices
 * @type: of @domain
 * @ops: of @domain
 * @dead: @domain had been freed, and the core should not have called at all
 * @mm: of @domain
 * @users: of @mm
 * @count: of @mm
 * @operations: begun until then
 * @sleeps: of this task until then
 * @no_memory: allocations that had been made to fail
 * @injected: errors that operations had been told to return
 */
struct window {
	struct iommu_domain *domain;
	struct device *dev;
	ioasid_t pasid;
	struct xarray *table;
	struct mock_pasid entry;
	bool installed;
	bool unseen;
	unsigned long here;
	unsigned long elsewhere;
	unsigned int type;
	const struct iommu_domain_ops *ops;
	bool dead;
	struct mm_struct *mm;
	int users;
	int count;
	unsigned int operations;
	unsigned long sleeps;
	unsigned int no_memory;
	unsigned int injected;
};

/* All that is in a PASID table but one entry, in one number */
static unsigned long sum_table(struct xarray *table, unsigned long but)
{
	struct mock_pasid *entry;
	unsigned long pasid, one, sum = 0;

	xa_for_each(table, pasid, entry) {
		if (pasid == but)
			continue;
		one = hash_long((unsigned long)entry->mm, BITS_PER_LONG);
		one = hash_long(one + (unsigned long)entry->iopt, BITS_PER_LONG);
		sum += hash_long(one + (unsigned long)table + pasid, BITS_PER_LONG);
	}
	return sum;
}

static void add_table(struct xarray *table, void *data)
{
	struct window *now = data;

	if (table != now->table)
		now->elsewhere += sum_table(table, INVALID_IOASID);
}

static bool add_device(struct device *dev, void *data)
{
	struct xarray *table = mock_pasid_table(dev);

	if (table)
		add_table(table, data);
	return false;
}

static void look_at_tables(struct window *now)
{
	struct mock_pasid *entry;

	/* Before any that begins to work on tables when we have seen them */
	now->operations = atomic_read(&operations);
	if (now->table) {
		entry = xa_load(now->table, now->pasid);
		now->installed = entry;
		if (entry)
			now->entry = *entry;
		now->here = sum_table(now->table, now->pasid);
	}
	mock_each_device(add_device, now);
	mock_pci_each_table(add_table, now);
}

static void look(struct window *now, struct iommu_domain *domain,
		 struct device *dev, ioasid_t pasid)
{
	int error;

	*now = (struct window){ .domain = domain, .dev = dev, .pasid = pasid };
	now->table = dev ? mock_pasid_table(dev) : NULL;
	if (READ_ONCE(worker) == current) {
		look_at_tables(now);
	} else if (mutex_trylock(&working)) { /* the caller may be unable to wait */
		look_at_tables(now);
		mutex_unlock(&working);
	} else {
		now->unseen = true;
	}
	if (domain) {
		now->type = domain->type;
		now->ops = domain->ops;
		now->dead = mock_life_of(domain)->freed;
		if (domain->type == IOMMU_DOMAIN_SVA)
			now->mm = svac_domain_mm(domain);
	}
	if (now->mm) {
		now->users = atomic_read(&now->mm->mm_users);
		now->count = atomic_read(&now->mm->mm_count);
	}
	now->sleeps = current->nvcsw;
	now->no_memory = mock_failed_allocations();
	now->injected = mock_injections(&error);
}

static void begin(struct window *before, struct iommu_domain *domain,
		  struct device *dev, ioasid_t pasid)
{
	atomic_inc(&operations);
	look(before, domain, dev, pasid);
}

/*
 * The driver is asked about a PASID of a device, until note_answered(): in a group
 * for one at a time. A device that is being removed may have no group any more.
 */
static const void *note_asked(struct device *dev)
{
	const void *group = READ_ONCE(dev->iommu_group) ?: (void *)dev;
	unsigned int i, turns = READ_ONCE(lingering);
	const void **free = NULL;

	spin_lock(&asked_lock);
	for (i = 0; i < ARRAY_SIZE(asked); i++) {
		if (asked[i] == group)
			overlaps++;
		if (!asked[i])
			free = &asked[i];
	}
	if (!WARN_ON(!free))
		*free = group;
	spin_unlock(&asked_lock);
	while (turns--)
		cpu_relax();
	return group;
}

static void note_answered(const void *group)
{
	unsigned int i;

	spin_lock(&asked_lock);
	for (i = 0; i < ARRAY_SIZE(asked) && asked[i] != group; i++)
		;
	if (i < ARRAY_SIZE(asked))
		asked[i] = NULL;
	spin_unlock(&asked_lock);
}

/* begin() for an operation that works on PASID tables */
static void begin_work(struct window *before, struct iommu_domain *domain,
		       struct device *dev, ioasid_t pasid)
{
	mutex_lock(&working);
	WRITE_ONCE(worker, current);
	begin(before, domain, dev, pasid);
}

static void end_work(void)
{
	WRITE_ONCE(worker, NULL);
	mutex_unlock(&working);
}

/* Was nothing else going on meanwhile that may have changed something? */
static bool alone(const struct window *before, const struct window *after)
{
	return after->operations == before->operations && after->sleeps == before->sleeps &&
	       !before->unseen && !after->unseen;
}

/*
 * The world after an operation, and what holds of each. False if there is
 * nothing more to say of this one: it has been blamed already, or the core
 * asked for something that makes no sense.
 */
static bool end(const struct window *before, struct window *after, const char *name)
{
	struct iommu_domain *domain = before->domain;

	look(after, NULL, before->dev, before->pasid);
	if (pardoned || before->dead)
		return false;
	if (domain && (domain->type != before->type || domain->ops != before->ops)) {
		blame("DRV-022", "%s changed the domain's type or its operations", name);
		/* Put right, so that the case can go on */
		domain->type = before->type;
		domain->ops = before->ops;
		return false;
	}
	if (!alone(before, after))
		return true;
	if (after->here != before->here) {
		blame("DRV-005", "%s changed another PASID of the device", name);
		return false;
	}
	if (after->elsewhere != before->elsewhere) {
		blame("DRV-006", "%s changed what is set on another device", name);
		return false;
	}
	if (before->mm) {
		if (atomic_read(&before->mm->mm_users) > before->users) {
			blame("DRV-012", "%s became a user of the mm", name);
			return false;
		}
		mock_life_of(domain)->held += atomic_read(&before->mm->mm_count) - before->count;
	}
	return true;
}

/* Whether the operation was told to fail; no memory is one way to be */
static bool told_to_fail(const struct window *before, const struct window *after)
{
	return after->injected != before->injected || after->no_memory != before->no_memory;
}

static bool lacked_memory(const struct window *before, const struct window *after)
{
	int error;

	if (after->no_memory != before->no_memory)
		return true;
	return mock_injections(&error) != before->injected && error == -ENOMEM;
}

static void judge_error(const struct window *before, const struct window *after,
			const char *name, int ret)
{
	if (lacked_memory(before, after)) {
		if (ret != -ENOMEM)
			blame("DRV-015", "%s returned %d where memory was lacking, not -ENOMEM",
			      name, ret);
	} else if (!told_to_fail(before, after)) {
		blame("DRV-014", "%s refused with %d what the hardware has room for", name, ret);
	}
}

static void judge_set(const struct window *before, const struct window *after, int ret)
{
	const struct mock_pasid *entry = &after->entry;
	bool same = after->installed && entry->mm == before->entry.mm &&
		    entry->iopt == before->entry.iopt;

	if (!before->table || !before->pasid ||
	    before->pasid >= mock_hardware_pasids(before->dev))
		return;
	if (ret > 0) {
		blame("DRV-004", "set_dev_pasid returned %d, which is no error and not 0", ret);
	} else if (before->installed) {
		if (!same)
			blame("DRV-008", "set_dev_pasid replaced what was installed");
		else if (ret != -EBUSY && !told_to_fail(before, after))
			blame("DRV-008", "set_dev_pasid returned %d for a PASID that is taken",
			      ret);
	} else if (ret) {
		if (after->installed)
			blame("DRV-007", "set_dev_pasid returned %d, and something is installed",
			      ret);
		else
			judge_error(before, after, "set_dev_pasid", ret);
	} else if (!after->installed) {
		blame("DRV-003", "set_dev_pasid returned 0, and nothing is installed");
	} else if (before->mm ? entry->mm != before->mm :
		   before->type != IOMMU_DOMAIN_SVA &&
		   entry->iopt != mock_iopt(before->domain)) {
		blame("DRV-003", "set_dev_pasid returned 0, and another page table is installed");
	}
}

static int audit_set_dev_pasid(struct iommu_domain *domain, struct device *dev,
			       ioasid_t pasid)
{
	const void *group = note_asked(dev);
	struct window before, after;
	int ret;

	mock_note_use(domain);
	mock_run_hook(MOCK_SET, domain, dev, pasid);
	begin_work(&before, domain, dev, pasid);
	ret = driver_ops(domain)->set_dev_pasid(domain, dev, pasid);
	if (end(&before, &after, "set_dev_pasid"))
		judge_set(&before, &after, ret);
	end_work();
	mock_run_after(MOCK_SET, domain, dev, pasid);
	note_answered(group);
	return ret;
}

static void judge_replace(const struct window *before, const struct window *after, int ret)
{
	bool asked = before->mm ? after->entry.mm == before->mm :
				  after->entry.iopt == mock_iopt(before->domain);
	bool same = after->entry.mm == before->entry.mm &&
		    after->entry.iopt == before->entry.iopt;

	if (!before->table || !before->installed)
		return;
	if (ret > 0)
		blame("DRV-004", "set_dev_pasid returned %d, which is no error and not 0", ret);
	else if (!after->installed || (ret && !same))
		blame("DRV-024", "set_dev_pasid returned %d, and what was set before is gone", ret);
	else if (ret)
		judge_error(before, after, "set_dev_pasid", ret);
	else if (!asked)
		blame("DRV-024", "set_dev_pasid returned 0, and what was set before still is");
}

static int audit_replace_dev_pasid(struct iommu_domain *domain, struct device *dev,
				   ioasid_t pasid, struct iommu_domain *old)
{
	const void *group = note_asked(dev);
	struct window before, after;
	int ret;

	mock_note_use(domain);
	mock_note_use(old);
	mock_run_hook(MOCK_REPLACE, domain, dev, pasid);
	begin_work(&before, domain, dev, pasid);
	ret = driver_ops(domain)->replace_dev_pasid(domain, dev, pasid, old);
	if (end(&before, &after, "set_dev_pasid"))
		judge_replace(&before, &after, ret);
	end_work();
	mock_run_after(MOCK_REPLACE, domain, dev, pasid);
	note_answered(group);
	return ret;
}

static void audit_block_dev_pasid(struct iommu_domain *domain, struct device *dev,
				  ioasid_t pasid)
{
	const void *group = note_asked(dev);
	struct window before, after;

	mock_note_use(domain);
	mock_run_hook(MOCK_BLOCK, domain, dev, pasid);
	begin_work(&before, domain, dev, pasid);
	driver_ops(domain)->block_dev_pasid(domain, dev, pasid);
	if (end(&before, &after, "block_dev_pasid") && after.installed)
		blame("DRV-009", "block_dev_pasid returned, and the PASID is still installed");
	end_work();
	mock_run_after(MOCK_BLOCK, domain, dev, pasid);
	note_answered(group);
}

static int audit_attach_dev(struct iommu_domain *domain, struct device *dev)
{
	struct window before, after;
	int ret;

	mock_run_hook(MOCK_ATTACH, domain, dev, INVALID_IOASID);
	begin(&before, domain, dev, INVALID_IOASID);
	ret = driver_ops(domain)->attach_dev(domain, dev);
	if (end(&before, &after, "attach_dev") && ret > 0)
		blame("DRV-004", "attach_dev returned %d, which is no error and not 0", ret);
	mock_run_after(MOCK_ATTACH, domain, dev, INVALID_IOASID);
	return ret;
}

static void free_and_judge(struct iommu_domain *domain)
{
	struct mock_life *life = mock_life_of(domain);
	struct window before, after;
	unsigned int freed;

	begin(&before, domain, NULL, INVALID_IOASID);
	freed = mock_frees();
	driver_ops(domain)->free(domain);
	freed = mock_frees() - freed;
	if (!end(&before, &after, "free") || before.operations != atomic_read(&operations))
		return;
	if (!life->freed)
		blame("DRV-010", "free did not free the domain%s", freed ? " but another" : "");
	else if (life->freed > 1)
		blame("DRV-010", "free freed the domain %u times", life->freed);
	else if (freed != 1)
		blame("DRV-010", "free freed another domain as well");
	else if (life->held > 0)
		blame("DRV-011", "free returned, and the driver still holds the mm");
}

static void audit_free(struct iommu_domain *domain)
{
	/* A default domain goes with its group, which may be later than the case */
	if (domain->type == IOMMU_DOMAIN_IDENTITY) {
		driver_ops(domain)->free(domain);
		return;
	}
	mock_run_hook(MOCK_FREE, domain, NULL, INVALID_IOASID);
	free_and_judge(domain);
	mock_run_after(MOCK_FREE, domain, NULL, INVALID_IOASID);
}

static void judge_atomic(const struct window *before, const char *name)
{
	if (current->nvcsw != before->sleeps)
		blame("DRV-016", "%s slept where its caller may not", name);
}

static int audit_map_pages(struct iommu_domain *domain, unsigned long iova,
			   phys_addr_t phys, size_t pgsize, size_t pgcount,
			   int prot, gfp_t gfp, size_t *mapped)
{
	size_t i, before_mapped = *mapped;
	struct window before, after;
	int ret;

	begin(&before, domain, NULL, INVALID_IOASID);
	ret = driver_ops(domain)->map_pages(domain, iova, phys, pgsize, pgcount,
					    prot, gfp, mapped);
	if (!gfpflags_allow_blocking(gfp))
		judge_atomic(&before, "map_pages for an atomic caller");
	if (!end(&before, &after, "map_pages"))
		return ret;
	if (ret > 0)
		blame("DRV-004", "map_pages returned %d, which is no error and not 0", ret);
	else if (!ret && *mapped - before_mapped != pgcount * pgsize)
		blame("DRV-017", "map_pages returned 0 without having mapped everything");
	for (i = 0; i < (*mapped - before_mapped) / pgsize; i++)
		if (xa_load(mock_iopt(domain), PHYS_PFN(iova) + i) !=
		    MOCK_PTE(phys + i * pgsize, prot))
			blame("DRV-017", "map_pages mapped something else than it was asked to");
	return ret;
}

static size_t audit_unmap_pages(struct iommu_domain *domain, unsigned long iova,
				size_t pgsize, size_t pgcount,
				struct iommu_iotlb_gather *gather)
{
	struct window before, after;
	size_t i, size;

	begin(&before, domain, NULL, INVALID_IOASID);
	size = driver_ops(domain)->unmap_pages(domain, iova, pgsize, pgcount, gather);
	judge_atomic(&before, "unmap_pages");
	if (!end(&before, &after, "unmap_pages"))
		return size;
	for (i = 0; i < pgcount; i++)
		if (xa_load(mock_iopt(domain), PHYS_PFN(iova) + i))
			blame("DRV-018", "unmap_pages returned %zu, and a page is still mapped",
			      size);
	return size;
}

static phys_addr_t audit_iova_to_phys(struct iommu_domain *domain, dma_addr_t iova)
{
	struct window before, after;
	phys_addr_t phys, want = 0;
	void *pte;

	begin(&before, domain, NULL, INVALID_IOASID);
	phys = driver_ops(domain)->iova_to_phys(domain, iova);
	judge_atomic(&before, "iova_to_phys");
	if (!end(&before, &after, "iova_to_phys"))
		return phys;
	pte = xa_load(mock_iopt(domain), PHYS_PFN(iova));
	if (pte)
		want = PFN_PHYS(xa_to_value(pte) >> 2) + offset_in_page(iova);
	if (phys != want)
		blame("DRV-019", "iova_to_phys answered %pa, the page table says %pa",
		      &phys, &want);
	return phys;
}

static struct iommu_domain *alloc_and_judge(unsigned int type)
{
	struct window before, after;
	struct iommu_domain *domain;

	begin(&before, NULL, NULL, INVALID_IOASID);
	domain = device_ops()->domain_alloc(type);
	if (!end(&before, &after, "domain_alloc"))
		return domain;
	if (IS_ERR(domain)) {
		blame("DRV-001", "domain_alloc answered an error pointer, not NULL");
		/* Which the core would follow */
		return NULL;
	}
	if (!domain) {
		if (type == IOMMU_DOMAIN_SVA && !told_to_fail(&before, &after))
			blame("DRV-014", "domain_alloc refused another domain");
		return NULL;
	}
	if (type == IOMMU_DOMAIN_IDENTITY)
		return domain;
	if (!mock_is_alive(domain) || mock_life_of(domain)->given++)
		blame("DRV-001", "domain_alloc answered what is no domain of its own");
	else if (type == IOMMU_DOMAIN_SVA &&
		 mock_life_of(domain)->bytes < sizeof(struct svac_sva_domain))
		blame("DRV-001", "domain_alloc answered a domain in %zu bytes, the core needs %zu",
		      mock_life_of(domain)->bytes, sizeof(struct svac_sva_domain));
	else if (!domain->ops || !domain->ops->free)
		blame("DRV-002", "domain_alloc answered a domain that cannot be freed");
	return domain;
}

static struct iommu_domain *audit_domain_alloc(unsigned int type)
{
	struct iommu_domain *domain;

	mock_run_hook(MOCK_ALLOC, NULL, NULL, INVALID_IOASID);
	domain = alloc_and_judge(type);
	mock_run_after(MOCK_ALLOC, domain, NULL, INVALID_IOASID);
	return domain;
}

static struct iommu_device *audit_probe_device(struct device *dev)
{
	struct window before, after;
	struct iommu_device *iommu;

	begin(&before, NULL, NULL, INVALID_IOASID);
	iommu = device_ops()->probe_device(dev);
	if (end(&before, &after, "probe_device") && !IS_ERR_OR_NULL(iommu) &&
	    iommu->max_pasids != mock_hardware_pasids(dev))
		blame("DRV-013", "probe_device: an IOMMU of %u PASIDs has %u in hardware",
		      iommu->max_pasids, mock_hardware_pasids(dev));
	return iommu;
}

static void audit_release_device(struct device *dev)
{
	mock_run_hook(MOCK_RELEASE, NULL, dev, INVALID_IOASID);
	atomic_inc(&operations);
	device_ops()->release_device(dev);
	mock_run_after(MOCK_RELEASE, NULL, dev, INVALID_IOASID);
}

struct grouping {
	struct device *dev;
	struct iommu_group *group;
	bool with_strangers;
	bool torn_apart;
};

/* Hold the group of a new device against that of one that is there */
static bool compare_groups(struct device *dev, void *data)
{
	struct iommu_group *given = *mock_given_group(dev);
	struct grouping *found = data;
	bool inseparable, together;

	/* Somebody may have moved it, or taken it out */
	if (dev == found->dev || !given || dev->iommu_group != given)
		return false;
	inseparable = mock_config(dev)->group &&
		      mock_config(dev)->group == mock_config(found->dev)->group;
	together = given == found->group;
	found->with_strangers |= together && !inseparable;
	found->torn_apart |= inseparable && !together;
	return false;
}

static void judge_group(struct device *dev, struct iommu_group *group)
{
	struct grouping grouping = { .dev = dev, .group = group };

	/* How a bus that can be enumerated groups its devices is the core's own */
	if (!dev_is_platform(dev))
		return;
	mock_each_device(compare_groups, &grouping);
	if (grouping.with_strangers)
		blame("DRV-023", "device_group put a device that is isolated with others");
	else if (grouping.torn_apart)
		blame("DRV-023", "device_group tore apart what the hardware cannot tell apart");
	*mock_given_group(dev) = group;
}

static struct iommu_group *audit_device_group(struct device *dev)
{
	struct window before, after;
	struct iommu_group *group;

	begin(&before, NULL, NULL, INVALID_IOASID);
	group = device_ops()->device_group(dev);
	if (!IS_ERR_OR_NULL(group))
		mock_count_group(group);
	if (!end(&before, &after, "device_group"))
		return group;
	if (!group)
		blame("DRV-023", "device_group answered neither a group nor an error");
	else if (!IS_ERR(group) && alone(&before, &after))
		judge_group(dev, group);
	return group;
}

static int audit_def_domain_type(struct device *dev)
{
	return driver.def_domain_type(dev);
}

static bool audit_is_attach_deferred(struct device *dev)
{
	return driver.is_attach_deferred(dev);
}

static int audit_enable_sva(struct device *dev)
{
	return driver.enable_sva(dev);
}

/* Where the core's calls arrive in place of the driver */
static const struct svac_driver device_entries = {
	.domain_alloc = audit_domain_alloc,
	.probe_device = audit_probe_device,
	.release_device = audit_release_device,
	.device_group = audit_device_group,
	.def_domain_type = audit_def_domain_type,
	.is_attach_deferred = audit_is_attach_deferred,
	.enable_sva = audit_enable_sva,
};

static const struct svac_domain_ops domain_entries = {
	.attach_dev = audit_attach_dev,
	.set_dev_pasid = audit_set_dev_pasid,
	.replace_dev_pasid = audit_replace_dev_pasid,
	.block_dev_pasid = audit_block_dev_pasid,
	.map_pages = audit_map_pages,
	.unmap_pages = audit_unmap_pages,
	.iova_to_phys = audit_iova_to_phys,
	.free = audit_free,
};

/**
 * mock_audit_begin() - Put the auditor between the core and a driver
 * @ops: what the driver does with devices
 * @paging: its table for domains with an I/O page table
 */
void mock_audit_begin(const struct svac_driver *ops, const struct svac_domain_ops *paging)
{
	driver = *ops;
	svac_core_begin(&device_entries, &domain_entries, paging);
}

/* Does the process's page table let an access through, and to which page */
static struct page *honest(struct mm_struct *mm, unsigned long va, bool write)
{
	struct page *page = mock_walk(mm, va, write ? FOLL_WRITE : 0);

	if (page)
		put_page(page);
	return page;
}

/**
 * mock_audit_dma() - Hold what a device's DMA came to against the page table
 * @mm: of the domain that is installed
 * @va: where
 * @write: or read
 * @got: the page that it reached, with a reference; NULL for a fault
 *
 * The processor's own walk says what is right.
 */
void mock_audit_dma(struct mm_struct *mm, unsigned long va, bool write,
		    const struct page *got)
{
	const struct page *right;

	if (pardoned || blames)
		return;
	right = honest(mm, va, write);
	if (got == right)
		return;
	if (!got)
		blame("DRV-020", "DMA faulted where the process could go on");
	else if (write && !right && honest(mm, va, false))
		blame("DRV-020", "DMA wrote where the process may only read");
	else
		blame("DRV-021", "DMA reached a page that the process no longer has there");
}
