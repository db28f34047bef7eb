// SPDX-License-Identifier: GPL-2.0
/*
 * Calls that are made at the same time: on devices of their own, or all on one.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>

#include "bench.h"

#define MOST	4

struct meeting;

/**
 * struct worker - one thread
 * @meeting: where it belongs
 * @dev: that it works on
 * @pasid: its own
 * @task: the thread
 * @ret: the first errno
 */
struct worker {
	struct meeting *meeting;
	struct device *dev;
	ioasid_t pasid;
	struct task_struct *task;
	int ret;
};

/**
 * struct meeting - threads that work at the same time
 * @impl: the implementation
 * @domain: that all of them set
 * @count: of threads
 * @left: that are still at it
 * @opened: they may begin
 * @over: there is nothing more to do
 * @round: the newest that was opened
 * @done: all have finished it
 * @workers: the threads
 */
struct meeting {
	const struct svac_impl *impl;
	struct iommu_domain *domain;
	unsigned int count;
	atomic_t left;
	wait_queue_head_t opened;
	bool over;
	unsigned int round;
	struct completion done;
	struct worker workers[MOST];
};

/* Calls of each thread in a round: what waking it costs is little against them */
#define CALLS	64

static void set_and_block(struct worker *worker)
{
	const struct svac_impl *impl = worker->meeting->impl;
	int ret = impl->set(worker->meeting->domain, worker->dev, worker->pasid);

	if (ret)
		worker->ret = ret;
	else
		impl->block(worker->meeting->domain, worker->dev, worker->pasid);
}

static int work(void *data)
{
	struct worker *worker = data;
	struct meeting *meeting = worker->meeting;
	unsigned int seen = 0, i;

	for (;;) {
		wait_event(meeting->opened,
			   READ_ONCE(meeting->round) != seen || READ_ONCE(meeting->over));
		if (READ_ONCE(meeting->over))
			return 0;
		seen++;
		for (i = 0; i < CALLS; i++)
			set_and_block(worker);
		if (atomic_dec_and_test(&meeting->left))
			complete(&meeting->done);
	}
}

static void one_round(void *data, unsigned int nth)
{
	struct meeting *meeting = data;

	atomic_set(&meeting->left, meeting->count);
	WRITE_ONCE(meeting->round, meeting->round + 1);
	wake_up_all(&meeting->opened);
	wait_for_completion(&meeting->done);
}

static int start(struct meeting *meeting)
{
	unsigned int i;

	for (i = 0; i < meeting->count; i++) {
		struct worker *worker = &meeting->workers[i];

		worker->task = kthread_run(work, worker, "svac-bench/%u", i);
		if (IS_ERR(worker->task))
			return PTR_ERR(worker->task);
		get_task_struct(worker->task);
	}
	return 0;
}

static void stop(struct meeting *meeting)
{
	unsigned int i;

	WRITE_ONCE(meeting->over, true);
	wake_up_all(&meeting->opened);
	for (i = 0; i < meeting->count; i++) {
		if (IS_ERR_OR_NULL(meeting->workers[i].task))
			continue;
		kthread_stop(meeting->workers[i].task);
		put_task_struct(meeting->workers[i].task);
	}
}

struct crowd_row {
	const char *name;
	unsigned int threads;
	bool one_group;
};

static const struct crowd_row crowds[] = {
	{ "1", 1, true },
	{ "2.one_device", 2, true },
	{ "4.one_device", 4, true },
	{ "2.own_devices", 2, false },
	{ "4.own_devices", 4, false },
};

SVAC_ROWS(crowds)

static void begin(struct kunit *test, struct meeting *meeting, const struct crowd_row *row)
{
	unsigned int i;

	init_waitqueue_head(&meeting->opened);
	init_completion(&meeting->done);
	for (i = 0; i < meeting->count; i++) {
		struct worker *worker = &meeting->workers[i];

		worker->meeting = meeting;
		worker->pasid = i + 1;
		worker->dev = i && row->one_group ? meeting->workers[0].dev :
			      svac_device(test, &MOCK_PASIDS);
	}
	meeting->domain = svac_paging_domain(test, meeting->workers[0].dev);
}

static void at_the_same_time(struct kunit *test)
{
	const struct crowd_row *row = to_svac(test)->row;
	struct meeting *meeting = kunit_kzalloc(test, sizeof(*meeting), GFP_KERNEL);
	char name[40];
	const struct bench_metric metric = {
		name, "threads at a time: set a domain on a PASID of its own, block it",
		"floor.xarray", one_round, meeting, CALLS * row->threads,
	};
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, meeting);
	meeting->impl = to_svac(test)->impl;
	meeting->count = row->threads;
	begin(test, meeting, row);
	snprintf(name, sizeof(name), "threads.%s", row->name);
	if (!start(meeting))
		bench_measure(test, &metric);
	else
		KUNIT_FAIL(test, "no thread\n");
	stop(meeting);
	for (i = 0; i < meeting->count; i++)
		svac_expect_ret(test, meeting->workers[i].ret, 0);
}

static struct kunit_case contention_cases[] = {
	SVAC_CASE_ROWS(at_the_same_time, crowds),
	{ }
};

BENCH_SUITE(svac_bench_contention, contention_cases);
