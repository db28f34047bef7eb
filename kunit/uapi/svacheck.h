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
#define SVAC_HAS_DOMAINS	0x4ULL	/* SVAC_IOC_DOMAIN_ALLOC and SVAC_IOC_SET, likewise */
#define SVAC_BOUND_BY_HAND	0x8ULL	/* by an SVA domain on a PASID of the process */
#define SVAC_KERNEL_REFUSES	0x10ULL	/* the kernel's own bind does, on this architecture */

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
 * @max_pasids: of its IOMMU; 0 for all, else one value for all devices at a time:
 *		another is -EBUSY
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
 * @reserved2: 0; in the portal what says that the descriptor is there
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
 * @responses: to groups of requests
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
	__aligned_u64 responses;
};

/* How page requests are answered */
#define SVAC_ANSWER_SUCCESS	0	/* the pages are there */
#define SVAC_ANSWER_INVALID	1	/* the process may not touch all of them */
#define SVAC_ANSWER_FAILURE	2	/* do not ask again */

/**
 * struct svac_delay - let the IOMMU's driver look late at the device's page requests
 * @argsz: sizeof(struct svac_delay)
 * @flags: 0
 * @delay: 1 to have it look only before it blocks a PASID, 0 for at once
 * @reserved: 0
 */
struct svac_delay {
	__u32 argsz;
	__u32 flags;
	__u32 delay;
	__u32 reserved;
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

/**
 * struct svac_domain - a paging domain, an I/O page table that the program fills
 * @argsz: sizeof(struct svac_domain)
 * @flags: 0
 * @domain: receives a number from SVAC_IOC_DOMAIN_ALLOC; SVAC_IOC_DOMAIN_FREE is given it
 * @reserved: 0
 *
 * It goes with the file, and as long as it is set on a PASID it cannot be freed (-EBUSY).
 */
struct svac_domain {
	__u32 argsz;
	__u32 flags;
	__u32 domain;
	__u32 reserved;
};

/* What a device may do where memory is mapped: one of them, or both */
#define SVAC_MAP_READ		0x1U
#define SVAC_MAP_WRITE		0x2U

/* The most bytes that one domain can have mapped, and the first IOVA beyond it */
#define SVAC_MAX_MAPPED		(16U << 20)
#define SVAC_IOVA_END		0x1000000000000ULL

/**
 * struct svac_map - map memory of the caller
 * @argsz: sizeof(struct svac_map)
 * @flags: SVAC_MAP_*
 * @domain: of SVAC_IOC_DOMAIN_ALLOC
 * @reserved: 0
 * @memory: address of the memory, which the caller may write to
 * @iova: where the device is to find it
 * @len: bytes; all three are whole pages
 *
 * The pages are kept until they are unmapped, whatever the program does with its
 * memory. Where a page is mapped already nothing is mapped, and it is -EEXIST.
 */
struct svac_map {
	__u32 argsz;
	__u32 flags;
	__u32 domain;
	__u32 reserved;
	__aligned_u64 memory;
	__aligned_u64 iova;
	__aligned_u64 len;
};

/**
 * struct svac_unmap - unmap what was mapped
 * @argsz: sizeof(struct svac_unmap)
 * @flags: 0
 * @domain: of SVAC_IOC_DOMAIN_ALLOC
 * @reserved: 0
 * @iova: where
 * @len: bytes; both are whole pages
 *
 * No device reaches it from then on. Where a page is not mapped nothing is unmapped,
 * and it is -ENOENT.
 */
struct svac_unmap {
	__u32 argsz;
	__u32 flags;
	__u32 domain;
	__u32 reserved;
	__aligned_u64 iova;
	__aligned_u64 len;
};

/**
 * struct svac_set - set a PASID of the device to a paging domain
 * @argsz: sizeof(struct svac_set)
 * @flags: 0
 * @domain: of SVAC_IOC_DOMAIN_ALLOC
 * @pasid: any that the device has and nothing is set on, else what the kernel answers:
 *	   -EBUSY also where a process is bound
 * @from: -1, or the file of /dev/svacheck that the domain is of
 * @reserved: 0
 */
struct svac_set {
	__u32 argsz;
	__u32 flags;
	__u32 domain;
	__u32 pasid;
	__s32 from;
	__u32 reserved;
};

/**
 * struct svac_block - undo SVAC_IOC_SET
 * @argsz: sizeof(struct svac_block)
 * @flags: 0
 * @pasid: that this file has set, else -ENOENT
 * @reserved: 0
 *
 * When it returns nothing of the domain is reached by the PASID.
 */
struct svac_block {
	__u32 argsz;
	__u32 flags;
	__u32 pasid;
	__u32 reserved;
};

/*
 * What the device and its IOMMU can have done
 *
 * REQUEST     the device has asked for the page at address
 * RESPONSE    a group of requests has been answered; result: SVAC_ANSWER_*
 * BLOCK       the IOMMU's driver has blocked the PASID: nothing of it is reached
 * SET         the driver has set the PASID, or has not: result
 * INVALIDATE  the device was told to forget len bytes at address; all, if len is 0
 * WALK        the device has a translation of the page at address, to be kept of a process,
 *	       and for one access of a paging domain
 * FAULT       the device must not do that at address
 * JOB_BEGIN   a descriptor of len bytes is begun; result: its opcode
 * JOB_END     and has ended, with len bytes done; result: its status
 * MAP         len bytes were mapped at address in a domain of this file, or not: result
 * UNMAP       likewise unmapped
 * PLUG        the device was plugged in
 * REMOVE      the device was removed
 * DROP        a descriptor of the portal has gone without a word to anybody; result: why,
 *	       the status that it would have, or -ENOSPC
 */
#define SVAC_EVENT_REQUEST	1
#define SVAC_EVENT_RESPONSE	2
#define SVAC_EVENT_BLOCK	3
#define SVAC_EVENT_SET		4
#define SVAC_EVENT_INVALIDATE	5
#define SVAC_EVENT_WALK		6
#define SVAC_EVENT_FAULT	7
#define SVAC_EVENT_JOB_BEGIN	8
#define SVAC_EVENT_JOB_END	9
#define SVAC_EVENT_MAP		10
#define SVAC_EVENT_UNMAP	11
#define SVAC_EVENT_PLUG		12
#define SVAC_EVENT_REMOVE	13
#define SVAC_EVENT_DROP		14

/* Of a request, a walk or a fault: it is to write; of a request: the last of its group */
#define SVAC_EVENT_WRITE	0x1U
#define SVAC_EVENT_LAST		0x2U

/**
 * struct svac_event - a record of the event log: 48 bytes
 * @seq: its number, from 0
 * @kind: SVAC_EVENT_*
 * @pasid: of kinds that have one
 * @address: likewise
 * @len: likewise
 * @result: 0 or a negative errno, or see there
 * @flags: SVAC_EVENT_WRITE and SVAC_EVENT_LAST
 * @group: of page requests
 * @reserved: 0
 */
struct svac_event {
	__aligned_u64 seq;
	__u32 kind;
	__u32 pasid;
	__aligned_u64 address;
	__aligned_u64 len;
	__s32 result;
	__u32 flags;
	__u32 group;
	__u32 reserved;
};

/**
 * struct svac_events - read the event log
 * @argsz: sizeof(struct svac_events)
 * @flags: 0
 * @count: records that there is room for; receives how many there are
 * @reserved: 0
 * @records: address of struct svac_event, so many
 * @lost: receives how many before these nobody has read, and are gone
 *
 * What was read is not read again. The log is the file's, and stays when the device is
 * removed. A record is made when what it says has come to be.
 */
struct svac_events {
	__u32 argsz;
	__u32 flags;
	__u32 count;
	__u32 reserved;
	__aligned_u64 records;
	__aligned_u64 lost;
};

/* Of the portal: slots for descriptors, and how many can be under way */
#define SVAC_PORTAL_SLOTS	64
#define SVAC_PORTAL_DEPTH	32

/* In reserved2 of a descriptor in the portal */
#define SVAC_PORTAL_VALID	1ULL

/**
 * struct svac_portal - open the portal of the device, and look what has become of it
 * @argsz: sizeof(struct svac_portal)
 * @flags: 0
 * @slots: receives how many there are: SVAC_PORTAL_SLOTS
 * @depth: receives how many descriptors can be under way: SVAC_PORTAL_DEPTH
 * @taken: receives how many were taken so far, modulo 2^32
 * @reserved: 0
 * @dropped: receives how many of them came to nothing without a word to anybody
 *
 * Once it is open the first page of the file can be mapped, MAP_SHARED: an array of struct
 * svac_desc, as the portal of a dedicated work queue. To submit by it:
 *
 * - Descriptor number n of the file, from 0, goes to slot n % slots. It is free when its
 *   reserved2 is 0; what is written to one that is not free may or may not be seen.
 * - The program stores all but reserved2, and then, with release order, SVAC_PORTAL_VALID
 *   in reserved2; or all 64 bytes as one, by MOVDIR64B.
 * - The device takes descriptors in the order of their numbers, copies each, and stores 0 in
 *   its reserved2. They are done one after another, with those of SVAC_IOC_SUBMIT.
 * - How one ends the device writes to its completion record, the status last. One that makes
 *   no sense, or whose reserved2 is another value, ends with SVAC_BAD.
 * - One more than @depth is dropped, and so is, once it has ended, one whose record cannot be
 *   written (by a PASID that nothing is set on none can), or that has none and did not end
 *   with SVAC_DONE. That is counted, and stands in the event log.
 *
 * A child has its parent's portal. The file stays open as long as it is mapped anywhere. When
 * the device was removed nobody looks at the page any more.
 */
struct svac_portal {
	__u32 argsz;
	__u32 flags;
	__u32 slots;
	__u32 depth;
	__u32 taken;
	__u32 reserved;
	__aligned_u64 dropped;
};

#define SVAC_IOC_INFO	_IOWR(SVAC_MAGIC, 0, struct svac_info)
#define SVAC_IOC_SETUP	_IOW(SVAC_MAGIC, 1, struct svac_setup)
#define SVAC_IOC_BIND	_IOWR(SVAC_MAGIC, 2, struct svac_bind)
#define SVAC_IOC_UNBIND	_IOW(SVAC_MAGIC, 3, struct svac_unbind)
#define SVAC_IOC_SUBMIT	_IOWR(SVAC_MAGIC, 4, struct svac_submit)
#define SVAC_IOC_WAIT	_IOWR(SVAC_MAGIC, 5, struct svac_wait)
#define SVAC_IOC_COUNTERS	_IOWR(SVAC_MAGIC, 6, struct svac_counters)
#define SVAC_IOC_REMOVE	_IO(SVAC_MAGIC, 7)
#define SVAC_IOC_DOMAIN_ALLOC	_IOWR(SVAC_MAGIC, 8, struct svac_domain)
#define SVAC_IOC_DOMAIN_FREE	_IOW(SVAC_MAGIC, 9, struct svac_domain)
#define SVAC_IOC_MAP	_IOW(SVAC_MAGIC, 10, struct svac_map)
#define SVAC_IOC_UNMAP	_IOW(SVAC_MAGIC, 11, struct svac_unmap)
#define SVAC_IOC_SET	_IOW(SVAC_MAGIC, 12, struct svac_set)
#define SVAC_IOC_BLOCK	_IOW(SVAC_MAGIC, 13, struct svac_block)
#define SVAC_IOC_EVENTS	_IOWR(SVAC_MAGIC, 14, struct svac_events)
#define SVAC_IOC_PORTAL	_IOWR(SVAC_MAGIC, 15, struct svac_portal)
#define SVAC_IOC_HOLD	_IOW(SVAC_MAGIC, 16, struct svac_hold)
#define SVAC_IOC_HELD	_IOWR(SVAC_MAGIC, 17, struct svac_held)
#define SVAC_IOC_DELAY	_IOW(SVAC_MAGIC, 18, struct svac_delay)
/* Have the caller bound by the kernel's own bind, whoever answers here else, and undo it */
#define SVAC_IOC_TRY_BIND	_IO(SVAC_MAGIC, 19)

#endif /* _UAPI_SVACHECK_H */
