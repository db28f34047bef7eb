// SPDX-License-Identifier: GPL-2.0
/*
 * The model as a program: ROOT [DEFECT] makes ROOT/sys/class/uacce and ROOT/dev, prints "ready", and
 * works until it is killed or its standard input ends.
 */
#include <stdio.h>

#include "../../../lib/model/files.h"
#include "../../../lib/model/registers.h"

#define NAME	"svac_edu-0"

static const char * const names[] = { NAME };

static bool show(const char *root)
{
	static const char * const values[][2] = {
		{ "sys/class/uacce/" NAME "/api", "edu" },
		{ "sys/class/uacce/" NAME "/flags", "1" },
		{ "sys/class/uacce/" NAME "/available_instances", "16" },
		{ "sys/class/uacce/" NAME "/region_mmio_size", "1048576" },
	};
	unsigned int i;

	if (!make_folders(root, "sys/class/uacce/" NAME))
		return false;
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (!put(root, values[i][0], values[i][1]))
			return false;
	return true;
}

/* uacce tells nobody a PASID */
static void opened(const char *root, unsigned int device, pid_t pid)
{
	(void)root;
	(void)device;
	(void)pid;
}

int main(int argc, char **argv)
{
	if (argc < 2 || !show(argv[1])) {
		fprintf(stderr, "model: name a folder that can be written to\n");
		return 2;
	}
	return serve(argv[1], "dev", names, 1, argc > 2 ? defect_named(argv[2]) : DEFECT_NONE,
		     opened);
}
