// SPDX-License-Identifier: GPL-2.0
/*
 * Presents an IOMMU driver, as driver.h has it, to the IOMMU core of this kernel.
 */
#include <linux/err.h>
#include <linux/slab.h>

#include "driver.h"

/**
 * struct core_table - a driver's operations on a domain as the core sees them
 * @ops: ours, where the driver has one
 * @driver: the driver's
 */
struct core_table {
	struct iommu_domain_ops ops;
	const struct svac_domain_ops *driver;
};

/* One for each table of a driver; a driver has a few of them, all static */
static struct core_table tables[16];

/* Where every call of the core goes */
static const struct svac_driver *driver;
static const struct svac_domain_ops *entries;
static u32 lacking;

#ifdef CONFIG_SVACHECK_ATTACH_OLD
static int core_attach_dev(struct iommu_domain *domain, struct device *dev,
			   struct iommu_domain *old)
#else
static int core_attach_dev(struct iommu_domain *domain, struct device *dev)
#endif
{
	return entries->attach_dev(domain, dev);
}

#ifdef CONFIG_SVACHECK_SET_OLD
static int core_set_dev_pasid(struct iommu_domain *domain, struct device *dev,
			      ioasid_t pasid, struct iommu_domain *old)
{
	if (old)
		return entries->replace_dev_pasid(domain, dev, pasid, old);
	return entries->set_dev_pasid(domain, dev, pasid);
}
#else
static int core_set_dev_pasid(struct iommu_domain *domain, struct device *dev,
			      ioasid_t pasid)
{
	return entries->set_dev_pasid(domain, dev, pasid);
}
#endif

static int core_map_pages(struct iommu_domain *domain, unsigned long iova,
			  phys_addr_t phys, size_t pgsize, size_t pgcount,
			  int prot, gfp_t gfp, size_t *mapped)
{
	return entries->map_pages(domain, iova, phys, pgsize, pgcount, prot, gfp, mapped);
}

static size_t core_unmap_pages(struct iommu_domain *domain, unsigned long iova,
			       size_t pgsize, size_t pgcount,
			       struct iommu_iotlb_gather *gather)
{
	return entries->unmap_pages(domain, iova, pgsize, pgcount, gather);
}

static phys_addr_t core_iova_to_phys(struct iommu_domain *domain, dma_addr_t iova)
{
	return entries->iova_to_phys(domain, iova);
}

static void core_free(struct iommu_domain *domain)
{
	entries->free(domain);
}

static struct iommu_domain *core_domain_alloc(unsigned int type)
{
	return driver->domain_alloc(type);
}

static struct iommu_device *core_probe_device(struct device *dev)
{
	return driver->probe_device(dev);
}

static void core_release_device(struct device *dev)
{
	driver->release_device(dev);
}

static struct iommu_group *core_device_group(struct device *dev)
{
	return driver->device_group(dev);
}

static int core_def_domain_type(struct device *dev)
{
	return driver->def_domain_type(dev);
}

static bool core_is_attach_deferred(struct device *dev)
{
	return driver->is_attach_deferred(dev);
}

#ifdef CONFIG_SVACHECK_OPS_FEATURE
static int core_dev_enable_feat(struct device *dev, enum iommu_dev_features feat)
{
	return feat == IOMMU_DEV_FEAT_SVA ? driver->enable_sva(dev) : -ENODEV;
}
#endif

#ifdef CONFIG_SVACHECK_IOPF_BY_DOMAIN
static void core_page_response(struct device *dev, struct iopf_fault *fault,
			       struct iommu_page_response *response)
{
	driver->page_response(dev, response->pasid, response->grpid, response->code);
}
#else
static int core_page_response(struct device *dev, struct iommu_fault_event *event,
			      struct iommu_page_response *response)
{
	driver->page_response(dev, response->pasid, response->grpid, response->code);
	return 0;
}
#endif

#ifdef CONFIG_SVACHECK_OPS_BIND
/* As the core of these kernels has it binding is not: it is asked whether it refuses */
static struct iommu_sva *core_sva_bind(struct device *dev, struct mm_struct *mm, void *drvdata)
{
	return ERR_PTR(-ENODEV);
}
#endif

#ifdef CONFIG_SVACHECK_UPSTREAM

/* Drivers answer NULL; the core of these kernels wants an error */
static struct iommu_domain *domain_or_error(unsigned int type)
{
	return driver->domain_alloc(type) ?: ERR_PTR(-ENOMEM);
}

