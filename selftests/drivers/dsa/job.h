/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operations as descriptors of DSA, one after another, and completion records as their ends.
 */
#ifndef _SVAC_DSA_JOB_H
#define _SVAC_DSA_JOB_H

#include <linux/idxd.h>

#include "../../lib/device.h"
#include "queue.h"

int jobs_make(void);
int job_begin(int fd, const struct queue *queue, const struct operation *operation,
	      uint32_t *number);
int job_wait(uint32_t number, unsigned int ms, struct ending *ending);

#endif /* _SVAC_DSA_JOB_H */
