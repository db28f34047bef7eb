// SPDX-License-Identifier: GPL-2.0
/*
 * Calls that meet: setting, blocking and looking up PASIDs of a device while
 * others do the same, join its group, take it away, free domains, or exit.
 */
#include "scene.h"

#define P	false
#define Q	true
#define ONE	SVAC_ONE
#define TWO	SVAC_TWO

#define SET(_pasid, _who)	{ SVAC_DO_SET, .q = _pasid, .who = _who }
#define SET_THERE(_pasid, _who)	{ SVAC_DO_SET, true, _pasid, _who }
#define BLOCK(_pasid, _who)	{ SVAC_DO_BLOCK, .q = _pasid, .who = _who }
#define BLOCK_THERE(_pasid, _who) { SVAC_DO_BLOCK, true, _pasid, _who }
#define GET(_pasid)		{ SVAC_DO_GET, .q = _pasid }
#define FREE(_who)		{ SVAC_DO_FREE, .who = _who }
#define EXIT(_who)		{ SVAC_DO_EXIT, .who = _who }
#define ATTACH			{ SVAC_DO_ATTACH }
#define JOIN			{ SVAC_DO_JOIN }
#define PLUG			{ SVAC_DO_PLUG }
#define LEAVE			{ SVAC_DO_LEAVE }
#define UNPLUG			{ SVAC_DO_UNPLUG }

/* The domains of both processes exist, and HERE is alone in its group */
#define USUAL			.members = 1, .refs = { 1, 1 }
#define IN_COMPANY		.members = 2, .refs = { 1, 1 }
#define LEFT			.members = 0, .refs = { 1, 1 }

static const struct svac_scene sets_of_one_pasid[] = {
	{
		.name = "same-domain",
		.calls = { SET(P, ONE), SET(P, ONE) },
		.points = SVAC_IN_SET | BIT(SVAC_LOCKED) | SVAC_AROUND_LOCKS,
		.allowed = {
			{ { 0, -EBUSY }, .end = { { ONE }, USUAL, .sets = 1 } },
			{ { -EBUSY, 0 }, .end = { { ONE }, USUAL, .sets = 1 } },
		},
	}, {
		.name = "other-domain",
		.calls = { SET(P, ONE), SET(P, TWO) },
		.points = SVAC_IN_SET | BIT(SVAC_LOCKED) | SVAC_AROUND_LOCKS,
		.allowed = {
			{ { 0, -EBUSY }, .end = { { ONE }, USUAL, .sets = 1 } },
			{ { -EBUSY, 0 }, .end = { { TWO }, USUAL, .sets = 1 } },
		},
	}, {
		.name = "two-other-domains",
		.calls = { SET(P, ONE), SET(P, TWO), SET(P, TWO) },
		.points = SVAC_IN_SET,
		.allowed = {
			{ { 0, -EBUSY, -EBUSY }, .end = { { ONE }, USUAL, .sets = 1 } },
		},
	}, {
		.name = "first-is-refused",
		.calls = { SET(P, ONE), SET(P, TWO) },
		.points = SVAC_IN_SET,
		.error = -EIO,
		.allowed = {
			{ { -EIO, 0 }, .end = { { TWO }, USUAL, .sets = 2 } },
			{ { -EIO, -EBUSY }, .end = { { 0 }, USUAL, .sets = 1 } },
		},
	},
};

