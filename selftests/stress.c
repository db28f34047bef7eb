// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that change their memory at random while devices read and write it. Each
 * thread has a device and pages of its own, and knows of every page what must be in
 * it; what one thread does to the address space must not show in the pages of
 * another.
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

#define PAGES		16
#define MOST_THREADS	16
#define WORDS		(PAGE / sizeof(uint64_t))

/**
 * struct worker - a thread
 * @number: of it
 * @seed: of its steps
 * @steps: it is to make
 * @until: CLOCK_MONOTONIC, in seconds; 0 for @steps
 * @made: steps it has made
 * @bond: its device
 * @memory: its pages
 * @want: the word that each of them must be full of
 * @wrong: what was wrong, NULL for nothing
 * @page: in which page
 */
struct worker {
	unsigned int number;
	uint64_t seed;
	uint64_t steps;
	time_t until;
	uint64_t made;
	struct bond bond;
	char *memory;
	uint64_t want[PAGES];
	const char *wrong;
	unsigned int page;
};

/* xorshift64*, Vigna 2016: the same steps from the same seed everywhere */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 0) : otherwise;
}

static char *page_at(struct worker *worker, unsigned int page)
{
	return worker->memory + page * PAGE;
}

static void expect(struct worker *worker, bool so, unsigned int page, const char *wrong)
{
	if (so || worker->wrong)
		return;
	worker->wrong = wrong;
	worker->page = page;
}

static bool is_full_of(const char *at, uint64_t word)
{
	const uint64_t *words = (const uint64_t *)at;
	size_t i;

	for (i = 0; i < WORDS; i++)
		if (words[i] != word)
			return false;
	return true;
}

static enum outcome let(struct worker *worker, enum verb verb, const char *src, char *dst,
			uint64_t word, uint64_t *result)
{
	const struct operation operation = {
		.verb = verb, .pasid = worker->bond.pasid, .src = src, .dst = dst, .len = PAGE,
		.operand = word,
	};
	struct ending ending = perform(&worker->bond.device, &operation);

	if (result)
		*result = ending.result;
	return ending.outcome;
}

static void device_fills(struct worker *worker, unsigned int page, uint64_t word)
{
	expect(worker, let(worker, FILL, NULL, page_at(worker, page), word, NULL) == DONE, page,
	       "the device could not fill a page");
	worker->want[page] = word;
}

static void program_fills(struct worker *worker, unsigned int page, uint64_t word)
{
	uint64_t *words = (uint64_t *)page_at(worker, page);
	size_t i;

	for (i = 0; i < WORDS; i++)
		words[i] = word;
	worker->want[page] = word;
}

static uint64_t sum_of(uint64_t word)
{
	uint64_t sum = 0;

	for (; word; word >>= 8)
		sum += word & 0xff;
	return sum * WORDS;
}

static void device_sums(struct worker *worker, unsigned int page)
{
	uint64_t sum;

	expect(worker, let(worker, SUM, page_at(worker, page), NULL, 0, &sum) == DONE, page,
	       "the device could not read a page");
	expect(worker, sum == sum_of(worker->want[page]), page, "the device read something else");
}

static void program_looks(struct worker *worker, unsigned int page)
{
	expect(worker, is_full_of(page_at(worker, page), worker->want[page]), page,
	       "the program found something else");
}

static void device_copies(struct worker *worker, unsigned int from, unsigned int to)
{
	expect(worker, let(worker, COPY, page_at(worker, from), page_at(worker, to), 0, NULL) == DONE,
	       to, "the device could not copy a page");
	worker->want[to] = worker->want[from];
}

