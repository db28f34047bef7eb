// SPDX-License-Identifier: GPL-2.0
/*
 * Binds and unbinds that meet each other, the removal of their device, and the
 * exit of their process.
 */
#include "scene.h"

#define ONE	SVAC_ONE
#define TWO	SVAC_TWO

#define BIND(_who)		{ SVAC_DO_BIND, .who = _who }
#define BIND_THERE(_who)	{ SVAC_DO_BIND, true, .who = _who }
#define UNBIND(_who)		{ SVAC_DO_UNBIND, .who = _who }
#define EXIT(_who)		{ SVAC_DO_EXIT, .who = _who }
#define LEAVE			{ SVAC_DO_LEAVE }
#define UNPLUG			{ SVAC_DO_UNPLUG }

#define IN_BIND			(SVAC_IN_ALLOC | SVAC_IN_SET | BIT(SVAC_LIMIT))
#define IN_UNBIND		(SVAC_IN_BLOCK | SVAC_IN_FREE)

static const struct svac_scene binds_of_one_pair[] = {
	{
		.name = "bind-again",
		.calls = { BIND(ONE), BIND(ONE) },
		.points = IN_BIND | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .end = { { ONE }, .members = 1, .refs = { 1 }, .sets = 1,
				   .handles = 1 } },
		},
	}, {
		.name = "bind-twice-again",
		.calls = { BIND(ONE), BIND(ONE), BIND(ONE) },
		.points = IN_BIND | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .end = { { ONE }, .members = 1, .refs = { 1 }, .sets = 1,
				   .handles = 1 } },
		},
	}, {
		.name = "first-is-refused",
		.calls = { BIND(ONE), BIND(ONE) },
		.points = SVAC_IN_SET,
		.error = -EIO,
		.allowed = {
			{ { -EIO, 0 }, .end = { { ONE }, .members = 1, .refs = { 1 },
						.sets = 2, .frees = 1, .handles = 1 } },
		},
	},
};

static const struct svac_scene binds_apart[] = {
	{
		.name = "other-process",
		.calls = { BIND(ONE), BIND(TWO) },
		.points = IN_BIND | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .end = { { ONE, TWO }, .members = 1, .refs = { 1, 1 }, .sets = 2,
				   .handles = 2 } },
		},
	}, {
		.name = "other-device",
		.calls = { BIND(ONE), BIND_THERE(ONE) },
		.points = IN_BIND | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .end = { { ONE }, { ONE }, .members = 1, .refs = { 2 }, .sets = 2,
				   .handles = 2 } },
			{ .one_domain = true,
			  .end = { { ONE }, { ONE }, .members = 1, .refs = { 1 }, .sets = 2,
				   .handles = 2 } },
		},
	}, {
		.name = "unbind-of-other-process",
		.before = { BIND(ONE) },
		.calls = { BIND(TWO), UNBIND(ONE) },
		.points = IN_BIND | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .end = { { 0, TWO }, .members = 1, .refs = { 0, 1 }, .sets = 1,
				   .blocks = 1, .frees = 1, .handles = 1 } },
		},
	},
};

static const struct svac_scene bind_and_unbind[] = {
	{
		.name = "bind-in-unbind",
		.before = { BIND(ONE) },
		.calls = { UNBIND(ONE), BIND(ONE) },
		.points = IN_UNBIND | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .end = { { ONE }, .members = 1, .refs = { 1 }, .sets = 1,
				   .blocks = 1, .frees = 1, .handles = 1 } },
			{ .others_first = true,
			  .end = { { ONE }, .members = 1, .refs = { 1 }, .handles = 1 } },
		},
	}, {
		.name = "bind-in-unbind-of-other-device",
		.before = { BIND(ONE) },
		.calls = { UNBIND(ONE), BIND_THERE(ONE) },
		.points = IN_UNBIND | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .end = { { 0 }, { ONE }, .members = 1, .refs = { 1 }, .sets = 1,
				   .blocks = 1, .frees = 1, .handles = 1 } },
			{ .one_domain = true,
			  .end = { { 0 }, { ONE }, .members = 1, .refs = { 1 }, .sets = 1,
				   .blocks = 1, .handles = 1 } },
		},
	}, {
		.name = "bind-then-unbind",
		.before = { BIND(ONE) },
		.calls = { BIND(TWO), BIND(ONE), UNBIND(ONE) },
		.points = IN_BIND | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .end = { { ONE, TWO }, .members = 1, .refs = { 1, 1 }, .sets = 1,
				   .handles = 2 } },
			{ .end = { { ONE, TWO }, .members = 1, .refs = { 1, 1 }, .sets = 2,
				   .blocks = 1, .frees = 1, .handles = 2 } },
		},
	}, {
		.name = "unbind-then-bind",
		.before = { BIND(ONE) },
		.calls = { BIND(TWO), UNBIND(ONE), BIND(ONE) },
		.points = IN_BIND | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .end = { { ONE, TWO }, .members = 1, .refs = { 1, 1 }, .sets = 2,
				   .blocks = 1, .frees = 1, .handles = 2 } },
			{ .end = { { ONE, TWO }, .members = 1, .refs = { 1, 1 }, .sets = 1,
				   .handles = 2 } },
		},
	}, {
		.name = "unbind-twice",
		.before = { BIND(ONE), BIND(ONE) },
		.calls = { BIND(TWO), UNBIND(ONE), UNBIND(ONE) },
		.points = IN_BIND | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .end = { { 0, TWO }, .members = 1, .refs = { 0, 1 }, .sets = 1,
				   .blocks = 1, .frees = 1, .handles = 1 } },
		},
	}, {
		.name = "unbind-once-of-twice",
		.before = { BIND(ONE), BIND(ONE) },
		.calls = { BIND(TWO), UNBIND(ONE) },
		.points = IN_BIND | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .end = { { ONE, TWO }, .members = 1, .refs = { 1, 1 }, .sets = 1,
				   .handles = 2 } },
		},
	}, {
		.name = "unbind-in-bind-again",
		.before = { BIND(ONE) },
		.calls = { BIND(ONE), UNBIND(ONE) },
		.points = SVAC_AROUND_LOCKS,
		.allowed = {
			{ .end = { { ONE }, .members = 1, .refs = { 1 }, .handles = 1 } },
			{ .others_first = true,
			  .end = { { ONE }, .members = 1, .refs = { 1 }, .sets = 1,
				   .blocks = 1, .frees = 1, .handles = 1 } },
		},
	}, {
		.name = "unbind-one-each",
		.before = { BIND(ONE), BIND(ONE) },
		.calls = { UNBIND(ONE), UNBIND(ONE) },
		.points = SVAC_AROUND_LOCKS,
		.allowed = { { .end = { .members = 1, .blocks = 1, .frees = 1 } } },
	},
};

