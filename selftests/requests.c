// SPDX-License-Identifier: GPL-2.0
/*
 * Page requests on their way: what a device asks for in groups, what it is answered,
 * and what becomes of it when the PASID goes to somebody else or the process ends.
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/svac.h"

#define WORD	0x3333333333333333ULL
#define PAGES	20UL

/* What a case can look at */
#define MOST	250

/**
 * struct story - what has happened to the page requests of a device
 * @events: in their order
 * @length: how many
 */
struct story {
	struct event events[MOST];
	int length;
};

FIXTURE(requests)
{
	struct bond bond;
	char *memory;
	struct story story;
};

FIXTURE_SETUP(requests)
{
	if (!device_driver.events || !device_driver.delay)
		skip("the device does not tell of its page requests");
	self->memory = map(PAGES * PAGE, PROT_READ | PROT_WRITE);
	ASSERT_NE(self->memory, NULL);
	ASSERT_EQ(bond_open(&self->bond), 0);
}

FIXTURE_TEARDOWN(requests)
{
	bond_close(&self->bond);
}

/* Add what has happened since to a story; 0 or a negative errno */
static int look(struct bond *bond, struct story *story)
{
	unsigned int count, i;
	struct event list[64];
	uint64_t lost;
	int ret;

	do {
		count = sizeof(list) / sizeof(list[0]);
		ret = device_driver.events(&bond->device, list, &count, &lost);
		if (ret || lost)
			return ret ?: -EOVERFLOW;
		for (i = 0; i < count; i++)
			if (list[i].kind == EVENT_REQUEST || list[i].kind == EVENT_RESPONSE ||
			    list[i].kind == EVENT_BLOCK)
				story->events[story->length++ % MOST] = list[i];
	} while (count && story->length <= MOST);
	return story->length <= MOST ? 0 : -EOVERFLOW;
}

static int count(const struct story *story, enum event_kind kind)
{
	int i, found = 0;

	for (i = 0; i < story->length; i++)
		found += story->events[i].kind == kind;
	return found;
}

/* A group ends with its last request */
static int groups(const struct story *story)
{
	int i, found = 0;

	for (i = 0; i < story->length; i++)
		found += story->events[i].kind == EVENT_REQUEST && story->events[i].last;
	return found;
}

static int answers(const struct story *story, enum answer answer)
{
	int i, found = 0;

	for (i = 0; i < story->length; i++)
		found += story->events[i].kind == EVENT_RESPONSE &&
			 story->events[i].result == (int)answer;
	return found;
}

/* Whether what was asked for before @until is a group under this PASID, with its last page */
static bool was_asked(const struct story *story, int until, const struct event *response)
{
	int i;

	for (i = 0; i < until; i++)
		if (story->events[i].kind == EVENT_REQUEST && story->events[i].last &&
		    story->events[i].group == response->group &&
		    story->events[i].pasid == response->pasid)
			return true;
	return false;
}

/* Responses to what nobody has asked for, or not yet to its last page */
static int misdirected(const struct story *story)
{
	int i, found = 0;

	for (i = 0; i < story->length; i++)
		found += story->events[i].kind == EVENT_RESPONSE &&
			 !was_asked(story, i, &story->events[i]);
	return found;
}

/* Responses to what was asked for before a PASID was blocked, and that came after that */
static int late(const struct story *story)
{
	int i, blocked, found = 0;

	for (blocked = 0; blocked < story->length; blocked++) {
		if (story->events[blocked].kind != EVENT_BLOCK)
			continue;
		for (i = blocked + 1; i < story->length; i++)
			found += story->events[i].kind == EVENT_RESPONSE &&
				 was_asked(story, blocked, &story->events[i]);
	}
	return found;
}

static struct operation filling(struct bond *bond, char *at, size_t len)
{
	return (struct operation){
		.verb = FILL, .pasid = bond->pasid, .dst = at, .len = len, .operand = WORD,
	};
}

