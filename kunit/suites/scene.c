// SPDX-License-Identifier: GPL-2.0
/*
 * Plays scenes.
 *
 * Each call has a thread. When the first stops inside of an operation the
 * others run one after another, each until it has returned or waits for a
 * mutex; the first to wait is then made the next to have it. So a call that
 * lets its lock go between two steps finds the others in between.
 */
#include <linux/slab.h>

#include "scene.h"
#include "threads.h"

#define OTHER_DOMAIN	0xff

static const struct mock_config shared = { .group = 1, .pasid_bits = 20 };

static const struct {
	const char *name;
	enum mock_op op;
	bool after;
	unsigned int skip;
} points[SVAC_POINTS] = {
	[SVAC_LIMIT] = { "reads-limit", MOCK_PROPERTY },
	[SVAC_LOCKED] = { "has-locked", MOCK_LOCKED },
	[SVAC_ALLOCATING] = { "allocates", MOCK_ALLOC },
	[SVAC_ALLOCATED] = { "has-allocated", MOCK_ALLOC, true },
	[SVAC_SETTING] = { "sets", MOCK_SET },
	[SVAC_HAS_SET] = { "has-set", MOCK_SET, true },
	[SVAC_BLOCKING] = { "blocks", MOCK_BLOCK },
	[SVAC_HAS_BLOCKED] = { "has-blocked", MOCK_BLOCK, true },
	[SVAC_FREEING] = { "frees", MOCK_FREE },
	[SVAC_FREED] = { "has-freed", MOCK_FREE, true },
	[SVAC_ATTACHING] = { "attaches", MOCK_ATTACH },
	[SVAC_ATTACHED] = { "has-attached", MOCK_ATTACH, true },
	[SVAC_GROUP_FOUND] = { "has-found-group", MOCK_GROUP, true },
	[SVAC_RELEASING] = { "releases", MOCK_RELEASE },
	[SVAC_RELEASED] = { "has-released", MOCK_RELEASE, true },
	[SVAC_LOCK_1] = { "locks", MOCK_MUTEX },
	[SVAC_LOCK_2] = { "locks-again", MOCK_MUTEX, false, 1 },
	[SVAC_LOCK_3] = { "locks-thrice", MOCK_MUTEX, false, 2 },
	[SVAC_UNLOCK_1] = { "has-unlocked", MOCK_MUTEX, true },
	[SVAC_UNLOCK_2] = { "has-unlocked-again", MOCK_MUTEX, true, 1 },
	[SVAC_UNLOCK_3] = { "has-unlocked-thrice", MOCK_MUTEX, true, 2 },
};

/* One scene with its first call stopping at one point: a row as KUnit sees it */
struct run {
	const char *name;
	char text[80];
	const struct svac_scene *scene;
	unsigned int point;
};

struct stage;

struct actor {
	struct stage *stage;
	struct svac_call call;
	int ret;
	bool early;
};

/**
 * struct stage - a scene that is being played
 * @actors: one for each call
 * @threads: theirs; a thread that does not end keeps the stage from being freed
 * @dev: HERE and THERE
 * @joiner: behind an IOMMU, and in no group
 * @group: that of HERE, also after HERE has left it
 * @process: ONE and TWO
 * @domain: of ONE and TWO; NULL in a scene of bonds
 * @pasid: P and Q; 0 for a process that was never bound
 * @handle: what was bound and not unbound
 * @skip: how often the first call passes its point before it stops there
 * @stopped: it has stopped
 * @others_blocked: the driver has blocked a PASID while the others came in
 */
struct stage {
	struct kunit *test;
	const struct svac_impl *impl;
	const struct run *run;
	struct actor actors[SVAC_ACTORS];
	struct svac_thread threads[SVAC_ACTORS];
	struct device *dev[2];
	struct device *joiner;
	struct iommu_group *group;
	struct svac_process *process[2];
	struct iommu_domain *domain[2];
	struct iommu_domain *paging;
	ioasid_t pasid[2];
	struct {
		struct iommu_sva *sva;
		struct svac_call call;
	} handle[SVAC_ACTORS + 2];
	bool attached;
	unsigned int skip;
	bool stopped;
	bool others_blocked;
};

