/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files that make up /dev/svacheck share: an open file of it.
 */
#ifndef _SVAC_CLIENT_H
#define _SVAC_CLIENT_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "../api/impl.h"
#include "engine.h"
#include "hold.h"
#include "mock.h"

struct file;
struct portal;
struct vm_area_struct;
struct workqueue_struct;

/**
 * struct client - an open file, and its device
 * @impl: who answers
 * @lock: protects @setup, @dev, @removed, @bonds and @sets
 * @setup: the device is plugged in as this says
 * @dev: the device, with a reference; NULL before it is plugged in
 * @removed: it was there, and has been removed
 * @hold: where the device is to stop; somebody may wait for that when it has gone
 * @engine: that works for it
 * @bonds: number to handle
 * @next_bond: where to look for the next number
 * @domains: number to paging domain
 * @next_domain: likewise
 * @sets: PASID to the paging domain that it is set to
 * @portal: NULL before it is opened
 * @jobs: number to job, those that nobody has waited for
 * @next_job: likewise
 * @count: of jobs
 * @queue: does the jobs, one after another
 * @ended: wakes who waits for a job
 * @ready: jobs that have ended and nobody has waited for
 * @done: jobs that have ended
 */
struct client {
	const struct svac_impl *impl;
	struct mutex lock; /* protects setup, dev, removed, bonds and sets */
	struct mock_config setup;
	struct device *dev;
	bool removed;
	struct mock_hold hold;
	struct mock_engine engine;
	struct xarray bonds;
	u32 next_bond;
	struct xarray domains;
	u32 next_domain;
	struct xarray sets;
	struct portal *portal;
	struct xarray jobs;
	u32 next_job;
	atomic_t count;
	struct workqueue_struct *queue;
	wait_queue_head_t ended;
	atomic_t ready;
	atomic64_t done;
};

/* A structure from the program, its tail zero if it is longer than ours */
static inline int take(void *arg, size_t size, const void __user *from)
{
	u32 theirs;

	if (get_user(theirs, (const u32 __user *)from))
		return -EFAULT;
	if (theirs < size)
		return -EINVAL;
	if (theirs > PAGE_SIZE)
		return -E2BIG;
	return copy_struct_from_user(arg, size, from, theirs);
}

static inline int give(void __user *to, const void *arg, size_t size)
{
	return copy_to_user(to, arg, size) ? -EFAULT : 0;
}

/* chardev.c */
int plug_in(struct client *client);
struct client *client_of(struct file *file);

/* portal.c */
void portal_stop(struct client *client);
void portal_free(struct client *client);
int portal_mmap(struct client *client, struct vm_area_struct *vma);
long do_portal(struct client *client, void __user *user);

/* events.c */
long do_events(struct client *client, void __user *user);

/* domains.c */
bool domains_exist(const struct client *client);
void domains_init(struct client *client);
void domains_block_all(struct client *client);
void domains_free_all(struct client *client);
long do_domain_alloc(struct client *client, void __user *user);
long do_domain_free(struct client *client, void __user *user);
long do_set(struct client *client, void __user *user);
long do_block(struct client *client, void __user *user);

/* mapping.c */
long do_map(struct client *client, void __user *user);
long do_unmap(struct client *client, void __user *user);

#endif /* _SVAC_CLIENT_H */
