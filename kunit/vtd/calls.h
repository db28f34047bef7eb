/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System calls that a process without a program makes.
 */
#ifndef _SVAC_VTD_CALLS_H
#define _SVAC_VTD_CALLS_H

struct pt_regs;

long __x64_sys_mprotect(const struct pt_regs *regs);
long __x64_sys_mremap(const struct pt_regs *regs);

#endif /* _SVAC_VTD_CALLS_H */
