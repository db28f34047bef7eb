// SPDX-License-Identifier: GPL-2.0
/*
 * How long an address space lives: domains and bonds in every order of what may
 * happen to them, and what comes to sit in the memory and on the PASID of a
 * process that is gone.
 */
#include <linux/ctype.h>

#include "scene.h"

#define PASID		5
#define MAX_STEPS	6

/* PASID 1 alone is for binding */
static const struct mock_config two_pasids = { .pasid_bits = 20, .max_pasids = 2 };

/* What may happen, by the letters of the chains below; the small ones to the second */
static const struct {
	char letter;
	const char *name;
} words[] = {
	{ 'A', "alloc" }, { 'S', "set" }, { 'B', "block" }, { 'F', "free" },
	{ 'a', "alloc2" }, { 's', "set2" }, { 'b', "block2" }, { 'f', "free2" },
	{ 'E', "exit" }, { 'U', "unbind" }, { 'R', "remove" }, { 'M', "bind" },
};

/* One order of events */
struct order {
	const char *name;
	char text[64];
	char steps[MAX_STEPS + 1];
};

static void name_order(struct order *order)
{
	const char *step;
	size_t i, used = 0;

	for (step = order->steps; *step; step++)
		for (i = 0; i < ARRAY_SIZE(words); i++)
			if (words[i].letter == *step)
				used += scnprintf(order->text + used,
						  sizeof(order->text) - used, "%s%s",
						  used ? "-" : "", words[i].name);
	order->name = order->text;
}

/*
 * Merge chains: each digit of @number, in the base of their count, says which
 * of them the next step comes from. Return: whether all were used up.
 */
static bool merge(struct order *order, const char * const *chains, size_t count,
		  unsigned int number)
{
	size_t at[3] = { }, length = 0, i;

	for (i = 0; i < count; i++)
		length += strlen(chains[i]);
	for (i = 0; i < length; i++, number /= count) {
		size_t from = number % count;

		if (!chains[from][at[from]])
			return false;
		order->steps[i] = chains[from][at[from]++];
	}
	order->steps[length] = 0;
	return !number;
}

/* Every order of events that keeps that of each chain */
static const void *next_in_order(const void *prev, char *desc,
				 const char * const *chains, size_t count)
{
	static struct order orders[64];
	static size_t used;
	unsigned int number;

	if (!prev) {
		used = 0;
		for (number = 0; number < 3 * 3 * 3 * 3 * 3; number++) {
			if (!merge(&orders[used], chains, count, number))
				continue;
			name_order(&orders[used]);
			if (WARN_ON(++used == ARRAY_SIZE(orders)))
				return NULL;
		}
	}
	return svac_next_param(prev, desc, orders, used * sizeof(*orders), sizeof(*orders));
}

#define ORDERS(_orders, ...)						\
	static const void *next_##_orders(svac_asked(const void *prev, char *desc)) \
	{								\
		static const char * const chains[] = { __VA_ARGS__ };	\
									\
		return next_in_order(prev, desc, chains, ARRAY_SIZE(chains)); \
	}

ORDERS(one_domain, "E", "ASBF")
ORDERS(two_domains_of_one_mm, "E", "BF", "bf")
ORDERS(one_bond, "E", "U", "R")
ORDERS(bond_of_two_binds, "E", "UU", "R")
ORDERS(bind_and_exit, "E", "MMUU")

/* What there is of a process, a device and what joins them, and what there was */
struct life {
	struct kunit *test;
	struct svac_process *process;
	struct device *dev;
	struct iommu_domain *domain[2];
	bool set[2];
	struct iommu_sva *handle;
	ioasid_t pasid;
	unsigned int binds;
	bool removed;
	unsigned int blocks;
	unsigned int frees;
};

static void remove_device(struct life *life)
{
	if (life->set[0]) {
		svac_expect_warn(life->test, to_svac(life->test)->impl->warns.leave, 1);
		life->blocks++;
	}
	life->set[0] = false;
	life->removed = true;
	svac_unplug(life->test, life->dev);
}

static void bind(struct life *life)
{
	life->handle = svac_bind(life->test, life->dev, life->process);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(life->test, life->handle);
	life->pasid = to_svac(life->test)->impl->pasid(life->handle);
	life->binds++;
	life->set[0] = true;
}

