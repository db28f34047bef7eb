// SPDX-License-Identifier: GPL-2.0
/*
 * The processes whose memory may be bound: that which loads the module, and the one
 * that was named as its peer.
 */
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>

#include "real.h"

/**
 * svac_real_process() - The memory of a process
 * @which: 0 for that of who loads the module, 1 for its peer's
 *
 * Return: the mm with a reference, or NULL if there is no such process.
 */
struct mm_struct *svac_real_process(unsigned int which)
{
	struct task_struct *task;
	struct mm_struct *mm;
	struct pid *pid;

	if (!which)
		return get_task_mm(current);
	pid = find_get_pid(svac_choice.peer);
	task = get_pid_task(pid, PIDTYPE_PID);
	put_pid(pid);
	if (!task)
		return NULL;
	mm = get_task_mm(task);
	put_task_struct(task);
	return mm;
}

/**
 * svac_real_process_put() - Undo svac_real_process()
 * @mm: what it returned
 */
void svac_real_process_put(struct mm_struct *mm)
{
	mmput(mm);
}
