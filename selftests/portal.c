// SPDX-License-Identifier: GPL-2.0
/*
 * The portal: a program hands its device operations by storing them, and finds how they
 * ended in records in its memory.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/svac.h"

#define WORD	0x3c3c3c3c3c3c3c3cULL
#define IOVA	0x800000000000UL
#define PASID	11
#define LONG	(16UL << 20)

FIXTURE(portal)
{
	struct bond bond;
	struct portal portal;
	uint64_t *memory;
	struct record *records;
};

FIXTURE_SETUP(portal)
{
	if (!device_driver.portal_open)
		skip("devices of this kind have no portal");
	self->memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	self->records = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			     -1, 0);
	ASSERT_NE(self->memory, MAP_FAILED);
	ASSERT_NE(self->records, MAP_FAILED);
	/* A record is to be written by who does not ask for pages as well */
	memset(self->records, 0, PAGE);
	ASSERT_EQ(bond_open(&self->bond), 0);
	ASSERT_EQ(device_driver.portal_open(&self->bond.device, &self->portal), 0);
}

FIXTURE_TEARDOWN(portal)
{
	if (self->bond.device.fd >= 0)
		bond_close(&self->bond);
}

/* Until it has ended; no outcome at all if that takes too long */
static struct ending await(const struct record *record)
{
	struct ending ending = { 0 };
	struct timespec since;

	clock_gettime(CLOCK_MONOTONIC, &since);
	while (device_driver.portal_look(record, &ending) && !is_late(&since))
		usleep(100);
	return ending;
}

/* Until there is room; or it takes too long */
static int hand_in(struct portal *portal, const struct operation *operation,
		   const struct record *record)
{
	struct timespec since;
	int ret;

	clock_gettime(CLOCK_MONOTONIC, &since);
	do {
		ret = device_driver.portal_submit(portal, operation, record);
		if (ret)
			usleep(100);
	} while (ret == -EAGAIN && !is_late(&since));
	return ret;
}

/* Until so many were taken */
static int await_taken(struct device *device, uint32_t many, uint64_t *dropped)
{
	struct timespec since;
	uint32_t taken;
	int ret;

	clock_gettime(CLOCK_MONOTONIC, &since);
	do {
		ret = device_driver.portal_count(device, &taken, dropped);
		if (!ret && taken != many)
			usleep(100);
	} while (!ret && taken != many && !is_late(&since));
	return ret ?: taken == many ? 0 : -ETIME;
}

static struct operation write_word(uint32_t pasid, void *at, uint64_t word)
{
	return (struct operation){
		.verb = FILL, .pasid = pasid, .dst = at, .len = sizeof(word), .operand = word,
	};
}

TEST_F(portal, operation_that_is_stored_is_done)
{
	const struct operation operation = write_word(self->bond.pasid, self->memory, WORD);
	struct ending ending;

	rules("DEV-015");
	ASSERT_EQ(device_driver.portal_submit(&self->portal, &operation, self->records), 0);
	ending = await(self->records);
	EXPECT_EQ(ending.outcome, DONE);
	EXPECT_EQ(ending.done, sizeof(WORD));
	EXPECT_EQ(self->memory[0], WORD);
}