/**
 * svac_next_scene() - The next run of a case that plays scenes
 * @prev: see svac_next_param()
 * @desc: likewise
 * @scenes: the case's
 * @bytes: of them all
 *
 * Return: likewise.
 */
const void *svac_next_scene(const void *prev, char *desc,
			    const struct svac_scene *scenes, size_t bytes)
{
	static struct run runs[128];
	static size_t used;
	unsigned long point;
	size_t i;

	if (!prev) {
		used = 0;
		for (i = 0; i < bytes / sizeof(*scenes); i++) {
			for_each_set_bit(point, &scenes[i].points, SVAC_POINTS) {
				struct run *run = &runs[used];

				if (WARN_ON(++used > ARRAY_SIZE(runs)))
					return NULL;
				snprintf(run->text, sizeof(run->text), "%s-while-it-%s",
					 scenes[i].name, points[point].name);
				run->name = run->text;
				run->scene = &scenes[i];
				run->point = point;
			}
		}
	}
	return svac_next_param(prev, desc, runs, used * sizeof(*runs), sizeof(*runs));
}

static unsigned int whose(struct stage *stage, struct device *dev, ioasid_t pasid)
{
	struct iommu_domain *domain = pasid ? stage->impl->get(dev, pasid) : NULL;
	struct mm_struct *mm = domain ? stage->impl->mm_of(domain) : NULL;
	unsigned int i;

	if (!domain)
		return SVAC_NONE;
	for (i = 0; i < 2; i++)
		if (stage->process[i]->mm == mm)
			return SVAC_ONE + i;
	return OTHER_DOMAIN;
}

static int bind(struct stage *stage, const struct svac_call *call)
{
	unsigned int who = call->who - SVAC_ONE, i = 0;
	struct iommu_sva *sva;

	sva = stage->impl->bind(stage->dev[call->there], stage->process[who]->mm);
	if (IS_ERR(sva))
		return PTR_ERR(sva);
	while (stage->handle[i].sva)
		i++;
	stage->handle[i].sva = sva;
	stage->handle[i].call = *call;
	stage->pasid[who] = stage->impl->pasid(sva);
	return 0;
}

static int unbind(struct stage *stage, const struct svac_call *call)
{
	struct iommu_sva *sva;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(stage->handle); i++) {
		sva = stage->handle[i].sva;
		if (!sva || stage->handle[i].call.who != call->who ||
		    stage->handle[i].call.there != call->there)
			continue;
		stage->handle[i].sva = NULL;
		stage->impl->unbind(sva);
		return 0;
	}
	return -ENOENT;
}

static int plug(struct stage *stage)
{
	struct svac *svac = to_svac(stage->test);
	struct device *dev = mock_device_add(&shared);
	unsigned int i = 0;

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	while (svac->devices[i])
		i++;
	svac->devices[i] = get_device(dev);
	return dev->iommu_group == stage->group ? 0 : -EBUSY;
}

static int attach(struct stage *stage, struct device *dev)
{
	int ret = iommu_attach_device(stage->paging, dev);

	stage->attached = !ret;
	return ret;
}

static int perform(struct stage *stage, const struct svac_call *call)
{
	unsigned int who = call->who ? call->who - SVAC_ONE : 0;
	struct iommu_domain *domain = stage->domain[who];
	struct device *dev = stage->dev[call->there];
	ioasid_t pasid = stage->pasid[call->q];

	switch (call->verb) {
	case SVAC_DO_SET:
		return stage->impl->set(domain, dev, pasid);
	case SVAC_DO_BLOCK:
		stage->impl->block(domain, dev, pasid);
		return 0;
	case SVAC_DO_GET:
		return whose(stage, dev, pasid);
	case SVAC_DO_FREE:
		svac_free(stage->test, domain);
		return 0;
	case SVAC_DO_ATTACH:
		return attach(stage, dev);
	case SVAC_DO_JOIN:
		return iommu_group_add_device(stage->group, stage->joiner);
	case SVAC_DO_PLUG:
		return plug(stage);
	case SVAC_DO_LEAVE:
		iommu_group_remove_device(dev);
		return 0;
	case SVAC_DO_UNPLUG:
		return mock_device_remove(dev);
	case SVAC_DO_EXIT:
		svac_process_exit(stage->process[who]);
		return 0;
	case SVAC_DO_BIND:
		return bind(stage, call);
	case SVAC_DO_UNBIND:
		return unbind(stage, call);
	case SVAC_DO_SILENT:
		break;
	}
	return 0;
}

