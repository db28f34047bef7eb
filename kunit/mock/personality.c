// SPDX-License-Identifier: GPL-2.0
/*
 * Drivers that a vendor could ship. configs/broken-drivers.toml says of each
 * what the vendor did wrong and which rule it breaks.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/panic.h>
#include <linux/platform_device.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "../api/driver.h"
#include "mock.h"
#include "personality.h"
#include "prq.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "svacheck."

static char *chosen = "normal";
module_param_named(driver, chosen, charp, 0444);
MODULE_PARM_DESC(driver, "which driver the mock IOMMU has, by its name in configs/broken-drivers.toml");

/**
 * struct personality - what a driver does otherwise than the normal one
 * @name: in configs/broken-drivers.toml
 * @ops: of the driver; members that are NULL are as in the normal one
 * @sva: of its SVA domains; likewise
 * @paging: of its other domains; likewise
 * @requests: with page requests; likewise
 */
struct personality {
	const char *name;
	struct svac_driver ops;
	struct svac_domain_ops sva;
	struct svac_domain_ops paging;
	const struct mock_prq_ops *requests;
};

/* Only programs have devices that ask for pages */
#ifdef CONFIG_SVACHECK_CHARDEV
#define REQUESTS(_ops)	.requests = &(_ops)
#else
#define REQUESTS(_ops)	.requests = NULL
#endif

/* The normal driver, and where its tables are that a personality is put into */
static struct svac_driver normal_ops;
static struct svac_domain_ops normal_sva, normal_paging;
static struct svac_domain_ops *sva_table, *paging_table;

/* What a personality remembers, until the case has ended */
static struct iommu_domain *last_domain;
static struct mm_struct *first_mm;
static bool has_blocked;

static struct mock_pasid *entry_of(struct device *dev, ioasid_t pasid)
{
	struct xarray *table = mock_pasid_table(dev);

	return table ? xa_load(table, pasid) : NULL;
}

static void erase(struct device *dev, ioasid_t pasid)
{
	struct xarray *table = mock_pasid_table(dev);

	if (table)
		mock_pasid_free(xa_erase(table, pasid));
}

static void erase_all(struct device *dev)
{
	struct xarray *table = mock_pasid_table(dev);
	struct mock_pasid *entry;
	unsigned long pasid;

	if (!table)
		return;
	xa_for_each(table, pasid, entry)
		erase(dev, pasid);
}

/* ---- allocating and freeing ---- */

static struct iommu_domain *alloc_bare(unsigned int type)
{
	struct iommu_domain *domain = normal_ops.domain_alloc(type);

	/* The memory is there, so that nothing else is overwritten */
	if (domain && type == IOMMU_DOMAIN_SVA)
		mock_life_of(domain)->bytes = sizeof(struct iommu_domain);
	return domain;
}

static struct iommu_domain *alloc_or_error(unsigned int type)
{
	struct iommu_domain *domain = normal_ops.domain_alloc(type);

	return domain || type != IOMMU_DOMAIN_SVA ? domain : ERR_PTR(-ENOMEM);
}

static struct iommu_domain *alloc_last_again(unsigned int type)
{
	if (type != IOMMU_DOMAIN_SVA)
		return normal_ops.domain_alloc(type);
	if (!last_domain || mock_life_of(last_domain)->freed)
		last_domain = normal_ops.domain_alloc(type);
	return last_domain;
}

static struct iommu_domain *alloc_without_ops(unsigned int type)
{
	struct iommu_domain *domain = normal_ops.domain_alloc(type);

	if (domain && type == IOMMU_DOMAIN_SVA)
		svac_domain_use(domain, NULL);
	return domain;
}

static struct iommu_domain *alloc_without_free(unsigned int type)
{
	static struct svac_domain_ops ops;
	struct iommu_domain *domain = normal_ops.domain_alloc(type);

	if (domain && type == IOMMU_DOMAIN_SVA) {
		ops = *svac_domain_ops(domain);
		ops.free = NULL;
		svac_domain_use(domain, &ops);
	}
	return domain;
}

static struct iommu_domain *alloc_one_at_a_time(unsigned int type)
{
	if (type == IOMMU_DOMAIN_SVA && mock_live_domains(type))
		return NULL;
	return normal_ops.domain_alloc(type);
}

