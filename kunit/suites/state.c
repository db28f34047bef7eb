// SPDX-License-Identifier: GPL-2.0
/*
 * Takes the state of everything a case has made, from the outside: by lookup,
 * the mock's tables and log, counts, and the memory that is allocated. Tells in
 * words what differs between two moments.
 */
#include <linux/device.h>
#include <linux/kallsyms.h>
#include <linux/kref.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>

#include "state.h"

/* Around every level of a tree with 64 slots a node, and what mms are given */
static const ioasid_t of_interest[] = {
	1, 2, 3, 4, 5, 6, 7, 8, 63, 64, 65, 4095, 4096, BIT(18) - 1, BIT(18), BIT(20) - 1,
};

static char words[SVAC_WORDS];

__printf(1, 2) static const char *say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	return words;
}

static int note_member(struct device *dev, void *data)
{
	struct svac_device_state *state = data;

	if (state->count < SVAC_DEVICES)
		state->members[state->count] = dev;
	state->count++;
	return 0;
}

static bool can_join(struct iommu_group *group, struct device *prober)
{
	if (iommu_group_add_device(group, prober))
		return false;
	iommu_group_remove_device(prober);
	return true;
}

static void take_group(struct device *dev, struct device *prober,
		       struct svac_device_state *state)
{
	struct iommu_group *group = iommu_group_get(dev);

	if (!group)
		return;
	state->group = group;
	state->id = iommu_group_id(group);
	state->own = iommu_get_domain_for_dev(dev);
	iommu_group_for_each_dev(group, state, note_member);
	if (prober && prober != dev)
		state->open = can_join(group, prober);
	iommu_group_put(group);
}

static void take_pasids(struct kunit *test, struct device *dev,
			struct svac_device_state *state)
{
	struct xarray *table = mock_pasid_table(dev);
	const struct iommu_domain *domain;
	struct mock_pasid *entry;
	unsigned long pasid;
	int i;

	BUILD_BUG_ON(ARRAY_SIZE(of_interest) > SVAC_STATE_PASIDS);
	for (i = 0; i < ARRAY_SIZE(of_interest); i++) {
		domain = to_svac(test)->impl->get(dev, of_interest[i]);
		if (domain)
			state->found[state->sets++] = (struct svac_found){
				.pasid = of_interest[i],
				.domain = domain,
			};
	}
	if (!table)
		return;
	xa_for_each(table, pasid, entry) {
		KUNIT_ASSERT_LT_MSG(test, state->installs, SVAC_STATE_PASIDS,
				    "more PASIDs are installed than a state has room for\n");
		state->installed[state->installs].pasid = pasid;
		state->installed[state->installs++].entry = *entry;
	}
}

/**
 * svac_state_take() - Look at everything there is
 * @test: the case
 * @prober: a device in no group, which tries to join each of the groups and
 *	    leaves it again; or NULL
 * @state: receives it
 */
void svac_state_take(struct kunit *test, struct device *prober,
		     struct svac_state *state)
{
	struct svac *svac = to_svac(test);
	int i;

	memset(state, 0, sizeof(*state));
	for (i = 0; i < SVAC_DEVICES; i++) {
		if (!svac->devices[i])
			continue;
		state->devices[i].dev = svac->devices[i];
		state->devices[i].refs = kref_read(&svac->devices[i]->kobj.kref);
		take_group(svac->devices[i], prober, &state->devices[i]);
		take_pasids(test, svac->devices[i], &state->devices[i]);
	}
	for (i = 0; i < SVAC_PROCESSES; i++) {
		if (!svac->processes[i].mm)
			continue;
		state->processes[i] = (struct svac_process_state){
			.mm = svac->processes[i].mm,
			.refs = svac_process_refs(&svac->processes[i]),
			.users = atomic_read(&svac->processes[i].mm->mm_users),
			.pasid = svac_mm_pasid(svac->processes[i].mm),
		};
	}
	state->sva = mock_live_domains(IOMMU_DOMAIN_SVA);
	state->paging = mock_live_domains(IOMMU_DOMAIN_UNMANAGED);
	state->freed_again = mock_freed_again(IOMMU_DOMAIN_SVA) +
			     mock_freed_again(IOMMU_DOMAIN_UNMANAGED);
	state->uses_after_free = mock_uses_after_free();
}

