/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One vocabulary over every implementation of SVA domains and PASIDs. The
 * suites speak it alone, and know neither one implementation from another nor
 * one kernel.
 *
 * To plug in another implementation: a folder in impl/ with a Makefile and a
 * file that fills a struct svac_impl and names it in SVAC_IMPL().
 */
#ifndef _SVAC_IMPL_H
#define _SVAC_IMPL_H

#include <linux/bits.h>
#include <linux/init.h>
#include <linux/iommu.h>
#include <linux/list.h>

struct mm_struct;

/* How implementations differ by design */
/* A PASID goes only on a device alone in its group, and keeps others out */
#define SVAC_SINGLETON		BIT(0)
/* While a PASID is set, nobody can join the group */
#define SVAC_KEEPS_OUT		BIT(21)
/* Setting and blocking, and a device that joins the group or leaves it, wait for each other */
#define SVAC_WAITS		BIT(22)
/* bind() looks first whether the PASID is taken, and then asks for memory or the driver */
#define SVAC_LOOKS_FIRST	BIT(23)
/* bind() and unbind() exist */
#define SVAC_BIND		BIT(1)
/* The kernel's own bind refuses everybody on this architecture */
#define SVAC_REFUSES_BIND	BIT(24)
/* ... and bind() sets a domain on a PASID itself, for programs alone, which need one */
#define SVAC_BINDS_BY_HAND	BIT(25)
/* Misuse is answered with a warning, which warns names */
#define SVAC_WARNS		BIT(2)
/* Allocating an SVA domain is a function of its own, not a part of bind() */
#define SVAC_ALLOC		BIT(3)
/* block() looks whether the domain is set there, and else does nothing */
#define SVAC_VERIFIES		BIT(4)
/* A device may go away with PASIDs set: they are blocked, and no more are set */
#define SVAC_REMOVAL		BIT(5)
/* set() and bind() read how many PASIDs the device has, not who probed it */
#define SVAC_READS_LIMIT	BIT(6)
/* The 20 bits that PCIe has for a PASID are the limit on every bus */
#define SVAC_PCIE_LIMIT		BIT(7)
/* A bond keeps its device from being freed */
#define SVAC_HOLDS_DEVICE	BIT(8)
/* A device without PASIDs is refused, not passed over */
#define SVAC_REFUSES_PLAIN	BIT(10)
/* What fails for a lack of memory asks the driver only to undo */
#define SVAC_STOPS		BIT(11)
/* All devices of a process share one domain, where their driver agrees */
#define SVAC_SHARES_DOMAINS	BIT(12)
/* replace() exists */
#define SVAC_REPLACE		BIT(13)
/* A PASID is set on all devices of a group, or on none */
#define SVAC_GROUP_WIDE		BIT(14)
/* Nobody can claim the DMA ownership of a group with PASIDs set */
#define SVAC_OWNERSHIP		BIT(15)
/* give_pasid() and take_pasid() exist */
#define SVAC_GIVES_PASIDS	BIT(16)
/* A domain belongs to the driver that it came from, and estrange() exists */
#define SVAC_OWNERS		BIT(17)
/* Who can set a PASID but not block it is refused */
#define SVAC_CHECKS_BLOCK	BIT(18)
/* What is being set is found by a lookup only once the driver has agreed */
#define SVAC_PUBLISHES_LATE	BIT(19)
/* A driver without SVA domains is told from one without memory */
#define SVAC_TELLS_NO_SVA	BIT(20)
/* Devices of bound processes are told before a page table of the kernel is freed */
#define SVAC_TELLS_KERNEL_RANGE	BIT(25)
/* The mm is dropped only after the driver has freed the domain */
#define SVAC_FREES_FIRST	BIT(9)

/**
 * struct svac_warns - which function a warning about misuse comes from
 * @alloc: NULL arguments of alloc_sva(), or a driver that breaks the contract
 * @free: free_sva() of what is no SVA domain
 * @mm: mm_of() of what is no SVA domain
 * @set: NULL arguments of set(), or a driver's return value above 0
 * @block: block() of what is not set, or NULL arguments
 * @get: get() of no device
 * @max_pasids: max_pasids() of no device
 * @leave: a device that is removed with PASIDs set
 * @bind: NULL arguments of bind()
 * @unbind: NULL handle
 * @pasid: NULL handle
 */