static void unbind(struct life *life)
{
	svac_unbind(life->test, life->handle);
	if (--life->binds)
		return;
	life->blocks += !life->removed;
	life->frees++;
	life->set[0] = false;
}

static void take_step(struct life *life, char step)
{
	bool second = islower(step);
	struct iommu_domain **domain = &life->domain[second];
	ioasid_t pasid = life->pasid + second;

	switch (toupper(step)) {
	case 'A':
		*domain = svac_sva_domain(life->test, life->dev, life->process);
		break;
	case 'S':
		svac_set_ok(life->test, *domain, life->dev, pasid);
		life->set[second] = true;
		break;
	case 'B':
		svac_block(life->test, *domain, life->dev, pasid);
		life->set[second] = false;
		life->blocks++;
		break;
	case 'F':
		svac_free(life->test, *domain);
		*domain = NULL;
		life->frees++;
		break;
	case 'E':
		svac_process_exit(life->process);
		break;
	case 'M':
		bind(life);
		break;
	case 'U':
		unbind(life);
		break;
	case 'R':
		remove_device(life);
		break;
	}
}

static void check(struct life *life)
{
	struct svac_process *process = life->process;
	struct kunit *test = life->test;
	unsigned int i;
	u64 word;

	svac_expect_refs(test, process, !!life->domain[0] + !!life->domain[1] + !!life->binds);
	svac_expect_calls(test, MOCK_BLOCK, MOCK_ANY_TYPE, life->blocks);
	svac_expect_calls(test, MOCK_FREE, IOMMU_DOMAIN_SVA, life->frees);
	for (i = 0; i < 2; i++) {
		if (process->gone)
			svac_expect_ret(test,
					mock_dma_read(life->dev, life->pasid + i, process->rw,
						      &word, sizeof(word)), -EFAULT);
		else if (life->set[i])
			svac_expect_reach(test, life->dev, life->pasid + i, process);
		else
			svac_expect_no_reach(test, life->dev, life->pasid + i, process);
	}
}

static void live(struct life *life)
{
	const struct order *order = to_svac(life->test)->row;
	const char *step;

	check(life);
	for (step = order->steps; *step; step++) {
		take_step(life, *step);
		check(life);
	}
}

static struct life begin(struct kunit *test)
{
	return (struct life){
		.test = test,
		.process = svac_process(test),
		.dev = svac_device(test, &MOCK_PASIDS),
		.pasid = PASID,
	};
}

static void exit_at_any_moment_of_a_domain(struct kunit *test)
{
	struct life life;

	svac_rules(test, "DOM-014", "PASID-023");
	if (!svac_rehearse(test, false))
		return;
	life = begin(test);
	live(&life);
}

static void exit_with_two_domains_of_one_mm(struct kunit *test)
{
	struct life life;
	const char *step;

	svac_rules(test, "DOM-014", "PASID-023");
	if (!svac_rehearse(test, false))
		return;
	life = begin(test);
	for (step = "ASas"; *step; step++)
		take_step(&life, *step);
	live(&life);
}

static void exit_unbind_and_removal_in_any_order(struct kunit *test)
{
	struct life life;

	svac_rules(test, "BIND-008", "BIND-013");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	svac_needs(test, SVAC_BIND, "bind");
	if (!svac_rehearse(test, true))
		return;
	life = begin(test);
	bind(&life);
	live(&life);
}

static void exit_unbinds_and_removal_in_any_order(struct kunit *test)
{
	struct life life;

	svac_rules(test, "BIND-008", "BIND-013");
	svac_needs(test, SVAC_REMOVAL, "end of what is set when a device goes away");
	svac_needs(test, SVAC_BIND, "bind");
	if (!svac_rehearse(test, true))
		return;
	life = begin(test);
	bind(&life);
	bind(&life);
	live(&life);
}

static void exit_at_any_moment_of_a_bond(struct kunit *test)
{
	struct life life;

	svac_rules(test, "BIND-013");
	svac_needs(test, SVAC_BIND, "bind");
	if (!svac_rehearse(test, true))
		return;
	life = begin(test);
	live(&life);
}

