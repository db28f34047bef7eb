// SPDX-License-Identifier: GPL-2.0
/*
 * What the device and its IOMMU say that they have done, and in which order: what was
 * told to the device covers what the program did, and comes in time.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/svac.h"

#define MOST	4096
#define PAGES	4
#define IOVA	0x800000000000UL
#define PASID	11
#define WORD	0x0f0f0f0f0f0f0f0fULL

FIXTURE(events)
{
	struct bond bond;
	char *memory;
	struct event *list;
	unsigned int count;
	uint64_t lost;
};

FIXTURE_SETUP(events)
{
	if (!device_driver.events)
		skip("devices of this kind keep no log");
	self->memory = map(PAGES * PAGE, PROT_READ | PROT_WRITE);
	self->list = calloc(MOST, sizeof(*self->list));
	ASSERT_NE(self->memory, NULL);
	ASSERT_NE(self->list, NULL);
	ASSERT_EQ(bond_open(&self->bond), 0);
}

FIXTURE_TEARDOWN(events)
{
	bond_close(&self->bond);
	free(self->list);
}

/* All that has happened since; what there was no room for was nothing */
#define read_events(self)						\
	({								\
		self->count = MOST;					\
		ASSERT_EQ(device_driver.events(&self->bond.device, self->list, &self->count, \
					       &self->lost), 0);	\
		ASSERT_EQ(self->lost, 0);				\
	})

/* Where the first of a kind is from a place on, or -1; of any PASID if it is 0 */
static int find(const struct event *list, int count, int from, enum event_kind kind,
		uint32_t pasid)
{
	int i;

	for (i = from; i < count; i++)
		if (list[i].kind == kind && (!pasid || list[i].pasid == pasid))
			return i;
	return -1;
}

static int find_last(const struct event *list, int count, enum event_kind kind, uint32_t pasid)
{
	int i;

	for (i = count - 1; i >= 0; i--)
		if (list[i].kind == kind && (!pasid || list[i].pasid == pasid))
			break;
	return i;
}

static bool covers(const struct event *event, uint64_t page)
{
	return !event->len ||
	       (event->address <= page && event->address + event->len >= page + PAGE);
}

/* Was the device told of each page, under that PASID */
static bool told_of(const struct event *list, int count, uint32_t pasid, const char *memory,
		    size_t len)
{
	size_t done;
	int i;

	for (done = 0; done < len; done += PAGE) {
		for (i = 0; i < count; i++)
			if (list[i].kind == EVENT_INVALIDATE && list[i].pasid == pasid &&
			    covers(&list[i], (uintptr_t)memory + done))
				break;
		if (i == count)
			return false;
	}
	return true;
}

TEST_F(events, bind_is_a_set_pasid)
{
	int set;

	rules("DEV-010");
	read_events(self);
	set = find(self->list, self->count, 0, EVENT_SET, self->bond.pasid);
	ASSERT_GE(set, 0);
	EXPECT_EQ(self->list[set].result, 0);
	EXPECT_EQ(find(self->list, self->count, set + 1, EVENT_SET, 0), -1);
}

TEST_F(events, records_are_numbered_one_by_one)
{
	unsigned int i;

	rules("DEV-010");
	ASSERT_EQ(device_write(&self->bond, self->memory, WORD).outcome, DONE);
	read_events(self);
	ASSERT_GT(self->count, 3);
	for (i = 0; i < self->count; i++)
		ASSERT_EQ(self->list[i].seq, i);
}

TEST_F(events, what_was_read_is_not_read_again)
{
	uint64_t next;

	rules("DEV-010");
	read_events(self);
	ASSERT_GT(self->count, 0);
	next = self->list[self->count - 1].seq + 1;
	ASSERT_EQ(device_write(&self->bond, self->memory, WORD).outcome, DONE);
	read_events(self);
	ASSERT_GT(self->count, 0);
	EXPECT_EQ(self->list[0].seq, next);
	EXPECT_EQ(find(self->list, self->count, 0, EVENT_SET, 0), -1);
}

TEST_F(events, read_piece_by_piece)
{
	uint64_t seq;

	rules("DEV-010");
	ASSERT_EQ(device_write(&self->bond, self->memory, WORD).outcome, DONE);
	for (seq = 0; ; seq++) {
		self->count = 1;
		ASSERT_EQ(device_driver.events(&self->bond.device, self->list, &self->count,
					       &self->lost), 0);
		if (!self->count)
			break;
		ASSERT_EQ(self->list[0].seq, seq);
		ASSERT_EQ(self->lost, 0);
	}
	EXPECT_GT(seq, 3);
}

