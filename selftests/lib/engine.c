// SPDX-License-Identifier: GPL-2.0
/*
 * Operations of copies. Such a device does not say that it could not reach a page, so pages are
 * brought before it is asked, and each operation is over when it was submitted.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>

#include "engine.h"
#include "svac.h"

#define JOBS	64

/* QEMU's edu: docs/specs/edu.rst there. It has a buffer, and copies to it and from it */
#define EDU_SRC		0x80
#define EDU_DST		0x88
#define EDU_LEN		0x90
#define EDU_COMMAND	0x98
#define EDU_START	1
#define EDU_FROM_BUFFER	2
#define EDU_BUFFER	0x40000

static uint64_t *edu_register(void *registers, unsigned int at)
{
	return (uint64_t *)((char *)registers + at);
}

static void edu_store(void *registers, unsigned int at, uint64_t value)
{
	__atomic_store_n(edu_register(registers, at), value, __ATOMIC_SEQ_CST);
}

static int edu_move(void *registers, uint64_t src, uint64_t dst, uint32_t len, uint64_t command)
{
	struct timespec since;

	edu_store(registers, EDU_SRC, src);
	edu_store(registers, EDU_DST, dst);
	edu_store(registers, EDU_LEN, len);
	edu_store(registers, EDU_COMMAND, command);
	clock_gettime(CLOCK_MONOTONIC, &since);
	while (__atomic_load_n(edu_register(registers, EDU_COMMAND), __ATOMIC_SEQ_CST) & EDU_START) {
		if (is_late(&since))
			return -ETIME;
		sched_yield();
	}
	return 0;
}

static int edu_copy(void *registers, uint64_t src, uint64_t dst, uint32_t len)
{
	return edu_move(registers, src, EDU_BUFFER, len, EDU_START) ?:
	       edu_move(registers, EDU_BUFFER, dst, len, EDU_START | EDU_FROM_BUFFER);
}

static const struct engine engines[] = {
	{ .id = "1234:11e8", .size = 0x100000, .longest = 4096, .copy = edu_copy },
#ifdef MODEL
	{ .id = "edu", .size = 0x100000, .longest = 4096, .copy = edu_copy },
#endif
};

/**
 * engine_find() - How devices are told to copy
 * @id: what they are
 *
 * Return: that, or NULL if nobody knows.
 */
const struct engine *engine_find(const char *id)
{
	unsigned int i;

	for (i = 0; i < sizeof(engines) / sizeof(engines[0]); i++)
		if (!strcmp(engines[i].id, id))
			return &engines[i];
	return NULL;
}

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static struct ending endings[JOBS];
static uint32_t next;
/* What is to be filled in, and what the device is to read, page by page */
static _Alignas(4096) unsigned char scratch[2][PAGE];

static bool bring(uint64_t address, uint32_t len, int how)
{
	uint64_t first = address & -PAGE, end = (address + len + PAGE - 1) & -PAGE;

	return !madvise((void *)(uintptr_t)first, end - first, how);
}

static int copy(const struct engine *engine, void *registers, uint64_t src, uint64_t dst,
		uint32_t len)
{
	if (!bring(src, len, MADV_POPULATE_READ) || !bring(dst, len, MADV_POPULATE_WRITE))
		return -EFAULT;
	return engine->copy(registers, src, dst, len);
}

static int piece(const struct engine *engine, void *registers,
		 const struct operation *operation, struct ending *ending, uint32_t len)
{
	uint64_t ours = (uintptr_t)scratch[0], theirs = (uintptr_t)scratch[1];
	uint64_t src = (uintptr_t)operation->src + ending->done;
	uint64_t dst = (uintptr_t)operation->dst + ending->done;
	uint32_t i;
	int ret;

	switch (operation->verb) {
	case COPY:
		return copy(engine, registers, src, dst, len);
	case FILL:
		for (i = 0; i < len; i++)
			scratch[0][i] = operation->operand >> (ending->done + i) % 8 * 8;
		return copy(engine, registers, ours, dst, len);
	case SUM:
		ret = copy(engine, registers, src, ours, len);
		for (i = 0; !ret && i < len; i++)
			ending->result += scratch[0][i];
		return ret;
	case COMPARE:
		ret = copy(engine, registers, src, ours, len) ?:
		      copy(engine, registers, dst, theirs, len);
		ending->result |= !ret && memcmp(scratch[0], scratch[1], len);
		return ret;
	default:
		return operation->verb == NOTHING ? 0 : -EOPNOTSUPP;
	}
}

static struct ending perform_copies(const struct engine *engine, void *registers,
				    const struct operation *operation)
{
	uint64_t len = operation->verb == NOTHING ? 0 : operation->len;
	uint32_t most = engine->longest < PAGE ? engine->longest : PAGE, now;
	struct ending ending = { .outcome = DONE };
	int ret = 0;

	pthread_mutex_lock(&turn);
	for (; !ret && ending.done < len; ending.done += ret ? 0 : now) {
		now = len - ending.done < most ? len - ending.done : most;
		ret = piece(engine, registers, operation, &ending, now);
	}
	pthread_mutex_unlock(&turn);
	/* The device was not even asked to go where the program could not go itself */
	if (ret)
		ending.outcome = ret == -EFAULT ? BAD : GONE;
	return ending;
}

static uint32_t finish(struct ending ending)
{
	uint32_t job = __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED) % JOBS;

	endings[job] = ending;
	return job;
}

/**
 * engine_submit() - Do an operation
 * @engine: how the device is told
 * @registers: of the device, as mmap() has mapped them, or not; unmapped thereafter
 * @operation: what is to be done
 * @job: receives a number for engine_wait()
 *
 * Return: 0, -EOPNOTSUPP if it cannot be done by copies, or -ENODEV without registers.
 */
int engine_submit(const struct engine *engine, void *registers,
		  const struct operation *operation, uint32_t *job)
{
	int ret = registers == MAP_FAILED ? -ENODEV : operation->verb == ADD ? -EOPNOTSUPP : 0;

	if (!ret)
		*job = finish(perform_copies(engine, registers, operation));
	if (registers != MAP_FAILED)
		munmap(registers, engine->size);
	return ret;
}

/**
 * engine_wait() - How an operation has ended
 * @device: that has done it
 * @job: of engine_submit()
 * @ms: it is over
 * @ending: receives how
 *
 * Return: 0.
 */
int engine_wait(struct device *device, uint32_t job, unsigned int ms, struct ending *ending)
{
	(void)device;
	(void)ms;
	*ending = endings[job % JOBS];
	return 0;
}

/**
 * engine_lacks() - What no device has that can only copy
 * @need: what a case needs
 *
 * Return: why it is not there, or NULL.
 */
const char *engine_lacks(enum need need)
{
	switch (need) {
	case NEED_CHILDREN:
		return "the pages that the device is to reach are brought by who asks it";
	case NEED_PASIDS:
		return "an operation of the device names no PASID";
	case NEED_REQUESTS:
	case NEED_AT_ONCE:
	case NEED_FAULTS:
		return "the device does not say that it could not reach a page";
	case NEED_ADD:
		return "the device can do no more than copy";
	default:
		return NULL;
	}
}