static const struct svac_scene sets_apart[] = {
	{
		.name = "other-pasid",
		.calls = { SET(P, ONE), SET(Q, ONE) },
		.points = SVAC_IN_SET | BIT(SVAC_LOCKED) | SVAC_AROUND_LOCKS,
		.allowed = { { .end = { { ONE, ONE }, USUAL, .sets = 2 } } },
	}, {
		.name = "other-pasid-and-domain",
		.calls = { SET(P, ONE), SET(Q, TWO) },
		.points = SVAC_IN_SET | BIT(SVAC_LOCKED) | SVAC_AROUND_LOCKS,
		.allowed = { { .end = { { ONE, TWO }, USUAL, .sets = 2 } } },
	}, {
		.name = "other-device",
		.calls = { SET(P, ONE), SET_THERE(P, ONE) },
		.points = SVAC_IN_SET | BIT(SVAC_LOCKED) | SVAC_AROUND_LOCKS,
		.allowed = { { .end = { { ONE }, { ONE }, USUAL, .sets = 2 } } },
	}, {
		.name = "other-device-and-domain",
		.calls = { SET(P, ONE), SET_THERE(P, TWO) },
		.points = SVAC_IN_SET | BIT(SVAC_LOCKED) | SVAC_AROUND_LOCKS,
		.allowed = { { .end = { { ONE }, { TWO }, USUAL, .sets = 2 } } },
	}, {
		.name = "first-is-refused",
		.calls = { SET(P, ONE), SET(Q, TWO) },
		.points = SVAC_IN_SET,
		.error = -EIO,
		.allowed = { { { -EIO }, .end = { { 0, TWO }, USUAL, .sets = 2 } } },
	},
};

static const struct svac_scene set_and_block[] = {
	{
		.name = "block-what-is-being-set",
		.calls = { SET(P, ONE), BLOCK(P, ONE) },
		.points = SVAC_IN_SET | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .waits = SVAC_SECOND, .end = { USUAL, .sets = 1, .blocks = 1 } },
			{ .others_first = true, .block_warns = 1,
			  .end = { { ONE }, USUAL, .sets = 1 } },
		},
	}, {
		.name = "block-what-is-being-refused",
		.calls = { SET(P, ONE), BLOCK(P, ONE) },
		.points = SVAC_IN_SET,
		.error = -EIO,
		.allowed = {
			{ { -EIO }, .block_warns = 1, .end = { USUAL, .sets = 1 } },
		},
	}, {
		.name = "set-what-is-being-blocked",
		.before = { SET(P, ONE) },
		.calls = { BLOCK(P, ONE), SET(P, TWO) },
		.points = SVAC_IN_BLOCK | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .waits = SVAC_SECOND,
			  .end = { { TWO }, USUAL, .sets = 1, .blocks = 1 } },
			{ { 0, -EBUSY }, .end = { USUAL, .blocks = 1 } },
		},
	}, {
		.name = "set-again-what-is-being-blocked",
		.before = { SET(P, ONE) },
		.calls = { BLOCK(P, ONE), SET(P, ONE) },
		.points = SVAC_IN_BLOCK | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .waits = SVAC_SECOND,
			  .end = { { ONE }, USUAL, .sets = 1, .blocks = 1 } },
			{ { 0, -EBUSY }, .end = { USUAL, .blocks = 1 } },
		},
	},
};

static const struct svac_scene set_and_block_apart[] = {
	{
		.name = "block-other-pasid",
		.before = { SET(Q, ONE) },
		.calls = { SET(P, ONE), BLOCK(Q, ONE) },
		.points = SVAC_IN_SET | BIT(SVAC_LOCKED) | SVAC_AROUND_LOCKS,
		.allowed = { { .end = { { ONE }, USUAL, .sets = 1, .blocks = 1 } } },
	}, {
		.name = "set-other-pasid",
		.before = { SET(P, ONE) },
		.calls = { BLOCK(P, ONE), SET(Q, TWO) },
		.points = SVAC_IN_BLOCK | SVAC_AROUND_LOCKS,
		.allowed = { { .end = { { 0, TWO }, USUAL, .sets = 1, .blocks = 1 } } },
	}, {
		.name = "block-on-other-device",
		.before = { SET_THERE(P, ONE) },
		.calls = { SET(P, ONE), BLOCK_THERE(P, ONE) },
		.points = SVAC_IN_SET | SVAC_AROUND_LOCKS,
		.allowed = { { .end = { { ONE }, USUAL, .sets = 1, .blocks = 1 } } },
	}, {
		.name = "block-other-pasid-too",
		.before = { SET(P, ONE), SET(Q, ONE) },
		.calls = { BLOCK(P, ONE), BLOCK(Q, ONE) },
		.points = SVAC_IN_BLOCK | SVAC_AROUND_LOCKS,
		.allowed = { { .end = { USUAL, .blocks = 2 } } },
	},
};

