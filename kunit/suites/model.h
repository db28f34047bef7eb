/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the rules say of sequences of calls, for a world small enough to be
 * walked through: data and decisions, and no kernel.
 *
 * Two devices, each with a group of its own. d0 is in its group when a sequence
 * begins; d1 is in none, so that it takes one call to join it to either. In a
 * settled world, of implementations that have no say in who joins a group, d1 is in
 * its own and nobody moves. Three
 * domains: A and B share the memory of a process each, U has an I/O page table.
 * Three PASIDs: p0 is 0, which nobody may set; p1 is 1, which both devices have;
 * p2 is 2, which d0 has by its own limit of 4, and which is the first that the
 * limit of 2 keeps from d1, whose IOMMU sets it.
 */
#ifndef _SVAC_MODEL_H
#define _SVAC_MODEL_H

#include <linux/bits.h>
#include <linux/types.h>

#define MODEL_DEVICES	2
#define MODEL_GROUPS	MODEL_DEVICES
#define MODEL_PASIDS	3
#define MODEL_PROCESSES	2
#define MODEL_DOMAINS	3

/* Domains: the first MODEL_PROCESSES are those of a process */
#define MODEL_A		0
#define MODEL_B		1
#define MODEL_U		2

/* No group, no domain */
#define MODEL_NONE	0xff

/* Different calls: 3 alloc, 3 free, 2 fail, 2 exit, 2 leave, 4 join, 6 block, 18 set; 8 of bonds */
#define MODEL_OPS	48

enum model_call {
	MODEL_ALLOC,
	MODEL_FREE,
	MODEL_SET,
	MODEL_BLOCK,
	MODEL_JOIN,
	MODEL_LEAVE,
	MODEL_EXIT,
	MODEL_FAIL,
	MODEL_BIND,
	MODEL_UNBIND,
};

/* What MODEL_FAIL lets go wrong, in the next call that it can */
enum model_failure {
	MODEL_WELL,
	MODEL_DRIVER,
	MODEL_MEMORY,
};

/* What the driver answers then */
#define MODEL_DRIVER_ERROR	(-6)	/* -ENXIO, which no rule knows */

/**
 * struct model_op - one call with its arguments; those that it has not are 0
 * @call: which
 * @dev: of set, block, join, leave, bind and unbind
 * @pasid: of set and block
 * @domain: of alloc, free and set; of exit, bind and unbind: that of the process
 * @group: of join
 * @failure: of fail
 */
struct model_op {
	enum model_call call;
	u8 dev;
	u8 pasid;
	u8 domain;
	u8 group;
	enum model_failure failure;
};

/* What became of a (device, PASID) last */
enum model_past {
	MODEL_UNTOUCHED,
	MODEL_BLOCKED,
	MODEL_DRIVER_REFUSED,
	MODEL_NO_MEMORY,
};

/**
 * struct model - the world as it has to be after the calls so far
 * @settled: each device stays in the group that it was found in
 * @group: where each device is, or MODEL_NONE
 * @set: which domain is set, or MODEL_NONE
 * @live: domains that are allocated
 * @gone: processes that have exited
 * @failure: what goes wrong next
 * @known: processes that have had a domain
 * @past: for the choice of rules alone, as the two below
 * @failed: domains whose last allocation failed
 * @shared: groups that have had two devices
 * @moved: devices that have left a group
 */
struct model {
	bool settled;
	u8 group[MODEL_DEVICES];
	u8 set[MODEL_DEVICES][MODEL_PASIDS];
	bool live[MODEL_DOMAINS];
	bool gone[MODEL_PROCESSES];
	enum model_failure failure;
	bool known[MODEL_PROCESSES];
	enum model_past past[MODEL_DEVICES][MODEL_PASIDS];
	bool failed[MODEL_DOMAINS];
	bool shared[MODEL_GROUPS];
	bool moved[MODEL_DEVICES];
};

/* What can be compared after a call */
enum model_part {
	MODEL_ANSWER,	/* what the call returned */
	MODEL_CALLS,	/* which of the driver's operations were called with what */
	MODEL_LOOKUP,	/* what get() finds where the call was about */
	MODEL_TABLE,	/* the IOMMU's PASID table there */
	MODEL_OTHERS,	/* both at all other places */
	MODEL_MEMORIES,	/* what DMA reaches */
	MODEL_REFS,	/* of the mms */
	MODEL_LIVE,	/* domains allocated and not freed */
	MODEL_MEMBERS,	/* which device is in which group */
	MODEL_PARTS
};

#define MODEL_REASONS	4

/**
 * struct model_answer - what a call has to do
 * @ret: any of these, where rules set no order: 0 or negative errnos
 * @count: of them
 * @driver: the driver is asked: alloc, free, set or block, exactly once
 * @starved: no memory, so that the driver may be asked in vain, or not at all
 * @rules: which is broken if a part is not as it must be
 */
struct model_answer {
	int ret[MODEL_REASONS];
	unsigned int count;
	bool driver;
	bool starved;
	const char *rules[MODEL_PARTS];
};

struct model_op model_op(unsigned int number);
void model_begin(struct model *model, bool settled);
u32 model_limit(unsigned int dev);
bool model_possible(const struct model *model, const struct model_op *op);
bool model_needless(const struct model *model, const struct model_op *op);
bool model_silent(const struct model *model, const struct model_op *op);
struct model_answer model_step(struct model *model, const struct model_op *op);
u8 model_reaches(const struct model *model, unsigned int dev, unsigned int pasid);
u32 model_state(const struct model *model);

#define MODEL_STATE_BITS	23

/* model_text.c */
#define MODEL_TEXT	16	/* bytes for one call with its NUL */
#define MODEL_SPACES	" ;\t\n"

void model_print(char text[MODEL_TEXT], const struct model_op *op);
int model_parse(const char *text, size_t length);
int model_parse_all(const char *text, u8 *ops, unsigned int most);
char model_domain_name(u8 domain);

#endif /* _SVAC_MODEL_H */
