// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel does with a program's pages unasked: it merges those that are
 * equal, swaps out those that nobody needs, and moves them to make room. A device
 * finds what was there all the same, and what it writes is not lost.
 *
 * Where a page is, and whether it is swapped out, is read from /proc/self/pagemap.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/svac.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

#define OLD	0x1111111111111111ULL
#define NEW	0x2222222222222222ULL
#define HUGE	(2UL << 20)
#define DISK	"/dev/ram0"
#define KSM	"/sys/kernel/mm/ksm/"
#define COMPACT	"/proc/sys/vm/compact_memory"

/*
 * Seconds after which the kernel is not going to do it; every case of a driver that keeps
 * pages waits for that long, and all of them have one boot
 */
#define LONG_ENOUGH	4

/* An entry of pagemap */
#define PRESENT	(1ULL << 63)
#define SWAPPED	(1ULL << 62)
#define FRAME	((1ULL << 55) - 1)

static uint64_t entry_of(const void *at)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry = 0;

	if (fd < 0)
		return 0;
	if (pread(fd, &entry, 8, (uintptr_t)at / PAGE * 8) != 8)
		entry = 0;
	close(fd);
	return entry;
}

/* Where a page is, 0 if that is not known */
static uint64_t frame_of(const void *at)
{
	uint64_t entry = entry_of(at);

	return entry & PRESENT ? entry & FRAME : 0;
}

static bool say(const char *path, const char *what)
{
	int fd = open(path, O_WRONLY);
	bool said = fd >= 0 && write(fd, what, strlen(what)) == (ssize_t)strlen(what);

	if (fd >= 0)
		close(fd);
	return said;
}

/* Until it is so, or is not going to be */
static bool comes_true(bool (*is_so)(const void *data), const void *data)
{
	struct timespec begin, now;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		if (is_so(data))
			return true;
		usleep(1000);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec <= begin.tv_sec + LONG_ENOUGH);
	return false;
}

/* ---- pages that are equal ---- */

FIXTURE(merged)
{
	struct bond bond;
	bool ready;	/* older harnesses run a case that its setup has skipped */
	uint64_t *memory;
	uint64_t *twin;
};

static bool are_one(const void *data)
{
	const char *memory = data;

	return frame_of(memory) && frame_of(memory) == frame_of(memory + PAGE);
}

/* Two pages that the device has written and has cached, and that have become one */
FIXTURE_SETUP(merged)
{
	self->memory = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
	ASSERT_NE(self->memory, MAP_FAILED);
	self->twin = self->memory + PAGE / 8;
	ASSERT_EQ(bond_open(&self->bond), 0);
	ASSERT_EQ(device_write(&self->bond, self->memory, OLD).outcome, DONE);
	ASSERT_EQ(device_write(&self->bond, self->twin, OLD).outcome, DONE);
	if (!say(KSM "sleep_millisecs", "1") || !say(KSM "run", "1"))
		skip("this kernel does not merge pages (no " KSM ")");
	if (!frame_of(self->memory))
		skip("this kernel does not say where a page is");
	if (madvise(self->memory, 2 * PAGE, MADV_MERGEABLE))
		skip("this kernel has no MADV_MERGEABLE");
	if (!comes_true(are_one, self->memory))
		skip("the kernel has not merged two equal pages");
	self->ready = true;
}

FIXTURE_TEARDOWN(merged)
{
	say(KSM "run", "0");
	bond_close(&self->bond);
}

TEST_F(merged, both_are_read_as_they_were)
{
	uint64_t got = 0;

	rules("FLT-024");
	if (!self->ready)
		return;
	EXPECT_EQ(device_read(&self->bond, self->memory, &got).outcome, DONE);
	EXPECT_EQ(got, OLD);
	EXPECT_EQ(device_read(&self->bond, self->twin, &got).outcome, DONE);
	EXPECT_EQ(got, OLD);
	EXPECT_TRUE(are_one(self->memory));
}

TEST_F(merged, write_of_the_device_leaves_the_other)
{
	rules("FLT-024");
	if (!self->ready)
		return;
	EXPECT_EQ(device_write(&self->bond, self->memory, NEW).outcome, DONE);
	EXPECT_EQ(self->memory[0], NEW);
	EXPECT_EQ(self->twin[0], OLD);
}