static const struct svac_scene blocks_of_one_pasid[] = {
	{
		.name = "block-twice",
		.before = { SET(P, ONE) },
		.calls = { BLOCK(P, ONE), BLOCK(P, ONE) },
		.points = SVAC_IN_BLOCK | SVAC_AROUND_LOCKS,
		.allowed = { { .block_warns = 1, .end = { USUAL, .blocks = 1 } } },
	}, {
		.name = "block-set-block",
		.before = { SET(P, ONE) },
		.calls = { BLOCK(P, ONE), SET(P, TWO), BLOCK(P, TWO) },
		.points = SVAC_IN_BLOCK,
		.allowed = {
			{ .waits = SVAC_SECOND | SVAC_THIRD,
			  .end = { USUAL, .sets = 1, .blocks = 2 } },
		},
	},
};

static const struct svac_scene lookups[] = {
	{
		.name = "look-up-what-is-being-set",
		.calls = { SET(P, ONE), GET(P) },
		.points = SVAC_IN_SET,
		.allowed = {
			{ .at_once = SVAC_SECOND, .end = { { ONE }, USUAL, .sets = 1 } },
		},
	}, {
		.name = "look-up-what-is-being-blocked",
		.before = { SET(P, ONE) },
		.calls = { BLOCK(P, ONE), GET(P) },
		.points = BIT(SVAC_BLOCKING),
		.allowed = {
			{ { 0, ONE }, .at_once = SVAC_SECOND, .end = { USUAL, .blocks = 1 } },
		},
	}, {
		.name = "look-up-what-is-being-blocked-in-unplug",
		.before = { SET(P, ONE) },
		.calls = { UNPLUG, GET(P) },
		.points = BIT(SVAC_BLOCKING),
		.allowed = {
			{ { 0, ONE }, .at_once = SVAC_SECOND, .leave_warns = 1,
			  .end = { LEFT, .blocks = 1 } },
		},
	}, {
		.name = "look-up-another-while-one-is-blocked",
		.before = { SET(P, ONE), SET(Q, TWO) },
		.calls = { BLOCK(P, ONE), GET(Q) },
		.points = SVAC_IN_BLOCK,
		.allowed = {
			{ { 0, TWO }, .at_once = SVAC_SECOND,
			  .end = { { 0, TWO }, USUAL, .blocks = 1 } },
		},
	},
};

static const struct svac_scene frees[] = {
	{
		.name = "free-another",
		.calls = { SET(P, ONE), FREE(TWO) },
		.points = SVAC_IN_SET | BIT(SVAC_LOCKED) | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .end = { { ONE }, .members = 1, .refs = { 1, 0 }, .sets = 1,
				   .frees = 1 } },
		},
	}, {
		.name = "set-another",
		.calls = { FREE(TWO), SET(P, ONE) },
		.points = SVAC_IN_FREE,
		.allowed = {
			{ .end = { { ONE }, .members = 1, .refs = { 1, 0 }, .sets = 1,
				   .frees = 1 } },
		},
	}, {
		.name = "free-another-on-the-same-pasid",
		.before = { SET(P, TWO), BLOCK(P, TWO) },
		.calls = { SET(P, ONE), FREE(TWO) },
		.points = SVAC_IN_SET,
		.allowed = {
			{ .end = { { ONE }, .members = 1, .refs = { 1, 0 }, .sets = 1,
				   .frees = 1 } },
		},
	}, {
		.name = "free-another-while-blocking",
		.before = { SET(P, ONE) },
		.calls = { BLOCK(P, ONE), FREE(TWO) },
		.points = SVAC_IN_BLOCK,
		.allowed = {
			{ .end = { .members = 1, .refs = { 1, 0 }, .blocks = 1, .frees = 1 } },
		},
	},
};

