// SPDX-License-Identifier: GPL-2.0
/*
 * What no program can do without.
 */
#include <sys/syscall.h>
#include <unistd.h>

#include "measure.h"

static bool ask_nothing(void *data)
{
	(void)data;
	return syscall(SYS_getppid) >= 0;
}

/**
 * measure_floors() - Measure what others are multiples of
 */
void measure_floors(void)
{
	const struct metric metric = {
		"floor.syscall", "ask the kernel for next to nothing", NULL, ask_nothing, NULL,
	};

	measure(&metric);
}