static const struct svac_scene unbind_and_removal[] = {
	{
		.name = "unplug-in-unbind",
		.before = { BIND(ONE) },
		.calls = { UNBIND(ONE), UNPLUG },
		.points = IN_UNBIND | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .others_block = -1, .end = { .blocks = 1, .frees = 1 } },
			{ .others_block = 1, .leave_warns = 1,
			  .end = { .blocks = 1, .frees = 1 } },
		},
	}, {
		.name = "leave-in-unbind",
		.before = { BIND(ONE) },
		.calls = { UNBIND(ONE), LEAVE },
		.points = IN_UNBIND | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .others_block = -1, .end = { .blocks = 1, .frees = 1 } },
			{ .others_block = 1, .leave_warns = 1,
			  .end = { .blocks = 1, .frees = 1 } },
		},
	}, {
		.name = "unbind-in-unplug",
		.before = { BIND(ONE) },
		.calls = { UNPLUG, UNBIND(ONE) },
		.points = SVAC_IN_BLOCK | SVAC_IN_RELEASE | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .others_block = -1, .leave_warns = 1,
			  .end = { .blocks = 1, .frees = 1 } },
			{ .others_block = 1, .end = { .blocks = 1, .frees = 1 } },
		},
	}, {
		.name = "unbind-in-leave",
		.before = { BIND(ONE) },
		.calls = { LEAVE, UNBIND(ONE) },
		.points = SVAC_IN_BLOCK,
		.allowed = { { .leave_warns = 1, .end = { .blocks = 1, .frees = 1 } } },
	}, {
		.name = "two-unbinds-in-unplug",
		.before = { BIND(ONE), BIND(TWO) },
		.calls = { UNPLUG, UNBIND(ONE), UNBIND(TWO) },
		.points = SVAC_IN_BLOCK | SVAC_IN_RELEASE,
		.allowed = { { .leave_warns = 1, .end = { .blocks = 2, .frees = 2 } } },
	},
};

static const struct svac_scene bind_and_removal[] = {
	{
		.name = "unplug-in-bind",
		.calls = { BIND(ONE), UNPLUG },
		.points = SVAC_IN_ALLOC | SVAC_IN_SET | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .leave_warns = 1, .waits = SVAC_SECOND,
			  .end = { .refs = { 1 }, .sets = 1, .blocks = 1, .handles = 1 } },
			{ { -ENODEV, 0 }, .end = { .frees = 1 } },
			{ { -ENODEV, 0 }, .others_first = true, .end = { .frees = 0 } },
		},
	}, {
		.name = "bind-in-unplug",
		.calls = { UNPLUG, BIND(ONE) },
		.points = SVAC_IN_RELEASE | SVAC_AROUND_LOCKS,
		.allowed = {
			{ { 0, -ENODEV }, .end = { .frees = 1 } },
			{ { 0, -ENODEV }, .end = { .frees = 0 } },
			{ .others_first = true, .leave_warns = 1,
			  .end = { .refs = { 1 }, .sets = 1, .blocks = 1, .handles = 1 } },
		},
	}, {
		.name = "bind-again-in-unplug",
		.before = { BIND(ONE) },
		.calls = { UNPLUG, BIND(ONE) },
		.points = SVAC_IN_BLOCK | SVAC_IN_RELEASE,
		.allowed = {
			{ { 0, 0 }, .leave_warns = 1,
			  .end = { .refs = { 1 }, .blocks = 1, .handles = 1 } },
			{ { 0, -ENODEV }, .leave_warns = 1,
			  .end = { .refs = { 1 }, .blocks = 1, .handles = 1 } },
		},
	}, {
		.name = "bind-another-in-unplug",
		.before = { BIND(ONE) },
		.calls = { UNPLUG, BIND(TWO) },
		.points = SVAC_IN_BLOCK | SVAC_IN_RELEASE,
		.allowed = {
			{ { 0, -ENODEV }, .leave_warns = 1,
			  .end = { .refs = { 1 }, .blocks = 1, .frees = 1, .handles = 1 } },
			{ { 0, -ENODEV }, .leave_warns = 1,
			  .end = { .refs = { 1 }, .blocks = 1, .handles = 1 } },
		},
	},
};

