/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two benches side by side that are made alike, each driven by an implementation of
 * its own: the same calls on both, and what can be seen of the one held against what
 * can be seen of the other. No model has a say in it.
 */
#ifndef _SVAC_TWINS_H
#define _SVAC_TWINS_H

#include "bench.h"
#include "explore.h"

/* The implementation that a tree is given, and its own */
#define TWIN_GUEST	0
#define TWIN_HOST	1
#define TWINS		2

/* Names of domains beside MODEL_A, MODEL_B and MODEL_U: those of bonds, and unknown ones */
#define TWIN_BOND(process)	(MODEL_DOMAINS + (process))
#define TWIN_STRANGE		(MODEL_DOMAINS + MODEL_PROCESSES)

/* Operations of the driver in one call */
#define SIGHT_CALLS	8

/**
 * struct sight_call - one operation of the driver
 * @op: which
 * @dev: 0 or 1, or MODEL_NONE
 * @pasid: itself, or INVALID_IOASID
 * @domain: a name, or MODEL_NONE
 * @type: of the domain
 * @ret: what the driver answered; 0 where it has no say
 */
struct sight_call {
	enum mock_op op;
	u8 dev;
	ioasid_t pasid;
	u8 domain;
	unsigned int type;
	int ret;
};

/**
 * struct sight - what can be seen of one bench after a call
 * @ret: what the call answered
 * @calls: the driver's operations in it, in their order
 * @called: how many; what is beyond SIGHT_CALLS is counted alone
 * @found: which domain a lookup finds
 * @installed: whose memory the IOMMU has
 * @reached: domains whose memory DMA reaches, by bit
 * @refs: of the mm, by others than the process
 * @users: of the mm
 * @pasids: of the mm, or INVALID_IOASID
 * @handles: the PASID of a bond, or INVALID_IOASID
 * @holds: references to a device that it had not when it was made
 * @own: the domain that a device itself is attached to is the one of the beginning
 * @sva: SVA domains not freed
 * @paging: paging domains not freed
 * @misused: domains freed twice, and operations on domains that had been freed
 */
struct sight {
	int ret;
	struct sight_call calls[SIGHT_CALLS];
	unsigned int called;
	u8 found[MODEL_DEVICES][MODEL_PASIDS];
	u8 installed[MODEL_DEVICES][MODEL_PASIDS];
	u8 reached[MODEL_DEVICES][MODEL_PASIDS];
	int refs[MODEL_PROCESSES];
	int users[MODEL_PROCESSES];
	ioasid_t pasids[MODEL_PROCESSES];
	ioasid_t handles[MODEL_DEVICES][MODEL_PROCESSES];
	int holds[MODEL_DEVICES];
	bool own[MODEL_DEVICES];
	int sva;
	int paging;
	int misused;
};

/**
 * struct twin - one of two benches
 * @bench: the bench
 * @quirk: how the driver answers it
 * @giver: the implementation that gives out PASIDs to both
 * @sight: what is seen of it
 * @attached: what each device itself was attached to when it was made
 * @refs: references to each device when it was made
 */
struct twin {
	struct bench bench;
	enum mock_quirk quirk;
	const struct svac_impl *giver;
	struct sight sight;
	const struct iommu_domain *attached[MODEL_DEVICES];
	unsigned int refs[MODEL_DEVICES];
};

/**
 * struct twins_how - how twins are made
 * @layout: of each of them; alike but for the numbers of groups
 * @impls: that drive them
 * @quirks: how the driver answers each of them
 * @seen: receives how often each divergence was met
 */
struct twins_how {
	const struct bench_layout *layout;
	const struct svac_impl *impls[TWINS];
	enum mock_quirk quirks[TWINS];
	unsigned long *seen;
};

/**
 * struct twins - two benches
 * @how: they were made
 * @twins: the two
 * @failure: what goes wrong in the next call that may ask the driver, or allocate
 * @known: processes that have had a domain or a bond
 * @journal: the calls so far, from one of the resets on
 */
struct twins {
	const struct twins_how *how;
	struct twin twins[TWINS];
	enum model_failure failure;
	bool known[MODEL_PROCESSES];
	struct sequence journal;
};

extern const struct explore_kind twins_kind;

/* sight.c */
int twin_make(struct twin *twin, const struct twins_how *how, unsigned int which);
void twin_end(struct twin *twin);
int twin_renew(struct twin *twin);
void twin_call(struct twin *twin, const struct model_op *op, enum model_failure failure);
const char *sight_differs(const struct sight *one, const struct sight *other,
			  char *here, char *there, size_t size);

/* divergence.c */

/**
 * struct divergence - a difference by design
 * @rule: that says so
 * @name: of it, for a person
 * @happens: is it met in this call
 * @makes: from what is seen of the guest, what the rule says is to be seen of the host
 * @apart: the host has done what the guest refused, and has to undo it to go on
 */
struct divergence {
	const char *rule;
	const char *name;
	bool (*happens)(const struct twins *twins, const struct model_op *op,
			enum model_failure failure);
	void (*makes)(const struct twins *twins, const struct model_op *op,
		      enum model_failure failure, struct sight *sight);
	bool apart;
};

extern const struct divergence divergences[];
extern const unsigned int divergences_count;

#define DIVERGENCES_MOST	16

#endif /* _SVAC_TWINS_H */
