// SPDX-License-Identifier: GPL-2.0
/*
 * The portal of /dev/svacheck with what no good program writes to it. Of the mock alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "../kunit/uapi/svacheck.h"
#include "lib/svac.h"

FIXTURE(hostile_portal)
{
	int fd;
	uint32_t pasid;
	struct svac_desc *slots;
	uint32_t next;
	uint64_t *memory;
	struct svac_completion *record;
};

static int call(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) ? -errno : 0;
}

static int look(int fd, struct svac_portal *portal)
{
	*portal = (struct svac_portal){ .argsz = sizeof(*portal) };
	return call(fd, SVAC_IOC_PORTAL, portal);
}

FIXTURE_SETUP(hostile_portal)
{
	struct svac_bind bind = { .argsz = sizeof(bind) };
	struct svac_portal portal;

	self->fd = open("/dev/svacheck", O_RDWR);
	if (self->fd < 0 && errno == ENOENT)
		skip("no mock: /dev/svacheck is not there");
	ASSERT_GE(self->fd, 0);
	ASSERT_EQ(call(self->fd, SVAC_IOC_BIND, &bind), 0);
	self->pasid = bind.pasid;
	ASSERT_EQ(look(self->fd, &portal), 0);
	self->slots = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(self->slots, MAP_FAILED);
	self->memory = map(4 * PAGE, PROT_READ | PROT_WRITE);
	ASSERT_NE(self->memory, NULL);
	memset(self->memory, 0, 4 * PAGE);
	self->record = (struct svac_completion *)self->memory + 1;
}

FIXTURE_TEARDOWN(hostile_portal)
{
	close(self->fd);
}

static void store(struct svac_desc *slot, struct svac_desc desc, uint64_t valid)
{
	memcpy(slot, &desc, offsetof(struct svac_desc, reserved2));
	__atomic_store_n(&slot->reserved2, valid, __ATOMIC_RELEASE);
}

/* Until so many were taken; how many of them were dropped, or -1 */
static long taken(int fd, uint32_t many)
{
	struct svac_portal portal;
	struct timespec since;

	clock_gettime(CLOCK_MONOTONIC, &since);
	while (!look(fd, &portal) && !is_late(&since)) {
		if (portal.taken == many)
			return portal.dropped;
		usleep(100);
	}
	return -1;
}

/* Status of a descriptor that ends there; 0 if it does not */
static uint32_t status_of(const struct svac_completion *record)
{
	struct timespec since;
	uint32_t status;

	clock_gettime(CLOCK_MONOTONIC, &since);
	do {
		status = __atomic_load_n(&record->status, __ATOMIC_ACQUIRE);
	} while (!status && !is_late(&since) && !usleep(100));
	return status;
}

/* A descriptor that is good: the device still does what it is told */
static uint32_t do_good(struct svac_desc *slot, uint32_t pasid, struct svac_completion *record)
{
	const struct svac_desc desc = {
		.opcode = SVAC_OP_NOTHING, .pasid = pasid, .completion = (uintptr_t)record,
	};

	*record = (struct svac_completion){ };
	store(slot, desc, SVAC_PORTAL_VALID);
	return status_of(record);
}

TEST_F(hostile_portal, mapping_that_is_not_one_shared_page)
{
	int fd = open("/dev/svacheck", O_RDWR);

	rules("DEV-008");
	EXPECT_EQ(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0), MAP_FAILED);
	EXPECT_EQ(errno, ENXIO);
	close(fd);
	EXPECT_EQ(mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, self->fd, 0), MAP_FAILED);
	EXPECT_EQ(errno, EINVAL);
	EXPECT_EQ(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, self->fd, PAGE), MAP_FAILED);
	EXPECT_EQ(errno, EINVAL);
	EXPECT_EQ(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, self->fd, 0), MAP_FAILED);
	EXPECT_EQ(errno, EINVAL);
}

