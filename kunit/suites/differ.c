// SPDX-License-Identifier: GPL-2.0
/*
 * The carried implementation and the tree's own, side by side in one kernel: whatever
 * came before, the same call has to come to the same with both, but for what a rule says
 * differs by design. The cases are about both, and so of neither.
 *
 * On the kernel's command line:
 *   svacheck.differ_length=N         all sequences of N calls
 *   svacheck.differ_random=N,M       N random sequences of M calls, in each layout
 *   svacheck.differ_seed=S           from which they come
 *   svacheck.differ_replay=SEQUENCE  this one: in(LAYOUT) and calls as in model_text.c
 */
#include <linux/moduleparam.h>
#include <linux/sched/mm.h>

#include "twins.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "svacheck."

/* Random sequences, and calls in each, in which a planted difference has to be seen */
#define CONTROL_SEQUENCES	10
#define CONTROL_CALLS		60

static unsigned int differ_length;
module_param(differ_length, uint, 0444);

static char *differ_random_size = "100,50";
module_param_named(differ_random, differ_random_size, charp, 0444);

static unsigned long differ_seed = 20220519;
module_param(differ_seed, ulong, 0444);

static char *differ_replay;
module_param(differ_replay, charp, 0444);

#define PASIDS	{ 0, 1, 2 }
#define LIMITED	.pasid_bits = 20, .max_pasids = 2

/* Of the guest and of the host, who must not share their groups */
static const struct bench_layout alone[TWINS] = {
	{ "alone", { { .pasid_bits = 2 }, { LIMITED } }, PASIDS },
	{ "alone", { { .pasid_bits = 2 }, { LIMITED } }, PASIDS },
};

static const struct bench_layout shared[TWINS] = {
	{ "shared", { { .group = 1, .pasid_bits = 2 }, { .group = 1, LIMITED } }, PASIDS },
	{ "shared", { { .group = 2, .pasid_bits = 2 }, { .group = 2, LIMITED } }, PASIDS },
};

/* More PASIDs than PCIe has room for, and none at all */
static const struct bench_layout edge[TWINS] = {
	{ "edge", { { .pasid_bits = 21, .max_pasids = BIT(21) }, { } }, { 0, 1, BIT(20) } },
	{ "edge", { { .pasid_bits = 21, .max_pasids = BIT(21) }, { } }, { 0, 1, BIT(20) } },
};

static const struct bench_layout * const layouts[] = { alone, shared, edge };

/* All sequences of so many calls in each layout: they take less than a second */
static const unsigned int lengths[] = { 4, 3, 3 };

static const char * const sample[] = {
	"alloc(A)", "fail(driver)", "d0.set(p1,A)", "d0.set(p1,A)", "alloc(U)", "d0.set(p2,U)",
	"fail(memory)", "d1.set(p1,U)", "d1.bind(B)", "d0.bind(B)", "d1.set(p1,A)", "exit(A)",
	"d0.block(p1)", "d0.unbind(B)", "d1.unbind(B)", "free(A)", "d0.set(p0,U)",
};

static struct twins_how how_of(const struct bench_layout *layout, unsigned long *seen)
{
	return (struct twins_how){
		.layout = layout,
		.impls = { svac_impl_find(true), svac_impl_find(false) },
		.seen = seen,
	};
}

/* Half of the calls bind, and half of the divergences are of bonds */
static void needs_bonds(struct kunit *test)
{
	if (!(svac_impl_find(false)->traits & SVAC_BIND))
		svac_skip(test, "the kernel refuses to bind on this architecture");
}

/* The first divergence that no call has come to, or NULL */
static const struct divergence *unused(const unsigned long *seen)
{
	unsigned int i;

	for (i = 0; i < divergences_count; i++)
		if (!seen[i])
			return &divergences[i];
	return NULL;
}

static void say_divergences(struct kunit *test, const unsigned long *seen)
{
	unsigned int i;

	for (i = 0; i < divergences_count; i++)
		explore_say(test, "# divergence: %s %s: %lu", divergences[i].rule,
			    divergences[i].name, seen[i]);
}

/* A row that masks nothing now would mask something one day */
static void judge_divergences(struct kunit *test, const unsigned long *seen)
{
	const struct divergence *left = unused(seen);
	char text[96];

	if (!left)
		return;
	snprintf(text, sizeof(text), "no sequence comes to a divergence that is named: %s %s",
		 left->rule, left->name);
	svac_blame(test, "SEQ-005", text);
}

