// SPDX-License-Identifier: GPL-2.0
/*
 * The driver's log, and what a case arranges for its operations: errors to
 * return and hooks to run.
 */
#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "audit.h"
#include "mock.h"

/* Longer than any case's; what no longer fits is counted, and fails the case */
#define LOG_SIZE	4096

static DEFINE_SPINLOCK(lock);
static struct mock_event events[LOG_SIZE];
static unsigned int logged, lost;
/* Where the first operation stands that was logged when memory had run out */
static unsigned int failed_at = LOG_SIZE;

static struct {
	unsigned int type;
	unsigned int skip;
	unsigned int count;
	int error;
} injections[MOCK_OPS];

static unsigned int injected;
static int last_injected;

static struct hook {
	mock_hook_t run;
	void *data;
} before[MOCK_OPS], after[MOCK_OPS];

static const char * const names[MOCK_OPS] = {
	[MOCK_PROBE] = "probe_device",
	[MOCK_RELEASE] = "release_device",
	[MOCK_GROUP] = "device_group",
	[MOCK_DEF_TYPE] = "def_domain_type",
	[MOCK_FEATURE] = "dev_enable_feat",
	[MOCK_ALLOC] = "domain_alloc",
	[MOCK_FREE] = "free",
	[MOCK_ATTACH] = "attach_dev",
	[MOCK_SET] = "set_dev_pasid",
	[MOCK_REPLACE] = "set_dev_pasid with an old domain",
	[MOCK_BLOCK] = "block_dev_pasid",
	[MOCK_MAP] = "map_pages",
	[MOCK_UNMAP] = "unmap_pages",
	[MOCK_TRANSLATE] = "iova_to_phys",
	[MOCK_PROPERTY] = "property_read_int_array",
	[MOCK_MUTEX] = "mutex",
	[MOCK_LOCKED] = "mutex, locked",
};

/**
 * mock_op_name() - An operation as the kernel calls it
 * @op: the operation
 *
 * Return: its name.
 */
const char *mock_op_name(enum mock_op op)
{
	return names[op];
}

/**
 * mock_log() - Append to the driver's log
 * @op: which operation
 * @domain: see struct mock_event
 * @dev: see there
 * @pasid: see there
 * @ret: see there; for MOCK_ALLOC the type asked for
 */
void mock_log(enum mock_op op, struct iommu_domain *domain, struct device *dev,
	      ioasid_t pasid, int ret)
{
	unsigned int type = op == MOCK_ALLOC ? ret :
			    domain ? domain->type : MOCK_ANY_TYPE;

	if (mock_serving())
		return;
	spin_lock(&lock);
	if (mock_fail_nth_hit())
		failed_at = min(failed_at, logged);
	if (logged == LOG_SIZE)
		lost++;
	else
		events[logged++] = (struct mock_event){
			.op = op,
			.type = type,
			.dev = dev,
			.domain = domain,
			.pasid = pasid,
			.ret = ret,
		};
	spin_unlock(&lock);
}

/**
 * mock_log_clear() - Forget what has been logged
 */
void mock_log_clear(void)
{
	logged = 0;
	lost = 0;
	failed_at = LOG_SIZE;
}

/**
 * mock_log_lost() - Operations that the log had no place for
 *
 * Return: how many since it was cleared.
 */
unsigned int mock_log_lost(void)
{
	return lost;
}

/**
 * mock_log_length() - Operations in the log
 *
 * Return: how many since it was cleared.
 */
unsigned int mock_log_length(void)
{
	return logged;
}

/**
 * mock_log_at() - What stands at a place of the log
 * @position: below mock_log_length()
 *
 * Return: the event.
 */
const struct mock_event *mock_log_at(unsigned int position)
{
	return &events[position];
}

/**
 * mock_log_failed_at() - Where memory had run out
 *
 * Return: the place of the first operation that was logged after that; beyond
 * the log if there was none.
 */
unsigned int mock_log_failed_at(void)
{
	return failed_at;
}

/**
 * mock_log_nth() - An operation's nth call
 * @op: the operation
 * @type: of the domain, or MOCK_ANY_TYPE
 * @nth: 0 for the first
 *
 * Return: the event, or NULL if there were fewer.
 */