TEST_F(merged, write_after_a_read_leaves_the_other)
{
	rules("FLT-024");
	if (!self->ready)
		return;
	ASSERT_EQ(device_sum(&self->bond, self->memory, PAGE).outcome, DONE);
	ASSERT_EQ(device_sum(&self->bond, self->twin, PAGE).outcome, DONE);
	EXPECT_EQ(device_write(&self->bond, self->twin, NEW).outcome, DONE);
	EXPECT_EQ(self->memory[0], OLD);
	EXPECT_EQ(self->twin[0], NEW);
}

TEST_F(merged, device_reads_what_the_program_writes)
{
	uint64_t got = 0;

	rules("FLT-024");
	if (!self->ready)
		return;
	ASSERT_EQ(device_sum(&self->bond, self->memory, PAGE).outcome, DONE);
	self->memory[0] = NEW;
	EXPECT_EQ(device_read(&self->bond, self->memory, &got).outcome, DONE);
	EXPECT_EQ(got, NEW);
	EXPECT_EQ(device_read(&self->bond, self->twin, &got).outcome, DONE);
	EXPECT_EQ(got, OLD);
}

TEST_F(merged, pages_taken_apart_are_two)
{
	rules("FLT-024");
	if (!self->ready)
		return;
	ASSERT_EQ(device_sum(&self->bond, self->memory, PAGE).outcome, DONE);
	ASSERT_EQ(madvise(self->memory, 2 * PAGE, MADV_UNMERGEABLE), 0);
	EXPECT_NE(frame_of(self->memory), frame_of(self->twin));
	EXPECT_EQ(device_write(&self->bond, self->memory, NEW).outcome, DONE);
	EXPECT_EQ(self->memory[0], NEW);
	EXPECT_EQ(self->twin[0], OLD);
}

/* ---- pages that are swapped out ---- */

FIXTURE(swapped)
{
	struct bond bond;
	bool ready;	/* older harnesses run a case that its setup has skipped */
	uint64_t *memory;
	bool on;
};

/* As mkswap(8) writes it: version 1, the last page, and ten characters at the end */
static bool make_swap(const char *path)
{
	static char header[PAGE];
	int fd = open(path, O_RDWR);
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	const uint32_t about[] = { 1, size / PAGE - 1 };
	bool made;

	if (size < (off_t)(64 * PAGE))
		return false;
	memcpy(header + 1024, about, sizeof(about));
	memcpy(header + PAGE - 10, "SWAPSPACE2", 10);
	made = pwrite(fd, header, PAGE, 0) == PAGE && !fsync(fd);
	close(fd);
	return made;
}

static bool is_out(const void *at)
{
	madvise((void *)at, PAGE, MADV_PAGEOUT);
	return entry_of(at) & SWAPPED;
}

FIXTURE_SETUP(swapped)
{
	self->memory = map(PAGE, PROT_READ | PROT_WRITE);
	ASSERT_NE(self->memory, NULL);
	ASSERT_EQ(bond_open(&self->bond), 0);
	if (!make_swap(DISK))
		skip("there is no " DISK " to swap to");
	self->on = !swapon(DISK, 0);
	if (!self->on && errno == ENOSYS)
		skip("this kernel does not swap");
	ASSERT_TRUE(self->on);
	/* The second write goes where the first has found the page */
	ASSERT_EQ(device_write(&self->bond, self->memory, NEW).outcome, DONE);
	ASSERT_EQ(device_write(&self->bond, self->memory, OLD).outcome, DONE);
	if (!comes_true(is_out, self->memory))
		skip("the kernel has not swapped out a page that it was asked to");
	self->ready = true;
}

FIXTURE_TEARDOWN(swapped)
{
	if (self->on)
		swapoff(DISK);
	bond_close(&self->bond);
}

TEST_F(swapped, program_finds_what_the_device_wrote)
{
	rules("FLT-025");
	if (!self->ready)
		return;
	EXPECT_EQ(self->memory[0], OLD);
}

TEST_F(swapped, device_finds_what_it_wrote)
{
	uint64_t got = 0;

	rules("FLT-025");
	if (!self->ready)
		return;
	EXPECT_EQ(device_read(&self->bond, self->memory, &got).outcome, DONE);
	EXPECT_EQ(got, OLD);
}

TEST_F(swapped, write_of_the_device_brings_the_page_back)
{
	rules("FLT-025");
	needs(NEED_REQUESTS);
	if (!self->ready)
		return;
	EXPECT_EQ(device_write(&self->bond, self->memory + 1, NEW).outcome, DONE);
	EXPECT_EQ(self->memory[0], OLD);
	EXPECT_EQ(self->memory[1], NEW);
}

