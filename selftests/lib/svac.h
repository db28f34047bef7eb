/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs share. A case says which rules it checks, has a device do
 * something with its memory, and looks at what came of it.
 */
#ifndef _SVAC_SELFTEST_H
#define _SVAC_SELFTEST_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "device.h"

#define PAGE	4096UL

/* Milliseconds: longer than any operation takes; a device that has not ended by then hangs.
 * svac_patience in the environment says otherwise, for what QEMU interprets or KASAN watches
 */
#define PATIENCE	((unsigned int)setting("svac_patience", 30000))

/* Seconds for a case, in place of those that the harness, included before, has for programs that
 * no QEMU interprets
 */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	300

/* The rules that a case checks, one by one, before anything else */
#define rules(...)							\
	do {								\
		static const char * const ids[] = { __VA_ARGS__ };	\
		unsigned int i;						\
									\
		for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)	\
			printf("# rule: %s\n", ids[i]);			\
		fflush(stdout);						\
	} while (0)

/**
 * struct bond - a device that is bound to the caller's memory
 * @device: the device
 * @number: of the bond
 * @pasid: by which it reaches the memory
 */
struct bond {
	struct device device;
	uint32_t number;
	uint32_t pasid;
};

uint64_t setting(const char *name, uint64_t otherwise);
bool is_late(const struct timespec *since);
int bond_open(struct bond *bond);
void bond_close(struct bond *bond);
struct ending perform(struct device *device, const struct operation *operation);
struct ending device_write(struct bond *bond, void *at, uint64_t word);
struct ending device_read(struct bond *bond, const void *at, uint64_t *word);
struct ending device_sum(struct bond *bond, const void *at, size_t len);
void *map(size_t len, int prot);

#endif /* _SVAC_SELFTEST_H */
