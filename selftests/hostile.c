// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/svacheck with what no good program gives it: an errno, and nothing else. Of
 * the mock alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "../kunit/uapi/svacheck.h"
#include "lib/svac.h"

FIXTURE(hostile)
{
	int fd;
	struct svac_bind bind;
	uint64_t *memory;
};

FIXTURE_SETUP(hostile)
{
	self->fd = open("/dev/svacheck", O_RDWR);
	if (self->fd < 0 && errno == ENOENT)
		skip("no mock: /dev/svacheck is not there");
	ASSERT_GE(self->fd, 0);
	self->bind = (struct svac_bind){ .argsz = sizeof(self->bind) };
	ASSERT_EQ(ioctl(self->fd, SVAC_IOC_BIND, &self->bind), 0);
	self->memory = map(4 * PAGE, PROT_READ | PROT_WRITE);
	ASSERT_NE(self->memory, NULL);
}

FIXTURE_TEARDOWN(hostile)
{
	close(self->fd);
}

static int call(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) ? -errno : 0;
}

static const struct {
	unsigned long request;
	size_t size;
} calls[] = {
	{ SVAC_IOC_INFO, sizeof(struct svac_info) },
	{ SVAC_IOC_SETUP, sizeof(struct svac_setup) },
	{ SVAC_IOC_BIND, sizeof(struct svac_bind) },
	{ SVAC_IOC_UNBIND, sizeof(struct svac_unbind) },
	{ SVAC_IOC_SUBMIT, sizeof(struct svac_submit) },
	{ SVAC_IOC_WAIT, sizeof(struct svac_wait) },
	{ SVAC_IOC_COUNTERS, sizeof(struct svac_counters) },
	{ SVAC_IOC_DOMAIN_ALLOC, sizeof(struct svac_domain) },
	{ SVAC_IOC_DOMAIN_FREE, sizeof(struct svac_domain) },
	{ SVAC_IOC_MAP, sizeof(struct svac_map) },
	{ SVAC_IOC_UNMAP, sizeof(struct svac_unmap) },
	{ SVAC_IOC_SET, sizeof(struct svac_set) },
	{ SVAC_IOC_BLOCK, sizeof(struct svac_block) },
	{ SVAC_IOC_EVENTS, sizeof(struct svac_events) },
	{ SVAC_IOC_PORTAL, sizeof(struct svac_portal) },
	{ SVAC_IOC_DELAY, sizeof(struct svac_delay) },
};

#define CALLS	(sizeof(calls) / sizeof(calls[0]))

/* Room for a structure that is longer than any */
union room {
	uint32_t words[2 * PAGE / 4];
	char bytes[2 * PAGE];
};

TEST_F(hostile, structure_that_is_too_short)
{
	static union room arg;
	unsigned int i, size;

	rules("DEV-001");
	for (i = 0; i < CALLS; i++)
		for (size = 0; size < calls[i].size; size++) {
			arg = (union room){ .words = { size } };
			EXPECT_EQ(call(self->fd, calls[i].request, &arg), -EINVAL);
		}
}

TEST_F(hostile, longer_structure_that_is_not_zero_beyond)
{
	static union room arg;
	unsigned int i;

	rules("DEV-001");
	for (i = 0; i < CALLS; i++) {
		arg = (union room){ .words = { calls[i].size + 8 } };
		arg.bytes[calls[i].size + 7] = 1;
		EXPECT_EQ(call(self->fd, calls[i].request, &arg), -E2BIG);
	}
}

TEST_F(hostile, structure_that_is_longer_than_a_page)
{
	static union room arg;
	unsigned int i;

	rules("DEV-001");
	for (i = 0; i < CALLS; i++) {
		arg = (union room){ .words = { PAGE + 8 } };
		EXPECT_EQ(call(self->fd, calls[i].request, &arg), -E2BIG);
		arg.words[0] = UINT32_MAX;
		EXPECT_EQ(call(self->fd, calls[i].request, &arg), -E2BIG);
	}
}

