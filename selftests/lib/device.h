/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a device that can be bound to a program's memory has to do for the
 * selftests. A folder in drivers/ is one such device: it fills a struct device_ops
 * and names it device_driver. An operation that the device does not have is left NULL,
 * and what else it lacks @lacks says: a case that needs it is skipped with that reason.
 *
 * Everything returns 0 or a negative errno, and may be called from any process
 * that has the device, but for bind: it binds the caller's own memory.
 */
#ifndef _SVAC_DEVICE_H
#define _SVAC_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

/* How an operation ended */
enum outcome {
	DONE = 1,
	FAULT_READ,	/* the device must not read there */
	FAULT_WRITE,	/* the device must not write there */
	NO_PASID,	/* nothing is bound to the PASID */
	BAD,		/* it makes no sense */
	GONE,		/* the device was removed */
};

enum verb {
	NOTHING,
	COPY,		/* len bytes from src to dst */
	FILL,		/* len bytes at dst with operand, repeated */
	COMPARE,	/* len bytes at src and dst; result 0 if they are equal */
	ADD,		/* operand to the word at dst; result: what it was */
	SUM,		/* of len bytes at src; result */
};

/* Where a device can be made to stop */
enum hold {
	HOLD_NOTHING,
	HOLD_WALK,		/* it has found a page, and not yet cached where it is */
	HOLD_INVALIDATION,	/* it was told that one begins */
};

/**
 * struct operation - what a device is to do
 * @verb: see there
 * @pasid: by which it finds every address
 * @src: address
 * @dst: address
 * @len: bytes
 * @operand: see enum verb
 * @no_requests: a page that is not there is a fault, and not asked for
 */
struct operation {
	enum verb verb;
	uint32_t pasid;
	const void *src;
	void *dst;
	uint64_t len;
	uint64_t operand;
	bool no_requests;
};

/**
 * struct ending - how it ended
 * @outcome: see there
 * @done: bytes worked on until then
 * @address: of the fault
 * @result: see enum verb
 */
struct ending {
	enum outcome outcome;
	uint64_t done;
	uint64_t address;
	uint64_t result;
};

/* What devices of a kind may lack, and some cases need */
enum need {
	NEED_BIND,	/* that binding is apart from opening: again, by another process, or anew */
	NEED_CHILDREN,	/* that a child uses its parent's device */
	NEED_TWO,	/* a second one beside the first */
	NEED_PASID,	/* that the program is told the PASID of a bond; else 0 is what @bind gives */
	NEED_PASIDS,	/* operations by a PASID that is not the one of a bond */
	NEED_REQUESTS,	/* that a page that is not there is asked for by the device */
	NEED_AT_ONCE,	/* operations that do not ask for pages */
	NEED_FAULTS,	/* that the device says where it must not read or write */
	NEED_ADD,	/* ADD, as one access to memory */
};

/* How page requests are answered */
enum answer {
	SUCCESS,	/* the pages are there */
	INVALID,	/* the process may not touch all of them */
	FAILURE,	/* the device must not ask again */
};

/**
 * struct device - one that was opened
 * @fd: of the device; what it stands for goes with the last copy
 * @private: the driver's
 */
struct device {
	int fd;
	uint64_t private;
};

/* What a device may do where memory is mapped in a paging domain */
#define MAY_READ	1
#define MAY_WRITE	2

/**
 * struct portal - a page through which a device is given operations by storing them
 * @page: where it is mapped
 * @next: number of the next operation; the driver's
 * @slots: operations that can be in it
 * @depth: operations that can be under way; one more is dropped
 */
struct portal {
	void *page;
	uint32_t next;
	uint32_t slots;
	uint32_t depth;
};

/* Where a device says how an operation of the portal has ended; zeros until then */
struct record {
	_Alignas(32) uint64_t words[4];
};

/* What a device and its IOMMU can have done */
enum event_kind {
	EVENT_OTHER,
	EVENT_REQUEST,		/* the device has asked for a page */
	EVENT_RESPONSE,		/* and was answered, the group as a whole */
	EVENT_SET,		/* a PASID was set */
	EVENT_BLOCK,		/* and blocked: nothing of it is reached */
	EVENT_INVALIDATE,	/* the device was told to forget what it knows of a range */
	EVENT_WALK,		/* the device was given the translation of a page */
	EVENT_FAULT,		/* the device must not do that there */
	EVENT_JOB_BEGIN,	/* an operation is begun */
	EVENT_JOB_END,		/* and has ended */
	EVENT_MAP,		/* memory was mapped in a paging domain */
	EVENT_UNMAP,		/* and unmapped */
	EVENT_REMOVE,		/* the device was removed */
};

