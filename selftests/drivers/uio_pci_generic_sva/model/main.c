// SPDX-License-Identifier: GPL-2.0
/*
 * The model as a program: ROOT [DEFECT] makes ROOT/sys/class/uio and ROOT/dev, prints "ready", and
 * works until it is killed or its standard input ends.
 */
#include <stdio.h>

#include "../../../lib/model/files.h"
#include "../../../lib/model/registers.h"

static const char * const names[] = { "uio0", "uio1" };

static bool show(const char *root, const char *name)
{
	static const char * const values[][2] = {
		{ "name", "uio_pci_sva" }, { "device/vendor", "0x1234" },
		{ "device/device", "0x11e8" }, { "device/pasid", "0" },
		{ "maps/map0/size", "0x100000" }, { "maps/map0/offset", "0x0" },
	};
	char file[128];
	unsigned int i;

	snprintf(file, sizeof(file), "sys/class/uio/%s/maps/map0", name);
	if (!make_folders(root, file))
		return false;
	snprintf(file, sizeof(file), "sys/class/uio/%s/device", name);
	if (!make_folders(root, file))
		return false;
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		snprintf(file, sizeof(file), "sys/class/uio/%s/%s", name, values[i][0]);
		if (!put(root, file, values[i][1]))
			return false;
	}
	return true;
}

/* One PASID for a process, whichever of the devices it opens */
static void opened(const char *root, unsigned int device, pid_t pid)
{
	char file[64], value[16];

	snprintf(file, sizeof(file), "sys/class/uio/%s/device/pasid", names[device]);
	snprintf(value, sizeof(value), "%d", pid);
	put(root, file, value);
}

int main(int argc, char **argv)
{
	if (argc < 2 || !show(argv[1], names[0]) || !show(argv[1], names[1])) {
		fprintf(stderr, "model: name a folder that can be written to\n");
		return 2;
	}
	return serve(argv[1], "dev", names, 2, argc > 2 ? defect_named(argv[2]) : DEFECT_NONE,
		     opened);
}
