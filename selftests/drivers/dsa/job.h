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
struct dsa_hw_desc job_descriptor(const struct queue *queue, const struct operation *operation,
				  const struct dsa_completion_record *record);
int job_store(int fd, const struct queue *queue, const struct dsa_hw_desc *desc);
enum outcome job_outcome(unsigned int status);
bool job_none_left(int fd);
int batch_perform(int fd, const struct queue *queue, const struct operation *operations,
		  unsigned int count, struct ending *ending);
int job_wait(uint32_t number, unsigned int ms, struct ending *ending);

#endif /* _SVAC_DSA_JOB_H */
