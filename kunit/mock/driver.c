// SPDX-License-Identifier: GPL-2.0
/*
 * The mock IOMMU's driver: its operations as the IOMMU core calls them.
 */
#include <linux/bits.h>
#include <linux/list.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "../api/driver.h"
#include "audit.h"
#include "devtlb.h"
#include "events.h"
#include "mock.h"
#include "pci.h"
#include "personality.h"
#include "prq.h"
#include "spin.h"
#include "real_pci.h"
#include "serve.h"

struct sva_domain {
	struct mock_life life;
	struct svac_sva_domain sva;
};

struct paging_domain {
	struct mock_life life;
	struct iommu_domain domain;
	struct xarray iopt;
};

/* So that a domain's life is found whatever has become of its type */
static_assert(offsetof(struct sva_domain, sva) == sizeof(struct mock_life));
static_assert(offsetof(struct paging_domain, domain) == sizeof(struct mock_life));
static_assert(offsetof(struct svac_sva_domain, core) == 0);

#define to_paging_domain(d)	container_of(d, struct paging_domain, domain)

/* One with all PASIDs, one with as many as a case wants, one with none */
static struct iommu_device mock_iommu, mock_small_iommu, mock_plain_iommu;
static unsigned int small_users;
static enum mock_quirk quirk;
static LIST_HEAD(lives);
static DEFINE_SPINLOCK(lives_lock);
static atomic_t uses_after_free;
static atomic_t groups;
static atomic_t frees;
static bool serving, caching = true;

/**
 * mock_life_of() - What has become of a domain
 * @domain: one of the mock's
 *
 * Return: its life, good until the case has ended.
 */
struct mock_life *mock_life_of(struct iommu_domain *domain)
{
	return (struct mock_life *)domain - 1;
}

/**
 * mock_life_domain() - Whose life it is
 * @life: a domain's
 *
 * Return: the domain, whose memory is still there.
 */
struct iommu_domain *mock_life_domain(struct mock_life *life)
{
	return (struct iommu_domain *)(life + 1);
}

/**
 * mock_next_life() - Go through the domains of this case
 * @life: NULL to begin
 *
 * Return: the next in the order of their allocation, or NULL.
 */
struct mock_life *mock_next_life(struct mock_life *life)
{
	struct list_head *next = life ? life->list.next : lives.next;

	return next == &lives ? NULL : list_entry(next, struct mock_life, list);
}

/**
 * mock_is_alive() - Is this a domain of the driver's that it has not freed
 * @domain: any pointer
 *
 * Return: true if so.
 */
bool mock_is_alive(const struct iommu_domain *domain)
{
	struct mock_life *life;
	bool alive = false;

	spin_lock(&lives_lock);
	/* Who asks has most often just been given it */
	list_for_each_entry_reverse(life, &lives, list) {
		if (mock_life_domain(life) == domain) {
			alive = !life->freed;
			break;
		}
	}
	spin_unlock(&lives_lock);
	return alive;
}

/**
 * mock_frees() - How often the driver has freed a domain
 *
 * Return: how often since the kernel started.
 */
unsigned int mock_frees(void)
{
	return atomic_read(&frees);
}

/**
 * mock_serving() - Is the mock there for programs
 *
 * Return: true after mock_serve().
 */
bool mock_serving(void)
{
	return READ_ONCE(serving);
}

static void *memory_of(struct mock_life *life)
{
	if (life->type == IOMMU_DOMAIN_SVA)
		return container_of(life, struct sva_domain, life);
	return container_of(life, struct paging_domain, life);
}

static void release_life(struct mock_life *life)
{
	if (life->type != IOMMU_DOMAIN_SVA)
		xa_destroy(&container_of(life, struct paging_domain, life)->iopt);
	kfree(memory_of(life));
}

static void end_life(struct iommu_domain *domain)
{
	struct mock_life *life = mock_life_of(domain);

	if (mock_serving() && life->type != IOMMU_DOMAIN_IDENTITY) {
		spin_lock(&lives_lock);
		list_del(&life->list);
		spin_unlock(&lives_lock);
		release_life(life);
		return;
	}
	spin_lock(&lives_lock);
	life->freed++;
	atomic_inc(&frees);
	spin_unlock(&lives_lock);
}

/**
 * mock_iopt() - The I/O page table of a domain
 * @domain: one of the mock's, other than an SVA domain
 *
 * Return: page frame of the IOVA to MOCK_PTE().
 */
struct xarray *mock_iopt(struct iommu_domain *domain)
{
	return &to_paging_domain(domain)->iopt;
}

