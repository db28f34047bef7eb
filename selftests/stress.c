// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that change their memory at random while devices read and write it. Each
 * thread has devices and pages of its own, and knows of every page what must be in
 * it; what one thread does to the address space must not show in the pages of
 * another. All of them, and all devices, add to the words of one page.
 *
 * In the environment: STRESS_SEED, STRESS_STEPS (of each thread), STRESS_SECONDS (go
 * on that long, whatever the steps), STRESS_THREADS.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/svac.h"
#include "lib/worker.h"

#define MOST		5	/* pages that are changed at once */
#define MOST_THREADS	16
#define HUGE		(2UL << 20)
#define DAY		(24 * 3600)	/* in seconds: the longest that the case may take */

/* ---- what becomes of the address space ---- */

static void remap(struct worker *worker, unsigned int page, unsigned int count)
{
	void *at = mmap(page_at(worker, page), count * PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	expect(worker, at != MAP_FAILED, page, "a page could not be mapped");
	set_state(worker, page, count, 0);
}

/* All pages at once; where there are huge pages they are one until they are changed */
static void begin_anew(struct worker *worker)
{
	void *at = mmap(worker->memory, HUGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	expect(worker, at != MAP_FAILED, 0, "the pages could not be mapped");
	madvise(worker->memory, HUGE, MADV_HUGEPAGE);
	set_state(worker, 0, PAGES, 0);
}

static bool is_refused(struct worker *worker, enum verb verb, unsigned int page,
		       enum outcome outcome)
{
	char *at = page_at(worker, page);

	return let(worker, any_device(worker), verb, at, at, PAGE, ~0ULL).outcome == outcome;
}

/* Nobody maps anything meanwhile but where it already is */
static void unmap_for_a_while(struct worker *worker, unsigned int page, unsigned int count)
{
	unsigned int i;

	munmap(page_at(worker, page), count * PAGE);
	for (i = page; i < page + count; i++) {
		expect(worker, is_refused(worker, FILL, i, FAULT_WRITE), i,
		       "the device wrote where nothing is");
		expect(worker, is_refused(worker, SUM, i, FAULT_READ), i,
		       "the device read where nothing is");
	}
	remap(worker, page, count);
}

static void protect_for_a_while(struct worker *worker, unsigned int page, unsigned int count,
				bool from_all)
{
	unsigned int i;

	mprotect(page_at(worker, page), count * PAGE, from_all ? PROT_NONE : PROT_READ);
	for (i = page; i < page + count; i++) {
		expect(worker, is_refused(worker, FILL, i, FAULT_WRITE), i,
		       "the device wrote where the program may not");
		if (from_all)
			expect(worker, is_refused(worker, SUM, i, FAULT_READ), i,
			       "the device read where the program may not");
	}
	if (!from_all)
		device_sums(worker, any_device(worker), page, count);
	mprotect(page_at(worker, page), count * PAGE, PROT_READ | PROT_WRITE);
}

static void give_back(struct worker *worker, unsigned int page, unsigned int count)
{
	if (!madvise(page_at(worker, page), count * PAGE, MADV_DONTNEED))
		set_state(worker, page, count, 0);
}

/* The kernel may take them until something is written there */
static void give_away(struct worker *worker, unsigned int page, unsigned int count)
{
	if (madvise(page_at(worker, page), count * PAGE, MADV_FREE))
		return;
	while (count--)
		worker->pages[page++].maybe = true;
}

/* From one place to another, over what was there; the first is mapped anew */
static void move(struct worker *worker, unsigned int from, unsigned int to, unsigned int count)
{
	struct state states[MOST];
	void *at;

	if (to + count > PAGES || (from < to + count && to < from + count))
		return;
	memcpy(states, &worker->pages[from], count * sizeof(*states));
	at = mremap(page_at(worker, from), count * PAGE, count * PAGE,
		    MREMAP_MAYMOVE | MREMAP_FIXED, page_at(worker, to));
	if (at == MAP_FAILED)	/* more than one mapping, and what it has got to is not told */
		remap(worker, to, count);
	else
		memcpy(&worker->pages[to], states, count * sizeof(*states));
	remap(worker, from, count);
}

/* What the device writes meanwhile comes too early or too late, and nothing else comes */
static void change_while_the_device_writes(struct worker *worker, unsigned int page,
					   unsigned int count, uint64_t random)
{
	struct bond *bond = any_device(worker);
	const uint64_t word = next_random(&worker->seed), other = next_random(&worker->seed);
	const struct operation operation = {
		.verb = FILL, .pasid = bond->pasid, .dst = page_at(worker, page),
		.len = count * PAGE, .operand = word,
	};
	struct ending ending = { 0 };
	uint64_t before = 0;
	unsigned int i;
	uint32_t job;

	for (i = page; i < page + count; i++)
		program_fills(worker, i, other);
	expect(worker, !device_driver.submit(&bond->device, &operation, &job), page,
	       "the device could not be asked");
	worker->operations++;
	switch (random >> 16 & 3) {
	case 0:
		remap(worker, page, count);
		break;
	case 1:
		give_back(worker, page, count);
		break;
	default:
		before = other;
		mprotect(page_at(worker, page), count * PAGE, PROT_READ);
		mprotect(page_at(worker, page), count * PAGE, PROT_READ | PROT_WRITE);
	}
	expect(worker, !device_driver.wait(&bond->device, job, PATIENCE, &ending), page,
	       "the device did not come to an end");
	expect(worker, ending.outcome == DONE || ending.outcome == FAULT_WRITE, page,
	       "the device neither wrote nor was refused");
	for (i = page; i < page + count; i++) {
		expect(worker, consists_of(page_at(worker, i), word, before), i,
		       "neither what was there nor what the device wrote");
		program_fills(worker, i, next_random(&worker->seed));
	}
	/* What it found in the midst of the change is not what it finds now */
	device_sums(worker, bond, page, count);
}

static bool all_are_as_they_must(struct worker *worker)
{
	unsigned int page;

	for (page = 0; page < PAGES; page++)
		if (!is_as_it_must(worker, page))
			return false;
	return true;
}

/* A child keeps what was there, whatever is written meanwhile; what it writes is its own */
static void have_a_child(struct worker *worker, unsigned int page, unsigned int count)
{
	int go[2], status = 0;
	pid_t pid;
	char c;

	if (pipe(go))
		return;
	pid = fork();
	if (!pid) {
		status = read(go[0], &c, 1) == 1 && all_are_as_they_must(worker) ? 0 : 1;
		memset(worker->memory, 0xee, PAGES * PAGE);
		memset(worker->tally, 0xee, PAGE);
		_exit(status);
	}
	worker->children += pid > 0;
	device_fills(worker, page, count, next_random(&worker->seed));
	program_fills(worker, PAGES - 1 - page, next_random(&worker->seed));
	add_to_all(worker, next_random(&worker->seed));
	if (write(go[1], "", 1) == 1 && pid > 0)
		waitpid(pid, &status, 0);
	expect(worker, !status, page, "a child found what was written after it was born");
	close(go[0]);
	close(go[1]);
}

static void bind_anew(struct worker *worker)
{
	struct bond *bond = &worker->bonds[0];

	expect(worker, !device_driver.unbind(&bond->device, bond->number), 0, "unbind failed");
	expect(worker, let(worker, bond, FILL, NULL, worker->memory, PAGE, ~0ULL).outcome ==
		       NO_PASID, 0, "the device wrote after unbind");
	expect(worker, !device_driver.bind(&bond->device, &bond->number, &bond->pasid), 0,
	       "bind failed");
}

/* ---- steps ---- */

static void change(struct worker *worker, uint64_t random, unsigned int page, unsigned int count)
{
	worker->changes++;
	switch (random >> 24 & 15) {
	case 0 ... 1:
		remap(worker, page, count);
		break;
	case 2 ... 3:
		unmap_for_a_while(worker, page, count);
		break;
	case 4 ... 5:
		protect_for_a_while(worker, page, count, random >> 16 & 1);
		break;
	case 6 ... 7:
		give_back(worker, page, count);
		break;
	case 8:
		give_away(worker, page, count);
		break;
	case 9 ... 10:
		move(worker, page, random >> 16 & (PAGES - 1), count);
		break;
	case 11 ... 12:
		change_while_the_device_writes(worker, page, count, random);
		break;
	case 13:
		have_a_child(worker, page, count);
		break;
	case 14:
		bind_anew(worker);
		break;
	default:
		begin_anew(worker);
	}
}

static void step(struct worker *worker)
{
	uint64_t random = next_random(&worker->seed);
	unsigned int page = random >> 8 & (PAGES - 1), count = 1 + (random >> 12) % MOST;

	if (page + count > PAGES)
		count = PAGES - page;
	switch (random >> 32 & 31) {
	case 0 ... 5:
		device_fills(worker, page, count, next_random(&worker->seed));
		break;
	case 6 ... 8:
		program_fills(worker, page, next_random(&worker->seed));
		break;
	case 9 ... 12:
		device_sums(worker, any_device(worker), page, count);
		break;
	case 13 ... 15:
		program_looks(worker, page);
		break;
	case 16 ... 18:
		device_copies(worker, page, random >> 16 & (PAGES - 1));
		break;
	case 19 ... 21:
		add_to_all(worker, next_random(&worker->seed));
		break;
	default:
		change(worker, random, page, count);
	}
}

static void *work(void *data)
{
	struct worker *worker = data;
	struct timespec now;
	unsigned int page;

	while (!worker->wrong) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (worker->until ? now.tv_sec >= worker->until : worker->made >= worker->steps)
			break;
		step(worker);
		worker->made++;
	}
	for (page = 0; page < PAGES && !worker->wrong; page++) {
		device_sums(worker, any_device(worker), page, 1);
		program_looks(worker, page);
	}
	return NULL;
}

/* ---- the case ---- */

FIXTURE(stress)
{
	struct worker *workers;
	uint64_t *tally;
	uint64_t seed;
	unsigned int threads;
};

static bool prepare(struct worker *worker)
{
	char *memory = map(2 * HUGE, PROT_READ | PROT_WRITE);
	unsigned int i;

	if (!memory)
		return false;
	worker->memory = (char *)(((uintptr_t)memory + HUGE - 1) & -HUGE);
	begin_anew(worker);
	for (i = 0; i < DEVICES; i++)
		if (bond_open(&worker->bonds[i]))
			return false;
	return true;
}

FIXTURE_SETUP(stress)
{
	uint64_t seconds = setting("STRESS_SECONDS", 0);
	struct timespec now;
	unsigned int i;

	needs(NEED_BIND, NEED_TWO, NEED_ADD, NEED_FAULTS);
	self->seed = setting("STRESS_SEED", 20220519);
	self->threads = setting("STRESS_THREADS", 4);
	ASSERT_LE(self->threads, MOST_THREADS);
	self->workers = calloc(self->threads, sizeof(*self->workers));
	self->tally = map(PAGE, PROT_READ | PROT_WRITE);
	ASSERT_NE(self->workers, NULL);
	ASSERT_NE(self->tally, NULL);
	clock_gettime(CLOCK_MONOTONIC, &now);
	for (i = 0; i < self->threads; i++) {
		self->workers[i] = (struct worker){
			.seed = (self->seed + i) * 0x9e3779b97f4a7c15ULL | 1,
			.steps = setting("STRESS_STEPS", 1000),
			.until = seconds ? now.tv_sec + (time_t)seconds : 0,
			.tally = self->tally,
		};
		ASSERT_TRUE(prepare(&self->workers[i]));
	}
}

FIXTURE_TEARDOWN(stress)
{
	unsigned int i, device;

	for (i = 0; i < self->threads; i++)
		for (device = 0; device < DEVICES; device++)
			bond_close(&self->workers[i].bonds[device]);
}

static bool adds_up(uint64_t *tally, struct worker *workers, unsigned int threads)
{
	uint64_t sum;
	size_t word;
	unsigned int i;

	for (word = 0; word < WORDS; word++) {
		for (i = 0, sum = 0; i < threads; i++)
			sum += workers[i].added[word];
		if (sum != tally[word])
			return false;
	}
	return true;
}

/* Threads come in another order each time, so what is found may take more than one try */
static void tell(uint64_t seed, struct worker *workers, unsigned int threads, bool bad)
{
	struct worker all = { 0 };
	unsigned int i;

	for (i = 0; i < threads; i++) {
		all.steps = workers[i].made > all.steps ? workers[i].made : all.steps;
		all.made += workers[i].made;
		all.operations += workers[i].operations;
		all.changes += workers[i].changes;
		all.children += workers[i].children;
	}
#define N(_number)	((unsigned long long)(_number))
	printf("# explored: seed=%llu threads=%u devices=%u steps=%llu operations=%llu", N(seed),
	       threads, threads * DEVICES, N(all.made), N(all.operations));
	printf(" changes=%llu children=%llu\n", N(all.changes), N(all.children));
	if (bad) {
		printf("# reproducer: STRESS_SEED=%llu STRESS_THREADS=%u", N(seed), threads);
		printf(" STRESS_STEPS=%llu STRESS_SECONDS=0\n", N(all.steps));
	}
	fflush(stdout);
}

TEST_F_TIMEOUT(stress, what_devices_and_threads_do_at_random_adds_up, DAY)
{
	pthread_t ids[MOST_THREADS];
	unsigned int i;
	bool bad;

	rules("FLT-006", "FLT-008", "FLT-010", "FLT-011", "FLT-012", "FLT-013", "FLT-014",
	      "ISO-001", "ISO-002");
	for (i = 0; i < self->threads; i++)
		ASSERT_EQ(pthread_create(&ids[i], NULL, work, &self->workers[i]), 0);
	for (i = 0; i < self->threads; i++)
		ASSERT_EQ(pthread_join(ids[i], NULL), 0);
	bad = !adds_up(self->tally, self->workers, self->threads);
	EXPECT_FALSE(bad)
		TH_LOG("what was added to the page of all is not there");
	for (i = 0; i < self->threads; i++) {
		struct worker *worker = &self->workers[i];

		bad |= !!worker->wrong;
		EXPECT_EQ(worker->wrong, NULL)
			TH_LOG("thread %u, step %llu, page %u: %s", i,
			       (unsigned long long)worker->made, worker->page, worker->wrong);
	}
	tell(self->seed, self->workers, self->threads, bad);
}

TEST_HARNESS_MAIN
