// SPDX-License-Identifier: GPL-2.0
/*
 * Paging domains: a device reaches by a PASID what the program has mapped, where it
 * has mapped it, and nothing else; beside it the memory of processes by PASIDs of theirs.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/svac.h"

#define PAGES	4
#define IOVA	0x800000000000UL	/* where no program has memory */
#define WORD	0x1122334455667788ULL
#define PASID	11
#define OTHER	12

FIXTURE(domain)
{
	struct device device;
	uint32_t number;
	uint64_t *memory;
};

FIXTURE_SETUP(domain)
{
	if (!device_driver.domain_alloc)
		skip("programs have no paging domains on devices of this kind");
	ASSERT_EQ(device_driver.open(&self->device), 0);
	if (device_driver.domain_alloc(&self->device, &self->number) == -EOPNOTSUPP)
		skip("this implementation has no paging domains for programs");
	ASSERT_NE(self->number, 0);
	self->memory = map(PAGES * PAGE, PROT_READ | PROT_WRITE);
	ASSERT_NE(self->memory, NULL);
}

FIXTURE_TEARDOWN(domain)
{
	if (self->device.fd > 0)
		device_driver.close(&self->device);
}

static struct ending write_at(struct device *device, uint32_t pasid, uint64_t iova, uint64_t word)
{
	const struct operation operation = {
		.verb = FILL, .pasid = pasid, .dst = (void *)iova, .len = sizeof(word),
		.operand = word,
	};

	return perform(device, &operation);
}

static struct ending sum_at(struct device *device, uint32_t pasid, uint64_t iova, uint64_t len)
{
	const struct operation operation = {
		.verb = SUM, .pasid = pasid, .src = (void *)iova, .len = len,
	};

	return perform(device, &operation);
}

/* All of the memory mapped at IOVA, and PASID set to it */
static int map_and_set(struct device *device, uint32_t number, void *memory, unsigned int may)
{
	int ret = device_driver.map(device, number, memory, IOVA, PAGES * PAGE, may);

	return ret ?: device_driver.set(device, PASID, device, number);
}

