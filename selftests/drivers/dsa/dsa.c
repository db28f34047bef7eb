// SPDX-License-Identifier: GPL-2.0
/*
 * Intel's Data Streaming Accelerator, by /dev/dsa: a work queue of type user that accel-config
 * has enabled is a device. README.md says what of this has run, and on what.
 *
 * svac_dsa=wq0.0,wq0.1 names those to be used; svac_root is a folder to be taken for /.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "job.h"
#include "port.h"

static struct queue queues[MOST_QUEUES];
static int count;

static const char *root(void)
{
	return getenv("svac_root") ?: "";
}

static const char *probe(void)
{
	static const unsigned int needed[] = {
		DSA_OPCODE_NOOP, DSA_OPCODE_MEMMOVE, DSA_OPCODE_MEMFILL,
	};
	const char *why;
	unsigned int i;
	int at;

	count = queues_find(root(), getenv("svac_dsa"), queues, &why);
	if (!count)
		return why;
	for (at = 0; at < count; at++)
		for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
			if (!queue_knows(&queues[at], needed[i]))
				return "a work queue lacks an operation: no-op, move or fill";
	why = port_obstacle(queues, count);
	if (!why && jobs_make())
		why = "there is no memory for jobs";
	return why;
}

static bool all_block(void)
{
	int i;

	for (i = 0; i < count; i++)
		if (!queues[i].blocks)
			return false;
	return true;
}

static const char *lacks(enum need need)
{
	switch (need) {
	case NEED_BIND:
		return "a work queue is bound by opening it, and once";
	case NEED_CHILDREN:
		return "a work queue can be used by the process that has opened it alone";
	case NEED_PASID:
		return "idxd does not tell programs their PASID";
	case NEED_PASIDS:
		return "the queue, or ENQCMD, says which PASID an operation has";
	case NEED_ADD:
		return "DSA has no operation that adds to memory";
	case NEED_TWO:
		return count == 1 && queues[0].dedicated ?
		       "there is one work queue, and it is dedicated: enable another" : NULL;
	case NEED_REQUESTS:
		return all_block() ? NULL : "a work queue has block_on_fault off, or no PRS";
	default:
		return NULL;
	}
}

/* A dedicated queue has one client at a time: the first that is free */
static int open_one(struct device *device)
{
	static unsigned int turn;
	int i, fd = -ENODEV;

	for (i = 0; i < count; i++) {
		device->private = (turn + i) % count;
		fd = port_open(root(), &queues[device->private]);
		if (fd != -EBUSY)
			break;
	}
	if (fd < 0)
		return fd;
	turn = device->private + 1;
	device->fd = fd;
	return 0;
}

static void close_one(struct device *device)
{
	close(device->fd);
}

/* To open it was to bind it */
static int bind(struct device *device, uint32_t *bond, uint32_t *pasid)
{
	(void)device;
	*bond = 0;
	*pasid = 0;
	return 0;
}

static int submit(struct device *device, const struct operation *operation, uint32_t *job)
{
	return job_begin(device->fd, &queues[device->private], operation, job);
}

static int wait_for(struct device *device, uint32_t job, unsigned int ms, struct ending *ending)
{
	(void)device;
	return job_wait(job, ms, ending);
}

const struct device_ops device_driver = {
	.name = PORT_NAME,
	.probe = probe,
	.lacks = lacks,
	.open = open_one,
	.close = close_one,
	.bind = bind,
	.submit = submit,
	.wait = wait_for,
};
