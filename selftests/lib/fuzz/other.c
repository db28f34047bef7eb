// SPDX-License-Identifier: GPL-2.0
/*
 * What else a program can do with a file than to ask it for something, and what can happen
 * to the program meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"

static int result(long ret)
{
	return ret < 0 ? -errno : 0;
}

static int do_open(struct fuzzer *fuzzer, struct file *file)
{
	if (file->gone && once_in(fuzzer, 2))
		file_close(file);
	if (file->fd < 0)
		file_open(fuzzer, file);
	return 0;
}

static int do_close(struct fuzzer *fuzzer, struct file *file)
{
	if (once_in(fuzzer, 4))
		file_close(file);
	return 0;
}

/* Two descriptors of one file, in place of another file */
static int do_dup(struct fuzzer *fuzzer, struct file *file)
{
	struct file *other = &fuzzer->files[below(fuzzer, FILES)];
	int fd;

	if (other == file || !once_in(fuzzer, 4))
		return 0;
	fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	file_close(other);
	memcpy(other->known, file->known, sizeof(other->known));
	__atomic_store_n(&other->fd, fd, __ATOMIC_RELAXED);
	return 0;
}

static int do_poll(struct fuzzer *fuzzer, struct file *file)
{
	struct pollfd poll_fd = { .fd = file->fd, .events = draw(fuzzer) };

	return result(poll(&poll_fd, 1, once_in(fuzzer, 64) ? 1 : 0));
}

static int do_epoll(struct fuzzer *fuzzer, struct file *file)
{
	struct epoll_event event = { .events = EPOLLIN | (once_in(fuzzer, 2) ? EPOLLET : 0) };

	if (once_in(fuzzer, 2))
		return result(epoll_wait(fuzzer->epoll, &event, 1, 0));
	return result(epoll_ctl(fuzzer->epoll, EPOLL_CTL_ADD + below(fuzzer, 3), file->fd, &event));
}

static int do_read(struct fuzzer *fuzzer, struct file *file)
{
	char *to = memory_window(fuzzer->number);

	if (once_in(fuzzer, 2))
		return result(read(file->fd, to, below(fuzzer, WINDOW)));
	return result(pread(file->fd, to, below(fuzzer, WINDOW), boundary(fuzzer, PAGE)));
}

static int do_write(struct fuzzer *fuzzer, struct file *file)
{
	const char *from = memory_window(fuzzer->number);

	return result(write(file->fd, from, below(fuzzer, WINDOW)));
}

static int do_seek(struct fuzzer *fuzzer, struct file *file)
{
	return result(lseek(file->fd, boundary(fuzzer, PAGE), below(fuzzer, 6)));
}

/* A descriptor in some slot of a portal, which may be the one that is next */
static void store(struct fuzzer *fuzzer, struct file *file, struct svac_desc *portal)
{
	struct svac_desc *slot = &portal[below(fuzzer, once_in(fuzzer, 2) ? 4 : SVAC_PORTAL_SLOTS)];
	struct svac_desc desc = call_desc(fuzzer, file);
	uint64_t valid = once_in(fuzzer, 8) ? draw(fuzzer) : SVAC_PORTAL_VALID;

	memcpy(slot, &desc, offsetof(struct svac_desc, reserved2));
	__atomic_store_n(&slot->reserved2, valid, __ATOMIC_RELEASE);
}

/* Only a portal can be mapped */
static int do_mmap(struct fuzzer *fuzzer, struct file *file)
{
	size_t len = once_in(fuzzer, 2) ? PAGE : boundary(fuzzer, 16 * PAGE);
	off_t at = once_in(fuzzer, 2) ? 0 : boundary(fuzzer, 16 * PAGE) & -PAGE;
	int share = once_in(fuzzer, 2) ? MAP_SHARED : MAP_PRIVATE;
	int prot = once_in(fuzzer, 2) ? PROT_READ | PROT_WRITE : below(fuzzer, 8);
	void *mapped = mmap(NULL, len, prot, share, file->fd, at);
	unsigned int i;

	if (mapped == MAP_FAILED)
		return -errno;
	for (i = 0; prot & PROT_WRITE && i < 4; i++)
		store(fuzzer, file, mapped);
	return result(munmap(mapped, len));
}

