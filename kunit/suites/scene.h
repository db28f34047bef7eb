/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Scenes: one call stops inside of an operation of the driver, others do their
 * worst there, and what has come of it must be one of the outcomes that the
 * contract allows.
 *
 * On stage: a device HERE and one THERE, each in a group of its own; processes
 * ONE and TWO; in a scene of domains a domain of each process and the PASIDs P
 * and Q, in a scene of bonds P is the PASID of ONE and Q that of TWO.
 */
#ifndef _SVAC_SCENE_H
#define _SVAC_SCENE_H

#include "svac.h"

enum svac_who { SVAC_NONE, SVAC_ONE, SVAC_TWO };

enum svac_verb {
	SVAC_DO_SILENT,
	SVAC_DO_SET,
	SVAC_DO_BLOCK,
	SVAC_DO_GET,
	SVAC_DO_FREE,
	SVAC_DO_ATTACH,
	SVAC_DO_JOIN,
	SVAC_DO_PLUG,
	SVAC_DO_LEAVE,
	SVAC_DO_UNPLUG,
	SVAC_DO_EXIT,
	SVAC_DO_BIND,
	SVAC_DO_UNBIND,
};

/**
 * struct svac_call - one call of a scene
 * @verb: what
 * @there: on the other device
 * @q: on the other PASID
 * @who: the process, or the one whose domain it is
 */
struct svac_call {
	enum svac_verb verb;
	bool there;
	bool q;
	enum svac_who who;
};

/* Where the first call stops */
enum svac_point {
	SVAC_LIMIT,		/* the number of PASIDs is being read */
	SVAC_LOCKED,		/* it has locked something, and done nothing else */
	SVAC_ALLOCATING,
	SVAC_ALLOCATED,
	SVAC_SETTING,
	SVAC_HAS_SET,
	SVAC_BLOCKING,
	SVAC_HAS_BLOCKED,
	SVAC_FREEING,
	SVAC_FREED,
	SVAC_ATTACHING,
	SVAC_ATTACHED,
	SVAC_GROUP_FOUND,
	SVAC_RELEASING,
	SVAC_RELEASED,
	/* The 1st, 2nd and 3rd time that it is going to lock, or has unlocked */
	SVAC_LOCK_1,
	SVAC_LOCK_2,
	SVAC_LOCK_3,
	SVAC_UNLOCK_1,
	SVAC_UNLOCK_2,
	SVAC_UNLOCK_3,
	SVAC_POINTS
};

#define SVAC_IN_SET	(BIT(SVAC_SETTING) | BIT(SVAC_HAS_SET))
#define SVAC_IN_BLOCK	(BIT(SVAC_BLOCKING) | BIT(SVAC_HAS_BLOCKED))
#define SVAC_IN_ALLOC	(BIT(SVAC_ALLOCATING) | BIT(SVAC_ALLOCATED))
#define SVAC_IN_FREE	(BIT(SVAC_FREEING) | BIT(SVAC_FREED))
#define SVAC_IN_ATTACH	(BIT(SVAC_ATTACHING) | BIT(SVAC_ATTACHED))
#define SVAC_IN_RELEASE	(BIT(SVAC_RELEASING) | BIT(SVAC_RELEASED))

#define SVAC_AROUND_LOCKS	GENMASK(SVAC_UNLOCK_3, SVAC_LOCK_1)

#define SVAC_ACTORS	3

/**
 * struct svac_state - all that can be observed when everybody has finished
 * @here: whose domain is set on P and Q of HERE
 * @there: likewise of THERE
 * @members: devices in the group of HERE
 * @refs: references to the mm of ONE and of TWO
 * @sets: calls of the driver's set_dev_pasid, from the first call on
 * @blocks: of its block_dev_pasid
 * @frees: of its free
 * @handles: different handles that are held
 */
struct svac_state {
	u8 here[2];
	u8 there[2];
	u8 members;
	u8 refs[2];
	u8 sets;
	u8 blocks;
	u8 frees;
	u8 handles;
};

/**
 * struct svac_outcome - one way in which a scene may end
 * @ret: what each call returns; SVAC_DO_GET: whose domain it found
 * @waits: calls that must not have returned before the first went on, if it had
 *	   stopped inside of the driver
 * @at_once: calls that must have
 * @others_first: as if the others had come before the first: only where it is
 *		  about to lock
 * @others_block: 1 if the driver has to block while the others come in, -1 if it
 *		  must not, 0 if that is the same
 * @one_domain: only where all devices of a process share one
 * @leave_warns: a device leaves with PASIDs set
 * @block_warns: a PASID is blocked where nothing is set
 * @end: the state
 */
struct svac_outcome {
	int ret[SVAC_ACTORS];
	u8 waits;
	u8 at_once;
	bool others_first;
	s8 others_block;
	bool one_domain;
	u8 leave_warns;
	u8 block_warns;
	struct svac_state end;
};

#define SVAC_SECOND	BIT(1)
#define SVAC_THIRD	BIT(2)

/**
 * struct svac_scene - one row of a case
 * @name: in words, with dashes
 * @before: calls made beforehand, one after another
 * @calls: the first, which stops, and those who come in
 * @points: where the first stops, one run for each; if it does not come to lock
 *	    a mutex that many times the others follow it
 * @error: the driver's answer to the first call's set or attach
 * @allowed: outcomes; an empty one, if any, ends the list
 */
struct svac_scene {
	const char *name;
	struct svac_call before[2];
	struct svac_call calls[SVAC_ACTORS];
	unsigned long points;
	int error;
	struct svac_outcome allowed[4];
};

#define SVAC_SCENES(_scenes)						\
	static const void *next_##_scenes(svac_asked(const void *prev, char *desc)) \
	{								\
		return svac_next_scene(prev, desc, _scenes,		\
				       sizeof(_scenes));		\
	}

const void *svac_next_scene(const void *prev, char *desc,
			    const struct svac_scene *scenes, size_t bytes);
void svac_play(struct kunit *test, bool bonds);
bool svac_rehearse(struct kunit *test, bool bonds);

#endif /* _SVAC_SCENE_H */
