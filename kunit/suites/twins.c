// SPDX-License-Identifier: GPL-2.0
/*
 * Makes each call on both twins, takes from what is seen of the guest what the named
 * divergences make of it, and holds that against what is seen of the host.
 */
#include <linux/jhash.h>
#include <linux/string.h>

#include "twins.h"

#define RULE	"SEQ-004"

/* Of what is seen, in words */
#define WORDS	72

static int twins_make(void *subject, const void *how)
{
	struct twins *twins = subject;
	int ret;

	twins->how = how;
	ret = twin_make(&twins->twins[TWIN_GUEST], how, TWIN_GUEST) ?:
	      twin_make(&twins->twins[TWIN_HOST], how, TWIN_HOST);
	mock_reset();
	return ret;
}

static void twins_end(void *subject)
{
	struct twins *twins = subject;

	mock_set_quirk(MOCK_NORMAL);
	twin_end(&twins->twins[TWIN_GUEST]);
	twin_end(&twins->twins[TWIN_HOST]);
	mock_reset();
	memset(twins, 0, sizeof(*twins));
}

/* Both are as the guest is, or there would have been a deviation */
static const struct bench *bench_of(const struct twins *twins)
{
	return &twins->twins[TWIN_GUEST].bench;
}

static bool is_set_on(const struct twins *twins, unsigned int dev, u8 domain)
{
	unsigned int pasid;

	for (pasid = 0; pasid < MODEL_PASIDS; pasid++)
		if (twins->twins[TWIN_GUEST].sight.found[dev][pasid] == domain)
			return true;
	return false;
}

static bool is_set(const struct twins *twins, u8 domain)
{
	return is_set_on(twins, 0, domain) || is_set_on(twins, 1, domain);
}

/* May a call use up the failure that is about to come, whoever makes it */
static bool may_fail(const struct model_op *op, enum model_failure failure)
{
	switch (op->call) {
	case MODEL_ALLOC:
	case MODEL_SET:
	case MODEL_BIND:
		return true;
	case MODEL_FREE:
	case MODEL_BLOCK:
	case MODEL_UNBIND:
		return failure == MODEL_MEMORY;
	default:
		return false;
	}
}

/*
 * As for the model, misuse is left out; so are binds of a process that has exited, and
 * those where a domain of the process's is set that no bond has: the host would take it
 * for a bond.
 */
static bool twins_possible(const void *subject, u8 number)
{
	const struct twins *twins = subject;
	const struct bench *bench = bench_of(twins);
	struct model_op op = model_op(number);

	switch (op.call) {
	case MODEL_ALLOC:
		return !bench->domains[op.domain];
	case MODEL_FREE:
		return bench->domains[op.domain] && !is_set(twins, op.domain);
	case MODEL_SET:
		return bench->domains[op.domain];
	case MODEL_BLOCK:
		return twins->twins[TWIN_GUEST].sight.found[op.dev][op.pasid] < MODEL_DOMAINS;
	case MODEL_EXIT:
		return !bench->processes[op.domain].gone;
	case MODEL_FAIL:
		return twins->failure == MODEL_WELL;
	case MODEL_BIND:
		return !bench->processes[op.domain].gone && bench->bonds[op.dev][op.domain] < 2 &&
		       !is_set_on(twins, op.dev, op.domain);
	case MODEL_UNBIND:
		return bench->bonds[op.dev][op.domain];
	default:
		return false;
	}
}

/* For the reasons that model_needless() and model_silent() give */
static bool twins_needless(const void *subject, u8 number, bool last)
{
	const struct twins *twins = subject;
	struct model_op op = model_op(number);
	unsigned int i;

	if (twins->failure != MODEL_WELL && !may_fail(&op, twins->failure))
		return true;
	for (i = 0; i < MODEL_PROCESSES; i++)
		if (bench_of(twins)->processes[i].gone && !twins->known[i] &&
		    op.call != MODEL_FAIL && !(op.call == MODEL_ALLOC && op.domain == i))
			return true;
	if (last && (op.call == MODEL_FAIL ||
		     (op.call == MODEL_EXIT && !twins->known[op.domain])))
		return true;
	return (op.call == MODEL_ALLOC || op.call == MODEL_EXIT || op.call == MODEL_BIND) &&
	       op.domain == MODEL_B && !twins->known[MODEL_A];
}

