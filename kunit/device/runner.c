// SPDX-License-Identifier: GPL-2.0
/*
 * Runs suites one after the other and prints KTAP, as KUnit does.
 */
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "runner.h"

/**
 * svac_runner_missed() - An expectation of a case was not met
 * @test: the case
 * @file: where that is written
 * @line: where there
 */
void svac_runner_missed(struct kunit *test, const char *file, int line)
{
	const char *here = strstr(file, "kunit/device/");

	test->failed = true;
	pr_info("    # %s: EXPECTATION FAILED at %s:%d\n", test->name, here ?: file, line);
}

/* Suites, or cases as "suite.case", with commas in between; none at all: every case */
static bool chosen(const char *only, const char *suite, const char *name)
{
	size_t length, whole = strlen(suite);

	if (!only)
		return true;
	for (; *only; only += length + !!only[length]) {
		length = strcspn(only, ",");
		if (length < whole || strncmp(only, suite, whole))
			continue;
		if (length == whole)
			return true;
		if (only[whole] == '.' && length - whole - 1 == strlen(name) &&
		    !strncmp(only + whole + 1, name, strlen(name)))
			return true;
	}
	return false;
}

static unsigned int count_cases(const struct kunit_suite *suite, const char *only)
{
	const struct kunit_case *one;
	unsigned int count = 0;

	for (one = suite->test_cases; one->run_case; one++)
		count += chosen(only, suite->name, one->name);
	return count;
}

static bool run_case(const struct kunit_suite *suite, const struct kunit_case *one,
		     unsigned int number)
{
	struct kunit test = { .name = one->name };

	if (suite->init(&test)) {
		test.failed = true;
	} else {
		if (!test.skipped)
			one->run_case(&test);
		suite->exit(&test);
	}
	if (test.failed)
		pr_info("    not ok %u %s\n", number, one->name);
	else if (test.skipped)
		pr_info("    ok %u %s # SKIP %s\n", number, one->name, test.skipped);
	else
		pr_info("    ok %u %s\n", number, one->name);
	cond_resched();
	return !test.failed;
}

static bool run_suite(const struct kunit_suite *suite, unsigned int number, const char *only)
{
	const struct kunit_case *one;
	unsigned int at = 0;
	bool good = true;

	pr_info("    KTAP version 1\n");
	pr_info("    # Subtest: %s\n", suite->name);
	pr_info("    1..%u\n", count_cases(suite, only));
	for (one = suite->test_cases; one->run_case; one++) {
		if (chosen(only, suite->name, one->name))
			good &= run_case(suite, one, ++at);
	}
	pr_info("%s %u %s\n", good ? "ok" : "not ok", number, suite->name);
	return good;
}

/**
 * svac_runner_list() - Say which cases there are
 * @suites: the suites
 * @count: how many there are
 */
void svac_runner_list(struct kunit_suite * const *suites, size_t count)
{
	const struct kunit_case *one;
	size_t i;

	for (i = 0; i < count; i++) {
		for (one = suites[i]->test_cases; one->run_case; one++)
			pr_info("svac_device: %s.%s\n", suites[i]->name, one->name);
	}
}

/**
 * svac_runner_run() - Run what is chosen of some suites
 * @suites: the suites
 * @count: how many there are
 * @only: suites, or cases as "suite.case", with commas in between; NULL for all
 *
 * Return: 0 once they have run, whatever came of them; -ENOENT if nothing is chosen.
 */
int svac_runner_run(struct kunit_suite * const *suites, size_t count, const char *only)
{
	unsigned int planned = 0, number = 0;
	size_t i;

	for (i = 0; i < count; i++)
		planned += !!count_cases(suites[i], only);
	if (!planned)
		return -ENOENT;
	pr_info("KTAP version 1\n");
	pr_info("1..%u\n", planned);
	for (i = 0; i < count; i++) {
		if (count_cases(suites[i], only))
			run_suite(suites[i], ++number, only);
	}
	return 0;
}
