// SPDX-License-Identifier: GPL-2.0
/*
 * Lets a case come in before a mutex is locked, as long as it is and after it was
 * unlocked, and sees to it that who locks also unlocks, and nobody else.
 *
 * A thread that locks a mutex twice would wait for itself for ever, and no case
 * could tell of it: it gets a warning instead, and goes on.
 */
#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/sched.h>

#include "mock.h"
#include "windows.h"

/* Here the kernel's own are meant */
#ifdef CONFIG_DEBUG_LOCK_ALLOC
#undef mutex_lock_nested
#else
#undef mutex_lock
#endif
#undef mutex_unlock

static atomic_t held;

/* The owner's lowest bits are flags of the mutex */
static bool is_ours(struct mutex *lock)
{
	return (atomic_long_read(&lock->owner) & ~7L) == (long)current;
}

/**
 * mock_mutexes_held() - Mutexes that have been locked and not unlocked
 *
 * Return: how many, of the files that include windows.h.
 */
int mock_mutexes_held(void)
{
	return atomic_read(&held);
}

/**
 * mock_mutexes_reset() - Forget what a case before has left locked
 */
void mock_mutexes_reset(void)
{
	atomic_set(&held, 0);
}

/**
 * mock_mutex_lock_nested() - Lock a mutex, between the hooks
 * @lock: the mutex
 * @subclass: for lockdep
 */
void mock_mutex_lock_nested(struct mutex *lock, unsigned int subclass)
{
	mock_run_hook(MOCK_MUTEX, NULL, NULL, INVALID_IOASID);
	if (WARN(is_ours(lock), "a mutex is locked by who has it already\n"))
		return;
	mutex_lock_nested(lock, subclass);
	atomic_inc(&held);
	mock_run_hook(MOCK_LOCKED, NULL, NULL, INVALID_IOASID);
}

/**
 * mock_mutex_lock() - Lock a mutex, between the hooks
 * @lock: the mutex
 */
void mock_mutex_lock(struct mutex *lock)
{
	mock_mutex_lock_nested(lock, 0);
}

/**
 * mock_mutex_unlock() - Unlock a mutex, before the hook
 * @lock: the mutex
 */
void mock_mutex_unlock(struct mutex *lock)
{
	if (WARN(!is_ours(lock), "a mutex is unlocked by who has not locked it\n"))
		return;
	atomic_dec(&held);
	mutex_unlock(lock);
	mock_run_after(MOCK_MUTEX, NULL, NULL, INVALID_IOASID);
}