/* A few thousand states hardly ever share a number of so many bits */
static u32 twins_state(const void *subject)
{
	const struct twins *twins = subject;
	const struct bench *bench = bench_of(twins);
	const struct sight *sight = &twins->twins[TWIN_GUEST].sight;
	u32 state = jhash(sight->found, sizeof(sight->found), twins->failure);
	unsigned int i;

	state = jhash(bench->bonds, sizeof(bench->bonds), state);
	state = jhash(sight->pasids, sizeof(sight->pasids), state);
	for (i = 0; i < MODEL_DOMAINS; i++)
		state = jhash_1word(!!bench->domains[i], state);
	for (i = 0; i < MODEL_PROCESSES; i++)
		state = jhash_1word(bench->processes[i].gone, state);
	return state % EXPLORE_STATES;
}

static struct sequence *twins_journal(void *subject)
{
	struct twins *twins = subject;

	return &twins->journal;
}

static const char *twins_answer(const void *subject, int ret)
{
	const struct twins *twins = subject;
	static char text[WORDS];

	scnprintf(text, sizeof(text), "%s %s, %s %s", twins->how->impls[TWIN_GUEST]->name,
		  svac_errname(ret), twins->how->impls[TWIN_HOST]->name,
		  svac_errname(twins->twins[TWIN_HOST].sight.ret));
	return text;
}

static const char *twins_place(const void *how)
{
	return ((const struct twins_how *)how)->layout->name;
}

/* Rules, as they have come to be applied */
static void cite(char rules[WORDS], const char *rule)
{
	if (!strstr(rules, rule))
		scnprintf(rules + strlen(rules), WORDS - strlen(rules), "%s%s",
			  *rules ? ", " : "", rule);
}

/* What the guest's sight would be by the rules that stand for what differs by design */
static bool apply(const struct twins *twins, const struct model_op *op,
		  enum model_failure failure, struct sight *want, char rules[WORDS])
{
	const struct divergence *divergence = divergences;
	bool apart = false;

	for (; divergence < divergences + divergences_count; divergence++) {
		if (!divergence->happens(twins, op, failure))
			continue;
		divergence->makes(twins, op, failure, want);
		twins->how->seen[divergence - divergences]++;
		apart |= divergence->apart;
		cite(rules, divergence->rule);
	}
	return apart;
}

/* Hold the host against what is wanted of it; @because: if not as the guest, why */
static bool differ(const struct twins *twins, const struct sight *want, const char *because,
		   struct deviation *wrong)
{
	const struct sight *guest = &twins->twins[TWIN_GUEST].sight;
	const struct sight *host = &twins->twins[TWIN_HOST].sight;
	const struct svac_impl * const *impls = twins->how->impls;
	char here[WORDS], there[WORDS], as_it_is[WORDS] = "";
	const char *what;
	bool changed;

	what = sight_differs(want, host, here, there, WORDS);
	if (!what)
		return false;
	changed = sight_differs(guest, host, as_it_is, there, WORDS) != what ||
		  strcmp(as_it_is, here);
	sight_differs(want, host, here, there, WORDS);
	wrong->rule = RULE;
	wrong->part = what;
	snprintf(wrong->what, sizeof(wrong->what), "%s: %s %s%s%s, %s %s", what,
		 impls[TWIN_GUEST]->name, here, changed ? " by " : "", changed ? because : "",
		 impls[TWIN_HOST]->name, there);
	return true;
}

/* Each of one operation that was done, undone by another, in the same order */
static void add_undoing(const struct sight *done, enum mock_op what, enum mock_op by,
			struct sight *want)
{
	unsigned int i;

