// SPDX-License-Identifier: GPL-2.0
/*
 * The portal of a device: a page into which a program writes descriptors. There is no
 * trap on a store to memory, so a thread of the device looks for them as long as the page
 * is mapped, and has them done one after another with the jobs of the file.
 *
 * What is in the page can change at any time: a descriptor is copied once, and the copy
 * is judged and done.
 */
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "client.h"
#include "events.h"

/* How often it looks again at once before it sleeps, and how long it sleeps at most */
#define LOOKS		64
#define LONGEST_SLEEP	(HZ / 20 + 1UL)

/**
 * struct portal_job - a descriptor on its way
 * @work: on the queue of the client
 * @portal: that it came through
 * @desc: what to do, sensible or not
 */
struct portal_job {
	struct work_struct work;
	struct portal *portal;
	struct svac_desc desc;
};

/**
 * struct portal - of one file
 * @client: the file
 * @page: that the program writes to
 * @thread: looks at it; NULL once the device is removed
 * @mapped: how often the page is mapped
 * @kick: wakes the thread
 * @kicked: since the page was mapped or unmapped it has not looked
 * @next: descriptors that were taken, so the slot of the next
 * @begun: of those, that were not dropped at once; the thread's
 * @ended: of those, that have ended
 * @dropped: of which nobody was told
 * @jobs: those under way
 */
struct portal {
	struct client *client;
	struct page *page;
	struct task_struct *thread;
	atomic_t mapped;
	wait_queue_head_t kick;
	atomic_t kicked;
	atomic_t next;
	unsigned int begun;
	atomic_t ended;
	atomic64_t dropped;
	struct portal_job jobs[SVAC_PORTAL_DEPTH];
};

static void drop(struct portal *portal, const struct svac_desc *desc, int why)
{
	atomic64_inc(&portal->dropped);
	mock_event_note(portal->client->setup.events, &(struct svac_event){
		.kind = SVAC_EVENT_DROP, .pasid = desc->pasid, .result = why,
	});
}

static void do_portal_job(struct work_struct *work)
{
	struct portal_job *job = container_of(work, struct portal_job, work);
	struct portal *portal = job->portal;
	struct svac_completion end;
	bool told = mock_execute(&portal->client->engine, &job->desc, &end);

	if (!told && (job->desc.completion || end.status != SVAC_DONE))
		drop(portal, &job->desc, end.status);
	atomic64_inc(&portal->client->done);
	/* The thread may put another in its place from here on */
	atomic_inc_return_release(&portal->ended);
}

/* Take the next descriptor, if it is there */
static bool take_next(struct portal *portal)
{
	struct svac_desc *slots = page_address(portal->page);
	struct svac_desc *slot = &slots[(u32)atomic_read(&portal->next) % SVAC_PORTAL_SLOTS];
	struct portal_job *job = &portal->jobs[portal->begun % SVAC_PORTAL_DEPTH];
	struct svac_desc desc;

	if (!smp_load_acquire(&slot->reserved2)) /* stored last by the program */
		return false;
	memcpy(&desc, slot, sizeof(desc));
	barrier();
	atomic_inc(&portal->next);
	smp_store_release(&slot->reserved2, 0); /* it may be written to again */
	if (desc.reserved2 == SVAC_PORTAL_VALID)
		desc.reserved2 = 0;
	if (portal->begun - (u32)atomic_read_acquire(&portal->ended) == SVAC_PORTAL_DEPTH) {
		drop(portal, &desc, -ENOSPC);
		return true;
	}
	job->desc = desc;
	portal->begun++;
	queue_work(portal->client->queue, &job->work);
	return true;
}

static int look_at_portal(void *data)
{
	struct portal *portal = data;
	unsigned long idle = 0;
	bool mapped;

	while (!kthread_should_stop()) {
		/* What was stored before the last unmap is there to be taken */
		mapped = atomic_read_acquire(&portal->mapped);
		if (take_next(portal)) {
			idle = 0;
			cond_resched();
		} else if (!mapped) {
			wait_event_interruptible(portal->kick, atomic_xchg(&portal->kicked, 0) ||
						 kthread_should_stop());
			idle = 0;
		} else if (++idle < LOOKS) {
			cond_resched();
		} else {
			schedule_timeout_interruptible(min(idle / LOOKS, LONGEST_SLEEP));
		}
	}
	return 0;
}

static struct portal *create_portal(struct client *client)
{
	struct portal *portal = kzalloc(sizeof(*portal), GFP_KERNEL);
	unsigned int i;

