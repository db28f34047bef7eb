// SPDX-License-Identifier: GPL-2.0
/*
 * User Mode Linux on hosts whose processors save more than it has room for.
 *
 * UML of 6.12 and before keeps 2696 bytes of a program's floating point registers,
 * whatever the host has. With AMX there are 11008, and the host, which gives any part
 * of them, takes nothing but the whole: "ptrace set fp regs failed, errno = 14", and
 * the first program is the end of the kernel. What lies beyond is the state of AMX,
 * which no program has that never asked for it. So the whole is read, what UML has
 * kept is put over its beginning, and the whole is written.
 *
 * The final link sends UML's calls of ptrace() here (--wrap=ptrace).
 */
#include <linux/elf.h>
#include <linux/ptrace.h>
#include <linux/string.h>
#include <linux/uio.h>

#include "xstate.h"

/* More than any processor saves; one program at a time: where UML has CPUs it has room */
static char whole[64 << 10];

/**
 * __wrap_ptrace() - ptrace() of the host's C library
 * @request: PTRACE_*
 * @pid: of a process of the host
 * @addr: which registers
 * @data: where they are
 *
 * Return: as ptrace() does, which also sets errno.
 */
long __wrap_ptrace(int request, int pid, void *addr, void *data)
{
	struct iovec all = { .iov_base = (void __user *)whole, .iov_len = sizeof(whole) };
	struct iovec *kept = data;
	long ret = __real_ptrace(request, pid, addr, data);

	if (!ret || request != PTRACE_SETREGSET || addr != (void *)NT_X86_XSTATE)
		return ret;
	if (__real_ptrace(PTRACE_GETREGSET, pid, addr, &all) || all.iov_len <= kept->iov_len)
		return ret;
	memcpy(whole, (void __force *)kept->iov_base, kept->iov_len);
	return __real_ptrace(PTRACE_SETREGSET, pid, addr, &all);
}