static struct ending fill(struct bond *bond, char *at, size_t len)
{
	const struct operation operation = filling(bond, at, len);

	return perform(&bond->device, &operation);
}

/* ---- groups and answers ---- */

TEST_F(requests, one_page_has_one_response)
{
	rules("FLT-016");
	fill(&self->bond, self->memory, 8);
	ASSERT_EQ(look(&self->bond, &self->story), 0);
	EXPECT_EQ(count(&self->story, EVENT_REQUEST), 1);
	EXPECT_EQ(groups(&self->story), 1);
	EXPECT_EQ(count(&self->story, EVENT_RESPONSE), 1);
}

TEST_F(requests, group_of_pages_has_one_response)
{
	rules("FLT-016");
	fill(&self->bond, self->memory, 4 * PAGE);
	ASSERT_EQ(look(&self->bond, &self->story), 0);
	EXPECT_GE(count(&self->story, EVENT_REQUEST), 4);
	EXPECT_EQ(count(&self->story, EVENT_RESPONSE), groups(&self->story));
}

TEST_F(requests, long_operation_has_a_response_to_each_group)
{
	rules("FLT-016");
	fill(&self->bond, self->memory, PAGES * PAGE);
	ASSERT_EQ(look(&self->bond, &self->story), 0);
	EXPECT_GE(groups(&self->story), 2);
	EXPECT_EQ(count(&self->story, EVENT_RESPONSE), groups(&self->story));
}

TEST_F(requests, group_that_is_refused_has_one_response)
{
	rules("FLT-016");
	ASSERT_EQ(munmap(self->memory + PAGE, PAGE), 0);
	fill(&self->bond, self->memory, 4 * PAGE);
	ASSERT_EQ(look(&self->bond, &self->story), 0);
	EXPECT_GE(groups(&self->story), 1);
	EXPECT_EQ(count(&self->story, EVENT_RESPONSE), groups(&self->story));
}

TEST_F(requests, response_is_of_the_group_that_was_asked_for)
{
	rules("FLT-017");
	fill(&self->bond, self->memory, PAGES * PAGE);
	ASSERT_EQ(look(&self->bond, &self->story), 0);
	EXPECT_GE(count(&self->story, EVENT_RESPONSE), 2);
	EXPECT_EQ(misdirected(&self->story), 0);
}

TEST_F(requests, response_is_of_the_device_that_asked)
{
	const struct operation here = filling(&self->bond, self->memory, 4 * PAGE);
	struct operation there;
	struct ending ending;
	struct bond other;
	uint32_t jobs[2];
	unsigned int i;

	rules("FLT-017");
	ASSERT_EQ(bond_open(&other), 0);
	there = filling(&other, self->memory + 8 * PAGE, 8 * PAGE);
	ASSERT_EQ(device_driver.submit(&self->bond.device, &here, &jobs[0]), 0);
	ASSERT_EQ(device_driver.submit(&other.device, &there, &jobs[1]), 0);
	EXPECT_EQ(device_driver.wait(&self->bond.device, jobs[0], PATIENCE, &ending), 0);
	EXPECT_EQ(device_driver.wait(&other.device, jobs[1], PATIENCE, &ending), 0);
	for (i = 0; i < 2; i++) {
		self->story.length = 0;
		ASSERT_EQ(look(i ? &other : &self->bond, &self->story), 0);
		EXPECT_GE(count(&self->story, EVENT_RESPONSE), 1);
		EXPECT_EQ(misdirected(&self->story), 0);
	}
	bond_close(&other);
}

TEST_F(requests, pages_of_a_group_are_there_after_its_response)
{
	rules("FLT-020");
	EXPECT_EQ(fill(&self->bond, self->memory, 8 * PAGE).outcome, DONE);
	ASSERT_EQ(look(&self->bond, &self->story), 0);
	EXPECT_EQ(count(&self->story, EVENT_REQUEST), 8);
	EXPECT_EQ(groups(&self->story), 1);
}

