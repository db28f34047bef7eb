// SPDX-License-Identifier: GPL-2.0
/*
 * The model: which calls are allowed in which state, what each must answer and
 * leave behind, and which rule of configs/rules is broken if it does not.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "model.h"

/* The calls one after another; the order is that of exploration */
static const struct {
	enum model_call call;
	unsigned int variants;
} table[] = {
	{ MODEL_ALLOC, MODEL_DOMAINS },
	{ MODEL_SET, MODEL_DEVICES * MODEL_PASIDS * MODEL_DOMAINS },
	{ MODEL_BLOCK, MODEL_DEVICES * MODEL_PASIDS },
	{ MODEL_FREE, MODEL_DOMAINS },
	{ MODEL_JOIN, MODEL_DEVICES * MODEL_GROUPS },
	{ MODEL_LEAVE, MODEL_DEVICES },
	{ MODEL_EXIT, MODEL_PROCESSES },
	{ MODEL_FAIL, 2 },
	{ MODEL_BIND, MODEL_DEVICES * MODEL_PROCESSES },
	{ MODEL_UNBIND, MODEL_DEVICES * MODEL_PROCESSES },
};

/**
 * model_op() - A call by its number
 * @number: below MODEL_OPS
 *
 * Return: the call with its arguments.
 */
struct model_op model_op(unsigned int number)
{
	struct model_op op = { };
	unsigned int i = 0;

	while (number >= table[i].variants)
		number -= table[i++].variants;
	op.call = table[i].call;
	switch (op.call) {
	case MODEL_ALLOC:
	case MODEL_FREE:
	case MODEL_EXIT:
		op.domain = number;
		break;
	case MODEL_SET:
		op.domain = number % MODEL_DOMAINS;
		number /= MODEL_DOMAINS;
		fallthrough;
	case MODEL_BLOCK:
		op.pasid = number % MODEL_PASIDS;
		op.dev = number / MODEL_PASIDS;
		break;
	case MODEL_JOIN:
		op.group = number % MODEL_GROUPS;
		op.dev = number / MODEL_GROUPS;
		break;
	case MODEL_LEAVE:
		op.dev = number;
		break;
	case MODEL_FAIL:
		op.failure = number + 1;
		break;
	case MODEL_BIND:
	case MODEL_UNBIND:
		op.domain = number % MODEL_PROCESSES;
		op.dev = number / MODEL_PROCESSES;
		break;
	}
	return op;
}

/**
 * model_begin() - The world before the first call
 * @model: receives it
 * @settled: each device is in a group of its own and stays there
 */
void model_begin(struct model *model, bool settled)
{
	memset(model, 0, sizeof(*model));
	model->settled = settled;
	memset(model->set, MODEL_NONE, sizeof(model->set));
	model->group[0] = 0;
	model->group[1] = settled ? 1 : MODEL_NONE;
}

/**
 * model_limit() - The first PASID that is beyond a device
 * @dev: the device
 *
 * Return: the limit of d0 itself, or of the IOMMU of d1.
 */
u32 model_limit(unsigned int dev)
{
	return dev ? 2 : 4;
}

static unsigned int set_anywhere(const struct model *model, u8 domain)
{
	unsigned int dev, pasid, count = 0;

	for (dev = 0; dev < MODEL_DEVICES; dev++)
		for (pasid = 0; pasid < MODEL_PASIDS; pasid++)
			count += model->set[dev][pasid] == domain;
	return count;
}

static unsigned int set_on(const struct model *model, unsigned int dev)
{
	unsigned int pasid, count = 0;

	for (pasid = 0; pasid < MODEL_PASIDS; pasid++)
		count += model->set[dev][pasid] != MODEL_NONE;
	return count;
}

static unsigned int members(const struct model *model, u8 group)
{
	unsigned int dev, count = 0;

	for (dev = 0; dev < MODEL_DEVICES; dev++)
		count += model->group[dev] == group;
	return count;
}

/* GRP-003: PASIDs that are set keep others out of the group */
static bool closed(const struct model *model, u8 group)
{
	unsigned int dev;

	for (dev = 0; dev < MODEL_DEVICES; dev++)
		if (model->group[dev] == group && set_on(model, dev))
			return true;
	return false;
}

/**
 * model_possible() - Is a call allowed
 * @model: the state before
 * @op: the call
 *
 * What is left out is misuse that gets a warning and no answer, each with cases
 * of its own: freeing what is set, blocking what is not (PASID-017), leaving a
 * group with PASIDs set (GRP-007), and what cannot be said twice: a domain that
 * exists, a process that has exited, a failure that is about to come. The model
 * knows nothing of bonds.
 *
 * Return: true if so.
 */
