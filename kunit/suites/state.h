/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The whole state that a call may change, so that "nothing has changed" can be
 * held against it.
 */
#ifndef _SVAC_STATE_H
#define _SVAC_STATE_H

#include "svac.h"

#define SVAC_STATE_PASIDS	16

/* A PASID and what the lookup finds on it */
struct svac_found {
	ioasid_t pasid;
	const struct iommu_domain *domain;
};

/* An entry of the mock's PASID table */
struct svac_installed {
	unsigned long pasid;
	struct mock_pasid entry;
};

/**
 * struct svac_device_state - a device and its group
 * @dev: the device
 * @refs: references to it
 * @group: its group, or NULL
 * @id: of the group
 * @members: of the group, in its order
 * @count: of the members
 * @open: the state's prober could join the group
 * @own: the domain that the device is attached to
 * @found: PASIDs that are set
 * @sets: how many
 * @installed: entries in the IOMMU's PASID table
 * @installs: how many
 */
struct svac_device_state {
	const struct device *dev;
	unsigned int refs;
	const struct iommu_group *group;
	int id;
	const struct device *members[SVAC_DEVICES];
	unsigned int count;
	bool open;
	const struct iommu_domain *own;
	struct svac_found found[SVAC_STATE_PASIDS];
	unsigned int sets;
	struct svac_installed installed[SVAC_STATE_PASIDS];
	unsigned int installs;
};

/**
 * struct svac_process_state - an address space
 * @mm: the address space, or NULL
 * @refs: svac_process_refs()
 * @users: mm_users
 * @pasid: its PASID, or INVALID_IOASID
 */
struct svac_process_state {
	const struct mm_struct *mm;
	int refs;
	int users;
	ioasid_t pasid;
};

/**
 * struct svac_state - what there is at a moment
 * @devices: of the case, in its order
 * @processes: of the case, in its order
 * @sva: SVA domains not freed
 * @paging: paging domains not freed
 * @freed_again: domains freed twice
 * @uses_after_free: operations on domains that had been freed
 */
struct svac_state {
	struct svac_device_state devices[SVAC_DEVICES];
	struct svac_process_state processes[SVAC_PROCESSES];
	int sva;
	int paging;
	int freed_again;
	unsigned int uses_after_free;
};

/* A process may have got its PASID in between, and then keeps it */
#define SVAC_MAY_GAIN_PASID	BIT(0)

#define SVAC_WORDS	192

void svac_state_take(struct kunit *test, struct device *prober,
		     struct svac_state *state);
const char *svac_state_differs(struct kunit *test, const struct svac_state *before,
			       const struct svac_state *after, u32 allowed);
const char *svac_log_not_undone(unsigned int from);
const char *svac_log_after_failure(unsigned int from, unsigned int failed_at);
const char *svac_memory_differs(void);

#endif /* _SVAC_STATE_H */