static void act(void *data)
{
	struct actor *actor = data;

	actor->ret = perform(actor->stage, &actor->call);
}

static void enter_others(struct stage *stage)
{
	unsigned int i, blocks = mock_log_count(MOCK_BLOCK, MOCK_ANY_TYPE);

	for (i = 1; i < SVAC_ACTORS; i++)
		svac_thread_run(&stage->threads[i]);
	for (i = 1; i < SVAC_ACTORS; i++)
		svac_thread_take_next(&stage->threads[i]);
	for (i = 1; i < SVAC_ACTORS; i++)
		stage->actors[i].early = stage->threads[i].ended;
	stage->others_blocked = mock_log_count(MOCK_BLOCK, MOCK_ANY_TYPE) != blocks;
}

/* Runs inside of the operation that the first call has come to */
static void at_point(struct iommu_domain *domain, struct device *dev,
		     ioasid_t pasid, void *data)
{
	struct stage *stage = data;

	if (stage->stopped || current != stage->threads[0].task || stage->skip--)
		return;
	stage->stopped = true;
	enter_others(stage);
}

static bool around_locks(struct stage *stage)
{
	return points[stage->run->point].op == MOCK_MUTEX;
}

static bool has_verb(const struct svac_scene *scene, enum svac_verb verb)
{
	unsigned int i;

	for (i = 0; i < SVAC_ACTORS; i++)
		if (scene->calls[i].verb == verb)
			return true;
	return false;
}

static struct stage *set_stage(struct kunit *test, bool bonds)
{
	struct stage *stage = kzalloc(sizeof(*stage), GFP_KERNEL);
	const struct svac_scene *scene;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, stage);
	stage->test = test;
	stage->impl = to_svac(test)->impl;
	stage->run = to_svac(test)->row;
	scene = stage->run->scene;
	stage->dev[0] = svac_device(test, &shared);
	stage->dev[1] = svac_device(test, &MOCK_PASIDS);
	stage->group = iommu_group_get(stage->dev[0]);
	for (i = 0; i < 2; i++) {
		stage->process[i] = svac_process(test);
		if (bonds)
			continue;
		stage->domain[i] = svac_sva_domain(test, stage->dev[0], stage->process[i]);
		stage->pasid[i] = 5 + i;
	}
	if (has_verb(scene, SVAC_DO_ATTACH))
		stage->paging = svac_paging_domain(test, stage->dev[0]);
	if (has_verb(scene, SVAC_DO_JOIN)) {
		stage->joiner = svac_device(test, &MOCK_PASIDS);
		iommu_group_remove_device(stage->joiner);
	}
	for (i = 0; i < ARRAY_SIZE(scene->before); i++)
		KUNIT_ASSERT_EQ(test, perform(stage, &scene->before[i]), 0);
	mock_log_clear();
	return stage;
}

