// SPDX-License-Identifier: GPL-2.0
/*
 * What a process pays for its bonds when it changes its memory: each device that is bound
 * is told of each change.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/svac.h"
#include "measure.h"

#define MOST_BONDS	256

static const unsigned int numbers[] = { 0, 1, 16, MOST_BONDS };

/**
 * struct area - memory that is changed
 * @at: where; NULL if it is mapped each time
 * @len: in bytes
 */
struct area {
	char *at;
	size_t len;
};

static bool map_and_unmap(void *data)
{
	struct area *area = data;
	char *at = mmap(NULL, area->len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t offset;

	if (at == MAP_FAILED)
		return false;
	for (offset = 0; offset < area->len; offset += PAGE)
		at[offset] = 1;
	return !munmap(at, area->len);
}

static bool protect_and_back(void *data)
{
	struct area *area = data;

	area->at[0] = 1;
	return !mprotect(area->at, area->len, PROT_READ) &&
	       !mprotect(area->at, area->len, PROT_READ | PROT_WRITE);
}

static bool start_and_end(void *data)
{
	int status = -1;
	pid_t pid;

	(void)data;
	pid = fork();
	if (!pid)
		_exit(0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

static void measure_with(unsigned int bonds, char *at)
{
	struct area one = { at, PAGE };
	char names[3][32];
	const struct metric metrics[] = {
		{ names[0], "map a page, touch it, unmap it", "floor.syscall", map_and_unmap, &one },
		{ names[1], "take the right to write to a page away, and give it back",
		  "floor.syscall", protect_and_back, &one },
		{ names[2], "fork a child that ends at once, wait for it", "floor.syscall",
		  start_and_end, NULL },
	};
	unsigned int i;

	snprintf(names[0], sizeof(names[0]), "mmap.bonds.%u", bonds);
	snprintf(names[1], sizeof(names[1]), "mprotect.bonds.%u", bonds);
	snprintf(names[2], sizeof(names[2]), "fork.bonds.%u", bonds);
	for (i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		measure(&metrics[i]);
}

static void measure_sizes(void)
{
	struct area few = { NULL, 16 * PAGE }, many = { NULL, 512 * PAGE };
	const struct metric metrics[] = {
		{ "munmap.pages.16", "map 16 pages, touch them, unmap them; one device is bound",
		  "mmap.bonds.1", map_and_unmap, &few },
		{ "munmap.pages.512", "map 512 pages, touch them, unmap them; one device is bound",
		  "mmap.bonds.1", map_and_unmap, &many },
	};
	unsigned int i;

	for (i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		measure(&metrics[i]);
}

/**
 * measure_memory() - Measure changes of memory with 0, 1, 16 and 256 devices bound
 */
void measure_memory(void)
{
	struct bond *bonds = calloc(MOST_BONDS, sizeof(*bonds));
	char *at = map(PAGE, PROT_READ | PROT_WRITE);
	unsigned int i, made = 0;

	if (!bonds || !at) {
		measure_failed("memory: none left");
		return;
	}
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		while (made < numbers[i] && !bond_open(&bonds[made]))
			made++;
		if (made < numbers[i]) {
			measure_failed("memory with so many devices");
			break;
		}
		measure_with(numbers[i], at);
		if (numbers[i] == 1)
			measure_sizes();
	}
	while (made--)
		bond_close(&bonds[made]);
	free(bonds);
}
