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
#define MOST_DOMAINS	16

/* Records of an event log */
#define MOST_EVENTS	1024

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
	ANSWER(svac_counters, responses, NUMBER, INT_MAX),
};

static const struct field domain_alloc_fields[] = {
	FIELD(svac_domain, argsz, ARGSZ, 0),
	FIELD(svac_domain, flags, ZERO, 0),
	ANSWER(svac_domain, domain, DOMAIN, MOST_DOMAINS),
	FIELD(svac_domain, reserved, ZERO, 0),
};

static const struct field domain_free_fields[] = {
	FIELD(svac_domain, argsz, ARGSZ, 0),
	FIELD(svac_domain, flags, ZERO, 0),
	FIELD(svac_domain, domain, DOMAIN, 0),
	FIELD(svac_domain, reserved, ZERO, 0),
};

static const struct field map_fields[] = {
	FIELD(svac_map, argsz, ARGSZ, 0),
	FIELD(svac_map, flags, ZERO, SVAC_MAP_READ | SVAC_MAP_WRITE),
	FIELD(svac_map, domain, DOMAIN, 0),
	FIELD(svac_map, reserved, ZERO, 0),
	FIELD(svac_map, memory, ADDRESS, 0),
	FIELD(svac_map, iova, ADDRESS, 0),
	FIELD(svac_map, len, LENGTH, 0),
};

static const struct field unmap_fields[] = {
	FIELD(svac_unmap, argsz, ARGSZ, 0),
	FIELD(svac_unmap, flags, ZERO, 0),
	FIELD(svac_unmap, domain, DOMAIN, 0),
	FIELD(svac_unmap, reserved, ZERO, 0),
	FIELD(svac_unmap, iova, ADDRESS, 0),
	FIELD(svac_unmap, len, LENGTH, 0),
};

static const struct field set_fields[] = {
	FIELD(svac_set, argsz, ARGSZ, 0),
	FIELD(svac_set, flags, ZERO, 0),
	FIELD(svac_set, domain, DOMAIN, 0),
	FIELD(svac_set, pasid, PASID, 0),
	FIELD(svac_set, from, WORD, 0),
	FIELD(svac_set, reserved, ZERO, 0),
};

static const struct field block_fields[] = {
	FIELD(svac_block, argsz, ARGSZ, 0),
	FIELD(svac_block, flags, ZERO, 0),
	FIELD(svac_block, pasid, PASID, 0),
	FIELD(svac_block, reserved, ZERO, 0),
};

static const struct field events_fields[] = {
	FIELD(svac_events, argsz, ARGSZ, 0),
	FIELD(svac_events, flags, ZERO, 0),
	ANSWER(svac_events, count, NUMBER, MOST_EVENTS),
	FIELD(svac_events, reserved, ZERO, 0),
	FIELD(svac_events, records, ADDRESS, 0),
	ANSWER(svac_events, lost, NUMBER, 0),
};

static const struct field portal_fields[] = {
	FIELD(svac_portal, argsz, ARGSZ, 0),
	FIELD(svac_portal, flags, ZERO, 0),
	ANSWER(svac_portal, slots, NUMBER, SVAC_PORTAL_SLOTS),
	ANSWER(svac_portal, depth, NUMBER, SVAC_PORTAL_DEPTH),
	ANSWER(svac_portal, taken, NUMBER, 0),
	FIELD(svac_portal, reserved, ZERO, 0),
	ANSWER(svac_portal, dropped, NUMBER, 0),
};

static const struct field hold_fields[] = {
	FIELD(svac_hold, argsz, ARGSZ, 0),
	FIELD(svac_hold, flags, ZERO, 0),
	FIELD(svac_hold, where, NUMBER, SVAC_HOLD_INVALIDATION),
	FIELD(svac_hold, reserved, ZERO, 0),
	FIELD(svac_hold, address, WORD, 0), /* nobody would let go of what stops */
};

static const struct field held_fields[] = {
	FIELD(svac_held, argsz, ARGSZ, 0),
	FIELD(svac_held, flags, ZERO, 0),
	FIELD(svac_held, timeout_ms, MILLISECONDS, INT_MAX),
	ANSWER(svac_held, where, NUMBER, SVAC_HOLD_INVALIDATION),
	ANSWER(svac_held, waiting, NUMBER, INT_MAX),
	FIELD(svac_held, reserved, ZERO, 0),
};

