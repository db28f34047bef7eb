/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the file of a device is opened, and its registers are mapped. port.c does it on a real one;
 * model/port.c takes its place where a program is built for the model (MODEL=1).
 */
#ifndef _SVAC_UIO_PORT_H
#define _SVAC_UIO_PORT_H

#include <stddef.h>

/* What is tried with a model is never taken for a device */
#ifdef MODEL
#define PORT_NAME	"uio_pci_generic_sva-model"
#else
#define PORT_NAME	"uio_pci_generic_sva"
#endif

int port_open(const char *root, const char *name);
void *port_map(int fd, size_t size);

#endif /* _SVAC_UIO_PORT_H */