static void free_twice(struct iommu_domain *domain)
{
	normal_sva.free(domain);
	normal_sva.free(domain);
}

static void free_nothing(struct iommu_domain *domain)
{
}

static void free_another(struct iommu_domain *domain)
{
	struct mock_life *life = NULL;

	while ((life = mock_next_life(life))) {
		if (life->type != IOMMU_DOMAIN_SVA || life->freed ||
		    mock_life_domain(life) == domain)
			continue;
		normal_sva.free(mock_life_domain(life));
		return;
	}
	normal_sva.free(domain);
}

/* ---- setting ---- */

static int set_nothing(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	return 0;
}

static int set_first_mm(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	int ret = normal_sva.set_dev_pasid(domain, dev, pasid);

	if (ret)
		return ret;
	if (!first_mm)
		first_mm = svac_domain_mm(domain);
	if (entry_of(dev, pasid))
		entry_of(dev, pasid)->mm = first_mm;
	return 0;
}

static int set_and_tell_pasid(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	return normal_sva.set_dev_pasid(domain, dev, pasid) ?: pasid;
}

static int set_next_pasid(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	return normal_sva.set_dev_pasid(domain, dev, pasid + 1);
}

static bool find_other(struct device *dev, void *data)
{
	struct device **other = data;

	if (dev == *other)
		return false;
	*other = dev;
	return true;
}

static int set_other_device(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	struct device *other = dev;

	mock_each_device(find_other, &other);
	return normal_sva.set_dev_pasid(domain, other, pasid);
}

static int set_and_fail(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	return normal_sva.set_dev_pasid(domain, dev, pasid) ?: -EIO;
}

static int set_replacing(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	erase(dev, pasid);
	return normal_sva.set_dev_pasid(domain, dev, pasid);
}

static int set_and_grab(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	int ret = normal_sva.set_dev_pasid(domain, dev, pasid);

	if (!ret)
		mmgrab(svac_domain_mm(domain));
	return ret;
}

static int set_and_use(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	bool used = mmget_not_zero(svac_domain_mm(domain));
	int ret = normal_sva.set_dev_pasid(domain, dev, pasid);

	if (ret && used)
		mmput(svac_domain_mm(domain));
	return ret;
}

static bool other_has_pasids(struct device *dev, void *data)
{
	struct xarray *table = mock_pasid_table(dev);
	struct device **other = data;

	if (dev == *other || !table || xa_empty(table))
		return false;
	*other = dev;
	return true;
}

static int set_one_device(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	struct device *other = dev;

	mock_each_device(other_has_pasids, &other);
	return other != dev ? -EBUSY : normal_sva.set_dev_pasid(domain, dev, pasid);
}

static int set_one_pasid(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	struct xarray *table = mock_pasid_table(dev);

	if (table && !xa_empty(table) && !xa_load(table, pasid))
		return -ENOSPC;
	return normal_sva.set_dev_pasid(domain, dev, pasid);
}

static int set_until_blocked(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	return has_blocked ? -EIO : normal_sva.set_dev_pasid(domain, dev, pasid);
}

static int set_busy_for_no_memory(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	int ret = normal_sva.set_dev_pasid(domain, dev, pasid);

	return ret == -ENOMEM ? -EBUSY : ret;
}

static int set_with(struct iommu_domain *domain, struct device *dev, ioasid_t pasid,
		    unsigned int attr)
{
	int ret = normal_sva.set_dev_pasid(domain, dev, pasid);

	if (!ret && entry_of(dev, pasid))
		entry_of(dev, pasid)->attr |= attr;
	return ret;
}

static int set_ignoring_wp(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	return set_with(domain, dev, pasid, MOCK_PASID_IGNORES_WP);
}

static int set_without_requests(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	return set_with(domain, dev, pasid, MOCK_PASID_NO_REQUESTS);
}

static int set_caching(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	return set_with(domain, dev, pasid, MOCK_PASID_CACHES);
}

static int set_dropping_first_page(struct iommu_domain *domain, struct device *dev,
				   ioasid_t pasid)
{
	return set_with(domain, dev, pasid, MOCK_PASID_FIRST_PAGE);
}

