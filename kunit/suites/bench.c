// SPDX-License-Identifier: GPL-2.0
/*
 * Makes devices, processes and domains, calls an implementation on them, and tells
 * what can be seen.
 */
#include <linux/kmsg_dump.h>
#include <linux/mm.h>
#include <linux/printk.h>

#include "bench.h"

/* Where the I/O page table of U has its page */
#define IOVA	0x40000000UL

/* The word in the memory of A, B and U */
#define WORD(domain)	(SVAC_WORD + 1 + (domain))

/**
 * bench_hush() - Keep what the kernel says off the console
 *
 * For what nothing new can come of. A panic is heard all the same.
 *
 * Return: for bench_unhush().
 */
int bench_hush(void)
{
	int level = console_loglevel;

	console_loglevel = CONSOLE_LOGLEVEL_SILENT;
	return level;
}

/**
 * bench_unhush() - End what bench_hush() began
 * @level: what it returned
 */
void bench_unhush(int level)
{
	console_loglevel = level;
}

/*
 * The core says of each device that it joins or leaves a group, or fails to: too
 * often to be printed. Whatever else was said since @from is said again.
 */
static void say_the_rest(struct kmsg_dump_iter from)
{
	struct kmsg_dump_iter now;
	char line[256];
	size_t length;

	kmsg_dump_rewind(&now);
	while (from.cur_seq < now.next_seq &&
	       kmsg_dump_get_line(&from, false, line, sizeof(line) - 1, &length)) {
		line[length] = '\0';
		if (!strstr(line, " to iommu group ") && !strstr(line, " from iommu group "))
			pr_warn("%s", line);
	}
}

/**
 * bench_start_process() - Start a process whose memory DMA can be told by
 * @bench: the bench
 * @domain: MODEL_A or MODEL_B, whose process it is
 *
 * Return: 0 or an errno.
 */
int bench_start_process(struct bench *bench, unsigned int domain)
{
	struct svac_process *process = &bench->processes[domain];
	int ret = svac_process_create(process);

	return ret ?: svac_poke(process, process->rw, WORD(domain));
}

static int make_devices(struct bench *bench)
{
	unsigned int dev;

	for (dev = 0; dev < MODEL_DEVICES; dev++) {
		bench->devs[dev] = mock_device_add(&bench->layout->configs[dev]);
		if (IS_ERR(bench->devs[dev]))
			return PTR_ERR(bench->devs[dev]);
		bench->groups[dev] = iommu_group_get(bench->devs[dev]);
		if (!bench->groups[dev])
			return -ENODEV;
	}
	return 0;
}

/**
 * bench_make() - Make a bench on which nothing has happened yet
 * @bench: receives it; all zero
 * @impl: the implementation to call
 * @layout: of the devices
 *
 * Return: 0 or an errno; bench_end() in both cases.
 */
int bench_make(struct bench *bench, const struct svac_impl *impl,
	       const struct bench_layout *layout)
{
	unsigned int i;
	int ret;

	bench->impl = impl;
	bench->layout = layout;
	ret = make_devices(bench);
	for (i = 0; i < MODEL_PROCESSES && !ret; i++)
		ret = bench_start_process(bench, i);
	if (ret)
		return ret;
	bench->page = alloc_page(GFP_KERNEL);
	if (!bench->page)
		return -ENOMEM;
	*(u64 *)page_address(bench->page) = WORD(MODEL_U);
	return 0;
}

static void free_domain(struct bench *bench, unsigned int i)
{
	if (i < MODEL_PROCESSES)
		bench->impl->free_sva(bench->domains[i]);
	else
		bench->impl->free_paging(bench->domains[i]);
	bench->domains[i] = NULL;
}

static void unbind_all(struct bench *bench, unsigned int dev)
{
	unsigned int process;

	for (process = 0; process < MODEL_PROCESSES; process++)
		while (bench->bonds[dev][process]) {
			bench->bonds[dev][process]--;
			bench->impl->unbind(bench->handles[dev][process]);
		}
}

