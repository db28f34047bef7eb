// SPDX-License-Identifier: GPL-2.0
/*
 * A queue of a real accelerator. What is here has run on none yet.
 */
#include <errno.h>
#include <fcntl.h>
#include <misc/uacce/uacce.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "port.h"

/**
 * port_open() - Open and start a queue, which binds the caller's memory to it
 * @root: what lies below is taken for /
 * @name: of the accelerator
 *
 * Return: a file descriptor, or a negative errno.
 */
int port_open(const char *root, const char *name)
{
	char path[512];
	int fd, ret;

	snprintf(path, sizeof(path), "%s/dev/%s", root, name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!ioctl(fd, UACCE_CMD_START_Q))
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

/**
 * port_map() - Map the registers of a queue
 * @fd: of port_open()
 * @size: bytes
 *
 * Return: where, or MAP_FAILED.
 */
void *port_map(int fd, size_t size)
{
	/* A region is told by the page of the offset */
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    UACCE_QFRT_MMIO * sysconf(_SC_PAGESIZE));
}
