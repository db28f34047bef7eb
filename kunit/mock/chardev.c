// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/svacheck, as uapi/svacheck.h has it: a file is a device, and what a program
 * has it do is done by a worker that knows nothing but (device, PASID).
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/panic.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "client.h"
#include "devtlb.h"
#include "events.h"
#include "prq.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "svacheck."

static char *implementation = "";
module_param(implementation, charp, 0444);
MODULE_PARM_DESC(implementation, "who binds for programs: carried or upstream (default: the kernel's own)");

/* Of one file, at a time */
#define MOST_JOBS	1024
#define MOST_BONDS	64

/**
 * struct job - a descriptor on its way
 * @work: on the queue of its client
 * @client: whose it is
 * @desc: what to do
 * @end: how it ended
 * @ended: that can be looked at
 * @taken: somebody waits for it; protected by the lock of the client's @jobs
 */
struct job {
	struct work_struct work;
	struct client *client;
	struct svac_desc desc;
	struct svac_completion end;
	bool ended;
	bool taken;
};

/* Plugged in at a time: as many as kunit/api/beside.c has room for */
#define MOST_DEVICES	(IS_ENABLED(CONFIG_SVACHECK_BENCH) ? 288 : 32)

/* The IOMMU with fewer PASIDs is one, and so is their number: that of all who use it */
static DEFINE_MUTEX(places_lock); /* protects all below */
static unsigned int places_taken, small_users;
static u32 small_pasids;

static int take_place(u32 max_pasids)
{
	int ret = 0;

	mutex_lock(&places_lock);
	if (places_taken == MOST_DEVICES)
		ret = -ENOSPC;
	else if (max_pasids && small_users && small_pasids != max_pasids)
		ret = -EBUSY;
	if (!ret)
		places_taken++;
	if (!ret && max_pasids) {
		small_pasids = max_pasids;
		small_users++;
	}
	mutex_unlock(&places_lock);
	return ret;
}

static void leave_place(u32 max_pasids)
{
	mutex_lock(&places_lock);
	places_taken--;
	if (max_pasids)
		small_users--;
	mutex_unlock(&places_lock);
}

/**
 * plug_in() - Have the device, plugged in if it is not yet
 * @client: whose lock is held
 *
 * Return: 0; -ENODEV if it was removed; -ENOSPC if too many are; or another errno.
 */
int plug_in(struct client *client)
{
	struct device *dev;
	int ret;

	if (client->removed)
		return -ENODEV;
	if (client->dev)
		return 0;
	ret = take_place(client->setup.max_pasids);
	if (ret)
		return ret;
	dev = mock_device_add(&client->setup);
	ret = PTR_ERR_OR_ZERO(dev);
	if (ret)
		goto err_leave_place;
	ret = mock_engine_init(&client->engine, dev);
	if (ret)
		goto err_remove;
	client->dev = get_device(dev);
	mock_event_note(client->setup.events, &(struct svac_event){ .kind = SVAC_EVENT_PLUG });
	return 0;

err_remove:
	mock_device_remove(dev);
err_leave_place:
	leave_place(client->setup.max_pasids);
	return ret;
}

static void end_bonds(struct client *client)
{
	struct iommu_sva *handle;
	unsigned long bond;

	xa_for_each(&client->bonds, bond, handle) {
		xa_erase(&client->bonds, bond);
		client->impl->unbind(handle);
	}
}

/* As the driver of a device does that is being removed. The lock is held */
static void unplug(struct client *client)
{
	if (!client->dev || client->removed)
		return;
	portal_stop(client);
	mock_engine_stop(&client->engine);
	end_bonds(client);
	domains_block_all(client);
	/* What was to be drained with a PASID has been; what a driver has left comes at once */
	mock_prq_hold(mock_prq_of(client->dev), false);
	/* Who is in the midst of an access still counts it in the device */
	flush_workqueue(client->queue);
	mock_device_remove(client->dev); /* what a driver has left in it goes as well */
	leave_place(client->setup.max_pasids);
	client->removed = true;
	mock_event_note(client->setup.events, &(struct svac_event){ .kind = SVAC_EVENT_REMOVE });
}