static int do_control(struct fuzzer *fuzzer, struct file *file)
{
	static const struct {
		int command;
		long arg;
	} some[] = {
		{ F_GETFL, 0 }, { F_SETFL, O_NONBLOCK }, { F_SETFL, O_ASYNC }, { F_SETFL, 0 },
		{ F_SETFL, O_DIRECT }, { F_SETFD, FD_CLOEXEC }, { F_GETOWN, 0 }, { F_SETSIG, 99 },
		{ F_SETLEASE, F_RDLCK }, { F_SETPIPE_SZ, PAGE }, { F_ADD_SEALS, 1 },
	};
	unsigned int i = below(fuzzer, sizeof(some) / sizeof(some[0]));

	return result(fcntl(file->fd, some[i].command, some[i].arg));
}

/* Requests that any file may be given */
static int do_common(struct fuzzer *fuzzer, struct file *file)
{
	static const unsigned long some[] = { FIONBIO, FIOASYNC, FIONREAD, FIOQSIZE, FIOCLEX };
	int on = below(fuzzer, 2);

	return result(ioctl(file->fd, some[below(fuzzer, 5)], &on));
}

static int do_whole(struct fuzzer *fuzzer, struct file *file)
{
	struct stat stat;

	switch (below(fuzzer, 5)) {
	case 0:
		return result(fsync(file->fd));
	case 1:
		return result(ftruncate(file->fd, boundary(fuzzer, PAGE)));
	case 2:
		return result(fallocate(file->fd, 0, 0, PAGE));
	case 3:
		return result(flock(file->fd, LOCK_NB | (once_in(fuzzer, 2) ? LOCK_EX : LOCK_UN)));
	default:
		return result(fstat(file->fd, &stat));
	}
}

static int do_trouble(struct fuzzer *fuzzer, struct file *file)
{
	(void)file;
	memory_trouble(fuzzer);
	return 0;
}

/* A child that has all files for a moment, and the memory */
static int do_fork(struct fuzzer *fuzzer, struct file *file)
{
	int how = below(fuzzer, 3);
	pid_t pid;

	if (fuzzer->racing || !once_in(fuzzer, 8))
		return 0;
	pid = fork();
	if (!pid) {
		if (how)
			ioctl(file->fd, SVAC_IOC_REMOVE);
		if (how == 1)
			raise(SIGKILL);
		_exit(0);
	}
	return pid > 0 && waitpid(pid, NULL, 0) == pid ? 0 : -errno;
}

static int ask(int fd, unsigned long request, void *arg)
{
	int ret;

	do
		ret = ioctl(fd, request, arg) ? -errno : 0;
	while (ret == -EINTR);
	return ret;
}

static bool window_is(const char *window, uint64_t from, uint64_t to, char inside)
{
	uint64_t i;

	for (i = 0; i < WINDOW; i++)
		if (window[i] != (i >= from && i < to ? inside : 0))
			return false;
	return true;
}

static int fill_window(struct fuzzer *fuzzer, int fd, uint32_t pasid, char *window)
{
	uint64_t from = below(fuzzer, WINDOW), len = below(fuzzer, WINDOW - from + 1);
	bool copy = once_in(fuzzer, 2);
	char byte = copy ? SOURCE_BYTE : 1 + below(fuzzer, 255);
	struct svac_submit submit = {
		.argsz = sizeof(submit),
		.desc = {
			.opcode = copy ? SVAC_OP_COPY : SVAC_OP_FILL, .flags = SVAC_BLOCK_ON_FAULT,
			.pasid = pasid, .src = copy ? memory_pattern() : 0,
			.dst = (uintptr_t)window + from, .len = len,
			.operand = (unsigned char)byte * 0x0101010101010101ULL,
		},
	};
	struct svac_wait wait = { .argsz = sizeof(wait), .timeout_ms = PATIENCE };
	int ret;

	memset(window, 0, WINDOW);
	ret = ask(fd, SVAC_IOC_SUBMIT, &submit);
	if (ret)
		return ret;
	wait.job = submit.job;
	ret = ask(fd, SVAC_IOC_WAIT, &wait);
	/* Another thread has waited for it, and so it may still be under way */
	fuzzer->lost = ret;
	if (ret)
		return ret;
	if (!fuzzer->racing && wait.completion.status != SVAC_DONE)
		fuzz_fail(fuzzer, "a device that is bound could not write: %u",
			  wait.completion.status);
	if (wait.completion.status == SVAC_DONE && !window_is(window, from, from + len, byte))
		fuzz_fail(fuzzer, "a device was to write %llu bytes, and did not, or more",
			  (unsigned long long)len);
	return 0;
}

