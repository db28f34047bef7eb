/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cases of a program in the virtual machine: what happens when the module is
 * loaded. They are registered, and print KTAP in the kernel's log, as the module's
 * own do.
 */
#ifndef _SVAC_DEVICE_VM_CASES_H
#define _SVAC_DEVICE_VM_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct kunit {
	const char *name;
	bool failed;
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
};

struct suite {
	const char *name;
	const struct kunit_case *cases;
};

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#define SVAC_PLAIN_CASE(_case)	{ .run_case = _case, .name = #_case }

#define SVAC_SUITE(_suite, _cases)	\
	const struct suite suite_##_suite = { .name = #_suite, .cases = _cases }

#define svac_rules(test, ...)						\
	do {								\
		static const char * const ids[] = { __VA_ARGS__ };	\
									\
		for (size_t i = 0; i < ARRAY_SIZE(ids); i++)		\
			say("    # %s: rule: %s", (test)->name, ids[i]);	\
	} while (0)

#define expect(_test, call, want)					\
	do {								\
		struct kunit *run = (_test);				\
		long got = (call), wanted = (want);			\
									\
		if (got != wanted) {					\
			run->failed = true;				\
			say("    # %s: EXPECTATION FAILED at kunit/device/vm/%s:%d", \
			    run->name, __FILE__, __LINE__);		\
			say("    %s returned %ld, expected %ld", #call, got, wanted); \
		}							\
	} while (0)

/* manners.c */
extern const struct suite suite_svac_module_load, suite_svac_module_no_iommu;

/* A line of the kernel's log, in its place among the kernel's own */
#define say(format, ...)						\
	do {								\
		char said[900];						\
									\
		snprintf(said, sizeof(said), "<6>" format, ##__VA_ARGS__); \
		say_line(said);						\
	} while (0)

/* init.c: 0 or a negative errno */
void say_line(const char *line);
int load(const char *module, const char *parameters);
int unload(const char *module);

#endif /* _SVAC_DEVICE_VM_CASES_H */