struct svac_warns {
	const char *alloc;
	const char *free;
	const char *mm;
	const char *set;
	const char *block;
	const char *get;
	const char *max_pasids;
	const char *leave;
	const char *bind;
	const char *unbind;
	const char *pasid;
};

/**
 * struct svac_errnos - what bind() answers, where implementations differ
 * @no_pasids: a device that has none, or none but 0
 * @none_for_its_own: such a device, and the process has a PASID from another
 * @none_left: all of a device's PASIDs are those of other processes
 */
struct svac_errnos {
	int no_pasids;
	int none_for_its_own;
	int none_left;
};

/**
 * struct svac_impl - one implementation
 * @name: stable; part of every case's id
 * @traits: SVAC_*
 * @beside: it is a guest in this kernel, which does not tell it all; else NULL
 * @warns: see there
 * @errnos: see there
 * @alloc_sva: a domain for (device, mm), or ERR_PTR
 * @free_sva: undoes alloc_sva
 * @mm_of: the mm of an SVA domain
 * @alloc_paging: a domain with an I/O page table, or NULL
 * @free_paging: undoes alloc_paging
 * @set: a domain on (device, PASID); 0 or errno
 * @block: undoes set
 * @get: what is set on (device, PASID), or NULL
 * @max_pasids: the first PASID that is beyond a device
 * @bind: an mm to a device; a handle or ERR_PTR
 * @unbind: undoes one bind
 * @pasid: of a handle
 * @replace: what is set on (device, PASID) by another domain; 0 or errno
 * @give_pasid: one that nobody has, for a device; or INVALID_IOASID
 * @take_pasid: undoes give_pasid
 * @estrange: let a domain look like another driver's, or no more
 * @reset: forget what a case has left set; or NULL
 * @list: private to impl.c
 */
struct svac_impl {
	const char *name;
	u32 traits;
	const char *beside;
	struct svac_warns warns;
	struct svac_errnos errnos;

	struct iommu_domain *(*alloc_sva)(struct device *dev,
					  struct mm_struct *mm);
	void (*free_sva)(struct iommu_domain *domain);
	struct mm_struct *(*mm_of)(struct iommu_domain *domain);
	struct iommu_domain *(*alloc_paging)(struct device *dev);
	void (*free_paging)(struct iommu_domain *domain);
	int (*set)(struct iommu_domain *domain, struct device *dev,
		   ioasid_t pasid);
	void (*block)(struct iommu_domain *domain, struct device *dev,
		      ioasid_t pasid);
	struct iommu_domain *(*get)(struct device *dev, ioasid_t pasid);
	u32 (*max_pasids)(struct device *dev);
	struct iommu_sva *(*bind)(struct device *dev, struct mm_struct *mm);
	void (*unbind)(struct iommu_sva *handle);
	ioasid_t (*pasid)(struct iommu_sva *handle);
	int (*replace)(struct iommu_domain *domain, struct device *dev,
		       ioasid_t pasid);
	ioasid_t (*give_pasid)(struct device *dev);
	void (*take_pasid)(ioasid_t pasid);
	void (*estrange)(struct iommu_domain *domain, bool strange);
	void (*reset)(void);

	struct list_head list;
};

/**
 * struct svac_param - what one run of a case is given
 * @impl: the implementation
 * @row: one of the case's rows, or NULL for a case without
 * @rows: how many rows the case has
 */
struct svac_param {
	const struct svac_impl *impl;
	const void *row;
	size_t rows;
};

extern struct list_head svac_impl_list;
void svac_impl_register(struct svac_impl *impl);
struct iommu_sva *svac_kernel_bind(struct device *dev, struct mm_struct *mm);
bool svac_kernel_refuses_to_bind(void);
int svac_kernel_tries_to_bind(struct device *dev, struct mm_struct *mm);
const void *svac_next_param(const void *prev, char *desc, const void *rows,
			    size_t bytes, size_t size);
const struct svac_impl *svac_impl_find(bool beside);
const struct svac_impl *svac_impl_named(const char *name);
void svac_impls_reset(const struct svac_impl *only);
void svac_impls_tell(void);

#define SVAC_IMPL(_impl)						\
	static int __init _impl##_register(void)			\
	{								\
		svac_impl_register(&(_impl));				\
		return 0;						\
	}								\
	device_initcall(_impl##_register)

#endif /* _SVAC_IMPL_H */