static const char *set_differs(int nth, const struct svac_device_state *before,
			       const struct svac_device_state *after)
{
	unsigned int i;

	for (i = 0; i < max(before->sets, after->sets); i++) {
		if (i >= after->sets || (i < before->sets &&
					 before->found[i].pasid < after->found[i].pasid))
			return say("PASID %u of device %d is set no more",
				   before->found[i].pasid, nth);
		if (i >= before->sets || before->found[i].pasid > after->found[i].pasid)
			return say("PASID %u of device %d is set now",
				   after->found[i].pasid, nth);
		if (before->found[i].domain != after->found[i].domain)
			return say("PASID %u of device %d is set to another domain",
				   after->found[i].pasid, nth);
	}
	return "";
}

static const char *installed_differs(int nth, const struct svac_device_state *before,
				     const struct svac_device_state *after)
{
	unsigned int i;

	if (before->installs != after->installs)
		return say("the IOMMU has %u PASIDs of device %d installed, it had %u",
			   after->installs, nth, before->installs);
	for (i = 0; i < before->installs; i++) {
		if (before->installed[i].pasid != after->installed[i].pasid)
			return say("the IOMMU has PASID %lu of device %d installed, it had %lu",
				   after->installed[i].pasid, nth, before->installed[i].pasid);
		if (before->installed[i].entry.mm != after->installed[i].entry.mm ||
		    before->installed[i].entry.iopt != after->installed[i].entry.iopt)
			return say("PASID %lu of device %d leads elsewhere in the IOMMU",
				   after->installed[i].pasid, nth);
	}
	return "";
}

static const char *device_differs(int nth, const struct svac_device_state *before,
				  const struct svac_device_state *after)
{
	const char *wrong;

	if (before->dev != after->dev)
		return say("device %d is another one", nth);
	if (before->refs != after->refs)
		return say("device %d is referred to %u times, it was %u", nth, after->refs,
			   before->refs);
	if (!before->group != !after->group)
		return say("device %d is in %s group now", nth, after->group ? "a" : "no");
	if (before->group != after->group || before->id != after->id)
		return say("device %d is in group %d, it was in %d", nth, after->id, before->id);
	if (before->count != after->count)
		return say("the group of device %d has %u devices, it had %u", nth,
			   after->count, before->count);
	if (memcmp(before->members, after->members, sizeof(before->members)))
		return say("the group of device %d has other devices", nth);
	if (before->own != after->own)
		return say("device %d is attached to another domain", nth);
	wrong = set_differs(nth, before, after);
	if (*wrong)
		return wrong;
	wrong = installed_differs(nth, before, after);
	if (*wrong)
		return wrong;
	if (before->open != after->open)
		return say("the group of device %d %s now", nth,
			   after->open ? "can be joined" : "cannot be joined");
	return "";
}

static const char *process_differs(int nth, const struct svac_process_state *before,
				   const struct svac_process_state *after, u32 allowed)
{
	if (before->mm != after->mm)
		return say("process %d has another mm", nth);
	if (before->refs != after->refs)
		return say("the mm of process %d is grabbed %d times, it was %d", nth,
			   after->refs, before->refs);
	if (before->users != after->users)
		return say("the mm of process %d has %d users, it had %d", nth,
			   after->users, before->users);
	if (before->pasid == after->pasid)
		return "";
	if (before->pasid == INVALID_IOASID && (allowed & SVAC_MAY_GAIN_PASID))
		return "";
	return say("the PASID of process %d is %d, it was %d", nth, after->pasid, before->pasid);
}

/**
 * svac_state_differs() - Has anything changed
 * @test: the case
 * @before: the state then
 * @after: the state now
 * @allowed: SVAC_MAY_*
 *
 * Return: "" if not, else what, as far as the first difference.
 */