/* Whatever state it is in */
static void end_devices(struct bench *bench)
{
	unsigned int dev, pasid;
	u8 found;

	for (dev = 0; dev < MODEL_DEVICES; dev++) {
		if (IS_ERR_OR_NULL(bench->devs[dev]))
			continue;
		unbind_all(bench, dev);
		for (pasid = 0; pasid < MODEL_PASIDS; pasid++) {
			found = bench_found(bench, dev, pasid);
			if (found < MODEL_DOMAINS)
				bench->impl->block(bench->domains[found], bench->devs[dev],
						   bench->layout->pasids[pasid]);
		}
	}
	for (dev = 0; dev < MODEL_DEVICES; dev++) {
		if (!IS_ERR_OR_NULL(bench->devs[dev]))
			mock_device_remove(bench->devs[dev]);
		iommu_group_put(bench->groups[dev]);
	}
}

/**
 * bench_end() - Undo bench_make() and all that has happened since
 * @bench: the bench
 */
void bench_end(struct bench *bench)
{
	unsigned int i;

	end_devices(bench);
	for (i = 0; i < MODEL_DOMAINS; i++)
		if (bench->domains[i])
			free_domain(bench, i);
	for (i = 0; i < MODEL_PROCESSES; i++)
		if (bench->processes[i].mm)
			svac_process_free(&bench->processes[i]);
	if (bench->page)
		__free_page(bench->page);
}

static int alloc_domain(struct bench *bench, unsigned int i)
{
	struct iommu_domain *domain;
	int ret;

	if (i < MODEL_PROCESSES)
		domain = bench->impl->alloc_sva(bench->devs[0], bench->processes[i].mm);
	else
		domain = bench->impl->alloc_paging(bench->devs[0]);
	if (IS_ERR_OR_NULL(domain))
		return domain ? PTR_ERR(domain) : -ENOMEM;
	bench->domains[i] = domain;
	bench->last[i] = domain;
	mock_fail_allocations(false);
	if (i == MODEL_U) {
		ret = svac_map(domain, IOVA, page_to_phys(bench->page), PAGE_SIZE, IOMMU_READ);
		if (ret)
			return ret;
	}
	return 0;
}

/* A bond has one handle, however often it is bound */
static int bind(struct bench *bench, unsigned int dev, unsigned int process)
{
	struct iommu_sva **known = &bench->handles[dev][process], *handle;

	handle = bench->impl->bind(bench->devs[dev], bench->processes[process].mm);
	if (IS_ERR(handle))
		return PTR_ERR(handle);
	if (bench->bonds[dev][process]++ && handle != *known)
		return -EUCLEAN;
	*known = handle;
	return 0;
}

static void unbind(struct bench *bench, unsigned int dev, unsigned int process)
{
	bench->bonds[dev][process]--;
	bench->impl->unbind(bench->handles[dev][process]);
}

static int call_in_group(struct bench *bench, const struct model_op *op)
{
	int level = bench_hush(), ret = 0;
	struct kmsg_dump_iter from;

	kmsg_dump_rewind(&from);
	from.cur_seq = from.next_seq;
	if (op->call == MODEL_JOIN)
		ret = iommu_group_add_device(bench->groups[op->group], bench->devs[op->dev]);
	else
		iommu_group_remove_device(bench->devs[op->dev]);
	bench_unhush(level);
	say_the_rest(from);
	return ret;
}

static int call_impl(struct bench *bench, const struct model_op *op, bool no_memory)
{
	ioasid_t pasid = bench->layout->pasids[op->pasid];
	struct device *dev = bench->devs[op->dev];
	int ret = 0;

	mock_fail_allocations(no_memory);
	switch (op->call) {
	case MODEL_ALLOC:
		ret = alloc_domain(bench, op->domain);
		break;
	case MODEL_FREE:
		free_domain(bench, op->domain);
		break;
	case MODEL_SET:
		ret = bench->impl->set(bench->domains[op->domain], dev, pasid);
		break;
	case MODEL_BLOCK:
		bench->impl->block(bench->domains[op->domain], dev, pasid);
		break;
	case MODEL_BIND:
		ret = bind(bench, op->dev, op->domain);
		break;
	case MODEL_UNBIND:
		unbind(bench, op->dev, op->domain);
		break;
	default:
		break;
	}
	mock_fail_allocations(false);
	return ret;
}

