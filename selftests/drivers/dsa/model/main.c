// SPDX-License-Identifier: GPL-2.0
/*
 * The model as a program: dsa-model ROOT [NAME=VALUE...] makes ROOT/sys and ROOT/dev/dsa, prints
 * "ready", and works until it is killed or its standard input ends.
 *
 * queues=N dedicated=0|1 blocks=0|1 longest=BYTES opcodes=MASK retry=N, as struct config has them;
 * defect=short, force, always-asks, never-asks, last-opener, deaf or wrong-address.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "model.h"

#define MOST_QUEUES	16
#define MOST_CLIENTS	64
#define STEPS		16	/* pages of a descriptor, before others have their turn */

/**
 * struct client - an open file
 * @fd: -1 for none
 * @queue: that it is of
 * @busy: @work is under way
 * @work: see there
 */
struct client {
	int fd;
	unsigned int queue;
	bool busy;
	struct work work;
};

static struct config config = {
	.queues = 2, .blocks = true, .longest = 2 << 20,
	.opcodes = 1 << DSA_OPCODE_NOOP | 1 << DSA_OPCODE_MEMMOVE | 1 << DSA_OPCODE_MEMFILL |
		   1 << DSA_OPCODE_COMPARE,
};
static struct client clients[MOST_CLIENTS];
static int listening[MOST_QUEUES];

static bool set(const char *argument)
{
	static const char * const defects[] = {
		[DEFECT_NONE] = "none", [DEFECT_SHORT] = "short", [DEFECT_FORCE] = "force",
		[DEFECT_ALWAYS_ASKS] = "always-asks", [DEFECT_NEVER_ASKS] = "never-asks",
		[DEFECT_LAST_OPENER] = "last-opener", [DEFECT_DEAF] = "deaf",
		[DEFECT_WRONG_ADDRESS] = "wrong-address",
	};
	const char *value = strchr(argument, '=');
	size_t length = value ? value++ - argument : 0;
	unsigned long long number = value ? strtoull(value, NULL, 0) : 0;
	unsigned int i;

#define IS(_name)	(length == strlen(_name) && !strncmp(argument, _name, length))
	if (IS("queues") && number && number <= MOST_QUEUES)
		config.queues = number;
	else if (IS("dedicated"))
		config.dedicated = number;
	else if (IS("blocks"))
		config.blocks = number;
	else if (IS("longest"))
		config.longest = number;
	else if (IS("opcodes"))
		config.opcodes = number;
	else if (IS("retry"))
		config.retry = number;
	else if (IS("defect"))
		for (i = 0; i < sizeof(defects) / sizeof(defects[0]); i++) {
			if (strcmp(value, defects[i]))
				continue;
			config.defect = i;
			return true;
		}
	else
		return false;
	return !IS("defect");
#undef IS
}

static bool listen_all(const char *root)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	unsigned int i;

	if (chdir(root) || chdir("dev/dsa"))
		return false;
	for (i = 0; i < config.queues; i++) {
		snprintf(address.sun_path, sizeof(address.sun_path), "wq0.%u", i);
		unlink(address.sun_path);
		listening[i] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
		if (listening[i] < 0 ||
		    bind(listening[i], (struct sockaddr *)&address, sizeof(address)) ||
		    listen(listening[i], 64))
			return false;
	}
	return true;
}

static void say(int fd, int answer)
{
	/* Who has gone meanwhile needs none */
	if (send(fd, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
		return;
}

static struct client *client_of(unsigned int queue)
{
	unsigned int i;

	for (i = 0; i < MOST_CLIENTS; i++)
		if (clients[i].fd >= 0 && clients[i].queue == queue)
			return &clients[i];
	return NULL;
}

static void take_in(unsigned int queue)
{
	int fd = accept4(listening[queue], NULL, NULL, SOCK_CLOEXEC);
	struct client *client = NULL;
	struct ucred peer;
	socklen_t size = sizeof(peer);
	unsigned int i;

	for (i = 0; i < MOST_CLIENTS && !client; i++)
		if (clients[i].fd < 0)
			client = &clients[i];
	if (fd < 0)
		return;
	if (!client || (config.dedicated && client_of(queue)) ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size)) {
		say(fd, -EBUSY);
		close(fd);
		return;
	}
	*client = (struct client){ .fd = fd, .queue = queue, .work = { .pid = peer.pid } };
	for (i = 0; config.defect == DEFECT_LAST_OPENER && i < MOST_CLIENTS; i++)
		clients[i].work.pid = peer.pid;
	say(fd, 0);
}

static void hear(struct client *client)
{
	static unsigned int heard;
	struct dsa_hw_desc desc;
	ssize_t size = recv(client->fd, &desc, sizeof(desc), MSG_DONTWAIT);

	if (size != sizeof(desc)) {
		close(client->fd);
		client->fd = -1;
		return;
	}
	if (client->busy || (config.retry && ++heard % config.retry == 0)) {
		say(client->fd, -EAGAIN);
		return;
	}
	client->busy = true;
	client->work.desc = desc;
	client->work.done = 0;
	say(client->fd, 0);
}

static bool work_all(void)
{
	bool busy = false;
	unsigned int i, step;

	for (i = 0; i < MOST_CLIENTS; i++) {
		for (step = 0; step < STEPS && clients[i].fd >= 0 && clients[i].busy; step++)
			clients[i].busy = !work_step(&config, &clients[i].work);
		busy |= clients[i].fd >= 0 && clients[i].busy;
	}
	return busy;
}

/* What has been closed is seen before anything is opened */
static bool listen_once(bool busy)
{
	struct pollfd fds[MOST_CLIENTS + MOST_QUEUES + 1];
	unsigned int i, count = MOST_CLIENTS + config.queues;

	for (i = 0; i < MOST_CLIENTS; i++)
		fds[i] = (struct pollfd){ .fd = clients[i].fd, .events = POLLIN };
	for (i = 0; i < config.queues; i++)
		fds[MOST_CLIENTS + i] = (struct pollfd){ .fd = listening[i], .events = POLLIN };
	fds[count] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	if (poll(fds, count + 1, busy ? 0 : -1) < 0)
		return errno == EINTR;
	for (i = 0; i < MOST_CLIENTS; i++)
		if (fds[i].revents)
			hear(&clients[i]);
	for (i = 0; i < config.queues; i++)
		if (fds[MOST_CLIENTS + i].revents)
			take_in(i);
	return !fds[count].revents;
}

int main(int argc, char **argv)
{
	bool busy = false;
	int i;

	for (i = 0; i < MOST_CLIENTS; i++)
		clients[i].fd = -1;
	for (i = 2; i < argc; i++)
		if (!set(argv[i])) {
			fprintf(stderr, "dsa-model: %s is no setting\n", argv[i]);
			return 2;
		}
	if (argc < 2 || !show(argv[1], &config) || !listen_all(argv[1])) {
		fprintf(stderr, "dsa-model: %s\n", argc < 2 ? "name a folder" : strerror(errno));
		return 2;
	}
	printf("ready\n");
	fflush(stdout);
	while (listen_once(busy))
		busy = work_all();
	return 0;
}