TEST_F(portal, operation_without_a_record_is_done)
{
	struct operation operation = write_word(self->bond.pasid, self->memory, WORD);
	uint64_t dropped;

	rules("DEV-015", "DEV-017");
	ASSERT_EQ(device_driver.portal_submit(&self->portal, &operation, NULL), 0);
	operation = write_word(self->bond.pasid, self->memory + 1, 1);
	ASSERT_EQ(device_driver.portal_submit(&self->portal, &operation, self->records), 0);
	ASSERT_EQ(await(self->records).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
	ASSERT_EQ(await_taken(&self->bond.device, 2, &dropped), 0);
	EXPECT_EQ(dropped, 0);
}

/* More than there are slots, and each adds one to a word: its result is its number */
TEST_F(portal, operations_are_done_in_the_order_of_their_numbers)
{
	const struct operation operation = {
		.verb = ADD, .pasid = self->bond.pasid, .dst = self->memory, .operand = 1,
	};
	unsigned int i, total = 3 * self->portal.slots;
	unsigned int depth = self->portal.depth;
	struct record *record;
	struct ending ending;
	uint64_t dropped;

	rules("DEV-015", "DEV-016");
	ASSERT_LE(depth, PAGE / sizeof(*record));
	for (i = 0; i < total + depth; i++) {
		record = &self->records[i % depth];
		/* Never more than can be under way */
		if (i >= depth) {
			ending = await(record);
			ASSERT_EQ(ending.outcome, DONE);
			ASSERT_EQ(ending.result, i - depth);
		}
		*record = (struct record){ };
		if (i < total)
			ASSERT_EQ(hand_in(&self->portal, &operation, record), 0);
	}
	EXPECT_EQ(self->memory[0], total);
	ASSERT_EQ(await_taken(&self->bond.device, total, &dropped), 0);
	EXPECT_EQ(dropped, 0);
}

TEST_F(portal, status_is_written_last)
{
	struct operation operation = {
		.verb = ADD, .pasid = self->bond.pasid, .dst = self->memory, .operand = 1,
	};
	struct ending ending = { 0 };
	struct timespec since;
	unsigned int i;

	rules("DEV-018");
	for (i = 1; i < 200; i++) {
		self->memory[0] = i;
		self->records[0] = (struct record){ };
		ASSERT_EQ(hand_in(&self->portal, &operation, self->records), 0);
		/* Without a pause: what is seen with the status is all there */
		clock_gettime(CLOCK_MONOTONIC, &since);
		while (device_driver.portal_look(self->records, &ending) && !is_late(&since))
			;
		ASSERT_EQ(ending.outcome, DONE);
		ASSERT_EQ(ending.result, i);
		ASSERT_EQ(ending.done, sizeof(uint64_t));
	}
}

TEST_F(portal, untouched_page_is_asked_for)
{
	uint64_t *fresh = map(PAGE, PROT_READ | PROT_WRITE);
	const struct operation operation = write_word(self->bond.pasid, fresh, WORD);

	rules("FLT-001");
	ASSERT_NE(fresh, NULL);
	ASSERT_EQ(device_driver.portal_submit(&self->portal, &operation, self->records), 0);
	EXPECT_EQ(await(self->records).outcome, DONE);
	EXPECT_EQ(fresh[0], WORD);
}

TEST_F(portal, untouched_page_that_is_not_asked_for_is_a_fault)
{
	uint64_t *fresh = map(PAGE, PROT_READ | PROT_WRITE);
	struct operation operation = write_word(self->bond.pasid, fresh, WORD);
	struct ending ending;

	rules("FLT-002", "DEV-018");
	ASSERT_NE(fresh, NULL);
	operation.no_requests = true;
	ASSERT_EQ(device_driver.portal_submit(&self->portal, &operation, self->records), 0);
	ending = await(self->records);
	EXPECT_EQ(ending.outcome, FAULT_WRITE);
	EXPECT_EQ(ending.address, (uintptr_t)fresh);
	EXPECT_EQ(fresh[0], 0);
	/* And the next goes on */
	operation = write_word(self->bond.pasid, self->memory, WORD);
	ASSERT_EQ(device_driver.portal_submit(&self->portal, &operation, self->records + 1), 0);
	EXPECT_EQ(await(self->records + 1).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
}

TEST_F(portal, address_that_is_not_mapped)
{
	uint64_t *hole = map(PAGE, PROT_READ | PROT_WRITE);
	const struct operation operation = write_word(self->bond.pasid, hole, WORD);
	struct ending ending;

	rules("FLT-004");
	ASSERT_NE(hole, NULL);
	ASSERT_EQ(munmap(hole, PAGE), 0);
	ASSERT_EQ(device_driver.portal_submit(&self->portal, &operation, self->records), 0);
	ending = await(self->records);
	EXPECT_EQ(ending.outcome, FAULT_WRITE);
	EXPECT_EQ(ending.address, (uintptr_t)hole);
}

/* Nobody can be told: neither the word nor the record is reached */
TEST_F(portal, pasid_that_nothing_is_set_on)
{
	struct operation operation = write_word(self->bond.pasid + 1, self->memory, WORD);
	struct ending ending;
	uint64_t dropped;

	rules("ISO-004", "DEV-017");
	ASSERT_EQ(device_driver.portal_submit(&self->portal, &operation, self->records), 0);
	operation = write_word(self->bond.pasid, self->memory + 1, 1);
	ASSERT_EQ(device_driver.portal_submit(&self->portal, &operation, self->records + 1), 0);
	ASSERT_EQ(await(self->records + 1).outcome, DONE);
	EXPECT_EQ(device_driver.portal_look(self->records, &ending), -EAGAIN);
	EXPECT_EQ(self->memory[0], 0);
	ASSERT_EQ(await_taken(&self->bond.device, 2, &dropped), 0);
	EXPECT_EQ(dropped, 1);
}

TEST_F(portal, record_that_cannot_be_written)
{
	struct record *hole = map(PAGE, PROT_READ | PROT_WRITE);
	struct operation operation = write_word(self->bond.pasid, self->memory, WORD);
	uint64_t dropped;

	rules("DEV-017");
	ASSERT_NE(hole, NULL);
	ASSERT_EQ(munmap(hole, PAGE), 0);
	ASSERT_EQ(device_driver.portal_submit(&self->portal, &operation, hole), 0);
	operation = write_word(self->bond.pasid, self->memory + 1, 1);
	ASSERT_EQ(device_driver.portal_submit(&self->portal, &operation, self->records), 0);
	ASSERT_EQ(await(self->records).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
	ASSERT_EQ(await_taken(&self->bond.device, 2, &dropped), 0);
	EXPECT_EQ(dropped, 1);
}

/* A device that is busy is given all that the portal has room for, until it has dropped some */
TEST_F(portal, more_than_can_be_under_way_is_dropped_and_counted)
{
	struct operation slow = {
		.verb = FILL, .pasid = self->bond.pasid, .len = LONG, .operand = WORD,
	};
	struct operation quick = { .verb = NOTHING, .pasid = self->bond.pasid };
	unsigned int round, i, given = 0, told = 0;
	struct ending ending;
	uint64_t dropped = 0;

	rules("DEV-017");
	slow.dst = map(LONG, PROT_READ | PROT_WRITE);
	ASSERT_NE(slow.dst, NULL);
	for (round = 0; round < 10 && !dropped; round++) {
		memset(self->records, 0, PAGE);
		for (i = 0; i < self->portal.slots; i++)
			ASSERT_EQ(hand_in(&self->portal, i < 8 ? &slow : &quick,
					  self->records + i), 0);
		given += i;
		ASSERT_EQ(await_taken(&self->bond.device, given, &dropped), 0);
		/* What is submitted after them ends after them */
		ASSERT_EQ(perform(&self->bond.device, &quick).outcome, DONE);
		for (i = 0; i < self->portal.slots; i++)
			told += !device_driver.portal_look(self->records + i, &ending) &&
				ending.outcome == DONE;
	}
	EXPECT_GT(dropped, 0);
	EXPECT_EQ(told + dropped, given);
}

TEST_F(portal, childs_stores_are_those_of_the_parent)
{
	const struct operation operation = write_word(self->bond.pasid, self->memory, WORD);
	int status = -1;
	pid_t pid;

	rules("DEV-019", "ISO-001");
	pid = fork();
	if (!pid)
		_exit(device_driver.portal_submit(&self->portal, &operation, self->records) ? 1 :
		      await(self->records).outcome != DONE ? 2 : 0);
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	EXPECT_EQ(status, 0);
	EXPECT_EQ(self->memory[0], WORD);
	/* The child has gone, and has had one slot */
	self->portal.next++;
	ASSERT_EQ(device_driver.portal_submit(&self->portal, &operation, self->records + 1), 0);
	EXPECT_EQ(await(self->records + 1).outcome, DONE);
}

TEST_F(portal, what_was_stored_before_it_is_unmapped_is_done)
{
	struct operation operation = write_word(self->bond.pasid, self->memory, WORD);
	unsigned int i;

	rules("DEV-019");
	for (i = 0; i < 20; i++) {
		self->records[0] = (struct record){ };
		operation.operand = i;
		ASSERT_EQ(device_driver.portal_submit(&self->portal, &operation, self->records), 0);
		device_driver.portal_close(&self->portal);
		ASSERT_EQ(await(self->records).outcome, DONE);
		ASSERT_EQ(self->memory[0], i);
		ASSERT_EQ(device_driver.portal_open(&self->bond.device, &self->portal), 0);
	}
}

TEST_F(portal, device_stays_as_long_as_the_portal_is_mapped)
{
	const struct operation operation = write_word(self->bond.pasid, self->memory, WORD);

	rules("DEV-019");
	bond_close(&self->bond);
	self->bond.device.fd = -1;
	ASSERT_EQ(device_driver.portal_submit(&self->portal, &operation, self->records), 0);
	EXPECT_EQ(await(self->records).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
	device_driver.portal_close(&self->portal);
}

TEST_F(portal, stores_go_nowhere_once_the_device_is_removed)
{
	const struct operation operation = write_word(self->bond.pasid, self->memory, WORD);
	struct portal again;
	struct ending ending;
	unsigned int i;

	rules("DEV-019", "ISO-002");
	ASSERT_EQ(device_driver.remove(&self->bond.device), 0);
	for (i = 0; i < self->portal.slots; i++)
		ASSERT_EQ(device_driver.portal_submit(&self->portal, &operation, self->records), 0);
	EXPECT_EQ(device_driver.portal_submit(&self->portal, &operation, self->records), -EAGAIN);
	EXPECT_EQ(device_driver.portal_open(&self->bond.device, &again), -ENODEV);
	EXPECT_EQ(device_driver.portal_look(self->records, &ending), -EAGAIN);
	EXPECT_EQ(self->memory[0], 0);
	device_driver.portal_close(&self->portal);
}

TEST_F(portal, device_is_removed_with_operations_in_the_portal)
{
	struct operation operation = {
		.verb = FILL, .pasid = self->bond.pasid, .len = LONG, .operand = WORD,
	};
	unsigned int i;

	rules("FLT-015", "ISO-002");
	operation.dst = map(LONG, PROT_READ | PROT_WRITE);
	ASSERT_NE(operation.dst, NULL);
	for (i = 0; i < self->portal.slots; i++)
		if (device_driver.portal_submit(&self->portal, &operation, self->records + i))
			break;
	ASSERT_EQ(device_driver.remove(&self->bond.device), 0);
	memset(operation.dst, 0, LONG);
	usleep(1000);
	for (i = 0; i < LONG / 8; i++)
		ASSERT_EQ(((uint64_t *)operation.dst)[i], 0);
}

TEST_F(portal, process_ends_with_operations_in_the_portal)
{
	struct operation operation = { .verb = FILL, .len = LONG, .operand = WORD };
	struct portal portal;
	unsigned int i, slot;
	struct bond bond;
	int status;
	pid_t pid;

	rules("FLT-015", "BIND-013");
	for (i = 0; i < 10; i++) {
		pid = fork();
		if (!pid) {
			operation.dst = map(LONG, PROT_READ | PROT_WRITE);
			if (bond_open(&bond) || device_driver.portal_open(&bond.device, &portal))
				_exit(1);
			operation.pasid = bond.pasid;
			for (slot = 0; slot < portal.slots; slot++)
				if (device_driver.portal_submit(&portal, &operation, NULL))
					break;
			if (i % 2)
				kill(getpid(), SIGKILL);
			_exit(0);
		}
		ASSERT_EQ(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status))
			EXPECT_EQ(WEXITSTATUS(status), 0);
	}
}

TEST_F(portal, of_two_devices_each_has_its_own)
{
	struct operation operation;
	struct portal portal;
	struct bond other;
	struct ending ending;

	rules("DEV-019", "ISO-004");
	ASSERT_EQ(bond_open(&other), 0);
	ASSERT_EQ(device_driver.portal_open(&other.device, &portal), 0);
	ASSERT_EQ(device_driver.unbind(&self->bond.device, self->bond.number), 0);
	/* The same in both: the one that is bound does it */
	operation = write_word(other.pasid, self->memory, WORD);
	ASSERT_EQ(device_driver.portal_submit(&self->portal, &operation, self->records), 0);
	operation = write_word(other.pasid, self->memory + 1, WORD);
	ASSERT_EQ(device_driver.portal_submit(&portal, &operation, self->records + 1), 0);
	EXPECT_EQ(await(self->records + 1).outcome, DONE);
	EXPECT_EQ(self->memory[0], 0);
	EXPECT_EQ(self->memory[1], WORD);
	EXPECT_EQ(device_driver.portal_look(self->records, &ending), -EAGAIN);
	device_driver.portal_close(&portal);
	bond_close(&other);
}

TEST_F(portal, beside_operations_that_are_submitted)
{
	const struct operation operation = {
		.verb = ADD, .pasid = self->bond.pasid, .dst = self->memory, .operand = 1,
	};
	unsigned int i;

	rules("DEV-015");
	for (i = 0; i < 20; i++) {
		self->records[0] = (struct record){ };
		ASSERT_EQ(hand_in(&self->portal, &operation, self->records), 0);
		ASSERT_EQ(perform(&self->bond.device, &operation).outcome, DONE);
		ASSERT_EQ(await(self->records).outcome, DONE);
		ASSERT_EQ(self->memory[0], 2 * (i + 1));
	}
}

/* Everything by the domain: the memory, and the record */
TEST_F(portal, pasid_of_a_paging_domain)
{
	struct device *device = &self->bond.device;
	const struct operation operation = write_word(PASID, (void *)IOVA, WORD);
	uint32_t domain;

	rules("PASID-021", "DEV-015");
	if (!device_driver.domain_alloc || device_driver.domain_alloc(device, &domain))
		skip("no paging domains for programs");
	ASSERT_EQ(device_driver.map(device, domain, self->memory, IOVA, PAGE, MAY_WRITE), 0);
	ASSERT_EQ(device_driver.map(device, domain, self->records, IOVA + PAGE, PAGE,
				    MAY_WRITE), 0);
	ASSERT_EQ(device_driver.set(device, PASID, device, domain), 0);
	ASSERT_EQ(device_driver.portal_submit(&self->portal, &operation, (void *)(IOVA + PAGE)), 0);
	EXPECT_EQ(await(self->records).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
}

TEST_HARNESS_MAIN