TEST_F(events, what_is_lost_is_counted)
{
	struct operation nothing = { .verb = NOTHING, .pasid = self->bond.pasid };
	unsigned int i;

	rules("DEV-011");
	for (i = 0; i < 2000; i++)
		ASSERT_EQ(perform(&self->bond.device, &nothing).outcome, DONE);
	self->count = MOST;
	ASSERT_EQ(device_driver.events(&self->bond.device, self->list, &self->count,
				       &self->lost), 0);
	ASSERT_GT(self->count, 0);
	EXPECT_GT(self->lost, 0);
	EXPECT_EQ(self->list[0].seq, self->lost);
	EXPECT_EQ(self->list[self->count - 1].kind, EVENT_JOB_END);
	for (i = 1; i < self->count; i++)
		ASSERT_EQ(self->list[i].seq, self->list[0].seq + i);
	/* And once */
	read_events(self);
}

TEST_F(events, operation_begins_walks_and_ends)
{
	int begin, walk, end;

	rules("DEV-012");
	ASSERT_EQ(device_write(&self->bond, self->memory, WORD).outcome, DONE);
	read_events(self);
	begin = find(self->list, self->count, 0, EVENT_JOB_BEGIN, self->bond.pasid);
	ASSERT_GE(begin, 0);
	walk = find(self->list, self->count, begin, EVENT_WALK, self->bond.pasid);
	ASSERT_GT(walk, begin);
	EXPECT_EQ(self->list[walk].address, (uintptr_t)self->memory);
	EXPECT_EQ(self->list[walk].len, PAGE);
	end = find(self->list, self->count, walk, EVENT_JOB_END, self->bond.pasid);
	ASSERT_GT(end, walk);
	EXPECT_EQ(self->list[end].len, sizeof(WORD));
}

TEST_F(events, fault_has_its_address)
{
	int fault;

	rules("DEV-012", "FLT-004");
	ASSERT_EQ(munmap(self->memory + PAGE, PAGE), 0);
	ASSERT_EQ(device_write(&self->bond, self->memory + PAGE + 8, WORD).outcome, FAULT_WRITE);
	read_events(self);
	fault = find(self->list, self->count, 0, EVENT_FAULT, self->bond.pasid);
	ASSERT_GE(fault, 0);
	EXPECT_EQ(self->list[fault].address, (uintptr_t)self->memory + PAGE + 8);
	EXPECT_EQ(find(self->list, self->count, 0, EVENT_WALK, self->bond.pasid), -1);
}

/* What the program does to its memory, once the device knows all of it */
static int take_away(char *memory) { return munmap(memory, PAGES * PAGE); }
static int protect(char *memory) { return mprotect(memory, PAGES * PAGE, PROT_READ); }
static int forget(char *memory) { return madvise(memory, PAGES * PAGE, MADV_DONTNEED); }

static int put_elsewhere(char *memory)
{
	return mremap(memory, PAGES * PAGE, PAGES * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		      map(PAGES * PAGE, PROT_NONE)) == MAP_FAILED;
}

