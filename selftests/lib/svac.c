// SPDX-License-Identifier: GPL-2.0
/*
 * What the programs share, on top of the driver contract.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "svac.h"

/* The case that this process runs, or its setup, was skipped */
bool has_skipped;

/* Where there is no such device nothing can be told: exit status 4, as kselftests have it */
__attribute__((constructor)) static void skip_without_device(void)
{
	const char *why = device_driver.probe();

	/* Line by line, whatever reads them: a line that is written late is in the wrong case */
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!why)
		return;
	printf("TAP version 13\n1..0 # SKIP %s: %s\n", device_driver.name, why);
	exit(4);
}

/**
 * first_lack() - What devices of this kind lack of what a case needs
 * @list: what it needs
 * @count: so many
 *
 * Return: the first reason, or NULL.
 */
const char *first_lack(const enum need *list, unsigned int count)
{
	const char *why = NULL;
	unsigned int i;

	for (i = 0; device_driver.lacks && !why && i < count; i++)
		why = device_driver.lacks(list[i]);
	return why;
}

/**
 * setting() - A number from the environment
 * @name: of the variable
 * @otherwise: if there is none
 *
 * Return: the number.
 */
uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 0) : otherwise;
}

/**
 * is_late() - Has something taken longer than anything takes
 * @since: when it began, of CLOCK_MONOTONIC
 *
 * Return: whether it hangs.
 */
bool is_late(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - since->tv_sec > PATIENCE / 1000;
}

/**
 * bond_open() - Open a device and bind the caller's memory to it
 * @bond: to be filled in
 *
 * Return: 0 or a negative errno.
 */
int bond_open(struct bond *bond)
{
	int ret = device_driver.open(&bond->device);

	if (ret)
		return ret;
	ret = device_driver.bind(&bond->device, &bond->number, &bond->pasid);
	if (ret)
		device_driver.close(&bond->device);
	return ret;
}

/**
 * bond_close() - Close the device, which ends the bond
 * @bond: of bond_open()
 */
void bond_close(struct bond *bond)
{
	/* What has skipped may not have come as far as opening it */
	if (!has_skipped || bond->device.fd > 0)
		device_driver.close(&bond->device);
}

/**
 * perform() - Have a device do something, and wait for it
 * @device: the device
 * @operation: what to do
 *
 * Return: how it ended; no outcome at all if the device could not be asked, or hangs.
 */
struct ending perform(struct device *device, const struct operation *operation)
{
	struct ending ending = { 0 };
	uint32_t job;

	if (!device_driver.submit(device, operation, &job))
		device_driver.wait(device, job, PATIENCE, &ending);
	return ending;
}

/**
 * device_write() - Have a device write a word
 * @bond: by which it reaches it
 * @at: where
 * @word: what
 *
 * Return: how it ended.
 */
struct ending device_write(struct bond *bond, void *at, uint64_t word)
{
	const struct operation operation = {
		.verb = FILL, .pasid = bond->pasid, .dst = at, .len = sizeof(word), .operand = word,
	};

	return perform(&bond->device, &operation);
}

/**
 * device_read() - Have a device read a word
 * @bond: by which it reaches it
 * @at: where
 * @word: receives it, by way of the device
 *
 * Return: how it ended.
 */
struct ending device_read(struct bond *bond, const void *at, uint64_t *word)
{
	const struct operation operation = {
		.verb = COPY, .pasid = bond->pasid, .src = at, .dst = word, .len = sizeof(*word),
	};

	return perform(&bond->device, &operation);
}

/**
 * device_sum() - Have a device read memory, and write nothing
 * @bond: by which it reaches it
 * @at: where
 * @len: bytes
 *
 * Return: how it ended, with the sum of the bytes.
 */
struct ending device_sum(struct bond *bond, const void *at, size_t len)
{
	const struct operation operation = {
		.verb = SUM, .pasid = bond->pasid, .src = at, .len = len,
	};

	return perform(&bond->device, &operation);
}

/**
 * map() - Memory that nobody has touched yet
 * @len: bytes
 * @prot: PROT_*
 *
 * Return: where, or NULL.
 */
void *map(size_t len, int prot)
{
	void *at = mmap(NULL, len, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}
