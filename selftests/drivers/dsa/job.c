// SPDX-License-Identifier: GPL-2.0
/*
 * Operations as descriptors of DSA, one after another, and completion records as their ends.
 *
 * A device has no order between descriptors of a queue but by fences in batches, so there is never
 * more than one under way of a file. An operation takes as many as its length needs. What the
 * device is to read it copies to a page of ours, which is looked at here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "job.h"
#include "port.h"

#define JOBS		64
#define SCRATCH		(8 * 4096)
#define LONGEST_WAIT	30000	/* milliseconds: as PATIENCE of the cases */
#define MOST_TOUCHES	100000	/* of one operation: then pages do not stay */

/**
 * struct job - an operation that was submitted
 * @record: where the device says how a descriptor has ended
 * @scratch: where it puts what it is to read
 * @owner: process that has it; 0 for none
 * @over: and @ending says how it ended
 * @fd: of the work queue
 * @queue: which that is
 * @operation: what is to be done
 * @piece: bytes that the descriptor under way is about
 * @touches: pages that were brought for it
 * @ending: see there
 */
struct job {
	_Alignas(64) struct dsa_completion_record record;
	unsigned char scratch[SCRATCH];
	pid_t owner;
	bool over;
	int fd;
	const struct queue *queue;
	struct operation operation;
	uint64_t piece;
	unsigned int touches;
	struct ending ending;
};

static struct job *jobs;
static uint32_t next;

/**
 * jobs_make() - Make room for jobs: a copy for each process, which reaches no other's
 *
 * Return: 0 or a negative errno.
 */
int jobs_make(void)
{
	jobs = mmap(NULL, JOBS * sizeof(*jobs), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return jobs == MAP_FAILED ? -ENOMEM : 0;
}

/* ---- encode ---- */

static unsigned int opcode_of(enum verb verb)
{
	static const unsigned int opcodes[] = {
		[NOTHING] = DSA_OPCODE_NOOP, [COPY] = DSA_OPCODE_MEMMOVE,
		[FILL] = DSA_OPCODE_MEMFILL, [COMPARE] = DSA_OPCODE_COMPARE,
		[SUM] = DSA_OPCODE_MEMMOVE,
	};

	return opcodes[verb];
}

static uint32_t flags_of(const struct job *job)
{
	uint32_t flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR;

	/* NOOP has no flag that is about memory, but for its record */
	if (job->operation.verb != NOTHING && job->queue->blocks && !job->operation.no_requests)
		flags |= IDXD_OP_FLAG_BOF;
	return flags;
}

/* Of a piece of the operation; which PASID it has the queue or ENQCMD knows */
static struct dsa_hw_desc encode(const struct job *job)
{
	const struct operation *operation = &job->operation;
	uint64_t done = job->ending.done;
	struct dsa_hw_desc desc = {
		.opcode = opcode_of(operation->verb),
		.flags = flags_of(job),
		.completion_addr = (uintptr_t)&job->record,
		.xfer_size = job->piece,
	};

	if (operation->verb == NOTHING)
		return desc;
	desc.src_addr = (uintptr_t)operation->src + done;
	desc.dst_addr = (uintptr_t)operation->dst + done;
	if (operation->verb == SUM)
		desc.dst_addr = (uintptr_t)job->scratch;
	if (operation->verb == FILL) {
		/* What comes next of the eight bytes */
		unsigned int turn = done % 8 * 8;
		uint64_t word = operation->operand;

		desc.pattern = turn ? word >> turn | word << (64 - turn) : word;
	}
	return desc;
}

static uint64_t piece_of(const struct job *job)
{
	uint64_t most = job->queue->longest, left = job->operation.len - job->ending.done;

	if (job->operation.verb == NOTHING)
		return 0;
	if (job->operation.verb == SUM && most > SCRATCH)
		most = SCRATCH;
	return left < most ? left : most;
}

static bool is_late(const struct timespec *since, unsigned int ms)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000 + (now.tv_nsec - since->tv_nsec) / 1000000 >= ms;
}

/* Until the queue takes it */
static int store(struct job *job)
{
	struct dsa_hw_desc desc;
	struct timespec since;
	int ret;

	job->piece = piece_of(job);
	desc = encode(job);
	/* These pages are there, and ours alone, once they are written to */
	memset(&job->record, 0, sizeof(job->record));
	memset(job->scratch, 0, job->operation.verb == SUM ? job->piece : 0);
	clock_gettime(CLOCK_MONOTONIC, &since);
	do {
		ret = port_submit(job->fd, job->queue, &desc);
		if (ret == -EAGAIN)
			usleep(10);
	} while (ret == -EAGAIN && !is_late(&since, LONGEST_WAIT));
	return ret;
}

/* ---- decode ---- */

static bool is_fault(unsigned int status)
{
	switch (status & DSA_COMP_STATUS_MASK) {
	case DSA_COMP_PAGE_FAULT_NOBOF:
	case DSA_COMP_PAGE_FAULT_IR:
	case DSA_COMP_TRANSLATION_FAIL:
		return true;
	default:
		return false;
	}
}

