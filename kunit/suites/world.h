/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The model's world for real: devices, groups, processes and domains, and calls
 * of an implementation on them, each held against the model.
 */
#ifndef _SVAC_WORLD_H
#define _SVAC_WORLD_H

#include "model.h"
#include "svac.h"

/* The last calls of a world, from one of its resets on; what no longer fits is not replayed */
#define WORLD_JOURNAL	1024

/**
 * struct deviation - the first thing in which a world was not as the model
 * @rule: that is broken
 * @what: in words
 */
struct deviation {
	const char *rule;
	char what[160];
};

/**
 * struct world - what the calls of a sequence are about
 * @impl: the implementation under test
 * @quirk: how the driver answers all the while
 * @devs: d0 and d1
 * @groups: g0 and g1, held
 * @processes: those of the domains A and B
 * @domains: A, B and U; NULL if not allocated
 * @page: the memory behind the I/O page table of U
 * @model: what should be
 * @journal: numbers of the calls
 * @journaled: how many
 */
struct world {
	const struct svac_impl *impl;
	enum mock_quirk quirk;
	struct device *devs[MODEL_DEVICES];
	struct iommu_group *groups[MODEL_GROUPS];
	struct svac_process processes[MODEL_PROCESSES];
	struct iommu_domain *domains[MODEL_DOMAINS];
	struct page *page;
	struct model model;
	u8 journal[WORLD_JOURNAL];
	unsigned int journaled;
};

int world_make(struct world *world, const struct svac_impl *impl, enum mock_quirk quirk);
void world_end(struct world *world);
int world_step(struct world *world, u8 number, struct deviation *wrong);
bool world_reset(struct world *world, struct deviation *wrong);

int world_hush(void);
void world_unhush(int level);

#endif /* _SVAC_WORLD_H */