bool model_possible(const struct model *model, const struct model_op *op)
{
	switch (op->call) {
	case MODEL_ALLOC:
		return !model->live[op->domain];
	case MODEL_FREE:
		return model->live[op->domain] && !set_anywhere(model, op->domain);
	case MODEL_SET:
		return model->live[op->domain];
	case MODEL_BLOCK:
		return model->set[op->dev][op->pasid] != MODEL_NONE;
	case MODEL_JOIN:
		return !model->settled && model->group[op->dev] == MODEL_NONE;
	case MODEL_LEAVE:
		return !model->settled && model->group[op->dev] != MODEL_NONE &&
		       !set_on(model, op->dev);
	case MODEL_EXIT:
		return !model->gone[op->domain];
	case MODEL_FAIL:
		return model->failure == MODEL_WELL;
	case MODEL_BIND:
	case MODEL_UNBIND:
		break;
	}
	return false;
}

static void because(struct model_answer *answer, int error, const char *rule)
{
	unsigned int i;

	if (!answer->count)
		answer->rules[MODEL_ANSWER] = rule;
	for (i = 0; i < answer->count; i++)
		if (answer->ret[i] == error)
			return;
	answer->ret[answer->count++] = error;
}

/* Why a PASID cannot be set, as far as the core sees; several may be true */
static void refusals(const struct model *model, const struct model_op *op,
		     struct model_answer *answer)
{
	if (model->group[op->dev] == MODEL_NONE)
		because(answer, -ENODEV, "GRP-002");
	if (!op->pasid)
		because(answer, -EINVAL, "PASID-008");
	if (op->pasid >= model_limit(op->dev))
		because(answer, -EINVAL, "PASID-009");
	if (model->group[op->dev] != MODEL_NONE &&
	    members(model, model->group[op->dev]) > 1)
		because(answer, -EINVAL, "GRP-001");
	if (model->set[op->dev][op->pasid] != MODEL_NONE)
		because(answer, -EBUSY, "PASID-004");
}

/* Does a call use up the failure that is about to come */
static bool uses_failure(const struct model *model, const struct model_op *op)
{
	struct model_answer answer = { };

	switch (op->call) {
	case MODEL_ALLOC:
		return true;
	case MODEL_SET:
		if (model->failure == MODEL_MEMORY)
			return true;
		refusals(model, op, &answer);
		return !answer.count;
	case MODEL_BLOCK:
	case MODEL_FREE:
		return model->failure == MODEL_MEMORY;
	default:
		return false;
	}
}

/* Has exited without ever having had a domain, so that nobody has noticed yet */
static bool unnoticed(const struct model *model, u8 process)
{
	return model->gone[process] && !model->known[process];
}

/**
 * model_needless() - Is every sequence that goes on with a call equivalent to
 * another one that is explored
 * @model: the state before
 * @op: the call, possible there
 *
 * - The processes are made alike and their domains allocated by one device, so
 *   a sequence and the one with A and B exchanged are the same to everybody: A
 *   is the one that comes first.
 * - A failure is arranged in the mock, where nothing looks at it but the call
 *   that uses it up: all places before that call are the same, so it is the
 *   last one.
 * - A process that never had a domain is unknown to the implementation. When it
 *   exits makes no difference up to its first domain: right before.
 *
 * Return: true if so.
 */
bool model_needless(const struct model *model, const struct model_op *op)
{
	unsigned int process;

	if (model->failure != MODEL_WELL && !uses_failure(model, op))
		return true;
	for (process = 0; process < MODEL_PROCESSES; process++)
		if (unnoticed(model, process) && op->call != MODEL_FAIL &&
		    !(op->call == MODEL_ALLOC && op->domain == process))
			return true;
	if (op->call == MODEL_ALLOC || op->call == MODEL_EXIT)
		return op->domain == MODEL_B && !model->known[MODEL_A];
	return false;
}

/**
 * model_silent() - Does nobody but the mock notice a call, yet
 * @model: the state before
 * @op: the call, possible there
 *
 * Return: true if a sequence that ends with it is the same as without.
 */
bool model_silent(const struct model *model, const struct model_op *op)
{
	return op->call == MODEL_FAIL ||
	       (op->call == MODEL_EXIT && !model->known[op->domain]);
}

/* What to blame if a call that must succeed does not: the most special rule */
static const char *why_set(const struct model *model, const struct model_op *op)
{
	switch (model->past[op->dev][op->pasid]) {
	case MODEL_BLOCKED:
		return "PASID-016";
	case MODEL_DRIVER_REFUSED:
		return "PASID-005";
	case MODEL_NO_MEMORY:
		return "PASID-011";
	case MODEL_UNTOUCHED:
		break;
	}
	if (model->shared[model->group[op->dev]])
		return "GRP-013";
	if (model->moved[op->dev])
		return "GRP-010";
	if (op->domain < MODEL_PROCESSES && model->gone[op->domain])
		return "PASID-023";
	if (set_anywhere(model, op->domain))
		return "PASID-020";
	if (set_on(model, op->dev))
		return "PASID-019";
	if (set_on(model, !op->dev))
		return "GRP-011";
	return op->domain == MODEL_U ? "PASID-021" : "PASID-009";
}

