/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The model's world for real: a bench, on which each call of an implementation is
 * held against the model.
 */
#ifndef _SVAC_WORLD_H
#define _SVAC_WORLD_H

#include "bench.h"
#include "explore.h"

/**
 * struct world_how - how a world is made
 * @impl: the implementation under test
 * @quirk: how the driver answers all the while
 */
struct world_how {
	const struct svac_impl *impl;
	enum mock_quirk quirk;
};

/**
 * struct world - what the calls of a sequence are about
 * @bench: d0 and d1, g0 and g1, A, B and U
 * @quirk: how the driver answers all the while
 * @model: what should be
 * @journal: the last calls, from one of its resets on
 */
struct world {
	struct bench bench;
	enum mock_quirk quirk;
	struct model model;
	struct sequence journal;
};

extern const struct explore_kind world_kind;

#endif /* _SVAC_WORLD_H */
