// SPDX-License-Identifier: GPL-2.0
/*
 * Fails the allocations of a call in turn, and judges what is left after each.
 */
#include <linux/kconfig.h>

#include "sweep.h"

/* More than any call under test allocates */
#define ROUNDS	100

/**
 * struct sweep - one in progress
 * @scene: the call
 * @stage: what it works with
 * @fault: which allocations fail
 * @nth: the first of them
 * @reached: it has failed
 * @failed: rounds in which one did, and was needed
 * @before: the state before the call
 * @after: the state after it
 */
struct sweep {
	const struct svac_scene *scene;
	struct svac_stage stage;
	enum svac_fault fault;
	unsigned int nth;
	bool reached;
	unsigned int failed;
	struct svac_state before;
	struct svac_state after;
};

static int call_with_fault(struct sweep *sweep)
{
	int ret;

	mock_memory_watch(true);
	mock_fail_nth(sweep->nth, sweep->fault == SVAC_ONE_AND_LATER);
	ret = sweep->scene->call(&sweep->stage);
	sweep->reached = !mock_fail_nth_end();
	mock_memory_watch(false);
	return ret;
}

static int call_without_fault(struct sweep *sweep)
{
	int ret;

	mock_memory_watch(true);
	ret = sweep->scene->call(&sweep->stage);
	mock_memory_watch(false);
	return ret;
}

static const char *answer_wrong(struct sweep *sweep, int ret)
{
	int want = sweep->scene->want;
	static char words[SVAC_WORDS];

	if (ret == want && (!sweep->reached || sweep->fault == SVAC_ONE_ALONE))
		return "";
	if (ret == -ENOMEM && sweep->reached)
		return "";
	if (ret == want && sweep->scene->can_do_without)
		return "";
	snprintf(words, sizeof(words), "%s was returned, expected %s",
		 svac_errname(ret), svac_errname(sweep->reached ? -ENOMEM : want));
	return words;
}

static const char *state_wrong(struct sweep *sweep, u32 allowed)
{
	struct svac_stage *stage = &sweep->stage;
	const char *wrong = svac_log_not_undone(0);

	if (*wrong)
		return wrong;
	svac_state_take(stage->test, stage->prober, &sweep->after);
	return svac_state_differs(stage->test, &sweep->before, &sweep->after, allowed);
}

/* It has to be as if it had never been called, once it is undone */
static const char *success_wrong(struct sweep *sweep)
{
	const struct svac_scene *scene = sweep->scene;
	const char *wrong = scene->check ? scene->check(&sweep->stage) : "";

	if (scene->undo) {
		mock_memory_watch(true);
		scene->undo(&sweep->stage);
		mock_memory_watch(false);
	}
	return *wrong ? wrong : state_wrong(sweep, scene->allowed);
}

static const char *failure_wrong(struct sweep *sweep)
{
	u32 traits = to_svac(sweep->stage.test)->impl->traits;
	bool stops = traits & SVAC_STOPS || !(sweep->scene->needs & SVAC_BIND);
	const char *wrong = "";

	if (stops && sweep->fault == SVAC_ONE_AND_LATER && sweep->reached)
		wrong = svac_log_after_failure(0, mock_log_failed_at());
	if (!*wrong)
		wrong = state_wrong(sweep, sweep->scene->allowed);
	if (!*wrong && !sweep->scene->keeps_memory)
		wrong = svac_memory_differs();
	return wrong;
}

static const char *judge(struct sweep *sweep, int ret)
{
	const char *wrong = answer_wrong(sweep, ret);
	const char *outcome;

	outcome = ret ? failure_wrong(sweep) : success_wrong(sweep);
	return *wrong ? wrong : outcome;
}

/* What failed for lack of memory works as soon as there is some */
static const char *second_try_wrong(struct sweep *sweep)
{
	sweep->reached = false;
	mock_log_clear();
	return judge(sweep, call_without_fault(sweep));
}

