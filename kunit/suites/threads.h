/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that run when they are told to: on one CPU without preemption the
 * order of what they do is the same in every boot.
 */
#ifndef _SVAC_THREADS_H
#define _SVAC_THREADS_H

#include <linux/types.h>

struct task_struct;

/**
 * struct svac_thread - a call that has a thread of its own
 * @run: what it does
 * @data: for @run
 * @task: held until svac_threads_end()
 * @started: was let run
 * @ended: @run has returned
 */
struct svac_thread {
	void (*run)(void *data);
	void *data;
	struct task_struct *task;
	bool started;
	bool ended;
};

int svac_thread_create(struct svac_thread *thread, unsigned int urgency);
void svac_thread_run(struct svac_thread *thread);
void svac_thread_take_next(struct svac_thread *thread);
bool svac_threads_end(struct svac_thread *threads, unsigned int count);

#endif /* _SVAC_THREADS_H */
