// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors to the model: the file of a work queue is a socket, which says whether it may be
 * opened, and to each descriptor whether it was taken.
 */
#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>

#include "../../../lib/model/link.h"
#include "../port.h"

const char *port_obstacle(const struct queue *queues, int count)
{
	(void)queues;
	(void)count;
	return NULL;
}

int port_open(const char *root, const struct queue *queue)
{
	return link_open(root, "dev/dsa", queue->name);
}

int port_submit(int fd, const struct queue *queue, const struct dsa_hw_desc *desc)
{
	(void)queue;
	if (send(fd, desc, sizeof(*desc), MSG_NOSIGNAL) != sizeof(*desc))
		return -errno;
	return link_answer(fd);
}