/* Through all that has happened so far: a device writes what it is told, and nothing else */
static int do_probe(struct fuzzer *fuzzer, struct file *file)
{
	struct svac_bind bind = { .argsz = sizeof(bind) };
	struct svac_unbind unbind = { .argsz = sizeof(unbind) };
	int fd, ret;

	if (fuzzer->lost)
		return 0;
	/* Of our own: whatever others do, it stays this file */
	fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	ret = ask(fd, SVAC_IOC_BIND, &bind);
	if (!ret) {
		ret = fill_window(fuzzer, fd, bind.pasid, memory_window(fuzzer->number));
		unbind.bond = bind.bond;
		ret = ret ?: ask(fd, SVAC_IOC_UNBIND, &unbind);
	}
	close(fd);
	return ret;
}

static const struct {
	const char *name;
	int (*make)(struct fuzzer *fuzzer, struct file *file);
	unsigned int weight;
	int errnos[MOST_ERRNOS];
} others[] = {
	{ "open", do_open, 10, { 0 } },
	{ "close", do_close, 4, { 0 } },
	{ "dup", do_dup, 2, { 0 } },
	{ "poll", do_poll, 6, { EINTR } },
	{ "epoll", do_epoll, 6, { EEXIST, ENOENT, EINTR } },
	{ "read", do_read, 2, { EINVAL } },
	{ "write", do_write, 2, { EINVAL } },
	{ "lseek", do_seek, 2, { ESPIPE, EINVAL } },
	{ "mmap", do_mmap, 6, { ENXIO, EINVAL, ENOMEM, EACCES, EOVERFLOW } },
	{ "fcntl", do_control, 3, { EINVAL, EBADF, EAGAIN } },
	{ "common", do_common, 3, { ENOTTY } },
	{ "whole", do_whole, 3, { EINVAL, ENODEV, EAGAIN, EOPNOTSUPP } },
	{ "trouble", do_trouble, 10, { 0 } },
	{ "fork", do_fork, 1, { 0 } },
	{ "probe", do_probe, 12, { ENODEV, ENOMEM, EOPNOTSUPP, ENOSPC, EBUSY, EOVERFLOW, EINVAL,
				   EAGAIN, ENOENT } },
};

const unsigned int other_count = sizeof(others) / sizeof(others[0]);

const char *other_name(unsigned int row)
{
	return others[row].name;
}

/* Something else, with a file of the process */
void fuzz_other(struct fuzzer *fuzzer)
{
	struct file *file = &fuzzer->files[below(fuzzer, FILES)];
	unsigned int total = 0, row = call_count + 1, i;
	struct entry *entry;
	uint64_t chosen;
	bool closed;

	for (i = 0; i < other_count; i++)
		total += others[i].weight;
	chosen = below(fuzzer, total);
	for (i = 0; chosen >= others[i].weight; i++)
		chosen -= others[i].weight;
	entry = fuzz_log(fuzzer, others[i].name, file);
	closed = __atomic_load_n(&file->fd, __ATOMIC_RELAXED) < 0;
	entry->got = others[i].make(fuzzer, file);
	__atomic_fetch_add(&fuzzer->shared->asked[row + i], 1, __ATOMIC_RELAXED);
	if (!entry->got)
		__atomic_fetch_add(&fuzzer->shared->worked[row + i], 1, __ATOMIC_RELAXED);
	if (!entry->got || one_of(others[i].errnos, -entry->got))
		return;
	if (entry->got != -EBADF || (!closed && !fuzzer->racing))
		fuzz_fail(fuzzer, "%s: it may not answer that: %d", others[i].name, entry->got);
}
