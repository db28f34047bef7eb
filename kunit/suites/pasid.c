// SPDX-License-Identifier: GPL-2.0
/*
 * Setting and blocking the PASIDs of a device.
 */
#include <linux/sched/mm.h>

#include "svac.h"

#define PASID	5
#define OTHER	77
#define LAST	(BIT(20) - 1)

static void set_asks_the_driver_once(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	const struct mock_event *set;
	struct iommu_domain *domain;

	svac_rules(test, "PASID-001");
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), 0);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 1);
	set = svac_event(test, MOCK_SET, IOMMU_DOMAIN_SVA, 0);
	KUNIT_EXPECT_PTR_EQ(test, set->domain, domain);
	KUNIT_EXPECT_PTR_EQ(test, set->dev, dev);
	KUNIT_EXPECT_EQ(test, set->pasid, PASID);
}

static void set_lets_data_through(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "PASID-002");
	svac_expect_no_reach(test, dev, PASID, process);
	svac_expect_ret(test, svac_set(test, svac_sva_domain(test, dev, process), dev, PASID), 0);
	svac_expect_reach(test, dev, PASID, process);
}

static void dma_faults_in_an_untouched_page(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	u64 word = SVAC_WORD, seen = 0;

	svac_rules(test, "PASID-003");
	svac_set_ok(test, svac_sva_domain(test, dev, process), dev, PASID);
	svac_expect_ret(test, mock_dma_write(dev, PASID, process->fresh, &word, sizeof(word)), 0);
	svac_expect_ret(test, svac_peek(process, process->fresh, &seen), 0);
	KUNIT_EXPECT_EQ(test, seen, SVAC_WORD);
}

static void dma_reads_an_untouched_page_as_zero(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	u64 word = SVAC_WORD;

	svac_rules(test, "PASID-003");
	svac_set_ok(test, svac_sva_domain(test, dev, process), dev, PASID);
	svac_expect_ret(test, mock_dma_read(dev, PASID, process->fresh, &word, sizeof(word)), 0);
	KUNIT_EXPECT_EQ(test, word, 0);
}

static void dma_may_only_read_a_read_only_page(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	u64 word = SVAC_WORD;

	svac_rules(test, "PASID-003");
	svac_set_ok(test, svac_sva_domain(test, dev, process), dev, PASID);
	svac_expect_ret(test, mock_dma_write(dev, PASID, process->ro, &word, sizeof(word)),
			-EFAULT);
	svac_expect_ret(test, mock_dma_read(dev, PASID, process->ro, &word, sizeof(word)), 0);
	KUNIT_EXPECT_EQ(test, word, 0);
}

static void dma_to_an_unmapped_page_faults(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	u64 word = SVAC_WORD;

	svac_rules(test, "PASID-003");
	svac_set_ok(test, svac_sva_domain(test, dev, process), dev, PASID);
	svac_expect_ret(test, mock_dma_read(dev, PASID, process->hole, &word, sizeof(word)),
			-EFAULT);
	svac_expect_ret(test, mock_dma_write(dev, PASID, process->hole, &word, sizeof(word)),
			-EFAULT);
}

static void dma_after_munmap_faults(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	u64 word = SVAC_WORD;

	svac_rules(test, "PASID-003");
	svac_set_ok(test, svac_sva_domain(test, dev, process), dev, PASID);
	svac_expect_ret(test, mock_dma_read(dev, PASID, process->rw, &word, sizeof(word)), 0);
	svac_expect_ret(test, svac_unmap(process, process->rw), 0);
	svac_expect_ret(test, mock_dma_read(dev, PASID, process->rw, &word, sizeof(word)), -EFAULT);
}

static void taken_by_another_domain_is_ebusy(struct kunit *test)
{
	struct svac_process *one = svac_process(test), *other = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "PASID-004");
	svac_set_ok(test, svac_sva_domain(test, dev, one), dev, PASID);
	svac_expect_ret(test, svac_set(test, svac_sva_domain(test, dev, other), dev, PASID),
			-EBUSY);
}

static void taken_by_the_same_domain_is_ebusy(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-004");
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_set_ok(test, domain, dev, PASID);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), -EBUSY);
}

static void taken_by_a_paging_domain_is_ebusy(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "PASID-004", "PASID-021");
	svac_set_ok(test, svac_paging_domain(test, dev), dev, PASID);
	svac_expect_ret(test, svac_set(test, svac_sva_domain(test, dev, svac_process(test)),
				       dev, PASID), -EBUSY);
}

static void ebusy_leaves_what_was_set(struct kunit *test)
{
	struct svac_process *one = svac_process(test), *other = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *first;

	svac_rules(test, "PASID-004");
	first = svac_sva_domain(test, dev, one);
	svac_set_ok(test, first, dev, PASID);
	svac_expect_ret(test, svac_set(test, svac_sva_domain(test, dev, other), dev, PASID),
			-EBUSY);
	svac_expect_get(test, dev, PASID, first);
	svac_expect_reach(test, dev, PASID, one);
	svac_expect_no_reach(test, dev, PASID, other);
}

