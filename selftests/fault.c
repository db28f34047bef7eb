// SPDX-License-Identifier: GPL-2.0
/*
 * Where a device may read and write: exactly where the program may. A page that is
 * not there is asked for, unless the operation says that it is not to be.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/svac.h"

#define WORD	0x0123456789abcdefULL
#define HUGE	(2UL << 20)

FIXTURE(fault)
{
	struct bond bond;
	char *memory;
};

FIXTURE_SETUP(fault)
{
	self->memory = map(4 * PAGE, PROT_READ | PROT_WRITE);
	ASSERT_NE(self->memory, NULL);
	ASSERT_EQ(bond_open(&self->bond), 0);
}

FIXTURE_TEARDOWN(fault)
{
	bond_close(&self->bond);
}

static uint64_t word_at(const void *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

TEST_F(fault, write_to_an_untouched_page)
{
	rules("FLT-001");
	needs(NEED_REQUESTS);
	EXPECT_EQ(device_write(&self->bond, self->memory, WORD).outcome, DONE);
	EXPECT_EQ(word_at(self->memory), WORD);
}

TEST_F(fault, read_of_an_untouched_page_finds_zeros)
{
	rules("FLT-001");
	needs(NEED_REQUESTS);
	struct ending ending = device_sum(&self->bond, self->memory, PAGE);

	EXPECT_EQ(ending.outcome, DONE);
	EXPECT_EQ(ending.result, 0);
}

TEST_F(fault, write_after_a_read_of_the_zero_page)
{
	rules("FLT-001");
	needs(NEED_REQUESTS);
	ASSERT_EQ(device_sum(&self->bond, self->memory, 8).outcome, DONE);
	EXPECT_EQ(device_write(&self->bond, self->memory, WORD).outcome, DONE);
	EXPECT_EQ(word_at(self->memory), WORD);
}

TEST_F(fault, untouched_page_without_requests)
{
	struct operation operation = {
		.verb = FILL, .pasid = self->bond.pasid, .dst = self->memory, .len = 8,
		.operand = WORD, .no_requests = true,
	};
	struct ending ending;

	rules("FLT-002");
	needs(NEED_AT_ONCE, NEED_FAULTS);
	ending = perform(&self->bond.device, &operation);
	EXPECT_EQ(ending.outcome, FAULT_WRITE);
	EXPECT_EQ(ending.address, (uintptr_t)self->memory);
	EXPECT_EQ(word_at(self->memory), 0);
}

TEST_F(fault, touched_page_without_requests)
{
	struct operation operation = {
		.verb = FILL, .pasid = self->bond.pasid, .dst = self->memory, .len = 8,
		.operand = WORD, .no_requests = true,
	};

	rules("FLT-002");
	needs(NEED_AT_ONCE);
	self->memory[0] = 1;
	EXPECT_EQ(perform(&self->bond.device, &operation).outcome, DONE);
	EXPECT_EQ(word_at(self->memory), WORD);
}

TEST_F(fault, write_to_a_page_that_may_only_be_read)
{
	struct ending ending;

	rules("FLT-003");
	needs(NEED_FAULTS);
	self->memory[0] = 1;
	ASSERT_EQ(mprotect(self->memory, PAGE, PROT_READ), 0);
	ending = device_write(&self->bond, self->memory, WORD);
	EXPECT_EQ(ending.outcome, FAULT_WRITE);
	EXPECT_EQ(ending.address, (uintptr_t)self->memory);
	EXPECT_EQ(word_at(self->memory), 1);
}

TEST_F(fault, write_after_a_read_of_a_page_that_may_only_be_read)
{
	rules("FLT-003");
	needs(NEED_FAULTS);
	self->memory[0] = 1;
	ASSERT_EQ(mprotect(self->memory, PAGE, PROT_READ), 0);
	ASSERT_EQ(device_sum(&self->bond, self->memory, 8).outcome, DONE);
	EXPECT_EQ(device_write(&self->bond, self->memory, WORD).outcome, FAULT_WRITE);
	EXPECT_EQ(word_at(self->memory), 1);
}

TEST_F(fault, read_of_a_page_that_may_only_be_read)
{
	rules("FLT-003");
	self->memory[0] = 1;
	ASSERT_EQ(mprotect(self->memory, PAGE, PROT_READ), 0);
	EXPECT_EQ(device_sum(&self->bond, self->memory, PAGE).result, 1);
}

TEST_F(fault, page_that_may_not_be_touched)
{
	rules("FLT-003");
	needs(NEED_FAULTS);
	self->memory[0] = 1;
	ASSERT_EQ(mprotect(self->memory, PAGE, PROT_NONE), 0);
	EXPECT_EQ(device_sum(&self->bond, self->memory, 8).outcome, FAULT_READ);
	EXPECT_EQ(device_write(&self->bond, self->memory, WORD).outcome, FAULT_WRITE);
	ASSERT_EQ(mprotect(self->memory, PAGE, PROT_READ), 0);
	EXPECT_EQ(word_at(self->memory), 1);
}

TEST_F(fault, page_that_may_be_touched_again)
{
	rules("FLT-003");
	needs(NEED_FAULTS);
	ASSERT_EQ(mprotect(self->memory, PAGE, PROT_NONE), 0);
	ASSERT_EQ(device_sum(&self->bond, self->memory, 8).outcome, FAULT_READ);
	ASSERT_EQ(mprotect(self->memory, PAGE, PROT_READ | PROT_WRITE), 0);
	EXPECT_EQ(device_write(&self->bond, self->memory, WORD).outcome, DONE);
	EXPECT_EQ(word_at(self->memory), WORD);
}

TEST_F(fault, address_that_is_not_mapped)
{
	struct ending ending;

	rules("FLT-004");
	needs(NEED_FAULTS);
	ASSERT_EQ(munmap(self->memory, PAGE), 0);
	ending = device_sum(&self->bond, self->memory, 8);
	EXPECT_EQ(ending.outcome, FAULT_READ);
	EXPECT_EQ(ending.address, (uintptr_t)self->memory);
	EXPECT_EQ(device_write(&self->bond, self->memory, WORD).outcome, FAULT_WRITE);
}

TEST_F(fault, address_beyond_what_programs_have)
{
	rules("FLT-004");
	needs(NEED_FAULTS);
	EXPECT_EQ(device_sum(&self->bond, (void *)-PAGE, 8).outcome, FAULT_READ);
	EXPECT_EQ(device_write(&self->bond, (void *)(1UL << 62), WORD).outcome, FAULT_WRITE);
	EXPECT_EQ(device_sum(&self->bond, NULL, 8).outcome, FAULT_READ);
}

TEST_F(fault, operation_ends_where_the_hole_begins)
{
	struct operation operation = {
		.verb = FILL, .pasid = self->bond.pasid, .dst = self->memory, .len = 3 * PAGE,
		.operand = WORD,
	};
	struct ending ending;

	rules("FLT-004");
	needs(NEED_FAULTS);
	ASSERT_EQ(munmap(self->memory + 2 * PAGE, PAGE), 0);
	ending = perform(&self->bond.device, &operation);
	EXPECT_EQ(ending.outcome, FAULT_WRITE);
	EXPECT_EQ(ending.done, 2 * PAGE);
	EXPECT_EQ(ending.address, (uintptr_t)self->memory + 2 * PAGE);
	EXPECT_EQ(word_at(self->memory + 2 * PAGE - 8), WORD);
}

TEST_F(fault, device_goes_on_after_a_fault)
{
	rules("FLT-005");
	needs(NEED_FAULTS);
	ASSERT_EQ(device_sum(&self->bond, NULL, 8).outcome, FAULT_READ);
	EXPECT_EQ(device_write(&self->bond, self->memory, WORD).outcome, DONE);
	EXPECT_EQ(word_at(self->memory), WORD);
}

TEST_F(fault, words_across_pages)
{
	rules("FLT-001");
	needs(NEED_REQUESTS);
	EXPECT_EQ(device_write(&self->bond, self->memory + PAGE - 3, WORD).outcome, DONE);
	EXPECT_EQ(word_at(self->memory + PAGE - 3), WORD);
}

TEST_F(fault, copy_from_page_to_page)
{
	struct operation operation = {
		.verb = COPY, .pasid = self->bond.pasid, .src = self->memory + 1,
		.dst = self->memory + 2 * PAGE + 5, .len = PAGE + 100,
	};

	rules("FLT-001");
	needs(NEED_REQUESTS);
	memset(self->memory, 0x42, 2 * PAGE);
	EXPECT_EQ(perform(&self->bond.device, &operation).outcome, DONE);
	EXPECT_EQ(memcmp(self->memory + 1, self->memory + 2 * PAGE + 5, PAGE + 100), 0);
	EXPECT_EQ(self->memory[2 * PAGE + 4], 0);
}

TEST_F(fault, sums_of_a_device_and_a_program_add_up)
{
	uint64_t *word = (uint64_t *)self->memory;
	struct operation operation = {
		.verb = ADD, .pasid = self->bond.pasid, .dst = word, .operand = 3,
	};
	unsigned int i;

	rules("FLT-006");
	needs(NEED_ADD);
	for (i = 0; i < 500; i++) {
		ASSERT_EQ(perform(&self->bond.device, &operation).outcome, DONE);
		__atomic_fetch_add(word, 1, __ATOMIC_SEQ_CST);
	}
	EXPECT_EQ(*word, 2000);
}

/* The stack grows downwards as the program may have it grow, and no further */
TEST_F(fault, stack_grows_for_the_program_alone)
{
	char *below = (char *)__builtin_frame_address(0) - 16 * PAGE;
	struct ending ending;

	rules("FLT-007");
	needs(NEED_REQUESTS, NEED_FAULTS);
	ending = device_write(&self->bond, below, WORD);
	/* The kernel lets a stack grow for the program itself; for a device it may refuse */
	EXPECT_TRUE(ending.outcome == DONE || ending.outcome == FAULT_WRITE);
	if (ending.outcome == DONE)
		EXPECT_EQ(word_at(below), WORD);
}