TEST_F(hostile_portal, mapping_that_grows)
{
	int status = -1;
	char *grown;
	pid_t pid;

	rules("DEV-008");
	pid = fork();
	if (!pid) {
		grown = mremap(self->slots, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
		if (grown == MAP_FAILED)
			kill(getpid(), SIGBUS);
		grown[0] = 0;
		grown[PAGE] = 1;
		_exit(0);
	}
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	EXPECT_EQ(do_good(self->slots, self->pasid, self->record), SVAC_DONE);
}

TEST_F(hostile_portal, reserved_field_that_is_not_zero)
{
	struct svac_portal portal = { .argsz = sizeof(portal), .reserved = 1 };

	rules("DEV-002");
	EXPECT_EQ(call(self->fd, SVAC_IOC_PORTAL, &portal), -EINVAL);
}

TEST_F(hostile_portal, device_that_was_removed)
{
	struct svac_portal portal;

	rules("DEV-005");
	ASSERT_EQ(call(self->fd, SVAC_IOC_REMOVE, NULL), 0);
	EXPECT_EQ(look(self->fd, &portal), -ENODEV);
	memset(self->slots, 0xff, PAGE);
}

FIXTURE(stored)
{
	int fd;
	uint32_t pasid;
	struct svac_desc *slots;
	struct svac_completion *record;
};

/* @completion is that of the record if it is 0 */
FIXTURE_VARIANT(stored)
{
	struct svac_desc desc;
	uint64_t valid;
	bool dropped;
};

#define STORED(_name, ...)						\
	FIXTURE_VARIANT_ADD(stored, _name) {				\
		.valid = SVAC_PORTAL_VALID, .desc = { __VA_ARGS__ }	\
	}

STORED(unknown_opcode, .opcode = SVAC_OP_BATCH + 1);
STORED(greatest_opcode, .opcode = UINT32_MAX);
STORED(unknown_flag, .opcode = SVAC_OP_SUM, .flags = 2);
STORED(reserved_field, .opcode = SVAC_OP_SUM, .reserved = 1);
STORED(greatest_length, .opcode = SVAC_OP_SUM, .len = UINT64_MAX);
STORED(destination_that_wraps, .opcode = SVAC_OP_FILL, .dst = UINT64_MAX, .len = 2);
STORED(batch_that_overflows, .opcode = SVAC_OP_BATCH, .len = 1ULL << 58);

FIXTURE_VARIANT_ADD(stored, something_else_than_valid) { .valid = 2 };
FIXTURE_VARIANT_ADD(stored, all_bits_for_valid) { .valid = UINT64_MAX };

FIXTURE_VARIANT_ADD(stored, record_not_aligned)
{
	.valid = SVAC_PORTAL_VALID, .desc = { .completion = 8 }, .dropped = true,
};

FIXTURE_VARIANT_ADD(stored, record_at_the_end)
{
	.valid = SVAC_PORTAL_VALID, .desc = { .completion = -32ULL }, .dropped = true,
};

FIXTURE_SETUP(stored)
{
	struct svac_bind bind = { .argsz = sizeof(bind) };
	struct svac_portal portal;

	self->fd = open("/dev/svacheck", O_RDWR);
	if (self->fd < 0 && errno == ENOENT)
		skip("no mock: /dev/svacheck is not there");
	ASSERT_GE(self->fd, 0);
	ASSERT_EQ(call(self->fd, SVAC_IOC_BIND, &bind), 0);
	self->pasid = bind.pasid;
	ASSERT_EQ(look(self->fd, &portal), 0);
	self->slots = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(self->slots, MAP_FAILED);
	self->record = map(PAGE, PROT_READ | PROT_WRITE);
	ASSERT_NE(self->record, NULL);
	memset(self->record, 0, PAGE);
}

FIXTURE_TEARDOWN(stored)
{
	close(self->fd);
}

TEST_F(stored, descriptor_that_makes_no_sense_is_refused)
{
	struct svac_desc desc = variant->desc;

	rules("DEV-004");
	desc.pasid = self->pasid;
	if (!desc.completion)
		desc.completion = (uintptr_t)self->record;
	store(self->slots, desc, variant->valid);
	if (!variant->dropped)
		EXPECT_EQ(status_of(self->record), SVAC_BAD);
	/* It is in order that the second comes to its end */
	EXPECT_EQ(do_good(self->slots + 1, self->pasid, self->record + 1), SVAC_DONE);
	EXPECT_EQ(taken(self->fd, 2), variant->dropped);
}

TEST_F(hostile_portal, page_of_nothing_but_ones)
{
	rules("DEV-004");
	memset(self->slots, 0xff, PAGE);
	EXPECT_EQ(taken(self->fd, SVAC_PORTAL_SLOTS), SVAC_PORTAL_SLOTS);
	EXPECT_EQ(do_good(self->slots, self->pasid, self->record), SVAC_DONE);
}

TEST_F(hostile_portal, slot_that_it_is_not_the_turn_of)
{
	struct svac_portal portal;

	rules("DEV-004");
	store(self->slots + 1, (struct svac_desc){ .pasid = self->pasid }, SVAC_PORTAL_VALID);
	usleep(20000);
	ASSERT_EQ(look(self->fd, &portal), 0);
	EXPECT_EQ(portal.taken, 0);
	EXPECT_EQ(do_good(self->slots, self->pasid, self->record), SVAC_DONE);
	EXPECT_EQ(taken(self->fd, 2), 0);
}

/* Each of the portal's descriptors is the device's own work */
TEST_F(hostile_portal, device_that_writes_its_own_portal)
{
	const struct svac_desc desc = {
		.opcode = SVAC_OP_FILL, .flags = SVAC_BLOCK_ON_FAULT, .pasid = self->pasid,
		.dst = (uintptr_t)(self->slots + 1), .len = PAGE - sizeof(*self->slots),
		.operand = UINT64_MAX, .completion = (uintptr_t)self->record,
	};

	rules("DEV-009");
	store(self->slots, desc, SVAC_PORTAL_VALID);
	EXPECT_EQ(status_of(self->record), SVAC_DONE);
	EXPECT_EQ(taken(self->fd, SVAC_PORTAL_SLOTS), SVAC_PORTAL_SLOTS - 1);
	EXPECT_EQ(do_good(self->slots, self->pasid, self->record), SVAC_DONE);
}

/* A thread that writes all over the portal while the device reads it, as one program does */
struct writer {
	struct svac_desc *slots;
	uint32_t pasid;
	uint64_t *memory;
	int end;
};

static void *write_all_over(void *data)
{
	struct writer *writer = data;
	struct svac_desc *slot;
	unsigned int seed = 1, word;
	unsigned long i;

	for (i = 0; !__atomic_load_n(&writer->end, __ATOMIC_ACQUIRE); i++) {
		slot = &writer->slots[rand_r(&seed) % SVAC_PORTAL_SLOTS];
		word = rand_r(&seed);
		/* Each word by itself, in any order, right or wrong; never to other memory */
		slot->opcode = word % 8 == SVAC_OP_BATCH ? UINT32_MAX : word % 8;
		slot->flags = word >> 4 & 3;
		slot->pasid = word & 64 ? writer->pasid : word;
		slot->src = (uintptr_t)writer->memory + (word >> 8) % PAGE;
		slot->dst = (uintptr_t)writer->memory + (word & 128 ? PAGE : 0);
		slot->len = word & 256 ? 64 : UINT64_MAX - word;
		slot->completion = word & 512 ? (uintptr_t)writer->memory + 64 : word;
		slot->reserved2 = word & 1024 ? SVAC_PORTAL_VALID : word;
		if (i % 64 == 0)
			sched_yield();
	}
	return NULL;
}

TEST_F(hostile_portal, page_that_changes_while_it_is_read)
{
	struct writer writer = {
		.slots = self->slots, .pasid = self->pasid, .memory = self->memory,
	};
	unsigned int seed = 2, i;
	struct svac_portal portal;
	struct svac_desc *slot;
	struct timespec since;
	pthread_t thread;

	rules("DEV-009");
	ASSERT_EQ(pthread_create(&thread, NULL, write_all_over, &writer), 0);
	clock_gettime(CLOCK_MONOTONIC, &since);
	do {
		slot = &self->slots[rand_r(&seed) % SVAC_PORTAL_SLOTS];
		slot->len = rand_r(&seed) % 2 ? 64 : UINT64_MAX;
		slot->opcode = rand_r(&seed) % SVAC_OP_BATCH;
		slot->reserved2 = SVAC_PORTAL_VALID;
		sched_yield();
		ASSERT_EQ(look(self->fd, &portal), 0);
	} while (portal.taken < 5000 && !is_late(&since));
	__atomic_store_n(&writer.end, 1, __ATOMIC_RELEASE);
	ASSERT_EQ(pthread_join(thread, NULL), 0);
	EXPECT_GE(portal.taken, 5000);
	/* The words beyond what it was ever told to write are as they were */
	for (i = 2 * PAGE / 8; i < 4 * PAGE / 8; i++)
		ASSERT_EQ(self->memory[i], 0);
}

/* Closed, unmapped and removed at any moment by others */
static void *come_and_go(void *data)
{
	struct writer *writer = data;
	struct svac_portal portal;
	struct svac_desc *slots;
	unsigned int i;
	int fd;

	for (i = 0; i < 30; i++) {
		fd = open("/dev/svacheck", O_RDWR);
		if (fd < 0 || look(fd, &portal))
			return "no portal";
		slots = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (slots == MAP_FAILED)
			return "no page";
		store(slots, (struct svac_desc){ .pasid = writer->pasid }, SVAC_PORTAL_VALID);
		if (i % 3 == 0)
			call(fd, SVAC_IOC_REMOVE, NULL);
		if (i % 3 == 1)
			close(fd);
		memset(slots, i, PAGE);
		munmap(slots, PAGE);
		if (i % 3 != 1)
			close(fd);
	}
	return NULL;
}

TEST_F(hostile_portal, files_that_come_and_go)
{
	struct writer writer = { .pasid = self->pasid };
	pthread_t threads[4];
	unsigned int i;
	void *why;

	rules("DEV-009");
	for (i = 0; i < 4; i++)
		ASSERT_EQ(pthread_create(&threads[i], NULL, come_and_go, &writer), 0);
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(pthread_join(threads[i], &why), 0);
		EXPECT_EQ(why, NULL);
	}
	EXPECT_EQ(do_good(self->slots, self->pasid, self->record), SVAC_DONE);
}