TEST_F(swapped, page_is_not_there_without_requests)
{
	const struct operation operation = {
		.verb = FILL, .pasid = self->bond.pasid, .dst = self->memory, .len = 8,
		.operand = NEW, .no_requests = true,
	};

	rules("FLT-002", "FLT-025");
	needs(NEED_AT_ONCE, NEED_FAULTS);
	if (!self->ready)
		return;
	EXPECT_EQ(perform(&self->bond.device, &operation).outcome, FAULT_WRITE);
	EXPECT_EQ(self->memory[0], OLD);
}

TEST_F(swapped, device_reads_what_the_program_has_written_since)
{
	uint64_t got = 0;

	rules("FLT-025");
	if (!self->ready)
		return;
	self->memory[0] = NEW;
	EXPECT_EQ(device_read(&self->bond, self->memory, &got).outcome, DONE);
	EXPECT_EQ(got, NEW);
}

/* In and out, by turns, with a write of the device each time it is in */
TEST_F(swapped, no_write_is_lost)
{
	uint64_t i;

	rules("FLT-025");
	needs(NEED_REQUESTS);
	if (!self->ready)
		return;
	for (i = 1; i < 50; i++) {
		if (i % 2)
			ASSERT_EQ(device_sum(&self->bond, self->memory, 8).outcome, DONE);
		ASSERT_EQ(device_write(&self->bond, self->memory, i).outcome, DONE);
		ASSERT_EQ(device_write(&self->bond, self->memory + 1, ~i).outcome, DONE);
		madvise(self->memory, PAGE, MADV_PAGEOUT);
		ASSERT_EQ(self->memory[0], i);
		ASSERT_EQ(self->memory[1], ~i);
	}
}

/* ---- pages that are moved ---- */

#define MANY	4096UL

FIXTURE(moved)
{
	struct bond bond;
	bool ready;	/* older harnesses run a case that its setup has skipped */
	char *memory;
	uint64_t *page;
};

/* Every other page goes, and the kernel closes the gaps */
static uint64_t *move_one(struct bond *bond, char *memory, uint64_t *before)
{
	size_t i;

	for (i = 0; i < MANY; i++) {
		memory[i * PAGE] = 1;
		before[i] = frame_of(memory + i * PAGE);
	}
	for (i = 0; i < MANY; i += 2)
		madvise(memory + i * PAGE, PAGE, MADV_DONTNEED);
	for (i = 1; i < MANY; i += 16)
		if (device_write(bond, memory + i * PAGE, OLD).outcome != DONE)
			return NULL;
	if (!say(COMPACT, "1"))
		return NULL;
	for (i = 1; i < MANY; i += 16)
		if (frame_of(memory + i * PAGE) && frame_of(memory + i * PAGE) != before[i])
			return (uint64_t *)(memory + i * PAGE);
	return NULL;
}

FIXTURE_SETUP(moved)
{
	static uint64_t before[MANY];

	self->memory = map(MANY * PAGE, PROT_READ | PROT_WRITE);
	ASSERT_NE(self->memory, NULL);
	ASSERT_EQ(bond_open(&self->bond), 0);
	if (access(COMPACT, W_OK))
		skip("this kernel does not move pages (no " COMPACT ")");
	self->page = move_one(&self->bond, self->memory, before);
	if (!self->page)
		skip("the kernel has not moved any page");
	self->ready = true;
}

FIXTURE_TEARDOWN(moved)
{
	bond_close(&self->bond);
}

TEST_F(moved, device_finds_what_it_wrote)
{
	uint64_t got = 0;

	rules("FLT-026");
	if (!self->ready)
		return;
	EXPECT_EQ(device_read(&self->bond, self->page, &got).outcome, DONE);
	EXPECT_EQ(got, OLD);
}

TEST_F(moved, device_reads_what_the_program_writes)
{
	uint64_t got = 0;

	rules("FLT-026");
	if (!self->ready)
		return;
	self->page[0] = NEW;
	EXPECT_EQ(device_read(&self->bond, self->page, &got).outcome, DONE);
	EXPECT_EQ(got, NEW);
}

TEST_F(moved, program_reads_what_the_device_writes)
{
	rules("FLT-026");
	if (!self->ready)
		return;
	EXPECT_EQ(device_write(&self->bond, self->page, NEW).outcome, DONE);
	EXPECT_EQ(self->page[0], NEW);
}

/* ---- small pages that become a huge one, and the other way round ---- */