TEST_F(requests, group_whose_first_page_is_refused_is_refused)
{
	rules("FLT-020");
	ASSERT_EQ(mprotect(self->memory, PAGE, PROT_READ), 0);
	EXPECT_EQ(fill(&self->bond, self->memory, 4 * PAGE).outcome, FAULT_WRITE);
	ASSERT_EQ(look(&self->bond, &self->story), 0);
	ASSERT_GE(self->story.length, 5);
	EXPECT_TRUE(self->story.events[3].last);
	EXPECT_EQ(self->story.events[4].kind, EVENT_RESPONSE);
	EXPECT_NE(self->story.events[4].result, SUCCESS);
}

TEST_F(requests, pages_before_one_that_is_refused_are_there)
{
	struct ending ending;

	rules("FLT-004", "FLT-020");
	ASSERT_EQ(munmap(self->memory + 2 * PAGE, PAGE), 0);
	ending = fill(&self->bond, self->memory, 4 * PAGE);
	EXPECT_EQ(ending.outcome, FAULT_WRITE);
	EXPECT_EQ(ending.done, 2 * PAGE);
	EXPECT_EQ(ending.address, (uintptr_t)self->memory + 2 * PAGE);
}

/* What the process may do at a page that the device asks for, and the answer to that */
FIXTURE(answer)
{
	struct bond bond;
	char *memory;
	struct story story;
};

FIXTURE_VARIANT(answer)
{
	int prot;
	bool unmapped;
	bool write;
	enum answer answer;
};

FIXTURE_VARIANT_ADD(answer, read_where_it_may) { .prot = PROT_READ, .answer = SUCCESS };
FIXTURE_VARIANT_ADD(answer, write_where_it_may) {
	.prot = PROT_READ | PROT_WRITE, .write = true, .answer = SUCCESS,
};
FIXTURE_VARIANT_ADD(answer, write_where_it_may_read) {
	.prot = PROT_READ, .write = true, .answer = INVALID,
};
FIXTURE_VARIANT_ADD(answer, read_where_it_may_nothing) { .prot = PROT_NONE, .answer = INVALID };
FIXTURE_VARIANT_ADD(answer, write_where_it_may_nothing) {
	.prot = PROT_NONE, .write = true, .answer = INVALID,
};
FIXTURE_VARIANT_ADD(answer, read_where_nothing_is) {
	.prot = PROT_READ, .unmapped = true, .answer = INVALID,
};
FIXTURE_VARIANT_ADD(answer, write_where_nothing_is) {
	.prot = PROT_READ, .unmapped = true, .write = true, .answer = INVALID,
};

FIXTURE_SETUP(answer)
{
	if (!device_driver.events)
		skip("the device does not tell of its page requests");
	self->memory = map(PAGE, variant->prot);
	ASSERT_NE(self->memory, NULL);
	if (variant->unmapped)
		ASSERT_EQ(munmap(self->memory, PAGE), 0);
	ASSERT_EQ(bond_open(&self->bond), 0);
}

FIXTURE_TEARDOWN(answer)
{
	bond_close(&self->bond);
}

TEST_F(answer, says_what_the_process_may)
{
	int responses;

	rules("FLT-019");
	if (variant->write)
		fill(&self->bond, self->memory, 8);
	else
		device_sum(&self->bond, self->memory, 8);
	ASSERT_EQ(look(&self->bond, &self->story), 0);
	responses = count(&self->story, EVENT_RESPONSE);
	EXPECT_GE(responses, 1);
	EXPECT_EQ(answers(&self->story, variant->answer), responses);
}

/* ---- the PASID is blocked ---- */

/* Have a page asked for that the driver of the IOMMU does not see yet; 0 or a negative errno */
static int ask_and_hold(struct bond *bond, char *at, uint32_t *job, struct story *story)
{
	const struct operation operation = filling(bond, at, 8);
	struct ending ending;
	int ret = look(bond, story);
	int before = count(story, EVENT_REQUEST);

	ret = ret ?: device_driver.delay(&bond->device, true);
	ret = ret ?: device_driver.submit(&bond->device, &operation, job);
	while (!ret) {
		ret = look(bond, story);
		if (!ret && count(story, EVENT_REQUEST) > before)
			return 0;
		/* Not if it has ended without */
		if (device_driver.wait(&bond->device, *job, 1, &ending) != -ETIME)
			return -ENODATA;
	}
	return ret;
}

