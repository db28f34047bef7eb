// SPDX-License-Identifier: GPL-2.0
/*
 * Which work queues there are, and what each can do: read from sysfs, where accel-config (or who
 * wrote there himself) has made them.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue.h"

#define BUS		"/sys/bus/dsa/devices"
#define GEN_CAP_BLOCKS	1	/* Block on Fault Support of GENCAP */

/* The first line of a file; empty if there is none */
static void read_value(const char *root, const char *of, const char *file, char *value, int size)
{
	char path[512];
	FILE *stream;

	value[0] = '\0';
	snprintf(path, sizeof(path), "%s" BUS "/%s/%s", root, of, file);
	stream = fopen(path, "re");
	if (!stream)
		return;
	if (!fgets(value, size, stream))
		value[0] = '\0';
	value[strcspn(value, "\n")] = '\0';
	fclose(stream);
}

static bool is(const char *root, const char *of, const char *file, const char *value)
{
	char found[64];

	read_value(root, of, file, found, sizeof(found));
	return !strcmp(found, value);
}

static uint64_t number(const char *root, const char *of, const char *file)
{
	char found[64];

	read_value(root, of, file, found, sizeof(found));
	return strtoull(found, NULL, 0);
}

/**
 * parse_opcodes() - Read op_cap or op_config
 * @text: words of 32 bits in hexadecimal, the highest first, with commas in between
 * @opcodes: receives the 256 bits, the lowest first
 *
 * Return: whether it was that.
 */
bool parse_opcodes(const char *text, uint64_t *opcodes)
{
	unsigned int count, at = 0;
	char *end;
	uint64_t word;

	memset(opcodes, 0, 4 * sizeof(*opcodes));
	for (count = 1; text[at]; at++)
		count += text[at] == ',';
	if (count > 8)
		return false;
	while (count--) {
		word = strtoull(text, &end, 16);
		if (end == text || *text == '-' || word > UINT32_MAX || *end != (count ? ',' : '\0'))
			return false;
		opcodes[count / 2] |= word << (count % 2 ? 32 : 0);
		text = end + 1;
	}
	return true;
}

/**
 * queue_knows() - Can a queue be given an operation
 * @queue: the queue
 * @opcode: of the operation
 *
 * Return: whether it can.
 */
bool queue_knows(const struct queue *queue, unsigned int opcode)
{
	return queue->opcodes[opcode / 64] >> opcode % 64 & 1;
}

static bool is_named(const char *only, const char *name)
{
	size_t length = strlen(name);
	const char *at;

	if (!only || !*only)
		return true;
	for (at = strstr(only, name); at; at = strstr(at + 1, name))
		if ((at == only || at[-1] == ',') && (!at[length] || at[length] == ','))
			return true;
	return false;
}

/* What stands in the way of a queue, or NULL */
static const char *obstacle(const char *root, const char *device, const char *name)
{
	if (!is(root, name, "type", "user"))
		return "no work queue of DSA has type user";
	if (!is(root, name, "state", "enabled"))
		return "no work queue of type user is enabled";
	if (!is(root, device, "pasid_enabled", "1"))
		return "idxd has not enabled PASIDs (pasid_enabled)";
	return NULL;
}

static const char *describe(const char *root, const char *device, struct queue *queue)
{
	const char *name = queue->name;
	uint64_t own[4], devices;
	char value[256];
	unsigned int i;

	queue->dedicated = is(root, name, "mode", "dedicated");
	if (!queue->dedicated && !is(root, name, "mode", "shared"))
		return "a work queue does not say what mode it has";
	queue->blocks = is(root, name, "block_on_fault", "1") &&
			number(root, device, "gen_cap") & GEN_CAP_BLOCKS &&
			!is(root, name, "prs_disable", "1") && !is(root, name, "ats_disable", "1");
	queue->longest = number(root, name, "max_transfer_size");
	devices = number(root, device, "max_transfer_size");
	if (!queue->longest || (devices && devices < queue->longest))
		queue->longest = devices;
	if (!queue->longest)
		return "a work queue does not say how much it can transfer";
	read_value(root, device, "op_cap", value, sizeof(value));
	if (!parse_opcodes(value, queue->opcodes))
		return "a device does not say which operations it knows (op_cap)";
	read_value(root, name, "op_config", value, sizeof(value));
	for (i = 0; value[0] && i < 4; i++) {
		if (!parse_opcodes(value, own))
			return "a work queue does not say which operations it knows (op_config)";
		queue->opcodes[i] &= own[i];
	}
	return NULL;
}

/**
 * queues_find() - The work queues that programs can use
 * @root: a folder whose /sys this is about; "" for the machine's own
 * @only: names with commas in between, of those that are to be used; NULL or "" for all
 * @queues: receives MOST_QUEUES of them at most
 * @why: receives why there is none, if there is none
 *
 * Return: how many.
 */
int queues_find(const char *root, const char *only, struct queue *queues, const char **why)
{
	struct dirent **names = NULL;
	char path[512], device[32];
	unsigned int group, of;
	int count, i, found = 0;
	struct queue queue;

	snprintf(path, sizeof(path), "%s" BUS, root);
	count = scandir(path, &names, NULL, alphasort);
	*why = count < 0 ? "there is no driver idxd (" BUS ")" : "no work queue is there by that name";
	for (i = 0; i < count; i++) {
		const char *name = names[i]->d_name, *lack;

		if (sscanf(name, "wq%u.%u", &of, &group) != 2 || strlen(name) >= sizeof(queue.name) ||
		    !is_named(only, name))
			goto next;
		/* Those of the analytics accelerator have the same names, and another device */
		snprintf(device, sizeof(device), "dsa%u", of);
		queue = (struct queue){ };
		strcpy(queue.name, name);
		lack = obstacle(root, device, name) ?: describe(root, device, &queue);
		if (lack)
			*why = lack;
		else if (found < MOST_QUEUES)
			queues[found++] = queue;
next:
		free(names[i]);
	}
	free(names);
	return found;
}
