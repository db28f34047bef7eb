// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors to a real device: by the portal of the work queue, a page of /dev/dsa/wqD.Q that a
 * dedicated queue takes with MOVDIR64B and a shared one with ENQCMD, or by write(), with which
 * the kernel does that for the program. svac_dsa_submit=write or portal chooses one.
 *
 * What is in this file has run on no device yet: no machine with one was there.
 */
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "port.h"

#define PORTAL		4096
#define MOVDIR64B	(1U << 28)	/* leaf 7, ECX */
#define ENQCMD		(1U << 29)

static bool cpu_has(unsigned int bit)
{
	unsigned int a, b, c = 0, d;

	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && c & bit;
}

static const char *chosen(void)
{
	return getenv("svac_dsa_submit") ?: "";
}

static bool can_store(const struct queue *queue)
{
	return strcmp(chosen(), "write") && cpu_has(queue->dedicated ? MOVDIR64B : ENQCMD);
}

/**
 * port_obstacle() - Why no descriptor can come to one of the queues
 * @queues: the queues
 * @count: so many
 *
 * Return: the reason, or NULL.
 */
const char *port_obstacle(const struct queue *queues, int count)
{
	int i;

	for (i = 0; i < count; i++)
		if (!strcmp(chosen(), "portal") && !can_store(&queues[i]))
			return queues[i].dedicated ? "the processor has no MOVDIR64B" :
						     "the processor has no ENQCMD";
	return NULL;
}

/**
 * port_open() - Open a work queue, which binds the caller's memory to it
 * @root: what lies below is taken for /
 * @queue: which
 *
 * Return: a file descriptor, or a negative errno.
 */
int port_open(const char *root, const struct queue *queue)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/dev/dsa/%s", root, queue->name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* To a queue that takes whatever is stored there: its owner knows how much is under way */
static void movdir64b(void *portal, const struct dsa_hw_desc *desc)
{
	/* MOVDIR64B (%rdx), %rax; spelt out for assemblers that do not know it */
	asm volatile("sfence\n\t.byte 0x66, 0x0f, 0x38, 0xf8, 0x02"
		     : : "a"(portal), "d"(desc) : "memory");
}

/* To a queue of several, which says whether it has taken it */
static bool enqcmd(void *portal, const struct dsa_hw_desc *desc)
{
	unsigned char retry;

	/* ENQCMD (%rdx), %rax */
	asm volatile("sfence\n\t.byte 0xf2, 0x0f, 0x38, 0xf8, 0x02\n\tsetz %0"
		     : "=r"(retry) : "a"(portal), "d"(desc) : "memory", "cc");
	return !retry;
}

static int store(void *portal, const struct queue *queue, const struct dsa_hw_desc *desc)
{
	if (!queue->dedicated)
		return enqcmd(portal, desc) ? 0 : -EAGAIN;
	movdir64b(portal, desc);
	return 0;
}

static int hand_to_kernel(int fd, const struct dsa_hw_desc *desc)
{
	ssize_t done = write(fd, desc, sizeof(*desc));

	if (done == sizeof(*desc))
		return 0;
	return done < 0 ? -errno : -EIO;
}

/**
 * port_submit() - Give a work queue a descriptor
 * @fd: of port_open(), in the process that has opened it
 * @queue: which it is
 * @desc: the descriptor
 *
 * The portal is mapped for this descriptor alone: who has the file needs to know nothing else.
 *
 * Return: 0, -EAGAIN if the queue is full, or another negative errno.
 */
int port_submit(int fd, const struct queue *queue, const struct dsa_hw_desc *desc)
{
	void *portal = MAP_FAILED;
	int ret;

	if (can_store(queue))
		portal = mmap(NULL, PORTAL, PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	/* Of devices that are not safe with it, and who may not (INTEL-SA-01084) */
	if (portal == MAP_FAILED)
		return strcmp(chosen(), "portal") ? hand_to_kernel(fd, desc) : -errno;
	ret = store(portal, queue, desc);
	munmap(portal, PORTAL);
	return ret;
}
