/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose memory may be bound: in the module that of the process which loads it (0),
 * and of its peer (1); built in, of processes that are made for it.
 */
#ifndef _SVAC_DEVICE_PROCESS_H
#define _SVAC_DEVICE_PROCESS_H

#define SVAC_REAL_PROCESSES	2

struct mm_struct;

struct mm_struct *svac_real_process(unsigned int which);
void svac_real_process_put(struct mm_struct *mm);

#endif /* _SVAC_DEVICE_PROCESS_H */