static void carried_and_upstream_agree_in_all_short_sequences(struct kunit *test)
{
	unsigned long seen[DIVERGENCES_MOST] = { }, sequences = 0;
	unsigned int i, length, longest = 0, states = 0;
	struct exploration *exploration;
	struct twins_how how;
	bool well = true;

	svac_rules(test, "SEQ-004", "SEQ-005");
	needs_bonds(test);
	KUNIT_ASSERT_LE_MSG(test, differ_length, EXPLORE_DEEPEST, "svacheck.differ_length=%u\n",
			    differ_length);
	for (i = 0; i < ARRAY_SIZE(layouts) && well; i++) {
		how = how_of(layouts[i], seen);
		length = differ_length ?: lengths[i];
		exploration = explore_begin(test, &twins_kind, &how);
		explore_all(exploration, length, 0, 1);
		sequences += exploration->sequences;
		states += exploration->states;
		longest = max(longest, length);
		well = !exploration->wrong.rule;
		if (!well)
			explore_tell(exploration, "SEQ-004");
		explore_end(exploration);
	}
	explore_say(test, "# explored: sequences=%lu states=%u length=%u", sequences, states,
		    longest);
	if (well)
		say_divergences(test, seen);
	if (well && !differ_length)
		judge_divergences(test, seen);
}

static void carried_and_upstream_agree_in_long_random_sequences(struct kunit *test)
{
	unsigned int i, count, length, states = 0;
	unsigned long seen[DIVERGENCES_MOST] = { }, sequences = 0;
	struct exploration *exploration;
	struct twins_how how;
	bool well = true;

	svac_rules(test, "SEQ-004");
	needs_bonds(test);
	explore_read_two(test, differ_random_size, ',', &count, &length);
	KUNIT_ASSERT_TRUE_MSG(test, count && length && length <= SEQUENCE_MOST,
			      "svacheck.differ_random=%s\n", differ_random_size);
	for (i = 0; i < ARRAY_SIZE(layouts) && well; i++) {
		how = how_of(layouts[i], seen);
		exploration = explore_begin(test, &twins_kind, &how);
		explore_random(exploration, differ_seed, count, length);
		sequences += exploration->sequences;
		states += exploration->states;
		well = !exploration->wrong.rule;
		if (!well)
			explore_tell(exploration, "SEQ-004");
		explore_end(exploration);
	}
	explore_say(test, "# explored: sequences=%lu states=%u length=%u seed=%lu", sequences,
		    states, length, differ_seed);
}

/* Takes in(LAYOUT) from the beginning of a text */
static const struct bench_layout *read_layout(struct kunit *test, const char **text)
{
	size_t length = *text ? strcspn(*text, ")") : 0;
	unsigned int i;

	for (i = 0; length > 3 && i < ARRAY_SIZE(layouts); i++)
		if (strlen(layouts[i]->name) == length - 3 && strstarts(*text, "in(") &&
		    strstarts(*text + 3, layouts[i]->name)) {
			*text += length + !!(*text)[length];
			return layouts[i];
		}
	return alone;
}

static void carried_and_upstream_agree_in_the_replayed_sequence(struct kunit *test)
{
	unsigned long seen[DIVERGENCES_MOST] = { };
	const char *text = differ_replay;
	struct exploration *exploration;
	struct sequence *sequence;
	struct twins_how how;

	svac_rules(test, "SEQ-004");
	needs_bonds(test);
	sequence = kunit_kzalloc(test, sizeof(*sequence), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, sequence);
	how = how_of(read_layout(test, &text), seen);
	explore_read(test, text, sample, ARRAY_SIZE(sample), sequence);
	exploration = explore_begin(test, &twins_kind, &how);
	explore_replay(exploration, sequence, "SEQ-004");
	explore_end(exploration);
}

/* ---- differences that are planted in one of the two ---- */

/* What the planted functions stand in front of */
static const struct svac_impl *real;

static int set_again(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	int ret = real->set(domain, dev, pasid);

	return ret == -EBUSY ? 0 : ret;
}

static int set_asks_three_times(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	int ret = real->set(domain, dev, pasid);

	if (ret)
		return ret;
	real->block(domain, dev, pasid);
	return real->set(domain, dev, pasid);
}

static void block_keeps_the_mm(struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	real->block(domain, dev, pasid);
	if (domain->type == IOMMU_DOMAIN_SVA)
		mmgrab(real->mm_of(domain));
}

static struct iommu_sva *bind_is_refused_otherwise(struct device *dev, struct mm_struct *mm)
{
	struct iommu_sva *handle = real->bind(dev, mm);

	return PTR_ERR_OR_ZERO(handle) == -ENOSPC ? ERR_PTR(-ENODEV) : handle;
}

static ioasid_t handle_has_the_next_pasid(struct iommu_sva *handle)
{
	return real->pasid(handle) + 1;
}

/**
 * struct planted - a difference in one of the two
 * @name: for a person
 * @layout: in which it can be seen
 * @where: TWIN_GUEST or TWIN_HOST
 * @quirk: of the driver, for that one alone
 * @changes: of the implementation's functions, NULL for those that stay
 * @part: in which it is seen
 * @calls: that it takes
 */