static u64 features_of(const struct svac_impl *impl)
{
	u64 features = svac_kernel_refuses_to_bind() ? SVAC_KERNEL_REFUSES : 0;

	if (impl->traits & SVAC_BIND)
		features |= SVAC_HAS_BIND;
	if (impl->traits & SVAC_BINDS_BY_HAND)
		features |= SVAC_HAS_BIND | SVAC_BOUND_BY_HAND;
	return features;
}

static long do_info(struct client *client, void __user *user)
{
	struct svac_info info;
	int ret = take(&info, sizeof(info), user);

	if (ret)
		return ret;
	if (info.flags)
		return -EINVAL;
	mutex_lock(&client->lock);
	ret = plug_in(client);
	if (!ret)
		info = (struct svac_info){
			.argsz = sizeof(info),
			.version = SVAC_VERSION,
			.pasids = client->impl->max_pasids(client->dev),
			.features = SVAC_HAS_INVALIDATION |
				    features_of(client->impl) |
				    (domains_exist(client) ? SVAC_HAS_DOMAINS : 0),
		};
	mutex_unlock(&client->lock);
	strscpy(info.implementation, client->impl->name, sizeof(info.implementation));
	return ret ?: give(user, &info, sizeof(info));
}

static long do_setup(struct client *client, void __user *user)
{
	struct svac_setup setup;
	int ret = take(&setup, sizeof(setup), user);

	if (ret)
		return ret;
	if (setup.flags || setup.max_pasids > BIT(20) || setup.group > INT_MAX)
		return -EINVAL;
	mutex_lock(&client->lock);
	if (client->dev || client->removed) {
		ret = -EBUSY;
	} else {
		client->setup.max_pasids = setup.max_pasids;
		client->setup.group = setup.group;
		ret = plug_in(client);
		/* One that is not plugged in is as it was */
		if (ret) {
			client->setup.max_pasids = 0;
			client->setup.group = 0;
		}
	}
	mutex_unlock(&client->lock);
	return ret;
}

static int bind(struct client *client, struct svac_bind *arg)
{
	struct iommu_sva *handle;
	int ret = plug_in(client);

	if (ret)
		return ret;
	if (!(client->impl->traits & (SVAC_BIND | SVAC_BINDS_BY_HAND)))
		return -EOPNOTSUPP;
	handle = client->impl->bind(client->dev, current->mm);
	if (IS_ERR(handle))
		return PTR_ERR(handle);
	arg->pasid = client->impl->pasid(handle);
	ret = xa_alloc_cyclic(&client->bonds, &arg->bond, handle, XA_LIMIT(1, MOST_BONDS),
			      &client->next_bond, GFP_KERNEL);
	if (ret < 0) {
		client->impl->unbind(handle);
		return ret == -EBUSY ? -ENOSPC : ret;
	}
	return 0;
}

static void unbind(struct client *client, u32 bond)
{
	struct iommu_sva *handle = xa_erase(&client->bonds, bond);

	if (handle)
		client->impl->unbind(handle);
}

static long do_bind(struct client *client, void __user *user)
{
	struct svac_bind arg;
	int ret = take(&arg, sizeof(arg), user);

	if (ret)
		return ret;
	if (arg.flags)
		return -EINVAL;
	arg.argsz = sizeof(arg);
	mutex_lock(&client->lock);
	ret = bind(client, &arg);
	if (!ret) {
		ret = give(user, &arg, sizeof(arg));
		if (ret)
			unbind(client, arg.bond);
	}
	mutex_unlock(&client->lock);
	return ret;
}

static long do_try_bind(struct client *client)
{
	int ret;

	mutex_lock(&client->lock);
	ret = plug_in(client) ?: svac_kernel_tries_to_bind(client->dev, current->mm);
	mutex_unlock(&client->lock);
	return ret;
}