static int put_other_there(char *memory)
{
	return mmap(memory, PAGES * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED;
}

FIXTURE(told)
{
	struct bond bond;
	char *memory;
	struct event *list;
	unsigned int count;
	uint64_t lost;
};

FIXTURE_VARIANT(told)
{
	int (*change)(char *memory);
};

FIXTURE_VARIANT_ADD(told, munmap) { .change = take_away };
FIXTURE_VARIANT_ADD(told, mprotect) { .change = protect };
FIXTURE_VARIANT_ADD(told, madvise) { .change = forget };
FIXTURE_VARIANT_ADD(told, mremap) { .change = put_elsewhere };
FIXTURE_VARIANT_ADD(told, mmap) { .change = put_other_there };

FIXTURE_SETUP(told)
{
	if (!device_driver.events)
		skip("devices of this kind keep no log");
	self->memory = map(PAGES * PAGE, PROT_READ | PROT_WRITE);
	self->list = calloc(MOST, sizeof(*self->list));
	ASSERT_NE(self->memory, NULL);
	ASSERT_NE(self->list, NULL);
	ASSERT_EQ(bond_open(&self->bond), 0);
}

FIXTURE_TEARDOWN(told)
{
	bond_close(&self->bond);
	free(self->list);
}

TEST_F(told, the_device_is_told_of_every_page)
{
	const struct operation operation = {
		.verb = FILL, .pasid = self->bond.pasid, .dst = self->memory,
		.len = PAGES * PAGE, .operand = WORD,
	};

	rules("DEV-013", "FLT-010");
	ASSERT_EQ(perform(&self->bond.device, &operation).outcome, DONE);
	read_events(self);
	ASSERT_EQ(variant->change(self->memory), 0);
	read_events(self);
	EXPECT_TRUE(told_of(self->list, self->count, self->bond.pasid, self->memory,
			    PAGES * PAGE));
}

TEST_F(events, unbind_blocks_after_the_last_access)
{
	struct operation operation = {
		.verb = FILL, .pasid = self->bond.pasid, .dst = self->memory,
		.len = PAGES * PAGE, .operand = WORD,
	};
	struct ending ending;
	unsigned int i;
	uint32_t jobs[8];
	int block;

	rules("DEV-014", "ISO-002");
	for (i = 0; i < 8; i++)
		ASSERT_EQ(device_driver.submit(&self->bond.device, &operation, &jobs[i]), 0);
	ASSERT_EQ(device_driver.unbind(&self->bond.device, self->bond.number), 0);
	for (i = 0; i < 8; i++)
		ASSERT_EQ(device_driver.wait(&self->bond.device, jobs[i], PATIENCE, &ending), 0);
	read_events(self);
	block = find(self->list, self->count, 0, EVENT_BLOCK, self->bond.pasid);
	ASSERT_GE(block, 0);
	EXPECT_LT(find_last(self->list, self->count, EVENT_WALK, self->bond.pasid), block);
	EXPECT_LT(find_last(self->list, self->count, EVENT_INVALIDATE, self->bond.pasid), block);
}

/* The device has a domain's pages from a walk of each access */
TEST_F(events, block_and_unmap_come_after_the_last_access)
{
	const struct operation operation = {
		.verb = FILL, .pasid = PASID, .dst = (void *)IOVA, .len = PAGES * PAGE,
		.operand = WORD,
	};
	struct device *device = &self->bond.device;
	struct ending ending;
	uint32_t domain, jobs[8];
	int block, unmap;
	unsigned int i;

	rules("DEV-014", "ISO-005");
	if (!device_driver.domain_alloc || device_driver.domain_alloc(device, &domain))
		skip("no paging domains for programs");
	ASSERT_EQ(device_driver.map(device, domain, self->memory, IOVA, PAGES * PAGE,
				    MAY_WRITE), 0);
	ASSERT_EQ(device_driver.set(device, PASID, device, domain), 0);
	ASSERT_EQ(perform(device, &operation).outcome, DONE);
	for (i = 0; i < 8; i++)
		ASSERT_EQ(device_driver.submit(device, &operation, &jobs[i]), 0);
	ASSERT_EQ(device_driver.unmap(device, domain, IOVA, PAGES * PAGE), 0);
	ASSERT_EQ(device_driver.block(device, PASID), 0);
	for (i = 0; i < 8; i++)
		ASSERT_EQ(device_driver.wait(device, jobs[i], PATIENCE, &ending), 0);
	read_events(self);
	unmap = find(self->list, self->count, 0, EVENT_UNMAP, 0);
	block = find(self->list, self->count, 0, EVENT_BLOCK, PASID);
	ASSERT_GE(unmap, 0);
	EXPECT_GT(block, unmap);
	ASSERT_GE(find_last(self->list, self->count, EVENT_WALK, PASID), 0);
	EXPECT_LT(find_last(self->list, self->count, EVENT_WALK, PASID), unmap);
	EXPECT_GT(unmap, find(self->list, self->count, 0, EVENT_MAP, 0));
}

TEST_F(events, removal_is_the_last_that_happens)
{
	int block;

	rules("DEV-014");
	ASSERT_EQ(device_write(&self->bond, self->memory, WORD).outcome, DONE);
	ASSERT_EQ(device_driver.remove(&self->bond.device), 0);
	ASSERT_EQ(munmap(self->memory, PAGES * PAGE), 0);
	read_events(self);
	ASSERT_GT(self->count, 0);
	EXPECT_EQ(self->list[self->count - 1].kind, EVENT_REMOVE);
	block = find(self->list, self->count, 0, EVENT_BLOCK, self->bond.pasid);
	ASSERT_GE(block, 0);
	EXPECT_LT(find_last(self->list, self->count, EVENT_WALK, self->bond.pasid), block);
}

/* Each file has what its own device has done */
TEST_F(events, of_two_devices_each_has_its_own)
{
	struct event *list = calloc(MOST, sizeof(*list));
	struct bond other;
	unsigned int count = MOST;
	uint64_t lost;

	rules("DEV-010");
	ASSERT_NE(list, NULL);
	ASSERT_EQ(bond_open(&other), 0);
	read_events(self);
	ASSERT_EQ(device_write(&other, self->memory, WORD).outcome, DONE);
	read_events(self);
	EXPECT_EQ(find(self->list, self->count, 0, EVENT_JOB_BEGIN, 0), -1);
	EXPECT_EQ(find(self->list, self->count, 0, EVENT_WALK, 0), -1);
	ASSERT_EQ(device_driver.events(&other.device, list, &count, &lost), 0);
	EXPECT_GE(find(list, count, 0, EVENT_WALK, other.pasid), 0);
	bond_close(&other);
	free(list);
}

TEST_HARNESS_MAIN
