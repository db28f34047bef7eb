// SPDX-License-Identifier: GPL-2.0
/*
 * Lets a case come in before a mutex is locked and after it was unlocked.
 */
#include <linux/mutex.h>

#include "mock.h"
#include "windows.h"

/* Here the kernel's own are meant */
#ifdef CONFIG_DEBUG_LOCK_ALLOC
#undef mutex_lock_nested
#else
#undef mutex_lock
#endif
#undef mutex_unlock

/**
 * mock_mutex_lock_nested() - Lock a mutex, after the hook
 * @lock: the mutex
 * @subclass: for lockdep
 */
void mock_mutex_lock_nested(struct mutex *lock, unsigned int subclass)
{
	mock_run_hook(MOCK_MUTEX, NULL, NULL, INVALID_IOASID);
	mutex_lock_nested(lock, subclass);
}

/**
 * mock_mutex_lock() - Lock a mutex, after the hook
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
	mutex_unlock(lock);
	mock_run_after(MOCK_MUTEX, NULL, NULL, INVALID_IOASID);
}
