// SPDX-License-Identifier: GPL-2.0
/*
 * Makes the model's world, calls the implementation in it, and compares all that
 * can be observed with the model after every call.
 */
#include <linux/kmsg_dump.h>
#include <linux/mm.h>
#include <linux/printk.h>

#include "world.h"

/* Where the I/O page table of U has its page */
#define IOVA	0x40000000UL

/* The word in the memory of A, B and U */
#define WORD(domain)	(SVAC_WORD + 1 + (domain))

static const struct mock_config configs[MODEL_DEVICES] = {
	{ .pasid_bits = 2 },
	{ .pasid_bits = 20, .max_pasids = 2 },
};

/**
 * world_hush() - Keep what the kernel says off the console
 *
 * For what nothing new can come of. A panic is heard all the same.
 *
 * Return: for world_unhush().
 */
int world_hush(void)
{
	int level = console_loglevel;

	console_loglevel = CONSOLE_LOGLEVEL_SILENT;
	return level;
}

/**
 * world_unhush() - End what world_hush() began
 * @level: what it returned
 */
void world_unhush(int level)
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

static int start_process(struct world *world, unsigned int domain)
{
	struct svac_process *process = &world->processes[domain];
	int ret = svac_process_create(process);

	return ret ?: svac_poke(process, process->rw, WORD(domain));
}

static int make_devices(struct world *world)
{
	unsigned int dev;

	for (dev = 0; dev < MODEL_DEVICES; dev++) {
		world->devs[dev] = mock_device_add(&configs[dev]);
		if (IS_ERR(world->devs[dev]))
			return PTR_ERR(world->devs[dev]);
		world->groups[dev] = iommu_group_get(world->devs[dev]);
		if (!world->groups[dev])
			return -ENODEV;
	}
	if (!world->model.settled)
		iommu_group_remove_device(world->devs[1]);
	return 0;
}

/**
 * world_make() - Make a world in which nothing has happened yet
 * @world: receives it; all zero
 * @impl: the implementation under test
 * @quirk: how the driver is to answer in it
 *
 * Return: 0 or an errno; world_end() in both cases.
 */
int world_make(struct world *world, const struct svac_impl *impl, enum mock_quirk quirk)
{
	unsigned int i;
	int ret;

	world->impl = impl;
	world->quirk = quirk;
	model_begin(&world->model, !(impl->traits & SVAC_KEEPS_OUT));
	ret = make_devices(world);
	for (i = 0; i < MODEL_PROCESSES && !ret; i++)
		ret = start_process(world, i);
	if (ret)
		return ret;
	world->page = alloc_page(GFP_KERNEL);
	if (!world->page)
		return -ENOMEM;
	*(u64 *)page_address(world->page) = WORD(MODEL_U);
	mock_reset();
	mock_set_quirk(quirk);
	return 0;
}

static bool is_ours(const struct world *world, const struct iommu_domain *domain)
{
	unsigned int i;

	for (i = 0; i < MODEL_DOMAINS; i++)
		if (domain && world->domains[i] == domain)
			return true;
	return false;
}

static void free_domain(struct world *world, unsigned int i)
{
	if (i < MODEL_PROCESSES)
		world->impl->free_sva(world->domains[i]);
	else
		world->impl->free_paging(world->domains[i]);
	world->domains[i] = NULL;
}

/* Whatever state it is in */
static void end_devices(struct world *world)
{
	const struct svac_impl *impl = world->impl;
	struct iommu_domain *domain;
	unsigned int dev, pasid;

	for (dev = 0; dev < MODEL_DEVICES; dev++) {
		if (IS_ERR_OR_NULL(world->devs[dev]))
			continue;
		for (pasid = 0; pasid < MODEL_PASIDS; pasid++) {
			domain = impl->get(world->devs[dev], pasid);
			if (is_ours(world, domain))
				impl->block(domain, world->devs[dev], pasid);
		}
	}
	for (dev = 0; dev < MODEL_DEVICES; dev++) {
		if (!IS_ERR_OR_NULL(world->devs[dev]))
			mock_device_remove(world->devs[dev]);
		iommu_group_put(world->groups[dev]);
	}
}

