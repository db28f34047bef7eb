/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fuzzer that knows what it is talking to: calls.c says which requests there are, what
 * each of their fields means and what they may answer; the rest follows from that.
 */
#ifndef _SVAC_FUZZ_H
#define _SVAC_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../../kunit/uapi/svacheck.h"
#include "../svac.h"

/* What a field means. Those before HANDLES are numbers that a file has given out */
enum kind {
	BOND,
	JOB,
	PASID,
	DOMAIN,
	HANDLES,
	ARGSZ = HANDLES,
	ZERO,		/* flags: those in the limit may be set; reserved: limit 0 */
	NUMBER,		/* up to the limit; of an answer: 0 for none */
	MILLISECONDS,	/* up to the limit */
	ADDRESS,	/* only ever one that the device may be given, see memory.c */
	LENGTH,		/* bytes from an address */
	WORD,		/* anything */
	TEXT,		/* ends in zeros */
};

/**
 * struct field - a field of a structure of a request
 * @name: in the log
 * @at: offset
 * @size: bytes
 * @kind: what it means
 * @answer: the kernel fills it in
 * @limit: see enum kind
 */
struct field {
	const char *name;
	uint16_t at;
	uint16_t size;
	enum kind kind;
	bool answer;
	uint64_t limit;
};

struct fuzzer;

#define MOST_ERRNOS	12
#define NOTHING_ENDS	HANDLES
#define DEVICE_ENDS	(HANDLES + 1)

/**
 * struct call - a request
 * @name: in the log
 * @request: of ioctl()
 * @size: of its structure; 0 for none
 * @fields: of it
 * @count: of them
 * @weight: how often, beside the others
 * @first: what a new file is often asked for before anything else
 * @ends: a handle of this kind is gone after it
 * @keeps: the handles that it was given are to be used again
 * @build: make the fields fit each other; optional
 * @tame: take out what the kernel is not fit for, whatever else is spoiled; optional
 * @check: 0, or -errno for fields that do not fit each other; optional
 * @errnos: what it may answer if there is nothing wrong with its structure, ends with 0
 */
struct call {
	const char *name;
	unsigned long request;
	uint32_t size;
	const struct field *fields;
	unsigned int count;
	unsigned int weight;
	bool first;
	unsigned int ends;
	bool keeps;
	void (*build)(struct fuzzer *fuzzer, void *arg);
	void (*tame)(const struct fuzzer *fuzzer, void *arg);
	int (*check)(const void *arg);
	int errnos[MOST_ERRNOS];
};

extern const struct call calls[];
extern const unsigned int call_count;

#define FILES		6
#define KNOWN		16	/* handles of a kind that a file remembers */
#define THREADS		3

/**
 * struct file - an open /dev/svacheck, whoever has opened it
 * @fd: of it, -1 for closed
 * @fresh: it was asked for nothing yet
 * @gone: its device was removed
 * @known: handles that it has given out, 0 for none
 */
struct file {
	int fd;
	bool fresh;
	bool gone;
	uint32_t known[HANDLES][KNOWN];
};

#define LOGGED		16	/* calls that a reproducer shows */
#define SHOWN		128	/* bytes of a structure that it shows */

/**
 * struct entry - a call in the log
 * @what: its name
 * @file: which one
 * @how: what is the matter with it
 * @want: what it has to answer, 1 for one of several
 * @got: what it answered
 * @arg: its structure, as it was given
 */
struct entry {
	const char *what;
	unsigned int file;
	const char *how;
	int want;
	int got;
	unsigned char arg[SHOWN];
};

/* Rows of counts: first the requests, then strangers and other calls */
#define MOST_ROWS	64

/**
 * struct shared - what all processes of a case write to
 * @groups: devices may share a group
 * @calls: ioctls that were made
 * @failed: something is wrong, and who saw it first has written @failure
 * @failure: what
 * @asked: calls, by row
 * @worked: those that succeeded
 */