TEST_F(domain, device_writes_what_the_program_reads)
{
	rules("PASID-002", "PASID-021");
	ASSERT_EQ(map_and_set(&self->device, self->number, self->memory, MAY_WRITE), 0);
	EXPECT_EQ(write_at(&self->device, PASID, IOVA, WORD).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
}

TEST_F(domain, device_reads_what_the_program_wrote)
{
	struct ending ending;

	rules("PASID-002", "PASID-021");
	self->memory[1] = 7;
	ASSERT_EQ(map_and_set(&self->device, self->number, self->memory, MAY_READ), 0);
	ending = sum_at(&self->device, PASID, IOVA, PAGES * PAGE);
	EXPECT_EQ(ending.outcome, DONE);
	EXPECT_EQ(ending.result, 7);
}

TEST_F(domain, device_adds_to_what_is_mapped)
{
	const struct operation operation = {
		.verb = ADD, .pasid = PASID, .dst = (void *)(IOVA + 8), .operand = 2,
	};
	struct ending ending;

	rules("PASID-002", "FLT-006");
	needs(NEED_ADD);
	self->memory[1] = 40;
	ASSERT_EQ(map_and_set(&self->device, self->number, self->memory, MAY_READ | MAY_WRITE), 0);
	ending = perform(&self->device, &operation);
	EXPECT_EQ(ending.outcome, DONE);
	EXPECT_EQ(ending.result, 40);
	EXPECT_EQ(self->memory[1], 42);
}

/* The pages of the program in the opposite order */
TEST_F(domain, each_page_is_where_it_was_mapped)
{
	unsigned int i;

	rules("PASID-003");
	for (i = 0; i < PAGES; i++)
		ASSERT_EQ(device_driver.map(&self->device, self->number,
					    (char *)self->memory + i * PAGE,
					    IOVA + (PAGES - 1 - i) * PAGE, PAGE, MAY_WRITE), 0);
	ASSERT_EQ(device_driver.set(&self->device, PASID, &self->device, self->number), 0);
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(write_at(&self->device, PASID, IOVA + (PAGES - 1 - i) * PAGE,
				   WORD + i).outcome, DONE);
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(self->memory[i * PAGE / 8], WORD + i);
}

TEST_F(domain, operation_over_all_pages)
{
	const struct operation operation = {
		.verb = FILL, .pasid = PASID, .dst = (void *)IOVA, .len = PAGES * PAGE,
		.operand = WORD,
	};
	unsigned int i;

	rules("PASID-003");
	ASSERT_EQ(map_and_set(&self->device, self->number, self->memory, MAY_WRITE), 0);
	EXPECT_EQ(perform(&self->device, &operation).outcome, DONE);
	for (i = 0; i < PAGES * PAGE / 8; i++)
		ASSERT_EQ(self->memory[i], WORD);
}

TEST_F(domain, not_set_reaches_nothing)
{
	rules("PASID-002", "ISO-004");
	ASSERT_EQ(device_driver.map(&self->device, self->number, self->memory, IOVA, PAGE,
				    MAY_WRITE), 0);
	EXPECT_EQ(write_at(&self->device, PASID, IOVA, WORD).outcome, NO_PASID);
	EXPECT_EQ(self->memory[0], 0);
}

TEST_F(domain, nothing_is_reached_where_nothing_is_mapped)
{
	struct ending ending;

	rules("FLT-004", "PASID-003");
	ASSERT_EQ(map_and_set(&self->device, self->number, self->memory, MAY_READ | MAY_WRITE), 0);
	ending = write_at(&self->device, PASID, IOVA - 8, WORD);
	EXPECT_EQ(ending.outcome, FAULT_WRITE);
	EXPECT_EQ(ending.address, IOVA - 8);
	ending = sum_at(&self->device, PASID, IOVA, PAGES * PAGE + 1);
	EXPECT_EQ(ending.outcome, FAULT_READ);
	EXPECT_EQ(ending.address, IOVA + PAGES * PAGE);
	EXPECT_EQ(ending.done, PAGES * PAGE);
	/* And not at the address that the program has it at */
	EXPECT_EQ(write_at(&self->device, PASID, (uintptr_t)self->memory, WORD).outcome,
		  FAULT_WRITE);
	EXPECT_EQ(self->memory[0], 0);
}

TEST_F(domain, fault_ends_one_operation)
{
	rules("FLT-005");
	ASSERT_EQ(map_and_set(&self->device, self->number, self->memory, MAY_WRITE), 0);
	ASSERT_EQ(write_at(&self->device, PASID, 0, WORD).outcome, FAULT_WRITE);
	EXPECT_EQ(write_at(&self->device, PASID, IOVA, WORD).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
}

TEST_F(domain, what_may_only_be_read_is_not_written)
{
	struct ending ending;

	rules("FLT-003", "PASID-003");
	self->memory[0] = 1;
	ASSERT_EQ(map_and_set(&self->device, self->number, self->memory, MAY_READ), 0);
	ending = write_at(&self->device, PASID, IOVA, WORD);
	EXPECT_EQ(ending.outcome, FAULT_WRITE);
	EXPECT_EQ(ending.address, IOVA);
	EXPECT_EQ(sum_at(&self->device, PASID, IOVA, 8).result, 1);
	EXPECT_EQ(self->memory[0], 1);
}

TEST_F(domain, what_may_only_be_written_is_not_read)
{
	const struct operation operation = {
		.verb = ADD, .pasid = PASID, .dst = (void *)IOVA, .operand = 1,
	};

	rules("FLT-003", "PASID-003");
	ASSERT_EQ(map_and_set(&self->device, self->number, self->memory, MAY_WRITE), 0);
	EXPECT_EQ(sum_at(&self->device, PASID, IOVA, 8).outcome, FAULT_READ);
	EXPECT_NE(perform(&self->device, &operation).outcome, DONE);
	EXPECT_EQ(self->memory[0], 0);
}

TEST_F(domain, mapped_after_it_was_set)
{
	rules("PASID-003");
	ASSERT_EQ(device_driver.set(&self->device, PASID, &self->device, self->number), 0);
	ASSERT_EQ(write_at(&self->device, PASID, IOVA, WORD).outcome, FAULT_WRITE);
	ASSERT_EQ(device_driver.map(&self->device, self->number, self->memory, IOVA, PAGE,
				    MAY_WRITE), 0);
	EXPECT_EQ(write_at(&self->device, PASID, IOVA, WORD).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
}

TEST_F(domain, unmapped_page_is_not_reached)
{
	rules("ISO-005");
	ASSERT_EQ(map_and_set(&self->device, self->number, self->memory, MAY_READ | MAY_WRITE), 0);
	ASSERT_EQ(write_at(&self->device, PASID, IOVA, WORD).outcome, DONE);
	ASSERT_EQ(device_driver.unmap(&self->device, self->number, IOVA, PAGE), 0);
	EXPECT_EQ(write_at(&self->device, PASID, IOVA, 2).outcome, FAULT_WRITE);
	EXPECT_EQ(sum_at(&self->device, PASID, IOVA, 8).outcome, FAULT_READ);
	EXPECT_EQ(self->memory[0], WORD);
	/* The others are */
	EXPECT_EQ(write_at(&self->device, PASID, IOVA + PAGE, WORD).outcome, DONE);
	EXPECT_EQ(self->memory[PAGE / 8], WORD);
}

TEST_F(domain, unmapped_while_the_device_writes)
{
	const struct operation operation = {
		.verb = FILL, .pasid = PASID, .dst = (void *)IOVA, .len = PAGES * PAGE,
		.operand = WORD,
	};
	unsigned int i, round;
	uint32_t jobs[8];
	struct ending ending;

	rules("ISO-005", "FLT-015");
	ASSERT_EQ(device_driver.set(&self->device, PASID, &self->device, self->number), 0);
	for (round = 0; round < 50; round++) {
		ASSERT_EQ(device_driver.map(&self->device, self->number, self->memory, IOVA,
					    PAGES * PAGE, MAY_WRITE), 0);
		for (i = 0; i < 8; i++)
			ASSERT_EQ(device_driver.submit(&self->device, &operation, &jobs[i]), 0);
		ASSERT_EQ(device_driver.unmap(&self->device, self->number, IOVA, PAGES * PAGE), 0);
		memset(self->memory, 0, PAGES * PAGE);
		for (i = 0; i < 8; i++) {
			ASSERT_EQ(device_driver.wait(&self->device, jobs[i], PATIENCE, &ending), 0);
			EXPECT_TRUE(ending.outcome == DONE || ending.outcome == FAULT_WRITE);
		}
		for (i = 0; i < PAGES * PAGE / 8; i++)
			ASSERT_EQ(self->memory[i], 0);
	}
}

TEST_F(domain, mapped_again_with_other_memory)
{
	uint64_t *other = map(PAGE, PROT_READ | PROT_WRITE);

	rules("PASID-003", "ISO-005");
	ASSERT_NE(other, NULL);
	ASSERT_EQ(map_and_set(&self->device, self->number, self->memory, MAY_WRITE), 0);
	ASSERT_EQ(device_driver.unmap(&self->device, self->number, IOVA, PAGES * PAGE), 0);
	ASSERT_EQ(device_driver.map(&self->device, self->number, other, IOVA, PAGE, MAY_WRITE), 0);
	EXPECT_EQ(write_at(&self->device, PASID, IOVA, WORD).outcome, DONE);
	EXPECT_EQ(other[0], WORD);
	EXPECT_EQ(self->memory[0], 0);
}

/* What was mapped is the page, not the address */
TEST_F(domain, page_stays_mapped_when_the_program_has_other_memory_there)
{
	struct ending ending;

	rules("DOM-022");
	self->memory[0] = 5;
	ASSERT_EQ(map_and_set(&self->device, self->number, self->memory, MAY_READ | MAY_WRITE), 0);
	ASSERT_EQ(mmap(self->memory, PAGES * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), self->memory);
	ending = sum_at(&self->device, PASID, IOVA, PAGES * PAGE);
	EXPECT_EQ(ending.outcome, DONE);
	EXPECT_EQ(ending.result, 5);
	EXPECT_EQ(write_at(&self->device, PASID, IOVA, WORD).outcome, DONE);
	EXPECT_EQ(self->memory[0], 0);
}

TEST_F(domain, page_stays_that_of_the_program_after_fork)
{
	int status;
	pid_t pid;

	rules("DOM-022");
	ASSERT_EQ(map_and_set(&self->device, self->number, self->memory, MAY_WRITE), 0);
	pid = fork();
	if (!pid)
		_exit(0);
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	self->memory[1] = 1;
	EXPECT_EQ(write_at(&self->device, PASID, IOVA, WORD).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
}

TEST_F(domain, page_that_is_mapped_cannot_be_mapped_again)
{
	uint64_t *other = map(PAGES * PAGE, PROT_READ | PROT_WRITE);
	struct ending ending;

	rules("DOM-023");
	ASSERT_NE(other, NULL);
	ASSERT_EQ(device_driver.map(&self->device, self->number, self->memory, IOVA + 2 * PAGE,
				    PAGE, MAY_READ), 0);
	ASSERT_EQ(device_driver.set(&self->device, PASID, &self->device, self->number), 0);
	EXPECT_EQ(device_driver.map(&self->device, self->number, other, IOVA, PAGES * PAGE,
				    MAY_READ), -EEXIST);
	/* And nothing has been */
	ending = sum_at(&self->device, PASID, IOVA, 8);
	EXPECT_EQ(ending.outcome, FAULT_READ);
	EXPECT_EQ(sum_at(&self->device, PASID, IOVA + 2 * PAGE, 8).outcome, DONE);
}

TEST_F(domain, range_with_a_hole_cannot_be_unmapped)
{
	rules("DOM-023");
	ASSERT_EQ(map_and_set(&self->device, self->number, self->memory, MAY_READ), 0);
	ASSERT_EQ(device_driver.unmap(&self->device, self->number, IOVA + PAGE, PAGE), 0);
	EXPECT_EQ(device_driver.unmap(&self->device, self->number, IOVA, PAGES * PAGE), -ENOENT);
	EXPECT_EQ(sum_at(&self->device, PASID, IOVA, 8).outcome, DONE);
}

TEST_F(domain, memory_that_the_program_may_not_write_cannot_be_mapped)
{
	rules("DOM-023", "FLT-003");
	ASSERT_EQ(mprotect(self->memory, PAGE, PROT_READ), 0);
	EXPECT_EQ(device_driver.map(&self->device, self->number, self->memory, IOVA, PAGES * PAGE,
				    MAY_READ), -EFAULT);
	ASSERT_EQ(munmap((char *)self->memory + 3 * PAGE, PAGE), 0);
	EXPECT_EQ(device_driver.map(&self->device, self->number, (char *)self->memory + 2 * PAGE,
				    IOVA, 2 * PAGE, MAY_READ), -EFAULT);
	ASSERT_EQ(device_driver.set(&self->device, PASID, &self->device, self->number), 0);
	EXPECT_EQ(sum_at(&self->device, PASID, IOVA, 8).outcome, FAULT_READ);
}

TEST_F(domain, two_pasids_reach_one_domain)
{
	rules("PASID-020");
	ASSERT_EQ(map_and_set(&self->device, self->number, self->memory, MAY_WRITE), 0);
	ASSERT_EQ(device_driver.set(&self->device, OTHER, &self->device, self->number), 0);
	EXPECT_EQ(write_at(&self->device, PASID, IOVA, 1).outcome, DONE);
	EXPECT_EQ(write_at(&self->device, OTHER, IOVA + 8, 2).outcome, DONE);
	EXPECT_EQ(self->memory[0], 1);
	EXPECT_EQ(self->memory[1], 2);
	ASSERT_EQ(device_driver.block(&self->device, PASID), 0);
	EXPECT_EQ(write_at(&self->device, PASID, IOVA, 3).outcome, NO_PASID);
	EXPECT_EQ(write_at(&self->device, OTHER, IOVA + 8, 4).outcome, DONE);
	EXPECT_EQ(self->memory[0], 1);
	EXPECT_EQ(self->memory[1], 4);
}

TEST_F(domain, two_domains_are_two_address_spaces)
{
	uint32_t other;

	rules("PASID-019", "ISO-004");
	ASSERT_EQ(device_driver.domain_alloc(&self->device, &other), 0);
	ASSERT_EQ(map_and_set(&self->device, self->number, self->memory, MAY_WRITE), 0);
	ASSERT_EQ(device_driver.map(&self->device, other, (char *)self->memory + PAGE,
				    IOVA, PAGE, MAY_WRITE), 0);
	ASSERT_EQ(device_driver.set(&self->device, OTHER, &self->device, other), 0);
	EXPECT_EQ(write_at(&self->device, OTHER, IOVA, WORD).outcome, DONE);
	EXPECT_EQ(self->memory[0], 0);
	EXPECT_EQ(self->memory[PAGE / 8], WORD);
	EXPECT_EQ(write_at(&self->device, OTHER, IOVA + PAGE, WORD).outcome, FAULT_WRITE);
}

TEST_F(domain, two_devices_reach_one_domain)
{
	struct device other;

	rules("PASID-020");
	ASSERT_EQ(device_driver.open(&other), 0);
	ASSERT_EQ(map_and_set(&self->device, self->number, self->memory, MAY_WRITE), 0);
	ASSERT_EQ(device_driver.set(&other, OTHER, &self->device, self->number), 0);
	EXPECT_EQ(write_at(&other, OTHER, IOVA, WORD).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
	/* Each by its own PASID alone */
	EXPECT_EQ(write_at(&other, PASID, IOVA, 1).outcome, NO_PASID);
	EXPECT_EQ(write_at(&self->device, OTHER, IOVA, 1).outcome, NO_PASID);
	ASSERT_EQ(device_driver.unmap(&self->device, self->number, IOVA, PAGE), 0);
	EXPECT_EQ(write_at(&other, OTHER, IOVA, 1).outcome, FAULT_WRITE);
	EXPECT_EQ(self->memory[0], WORD);
	device_driver.close(&other);
	EXPECT_EQ(write_at(&self->device, PASID, IOVA + PAGE, WORD).outcome, DONE);
}

TEST_F(domain, stays_as_long_as_another_device_has_it_set)
{
	struct device first;
	uint32_t number;

	rules("DOM-024");
	ASSERT_EQ(device_driver.open(&first), 0);
	ASSERT_EQ(device_driver.domain_alloc(&first, &number), 0);
	ASSERT_EQ(device_driver.map(&first, number, self->memory, IOVA, PAGE, MAY_WRITE), 0);
	ASSERT_EQ(device_driver.set(&self->device, PASID, &first, number), 0);
	device_driver.close(&first);
	EXPECT_EQ(write_at(&self->device, PASID, IOVA, WORD).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
	EXPECT_EQ(device_driver.block(&self->device, PASID), 0);
	EXPECT_EQ(write_at(&self->device, PASID, IOVA, 1).outcome, NO_PASID);
	EXPECT_EQ(self->memory[0], WORD);
}

TEST_F(domain, cannot_be_freed_while_it_is_set)
{
	rules("DOM-024");
	ASSERT_EQ(map_and_set(&self->device, self->number, self->memory, MAY_WRITE), 0);
	EXPECT_EQ(device_driver.domain_free(&self->device, self->number), -EBUSY);
	EXPECT_EQ(write_at(&self->device, PASID, IOVA, WORD).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
	ASSERT_EQ(device_driver.block(&self->device, PASID), 0);
	EXPECT_EQ(device_driver.domain_free(&self->device, self->number), 0);
	EXPECT_EQ(device_driver.domain_free(&self->device, self->number), -ENOENT);
	EXPECT_EQ(device_driver.set(&self->device, PASID, &self->device, self->number), -ENOENT);
}

TEST_F(domain, after_block_nothing_arrives)
{
	rules("PASID-015", "ISO-002");
	ASSERT_EQ(map_and_set(&self->device, self->number, self->memory, MAY_WRITE), 0);
	ASSERT_EQ(write_at(&self->device, PASID, IOVA, 1).outcome, DONE);
	ASSERT_EQ(device_driver.block(&self->device, PASID), 0);
	EXPECT_EQ(write_at(&self->device, PASID, IOVA, 2).outcome, NO_PASID);
	EXPECT_EQ(self->memory[0], 1);
	EXPECT_EQ(device_driver.block(&self->device, PASID), -ENOENT);
}

TEST_F(domain, blocked_while_the_device_writes)
{
	const struct operation operation = {
		.verb = FILL, .pasid = PASID, .dst = (void *)IOVA, .len = PAGES * PAGE,
		.operand = WORD,
	};
	unsigned int i, round;
	uint32_t jobs[8];
	struct ending ending;

	rules("PASID-015", "FLT-015");
	ASSERT_EQ(map_and_set(&self->device, self->number, self->memory, MAY_WRITE), 0);
	for (round = 0; round < 50; round++) {
		for (i = 0; i < 8; i++)
			ASSERT_EQ(device_driver.submit(&self->device, &operation, &jobs[i]), 0);
		ASSERT_EQ(device_driver.block(&self->device, PASID), 0);
		memset(self->memory, 0, PAGES * PAGE);
		for (i = 0; i < 8; i++) {
			ASSERT_EQ(device_driver.wait(&self->device, jobs[i], PATIENCE, &ending), 0);
			EXPECT_TRUE(ending.outcome == DONE || ending.outcome == NO_PASID);
		}
		for (i = 0; i < PAGES * PAGE / 8; i++)
			ASSERT_EQ(self->memory[i], 0);
		ASSERT_EQ(device_driver.set(&self->device, PASID, &self->device, self->number), 0);
	}
}

TEST_F(domain, blocked_pasid_can_be_set_again)
{
	uint32_t other;

	rules("PASID-016");
	ASSERT_EQ(device_driver.domain_alloc(&self->device, &other), 0);
	ASSERT_EQ(map_and_set(&self->device, self->number, self->memory, MAY_WRITE), 0);
	ASSERT_EQ(device_driver.block(&self->device, PASID), 0);
	ASSERT_EQ(device_driver.set(&self->device, PASID, &self->device, other), 0);
	EXPECT_EQ(write_at(&self->device, PASID, IOVA, WORD).outcome, FAULT_WRITE);
	ASSERT_EQ(device_driver.block(&self->device, PASID), 0);
	ASSERT_EQ(device_driver.set(&self->device, PASID, &self->device, self->number), 0);
	EXPECT_EQ(write_at(&self->device, PASID, IOVA, WORD).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
}

TEST_F(domain, pasid_that_is_set_is_busy)
{
	uint32_t other;

	rules("PASID-004");
	ASSERT_EQ(device_driver.domain_alloc(&self->device, &other), 0);
	ASSERT_EQ(map_and_set(&self->device, self->number, self->memory, MAY_WRITE), 0);
	EXPECT_EQ(device_driver.set(&self->device, PASID, &self->device, other), -EBUSY);
	EXPECT_EQ(device_driver.set(&self->device, PASID, &self->device, self->number), -EBUSY);
	EXPECT_EQ(write_at(&self->device, PASID, IOVA, WORD).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
}

TEST_F(domain, pasids_that_the_device_does_not_have)
{
	struct device small;
	uint32_t number;

	rules("PASID-008", "PASID-009");
	EXPECT_EQ(device_driver.set(&self->device, 0, &self->device, self->number), -EINVAL);
	EXPECT_EQ(device_driver.set(&self->device, UINT32_MAX, &self->device, self->number),
		  -EINVAL);
	if (!device_driver.open_small)
		skip("devices of this kind cannot be made to have fewer PASIDs");
	ASSERT_EQ(device_driver.open_small(&small, 16), 0);
	ASSERT_EQ(device_driver.domain_alloc(&small, &number), 0);
	EXPECT_EQ(device_driver.set(&small, 16, &small, number), -EINVAL);
	EXPECT_EQ(device_driver.set(&small, 15, &small, number), 0);
	device_driver.close(&small);
}

/* A bond and a domain on one device */
TEST_F(domain, bond_and_domain_are_apart)
{
	uint32_t bond, bound, domain_pasid;

	rules("ISO-006");
	ASSERT_EQ(device_driver.bind(&self->device, &bond, &bound), 0);
	domain_pasid = bound + 1;
	ASSERT_EQ(device_driver.map(&self->device, self->number, self->memory, IOVA, PAGE,
				    MAY_WRITE), 0);
	ASSERT_EQ(device_driver.set(&self->device, domain_pasid, &self->device, self->number), 0);
	/* The domain's does not reach the process where the domain has nothing */
	EXPECT_EQ(write_at(&self->device, domain_pasid, (uintptr_t)self->memory + PAGE,
			   WORD).outcome, FAULT_WRITE);
	EXPECT_EQ(self->memory[PAGE / 8], 0);
	/* Nor the bond's what the domain has mapped */
	EXPECT_EQ(write_at(&self->device, bound, IOVA, WORD).outcome, FAULT_WRITE);
	EXPECT_EQ(self->memory[0], 0);
	/* Each reaches its own */
	EXPECT_EQ(write_at(&self->device, bound, (uintptr_t)self->memory + PAGE, 1).outcome, DONE);
	EXPECT_EQ(write_at(&self->device, domain_pasid, IOVA, 2).outcome, DONE);
	EXPECT_EQ(self->memory[PAGE / 8], 1);
	EXPECT_EQ(self->memory[0], 2);
	/* And goes alone */
	ASSERT_EQ(device_driver.unbind(&self->device, bond), 0);
	EXPECT_EQ(write_at(&self->device, domain_pasid, IOVA, 3).outcome, DONE);
	EXPECT_EQ(self->memory[0], 3);
}

TEST_F(domain, pasid_of_a_bond_cannot_be_set)
{
	uint32_t bond, bound;

	rules("ISO-006", "PASID-004");
	ASSERT_EQ(device_driver.bind(&self->device, &bond, &bound), 0);
	EXPECT_EQ(device_driver.set(&self->device, bound, &self->device, self->number), -EBUSY);
	EXPECT_EQ(device_driver.block(&self->device, bound), -ENOENT);
	EXPECT_EQ(write_at(&self->device, bound, (uintptr_t)self->memory, WORD).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
}

/* The process has its PASID from another device */
TEST_F(domain, process_is_not_bound_to_a_pasid_that_is_set)
{
	struct bond elsewhere;
	uint32_t bond, bound;

	rules("ISO-006", "PASID-004");
	ASSERT_EQ(bond_open(&elsewhere), 0);
	ASSERT_EQ(device_driver.map(&self->device, self->number, self->memory, IOVA, PAGE,
				    MAY_WRITE), 0);
	ASSERT_EQ(device_driver.set(&self->device, elsewhere.pasid, &self->device, self->number), 0);
	EXPECT_EQ(device_driver.bind(&self->device, &bond, &bound), -EBUSY);
	EXPECT_EQ(write_at(&self->device, elsewhere.pasid, (uintptr_t)self->memory, 1).outcome,
		  FAULT_WRITE);
	EXPECT_EQ(write_at(&self->device, elsewhere.pasid, IOVA, WORD).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
	/* Nor has that changed anything elsewhere */
	EXPECT_EQ(device_write(&elsewhere, self->memory, 2).outcome, DONE);
	ASSERT_EQ(device_driver.block(&self->device, elsewhere.pasid), 0);
	EXPECT_EQ(device_driver.bind(&self->device, &bond, &bound), 0);
	bond_close(&elsewhere);
}

TEST_F(domain, process_of_the_domain_ends_and_the_domain_stays)
{
	uint64_t *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
				-1, 0);
	int status = -1;
	pid_t pid;

	rules("DOM-022");
	ASSERT_NE(shared, MAP_FAILED);
	pid = fork();
	if (!pid)
		_exit(device_driver.map(&self->device, self->number, shared, IOVA, PAGE,
					MAY_WRITE) ? 1 : 0);
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	ASSERT_EQ(status, 0);
	ASSERT_EQ(device_driver.set(&self->device, PASID, &self->device, self->number), 0);
	EXPECT_EQ(write_at(&self->device, PASID, IOVA, WORD).outcome, DONE);
	EXPECT_EQ(shared[0], WORD);
}

/* A program that ends with all of it in use, again and again: nothing runs out */
TEST_F(domain, what_is_left_behind_goes_with_the_file)
{
	struct device device;
	unsigned int i;
	int status = -1;
	uint32_t number;
	pid_t pid;

	rules("DOM-024");
	for (i = 0; i < 300; i++) {
		pid = fork();
		if (!pid) {
			if (device_driver.open(&device) ||
			    device_driver.domain_alloc(&device, &number) ||
			    map_and_set(&device, number, self->memory, MAY_WRITE) ||
			    device_driver.set(&device, OTHER, &device, number) ||
			    write_at(&device, PASID, IOVA, WORD).outcome != DONE)
				_exit(1);
			_exit(0);
		}
		ASSERT_EQ(waitpid(pid, &status, 0), pid);
		ASSERT_EQ(status, 0);
	}
}

TEST_F(domain, device_is_removed_with_a_domain_set)
{
	rules("ISO-002", "DOM-024");
	ASSERT_EQ(map_and_set(&self->device, self->number, self->memory, MAY_WRITE), 0);
	ASSERT_EQ(device_driver.remove(&self->device), 0);
	EXPECT_EQ(device_driver.set(&self->device, OTHER, &self->device, self->number), -ENODEV);
	EXPECT_EQ(device_driver.block(&self->device, PASID), -ENOENT);
	EXPECT_EQ(device_driver.domain_free(&self->device, self->number), 0);
	EXPECT_EQ(self->memory[0], 0);
}

TEST_HARNESS_MAIN
