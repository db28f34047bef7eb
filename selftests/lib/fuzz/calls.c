// SPDX-License-Identifier: GPL-2.0
/*
 * The requests of kunit/uapi/svacheck.h. A new one is the fields of its structure, in their
 * order, and a row.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "fuzz.h"

#define PLACE(_struct, _member)						\
	.name = #_member, .at = offsetof(struct _struct, _member),	\
	.size = sizeof(((struct _struct *)NULL)->_member)

/* What the program fills in, and what the kernel does */
#define FIELD(_struct, _member, _kind, _limit)				\
	{ PLACE(_struct, _member), .kind = _kind, .limit = _limit }
#define ANSWER(_struct, _member, _kind, _limit)				\
	{ PLACE(_struct, _member), .kind = _kind, .answer = true, .limit = _limit }

#define ROW(_name, _struct, _fields)					\
	.name = #_name, .request = SVAC_IOC_##_name, .size = sizeof(struct _struct),	\
	.fields = _fields, .count = sizeof(_fields) / sizeof(_fields[0])

#define MOST_BONDS	64
#define PASIDS		(1U << 20)

static const struct field info_fields[] = {
	FIELD(svac_info, argsz, ARGSZ, 0),
	FIELD(svac_info, flags, ZERO, 0),
	ANSWER(svac_info, version, NUMBER, SVAC_VERSION),
	ANSWER(svac_info, pasids, NUMBER, PASIDS),
	ANSWER(svac_info, features, NUMBER, 0),
	ANSWER(svac_info, implementation, TEXT, 0),
};

static const struct field setup_fields[] = {
	FIELD(svac_setup, argsz, ARGSZ, 0),
	FIELD(svac_setup, flags, ZERO, 0),
	FIELD(svac_setup, max_pasids, NUMBER, PASIDS),
	FIELD(svac_setup, group, NUMBER, INT_MAX),
};

static const struct field bind_fields[] = {
	FIELD(svac_bind, argsz, ARGSZ, 0),
	FIELD(svac_bind, flags, ZERO, 0),
	ANSWER(svac_bind, bond, BOND, MOST_BONDS),
	ANSWER(svac_bind, pasid, PASID, PASIDS - 1),
};

static const struct field unbind_fields[] = {
	FIELD(svac_unbind, argsz, ARGSZ, 0),
	FIELD(svac_unbind, flags, ZERO, 0),
	FIELD(svac_unbind, bond, BOND, 0),
	FIELD(svac_unbind, reserved, ZERO, 0),
};

static const struct field submit_fields[] = {
	FIELD(svac_submit, argsz, ARGSZ, 0),
	FIELD(svac_submit, flags, ZERO, 0),
	ANSWER(svac_submit, job, JOB, INT_MAX),
	FIELD(svac_submit, reserved, ZERO, 0),
	FIELD(svac_submit, desc.opcode, NUMBER, SVAC_OP_BATCH),
	FIELD(svac_submit, desc.flags, ZERO, SVAC_BLOCK_ON_FAULT),
	FIELD(svac_submit, desc.pasid, PASID, 0),
	FIELD(svac_submit, desc.reserved, ZERO, 0),
	FIELD(svac_submit, desc.src, ADDRESS, 0),
	FIELD(svac_submit, desc.dst, ADDRESS, 0),
	FIELD(svac_submit, desc.len, LENGTH, 0),
	FIELD(svac_submit, desc.operand, WORD, 0),
	FIELD(svac_submit, desc.completion, ADDRESS, 0),
	FIELD(svac_submit, desc.reserved2, ZERO, 0),
};

static const struct field wait_fields[] = {
	FIELD(svac_wait, argsz, ARGSZ, 0),
	FIELD(svac_wait, flags, ZERO, 0),
	FIELD(svac_wait, job, JOB, 0),
	FIELD(svac_wait, timeout_ms, MILLISECONDS, INT_MAX),
	ANSWER(svac_wait, completion.status, NUMBER, SVAC_GONE),
	ANSWER(svac_wait, completion.index, NUMBER, SVAC_MAX_BATCH),
	ANSWER(svac_wait, completion.done, NUMBER, SVAC_MAX_LEN),
	ANSWER(svac_wait, completion.address, NUMBER, 0),
	ANSWER(svac_wait, completion.result, NUMBER, 0),
};

static const struct field counters_fields[] = {
	FIELD(svac_counters, argsz, ARGSZ, 0),
	FIELD(svac_counters, flags, ZERO, 0),
	ANSWER(svac_counters, jobs, NUMBER, INT_MAX),
	ANSWER(svac_counters, walks, NUMBER, INT_MAX),
	ANSWER(svac_counters, hits, NUMBER, INT_MAX),
	ANSWER(svac_counters, requests, NUMBER, INT_MAX),
	ANSWER(svac_counters, refused, NUMBER, INT_MAX),
	ANSWER(svac_counters, invalidations, NUMBER, INT_MAX),
	ANSWER(svac_counters, dropped, NUMBER, INT_MAX),
};

/* The mock has one IOMMU with fewer PASIDs, so few numbers are of use */
static void build_setup(struct fuzzer *fuzzer, void *arg)
{
	static const uint32_t pasids[] = { 0, 0, 0, 0, 64, 64, 64, 2 };
	struct svac_setup *setup = arg;

	setup->max_pasids = pasids[below(fuzzer, 8)];
	setup->group = once_in(fuzzer, 4) ? below(fuzzer, 3) : 0;
}

