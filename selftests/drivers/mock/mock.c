// SPDX-License-Identifier: GPL-2.0
/*
 * The mock, /dev/svacheck: each open file is a device of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../../../kunit/uapi/svacheck.h"
#include "../../lib/device.h"

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

static int unbind(struct device *device, uint32_t bond)
{
	struct svac_unbind arg = { .argsz = sizeof(arg), .bond = bond };

	return call(device->fd, SVAC_IOC_UNBIND, &arg);
}

static int submit(struct device *device, const struct operation *operation, uint32_t *job)
{
	static const uint32_t opcodes[] = {
		[NOTHING] = SVAC_OP_NOTHING, [COPY] = SVAC_OP_COPY, [FILL] = SVAC_OP_FILL,
		[COMPARE] = SVAC_OP_COMPARE, [ADD] = SVAC_OP_ADD, [SUM] = SVAC_OP_SUM,
	};
	struct svac_submit arg = {
		.argsz = sizeof(arg),
		.desc = {
			.opcode = opcodes[operation->verb],
			.flags = operation->no_requests ? 0 : SVAC_BLOCK_ON_FAULT,
			.pasid = operation->pasid,
			.src = (uintptr_t)operation->src,
			.dst = (uintptr_t)operation->dst,
			.len = operation->len,
			.operand = operation->operand,
		},
	};
	int ret = call(device->fd, SVAC_IOC_SUBMIT, &arg);

	*job = arg.job;
	return ret;
}

static int wait_for(struct device *device, uint32_t job, unsigned int ms, struct ending *ending)
{
	static const enum outcome outcomes[] = {
		[SVAC_DONE] = DONE, [SVAC_FAULT_READ] = FAULT_READ, [SVAC_FAULT_WRITE] = FAULT_WRITE,
		[SVAC_NO_PASID] = NO_PASID, [SVAC_BAD] = BAD, [SVAC_GONE] = GONE,
	};
	struct svac_wait arg = { .argsz = sizeof(arg), .job = job, .timeout_ms = ms };
	int ret = call(device->fd, SVAC_IOC_WAIT, &arg);

	if (ret)
		return ret;
	*ending = (struct ending){
		.outcome = outcomes[arg.completion.status],
		.done = arg.completion.done,
		.address = arg.completion.address,
		.result = arg.completion.result,
	};
	return 0;
}

static int take_away(struct device *device)
{
	return call(device->fd, SVAC_IOC_REMOVE, NULL);
}

static int requests(struct device *device, unsigned int first, struct happened *what,
		    unsigned int most)
{
	struct svac_requests arg;
	unsigned int told = 0, i;
	int ret;

	do {
		arg = (struct svac_requests){ .argsz = sizeof(arg), .first = first + told };
		ret = call(device->fd, SVAC_IOC_REQUESTS, &arg);
		if (ret)
			return ret;
		if (arg.first != first + told)
			return -EOVERFLOW;
		for (i = 0; i < arg.count && told < most; i++)
			what[told++] = (struct happened){
				.what = (enum happening)arg.events[i].what,
				.pasid = arg.events[i].pasid,
				.group = arg.events[i].group,
				.last = arg.events[i].flags & SVAC_REQUEST_LAST,
				.write = arg.events[i].flags & SVAC_REQUEST_WRITE,
				.answer = (enum answer)arg.events[i].answer,
				.address = arg.events[i].address,
			};
	} while (arg.count && told < most);
	return told;
}

static int hold(struct device *device, bool hold)
{
	struct svac_hold arg = { .argsz = sizeof(arg), .hold = hold };

	return call(device->fd, SVAC_IOC_HOLD, &arg);
}

const struct device_ops device_driver = {
	.name = "mock",
	.probe = probe,
	.open = open_one,
	.open_small = open_small,
	.close = close_one,
	.bind = bind,
	.unbind = unbind,
	.submit = submit,
	.wait = wait_for,
	.remove = take_away,
	.requests = requests,
	.hold = hold,
};