static const struct svac_scene exits[] = {
	{
		.name = "exit-in-bind",
		.calls = { BIND(ONE), EXIT(ONE) },
		.points = IN_BIND | SVAC_AROUND_LOCKS,
		.allowed = {
			{ .end = { { ONE }, .members = 1, .refs = { 1 }, .sets = 1,
				   .handles = 1 } },
		},
	}, {
		.name = "exit-in-bind-that-is-refused",
		.calls = { BIND(ONE), EXIT(ONE) },
		.points = SVAC_IN_SET,
		.error = -EIO,
		.allowed = { { { -EIO }, .end = { .members = 1, .sets = 1, .frees = 1 } } },
	}, {
		.name = "exit-and-bind-to-other-device",
		.calls = { BIND(ONE), EXIT(ONE), BIND_THERE(ONE) },
		.points = IN_BIND,
		.allowed = {
			{ .end = { { ONE }, { ONE }, .members = 1, .refs = { 2 }, .sets = 2,
				   .handles = 2 } },
			{ .one_domain = true,
			  .end = { { ONE }, { ONE }, .members = 1, .refs = { 1 }, .sets = 2,
				   .handles = 2 } },
		},
	}, {
		.name = "exit-in-unbind",
		.before = { BIND(ONE) },
		.calls = { UNBIND(ONE), EXIT(ONE) },
		.points = IN_UNBIND | SVAC_AROUND_LOCKS,
		.allowed = { { .end = { .members = 1, .blocks = 1, .frees = 1 } } },
	}, {
		.name = "exit-and-unbind",
		.before = { BIND(ONE) },
		.calls = { BIND(TWO), EXIT(ONE), UNBIND(ONE) },
		.points = IN_BIND,
		.allowed = {
			{ .end = { { 0, TWO }, .members = 1, .refs = { 0, 1 }, .sets = 1,
				   .blocks = 1, .frees = 1, .handles = 1 } },
		},
	},
};

static void binds_of_one_pair_share_a_bond(struct kunit *test)
{
	svac_rules(test, "BIND-019");
	svac_needs(test, SVAC_BIND, "bind");
	svac_play(test, true);
}

static void binds_apart_do_not_disturb(struct kunit *test)
{
	svac_rules(test, "BIND-003");
	svac_needs(test, SVAC_BIND, "bind");
	svac_play(test, true);
}

static void bind_comes_before_or_after_the_last_unbind(struct kunit *test)
{
	svac_rules(test, "BIND-020");
	svac_needs(test, SVAC_BIND, "bind");
	svac_play(test, true);
}

static void unbind_and_removal_block_and_free_once(struct kunit *test)
{
	svac_rules(test, "BIND-021");
	svac_needs(test, SVAC_BIND, "bind");
	svac_play(test, true);
}

static void bind_in_the_middle_of_removal_is_whole_or_nothing(struct kunit *test)
{
	svac_rules(test, "BIND-022");
	svac_needs(test, SVAC_BIND, "bind");
	svac_play(test, true);
}

static void exit_in_the_middle_of_a_bond_leaves_exact_counts(struct kunit *test)
{
	svac_rules(test, "BIND-013");
	svac_needs(test, SVAC_BIND, "bind");
	svac_play(test, true);
}

SVAC_SCENES(binds_of_one_pair)
SVAC_SCENES(binds_apart)
SVAC_SCENES(bind_and_unbind)
SVAC_SCENES(unbind_and_removal)
SVAC_SCENES(bind_and_removal)
SVAC_SCENES(exits)

static struct kunit_case interleave_bind_cases[] = {
	SVAC_CASE_ROWS(binds_of_one_pair_share_a_bond, binds_of_one_pair),
	SVAC_CASE_ROWS(binds_apart_do_not_disturb, binds_apart),
	SVAC_CASE_ROWS(bind_comes_before_or_after_the_last_unbind, bind_and_unbind),
	SVAC_CASE_ROWS(unbind_and_removal_block_and_free_once, unbind_and_removal),
	SVAC_CASE_ROWS(bind_in_the_middle_of_removal_is_whole_or_nothing, bind_and_removal),
	SVAC_CASE_ROWS(exit_in_the_middle_of_a_bond_leaves_exact_counts, exits),
	{ }
};

SVAC_SUITE(svac_interleave_bind, interleave_bind_cases);
