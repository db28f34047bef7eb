// SPDX-License-Identifier: GPL-2.0
/*
 * Makes the model's world, calls the implementation in it, and compares all that
 * can be observed with the model after every call.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "world.h"

/* As model_limit() has it */
static const struct bench_layout layout = {
	.configs = { { .pasid_bits = 2 }, { .pasid_bits = 20, .max_pasids = 2 } },
	.pasids = { 0, 1, 2 },
};

static int world_make(void *subject, const void *how)
{
	const struct world_how *with = how;
	struct world *world = subject;
	int ret;

	world->quirk = with->quirk;
	model_begin(&world->model, !(with->impl->traits & SVAC_KEEPS_OUT));
	ret = bench_make(&world->bench, with->impl, &layout);
	if (ret)
		return ret;
	if (!world->model.settled)
		iommu_group_remove_device(world->bench.devs[1]);
	mock_reset();
	mock_set_quirk(with->quirk);
	return 0;
}

static void world_end(void *subject)
{
	struct world *world = subject;

	mock_set_quirk(MOCK_NORMAL);
	bench_end(&world->bench);
	mock_reset();
	memset(world, 0, sizeof(*world));
}

/* ---- what is compared ---- */

/* One comparison in progress */
struct comparison {
	struct world *world;
	const struct model_op *op;
	const struct model_answer *answer;
	const struct iommu_domain *domain;
	struct deviation *wrong;
};

static __printf(3, 4) bool differs(const struct comparison *c, enum model_part part,
				   const char *format, ...)
{
	va_list arguments;

	c->wrong->rule = c->answer->rules[part];
	va_start(arguments, format);
	vsnprintf(c->wrong->what, sizeof(c->wrong->what), format, arguments);
	va_end(arguments);
	return true;
}

/* A domain for a person, MODEL_NONE for none */
static const char *name(u8 domain)
{
	static const char * const names[] = { "A", "B", "U" };

	return domain < MODEL_DOMAINS ? names[domain] : "nothing";
}

static bool answer_differs(const struct comparison *c, int ret)
{
	unsigned int i;

	for (i = 0; i < c->answer->count; i++)
		if (c->answer->ret[i] == ret)
			return false;
	return differs(c, MODEL_ANSWER, "answered %s, expected %s%s%s", svac_errname(ret),
		       svac_errname(c->answer->ret[0]), c->answer->count > 1 ? " or " : "",
		       c->answer->count > 1 ? svac_errname(c->answer->ret[1]) : "");
}

/* Which of the driver's operations a call leads to, MOCK_OPS for none */
static enum mock_op operation(const struct model_op *op)
{
	switch (op->call) {
	case MODEL_ALLOC:
		return MOCK_ALLOC;
	case MODEL_FREE:
		return MOCK_FREE;
	case MODEL_SET:
		return MOCK_SET;
	case MODEL_BLOCK:
		return MOCK_BLOCK;
	default:
		return MOCK_OPS;
	}
}

static bool arguments_differ(const struct comparison *c, const struct mock_event *event)
{
	unsigned int type = c->op->domain < MODEL_PROCESSES ? IOMMU_DOMAIN_SVA :
			    IOMMU_DOMAIN_UNMANAGED;

	if (event->op == MOCK_ALLOC)
		return event->type != type;
	if (event->domain != c->domain)
		return true;
	return event->op != MOCK_FREE &&
	       (event->dev != c->world->bench.devs[c->op->dev] || event->pasid != c->op->pasid);
}

static bool calls_differ(const struct comparison *c)
{
	static const enum mock_op watched[] = { MOCK_ALLOC, MOCK_FREE, MOCK_SET, MOCK_BLOCK };
	enum mock_op mine = operation(c->op);
	unsigned int i, got, least, most;

	for (i = 0; i < ARRAY_SIZE(watched); i++) {
		got = mock_log_count(watched[i], MOCK_ANY_TYPE);
		least = watched[i] == mine && c->answer->driver;
		most = least || (watched[i] == mine && c->answer->starved);
		if (got < least || got > most)
			return differs(c, MODEL_CALLS,
				       "the driver's %s was called %u times, expected %u",
				       mock_op_name(watched[i]), got, got < least ? least : most);
		if (got && arguments_differ(c, mock_log_nth(watched[i], MOCK_ANY_TYPE, 0)))
			return differs(c, MODEL_CALLS, "the driver's %s was called with others",
				       mock_op_name(watched[i]));
	}
	if (c->answer->ret[0] && mock_log_count(MOCK_ATTACH, MOCK_ANY_TYPE))
		return differs(c, MODEL_CALLS, "a refused call attached a device");
	return false;
}