/**
 * world_end() - Undo world_make() and all that has happened since
 * @world: the world
 */
void world_end(struct world *world)
{
	unsigned int i;

	mock_set_quirk(MOCK_NORMAL);
	end_devices(world);
	for (i = 0; i < MODEL_DOMAINS; i++)
		if (world->domains[i])
			free_domain(world, i);
	for (i = 0; i < MODEL_PROCESSES; i++)
		if (world->processes[i].mm)
			svac_process_free(&world->processes[i]);
	if (world->page)
		__free_page(world->page);
	mock_reset();
	memset(world, 0, sizeof(*world));
}

static int alloc_domain(struct world *world, unsigned int i)
{
	struct iommu_domain *domain;
	int ret;

	if (i < MODEL_PROCESSES)
		domain = world->impl->alloc_sva(world->devs[0], world->processes[i].mm);
	else
		domain = world->impl->alloc_paging(world->devs[0]);
	if (IS_ERR_OR_NULL(domain))
		return domain ? PTR_ERR(domain) : -ENOMEM;
	world->domains[i] = domain;
	mock_fail_allocations(false);
	if (i == MODEL_U) {
		ret = svac_map(domain, IOVA, page_to_phys(world->page), PAGE_SIZE, IOMMU_READ);
		if (ret)
			return ret;
	}
	return 0;
}

/* What goes wrong, and only for the one call */
static void arrange(const struct model *model)
{
	if (model->failure == MODEL_DRIVER) {
		mock_inject(MOCK_ALLOC, MOCK_ANY_TYPE, 0, 1, MODEL_DRIVER_ERROR);
		mock_inject(MOCK_SET, MOCK_ANY_TYPE, 0, 1, MODEL_DRIVER_ERROR);
	}
}

static int call_in_group(struct world *world, const struct model_op *op)
{
	int level = world_hush(), ret = 0;
	struct kmsg_dump_iter from;

	kmsg_dump_rewind(&from);
	from.cur_seq = from.next_seq;
	if (op->call == MODEL_JOIN)
		ret = iommu_group_add_device(world->groups[op->group], world->devs[op->dev]);
	else
		iommu_group_remove_device(world->devs[op->dev]);
	world_unhush(level);
	say_the_rest(from);
	return ret;
}

static int call_impl(struct world *world, const struct model_op *op)
{
	struct device *dev = world->devs[op->dev];
	u8 set = world->model.set[op->dev][op->pasid];
	int ret = 0;

	mock_fail_allocations(world->model.failure == MODEL_MEMORY);
	switch (op->call) {
	case MODEL_ALLOC:
		ret = alloc_domain(world, op->domain);
		break;
	case MODEL_FREE:
		free_domain(world, op->domain);
		break;
	case MODEL_SET:
		ret = world->impl->set(world->domains[op->domain], dev, op->pasid);
		break;
	case MODEL_BLOCK:
		world->impl->block(world->domains[set], dev, op->pasid);
		break;
	default:
		break;
	}
	mock_fail_allocations(false);
	return ret;
}

static int call(struct world *world, const struct model_op *op)
{
	int ret = 0;

	mock_log_clear();
	arrange(&world->model);
	switch (op->call) {
	case MODEL_JOIN:
	case MODEL_LEAVE:
		ret = call_in_group(world, op);
		break;
	case MODEL_EXIT:
		svac_process_exit(&world->processes[op->domain]);
		break;
	case MODEL_FAIL:
		break;
	default:
		ret = call_impl(world, op);
	}
	mock_inject(MOCK_OPS, MOCK_ANY_TYPE, 0, 0, 0);
	return ret;
}

/* ---- what is compared ---- */

/* One comparison in progress */
struct comparison {
	struct world *world;
	const struct model_op *op;
	const struct model_answer *answer;
	const struct iommu_domain *domain;
	struct deviation *wrong;
};

static __printf(3, 4) bool differs(const struct comparison *c, enum model_part part,
				   const char *format, ...)
{
	va_list arguments;

	c->wrong->rule = c->answer->rules[part];
	va_start(arguments, format);
	vsnprintf(c->wrong->what, sizeof(c->wrong->what), format, arguments);
	va_end(arguments);
	return true;
}

