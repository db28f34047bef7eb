// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that run when they are told to, and until they end or wait.
 *
 * All of a case's threads share its CPU, which goes to the most urgent one that is
 * able to run as soon as the others let go of it. So whoever starts a thread more
 * urgent than itself and calls schedule() goes on when that thread has ended or
 * waits for something, and finds out which from the state of its task. No time is
 * involved.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/smp.h>
#include <uapi/linux/sched/types.h>

#include "threads.h"

/* How often others are let run before a thread counts as one that never ends */
#define PATIENCE	100000

static int thread_main(void *data)
{
	struct svac_thread *thread = data;

	thread->run(thread->data);
	WRITE_ONCE(thread->ended, true);
	return 0;
}

static bool waits(struct svac_thread *thread)
{
	return READ_ONCE(thread->task->__state) != TASK_RUNNING &&
	       !READ_ONCE(thread->task->on_rq);
}

/* Until it has ended or waits, for a mutex that somebody holds as a rule */
static void settle(struct svac_thread *thread)
{
	while (!READ_ONCE(thread->ended) && !waits(thread))
		schedule();
}

/**
 * svac_thread_create() - Make a thread, which is not to run yet
 * @thread: run and data are filled in
 * @urgency: above that of who is going to run it; that of a case is 0
 *
 * Return: 0, or why there is no thread.
 */
int svac_thread_create(struct svac_thread *thread, unsigned int urgency)
{
	const struct sched_param param = { .sched_priority = urgency };
	struct task_struct *task;

	task = kthread_create(thread_main, thread, "svac-thread-%u", urgency);
	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_bind(task, raw_smp_processor_id());
	sched_setscheduler_nocheck(task, SCHED_FIFO, &param);
	thread->task = get_task_struct(task);
	thread->started = false;
	thread->ended = false;
	return 0;
}

/**
 * svac_thread_run() - Let a thread run until it has ended or waits
 * @thread: of svac_thread_create(), not run before
 */
void svac_thread_run(struct svac_thread *thread)
{
	thread->started = true;
	wake_up_process(thread->task);
	settle(thread);
}

/**
 * svac_thread_take_next() - Give a waiting thread the mutex once it is unlocked
 * @thread: run; waits as the first for a mutex, or has ended
 *
 * Who unlocks a mutex and locks it again is faster than the one who waits. One
 * that was woken in vain asks to be given the mutex the next time, and then the
 * other waits: a lock that is let go for a moment is lost.
 */
void svac_thread_take_next(struct svac_thread *thread)
{
	if (READ_ONCE(thread->ended))
		return;
	wake_up_process(thread->task);
	settle(thread);
}

static bool all_ended(struct svac_thread *threads, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (threads[i].started && !READ_ONCE(threads[i].ended))
			return false;
	return true;
}

/**
 * svac_threads_end() - Let threads run to their ends
 * @threads: created; those that were never run never will be
 * @count: of them
 *
 * Return: false if some wait for what never comes: they have to be left alone,
 * and so has all that they use.
 */
bool svac_threads_end(struct svac_thread *threads, unsigned int count)
{
	unsigned int i, patience = PATIENCE;

	while (!all_ended(threads, count) && patience--)
		schedule();
	if (!all_ended(threads, count))
		return false;
	for (i = 0; i < count; i++) {
		if (!threads[i].started)
			kthread_stop(threads[i].task);
		put_task_struct(threads[i].task);
	}
	return true;
}
