// SPDX-License-Identifier: GPL-2.0
/*
 * Capabilities of the remapping hardware that no emulator has: page-walk
 * coherency that follows the processor's, without which the driver has no SVA,
 * device TLBs, and PASIDs of all 20 bits. They are set after the driver has read
 * the hardware's and before it uses any.
 */
#include <linux/bitfield.h>
#include <linux/dmar.h>
#include <linux/init.h>
#include <linux/moduleparam.h>

#include "../../intel/iommu.h"
#include "spec.h"

#define PASID_BITS	20

/* svac_vtd_shim=0: the hardware stays as the machine has it */
static bool wanted = true;
core_param(svac_vtd_shim, wanted, bool, 0);

static void __init give(struct intel_iommu *iommu)
{
	iommu->ecap |= ECAP_SMPWC | ECAP_DT;
	iommu->ecap &= ~ECAP_PSS;
	iommu->ecap |= FIELD_PREP(ECAP_PSS, PASID_BITS - 1);
	iommu->iommu.max_pasids = BIT(PASID_BITS);
}

/* rootfs_initcall() is when the driver begins */
static int __init give_all(void)
{
	struct dmar_drhd_unit *unit;
	struct intel_iommu *iommu;
	int ret;

	if (!wanted)
		return 0;
	ret = dmar_table_init();
	if (ret)
		return ret;
	for_each_iommu(iommu, unit)
		give(iommu);
	return 0;
}
fs_initcall_sync(give_all);