static void step_alloc(struct model *model, const struct model_op *op,
		       struct model_answer *answer)
{
	answer->rules[MODEL_CALLS] = "DOM-001";
	answer->rules[MODEL_REFS] = "DOM-003";
	answer->rules[MODEL_LIVE] = "DOM-001";
	answer->rules[MODEL_OTHERS] = "DOM-010";
	answer->rules[MODEL_MEMBERS] = "DOM-010";
	answer->rules[MODEL_MEMORIES] = "DOM-010";
	answer->driver = model->failure != MODEL_MEMORY;
	answer->starved = model->failure == MODEL_MEMORY;
	if (op->domain < MODEL_PROCESSES)
		model->known[op->domain] = true;
	if (model->failure != MODEL_WELL) {
		because(answer, -ENOMEM, "DOM-006");
		answer->rules[MODEL_REFS] = "DOM-007";
		answer->rules[MODEL_LIVE] = "DOM-007";
		model->failed[op->domain] = true;
		return;
	}
	because(answer, 0, model->failed[op->domain] ? "DOM-007" : "DOM-002");
	model->failed[op->domain] = false;
	model->live[op->domain] = true;
}

static void step_free(struct model *model, const struct model_op *op,
		      struct model_answer *answer)
{
	because(answer, 0, "DOM-012");
	answer->driver = true;
	answer->rules[MODEL_CALLS] = "DOM-012";
	answer->rules[MODEL_REFS] = "DOM-013";
	answer->rules[MODEL_LIVE] = "DOM-012";
	answer->rules[MODEL_OTHERS] = "DOM-010";
	answer->rules[MODEL_MEMBERS] = "DOM-010";
	answer->rules[MODEL_MEMORIES] = "DOM-010";
	model->live[op->domain] = false;
}

static void step_set(struct model *model, const struct model_op *op,
		     struct model_answer *answer)
{
	enum model_past *past = &model->past[op->dev][op->pasid];

	answer->rules[MODEL_REFS] = "PASID-022";
	answer->rules[MODEL_LIVE] = "PASID-022";
	answer->rules[MODEL_MEMBERS] = "PASID-022";
	answer->rules[MODEL_OTHERS] = "PASID-019";
	refusals(model, op, answer);
	if (answer->count) {
		const char *rule = answer->rules[MODEL_ANSWER];

		/* Whether memory runs out before the core looks is not laid down */
		if (model->failure == MODEL_MEMORY)
			because(answer, -ENOMEM, rule);
		answer->rules[MODEL_CALLS] = "PASID-010";
		answer->rules[MODEL_LOOKUP] = rule;
		answer->rules[MODEL_TABLE] = rule;
		answer->rules[MODEL_MEMORIES] = rule;
		return;
	}
	if (model->failure == MODEL_MEMORY) {
		because(answer, -ENOMEM, "PASID-011");
		answer->starved = true;
		*past = MODEL_NO_MEMORY;
	} else if (model->failure == MODEL_DRIVER) {
		because(answer, MODEL_DRIVER_ERROR, "PASID-005");
		answer->driver = true;
		*past = MODEL_DRIVER_REFUSED;
	} else {
		because(answer, 0, why_set(model, op));
		answer->driver = true;
		answer->rules[MODEL_CALLS] = "PASID-001";
		answer->rules[MODEL_LOOKUP] = "PASID-012";
		answer->rules[MODEL_TABLE] = "PASID-002";
		answer->rules[MODEL_MEMORIES] = "PASID-002";
		model->set[op->dev][op->pasid] = op->domain;
		return;
	}
	answer->rules[MODEL_CALLS] = answer->rules[MODEL_ANSWER];
	answer->rules[MODEL_LOOKUP] = answer->rules[MODEL_ANSWER];
	answer->rules[MODEL_TABLE] = answer->rules[MODEL_ANSWER];
	answer->rules[MODEL_MEMORIES] = answer->rules[MODEL_ANSWER];
}

