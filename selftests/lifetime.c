// SPDX-License-Identifier: GPL-2.0
/*
 * Processes end, are killed, and become others; devices are closed, handed on and
 * taken away. Whatever comes first, nothing is left and nobody waits for ever.
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/svac.h"

#define WORD	0x7777777777777777ULL
#define LONG	(8UL << 20)

FIXTURE(lifetime)
{
	struct bond bond;
	uint64_t *memory;
};

FIXTURE_SETUP(lifetime)
{
	self->memory = map(PAGE, PROT_READ | PROT_WRITE);
	ASSERT_NE(self->memory, NULL);
	self->bond.device.fd = -1;
}

FIXTURE_TEARDOWN(lifetime)
{
	if (self->bond.device.fd >= 0)
		bond_close(&self->bond);
}

/* A long operation, which is under way when something happens */
static int begin_long(struct bond *bond, char *memory, uint32_t *job)
{
	const struct operation operation = {
		.verb = FILL, .pasid = bond->pasid, .dst = memory, .len = LONG, .operand = WORD,
	};

	return device_driver.submit(&bond->device, &operation, job);
}

/* Of a process that has a device at work: how it comes to its end */
static void end_itself(void) { _exit(0); }
static void kill_itself(void) { kill(getpid(), SIGKILL); }
static void abort_itself(void) { abort(); }
static void become_another(void) { execl("/proc/self/exe", "another", NULL); _exit(1); }

FIXTURE(ends)
{
	int unused;
};

FIXTURE_VARIANT(ends)
{
	void (*end)(void);
	bool idle;
};

FIXTURE_VARIANT_ADD(ends, exit) { .end = end_itself };
FIXTURE_VARIANT_ADD(ends, kill) { .end = kill_itself };
FIXTURE_VARIANT_ADD(ends, abort) { .end = abort_itself };
FIXTURE_VARIANT_ADD(ends, exit_idle) { .end = end_itself, .idle = true };
FIXTURE_VARIANT_ADD(ends, kill_idle) { .end = kill_itself, .idle = true };

FIXTURE_SETUP(ends)
{
}

FIXTURE_TEARDOWN(ends)
{
}

static void work_and_end(bool idle, void (*end)(void))
{
	char *memory = map(LONG, PROT_READ | PROT_WRITE);
	struct bond bond;
	uint32_t job;

	if (!memory || bond_open(&bond))
		_exit(1);
	if (!idle && begin_long(&bond, memory, &job))
		_exit(2);
	end();
}

TEST_F(ends, process_with_a_device_comes_to_its_end)
{
	unsigned int i;
	int status;
	pid_t pid;

	rules("BIND-013", "FLT-015");
	for (i = 0; i < 10; i++) {
		pid = fork();
		if (!pid)
			work_and_end(variant->idle, variant->end);
		ASSERT_EQ(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status))
			EXPECT_EQ(WEXITSTATUS(status), 0);
	}
}

/*
 * A child that binds itself to a device of ours, and ends in some way. What it has
 * bound is in memory that both see; where its own is the device has cached.
 */
static struct bond *bound_by_a_child(struct device *device, uint64_t *memory, void (*end)(void),
				     int *status)
{
	struct bond *bond = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	if (bond == MAP_FAILED || device_driver.open(device))
		return NULL;
	bond->device = *device;
	pid = fork();
	if (!pid) {
		if (device_driver.bind(&bond->device, &bond->number, &bond->pasid) ||
		    device_write(bond, memory, ~WORD).outcome != DONE)
			_exit(1);
		end();
	}
	return waitpid(pid, status, 0) == pid ? bond : NULL;
}

TEST_F(lifetime, bond_of_a_child_that_has_ended_reaches_nothing)
{
	struct bond *bond;
	int status = -1;

	rules("BIND-013", "FLT-015", "ISO-003");
	needs(NEED_BIND, NEED_CHILDREN);
	bond = bound_by_a_child(&self->bond.device, self->memory, end_itself, &status);
	ASSERT_NE(bond, NULL);
	ASSERT_EQ(status, 0);
	EXPECT_EQ(device_write(bond, self->memory, WORD).outcome, FAULT_WRITE);
	EXPECT_EQ(self->memory[0], 0);
	EXPECT_EQ(device_driver.unbind(&bond->device, bond->number), 0);
	EXPECT_EQ(device_write(bond, self->memory, WORD).outcome, NO_PASID);
}

TEST_F(lifetime, unbinding_a_child_that_was_killed)
{
	struct bond *bond;
	int status = -1;

	rules("BIND-013");
	needs(NEED_BIND, NEED_CHILDREN);
	bond = bound_by_a_child(&self->bond.device, self->memory, kill_itself, &status);
	ASSERT_NE(bond, NULL);
	ASSERT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(device_driver.unbind(&bond->device, bond->number), 0);
	EXPECT_EQ(device_driver.unbind(&bond->device, bond->number), -ENOENT);
}

