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

/* The rules that a case checks, one by one, before anything else. Older harnesses run a case that
 * its setup has skipped: this is where it ends then
 */
#define rules(...)							\
	do {								\
		static const char * const ids[] = { __VA_ARGS__ };	\
		unsigned int i;						\
									\
		for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)	\
			printf("# rule: %s\n", ids[i]);			\
		fflush(stdout);						\
		if (has_skipped)					\
			return;						\
	} while (0)

/* Leave a case, or all that have a setup, for a reason */
#define skip(why)							\
	do {								\
		has_skipped = true;					\
		SKIP(return, "%s", why);				\
	} while (0)

/* What the device has to have for a case, each an enum need: else it is skipped with what lacks */
#define needs(...)							\
	do {								\
		static const enum need list[] = { __VA_ARGS__ };	\
		const char *why = first_lack(list, sizeof(list) / sizeof(list[0])); \
									\
		if (why)						\
			skip(why);					\
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

extern bool has_skipped;

const char *first_lack(const enum need *list, unsigned int count);
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
