// SPDX-License-Identifier: GPL-2.0
/*
 * One of two twins: makes a call on it and looks at all that can be seen afterwards,
 * under names that are the same for both; and tells in words what differs.
 */
#include <linux/kref.h>
#include <linux/sched/mm.h>
#include <linux/string.h>

#include "twins.h"

/* PASIDs that processes of twins can have: d0 has no more in any layout, or few are given */
#define PASIDS	8

/*
 * PASIDs of processes are given out for the whole kernel. So that each twin finds them
 * as if it were alone, those of the other are put back meanwhile.
 */
static void claim_pasid(const struct twin *twin, ioasid_t pasid)
{
	ioasid_t below[PASIDS], got = 0;
	unsigned int i = 0;

	/* The smallest that nobody has is given first */
	while (i < PASIDS && (got = twin->giver->give_pasid(twin->bench.devs[0])) < pasid)
		below[i++] = got;
	WARN(got != pasid, "PASID %u cannot be had again\n", pasid);
	while (i--)
		twin->giver->take_pasid(below[i]);
}

static void return_pasid(const struct twin *twin, ioasid_t pasid)
{
	twin->giver->take_pasid(pasid);
}

static void each_pasid(const struct twin *twin,
		       void (*visit)(const struct twin *twin, ioasid_t pasid))
{
	const struct svac_process *processes = twin->bench.processes;
	unsigned int i;

	for (i = 0; i < MODEL_PROCESSES; i++)
		if (processes[i].mm && svac_mm_pasid(processes[i].mm) != INVALID_IOASID)
			visit(twin, svac_mm_pasid(processes[i].mm));
}

static void enter(const struct twin *twin)
{
	each_pasid(twin, claim_pasid);
}

static void leave(const struct twin *twin)
{
	each_pasid(twin, return_pasid);
}

static u8 name(const struct bench *bench, struct iommu_domain *domain)
{
	u8 i;

	if (!domain)
		return MODEL_NONE;
	for (i = 0; i < MODEL_DOMAINS; i++)
		if (bench->last[i] == domain)
			return i;
	for (i = 0; i < MODEL_PROCESSES; i++)
		if (domain->type == IOMMU_DOMAIN_SVA &&
		    bench->impl->mm_of(domain) == bench->processes[i].mm)
			return TWIN_BOND(i);
	return TWIN_STRANGE;
}

static u8 number(const struct bench *bench, const struct device *dev)
{
	u8 i;

	for (i = 0; i < MODEL_DEVICES; i++)
		if (bench->devs[i] == dev)
			return i;
	return MODEL_NONE;
}

static bool watched(enum mock_op op)
{
	return op == MOCK_ALLOC || op == MOCK_FREE || op == MOCK_ATTACH || op == MOCK_SET ||
	       op == MOCK_REPLACE || op == MOCK_BLOCK;
}

static void look_at_calls(const struct bench *bench, struct sight *sight)
{
	const struct mock_event *event;
	unsigned int i;

	sight->called = 0;
	for (i = 0; i < mock_log_length(); i++) {
		event = mock_log_at(i);
		if (!watched(event->op))
			continue;
		if (sight->called < SIGHT_CALLS)
			sight->calls[sight->called] = (struct sight_call){
				.op = event->op,
				.dev = number(bench, event->dev),
				.pasid = event->pasid,
				.domain = name(bench, event->domain),
				.type = event->type,
				.ret = event->op == MOCK_ALLOC || event->op == MOCK_FREE ?
				       0 : event->ret,
			};
		sight->called++;
	}
}

static void look_at_places(const struct bench *bench, struct sight *sight)
{
	unsigned int dev, pasid, domain;

	for (dev = 0; dev < MODEL_DEVICES; dev++)
		for (pasid = 0; pasid < MODEL_PASIDS; pasid++) {
			sight->found[dev][pasid] =
				name(bench, bench->impl->get(bench->devs[dev],
							     bench->layout->pasids[pasid]));
			sight->installed[dev][pasid] = bench_installed(bench, dev, pasid);
			sight->reached[dev][pasid] = 0;
			for (domain = 0; domain < MODEL_DOMAINS; domain++)
				if (bench_reaches(bench, dev, pasid, domain))
					sight->reached[dev][pasid] |= BIT(domain);
		}
}

static void look_at_processes(const struct bench *bench, struct sight *sight)
{
	unsigned int dev, i;

	for (i = 0; i < MODEL_PROCESSES; i++) {
		const struct svac_process *process = &bench->processes[i];

		sight->refs[i] = svac_process_refs(&bench->processes[i]);
		sight->users[i] = atomic_read(&process->mm->mm_users);
		sight->pasids[i] = svac_mm_pasid(process->mm);
		for (dev = 0; dev < MODEL_DEVICES; dev++)
			sight->handles[dev][i] = bench->bonds[dev][i] ?
				bench->impl->pasid(bench->handles[dev][i]) : INVALID_IOASID;
	}
}