const char *svac_state_differs(struct kunit *test, const struct svac_state *before,
			       const struct svac_state *after, u32 allowed)
{
	const char *wrong = "";
	int i;

	for (i = 0; !*wrong && i < SVAC_DEVICES; i++)
		wrong = device_differs(i, &before->devices[i], &after->devices[i]);
	for (i = 0; !*wrong && i < SVAC_PROCESSES; i++)
		wrong = process_differs(i, &before->processes[i], &after->processes[i], allowed);
	if (*wrong)
		return wrong;
	if (before->sva != after->sva)
		return say("%d SVA domains are allocated, it was %d", after->sva, before->sva);
	if (before->paging != after->paging)
		return say("%d paging domains are allocated, it was %d", after->paging,
			   before->paging);
	if (before->freed_again != after->freed_again)
		return "a domain was freed twice";
	if (before->uses_after_free != after->uses_after_free)
		return "the driver was called with a domain that had been freed";
	return "";
}

static bool did_something(const struct mock_event *event)
{
	return (event->op == MOCK_ALLOC && event->domain) ||
	       (event->op == MOCK_SET && !event->ret);
}

static bool undoes(const struct mock_event *event, const struct mock_event *undo)
{
	if (event->op == MOCK_ALLOC)
		return undo->op == MOCK_FREE && undo->domain == event->domain;
	return undo->op == MOCK_BLOCK && undo->domain == event->domain &&
	       undo->dev == event->dev && undo->pasid == event->pasid;
}

/**
 * svac_log_not_undone() - Did the driver undo all that it did
 * @from: since that place of its log
 *
 * Return: "" if every domain it allocated was freed and every PASID it set
 * blocked, once and afterwards, and nothing else was; else what is wrong.
 */
const char *svac_log_not_undone(unsigned int from)
{
	unsigned int i, j, length = mock_log_length(), done = 0, undone = 0, found;
	const struct mock_event *event;

	for (i = from; i < length; i++) {
		event = mock_log_at(i);
		undone += event->op == MOCK_FREE || event->op == MOCK_BLOCK;
		if (!did_something(event))
			continue;
		done++;
		for (j = i + 1, found = 0; j < length; j++)
			found += undoes(event, mock_log_at(j));
		if (found != 1)
			return say("the driver's %s was undone %u times",
				   mock_op_name(event->op), found);
	}
	if (done != undone)
		return say("the driver was asked to undo %u operations, and had done %u",
			   undone, done);
	return "";
}

/**
 * svac_log_after_failure() - Was the driver asked for more after a failure
 * @from: the place of its log at which the call began
 * @failed_at: at which memory ran out
 *
 * What fails by itself is logged after its own allocation has.
 *
 * Return: "" if it was only asked to undo, else what else it was asked for.
 */
const char *svac_log_after_failure(unsigned int from, unsigned int failed_at)
{
	unsigned int i;

	for (i = max(from, failed_at); i < mock_log_length(); i++) {
		const struct mock_event *event = mock_log_at(i);
		bool failed = event->op == MOCK_ALLOC ? !event->domain : event->ret;

		if (event->op == MOCK_FREE || event->op == MOCK_BLOCK)
			continue;
		if (!failed || i != failed_at)
			return say("the driver's %s was called after memory had run out",
				   mock_op_name(event->op));
	}
	return "";
}

/* The radix tree keeps nodes in store, and whoever finds few of them adds some */
static bool is_kept_in_store(const struct mock_object *object)
{
	static char name[KSYM_SYMBOL_LEN];

	sprint_symbol_no_offset(name, (unsigned long)object->site);
	return strstr(name, "radix_tree_preload") || strstr(name, "idr_preload");
}

/**
 * svac_memory_differs() - Is memory as it was before it was watched
 *
 * Sees nothing where mock_memory_is_seen() is false.
 *
 * Return: "" if so, else what was not freed, or freed too much.
 */
const char *svac_memory_differs(void)
{
	const struct mock_object *object, *first = NULL;
	unsigned int nth, left = 0;
	struct mock_memory memory;

	rcu_barrier();
	memory = mock_memory();
	if (memory.lost)
		return say("%u allocations could not be noted", memory.lost);
	for (nth = 0; (object = mock_memory_left(nth)); nth++) {
		if (is_kept_in_store(object))
			continue;
		left++;
		first = object;
	}
	if (first)
		return say("memory is not given back: %u objects, one of them allocated by %ps",
			   left, first->site);
	if (memory.foreign)
		return say("memory is freed that was there before: %u objects, one of them by %ps",
			   memory.foreign, memory.foreign_in);
	return "";
}