static const struct planted {
	const char *name;
	const struct bench_layout *layout;
	unsigned int where;
	enum mock_quirk quirk;
	struct svac_impl changes;
	const char *part;
	unsigned int calls;
} planted[] = {
	{ "set installs nothing", alone, TWIN_HOST, MOCK_INSTALLS_NOTHING,
	  .part = "the IOMMU's table", .calls = 1 },
	{ "block keeps the entry", alone, TWIN_GUEST, MOCK_KEEPS_ENTRY,
	  .part = "the IOMMU's table", .calls = 2 },
	{ "set of what is set", alone, TWIN_HOST, .changes.set = set_again,
	  .part = "the answer", .calls = 3 },
	{ "set that asks three times", alone, TWIN_GUEST, .changes.set = set_asks_three_times,
	  .part = "the driver's calls", .calls = 2 },
	{ "block that keeps the mm", alone, TWIN_HOST, .changes.block = block_keeps_the_mm,
	  .part = "references to an mm", .calls = 3 },
	{ "handle with another PASID", alone, TWIN_GUEST,
	  .changes.pasid = handle_has_the_next_pasid, .part = "the PASID of a bond", .calls = 1 },
	{ "bind that is refused otherwise than by design", edge, TWIN_HOST,
	  .changes.bind = bind_is_refused_otherwise, .part = "the answer", .calls = 1 },
	{ "set that asks three times, in a group of two", shared, TWIN_HOST,
	  .changes.set = set_asks_three_times, .part = "the driver's calls", .calls = 2 },
};

static void plant(const struct planted *row, struct twins_how *how, struct svac_impl *changed)
{
	real = how->impls[row->where];
	*changed = *real;
	changed->set = row->changes.set ?: real->set;
	changed->block = row->changes.block ?: real->block;
	changed->bind = row->changes.bind ?: real->bind;
	changed->pasid = row->changes.pasid ?: real->pasid;
	how->impls[row->where] = changed;
	how->quirks[row->where] = row->quirk;
}

static void see_and_shrink(struct kunit *test, const struct planted *row,
			   struct sequence *shrunk)
{
	unsigned long seen[DIVERGENCES_MOST] = { };
	struct twins_how how = how_of(row->layout, seen);
	struct exploration *exploration;
	static struct svac_impl changed;

	plant(row, &how, &changed);
	shrunk->count = 0;
	exploration = explore_begin(test, &twins_kind, &how);
	explore_random(exploration, differ_seed, CONTROL_SEQUENCES, CONTROL_CALLS);
	KUNIT_EXPECT_TRUE_MSG(test, exploration->wrong.rule, "%s: not seen\n", row->name);
	if (exploration->wrong.rule) {
		KUNIT_EXPECT_STREQ_MSG(test, exploration->wrong.part, row->part, "%s\n",
				       row->name);
		explore_shrink(exploration, shrunk);
		KUNIT_EXPECT_EQ_MSG(test, shrunk->count, row->calls, "%s: %s\n", row->name,
				    exploration->wrong.what);
	}
	explore_end(exploration);
}

/* A control that meets a difference that nobody has planted tells nothing */
static bool differ_as_they_are(struct kunit *test, const struct bench_layout *layout)
{
	unsigned long seen[DIVERGENCES_MOST] = { };
	struct twins_how how = how_of(layout, seen);
	struct exploration *exploration;
	bool differ;

	exploration = explore_begin(test, &twins_kind, &how);
	explore_random(exploration, differ_seed, CONTROL_SEQUENCES, CONTROL_CALLS);
	differ = exploration->wrong.rule;
	if (differ)
		explore_tell(exploration, "SEQ-004");
	explore_end(exploration);
	return differ;
}

static void difference_in_one_of_them_is_seen_and_shrunk(struct kunit *test)
{
	struct sequence *shrunk = kunit_kzalloc(test, sizeof(*shrunk), GFP_KERNEL);
	unsigned int i;

	svac_rules(test, "CTL-021");
	needs_bonds(test);
	KUNIT_ASSERT_NOT_NULL(test, shrunk);
	for (i = 0; i < ARRAY_SIZE(layouts); i++)
		if (differ_as_they_are(test, layouts[i]))
			return;
	for (i = 0; i < ARRAY_SIZE(planted); i++)
		see_and_shrink(test, &planted[i], shrunk);
}

static void divergence_that_is_never_met_is_named(struct kunit *test)
{
	unsigned long seen[DIVERGENCES_MOST];
	unsigned int i;

	svac_rules(test, "CTL-021");
	needs_bonds(test);
	for (i = 0; i < divergences_count; i++)
		seen[i] = 1;
	KUNIT_EXPECT_NULL(test, unused(seen));
	for (i = 0; i < divergences_count; i++) {
		seen[i] = 0;
		KUNIT_EXPECT_PTR_EQ(test, unused(seen), &divergences[i]);
		seen[i] = 1;
	}
}

static struct kunit_case differ_cases[] = {
	SVAC_PLAIN_CASE(carried_and_upstream_agree_in_all_short_sequences),
	SVAC_PLAIN_CASE(carried_and_upstream_agree_in_long_random_sequences),
	SVAC_PLAIN_CASE(carried_and_upstream_agree_in_the_replayed_sequence),
	SVAC_PLAIN_CASE(difference_in_one_of_them_is_seen_and_shrunk),
	SVAC_PLAIN_CASE(divergence_that_is_never_met_is_named),
	{ }
};

SVAC_SUITE(svac_differ, differ_cases);
