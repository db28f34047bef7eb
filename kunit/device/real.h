/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the cases for a real device share. Each takes the device, does what it has
 * to, and the fixture undoes what is left of that and then fails the case if
 * anything about the device is not as it was before.
 */
#ifndef _SVAC_DEVICE_REAL_H
#define _SVAC_DEVICE_REAL_H

#ifdef SVAC_RUNNER
#include "runner.h"
#else
#include <kunit/test.h>
#endif

#include "stock.h"
#include "facts.h"
#include "process.h"
#include "target.h"

#define SVAC_REAL_DOMAINS	3
#define SVAC_REAL_PASIDS	4
#define SVAC_REAL_HANDLES	4

struct svac_real_setting {
	struct iommu_domain *domain;
	ioasid_t pasid;
};

/**
 * struct svac_real - what a case has made so far
 * @dev: the device, locked
 * @before: what was seen of it before the case
 * @domains: allocated
 * @given: PASIDs that nobody else has
 * @set: on PASIDs of the device
 * @handles: bound
 * @mms: held
 * @sva: the device was made ready for binding
 */
struct svac_real {
	struct device *dev;
	struct svac_facts before;
	struct iommu_domain *domains[SVAC_REAL_DOMAINS];
	ioasid_t given[SVAC_REAL_PASIDS];
	struct svac_real_setting set[SVAC_REAL_PASIDS];
	struct iommu_sva *handles[SVAC_REAL_HANDLES];
	struct mm_struct *mms[SVAC_REAL_PROCESSES];
	bool sva;
};

static inline struct svac_real *to_real(struct kunit *test)
{
	return test->priv;
}

#define SVAC_PLAIN_CASE(_case)	KUNIT_CASE(_case)

#ifdef SVAC_RUNNER
#define svac_register(_suite)
#define svac_suite_scope
#else
#define svac_register(_suite)	kunit_test_suite(_suite)
#define svac_suite_scope	static
#endif

#define SVAC_SUITE(_suite, _cases)					\
	svac_suite_scope struct kunit_suite suite_##_suite = {		\
		.name = #_suite,					\
		.init = svac_real_init,					\
		.exit = svac_real_exit,					\
		.test_cases = _cases,					\
	};								\
	svac_register(suite_##_suite)

int svac_real_init(struct kunit *test);
void svac_real_exit(struct kunit *test);

/* The rules that a case checks: before anything is done or expected */
#define svac_rules(test, ...)						\
	do {								\
		static const char * const __ids[] = { __VA_ARGS__ };	\
									\
		svac_real_rules(test, __ids, ARRAY_SIZE(__ids));	\
	} while (0)

void svac_real_rules(struct kunit *test, const char * const *ids, size_t count);

/* Without what why tells of there is nothing to judge; why is NULL if there is everything */
bool svac_real_lacks(struct kunit *test, const char *why);

/* Why no domain can be set on PASIDs, or nobody bound, here; NULL if it can */
const char *svac_real_no_pasids(struct kunit *test);
const char *svac_real_no_sva(struct kunit *test);
const char *svac_real_few_pasids(struct kunit *test);
const char *svac_real_not_idle(struct kunit *test);

void svac_real_unchanged(struct kunit *test, const char *when);

/* What cannot be had fails the case, which is then to return */
struct iommu_domain *svac_real_domain(struct kunit *test);
ioasid_t svac_real_pasid(struct kunit *test);
struct mm_struct *svac_real_mm(struct kunit *test, unsigned int which);

int svac_real_set(struct kunit *test, struct iommu_domain *domain, ioasid_t pasid);
void svac_real_block(struct kunit *test, struct iommu_domain *domain, ioasid_t pasid);
struct iommu_sva *svac_real_bind(struct kunit *test, struct mm_struct *mm);
void svac_real_unbind(struct kunit *test, struct iommu_sva *handle);

#define svac_real_expect(_test, _call, _want)				\
	do {								\
		long __got = (_call), __expected = (_want);		\
									\
		KUNIT_EXPECT_TRUE_MSG(_test, __got == __expected,	\
				      "%s returned %ld, expected %ld\n", \
				      #_call, __got, __expected);	\
	} while (0)

#define svac_real_expect_true(_test, _condition)			\
	KUNIT_EXPECT_TRUE_MSG(_test, _condition, "expected that %s\n", #_condition)

#endif /* _SVAC_DEVICE_REAL_H */