static void ebusy_does_not_reach_the_driver(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-004", "PASID-010");
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_set_ok(test, domain, dev, PASID);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), -EBUSY);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 1);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0);
}

struct error_row {
	const char *name;
	int error;
};

static const struct error_row driver_errors[] = {
	{ "EINVAL", -EINVAL },
	{ "ENOMEM", -ENOMEM },
	{ "EBUSY", -EBUSY },
	{ "ENODEV", -ENODEV },
	{ "EOPNOTSUPP", -EOPNOTSUPP },
	{ "ENOSPC", -ENOSPC },
	{ "EIO", -EIO },
	{ "ETIMEDOUT", -ETIMEDOUT },
};

SVAC_ROWS(driver_errors)

static void driver_error_is_returned_and_undone(struct kunit *test)
{
	const struct error_row *row = to_svac(test)->row;
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "PASID-005");
	mock_inject(MOCK_SET, IOMMU_DOMAIN_SVA, 0, 1, row->error);
	svac_expect_ret(test, svac_set(test, svac_sva_domain(test, dev, process), dev, PASID),
			row->error);
	svac_expect_get(test, dev, PASID, NULL);
	svac_expect_no_reach(test, dev, PASID, process);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0);
}

static void driver_error_for_a_paging_domain_is_undone(struct kunit *test)
{
	const struct error_row *row = to_svac(test)->row;
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-005", "PASID-021");
	domain = svac_paging_domain(test, dev);
	mock_inject(MOCK_SET, IOMMU_DOMAIN_UNMANAGED, 0, 1, row->error);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), row->error);
	svac_expect_get(test, dev, PASID, NULL);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), 0);
}

static void set_works_after_driver_error(struct kunit *test)
{
	const struct error_row *row = to_svac(test)->row;
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-005");
	domain = svac_sva_domain(test, dev, process);
	mock_inject(MOCK_SET, IOMMU_DOMAIN_SVA, 0, 1, row->error);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), row->error);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), 0);
	svac_expect_reach(test, dev, PASID, process);
}

static void driver_error_leaves_other_pasids(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-005", "PASID-019");
	domain = svac_sva_domain(test, dev, process);
	mock_inject(MOCK_SET, IOMMU_DOMAIN_SVA, 1, 1, -EIO);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), 0);
	svac_expect_ret(test, svac_set(test, domain, dev, OTHER), -EIO);
	svac_expect_get(test, dev, PASID, domain);
	svac_expect_reach(test, dev, PASID, process);
}

static void domain_without_set_op_is_eopnotsupp(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "PASID-007");
	mock_set_quirk(MOCK_NO_SET);
	svac_expect_ret(test, svac_set(test, svac_sva_domain(test, dev, svac_process(test)),
				       dev, PASID), -EOPNOTSUPP);
	svac_expect_get(test, dev, PASID, NULL);
}

static void domain_without_block_op_is_eopnotsupp(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "PASID-007", "PASID-010");
	svac_needs(test, SVAC_CHECKS_BLOCK, "check of who can block");
	mock_set_quirk(MOCK_NO_BLOCK);
	svac_expect_ret(test, svac_set(test, svac_sva_domain(test, dev, svac_process(test)),
				       dev, PASID), -EOPNOTSUPP);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 0);
}

static void pasid_0_is_einval(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "PASID-008", "PASID-010");
	svac_expect_ret(test, svac_set(test, svac_sva_domain(test, dev, svac_process(test)),
				       dev, 0), -EINVAL);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 0);
	svac_expect_get(test, dev, 0, NULL);
}

struct limit_row {
	const char *name;
	struct mock_config config;
	ioasid_t pasid;
	int ret;
};

/* Rows in which the device or the IOMMU sets the limit */
static const struct limit_row limits[] = {
	{ "first-of-full-range", { .pasid_bits = 20 }, 1, 0 },
	{ "last-of-full-range", { .pasid_bits = 20 }, LAST, 0 },
	{ "beyond-full-range", { .pasid_bits = 20 }, LAST + 1, -EINVAL },
	{ "invalid-pasid", { .pasid_bits = 20 }, INVALID_IOASID, -EINVAL },
	{ "largest-number-but-one", { .pasid_bits = 20 }, INVALID_IOASID - 1, -EINVAL },
	{ "wide-device-last", { .pasid_bits = 31 }, LAST, 0 },
	{ "wide-device-beyond", { .pasid_bits = 31 }, LAST + 1, -EINVAL },
	{ "device-8-bits-last", { .pasid_bits = 8 }, 255, 0 },
	{ "device-8-bits-beyond", { .pasid_bits = 8 }, 256, -EINVAL },
	{ "device-1-bit-last", { .pasid_bits = 1 }, 1, 0 },
	{ "device-1-bit-beyond", { .pasid_bits = 1 }, 2, -EINVAL },
	{ "iommu-100-last", { .pasid_bits = 20, .max_pasids = 100 }, 99, 0 },
	{ "iommu-100-beyond", { .pasid_bits = 20, .max_pasids = 100 }, 100, -EINVAL },
	{ "iommu-2-last", { .pasid_bits = 20, .max_pasids = 2 }, 1, 0 },
	{ "iommu-2-beyond", { .pasid_bits = 20, .max_pasids = 2 }, 2, -EINVAL },
	{ "iommu-1", { .pasid_bits = 20, .max_pasids = 1 }, 1, -EINVAL },
	{ "iommu-wide-last", { .pasid_bits = 20, .max_pasids = BIT(21) }, LAST, 0 },
	{ "iommu-below-device", { .pasid_bits = 8, .max_pasids = 100 }, 100, -EINVAL },
	{ "device-below-iommu", { .pasid_bits = 6, .max_pasids = 100 }, 64, -EINVAL },
	{ "device-below-iommu-last", { .pasid_bits = 6, .max_pasids = 100 }, 63, 0 },
};