TEST_F(hostile, longer_structure_of_zeros_is_taken)
{
	static union room arg;

	rules("DEV-001");
	arg.words[0] = sizeof(struct svac_counters) + 64;
	EXPECT_EQ(call(self->fd, SVAC_IOC_COUNTERS, &arg), 0);
}

TEST_F(hostile, flags_that_nobody_knows)
{
	static union room arg;
	unsigned int i, bit;

	rules("DEV-002");
	for (i = 0; i < CALLS; i++)
		for (bit = 0; bit < 32; bit++) {
			arg = (union room){ .words = { calls[i].size, 1U << bit } };
			EXPECT_EQ(call(self->fd, calls[i].request, &arg), -EINVAL);
		}
}

TEST_F(hostile, reserved_fields_that_are_not_zero)
{
	struct svac_unbind unbind = { .argsz = sizeof(unbind), .bond = 1, .reserved = 1 };
	struct svac_submit submit = { .argsz = sizeof(submit), .reserved = 1 };
	struct svac_delay delay = { .argsz = sizeof(delay), .reserved = 1 };

	rules("DEV-002");
	EXPECT_EQ(call(self->fd, SVAC_IOC_UNBIND, &unbind), -EINVAL);
	EXPECT_EQ(call(self->fd, SVAC_IOC_DELAY, &delay), -EINVAL);
	delay = (struct svac_delay){ .argsz = sizeof(delay), .delay = 2 };
	EXPECT_EQ(call(self->fd, SVAC_IOC_DELAY, &delay), -EINVAL);
	EXPECT_EQ(call(self->fd, SVAC_IOC_SUBMIT, &submit), -EINVAL);
	submit.reserved = 0;
	submit.desc.reserved = 1;
	EXPECT_EQ(call(self->fd, SVAC_IOC_SUBMIT, &submit), -EINVAL);
	submit.desc.reserved = 0;
	submit.desc.reserved2 = 1;
	EXPECT_EQ(call(self->fd, SVAC_IOC_SUBMIT, &submit), -EINVAL);
}

TEST_F(hostile, argument_that_cannot_be_read)
{
	unsigned int i;

	rules("DEV-003");
	for (i = 0; i < CALLS; i++) {
		EXPECT_EQ(call(self->fd, calls[i].request, NULL), -EFAULT);
		EXPECT_EQ(call(self->fd, calls[i].request, (void *)-8L), -EFAULT);
	}
}

TEST_F(hostile, argument_that_ends_in_a_hole)
{
	uint32_t *last = (uint32_t *)((char *)self->memory + 3 * PAGE - 4);
	unsigned int i;

	rules("DEV-003");
	ASSERT_EQ(munmap((char *)self->memory + 3 * PAGE, PAGE), 0);
	for (i = 0; i < CALLS; i++) {
		*last = calls[i].size;
		EXPECT_EQ(call(self->fd, calls[i].request, last), -EFAULT);
	}
}

TEST_F(hostile, argument_that_cannot_be_written)
{
	struct svac_bind *arg = (struct svac_bind *)self->memory;
	unsigned int i;

	rules("DEV-003");
	*arg = (struct svac_bind){ .argsz = sizeof(*arg) };
	ASSERT_EQ(mprotect(self->memory, PAGE, PROT_READ), 0);
	/* And nothing is bound: there is no end to that otherwise */
	for (i = 0; i < 1000; i++)
		ASSERT_EQ(call(self->fd, SVAC_IOC_BIND, arg), -EFAULT);
}

static bool exists(unsigned int number)
{
	unsigned int i;

	for (i = 0; i < CALLS; i++)
		if (_IOC_NR(calls[i].request) == number)
			return true;
	return number == _IOC_NR(SVAC_IOC_REMOVE);
}

TEST_F(hostile, requests_that_do_not_exist)
{
	static union room arg;
	unsigned int number;

	rules("DEV-003");
	arg.words[0] = PAGE / 2;
	for (number = 0; number < 256; number++) {
		if (exists(number))
			continue;
		EXPECT_EQ(call(self->fd, _IOWR(SVAC_MAGIC, number, struct svac_bind), &arg), -ENOTTY);
		if (_IO(SVAC_MAGIC, number) != SVAC_IOC_TRY_BIND)
			EXPECT_EQ(call(self->fd, _IO(SVAC_MAGIC, number), &arg), -ENOTTY);
	}
	EXPECT_EQ(call(self->fd, _IOWR(0, 2, struct svac_bind), &arg), -ENOTTY);
}

