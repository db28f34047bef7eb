// SPDX-License-Identifier: GPL-2.0
/*
 * A queue of the model.
 */
#include "../../../lib/model/link.h"
#include "../port.h"

int port_open(const char *root, const char *name)
{
	return link_open(root, "dev", name);
}

void *port_map(int fd, size_t size)
{
	return link_map(fd, size);
}