static void look_at_devices(struct twin *twin)
{
	struct bench *bench = &twin->bench;
	unsigned int dev;

	for (dev = 0; dev < MODEL_DEVICES; dev++) {
		twin->sight.holds[dev] = kref_read(&bench->devs[dev]->kobj.kref) -
					 twin->refs[dev];
		twin->sight.own[dev] = iommu_get_domain_for_dev(bench->devs[dev]) ==
				       twin->attached[dev];
	}
}

static void look(struct twin *twin)
{
	look_at_calls(&twin->bench, &twin->sight);
	look_at_places(&twin->bench, &twin->sight);
	look_at_processes(&twin->bench, &twin->sight);
	look_at_devices(twin);
}

/* Of both twins */
static int misuses(void)
{
	return mock_freed_again(IOMMU_DOMAIN_SVA) + mock_freed_again(IOMMU_DOMAIN_UNMANAGED) +
	       mock_uses_after_free();
}

/**
 * twin_call() - Make a call on one of the twins, and look at it
 * @twin: the twin; its sight is that after the call
 * @op: see bench_call()
 * @failure: likewise
 */
void twin_call(struct twin *twin, const struct model_op *op, enum model_failure failure)
{
	struct sight *sight = &twin->sight;

	sight->sva -= mock_live_domains(IOMMU_DOMAIN_SVA);
	sight->paging -= mock_live_domains(IOMMU_DOMAIN_UNMANAGED);
	sight->misused -= misuses();
	enter(twin);
	mock_set_quirk(twin->quirk);
	sight->ret = bench_call(&twin->bench, op, failure);
	mock_set_quirk(MOCK_NORMAL);
	leave(twin);
	sight->sva += mock_live_domains(IOMMU_DOMAIN_SVA);
	sight->paging += mock_live_domains(IOMMU_DOMAIN_UNMANAGED);
	sight->misused += misuses();
	look(twin);
}

/**
 * twin_make() - Make one of two twins
 * @twin: receives it; all zero
 * @how: the twins are made
 * @which: TWIN_GUEST or TWIN_HOST
 *
 * Return: 0 or an errno; twin_end() in both cases.
 */
int twin_make(struct twin *twin, const struct twins_how *how, unsigned int which)
{
	struct bench *bench = &twin->bench;
	unsigned int dev;
	int ret;

	twin->quirk = how->quirks[which];
	twin->giver = how->impls[TWIN_HOST];
	ret = bench_make(bench, how->impls[which], &how->layout[which]);
	if (ret)
		return ret;
	for (dev = 0; dev < MODEL_DEVICES; dev++) {
		twin->refs[dev] = kref_read(&bench->devs[dev]->kobj.kref);
		twin->attached[dev] = iommu_get_domain_for_dev(bench->devs[dev]);
	}
	look(twin);
	return 0;
}

/**
 * twin_end() - Undo twin_make() and all that has happened since
 * @twin: the twin
 */
void twin_end(struct twin *twin)
{
	enter(twin);
	bench_end(&twin->bench);
}

/**
 * twin_renew() - Let processes be as they were made, or start them anew
 * @twin: the twin, with nothing allocated, set or bound
 *
 * Return: 0 or an errno.
 */
int twin_renew(struct twin *twin)
{
	struct bench *bench = &twin->bench;
	unsigned int i;
	int ret = 0;

	enter(twin);
	for (i = 0; i < MODEL_PROCESSES && !ret; i++) {
		if (!bench->processes[i].gone) {
			svac_forget_mm_pasid(bench->processes[i].mm);
			continue;
		}
		svac_process_free(&bench->processes[i]);
		ret = bench_start_process(bench, i);
	}
	leave(twin);
	memset(bench->last, 0, sizeof(bench->last));
	return ret;
}

/* ---- in words ---- */

static const char *domain_word(u8 domain)
{
	static const char * const words[] = {
		"A", "B", "U", "a bond of A", "a bond of B", "something unknown",
	};

	return domain < ARRAY_SIZE(words) ? words[domain] : "nothing";
}

static void say_calls(const struct sight *sight, char *text, size_t size)
{
	const struct sight_call *call;
	size_t length = 0;
	unsigned int i;

	scnprintf(text, size, "none");
	for (i = 0; i < min_t(unsigned int, sight->called, SIGHT_CALLS); i++) {
		call = &sight->calls[i];
		length += scnprintf(text + length, size - length, "%s%s", i ? " " : "",
				    mock_op_name(call->op));
		if (call->dev != MODEL_NONE)
			length += scnprintf(text + length, size - length, "(d%u,%u)", call->dev,
					    call->pasid);
		if (call->ret)
			length += scnprintf(text + length, size - length, "=%s",
					    svac_errname(call->ret));
	}
}