static const char *shown(u8 domain)
{
	return domain == BENCH_OTHER ? "something unknown" : name(domain);
}

/* Is (device, PASID) what the call was about */
static bool at_place(const struct comparison *c, unsigned int dev, unsigned int pasid)
{
	return (c->op->call == MODEL_SET || c->op->call == MODEL_BLOCK) &&
	       c->op->dev == dev && c->op->pasid == pasid;
}

static bool place_differs(const struct comparison *c, unsigned int dev, unsigned int pasid)
{
	const struct bench *bench = &c->world->bench;
	bool here = at_place(c, dev, pasid);
	u8 want = c->world->model.set[dev][pasid], got;

	got = bench_installed(bench, dev, pasid);
	if (got != want)
		return differs(c, here ? MODEL_TABLE : MODEL_OTHERS,
			       "the IOMMU has %s on p%u of d%u, expected %s", shown(got),
			       pasid, dev, shown(want));
	got = bench_found(bench, dev, pasid);
	if (got != want)
		return differs(c, here ? MODEL_LOOKUP : MODEL_OTHERS,
			       "the lookup of p%u on d%u found %s, expected %s", pasid, dev,
			       shown(got), shown(want));
	return false;
}

static bool memory_differs(const struct comparison *c, unsigned int dev, unsigned int pasid)
{
	u8 want = model_reaches(&c->world->model, dev, pasid), i;
	bool here = at_place(c, dev, pasid), reaches, expected;

	for (i = 0; i < MODEL_DOMAINS; i++) {
		reaches = bench_reaches(&c->world->bench, dev, pasid, i);
		expected = i == want;
		if (reaches != expected)
			return differs(c, here ? MODEL_MEMORIES : MODEL_OTHERS,
				       "DMA under p%u of d%u %s the memory of %s", pasid, dev,
				       reaches ? "reaches" : "does not reach", name(i));
	}
	return false;
}

static bool places_differ(const struct comparison *c)
{
	unsigned int dev, pasid;

	for (dev = 0; dev < MODEL_DEVICES; dev++)
		for (pasid = 0; pasid < MODEL_PASIDS; pasid++)
			if (place_differs(c, dev, pasid) || memory_differs(c, dev, pasid))
				return true;
	return false;
}

static bool counts_differ(const struct comparison *c)
{
	const struct model *model = &c->world->model;
	int i, got, want;

	for (i = 0; i < MODEL_PROCESSES; i++) {
		got = svac_process_refs(&c->world->bench.processes[i]);
		want = model->live[i];
		if (got != want)
			return differs(c, MODEL_REFS,
				       "the mm of %s is grabbed %d times, expected %d",
				       name(i), got, want);
	}
	got = mock_live_domains(IOMMU_DOMAIN_SVA);
	want = model->live[MODEL_A] + model->live[MODEL_B];
	if (got != want)
		return differs(c, MODEL_LIVE, "%d SVA domains are allocated, expected %d", got,
			       want);
	got = mock_live_domains(IOMMU_DOMAIN_UNMANAGED);
	want = model->live[MODEL_U];
	if (got != want)
		return differs(c, MODEL_LIVE, "%d paging domains are allocated, expected %d", got,
			       want);
	if (mock_freed_again(IOMMU_DOMAIN_SVA) || mock_freed_again(IOMMU_DOMAIN_UNMANAGED))
		return differs(c, MODEL_CALLS, "a domain was freed twice");
	if (mock_uses_after_free())
		return differs(c, MODEL_CALLS, "the driver was called with a domain that is free");
	return false;
}

static int count_device(struct device *dev, void *data)
{
	++*(unsigned int *)data;
	return 0;
}

static bool groups_differ(const struct comparison *c)
{
	const struct model *model = &c->world->model;
	unsigned int dev, group, got, want;
	struct iommu_group *in;

	for (dev = 0; dev < MODEL_DEVICES; dev++) {
		group = model->group[dev];
		in = group == MODEL_NONE ? NULL : c->world->bench.groups[group];
		if (c->world->bench.devs[dev]->iommu_group != in)
			return differs(c, MODEL_MEMBERS, "d%u is not in the group it must be in",
				       dev);
	}
	for (group = 0; group < MODEL_GROUPS; group++) {
		got = 0;
		iommu_group_for_each_dev(c->world->bench.groups[group], &got, count_device);
		want = (model->group[0] == group) + (model->group[1] == group);
		if (got != want)
			return differs(c, MODEL_MEMBERS, "g%u has %u devices, expected %u", group,
				       got, want);
	}
	return false;
}