TEST_F(requests, held_until_the_pasid_is_blocked)
{
	struct ending ending = { 0 };
	uint32_t job;

	rules("FLT-018");
	ASSERT_EQ(ask_and_hold(&self->bond, self->memory, &job, &self->story), 0);
	ASSERT_EQ(device_driver.unbind(&self->bond.device, self->bond.number), 0);
	ASSERT_EQ(device_driver.wait(&self->bond.device, job, PATIENCE, &ending), 0);
	EXPECT_TRUE(ending.outcome == DONE || ending.outcome == NO_PASID);
	EXPECT_EQ(!!self->memory[0], ending.outcome == DONE);

	/* Whatever is still on its way comes before what is asked for now */
	ASSERT_EQ(device_driver.delay(&self->bond.device, false), 0);
	ASSERT_EQ(device_driver.bind(&self->bond.device, &self->bond.number, &self->bond.pasid), 0);
	fill(&self->bond, self->memory + PAGE, 8);
	ASSERT_EQ(device_driver.unbind(&self->bond.device, self->bond.number), 0);
	ASSERT_EQ(look(&self->bond, &self->story), 0);
	EXPECT_EQ(count(&self->story, EVENT_BLOCK), 2);
	EXPECT_EQ(late(&self->story), 0);
}

/* ---- processes ---- */

/* What a child has done, in memory that both see */
struct told {
	struct bond bond;
	uint32_t job;
	int ret;
	bool touched;
	struct story story;
};

static struct told *tell(struct device *device)
{
	struct told *told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (told == MAP_FAILED)
		return NULL;
	told->bond.device = *device;
	return told;
}

/* Run a part of a case in a process of its own; its wait status */
static int in_a_child(void (*part)(struct told *told, char *memory), struct told *told,
		      char *memory)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		part(told, memory);
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid ? status : -1;
}

static void bind_ask_and_end(struct told *told, char *memory)
{
	struct bond *bond = &told->bond;

	told->ret = device_driver.bind(&bond->device, &bond->number, &bond->pasid);
	if (!told->ret)
		told->ret = ask_and_hold(bond, memory, &told->job, &told->story);
}

static void bind_ask_and_be_killed(struct told *told, char *memory)
{
	bind_ask_and_end(told, memory);
	kill(getpid(), SIGKILL);
}

/* As the next owner of the PASID, who has asked for another page and for that alone */
static void bind_and_use_another_page(struct told *told, char *memory)
{
	struct bond *bond = &told->bond;
	unsigned char resident[2] = { 0 };

	told->ret = device_driver.bind(&bond->device, &bond->number, &bond->pasid);
	if (told->ret)
		return;
	device_driver.delay(&bond->device, false);
	fill(bond, memory + PAGE, 8);
	told->ret = device_driver.unbind(&bond->device, bond->number);
	if (mincore(memory, 2 * PAGE, resident))
		told->ret = -errno;
	told->touched = resident[0] & 1;
}

FIXTURE(owner)
{
	struct bond bond;
	char *memory;
	struct told *told;
};

FIXTURE_SETUP(owner)
{
	if (!device_driver.events || !device_driver.delay)
		skip("the device does not tell of its page requests");
	self->memory = map(2 * PAGE, PROT_READ | PROT_WRITE);
	ASSERT_NE(self->memory, NULL);
	ASSERT_EQ(device_driver.open(&self->bond.device), 0);
	self->told = tell(&self->bond.device);
	ASSERT_NE(self->told, NULL);
}

FIXTURE_TEARDOWN(owner)
{
	bond_close(&self->bond);
}