/**
 * struct event - a record of what was done
 * @kind: see there
 * @pasid: of those that have one
 * @seq: number of the record, from 0
 * @address: of a range, or a fault
 * @len: of a range in bytes; of an operation, see there
 * @group: of requests that have one response, and of that
 * @last: of a request: the last of its group
 * @write: of a request: to write
 * @result: 0 or a negative errno; of a response: enum answer
 */
struct event {
	enum event_kind kind;
	uint32_t pasid;
	uint64_t seq;
	uint64_t address;
	uint64_t len;
	uint32_t group;
	bool last;
	bool write;
	int result;
};

/**
 * struct device_ops - a kind of device
 * @name: in the output
 * @probe: is there one; why not, else NULL
 * @lacks: why devices of this kind do not have what a case needs, else NULL; NULL if they have all
 * @open: one for this program; two are two devices
 * @open_small: likewise, one with PASIDs below a number alone; NULL if there is none
 * @close: what is bound is unbound, what is under way is over
 * @bind: the caller's memory; @bond is for @unbind, @pasid for operations
 * @refuses: does the kernel's own bind refuse everybody here, and a driver has to do without
 * @try_bind: let it bind, and undo it; NULL if there is no way around it
 * @unbind: nothing of what was bound is reached from then on
 * @submit: have something done; @job is for @wait. What is submitted to one device is
 *	    done in this order
 * @wait: until that has ended; -ETIME if it has not after so many milliseconds
 * @remove: take the device away as if it were unplugged
 * @hold: what comes there next and is about the page @at stops, once; what has stopped
 *	  goes on. NULL if the device cannot be made to stop
 * @held: until something has stopped; -ETIME if nothing has after so many
 *	  milliseconds. @waiting: accesses that an invalidation keeps waiting
 *
 * Paging domains; all NULL if programs have none on devices of this kind:
 * @domain_alloc: one for the device, and devices of its kind; goes with it
 * @domain_free: -EBUSY as long as it is set
 * @map: whole pages of the caller's at an IOVA, kept until they are unmapped; @may: MAY_*
 * @unmap: no device reaches the pages from then on
 * @set: a PASID to a domain of the device @of, which may be another
 * @block: nothing is reached by the PASID from then on
 *
 * @events: what the device and its IOMMU have done since this was asked, at most @count, and
 *	    how much before it was lost; NULL if the device keeps no log
 *
 * The portal; all NULL if devices of this kind have none:
 * @portal_open: map it
 * @portal_close: unmap it; what was stored is done
 * @portal_submit: store an operation; -EAGAIN as long as there is no room for it. @record: where
 *		   the operation's PASID finds a struct record, or NULL for none
 * @portal_look: how it has ended, or -EAGAIN
 * @portal_count: how many operations were taken since the device is there, and how many of
 *		  them dropped: nobody is told of those in another way
 *
 * @delay: let the driver of the IOMMU see page requests only when it blocks a PASID, or
 *	  at once again; NULL if the device cannot do that
 */
struct device_ops {
	const char *name;
	const char *(*probe)(void);
	const char *(*lacks)(enum need need);
	int (*open)(struct device *device);
	int (*open_small)(struct device *device, uint32_t pasids);
	void (*close)(struct device *device);
	int (*bind)(struct device *device, uint32_t *bond, uint32_t *pasid);
	bool (*refuses)(struct device *device);
	int (*try_bind)(struct device *device);
	int (*unbind)(struct device *device, uint32_t bond);
	int (*submit)(struct device *device, const struct operation *operation, uint32_t *job);
	int (*wait)(struct device *device, uint32_t job, unsigned int ms, struct ending *ending);
	int (*remove)(struct device *device);
	int (*hold)(struct device *device, enum hold where, const void *at);
	int (*held)(struct device *device, unsigned int ms, unsigned int *waiting);

	int (*domain_alloc)(struct device *device, uint32_t *domain);
	int (*domain_free)(struct device *device, uint32_t domain);
	int (*map)(struct device *device, uint32_t domain, const void *memory, uint64_t iova,
		   uint64_t len, unsigned int may);
	int (*unmap)(struct device *device, uint32_t domain, uint64_t iova, uint64_t len);
	int (*set)(struct device *device, uint32_t pasid, struct device *of, uint32_t domain);
	int (*block)(struct device *device, uint32_t pasid);

	int (*events)(struct device *device, struct event *events, unsigned int *count,
		      uint64_t *lost);

	int (*portal_open)(struct device *device, struct portal *portal);
	void (*portal_close)(struct portal *portal);
	int (*portal_submit)(struct portal *portal, const struct operation *operation,
			     const void *record);
	int (*portal_look)(const struct record *record, struct ending *ending);
	int (*portal_count)(struct device *device, uint32_t *taken, uint64_t *dropped);

	int (*delay)(struct device *device, bool delay);
};

extern const struct device_ops device_driver;

#endif /* _SVAC_DEVICE_H */
