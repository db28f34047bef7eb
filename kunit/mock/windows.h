/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The moments before a mutex is locked and after it was unlocked, in which
 * other CPUs would come in.
 *
 * In a test kernel the compiler is told to include this before anything else in
 * the files whose locking is in question (see windows.patch and the Makefile):
 * their own text stays as it is, the functions it calls have another name. A
 * kernel with one CPU and without preemption would go through these moments at
 * one stroke.
 */
#ifndef _SVAC_WINDOWS_H
#define _SVAC_WINDOWS_H

struct mutex;

#ifdef CONFIG_DEBUG_LOCK_ALLOC
#define mutex_lock_nested	mock_mutex_lock_nested
#else
#define mutex_lock		mock_mutex_lock
#endif
#define mutex_unlock		mock_mutex_unlock

void mock_mutex_lock(struct mutex *lock);
void mock_mutex_lock_nested(struct mutex *lock, unsigned int subclass);
void mock_mutex_unlock(struct mutex *lock);

#endif /* _SVAC_WINDOWS_H */