/**
 * mock_iommu_with() - One of the mock's IOMMUs
 * @pasids: with all of them, or with none
 *
 * Return: the IOMMU, whatever device is behind it.
 */
struct iommu_device *mock_iommu_with(bool pasids)
{
	return pasids ? &mock_iommu : &mock_plain_iommu;
}

static void begin_life(struct mock_life *life, unsigned int type, size_t bytes)
{
	life->type = type;
	life->bytes = bytes;
	/* Default domains belong to groups, which may outlive a case */
	if (type == IOMMU_DOMAIN_IDENTITY)
		return;
	spin_lock(&lives_lock);
	list_add_tail(&life->list, &lives);
	spin_unlock(&lives_lock);
}

/**
 * mock_live_domains() - Domains of a type that this case has not freed
 * @type: IOMMU_DOMAIN_SVA or IOMMU_DOMAIN_UNMANAGED
 *
 * Return: how many.
 */
int mock_live_domains(unsigned int type)
{
	struct mock_life *life;
	int live = 0;

	list_for_each_entry(life, &lives, list)
		live += life->type == type && !life->freed;
	return live;
}

/**
 * mock_freed_again() - Domains of a type that this case has freed twice
 * @type: IOMMU_DOMAIN_SVA or IOMMU_DOMAIN_UNMANAGED
 *
 * Return: how many.
 */
int mock_freed_again(unsigned int type)
{
	struct mock_life *life;
	int again = 0;

	list_for_each_entry(life, &lives, list)
		again += life->type == type && life->freed > 1;
	return again;
}

/**
 * mock_uses_after_free() - Operations called on domains that had been freed
 *
 * Return: how many in this case.
 */
unsigned int mock_uses_after_free(void)
{
	return atomic_read(&uses_after_free);
}

/**
 * mock_is_kept() - Is this a domain that was freed and is kept nevertheless
 * @ptr: any memory
 *
 * Return: true if so; its memory goes with mock_reset().
 */
bool mock_is_kept(const void *ptr)
{
	struct mock_life *life;

	list_for_each_entry(life, &lives, list)
		if (life->freed && memory_of(life) == ptr)
			return true;
	return false;
}

/**
 * mock_note_use() - The core calls an operation of a domain
 * @domain: the domain, which it should not have had freed
 */
void mock_note_use(struct iommu_domain *domain)
{
	if (mock_life_of(domain)->freed)
		atomic_inc(&uses_after_free);
}

static void end_lives(void)
{
	struct mock_life *life, *next;

	list_for_each_entry_safe(life, next, &lives, list) {
		list_del(&life->list);
		release_life(life);
	}
	atomic_set(&uses_after_free, 0);
}

/**
 * mock_keep_domains() - Never release the memory of what this case allocated
 */
void mock_keep_domains(void)
{
	INIT_LIST_HEAD(&lives);
}

/* An insertion that runs out of memory midway may leave nodes without entries */
static void trim(struct xarray *table)
{
	unsigned long first = 0;

	if (!xa_find(table, &first, ULONG_MAX, XA_PRESENT))
		xa_destroy(table);
}

/* As a driver that lets its devices cache what a process has mapped must do */
static int begin_to_cache(struct mock_pasid *entry, struct device *dev, ioasid_t pasid)
{
	struct mock_tlb *tlb;

	if (!mock_serving() || !READ_ONCE(caching) || !entry->mm)
		return 0;
	tlb = mock_tlb_create(entry->mm, dev, pasid);
	if (IS_ERR(tlb))
		return PTR_ERR(tlb);
	entry->tlb = tlb;
	return 0;
}

static void note(struct device *dev, u32 kind, ioasid_t pasid, int ret)
{
	mock_event_note(mock_events_of(dev), &(struct svac_event){
		.kind = kind, .pasid = pasid, .result = ret,
	});
}

static int op_set_dev_pasid(struct iommu_domain *domain, struct device *dev,
			    ioasid_t pasid)
{
	struct xarray *table = mock_pasid_table(dev);
	struct mock_pasid *entry;
	int ret = mock_injected(MOCK_SET, domain->type);

	mock_spin();
	if (!ret && !table)
		ret = -ENODEV;
	if (ret || quirk == MOCK_INSTALLS_NOTHING)
		goto out;

	entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	if (!entry) {
		ret = -ENOMEM;
		goto out;
	}
	if (domain->type == IOMMU_DOMAIN_SVA)
		entry->mm = svac_domain_mm(domain);
	else
		entry->iopt = &to_paging_domain(domain)->iopt;
	ret = begin_to_cache(entry, dev, pasid) ?: xa_insert(table, pasid, entry, GFP_KERNEL);
	if (ret) {
		mock_pasid_free(entry);
		trim(table);
	}
out:
	note(dev, SVAC_EVENT_SET, pasid, ret);
	mock_log(MOCK_SET, domain, dev, pasid, ret);
	return ret;
}

