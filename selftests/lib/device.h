/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a device that can be bound to a program's memory has to do for the
 * selftests. A folder in drivers/ is one such device: it fills a struct device_ops
 * and names it device_driver.
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

/* What can happen to page requests */
enum happening {
	REQUEST = 1,	/* the device asks for a page */
	RESPONSE,	/* and is answered, the group as a whole */
	BLOCK,		/* the PASID is blocked */
};

enum answer {
	SUCCESS,	/* the pages are there */
	INVALID,	/* the process may not touch all of them */
	FAILURE,	/* the device must not ask again */
};

/**
 * struct happened - one thing that happened to page requests
 * @what: see enum happening
 * @pasid: under which the device asked
 * @group: of requests that have one response
 * @last: of a request: the last of its group
 * @write: of a request: to write
 * @answer: of a response
 * @address: of a request: the page
 */
struct happened {
	enum happening what;
	uint32_t pasid;
	uint32_t group;
	bool last;
	bool write;
	enum answer answer;
	uint64_t address;
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

/**
 * struct device_ops - a kind of device
 * @name: in the output
 * @probe: is there one; why not, else NULL
 * @open: one for this program; two are two devices
 * @open_small: likewise, one with PASIDs below a number alone; NULL if there is none
 * @close: what is bound is unbound, what is under way is over
 * @bind: the caller's memory; @bond is for @unbind, @pasid for operations
 * @unbind: nothing of what was bound is reached from then on
 * @submit: have something done; @job is for @wait. What is submitted to one device is
 *	    done in this order
 * @wait: until that has ended; -ETIME if it has not after so many milliseconds
 * @remove: take the device away as if it were unplugged
 * @requests: what has happened to page requests, from number @first on, at most so many;
 *	      returns how many. NULL if the device cannot tell
 * @hold: let the driver of the IOMMU see page requests only when it blocks a PASID, or
 *	  at once again; NULL if the device cannot do that
 */
struct device_ops {
	const char *name;
	const char *(*probe)(void);
	int (*open)(struct device *device);
	int (*open_small)(struct device *device, uint32_t pasids);
	void (*close)(struct device *device);
	int (*bind)(struct device *device, uint32_t *bond, uint32_t *pasid);
	int (*unbind)(struct device *device, uint32_t bond);
	int (*submit)(struct device *device, const struct operation *operation, uint32_t *job);
	int (*wait)(struct device *device, uint32_t job, unsigned int ms, struct ending *ending);
	int (*remove)(struct device *device);
	int (*requests)(struct device *device, unsigned int first, struct happened *what,
			unsigned int most);
	int (*hold)(struct device *device, bool hold);
};

extern const struct device_ops device_driver;

#endif /* _SVAC_DEVICE_H */