static void tame_setup(const struct fuzzer *fuzzer, void *arg)
{
	struct svac_setup *setup = arg;

	if (!fuzzer->shared->groups && setup->group <= INT_MAX)
		setup->group = 0;
}

static uint64_t some_length(struct fuzzer *fuzzer)
{
	static const uint64_t most[] = { 9, 64, PAGE + 1, SOURCE_LEN };

	return below(fuzzer, most[below(fuzzer, 4)]);
}

static void build_desc(struct fuzzer *fuzzer, struct svac_desc *desc, bool member)
{
	desc->opcode = below(fuzzer, member ? SVAC_OP_BATCH : SVAC_OP_BATCH + 1);
	desc->len = some_length(fuzzer);
	desc->src = memory_source(fuzzer, desc->len);
	desc->dst = memory_target(fuzzer, desc->len);
	desc->completion = once_in(fuzzer, 3) ? memory_record(fuzzer) : 0;
	if (desc->opcode == SVAC_OP_ADD)
		desc->dst = memory_target(fuzzer, sizeof(desc->operand)) & ~7ULL;
	if (desc->opcode != SVAC_OP_BATCH)
		return;
	desc->src = (uintptr_t)memory_script();
	desc->len = below(fuzzer, SCRIPT_LEN + 1);
}

/* Whatever is in a script: each member writes where a descriptor may */
static void build_script(struct fuzzer *fuzzer)
{
	struct svac_desc member = {
		.flags = below(fuzzer, 2), .pasid = draw(fuzzer), .operand = draw(fuzzer) | 1ULL << 63,
	};

	build_desc(fuzzer, &member, true);
	if (once_in(fuzzer, 16))
		member.opcode = boundary(fuzzer, SVAC_OP_BATCH);
	if (once_in(fuzzer, 16))
		member.dst = memory_hostile(fuzzer);
	if (once_in(fuzzer, 16))
		member.reserved2 = 1;
	memory_script()[below(fuzzer, SCRIPT_LEN)] = member;
}

static void build_submit(struct fuzzer *fuzzer, void *arg)
{
	struct svac_submit *submit = arg;

	if (once_in(fuzzer, 8))
		build_script(fuzzer);
	build_desc(fuzzer, &submit->desc, false);
	/* What is under way while files are closed and devices go */
	if (once_in(fuzzer, 256)) {
		submit->desc.opcode = SVAC_OP_SUM;
		submit->desc.flags = SVAC_BLOCK_ON_FAULT;
		submit->desc.src = memory_long();
		submit->desc.len = LONG_LEN;
	}
}

static bool wraps(uint64_t at, uint64_t len)
{
	return at + len < at;
}

static int check_submit(const void *arg)
{
	const struct svac_desc *desc = &((const struct svac_submit *)arg)->desc;
	bool batch = desc->opcode == SVAC_OP_BATCH;
	uint64_t len = batch ? desc->len * sizeof(*desc) : desc->len;

	if (desc->len > (batch ? SVAC_MAX_BATCH : SVAC_MAX_LEN))
		return -EINVAL;
	if (wraps(desc->src, len) || wraps(desc->dst, len))
		return -EINVAL;
	if (desc->opcode == SVAC_OP_ADD && desc->dst % sizeof(desc->operand))
		return -EINVAL;
	return desc->completion % sizeof(struct svac_completion) ? -EINVAL : 0;
}

/* What plugs a device in may also answer ENOMEM, and ENODEV once it was removed */
const struct call calls[] = {
	{ ROW(INFO, svac_info, info_fields), .weight = 4, .ends = NOTHING_ENDS,
	  .errnos = { ENODEV, ENOMEM } },
	{ ROW(SETUP, svac_setup, setup_fields), .weight = 1, .ends = NOTHING_ENDS,
	  .first = true, .build = build_setup, .tame = tame_setup, .errnos = { EBUSY, ENOMEM } },
	{ ROW(BIND, svac_bind, bind_fields), .weight = 8, .ends = NOTHING_ENDS,
	  .errnos = { ENODEV, ENOMEM, EOPNOTSUPP, ENOSPC, EBUSY, EOVERFLOW, EINVAL, EINTR } },
	{ ROW(UNBIND, svac_unbind, unbind_fields), .weight = 7, .ends = BOND,
	  .errnos = { ENOENT } },
	{ ROW(SUBMIT, svac_submit, submit_fields), .weight = 40, .ends = NOTHING_ENDS,
	  .build = build_submit, .check = check_submit, .errnos = { ENODEV, ENOMEM, EAGAIN } },
	{ ROW(WAIT, svac_wait, wait_fields), .weight = 30, .ends = JOB,
	  .errnos = { ENOENT, EBUSY, ETIME, EINTR } },
	{ ROW(COUNTERS, svac_counters, counters_fields), .weight = 4, .ends = NOTHING_ENDS,
	  .errnos = { ENODEV, ENOMEM } },
	{ .name = "REMOVE", .request = SVAC_IOC_REMOVE, .weight = 1, .ends = DEVICE_ENDS,
	  .errnos = { ENODEV, ENOMEM } },
};

const unsigned int call_count = sizeof(calls) / sizeof(calls[0]);