static int set_dropping_one_less(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	return set_with(domain, dev, pasid, MOCK_PASID_ONE_LESS);
}

static int set_dropping_early(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	return set_with(domain, dev, pasid, MOCK_PASID_EARLY);
}

static int set_caching_stale_walks(struct iommu_domain *domain, struct device *dev,
				   ioasid_t pasid)
{
	return set_with(domain, dev, pasid, MOCK_PASID_STALE_WALKS);
}

static int set_ignoring_release(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	return set_with(domain, dev, pasid, MOCK_PASID_NO_RELEASE);
}

static int set_writing_by_reads(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	return set_with(domain, dev, pasid, MOCK_PASID_READS_WRITE);
}

static int set_granting_all(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	return set_with(domain, dev, pasid, MOCK_PASID_GRANTS_ALL);
}

static int set_for_any_pasid(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	return set_with(domain, dev, pasid, MOCK_PASID_ANY);
}

static int set_changing_type(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	int ret = normal_sva.set_dev_pasid(domain, dev, pasid);

	domain->type = IOMMU_DOMAIN_UNMANAGED;
	return ret;
}

static int replace_nothing(struct iommu_domain *domain, struct device *dev, ioasid_t pasid,
			   struct iommu_domain *old)
{
	return 0;
}

/* ---- blocking ---- */

static void block_nothing(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
}

static void block_next_pasid(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	normal_sva.block_dev_pasid(domain, dev, pasid + 1);
}

static void block_all_pasids(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	normal_sva.block_dev_pasid(domain, dev, pasid);
	erase_all(dev);
}

static bool erase_here(struct device *dev, void *data)
{
	erase(dev, *(ioasid_t *)data);
	return false;
}

static void block_all_devices(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	normal_sva.block_dev_pasid(domain, dev, pasid);
	mock_each_device(erase_here, &pasid);
}

static void block_and_remember(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	normal_sva.block_dev_pasid(domain, dev, pasid);
	has_blocked = true;
}

/* ---- I/O page tables ---- */

static int attach_and_wipe(struct iommu_domain *domain, struct device *dev)
{
	erase_all(dev);
	return normal_paging.attach_dev(domain, dev);
}

static int map_first_page(struct iommu_domain *domain, unsigned long iova,
			  phys_addr_t phys, size_t pgsize, size_t pgcount,
			  int prot, gfp_t gfp, size_t *mapped)
{
	int ret = normal_paging.map_pages(domain, iova, phys, pgsize, 1, prot, gfp, mapped);

	if (!ret)
		*mapped += (pgcount - 1) * pgsize;
	return ret;
}

static int map_writable(struct iommu_domain *domain, unsigned long iova,
			phys_addr_t phys, size_t pgsize, size_t pgcount,
			int prot, gfp_t gfp, size_t *mapped)
{
	return normal_paging.map_pages(domain, iova, phys, pgsize, pgcount,
				       prot | IOMMU_WRITE, gfp, mapped);
}

static int map_sleeping(struct iommu_domain *domain, unsigned long iova,
			phys_addr_t phys, size_t pgsize, size_t pgcount,
			int prot, gfp_t gfp, size_t *mapped)
{
	schedule_timeout_uninterruptible(1);
	return normal_paging.map_pages(domain, iova, phys, pgsize, pgcount, prot, gfp, mapped);
}

static size_t unmap_sleeping(struct iommu_domain *domain, unsigned long iova, size_t pgsize,
			     size_t pgcount, struct iommu_iotlb_gather *gather)
{
	schedule_timeout_uninterruptible(1);
	return normal_paging.unmap_pages(domain, iova, pgsize, pgcount, gather);
}

static size_t unmap_nothing(struct iommu_domain *domain, unsigned long iova, size_t pgsize,
			    size_t pgcount, struct iommu_iotlb_gather *gather)
{
	return pgsize * pgcount;
}

static phys_addr_t translate_to_page(struct iommu_domain *domain, dma_addr_t iova)
{
	return normal_paging.iova_to_phys(domain, iova) & PAGE_MASK;
}

/* ---- devices ---- */

static struct iommu_device *probe_ignoring_limit(struct device *dev)
{
	struct iommu_device *iommu = normal_ops.probe_device(dev);

	return IS_ERR(iommu) ? iommu : mock_iommu_with(true);
}