static const struct svac_scene exits[] = {
	{
		.name = "exit-in-set",
		.calls = { SET(P, ONE), EXIT(ONE) },
		.points = SVAC_IN_SET | BIT(SVAC_LOCKED) | SVAC_AROUND_LOCKS,
		.allowed = { { .end = { { ONE }, USUAL, .sets = 1 } } },
	}, {
		.name = "exit-in-set-that-is-refused",
		.calls = { SET(P, ONE), EXIT(ONE) },
		.points = SVAC_IN_SET,
		.error = -EIO,
		.allowed = { { { -EIO }, .end = { USUAL, .sets = 1 } } },
	}, {
		.name = "exit-and-set-on-another-device",
		.calls = { SET(P, ONE), EXIT(ONE), SET_THERE(P, ONE) },
		.points = SVAC_IN_SET,
		.allowed = { { .end = { { ONE }, { ONE }, USUAL, .sets = 2 } } },
	}, {
		.name = "exit-in-block",
		.before = { SET(P, ONE) },
		.calls = { BLOCK(P, ONE), EXIT(ONE) },
		.points = SVAC_IN_BLOCK | SVAC_AROUND_LOCKS,
		.allowed = { { .end = { USUAL, .blocks = 1 } } },
	}, {
		.name = "exit-in-free",
		.calls = { FREE(ONE), EXIT(ONE) },
		.points = SVAC_IN_FREE,
		.allowed = { { .end = { .members = 1, .refs = { 0, 1 }, .frees = 1 } } },
	}, {
		.name = "another-exits-in-set",
		.calls = { SET(P, ONE), EXIT(TWO) },
		.points = SVAC_IN_SET,
		.allowed = { { .end = { { ONE }, USUAL, .sets = 1 } } },
	},
};

static const struct svac_scene joins_in_set[] = {
	{
		.name = "join",
		.calls = { SET(P, ONE), JOIN },
		.points = SVAC_IN_SET | BIT(SVAC_LOCKED) | SVAC_AROUND_LOCKS,
		.allowed = {
			{ { 0, -EBUSY }, .end = { { ONE }, USUAL, .sets = 1 } },
			{ { -EINVAL, 0 }, .end = { IN_COMPANY } },
		},
	}, {
		.name = "plug",
		.calls = { SET(P, ONE), PLUG },
		.points = SVAC_IN_SET | BIT(SVAC_LOCKED) | SVAC_AROUND_LOCKS,
		.allowed = {
			{ { 0, -EBUSY }, .end = { { ONE }, USUAL, .sets = 1 } },
			{ { -EINVAL, 0 }, .end = { IN_COMPANY } },
		},
	}, {
		.name = "join-when-one-is-set",
		.before = { SET(Q, TWO) },
		.calls = { SET(P, ONE), JOIN },
		.points = SVAC_IN_SET | BIT(SVAC_LOCKED) | SVAC_AROUND_LOCKS,
		.allowed = {
			{ { 0, -EBUSY }, .end = { { ONE, TWO }, USUAL, .sets = 1 } },
		},
	}, {
		.name = "join-when-set-is-refused",
		.calls = { SET(P, ONE), JOIN },
		.points = SVAC_IN_SET,
		.error = -EIO,
		.allowed = {
			{ { -EIO, 0 }, .end = { IN_COMPANY, .sets = 1 } },
			{ { -EIO, -EBUSY }, .end = { USUAL, .sets = 1 } },
		},
	}, {
		.name = "join-and-set-another",
		.calls = { SET(P, ONE), JOIN, SET(Q, TWO) },
		.points = SVAC_IN_SET | BIT(SVAC_LOCKED) | SVAC_AROUND_LOCKS,
		.allowed = {
			{ { 0, -EBUSY, 0 }, .end = { { ONE, TWO }, USUAL, .sets = 2 } },
			{ { -EINVAL, 0, -EINVAL }, .end = { IN_COMPANY } },
		},
	},
};

