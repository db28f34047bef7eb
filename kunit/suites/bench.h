/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the calls of a sequence are about: two devices, processes and domains, and
 * one implementation that is called on them. What should come of that is not known
 * here.
 */
#ifndef _SVAC_BENCH_H
#define _SVAC_BENCH_H

#include "model.h"
#include "svac.h"

/**
 * struct bench_layout - what the devices of a bench are like
 * @name: in the text of a sequence
 * @configs: of d0 and d1
 * @pasids: p0, p1 and p2
 */
struct bench_layout {
	const char *name;
	struct mock_config configs[MODEL_DEVICES];
	ioasid_t pasids[MODEL_PASIDS];
};

/**
 * struct bench - what there is to call an implementation with
 * @impl: the implementation
 * @layout: of the devices
 * @devs: d0 and d1
 * @groups: those that they were found in, held
 * @processes: those of the domains A and B
 * @domains: A, B and U; NULL if not allocated
 * @last: the domains that had these names last
 * @page: the memory behind the I/O page table of U
 * @handles: of the bonds of each device with each process
 * @bonds: binds not yet undone
 */
struct bench {
	const struct svac_impl *impl;
	const struct bench_layout *layout;
	struct device *devs[MODEL_DEVICES];
	struct iommu_group *groups[MODEL_DEVICES];
	struct svac_process processes[MODEL_PROCESSES];
	struct iommu_domain *domains[MODEL_DOMAINS];
	const struct iommu_domain *last[MODEL_DOMAINS];
	struct page *page;
	struct iommu_sva *handles[MODEL_DEVICES][MODEL_PROCESSES];
	unsigned int bonds[MODEL_DEVICES][MODEL_PROCESSES];
};

/* A lookup that found none of the three domains, but one */
#define BENCH_OTHER	MODEL_DOMAINS

int bench_make(struct bench *bench, const struct svac_impl *impl,
	       const struct bench_layout *layout);
void bench_end(struct bench *bench);
int bench_hush(void);
void bench_unhush(int level);
int bench_start_process(struct bench *bench, unsigned int domain);
int bench_call(struct bench *bench, const struct model_op *op, enum model_failure failure);
u8 bench_name(const struct bench *bench, const struct iommu_domain *domain);
u8 bench_found(const struct bench *bench, unsigned int dev, unsigned int pasid);
u8 bench_installed(const struct bench *bench, unsigned int dev, unsigned int pasid);
bool bench_reaches(const struct bench *bench, unsigned int dev, unsigned int pasid, u8 domain);

#endif /* _SVAC_BENCH_H */
