/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices that can do no more than copy, behind registers that a program maps: what such a device
 * is told, and how operations of the cases come of copies.
 */
#ifndef _SVAC_ENGINE_H
#define _SVAC_ENGINE_H

#include <stddef.h>

#include "device.h"

/**
 * struct engine - how a device is told to copy
 * @id: of the devices: vendor:device of PCI, or the api of uacce
 * @size: bytes of registers that it needs
 * @longest: bytes of a copy
 * @copy: by the registers, and wait for it: 0, or -ETIME if it does not come to its end
 */
struct engine {
	const char *id;
	size_t size;
	uint32_t longest;
	int (*copy)(void *registers, uint64_t src, uint64_t dst, uint32_t len);
};

const struct engine *engine_find(const char *id);
int engine_submit(const struct engine *engine, void *registers,
		  const struct operation *operation, uint32_t *job);
int engine_wait(struct device *device, uint32_t job, unsigned int ms, struct ending *ending);
const char *engine_lacks(enum need need);

#endif /* _SVAC_ENGINE_H */