TEST_F(lifetime, device_that_is_closed_ends_what_is_bound)
{
	struct bond other;

	rules("BIND-014", "ISO-002");
	needs(NEED_TWO);
	ASSERT_EQ(bond_open(&self->bond), 0);
	ASSERT_EQ(bond_open(&other), 0);
	bond_close(&self->bond);
	self->bond.device.fd = -1;
	EXPECT_EQ(device_write(&other, self->memory, WORD).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
	bond_close(&other);
}

TEST_F(lifetime, device_lives_as_long_as_one_has_it)
{
	struct bond copy;

	rules("BIND-014");
	ASSERT_EQ(bond_open(&self->bond), 0);
	copy = self->bond;
	copy.device.fd = dup(self->bond.device.fd);
	ASSERT_GE(copy.device.fd, 0);
	bond_close(&self->bond);
	self->bond.device.fd = -1;
	EXPECT_EQ(device_write(&copy, self->memory, WORD).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
	bond_close(&copy);
}

TEST_F(lifetime, unbind_waits_for_what_is_under_way)
{
	char *memory = map(LONG, PROT_READ | PROT_WRITE);
	struct ending ending = { 0 };
	uint32_t job;
	size_t i;

	rules("ISO-002");
	needs(NEED_BIND);
	ASSERT_NE(memory, NULL);
	ASSERT_EQ(bond_open(&self->bond), 0);
	ASSERT_EQ(begin_long(&self->bond, memory, &job), 0);
	ASSERT_EQ(device_driver.unbind(&self->bond.device, self->bond.number), 0);
	/* What has not been written by now never is */
	for (i = 0; i < LONG && ((uint64_t *)memory)[i / 8]; i += PAGE)
		;
	ASSERT_EQ(device_driver.wait(&self->bond.device, job, PATIENCE, &ending), 0);
	EXPECT_TRUE(ending.outcome == DONE || ending.outcome == NO_PASID);
	for (; i < LONG; i += PAGE)
		ASSERT_EQ(((uint64_t *)memory)[i / 8], 0);
}

TEST_F(lifetime, device_taken_away_reaches_nothing)
{
	rules("ISO-002");
	if (!device_driver.remove)
		skip("devices of this kind cannot be taken away");
	ASSERT_EQ(bond_open(&self->bond), 0);
	ASSERT_EQ(device_write(&self->bond, self->memory, WORD).outcome, DONE);
	ASSERT_EQ(device_driver.remove(&self->bond.device), 0);
	EXPECT_NE(device_write(&self->bond, self->memory, 0).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
}

TEST_F(lifetime, device_taken_away_while_it_works)
{
	char *memory = map(LONG, PROT_READ | PROT_WRITE);
	struct ending ending = { 0 };
	unsigned int i;
	uint32_t job;

	rules("ISO-002", "FLT-015");
	if (!device_driver.remove)
		skip("devices of this kind cannot be taken away");
	ASSERT_NE(memory, NULL);
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(bond_open(&self->bond), 0);
		ASSERT_EQ(begin_long(&self->bond, memory, &job), 0);
		ASSERT_EQ(device_driver.remove(&self->bond.device), 0);
		ASSERT_EQ(device_driver.wait(&self->bond.device, job, PATIENCE, &ending), 0);
		EXPECT_TRUE(ending.outcome == DONE || ending.outcome == GONE);
		bond_close(&self->bond);
		self->bond.device.fd = -1;
	}
}

TEST_F(lifetime, memory_unmapped_while_the_device_writes_there)
{
	struct ending ending = { 0 };
	unsigned int i;
	char *memory;
	uint32_t job;

	rules("FLT-010", "FLT-015");
	needs(NEED_FAULTS);
	ASSERT_EQ(bond_open(&self->bond), 0);
	for (i = 0; i < 10; i++) {
		memory = map(LONG, PROT_READ | PROT_WRITE);
		ASSERT_NE(memory, NULL);
		ASSERT_EQ(begin_long(&self->bond, memory, &job), 0);
		ASSERT_EQ(munmap(memory, LONG), 0);
		ASSERT_EQ(device_driver.wait(&self->bond.device, job, PATIENCE, &ending), 0);
		EXPECT_TRUE(ending.outcome == DONE || ending.outcome == FAULT_WRITE);
	}
}

/* What this program is when it has become another, above */
static int another(void)
{
	return 0;
}

/* The device stays open over an exec: its bond is of a memory that is gone */
TEST_F(lifetime, exec_ends_the_memory_and_not_the_bond)
{
	struct bond *bond;
	int status = -1;

	rules("BIND-013", "ISO-003");
	needs(NEED_BIND, NEED_CHILDREN);
	bond = bound_by_a_child(&self->bond.device, self->memory, become_another, &status);
	ASSERT_NE(bond, NULL);
	ASSERT_EQ(status, 0);
	EXPECT_EQ(device_write(bond, self->memory, WORD).outcome, FAULT_WRITE);
	EXPECT_EQ(device_driver.unbind(&bond->device, bond->number), 0);
}

int main(int argc, char **argv)
{
	if (!strcmp(argv[0], "another"))
		return another();
	return test_harness_run(argc, argv);
}
