// SPDX-License-Identifier: GPL-2.0
/*
 * What a device has cached of a page table goes when the page table changes: no
 * stale data is read, and none is written where the program no longer is.
 */
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/svac.h"

#define OLD	0x1111111111111111ULL
#define NEW	0x2222222222222222ULL

FIXTURE(invalidate)
{
	struct bond bond;
	uint64_t *memory;
};

/* The device has read and written the page, and so has it cached */
FIXTURE_SETUP(invalidate)
{
	uint64_t got = 0;

	self->memory = map(4 * PAGE, PROT_READ | PROT_WRITE);
	ASSERT_NE(self->memory, NULL);
	ASSERT_EQ(bond_open(&self->bond), 0);
	ASSERT_EQ(device_write(&self->bond, self->memory, OLD).outcome, DONE);
	ASSERT_EQ(device_read(&self->bond, self->memory, &got).outcome, DONE);
	ASSERT_EQ(got, OLD);
}

FIXTURE_TEARDOWN(invalidate)
{
	bond_close(&self->bond);
}

TEST_F(invalidate, unmapped_page_is_out_of_reach)
{
	rules("FLT-010");
	needs(NEED_FAULTS);
	ASSERT_EQ(munmap(self->memory, PAGE), 0);
	EXPECT_EQ(device_sum(&self->bond, self->memory, 8).outcome, FAULT_READ);
	EXPECT_EQ(device_write(&self->bond, self->memory, NEW).outcome, FAULT_WRITE);
}

TEST_F(invalidate, pages_unmapped_at_once_are_all_out_of_reach)
{
	char *memory = (char *)self->memory;
	unsigned int i;

	rules("FLT-010");
	needs(NEED_FAULTS);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(device_write(&self->bond, memory + i * PAGE, OLD).outcome, DONE);
	ASSERT_EQ(munmap(memory, 4 * PAGE), 0);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(device_write(&self->bond, memory + i * PAGE, NEW).outcome, FAULT_WRITE);
}

TEST_F(invalidate, page_mapped_in_its_place_is_the_one_that_is_reached)
{
	uint64_t got = OLD;

	rules("FLT-010");
	ASSERT_EQ(mmap(self->memory, PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), self->memory);
	EXPECT_EQ(device_read(&self->bond, self->memory, &got).outcome, DONE);
	EXPECT_EQ(got, 0);
	EXPECT_EQ(device_write(&self->bond, self->memory, NEW).outcome, DONE);
	EXPECT_EQ(self->memory[0], NEW);
}

TEST_F(invalidate, neighbour_of_an_unmapped_page_stays_in_reach)
{
	rules("FLT-010");
	ASSERT_EQ(munmap((char *)self->memory + PAGE, PAGE), 0);
	EXPECT_EQ(device_write(&self->bond, self->memory, NEW).outcome, DONE);
	EXPECT_EQ(self->memory[0], NEW);
}

TEST_F(invalidate, page_that_was_moved_is_reached_where_it_is)
{
	uint64_t *moved, got = 0;

	rules("FLT-011");
	needs(NEED_FAULTS);
	moved = mremap(self->memory, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		       (char *)self->memory + 8 * PAGE);
	ASSERT_NE(moved, MAP_FAILED);
	EXPECT_EQ(device_sum(&self->bond, self->memory, 8).outcome, FAULT_READ);
	EXPECT_EQ(device_write(&self->bond, self->memory, NEW).outcome, FAULT_WRITE);
	EXPECT_EQ(device_read(&self->bond, moved, &got).outcome, DONE);
	EXPECT_EQ(got, OLD);
}

TEST_F(invalidate, page_moved_over_another_takes_its_place)
{
	uint64_t *other = self->memory + PAGE / 8, got = 0;

	rules("FLT-011");
	ASSERT_EQ(device_write(&self->bond, other, NEW).outcome, DONE);
	ASSERT_EQ(mremap(other, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, self->memory),
		  self->memory);
	EXPECT_EQ(device_read(&self->bond, self->memory, &got).outcome, DONE);
	EXPECT_EQ(got, NEW);
}

TEST_F(invalidate, shrunk_mapping_ends_where_it_ends)
{
	char *end = (char *)self->memory + PAGE;

	rules("FLT-011");
	needs(NEED_FAULTS);
	ASSERT_EQ(device_write(&self->bond, end, OLD).outcome, DONE);
	ASSERT_NE(mremap(self->memory, 4 * PAGE, PAGE, 0), MAP_FAILED);
	EXPECT_EQ(device_write(&self->bond, end, NEW).outcome, FAULT_WRITE);
	EXPECT_EQ(device_write(&self->bond, self->memory, NEW).outcome, DONE);
}

TEST_F(invalidate, page_made_read_only_is_not_written_to)
{
	rules("FLT-012");
	needs(NEED_FAULTS);
	ASSERT_EQ(mprotect(self->memory, PAGE, PROT_READ), 0);
	EXPECT_EQ(device_write(&self->bond, self->memory, NEW).outcome, FAULT_WRITE);
	EXPECT_EQ(self->memory[0], OLD);
	EXPECT_EQ(device_sum(&self->bond, self->memory, 8).outcome, DONE);
}

TEST_F(invalidate, page_that_nobody_may_touch_is_not_read)
{
	rules("FLT-012");
	needs(NEED_FAULTS);
	ASSERT_EQ(mprotect(self->memory, PAGE, PROT_NONE), 0);
	EXPECT_EQ(device_sum(&self->bond, self->memory, 8).outcome, FAULT_READ);
}

