// SPDX-License-Identifier: GPL-2.0
/*
 * Address spaces without a program: what a process would be to an IOMMU, and
 * its memory as its own loads and stores see it.
 */
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "svac.h"

/*
 * References that keep the mm alive whatever an implementation drops: a count
 * that is wrong shall fail a case, not free an mm that is in use.
 */
#define CUSHION	0x10000

/*
 * A kernel thread keeps the last mm it used as its lazy one, with a reference.
 * Leaving through an mm of our own keeps that out of the counts that we check.
 */
static void leave(struct mm_struct *mm)
{
	static struct mm_struct *last;

	kthread_unuse_mm(mm);
	if (!last)
		last = mm_alloc();
	kthread_use_mm(last);
	kthread_unuse_mm(last);
}

static unsigned long map(unsigned long prot)
{
	return vm_mmap(NULL, 0, PAGE_SIZE, prot, MAP_ANONYMOUS | MAP_PRIVATE, 0);
}

/*
 * Address spaces that nobody has changed, to be used again: each new one costs
 * User Mode Linux a process of the host's.
 */
static struct svac_process spare[SVAC_PROCESSES];

static bool is_as_made(struct svac_process *process)
{
	struct mm_struct *mm = process->mm;
	struct page *fresh;

	if (process->gone || svac_process_refs(process) ||
	    atomic_read(&mm->mm_users) != 1 || svac_mm_pasid(mm) != INVALID_IOASID ||
	    mm->total_vm != process->pages)
		return false;
	fresh = mock_walk(mm, process->fresh, FOLL_NOFAULT);
	if (fresh)
		put_page(fresh);
	return !fresh;
}

static bool keep_spare(struct svac_process *process)
{
	unsigned int i;

	if (!is_as_made(process))
		return false;
	for (i = 0; i < ARRAY_SIZE(spare); i++) {
		if (spare[i].mm)
			continue;
		spare[i] = *process;
		process->mm = NULL;
		return true;
	}
	return false;
}

static bool take_spare(struct svac_process *process)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(spare); i++) {
		if (!spare[i].mm)
			continue;
		*process = spare[i];
		spare[i].mm = NULL;
		return true;
	}
	return false;
}

/**
 * svac_process_create() - Make an address space
 * @process: receives it
 *
 * Return: 0 or -ENOMEM.
 */
int svac_process_create(struct svac_process *process)
{
	struct mm_struct *mm;

	if (take_spare(process))
		return svac_poke(process, process->rw, SVAC_WORD);
	mm = mm_alloc();
	if (!mm)
		return -ENOMEM;
	mm->task_size = TASK_SIZE;
	arch_pick_mmap_layout(mm, &current->signal->rlim[RLIMIT_STACK]);
	atomic_add(CUSHION, &mm->mm_count);
	process->mm = mm;
	process->gone = false;

	kthread_use_mm(mm);
	process->hole = map(PROT_READ | PROT_WRITE);
	process->rw = map(PROT_READ | PROT_WRITE);
	process->fresh = map(PROT_READ | PROT_WRITE);
	process->ro = map(PROT_READ);
	/* Last, or one of the others would be put in its place */
	vm_munmap(process->hole, PAGE_SIZE);
	process->pages = mm->total_vm;
	leave(mm);
	if (IS_ERR_VALUE(process->rw) || IS_ERR_VALUE(process->fresh) ||
	    IS_ERR_VALUE(process->ro) || IS_ERR_VALUE(process->hole))
		return -ENOMEM;
	return svac_poke(process, process->rw, SVAC_WORD);
}

/**
 * svac_process_exit() - Let a process end: its memory goes, its mm may stay
 * @process: the process
 */
void svac_process_exit(struct svac_process *process)
{
	process->gone = true;
	mmput(process->mm);
}

/**
 * svac_process_refs() - How often others than the process hold its mm
 * @process: the process
 *
 * Return: mm_count without the one of its users and those of the case.
 */
int svac_process_refs(struct svac_process *process)
{
	return atomic_read(&process->mm->mm_count) - CUSHION - !process->gone;
}

/**
 * svac_process_free() - End a process and let go of its mm
 * @process: the process
 *
 * Return: references that are left over, 0 if all went well.
 */
int svac_process_free(struct svac_process *process)
{
	int refs;

	if (keep_spare(process))
		return 0;
	if (!process->gone)
		svac_process_exit(process);
	refs = svac_process_refs(process);
	/* A user that was not told to go would keep the memory for good */
	while (atomic_read(&process->mm->mm_users))
		mmput(process->mm);
	/* What others have left or taken would keep or free it at the wrong time */
	atomic_set(&process->mm->mm_count, 1);
	svac_uproot_mm_pasid(process->mm);
	mmdrop(process->mm);
	process->mm = NULL;
	return refs;
}

/**
 * svac_peek() - The process reads a word
 * @process: the process; must not have exited
 * @va: where
 * @word: receives it
 *
 * Return: 0 or -EFAULT.
 */
int svac_peek(struct svac_process *process, unsigned long va, u64 *word)
{
	unsigned long left;

	kthread_use_mm(process->mm);
	left = copy_from_user(word, (void __user *)va, sizeof(*word));
	leave(process->mm);
	return left ? -EFAULT : 0;
}

/**
 * svac_poke() - The process writes a word
 * @process: the process; must not have exited
 * @va: where
 * @word: what
 *
 * Return: 0 or -EFAULT.
 */
int svac_poke(struct svac_process *process, unsigned long va, u64 word)
{
	unsigned long left;

	kthread_use_mm(process->mm);
	left = copy_to_user((void __user *)va, &word, sizeof(word));
	leave(process->mm);
	return left ? -EFAULT : 0;
}

/**
 * svac_unmap() - The process unmaps a page
 * @process: the process; must not have exited
 * @va: the page
 *
 * Return: 0 or an errno of munmap().
 */
int svac_unmap(struct svac_process *process, unsigned long va)
{
	int ret;

	kthread_use_mm(process->mm);
	ret = vm_munmap(va, PAGE_SIZE);
	leave(process->mm);
	return ret;
}

/**
 * svac_within() - Do something in the address space of a process
 * @process: the process; must not have exited
 * @what: to do
 * @data: for it
 *
 * Return: what it returns.
 */
long svac_within(struct svac_process *process, long (*what)(void *data), void *data)
{
	long ret;

	kthread_use_mm(process->mm);
	ret = what(data);
	leave(process->mm);
	return ret;
}

/**
 * svac_write() - The process writes to a file
 * @process: the process; must not have exited
 * @file: open for writing
 * @text: goes through the page @rw of the process
 *
 * Return: 0, or an errno of write().
 */
int svac_write(struct svac_process *process, struct file *file, const char *text)
{
	void __user *buffer = (void __user *)process->rw;
	size_t len = strlen(text);
	ssize_t ret = -EFAULT;

	kthread_use_mm(process->mm);
	if (!copy_to_user(buffer, text, len + 1))
		ret = vfs_write(file, buffer, len, &file->f_pos);
	leave(process->mm);
	return min_t(ssize_t, ret, 0);
}