FIXTURE(descriptor)
{
	int fd;
};

FIXTURE_VARIANT(descriptor)
{
	struct svac_desc desc;
};

#define BAD_DESC(_name, ...)						\
	FIXTURE_VARIANT_ADD(descriptor, _name) { .desc = { __VA_ARGS__ } }

BAD_DESC(unknown_opcode, .opcode = SVAC_OP_BATCH + 1);
BAD_DESC(greatest_opcode, .opcode = UINT32_MAX);
BAD_DESC(unknown_flag, .opcode = SVAC_OP_SUM, .flags = 2);
BAD_DESC(greatest_length, .opcode = SVAC_OP_SUM, .len = UINT64_MAX);
BAD_DESC(length_beyond_the_limit, .opcode = SVAC_OP_FILL, .len = SVAC_MAX_LEN + 1);
BAD_DESC(source_that_wraps, .opcode = SVAC_OP_SUM, .src = UINT64_MAX - 4, .len = 8);
BAD_DESC(destination_that_wraps, .opcode = SVAC_OP_FILL, .dst = UINT64_MAX, .len = 2);
BAD_DESC(batch_beyond_the_limit, .opcode = SVAC_OP_BATCH, .len = SVAC_MAX_BATCH + 1);
BAD_DESC(batch_that_overflows, .opcode = SVAC_OP_BATCH, .len = 1ULL << 58);
BAD_DESC(completion_not_aligned, .opcode = SVAC_OP_NOTHING, .completion = 8);
BAD_DESC(word_not_aligned, .opcode = SVAC_OP_ADD, .dst = 4);

