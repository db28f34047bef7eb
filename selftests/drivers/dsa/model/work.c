// SPDX-License-Identifier: GPL-2.0
/*
 * What the model does for a descriptor, page by page.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "model.h"

#define PAGE		4096ULL
#define PRESENT		(1ULL << 63)	/* in pagemap */
#define EXCLUSIVE	(1ULL << 56)
#define FILE_OR_SHARED	(1ULL << 61)

/* A page that is there; to be written it has to be nobody else's, if it is copied on write */
static bool is_there(pid_t pid, uint64_t address, bool write)
{
	uint64_t entry = 0;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (pread(fd, &entry, sizeof(entry), address / PAGE * sizeof(entry)) != sizeof(entry))
		entry = 0;
	close(fd);
	return entry & PRESENT && (!write || entry & (EXCLUSIVE | FILE_OR_SHARED));
}

static bool force(pid_t pid, uint64_t address, const void *from, uint64_t len)
{
	bool done = false;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		done = pwrite(fd, from, len, address) == (ssize_t)len;
		close(fd);
	}
	return done;
}

/* Within a page of the process */
static bool reach(const struct config *config, const struct work *work, uint64_t address,
		  void *ours, uint64_t len, bool write)
{
	struct iovec local = { ours, len }, remote = { (void *)(uintptr_t)address, len };
	bool asks = work->desc.flags & IDXD_OP_FLAG_BOF;

	if (config->defect == DEFECT_ALWAYS_ASKS)
		asks = true;
	if (config->defect == DEFECT_NEVER_ASKS)
		asks = false;
	if (!asks && !is_there(work->pid, address, write))
		return false;
	if (!write)
		return process_vm_readv(work->pid, &local, 1, &remote, 1, 0) == (ssize_t)len;
	if (process_vm_writev(work->pid, &local, 1, &remote, 1, 0) == (ssize_t)len)
		return true;
	return config->defect == DEFECT_FORCE && force(work->pid, address, ours, len);
}

/* The status last */
static void complete(const struct work *work, struct dsa_completion_record record)
{
	struct iovec local = { (char *)&record + 1, sizeof(record) - 1 };
	struct iovec remote = { (char *)(uintptr_t)work->desc.completion_addr + 1, local.iov_len };
	struct iovec status = { (void *)&record.status, 1 };
	struct iovec at = { (void *)(uintptr_t)work->desc.completion_addr, 1 };

	if (!(work->desc.flags & IDXD_OP_FLAG_CRAV))
		return;
	if (process_vm_writev(work->pid, &local, 1, &remote, 1, 0) == (ssize_t)local.iov_len)
		process_vm_writev(work->pid, &status, 1, &at, 1, 0);
}

static bool end(const struct config *config, const struct work *work, unsigned int status,
		unsigned int result)
{
	if (config->defect != DEFECT_DEAF)
		complete(work, (struct dsa_completion_record){
			.status = status, .result = result, .bytes_completed = work->done,
		});
	return true;
}

static bool fault(const struct config *config, const struct work *work, uint64_t address,
		  bool write)
{
	bool asked = work->desc.flags & IDXD_OP_FLAG_BOF;
	unsigned int status = asked ? DSA_COMP_PAGE_FAULT_IR : DSA_COMP_PAGE_FAULT_NOBOF;

	if (config->defect == DEFECT_WRONG_ADDRESS)
		address += PAGE;
	complete(work, (struct dsa_completion_record){
		.status = status | (write ? DSA_COMP_STATUS_WRITE : 0),
		.bytes_completed = work->done, .fault_addr = address,
	});
	return true;
}

/* What is wrong with a descriptor, as the device would say; 0 for nothing */
static unsigned int refusal(const struct config *config, const struct dsa_hw_desc *desc)
{
	static const struct dsa_hw_desc none;
	unsigned int allowed = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR | IDXD_OP_FLAG_FENCE;
	unsigned int flags = desc->flags;

	if (desc->opcode >= 64 || !(config->opcodes >> desc->opcode & 1))
		return DSA_COMP_BAD_OPCODE;
	if (desc->opcode != DSA_OPCODE_NOOP)
		allowed |= IDXD_OP_FLAG_CC | (config->blocks ? IDXD_OP_FLAG_BOF : 0);
	if (flags & ~allowed || (flags & IDXD_OP_FLAG_RCR && !(flags & IDXD_OP_FLAG_CRAV)))
		return DSA_COMP_INVALID_FLAGS;
	if (desc->rsvd || desc->rsvd1 || desc->int_handle ||
	    memcmp(desc->op_specific, none.op_specific, sizeof(none.op_specific)))
		return DSA_COMP_NOZERO_RESERVE;
	if (desc->opcode == DSA_OPCODE_NOOP)
		return desc->xfer_size || desc->src_addr || desc->dst_addr ?
		       DSA_COMP_NOZERO_RESERVE : 0;
	return !desc->xfer_size || desc->xfer_size > config->longest ? DSA_COMP_XFER_ERANGE : 0;
}

static uint64_t to_end_of_page(uint64_t address, uint64_t len)
{
	uint64_t room = PAGE - address % PAGE;

	return len < room ? len : room;
}

static void fill(char *bytes, uint64_t pattern, uint64_t done, uint64_t len)
{
	uint64_t i;

	for (i = 0; i < len; i++)
		bytes[i] = pattern >> (done + i) % 8 * 8;
}

/* One page further; whether that was the end */
static bool transfer(const struct config *config, struct work *work)
{
	const struct dsa_hw_desc *desc = &work->desc;
	uint64_t from = desc->src_addr + work->done, to = desc->dst_addr + work->done;
	uint64_t len = to_end_of_page(to, desc->xfer_size - work->done);
	bool compare = desc->opcode == DSA_OPCODE_COMPARE;
	char ours[PAGE], theirs[PAGE];
	uint64_t i;

	if (desc->opcode == DSA_OPCODE_MEMFILL) {
		fill(ours, desc->pattern, work->done, len);
	} else {
		len = to_end_of_page(from, len);
		if (!reach(config, work, from, ours, len, false))
			return fault(config, work, from, false);
	}
	if (config->defect == DEFECT_SHORT && work->done + len == desc->xfer_size && len > 1)
		len--;
	if (!reach(config, work, to, compare ? theirs : ours, len, !compare))
		return fault(config, work, to, !compare);
	for (i = 0; compare && i < len; i++)
		if (ours[i] != theirs[i]) {
			work->done += i;
			return end(config, work, DSA_COMP_SUCCESS, 1);
		}
	work->done += len;
	if (work->done + (config->defect == DEFECT_SHORT) < desc->xfer_size)
		return false;
	return end(config, work, DSA_COMP_SUCCESS, 0);
}

/**
 * work_step() - Go on with a descriptor
 * @config: what the model is like
 * @work: the descriptor
 *
 * Return: whether it has ended.
 */
bool work_step(const struct config *config, struct work *work)
{
	unsigned int status = work->done ? 0 : refusal(config, &work->desc);

	if (status)
		return end(config, work, status, 0);
	if (work->desc.opcode == DSA_OPCODE_NOOP)
		return end(config, work, DSA_COMP_SUCCESS, 0);
	return transfer(config, work);
}
