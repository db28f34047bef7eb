// SPDX-License-Identifier: GPL-2.0
/*
 * The file of a real device. What is here has run on none yet.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

#include "port.h"

/**
 * port_open() - Open a device, which binds the caller's memory to it
 * @root: what lies below is taken for /
 * @name: of the device, as uio0
 *
 * Return: a file descriptor, or a negative errno.
 */
int port_open(const char *root, const char *name)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/dev/%s", root, name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/**
 * port_map() - Map the first registers of a device
 * @fd: of port_open()
 * @size: bytes
 *
 * Return: where, or MAP_FAILED.
 */
void *port_map(int fd, size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}