/* A domain for a person, MODEL_NONE for none */
static const char *name(u8 domain)
{
	static const char * const names[] = { "A", "B", "U" };

	return domain < MODEL_DOMAINS ? names[domain] : "nothing";
}

static bool answer_differs(const struct comparison *c, int ret)
{
	unsigned int i;

	for (i = 0; i < c->answer->count; i++)
		if (c->answer->ret[i] == ret)
			return false;
	return differs(c, MODEL_ANSWER, "answered %s, expected %s%s%s", svac_errname(ret),
		       svac_errname(c->answer->ret[0]), c->answer->count > 1 ? " or " : "",
		       c->answer->count > 1 ? svac_errname(c->answer->ret[1]) : "");
}

/* Which of the driver's operations a call leads to, MOCK_OPS for none */
static enum mock_op operation(const struct model_op *op)
{
	switch (op->call) {
	case MODEL_ALLOC:
		return MOCK_ALLOC;
	case MODEL_FREE:
		return MOCK_FREE;
	case MODEL_SET:
		return MOCK_SET;
	case MODEL_BLOCK:
		return MOCK_BLOCK;
	default:
		return MOCK_OPS;
	}
}

static bool arguments_differ(const struct comparison *c, const struct mock_event *event)
{
	unsigned int type = c->op->domain < MODEL_PROCESSES ? IOMMU_DOMAIN_SVA :
			    IOMMU_DOMAIN_UNMANAGED;

	if (event->op == MOCK_ALLOC)
		return event->type != type;
	if (event->domain != c->domain)
		return true;
	return event->op != MOCK_FREE &&
	       (event->dev != c->world->devs[c->op->dev] || event->pasid != c->op->pasid);
}

static bool calls_differ(const struct comparison *c)
{
	static const enum mock_op watched[] = { MOCK_ALLOC, MOCK_FREE, MOCK_SET, MOCK_BLOCK };
	enum mock_op mine = operation(c->op);
	unsigned int i, got, least, most;

	for (i = 0; i < ARRAY_SIZE(watched); i++) {
		got = mock_log_count(watched[i], MOCK_ANY_TYPE);
		least = watched[i] == mine && c->answer->driver;
		most = least || (watched[i] == mine && c->answer->starved);
		if (got < least || got > most)
			return differs(c, MODEL_CALLS,
				       "the driver's %s was called %u times, expected %u",
				       mock_op_name(watched[i]), got, got < least ? least : most);
		if (got && arguments_differ(c, mock_log_nth(watched[i], MOCK_ANY_TYPE, 0)))
			return differs(c, MODEL_CALLS, "the driver's %s was called with others",
				       mock_op_name(watched[i]));
	}
	if (c->answer->ret[0] && mock_log_count(MOCK_ATTACH, MOCK_ANY_TYPE))
		return differs(c, MODEL_CALLS, "a refused call attached a device");
	return false;
}

/* Which domain a lookup found: MODEL_NONE, or MODEL_DOMAINS for an unknown one */
static u8 which(const struct world *world, const struct iommu_domain *domain)
{
	u8 i;

	if (!domain)
		return MODEL_NONE;
	for (i = 0; i < MODEL_DOMAINS; i++)
		if (world->domains[i] == domain)
			break;
	return i;
}

/* Which domain's page table an entry has, likewise */
static u8 whose(const struct world *world, const struct mock_pasid *entry)
{
	u8 i;

	if (!entry)
		return MODEL_NONE;
	for (i = 0; i < MODEL_PROCESSES; i++)
		if (entry->mm == world->processes[i].mm)
			return i;
	if (entry->mm || !entry->iopt)
		return MODEL_DOMAINS;
	return xa_load(entry->iopt, PHYS_PFN(IOVA)) ==
	       MOCK_PTE(page_to_phys(world->page), IOMMU_READ) ? MODEL_U : MODEL_DOMAINS;
}

static const char *shown(u8 domain)
{
	return domain == MODEL_DOMAINS ? "something unknown" : name(domain);
}