FIXTURE_SETUP(descriptor)
{
	self->fd = open("/dev/svacheck", O_RDWR);
	if (self->fd < 0 && errno == ENOENT)
		skip("no mock: /dev/svacheck is not there");
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(descriptor)
{
	close(self->fd);
}

TEST_F(descriptor, that_makes_no_sense_is_refused)
{
	struct svac_submit submit = { .argsz = sizeof(submit), .desc = variant->desc };

	rules("DEV-004");
	EXPECT_EQ(call(self->fd, SVAC_IOC_SUBMIT, &submit), -EINVAL);
}

/* Submit a descriptor, and make what waits for it */
static int submit_one(int fd, struct svac_desc desc, struct svac_wait *wait)
{
	struct svac_submit submit = { .argsz = sizeof(submit), .desc = desc };
	int ret = call(fd, SVAC_IOC_SUBMIT, &submit);

	*wait = (struct svac_wait){
		.argsz = sizeof(*wait), .job = submit.job, .timeout_ms = PATIENCE,
	};
	return ret;
}

/* One that takes long */
static struct svac_desc long_fill(uint32_t pasid)
{
	return (struct svac_desc){
		.opcode = SVAC_OP_FILL, .flags = SVAC_BLOCK_ON_FAULT, .pasid = pasid,
		.dst = (uintptr_t)map(SVAC_MAX_LEN, PROT_READ | PROT_WRITE), .len = SVAC_MAX_LEN,
	};
}

TEST_F(hostile, batch_in_a_batch)
{
	struct svac_desc *inner = (struct svac_desc *)self->memory;
	struct svac_desc desc = {
		.opcode = SVAC_OP_BATCH, .flags = SVAC_BLOCK_ON_FAULT,
		.pasid = self->bind.pasid, .src = (uintptr_t)inner, .len = 2,
	};
	struct svac_wait wait;

	rules("DEV-004");
	inner[1].opcode = SVAC_OP_BATCH;
	ASSERT_EQ(submit_one(self->fd, desc, &wait), 0);
	ASSERT_EQ(call(self->fd, SVAC_IOC_WAIT, &wait), 0);
	EXPECT_EQ(wait.completion.status, SVAC_BAD);
	EXPECT_EQ(wait.completion.index, 1);
}

TEST_F(hostile, completion_record_that_cannot_be_written)
{
	struct svac_desc desc = {
		.opcode = SVAC_OP_NOTHING, .pasid = self->bind.pasid, .completion = 4096,
	};
	struct svac_wait wait;

	rules("DEV-004");
	ASSERT_EQ(submit_one(self->fd, desc, &wait), 0);
	EXPECT_EQ(call(self->fd, SVAC_IOC_WAIT, &wait), 0);
	EXPECT_EQ(wait.completion.status, SVAC_DONE);
}

TEST_F(hostile, jobs_and_bonds_that_do_not_exist)
{
	struct svac_wait wait = { .argsz = sizeof(wait) };
	struct svac_unbind unbind = { .argsz = sizeof(unbind) };

	rules("DEV-005");
	EXPECT_EQ(call(self->fd, SVAC_IOC_WAIT, &wait), -ENOENT);
	wait.job = UINT32_MAX;
	EXPECT_EQ(call(self->fd, SVAC_IOC_WAIT, &wait), -ENOENT);
	EXPECT_EQ(call(self->fd, SVAC_IOC_UNBIND, &unbind), -ENOENT);
	unbind.bond = UINT32_MAX;
	EXPECT_EQ(call(self->fd, SVAC_IOC_UNBIND, &unbind), -ENOENT);
}

TEST_F(hostile, job_of_another_file)
{
	int other = open("/dev/svacheck", O_RDWR);
	struct svac_wait wait;

	rules("DEV-005");
	ASSERT_GE(other, 0);
	ASSERT_EQ(submit_one(self->fd, (struct svac_desc){ }, &wait), 0);
	EXPECT_EQ(call(other, SVAC_IOC_WAIT, &wait), -ENOENT);
	EXPECT_EQ(call(self->fd, SVAC_IOC_WAIT, &wait), 0);
	close(other);
}

TEST_F(hostile, job_that_was_waited_for)
{
	struct svac_wait wait;

	rules("DEV-005");
	ASSERT_EQ(submit_one(self->fd, (struct svac_desc){ }, &wait), 0);
	ASSERT_EQ(call(self->fd, SVAC_IOC_WAIT, &wait), 0);
	EXPECT_EQ(call(self->fd, SVAC_IOC_WAIT, &wait), -ENOENT);
}

TEST_F(hostile, jobs_that_nobody_waits_for)
{
	struct svac_submit submit = { .argsz = sizeof(submit) };
	unsigned int taken;

	rules("DEV-005");
	for (taken = 0; taken < 100000; taken++)
		if (call(self->fd, SVAC_IOC_SUBMIT, &submit))
			break;
	EXPECT_EQ(taken, 1024);
	EXPECT_EQ(call(self->fd, SVAC_IOC_SUBMIT, &submit), -EAGAIN);
}

TEST_F(hostile, bonds_without_end)
{
	struct svac_bind bind = { .argsz = sizeof(bind) };
	unsigned int taken;

	rules("DEV-005");
	for (taken = 1; taken < 100000; taken++)
		if (call(self->fd, SVAC_IOC_BIND, &bind))
			break;
	EXPECT_EQ(taken, 64);
	EXPECT_EQ(call(self->fd, SVAC_IOC_BIND, &bind), -ENOSPC);
}

/* In groups of their own, or all in one */
FIXTURE(crowd)
{
	int fds[40];
};

FIXTURE_VARIANT(crowd)
{
	uint32_t group;
};

FIXTURE_VARIANT_ADD(crowd, apart) { .group = 0 };
FIXTURE_VARIANT_ADD(crowd, in_one_group) { .group = 5 };

#define CROWD	(sizeof(((FIXTURE_DATA(crowd) *)0)->fds) / sizeof(int))

FIXTURE_SETUP(crowd)
{
	unsigned int i;

	for (i = 0; i < CROWD; i++)
		self->fds[i] = open("/dev/svacheck", O_RDWR);
	if (self->fds[0] < 0)
		SKIP(return, "no mock: /dev/svacheck is not there");
}

FIXTURE_TEARDOWN(crowd)
{
	unsigned int i;

	for (i = 0; i < CROWD; i++)
		close(self->fds[i]);
}

TEST_F(crowd, of_devices_without_end)
{
	struct svac_setup setup = { .argsz = sizeof(setup), .group = variant->group };
	struct svac_bind bind = { .argsz = sizeof(bind) };
	unsigned int i, taken = 0;

	rules("DEV-005");
	for (i = 0; i < CROWD; i++)
		taken += !call(self->fds[i], SVAC_IOC_SETUP, &setup);
	EXPECT_EQ(taken, 32);
	EXPECT_EQ(call(self->fds[CROWD - 1], SVAC_IOC_SETUP, &setup), -ENOSPC);
	EXPECT_EQ(call(self->fds[CROWD - 1], SVAC_IOC_BIND, &bind), -ENOSPC);
	/* Devices of one group are not bound: results/findings/003 */
	for (i = 0; i < taken && !variant->group; i++) {
		bind = (struct svac_bind){ .argsz = sizeof(bind) };
		EXPECT_EQ(call(self->fds[i], SVAC_IOC_BIND, &bind), 0);
	}
	close(self->fds[0]);
	self->fds[0] = -1;
	bind = (struct svac_bind){ .argsz = sizeof(bind) };
	EXPECT_EQ(call(self->fds[CROWD - 1], SVAC_IOC_BIND, &bind), 0);
}

TEST_F(hostile, device_that_is_plugged_in_cannot_be_set_up)
{
	struct svac_setup setup = { .argsz = sizeof(setup) };

	rules("DEV-005");
	EXPECT_EQ(call(self->fd, SVAC_IOC_SETUP, &setup), -EBUSY);
	ASSERT_EQ(call(self->fd, SVAC_IOC_REMOVE, NULL), 0);
	EXPECT_EQ(call(self->fd, SVAC_IOC_SETUP, &setup), -EBUSY);
}

TEST_F(hostile, devices_that_would_have_two_numbers_of_pasids)
{
	struct svac_setup setup = { .argsz = sizeof(setup), .max_pasids = 64 };
	int one = open("/dev/svacheck", O_RDWR), other = open("/dev/svacheck", O_RDWR);

	rules("DEV-005");
	ASSERT_GE(other, 0);
	ASSERT_EQ(call(one, SVAC_IOC_SETUP, &setup), 0);
	setup.max_pasids = 63;
	EXPECT_EQ(call(other, SVAC_IOC_SETUP, &setup), -EBUSY);
	close(one);
	EXPECT_EQ(call(other, SVAC_IOC_SETUP, &setup), 0);
	close(other);
}

TEST_F(hostile, device_that_was_removed)
{
	struct svac_submit submit = { .argsz = sizeof(submit) };
	struct svac_unbind unbind = { .argsz = sizeof(unbind), .bond = self->bind.bond };
	struct svac_counters counters = { .argsz = sizeof(counters) };

	rules("DEV-005");
	ASSERT_EQ(call(self->fd, SVAC_IOC_REMOVE, NULL), 0);
	EXPECT_EQ(call(self->fd, SVAC_IOC_BIND, &self->bind), -ENODEV);
	EXPECT_EQ(call(self->fd, SVAC_IOC_UNBIND, &unbind), -ENOENT);
	EXPECT_EQ(call(self->fd, SVAC_IOC_SUBMIT, &submit), -ENODEV);
	EXPECT_EQ(call(self->fd, SVAC_IOC_COUNTERS, &counters), -ENODEV);
	EXPECT_EQ(call(self->fd, SVAC_IOC_REMOVE, NULL), -ENODEV);
}

/* A thread waits for what takes long while another closes the file */
struct waiter {
	int fd;
	struct svac_wait wait;
	int ret;
};

static void *wait_long(void *data)
{
	struct waiter *waiter = data;

	waiter->ret = call(waiter->fd, SVAC_IOC_WAIT, &waiter->wait);
	return NULL;
}

TEST_F(hostile, file_closed_while_a_thread_waits)
{
	struct svac_desc desc = long_fill(self->bind.pasid);
	struct waiter waiter = { .fd = self->fd, .ret = 1 };
	pthread_t thread;

	rules("DEV-006");
	ASSERT_NE(desc.dst, 0);
	ASSERT_EQ(submit_one(self->fd, desc, &waiter.wait), 0);
	ASSERT_EQ(pthread_create(&thread, NULL, wait_long, &waiter), 0);
	usleep(1000);
	close(self->fd);
	ASSERT_EQ(pthread_join(thread, NULL), 0);
	/* The file was closed before the thread could wait, or lives until it has */
	EXPECT_TRUE(waiter.ret == 0 || waiter.ret == -EBADF);
}

/* The last of so many has not ended when all have been submitted, or has done its work */
TEST_F(hostile, wait_that_does_not_wait)
{
	struct svac_desc desc = long_fill(self->bind.pasid);
	uint64_t *last = (uint64_t *)(desc.dst + desc.len) - 1;
	struct svac_wait wait;
	int ret;

	rules("DEV-006");
	ASSERT_NE(desc.dst, 0);
	for (desc.operand = 1; desc.operand <= 16; desc.operand++)
		ASSERT_EQ(submit_one(self->fd, desc, &wait), 0);
	wait.timeout_ms = 0;
	ret = call(self->fd, SVAC_IOC_WAIT, &wait);
	if (ret) {
		EXPECT_EQ(ret, -ETIME);
		wait.timeout_ms = PATIENCE;
		EXPECT_EQ(call(self->fd, SVAC_IOC_WAIT, &wait), 0);
	}
	EXPECT_EQ(wait.completion.status, SVAC_DONE);
	EXPECT_EQ(*last, 16);
}

TEST_F(hostile, poll_tells_of_a_job_that_has_ended)
{
	struct pollfd poll_fd = { .fd = self->fd, .events = POLLIN };
	struct svac_wait wait;

	rules("DEV-006");
	EXPECT_EQ(poll(&poll_fd, 1, 0), 0);
	ASSERT_EQ(submit_one(self->fd, (struct svac_desc){ }, &wait), 0);
	EXPECT_EQ(poll(&poll_fd, 1, PATIENCE), 1);
	wait.timeout_ms = 0;
	EXPECT_EQ(call(self->fd, SVAC_IOC_WAIT, &wait), 0);
	EXPECT_EQ(poll(&poll_fd, 1, 0), 0);
}

TEST_F(hostile, who_is_not_root_cannot_open_it)
{
	int status = -1;
	pid_t pid = fork();

	rules("DEV-007");
	if (!pid) {
		if (setuid(1000))
			_exit(1);
		_exit(open("/dev/svacheck", O_RDWR) < 0 && errno == EACCES ? 0 : 2);
	}
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	EXPECT_EQ(status, 0);
}

/* One that its group does not take, as a PASID is set there, has no IOMMU at all */
TEST_F(hostile, device_that_its_group_may_not_take)
{
	struct svac_setup setup = { .argsz = sizeof(setup), .group = 77 };
	struct svac_bind bind = { .argsz = sizeof(bind) };
	int one = open("/dev/svacheck", O_RDWR), other = open("/dev/svacheck", O_RDWR);
	int ret;

	rules("DEV-020");
	ASSERT_GE(one, 0);
	ASSERT_GE(other, 0);
	ASSERT_EQ(call(one, SVAC_IOC_SETUP, &setup), 0);
	ASSERT_EQ(call(one, SVAC_IOC_BIND, &bind), 0);
	ret = call(other, SVAC_IOC_SETUP, &setup);
	EXPECT_TRUE(!ret || ret == -EBUSY);
	bind = (struct svac_bind){ .argsz = sizeof(bind) };
	if (call(other, SVAC_IOC_BIND, &bind))
		EXPECT_LT(call(other, SVAC_IOC_TRY_BIND, NULL), 0);
	close(other);
	close(one);
}

TEST_HARNESS_MAIN
