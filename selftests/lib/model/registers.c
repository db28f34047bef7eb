// SPDX-License-Identifier: GPL-2.0
/*
 * The model's side: registers that are looked at, and copies.
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "registers.h"

#define SIZE		0x100000
#define BUFFER		0x40000
#define BUFFER_SIZE	4096
#define MOST_CLIENTS	32

/**
 * struct client - an open file
 * @fd: -1 for none
 * @pid: whose memory it reaches
 * @memory: file of its registers
 * @registers: themselves
 */
struct client {
	int fd;
	pid_t pid;
	int memory;
	char *registers;
};

static struct client clients[MOST_CLIENTS];
static int listening[MOST_DEVICES];

/**
 * defect_named() - What is to be wrong
 * @name: of it
 *
 * Return: that; the program ends if there is none of that name.
 */
enum defect defect_named(const char *name)
{
	static const char * const names[] = {
		[DEFECT_NONE] = "none", [DEFECT_SHORT] = "short",
		[DEFECT_LAST_OPENER] = "last-opener", [DEFECT_STALE] = "stale",
	};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], name))
			return i;
	fprintf(stderr, "model: no defect is called %s\n", name);
	exit(2);
}

static uint64_t *at(struct client *client, unsigned int where)
{
	return (uint64_t *)(client->registers + where);
}

/* One copy, as edu does it: what cannot be reached is left out without a word */
static void work(struct client *client, enum defect defect)
{
	uint64_t command = __atomic_load_n(at(client, 0x98), __ATOMIC_ACQUIRE);
	uint64_t len = *at(client, 0x90), src = *at(client, 0x80), dst = *at(client, 0x88);
	static char stale[BUFFER_SIZE];
	static uint64_t stale_at;
	struct iovec ours, theirs;
	bool out = command & 2;

	if (!(command & 1))
		return;
	len = len > BUFFER_SIZE ? BUFFER_SIZE : len;
	len -= defect == DEFECT_SHORT && out && len > 1;
	ours = (struct iovec){ client->registers + BUFFER, len };
	theirs = (struct iovec){ (void *)(uintptr_t)(out ? dst : src), len };
	if (out)
		process_vm_writev(client->pid, &ours, 1, &theirs, 1, 0);
	else
		process_vm_readv(client->pid, &ours, 1, &theirs, 1, 0);
	if (defect == DEFECT_STALE && !out && stale_at == src)
		memcpy(ours.iov_base, stale, len);
	if (defect == DEFECT_STALE && !out && stale_at != src) {
		memcpy(stale, ours.iov_base, len);
		stale_at = src;
	}
	__atomic_store_n(at(client, 0x98), command & ~1ULL, __ATOMIC_RELEASE);
}

static bool listen_all(const char *root, const char *folder, const char * const *names,
		       unsigned int count)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	unsigned int i;

	if (!make_folders(root, folder) || chdir(root) || chdir(folder))
		return false;
	for (i = 0; i < count; i++) {
		snprintf(address.sun_path, sizeof(address.sun_path), "%s", names[i]);
		unlink(names[i]);
		listening[i] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
		if (listening[i] < 0 ||
		    bind(listening[i], (struct sockaddr *)&address, sizeof(address)) ||
		    listen(listening[i], 64))
			return false;
	}
	return true;
}

static void leave(struct client *client)
{
	munmap(client->registers, SIZE);
	close(client->memory);
	close(client->fd);
	client->fd = -1;
}

static bool prepare(struct client *client, int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	void *registers;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
		return false;
	client->memory = memfd_create("registers", MFD_CLOEXEC);
	if (client->memory < 0 || ftruncate(client->memory, SIZE))
		return false;
	registers = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, client->memory, 0);
	if (registers == MAP_FAILED)
		return false;
	client->registers = registers;
	client->pid = peer.pid;
	client->fd = fd;
	return true;
}

static struct client *take_in(unsigned int device, enum defect defect)
{
	int fd = accept4(listening[device], NULL, NULL, SOCK_CLOEXEC);
	struct client *client = NULL;
	unsigned int i;

	for (i = 0; i < MOST_CLIENTS && !client; i++)
		if (clients[i].fd < 0)
			client = &clients[i];
	if (fd < 0)
		return NULL;
	if (!client || !prepare(client, fd)) {
		close(fd);
		return NULL;
	}
	for (i = 0; defect == DEFECT_LAST_OPENER && i < MOST_CLIENTS; i++)
		clients[i].pid = client->pid;
	return client;
}

/* It wants its registers, or has gone */
static void hear(struct client *client)
{
	char space[CMSG_SPACE(sizeof(int))] = { 0 }, byte;
	struct iovec data = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = space, .msg_controllen = sizeof(space),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	if (recv(client->fd, &byte, 1, MSG_DONTWAIT) != 1) {
		leave(client);
		return;
	}
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &client->memory, sizeof(int));
	if (sendmsg(client->fd, &message, MSG_NOSIGNAL) != 1)
		leave(client);
}

static void open_all(const char *root, const struct pollfd *fds, unsigned int count,
		     enum defect defect,
		     void (*opened)(const char *root, unsigned int device, pid_t pid))
{
	struct client *client;
	unsigned int i;
	int answer = 0;

	for (i = 0; i < count; i++) {
		client = fds[i].revents ? take_in(i, defect) : NULL;
		if (!client)
			continue;
		opened(root, i, client->pid);
		if (send(client->fd, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			leave(client);
	}
}

/**
 * serve() - Be the devices until standard input ends
 * @root: the folder that stands for /
 * @folder: below it, with the devices' files
 * @names: of these
 * @count: so many
 * @defect: what is to be wrong
 * @opened: called when a process has opened one, before it is told so
 *
 * Return: an exit status.
 */
int serve(const char *root, const char *folder, const char * const *names, unsigned int count,
	  enum defect defect, void (*opened)(const char *root, unsigned int device, pid_t pid))
{
	const struct timespec pause = { .tv_nsec = 20000 };
	struct pollfd fds[MOST_CLIENTS + MOST_DEVICES + 1];
	unsigned int i, last = MOST_CLIENTS + count;

	for (i = 0; i < MOST_CLIENTS; i++)
		clients[i].fd = -1;
	if (!listen_all(root, folder, names, count))
		return 2;
	printf("ready\n");
	fflush(stdout);
	do {
		for (i = 0; i < MOST_CLIENTS; i++)
			fds[i] = (struct pollfd){ .fd = clients[i].fd, .events = POLLIN };
		for (i = 0; i < count; i++)
			fds[MOST_CLIENTS + i] = (struct pollfd){ listening[i], POLLIN, 0 };
		fds[last] = (struct pollfd){ STDIN_FILENO, POLLIN, 0 };
		/* Registers make no file readable: they are looked at by turns */
		if (ppoll(fds, last + 1, &pause, NULL) < 0)
			return 2;
		for (i = 0; i < MOST_CLIENTS; i++) {
			if (clients[i].fd >= 0)
				work(&clients[i], defect);
			if (fds[i].revents)
				hear(&clients[i]);
		}
		open_all(root, &fds[MOST_CLIENTS], count, defect, opened);
	} while (!fds[last].revents);
	return 0;
}