struct shared {
	bool groups;
	uint64_t calls;
	int failed;
	char failure[8192];
	uint64_t asked[MOST_ROWS];
	uint64_t worked[MOST_ROWS];
};

/**
 * struct fuzzer - one that makes calls, a thread of a process
 * @random: state
 * @number: of the thread, for what it has of its own
 * @racing: others use the same files, so little can be said of what is to come
 * @vanishing: there is somebody who takes pages away meanwhile
 * @shared: see there
 * @files: of the process
 * @lost: a device may still write to its window
 * @epoll: descriptor
 * @pipe: through which it writes to pages that may not be there
 * @made: ioctls
 * @log: the last calls, the youngest at @made - 1
 * @logged: of them
 */
struct fuzzer {
	uint64_t random;
	unsigned int number;
	bool racing;
	bool vanishing;
	struct shared *shared;
	struct file *files;
	bool lost;
	int epoll;
	int pipe[2];
	uint64_t made;
	struct entry log[LOGGED];
	uint64_t logged;
};

/* calls.c */
struct svac_desc call_desc(struct fuzzer *fuzzer, struct file *file);

/* random.c */
uint64_t draw(struct fuzzer *fuzzer);
uint64_t below(struct fuzzer *fuzzer, uint64_t limit);
bool once_in(struct fuzzer *fuzzer, unsigned int times);
uint64_t boundary(struct fuzzer *fuzzer, uint64_t limit);

/* files.c */
void file_open(struct fuzzer *fuzzer, struct file *file);
void file_close(struct file *file);
void file_remember(struct fuzzer *fuzzer, struct file *file, enum kind kind, uint32_t handle);
void file_forget(struct file *file, enum kind kind, uint32_t handle);
uint32_t file_handle(struct fuzzer *fuzzer, struct file *file, enum kind kind);

/* memory.c */
void memory_make(void);
bool memory_is_whole(const char **wrong);
uint64_t memory_source(struct fuzzer *fuzzer, uint64_t len);
uint64_t memory_target(struct fuzzer *fuzzer, uint64_t len);
uint64_t memory_pattern(void);
uint64_t memory_long(void);
uint64_t memory_record(struct fuzzer *fuzzer);
uint64_t memory_hostile(struct fuzzer *fuzzer);
struct svac_desc *memory_script(void);
char *memory_window(unsigned int number);
char *memory_argument(unsigned int number);
char *memory_vanishing(void);
void memory_trouble(struct fuzzer *fuzzer);

#define ARGUMENT	(4 * PAGE)	/* bytes of memory_argument(); after them is a hole */
#define WINDOW		(2 * PAGE)	/* bytes of memory_window() */
#define SOURCE_BYTE	0x5a	/* no descriptor that makes sense consists of it */
#define SOURCE_LEN	(4 * PAGE)	/* bytes that a valid descriptor may read or write */
#define TARGET_LEN	(16 * PAGE)
#define LONG_LEN	(8UL << 20)
#define SCRIPT_LEN	16		/* descriptors of memory_script() */

/* ask.c */
void fuzz_ask(struct fuzzer *fuzzer);
void fuzz_fail(struct fuzzer *fuzzer, const char *format, ...);
struct entry *fuzz_log(struct fuzzer *fuzzer, const char *what, struct file *file);
bool one_of(const int *errnos, int errno_);

/* argument.c */
void argument_fill(struct fuzzer *fuzzer, const struct call *call, struct file *file, char *arg);
void argument_spoil(struct fuzzer *fuzzer, const struct call *call, char *arg);
int argument_is_wrong(const struct call *call, const char *arg, const char *end);
const char *argument_was_answered(const struct call *call, const char *before,
				  const char *after, size_t size);

/* other.c */
void fuzz_other(struct fuzzer *fuzzer);
const char *other_name(unsigned int row);
extern const unsigned int other_count;

#endif /* _SVAC_FUZZ_H */