static void step_block(struct model *model, const struct model_op *op,
		       struct model_answer *answer)
{
	because(answer, 0, "PASID-014");
	answer->driver = true;
	answer->rules[MODEL_CALLS] = "PASID-014";
	answer->rules[MODEL_LOOKUP] = "PASID-014";
	answer->rules[MODEL_TABLE] = "PASID-015";
	answer->rules[MODEL_MEMORIES] = "PASID-015";
	answer->rules[MODEL_OTHERS] = "PASID-019";
	answer->rules[MODEL_REFS] = "PASID-022";
	answer->rules[MODEL_LIVE] = "PASID-025";
	answer->rules[MODEL_MEMBERS] = "PASID-022";
	model->set[op->dev][op->pasid] = MODEL_NONE;
	model->past[op->dev][op->pasid] = MODEL_BLOCKED;
}

static void step_join(struct model *model, const struct model_op *op,
		      struct model_answer *answer)
{
	unsigned int part;

	if (closed(model, op->group)) {
		for (part = 0; part < MODEL_PARTS; part++)
			answer->rules[part] = "GRP-004";
		because(answer, -EBUSY, "GRP-003");
		answer->rules[MODEL_MEMBERS] = "GRP-003";
		return;
	}
	for (part = 0; part < MODEL_PARTS; part++)
		answer->rules[part] = "GRP-011";
	because(answer, 0, "GRP-005");
	answer->rules[MODEL_MEMBERS] = "GRP-005";
	model->group[op->dev] = op->group;
	if (members(model, op->group) > 1)
		model->shared[op->group] = true;
}

static void step_leave(struct model *model, const struct model_op *op,
		       struct model_answer *answer)
{
	unsigned int part;

	for (part = 0; part < MODEL_PARTS; part++)
		answer->rules[part] = "GRP-011";
	because(answer, 0, "GRP-013");
	answer->rules[MODEL_MEMBERS] = "GRP-013";
	model->group[op->dev] = MODEL_NONE;
	model->moved[op->dev] = true;
}

static void step_exit(struct model *model, const struct model_op *op,
		      struct model_answer *answer)
{
	unsigned int part;

	for (part = 0; part < MODEL_PARTS; part++)
		answer->rules[part] = "PASID-023";
	because(answer, 0, "DOM-014");
	answer->rules[MODEL_REFS] = "DOM-014";
	answer->rules[MODEL_LIVE] = "DOM-014";
	model->gone[op->domain] = true;
}

/**
 * model_step() - What a call has to do
 * @model: the state before; receives the state after
 * @op: the call, possible there
 *
 * Return: the answer, and the rules that are broken if anything is otherwise.
 */
struct model_answer model_step(struct model *model, const struct model_op *op)
{
	bool used = uses_failure(model, op);
	struct model_answer answer = { };

	switch (op->call) {
	case MODEL_ALLOC:
		step_alloc(model, op, &answer);
		break;
	case MODEL_FREE:
		step_free(model, op, &answer);
		break;
	case MODEL_SET:
		step_set(model, op, &answer);
		break;
	case MODEL_BLOCK:
		step_block(model, op, &answer);
		break;
	case MODEL_JOIN:
		step_join(model, op, &answer);
		break;
	case MODEL_LEAVE:
		step_leave(model, op, &answer);
		break;
	case MODEL_EXIT:
		step_exit(model, op, &answer);
		break;
	case MODEL_FAIL:
		/* No call of the implementation: all stays as it was */
		because(&answer, 0, "CTL-003");
		model->failure = op->failure;
		break;
	case MODEL_BIND:
	case MODEL_UNBIND:
		break;
	}
	if (used)
		model->failure = MODEL_WELL;
	return answer;
}

/**
 * model_reaches() - Whose memory DMA reaches
 * @model: the state
 * @dev: the device
 * @pasid: the PASID
 *
 * Return: the domain, or MODEL_NONE if DMA is kept away from all.
 */
u8 model_reaches(const struct model *model, unsigned int dev, unsigned int pasid)
{
	u8 domain = model->set[dev][pasid];

	/* PASID-023: the memory of a process that has exited is out of reach */
	if (domain < MODEL_PROCESSES && model->gone[domain])
		return MODEL_NONE;
	return domain;
}

/**
 * model_state() - The state as a number
 * @model: the state
 *
 * All that can be observed and all that is about to come, nothing of the past.
 *
 * Return: of MODEL_STATE_BITS; equal for equal states alone.
 */
u32 model_state(const struct model *model)
{
	unsigned int dev, pasid, i;
	u32 state = model->failure;

	/* MODEL_NONE keeps its last bits, which no domain or group has */
	for (dev = 0; dev < MODEL_DEVICES; dev++) {
		state = state << 2 | (model->group[dev] & 3);
		for (pasid = 0; pasid < MODEL_PASIDS; pasid++)
			state = state << 2 | (model->set[dev][pasid] & 3);
	}
	for (i = 0; i < MODEL_DOMAINS; i++)
		state = state << 1 | model->live[i];
	for (i = 0; i < MODEL_PROCESSES; i++)
		state = state << 1 | model->gone[i];
	return state;
}
