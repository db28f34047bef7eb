/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fields as the Intel Virtualization Technology for Directed I/O Architecture
 * Specification, revision 5.0, names them; its sections stand beside them.
 */
#ifndef _SVAC_VTD_SPEC_H
#define _SVAC_VTD_SPEC_H

#include <linux/bits.h>

/* 11.4: registers */
#define CAP_REG			0x08
#define ECAP_REG		0x10
#define RTADDR_REG		0x20
#define FSTS_REG		0x34
#define FECTL_REG		0x38
#define IQH_REG			0x80
#define IQT_REG			0x88
#define IQA_REG			0x90
#define PQH_REG			0xc0
#define PQT_REG			0xc8
#define PQA_REG			0xd0

/* 11.4.2, 11.4.3: what the hardware can do */
#define CAP_ND			GENMASK_ULL(2, 0)
#define CAP_SAGAW		GENMASK_ULL(12, 8)
#define CAP_FRO			GENMASK_ULL(33, 24)
#define CAP_NFR			GENMASK_ULL(47, 40)
#define ECAP_DT			BIT_ULL(2)
#define ECAP_PSS		GENMASK_ULL(39, 35)
#define ECAP_PASID		BIT_ULL(40)
#define ECAP_EAFS		BIT_ULL(34)
#define ECAP_SMPWC		BIT_ULL(48)

/* 11.4.5: root table */
#define RTADDR_TTM		GENMASK_ULL(11, 10)
#define TTM_SCALABLE		1

/* 11.4.7: faults */
#define FSTS_PFO		BIT(0)
#define FSTS_PPF		BIT(1)
#define FECTL_IM		BIT(31)

/* 7.1.3, 11.4.12.1: what is recorded of a fault; two words */
#define FRCD_FI			GENMASK_ULL(63, 12)
#define FRCD_SID		GENMASK_ULL(15, 0)
#define FRCD_T2			BIT_ULL(28)
#define FRCD_PRIV		BIT_ULL(29)
#define FRCD_EXE		BIT_ULL(30)
#define FRCD_PP			BIT_ULL(31)
#define FRCD_FR			GENMASK_ULL(39, 32)
#define FRCD_PV			GENMASK_ULL(59, 40)
#define FRCD_T1			BIT_ULL(62)
#define FRCD_F			BIT_ULL(63)

/* 7.1.3, table of fault conditions in scalable mode */
#define FR_PASID_ENTRY_P	0x59
#define FR_PASID_ENTRY_TYPE	0x5b
#define FR_PAGE_ENTRY_P		0x71
#define FR_NO_WRITE		0x85

/* Where one structure points to another */
#define POINTER			GENMASK_ULL(63, 12)
#define PRESENT			BIT_ULL(0)

/* 9.3: scalable-mode context entry, four words */
#define CONTEXT_WORDS		4
#define CE_DTE			BIT_ULL(2)
#define CE_PASIDE		BIT_ULL(3)
#define CE_PRE			BIT_ULL(4)
#define CE_PDTS			GENMASK_ULL(11, 9)
#define CE_RID_PASID		GENMASK_ULL(19, 0)	/* of word 1 */

/* 9.5: scalable-mode PASID directory entry, indexed by PASID[19:6] */
#define DIRECTORY_SHIFT		6

/* 9.6: scalable-mode PASID table entry, eight words */
#define ENTRY_WORDS		8
#define PE_P			BIT_ULL(0)
#define PE_FPD			BIT_ULL(1)
#define PE_AW			GENMASK_ULL(4, 2)
#define PE_SSEE			BIT_ULL(5)
#define PE_PGTT			GENMASK_ULL(8, 6)
#define PE_SSADE		BIT_ULL(9)
/* word 1 */
#define PE_DID			GENMASK_ULL(15, 0)
#define PE_PWSNP		BIT_ULL(23)
#define PE_PGSNP		BIT_ULL(24)
#define PE_CD			BIT_ULL(25)
#define PE_EMTE			BIT_ULL(26)
#define PE_PAT			GENMASK_ULL(63, 32)
/* word 2 */
#define PE_SRE			BIT_ULL(0)
#define PE_ERE			BIT_ULL(1)
#define PE_FSPM			GENMASK_ULL(3, 2)
#define PE_WPE			BIT_ULL(4)
#define PE_NXE			BIT_ULL(5)
#define PE_SMEP			BIT_ULL(6)
#define PE_EAFE			BIT_ULL(7)

#define PGTT_FIRST_STAGE	1
#define PGTT_SECOND_STAGE	2
#define FSPM_FOUR_LEVELS	0
#define FSPM_FIVE_LEVELS	1

/* 9.8, 9.9: entries of a page table */
#define FS_P			BIT_ULL(0)
#define FS_RW			BIT_ULL(1)
#define FS_US			BIT_ULL(2)
#define FS_PS			BIT_ULL(7)
#define SS_R			BIT_ULL(0)
#define SS_W			BIT_ULL(1)
#define PAGE_TABLE_POINTER	GENMASK_ULL(51, 12)

/* 6.5.2: descriptors of the invalidation queue, four words */
#define INV_TYPE		GENMASK_ULL(3, 0)
#define INV_G			GENMASK_ULL(5, 4)
#define INV_DID			GENMASK_ULL(31, 16)
#define INV_PASID		GENMASK_ULL(51, 32)
#define INV_SID			GENMASK_ULL(31, 16)	/* of 6.5.2.5 and 6.5.2.6: requester */
#define INV_AM			GENMASK_ULL(5, 0)	/* of word 1 */
#define INV_S			BIT_ULL(11)		/* of word 1, 6.5.2.6 */
#define INV_WAIT_SW		BIT_ULL(5)
#define INV_WAIT_PD		BIT_ULL(7)

/* 7.4.1: page request descriptor, four words; 7.7.1: response to a group, in the queue */
#define PRQ_TYPE		1
#define PRQ_PP			BIT_ULL(8)
#define PRQ_RID			GENMASK_ULL(31, 16)
#define PRQ_PASID		GENMASK_ULL(51, 32)
#define PRQ_R			BIT_ULL(0)	/* of word 1 */
#define PRQ_W			BIT_ULL(1)
#define PRQ_L			BIT_ULL(2)
#define PRQ_PRGI		GENMASK_ULL(11, 3)
#define RESPONSE_PP		BIT_ULL(4)
#define RESPONSE_CODE		GENMASK_ULL(15, 12)
#define RESPONSE_SUCCESS	0
#define RESPONSE_INVALID	1

enum vtd_inv_type {
	INV_CONTEXT = 1,	/* 6.5.2.1 */
	INV_IOTLB = 2,		/* 6.5.2.3 */
	INV_DEVICE_TLB = 3,	/* 6.5.2.5 */
	INV_WAIT = 5,		/* 6.5.2.8 */
	INV_PASID_IOTLB = 6,	/* 6.5.2.4 */
	INV_PASID_CACHE = 7,	/* 6.5.2.2 */
	INV_PASID_DEVICE_TLB = 8, /* 6.5.2.6 */
	INV_RESPONSE = 9,	/* 7.7.1 */
};

/* Granularities: of 6.5.2.2, 6.5.2.3 and 6.5.2.4 */
#define PASID_CACHE_DOMAIN	0
#define PASID_CACHE_PASID	1
#define PASID_CACHE_GLOBAL	3
#define IOTLB_GLOBAL		1
#define IOTLB_DOMAIN		2
#define IOTLB_PAGE		3
#define PASID_IOTLB_PASID	2
#define PASID_IOTLB_PAGE	3

#endif /* _SVAC_VTD_SPEC_H */