TEST_F(hostile_portal, event_log_that_cannot_be_given)
{
	struct svac_event *records = (struct svac_event *)self->memory;
	struct svac_events arg = { .argsz = sizeof(arg), .count = 4, .records = 8 };
	uint64_t seq;

	rules("DEV-003", "DEV-010");
	EXPECT_EQ(call(self->fd, SVAC_IOC_EVENTS, &arg), -EFAULT);
	arg.records = UINT64_MAX - 8;
	EXPECT_EQ(call(self->fd, SVAC_IOC_EVENTS, &arg), -EFAULT);
	arg.reserved = 1;
	EXPECT_EQ(call(self->fd, SVAC_IOC_EVENTS, &arg), -EINVAL);
	/* And it is all there still */
	arg = (struct svac_events){
		.argsz = sizeof(arg), .count = 1, .records = (uintptr_t)records,
	};
	for (seq = 0; seq < 2; seq++) {
		ASSERT_EQ(call(self->fd, SVAC_IOC_EVENTS, &arg), 0);
		ASSERT_EQ(arg.count, 1);
		EXPECT_EQ(records[0].seq, seq);
	}
	arg.count = 0;
	EXPECT_EQ(call(self->fd, SVAC_IOC_EVENTS, &arg), 0);
	EXPECT_EQ(arg.count, 0);
	arg.count = UINT32_MAX;
	arg.records = (uintptr_t)map(64 * PAGE, PROT_READ | PROT_WRITE);
	EXPECT_EQ(call(self->fd, SVAC_IOC_EVENTS, &arg), 0);
	EXPECT_GT(arg.count, 0);
}

TEST_HARNESS_MAIN