SVAC_ROWS(limits)

static void pasid_at_the_limit(struct kunit *test)
{
	const struct limit_row *row = to_svac(test)->row;
	struct device *dev = svac_device(test, &row->config);
	struct svac_process *process = svac_process(test);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-009");
	domain = svac_sva_domain(test, dev, process);
	svac_expect_ret(test, svac_set(test, domain, dev, row->pasid), row->ret);
	if (row->ret) {
		svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 0);
		svac_expect_get(test, dev, row->pasid, NULL);
	} else {
		svac_expect_reach(test, dev, row->pasid, process);
	}
}

static void pcie_is_the_limit_on_every_bus(struct kunit *test)
{
	struct mock_config wide = { .pasid_bits = 21, .max_pasids = BIT(21) };
	struct device *dev = svac_device(test, &wide);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-035");
	svac_needs(test, SVAC_PCIE_LIMIT, "limit but those of device and IOMMU");
	domain = svac_sva_domain(test, dev, svac_process(test));
	KUNIT_EXPECT_EQ(test, to_svac(test)->impl->max_pasids(dev), BIT(20));
	svac_expect_ret(test, svac_set(test, domain, dev, LAST + 1), -EINVAL);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 0);
	svac_expect_ret(test, svac_set(test, domain, dev, LAST), 0);
}

static void only_device_and_iommu_are_the_limit(struct kunit *test)
{
	struct mock_config wide = { .pasid_bits = 21, .max_pasids = BIT(21) };
	struct device *dev = svac_device(test, &wide);
	struct svac_process *process = svac_process(test);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-036");
	svac_needs_not(test, SVAC_PCIE_LIMIT, "a limit for every bus");
	domain = svac_sva_domain(test, dev, process);
	KUNIT_EXPECT_EQ(test, to_svac(test)->impl->max_pasids(dev), BIT(21));
	svac_expect_ret(test, svac_set(test, domain, dev, BIT(21)), -EINVAL);
	svac_expect_ret(test, svac_set(test, domain, dev, LAST + 1), 0);
	svac_expect_reach(test, dev, LAST + 1, process);
}

struct plain_row {
	const char *name;
	struct mock_config config;
};

static const struct plain_row plain[] = {
	{ "device-without-pasids", { .pasid_bits = 0 } },
	{ "iommu-without-pasids", { .pasid_bits = 20, .iommu_without_pasids = true } },
};

SVAC_ROWS(plain)

static void device_without_pasids_accepts_none(struct kunit *test)
{
	const struct plain_row *row = to_svac(test)->row;
	struct device *dev = svac_device(test, &row->config);
	struct svac_process *process = svac_process(test);

	svac_rules(test, "PASID-037");
	svac_needs(test, SVAC_REFUSES_PLAIN, "answer to a device without PASIDs");
	svac_expect_ret(test, svac_set(test, svac_sva_domain(test, dev, process), dev, 1), -EINVAL);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 0);
	svac_expect_get(test, dev, 1, NULL);
}

/* It takes up the PASID of its group, and cannot do harm with it */
static void device_without_pasids_is_passed_over(struct kunit *test)
{
	const struct plain_row *row = to_svac(test)->row;
	struct device *dev = svac_device(test, &row->config);
	struct svac_process *process = svac_process(test);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-038");
	svac_needs_not(test, SVAC_REFUSES_PLAIN, "an answer to a device without PASIDs");
	domain = svac_sva_domain(test, dev, process);
	svac_expect_ret(test, svac_set(test, domain, dev, 1), 0);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 0);
	svac_expect_get(test, dev, 1, domain);
	svac_expect_no_reach(test, dev, 1, process);
	svac_expect_ret(test, svac_set(test, domain, dev, 1), -EBUSY);
	svac_block(test, domain, dev, 1);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0);
	svac_expect_get(test, dev, 1, NULL);
}

struct max_row {
	const char *name;
	struct mock_config config;
	u32 max;
};

