// SPDX-License-Identifier: GPL-2.0
/*
 * Processes with bonds, from their beginning to their end.
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/svac.h"
#include "measure.h"

/* A child binds so many devices and leaves it to its end to unbind them */
static bool child_with_bonds(void *data)
{
	unsigned int count = *(unsigned int *)data, i;
	struct bond bonds[16];
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		for (i = 0; i < count; i++)
			if (bond_open(&bonds[i]))
				_exit(1);
		_exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

static bool open_and_close(void *data)
{
	struct bond bond;

	(void)data;
	if (bond_open(&bond))
		return false;
	bond_close(&bond);
	return true;
}

/**
 * measure_processes() - Measure how processes with bonds begin and end
 */
void measure_processes(void)
{
	unsigned int none = 0, one = 1, many = 16;
	const struct metric metrics[] = {
		{ "bond.open_close", "open a device, bind it, close it", "floor.syscall",
		  open_and_close, NULL },
		{ "exit.bonds.0", "fork a child that ends with no device bound", "floor.syscall",
		  child_with_bonds, &none },
		{ "exit.bonds.1", "fork a child that binds a device and ends", "exit.bonds.0",
		  child_with_bonds, &one },
		{ "exit.bonds.16", "fork a child that binds sixteen devices and ends",
		  "exit.bonds.0", child_with_bonds, &many },
	};
	unsigned int i;

	for (i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		measure(&metrics[i]);
}