/* ---- kinds of memory ---- */

FIXTURE(kinds)
{
	struct bond bond;
	char *memory;
};

FIXTURE_VARIANT(kinds)
{
	int flags;
	bool file;
	bool memfd;
	bool huge;
};

FIXTURE_VARIANT_ADD(kinds, private_anonymous) { .flags = MAP_PRIVATE | MAP_ANONYMOUS };
FIXTURE_VARIANT_ADD(kinds, shared_anonymous) { .flags = MAP_SHARED | MAP_ANONYMOUS };
FIXTURE_VARIANT_ADD(kinds, private_file) { .flags = MAP_PRIVATE, .file = true };
FIXTURE_VARIANT_ADD(kinds, shared_file) { .flags = MAP_SHARED, .file = true };
FIXTURE_VARIANT_ADD(kinds, memfd) { .flags = MAP_SHARED, .memfd = true };
FIXTURE_VARIANT_ADD(kinds, locked) { .flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED };
FIXTURE_VARIANT_ADD(kinds, populated) { .flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE };
FIXTURE_VARIANT_ADD(kinds, transparent_huge) {
	.flags = MAP_PRIVATE | MAP_ANONYMOUS, .huge = true,
};

FIXTURE_SETUP(kinds)
{
	size_t len = variant->huge ? 2 * HUGE : 4 * PAGE;
	int fd = -1;

	if (variant->file)
		fd = open(P_tmpdir, O_RDWR | O_TMPFILE, 0600);
	if (variant->memfd)
		fd = syscall(SYS_memfd_create, "kinds", 0);
	if (variant->memfd && fd < 0 && errno == ENOSYS)
		skip("this kernel has no memfd");
	if (variant->file || variant->memfd) {
		ASSERT_GE(fd, 0);
		ASSERT_EQ(ftruncate(fd, len), 0);
	}
	self->memory = mmap(NULL, len, PROT_READ | PROT_WRITE, variant->flags, fd, 0);
	ASSERT_NE(self->memory, MAP_FAILED);
	if (variant->huge && madvise(self->memory, len, MADV_HUGEPAGE))
		skip("this kernel has no transparent huge pages");
	ASSERT_EQ(bond_open(&self->bond), 0);
}

