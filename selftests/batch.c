// SPDX-License-Identifier: GPL-2.0
/*
 * Operations that are handed in together, and done one after another.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/svac.h"

#define WORD	0x3c3c3c3cc3c3c3c3ULL
#define WORDS	(PAGE / sizeof(uint64_t))
#define COUNT	3

FIXTURE(batch)
{
	struct bond bond;
	uint64_t *memory;	/* a page for each operation */
	struct operation operations[COUNT];
};

/* Each of them fills its page, which is there */
FIXTURE_SETUP(batch)
{
	unsigned int i;

	if (!device_driver.batch)
		skip("devices of this kind take one operation at a time");
	needs(NEED_BATCH);
	self->memory = map(COUNT * PAGE, PROT_READ | PROT_WRITE);
	ASSERT_NE(self->memory, NULL);
	memset(self->memory, 1, COUNT * PAGE);
	ASSERT_EQ(bond_open(&self->bond), 0);
	for (i = 0; i < COUNT; i++)
		self->operations[i] = (struct operation){
			.verb = FILL, .pasid = self->bond.pasid, .dst = self->memory + i * WORDS,
			.len = PAGE, .operand = WORD + i,
		};
}

FIXTURE_TEARDOWN(batch)
{
	bond_close(&self->bond);
}

static struct ending perform_all(struct bond *bond, const struct operation *operations)
{
	struct ending ending = { 0 };

	device_driver.batch(&bond->device, operations, COUNT, &ending);
	return ending;
}

static bool is_full_of(const uint64_t *page, uint64_t word)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		if (page[i] != word)
			return false;
	return true;
}

TEST_F(batch, all_of_it_is_done)
{
	struct ending ending;
	unsigned int i;

	rules("DEV-021");
	ending = perform_all(&self->bond, self->operations);
	EXPECT_EQ(ending.outcome, DONE);
	EXPECT_EQ(ending.done, COUNT);
	for (i = 0; i < COUNT; i++)
		EXPECT_TRUE(is_full_of(self->memory + i * WORDS, WORD + i));
}

/* Each reads what the one before has written */
TEST_F(batch, it_is_done_in_its_order)
{
	struct ending ending;
	unsigned int i;

	rules("DEV-021");
	for (i = 1; i < COUNT; i++) {
		self->operations[i].verb = COPY;
		self->operations[i].src = self->operations[i - 1].dst;
	}
	ending = perform_all(&self->bond, self->operations);
	EXPECT_EQ(ending.outcome, DONE);
	EXPECT_EQ(ending.done, COUNT);
	for (i = 0; i < COUNT; i++)
		EXPECT_TRUE(is_full_of(self->memory + i * WORDS, WORD));
}

TEST_F(batch, fault_ends_it)
{
	uint64_t *last = self->memory + (COUNT - 1) * WORDS, before;
	struct ending ending;

	rules("DEV-021", "FLT-003");
	needs(NEED_FAULTS);
	before = last[0];
	ASSERT_EQ(mprotect(self->memory + WORDS, PAGE, PROT_READ), 0);
	ending = perform_all(&self->bond, self->operations);
	EXPECT_EQ(ending.outcome, FAULT_WRITE);
	EXPECT_EQ(ending.address, (uintptr_t)(self->memory + WORDS));
	EXPECT_EQ(ending.done, 1);
	EXPECT_TRUE(is_full_of(self->memory, WORD));
	EXPECT_EQ(last[0], before);
	/* And the next goes on */
	ASSERT_EQ(mprotect(self->memory + WORDS, PAGE, PROT_READ | PROT_WRITE), 0);
	EXPECT_EQ(perform_all(&self->bond, self->operations).outcome, DONE);
	EXPECT_TRUE(is_full_of(last, WORD + COUNT - 1));
}

TEST_F(batch, untouched_pages_are_asked_for)
{
	char *fresh = map(COUNT * PAGE, PROT_READ | PROT_WRITE);
	struct ending ending;
	unsigned int i;

	rules("FLT-001");
	needs(NEED_REQUESTS);
	ASSERT_NE(fresh, NULL);
	for (i = 0; i < COUNT; i++)
		self->operations[i].dst = fresh + i * PAGE;
	ending = perform_all(&self->bond, self->operations);
	EXPECT_EQ(ending.outcome, DONE);
	EXPECT_EQ(ending.done, COUNT);
	EXPECT_TRUE(is_full_of((uint64_t *)(fresh + PAGE), WORD + 1));
}

TEST_F(batch, untouched_page_that_is_not_asked_for_ends_it)
{
	char *fresh = map(PAGE, PROT_READ | PROT_WRITE);
	struct ending ending;

	rules("DEV-021", "FLT-002");
	needs(NEED_AT_ONCE, NEED_FAULTS);
	ASSERT_NE(fresh, NULL);
	self->operations[1].dst = fresh;
	self->operations[1].no_requests = true;
	ending = perform_all(&self->bond, self->operations);
	EXPECT_EQ(ending.outcome, FAULT_WRITE);
	EXPECT_EQ(ending.address, (uintptr_t)fresh);
	EXPECT_EQ(ending.done, 1);
}

TEST_F(batch, page_that_was_mapped_anew_since_is_the_one_that_is_reached)
{
	uint64_t *page = self->memory + WORDS;

	rules("FLT-010");
	ASSERT_EQ(perform_all(&self->bond, self->operations).outcome, DONE);
	ASSERT_EQ(mmap(page, PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), page);
	memset(page, 0, PAGE);
	EXPECT_EQ(perform_all(&self->bond, self->operations).outcome, DONE);
	EXPECT_TRUE(is_full_of(page, WORD + 1));
}

TEST_HARNESS_MAIN