static const struct field delay_fields[] = {
	FIELD(svac_delay, argsz, ARGSZ, 0),
	FIELD(svac_delay, flags, ZERO, 0),
	FIELD(svac_delay, delay, NUMBER, 1),
	FIELD(svac_delay, reserved, ZERO, 0),
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

/* One that a device may be given, whoever writes it where */
struct svac_desc call_desc(struct fuzzer *fuzzer, struct file *file)
{
	struct svac_desc desc = {
		.flags = below(fuzzer, 2), .pasid = file_handle(fuzzer, file, PASID),
		.operand = draw(fuzzer) | 1ULL << 63,
	};

	build_desc(fuzzer, &desc, false);
	if (once_in(fuzzer, 8))
		desc.opcode = boundary(fuzzer, SVAC_OP_BATCH);
	return desc;
}

static bool wraps(uint64_t at, uint64_t len)
{
	return at + len < at;
}

/* Where the device finds what it is given addresses of, in pages that it may write to */
static void build_map(struct fuzzer *fuzzer, void *arg)
{
	struct svac_map *map = arg;

	map->flags = map->flags ?: SVAC_MAP_READ;
	map->len = PAGE * (1 + below(fuzzer, 4));
	map->memory = memory_target(fuzzer, map->len) & -PAGE;
	map->iova = once_in(fuzzer, 2) ? map->memory : memory_target(fuzzer, map->len) & -PAGE;
}

static void build_unmap(struct fuzzer *fuzzer, void *arg)
{
	struct svac_unmap *unmap = arg;

	unmap->len = PAGE * (1 + below(fuzzer, 2));
	unmap->iova = memory_target(fuzzer, unmap->len) & -PAGE;
}

static bool is_range(uint64_t iova, uint64_t len)
{
	return len && !((iova | len) % PAGE) && iova < SVAC_IOVA_END && len <= SVAC_IOVA_END - iova;
}

static int check_map(const void *arg)
{
	const struct svac_map *map = arg;

	if (!map->flags || !is_range(map->iova, map->len))
		return -EINVAL;
	if (map->memory % PAGE || wraps(map->memory, map->len))
		return -EINVAL;
	return map->len > SVAC_MAX_MAPPED ? -ENOSPC : 0;
}

static int check_unmap(const void *arg)
{
	const struct svac_unmap *unmap = arg;

	return is_range(unmap->iova, unmap->len) ? 0 : -EINVAL;
}

static void build_set(struct fuzzer *fuzzer, void *arg)
{
	struct svac_set *set = arg;

	set->from = once_in(fuzzer, 8) ? fuzzer->files[below(fuzzer, FILES)].fd : -1;
	if (once_in(fuzzer, 2))
		set->pasid = 1 + below(fuzzer, 1000);
}

static int check_set(const void *arg)
{
	return ((const struct svac_set *)arg)->from < -1 ? -EINVAL : 0;
}

static void build_events(struct fuzzer *fuzzer, void *arg)
{
	struct svac_events *events = arg;

	events->count = once_in(fuzzer, 8) ? 0 : below(fuzzer, 65);
	events->records = memory_target(fuzzer, MOST_EVENTS * sizeof(struct svac_event));
}

/* Whoever waits for a page would wait until somebody thinks of it */
static void tame_delay(const struct fuzzer *fuzzer, void *arg)
{
	struct svac_delay *delay = arg;

	(void)fuzzer;
	if (delay->delay == 1)
		delay->delay = 0;
}

/* Nothing stops that anybody waits for */
static void build_held(struct fuzzer *fuzzer, void *arg)
{
	((struct svac_held *)arg)->timeout_ms = once_in(fuzzer, 64);
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
	{ ROW(DOMAIN_ALLOC, svac_domain, domain_alloc_fields), .weight = 6, .ends = NOTHING_ENDS,
	  .errnos = { ENODEV, ENOMEM, EOPNOTSUPP, ENOSPC } },
	{ ROW(DOMAIN_FREE, svac_domain, domain_free_fields), .weight = 4, .ends = DOMAIN,
	  .errnos = { ENOENT, EBUSY } },
	{ ROW(MAP, svac_map, map_fields), .weight = 10, .ends = NOTHING_ENDS,
	  .build = build_map, .check = check_map,
	  .errnos = { ENOENT, ENOMEM, ENOSPC, EEXIST, EFAULT, EINTR } },
	{ ROW(UNMAP, svac_unmap, unmap_fields), .weight = 8, .ends = NOTHING_ENDS,
	  .build = build_unmap, .check = check_unmap, .errnos = { ENOENT } },
	{ ROW(SET, svac_set, set_fields), .weight = 10, .ends = NOTHING_ENDS, .keeps = true,
	  .build = build_set, .check = check_set,
	  .errnos = { ENODEV, ENOMEM, ENOENT, ENOSPC, EBUSY, EINVAL, EBADF } },
	{ ROW(BLOCK, svac_block, block_fields), .weight = 8, .ends = PASID, .errnos = { ENOENT } },
	{ ROW(EVENTS, svac_events, events_fields), .weight = 4, .ends = NOTHING_ENDS,
	  .build = build_events, .errnos = { ENOMEM, EFAULT } },
	{ ROW(PORTAL, svac_portal, portal_fields), .weight = 2, .ends = NOTHING_ENDS,
	  .errnos = { ENODEV, ENOMEM } },
	{ ROW(HOLD, svac_hold, hold_fields), .weight = 1, .ends = NOTHING_ENDS,
	  .errnos = { ENODEV, ENOMEM } },
	{ ROW(HELD, svac_held, held_fields), .weight = 1, .ends = NOTHING_ENDS,
	  .build = build_held, .errnos = { ENODEV, ENOMEM, ETIME, EINTR } },
	{ ROW(DELAY, svac_delay, delay_fields), .weight = 1, .ends = NOTHING_ENDS,
	  .tame = tame_delay, .errnos = { ENODEV, ENOMEM } },
	{ .name = "TRY_BIND", .request = SVAC_IOC_TRY_BIND, .weight = 1, .ends = NOTHING_ENDS,
	  .errnos = { ENODEV, ENOMEM, EOPNOTSUPP, EBUSY, EOVERFLOW, EINVAL, ENOSPC, EINTR } },
	{ .name = "REMOVE", .request = SVAC_IOC_REMOVE, .weight = 1, .ends = DEVICE_ENDS,
	  .errnos = { ENODEV, ENOMEM } },
};

const unsigned int call_count = sizeof(calls) / sizeof(calls[0]);