FIXTURE_TEARDOWN(kinds)
{
	bond_close(&self->bond);
}

TEST_F(kinds, device_reads_what_was_written)
{
	rules("FLT-008");
	memset(self->memory + PAGE, 1, PAGE);
	EXPECT_EQ(device_sum(&self->bond, self->memory, 3 * PAGE).result, PAGE);
}

TEST_F(kinds, program_reads_what_the_device_wrote)
{
	rules("FLT-008");
	EXPECT_EQ(device_write(&self->bond, self->memory + PAGE, WORD).outcome, DONE);
	EXPECT_EQ(word_at(self->memory + PAGE), WORD);
}

TEST_F(kinds, what_both_wrote_is_there)
{
	rules("FLT-008");
	EXPECT_EQ(device_write(&self->bond, self->memory, WORD).outcome, DONE);
	memcpy(self->memory + 8, &(uint64_t){ ~WORD }, 8);
	EXPECT_EQ(device_write(&self->bond, self->memory + 16, WORD).outcome, DONE);
	EXPECT_EQ(word_at(self->memory), WORD);
	EXPECT_EQ(word_at(self->memory + 8), ~WORD);
	EXPECT_EQ(word_at(self->memory + 16), WORD);
}

/* ---- files ---- */

FIXTURE(file)
{
	struct bond bond;
	int fd;
	char *memory;
};

