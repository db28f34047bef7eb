// SPDX-License-Identifier: GPL-2.0
/*
 * Who allocates what, and whether it is given back, for the task that asks and
 * as long as it does. The linker leads calls of the slab allocator here first:
 * ld --wrap, which the harness asks for. A kernel linked without has nothing to
 * tell, and says so.
 */
#include <linux/kallsyms.h>
#include <linux/poison.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "memory.h"
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

/* @bytes: of its memory that its owner may use; 0 for an object of a cache */
static void *noted(unsigned long site, void *ptr, size_t bytes)
{
	unsigned long flags;

	if (!is_watched())
		return ptr;
	raw_spin_lock_irqsave(&lock, flags);
	memory.allocations++;
	if (!ptr) {
		if (!memory.failures++)
			memory.failed_in = (void *)site;
	} else if (memory.live == OBJECTS) {
		memory.lost++;
	} else {
		objects[memory.live].ptr = ptr;
		objects[memory.live].bytes = bytes;
		objects[memory.live++].site = (void *)site;
	}
	raw_spin_unlock_irqrestore(&lock, flags);
	return ptr;
}

/*
 * Whoever frees it: RCU callbacks run in other contexts. Returns how much of it
 * may be spoiled.
 */
static size_t note_free(unsigned long site, const void *ptr)
{
	unsigned long flags;
	size_t bytes = 0;
	unsigned int i;

	if (!ptr || (!memory.live && !is_watched()))
		return 0;
	raw_spin_lock_irqsave(&lock, flags);
	for (i = 0; i < memory.live && objects[i].ptr != ptr; i++)
		;
	if (i < memory.live) {
		bytes = objects[i].bytes;
		objects[i] = objects[--memory.live];
	} else if (is_watched()) {
		memory.foreign++;
		memory.foreign_in = (void *)site;
	}
	raw_spin_unlock_irqrestore(&lock, flags);
	return bytes;
}

/* Weak: see memory.h */
typeof(__wrap___kmalloc) __real___kmalloc __weak;
typeof(__wrap___kmalloc_node) __real___kmalloc_node __weak;
typeof(__wrap___kmalloc_node_track_caller) __real___kmalloc_node_track_caller __weak;
typeof(__wrap_kmalloc_trace) __real_kmalloc_trace __weak;
typeof(__wrap_kmalloc_node_trace) __real_kmalloc_node_trace __weak;
typeof(__wrap_kmem_cache_alloc) __real_kmem_cache_alloc __weak;
typeof(__wrap_kmem_cache_alloc_lru) __real_kmem_cache_alloc_lru __weak;
typeof(__wrap_kmem_cache_alloc_node) __real_kmem_cache_alloc_node __weak;
typeof(__wrap_kfree) __real_kfree __weak;
typeof(__wrap_kmem_cache_free) __real_kmem_cache_free __weak;

void *__wrap___kmalloc(size_t size, gfp_t gfp)
{
	return noted(_RET_IP_, __real___kmalloc(size, gfp), size);
}

void *__wrap___kmalloc_node(size_t size, gfp_t gfp, int node)
{
	return noted(_RET_IP_, __real___kmalloc_node(size, gfp, node), size);
}

void *__wrap___kmalloc_node_track_caller(size_t size, gfp_t gfp, int node,
					 unsigned long caller)
{
	return noted(_RET_IP_,
		     __real___kmalloc_node_track_caller(size, gfp, node, caller),
		     size);
}

void *__wrap_kmalloc_trace(struct kmem_cache *cache, gfp_t gfp, size_t size)
{
	return noted(_RET_IP_, __real_kmalloc_trace(cache, gfp, size), size);
}

void *__wrap_kmalloc_node_trace(struct kmem_cache *cache, gfp_t gfp, int node,
				size_t size)
{
	return noted(_RET_IP_,
		     __real_kmalloc_node_trace(cache, gfp, node, size), size);
}

/*
 * kmemleak and debugobjects allocate on behalf of whoever calls them, and have a
 * reserve: that is nobody's allocation, and none to fail.
 */
static bool is_of_an_instrument(unsigned long site)
{
	static const char * const callers[] = {
		"__create_object", "__alloc_object", "mem_pool_alloc", "fill_pool",
		"kmem_alloc_batch", "__debug_object", "debug_object",
	};
	char name[KSYM_SYMBOL_LEN];
	unsigned int i;

	if (!IS_ENABLED(CONFIG_DEBUG_KMEMLEAK) && !IS_ENABLED(CONFIG_DEBUG_OBJECTS))
		return false;
	if (!is_watched() && !mock_fail_is_on())
		return false;
	snprintf(name, sizeof(name), "%ps", (void *)site);
	for (i = 0; i < ARRAY_SIZE(callers); i++)
		if (str_has_prefix(name, callers[i]))
			return true;
	return false;
}

void *__wrap_kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	struct mock_failing failing;
	void *ptr;

	if (!is_of_an_instrument(_RET_IP_))
		return noted(_RET_IP_, __real_kmem_cache_alloc(cache, gfp), 0);
	failing = mock_fail_pause();
	ptr = __real_kmem_cache_alloc(cache, gfp);
	mock_fail_resume(failing);
	return ptr;
}

void *__wrap_kmem_cache_alloc_lru(struct kmem_cache *cache,
				  struct list_lru *lru, gfp_t gfp)
{
	return noted(_RET_IP_, __real_kmem_cache_alloc_lru(cache, lru, gfp), 0);
}

void *__wrap_kmem_cache_alloc_node(struct kmem_cache *cache, gfp_t gfp,
				   int node)
{
	return noted(_RET_IP_, __real_kmem_cache_alloc_node(cache, gfp, node), 0);
}

/* Who uses it after that does not find what was there */
void __wrap_kfree(const void *ptr)
{
	size_t bytes = note_free(_RET_IP_, ptr);

	if (bytes)
		memset((void *)ptr, POISON_FREE, bytes);
	__real_kfree(ptr);
}

void __wrap_kmem_cache_free(struct kmem_cache *cache, void *ptr)
{
	note_free(_RET_IP_, ptr);
	__real_kmem_cache_free(cache, ptr);
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
 * Return: whether an allocation and its end are noticed; forgets what was.
 */
bool mock_memory_is_seen(void)
{
	bool seen;

	mock_memory_forget();
	mock_memory_watch(true);
	kfree(kmalloc(16, GFP_KERNEL));
	mock_memory_watch(false);
	seen = memory.allocations == 1 && !memory.live && !memory.foreign;
	mock_memory_forget();
	return seen;
}
