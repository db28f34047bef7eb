/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a descriptor comes to a work queue. port.c does it on a real device; model/port.c takes its
 * place where a program is built for the model of one (MODEL=1).
 */
#ifndef _SVAC_DSA_PORT_H
#define _SVAC_DSA_PORT_H

#include <linux/idxd.h>

#include "queue.h"

/* What is tried with a model is never taken for a device */
#ifdef MODEL
#define PORT_NAME	"dsa-model"
#else
#define PORT_NAME	"dsa"
#endif

const char *port_obstacle(const struct queue *queues, int count);
int port_open(const char *root, const struct queue *queue);
int port_submit(int fd, const struct queue *queue, const struct dsa_hw_desc *desc);

#endif /* _SVAC_DSA_PORT_H */
