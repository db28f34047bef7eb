/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The model of devices with the registers of QEMU's edu, in a process of its own: each is a socket,
 * and reaches the memory of whoever has opened it.
 */
#ifndef _SVAC_MODEL_REGISTERS_H
#define _SVAC_MODEL_REGISTERS_H

#include <stdbool.h>
#include <sys/types.h>

#define MOST_DEVICES	8

/* What can be wrong with it, for who tests the cases */
enum defect {
	DEFECT_NONE,
	DEFECT_SHORT,		/* the last byte of a copy is left out */
	DEFECT_LAST_OPENER,	/* it takes each process for the one that has come last */
	DEFECT_STALE,		/* what it has copied from somewhere once it takes for what is there */
};

enum defect defect_named(const char *name);
int serve(const char *root, const char *folder, const char * const *names, unsigned int count,
	  enum defect defect, void (*opened)(const char *root, unsigned int device, pid_t pid));

#endif /* _SVAC_MODEL_REGISTERS_H */
