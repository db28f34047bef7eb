/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * /dev/svacheck: a mock device that a program binds to its own memory.
 *
 * Each open file is a device of its own behind the mock IOMMU. It is plugged in
 * by SVAC_IOC_SETUP, or by the first call that needs it, and goes with the file. What
 * it reads and writes it finds by (PASID, address) alone.
 *
 * Each structure begins with its size as the program knows it and with flags.
 * The kernel refuses one that is shorter than that of version 1 (-EINVAL), one
 * that is longer and not all zeros beyond what it knows (-E2BIG), and any flag
 * or reserved field that it does not know (-EINVAL).
 */
#ifndef _UAPI_SVACHECK_H
#define _UAPI_SVACHECK_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define SVAC_VERSION	1
#define SVAC_MAGIC	0xb5

/* Features of the kernel and the implementation behind the device */
#define SVAC_HAS_BIND		0x1ULL	/* SVAC_IOC_BIND works: else it gives -EOPNOTSUPP */
#define SVAC_HAS_INVALIDATION	0x2ULL	/* the device caches translations */

/**
 * struct svac_info - what there is
 * @argsz: sizeof(struct svac_info)
 * @flags: 0
 * @version: of this interface
 * @pasids: the first PASID that is beyond the device
 * @features: SVAC_HAS_*
 * @implementation: who answers: "carried" or "upstream"
 */
struct svac_info {
	__u32 argsz;
	__u32 flags;
	__u32 version;
	__u32 pasids;
	__aligned_u64 features;
	char implementation[16];
};

/**
 * struct svac_setup - how a device is to be plugged in
 * @argsz: sizeof(struct svac_setup)
 * @flags: 0
 * @max_pasids: of its IOMMU; 0 for all, else one value for all devices at a time
 * @group: 0 for a group of its own, else devices of one number share one
 */
struct svac_setup {
	__u32 argsz;
	__u32 flags;
	__u32 max_pasids;
	__u32 group;
};

/**
 * struct svac_bind - bind the address space of the caller
 * @argsz: sizeof(struct svac_bind)
 * @flags: 0
 * @bond: receives a number for SVAC_IOC_UNBIND
 * @pasid: receives the PASID
 */
struct svac_bind {
	__u32 argsz;
	__u32 flags;
	__u32 bond;
	__u32 pasid;
};

/**
 * struct svac_unbind - end a bond; anybody with the file may
 * @argsz: sizeof(struct svac_unbind)
 * @flags: 0
 * @bond: of SVAC_IOC_BIND
 * @reserved: 0
 */
struct svac_unbind {
	__u32 argsz;
	__u32 flags;
	__u32 bond;
	__u32 reserved;
};

/*
 * What the device can be asked to do
 *
 * NOTHING  to end
 * COPY     len bytes from src to dst
 * FILL     len bytes at dst with the 8 bytes of operand, repeated
 * COMPARE  len bytes at src with those at dst; the result is 0 if they are equal
 * ADD      operand to the 64-bit word at dst; the result is what it was
 * SUM      of len bytes at src, which is the result
 * BATCH    of len descriptors at src, one after another
 */
#define SVAC_OP_NOTHING		0
#define SVAC_OP_COPY		1
#define SVAC_OP_FILL		2
#define SVAC_OP_COMPARE		3
#define SVAC_OP_ADD		4
#define SVAC_OP_SUM		5
#define SVAC_OP_BATCH		6

/* The longest that one operation may be, and the most descriptors in a batch */
#define SVAC_MAX_LEN		(16U << 20)
#define SVAC_MAX_BATCH		64

/* Ask for pages that are not there, else they are faults at once */
#define SVAC_BLOCK_ON_FAULT	0x1U

/* How an operation ended */
#define SVAC_DONE		1
#define SVAC_FAULT_READ		2	/* at @address, where it must not read */
#define SVAC_FAULT_WRITE	3	/* at @address, where it must not write */
#define SVAC_NO_PASID		4	/* nothing is set on the PASID */
#define SVAC_BAD		5	/* the descriptor makes no sense */
#define SVAC_GONE		6	/* the device was removed before */

/**
 * struct svac_desc - one operation: 64 bytes
 * @opcode: SVAC_OP_*
 * @flags: SVAC_BLOCK_ON_FAULT
 * @pasid: by which every address is found; in a batch that of the batch counts
 * @reserved: 0
 * @src: address
 * @dst: address
 * @len: bytes, or descriptors
 * @operand: see SVAC_OP_*
 * @completion: address of a struct svac_completion, aligned to 32, or 0
 * @reserved2: 0
 */