static long do_unbind(struct client *client, void __user *user)
{
	struct svac_unbind arg;
	int ret = take(&arg, sizeof(arg), user);

	if (ret)
		return ret;
	if (arg.flags || arg.reserved)
		return -EINVAL;
	mutex_lock(&client->lock);
	if (xa_load(&client->bonds, arg.bond))
		unbind(client, arg.bond);
	else
		ret = -ENOENT;
	mutex_unlock(&client->lock);
	return ret;
}

static void do_job(struct work_struct *work)
{
	struct job *job = container_of(work, struct job, work);
	struct client *client = job->client;

	mock_execute(&client->engine, &job->desc, &job->end);
	atomic64_inc(&client->done);
	/* Whoever sees that it has ended sees how */
	smp_store_release(&job->ended, true);
	/* Only then, so that who is told by poll() need not wait */
	atomic_inc(&client->ready);
	wake_up_all(&client->ended);
}

static struct job *make_job(struct client *client, const struct svac_desc *desc, u32 *number)
{
	struct job *job = kzalloc(sizeof(*job), GFP_KERNEL);
	int ret;

	if (!job)
		return ERR_PTR(-ENOMEM);
	INIT_WORK(&job->work, do_job);
	job->client = client;
	job->desc = *desc;
	ret = xa_alloc_cyclic(&client->jobs, number, job, XA_LIMIT(1, INT_MAX),
			      &client->next_job, GFP_KERNEL);
	if (ret < 0) {
		kfree(job);
		return ERR_PTR(ret);
	}
	return job;
}

static long do_submit(struct client *client, void __user *user)
{
	struct svac_submit arg;
	int ret = take(&arg, sizeof(arg), user);
	struct job *job;

	if (ret)
		return ret;
	if (arg.flags || arg.reserved || !mock_desc_is_valid(&arg.desc))
		return -EINVAL;
	mutex_lock(&client->lock);
	ret = plug_in(client);
	mutex_unlock(&client->lock);
	if (ret)
		return ret;
	if (atomic_inc_return(&client->count) > MOST_JOBS) {
		atomic_dec(&client->count);
		return -EAGAIN;
	}
	job = make_job(client, &arg.desc, &arg.job);
	if (IS_ERR(job)) {
		atomic_dec(&client->count);
		return PTR_ERR(job);
	}
	/* A number that the program did not get is still one that can be waited for */
	arg.argsz = sizeof(arg);
	ret = give(user, &arg, sizeof(arg));
	queue_work(client->queue, &job->work);
	return ret;
}

/* The job of that number, for one who waits at a time */
static struct job *take_job(struct client *client, u32 number)
{
	struct job *job;

	xa_lock(&client->jobs);
	job = xa_load(&client->jobs, number);
	if (!job)
		job = ERR_PTR(-ENOENT);
	else if (job->taken)
		job = ERR_PTR(-EBUSY);
	else
		job->taken = true;
	xa_unlock(&client->jobs);
	return job;
}

static bool has_ended(const struct job *job)
{
	return smp_load_acquire(&job->ended); /* and then @end is whole, see do_job() */
}

static void leave_job(struct client *client, struct job *job)
{
	xa_lock(&client->jobs);
	job->taken = false;
	xa_unlock(&client->jobs);
}

static void end_job(struct client *client, u32 number, struct job *job)
{
	xa_erase(&client->jobs, number);
	cancel_work_sync(&job->work); /* it may still be on its way out */
	kfree(job);
	atomic_dec(&client->count);
	atomic_dec(&client->ready);
}

static long do_wait(struct client *client, void __user *user)
{
	struct svac_wait arg;
	int ret = take(&arg, sizeof(arg), user);
	struct job *job;
	long left;

	if (ret)
		return ret;
	if (arg.flags || arg.timeout_ms > INT_MAX)
		return -EINVAL;
	job = take_job(client, arg.job);
	if (IS_ERR(job))
		return PTR_ERR(job);
	left = wait_event_interruptible_timeout(client->ended, has_ended(job),
						msecs_to_jiffies(arg.timeout_ms));
	if (!has_ended(job)) {
		leave_job(client, job);
		return left < 0 ? left : -ETIME;
	}
	arg.argsz = sizeof(arg);
	arg.completion = job->end;
	end_job(client, arg.job, job);
	return give(user, &arg, sizeof(arg));
}

