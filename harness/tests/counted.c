// SPDX-License-Identifier: GPL-2.0
/*
 * What the counter of instructions takes for a kernel: it begins anew by itself, a timer
 * interrupts it, and it sleeps in what is counted. Each argument is turns of a loop.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

static sig_atomic_t ticks;

void svac_bench_steps_begin(void)
{
	__asm__ volatile("");
}

unsigned long svac_bench_steps_end(void)
{
	__asm__ volatile("");
	return 0;
}

static void tick(int signal)
{
	(void)signal;
	ticks++;
}

/* Two instructions a turn */
static unsigned long count(unsigned long turns)
{
	svac_bench_steps_begin();
	__asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(turns));
	return svac_bench_steps_end();
}

static void sleep_once(void)
{
	svac_bench_steps_begin();
	pause();
	printf("slept %d\n", svac_bench_steps_end() > 0);
}

/* A timer that runs out while something is counted, and does not come again */
static void wait_for_one(void)
{
	const struct itimerval one = { .it_value = { 0, 1000 } };

	ticks = 0;
	setitimer(ITIMER_REAL, &one, NULL);
	count(10000);
	usleep(100000);
	printf("given back %d\n", ticks == 1);
}

int main(int argc, char **argv)
{
	const struct itimerval often = { { 0, 1000 }, { 0, 1000 } };
	struct sigaction action = { .sa_handler = tick };
	int nth;

	if (!getenv("AGAIN")) {
		setenv("AGAIN", "1", 1);
		execv(argv[0], argv);
	}
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (nth = 1; nth < argc; nth++)
		printf("counted %lu\n", count(strtoul(argv[nth], NULL, 10)));
	sleep_once();
	printf("ticks %d\n", ticks > 0);
	wait_for_one();
	return 3;
}