	if (!portal)
		return ERR_PTR(-ENOMEM);
	portal->client = client;
	init_waitqueue_head(&portal->kick);
	for (i = 0; i < SVAC_PORTAL_DEPTH; i++) {
		INIT_WORK(&portal->jobs[i].work, do_portal_job);
		portal->jobs[i].portal = portal;
	}
	portal->page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!portal->page) {
		kfree(portal);
		return ERR_PTR(-ENOMEM);
	}
	portal->thread = kthread_run(look_at_portal, portal, "svacheck-portal");
	if (IS_ERR(portal->thread)) {
		put_page(portal->page);
		kfree(portal);
		return ERR_PTR(-ENOMEM);
	}
	return portal;
}

/**
 * portal_stop() - Look at nothing any more
 * @client: whose device is being removed; what was taken is still on its queue
 */
void portal_stop(struct client *client)
{
	struct portal *portal = client->portal;

	if (!portal || !portal->thread)
		return;
	kthread_stop(portal->thread);
	portal->thread = NULL;
}

/**
 * portal_free() - Free the portal
 * @client: that is being closed: nobody has the page mapped, and its queue is empty
 */
void portal_free(struct client *client)
{
	if (!client->portal)
		return;
	put_page(client->portal->page);
	kfree(client->portal);
}

/* It may be mapped, written to and unmapped before the thread comes to look */
static void kick(struct portal *portal)
{
	atomic_set_release(&portal->kicked, 1);
	wake_up(&portal->kick);
}

static void portal_vm_open(struct vm_area_struct *vma)
{
	struct portal *portal = vma->vm_private_data;

	atomic_inc(&portal->mapped);
	kick(portal);
}

static void portal_vm_close(struct vm_area_struct *vma)
{
	struct portal *portal = vma->vm_private_data;

	atomic_dec_return_release(&portal->mapped);
	kick(portal);
}

/* A mapping may have grown since: there is one page */
static vm_fault_t portal_vm_fault(struct vm_fault *vmf)
{
	struct portal *portal = vmf->vma->vm_private_data;

	if (vmf->pgoff)
		return VM_FAULT_SIGBUS;
	get_page(portal->page);
	vmf->page = portal->page;
	return 0;
}

static const struct vm_operations_struct portal_vm_ops = {
	.open = portal_vm_open,
	.close = portal_vm_close,
	.fault = portal_vm_fault,
};

/**
 * portal_mmap() - Map the portal
 * @client: the file, which stays as long as it is mapped
 * @vma: where
 *
 * Called with the mmap lock held, under which the lock of a client must not be taken.
 *
 * Return: 0 or an errno.
 */
int portal_mmap(struct client *client, struct vm_area_struct *vma)
{
	struct portal *portal = smp_load_acquire(&client->portal); /* see do_portal() */

	if (!portal)
		return -ENXIO;
	if (vma->vm_pgoff || vma_pages(vma) != 1 || !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	vma->vm_private_data = portal;
	vma->vm_ops = &portal_vm_ops;
	portal_vm_open(vma);
	return 0;
}

/* The lock is held */
static int open_portal(struct client *client)
{
	struct portal *portal;
	int ret = plug_in(client);

	if (ret || client->portal)
		return ret;
	portal = create_portal(client);
	if (IS_ERR(portal))
		return PTR_ERR(portal);
	smp_store_release(&client->portal, portal); /* whole, for portal_mmap() */
	return 0;
}

/**
 * do_portal() - SVAC_IOC_PORTAL
 * @client: the file
 * @user: struct svac_portal
 *
 * Return: 0 or an errno.
 */
long do_portal(struct client *client, void __user *user)
{
	struct svac_portal arg;
	int ret = take(&arg, sizeof(arg), user);
	struct portal *portal;

	if (ret)
		return ret;
	if (arg.flags || arg.reserved)
		return -EINVAL;
	mutex_lock(&client->lock);
	ret = open_portal(client);
	mutex_unlock(&client->lock);
	if (ret)
		return ret;
	portal = client->portal;
	arg = (struct svac_portal){
		.argsz = sizeof(arg),
		.slots = SVAC_PORTAL_SLOTS,
		.depth = SVAC_PORTAL_DEPTH,
		.taken = (u32)atomic_read(&portal->next),
		.dropped = atomic64_read(&portal->dropped),
	};
	return give(user, &arg, sizeof(arg));
}