static bool new_domain_differs(const struct comparison *c)
{
	struct world *world = c->world;
	struct iommu_domain *domain = world->bench.domains[c->op->domain];

	if (c->op->call != MODEL_ALLOC || !domain || c->op->domain >= MODEL_PROCESSES)
		return false;
	if (domain->type == IOMMU_DOMAIN_SVA &&
	    world->bench.impl->mm_of(domain) == world->bench.processes[c->op->domain].mm)
		return false;
	return differs(c, MODEL_ANSWER, "the domain is none for the mm of %s",
		       name(c->op->domain));
}

/* Make a call, and hold what comes of it against the model */
static int world_step(void *subject, u8 number, struct deviation *wrong)
{
	struct world *world = subject;
	struct model_op op = model_op(number);
	struct model_answer answer;
	struct comparison c = {
		.world = world,
		.op = &op,
		.answer = &answer,
		.wrong = wrong,
	};
	struct model_op about = op;
	int ret;

	if (op.call == MODEL_BLOCK)
		about.domain = world->model.set[op.dev][op.pasid];
	if (op.call != MODEL_ALLOC)
		c.domain = world->bench.domains[about.domain];
	sequence_append(&world->journal, number);
	ret = bench_call(&world->bench, &about, world->model.failure);
	answer = model_step(&world->model, &op);
	if (!answer_differs(&c, ret) && !calls_differ(&c) && !new_domain_differs(&c) &&
	    !places_differ(&c) && !counts_differ(&c))
		groups_differ(&c);
	return ret;
}

/* ---- back to the beginning ---- */

/* Each possible call of a kind */
static bool step_all(struct world *world, enum model_call kind, struct deviation *wrong)
{
	struct model_op op;
	unsigned int number;

	for (number = 0; number < MODEL_OPS; number++) {
		op = model_op(number);
		if (op.call != kind || !model_possible(&world->model, &op))
			continue;
		/* The device whose place it is may stay, and no other come there */
		if (kind == MODEL_LEAVE && !op.dev && !world->model.group[0])
			continue;
		if (kind == MODEL_JOIN && (op.dev || op.group))
			continue;
		world_step(world, number, wrong);
		if (wrong->rule)
			return false;
	}
	return true;
}

/* Go back to the beginning, call by call */
static bool world_reset(void *subject, struct deviation *wrong)
{
	struct world *world = subject;
	unsigned int i;

	world->model.failure = MODEL_WELL;
	if (!step_all(world, MODEL_BLOCK, wrong) || !step_all(world, MODEL_FREE, wrong) ||
	    !step_all(world, MODEL_LEAVE, wrong) || !step_all(world, MODEL_JOIN, wrong))
		return false;
	for (i = 0; i < MODEL_PROCESSES; i++) {
		if (!world->model.gone[i])
			continue;
		svac_process_free(&world->bench.processes[i]);
		if (bench_start_process(&world->bench, i)) {
			wrong->rule = "CTL-003";
			strscpy(wrong->what, "no memory for a new process", sizeof(wrong->what));
			return false;
		}
	}
	mock_reset();
	mock_set_quirk(world->quirk);
	model_begin(&world->model, world->model.settled);
	return true;
}

static bool world_possible(const void *subject, u8 number)
{
	const struct world *world = subject;
	struct model_op op = model_op(number);

	return model_possible(&world->model, &op);
}

static bool world_needless(const void *subject, u8 number, bool last)
{
	const struct world *world = subject;
	struct model_op op = model_op(number);

	return model_needless(&world->model, &op) || (last && model_silent(&world->model, &op));
}

static u32 world_state(const void *subject)
{
	const struct world *world = subject;

	return model_state(&world->model);
}

static struct sequence *world_journal(void *subject)
{
	struct world *world = subject;

	return &world->journal;
}

static const char *world_answer(const void *subject, int ret)
{
	return svac_errname(ret);
}

static const char *world_place(const void *how)
{
	return "";
}

const struct explore_kind world_kind = {
	.size = sizeof(struct world),
	.make = world_make,
	.end = world_end,
	.reset = world_reset,
	.step = world_step,
	.possible = world_possible,
	.needless = world_needless,
	.state = world_state,
	.journal = world_journal,
	.answer = world_answer,
	.place = world_place,
};
