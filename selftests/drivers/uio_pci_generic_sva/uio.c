// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that the driver uio_pci_generic_sva (Linux 7.3) has: opening /dev/uioN binds the program's
 * memory, and sysfs has the PASID. How such a device is told to work it does not know: lib/engine.c
 * does, of some. README.md says what of this has run, and on what.
 *
 * svac_uio=uio0,uio1 names those to be used; svac_root is a folder to be taken for /.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../lib/engine.h"
#include "../../lib/list.h"
#include "port.h"

#define CLASS	"sys/class/uio"
#define OF	"uio_pci_sva"	/* name of what the driver has, see its probe() */
#define MOST	16

static struct {
	char name[32];
	const struct engine *engine;
} devices[MOST];

static int count;

/*
 * Who has each of them, for all processes. The driver keeps one bond for a device: who opens it
 * while another has it open takes that from him, and whoever closes it first ends the wrong one.
 */
static pid_t *owners;

static const char *root(void)
{
	return getenv("svac_root") ?: "";
}

static const char *value(const char *name, const char *file)
{
	return list_value(root(), CLASS, name, file);
}

/* What stands in the way of a device, or NULL */
static const char *obstacle(const char *name, const struct engine **engine)
{
	unsigned int vendor, device;
	char id[16];

	if (strcmp(value(name, "name"), OF))
		return "no device of uio is one of uio_pci_generic_sva";
	vendor = strtoul(value(name, "device/vendor"), NULL, 0);
	device = strtoul(value(name, "device/device"), NULL, 0);
	snprintf(id, sizeof(id), "%04x:%04x", vendor & 0xffff, device & 0xffff);
	*engine = engine_find(id);
	if (!*engine)
		return "nobody knows how to tell such a device to work: see lib/engine.c";
	if (strtoull(value(name, "maps/map0/size"), NULL, 0) < (*engine)->size)
		return "a device has fewer registers than it needs";
	return NULL;
}

static const char *probe(void)
{
	char names[MOST][32];
	const char *why, *lack;
	int found = list_names(root(), CLASS, getenv("svac_uio"), names, MOST), i;

	why = found < 0 ? "there are no devices of uio (/" CLASS ")" : "no device has that name";
	for (i = 0; i < found; i++) {
		lack = obstacle(names[i], &devices[count].engine);
		if (lack)
			why = lack;
		else
			strcpy(devices[count++].name, names[i]);
	}
	owners = mmap(NULL, MOST * sizeof(*owners), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (owners == MAP_FAILED)
		return "there is no memory for a list of devices";
	return count ? NULL : why;
}

static const char *lacks(enum need need)
{
	if (need == NEED_BIND)
		return "a device is bound by opening it";
	if (need == NEED_TWO && count < 2)
		return "there is one device";
	return engine_lacks(need);
}

/* Take one that nobody has, or who had it is gone */
static bool claim(int which)
{
	pid_t owner = __atomic_load_n(&owners[which], __ATOMIC_RELAXED);

	if (owner && (!kill(owner, 0) || errno != ESRCH))
		return false;
	return __atomic_compare_exchange_n(&owners[which], &owner, getpid(), false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static void disclaim(int which)
{
	__atomic_store_n(&owners[which], 0, __ATOMIC_RELEASE);
}

static int open_one(struct device *device)
{
	int i, fd;

	for (i = 0; i < count && !claim(i); i++)
		;
	if (i == count)
		return -EBUSY;
	fd = port_open(root(), devices[i].name);
	if (fd < 0) {
		disclaim(i);
		return fd;
	}
	device->private = i;
	device->fd = fd;
	return 0;
}

static void close_one(struct device *device)
{
	close(device->fd);
	disclaim(device->private);
}

/* To open it was to bind it */
static int bind(struct device *device, uint32_t *bond, uint32_t *pasid)
{
	*bond = 0;
	*pasid = strtoul(value(devices[device->private].name, "device/pasid"), NULL, 10);
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