/* Who has no device that asks for pages brings them himself, as programs for such queues do */
static bool bring(struct job *job, bool write)
{
	uintptr_t page = job->record.fault_addr & ~4095ULL;

	if (job->queue->blocks || job->operation.no_requests || job->touches++ >= MOST_TOUCHES)
		return false;
	return !madvise((void *)page, 4096, write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
}

static void add_up(struct job *job, uint64_t bytes)
{
	uint64_t i;

	for (i = 0; i < bytes; i++)
		job->ending.result += job->scratch[i];
}

/* Whether that was all */
static bool take(struct job *job, uint64_t bytes, bool different)
{
	if (job->operation.verb == SUM)
		add_up(job, bytes);
	job->ending.done += bytes;
	job->ending.outcome = DONE;
	job->ending.result |= different;
	return different || job->operation.verb == NOTHING ||
	       job->ending.done >= job->operation.len;
}

static void finish(struct job *job, enum outcome outcome, uint64_t address)
{
	job->ending.outcome = outcome;
	job->ending.address = address;
	job->over = true;
}

/* Of a record that is there: it is over, or there is more to be done */
static void read_record(struct job *job, unsigned int status)
{
	const struct dsa_completion_record *record = &job->record;
	bool write = status & DSA_COMP_STATUS_WRITE;

	if ((status & DSA_COMP_STATUS_MASK) == DSA_COMP_SUCCESS) {
		bool different = job->operation.verb == COMPARE && record->result;

		job->over = take(job, different ? record->bytes_completed : job->piece, different);
		return;
	}
	if (!is_fault(status)) {
		finish(job, BAD, 0);
		return;
	}
	take(job, record->bytes_completed, false);
	if (!bring(job, write))
		finish(job, write ? FAULT_WRITE : FAULT_READ, record->fault_addr);
}

/* Go on with what the device has done by now */
static void look(struct job *job)
{
	unsigned int status = __atomic_load_n(&job->record.status, __ATOMIC_ACQUIRE);

	if (job->over || !status)
		return;
	read_record(job, status);
	if (!job->over && store(job))
		finish(job, GONE, 0);
}

static bool await(struct job *job, unsigned int ms)
{
	struct timespec since;

	clock_gettime(CLOCK_MONOTONIC, &since);
	for (look(job); !job->over && !is_late(&since, ms); look(job))
		usleep(20);
	return job->over;
}

/* ---- jobs ---- */

/* One that nobody has, or of a parent, which does not see this copy */
static struct job *job_free(uint32_t *number)
{
	unsigned int tries;
	struct job *job;
	pid_t owner;

	for (tries = 0; tries < JOBS; tries++) {
		*number = __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED) % JOBS;
		job = &jobs[*number];
		owner = __atomic_load_n(&job->owner, __ATOMIC_RELAXED);
		if (owner != getpid() &&
		    __atomic_compare_exchange_n(&job->owner, &owner, getpid(), false,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return job;
	}
	return NULL;
}

static void job_give_back(struct job *job)
{
	job->over = true;
	__atomic_store_n(&job->owner, 0, __ATOMIC_RELEASE);
}

static bool in_order(int fd)
{
	unsigned int i;

	for (i = 0; i < JOBS; i++)
		if (jobs[i].owner == getpid() && jobs[i].fd == fd && !await(&jobs[i], LONGEST_WAIT))
			return false;
	return true;
}

/**
 * job_begin() - Begin an operation when those before it are over
 * @fd: of the work queue
 * @queue: which that is
 * @operation: what is to be done
 * @number: receives a number for job_wait()
 *
 * Return: 0 or a negative errno.
 */
int job_begin(int fd, const struct queue *queue, const struct operation *operation,
	      uint32_t *number)
{
	struct job *job;
	int ret;

	if (operation->verb == ADD || !queue_knows(queue, opcode_of(operation->verb)))
		return -EOPNOTSUPP;
	if (!in_order(fd))
		return -ETIME;
	job = job_free(number);
	if (!job)
		return -EBUSY;
	job->fd = fd;
	job->queue = queue;
	job->operation = *operation;
	job->over = false;
	job->touches = 0;
	job->ending = (struct ending){ };
	ret = store(job);
	if (ret)
		job_give_back(job);
	return ret;
}

/**
 * job_wait() - Wait until an operation is over, and forget it
 * @number: of job_begin()
 * @ms: so many milliseconds at most
 * @ending: receives how it ended
 *
 * Return: 0, or -ETIME if it is not over.
 */
int job_wait(uint32_t number, unsigned int ms, struct ending *ending)
{
	struct job *job = &jobs[number % JOBS];

	if (!await(job, ms))
		return -ETIME;
	*ending = job->ending;
	job_give_back(job);
	return 0;
}
