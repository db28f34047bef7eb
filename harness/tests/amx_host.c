// SPDX-License-Identifier: GPL-2.0
/*
 * To be preloaded into a User Mode Linux: makes any host one whose processor has AMX,
 * which takes a program's floating point registers whole, 11008 bytes, or not at all.
 *
 * AMX_ANSWERS=0: it does not give them whole either.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#define WHOLE	11008
#define PART	2696

static long (*real)(int request, int pid, void *addr, void *data);

static int refuse(void)
{
	errno = EFAULT;
	return -1;
}

/* What the host really has is the beginning; 0 for the rest */
static long get(int pid, struct iovec *iov)
{
	static char whole[64 << 10];
	struct iovec all = { whole, sizeof(whole) };
	const char *answers = getenv("AMX_ANSWERS");

	if (iov->iov_len > PART && answers && !strcmp(answers, "0"))
		return refuse();
	memset(whole, 0, WHOLE);
	if (real(PTRACE_GETREGSET, pid, (void *)NT_X86_XSTATE, &all))
		return -1;
	if (iov->iov_len > WHOLE)
		iov->iov_len = WHOLE;
	memcpy(iov->iov_base, whole, iov->iov_len);
	return 0;
}

static long set(int pid, struct iovec *iov)
{
	static char whole[64 << 10];
	struct iovec all = { whole, sizeof(whole) };

	if (iov->iov_len != WHOLE)
		return refuse();
	if (real(PTRACE_GETREGSET, pid, (void *)NT_X86_XSTATE, &all))
		return -1;
	all.iov_base = iov->iov_base;
	return real(PTRACE_SETREGSET, pid, (void *)NT_X86_XSTATE, &all);
}

long ptrace(enum __ptrace_request request, ...)
{
	va_list list;
	void *addr, *data;
	int pid;

	va_start(list, request);
	pid = va_arg(list, int);
	addr = va_arg(list, void *);
	data = va_arg(list, void *);
	va_end(list);
	if (!real)
		real = (long (*)(int, int, void *, void *))dlsym(RTLD_NEXT, "ptrace");
	if (addr == (void *)NT_X86_XSTATE && request == PTRACE_GETREGSET)
		return get(pid, data);
	if (addr == (void *)NT_X86_XSTATE && request == PTRACE_SETREGSET)
		return set(pid, data);
	return real(request, pid, addr, data);
}