static void play(struct stage *stage)
{
	const struct svac_scene *scene = stage->run->scene;
	unsigned int i, point = stage->run->point;

	for (i = 0; i < SVAC_ACTORS; i++) {
		stage->actors[i].stage = stage;
		stage->actors[i].call = scene->calls[i];
		stage->threads[i].run = act;
		stage->threads[i].data = &stage->actors[i];
		/* Those who come in are more urgent than who is there */
		KUNIT_ASSERT_EQ(stage->test,
				svac_thread_create(&stage->threads[i], i + 1), 0);
	}
	if (scene->error)
		mock_inject(scene->calls[0].verb == SVAC_DO_ATTACH ? MOCK_ATTACH : MOCK_SET,
			    MOCK_ANY_TYPE, 0, 1, scene->error);
	stage->skip = points[point].skip;
	if (points[point].after)
		mock_after(points[point].op, at_point, stage);
	else
		mock_on(points[point].op, at_point, stage);
	svac_thread_run(&stage->threads[0]);
	if (!stage->stopped && around_locks(stage))
		enter_others(stage);
}

static int count_member(struct device *dev, void *data)
{
	++*(u8 *)data;
	return 0;
}

static void observe(struct stage *stage, struct svac_state *state)
{
	unsigned int i, j;

	memset(state, 0, sizeof(*state));
	for (i = 0; i < 2; i++) {
		state->here[i] = whose(stage, stage->dev[0], stage->pasid[i]);
		state->there[i] = whose(stage, stage->dev[1], stage->pasid[i]);
		state->refs[i] = svac_process_refs(stage->process[i]);
	}
	iommu_group_for_each_dev(stage->group, &state->members, count_member);
	state->sets = mock_log_count(MOCK_SET, MOCK_ANY_TYPE);
	state->blocks = mock_log_count(MOCK_BLOCK, MOCK_ANY_TYPE);
	state->frees = mock_log_count(MOCK_FREE, IOMMU_DOMAIN_SVA);
	for (i = 0; i < ARRAY_SIZE(stage->handle); i++) {
		if (!stage->handle[i].sva)
			continue;
		for (j = 0; stage->handle[j].sva != stage->handle[i].sva; j++)
			;
		state->handles += i == j;
	}
}

static bool fits(struct stage *stage, const struct svac_outcome *outcome,
		 const struct svac_state *state)
{
	unsigned int i;

	for (i = 0; i < SVAC_ACTORS; i++) {
		if (stage->actors[i].ret != outcome->ret[i])
			return false;
		if (around_locks(stage))
			continue;
		if ((outcome->waits & BIT(i)) && stage->actors[i].early)
			return false;
		if ((outcome->at_once & BIT(i)) && !stage->actors[i].early)
			return false;
	}
	if (outcome->others_first && (!around_locks(stage) || points[stage->run->point].after))
		return false;
	if (outcome->others_block == 1 && !stage->others_blocked)
		return false;
	if (outcome->others_block == -1 && stage->others_blocked)
		return false;
	return !memcmp(state, &outcome->end, sizeof(*state));
}

static const struct svac_outcome *find_outcome(struct stage *stage,
					       const struct svac_state *state)
{
	const struct svac_outcome *allowed = stage->run->scene->allowed;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(stage->run->scene->allowed); i++) {
		if (i && !memchr_inv(&allowed[i], 0, sizeof(*allowed)))
			break;
		if (allowed[i].one_domain && !(stage->impl->traits & SVAC_SHARES_DOMAINS))
			continue;
		if (fits(stage, &allowed[i], state))
			return &allowed[i];
	}
	return NULL;
}

static void expect_translation(struct stage *stage, struct device *dev,
			       ioasid_t pasid, unsigned int set)
{
	struct svac_process *process;
	unsigned int i;
	u64 word;

	for (i = 0; i < 2; i++) {
		process = stage->process[i];
		if (set != SVAC_ONE + i && !process->gone)
			svac_expect_no_reach(stage->test, dev, pasid, process);
		else if (set == SVAC_ONE + i && !process->gone)
			svac_expect_reach(stage->test, dev, pasid, process);
		else if (set == SVAC_ONE + i)
			svac_expect_ret(stage->test,
					mock_dma_read(dev, pasid, process->rw, &word,
						      sizeof(word)), -EFAULT);
	}
}