/* In all of these a set waits for a group that is another one by its turn */
static const struct svac_scene sets_after_join[] = {
	{
		.name = "join-then-set-when-set-is-refused",
		.calls = { SET(Q, TWO), JOIN, SET(P, ONE) },
		.points = SVAC_IN_SET,
		.error = -EIO,
		.allowed = {
			{ { -EIO, 0, -EINVAL }, .end = { IN_COMPANY, .sets = 1 } },
			{ { -EIO, -EBUSY, 0 }, .end = { { ONE }, USUAL, .sets = 2 } },
		},
	}, {
		.name = "join-then-set-in-block",
		.before = { SET(Q, TWO) },
		.calls = { BLOCK(Q, TWO), JOIN, SET(P, ONE) },
		.points = SVAC_IN_BLOCK,
		.allowed = {
			{ { 0, 0, -EINVAL }, .waits = SVAC_SECOND,
			  .end = { IN_COMPANY, .blocks = 1 } },
			{ { 0, -EBUSY, 0 },
			  .end = { { ONE }, USUAL, .sets = 1, .blocks = 1 } },
		},
	}, {
		.name = "join-then-set-in-attach",
		.calls = { ATTACH, JOIN, SET(P, ONE) },
		.points = SVAC_IN_ATTACH,
		.allowed = {
			{ { 0, 0, -EINVAL }, .end = { IN_COMPANY } },
			{ { 0, -EBUSY, 0 }, .end = { { ONE }, USUAL, .sets = 1 } },
		},
	}, {
		.name = "set-then-join-in-attach",
		.calls = { ATTACH, SET(P, ONE), JOIN },
		.points = SVAC_IN_ATTACH,
		.allowed = {
			{ { 0, 0, -EBUSY }, .end = { { ONE }, USUAL, .sets = 1 } },
		},
	}, {
		.name = "set-in-join",
		.calls = { JOIN, SET(P, ONE) },
		.points = SVAC_IN_ATTACH | SVAC_AROUND_LOCKS,
		.allowed = {
			{ { 0, -EINVAL }, .end = { IN_COMPANY } },
			{ { -EBUSY, 0 }, .others_first = true,
			  .end = { { ONE }, USUAL, .sets = 1 } },
		},
	}, {
		.name = "set-in-plug",
		.calls = { PLUG, SET(P, ONE) },
		.points = BIT(SVAC_GROUP_FOUND),
		.allowed = {
			{ { -EBUSY, 0 }, .end = { { ONE }, USUAL, .sets = 1 } },
			{ { 0, -EINVAL }, .end = { IN_COMPANY } },
		},
	}, {
		.name = "set-in-plug",
		.calls = { PLUG, SET(P, ONE) },
		.points = SVAC_IN_ATTACH,
		.allowed = {
			{ { 0, -EINVAL }, .end = { IN_COMPANY } },
		},
	},
};

static const struct svac_scene refused_joins[] = {
	{
		.name = "set-another",
		.before = { SET(P, ONE) },
		.calls = { JOIN, SET(Q, TWO) },
		.points = SVAC_AROUND_LOCKS,
		.allowed = {
			{ { -EBUSY, 0 }, .end = { { ONE, TWO }, USUAL, .sets = 1 } },
		},
	}, {
		.name = "block",
		.before = { SET(P, ONE) },
		.calls = { JOIN, BLOCK(P, ONE) },
		.points = SVAC_AROUND_LOCKS,
		.allowed = {
			{ { -EBUSY, 0 }, .end = { USUAL, .blocks = 1 } },
			{ { 0, 0 }, .others_first = true, .end = { IN_COMPANY, .blocks = 1 } },
		},
	},
};