static const struct max_row maxima[] = {
	{ "full", { .pasid_bits = 20 }, BIT(20) },
	{ "device", { .pasid_bits = 4 }, 16 },
	{ "iommu", { .pasid_bits = 20, .max_pasids = 1000 }, 1000 },
	{ "device-without", { }, 0 },
	{ "iommu-without", { .pasid_bits = 20, .iommu_without_pasids = true }, 0 },
	{ "without-iommu", { .no_iommu = true, .pasid_bits = 20 }, 0 },
};

SVAC_ROWS(maxima)

static void max_pasids_is_the_smaller_of_two(struct kunit *test)
{
	const struct max_row *row = to_svac(test)->row;
	struct device *dev = svac_device(test, &row->config);

	svac_rules(test, "PASID-009");
	KUNIT_EXPECT_EQ(test, to_svac(test)->impl->max_pasids(dev), row->max);
}

static void set_without_memory_is_enomem(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;
	int ret;

	svac_rules(test, "PASID-011");
	svac_needs_faults(test);
	domain = svac_sva_domain(test, dev, svac_process(test));
	KUNIT_ASSERT_EQ(test, mock_fail_allocations(true), 0);
	ret = to_svac(test)->impl->set(domain, dev, PASID);
	mock_fail_allocations(false);
	svac_expect_ret(test, ret, -ENOMEM);
	/* The memory of the core's record, not the driver's, is in question */
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, 0);
	svac_expect_get(test, dev, PASID, NULL);
}

static void set_works_once_there_is_memory(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-011");
	svac_needs_faults(test);
	domain = svac_sva_domain(test, dev, process);
	KUNIT_ASSERT_EQ(test, mock_fail_allocations(true), 0);
	to_svac(test)->impl->set(domain, dev, PASID);
	mock_fail_allocations(false);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), 0);
	svac_expect_reach(test, dev, PASID, process);
}

static void taken_without_memory_is_still_ebusy(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;
	int ret;

	svac_rules(test, "PASID-004", "PASID-011");
	svac_needs_faults(test);
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_set_ok(test, domain, dev, PASID);
	KUNIT_ASSERT_EQ(test, mock_fail_allocations(true), 0);
	ret = to_svac(test)->impl->set(domain, dev, PASID);
	mock_fail_allocations(false);
	svac_expect_ret(test, ret, -EBUSY);
}

static void lookup_finds_what_is_set(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-012");
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_set_ok(test, domain, dev, PASID);
	svac_expect_get(test, dev, PASID, domain);
}

static void lookup_finds_nothing_elsewhere(struct kunit *test)
{
	static const ioasid_t others[] = { 0, PASID - 1, PASID + 1, LAST, LAST + 1,
					   INVALID_IOASID };
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *other = svac_device(test, &MOCK_PASIDS);
	int i;

	svac_rules(test, "PASID-012");
	svac_set_ok(test, svac_sva_domain(test, dev, svac_process(test)), dev, PASID);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		svac_expect_get(test, dev, others[i], NULL);
	svac_expect_get(test, other, PASID, NULL);
}

static void lookup_finds_nothing_after_block(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-014");
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_set_ok(test, domain, dev, PASID);
	svac_block(test, domain, dev, PASID);
	svac_expect_get(test, dev, PASID, NULL);
}

struct seen {
	const struct svac_impl *impl;
	struct iommu_domain *found;
	unsigned int calls;
};

static void look_up(struct iommu_domain *domain, struct device *dev,
		    ioasid_t pasid, void *data)
{
	struct seen *seen = data;

	seen->found = seen->impl->get(dev, pasid);
	seen->calls++;
}

static void lookup_finds_nothing_before_the_driver_agrees(struct kunit *test)
{
	struct seen seen = { .impl = to_svac(test)->impl };
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "PASID-013");
	svac_needs(test, SVAC_PUBLISHES_LATE, "entry that waits for the driver");
	mock_on(MOCK_SET, look_up, &seen);
	svac_set_ok(test, svac_sva_domain(test, dev, svac_process(test)), dev, PASID);
	KUNIT_EXPECT_EQ(test, seen.calls, 1);
	KUNIT_EXPECT_NULL(test, seen.found);
}

/* Page requests that a driver drains in block have to find their domain */
static void lookup_works_while_the_driver_blocks(struct kunit *test)
{
	struct seen seen = { .impl = to_svac(test)->impl };
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-012");
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_set_ok(test, domain, dev, PASID);
	mock_on(MOCK_BLOCK, look_up, &seen);
	svac_block(test, domain, dev, PASID);
	KUNIT_EXPECT_EQ(test, seen.calls, 1);
	KUNIT_EXPECT_PTR_EQ(test, seen.found, domain);
}

static void block_asks_the_driver_once(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	const struct mock_event *block;
	struct iommu_domain *domain;

	svac_rules(test, "PASID-014");
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_set_ok(test, domain, dev, PASID);
	svac_block(test, domain, dev, PASID);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 1);
	block = svac_event(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 0);
	KUNIT_EXPECT_PTR_EQ(test, block->domain, domain);
	KUNIT_EXPECT_PTR_EQ(test, block->dev, dev);
	KUNIT_EXPECT_EQ(test, block->pasid, PASID);
}