static void describe(struct stage *stage, const struct svac_state *is, char *text,
		     size_t size)
{
	size_t used = 0;
	unsigned int i;

	for (i = 0; i < SVAC_ACTORS; i++)
		used += scnprintf(text + used, size - used, "call %u returned %d%s; ", i + 1,
				  stage->actors[i].ret,
				  stage->actors[i].early ? " at once" : "");
	used += scnprintf(text + used, size - used, "set HERE %u, %u, THERE %u, %u; ",
			  is->here[0], is->here[1], is->there[0], is->there[1]);
	used += scnprintf(text + used, size - used, "%u in the group; mm refs %u, %u; ",
			  is->members, is->refs[0], is->refs[1]);
	scnprintf(text + used, size - used, "driver: %u sets, %u blocks, %u frees; %u handles",
		  is->sets, is->blocks, is->frees, is->handles);
}

static bool judge(struct stage *stage)
{
	const struct svac_outcome *outcome;
	struct kunit *test = stage->test;
	struct svac_state is;
	unsigned int i;
	char text[256];

	KUNIT_EXPECT_TRUE_MSG(test, stage->stopped || around_locks(stage),
			      "the driver's %s was never called\n",
			      mock_op_name(points[stage->run->point].op));
	observe(stage, &is);
	outcome = find_outcome(stage, &is);
	if (!outcome) {
		describe(stage, &is, text, sizeof(text));
		KUNIT_FAIL(test, "no outcome that is allowed: %s\n", text);
		return false;
	}
	if (outcome->leave_warns)
		svac_expect_warn(test, stage->impl->warns.leave, outcome->leave_warns);
	if (outcome->block_warns)
		svac_expect_warn(test, stage->impl->warns.block, outcome->block_warns);
	for (i = 0; i < 2; i++) {
		if (!stage->pasid[i])
			continue;
		expect_translation(stage, stage->dev[0], stage->pasid[i], is.here[i]);
		expect_translation(stage, stage->dev[1], stage->pasid[i], is.there[i]);
	}
	return true;
}

/* So that devices can go in peace; the fixture does the rest */
static void strike_stage(struct stage *stage)
{
	struct iommu_domain *domain;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(stage->handle); i++)
		if (stage->handle[i].sva)
			stage->impl->unbind(stage->handle[i].sva);
	for (i = 0; i < 4; i++) {
		struct device *dev = stage->dev[i / 2];
		ioasid_t pasid = stage->pasid[i % 2];

		domain = pasid ? stage->impl->get(dev, pasid) : NULL;
		if (domain)
			stage->impl->block(domain, dev, pasid);
	}
	if (stage->joiner)
		iommu_group_remove_device(stage->joiner);
	if (stage->attached)
		iommu_detach_device(stage->paging, stage->dev[0]);
	iommu_group_put(stage->group);
	kfree(stage);
}

/* The first thing that goes wrong is told, with the rule it breaks */
static bool goes_well(struct kunit *test, bool well, const char *rule, const char *what)
{
	if (!well)
		svac_blame(test, rule, what);
	return well;
}

static bool rehearse_set(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct svac_process *process = svac_process(test);
	struct iommu_domain *domain = svac_sva_domain(test, dev, process);
	bool well;

	well = goes_well(test, svac_process_refs(process) == 1, "DOM-003",
			 "beforehand: a domain does not grab its mm once") &&
	       goes_well(test, !svac_set(test, domain, dev, 1) &&
			 !svac_set(test, domain, dev, 2), "PASID-001",
			 "beforehand: a PASID cannot be set") &&
	       goes_well(test, impl->get(dev, 1) == domain, "PASID-012",
			 "beforehand: the lookup does not find what is set") &&
	       goes_well(test, !*svac_reach(dev, 1, process), "PASID-002",
			 "beforehand: DMA does not reach a process that is set");
	if (!well)
		return false;
	svac_block(test, domain, dev, 1);
	well = goes_well(test, !*svac_no_reach(dev, 1, process), "PASID-015",
			 "beforehand: DMA reaches a process that was blocked") &&
	       goes_well(test, !impl->get(dev, 1), "PASID-014",
			 "beforehand: the lookup finds what was blocked") &&
	       goes_well(test, !*svac_reach(dev, 2, process), "PASID-019",
			 "beforehand: blocking a PASID ends another's DMA");
	if (!well)
		return false;
	svac_block(test, domain, dev, 2);
	svac_free(test, domain);
	return goes_well(test, mock_log_count(MOCK_FREE, IOMMU_DOMAIN_SVA) == 1, "DOM-012",
			 "beforehand: the driver does not free a domain once") &&
	       goes_well(test, !svac_process_refs(process), "DOM-013",
			 "beforehand: freeing a domain does not drop its mm");
}

