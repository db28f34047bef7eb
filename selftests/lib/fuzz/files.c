// SPDX-License-Identifier: GPL-2.0
/*
 * Open files, and what each has given out. Threads use one table with no lock: what they
 * find in it may be stale, as in a program that is wrong.
 */
#include <fcntl.h>
#include <unistd.h>

#include "fuzz.h"

static uint32_t look(uint32_t *at)
{
	return __atomic_load_n(at, __ATOMIC_RELAXED);
}

static void put(uint32_t *at, uint32_t value)
{
	__atomic_store_n(at, value, __ATOMIC_RELAXED);
}

void file_open(struct fuzzer *fuzzer, struct file *file)
{
	unsigned int kind, i;
	int fd = open("/dev/svacheck", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fuzz_fail(fuzzer, "/dev/svacheck cannot be opened: %m");
	for (kind = 0; kind < HANDLES; kind++)
		for (i = 0; i < KNOWN; i++)
			put(&file->known[kind][i], 0);
	file->fresh = true;
	file->gone = false;
	__atomic_store_n(&file->fd, fd, __ATOMIC_RELAXED);
}

/* Nobody else closes the same descriptor: by then it may be another file's */
void file_close(struct file *file)
{
	int fd = __atomic_exchange_n(&file->fd, -1, __ATOMIC_RELAXED);

	if (fd >= 0)
		close(fd);
}

void file_remember(struct fuzzer *fuzzer, struct file *file, enum kind kind, uint32_t handle)
{
	unsigned int i;

	for (i = 0; i < KNOWN; i++)
		if (look(&file->known[kind][i]) == handle)
			return;
	for (i = 0; i < KNOWN; i++)
		if (!look(&file->known[kind][i]))
			break;
	put(&file->known[kind][i < KNOWN ? i : below(fuzzer, KNOWN)], handle);
}

void file_forget(struct file *file, enum kind kind, uint32_t handle)
{
	unsigned int i;

	for (i = 0; i < KNOWN; i++)
		if (look(&file->known[kind][i]) == handle)
			put(&file->known[kind][i], 0);
}

/* One that it has given out, or a guess */
uint32_t file_handle(struct fuzzer *fuzzer, struct file *file, enum kind kind)
{
	unsigned int from = below(fuzzer, KNOWN), i;
	uint32_t handle;

	if (once_in(fuzzer, 32))
		return boundary(fuzzer, KNOWN);
	if (once_in(fuzzer, 32))
		file = &fuzzer->files[below(fuzzer, FILES)];
	for (i = 0; i < KNOWN; i++) {
		handle = look(&file->known[kind][(from + i) % KNOWN]);
		if (handle)
			return handle;
	}
	return below(fuzzer, KNOWN);
}