/* The entry changes in place: at no time is there none */
static int op_replace_dev_pasid(struct iommu_domain *domain, struct device *dev,
				ioasid_t pasid, struct iommu_domain *old)
{
	struct xarray *table = mock_pasid_table(dev);
	struct mock_pasid *entry = table ? xa_load(table, pasid) : NULL;
	int ret = mock_injected(MOCK_REPLACE, domain->type);

	if (!ret && !entry)
		ret = -ENOENT;
	if (!ret) {
		mock_pasid_uncache(entry);
		if (domain->type == IOMMU_DOMAIN_SVA)
			*entry = (struct mock_pasid){ .mm = svac_domain_mm(domain) };
		else
			*entry = (struct mock_pasid){ .iopt = mock_iopt(domain) };
	}
	mock_log(MOCK_REPLACE, domain, dev, pasid, ret);
	return ret;
}

static void op_block_dev_pasid(struct iommu_domain *domain, struct device *dev,
			       ioasid_t pasid)
{
	struct xarray *table = mock_pasid_table(dev);
	struct mock_pasid *entry;

	if (table && quirk != MOCK_KEEPS_ENTRY) {
		down_write(&mock_pasids_lock); /* until no device is using it */
		entry = xa_erase(table, pasid);
		up_write(&mock_pasids_lock);
		mock_pasid_free(entry);
		trim(table);
		note(dev, SVAC_EVENT_BLOCK, pasid, 0);
	}
	mock_log(MOCK_BLOCK, domain, dev, pasid, 0);
}

static int op_attach_dev(struct iommu_domain *domain, struct device *dev)
{
	int ret = mock_injected(MOCK_ATTACH, domain->type);

	mock_log(MOCK_ATTACH, domain, dev, INVALID_IOASID, ret);
	return ret;
}

static int op_map_pages(struct iommu_domain *domain, unsigned long iova,
			phys_addr_t phys, size_t pgsize, size_t pgcount,
			int prot, gfp_t gfp, size_t *mapped)
{
	struct xarray *iopt = &to_paging_domain(domain)->iopt;
	int ret = mock_injected(MOCK_MAP, domain->type);
	size_t i;

	for (i = 0; !ret && i < pgcount; i++) {
		ret = xa_insert(iopt, PHYS_PFN(iova) + i,
				MOCK_PTE(phys + i * pgsize, prot), gfp);
		if (!ret)
			*mapped += pgsize;
	}
	mock_log(MOCK_MAP, domain, NULL, INVALID_IOASID, ret);
	return ret;
}

static size_t op_unmap_pages(struct iommu_domain *domain, unsigned long iova,
			     size_t pgsize, size_t pgcount,
			     struct iommu_iotlb_gather *gather)
{
	struct xarray *iopt = &to_paging_domain(domain)->iopt;
	size_t i;

	for (i = 0; i < pgcount; i++)
		xa_erase(iopt, PHYS_PFN(iova) + i);
	mock_log(MOCK_UNMAP, domain, NULL, INVALID_IOASID, 0);
	return pgcount * pgsize;
}

static phys_addr_t op_iova_to_phys(struct iommu_domain *domain, dma_addr_t iova)
{
	void *pte = xa_load(&to_paging_domain(domain)->iopt, PHYS_PFN(iova));

	mock_log(MOCK_TRANSLATE, domain, NULL, INVALID_IOASID, 0);
	return pte ? PFN_PHYS(xa_to_value(pte) >> 2) + offset_in_page(iova) : 0;
}

/* Cases look whether the mm is held meanwhile; not all cores do, and programs may have left it */
static void op_free_sva(struct iommu_domain *domain)
{
	struct mm_struct *mm = mock_serving() ? NULL : svac_domain_mm(domain);

	mock_log(MOCK_FREE, domain, NULL, INVALID_IOASID,
		 mm ? atomic_read(&mm->mm_count) : 0);
	end_life(domain);
}

static void op_free_paging(struct iommu_domain *domain)
{
	bool identity = domain->type == IOMMU_DOMAIN_IDENTITY;

	mock_log(MOCK_FREE, domain, NULL, INVALID_IOASID, 0);
	end_life(domain); /* with the memory, for a program */
	if (identity)
		kfree(to_paging_domain(domain));
}

static struct svac_domain_ops sva_ops = {
	.set_dev_pasid = op_set_dev_pasid,
	.replace_dev_pasid = op_replace_dev_pasid,
	.block_dev_pasid = op_block_dev_pasid,
	.free = op_free_sva,
};