/* Is (device, PASID) what the call was about */
static bool at_place(const struct comparison *c, unsigned int dev, unsigned int pasid)
{
	return (c->op->call == MODEL_SET || c->op->call == MODEL_BLOCK) &&
	       c->op->dev == dev && c->op->pasid == pasid;
}

static bool place_differs(const struct comparison *c, unsigned int dev, unsigned int pasid)
{
	struct world *world = c->world;
	struct device *device = world->devs[dev];
	bool here = at_place(c, dev, pasid);
	u8 want = world->model.set[dev][pasid], got;

	got = whose(world, xa_load(mock_pasid_table(device), pasid));
	if (got != want)
		return differs(c, here ? MODEL_TABLE : MODEL_OTHERS,
			       "the IOMMU has %s on p%u of d%u, expected %s", shown(got),
			       pasid, dev, shown(want));
	got = which(world, world->impl->get(device, pasid));
	if (got != want)
		return differs(c, here ? MODEL_LOOKUP : MODEL_OTHERS,
			       "the lookup of p%u on d%u found %s, expected %s", pasid, dev,
			       shown(got), shown(want));
	return false;
}

static u64 address(const struct world *world, u8 domain)
{
	return domain < MODEL_PROCESSES ? world->processes[domain].rw : IOVA;
}

static bool memory_differs(const struct comparison *c, unsigned int dev, unsigned int pasid)
{
	u8 want = model_reaches(&c->world->model, dev, pasid), i;
	bool here = at_place(c, dev, pasid), reaches, expected;
	u64 word;

	for (i = 0; i < MODEL_DOMAINS; i++) {
		word = 0;
		mock_dma_read(c->world->devs[dev], pasid, address(c->world, i), &word,
			      sizeof(word));
		reaches = word == WORD(i);
		expected = i == want;
		if (reaches != expected)
			return differs(c, here ? MODEL_MEMORIES : MODEL_OTHERS,
				       "DMA under p%u of d%u %s the memory of %s", pasid, dev,
				       reaches ? "reaches" : "does not reach", name(i));
	}
	return false;
}

static bool places_differ(const struct comparison *c)
{
	unsigned int dev, pasid;

	for (dev = 0; dev < MODEL_DEVICES; dev++)
		for (pasid = 0; pasid < MODEL_PASIDS; pasid++)
			if (place_differs(c, dev, pasid) || memory_differs(c, dev, pasid))
				return true;
	return false;
}

static bool counts_differ(const struct comparison *c)
{
	const struct model *model = &c->world->model;
	int i, got, want;

	for (i = 0; i < MODEL_PROCESSES; i++) {
		got = svac_process_refs(&c->world->processes[i]);
		want = model->live[i];
		if (got != want)
			return differs(c, MODEL_REFS,
				       "the mm of %s is grabbed %d times, expected %d",
				       name(i), got, want);
	}
	got = mock_live_domains(IOMMU_DOMAIN_SVA);
	want = model->live[MODEL_A] + model->live[MODEL_B];
	if (got != want)
		return differs(c, MODEL_LIVE, "%d SVA domains are allocated, expected %d", got,
			       want);
	got = mock_live_domains(IOMMU_DOMAIN_UNMANAGED);
	want = model->live[MODEL_U];
	if (got != want)
		return differs(c, MODEL_LIVE, "%d paging domains are allocated, expected %d", got,
			       want);
	if (mock_freed_again(IOMMU_DOMAIN_SVA) || mock_freed_again(IOMMU_DOMAIN_UNMANAGED))
		return differs(c, MODEL_CALLS, "a domain was freed twice");
	if (mock_uses_after_free())
		return differs(c, MODEL_CALLS, "the driver was called with a domain that is free");
	return false;
}

static int count_device(struct device *dev, void *data)
{
	++*(unsigned int *)data;
	return 0;
}