FIXTURE_SETUP(file)
{
	self->fd = open(P_tmpdir, O_RDWR | O_TMPFILE, 0600);
	ASSERT_GE(self->fd, 0);
	ASSERT_EQ(ftruncate(self->fd, PAGE), 0);
	ASSERT_EQ(bond_open(&self->bond), 0);
}

FIXTURE_TEARDOWN(file)
{
	bond_close(&self->bond);
}

TEST_F(file, write_to_a_shared_mapping_reaches_the_file)
{
	uint64_t got = 0;

	rules("FLT-009");
	self->memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(self->memory, MAP_FAILED);
	ASSERT_EQ(device_write(&self->bond, self->memory, WORD).outcome, DONE);
	ASSERT_EQ(pread(self->fd, &got, 8, 0), 8);
	EXPECT_EQ(got, WORD);
}

TEST_F(file, write_to_a_private_mapping_leaves_the_file)
{
	uint64_t got = 1;

	rules("FLT-009");
	self->memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, self->fd, 0);
	ASSERT_NE(self->memory, MAP_FAILED);
	ASSERT_EQ(device_sum(&self->bond, self->memory, 8).outcome, DONE);
	ASSERT_EQ(device_write(&self->bond, self->memory, WORD).outcome, DONE);
	EXPECT_EQ(word_at(self->memory), WORD);
	ASSERT_EQ(pread(self->fd, &got, 8, 0), 8);
	EXPECT_EQ(got, 0);
}

TEST_F(file, read_sees_what_was_written_to_the_file)
{
	uint64_t word = WORD, got = 0;

	rules("FLT-009");
	self->memory = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, self->fd, 0);
	ASSERT_NE(self->memory, MAP_FAILED);
	ASSERT_EQ(device_sum(&self->bond, self->memory, 8).result, 0);
	ASSERT_EQ(pwrite(self->fd, &word, 8, 0), 8);
	ASSERT_EQ(device_read(&self->bond, self->memory, &got).outcome, DONE);
	EXPECT_EQ(got, WORD);
}

TEST_F(file, page_beyond_the_end_is_a_fault)
{
	rules("FLT-004", "FLT-009");
	needs(NEED_FAULTS);
	self->memory = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(self->memory, MAP_FAILED);
	EXPECT_EQ(device_sum(&self->bond, self->memory + PAGE, 8).outcome, FAULT_READ);
}

TEST_F(file, truncated_page_is_a_fault)
{
	rules("FLT-004", "FLT-009");
	needs(NEED_FAULTS);
	self->memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(self->memory, MAP_FAILED);
	ASSERT_EQ(device_write(&self->bond, self->memory, WORD).outcome, DONE);
	ASSERT_EQ(ftruncate(self->fd, 0), 0);
	EXPECT_EQ(device_sum(&self->bond, self->memory, 8).outcome, FAULT_READ);
	EXPECT_EQ(device_write(&self->bond, self->memory, WORD).outcome, FAULT_WRITE);
}

TEST_HARNESS_MAIN