static struct iommu_device *probe_without_pasids(struct device *dev)
{
	struct iommu_device *iommu = normal_ops.probe_device(dev);

	return IS_ERR(iommu) ? iommu : mock_iommu_with(false);
}

static struct iommu_group *group_with_others(struct device *dev)
{
	struct device *other = dev;

	mock_each_device(find_other, &other);
	if (!dev_is_platform(dev))
		return normal_ops.device_group(dev);
	if (other == dev || !other->iommu_group)
		return generic_device_group(dev);
	return iommu_group_get(other);
}

static struct iommu_group *group_alone(struct device *dev)
{
	if (!dev_is_platform(dev))
		return normal_ops.device_group(dev);
	return generic_device_group(dev);
}

static const struct personality personalities[] = {
	{ "normal" },
	{ "bare-domain", .ops.domain_alloc = alloc_bare },
	{ "error-for-domain", .ops.domain_alloc = alloc_or_error },
	{ "same-domain-again", .ops.domain_alloc = alloc_last_again },
	{ "domain-without-ops", .ops.domain_alloc = alloc_without_ops },
	{ "domain-without-free", .ops.domain_alloc = alloc_without_free },
	{ "set-installs-nothing", .sva.set_dev_pasid = set_nothing },
	{ "set-installs-first-mm", .sva.set_dev_pasid = set_first_mm },
	{ "set-returns-pasid", .sva.set_dev_pasid = set_and_tell_pasid },
	{ "set-next-pasid", .sva.set_dev_pasid = set_next_pasid,
	  .sva.block_dev_pasid = block_next_pasid },
	{ "set-other-device", .sva.set_dev_pasid = set_other_device },
	{ "set-installs-and-fails", .sva.set_dev_pasid = set_and_fail },
	{ "set-replaces", .sva.set_dev_pasid = set_replacing },
	{ "set-keeps-mm", .sva.set_dev_pasid = set_and_grab },
	{ "set-uses-mm", .sva.set_dev_pasid = set_and_use },
	{ "set-busy-for-no-memory", .sva.set_dev_pasid = set_busy_for_no_memory },
	{ "set-changes-type", .sva.set_dev_pasid = set_changing_type },
	{ "one-domain", .ops.domain_alloc = alloc_one_at_a_time },
	{ "one-device", .sva.set_dev_pasid = set_one_device },
	{ "one-pasid", .sva.set_dev_pasid = set_one_pasid },
	{ "works-once", .sva.set_dev_pasid = set_until_blocked,
	  .sva.block_dev_pasid = block_and_remember },
	{ "replace-keeps-old", .sva.replace_dev_pasid = replace_nothing },
	{ "block-leaves-entry", .sva.block_dev_pasid = block_nothing },
	{ "block-all-pasids", .sva.block_dev_pasid = block_all_pasids },
	{ "block-all-devices", .sva.block_dev_pasid = block_all_devices },
	{ "free-twice", .sva.free = free_twice },
	{ "free-nothing", .sva.free = free_nothing },
	{ "free-another", .sva.free = free_another },
	{ "ignores-max-pasids", .ops.probe_device = probe_ignoring_limit },
	{ "reports-no-pasids", .ops.probe_device = probe_without_pasids },
	{ "one-group-for-all", .ops.device_group = group_with_others },
	{ "group-for-each", .ops.device_group = group_alone },
	{ "attach-wipes-pasids", .paging.attach_dev = attach_and_wipe },
	{ "maps-first-page", .paging.map_pages = map_first_page },
	{ "maps-writable", .paging.map_pages = map_writable },
	{ "map-sleeps", .paging.map_pages = map_sleeping },
	{ "unmap-sleeps", .paging.unmap_pages = unmap_sleeping },
	{ "unmaps-nothing", .paging.unmap_pages = unmap_nothing },
	{ "drops-offset", .paging.iova_to_phys = translate_to_page },
	{ "ignores-write-protection", .sva.set_dev_pasid = set_ignoring_wp },
	{ "no-page-requests", .sva.set_dev_pasid = set_without_requests },
	{ "keeps-translations", .sva.set_dev_pasid = set_caching },
	{ "invalidates-first-page", .sva.set_dev_pasid = set_dropping_first_page },
	{ "invalidates-one-page-less", .sva.set_dev_pasid = set_dropping_one_less },
	{ "invalidates-too-early", .sva.set_dev_pasid = set_dropping_early },
	{ "caches-stale-walks", .sva.set_dev_pasid = set_caching_stale_walks },
	{ "ignores-release", .sva.set_dev_pasid = set_ignoring_release },
	{ "writes-by-reads", .sva.set_dev_pasid = set_writing_by_reads },
	{ "grants-all-requests", .sva.set_dev_pasid = set_granting_all },
	{ "takes-any-pasid", .sva.set_dev_pasid = set_for_any_pasid },
	{ "requests-dropped", REQUESTS(mock_prq_dropping) },
	{ "requests-reordered", REQUESTS(mock_prq_reordering) },
	{ "requests-undrained", REQUESTS(mock_prq_undrained) },
	{ "responses-dropped", REQUESTS(mock_prq_silent) },
	{ "responses-twice", REQUESTS(mock_prq_repeating) },
	{ "responses-to-next-group", REQUESTS(mock_prq_misdirecting) },
	{ "responses-always-success", REQUESTS(mock_prq_agreeing) },
	{ "responses-of-failure", REQUESTS(mock_prq_failing) },
	{ "responses-late", REQUESTS(mock_prq_late) },
};

