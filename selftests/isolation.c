// SPDX-License-Identifier: GPL-2.0
/*
 * A PASID reaches the memory of the process that was bound, and of no other.
 */
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/svac.h"

#define OURS	0xaaaaaaaaaaaaaaaaULL
#define THEIRS	0xbbbbbbbbbbbbbbbbULL

/**
 * struct other - a process beside ours, with a device and memory at the same address
 * @bond: of its own
 * @word: what it finds in its memory when it is asked
 * @outcome: of what its device was to write
 * @ready: it is bound
 * @write: its device is to write to its memory
 * @look: it is to look
 * @end: it is to end
 */
struct other {
	struct bond bond;
	uint64_t word;
	enum outcome outcome;
	int ready;
	int write;
	int look;
	int end;
};

FIXTURE(isolation)
{
	struct bond bond;
	uint64_t *memory;
	struct other *other;
	pid_t pid;
};

static void wait_for(int *flag)
{
	while (!__atomic_load_n(flag, __ATOMIC_ACQUIRE))
		usleep(100);
}

static void raise_flag(int *flag)
{
	__atomic_store_n(flag, 1, __ATOMIC_RELEASE);
}

static void lower_flag(int *flag)
{
	__atomic_store_n(flag, 0, __ATOMIC_RELEASE);
}

static void be_the_other(struct other *other, uint64_t *memory)
{
	memory[0] = THEIRS;
	if (device_driver.open(&other->bond.device) ||
	    device_driver.bind(&other->bond.device, &other->bond.number, &other->bond.pasid))
		_exit(1);
	raise_flag(&other->ready);
	while (!__atomic_load_n(&other->end, __ATOMIC_ACQUIRE)) {
		if (__atomic_load_n(&other->write, __ATOMIC_ACQUIRE)) {
			other->outcome = device_write(&other->bond, memory, THEIRS + 1).outcome;
			lower_flag(&other->write);
		}
		if (__atomic_load_n(&other->look, __ATOMIC_ACQUIRE)) {
			other->word = memory[0];
			lower_flag(&other->look);
		}
		usleep(100);
	}
	_exit(0);
}

FIXTURE_SETUP(isolation)
{
	self->memory = map(PAGE, PROT_READ | PROT_WRITE);
	self->other = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(self->memory, NULL);
	ASSERT_NE(self->other, MAP_FAILED);
	needs(NEED_TWO);
	self->memory[0] = OURS;
	self->pid = fork();
	if (!self->pid)
		be_the_other(self->other, self->memory);
	wait_for(&self->other->ready);
	ASSERT_EQ(bond_open(&self->bond), 0);
}

FIXTURE_TEARDOWN(isolation)
{
	raise_flag(&self->other->end);
	if (self->pid)
		waitpid(self->pid, NULL, 0);
	bond_close(&self->bond);
}

static uint64_t their_word(struct other *other)
{
	raise_flag(&other->look);
	while (__atomic_load_n(&other->look, __ATOMIC_ACQUIRE))
		usleep(100);
	return other->word;
}

TEST_F(isolation, processes_have_pasids_of_their_own)
{
	rules("BIND-003", "ISO-001");
	needs(NEED_PASID);
	EXPECT_NE(self->bond.pasid, self->other->bond.pasid);
}

TEST_F(isolation, same_address_is_other_memory)
{
	uint64_t got = 0;

	rules("ISO-001");
	EXPECT_EQ(device_read(&self->bond, self->memory, &got).outcome, DONE);
	EXPECT_EQ(got, OURS);
	EXPECT_EQ(their_word(self->other), THEIRS);
}

TEST_F(isolation, writing_ours_leaves_theirs)
{
	rules("ISO-001");
	EXPECT_EQ(device_write(&self->bond, self->memory, 1).outcome, DONE);
	EXPECT_EQ(self->memory[0], 1);
	EXPECT_EQ(their_word(self->other), THEIRS);
}

/* Ours was bound last: theirs is to reach what it was bound to all the same */
TEST_F(isolation, their_device_leaves_ours)
{
	rules("ISO-001");
	raise_flag(&self->other->write);
	while (__atomic_load_n(&self->other->write, __ATOMIC_ACQUIRE))
		usleep(100);
	EXPECT_EQ(self->other->outcome, DONE);
	EXPECT_EQ(their_word(self->other), THEIRS + 1);
	EXPECT_EQ(self->memory[0], OURS);
}

TEST_F(isolation, pasid_of_another_process_on_our_device_reaches_nothing)
{
	struct bond wrong = self->bond;
	uint64_t got = 0;

	rules("ISO-004");
	needs(NEED_PASIDS);
	wrong.pasid = self->other->bond.pasid;
	EXPECT_EQ(device_read(&wrong, self->memory, &got).outcome, NO_PASID);
	EXPECT_EQ(device_write(&wrong, self->memory, 1).outcome, NO_PASID);
	EXPECT_EQ(self->memory[0], OURS);
	EXPECT_EQ(their_word(self->other), THEIRS);
}

TEST_F(isolation, pasid_that_nobody_has_reaches_nothing)
{
	struct bond wrong = self->bond;

	rules("ISO-004");
	needs(NEED_PASIDS);
	wrong.pasid = 0;
	EXPECT_EQ(device_write(&wrong, self->memory, 1).outcome, NO_PASID);
	wrong.pasid = 0xfffff;
	EXPECT_EQ(device_write(&wrong, self->memory, 1).outcome, NO_PASID);
	wrong.pasid = 0xffffffff;
	EXPECT_EQ(device_write(&wrong, self->memory, 1).outcome, NO_PASID);
	EXPECT_EQ(self->memory[0], OURS);
}

TEST_F(isolation, two_processes_on_one_device)
{
	struct bond *shared = &self->other->bond;
	uint32_t number, theirs;
	int status = -1;
	pid_t pid;

	rules("ISO-001");
	needs(NEED_BIND, NEED_CHILDREN);
	/* A child of ours binds itself to our device, and stays until it is told */
	lower_flag(&self->other->look);
	pid = fork();
	if (!pid) {
		self->memory[0] = THEIRS;
		if (device_driver.bind(&self->bond.device, &number, &theirs) ||
		    theirs == self->bond.pasid)
			_exit(1);
		shared->pasid = theirs;
		if (device_write(&self->bond, self->memory, 1).outcome != DONE)
			_exit(2);
		_exit(self->memory[0] == THEIRS ? 0 : 3);
	}
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	EXPECT_EQ(status, 0);
	EXPECT_EQ(self->memory[0], 1);
}

TEST_F(isolation, after_unbind_nothing_arrives)
{
	rules("ISO-002");
	needs(NEED_BIND);
	ASSERT_EQ(device_write(&self->bond, self->memory, 1).outcome, DONE);
	ASSERT_EQ(device_driver.unbind(&self->bond.device, self->bond.number), 0);
	EXPECT_EQ(device_write(&self->bond, self->memory, 2).outcome, NO_PASID);
	EXPECT_EQ(self->memory[0], 1);
}

TEST_F(isolation, pasid_of_a_process_that_has_gone_is_not_ours)
{
	uint32_t theirs = self->other->bond.pasid;

	rules("ISO-003");
	needs(NEED_PASID);
	raise_flag(&self->other->end);
	waitpid(self->pid, NULL, 0);
	EXPECT_NE(self->bond.pasid, theirs);
	EXPECT_EQ(device_write(&self->bond, self->memory, 1).outcome, DONE);
	EXPECT_EQ(self->memory[0], 1);
}

TEST_HARNESS_MAIN