static void block_keeps_data_out(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-015");
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	svac_expect_reach(test, dev, PASID, process);
	svac_block(test, domain, dev, PASID);
	svac_expect_no_reach(test, dev, PASID, process);
}

static void block_frees_no_domain(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-025");
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	svac_block(test, domain, dev, PASID);
	svac_expect_calls(test, MOCK_FREE, MOCK_ANY_TYPE, 0);
	KUNIT_EXPECT_PTR_EQ(test, to_svac(test)->impl->mm_of(domain), process->mm);
}

static void set_again_after_block(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-016");
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	svac_block(test, domain, dev, PASID);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), 0);
	svac_expect_reach(test, dev, PASID, process);
}

static void set_another_domain_after_block(struct kunit *test)
{
	struct svac_process *one = svac_process(test), *other = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *first;

	svac_rules(test, "PASID-016");
	first = svac_sva_domain(test, dev, one);
	svac_set_ok(test, first, dev, PASID);
	svac_block(test, first, dev, PASID);
	svac_expect_ret(test, svac_set(test, svac_sva_domain(test, dev, other), dev, PASID), 0);
	svac_expect_reach(test, dev, PASID, other);
	svac_expect_no_reach(test, dev, PASID, one);
}

static void block_of_another_domain_does_nothing(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain, *wrong;

	svac_rules(test, "PASID-017");
	svac_needs(test, SVAC_VERIFIES, "check of what is blocked");
	domain = svac_sva_domain(test, dev, process);
	wrong = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	svac_expect_warn(test, to_svac(test)->impl->warns.block, 1);
	svac_block(test, wrong, dev, PASID);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0);
	svac_expect_get(test, dev, PASID, domain);
	svac_expect_reach(test, dev, PASID, process);
}

static void block_of_nothing_does_nothing(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-017");
	svac_needs(test, SVAC_VERIFIES, "check of what is blocked");
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_expect_warn(test, to_svac(test)->impl->warns.block, 1);
	svac_block(test, domain, dev, PASID);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0);
}

static void second_block_does_nothing(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-017");
	svac_needs(test, SVAC_VERIFIES, "check of what is blocked");
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_set_ok(test, domain, dev, PASID);
	svac_block(test, domain, dev, PASID);
	svac_expect_warn(test, to_svac(test)->impl->warns.block, 1);
	svac_block(test, domain, dev, PASID);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 1);
}

static void block_of_another_pasid_does_nothing(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-017");
	svac_needs(test, SVAC_VERIFIES, "check of what is blocked");
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	svac_expect_warn(test, to_svac(test)->impl->warns.block, 1);
	svac_block(test, domain, dev, OTHER);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0);
	svac_expect_reach(test, dev, PASID, process);
}

static void block_of_another_device_does_nothing(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *other = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-017");
	svac_needs(test, SVAC_VERIFIES, "check of what is blocked");
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	svac_expect_warn(test, to_svac(test)->impl->warns.block, 1);
	svac_block(test, domain, other, PASID);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0);
	svac_expect_reach(test, dev, PASID, process);
}

static void block_after_removal_does_nothing(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-017");
	svac_needs(test, SVAC_VERIFIES, "check of what is blocked");
	domain = svac_sva_domain(test, dev, svac_process(test));
	svac_unplug(test, dev);
	svac_expect_warn(test, to_svac(test)->impl->warns.block, 1);
	svac_block(test, domain, dev, PASID);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, 0);
}

static void same_pasid_on_two_devices(struct kunit *test)
{
	struct svac_process *one = svac_process(test), *other = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *second = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "PASID-019");
	svac_expect_ret(test, svac_set(test, svac_sva_domain(test, dev, one), dev, PASID), 0);
	svac_expect_ret(test, svac_set(test, svac_sva_domain(test, second, other), second, PASID),
			0);
	svac_expect_reach(test, dev, PASID, one);
	svac_expect_reach(test, second, PASID, other);
	svac_expect_no_reach(test, dev, PASID, other);
	svac_expect_no_reach(test, second, PASID, one);
}

static void two_pasids_reach_two_processes(struct kunit *test)
{
	struct svac_process *one = svac_process(test), *other = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "PASID-019");
	svac_set_ok(test, svac_sva_domain(test, dev, one), dev, PASID);
	svac_set_ok(test, svac_sva_domain(test, dev, other), dev, OTHER);
	svac_expect_reach(test, dev, PASID, one);
	svac_expect_reach(test, dev, OTHER, other);
	svac_expect_no_reach(test, dev, PASID, other);
	svac_expect_no_reach(test, dev, OTHER, one);
}

static void other_pasids_and_devices_stay_blocked(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *other = svac_device(test, &MOCK_PASIDS);

	svac_rules(test, "PASID-019");
	svac_set_ok(test, svac_sva_domain(test, dev, process), dev, PASID);
	svac_expect_no_reach(test, dev, OTHER, process);
	svac_expect_no_reach(test, dev, 0, process);
	svac_expect_no_reach(test, other, PASID, process);
}