static long do_counters(struct client *client, void __user *user)
{
	struct svac_counters arg;
	struct mock_tlb_stats *stats;
	int ret = take(&arg, sizeof(arg), user);

	if (ret)
		return ret;
	if (arg.flags)
		return -EINVAL;
	mutex_lock(&client->lock);
	ret = plug_in(client);
	if (!ret) {
		stats = mock_tlb_stats(client->dev);
		arg = (struct svac_counters){
			.argsz = sizeof(arg),
			.jobs = atomic64_read(&client->done),
			.walks = atomic64_read(&stats->walks),
			.hits = atomic64_read(&stats->hits),
			.requests = atomic64_read(&stats->requests),
			.refused = atomic64_read(&stats->refused),
			.invalidations = atomic64_read(&stats->invalidations),
			.dropped = atomic64_read(&stats->dropped),
			.responses = atomic64_read(&stats->responses),
		};
	}
	mutex_unlock(&client->lock);
	return ret ?: give(user, &arg, sizeof(arg));
}

static long do_delay(struct client *client, void __user *user)
{
	struct svac_delay arg;
	int ret = take(&arg, sizeof(arg), user);

	if (ret)
		return ret;
	if (arg.flags || arg.reserved || arg.delay > 1)
		return -EINVAL;
	mutex_lock(&client->lock);
	ret = plug_in(client);
	if (!ret)
		mock_prq_hold(mock_prq_of(client->dev), arg.delay);
	mutex_unlock(&client->lock);
	return ret;
}

/* Where the device is made to stop, which has to be there */
static struct mock_hold *hold_of(struct client *client)
{
	int ret;

	mutex_lock(&client->lock);
	ret = plug_in(client);
	mutex_unlock(&client->lock);
	return ret ? ERR_PTR(ret) : &client->hold;
}

static long do_hold(struct client *client, void __user *user)
{
	struct svac_hold arg;
	struct mock_hold *hold;
	int ret = take(&arg, sizeof(arg), user);

	if (ret)
		return ret;
	if (arg.flags || arg.reserved || arg.where > SVAC_HOLD_INVALIDATION)
		return -EINVAL;
	hold = hold_of(client);
	if (IS_ERR(hold))
		return PTR_ERR(hold);
	mock_hold_set(hold, arg.where, arg.address);
	return 0;
}

static long do_held(struct client *client, void __user *user)
{
	struct svac_held arg;
	struct mock_hold *hold;
	int ret = take(&arg, sizeof(arg), user);

	if (ret)
		return ret;
	if (arg.flags || arg.reserved || arg.timeout_ms > INT_MAX)
		return -EINVAL;
	hold = hold_of(client);
	if (IS_ERR(hold))
		return PTR_ERR(hold);
	ret = mock_hold_wait(hold, arg.timeout_ms);
	if (ret)
		return ret;
	arg.argsz = sizeof(arg);
	arg.where = READ_ONCE(hold->held);
	arg.waiting = atomic_read(&hold->waiting);
	return give(user, &arg, sizeof(arg));
}

static long do_remove(struct client *client)
{
	int ret;

	mutex_lock(&client->lock);
	ret = plug_in(client);
	unplug(client);
	mutex_unlock(&client->lock);
	return ret;
}

