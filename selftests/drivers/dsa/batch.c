// SPDX-License-Identifier: GPL-2.0
/*
 * Operations as one descriptor of DSA, which points to those of all. Each but the first has a fence:
 * it waits for those before it, and is not begun if one of them has failed.
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../lib/svac.h"
#include "job.h"

#define MOST	64	/* operations of a batch; the device may take fewer */

struct batch {
	_Alignas(64) struct dsa_hw_desc descs[MOST];
	_Alignas(64) struct dsa_completion_record records[MOST];
	_Alignas(64) struct dsa_completion_record whole;
};

static unsigned int status_of(const struct dsa_completion_record *record)
{
	return __atomic_load_n(&record->status, __ATOMIC_ACQUIRE);
}

/* The records are told one by one, and say more than that of the batch */
static struct ending read_records(const struct batch *batch, unsigned int count)
{
	struct ending ending = { .outcome = DONE };
	const struct dsa_completion_record *record;

	for (; ending.done < count; ending.done++) {
		record = &batch->records[ending.done];
		ending.outcome = status_of(record) ? job_outcome(status_of(record)) : BAD;
		if (ending.outcome == DONE)
			continue;
		if (ending.outcome != BAD)
			ending.address = record->fault_addr;
		break;
	}
	return ending;
}

static bool await(const struct batch *batch)
{
	struct timespec since;

	clock_gettime(CLOCK_MONOTONIC, &since);
	while (!status_of(&batch->whole) && !is_late(&since))
		usleep(20);
	return status_of(&batch->whole);
}

/**
 * batch_perform() - Have operations done as one, and wait for it
 * @fd: of the work queue
 * @queue: which that is
 * @operations: what is to be done
 * @count: so many, of which a device wants two at least
 * @ending: receives how the last of them ended
 *
 * Return: 0 or a negative errno.
 */
int batch_perform(int fd, const struct queue *queue, const struct operation *operations,
		  unsigned int count, struct ending *ending)
{
	static _Thread_local struct batch batch;
	struct dsa_hw_desc desc = {
		.opcode = DSA_OPCODE_BATCH, .flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR,
		.completion_addr = (uintptr_t)&batch.whole,
		.desc_list_addr = (uintptr_t)batch.descs, .desc_count = count,
	};
	unsigned int i;
	int ret;

	if (count < 2 || count > MOST || count > queue->batch)
		return -E2BIG;
	if (!job_none_left(fd))
		return -ETIME;
	/* Which also makes these pages be there, and ours alone */
	memset(&batch, 0, sizeof(batch));
	for (i = 0; i < count; i++) {
		batch.descs[i] = job_descriptor(queue, &operations[i], &batch.records[i]);
		batch.descs[i].flags |= i ? IDXD_OP_FLAG_FENCE : 0;
	}
	ret = job_store(fd, queue, &desc);
	if (ret)
		return ret;
	if (!await(&batch))
		return -ETIME;
	*ending = read_records(&batch, count);
	return 0;
}
