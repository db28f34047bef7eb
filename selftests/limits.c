// SPDX-License-Identifier: GPL-2.0
/*
 * A device with few PASIDs: how many processes it can have, and what becomes of
 * one more.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/svac.h"

/* PASIDs 1 to 3; 0 is for DMA without one */
#define PASIDS		4
#define PROCESSES	(PASIDS - 1)

FIXTURE(limits)
{
	struct device device;
	int end[2];
	pid_t pids[PROCESSES];
};

FIXTURE_SETUP(limits)
{
	if (!device_driver.open_small)
		skip("devices of this kind cannot be made to have fewer PASIDs");
	ASSERT_EQ(device_driver.open_small(&self->device, PASIDS), 0);
	ASSERT_EQ(pipe(self->end), 0);
}

static void end_all(int *end, pid_t *pids)
{
	unsigned int i;

	close(end[1]);
	for (i = 0; i < PROCESSES; i++)
		if (pids[i] > 0)
			waitpid(pids[i], NULL, 0);
}

FIXTURE_TEARDOWN(limits)
{
	if (has_skipped)
		return;
	end_all(self->end, self->pids);
	device_driver.close(&self->device);
}

/* A process that is bound until it is told to end; told is its exit status at once */
static pid_t start_bound(struct device *device, int *end)
{
	int ready[2];
	pid_t pid;
	char c;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (!pid) {
		uint32_t bond, pasid;

		close(end[1]);
		close(ready[0]);
		if (device_driver.bind(device, &bond, &pasid))
			_exit(1);
		if (write(ready[1], "", 1) != 1)
			_exit(2);
		if (read(end[0], &c, 1) < 0)
			_exit(3);
		device_driver.unbind(device, bond);
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1) {
		waitpid(pid, NULL, 0);
		pid = -1;
	}
	close(ready[0]);
	return pid;
}

static unsigned int start_all(struct device *device, int *end, pid_t *pids)
{
	unsigned int i;

	for (i = 0; i < PROCESSES; i++) {
		pids[i] = start_bound(device, end);
		if (pids[i] < 0)
			break;
	}
	return i;
}

static int bind_and_unbind(struct device *device)
{
	uint32_t bond, pasid;
	int ret = device_driver.bind(device, &bond, &pasid);

	return ret ?: device_driver.unbind(device, bond);
}

TEST_F(limits, as_many_processes_as_there_are_pasids)
{
	rules("BIND-004");
	EXPECT_EQ(start_all(&self->device, self->end, self->pids), PROCESSES);
}

TEST_F(limits, one_process_more_is_refused)
{
	int ret;

	rules("BIND-032");
	ASSERT_EQ(start_all(&self->device, self->end, self->pids), PROCESSES);
	ret = bind_and_unbind(&self->device);
	EXPECT_TRUE(ret == -ENOSPC || ret == -ENOMEM || ret == -EOVERFLOW);
}

TEST_F(limits, refused_process_is_bound_when_others_have_ended)
{
	rules("BIND-032");
	ASSERT_EQ(start_all(&self->device, self->end, self->pids), PROCESSES);
	ASSERT_NE(bind_and_unbind(&self->device), 0);
	end_all(self->end, self->pids);
	self->end[1] = -1;
	memset(self->pids, 0, sizeof(self->pids));
	EXPECT_EQ(bind_and_unbind(&self->device), 0);
}

TEST_F(limits, pasids_of_processes_that_have_ended_are_used_again)
{
	unsigned int i;
	int status;
	pid_t pid;

	rules("BIND-032");
	for (i = 0; i < 10 * PASIDS; i++) {
		pid = fork();
		if (!pid)
			_exit(bind_and_unbind(&self->device) ? 1 : 0);
		ASSERT_EQ(waitpid(pid, &status, 0), pid);
		ASSERT_EQ(status, 0);
	}
}

TEST_F(limits, process_bound_elsewhere_has_its_pasid_in_reach_or_is_refused)
{
	struct bond other;
	uint32_t bond, pasid;
	int ret;

	rules("BIND-003", "BIND-004");
	ASSERT_EQ(bond_open(&other), 0);
	ret = device_driver.bind(&self->device, &bond, &pasid);
	if (other.pasid < PASIDS) {
		EXPECT_EQ(ret, 0);
		EXPECT_EQ(pasid, other.pasid);
	} else {
		EXPECT_EQ(ret, -EOVERFLOW);
	}
	bond_close(&other);
}

TEST_HARNESS_MAIN