static void put_on(struct svac_domain_ops *table, const struct svac_domain_ops *from)
{
	table->attach_dev = from->attach_dev ?: table->attach_dev;
	table->map_pages = from->map_pages ?: table->map_pages;
	table->unmap_pages = from->unmap_pages ?: table->unmap_pages;
	table->iova_to_phys = from->iova_to_phys ?: table->iova_to_phys;
	table->set_dev_pasid = from->set_dev_pasid ?: table->set_dev_pasid;
	table->replace_dev_pasid = from->replace_dev_pasid ?: table->replace_dev_pasid;
	table->block_dev_pasid = from->block_dev_pasid ?: table->block_dev_pasid;
	table->free = from->free ?: table->free;
}

/**
 * mock_personality_take() - Make a driver what the command line says
 * @ops: the normal driver's operations, changed in place
 * @sva: of its SVA domains; likewise
 * @paging: of its other domains; likewise
 *
 * A name that no driver has ends the boot: it was meant to test something else.
 */
void mock_personality_take(struct svac_driver *ops, struct svac_domain_ops *sva,
			   struct svac_domain_ops *paging)
{
	const struct personality *taken = NULL;
	int i;

	for (i = 0; i < ARRAY_SIZE(personalities); i++)
		if (!strcmp(personalities[i].name, chosen))
			taken = &personalities[i];
	if (!taken)
		panic("svacheck.driver: no driver is called %s\n", chosen);
	normal_ops = *ops;
	normal_sva = *sva;
	normal_paging = *paging;
	sva_table = sva;
	paging_table = paging;
	ops->domain_alloc = taken->ops.domain_alloc ?: ops->domain_alloc;
	ops->probe_device = taken->ops.probe_device ?: ops->probe_device;
	ops->device_group = taken->ops.device_group ?: ops->device_group;
	put_on(sva, &taken->sva);
	put_on(paging, &taken->paging);
#ifdef CONFIG_SVACHECK_CHARDEV
	mock_prq_use(taken->requests);
#endif
	pr_info("svacheck: the mock IOMMU's driver is: %s\n", chosen);
}

/**
 * mock_normal_ops() - The normal driver, whichever was chosen
 *
 * Return: its operations.
 */
const struct svac_driver *mock_normal_ops(void)
{
	return &normal_ops;
}

/**
 * mock_normal_domain_ops() - What the normal driver has in place of a table
 * @ops: a table of the chosen driver
 *
 * Return: the table.
 */
const struct svac_domain_ops *
mock_normal_domain_ops(const struct svac_domain_ops *ops)
{
	if (ops == sva_table)
		return &normal_sva;
	return ops == paging_table ? &normal_paging : ops;
}

/**
 * mock_personality_reset() - Forget what a driver remembers of a case
 */
void mock_personality_reset(void)
{
	last_domain = NULL;
	first_mm = NULL;
	has_blocked = false;
}