static const char *place_differs(const struct sight *one, const struct sight *other,
				 unsigned int dev, unsigned int pasid, char *here, char *there,
				 size_t size)
{
	if (one->found[dev][pasid] != other->found[dev][pasid]) {
		scnprintf(here, size, "d%u p%u %s", dev, pasid,
			  domain_word(one->found[dev][pasid]));
		scnprintf(there, size, "%s", domain_word(other->found[dev][pasid]));
		return "the lookup";
	}
	if (one->installed[dev][pasid] != other->installed[dev][pasid]) {
		scnprintf(here, size, "d%u p%u %s", dev, pasid,
			  domain_word(one->installed[dev][pasid]));
		scnprintf(there, size, "%s", domain_word(other->installed[dev][pasid]));
		return "the IOMMU's table";
	}
	if (one->reached[dev][pasid] != other->reached[dev][pasid]) {
		scnprintf(here, size, "d%u p%u 0x%x", dev, pasid, one->reached[dev][pasid]);
		scnprintf(there, size, "0x%x", other->reached[dev][pasid]);
		return "the memories that DMA reaches";
	}
	return NULL;
}

static const char *places_differ(const struct sight *one, const struct sight *other,
				 char *here, char *there, size_t size)
{
	const char *what = NULL;
	unsigned int i;

	for (i = 0; i < MODEL_DEVICES * MODEL_PASIDS && !what; i++)
		what = place_differs(one, other, i / MODEL_PASIDS, i % MODEL_PASIDS, here, there,
				     size);
	return what;
}

static const char *number_differs(const char *what, int one, int other, char *here, char *there,
				  size_t size)
{
	if (one == other)
		return NULL;
	scnprintf(here, size, "%d", one);
	scnprintf(there, size, "%d", other);
	return what;
}

static const char *processes_differ(const struct sight *one, const struct sight *other,
				    char *here, char *there, size_t size)
{
	const char *what = NULL;
	unsigned int dev, i;

	for (i = 0; i < MODEL_PROCESSES && !what; i++) {
		what = number_differs("references to an mm", one->refs[i], other->refs[i], here,
				      there, size) ?:
		       number_differs("users of an mm", one->users[i], other->users[i], here,
				      there, size) ?:
		       number_differs("the PASID of an mm", one->pasids[i], other->pasids[i],
				      here, there, size);
		for (dev = 0; dev < MODEL_DEVICES && !what; dev++)
			what = number_differs("the PASID of a bond", one->handles[dev][i],
					      other->handles[dev][i], here, there, size);
	}
	return what;
}

static const char *devices_differ(const struct sight *one, const struct sight *other,
				  char *here, char *there, size_t size)
{
	const char *what = NULL;
	unsigned int dev;

	for (dev = 0; dev < MODEL_DEVICES && !what; dev++)
		what = number_differs("references to a device", one->holds[dev],
				      other->holds[dev], here, there, size) ?:
		       number_differs("whether a device's own domain stayed", one->own[dev],
				      other->own[dev], here, there, size);
	return what;
}

static bool calls_differ(const struct sight *one, const struct sight *other)
{
	const struct sight_call *a = one->calls, *b = other->calls;
	unsigned int i;

	if (one->called != other->called)
		return true;
	for (i = 0; i < min_t(unsigned int, one->called, SIGHT_CALLS); i++)
		if (a[i].op != b[i].op || a[i].dev != b[i].dev || a[i].pasid != b[i].pasid ||
		    a[i].domain != b[i].domain || a[i].type != b[i].type ||
		    a[i].ret != b[i].ret)
			return true;
	return false;
}

/**
 * sight_differs() - The first thing in which two sights differ
 * @one: a sight
 * @other: the other
 * @here: receives what it is in @one
 * @there: receives what it is in @other
 * @size: of both
 *
 * Return: what it is, or NULL if there is none.
 */
const char *sight_differs(const struct sight *one, const struct sight *other,
			  char *here, char *there, size_t size)
{
	if (one->ret != other->ret) {
		scnprintf(here, size, "%s", svac_errname(one->ret));
		scnprintf(there, size, "%s", svac_errname(other->ret));
		return "the answer";
	}
	if (calls_differ(one, other)) {
		say_calls(one, here, size);
		say_calls(other, there, size);
		return "the driver's calls";
	}
	return places_differ(one, other, here, there, size) ?:
	       processes_differ(one, other, here, there, size) ?:
	       devices_differ(one, other, here, there, size) ?:
	       number_differs("SVA domains", one->sva, other->sva, here, there, size) ?:
	       number_differs("paging domains", one->paging, other->paging, here, there, size) ?:
	       number_differs("misuses of a domain", one->misused, other->misused, here, there,
			      size);
}
