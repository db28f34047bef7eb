// SPDX-License-Identifier: GPL-2.0
/*
 * Who is bound to what: a program, its threads, its children, and what it becomes.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/svac.h"

#define WORD	0x5a5a5a5aa5a5a5a5ULL

FIXTURE(bind)
{
	struct bond bond;
	uint64_t *memory;
};

FIXTURE_SETUP(bind)
{
	self->memory = map(PAGE, PROT_READ | PROT_WRITE);
	ASSERT_NE(self->memory, NULL);
	ASSERT_EQ(bond_open(&self->bond), 0);
}

FIXTURE_TEARDOWN(bind)
{
	bond_close(&self->bond);
}

TEST_F(bind, device_writes_what_the_program_reads)
{
	rules("BIND-001");
	EXPECT_EQ(device_write(&self->bond, self->memory, WORD).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
}

TEST_F(bind, device_reads_what_the_program_wrote)
{
	uint64_t got = 0;

	rules("BIND-001");
	self->memory[0] = WORD;
	EXPECT_EQ(device_read(&self->bond, self->memory, &got).outcome, DONE);
	EXPECT_EQ(got, WORD);
}

TEST_F(bind, pasid_is_not_zero)
{
	rules("BIND-001");
	needs(NEED_PASID);
	EXPECT_NE(self->bond.pasid, 0);
}

TEST_F(bind, second_bind_has_the_same_pasid)
{
	uint32_t number, pasid;

	rules("BIND-002", "BIND-003");
	needs(NEED_BIND, NEED_PASID);
	ASSERT_EQ(device_driver.bind(&self->bond.device, &number, &pasid), 0);
	EXPECT_EQ(pasid, self->bond.pasid);
}

TEST_F(bind, first_unbind_of_two_leaves_the_bond)
{
	uint32_t number, pasid;

	rules("BIND-002");
	needs(NEED_BIND);
	ASSERT_EQ(device_driver.bind(&self->bond.device, &number, &pasid), 0);
	ASSERT_EQ(device_driver.unbind(&self->bond.device, number), 0);
	EXPECT_EQ(device_write(&self->bond, self->memory, WORD).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
}

TEST_F(bind, last_unbind_ends_the_bond)
{
	rules("BIND-002", "ISO-002");
	needs(NEED_BIND);
	ASSERT_EQ(device_driver.unbind(&self->bond.device, self->bond.number), 0);
	EXPECT_EQ(device_write(&self->bond, self->memory, WORD).outcome, NO_PASID);
	EXPECT_EQ(self->memory[0], 0);
}

TEST_F(bind, bound_again_after_the_last_unbind)
{
	rules("BIND-002", "BIND-012");
	needs(NEED_BIND, NEED_PASID);
	uint32_t before = self->bond.pasid;

	ASSERT_EQ(device_driver.unbind(&self->bond.device, self->bond.number), 0);
	ASSERT_EQ(device_driver.bind(&self->bond.device, &self->bond.number, &self->bond.pasid), 0);
	EXPECT_EQ(self->bond.pasid, before);
	EXPECT_EQ(device_write(&self->bond, self->memory, WORD).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
}

TEST_F(bind, two_devices_reach_the_same_memory)
{
	struct bond other;
	uint64_t got = 0;

	rules("BIND-003");
	needs(NEED_TWO, NEED_PASID);
	ASSERT_EQ(bond_open(&other), 0);
	EXPECT_EQ(other.pasid, self->bond.pasid);
	EXPECT_EQ(device_write(&self->bond, self->memory, WORD).outcome, DONE);
	EXPECT_EQ(device_read(&other, self->memory, &got).outcome, DONE);
	EXPECT_EQ(got, WORD);
	bond_close(&other);
}

TEST_F(bind, unbinding_one_device_leaves_the_other)
{
	struct bond other;

	rules("BIND-003", "ISO-002");
	needs(NEED_TWO, NEED_BIND);
	ASSERT_EQ(bond_open(&other), 0);
	ASSERT_EQ(device_driver.unbind(&self->bond.device, self->bond.number), 0);
	EXPECT_EQ(device_write(&other, self->memory, WORD).outcome, DONE);
	EXPECT_EQ(device_write(&self->bond, self->memory, 0).outcome, NO_PASID);
	EXPECT_EQ(self->memory[0], WORD);
	bond_close(&other);
}

struct visit {
	struct bond *bond;
	uint64_t *memory;
	struct bond own;
	int ret;
};

static void *write_from_thread(void *data)
{
	struct visit *visit = data;

	visit->ret = device_write(visit->bond, visit->memory, WORD).outcome;
	return NULL;
}

static void *bind_from_thread(void *data)
{
	struct visit *visit = data;

	visit->ret = bond_open(&visit->own);
	return NULL;
}

TEST_F(bind, threads_share_the_bond)
{
	struct visit visit = { .bond = &self->bond, .memory = self->memory };
	pthread_t thread;

	rules("BIND-003");
	ASSERT_EQ(pthread_create(&thread, NULL, write_from_thread, &visit), 0);
	ASSERT_EQ(pthread_join(thread, NULL), 0);
	EXPECT_EQ(visit.ret, DONE);
	EXPECT_EQ(self->memory[0], WORD);
}

TEST_F(bind, bond_of_a_thread_outlives_it)
{
	struct visit visit = { .ret = -1 };
	pthread_t thread;

	rules("BIND-003");
	needs(NEED_TWO, NEED_PASID);
	ASSERT_EQ(pthread_create(&thread, NULL, bind_from_thread, &visit), 0);
	ASSERT_EQ(pthread_join(thread, NULL), 0);
	ASSERT_EQ(visit.ret, 0);
	EXPECT_EQ(visit.own.pasid, self->bond.pasid);
	EXPECT_EQ(device_write(&visit.own, self->memory, WORD).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
	bond_close(&visit.own);
}

/* In a child; its exit status is 0 if all went well */
#define child(body)							\
	({								\
		int __status = -1;					\
		pid_t __pid = fork();					\
									\
		if (!__pid)						\
			_exit(body);					\
		waitpid(__pid, &__status, 0);				\
		WIFEXITED(__status) ? WEXITSTATUS(__status) : 255;	\
	})

