// SPDX-License-Identifier: GPL-2.0
/*
 * Counts instructions of a UML kernel, one after the other:
 *
 *   steps BEGIN END KERNEL [ARGUMENT...]
 *
 * BEGIN, END: addresses, in hexadecimal, of two functions of KERNEL. From the call of the
 * first to the call of the second it is single-stepped, and the second returns how many
 * instructions that took. Unlike time that does not depend on where things lie or on who
 * else uses the machine. Timer and input wait meanwhile, unless the kernel waits for them.
 *
 * Exit status: the kernel's; 2: it cannot be started or traced.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define TROUBLE		2
#define BREAKPOINT	0xccUL
#define SYSCALL		0x050fUL
#define SYSCALL_LENGTH	2

/**
 * struct traced - the kernel
 * @pid: its first thread, in which all of it runs that is counted
 * @begin: where counting begins
 * @end: where it ends
 * @at_begin: the word that was there before the breakpoint
 * @held: signals that wait
 */
struct traced {
	pid_t pid;
	unsigned long begin;
	unsigned long end;
	unsigned long at_begin;
	sigset_t held;
};

static void fail(const char *what)
{
	fprintf(stderr, "steps: %s: %s\n", what, strerror(errno));
	exit(TROUBLE);
}

static void check(long result, const char *what)
{
	if (result == -1)
		fail(what);
}

static unsigned long peek(const struct traced *traced, unsigned long address)
{
	long word;

	errno = 0;
	word = ptrace(PTRACE_PEEKTEXT, traced->pid, address, NULL);
	if (errno)
		fail("read the kernel");
	return word;
}

static void plant(struct traced *traced)
{
	traced->at_begin = peek(traced, traced->begin);
	check(ptrace(PTRACE_POKETEXT, traced->pid, traced->begin,
		     (traced->at_begin & ~0xffUL) | BREAKPOINT), "set a breakpoint");
}

static void move_to(const struct traced *traced, unsigned long address)
{
	struct user_regs_struct regs;

	check(ptrace(PTRACE_GETREGS, traced->pid, NULL, &regs), "read registers");
	regs.rip = address;
	check(ptrace(PTRACE_SETREGS, traced->pid, NULL, &regs), "write registers");
}

/* The function that the kernel is about to begin returns a value instead */
static void return_from(const struct traced *traced, unsigned long value)
{
	struct user_regs_struct regs;

	check(ptrace(PTRACE_GETREGS, traced->pid, NULL, &regs), "read registers");
	regs.rip = peek(traced, regs.rsp);
	regs.rsp += sizeof(unsigned long);
	regs.rax = value;
	check(ptrace(PTRACE_SETREGS, traced->pid, NULL, &regs), "write registers");
}

static unsigned long where(const struct traced *traced)
{
	long rip;

	errno = 0;
	rip = ptrace(PTRACE_PEEKUSER, traced->pid, offsetof(struct user_regs_struct, rip), NULL);
	if (errno)
		fail("read a register");
	return rip;
}

/* Goes on until the next stop; the signal that is the reason. Does not return at the end. */
static int go_on(const struct traced *traced, enum __ptrace_request how, int signal)
{
	int status;

	check(ptrace(how, traced->pid, NULL, signal), "go on");
	check(waitpid(traced->pid, &status, 0), "wait for the kernel");
	if (WIFEXITED(status))
		exit(WEXITSTATUS(status));
	if (WIFSIGNALED(status))
		exit(128 + WTERMSIG(status));
	if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8))
		return 0;
	return WSTOPSIG(status);
}

static bool can_wait(int signal)
{
	return signal == SIGALRM || signal == SIGVTALRM || signal == SIGIO;
}

static bool is_syscall(const struct traced *traced, unsigned long address)
{
	return (peek(traced, address) & 0xffff) == SYSCALL;
}

/* One of those that wait, or 0 */
static int take_held(struct traced *traced)
{
	int signal;

	for (signal = 1; signal < SIGRTMIN; signal++) {
		if (sigismember(&traced->held, signal)) {
			sigdelset(&traced->held, signal);
			return signal;
		}
	}
	return 0;
}

/* From a call of begin to a call of end */
static unsigned long count(struct traced *traced)
{
	unsigned long steps = 0;
	int signal = 0;

	for (;;) {
		unsigned long rip = where(traced);

		if (rip == traced->end)
			return steps;
		/* Who sleeps in the host waits for what is held */
		if (!signal && !sigisemptyset(&traced->held) && is_syscall(traced, rip))
			signal = take_held(traced);
		signal = go_on(traced, PTRACE_SINGLESTEP, signal);
		if (signal == SIGTRAP) {
			signal = 0;
			steps++;
		} else if (can_wait(signal) &&
			   !is_syscall(traced, where(traced) - SYSCALL_LENGTH)) {
			sigaddset(&traced->held, signal);
			signal = 0;
		}
	}
}

static void trace(struct traced *traced)
{
	int signal = 0;

	for (;;) {
		signal = go_on(traced, PTRACE_CONT, signal);
		if (!signal) {
			/* It has begun anew */
			plant(traced);
		} else if (signal == SIGTRAP && where(traced) == traced->begin + 1) {
			move_to(traced, traced->begin);
			check(ptrace(PTRACE_POKETEXT, traced->pid, traced->begin,
				     traced->at_begin), "take a breakpoint out");
			return_from(traced, count(traced));
			while ((signal = take_held(traced)))
				kill(traced->pid, signal);
			plant(traced);
		}
	}
}

int main(int argc, char **argv)
{
	struct traced traced = { 0 };
	int status;

	if (argc < 4) {
		fprintf(stderr, "usage: steps BEGIN END KERNEL [ARGUMENT...]\n");
		return TROUBLE;
	}
	traced.begin = strtoul(argv[1], NULL, 16);
	traced.end = strtoul(argv[2], NULL, 16);
	sigemptyset(&traced.held);
	traced.pid = fork();
	check(traced.pid, "fork");
	if (!traced.pid) {
		check(ptrace(PTRACE_TRACEME, 0, NULL, NULL), "be traced");
		raise(SIGSTOP);
		execv(argv[3], argv + 3);
		fail(argv[3]);
	}
	check(waitpid(traced.pid, &status, 0), "wait for the kernel");
	if (!WIFSTOPPED(status))
		return TROUBLE;
	check(ptrace(PTRACE_SETOPTIONS, traced.pid, NULL, PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC),
	      "trace the kernel");
	trace(&traced);
}
