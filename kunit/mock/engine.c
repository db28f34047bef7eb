// SPDX-License-Identifier: GPL-2.0
/*
 * Executes descriptors: each address is found by (device, PASID) in what the
 * driver's operations have installed, page by page.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "devtlb.h"
#include "engine.h"
#include "events.h"
#include "mock.h"

/**
 * mock_engine_init() - Make a device able to work
 * @engine: to be filled in
 * @dev: the device
 *
 * Return: 0 or -ENOMEM.
 */
int mock_engine_init(struct mock_engine *engine, struct device *dev)
{
	unsigned int i;

	*engine = (struct mock_engine){ .dev = dev, .events = mock_events_of(dev) };
	for (i = 0; i < ARRAY_SIZE(engine->page); i++) {
		engine->page[i] = (u8 *)__get_free_page(GFP_KERNEL);
		if (!engine->page[i]) {
			mock_engine_fini(engine);
			return -ENOMEM;
		}
	}
	return 0;
}

/**
 * mock_engine_stop() - The device is going to be removed
 * @engine: does nothing from now on, and has finished what it was doing
 */
void mock_engine_stop(struct mock_engine *engine)
{
	down_write(&mock_pasids_lock);
	engine->gone = true;
	up_write(&mock_pasids_lock);
}

/**
 * mock_engine_fini() - Give back what an engine has
 * @engine: nobody uses it any more
 */
void mock_engine_fini(struct mock_engine *engine)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(engine->page); i++)
		free_page((unsigned long)engine->page[i]);
}

/* A device may be made to take one PASID for another */
static struct mock_pasid *entry_of(struct xarray *table, u32 pasid)
{
	struct mock_pasid *entry = xa_load(table, pasid);
	unsigned long first = 0;

	if (!entry)
		entry = xa_find(table, &first, ULONG_MAX, XA_PRESENT);
	if (entry && first && !(entry->attr & MOCK_PASID_ANY))
		return NULL;
	return entry;
}

/* What is installed for a PASID: a process, through its cache, or an I/O page table */
struct target {
	struct mock_tlb *tlb;
	struct xarray *iopt;
};

/* Have a target until leave(): the cache by a reference, the table by the lock */
static int find(struct mock_engine *engine, u32 pasid, struct target *target)
{
	struct mock_pasid *entry;
	int ret = 0;

	*target = (struct target){ };
	down_read(&mock_pasids_lock);
	entry = engine->gone ? NULL : entry_of(mock_pasid_table(engine->dev), pasid);
	if (entry && entry->iopt) {
		target->iopt = entry->iopt;
		return 0;
	}
	if (engine->gone) {
		ret = -ENODEV;
	} else if (entry) {
		target->tlb = entry->tlb;
		mock_tlb_get(entry->tlb, entry->attr);
	} else {
		ret = -ENXIO;
	}
	up_read(&mock_pasids_lock);
	return ret;
}

static void leave(struct target *target)
{
	if (target->iopt)
		up_read(&mock_pasids_lock);
	else
		mock_tlb_put(target->tlb);
}

/**
 * mock_engines_settle() - Wait until no device uses what was unmapped before
 */
void mock_engines_settle(void)
{
	down_write(&mock_pasids_lock);
	up_write(&mock_pasids_lock);
}

static void note(struct mock_engine *engine, u32 kind, u32 pasid, u64 at, bool write)
{
	bool walk = kind == SVAC_EVENT_WALK;

	mock_event_note(engine->events, &(struct svac_event){
		.kind = kind, .pasid = pasid, .flags = write ? SVAC_EVENT_WRITE : 0,
		.address = walk ? at & PAGE_MASK : at, .len = walk ? PAGE_SIZE : 0,
	});
}

static void note_job(struct mock_engine *engine, u32 kind, u32 pasid, u64 len, u32 result)
{
	mock_event_note(engine->events, &(struct svac_event){
		.kind = kind, .pasid = pasid, .len = len, .result = result,
	});
}

/* At most what is left of a page, of what the operation is going to move from there on */
static int move(struct mock_engine *engine, const struct svac_desc *desc, u64 at, void *buf,
		size_t len, size_t left, bool write)
{
	size_t request = desc->flags & SVAC_BLOCK_ON_FAULT ? left : 0;
	struct target target;
	int ret;

	do {
		ret = find(engine, desc->pasid, &target);
		if (ret)
			return ret;
		if (target.iopt)
			ret = mock_iopt_access(target.iopt, at, buf, len, write);
		else
			ret = mock_tlb_access(target.tlb, at, buf, len, write, request);
		if (target.iopt && !ret)
			note(engine, SVAC_EVENT_WALK, desc->pasid, at, write);
		leave(&target);
	} while (ret == -ESTALE);
	return ret;
}

