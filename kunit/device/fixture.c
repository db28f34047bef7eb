// SPDX-License-Identifier: GPL-2.0
/*
 * Takes the device for a case, keeps account of what the case makes, and undoes it.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/slab.h>

#include "real.h"
#include "state.h"

/**
 * svac_real_init() - Take the device for a case
 * @test: the case
 *
 * Return: 0 or a negative errno, with a line that says why.
 */
int svac_real_init(struct kunit *test)
{
	struct svac_real *real;
	struct device *dev;
	const char *why;

	/* KUnit of 6.1 leaves that of the case before, and calls exit in any case */
	test->priv = NULL;
	real = kzalloc(sizeof(*real), GFP_KERNEL);
	if (!real)
		return -ENOMEM;
	dev = svac_target_take(&why);
	if (IS_ERR(dev)) {
		kunit_info(test, "%s\n", why);
		kfree(real);
		return PTR_ERR(dev);
	}
	real->dev = dev;
	svac_facts_read(dev, &real->before);
	svac_state_seen(dev, &real->before);
	test->priv = real;
	return 0;
}

/**
 * svac_real_unchanged() - Fail a case if the device is not as it was before
 * @test: the case
 * @when: in words
 */
void svac_real_unchanged(struct kunit *test, const char *when)
{
	struct svac_real *real = to_real(test);
	struct svac_facts now;
	const char *differs;

	svac_facts_read(real->dev, &now);
	differs = svac_facts_differ(&real->before, &now);
	KUNIT_EXPECT_TRUE_MSG(test, !differs, "%s: %s changed\n", when, differs);
}

static void undo(struct svac_real *real)
{
	int i;

	for (i = 0; i < SVAC_REAL_HANDLES; i++) {
		if (real->handles[i])
			svac_stock_unbind(real->handles[i]);
	}
	for (i = 0; i < SVAC_REAL_PASIDS; i++) {
		if (real->set[i].domain)
			svac_stock_block(real->set[i].domain, real->dev, real->set[i].pasid);
	}
	for (i = 0; i < SVAC_REAL_PASIDS; i++) {
		if (real->given[i])
			svac_stock_take_pasid(real->given[i]);
	}
	for (i = 0; i < SVAC_REAL_DOMAINS; i++) {
		if (real->domains[i])
			iommu_domain_free(real->domains[i]);
	}
	for (i = 0; i < SVAC_REAL_PROCESSES; i++) {
		if (real->mms[i])
			svac_real_process_put(real->mms[i]);
	}
	if (real->sva)
		svac_stock_stop_sva(real->dev);
}

/**
 * svac_real_exit() - Undo what a case has left, and look at the device
 * @test: the case, which fails if the device is not as it was
 */
void svac_real_exit(struct kunit *test)
{
	struct svac_real *real = to_real(test);

	if (!real)
		return;
	undo(real);
	svac_real_unchanged(test, "after the case");
	svac_target_release(real->dev);
	kfree(real);
}

/**
 * svac_real_rules() - Say which rules a case checks
 * @test: the case
 * @ids: the rules
 * @count: how many
 */
void svac_real_rules(struct kunit *test, const char * const *ids, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		kunit_info(test, "rule: %s\n", ids[i]);
}

/**
 * svac_real_domain() - A domain with an I/O page table for the device
 * @test: the case
 *
 * Return: the domain, freed when the case has ended; NULL if there is none.
 */
struct iommu_domain *svac_real_domain(struct kunit *test)
{
	struct svac_real *real = to_real(test);
	struct iommu_domain *domain = svac_stock_alloc(real->dev);
	int i;

	KUNIT_EXPECT_TRUE_MSG(test, !IS_ERR(domain), "no domain can be allocated: %ld\n",
			      PTR_ERR(domain));
	if (IS_ERR(domain))
		return NULL;
	for (i = 0; i < SVAC_REAL_DOMAINS; i++) {
		if (!real->domains[i])
			return real->domains[i] = domain;
	}
	iommu_domain_free(domain);
	KUNIT_EXPECT_TRUE_MSG(test, false, "more than %d domains\n", SVAC_REAL_DOMAINS);
	return NULL;
}

/**
 * svac_real_pasid() - A PASID that nobody in the system has
 * @test: the case
 *
 * Return: the PASID, given back when the case has ended; 0 if there is none.
 */
ioasid_t svac_real_pasid(struct kunit *test)
{
	struct svac_real *real = to_real(test);
	ioasid_t pasid;
	int i;

	for (i = 0; i < SVAC_REAL_PASIDS && real->given[i]; i++)
		;
	pasid = i < SVAC_REAL_PASIDS ? svac_stock_give_pasid(real->dev) : SVAC_NO_PASID;
	KUNIT_EXPECT_TRUE_MSG(test, pasid != SVAC_NO_PASID, "no PASID is left\n");
	if (pasid == SVAC_NO_PASID)
		return 0;
	return real->given[i] = pasid;
}

/**
 * svac_real_mm() - The memory of a process
 * @test: the case
 * @which: 0 for that of who loads the module, 1 for its peer's
 *
 * Return: the mm, held until the case has ended; NULL if there is no such process.
 */
struct mm_struct *svac_real_mm(struct kunit *test, unsigned int which)
{
	struct svac_real *real = to_real(test);

	if (!real->mms[which])
		real->mms[which] = svac_real_process(which);
	return real->mms[which];
}