FIXTURE(huge)
{
	struct bond bond;
	bool ready;	/* older harnesses run a case that its setup has skipped */
	char *memory;
};

/* Every word of it is as the device wrote it, but for the first of one page */
static bool is_whole(const char *memory, size_t but)
{
	size_t i;

	for (i = 0; i < HUGE; i += PAGE)
		if (i != but && *(const uint64_t *)(memory + i) != OLD + i)
			return false;
	return true;
}

static bool is_huge(const char *memory)
{
	uint64_t first = frame_of(memory);

	return first && !(first % (HUGE / PAGE)) &&
	       frame_of(memory + HUGE - PAGE) == first + HUGE / PAGE - 1;
}

FIXTURE_SETUP(huge)
{
	char *room = map(2 * HUGE, PROT_READ | PROT_WRITE);
	size_t i;

	ASSERT_NE(room, NULL);
	self->memory = (char *)(((uintptr_t)room + HUGE - 1) & -HUGE);
	ASSERT_EQ(bond_open(&self->bond), 0);
	if (madvise(self->memory, HUGE, MADV_NOHUGEPAGE))
		skip("this kernel has no transparent huge pages");
	for (i = 0; i < HUGE; i += PAGE)
		ASSERT_EQ(device_write(&self->bond, self->memory + i, OLD + i).outcome, DONE);
	ASSERT_EQ(madvise(self->memory, HUGE, MADV_HUGEPAGE), 0);
	if (madvise(self->memory, HUGE, MADV_COLLAPSE))
		skip("this kernel makes no huge page of small ones when it is asked to");
	if (!is_huge(self->memory))
		skip("the kernel does not say where the huge page is");
	self->ready = true;
}

FIXTURE_TEARDOWN(huge)
{
	bond_close(&self->bond);
}

TEST_F(huge, device_finds_what_it_wrote_to_small_ones)
{
	uint64_t got = 0;
	size_t i;

	rules("FLT-026");
	if (!self->ready)
		return;
	for (i = 0; i < HUGE; i += 8 * PAGE) {
		ASSERT_EQ(device_read(&self->bond, self->memory + i, &got).outcome, DONE);
		ASSERT_EQ(got, OLD + i);
	}
}

TEST_F(huge, program_reads_what_the_device_writes)
{
	rules("FLT-026");
	if (!self->ready)
		return;
	EXPECT_EQ(device_write(&self->bond, self->memory + PAGE, NEW).outcome, DONE);
	EXPECT_EQ(*(uint64_t *)(self->memory + PAGE), NEW);
	EXPECT_TRUE(is_whole(self->memory, PAGE));
}

TEST_F(huge, device_reads_what_the_program_writes)
{
	uint64_t got = 0;

	rules("FLT-026");
	if (!self->ready)
		return;
	*(uint64_t *)(self->memory + PAGE) = NEW;
	EXPECT_EQ(device_read(&self->bond, self->memory + PAGE, &got).outcome, DONE);
	EXPECT_EQ(got, NEW);
}

TEST_F(huge, page_taken_out_of_it_is_out_of_reach)
{
	rules("FLT-010", "FLT-026");
	needs(NEED_FAULTS);
	if (!self->ready)
		return;
	ASSERT_EQ(device_write(&self->bond, self->memory + PAGE, NEW).outcome, DONE);
	ASSERT_EQ(munmap(self->memory + PAGE, PAGE), 0);
	EXPECT_EQ(device_sum(&self->bond, self->memory + PAGE, 8).outcome, FAULT_READ);
	EXPECT_EQ(device_write(&self->bond, self->memory, OLD).outcome, DONE);
	EXPECT_EQ(device_write(&self->bond, self->memory + 2 * PAGE, NEW).outcome, DONE);
	EXPECT_EQ(*(uint64_t *)(self->memory + 2 * PAGE), NEW);
}

TEST_F(huge, page_of_it_made_read_only_is_not_written_to)
{
	rules("FLT-012", "FLT-026");
	needs(NEED_FAULTS);
	if (!self->ready)
		return;
	ASSERT_EQ(mprotect(self->memory + PAGE, PAGE, PROT_READ), 0);
	EXPECT_EQ(device_write(&self->bond, self->memory + PAGE, NEW).outcome, FAULT_WRITE);
	EXPECT_EQ(device_write(&self->bond, self->memory, OLD).outcome, DONE);
	EXPECT_TRUE(is_whole(self->memory, HUGE));
}

TEST_HARNESS_MAIN
