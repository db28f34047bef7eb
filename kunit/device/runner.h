/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of KUnit as these cases need, for kernels that are built without it: the
 * same words, and the same KTAP in the kernel's log.
 */
#ifndef _SVAC_DEVICE_RUNNER_H
#define _SVAC_DEVICE_RUNNER_H

#include <linux/compiler.h>
#include <linux/printk.h>

/**
 * struct kunit - one run of a case
 * @name: of the case
 * @priv: the fixture's
 * @failed: an expectation was not met
 * @skipped: why nothing was judged, or NULL
 */
struct kunit {
	const char *name;
	void *priv;
	bool failed;
	const char *skipped;
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
};

struct kunit_suite {
	const char *name;
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
};

#define KUNIT_CASE(_case)	{ .run_case = _case, .name = #_case }

#define kunit_info(_test, _fmt, ...)					\
	pr_info("    # %s: " _fmt, (_test)->name, ##__VA_ARGS__)

#define kunit_mark_skipped(_test, _fmt, _why)	((_test)->skipped = (_why))

#define KUNIT_EXPECT_TRUE_MSG(_test, _condition, _fmt, ...)		\
	do {								\
		struct kunit *__run = (_test);				\
									\
		if (!(_condition)) {					\
			svac_runner_missed(__run, __FILE__, __LINE__);	\
			pr_info("    " _fmt, ##__VA_ARGS__);		\
		}							\
	} while (0)

void svac_runner_missed(struct kunit *test, const char *file, int line);
void svac_runner_list(struct kunit_suite * const *suites, size_t count);
int svac_runner_run(struct kunit_suite * const *suites, size_t count, const char *only);

#endif /* _SVAC_DEVICE_RUNNER_H */