static struct iommu_domain *core_domain_alloc_sva(struct device *dev, struct mm_struct *mm)
{
	return domain_or_error(IOMMU_DOMAIN_SVA);
}

static struct iommu_domain *core_domain_alloc_paging(struct device *dev)
{
	return domain_or_error(IOMMU_DOMAIN_UNMANAGED);
}

#ifdef CONFIG_SVACHECK_OPS_IDENTITY
static struct iommu_domain *core_domain_alloc_identity(struct device *dev)
{
	return domain_or_error(IOMMU_DOMAIN_IDENTITY);
}
#endif

/* All DMA without a PASID is blocked for a mock device as it is */
#ifdef CONFIG_SVACHECK_ATTACH_OLD
static int block_dev(struct iommu_domain *domain, struct device *dev,
		     struct iommu_domain *old)
#else
static int block_dev(struct iommu_domain *domain, struct device *dev)
#endif
{
	return 0;
}

#ifndef CONFIG_SVACHECK_OPS_REMOVE
static int block_dev_pasid(struct iommu_domain *domain, struct device *dev,
			   ioasid_t pasid, struct iommu_domain *old)
{
	entries->block_dev_pasid(old, dev, pasid);
	return 0;
}
#elif defined(CONFIG_SVACHECK_REMOVE_DOMAIN)
static void core_remove_dev_pasid(struct device *dev, ioasid_t pasid,
				  struct iommu_domain *domain)
{
	entries->block_dev_pasid(domain, dev, pasid);
}
#endif

static const struct iommu_domain_ops blocked_ops = {
	.attach_dev = block_dev,
#ifndef CONFIG_SVACHECK_OPS_REMOVE
	.set_dev_pasid = block_dev_pasid,
#endif
};

static const struct iommu_domain_ops blocked_ops_without_pasids = {
	.attach_dev = block_dev,
};

static struct iommu_domain blocked_domain = {
	.type = IOMMU_DOMAIN_BLOCKED,
	.ops = &blocked_ops,
};

#endif /* CONFIG_SVACHECK_UPSTREAM */

static struct iommu_ops core_ops = {
	.probe_device = core_probe_device,
	.release_device = core_release_device,
	.device_group = core_device_group,
	.def_domain_type = core_def_domain_type,
	.is_attach_deferred = core_is_attach_deferred,
	.page_response = core_page_response,
#ifdef CONFIG_SVACHECK_OPS_PGSIZE
	.pgsize_bitmap = PAGE_SIZE,
#endif
#ifdef CONFIG_SVACHECK_OPS_BIND
	.sva_bind = core_sva_bind,
#endif
#ifdef CONFIG_SVACHECK_UPSTREAM
	.domain_alloc_paging = core_domain_alloc_paging,
#ifdef CONFIG_SVACHECK_OPS_IDENTITY
	.domain_alloc_identity = core_domain_alloc_identity,
#else
	.domain_alloc = core_domain_alloc,
#endif
	.blocked_domain = &blocked_domain,
#endif
};

/**
 * svac_core_lack() - What the core does not find in the driver from now on
 * @lacks: SVAC_LACKS_*
 */
void svac_core_lack(u32 lacks)
{
	lacking = lacks;
#ifdef CONFIG_SVACHECK_UPSTREAM
	core_ops.domain_alloc_sva = lacks & (SVAC_LACKS_ALLOC | SVAC_LACKS_SVA) ?
				    NULL : core_domain_alloc_sva;
	blocked_domain.ops = lacks & SVAC_LACKS_BLOCK ? &blocked_ops_without_pasids :
			     &blocked_ops;
#ifdef CONFIG_SVACHECK_OPS_REMOVE
	core_ops.remove_dev_pasid = lacks & SVAC_LACKS_BLOCK ? NULL : core_remove_dev_pasid;
#endif
#else
	core_ops.domain_alloc = lacks & SVAC_LACKS_ALLOC ? NULL : core_domain_alloc;
#endif
#ifdef CONFIG_SVACHECK_OPS_FEATURE
	core_ops.dev_enable_feat = lacks & SVAC_LACKS_SVA ? NULL : core_dev_enable_feat;
#endif
}

/**
 * svac_core_lacks() - What the core does not find in the driver now
 *
 * Return: SVAC_LACKS_*
 */
u32 svac_core_lacks(void)
{
	return lacking;
}