/**
 * bench_call() - Make one call
 * @bench: the bench
 * @op: the call; of a block, @op->domain is what is set there
 * @failure: what goes wrong in it, and only in it
 *
 * The mock's log has what came of this call alone.
 *
 * Return: what the call answered; -EUCLEAN if a bond was given a second handle.
 */
int bench_call(struct bench *bench, const struct model_op *op, enum model_failure failure)
{
	int ret = 0;

	mock_log_clear();
	if (failure == MODEL_DRIVER) {
		mock_inject(MOCK_ALLOC, MOCK_ANY_TYPE, 0, 1, MODEL_DRIVER_ERROR);
		mock_inject(MOCK_SET, MOCK_ANY_TYPE, 0, 1, MODEL_DRIVER_ERROR);
	}
	switch (op->call) {
	case MODEL_JOIN:
	case MODEL_LEAVE:
		ret = call_in_group(bench, op);
		break;
	case MODEL_EXIT:
		svac_process_exit(&bench->processes[op->domain]);
		break;
	case MODEL_FAIL:
		break;
	default:
		ret = call_impl(bench, op, failure == MODEL_MEMORY);
	}
	mock_inject(MOCK_OPS, MOCK_ANY_TYPE, 0, 0, 0);
	return ret;
}

/**
 * bench_name() - Which of the bench's domains one is
 * @bench: the bench
 * @domain: allocated, or NULL
 *
 * Return: MODEL_A, MODEL_B or MODEL_U, MODEL_NONE, or BENCH_OTHER.
 */
u8 bench_name(const struct bench *bench, const struct iommu_domain *domain)
{
	u8 i;

	if (!domain)
		return MODEL_NONE;
	for (i = 0; i < MODEL_DOMAINS; i++)
		if (bench->domains[i] == domain)
			return i;
	return BENCH_OTHER;
}

/**
 * bench_found() - Which domain the lookup finds
 * @bench: the bench
 * @dev: the device
 * @pasid: 0 to 2, of the layout's
 *
 * Return: as bench_name().
 */
u8 bench_found(const struct bench *bench, unsigned int dev, unsigned int pasid)
{
	return bench_name(bench, bench->impl->get(bench->devs[dev], bench->layout->pasids[pasid]));
}

/**
 * bench_installed() - Whose page table the IOMMU has
 * @bench: the bench
 * @dev: the device
 * @pasid: 0 to 2, of the layout's
 *
 * Return: MODEL_A, MODEL_B or MODEL_U by whose memory it is, MODEL_NONE, or BENCH_OTHER.
 */
u8 bench_installed(const struct bench *bench, unsigned int dev, unsigned int pasid)
{
	const struct mock_pasid *entry = xa_load(mock_pasid_table(bench->devs[dev]),
						 bench->layout->pasids[pasid]);
	u8 i;

	if (!entry)
		return MODEL_NONE;
	for (i = 0; i < MODEL_PROCESSES; i++)
		if (entry->mm == bench->processes[i].mm)
			return i;
	if (entry->mm || !entry->iopt)
		return BENCH_OTHER;
	return xa_load(entry->iopt, PHYS_PFN(IOVA)) ==
	       MOCK_PTE(page_to_phys(bench->page), IOMMU_READ) ? MODEL_U : BENCH_OTHER;
}

/**
 * bench_reaches() - Does DMA reach the memory of a domain
 * @bench: the bench
 * @dev: of this device
 * @pasid: under this PASID, 0 to 2 of the layout's
 * @domain: the domain
 *
 * Return: true if so.
 */
bool bench_reaches(const struct bench *bench, unsigned int dev, unsigned int pasid, u8 domain)
{
	u64 at = domain < MODEL_PROCESSES ? bench->processes[domain].rw : IOVA, word = 0;

	mock_dma_read(bench->devs[dev], bench->layout->pasids[pasid], at, &word, sizeof(word));
	return word == WORD(domain);
}
