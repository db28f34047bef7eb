/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A call is made again and again, each time with another of its allocations
 * failing, until none is left to fail.
 */
#ifndef _SVAC_SWEEP_H
#define _SVAC_SWEEP_H

#include "state.h"

/**
 * struct svac_stage - what a scene works with
 * @test: the case
 * @dev: the device
 * @other: another one
 * @prober: one in no group, which sees whether groups can be joined
 * @process: the process
 * @domain: the domain
 * @near: a domain that is set on @dev already
 * @handle: what bind returned
 * @first: what an earlier bind returned
 * @pasid: the PASID
 */
struct svac_stage {
	struct kunit *test;
	struct device *dev;
	struct device *other;
	struct device *prober;
	struct svac_process *process;
	struct iommu_domain *domain;
	struct iommu_domain *near;
	struct iommu_sva *handle;
	struct iommu_sva *first;
	ioasid_t pasid;
};

/**
 * struct svac_scene - a call, and what belongs to it
 * @name: of the row
 * @needs: SVAC_* traits
 * @least: allocations that the call cannot do without
 * @want: what it returns when nothing fails
 * @can_do_without: some of what it allocates it does not need
 * @keeps_memory: after a failure some stays until the end of the round
 * @allowed: SVAC_MAY_* after a failure
 * @prepare: once, before all rounds
 * @begin: begins a round
 * @call: the call; 0 or an errno
 * @check: "" if all is as it must be after success, else what is not
 * @undo: undoes what a successful call did
 * @end: undoes @begin
 */
struct svac_scene {
	const char *name;
	u32 needs;
	unsigned int least;
	int want;
	bool can_do_without;
	bool keeps_memory;
	u32 allowed;
	void (*prepare)(struct svac_stage *stage);
	void (*begin)(struct svac_stage *stage);
	int (*call)(struct svac_stage *stage);
	const char *(*check)(struct svac_stage *stage);
	void (*undo)(struct svac_stage *stage);
	void (*end)(struct svac_stage *stage);
};

/* Which allocations fail in a round */
enum svac_fault {
	SVAC_ONE_ALONE,
	SVAC_ONE_AND_LATER,
};

const char *svac_sweep_wrong(struct kunit *test, const struct svac_scene *scene,
			     enum svac_fault fault, unsigned int *failed);
void svac_sweep(struct kunit *test, enum svac_fault fault);

#endif /* _SVAC_SWEEP_H */
