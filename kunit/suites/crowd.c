// SPDX-License-Identifier: GPL-2.0
/*
 * Threads on a CPU each. For each round they meet: whoever is there spins until
 * all are, and then each waits a little longer or shorter, so that over the
 * rounds every part of what one does meets every part of what another does. In
 * every other round the driver takes as long as they are apart.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/prandom.h>
#include <linux/sched.h>

#include "../mock/audit.h"
#include "crowd.h"
#include "svac.h"

/* Threads are apart by fewer turns of an empty loop than 2 to a number below this */
#define APART_BITS	10

/**
 * struct member - one thread
 * @hall: where it belongs
 * @who: its number
 * @task: held until the end
 * @random: by how much it is late
 * @meetings: that it has come to
 */
struct member {
	struct hall *hall;
	unsigned int who;
	struct task_struct *task;
	struct rnd_state random;
	unsigned int meetings;
};

/**
 * struct hall - where a crowd meets
 * @crowd: that does
 * @round: the newest that was opened, from 1; 0 before
 * @over: there is no further one
 * @arrived: at all meetings so far, of all threads
 * @left: threads that are still at it
 * @done: all have finished it
 * @opened: for those who wait for the next
 */
struct hall {
	struct crowd *crowd;
	unsigned int round;
	bool over;
	atomic_t arrived;
	atomic_t left;
	struct completion done;
	wait_queue_head_t opened;
	struct member members[CROWD_MOST];
};

static void meet(struct member *member)
{
	unsigned int most = 1U << prandom_u32_state(&member->random) % APART_BITS;
	unsigned int turns = prandom_u32_state(&member->random) % most;
	struct hall *hall = member->hall;
	int all = ++member->meetings * hall->crowd->count;

	atomic_inc(&hall->arrived);
	while (atomic_read(&hall->arrived) < all)
		cpu_relax();
	while (turns--)
		cpu_relax();
}

/**
 * crowd_meet() - Wait for all the others in the midst of a round
 * @crowd: each of whose threads calls this as often as the others
 * @who: the thread that calls
 */
void crowd_meet(struct crowd *crowd, unsigned int who)
{
	meet(&crowd->hall->members[who]);
}

static int member_main(void *data)
{
	struct member *member = data;
	struct hall *hall = member->hall;
	unsigned int round = 0;

	for (;;) {
		wait_event(hall->opened, READ_ONCE(hall->round) != round || READ_ONCE(hall->over));
		if (READ_ONCE(hall->over))
			return 0;
		round = smp_load_acquire(&hall->round); /* with what run_round() has stored */
		meet(member);
		hall->crowd->run(hall->crowd, member->who);
		if (atomic_dec_and_test(&hall->left))
			complete(&hall->done);
	}
}

static void run_round(struct hall *hall)
{
	atomic_set(&hall->left, hall->crowd->count);
	reinit_completion(&hall->done);
	/* Whoever sees the round sees what it was made ready with */
	smp_store_release(&hall->round, hall->round + 1);
	wake_up_all(&hall->opened);
	wait_for_completion(&hall->done);
}

static void close_hall(struct hall *hall)
{
	unsigned int i;

	WRITE_ONCE(hall->over, true);
	wake_up_all(&hall->opened);
	for (i = 0; i < CROWD_MOST; i++) {
		if (!hall->members[i].task)
			continue;
		kthread_stop(hall->members[i].task);
		put_task_struct(hall->members[i].task);
	}
}

static int open_hall(struct hall *hall)
{
	unsigned int i = 0, cpu;

	init_waitqueue_head(&hall->opened);
	init_completion(&hall->done);
	for_each_online_cpu(cpu) {
		struct member *member = &hall->members[i];
		struct task_struct *task;

		if (i == hall->crowd->count)
			break;
		member->hall = hall;
		member->who = i++;
		prandom_seed_state(&member->random, member->who);
		task = kthread_create(member_main, member, "svac-crowd-%u", member->who);
		if (IS_ERR(task))
			return PTR_ERR(task);
		kthread_bind(task, cpu);
		member->task = get_task_struct(task);
		wake_up_process(task);
	}
	return 0;
}

/**
 * crowd_needs_cpus() - Skip a case where nothing happens at the same time
 * @test: the case
 */
void crowd_needs_cpus(struct kunit *test)
{
	if (num_online_cpus() < 2)
		svac_skip(test, "this kernel runs on one CPU");
}

/**
 * crowd_run() - Let a crowd do something many times
 * @test: the case; it has asked crowd_needs_cpus()
 * @crowd: what it is; @count is filled in
 * @rounds: how often, unless a round fails
 */
void crowd_run(struct kunit *test, struct crowd *crowd, unsigned int rounds)
{
	struct hall *hall = kunit_kzalloc(test, sizeof(*hall), GFP_KERNEL);
	bool good = true;
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, hall);
	hall->crowd = crowd;
	crowd->hall = hall;
	crowd->count = clamp(num_online_cpus(), 2U, CROWD_MOST);
	ret = open_hall(hall);
	while (!ret && good && rounds--) {
		if (crowd->before)
			crowd->before(test, crowd);
		mock_audit_linger(rounds % 2 << (APART_BITS - 1));
		run_round(hall);
		good = crowd->after(test, crowd);
	}
	mock_audit_linger(0);
	close_hall(hall);
	KUNIT_ASSERT_EQ(test, ret, 0);
}
