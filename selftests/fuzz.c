// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/svacheck with what chance comes up with: requests that are right, nearly right and
 * wrong, one after another or at once, from threads and processes that die in the midst.
 * Each has to answer as its row in lib/fuzz/calls.c says, and a device that this program has
 * bound meanwhile goes on to read and write as if nothing had happened. Of the mock alone.
 *
 * In the environment, and so on the command line of a kernel that runs this program alone:
 * svac_seed; svac_calls, requests of each case; svac_round, to make only one of its rounds,
 * each of which is a process that begins with nothing; svac_groups, 1 for devices that share
 * a group.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/fuzz/fuzz.h"

#define ROUND		1000	/* requests of a round */
#define LOOK		32	/* requests between two looks at the memory */
#define LONGEST		86400	/* seconds; a lane has a limit of its own */
#define GIVEN		4	/* files that a round begins with, the first of its parent */

/**
 * struct watch - by which the parent sees what becomes of a round
 * @shared: what the round writes to
 * @witness: a device that no round is told of
 * @word: a word for it, and one that it is told nothing of
 */
struct watch {
	struct shared *shared;
	struct bond witness;
	uint64_t *word;
};

FIXTURE(fuzz)
{
	struct watch watch;
	uint64_t seed;
	uint64_t calls;
	uint64_t only;
};

/* Who makes the requests of a round */
enum crowd { ONE, SOME_THREADS, SOME_PROCESSES };

FIXTURE_VARIANT(fuzz)
{
	enum crowd crowd;
};

FIXTURE_VARIANT_ADD(fuzz, one_after_another) { .crowd = ONE };
FIXTURE_VARIANT_ADD(fuzz, by_threads) { .crowd = SOME_THREADS };
FIXTURE_VARIANT_ADD(fuzz, by_processes) { .crowd = SOME_PROCESSES };

/*
 * A kernel's own implementation does not outlive a device of a group that goes while another
 * one is bound: results/findings/003-bond-of-a-group-outlives-its-device.md
 */
static bool groups_are_safe(void)
{
	struct svac_info info = { .argsz = sizeof(info) };
	int fd = open("/dev/svacheck", O_RDWR);
	bool safe = fd >= 0 && !ioctl(fd, SVAC_IOC_INFO, &info) &&
		    !strcmp(info.implementation, "carried");

	if (fd >= 0)
		close(fd);
	return safe;
}