static void block_leaves_the_other_pasid(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-019", "PASID-020");
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	svac_set_ok(test, domain, dev, OTHER);
	svac_block(test, domain, dev, PASID);
	svac_expect_no_reach(test, dev, PASID, process);
	svac_expect_reach(test, dev, OTHER, process);
	svac_expect_get(test, dev, OTHER, domain);
}

static void one_domain_on_two_devices(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct device *second = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-020");
	domain = svac_sva_domain(test, dev, process);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), 0);
	svac_expect_ret(test, svac_set(test, domain, second, PASID), 0);
	svac_block(test, domain, dev, PASID);
	svac_expect_no_reach(test, dev, PASID, process);
	svac_expect_reach(test, second, PASID, process);
}

static void several_domains_of_one_mm(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *first, *second;

	svac_rules(test, "PASID-019", "DOM-011");
	first = svac_sva_domain(test, dev, process);
	second = svac_sva_domain(test, dev, process);
	svac_expect_ret(test, svac_set(test, first, dev, PASID), 0);
	svac_expect_ret(test, svac_set(test, second, dev, OTHER), 0);
	svac_block(test, first, dev, PASID);
	svac_expect_no_reach(test, dev, PASID, process);
	svac_expect_reach(test, dev, OTHER, process);
}

static void many_pasids_at_once(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;
	ioasid_t pasid;

	svac_rules(test, "PASID-019", "PASID-012");
	domain = svac_sva_domain(test, dev, process);
	for (pasid = 1; pasid <= 512; pasid++)
		svac_expect_ret(test, svac_set(test, domain, dev, pasid), 0);
	svac_expect_reach(test, dev, 1, process);
	svac_expect_reach(test, dev, 512, process);
	for (pasid = 1; pasid <= 512; pasid++) {
		svac_expect_get(test, dev, pasid, domain);
		svac_block(test, domain, dev, pasid);
		svac_expect_get(test, dev, pasid, NULL);
	}
	svac_expect_calls(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 512);
}

static void pasids_far_apart(struct kunit *test)
{
	static const ioasid_t pasids[] = { LAST, 1, BIT(16), BIT(10), BIT(19) };
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;
	int i;

	svac_rules(test, "PASID-019");
	domain = svac_sva_domain(test, dev, process);
	for (i = 0; i < ARRAY_SIZE(pasids); i++)
		svac_expect_ret(test, svac_set(test, domain, dev, pasids[i]), 0);
	for (i = 0; i < ARRAY_SIZE(pasids); i++)
		svac_expect_reach(test, dev, pasids[i], process);
	svac_block(test, domain, dev, BIT(16));
	svac_expect_no_reach(test, dev, BIT(16), process);
	svac_expect_reach(test, dev, LAST, process);
}

/* A page of kernel memory that a device may reach by IOVA */
#define IOVA	0x40000000UL

static u64 *map_page(struct kunit *test, struct iommu_domain *domain, int prot)
{
	u64 *page = kunit_kzalloc(test, 2 * PAGE_SIZE, GFP_KERNEL);
	u64 *aligned;

	KUNIT_ASSERT_NOT_NULL(test, page);
	aligned = PTR_ALIGN(page, PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, svac_map(domain, IOVA, virt_to_phys(aligned), PAGE_SIZE, prot), 0);
	*aligned = SVAC_WORD;
	return aligned;
}

static void paging_domain_lets_kernel_dma_through(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	u64 *memory, word = 0, sent = ~SVAC_WORD;
	struct iommu_domain *domain;

	svac_rules(test, "PASID-021", "PASID-002");
	domain = svac_paging_domain(test, dev);
	memory = map_page(test, domain, IOMMU_READ | IOMMU_WRITE);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), 0);
	svac_expect_ret(test, mock_dma_read(dev, PASID, IOVA, &word, sizeof(word)), 0);
	KUNIT_EXPECT_EQ(test, word, SVAC_WORD);
	svac_expect_ret(test, mock_dma_write(dev, PASID, IOVA + 8, &sent, sizeof(sent)), 0);
	KUNIT_EXPECT_EQ(test, memory[1], ~SVAC_WORD);
}

static void paging_domain_block_keeps_kernel_dma_out(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	u64 *memory, word = ~SVAC_WORD;
	struct iommu_domain *domain;

	svac_rules(test, "PASID-021", "PASID-015");
	domain = svac_paging_domain(test, dev);
	memory = map_page(test, domain, IOMMU_READ | IOMMU_WRITE);
	svac_set_ok(test, domain, dev, PASID);
	svac_block(test, domain, dev, PASID);
	svac_expect_calls(test, MOCK_BLOCK, IOMMU_DOMAIN_UNMANAGED, 1);
	svac_expect_ret(test, mock_dma_write(dev, PASID, IOVA, &word, sizeof(word)), -EFAULT);
	KUNIT_EXPECT_EQ(test, *memory, SVAC_WORD);
}

