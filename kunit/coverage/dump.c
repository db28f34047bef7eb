// SPDX-License-Identifier: GPL-2.0
/*
 * Writes the counters of all instrumented objects to the host when UML ends.
 */
#include <init.h>

void __gcov_dump(void);

static void write_counters(void)
{
	__gcov_dump();
}

__uml_exitcall(write_counters);
