/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model of DSA in a process of its own: it knows whoever has opened a work queue by the number of
 * the process, as a device does by its PASID, and reaches the memory by that and an address.
 */
#ifndef _SVAC_DSA_MODEL_H
#define _SVAC_DSA_MODEL_H

#include <linux/idxd.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What can be wrong with it, for who tests the cases */
enum defect {
	DEFECT_NONE,
	DEFECT_SHORT,		/* the last byte of a transfer is left out */
	DEFECT_FORCE,		/* it writes where the process may not */
	DEFECT_ALWAYS_ASKS,	/* it asks for pages also where it must not */
	DEFECT_NEVER_ASKS,	/* nor does it where it has to */
	DEFECT_LAST_OPENER,	/* it takes each process for the one that has come last */
	DEFECT_DEAF,		/* it ends no descriptor */
	DEFECT_WRONG_ADDRESS,	/* the fault is said to be a page further on */
};

/**
 * struct config - what the model is like
 * @queues: work queues it has
 * @dedicated: they have one client at a time
 * @blocks: block_on_fault is on
 * @longest: bytes of a transfer
 * @opcodes: that it knows, one bit for each of the first 64
 * @retry: each so many-th descriptor is not taken at first; 0 for none
 * @defect: see there
 */
struct config {
	unsigned int queues;
	bool dedicated;
	bool blocks;
	uint64_t longest;
	uint64_t opcodes;
	unsigned int retry;
	enum defect defect;
};

/**
 * struct work - a descriptor that was taken
 * @pid: whose memory it is about
 * @desc: the descriptor
 * @done: bytes of it
 */
struct work {
	pid_t pid;
	struct dsa_hw_desc desc;
	uint64_t done;
};

bool work_step(const struct config *config, struct work *work);
bool show(const char *root, const struct config *config);

#endif /* _SVAC_DSA_MODEL_H */
