// SPDX-License-Identifier: GPL-2.0
/*
 * Who allocates what, and whether it is given back: the slab allocators'
 * tracepoints, for the task that asks and as long as it does.
 */
#include <linux/init.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <trace/events/kmem.h>

#include "mock.h"

/* More than any call under test allocates and keeps */
#define OBJECTS	256

static DEFINE_RAW_SPINLOCK(lock);
static struct mock_object objects[OBJECTS];
static struct mock_memory memory;
static struct task_struct *watched;

static bool is_watched(void)
{
	return in_task() && current == watched;
}

static void note_alloc(unsigned long site, const void *ptr)
{
	unsigned long flags;

	if (!is_watched())
		return;
	raw_spin_lock_irqsave(&lock, flags);
	memory.allocations++;
	if (!ptr) {
		if (!memory.failures++)
			memory.failed_in = (void *)site;
	} else if (memory.live == OBJECTS) {
		memory.lost++;
	} else {
		objects[memory.live].ptr = ptr;
		objects[memory.live++].site = (void *)site;
	}
	raw_spin_unlock_irqrestore(&lock, flags);
}

/* Whoever frees it: RCU callbacks run in other contexts */
static void note_free(unsigned long site, const void *ptr)
{
	unsigned long flags;
	unsigned int i;

	if (!ptr || (!memory.live && !is_watched()))
		return;
	raw_spin_lock_irqsave(&lock, flags);
	for (i = 0; i < memory.live && objects[i].ptr != ptr; i++)
		;
	if (i < memory.live) {
		objects[i] = objects[--memory.live];
	} else if (is_watched()) {
		memory.foreign++;
		memory.foreign_in = (void *)site;
	}
	raw_spin_unlock_irqrestore(&lock, flags);
}

static void on_kmalloc(void *data, unsigned long site, const void *ptr,
		       size_t asked, size_t given, gfp_t gfp, int node)
{
	note_alloc(site, ptr);
}

static void on_cache_alloc(void *data, unsigned long site, const void *ptr,
			   struct kmem_cache *cache, gfp_t gfp, int node)
{
	note_alloc(site, ptr);
}

static void on_kfree(void *data, unsigned long site, const void *ptr)
{
	note_free(site, ptr);
}

static void on_cache_free(void *data, unsigned long site, const void *ptr,
			  const struct kmem_cache *cache)
{
	note_free(site, ptr);
}

/**
 * mock_memory_forget() - Begin anew: nothing allocated, nothing freed
 */
void mock_memory_forget(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	memory = (struct mock_memory){ };
	raw_spin_unlock_irqrestore(&lock, flags);
}

/**
 * mock_memory_watch() - Note what this task allocates and frees
 * @watch: true from now on, false no more
 *
 * What has been noted as allocated stays noted until somebody frees it.
 */
void mock_memory_watch(bool watch)
{
	watched = watch ? current : NULL;
}

/**
 * mock_memory() - What was seen so far
 *
 * Return: counts since mock_memory_forget().
 */
struct mock_memory mock_memory(void)
{
	struct mock_memory copy;
	unsigned long flags;

	raw_spin_lock_irqsave(&lock, flags);
	copy = memory;
	raw_spin_unlock_irqrestore(&lock, flags);
	return copy;
}

/**
 * mock_memory_left() - What was allocated and not freed
 * @nth: 0 for the first
 *
 * Domains that the driver has been asked to free are not counted: the mock
 * itself keeps their memory until the case ends.
 *
 * Return: an object, or NULL if there are no more.
 */
const struct mock_object *mock_memory_left(unsigned int nth)
{
	unsigned int i;

	for (i = 0; i < memory.live; i++)
		if (!mock_is_kept(objects[i].ptr) && !nth--)
			return &objects[i];
	return NULL;
}

/**
 * mock_memory_is_seen() - Can this kernel tell who allocates what
 *
 * Return: false without CONFIG_TRACEPOINTS: then nothing is counted.
 */
bool mock_memory_is_seen(void)
{
	return IS_ENABLED(CONFIG_TRACEPOINTS);
}

static int __init mock_memory_init(void)
{
	return register_trace_kmalloc(on_kmalloc, NULL) ?:
	       register_trace_kmem_cache_alloc(on_cache_alloc, NULL) ?:
	       register_trace_kfree(on_kfree, NULL) ?:
	       register_trace_kmem_cache_free(on_cache_free, NULL);
}
device_initcall(mock_memory_init);