static bool rehearse_bond(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct svac_process *process = svac_process(test);
	struct iommu_sva *handle = svac_bind(test, dev, process);
	ioasid_t pasid;

	if (!goes_well(test, !IS_ERR(handle), "BIND-001",
		       "beforehand: a process cannot be bound"))
		return false;
	pasid = to_svac(test)->impl->pasid(handle);
	if (!goes_well(test, !*svac_reach(dev, pasid, process), "BIND-001",
		       "beforehand: DMA does not reach a process that is bound"))
		return false;
	svac_unbind(test, handle);
	return goes_well(test, !*svac_no_reach(dev, pasid, process) &&
			 !svac_process_refs(process), "BIND-002",
			 "beforehand: an unbind does not undo a bind");
}

/**
 * svac_rehearse() - See that what a case is made of works one by one
 * @test: the case
 * @bonds: bind and unbind, too
 *
 * What does not is told, and blamed on its own rule: it says nothing about
 * calls that meet. Once it has gone well it is not repeated for a case's other
 * rows.
 *
 * Return: false if the case cannot be judged.
 */
bool svac_rehearse(struct kunit *test, bool bonds)
{
	const struct svac_impl *impl = to_svac(test)->impl;
	static const struct svac_impl *of_impl;
	static const char *of_case;

	if (of_case == test->name && of_impl == impl)
		return true;
	if (!rehearse_set(test) || (bonds && !rehearse_bond(test)))
		return false;
	of_case = test->name;
	of_impl = impl;
	mock_log_clear();
	return true;
}

static bool is_lookup_in_set(const struct run *run)
{
	return BIT(run->point) & SVAC_IN_SET && run->scene->calls[1].verb == SVAC_DO_GET;
}

/* Calls that only some implementations have an answer to */
static void need_what_the_scene_does(struct kunit *test)
{
	const struct run *run = to_svac(test)->row;
	const struct svac_outcome *outcome = run->scene->allowed;
	bool locks = BIT(run->point) & SVAC_AROUND_LOCKS;
	unsigned int i;

	if (is_lookup_in_set(run))
		svac_needs(test, SVAC_PUBLISHES_LATE, "entry that waits for the driver");
	if (run->point == SVAC_LIMIT)
		svac_needs(test, SVAC_READS_LIMIT, "limit that it reads in the call");
	for (i = 0; i < ARRAY_SIZE(run->scene->allowed); i++, outcome++) {
		if (outcome->block_warns && (locks || !outcome->others_first))
			svac_needs(test, SVAC_VERIFIES, "check of what is blocked");
		if (outcome->leave_warns)
			svac_needs(test, SVAC_REMOVAL,
				   "end of what is set when a device goes away");
	}
}

/**
 * svac_play() - Play the scene of a case's row, and judge how it ends
 * @test: the case
 * @bonds: processes are bound, and no domains prepared
 */
void svac_play(struct kunit *test, bool bonds)
{
	struct stage *stage;

	need_what_the_scene_does(test);
	if (!svac_rehearse(test, bonds))
		return;
	stage = set_stage(test, bonds);
	play(stage);
	if (!svac_threads_end(stage->threads, SVAC_ACTORS)) {
		KUNIT_FAIL(test, "a call waits for what never comes\n");
		svac_abandon(test);
		return;
	}
	mock_on(MOCK_OPS, NULL, NULL);
	if (!judge(stage) && bonds)
		/* A handle that has gone wrong is nothing to work with */
		svac_abandon(test);
	else
		strike_stage(stage);
}