/**
 * svac_core_alloc() - Ask the driver for a domain as the core would, without the core
 * @type: of the domain
 *
 * Return: what the driver answers.
 */
struct iommu_domain *svac_core_alloc(unsigned int type)
{
	return driver->domain_alloc(type);
}

/* The core's table for one of a driver's; each driver's table has one */
static const struct iommu_domain_ops *core_table(const struct svac_domain_ops *ops)
{
	struct core_table *table = tables;

	while (table->driver && table->driver != ops)
		if (WARN_ON(++table == tables + ARRAY_SIZE(tables)))
			return NULL;
	if (table->driver)
		return &table->ops;
	table->driver = ops;
	table->ops = (struct iommu_domain_ops){
		.attach_dev = ops->attach_dev ? core_attach_dev : NULL,
		.map_pages = ops->map_pages ? core_map_pages : NULL,
		.unmap_pages = ops->unmap_pages ? core_unmap_pages : NULL,
		.iova_to_phys = ops->iova_to_phys ? core_iova_to_phys : NULL,
		.set_dev_pasid = ops->set_dev_pasid ? core_set_dev_pasid : NULL,
		.free = ops->free ? core_free : NULL,
	};
#ifndef CONFIG_SVACHECK_UPSTREAM
	table->ops.block_dev_pasid = ops->block_dev_pasid ? svac_driver_block : NULL;
#endif
	return &table->ops;
}

/**
 * svac_domain_use() - Give a domain a driver's operations
 * @domain: which the driver has just allocated
 * @ops: the driver's, the same table each time; NULL for none
 */
void svac_domain_use(struct iommu_domain *domain, const struct svac_domain_ops *ops)
{
	domain->ops = ops ? core_table(ops) : NULL;
}

/**
 * svac_domain_ops() - A driver's operations on a domain
 * @domain: of svac_domain_use()
 *
 * Return: the driver's table.
 */
const struct svac_domain_ops *svac_domain_ops(const struct iommu_domain *domain)
{
	return container_of(domain->ops, struct core_table, ops)->driver;
}

/**
 * svac_driver_set() - Ask the driver as the core would, without the core
 * @domain: to be set
 * @dev: on this device
 * @pasid: under this PASID
 *
 * Return: what the driver answers.
 */
int svac_driver_set(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	return entries->set_dev_pasid(domain, dev, pasid);
}

/**
 * svac_driver_replace() - Ask the driver as the core would, without the core
 * @domain: to be set
 * @dev: on this device
 * @pasid: under this PASID
 * @old: what is set there
 *
 * Return: what the driver answers.
 */
int svac_driver_replace(struct iommu_domain *domain, struct device *dev, ioasid_t pasid,
			struct iommu_domain *old)
{
	return entries->replace_dev_pasid(domain, dev, pasid, old);
}

/**
 * svac_driver_block() - Ask the driver as the core would, without the core
 * @domain: that is set
 * @dev: on this device
 * @pasid: under this PASID
 */
void svac_driver_block(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	entries->block_dev_pasid(domain, dev, pasid);
}

/**
 * svac_driver_respond() - Tell the driver an answer as the core would, without the core
 * @dev: who asked
 * @pasid: under this PASID
 * @group: for these pages
 * @code: the answer
 */
void svac_driver_respond(struct device *dev, ioasid_t pasid, u32 group,
			 enum iommu_page_response_code code)
{
	driver->page_response(dev, pasid, group, code);
}

/**
 * svac_core_begin() - Say which driver it is that the core meets
 * @to: where the core's calls about devices go
 * @domain_entries: where its calls about domains go, whichever table a domain has
 * @paging: the driver's table for domains with an I/O page table
 */
void svac_core_begin(const struct svac_driver *to,
		     const struct svac_domain_ops *domain_entries,
		     const struct svac_domain_ops *paging)
{
	driver = to;
	entries = domain_entries;
	core_ops.default_domain_ops = core_table(paging);
	svac_core_lack(0);
}

/**
 * svac_core_register() - Let the core find an IOMMU of the driver's
 * @iommu: whatever device is behind it
 * @max_pasids: it has PASIDs below this
 * @name: in sysfs
 *
 * Return: 0 or an errno.
 */
int svac_core_register(struct iommu_device *iommu, u32 max_pasids, const char *name)
{
	int ret = iommu_device_sysfs_add(iommu, NULL, NULL, "%s", name);

	iommu->max_pasids = max_pasids;
	return ret ?: iommu_device_register(iommu, &core_ops, NULL);
}