static const struct svac_scene joins_in_block[] = {
	{
		.name = "join",
		.before = { SET(P, ONE) },
		.calls = { BLOCK(P, ONE), JOIN },
		.points = SVAC_IN_BLOCK | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .waits = SVAC_SECOND, .end = { IN_COMPANY, .blocks = 1 } },
			{ { 0, -EBUSY }, .end = { USUAL, .blocks = 1 } },
		},
	}, {
		.name = "plug",
		.before = { SET(P, ONE) },
		.calls = { BLOCK(P, ONE), PLUG },
		.points = SVAC_IN_BLOCK | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .waits = SVAC_SECOND, .end = { IN_COMPANY, .blocks = 1 } },
			{ { 0, -EBUSY }, .end = { USUAL, .blocks = 1 } },
		},
	}, {
		.name = "join-when-another-stays-set",
		.before = { SET(P, ONE), SET(Q, TWO) },
		.calls = { BLOCK(P, ONE), JOIN },
		.points = SVAC_IN_BLOCK | SVAC_AROUND_LOCKS,
		.allowed = {
			{ { 0, -EBUSY }, .end = { { 0, TWO }, USUAL, .blocks = 1 } },
		},
	},
};

/* The PASIDs of a device that leaves are blocked and closed in one step */
static const struct svac_scene sets_in_leave[] = {
	{
		.name = "set-another-in-unplug",
		.before = { SET(P, ONE) },
		.calls = { UNPLUG, SET(Q, TWO) },
		.points = SVAC_IN_BLOCK | SVAC_IN_RELEASE | SVAC_AROUND_LOCKS,
		.allowed = {
			{ { 0, -ENODEV }, .leave_warns = 1, .end = { LEFT, .blocks = 1 } },
			{ .others_first = true, .leave_warns = 1,
			  .end = { LEFT, .sets = 1, .blocks = 2 } },
		},
	}, {
		.name = "set-again-in-unplug",
		.before = { SET(P, ONE) },
		.calls = { UNPLUG, SET(P, ONE) },
		.points = SVAC_IN_BLOCK | SVAC_IN_RELEASE,
		.allowed = {
			{ { 0, -ENODEV }, .leave_warns = 1, .end = { LEFT, .blocks = 1 } },
			{ { 0, -EBUSY }, .leave_warns = 1, .end = { LEFT, .blocks = 1 } },
		},
	}, {
		.name = "set-another-in-leave",
		.before = { SET(P, ONE) },
		.calls = { LEAVE, SET(Q, TWO) },
		.points = SVAC_IN_BLOCK | SVAC_AROUND_LOCKS,
		.allowed = {
			{ { 0, -ENODEV }, .leave_warns = 1, .end = { LEFT, .blocks = 1 } },
			{ .others_first = true, .leave_warns = 1,
			  .end = { LEFT, .sets = 1, .blocks = 2 } },
		},
	}, {
		.name = "set-two-in-unplug",
		.before = { SET(P, ONE) },
		.calls = { UNPLUG, SET(Q, TWO), SET(Q, ONE) },
		.points = SVAC_IN_BLOCK | SVAC_IN_RELEASE,
		.allowed = {
			{ { 0, -ENODEV, -ENODEV }, .leave_warns = 1,
			  .end = { LEFT, .blocks = 1 } },
		},
	},
};

