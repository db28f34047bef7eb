// SPDX-License-Identifier: GPL-2.0
/*
 * The carried implementation in a tree that has SVA domains of its own: the same
 * source, in this one file, with what it needs of the tree put in its way.
 *
 * It keeps its PASIDs to itself: a record for each group, found by the group. Nobody
 * tells it of devices that join a group or leave it. Its domains are of the tree's
 * type and keep the mm where the tree does, and a driver is asked as the tree asks it.
 */
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include "../../iommu-priv.h"
#include "../carried/iommu-sva-domain.h"
#include "beside.h"
#include "driver.h"
#include "kernel.h"

/* Devices of a group, and groups with PASIDs, at a time */
#define MEMBERS		32
#define GROUPS		(IS_ENABLED(CONFIG_SVACHECK_BENCH) ? 288 : 32)

struct beside_member {
	struct list_head list;
	struct device *dev;
	u32 max_pasids;
	bool pasids_closed;
};

/**
 * struct beside_group - what the carried implementation takes for a struct iommu_group
 * @real: the group; NULL for a record that is not used
 * @users: calls that are at it
 * @mutex: as that of a struct iommu_group
 * @seen: when @devices was made, as beside_knows_members() has it
 * @devices: list of struct beside_member, as of when @mutex was taken
 * @pasids: what is set
 * @pasids_ragged: @pasids may have nodes that hold nothing
 * @count: of @members
 * @members: on the list
 */
struct beside_group {
	struct iommu_group *real;
	unsigned int users;
	struct mutex mutex; /* protects all below */
	unsigned long seen;
	struct list_head devices;
	struct xarray pasids;
	bool pasids_ragged;
	unsigned int count;
	struct beside_member members[MEMBERS];
};

static struct beside_group groups[GROUPS];
static DEFINE_SPINLOCK(groups_lock); /* protects whose they are, and their users */

static bool is_unused(const struct beside_group *group)
{
	return !group->real || (!group->users && xa_empty(&group->pasids));
}

/*
 * Where its number leads to, or from there on. The record stays a group's own until
 * another one needs it: next to nothing of what a call takes is spent here.
 */
static struct beside_group *find_group(struct iommu_group *real)
{
	unsigned int i, first = iommu_group_id(real);
	struct beside_group *unused = NULL, *group;

	for (i = 0; i < GROUPS; i++) {
		group = &groups[(first + i) % GROUPS];
		if (group->real == real)
			return group;
		if (!unused && is_unused(group))
			unused = group;
	}
	if (WARN(!unused, "more than %u groups have PASIDs\n", GROUPS))
		return NULL;
	unused->real = real;
	unused->seen = 0;
	return unused;
}

static int add_member(struct device *dev, void *data)
{
	struct beside_group *group = data;
	struct beside_member *member;

	if (dev->iommu_group != group->real ||
	    WARN(group->count == MEMBERS, "a group has more than %u devices\n", MEMBERS))
		return 0;
	member = &group->members[group->count++];
	member->dev = dev;
	member->max_pasids = iommu_device_max_pasids(dev);
	list_add_tail(&member->list, &group->devices);
	return 0;
}

/*
 * Who is in the group now; all devices of the mock's groups are on one bus. The core's own
 * list is quicker, but its lock is one of those that cases look at.
 */
static void look_who_is_there(struct beside_group *group, struct device *dev)
{
	if (beside_knows_members(&group->seen))
		return;
	INIT_LIST_HEAD(&group->devices);
	group->count = 0;
	bus_for_each_dev(dev->bus, NULL, group, add_member);
}

static struct beside_group *beside_group_get(struct device *dev)
{
	struct iommu_group *real = iommu_group_get(dev);
	struct beside_group *group;

	if (!real)
		return NULL;
	spin_lock(&groups_lock);
	group = find_group(real);
	if (group)
		group->users++;
	spin_unlock(&groups_lock);
	if (!group)
		iommu_group_put(real);
	return group;
}

static void beside_group_put(struct beside_group *group)
{
	struct iommu_group *real = group->real;

	spin_lock(&groups_lock);
	group->users--;
	spin_unlock(&groups_lock);
	iommu_group_put(real);
}

/**
 * svac_beside_reset() - Forget what a case has left set
 */
void svac_beside_reset(void)
{
	unsigned int i;

	for (i = 0; i < GROUPS; i++) {
		groups[i].real = NULL;
		groups[i].users = 0;
		xa_destroy(&groups[i].pasids);
		groups[i].pasids_ragged = false;
	}
}

static int __init beside_init(void)
{
	unsigned int i;

	for (i = 0; i < GROUPS; i++) {
		mutex_init(&groups[i].mutex);
		xa_init(&groups[i].pasids);
	}
	return 0;
}
subsys_initcall(beside_init);

/* What a driver is asked, as 6.1 has it */
struct beside_ops {
	struct iommu_domain *(*domain_alloc)(unsigned int type);
	bool dev_enable_feat;
};

static const struct beside_ops *beside_ops_of(struct device *dev)
{
	static const struct beside_ops all = { svac_core_alloc, true }, no_alloc = { NULL, true };
	static const struct beside_ops no_sva = { svac_core_alloc, false };
	u32 lacks = svac_core_lacks();

	return lacks & SVAC_LACKS_ALLOC ? &no_alloc : lacks & SVAC_LACKS_SVA ? &no_sva : &all;
}

static bool can_block_dev_pasid(const struct iommu_domain *domain)
{
	return !(svac_core_lacks() & SVAC_LACKS_BLOCK);
}

static int set_dev_pasid(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	return domain->ops->set_dev_pasid(domain, dev, pasid, NULL);
}

static void block_dev_pasid(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	svac_driver_block(domain, dev, pasid);
}

static ioasid_t mm_pasid(struct mm_struct *mm)
{
	return mm_get_enqcmd_pasid(mm);
}

/* As in 6.1, by what gives PASIDs to all who want one here; max is inclusive */
static int iommu_sva_alloc_pasid(struct mm_struct *mm, ioasid_t min, ioasid_t max)
{
	struct dev_iommu limit = { .max_pasids = max + 1 };
	struct device limited = { .iommu = &limit };

	if (mm->iommu_mm)
		return mm_pasid(mm) < min || mm_pasid(mm) >= max ? -EOVERFLOW : 0;
	return svac_give_mm_pasid(mm, &limited) ? -ENOMEM : 0;
}

#undef to_sva_domain
#define to_sva_domain(domain)	(domain)
#define iommu_ops		beside_ops
#define dev_iommu_ops		beside_ops_of

#include "../carried/sva-domain.c"
#include "../carried/sva-bind.c"

static int iommu_group_pasids_join(struct beside_group *group,
				   struct beside_member *entry) __maybe_unused;
static void iommu_group_pasids_leave(struct device *dev) __maybe_unused;

/* Who is in the group is looked up under its lock */
static void lock_and_look(struct mutex *mutex, struct device *dev)
{
	mutex_lock(mutex);
	look_who_is_there(container_of(mutex, struct beside_group, mutex), dev);
}

#undef mutex_lock
#define mutex_lock(mutex)	lock_and_look(mutex, dev)
#define iommu_group		beside_group
#define iommu_group_get		beside_group_get
#define iommu_group_put		beside_group_put
#define group_device		beside_member
#define REQ_ACS_FLAGS		(PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF)

#include "../carried/group-pasid.c"