static const struct svac_domain_ops sva_ops_no_set = {
	.block_dev_pasid = op_block_dev_pasid,
	.free = op_free_sva,
};

static const struct svac_domain_ops sva_ops_no_block = {
	.set_dev_pasid = op_set_dev_pasid,
	.free = op_free_sva,
};

static const struct svac_domain_ops sva_ops_no_free = {
	.set_dev_pasid = op_set_dev_pasid,
	.block_dev_pasid = op_block_dev_pasid,
};

static struct svac_domain_ops paging_ops = {
	.attach_dev = op_attach_dev,
	.map_pages = op_map_pages,
	.unmap_pages = op_unmap_pages,
	.iova_to_phys = op_iova_to_phys,
	.set_dev_pasid = op_set_dev_pasid,
	.replace_dev_pasid = op_replace_dev_pasid,
	.block_dev_pasid = op_block_dev_pasid,
	.free = op_free_paging,
};

static const struct svac_domain_ops *sva_ops_for_quirk(void)
{
	switch (quirk) {
	case MOCK_NO_SET:
		return &sva_ops_no_set;
	case MOCK_NO_BLOCK:
		return &sva_ops_no_block;
	case MOCK_NO_FREE:
		return &sva_ops_no_free;
	case MOCK_NO_OPS:
		return NULL;
	default:
		return &sva_ops;
	}
}

static struct iommu_domain *alloc_sva(void)
{
	struct sva_domain *domain = kzalloc(sizeof(*domain), GFP_KERNEL);

	if (!domain)
		return NULL;
	begin_life(&domain->life, IOMMU_DOMAIN_SVA, sizeof(domain->sva));
	svac_domain_use(svac_generic_domain(&domain->sva), sva_ops_for_quirk());
	return svac_generic_domain(&domain->sva);
}

static struct iommu_domain *alloc_paging(unsigned int type)
{
	struct paging_domain *paging = kzalloc(sizeof(*paging), GFP_KERNEL);

	if (!paging)
		return NULL;
	begin_life(&paging->life, type, sizeof(paging->domain));
	xa_init(&paging->iopt);
	svac_domain_use(&paging->domain, &paging_ops);
	paging->domain.pgsize_bitmap = PAGE_SIZE;
	paging->domain.geometry.aperture_end = BIT_ULL(48) - 1;
	return &paging->domain;
}

static struct iommu_domain *op_domain_alloc(unsigned int type)
{
	struct iommu_domain *domain = NULL;

	if (!mock_injected(MOCK_ALLOC, type)) {
		if (type == IOMMU_DOMAIN_SVA && quirk != MOCK_NO_FEATURE)
			domain = alloc_sva();
		else if (type == IOMMU_DOMAIN_UNMANAGED ||
			 type == IOMMU_DOMAIN_IDENTITY)
			domain = alloc_paging(type);
	}
	/* The type is for the core to note, as with most drivers */
	mock_log(MOCK_ALLOC, domain, NULL, INVALID_IOASID, type);
	return domain;
}

static struct iommu_device *op_probe_device(struct device *dev)
{
	const struct mock_config *config;
	struct iommu_device *iommu = &mock_iommu;
	int ret;

	if (!mock_is_ours(dev) || mock_config(dev)->no_iommu)
		return ERR_PTR(-ENODEV);
	config = mock_config(dev);
	ret = mock_injected(MOCK_PROBE, MOCK_ANY_TYPE);
	if (!ret && mock_pci_is_real(dev))
		ret = mock_real_pci_take(to_pci_dev(dev));
	mock_log(MOCK_PROBE, NULL, dev, INVALID_IOASID, ret);
	if (ret)
		return ERR_PTR(ret);
	if (config->iommu_without_pasids)
		return &mock_plain_iommu;
	if (config->max_pasids) {
		iommu = &mock_small_iommu;
		WARN(small_users++ && iommu->max_pasids != config->max_pasids,
		     "the mock has one small IOMMU: %u or %u PASIDs?\n",
		     iommu->max_pasids, config->max_pasids);
		iommu->max_pasids = config->max_pasids;
	}
	return iommu;
}

static void op_release_device(struct device *dev)
{
	if (mock_config(dev)->max_pasids)
		small_users--;
	mock_log(MOCK_RELEASE, NULL, dev, INVALID_IOASID, 0);
	if (mock_serving() && !dev_is_pci(dev))
		mock_prq_release(dev);
	if (mock_pci_is_real(dev))
		mock_real_pci_release(to_pci_dev(dev));
}