const struct mock_event *mock_log_nth(enum mock_op op, unsigned int type,
				      unsigned int nth)
{
	unsigned int i;

	for (i = 0; i < logged; i++) {
		if (events[i].op != op)
			continue;
		if (type != MOCK_ANY_TYPE && events[i].type != type)
			continue;
		if (!nth--)
			return &events[i];
	}
	return NULL;
}

/**
 * mock_log_count() - How often an operation was called
 * @op: the operation
 * @type: of the domain, or MOCK_ANY_TYPE
 *
 * Return: how often.
 */
unsigned int mock_log_count(enum mock_op op, unsigned int type)
{
	unsigned int count = 0;

	while (mock_log_nth(op, type, count))
		count++;
	return count;
}

/**
 * mock_log_position() - Where an event stands in the log
 * @event: of mock_log_nth()
 *
 * Return: smaller for what came earlier.
 */
unsigned int mock_log_position(const struct mock_event *event)
{
	return event - events;
}

/**
 * mock_inject() - Make an operation fail
 * @op: the operation; MOCK_OPS with a @count of 0 ends all injections
 * @type: only for domains of this type, or MOCK_ANY_TYPE
 * @skip: calls that go well first
 * @count: calls that fail then
 * @error: what they return; whatever its sign
 */
void mock_inject(enum mock_op op, unsigned int type, unsigned int skip,
		 unsigned int count, int error)
{
	if (op == MOCK_OPS) {
		memset(injections, 0, sizeof(injections));
		return;
	}
	if (error > 0)
		mock_pardon();
	injections[op].type = type;
	injections[op].skip = skip;
	injections[op].count = count;
	injections[op].error = error;
}

/**
 * mock_injected() - What an operation that is being called has to return
 * @op: the operation
 * @type: of its domain
 *
 * Return: 0 to go on, else the error.
 */
int mock_injected(enum mock_op op, unsigned int type)
{
	int ret = 0;

	spin_lock(&lock);
	if (injections[op].count && (injections[op].type == MOCK_ANY_TYPE ||
				     injections[op].type == type)) {
		if (injections[op].skip) {
			injections[op].skip--;
		} else {
			injections[op].count--;
			ret = injections[op].error;
			last_injected = ret;
			injected++;
		}
	}
	spin_unlock(&lock);
	return ret;
}

/**
 * mock_injections() - Errors that operations have been told to return
 * @last: receives the newest
 *
 * Return: how many since the kernel started.
 */
unsigned int mock_injections(int *last)
{
	*last = last_injected;
	return injected;
}

/**
 * mock_on() - Run something inside of an operation, before it does its work
 * @op: the operation; MOCK_OPS ends all hooks, those of mock_after() too
 * @hook: what to run
 * @data: for the hook
 */
void mock_on(enum mock_op op, mock_hook_t hook, void *data)
{
	if (op == MOCK_OPS) {
		memset(before, 0, sizeof(before));
		memset(after, 0, sizeof(after));
		return;
	}
	before[op] = (struct hook){ hook, data };
}

/**
 * mock_after() - Run something inside of an operation, after it did its work
 * @op: the operation
 * @hook: what to run
 * @data: for the hook
 */
void mock_after(enum mock_op op, mock_hook_t hook, void *data)
{
	after[op] = (struct hook){ hook, data };
}

/**
 * mock_run_hook() - Run the hook of an operation that is about to work
 * @op: the operation
 * @domain: what it was called with
 * @dev: likewise
 * @pasid: likewise
 */
void mock_run_hook(enum mock_op op, struct iommu_domain *domain,
		   struct device *dev, ioasid_t pasid)
{
	if (before[op].run)
		before[op].run(domain, dev, pasid, before[op].data);
}

/**
 * mock_run_after() - Run the hook of an operation that has done its work
 * @op: the operation
 * @domain: what it was called with, or what it has allocated
 * @dev: likewise
 * @pasid: likewise
 */
void mock_run_after(enum mock_op op, struct iommu_domain *domain,
		    struct device *dev, ioasid_t pasid)
{
	if (after[op].run)
		after[op].run(domain, dev, pasid, after[op].data);
}