static int another_pasid(struct bond *parents)
{
	struct bond own;

	if (bond_open(&own))
		return 1;
	return own.pasid == parents->pasid ? 2 : 0;
}

TEST_F(bind, child_gets_a_pasid_of_its_own)
{
	rules("BIND-003", "ISO-001");
	needs(NEED_TWO, NEED_PASID);
	EXPECT_EQ(child(another_pasid(&self->bond)), 0);
}

static int write_by_parents_pasid(struct bond *parents, uint64_t *memory)
{
	if (device_write(parents, memory, WORD).outcome != DONE)
		return 1;
	return memory[0] == WORD ? 2 : 0;
}

TEST_F(bind, childs_use_of_the_bond_reaches_the_parent)
{
	rules("ISO-001");
	needs(NEED_CHILDREN);
	self->memory[0] = 1;
	EXPECT_EQ(child(write_by_parents_pasid(&self->bond, self->memory)), 0);
	EXPECT_EQ(self->memory[0], WORD);
}

static int write_own(uint64_t *memory)
{
	struct bond own;

	if (bond_open(&own))
		return 1;
	if (device_write(&own, memory, WORD).outcome != DONE)
		return 2;
	return memory[0] == WORD ? 0 : 3;
}

TEST_F(bind, bond_of_a_child_does_not_reach_the_parent)
{
	rules("ISO-001");
	needs(NEED_TWO);
	self->memory[0] = 1;
	EXPECT_EQ(child(write_own(self->memory)), 0);
	EXPECT_EQ(self->memory[0], 1);
}

TEST_F(bind, bond_of_the_parent_outlives_a_child)
{
	rules("BIND-013");
	EXPECT_EQ(child(0), 0);
	EXPECT_EQ(device_write(&self->bond, self->memory, WORD).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
}

/* What is bound here was bound in another way; that the kernel has no part in it stays so */
TEST_F(bind, kernel_that_refuses_binds_nobody)
{
	struct device other;

	rules("BIND-031");
	if (!device_driver.try_bind || !device_driver.refuses(&self->bond.device))
		skip("this kernel binds on this architecture");
	EXPECT_EQ(device_driver.try_bind(&self->bond.device), -EOPNOTSUPP);
	ASSERT_EQ(device_driver.open(&other), 0);
	EXPECT_EQ(device_driver.try_bind(&other), -EOPNOTSUPP);
	EXPECT_EQ(device_driver.try_bind(&other), -EOPNOTSUPP);
	device_driver.close(&other);
	EXPECT_EQ(device_write(&self->bond, self->memory, WORD).outcome, DONE);
	EXPECT_EQ(self->memory[0], WORD);
}

TEST_HARNESS_MAIN