static void paging_domain_permissions_hold(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	u64 *memory, word = ~SVAC_WORD;
	struct iommu_domain *domain;

	svac_rules(test, "PASID-021", "PASID-003");
	domain = svac_paging_domain(test, dev);
	memory = map_page(test, domain, IOMMU_READ);
	svac_set_ok(test, domain, dev, PASID);
	svac_expect_ret(test, mock_dma_write(dev, PASID, IOVA, &word, sizeof(word)), -EFAULT);
	KUNIT_EXPECT_EQ(test, *memory, SVAC_WORD);
	svac_expect_ret(test, mock_dma_read(dev, PASID, IOVA, &word, sizeof(word)), 0);
	svac_expect_ret(test, mock_dma_read(dev, PASID, IOVA + PAGE_SIZE, &word, sizeof(word)),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, iommu_unmap(domain, IOVA, PAGE_SIZE), PAGE_SIZE);
	svac_expect_ret(test, mock_dma_read(dev, PASID, IOVA, &word, sizeof(word)), -EFAULT);
}

static void sva_and_paging_side_by_side(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *sva, *paging;
	u64 word = 0;

	svac_rules(test, "PASID-021", "PASID-019");
	sva = svac_sva_domain(test, dev, process);
	paging = svac_paging_domain(test, dev);
	map_page(test, paging, IOMMU_READ);
	svac_set_ok(test, sva, dev, PASID);
	svac_set_ok(test, paging, dev, OTHER);
	svac_expect_reach(test, dev, PASID, process);
	svac_expect_ret(test, mock_dma_read(dev, OTHER, IOVA, &word, sizeof(word)), 0);
	KUNIT_EXPECT_EQ(test, word, SVAC_WORD);
	svac_expect_ret(test, mock_dma_read(dev, PASID, IOVA, &word, sizeof(word)), -EFAULT);
	svac_expect_no_reach(test, dev, OTHER, process);
}

static void domain_of_the_device_and_of_a_pasid(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;
	u64 word = 0;

	svac_rules(test, "PASID-020", "PASID-021");
	domain = svac_paging_domain(test, dev);
	map_page(test, domain, IOMMU_READ);
	KUNIT_ASSERT_EQ(test, iommu_attach_device(domain, dev), 0);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), 0);
	iommu_detach_device(domain, dev);
	svac_expect_ret(test, mock_dma_read(dev, PASID, IOVA, &word, sizeof(word)), 0);
	KUNIT_EXPECT_EQ(test, word, SVAC_WORD);
}

static void set_and_block_leave_the_devices_own_domain(struct kunit *test)
{
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *before = iommu_get_domain_for_dev(dev), *domain;

	svac_rules(test, "PASID-022");
	domain = svac_sva_domain(test, dev, svac_process(test));
	mock_log_clear();
	svac_set_ok(test, domain, dev, PASID);
	KUNIT_EXPECT_PTR_EQ(test, iommu_get_domain_for_dev(dev), before);
	svac_block(test, domain, dev, PASID);
	KUNIT_EXPECT_PTR_EQ(test, iommu_get_domain_for_dev(dev), before);
	svac_expect_calls(test, MOCK_ATTACH, MOCK_ANY_TYPE, 0);
}

static void set_and_block_leave_the_mm_counts(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	int users = atomic_read(&process->mm->mm_users), refs;
	struct iommu_domain *domain;

	svac_rules(test, "PASID-022");
	domain = svac_sva_domain(test, dev, process);
	refs = svac_process_refs(process);
	svac_set_ok(test, domain, dev, PASID);
	svac_expect_refs(test, process, refs);
	KUNIT_EXPECT_EQ(test, atomic_read(&process->mm->mm_users), users);
	svac_block(test, domain, dev, PASID);
	svac_expect_refs(test, process, refs);
	KUNIT_EXPECT_EQ(test, atomic_read(&process->mm->mm_users), users);
}

static void exit_while_set_ends_dma(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;
	u64 word;

	svac_rules(test, "PASID-023");
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	svac_process_exit(process);
	svac_expect_ret(test, mock_dma_read(dev, PASID, process->rw, &word, sizeof(word)), -EFAULT);
	svac_expect_get(test, dev, PASID, domain);
}

static void block_and_free_after_exit(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "PASID-023", "DOM-014");
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	svac_process_exit(process);
	svac_block(test, domain, dev, PASID);
	svac_expect_calls(test, MOCK_BLOCK, IOMMU_DOMAIN_SVA, 1);
	svac_free(test, domain);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, 1);
}