static void remap(struct worker *worker, unsigned int page)
{
	void *at = mmap(page_at(worker, page), PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	expect(worker, at != MAP_FAILED, page, "a page could not be mapped");
	worker->want[page] = 0;
}

static void unmap_for_a_while(struct worker *worker, unsigned int page)
{
	/* Its address stays ours: another thread must not get it meanwhile */
	mmap(page_at(worker, page), PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	expect(worker, let(worker, FILL, NULL, page_at(worker, page), ~0ULL, NULL) == FAULT_WRITE,
	       page, "the device wrote where nobody may");
	remap(worker, page);
}

static void protect_for_a_while(struct worker *worker, unsigned int page)
{
	mprotect(page_at(worker, page), PAGE, PROT_READ);
	expect(worker, let(worker, FILL, NULL, page_at(worker, page), ~0ULL, NULL) == FAULT_WRITE,
	       page, "the device wrote where the program may only read");
	device_sums(worker, page);
	mprotect(page_at(worker, page), PAGE, PROT_READ | PROT_WRITE);
}

static void give_back(struct worker *worker, unsigned int page)
{
	if (!madvise(page_at(worker, page), PAGE, MADV_DONTNEED))
		worker->want[page] = 0;
}

/* From one place to another, over what was there; the first is mapped anew */
static void move(struct worker *worker, unsigned int from, unsigned int to)
{
	void *at;

	if (from == to)
		return;
	at = mremap(page_at(worker, from), PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		    page_at(worker, to));
	expect(worker, at != MAP_FAILED, to, "a page could not be moved");
	worker->want[to] = worker->want[from];
	remap(worker, from);
}

/* A child that has everything for a moment: all pages are copied on write after that */
static void have_a_child(struct worker *worker)
{
	pid_t pid = fork();

	if (!pid) {
		memset(worker->memory, 0xee, PAGES * PAGE);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void bind_anew(struct worker *worker)
{
	struct device *device = &worker->bond.device;

	expect(worker, !device_driver.unbind(device, worker->bond.number), 0, "unbind failed");
	expect(worker, let(worker, SUM, worker->memory, NULL, 0, NULL) == NO_PASID, 0,
	       "the device read after unbind");
	expect(worker, !device_driver.bind(device, &worker->bond.number, &worker->bond.pasid), 0,
	       "bind failed");
}

static void step(struct worker *worker)
{
	uint64_t random = next_random(&worker->seed);
	unsigned int page = random >> 8 & (PAGES - 1), other = random >> 16 & (PAGES - 1);
	uint64_t word = next_random(&worker->seed);

	switch ((random >> 32) % 64) {
	case 0 ... 11:
		device_fills(worker, page, word);
		break;
	case 12 ... 19:
		program_fills(worker, page, word);
		break;
	case 20 ... 31:
		device_sums(worker, page);
		break;
	case 32 ... 39:
		program_looks(worker, page);
		break;
	case 40 ... 45:
		device_copies(worker, page, other);
		break;
	case 46 ... 49:
		remap(worker, page);
		break;
	case 50 ... 52:
		unmap_for_a_while(worker, page);
		break;
	case 53 ... 55:
		protect_for_a_while(worker, page);
		break;
	case 56 ... 58:
		give_back(worker, page);
		break;
	case 59 ... 61:
		move(worker, page, other);
		break;
	case 62:
		bind_anew(worker);
		break;
	default:
		have_a_child(worker);
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
		device_sums(worker, page);
		program_looks(worker, page);
	}
	return NULL;
}

TEST(what_devices_and_threads_do_at_random_adds_up)
{
	uint64_t seed = setting("STRESS_SEED", 20220519), made = 0;
	uint64_t seconds = setting("STRESS_SECONDS", 0);
	unsigned int threads = setting("STRESS_THREADS", 4), i;
	static struct worker workers[MOST_THREADS];
	pthread_t ids[MOST_THREADS];
	struct timespec now;
	bool bad = false;

	rules("FLT-008", "FLT-010", "FLT-011", "FLT-012", "FLT-013", "FLT-014", "ISO-002");
	ASSERT_LE(threads, MOST_THREADS);
	clock_gettime(CLOCK_MONOTONIC, &now);
	for (i = 0; i < threads; i++) {
		workers[i] = (struct worker){
			.number = i,
			.seed = (seed + i) * 0x9e3779b97f4a7c15ULL | 1,
			.steps = setting("STRESS_STEPS", 1000),
			.until = seconds ? now.tv_sec + (time_t)seconds : 0,
			.memory = map(PAGES * PAGE, PROT_READ | PROT_WRITE),
		};
		ASSERT_NE(workers[i].memory, NULL);
		ASSERT_EQ(bond_open(&workers[i].bond), 0);
	}
	for (i = 0; i < threads; i++)
		ASSERT_EQ(pthread_create(&ids[i], NULL, work, &workers[i]), 0);
	for (i = 0; i < threads; i++)
		ASSERT_EQ(pthread_join(ids[i], NULL), 0);
	for (i = 0; i < threads; i++) {
		made += workers[i].made;
		bad |= workers[i].wrong != NULL;
		bond_close(&workers[i].bond);
		EXPECT_EQ(workers[i].wrong, NULL)
			TH_LOG("thread %u, step %llu, page %u: %s", i,
			       (unsigned long long)workers[i].made, workers[i].page,
			       workers[i].wrong);
	}
	printf("# explored: steps=%llu threads=%u\n", (unsigned long long)made, threads);
	if (bad)
		printf("# reproducer: STRESS_SEED=%llu STRESS_THREADS=%u STRESS_STEPS=%llu\n",
		       (unsigned long long)seed, threads,
		       (unsigned long long)setting("STRESS_STEPS", 1000));
	fflush(stdout);
}

TEST_HARNESS_MAIN
