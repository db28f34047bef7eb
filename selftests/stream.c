// SPDX-License-Identifier: GPL-2.0
/*
 * A device that does not stop accessing a page, while its program changes what is
 * mapped there over and over. Whatever the order: a read finds nothing that is over,
 * and a write is where the program finds it, or nowhere.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/svac.h"

#define ROUNDS	100

/**
 * struct stream - a thread that has a device access a word, until it is told to end
 * @bond: the device
 * @word: what it accesses
 * @got: where what it reads goes
 * @now: what the program has there, or is about to have there plus one
 * @end: it is told to end
 * @added: additions that were done
 * @wrong: reads of something that was over, or never there
 * @lost: operations that neither were done nor met a fault
 */
struct stream {
	struct bond bond;
	uint64_t *word;
	uint64_t *got;
	uint64_t now;
	bool end;
	uint64_t added;
	uint64_t wrong;
	uint64_t lost;
};

static bool is_to_end(struct stream *stream)
{
	return __atomic_load_n(&stream->end, __ATOMIC_ACQUIRE);
}

static uint64_t now(struct stream *stream)
{
	return __atomic_load_n(&stream->now, __ATOMIC_ACQUIRE);
}

static void *adds(void *data)
{
	struct stream *stream = data;
	const struct operation operation = {
		.verb = ADD, .pasid = stream->bond.pasid, .dst = stream->word, .operand = 1,
	};
	enum outcome outcome;

	while (!is_to_end(stream)) {
		outcome = perform(&stream->bond.device, &operation).outcome;
		stream->added += outcome == DONE;
		stream->lost += outcome != DONE && outcome != FAULT_WRITE;
	}
	return NULL;
}

/* What is read is nothing yet, or no older than the read and no newer than its end */
static void *reads(void *data)
{
	struct stream *stream = data;
	enum outcome outcome;
	uint64_t oldest;

	while (!is_to_end(stream)) {
		oldest = now(stream);
		outcome = device_read(&stream->bond, stream->word, stream->got).outcome;
		stream->lost += outcome != DONE && outcome != FAULT_READ;
		if (outcome == DONE && *stream->got &&
		    (*stream->got < oldest || *stream->got > now(stream) + 1))
			stream->wrong++;
	}
	return NULL;
}

FIXTURE(stream)
{
	struct stream stream;
	pthread_t thread;
};

FIXTURE_SETUP(stream)
{
	self->stream.word = map(2 * PAGE, PROT_READ | PROT_WRITE);
	self->stream.got = map(PAGE, PROT_READ | PROT_WRITE);
	ASSERT_NE(self->stream.word, NULL);
	ASSERT_NE(self->stream.got, NULL);
	ASSERT_EQ(bond_open(&self->stream.bond), 0);
}

FIXTURE_TEARDOWN(stream)
{
	bond_close(&self->stream.bond);
}

static bool begin(struct stream *stream, pthread_t *thread, void *(*what)(void *))
{
	return !pthread_create(thread, NULL, what, stream);
}

static void end(struct stream *stream, pthread_t thread)
{
	__atomic_store_n(&stream->end, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
}

/* The device has its turn */
static void let_it(void)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		sched_yield();
}

