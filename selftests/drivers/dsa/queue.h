/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Work queues of Intel's Data Streaming Accelerator, as the driver idxd shows them.
 */
#ifndef _SVAC_DSA_QUEUE_H
#define _SVAC_DSA_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#define MOST_QUEUES	16

/**
 * struct queue - a work queue that programs can open
 * @name: such as wq0.1
 * @dedicated: it has one client at a time, by MOVDIR64B; else it is shared, by ENQCMD
 * @blocks: its descriptors can have it ask for pages that are not there
 * @longest: bytes that one descriptor can be about
 * @opcodes: one bit for each that it knows
 */
struct queue {
	char name[32];
	bool dedicated;
	bool blocks;
	uint64_t longest;
	uint64_t opcodes[4];
};

int queues_find(const char *root, const char *only, struct queue *queues, const char **why);
bool queue_knows(const struct queue *queue, unsigned int opcode);
bool parse_opcodes(const char *text, uint64_t *opcodes);

#endif /* _SVAC_DSA_QUEUE_H */
