/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SVAC_XSTATE_H
#define _SVAC_XSTATE_H

/* Names that the linker gives (--wrap=ptrace) */
long __real_ptrace(int request, int pid, void *addr, void *data);
long __wrap_ptrace(int request, int pid, void *addr, void *data);

#endif /* _SVAC_XSTATE_H */