static void driver_is_called_in_the_callers_order(struct kunit *test)
{
	static const struct {
		enum mock_op op;
		ioasid_t pasid;
	} want[] = {
		{ MOCK_SET, OTHER }, { MOCK_SET, PASID }, { MOCK_BLOCK, OTHER },
		{ MOCK_SET, 900 }, { MOCK_BLOCK, PASID }, { MOCK_BLOCK, 900 },
	};
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	unsigned int nth[MOCK_OPS] = { }, last = 0;
	const struct mock_event *event;
	struct iommu_domain *domain;
	int i;

	svac_rules(test, "PASID-024");
	domain = svac_sva_domain(test, dev, svac_process(test));
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		if (want[i].op == MOCK_SET)
			svac_set_ok(test, domain, dev, want[i].pasid);
		else
			svac_block(test, domain, dev, want[i].pasid);
	}
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		event = svac_event(test, want[i].op, IOMMU_DOMAIN_SVA, nth[want[i].op]++);
			KUNIT_EXPECT_EQ(test, event->pasid, want[i].pasid);
		KUNIT_EXPECT_GT(test, mock_log_position(event), last);
		last = mock_log_position(event);
	}
}

static struct kunit_case pasid_cases[] = {
	SVAC_CASE(set_asks_the_driver_once),
	SVAC_CASE(set_lets_data_through),
	SVAC_CASE(dma_faults_in_an_untouched_page),
	SVAC_CASE(dma_reads_an_untouched_page_as_zero),
	SVAC_CASE(dma_may_only_read_a_read_only_page),
	SVAC_CASE(dma_to_an_unmapped_page_faults),
	SVAC_CASE(dma_after_munmap_faults),
	SVAC_CASE(taken_by_another_domain_is_ebusy),
	SVAC_CASE(taken_by_the_same_domain_is_ebusy),
	SVAC_CASE(taken_by_a_paging_domain_is_ebusy),
	SVAC_CASE(ebusy_leaves_what_was_set),
	SVAC_CASE(ebusy_does_not_reach_the_driver),
	SVAC_CASE_ROWS(driver_error_is_returned_and_undone, driver_errors),
	SVAC_CASE_ROWS(driver_error_for_a_paging_domain_is_undone, driver_errors),
	SVAC_CASE_ROWS(set_works_after_driver_error, driver_errors),
	SVAC_CASE(driver_error_leaves_other_pasids),
	SVAC_CASE(domain_without_set_op_is_eopnotsupp),
	SVAC_CASE(domain_without_block_op_is_eopnotsupp),
	SVAC_CASE(pasid_0_is_einval),
	SVAC_CASE_ROWS(pasid_at_the_limit, limits),
	SVAC_CASE(pcie_is_the_limit_on_every_bus),
	SVAC_CASE(only_device_and_iommu_are_the_limit),
	SVAC_CASE_ROWS(device_without_pasids_accepts_none, plain),
	SVAC_CASE_ROWS(device_without_pasids_is_passed_over, plain),
	SVAC_CASE_ROWS(max_pasids_is_the_smaller_of_two, maxima),
	SVAC_CASE(set_without_memory_is_enomem),
	SVAC_CASE(set_works_once_there_is_memory),
	SVAC_CASE(taken_without_memory_is_still_ebusy),
	SVAC_CASE(lookup_finds_what_is_set),
	SVAC_CASE(lookup_finds_nothing_elsewhere),
	SVAC_CASE(lookup_finds_nothing_after_block),
	SVAC_CASE(lookup_finds_nothing_before_the_driver_agrees),
	SVAC_CASE(lookup_works_while_the_driver_blocks),
	SVAC_CASE(block_asks_the_driver_once),
	SVAC_CASE(block_keeps_data_out),
	SVAC_CASE(block_frees_no_domain),
	SVAC_CASE(set_again_after_block),
	SVAC_CASE(set_another_domain_after_block),
	SVAC_CASE(block_of_another_domain_does_nothing),
	SVAC_CASE(block_of_nothing_does_nothing),
	SVAC_CASE(second_block_does_nothing),
	SVAC_CASE(block_of_another_pasid_does_nothing),
	SVAC_CASE(block_of_another_device_does_nothing),
	SVAC_CASE(block_after_removal_does_nothing),
	SVAC_CASE(same_pasid_on_two_devices),
	SVAC_CASE(two_pasids_reach_two_processes),
	SVAC_CASE(other_pasids_and_devices_stay_blocked),
	SVAC_CASE(block_leaves_the_other_pasid),
	SVAC_CASE(one_domain_on_two_devices),
	SVAC_CASE(several_domains_of_one_mm),
	SVAC_CASE(many_pasids_at_once),
	SVAC_CASE(pasids_far_apart),
	SVAC_CASE(paging_domain_lets_kernel_dma_through),
	SVAC_CASE(paging_domain_block_keeps_kernel_dma_out),
	SVAC_CASE(paging_domain_permissions_hold),
	SVAC_CASE(sva_and_paging_side_by_side),
	SVAC_CASE(domain_of_the_device_and_of_a_pasid),
	SVAC_CASE(set_and_block_leave_the_devices_own_domain),
	SVAC_CASE(set_and_block_leave_the_mm_counts),
	SVAC_CASE(exit_while_set_ends_dma),
	SVAC_CASE(block_and_free_after_exit),
	SVAC_CASE(driver_is_called_in_the_callers_order),
	{ }
};

SVAC_SUITE(svac_pasid, pasid_cases);