static const struct svac_scene leaves_in_set[] = {
	{
		.name = "unplug-in-set",
		.calls = { SET(P, ONE), UNPLUG },
		.points = SVAC_IN_SET | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .leave_warns = 1, .waits = SVAC_SECOND,
			  .end = { LEFT, .sets = 1, .blocks = 1 } },
			{ { -ENODEV, 0 }, .others_first = true, .end = { LEFT } },
		},
	}, {
		.name = "leave-in-set",
		.calls = { SET(P, ONE), LEAVE },
		.points = SVAC_IN_SET | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .leave_warns = 1, .waits = SVAC_SECOND,
			  .end = { LEFT, .sets = 1, .blocks = 1 } },
			{ { -ENODEV, 0 }, .others_first = true, .end = { LEFT } },
		},
	}, {
		.name = "unplug-in-set-that-is-refused",
		.calls = { SET(P, ONE), UNPLUG },
		.points = SVAC_IN_SET,
		.error = -EIO,
		.allowed = { { { -EIO }, .end = { LEFT, .sets = 1 } } },
	}, {
		.name = "unplug-and-set-another-in-set",
		.calls = { SET(P, ONE), UNPLUG, SET(Q, TWO) },
		.points = SVAC_IN_SET,
		.allowed = {
			{ { 0, 0, -ENODEV }, .leave_warns = 1,
			  .waits = SVAC_SECOND | SVAC_THIRD,
			  .end = { LEFT, .sets = 1, .blocks = 1 } },
		},
	}, {
		.name = "unplug-in-block",
		.before = { SET(P, ONE) },
		.calls = { BLOCK(P, ONE), UNPLUG },
		.points = SVAC_IN_BLOCK | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .waits = SVAC_SECOND, .others_block = -1,
			  .end = { LEFT, .blocks = 1 } },
			{ .others_block = 1, .leave_warns = 1, .block_warns = 1,
			  .end = { LEFT, .blocks = 1 } },
		},
	}, {
		.name = "unplug-in-block-of-one-of-two",
		.before = { SET(P, ONE), SET(Q, TWO) },
		.calls = { BLOCK(P, ONE), UNPLUG },
		.points = SVAC_IN_BLOCK,
		.allowed = {
			{ .leave_warns = 1, .waits = SVAC_SECOND,
			  .end = { LEFT, .blocks = 2 } },
		},
	},
};

static const struct svac_scene blocks_in_leave[] = {
	{
		.name = "block-in-unplug",
		.before = { SET(P, ONE) },
		.calls = { UNPLUG, BLOCK(P, ONE) },
		.points = SVAC_IN_BLOCK | SVAC_IN_RELEASE | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .others_block = -1, .leave_warns = 1, .block_warns = 1,
			  .end = { LEFT, .blocks = 1 } },
			{ .others_block = 1, .end = { LEFT, .blocks = 1 } },
		},
	}, {
		.name = "join-in-unplug",
		.before = { SET(P, ONE) },
		.calls = { UNPLUG, JOIN },
		.points = SVAC_IN_BLOCK,
		.allowed = {
			{ .leave_warns = 1, .waits = SVAC_SECOND,
			  .end = { USUAL, .blocks = 1 } },
			{ { 0, -EBUSY }, .leave_warns = 1, .end = { LEFT, .blocks = 1 } },
		},
	}, {
		.name = "join-in-unplug-of-two-pasids",
		.before = { SET(P, ONE), SET(Q, TWO) },
		.calls = { UNPLUG, JOIN },
		.points = SVAC_IN_BLOCK,
		.allowed = {
			{ .leave_warns = 1, .waits = SVAC_SECOND,
			  .end = { USUAL, .blocks = 2 } },
			{ { 0, -EBUSY }, .leave_warns = 1, .end = { LEFT, .blocks = 2 } },
		},
	},
};

static void one_of_two_sets_has_the_pasid(struct kunit *test)
{
	svac_rules(test, "PASID-030", "GRP-042");
	svac_play(test, false);
}

static void sets_apart_do_not_disturb(struct kunit *test)
{
	svac_rules(test, "PASID-019");
	svac_play(test, false);
}

static void set_and_block_follow_each_other(struct kunit *test)
{
	svac_rules(test, "PASID-031");
	svac_play(test, false);
}

static void set_and_block_apart_do_not_disturb(struct kunit *test)
{
	svac_rules(test, "PASID-019");
	svac_play(test, false);
}

static void one_of_two_blocks_blocks(struct kunit *test)
{
	svac_rules(test, "PASID-032");
	svac_play(test, false);
}

static void lookup_waits_for_nobody(struct kunit *test)
{
	svac_rules(test, "PASID-033");
	svac_play(test, false);
}

static void freeing_a_domain_is_no_concern_of_another(struct kunit *test)
{
	svac_rules(test, "PASID-034");
	svac_play(test, false);
}