struct svac_desc {
	__u32 opcode;
	__u32 flags;
	__u32 pasid;
	__u32 reserved;
	__aligned_u64 src;
	__aligned_u64 dst;
	__aligned_u64 len;
	__aligned_u64 operand;
	__aligned_u64 completion;
	__aligned_u64 reserved2;
};

/**
 * struct svac_completion - what the device writes when it has ended: 32 bytes
 * @status: SVAC_DONE or another; written last
 * @index: of a batch, the descriptor that was the last
 * @done: bytes that were worked on
 * @address: of the fault
 * @result: see SVAC_OP_*
 */
struct svac_completion {
	__u32 status;
	__u32 index;
	__aligned_u64 done;
	__aligned_u64 address;
	__aligned_u64 result;
};

/**
 * struct svac_submit - let the device work
 * @argsz: sizeof(struct svac_submit)
 * @flags: 0
 * @job: receives a number for SVAC_IOC_WAIT
 * @reserved: 0
 * @desc: what it has to do
 */
struct svac_submit {
	__u32 argsz;
	__u32 flags;
	__u32 job;
	__u32 reserved;
	struct svac_desc desc;
};

/**
 * struct svac_wait - wait for the device, and forget the job
 * @argsz: sizeof(struct svac_wait)
 * @flags: 0
 * @job: of SVAC_IOC_SUBMIT
 * @timeout_ms: 0 to look only; -ETIME if it has not ended by then
 * @completion: receives how it ended
 */
struct svac_wait {
	__u32 argsz;
	__u32 flags;
	__u32 job;
	__u32 timeout_ms;
	struct svac_completion completion;
};

/**
 * struct svac_counters - what the device and its IOMMU have done so far
 * @argsz: sizeof(struct svac_counters)
 * @flags: 0
 * @jobs: that have ended
 * @walks: translations that were not cached
 * @hits: those that were
 * @requests: for pages that were not there
 * @refused: those that were answered with no
 * @invalidations: that were received
 * @dropped: translations that an invalidation has removed
 */
struct svac_counters {
	__u32 argsz;
	__u32 flags;
	__aligned_u64 jobs;
	__aligned_u64 walks;
	__aligned_u64 hits;
	__aligned_u64 requests;
	__aligned_u64 refused;
	__aligned_u64 invalidations;
	__aligned_u64 dropped;
};

/* Where the device can be made to stop, to see what happens in the midst */
#define SVAC_HOLD_NOTHING	0
#define SVAC_HOLD_WALK		1	/* it has found a page, and not yet cached where it is */
#define SVAC_HOLD_INVALIDATION	2	/* it knows that one begins; the kernel goes no further */

/**
 * struct svac_hold - stop what comes next; what has stopped goes on
 * @argsz: sizeof(struct svac_hold)
 * @flags: 0
 * @where: SVAC_HOLD_*; counts once
 * @reserved: 0
 * @address: in the page that it has to be about
 *
 * Nothing is held for longer than 20 seconds, nor beyond SVAC_IOC_UNBIND.
 */
struct svac_hold {
	__u32 argsz;
	__u32 flags;
	__u32 where;
	__u32 reserved;
	__aligned_u64 address;
};

/**
 * struct svac_held - wait until something has stopped
 * @argsz: sizeof(struct svac_held)
 * @flags: 0
 * @timeout_ms: 0 to look only; -ETIME if nothing has by then
 * @where: receives SVAC_HOLD_*
 * @waiting: receives how many accesses wait for an invalidation to end
 * @reserved: 0
 */
struct svac_held {
	__u32 argsz;
	__u32 flags;
	__u32 timeout_ms;
	__u32 where;
	__u32 waiting;
	__u32 reserved;
};

#define SVAC_IOC_INFO	_IOWR(SVAC_MAGIC, 0, struct svac_info)
#define SVAC_IOC_SETUP	_IOW(SVAC_MAGIC, 1, struct svac_setup)
#define SVAC_IOC_BIND	_IOWR(SVAC_MAGIC, 2, struct svac_bind)
#define SVAC_IOC_UNBIND	_IOW(SVAC_MAGIC, 3, struct svac_unbind)
#define SVAC_IOC_SUBMIT	_IOWR(SVAC_MAGIC, 4, struct svac_submit)
#define SVAC_IOC_WAIT	_IOWR(SVAC_MAGIC, 5, struct svac_wait)
#define SVAC_IOC_COUNTERS	_IOWR(SVAC_MAGIC, 6, struct svac_counters)
#define SVAC_IOC_REMOVE	_IO(SVAC_MAGIC, 7)
#define SVAC_IOC_HOLD	_IOW(SVAC_MAGIC, 16, struct svac_hold)
#define SVAC_IOC_HELD	_IOWR(SVAC_MAGIC, 17, struct svac_held)

#endif /* _UAPI_SVACHECK_H */