FIXTURE_SETUP(fuzz)
{
	if (access("/dev/svacheck", F_OK))
		skip("no mock: /dev/svacheck is not there");
	self->seed = setting("svac_seed", 20220519);
	self->calls = setting("svac_calls", 12000);
	self->only = setting("svac_round", UINT64_MAX);
	self->watch.shared = mmap(NULL, sizeof(*self->watch.shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(self->watch.shared, MAP_FAILED);
	self->watch.shared->groups = setting("svac_groups", groups_are_safe());
	memory_make();
	self->watch.word = map(2 * sizeof(*self->watch.word), PROT_READ | PROT_WRITE);
	ASSERT_NE(self->watch.word, NULL);
	ASSERT_EQ(bond_open(&self->watch.witness), 0);
}

FIXTURE_TEARDOWN(fuzz)
{
	bond_close(&self->watch.witness);
}

static bool goes_on(const struct fuzzer *fuzzer)
{
	return !__atomic_load_n(&fuzzer->shared->failed, __ATOMIC_RELAXED);
}

static void play(struct fuzzer *fuzzer, uint64_t calls)
{
	const char *wrong = NULL;

	while (goes_on(fuzzer) && fuzzer->made < calls) {
		if (once_in(fuzzer, 8))
			fuzz_other(fuzzer);
		else
			fuzz_ask(fuzzer);
		if (fuzzer->racing && once_in(fuzzer, 8))
			sched_yield();
		if (!(fuzzer->logged % LOOK) && !memory_is_whole(&wrong))
			break;
	}
	if (wrong || !memory_is_whole(&wrong))
		fuzz_fail(fuzzer, "%s", wrong);
}

/* Files to begin with: one that the parent has bound to its own memory, and new ones */
static void begin(struct fuzzer *fuzzer, struct file *files, const struct file *inherited)
{
	unsigned int i;

	for (i = 0; i < FILES; i++)
		files[i].fd = -1;
	files[0] = *inherited;
	fuzzer->files = files;
	for (i = 1; i < GIVEN; i++)
		file_open(fuzzer, &files[i]);
	fuzzer->epoll = epoll_create1(EPOLL_CLOEXEC);
}

static struct fuzzer *another(const struct fuzzer *first, unsigned int number)
{
	struct fuzzer *fuzzer = calloc(1, sizeof(*fuzzer));

	*fuzzer = *first;
	fuzzer->number = number;
	fuzzer->random = (first->random + number) * 0x9e3779b97f4a7c15ULL | 1;
	fuzzer->racing = true;
	if (pipe(fuzzer->pipe))
		abort();
	return fuzzer;
}

static unsigned int playing;

static void *play_thread(void *data)
{
	play(data, ROUND / THREADS);
	__atomic_fetch_sub(&playing, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void wake(int signal)
{
	(void)signal;
}

/* Threads that have all files in common, and one that takes pages away and sends signals */
static void play_threads(struct fuzzer *fuzzer)
{
	struct sigaction action = { .sa_handler = wake };
	struct fuzzer *fuzzers[THREADS];
	pthread_t threads[THREADS];
	unsigned int i;

	sigaction(SIGUSR1, &action, NULL);
	playing = THREADS;
	for (i = 0; i < THREADS; i++) {
		fuzzers[i] = another(fuzzer, i);
		fuzzers[i]->vanishing = true;
	}
	/* All that is opened is by now: no file of another kind gets the number of one closed */
	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, play_thread, fuzzers[i]);
	while (__atomic_load_n(&playing, __ATOMIC_RELAXED)) {
		memory_trouble(fuzzer);
		if (once_in(fuzzer, 4))
			pthread_kill(threads[below(fuzzer, THREADS)], SIGUSR1);
		sched_yield();
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

/* Processes that have all files in common; the last to come is killed in the midst */
static void play_processes(struct fuzzer *fuzzer)
{
	uint64_t last_words = below(fuzzer, ROUND / THREADS);
	pid_t pids[THREADS];
	unsigned int i;

	for (i = 1; i < THREADS; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		play(another(fuzzer, i), i == THREADS - 1 ? last_words : ROUND / THREADS);
		if (i == THREADS - 1)
			raise(SIGKILL);
		_exit(0);
	}
	play(another(fuzzer, 0), ROUND / THREADS);
	if (once_in(fuzzer, 2))
		kill(pids[1], SIGKILL);
	for (i = 1; i < THREADS; i++)
		waitpid(pids[i], NULL, 0);
}

static void play_round(struct fuzzer *fuzzer, enum crowd crowd)
{
	switch (crowd) {
	case ONE:
		play(fuzzer, ROUND);
		break;
	case SOME_THREADS:
		play_threads(fuzzer);
		break;
	case SOME_PROCESSES:
		play_processes(fuzzer);
		break;
	}
}

static void open_bound(struct fuzzer *fuzzer, struct file *file)
{
	struct svac_bind bind = { .argsz = sizeof(bind) };

	file_open(fuzzer, file);
	if (!ioctl(file->fd, SVAC_IOC_BIND, &bind)) {
		file_remember(fuzzer, file, BOND, bind.bond);
		file_remember(fuzzer, file, PASID, bind.pasid);
	}
}

/* What the witness finds; NULL if all is well */
static const char *look_around(struct watch *watch, uint64_t round)
{
	struct bond *witness = &watch->witness;
	uint64_t *word = watch->word;
	const char *wrong;
	uint64_t read;

	if (device_write(witness, &word[0], ~round).outcome != DONE || word[0] != ~round)
		return "the device that is ours does not write any more";
	if (device_read(witness, &word[0], &read).outcome != DONE || read != ~round)
		return "the device that is ours does not read any more";
	if (word[1])
		return "a word that no device was told to write has changed";
	return memory_is_whole(&wrong) ? NULL : wrong;
}

/* A round, in a process of its own that goes without any clearing up */
static const char *one_round(struct __test_metadata *_metadata, struct watch *watch,
			     enum crowd crowd, uint64_t seed, uint64_t round)
{
	static struct file files[FILES];
	struct fuzzer fuzzer = {
		/* No round of one seed is a round of the next */
		.random = (seed * 0x9e3779b97f4a7c15ULL + round) * 0xbf58476d1ce4e5b9ULL | 1,
		.shared = watch->shared,
	};
	struct file inherited = { 0 };
	int status = 0;
	pid_t pid;

	open_bound(&fuzzer, &inherited);
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid) {
		close(watch->witness.device.fd);
		begin(&fuzzer, files, &inherited);
		play_round(&fuzzer, crowd);
		_exit(0);
	}
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	file_close(&inherited);
	if (watch->shared->failed)
		return "see above";
	if (status)
		return "the program that made the calls did not come to its end";
	return look_around(watch, round);
}

static void say_counts(const struct shared *shared)
{
	unsigned int i;

	printf("# fuzz: requests %llu; succeeded, of how many:", (unsigned long long)shared->calls);
	for (i = 0; i <= call_count + other_count; i++)
		if (shared->asked[i])
			printf(" %s %llu/%llu", i < call_count ? calls[i].name :
			       i == call_count ? "stranger" : other_name(i - call_count - 1),
			       (unsigned long long)shared->worked[i],
			       (unsigned long long)shared->asked[i]);
	printf("\n");
}

static void say_failure(char *text)
{
	char *line;

	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		printf("# fuzz: %s\n", line);
}

/* kB that /proc/meminfo has of something */
static unsigned long memory_of(const char *what)
{
	unsigned long kb = 0;
	char line[128];
	FILE *file = fopen("/proc/meminfo", "r");

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, what, strlen(what)))
			kb = strtoul(line + strlen(what), NULL, 10);
	if (file)
		fclose(file);
	return kb;
}

TEST_F_TIMEOUT(fuzz, whatever_is_handed_in_gets_an_answer_and_nothing_else, LONGEST)
{
	struct shared *shared = self->watch.shared;
	const char *wrong = NULL;
	uint64_t round;

	rules("DEV-020");
	for (round = 0; !wrong && shared->calls < self->calls; round++) {
		if (self->only != UINT64_MAX && round < self->only)
			continue;
		printf("# fuzz: round %llu, slab %lu kB\n", (unsigned long long)round,
		       memory_of("SUnreclaim:"));
		fflush(stdout);
		wrong = one_round(_metadata, &self->watch, variant->crowd, self->seed, round);
		if (self->only == round)
			break;
	}
	say_counts(shared);
	say_failure(shared->failure);
	printf("# explored: requests=%llu rounds=%llu\n", (unsigned long long)shared->calls,
	       (unsigned long long)round);
	if (wrong)
		printf("# reproducer: svac_seed=%llu svac_round=%llu\n",
		       (unsigned long long)self->seed, (unsigned long long)round - 1);
	fflush(stdout);
	EXPECT_EQ(wrong, NULL)
		TH_LOG("round %llu: %s", (unsigned long long)round - 1, wrong);
}

TEST_HARNESS_MAIN
