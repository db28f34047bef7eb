// SPDX-License-Identifier: GPL-2.0
/*
 * How long calls of a program take with devices bound to its memory; judges nothing.
 *
 * svac_samples: batches of each metric; svac_batch_us: how long one takes at least.
 */
#include <stdio.h>

#include "measure.h"

int main(void)
{
	printf("TAP version 13\n1..1\n");
	measure_floors();
	measure_transfers();
	measure_processes();
	measure_memory();
	printf("%s 1 - bench\n", measured_all() ? "ok" : "not ok");
	return measured_all() ? 0 : 1;
}
