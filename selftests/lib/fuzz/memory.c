// SPDX-License-Identifier: GPL-2.0
/*
 * The memory that devices are let loose on. It has the same addresses in all processes of a
 * case, and long holes around it, so that no descriptor that begins in it gets out of it:
 *
 *   hole, arguments of each thread with a hole after each, a page that comes and goes, a
 *   page to read only, source, script, canary, windows of each thread, canary, target, hole,
 *   and a long piece that nobody has touched, which takes time to read
 *
 * A descriptor reads anywhere, and has its target and record in the target or in a window.
 * The rest stays as it is, whatever devices are told.
 */
#include <string.h>
#include <sys/mman.h>

#include "fuzz.h"

#define HOLE		(16 << 20)	/* SVAC_MAX_LEN */
#define CANARY_BYTE	0xc3

/* Where what lies in the memory, in bytes from its beginning */
enum {
	ARGUMENTS = 0,
	VANISHING = ARGUMENTS + THREADS * (ARGUMENT + PAGE),
	READ_ONLY = VANISHING + 2 * PAGE,
	SOURCE = READ_ONLY + PAGE,
	SCRIPT = SOURCE + SOURCE_LEN,
	CANARY = SCRIPT + PAGE,
	WINDOWS = CANARY + PAGE,
	CANARY2 = WINDOWS + THREADS * WINDOW,
	TARGET = CANARY2 + PAGE,
	END = TARGET + TARGET_LEN,
	LONG = END + HOLE,
};

static char *memory;

static void fill(unsigned int at, size_t len, int byte)
{
	mprotect(memory + at, len, PROT_READ | PROT_WRITE);
	memset(memory + at, byte, len);
}

/* Once, before any process is made */
void memory_make(void)
{
	unsigned int i;

	if (memory)
		return;
	memory = mmap(NULL, HOLE + LONG + LONG_LEN + HOLE, PROT_NONE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	memory += HOLE;
	for (i = 0; i < THREADS; i++)
		fill(ARGUMENTS + i * (ARGUMENT + PAGE), ARGUMENT, 0);
	fill(VANISHING, PAGE, 0);
	fill(READ_ONLY, PAGE, CANARY_BYTE);
	mprotect(memory + READ_ONLY, PAGE, PROT_READ);
	fill(SOURCE, SOURCE_LEN, SOURCE_BYTE);
	fill(SCRIPT, PAGE, 0);
	fill(CANARY, PAGE, CANARY_BYTE);
	fill(WINDOWS, THREADS * WINDOW, 0);
	fill(CANARY2, PAGE, CANARY_BYTE);
	fill(TARGET, TARGET_LEN, 0);
	mprotect(memory + LONG, LONG_LEN, PROT_READ);
}

static bool is_full_of(unsigned int at, size_t len, unsigned char byte)
{
	const unsigned char *from = (const unsigned char *)memory + at;

	return from[0] == byte && !memcmp(from, from + 1, len - 1);
}

/* Has nobody written where no descriptor said so */
bool memory_is_whole(const char **wrong)
{
	*wrong = NULL;
	if (!is_full_of(READ_ONLY, PAGE, CANARY_BYTE))
		*wrong = "the page that can only be read has changed";
	else if (!is_full_of(SOURCE, SOURCE_LEN, SOURCE_BYTE))
		*wrong = "what is only ever read has changed";
	else if (!is_full_of(CANARY, PAGE, CANARY_BYTE) || !is_full_of(CANARY2, PAGE, CANARY_BYTE))
		*wrong = "memory that no descriptor names has changed";
	return !*wrong;
}

static uint64_t address(unsigned int at)
{
	return (uintptr_t)memory + at;
}

/* Mostly aligned, as programs have it; @len bytes from there are in the source or target */
uint64_t memory_source(struct fuzzer *fuzzer, uint64_t len)
{
	uint64_t mask = once_in(fuzzer, 4) ? ~0ULL : ~7ULL;

	if (len <= SOURCE_LEN && once_in(fuzzer, 2))
		return address(SOURCE) + (below(fuzzer, SOURCE_LEN - len + 1) & mask);
	return address(TARGET) + (below(fuzzer, TARGET_LEN - len + 1) & mask);
}

uint64_t memory_target(struct fuzzer *fuzzer, uint64_t len)
{
	uint64_t mask = once_in(fuzzer, 4) ? ~0ULL : ~7ULL;

	return address(TARGET) + (below(fuzzer, TARGET_LEN - len + 1) & mask);
}

/* SOURCE_LEN bytes that are all SOURCE_BYTE */
uint64_t memory_pattern(void)
{
	return address(SOURCE);
}

/* LONG_LEN bytes to read */
uint64_t memory_long(void)
{
	return address(LONG);
}

/* For a completion record */
uint64_t memory_record(struct fuzzer *fuzzer)
{
	uint64_t last = TARGET_LEN - sizeof(struct svac_completion);

	return address(TARGET) + (below(fuzzer, last + 1) & ~31ULL);
}

/* Where there is nothing, where it ends, or where no program has anything */
uint64_t memory_hostile(struct fuzzer *fuzzer)
{
	const uint64_t some[] = {
		0, 1, 8, PAGE - 8, address(READ_ONLY), address(READ_ONLY) + PAGE - 4,
		address(END) - 4, address(END) - 32, address(END), address(END) + PAGE,
		address(VANISHING), 0x7fffffffff000, 0x7fffffffffe0, 0x800000000000,
		0x8000000000000000, 0xffff800000000000, 0xffff888000000000, 0xffffffff81000000,
		0xffffffffff600000, UINT64_MAX - PAGE + 1, UINT64_MAX - 31, UINT64_MAX - 7,
		UINT64_MAX, draw(fuzzer) | 1ULL << 63,
	};

	return some[below(fuzzer, sizeof(some) / sizeof(some[0]))];
}

/* For the descriptors of a batch: no device writes there */
struct svac_desc *memory_script(void)
{
	return (struct svac_desc *)(memory + SCRIPT);
}

/* Which only this thread gives to devices */
char *memory_window(unsigned int number)
{
	return memory + WINDOWS + number * WINDOW;
}

char *memory_argument(unsigned int number)
{
	return memory + ARGUMENTS + number * (ARGUMENT + PAGE);
}

char *memory_vanishing(void)
{
	return memory + VANISHING;
}

/* Change what the address space looks like, and nothing that anybody checks */
void memory_trouble(struct fuzzer *fuzzer)
{
	char *target = memory + TARGET + below(fuzzer, TARGET_LEN / PAGE) * PAGE;
	char *page = once_in(fuzzer, 2) ? target : memory + VANISHING;
	const int usual = PROT_READ | PROT_WRITE;

	switch (below(fuzzer, 5)) {
	case 0:
		madvise(page, PAGE, MADV_DONTNEED);
		break;
	case 1:
		mprotect(page, PAGE, PROT_READ);
		break;
	case 2:
		mprotect(page, PAGE, PROT_NONE);
		break;
	case 3:
		/* Not unmapped: its address stays ours */
		mmap(page, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		break;
	}
	if (!once_in(fuzzer, 4))
		mmap(page, PAGE, usual, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}