static const char *play_round(struct sweep *sweep, bool *reached, void **failed_in)
{
	const char *wrong;
	int ret;

	svac_state_take(sweep->stage.test, sweep->stage.prober, &sweep->before);
	mock_log_clear();
	mock_memory_forget();
	ret = call_with_fault(sweep);
	*reached = sweep->reached;
	sweep->failed += sweep->reached &&
			 (sweep->fault == SVAC_ONE_ALONE || ret == -ENOMEM);
	*failed_in = mock_memory().failed_in;
	wrong = judge(sweep, ret);
	if (!*wrong && ret)
		wrong = second_try_wrong(sweep);
	return wrong;
}

static const char *in_words(struct sweep *sweep, bool reached, void *failed_in,
			    const char *wrong)
{
	static char words[2 * SVAC_WORDS];
	const char *later = sweep->fault == SVAC_ONE_AND_LATER ? " and all later ones" : "";

	if (reached && failed_in)
		snprintf(words, sizeof(words), "with allocation %u%s failing (in %ps): %s",
			 sweep->nth, later, failed_in, wrong);
	else if (reached)
		snprintf(words, sizeof(words), "with allocation %u%s failing: %s",
			 sweep->nth, later, wrong);
	else
		snprintf(words, sizeof(words), "after %u rounds, with no allocation failing: %s",
			 sweep->nth - 1, wrong);
	return words;
}

static const char *play(struct sweep *sweep)
{
	const struct svac_scene *scene = sweep->scene;
	bool reached = true;
	void *failed_in;
	const char *wrong;

	for (sweep->nth = 1; sweep->nth <= ROUNDS && reached; sweep->nth++) {
		if (scene->begin)
			scene->begin(&sweep->stage);
		wrong = play_round(sweep, &reached, &failed_in);
		if (scene->end)
			scene->end(&sweep->stage);
		if (!*wrong)
			wrong = svac_memory_differs();
		if (*wrong)
			return in_words(sweep, reached, failed_in, wrong);
	}
	if (reached)
		return "there is no end to the allocations that can fail";
	return "";
}

/**
 * svac_sweep_wrong() - Make a call with each of its allocations failing in turn
 * @test: the case
 * @scene: the call
 * @fault: which allocations fail in a round
 * @failed: receives how many rounds had one fail
 *
 * Return: "" if all went as it must, else what did not.
 */
const char *svac_sweep_wrong(struct kunit *test, const struct svac_scene *scene,
			     enum svac_fault fault, unsigned int *failed)
{
	struct sweep *sweep = kunit_kzalloc(test, sizeof(*sweep), GFP_KERNEL);
	const char *wrong;

	KUNIT_ASSERT_NOT_NULL(test, sweep);
	sweep->scene = scene;
	sweep->fault = fault;
	sweep->stage.test = test;
	if (scene->prepare)
		scene->prepare(&sweep->stage);
	wrong = play(sweep);
	*failed = sweep->failed;
	if (*wrong)
		return wrong;
	if (!*failed)
		return "no allocation was made to fail";
	if (*failed < scene->least)
		return "the call has done with less memory than it needs";
	return "";
}

/**
 * svac_sweep() - Put the row's scene to the test
 * @test: the case
 * @fault: which allocations fail in a round
 */
void svac_sweep(struct kunit *test, enum svac_fault fault)
{
	const struct svac_scene *scene = to_svac(test)->row;
	unsigned int failed = 0;
	const char *wrong;

	svac_needs(test, scene->needs, "answer to this");
	svac_needs_faults(test);
	wrong = svac_sweep_wrong(test, scene, fault, &failed);
	kunit_log(KERN_INFO, test, KUNIT_SUBSUBTEST_INDENT "# allocations made to fail: %u",
		  failed);
	KUNIT_EXPECT_TRUE_MSG(test, !*wrong, "%s: %s\n", scene->name, wrong);
}