/* As a rule in the memory of the one before, which was freed last */
static struct svac_process *successor(struct kunit *test,
				      struct svac_process *process)
{
	if (!process->gone)
		svac_process_exit(process);
	KUNIT_EXPECT_EQ_MSG(test, svac_process_free(process), 0,
			    "the mm is held although its process has gone\n");
	return svac_process(test);
}

static void pasid_of_a_dead_process_serves_the_next(struct kunit *test)
{
	const struct svac_impl *impl = to_svac(test)->impl;
	struct device *dev = svac_device(test, &two_pasids);
	struct svac_process *process;
	struct iommu_sva *handle;
	int i;

	svac_rules(test, "BIND-012");
	svac_needs(test, SVAC_BIND, "bind");
	process = svac_process(test);
	for (i = 0; i < 3; i++) {
		handle = svac_bind(test, dev, process);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, handle);
		KUNIT_EXPECT_EQ(test, impl->pasid(handle), 1);
		svac_expect_reach(test, dev, 1, process);
		svac_unbind(test, handle);
		svac_expect_no_reach(test, dev, 1, process);
		process = successor(test, process);
	}
}

static void pasid_of_a_bound_process_outlives_it(struct kunit *test)
{
	struct svac_process *process = svac_process(test), *other;
	struct device *dev = svac_device(test, &two_pasids);
	struct iommu_sva *handle;

	svac_rules(test, "BIND-003", "BIND-012");
	svac_needs(test, SVAC_BIND, "bind");
	handle = svac_bind(test, dev, process);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, handle);
	svac_process_exit(process);
	other = svac_process(test);
	svac_expect_err_ptr(test, svac_bind(test, dev, other),
			    to_svac(test)->impl->errnos.none_left);
	svac_expect_no_reach(test, dev, 1, other);
	svac_unbind(test, handle);
	svac_expect_err_ptr(test, svac_bind(test, dev, other),
			    to_svac(test)->impl->errnos.none_left);
	KUNIT_EXPECT_EQ(test, svac_process_free(process), 0);
	svac_expect_err_ptr(test, svac_bind(test, dev, other), 0);
	svac_expect_reach(test, dev, 1, other);
}

static void domain_of_a_dead_process_reaches_nobody(struct kunit *test)
{
	struct svac_process *process = svac_process(test), *other;
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;

	svac_rules(test, "DOM-014", "PASID-023");
	domain = svac_sva_domain(test, dev, process);
	svac_set_ok(test, domain, dev, PASID);
	svac_process_exit(process);
	other = svac_process(test);
	KUNIT_EXPECT_PTR_NE(test, other->mm, process->mm);
	svac_expect_no_reach(test, dev, PASID, other);
	svac_expect_refs(test, process, 1);
	svac_expect_refs(test, other, 0);
}

static void domain_in_the_memory_of_another_mm_reaches_its_own(struct kunit *test)
{
	struct svac_process *process = svac_process(test);
	struct device *dev = svac_device(test, &MOCK_PASIDS);
	struct iommu_domain *domain;
	int i;

	svac_rules(test, "DOM-002");
	for (i = 0; i < 3; i++) {
		domain = svac_sva_domain(test, dev, process);
		svac_expect_refs(test, process, 1);
		svac_set_ok(test, domain, dev, PASID);
		svac_expect_reach(test, dev, PASID, process);
		svac_block(test, domain, dev, PASID);
		svac_free(test, domain);
		process = successor(test, process);
	}
}

static struct kunit_case lifetime_cases[] = {
	SVAC_CASE_ROWS(exit_at_any_moment_of_a_domain, one_domain),
	SVAC_CASE_ROWS(exit_with_two_domains_of_one_mm, two_domains_of_one_mm),
	SVAC_CASE_ROWS(exit_unbind_and_removal_in_any_order, one_bond),
	SVAC_CASE_ROWS(exit_unbinds_and_removal_in_any_order, bond_of_two_binds),
	SVAC_CASE_ROWS(exit_at_any_moment_of_a_bond, bind_and_exit),
	SVAC_CASE(pasid_of_a_dead_process_serves_the_next),
	SVAC_CASE(pasid_of_a_bound_process_outlives_it),
	SVAC_CASE(domain_of_a_dead_process_reaches_nobody),
	SVAC_CASE(domain_in_the_memory_of_another_mm_reaches_its_own),
	{ }
};

SVAC_SUITE(svac_lifetime, lifetime_cases);
