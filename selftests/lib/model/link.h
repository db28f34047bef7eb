/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between a program and the model of a device: a socket in place of the device's file. What is
 * opened is answered with 0 or a negative errno, and so is each message.
 */
#ifndef _SVAC_MODEL_LINK_H
#define _SVAC_MODEL_LINK_H

#include <stddef.h>

int link_open(const char *root, const char *folder, const char *name);
int link_answer(int fd);
void *link_map(int fd, size_t size);

#endif /* _SVAC_MODEL_LINK_H */