TEST_F(invalidate, page_made_writable_is_written_to)
{
	rules("FLT-012");
	ASSERT_EQ(mprotect(self->memory, PAGE, PROT_READ), 0);
	ASSERT_EQ(device_sum(&self->bond, self->memory, 8).outcome, DONE);
	ASSERT_EQ(mprotect(self->memory, PAGE, PROT_READ | PROT_WRITE), 0);
	EXPECT_EQ(device_write(&self->bond, self->memory, NEW).outcome, DONE);
	EXPECT_EQ(self->memory[0], NEW);
}

TEST_F(invalidate, page_given_back_is_read_as_zeros)
{
	uint64_t got = 1;

	rules("FLT-013");
	if (madvise(self->memory, PAGE, MADV_DONTNEED))
		skip("this kernel has no madvise");
	EXPECT_EQ(device_read(&self->bond, self->memory, &got).outcome, DONE);
	EXPECT_EQ(got, 0);
}

TEST_F(invalidate, write_to_a_page_given_back_is_seen)
{
	rules("FLT-013");
	if (madvise(self->memory, PAGE, MADV_DONTNEED))
		skip("this kernel has no madvise");
	EXPECT_EQ(device_write(&self->bond, self->memory, NEW).outcome, DONE);
	EXPECT_EQ(self->memory[0], NEW);
}

TEST_F(invalidate, page_that_may_be_given_back_holds_one_or_the_other)
{
	uint64_t got = 1;

	rules("FLT-013");
	if (madvise(self->memory, PAGE, MADV_FREE))
		skip("this kernel has no MADV_FREE");
	ASSERT_EQ(device_read(&self->bond, self->memory, &got).outcome, DONE);
	EXPECT_TRUE(got == OLD || got == 0);
	EXPECT_EQ(device_write(&self->bond, self->memory, NEW).outcome, DONE);
	EXPECT_EQ(self->memory[0], NEW);
}

/* After a fork both have the page, until one of them writes */

static int childs_word(uint64_t *memory, int go)
{
	char c;

	if (read(go, &c, 1) != 1)
		return 1;
	return memory[0] == OLD ? 0 : 2;
}

TEST_F(invalidate, device_of_a_parent_does_not_write_to_its_child)
{
	int go[2], status = -1;
	pid_t pid;

	rules("FLT-014", "ISO-001");
	ASSERT_EQ(pipe(go), 0);
	pid = fork();
	if (!pid)
		_exit(childs_word(self->memory, go[0]));
	EXPECT_EQ(device_write(&self->bond, self->memory, NEW).outcome, DONE);
	EXPECT_EQ(self->memory[0], NEW);
	ASSERT_EQ(write(go[1], "", 1), 1);
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	EXPECT_EQ(status, 0);
}

TEST_F(invalidate, device_that_has_read_after_a_fork_does_not_write_to_the_child)
{
	int go[2], status = -1;
	pid_t pid;

	rules("FLT-014", "ISO-001");
	ASSERT_EQ(pipe(go), 0);
	pid = fork();
	if (!pid)
		_exit(childs_word(self->memory, go[0]));
	ASSERT_EQ(device_sum(&self->bond, self->memory, 8).outcome, DONE);
	EXPECT_EQ(device_write(&self->bond, self->memory, NEW).outcome, DONE);
	EXPECT_EQ(self->memory[0], NEW);
	ASSERT_EQ(write(go[1], "", 1), 1);
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	EXPECT_EQ(status, 0);
}

TEST_F(invalidate, device_reads_what_its_program_wrote_after_a_fork)
{
	uint64_t got = 0;
	int go[2], status = -1;
	pid_t pid;

	rules("FLT-014");
	ASSERT_EQ(pipe(go), 0);
	pid = fork();
	if (!pid)
		_exit(childs_word(self->memory, go[0]));
	ASSERT_EQ(device_sum(&self->bond, self->memory, 8).outcome, DONE);
	self->memory[0] = NEW;
	EXPECT_EQ(device_read(&self->bond, self->memory, &got).outcome, DONE);
	EXPECT_EQ(got, NEW);
	ASSERT_EQ(write(go[1], "", 1), 1);
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	EXPECT_EQ(status, 0);
}

TEST_F(invalidate, device_does_not_read_what_the_child_writes)
{
	uint64_t got = 0;
	int status = -1;
	pid_t pid;

	rules("FLT-014", "ISO-001");
	pid = fork();
	if (!pid) {
		self->memory[0] = NEW;
		_exit(0);
	}
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	EXPECT_EQ(device_read(&self->bond, self->memory, &got).outcome, DONE);
	EXPECT_EQ(got, OLD);
}

TEST_F(invalidate, page_written_by_the_program_after_the_device_read_zeros)
{
	uint64_t *fresh = self->memory + PAGE / 8, got = 1;

	rules("FLT-014");
	ASSERT_EQ(device_read(&self->bond, fresh, &got).outcome, DONE);
	ASSERT_EQ(got, 0);
	fresh[0] = NEW;
	EXPECT_EQ(device_read(&self->bond, fresh, &got).outcome, DONE);
	EXPECT_EQ(got, NEW);
}

/* Over and over: what is mapped now is what the device reads and writes */
TEST_F(invalidate, pages_that_come_and_go)
{
	uint64_t i, got;

	rules("FLT-010");
	for (i = 1; i < 200; i++) {
		ASSERT_EQ(mmap(self->memory, PAGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), self->memory);
		self->memory[0] = i;
		ASSERT_EQ(device_read(&self->bond, self->memory, &got).outcome, DONE);
		ASSERT_EQ(got, i);
		ASSERT_EQ(device_write(&self->bond, self->memory + 1, ~i).outcome, DONE);
		ASSERT_EQ(self->memory[1], ~i);
	}
}

TEST_HARNESS_MAIN