static bool groups_differ(const struct comparison *c)
{
	const struct model *model = &c->world->model;
	unsigned int dev, group, got, want;
	struct iommu_group *in;

	for (dev = 0; dev < MODEL_DEVICES; dev++) {
		group = model->group[dev];
		in = group == MODEL_NONE ? NULL : c->world->groups[group];
		if (c->world->devs[dev]->iommu_group != in)
			return differs(c, MODEL_MEMBERS, "d%u is not in the group it must be in",
				       dev);
	}
	for (group = 0; group < MODEL_GROUPS; group++) {
		got = 0;
		iommu_group_for_each_dev(c->world->groups[group], &got, count_device);
		want = (model->group[0] == group) + (model->group[1] == group);
		if (got != want)
			return differs(c, MODEL_MEMBERS, "g%u has %u devices, expected %u", group,
				       got, want);
	}
	return false;
}

static bool new_domain_differs(const struct comparison *c)
{
	struct world *world = c->world;
	struct iommu_domain *domain = world->domains[c->op->domain];

	if (c->op->call != MODEL_ALLOC || !domain || c->op->domain >= MODEL_PROCESSES)
		return false;
	if (domain->type == IOMMU_DOMAIN_SVA &&
	    world->impl->mm_of(domain) == world->processes[c->op->domain].mm)
		return false;
	return differs(c, MODEL_ANSWER, "the domain is none for the mm of %s",
		       name(c->op->domain));
}

/**
 * world_step() - Make a call, and hold what comes of it against the model
 * @world: the world
 * @number: of the call, for model_op()
 * @wrong: receives the deviation; its rule stays NULL if there is none
 *
 * Return: what the call answered.
 */
int world_step(struct world *world, u8 number, struct deviation *wrong)
{
	struct model_op op = model_op(number);
	struct model_answer answer;
	struct comparison c = {
		.world = world,
		.op = &op,
		.answer = &answer,
		.wrong = wrong,
	};
	u8 about = op.domain;
	int ret;

	if (op.call == MODEL_BLOCK)
		about = world->model.set[op.dev][op.pasid];
	if (op.call != MODEL_ALLOC)
		c.domain = world->domains[about];
	if (world->journaled < WORLD_JOURNAL)
		world->journal[world->journaled++] = number;
	ret = call(world, &op);
	answer = model_step(&world->model, &op);
	if (!answer_differs(&c, ret) && !calls_differ(&c) && !new_domain_differs(&c) &&
	    !places_differ(&c) && !counts_differ(&c))
		groups_differ(&c);
	return ret;
}

/* ---- back to the beginning ---- */

/* Each possible call of a kind */
static bool step_all(struct world *world, enum model_call kind, struct deviation *wrong)
{
	struct model_op op;
	unsigned int number;

	for (number = 0; number < MODEL_OPS; number++) {
		op = model_op(number);
		if (op.call != kind || !model_possible(&world->model, &op))
			continue;
		/* The device whose place it is may stay, and no other come there */
		if (kind == MODEL_LEAVE && !op.dev && !world->model.group[0])
			continue;
		if (kind == MODEL_JOIN && (op.dev || op.group))
			continue;
		world_step(world, number, wrong);
		if (wrong->rule)
			return false;
	}
	return true;
}

/**
 * world_reset() - Go back to the beginning, call by call
 * @world: the world
 * @wrong: receives the deviation, as for each other call
 *
 * Return: true if the world is as it was before the first call.
 */
bool world_reset(struct world *world, struct deviation *wrong)
{
	unsigned int i;

	world->model.failure = MODEL_WELL;
	if (!step_all(world, MODEL_BLOCK, wrong) || !step_all(world, MODEL_FREE, wrong) ||
	    !step_all(world, MODEL_LEAVE, wrong) || !step_all(world, MODEL_JOIN, wrong))
		return false;
	for (i = 0; i < MODEL_PROCESSES; i++) {
		if (!world->model.gone[i])
			continue;
		svac_process_free(&world->processes[i]);
		if (start_process(world, i)) {
			wrong->rule = "CTL-003";
			strscpy(wrong->what, "no memory for a new process", sizeof(wrong->what));
			return false;
		}
	}
	mock_reset();
	mock_set_quirk(world->quirk);
	model_begin(&world->model, world->model.settled);
	if (world->journaled > WORLD_JOURNAL / 2)
		world->journaled = 0;
	return true;
}
