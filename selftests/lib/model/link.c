// SPDX-License-Identifier: GPL-2.0
/*
 * The program's side of a socket to the model of a device.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "link.h"

/* Its name may be longer than that of a socket: by way of its folder */
static int connect_to(int fd, const char *root, const char *folder, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char path[512];
	int at, ret;

	snprintf(path, sizeof(path), "%s/%s", root, folder);
	at = open(path, O_PATH | O_CLOEXEC);
	if (at < 0)
		return -errno;
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%.64s", at, name);
	ret = connect(fd, (struct sockaddr *)&address, sizeof(address)) ? -errno : 0;
	close(at);
	return ret;
}

/**
 * link_open() - Open a device of the model
 * @root: the folder that stands for /
 * @folder: below it
 * @name: of the device
 *
 * Return: a file descriptor, or a negative errno.
 */
int link_open(const char *root, const char *folder, const char *name)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return -errno;
	/* The model reads and writes our memory as no debugger may on every machine */
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	ret = connect_to(fd, root, folder, name);
	if (!ret)
		ret = link_answer(fd);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

/**
 * link_answer() - What the model answers
 * @fd: of link_open()
 *
 * Return: that, or a negative errno if there is no answer.
 */
int link_answer(int fd)
{
	int ret = -EIO;

	return recv(fd, &ret, sizeof(ret), 0) == sizeof(ret) ? ret : -ENODEV;
}

/* A file of memory that the model looks into */
static int memory_of(int fd)
{
	char space[CMSG_SPACE(sizeof(int))], byte = 0;
	struct iovec data = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = space, .msg_controllen = sizeof(space),
	};
	struct cmsghdr *header;
	int memory;

	if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1)
		return -errno;
	if (recvmsg(fd, &message, MSG_CMSG_CLOEXEC) != 1)
		return -ENODEV;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_type != SCM_RIGHTS)
		return -ENODEV;
	memcpy(&memory, CMSG_DATA(header), sizeof(memory));
	return memory;
}

/**
 * link_map() - Map the registers of a device
 * @fd: of link_open()
 * @size: bytes
 *
 * Return: where, or MAP_FAILED.
 */
void *link_map(int fd, size_t size)
{
	int memory = memory_of(fd);
	void *at = MAP_FAILED;

	if (memory >= 0) {
		at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
		close(memory);
	}
	return at;
}