static uint64_t value(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static void renew(struct stream *stream, uint64_t round)
{
	__atomic_store_n(stream->word, round, __ATOMIC_SEQ_CST);
	__atomic_store_n(&stream->now, round, __ATOMIC_RELEASE);
	let_it();
}

TEST_F(stream, reads_of_a_page_that_is_mapped_anew)
{
	struct stream *stream = &self->stream;
	uint64_t round;

	rules("FLT-023");
	ASSERT_TRUE(begin(stream, &self->thread, reads));
	for (round = 1; round <= ROUNDS; round++) {
		if (mmap(stream->word, PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != stream->word)
			break;
		renew(stream, round);
	}
	end(stream, self->thread);
	EXPECT_EQ(round, ROUNDS + 1);
	EXPECT_EQ(stream->wrong, 0);
	EXPECT_EQ(stream->lost, 0);
}

TEST_F(stream, reads_of_a_page_that_is_given_back)
{
	struct stream *stream = &self->stream;
	uint64_t round;

	rules("FLT-023");
	ASSERT_TRUE(begin(stream, &self->thread, reads));
	for (round = 1; round <= ROUNDS && !madvise(stream->word, PAGE, MADV_DONTNEED); round++)
		renew(stream, round);
	end(stream, self->thread);
	EXPECT_EQ(round, ROUNDS + 1);
	EXPECT_EQ(stream->wrong, 0);
	EXPECT_EQ(stream->lost, 0);
}

TEST_F(stream, reads_of_a_page_that_is_copied_on_write)
{
	struct stream *stream = &self->stream;
	uint64_t round;
	pid_t pid;

	rules("FLT-023");
	ASSERT_TRUE(begin(stream, &self->thread, reads));
	for (round = 1; round <= ROUNDS / 4; round++) {
		pid = fork();
		if (!pid)
			_exit(0);
		renew(stream, round);
		waitpid(pid, NULL, 0);
	}
	end(stream, self->thread);
	EXPECT_EQ(stream->wrong, 0);
	EXPECT_EQ(stream->lost, 0);
}

/* Page after page of a file comes there; those that are no longer there do not change */
TEST_F(stream, additions_to_pages_that_come_and_go)
{
	struct stream *stream = &self->stream;
	static uint64_t left[ROUNDS];
	uint64_t round, sum = 0;
	char *all;
	int fd;

	rules("FLT-023");
	needs(NEED_ADD, NEED_FAULTS);
	fd = syscall(SYS_memfd_create, "pages", 0);
	if (fd < 0)
		skip("this kernel has no memfd");
	ASSERT_EQ(ftruncate(fd, ROUNDS * PAGE), 0);
	all = mmap(NULL, ROUNDS * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(all, MAP_FAILED);
	ASSERT_EQ(munmap(stream->word, PAGE), 0);
	ASSERT_TRUE(begin(stream, &self->thread, adds));
	for (round = 0; round < ROUNDS; round++) {
		mmap(stream->word, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
		     round * PAGE);
		let_it();
		munmap(stream->word, PAGE);
		left[round] = value((uint64_t *)(all + round * PAGE));
		let_it();
	}
	end(stream, self->thread);
	for (round = 0; round < ROUNDS; round++) {
		EXPECT_EQ(*(uint64_t *)(all + round * PAGE), left[round]);
		sum += left[round];
	}
	EXPECT_EQ(sum, stream->added);
	EXPECT_EQ(stream->lost, 0);
}

TEST_F(stream, additions_to_a_page_that_is_read_only_at_times)
{
	struct stream *stream = &self->stream;
	uint64_t round, left, moved = 0;

	rules("FLT-023");
	needs(NEED_ADD, NEED_FAULTS);
	ASSERT_TRUE(begin(stream, &self->thread, adds));
	for (round = 0; round < ROUNDS; round++) {
		let_it();
		mprotect(stream->word, PAGE, PROT_READ);
		left = value(stream->word);
		let_it();
		moved += value(stream->word) != left;
		mprotect(stream->word, PAGE, PROT_READ | PROT_WRITE);
	}
	end(stream, self->thread);
	EXPECT_EQ(moved, 0);
	EXPECT_EQ(stream->word[0], stream->added);
	EXPECT_EQ(stream->lost, 0);
}

TEST_F(stream, additions_to_a_page_that_moves_away_and_back)
{
	struct stream *stream = &self->stream;
	uint64_t *away = stream->word + PAGE / 8, round, left, moved = 0;

	rules("FLT-023");
	needs(NEED_ADD, NEED_FAULTS);
	ASSERT_TRUE(begin(stream, &self->thread, adds));
	for (round = 0; round < ROUNDS; round++) {
		let_it();
		if (mremap(stream->word, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, away) != away)
			break;
		left = value(away);
		let_it();
		moved += value(away) != left;
		if (mremap(away, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, stream->word) !=
		    stream->word)
			break;
	}
	end(stream, self->thread);
	ASSERT_EQ(round, ROUNDS);
	EXPECT_EQ(moved, 0);
	EXPECT_EQ(stream->word[0], stream->added);
	EXPECT_EQ(stream->lost, 0);
}

/* A child looks twice: what it has does not change any more */
static void look_twice(const uint64_t *word)
{
	uint64_t was = value(word);

	let_it();
	_exit(value(word) != was);
}

TEST_F(stream, additions_to_a_page_that_a_child_has_too)
{
	struct stream *stream = &self->stream;
	int status, changed = 0;
	uint64_t round;
	pid_t pid;

	rules("FLT-023", "ISO-001");
	needs(NEED_ADD);
	ASSERT_TRUE(begin(stream, &self->thread, adds));
	for (round = 0; round < ROUNDS / 4; round++) {
		pid = fork();
		if (!pid)
			look_twice(stream->word);
		/* Both copy on write: the device, and its program */
		__atomic_fetch_add(stream->word + 1, 1, __ATOMIC_SEQ_CST);
		waitpid(pid, &status, 0);
		changed += status;
	}
	end(stream, self->thread);
	EXPECT_EQ(changed, 0);
	EXPECT_EQ(stream->word[0], stream->added);
	EXPECT_EQ(stream->word[1], ROUNDS / 4);
	EXPECT_EQ(stream->lost, 0);
}

TEST_HARNESS_MAIN