TEST_F(owner, next_of_a_pasid_has_nothing_of_what_the_one_before_asked_for)
{
	uint32_t pasid;

	rules("FLT-018");
	ASSERT_EQ(in_a_child(bind_ask_and_end, self->told, self->memory), 0);
	ASSERT_EQ(self->told->ret, 0);
	pasid = self->told->bond.pasid;
	ASSERT_EQ(device_driver.unbind(&self->bond.device, self->told->bond.number), 0);
	ASSERT_EQ(in_a_child(bind_and_use_another_page, self->told, self->memory), 0);
	ASSERT_EQ(self->told->ret, 0);
	if (self->told->bond.pasid != pasid)
		skip("the PASID is not given again at once");
	EXPECT_FALSE(self->told->touched);
	ASSERT_EQ(look(&self->bond, &self->told->story), 0);
	EXPECT_EQ(late(&self->told->story), 0);
}

/* A process has gone when the request for its page is looked at; how the operation ended */
static enum outcome ended_with_a_request(struct bond *bond, struct told *told, char *memory,
					 void (*part)(struct told *told, char *memory))
{
	struct ending ending = { 0 };

	told->ret = -1;
	in_a_child(part, told, memory);
	if (told->ret || device_driver.delay(&bond->device, false) ||
	    device_driver.wait(&bond->device, told->job, PATIENCE, &ending) ||
	    device_driver.unbind(&bond->device, told->bond.number))
		return 0;
	return ending.outcome;
}

TEST_F(owner, that_has_ended_is_not_waited_for)
{
	rules("FLT-015");
	EXPECT_EQ(ended_with_a_request(&self->bond, self->told, self->memory, bind_ask_and_end),
		  FAULT_WRITE);
}

TEST_F(owner, that_was_killed_is_not_waited_for)
{
	rules("FLT-015");
	EXPECT_EQ(ended_with_a_request(&self->bond, self->told, self->memory,
				       bind_ask_and_be_killed), FAULT_WRITE);
}

TEST_F(owner, that_has_ended_has_invalid_for_an_answer)
{
	int responses;

	rules("FLT-019");
	ended_with_a_request(&self->bond, self->told, self->memory, bind_ask_and_end);
	ASSERT_EQ(look(&self->bond, &self->told->story), 0);
	responses = count(&self->told->story, EVENT_RESPONSE);
	EXPECT_GE(responses, 1);
	EXPECT_EQ(answers(&self->told->story, INVALID), responses);
}

TEST_F(requests, under_way_when_the_device_is_taken_away)
{
	struct ending ending = { 0 };
	uint32_t job;

	rules("FLT-015");
	ASSERT_EQ(ask_and_hold(&self->bond, self->memory, &job, &self->story), 0);
	ASSERT_EQ(device_driver.remove(&self->bond.device), 0);
	ASSERT_EQ(device_driver.wait(&self->bond.device, job, PATIENCE, &ending), 0);
	EXPECT_TRUE(ending.outcome == DONE || ending.outcome == GONE);
	EXPECT_EQ(!!self->memory[0], ending.outcome == DONE);
}

static void open_ask_and_end(struct told *told, char *memory)
{
	told->ret = bond_open(&told->bond);
	if (!told->ret)
		told->ret = ask_and_hold(&told->bond, memory, &told->job, &told->story);
}

static void open_ask_and_be_killed(struct told *told, char *memory)
{
	open_ask_and_end(told, memory);
	kill(getpid(), SIGKILL);
}

/* Who has the device alone takes it along: nobody is left who waits */
TEST_F(owner, that_ends_with_the_device_comes_to_its_end)
{
	unsigned int i;

	rules("FLT-015");
	for (i = 0; i < 10; i++) {
		self->told->ret = -1;
		in_a_child(i % 2 ? open_ask_and_be_killed : open_ask_and_end, self->told,
			   self->memory);
		ASSERT_EQ(self->told->ret, 0);
	}
}

TEST_HARNESS_MAIN