static int add(struct mock_engine *engine, const struct svac_desc *desc, u64 *was)
{
	struct target target;
	int ret;

	do {
		ret = find(engine, desc->pasid, &target);
		if (ret)
			return ret;
		if (target.iopt)
			ret = mock_iopt_add(target.iopt, desc->dst, desc->operand, was);
		else
			ret = mock_tlb_add(target.tlb, desc->dst, desc->operand, was,
					   desc->flags & SVAC_BLOCK_ON_FAULT);
		if (target.iopt && !ret)
			note(engine, SVAC_EVENT_WALK, desc->pasid, desc->dst, true);
		leave(&target);
	} while (ret == -ESTALE);
	return ret;
}

/* How an access has ended that answered @ret; the status of a descriptor that goes on is 0 */
static u32 status_of(struct mock_engine *engine, const struct svac_desc *desc, int ret, u64 at,
		     bool write)
{
	switch (ret) {
	case 0:
		return 0;
	case -ENXIO:
		return SVAC_NO_PASID;
	case -ENODEV:
		return SVAC_GONE;
	default:
		note(engine, SVAC_EVENT_FAULT, desc->pasid, at, write);
		return write ? SVAC_FAULT_WRITE : SVAC_FAULT_READ;
	}
}

/* One access as a part of an operation, which ends here if it fails */
static bool reached(struct mock_engine *engine, const struct svac_desc *desc,
		    struct svac_completion *end, u64 at, void *buf, size_t len, size_t left,
		    bool write)
{
	int ret = move(engine, desc, at, buf, len, left, write);

	end->status = status_of(engine, desc, ret, at, write);
	if (end->status)
		end->address = at;
	return !end->status;
}

static size_t part_of(const struct svac_desc *desc, u64 done, bool src, bool dst)
{
	u64 part = desc->len - done;

	if (src)
		part = min_t(u64, part, PAGE_SIZE - offset_in_page(desc->src + done));
	if (dst)
		part = min_t(u64, part, PAGE_SIZE - offset_in_page(desc->dst + done));
	return part;
}

static void copy(struct mock_engine *engine, const struct svac_desc *desc,
		 struct svac_completion *end)
{
	size_t part;

	for (; end->done < desc->len; end->done += part) {
		part = part_of(desc, end->done, true, true);
		if (!reached(engine, desc, end, desc->src + end->done, engine->page[0], part,
			     desc->len - end->done, false) ||
		    !reached(engine, desc, end, desc->dst + end->done, engine->page[0], part,
			     desc->len - end->done, true))
			return;
	}
}

static void fill(struct mock_engine *engine, const struct svac_desc *desc,
		 struct svac_completion *end)
{
	const u8 *pattern = (const u8 *)&desc->operand;
	size_t part, i;

	for (; end->done < desc->len; end->done += part) {
		part = part_of(desc, end->done, false, true);
		for (i = 0; i < part; i++)
			engine->page[0][i] = pattern[(end->done + i) % sizeof(desc->operand)];
		if (!reached(engine, desc, end, desc->dst + end->done, engine->page[0], part,
			     desc->len - end->done, true))
			return;
	}
}

static void compare(struct mock_engine *engine, const struct svac_desc *desc,
		    struct svac_completion *end)
{
	size_t part;

	for (; end->done < desc->len && !end->result; end->done += part) {
		part = part_of(desc, end->done, true, true);
		if (!reached(engine, desc, end, desc->src + end->done, engine->page[0], part,
			     desc->len - end->done, false) ||
		    !reached(engine, desc, end, desc->dst + end->done, engine->page[1], part,
			     desc->len - end->done, false))
			return;
		end->result = !!memcmp(engine->page[0], engine->page[1], part);
	}
}

static void sum(struct mock_engine *engine, const struct svac_desc *desc,
		struct svac_completion *end)
{
	size_t part, i;

	for (; end->done < desc->len; end->done += part) {
		part = part_of(desc, end->done, true, false);
		if (!reached(engine, desc, end, desc->src + end->done, engine->page[0], part,
			     desc->len - end->done, false))
			return;
		for (i = 0; i < part; i++)
			end->result += engine->page[0][i];
	}
}

/* From @at to the end of an object, whatever pages it is on */
static bool move_object(struct mock_engine *engine, const struct svac_desc *desc,
			struct svac_completion *end, u64 at, void *object, size_t size, bool write)
{
	size_t done, part;

