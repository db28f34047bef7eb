// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors to the model: the file of a work queue is a socket, which says whether it may be
 * opened, and to each descriptor whether it was taken.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../port.h"

const char *port_obstacle(const struct queue *queues, int count)
{
	(void)queues;
	(void)count;
	return NULL;
}

static int answer(int fd)
{
	int ret = -EIO;

	return recv(fd, &ret, sizeof(ret), 0) == sizeof(ret) ? ret : -ENODEV;
}

/* Its name may be longer than that of a socket: by way of its folder */
static int connect_to(int fd, const char *root, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char path[512];
	int folder, ret;

	snprintf(path, sizeof(path), "%s/dev/dsa", root);
	folder = open(path, O_PATH | O_CLOEXEC);
	if (folder < 0)
		return -errno;
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", folder, name);
	ret = connect(fd, (struct sockaddr *)&address, sizeof(address)) ? -errno : 0;
	close(folder);
	return ret;
}

int port_open(const char *root, const struct queue *queue)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return -errno;
	/* The model reads and writes our memory as no debugger may on every machine */
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	ret = connect_to(fd, root, queue->name);
	if (!ret)
		ret = answer(fd);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

int port_submit(int fd, const struct queue *queue, const struct dsa_hw_desc *desc)
{
	(void)queue;
	if (send(fd, desc, sizeof(*desc), MSG_NOSIGNAL) != sizeof(*desc))
		return -errno;
	return answer(fd);
}
