// SPDX-License-Identifier: GPL-2.0
/*
 * Queues of accelerators that uacce has: opening /dev/NAME makes one, and binds the program's memory to
 * it. How a queue is told to work is the accelerator's own: lib/engine.c knows that of some, by their
 * api. README.md says what of this has run, and on what.
 *
 * svac_uacce=NAME,NAME names those to be used; svac_root is a folder to be taken for /.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../lib/engine.h"
#include "../../lib/list.h"
#include "port.h"

#define CLASS	"sys/class/uacce"
#define SVA	1	/* UACCE_DEV_SVA, which the header has by a macro of the kernel's own */
#define MOST	16

static struct {
	char name[32];
	const struct engine *engine;
	unsigned long instances;
} devices[MOST];

static int count;

static const char *root(void)
{
	return getenv("svac_root") ?: "";
}

static const char *value(const char *name, const char *file)
{
	return list_value(root(), CLASS, name, file);
}

static unsigned long number(const char *name, const char *file)
{
	return strtoul(value(name, file), NULL, 0);
}

/* Not every accelerator says how many there can be */
static unsigned long instances(const char *name)
{
	return *value(name, "available_instances") ? number(name, "available_instances") :
						      ULONG_MAX;
}

/* What stands in the way of an accelerator, or NULL */
static const char *obstacle(const char *name, const struct engine **engine)
{
	if (!(number(name, "flags") & SVA))
		return "an accelerator does not take addresses of processes (UACCE_DEV_SVA)";
	*engine = engine_find(value(name, "api"));
	if (!*engine)
		return "nobody knows how to tell an accelerator of that api to work: see lib/engine.c";
	if (number(name, "region_mmio_size") < (*engine)->size)
		return "an accelerator has fewer registers than it needs";
	return instances(name) ? NULL : "an accelerator has no queue left";
}

static const char *probe(void)
{
	char names[MOST][32];
	const char *why, *lack;
	int found = list_names(root(), CLASS, getenv("svac_uacce"), names, MOST), i;

	why = found < 1 ? "there are no accelerators of uacce (/" CLASS ")" : NULL;
	for (i = 0; i < found; i++) {
		lack = obstacle(names[i], &devices[count].engine);
		if (lack) {
			why = lack;
			continue;
		}
		devices[count].instances = instances(names[i]);
		strcpy(devices[count++].name, names[i]);
	}
	return count ? NULL : why;
}

static const char *lacks(enum need need)
{
	if (need == NEED_BIND)
		return "a queue is bound by opening it";
	if (need == NEED_PASID)
		return "uacce does not tell programs their PASID";
	if (need == NEED_TWO && count < 2 && devices[0].instances < 2)
		return "there is one queue";
	return engine_lacks(need);
}

static int open_one(struct device *device)
{
	static unsigned int turn;
	int fd;

	device->private = turn++ % count;
	fd = port_open(root(), devices[device->private].name);
	if (fd < 0)
		return fd;
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
	const struct engine *engine = devices[device->private].engine;

	return engine_submit(engine, port_map(device->fd, engine->size), operation, job);
}

const struct device_ops device_driver = {
	.name = PORT_NAME,
	.probe = probe,
	.lacks = lacks,
	.open = open_one,
	.close = close_one,
	.bind = bind,
	.submit = submit,
	.wait = engine_wait,
};
