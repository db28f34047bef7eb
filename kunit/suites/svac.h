/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites share. A case is a rule or two, what it takes to put them to
 * the test, and expectations; whatever it leaves behind the fixture undoes, and
 * then fails the case if anything has leaked.
 */
#ifndef _SVAC_SUITES_H
#define _SVAC_SUITES_H

#include <kunit/test.h>

#include "../api/impl.h"
#include "../api/kernel.h"
#include "../mock/mock.h"
#include "../mock/pci.h"

#define SVAC_DEVICES	8
#define SVAC_PROCESSES	4
#define SVAC_DOMAINS	16
#define SVAC_HANDLES	8

/**
 * struct svac_process - an address space with some memory
 * @mm: held until the case ends, also after the process has exited
 * @rw: a page that has been written to, SVAC_WORD at its start
 * @fresh: a writable page that nobody has touched
 * @ro: a page that may only be read
 * @hole: a page that is not mapped
 * @gone: has exited
 * @pages: that were mapped when it was made
 */
struct svac_process {
	struct mm_struct *mm;
	unsigned long rw;
	unsigned long fresh;
	unsigned long ro;
	unsigned long hole;
	bool gone;
	unsigned long pages;
};

#define SVAC_WORD	0x5a5a5a5a5a5a5a5aULL

/* One PASID that a case has set and not blocked */
struct svac_setting {
	struct list_head list;
	struct iommu_domain *domain;
	struct device *dev;
	ioasid_t pasid;
};

/**
 * struct svac - what a case has made so far
 * @impl: the implementation under test; NULL in a plain case
 * @row: the case's row
 * @devices: plugged in, and some perhaps unplugged again
 * @processes: started, and some perhaps exited
 * @domains: allocated and not freed
 * @handles: bound and not unbound
 * @settings: list of struct svac_setting
 * @may_leak: domains cannot be freed in this case
 * @groups: of the mock's devices when the case began
 * @abandoned: nothing that this case has made can be undone
 */
struct svac {
	const struct svac_impl *impl;
	const void *row;
	struct device *devices[SVAC_DEVICES];
	struct svac_process processes[SVAC_PROCESSES];
	struct iommu_domain *domains[SVAC_DOMAINS];
	struct iommu_sva *handles[SVAC_HANDLES];
	struct list_head settings;
	bool may_leak;
	int groups;
	bool abandoned;
};

static inline struct svac *to_svac(struct kunit *test)
{
	return test->priv;
}

/* Registration: each case runs once per implementation, and per row if any */
const void *svac_impls(svac_asked(const void *prev, char *desc));

#define SVAC_CASE(_case)	KUNIT_CASE_PARAM(_case, svac_impls)

/* For what is no matter of implementations */
#define SVAC_PLAIN_CASE(_case)	KUNIT_CASE(_case)

#define SVAC_ROWS(_rows)						\
	static const void *next_##_rows(svac_asked(const void *prev, char *desc)) \
	{								\
		return svac_next_param(prev, desc, _rows, sizeof(_rows), \
				       sizeof((_rows)[0]));		\
	}

/* Rows that _make() fills in before the first one is asked for */
#define SVAC_MADE_ROWS(_rows, _make)					\
	static const void *next_##_rows(svac_asked(const void *prev, char *desc)) \
	{								\
		if (!prev)						\
			_make();					\
		return svac_next_param(prev, desc, _rows, sizeof(_rows), \
				       sizeof((_rows)[0]));		\
	}

#define SVAC_CASE_ROWS(_case, _rows)	KUNIT_CASE_PARAM(_case, next_##_rows)

