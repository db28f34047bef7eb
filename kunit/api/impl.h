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
/* bind() and unbind() exist */
#define SVAC_BIND		BIT(1)
/* Misuse is answered with a warning, which warns names */
#define SVAC_WARNS		BIT(2)

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
 * struct svac_impl - one implementation
 * @name: stable; part of every case's id
 * @traits: SVAC_*
 * @warns: see there
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
 * @list: private to impl.c
 */
struct svac_impl {
	const char *name;
	u32 traits;
	struct svac_warns warns;

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

void svac_impl_register(struct svac_impl *impl);
const void *svac_next_param(const void *prev, char *desc, const void *rows,
			    size_t bytes, size_t size);

#define SVAC_IMPL(_impl)						\
	static int __init _impl##_register(void)			\
	{								\
		svac_impl_register(&(_impl));				\
		return 0;						\
	}								\
	device_initcall(_impl##_register)

#endif /* _SVAC_IMPL_H */