	for (done = 0; done < size; done += part) {
		part = min_t(size_t, size - done, PAGE_SIZE - offset_in_page(at + done));
		if (!reached(engine, desc, end, at + done, object + done, part, size - done,
			     write))
			return false;
	}
	return true;
}

static bool execute(struct mock_engine *engine, const struct svac_desc *desc,
		    struct svac_completion *end);

static void batch(struct mock_engine *engine, const struct svac_desc *desc,
		  struct svac_completion *end)
{
	struct svac_completion one;
	struct svac_desc member;

	for (; end->done < desc->len; end->done++) {
		end->index = end->done;
		if (!move_object(engine, desc, end, desc->src + end->done * sizeof(member),
				 &member, sizeof(member), false))
			return;
		member.pasid = desc->pasid;
		one = (struct svac_completion){ };
		if (!mock_desc_is_valid(&member) || member.opcode == SVAC_OP_BATCH)
			one.status = SVAC_BAD;
		else
			execute(engine, &member, &one);
		end->address = one.address;
		end->result = one.result;
		end->status = one.status == SVAC_DONE ? 0 : one.status;
		if (end->status)
			return;
	}
}

/* The status goes last: who sees it sees the rest. Nobody is told of a record that faults */
static bool complete_at(struct mock_engine *engine, const struct svac_desc *desc,
			const struct svac_completion *end)
{
	struct svac_completion record = *end, ignored;
	const size_t first = sizeof(record.status);

	return move_object(engine, desc, &ignored, desc->completion + first,
			   (void *)&record + first, sizeof(record) - first, true) &&
	       move_object(engine, desc, &ignored, desc->completion, &record, first, true);
}

/* Was the program told how it ended */
static bool execute(struct mock_engine *engine, const struct svac_desc *desc,
		    struct svac_completion *end)
{
	int ret;

	note_job(engine, SVAC_EVENT_JOB_BEGIN, desc->pasid, desc->len, desc->opcode);
	switch (desc->opcode) {
	case SVAC_OP_COPY:
		copy(engine, desc, end);
		break;
	case SVAC_OP_FILL:
		fill(engine, desc, end);
		break;
	case SVAC_OP_COMPARE:
		compare(engine, desc, end);
		break;
	case SVAC_OP_SUM:
		sum(engine, desc, end);
		break;
	case SVAC_OP_ADD:
		ret = add(engine, desc, &end->result);
		end->status = status_of(engine, desc, ret, desc->dst, true);
		end->address = ret ? desc->dst : 0;
		end->done = ret ? 0 : sizeof(desc->operand);
		break;
	case SVAC_OP_BATCH:
		batch(engine, desc, end);
		break;
	}
	if (!end->status)
		end->status = SVAC_DONE;
	note_job(engine, SVAC_EVENT_JOB_END, desc->pasid, end->done, end->status);
	return desc->completion && complete_at(engine, desc, end);
}

static bool wraps(u64 at, u64 len)
{
	return at + len < at;
}

/**
 * mock_desc_is_valid() - Does a descriptor make sense
 * @desc: from a program
 *
 * Return: whether the device can do that, if its addresses can be reached.
 */
bool mock_desc_is_valid(const struct svac_desc *desc)
{
	u64 len = desc->opcode == SVAC_OP_BATCH ? desc->len * sizeof(*desc) : desc->len;

	if (desc->opcode > SVAC_OP_BATCH || desc->flags & ~SVAC_BLOCK_ON_FAULT ||
	    desc->reserved || desc->reserved2)
		return false;
	if (desc->len > (desc->opcode == SVAC_OP_BATCH ? SVAC_MAX_BATCH : SVAC_MAX_LEN))
		return false;
	if (desc->opcode == SVAC_OP_ADD && !IS_ALIGNED(desc->dst, sizeof(desc->operand)))
		return false;
	return IS_ALIGNED(desc->completion, sizeof(struct svac_completion)) &&
	       !wraps(desc->src, len) && !wraps(desc->dst, len);
}

/**
 * mock_execute() - Do what a descriptor says, to its end
 * @engine: of the device
 * @desc: what to do; what makes no sense ends with SVAC_BAD
 * @end: receives how it ended
 *
 * Return: whether that was written to a completion record.
 */
bool mock_execute(struct mock_engine *engine, const struct svac_desc *desc,
		  struct svac_completion *end)
{
	*end = (struct svac_completion){ };
	if (mock_desc_is_valid(desc))
		return execute(engine, desc, end);
	end->status = SVAC_BAD;
	return desc->completion && IS_ALIGNED(desc->completion, sizeof(*end)) &&
	       complete_at(engine, desc, end);
}