#define SVAC_SUITE(_suite, _cases)					\
	static struct kunit_suite suite_##_suite = {			\
		.name = #_suite,					\
		.init = svac_init,					\
		.exit = svac_exit,					\
		.test_cases = _cases,					\
	};								\
	kunit_test_suite(suite_##_suite)

int svac_init(struct kunit *test);
void svac_exit(struct kunit *test);

/* The rules that a case checks: before anything is done or expected */
#define svac_rules(test, ...)						\
	do {								\
		static const char * const __ids[] = { __VA_ARGS__ };	\
									\
		svac_print_rules(test, __ids, ARRAY_SIZE(__ids));	\
	} while (0)

void svac_print_rules(struct kunit *test, const char * const *ids, size_t count);
void svac_needs(struct kunit *test, u32 traits, const char *what);
void svac_needs_not(struct kunit *test, u32 traits, const char *what);
void svac_skip(struct kunit *test, const char *why);
void svac_blame(struct kunit *test, const char *rule, const char *what);
void svac_needs_faults(struct kunit *test);
void svac_needs_memory_seen(struct kunit *test);
void svac_expect_warn(struct kunit *test, const char *function,
		      unsigned int count);

/* Things to work with; what cannot be had fails the case at once */
struct device *svac_device(struct kunit *test, const struct mock_config *config);
void svac_unplug(struct kunit *test, struct device *dev);

/* A PCI fabric, and its functions by name */
void svac_pci(struct kunit *test, const struct mock_pci_function *functions);
struct device *svac_pci_device(struct kunit *test, const char *name);
struct device *svac_pci_plug(struct kunit *test, const char *name);
struct svac_process *svac_process(struct kunit *test);
void svac_process_exit(struct svac_process *process);
struct iommu_domain *svac_sva_domain(struct kunit *test, struct device *dev,
				     struct svac_process *process);
struct iommu_domain *svac_paging_domain(struct kunit *test, struct device *dev);
void svac_free(struct kunit *test, struct iommu_domain *domain);
void svac_forgive_domains(struct kunit *test);
void svac_abandon(struct kunit *test);
int svac_set(struct kunit *test, struct iommu_domain *domain,
	     struct device *dev, ioasid_t pasid);
/* For cases in which setting itself is not in question */
#define svac_set_ok(_test, domain, dev, pasid)				\
	do {								\
		struct kunit *__test = (_test);				\
		int __ret = svac_set(__test, domain, dev, pasid);	\
									\
		KUNIT_ASSERT_EQ_MSG(__test, __ret, 0,			\
				    "this case has to set a PASID first: %s\n", \
				    svac_errname(__ret));		\
	} while (0)

int svac_replace(struct kunit *test, struct iommu_domain *domain,
		 struct device *dev, ioasid_t pasid);
void svac_block(struct kunit *test, struct iommu_domain *domain,
		struct device *dev, ioasid_t pasid);
struct iommu_sva *svac_bind(struct kunit *test, struct device *dev,
			    struct svac_process *process);
void svac_unbind(struct kunit *test, struct iommu_sva *handle);

/* process.c: memory as the process itself sees it */
int svac_process_create(struct svac_process *process);
int svac_process_free(struct svac_process *process);
int svac_process_refs(struct svac_process *process);
int svac_peek(struct svac_process *process, unsigned long va, u64 *word);
int svac_poke(struct svac_process *process, unsigned long va, u64 word);
int svac_unmap(struct svac_process *process, unsigned long va);
int svac_write(struct svac_process *process, struct file *file, const char *text);
long svac_within(struct svac_process *process, long (*what)(void *data), void *data);

/* leaks.c, in a kernel with CONFIG_SVACHECK_LEAKS */
int svac_scan_for_leaks(void);

const struct mock_event *svac_event(struct kunit *test, enum mock_op op,
				    unsigned int type, unsigned int nth);
const char *svac_errname(long error);

#define svac_expect_ret(test, call, want)				\
	do {								\
		int __got = (call), __want = (want);			\
									\
		KUNIT_EXPECT_EQ_MSG(test, __got, __want,		\
				    "%s returned %s, expected %s\n",	\
				    #call, svac_errname(__got),		\
				    svac_errname(__want));		\
	} while (0)

#define svac_expect_err_ptr(test, call, want)				\
	do {								\
		int __got = PTR_ERR_OR_ZERO(call), __want = (want);	\
									\
		KUNIT_EXPECT_EQ_MSG(test, __got, __want,		\
				    "%s returned %s, expected %s\n",	\
				    #call, svac_errname(__got),		\
				    svac_errname(__want));		\
	} while (0)

#define svac_expect_calls(test, op, type, want)				\
	do {								\
		unsigned int __op = (op), __want = (want), __got;	\
									\
		__got = mock_log_count(__op, type);			\
		KUNIT_EXPECT_EQ_MSG(test, __got, __want,		\
				    "the driver's %s was called %u times, expected %u\n", \
				    mock_op_name(__op), __got, __want);	\
	} while (0)

#define svac_expect_refs(test, process, want)				\
	do {								\
		int __got = svac_process_refs(process), __want = (want); \
									\
		KUNIT_EXPECT_EQ_MSG(test, __got, __want,		\
				    "the mm is grabbed %d times, expected %d\n", \
				    __got, __want);			\
	} while (0)

#define svac_expect_get(_test, dev, pasid, want)			\
	do {								\
		struct kunit *__test = (_test);				\
		const char *__wrong = svac_lookup(__test, dev, pasid, want); \
									\
		KUNIT_EXPECT_TRUE_MSG(__test, !*__wrong, "%s\n", __wrong); \
	} while (0)

/* Data goes both ways between the device and the process */
#define svac_expect_reach(test, dev, pasid, process)			\
	do {								\
		const char *__wrong = svac_reach(dev, pasid, process);	\
									\
		KUNIT_EXPECT_TRUE_MSG(test, !*__wrong,			\
				      "DMA must reach the process, but %s\n", \
				      __wrong);				\
	} while (0)

/* Neither way, and the process's memory is as it was */
#define svac_expect_no_reach(test, dev, pasid, process)			\
	do {								\
		const char *__wrong = svac_no_reach(dev, pasid, process); \
									\
		KUNIT_EXPECT_TRUE_MSG(test, !*__wrong,			\
				      "DMA must not reach the process, but %s\n", \
				      __wrong);				\
	} while (0)

const char *svac_lookup(struct kunit *test, struct device *dev, ioasid_t pasid,
			const struct iommu_domain *want);
const char *svac_reach(struct device *dev, ioasid_t pasid,
		       struct svac_process *process);
const char *svac_no_reach(struct device *dev, ioasid_t pasid,
			  struct svac_process *process);

#endif /* _SVAC_SUITES_H */
