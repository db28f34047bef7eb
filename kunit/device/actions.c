// SPDX-License-Identifier: GPL-2.0
/*
 * What the cases do with the device, with an account of it, and what there has to
 * be for that.
 */
#include <linux/device.h>
#include <linux/err.h>

#include "real.h"

/**
 * svac_real_set() - Set a domain on a PASID of the device
 * @test: the case
 * @domain: the domain
 * @pasid: the PASID, which is blocked when the case has ended
 *
 * Return: what the kernel answers.
 */
int svac_real_set(struct kunit *test, struct iommu_domain *domain, ioasid_t pasid)
{
	struct svac_real *real = to_real(test);
	int ret, i;

	for (i = 0; i < SVAC_REAL_PASIDS && real->set[i].domain; i++)
		;
	if (i == SVAC_REAL_PASIDS)
		return -ENOBUFS;
	ret = svac_stock_set(domain, real->dev, pasid);
	if (!ret)
		real->set[i] = (struct svac_real_setting){ domain, pasid };
	return ret;
}

/**
 * svac_real_block() - Undo svac_real_set()
 * @test: the case
 * @domain: the domain, set there; otherwise nothing is done
 * @pasid: the PASID
 */
void svac_real_block(struct kunit *test, struct iommu_domain *domain, ioasid_t pasid)
{
	struct svac_real *real = to_real(test);
	int i;

	for (i = 0; i < SVAC_REAL_PASIDS; i++) {
		if (real->set[i].domain == domain && real->set[i].pasid == pasid) {
			svac_stock_block(domain, real->dev, pasid);
			real->set[i].domain = NULL;
			return;
		}
	}
}

/**
 * svac_real_bind() - Bind a process to the device
 * @test: the case
 * @mm: its memory, unbound when the case has ended
 *
 * Return: what the kernel answers.
 */
struct iommu_sva *svac_real_bind(struct kunit *test, struct mm_struct *mm)
{
	struct svac_real *real = to_real(test);
	struct iommu_sva *handle;
	int i;

	for (i = 0; i < SVAC_REAL_HANDLES && real->handles[i]; i++)
		;
	if (i == SVAC_REAL_HANDLES)
		return ERR_PTR(-ENOBUFS);
	handle = svac_stock_bind(real->dev, mm);
	if (!IS_ERR(handle))
		real->handles[i] = handle;
	return handle;
}

/**
 * svac_real_unbind() - Undo one svac_real_bind()
 * @test: the case
 * @handle: what it answered; otherwise nothing is done
 */
void svac_real_unbind(struct kunit *test, struct iommu_sva *handle)
{
	struct svac_real *real = to_real(test);
	int i;

	for (i = 0; i < SVAC_REAL_HANDLES; i++) {
		if (handle && real->handles[i] == handle) {
			svac_stock_unbind(handle);
			real->handles[i] = NULL;
			return;
		}
	}
}

/**
 * svac_real_lacks() - Skip a case if there is nothing to judge
 * @test: the case
 * @why: what is missing, or NULL
 *
 * Return: true if the case is to return.
 */
bool svac_real_lacks(struct kunit *test, const char *why)
{
	if (why)
		kunit_mark_skipped(test, "%s", why);
	return why;
}

/* A driver that has no such operation says so whatever the PASID is */
static bool driver_sets(struct svac_real *real)
{
	struct iommu_domain *domain = svac_stock_alloc(real->dev);
	ioasid_t pasid = svac_stock_give_pasid(real->dev);
	int ret = 0;

	if (!IS_ERR(domain) && pasid != SVAC_NO_PASID) {
		ret = svac_stock_set(domain, real->dev, pasid);
		if (!ret)
			svac_stock_block(domain, real->dev, pasid);
	}
	if (pasid != SVAC_NO_PASID)
		svac_stock_take_pasid(pasid);
	if (!IS_ERR(domain))
		iommu_domain_free(domain);
	return ret != -EOPNOTSUPP;
}

/**
 * svac_real_no_pasids() - Why no I/O page table can be set on a PASID here
 * @test: the case
 *
 * Return: why, or NULL if one can.
 */
const char *svac_real_no_pasids(struct kunit *test)
{
	struct svac_real *real = to_real(test);

	if (!svac_stock_has(SVAC_STOCK_SETS))
		return "the kernel has no iommu_attach_device_pasid()";
	if (!svac_stock_has(SVAC_STOCK_GIVES))
		return "the kernel has no iommu_alloc_global_pasid()";
	if (!svac_stock_max_pasids(real->dev))
		return "the device has no PASIDs";
	if (svac_group_size(real->dev) > 1)
		return "other devices are in the group, and a PASID would be set on them";
	if (!driver_sets(real))
		return "the IOMMU driver sets no I/O page table on a PASID";
	return NULL;
}

/**
 * svac_real_no_sva() - Why nobody can be bound here
 * @test: the case
 *
 * Return: why, or NULL with the device ready for binding, until the case has ended.
 */
const char *svac_real_no_sva(struct kunit *test)
{
	struct svac_real *real = to_real(test);
	struct iommu_sva *handle;
	struct mm_struct *mm;

	if (svac_stock_has(SVAC_STOCK_REFUSES))
		return "the kernel refuses to bind anybody on this architecture";
	if (!svac_stock_max_pasids(real->dev))
		return "the device has no PASIDs";
	if (svac_group_size(real->dev) > 1)
		return "other devices are in the group, and a PASID would be set on them";
	mm = svac_real_mm(test, 0);
	if (!mm)
		return "there is no process to bind";
	real->sva = svac_stock_start_sva(real->dev);
	handle = svac_stock_bind(real->dev, mm);
	if (handle == ERR_PTR(-ENODEV) || handle == ERR_PTR(-EOPNOTSUPP))
		return "the IOMMU driver cannot do SVA on this device: see svacheck doctor";
	if (!IS_ERR(handle))
		svac_stock_unbind(handle);
	return NULL;
}

/**
 * svac_real_few_pasids() - Why a case that takes several PASIDs cannot have them
 * @test: the case
 *
 * Return: why, or NULL if it can.
 */
const char *svac_real_few_pasids(struct kunit *test)
{
	return svac_stock_max_pasids(to_real(test)->dev) <= 2 * SVAC_REAL_PASIDS ?
	       "the device has too few PASIDs" : NULL;
}

/**
 * svac_real_not_idle() - Why PASIDs of the device may be in use
 * @test: the case
 *
 * Return: why, or NULL if nobody has any.
 */
const char *svac_real_not_idle(struct kunit *test)
{
	return to_real(test)->dev->driver ? "a driver is bound, and may have that PASID" : NULL;
}