	for (i = 0; i < min_t(unsigned int, done->called, SIGHT_CALLS); i++) {
		if (done->calls[i].op != what)
			continue;
		want->calls[want->called] = done->calls[i];
		want->calls[want->called++].op = by;
	}
}

/* The host undoes what only it has done, by @rule: then both are as before the call */
static void come_together(struct twins *twins, const struct model_op *op, const char *rule,
			  struct deviation *wrong)
{
	struct twin *host = &twins->twins[TWIN_HOST];
	struct sight want = twins->twins[TWIN_GUEST].sight;
	const struct model_op nothing = { MODEL_FAIL };
	struct model_op undo = *op;
	char because[WORDS], rules[WORDS] = "";

	/* What differs as long as a bond lasts does so before and after */
	apply(twins, &nothing, MODEL_WELL, &want, rules);
	undo.call = op->call == MODEL_SET ? MODEL_BLOCK : MODEL_UNBIND;
	want.ret = 0;
	want.called = 0;
	add_undoing(&host->sight, MOCK_SET, MOCK_BLOCK, &want);
	add_undoing(&host->sight, MOCK_ALLOC, MOCK_FREE, &want);
	twin_call(host, &undo, MODEL_WELL);
	scnprintf(because, WORDS, "%s, undone", rule);
	differ(twins, &want, because, wrong);
}

static int twins_step(void *subject, u8 number, struct deviation *wrong)
{
	struct twins *twins = subject;
	struct twin *guest = &twins->twins[TWIN_GUEST], *host = &twins->twins[TWIN_HOST];
	struct model_op op = model_op(number);
	enum model_failure failure = may_fail(&op, twins->failure) ? twins->failure : MODEL_WELL;
	char rules[WORDS] = "";
	struct sight want;
	bool apart;

	sequence_append(&twins->journal, number);
	if (failure != MODEL_WELL)
		twins->failure = MODEL_WELL;
	if (op.call == MODEL_FAIL)
		twins->failure = op.failure;
	if (op.call == MODEL_ALLOC || op.call == MODEL_BIND)
		twins->known[op.domain % MODEL_PROCESSES] |= op.domain < MODEL_PROCESSES;
	if (op.call == MODEL_BLOCK)
		op.domain = guest->sight.found[op.dev][op.pasid];
	twin_call(guest, &op, failure);
	twin_call(host, &op, failure);
	want = guest->sight;
	apart = apply(twins, &op, failure, &want, rules);
	if (!differ(twins, &want, rules, wrong) && apart && !want.ret)
		come_together(twins, &op, rules, wrong);
	return guest->sight.ret;
}

static bool step_all(struct twins *twins, enum model_call kind, struct deviation *wrong)
{
	unsigned int number;

	for (number = 0; number < MODEL_OPS; number++)
		while (model_op(number).call == kind && twins_possible(twins, number)) {
			twins_step(twins, number, wrong);
			if (wrong->rule)
				return false;
		}
	return true;
}

static bool twins_reset(void *subject, struct deviation *wrong)
{
	struct twins *twins = subject;
	unsigned int i;

	twins->failure = MODEL_WELL;
	if (!step_all(twins, MODEL_UNBIND, wrong) || !step_all(twins, MODEL_BLOCK, wrong) ||
	    !step_all(twins, MODEL_FREE, wrong))
		return false;
	for (i = 0; i < TWINS; i++)
		if (twin_renew(&twins->twins[i])) {
			wrong->rule = "CTL-003";
			strscpy(wrong->what, "no memory for a new process", sizeof(wrong->what));
			return false;
		}
	memset(twins->known, 0, sizeof(twins->known));
	mock_reset();
	return true;
}

const struct explore_kind twins_kind = {
	.size = sizeof(struct twins),
	.make = twins_make,
	.end = twins_end,
	.reset = twins_reset,
	.step = twins_step,
	.possible = twins_possible,
	.needless = twins_needless,
	.state = twins_state,
	.journal = twins_journal,
	.answer = twins_answer,
	.place = twins_place,
};