static void exit_at_any_moment_leaves_all_as_it_should_be(struct kunit *test)
{
	svac_rules(test, "PASID-023");
	svac_play(test, false);
}

static void join_in_the_middle_of_set_is_refused(struct kunit *test)
{
	svac_rules(test, "GRP-014");
	svac_needs(test, SVAC_KEEPS_OUT, "say in who joins a group");
	svac_play(test, false);
}

static void set_that_waits_sees_who_has_joined(struct kunit *test)
{
	svac_rules(test, "GRP-030");
	svac_needs(test, SVAC_KEEPS_OUT, "say in who joins a group");
	svac_play(test, false);
}

static void refused_join_counts_at_no_moment(struct kunit *test)
{
	svac_rules(test, "GRP-004");
	svac_needs(test, SVAC_KEEPS_OUT, "say in who joins a group");
	svac_play(test, false);
}

static void join_waits_until_the_driver_has_blocked(struct kunit *test)
{
	svac_rules(test, "GRP-031");
	svac_needs(test, SVAC_KEEPS_OUT, "say in who joins a group");
	svac_play(test, false);
}

static void set_in_the_middle_of_leaving_is_enodev(struct kunit *test)
{
	svac_rules(test, "GRP-009", "GRP-032");
	svac_play(test, false);
}

static void leaving_waits_for_the_driver(struct kunit *test)
{
	svac_rules(test, "GRP-033");
	svac_play(test, false);
}

static void leaving_device_is_blocked_once(struct kunit *test)
{
	svac_rules(test, "GRP-034");
	svac_play(test, false);
}

SVAC_SCENES(sets_of_one_pasid)
SVAC_SCENES(sets_apart)
SVAC_SCENES(set_and_block)
SVAC_SCENES(set_and_block_apart)
SVAC_SCENES(blocks_of_one_pasid)
SVAC_SCENES(lookups)
SVAC_SCENES(frees)
SVAC_SCENES(exits)
SVAC_SCENES(joins_in_set)
SVAC_SCENES(sets_after_join)
SVAC_SCENES(refused_joins)
SVAC_SCENES(joins_in_block)
SVAC_SCENES(sets_in_leave)
SVAC_SCENES(leaves_in_set)
SVAC_SCENES(blocks_in_leave)

static struct kunit_case interleave_cases[] = {
	SVAC_CASE_ROWS(one_of_two_sets_has_the_pasid, sets_of_one_pasid),
	SVAC_CASE_ROWS(sets_apart_do_not_disturb, sets_apart),
	SVAC_CASE_ROWS(set_and_block_follow_each_other, set_and_block),
	SVAC_CASE_ROWS(set_and_block_apart_do_not_disturb, set_and_block_apart),
	SVAC_CASE_ROWS(one_of_two_blocks_blocks, blocks_of_one_pasid),
	SVAC_CASE_ROWS(lookup_waits_for_nobody, lookups),
	SVAC_CASE_ROWS(freeing_a_domain_is_no_concern_of_another, frees),
	SVAC_CASE_ROWS(exit_at_any_moment_leaves_all_as_it_should_be, exits),
	SVAC_CASE_ROWS(join_in_the_middle_of_set_is_refused, joins_in_set),
	SVAC_CASE_ROWS(set_that_waits_sees_who_has_joined, sets_after_join),
	SVAC_CASE_ROWS(refused_join_counts_at_no_moment, refused_joins),
	SVAC_CASE_ROWS(join_waits_until_the_driver_has_blocked, joins_in_block),
	SVAC_CASE_ROWS(set_in_the_middle_of_leaving_is_enodev, sets_in_leave),
	SVAC_CASE_ROWS(leaving_waits_for_the_driver, leaves_in_set),
	SVAC_CASE_ROWS(leaving_device_is_blocked_once, blocks_in_leave),
	{ }
};

SVAC_SUITE(svac_interleave, interleave_cases);