static long chardev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct client *client = file->private_data;
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case SVAC_IOC_INFO:
		return do_info(client, user);
	case SVAC_IOC_SETUP:
		return do_setup(client, user);
	case SVAC_IOC_BIND:
		return do_bind(client, user);
	case SVAC_IOC_UNBIND:
		return do_unbind(client, user);
	case SVAC_IOC_SUBMIT:
		return do_submit(client, user);
	case SVAC_IOC_WAIT:
		return do_wait(client, user);
	case SVAC_IOC_COUNTERS:
		return do_counters(client, user);
	case SVAC_IOC_REMOVE:
		return do_remove(client);
	case SVAC_IOC_TRY_BIND:
		return do_try_bind(client);
	case SVAC_IOC_HOLD:
		return do_hold(client, user);
	case SVAC_IOC_HELD:
		return do_held(client, user);
	case SVAC_IOC_DOMAIN_ALLOC:
		return do_domain_alloc(client, user);
	case SVAC_IOC_DOMAIN_FREE:
		return do_domain_free(client, user);
	case SVAC_IOC_MAP:
		return do_map(client, user);
	case SVAC_IOC_UNMAP:
		return do_unmap(client, user);
	case SVAC_IOC_SET:
		return do_set(client, user);
	case SVAC_IOC_BLOCK:
		return do_block(client, user);
	case SVAC_IOC_EVENTS:
		return do_events(client, user);
	case SVAC_IOC_PORTAL:
		return do_portal(client, user);
	case SVAC_IOC_DELAY:
		return do_delay(client, user);
	default:
		return -ENOTTY;
	}
}

static __poll_t chardev_poll(struct file *file, poll_table *table)
{
	struct client *client = file->private_data;

	poll_wait(file, &client->ended, table);
	return atomic_read(&client->ready) > 0 ? EPOLLIN | EPOLLRDNORM : 0;
}

/* What there is of it from the beginning */
static void free_client(struct client *client)
{
	if (client->queue)
		destroy_workqueue(client->queue);
	mock_events_destroy(client->setup.events);
	kfree(client);
}

static int chardev_open(struct inode *inode, struct file *file)
{
	struct client *client;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	mock_serve();
	client = kzalloc(sizeof(*client), GFP_KERNEL);
	if (!client)
		return -ENOMEM;
	client->setup = MOCK_PASIDS;
	client->setup.events = mock_events_create();
	client->setup.hold = &client->hold;
	client->queue = alloc_ordered_workqueue("svacheck", 0);
	if (!client->queue || !client->setup.events) {
		free_client(client);
		return -ENOMEM;
	}
	client->impl = svac_impl_named(implementation);
	mutex_init(&client->lock);
	xa_init_flags(&client->bonds, XA_FLAGS_ALLOC1);
	xa_init_flags(&client->jobs, XA_FLAGS_ALLOC1);
	domains_init(client);
	init_waitqueue_head(&client->ended);
	file->private_data = client;
	return 0;
}

/* The last who had the file is gone: what it has asked for comes to an end first */
static int chardev_release(struct inode *inode, struct file *file)
{
	struct client *client = file->private_data;
	unsigned long number;
	struct job *job;

	unplug(client);
	domains_free_all(client);
	flush_workqueue(client->queue);
	portal_free(client);
	xa_for_each(&client->jobs, number, job)
		kfree(job);
	xa_destroy(&client->jobs);
	xa_destroy(&client->bonds);
	mock_engine_fini(&client->engine);
	put_device(client->dev);
	free_client(client);
	return 0;
}

static int chardev_mmap(struct file *file, struct vm_area_struct *vma)
{
	return portal_mmap(file->private_data, vma);
}

static const struct file_operations chardev_fops = {
	.owner = THIS_MODULE,
	.open = chardev_open,
	.release = chardev_release,
	.unlocked_ioctl = chardev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = chardev_poll,
	.mmap = chardev_mmap,
};

/**
 * client_of() - What an open file stands for
 * @file: any
 *
 * Return: its client, or NULL if it is another device's or no device.
 */
struct client *client_of(struct file *file)
{
	return file->f_op == &chardev_fops ? file->private_data : NULL;
}

static struct miscdevice chardev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "svacheck",
	.mode = 0600,
	.fops = &chardev_fops,
};

static int __init chardev_init(void)
{
	svac_impls_tell();
	if (!svac_impl_named(implementation)) {
		pr_err("svacheck.implementation=%s: there is carried, or upstream in kernels that have one\n",
		       implementation);
		return -EINVAL;
	}
	add_taint(TAINT_TEST, LOCKDEP_STILL_OK);
	return misc_register(&chardev);
}
late_initcall(chardev_init);
