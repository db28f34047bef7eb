// SPDX-License-Identifier: GPL-2.0
/*
 * The mock, /dev/svacheck: each open file is a device of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../../kunit/uapi/svacheck.h"
#include "../../lib/svac.h"

#define PATH	"/dev/svacheck"

static int call(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) ? -errno : 0;
}

static const char *probe(void)
{
	return access(PATH, R_OK | W_OK) ? PATH " is not there" : NULL;
}

static int open_one(struct device *device)
{
	device->fd = open(PATH, O_RDWR | O_CLOEXEC);
	return device->fd < 0 ? -errno : 0;
}

static int open_small(struct device *device, uint32_t pasids)
{
	struct svac_setup arg = { .argsz = sizeof(arg), .max_pasids = pasids };
	int ret = open_one(device);

	if (ret)
		return ret;
	ret = call(device->fd, SVAC_IOC_SETUP, &arg);
	if (ret)
		close(device->fd);
	return ret;
}

static void close_one(struct device *device)
{
	close(device->fd);
}

static int bind(struct device *device, uint32_t *bond, uint32_t *pasid)
{
	struct svac_bind arg = { .argsz = sizeof(arg) };
	int ret = call(device->fd, SVAC_IOC_BIND, &arg);

	*bond = arg.bond;
	*pasid = arg.pasid;
	return ret;
}

static bool refuses(struct device *device)
{
	struct svac_info arg = { .argsz = sizeof(arg) };

	return !call(device->fd, SVAC_IOC_INFO, &arg) && arg.features & SVAC_KERNEL_REFUSES;
}

static int try_bind(struct device *device)
{
	return call(device->fd, SVAC_IOC_TRY_BIND, NULL);
}

static int unbind(struct device *device, uint32_t bond)
{
	struct svac_unbind arg = { .argsz = sizeof(arg), .bond = bond };

	return call(device->fd, SVAC_IOC_UNBIND, &arg);
}

static struct svac_desc descriptor(const struct operation *operation)
{
	static const uint32_t opcodes[] = {
		[NOTHING] = SVAC_OP_NOTHING, [COPY] = SVAC_OP_COPY, [FILL] = SVAC_OP_FILL,
		[COMPARE] = SVAC_OP_COMPARE, [ADD] = SVAC_OP_ADD, [SUM] = SVAC_OP_SUM,
	};

	return (struct svac_desc){
		.opcode = opcodes[operation->verb],
		.flags = operation->no_requests ? 0 : SVAC_BLOCK_ON_FAULT,
		.pasid = operation->pasid,
		.src = (uintptr_t)operation->src,
		.dst = (uintptr_t)operation->dst,
		.len = operation->len,
		.operand = operation->operand,
	};
}

static int submit(struct device *device, const struct operation *operation, uint32_t *job)
{
	struct svac_submit arg = { .argsz = sizeof(arg), .desc = descriptor(operation) };
	int ret = call(device->fd, SVAC_IOC_SUBMIT, &arg);

	*job = arg.job;
	return ret;
}

static void tell(struct ending *ending, uint32_t status, const struct svac_completion *completion)
{
	static const enum outcome outcomes[] = {
		[SVAC_DONE] = DONE, [SVAC_FAULT_READ] = FAULT_READ, [SVAC_FAULT_WRITE] = FAULT_WRITE,
		[SVAC_NO_PASID] = NO_PASID, [SVAC_BAD] = BAD, [SVAC_GONE] = GONE,
	};

	*ending = (struct ending){
		.outcome = outcomes[status],
		.done = completion->done,
		.address = completion->address,
		.result = completion->result,
	};
}

static int wait_for(struct device *device, uint32_t job, unsigned int ms, struct ending *ending)
{
	struct svac_wait arg = { .argsz = sizeof(arg), .job = job, .timeout_ms = ms };
	int ret = call(device->fd, SVAC_IOC_WAIT, &arg);

	if (!ret)
		tell(ending, arg.completion.status, &arg.completion);
	return ret;
}

static int batch(struct device *device, const struct operation *operations, unsigned int count,
		 struct ending *ending)
{
	struct svac_desc descs[SVAC_MAX_BATCH];
	struct svac_submit arg = { .argsz = sizeof(arg) };
	unsigned int i;
	int ret;

	if (count > SVAC_MAX_BATCH)
		return -E2BIG;
	for (i = 0; i < count; i++)
		descs[i] = descriptor(&operations[i]);
	arg.desc = (struct svac_desc){
		.opcode = SVAC_OP_BATCH, .flags = SVAC_BLOCK_ON_FAULT,
		.pasid = operations[0].pasid, .src = (uintptr_t)descs, .len = count,
	};
	ret = call(device->fd, SVAC_IOC_SUBMIT, &arg);
	return ret ?: wait_for(device, arg.job, PATIENCE, ending);
}

static int take_away(struct device *device)
{
	return call(device->fd, SVAC_IOC_REMOVE, NULL);
}

static int hold(struct device *device, enum hold where, const void *at)
{
	static const uint32_t places[] = {
		[HOLD_NOTHING] = SVAC_HOLD_NOTHING, [HOLD_WALK] = SVAC_HOLD_WALK,
		[HOLD_INVALIDATION] = SVAC_HOLD_INVALIDATION,
	};
	struct svac_hold arg = {
		.argsz = sizeof(arg), .where = places[where], .address = (uintptr_t)at,
	};

	return call(device->fd, SVAC_IOC_HOLD, &arg);
}

static int delay(struct device *device, bool delay)
{
	struct svac_delay arg = { .argsz = sizeof(arg), .delay = delay };

	return call(device->fd, SVAC_IOC_DELAY, &arg);
}

static int held(struct device *device, unsigned int ms, unsigned int *waiting)
{
	struct svac_held arg = { .argsz = sizeof(arg), .timeout_ms = ms };
	int ret = call(device->fd, SVAC_IOC_HELD, &arg);

	*waiting = arg.waiting;
	return ret;
}

static int domain_alloc(struct device *device, uint32_t *domain)
{
	struct svac_domain arg = { .argsz = sizeof(arg) };
	int ret = call(device->fd, SVAC_IOC_DOMAIN_ALLOC, &arg);

	*domain = arg.domain;
	return ret;
}

static int domain_free(struct device *device, uint32_t domain)
{
	struct svac_domain arg = { .argsz = sizeof(arg), .domain = domain };

	return call(device->fd, SVAC_IOC_DOMAIN_FREE, &arg);
}

static int map_memory(struct device *device, uint32_t domain, const void *memory, uint64_t iova,
		      uint64_t len, unsigned int may)
{
	struct svac_map arg = {
		.argsz = sizeof(arg),
		.flags = (may & MAY_READ ? SVAC_MAP_READ : 0) |
			 (may & MAY_WRITE ? SVAC_MAP_WRITE : 0),
		.domain = domain,
		.memory = (uintptr_t)memory,
		.iova = iova,
		.len = len,
	};

	return call(device->fd, SVAC_IOC_MAP, &arg);
}

static int unmap_memory(struct device *device, uint32_t domain, uint64_t iova, uint64_t len)
{
	struct svac_unmap arg = {
		.argsz = sizeof(arg), .domain = domain, .iova = iova, .len = len,
	};

	return call(device->fd, SVAC_IOC_UNMAP, &arg);
}

static int set(struct device *device, uint32_t pasid, struct device *of, uint32_t domain)
{
	struct svac_set arg = {
		.argsz = sizeof(arg), .domain = domain, .pasid = pasid, .from = of->fd,
	};

	return call(device->fd, SVAC_IOC_SET, &arg);
}

static int block(struct device *device, uint32_t pasid)
{
	struct svac_block arg = { .argsz = sizeof(arg), .pasid = pasid };

	return call(device->fd, SVAC_IOC_BLOCK, &arg);
}

static int events(struct device *device, struct event *events, unsigned int *count,
		  uint64_t *lost)
{
	static const enum event_kind kinds[] = {
		[SVAC_EVENT_REQUEST] = EVENT_REQUEST, [SVAC_EVENT_RESPONSE] = EVENT_RESPONSE,
		[SVAC_EVENT_SET] = EVENT_SET, [SVAC_EVENT_BLOCK] = EVENT_BLOCK,
		[SVAC_EVENT_INVALIDATE] = EVENT_INVALIDATE, [SVAC_EVENT_WALK] = EVENT_WALK,
		[SVAC_EVENT_FAULT] = EVENT_FAULT, [SVAC_EVENT_JOB_BEGIN] = EVENT_JOB_BEGIN,
		[SVAC_EVENT_JOB_END] = EVENT_JOB_END, [SVAC_EVENT_MAP] = EVENT_MAP,
		[SVAC_EVENT_UNMAP] = EVENT_UNMAP, [SVAC_EVENT_REMOVE] = EVENT_REMOVE,
		[SVAC_EVENT_DROP] = EVENT_OTHER,
	};
	struct svac_event *records = calloc(*count, sizeof(*records));
	struct svac_events arg = {
		.argsz = sizeof(arg), .count = *count, .records = (uintptr_t)records,
	};
	unsigned int i;
	int ret = records ? call(device->fd, SVAC_IOC_EVENTS, &arg) : -ENOMEM;

	for (i = 0; !ret && i < arg.count; i++)
		events[i] = (struct event){
			.kind = kinds[records[i].kind], .pasid = records[i].pasid,
			.seq = records[i].seq, .address = records[i].address,
			.len = records[i].len, .group = records[i].group,
			.last = records[i].flags & SVAC_EVENT_LAST,
			.write = records[i].flags & SVAC_EVENT_WRITE,
			.result = records[i].result,
		};
	free(records);
	*count = ret ? 0 : arg.count;
	*lost = arg.lost;
	return ret;
}

static int portal_count(struct device *device, uint32_t *taken, uint64_t *dropped)
{
	struct svac_portal arg = { .argsz = sizeof(arg) };
	int ret = call(device->fd, SVAC_IOC_PORTAL, &arg);

	*taken = arg.taken;
	*dropped = arg.dropped;
	return ret;
}

static int portal_open(struct device *device, struct portal *portal)
{
	struct svac_portal arg = { .argsz = sizeof(arg) };
	int ret = call(device->fd, SVAC_IOC_PORTAL, &arg);

	if (ret)
		return ret;
	*portal = (struct portal){
		.next = arg.taken, .slots = arg.slots, .depth = arg.depth,
		.page = mmap(NULL, arg.slots * sizeof(struct svac_desc), PROT_READ | PROT_WRITE,
			     MAP_SHARED, device->fd, 0),
	};
	return portal->page == MAP_FAILED ? -errno : 0;
}

static void portal_close(struct portal *portal)
{
	munmap(portal->page, portal->slots * sizeof(struct svac_desc));
}

/* What says that it is there goes last */
static int portal_submit(struct portal *portal, const struct operation *operation,
			 const void *record)
{
	struct svac_desc *slot = (struct svac_desc *)portal->page + portal->next % portal->slots;
	struct svac_desc desc = descriptor(operation);

	if (__atomic_load_n(&slot->reserved2, __ATOMIC_ACQUIRE))
		return -EAGAIN;
	desc.completion = (uintptr_t)record;
	memcpy(slot, &desc, offsetof(struct svac_desc, reserved2));
	__atomic_store_n(&slot->reserved2, SVAC_PORTAL_VALID, __ATOMIC_RELEASE);
	portal->next++;
	return 0;
}

static int portal_look(const struct record *record, struct ending *ending)
{
	const struct svac_completion *completion = (const void *)record;
	uint32_t status = __atomic_load_n(&completion->status, __ATOMIC_ACQUIRE);

	if (!status)
		return -EAGAIN;
	tell(ending, status, completion);
	return 0;
}

const struct device_ops device_driver = {
	.name = "mock",
	.probe = probe,
	.open = open_one,
	.open_small = open_small,
	.close = close_one,
	.bind = bind,
	.refuses = refuses,
	.try_bind = try_bind,
	.unbind = unbind,
	.submit = submit,
	.wait = wait_for,
	.batch = batch,
	.remove = take_away,
	.hold = hold,
	.held = held,
	.domain_alloc = domain_alloc,
	.domain_free = domain_free,
	.map = map_memory,
	.unmap = unmap_memory,
	.set = set,
	.block = block,
	.events = events,
	.portal_open = portal_open,
	.portal_close = portal_close,
	.portal_submit = portal_submit,
	.portal_look = portal_look,
	.portal_count = portal_count,
	.delay = delay,
};