struct group_search {
	struct device *joiner;
	struct iommu_group *group;
};

static int find_shared_group(struct device *dev, void *data)
{
	struct group_search *search = data;

	if (dev != search->joiner && mock_is_ours(dev) &&
	    mock_config(dev)->group == mock_config(search->joiner)->group)
		search->group = iommu_group_get(dev);
	return !!search->group;
}

static void group_is_gone(void *data)
{
	atomic_dec(data);
}

/**
 * mock_count_group() - Count a group until nobody holds it any more
 * @group: that the driver has answered with, for the first time or again
 */
void mock_count_group(struct iommu_group *group)
{
	if (iommu_group_get_iommudata(group))
		return;
	atomic_inc(&groups);
	iommu_group_set_iommudata(group, &groups, group_is_gone);
}

/**
 * mock_groups() - Groups that devices of the mock have or had
 *
 * Return: how many there are still, with or without devices.
 */
int mock_groups(void)
{
	return atomic_read(&groups);
}

static struct iommu_group *op_device_group(struct device *dev)
{
	struct group_search search = { .joiner = dev };

	mock_log(MOCK_GROUP, NULL, dev, INVALID_IOASID, 0);
	if (dev_is_pci(dev) && !mock_config(dev)->own_group)
		return pci_device_group(dev);
	if (mock_config(dev)->group)
		bus_for_each_dev(dev->bus, NULL, &search, find_shared_group);
	mock_run_after(MOCK_GROUP, NULL, dev, INVALID_IOASID);
	return search.group ?: generic_device_group(dev);
}

static int op_def_domain_type(struct device *dev)
{
	mock_log(MOCK_DEF_TYPE, NULL, dev, INVALID_IOASID, IOMMU_DOMAIN_IDENTITY);
	return IOMMU_DOMAIN_IDENTITY;
}

static bool op_is_attach_deferred(struct device *dev)
{
	return mock_config(dev)->attach_deferred;
}

static int op_enable_sva(struct device *dev)
{
	mock_log(MOCK_FEATURE, NULL, dev, INVALID_IOASID, 0);
	return 0;
}

static struct svac_driver driver_ops = {
	.domain_alloc = op_domain_alloc,
	.probe_device = op_probe_device,
	.release_device = op_release_device,
	.device_group = op_device_group,
	.def_domain_type = op_def_domain_type,
	.is_attach_deferred = op_is_attach_deferred,
	.enable_sva = op_enable_sva,
#ifdef CONFIG_SVACHECK_CHARDEV
	.page_response = mock_prq_respond,
#endif
};

/**
 * mock_serve() - From now on the mock is there for programs, and not for cases
 *
 * Nothing is remembered of what was freed, nothing logged or audited, and devices
 * cache translations.
 */
void mock_serve(void)
{
	if (mock_serving())
		return;
	svac_core_begin(&driver_ops, &mock_plain_entries, &paging_ops);
	WRITE_ONCE(serving, true);
}

/**
 * mock_let_cache() - Whether devices that serve programs cache translations
 * @let: of what is set from now on; true in the beginning
 */
void mock_let_cache(bool let)
{
	WRITE_ONCE(caching, let);
}

/**
 * mock_set_quirk() - Make the driver answer in another way from now on
 * @new_quirk: MOCK_NORMAL to end it
 */
void mock_set_quirk(enum mock_quirk new_quirk)
{
	quirk = new_quirk;
	if (quirk != MOCK_NORMAL)
		mock_pardon();
	svac_core_lack(quirk == MOCK_NO_ALLOC ? SVAC_LACKS_ALLOC :
		       quirk == MOCK_NO_FEATURE ? SVAC_LACKS_SVA :
		       quirk == MOCK_NO_BLOCK ? SVAC_LACKS_BLOCK : 0);
}

/**
 * mock_reset() - Forget quirks, injected errors, hooks, the log, and domains
 */
void mock_reset(void)
{
	end_lives();
	mock_set_quirk(MOCK_NORMAL);
	mock_inject(MOCK_OPS, MOCK_ANY_TYPE, 0, 0, 0);
	mock_on(MOCK_OPS, NULL, NULL);
	mock_log_clear();
	mock_personality_reset();
}

static int __init mock_init(void)
{
	mock_personality_take(&driver_ops, &sva_ops, &paging_ops);
	mock_audit_begin(&driver_ops, &paging_ops);
	return svac_core_register(&mock_iommu, BIT(20), "svac-mock") ?:
	       svac_core_register(&mock_small_iommu, 0, "svac-mock-small") ?:
	       svac_core_register(&mock_plain_iommu, 0, "svac-mock-plain");
}
device_initcall(mock_init);
