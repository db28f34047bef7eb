// SPDX-License-Identifier: GPL-2.0
/*
 * Where the host differs from the guest by design. Each row cites the rule that says so,
 * and makes of the guest's sight what that rule says of the host and nothing else: all
 * the rest still has to be equal.
 */
#include <linux/string.h>

#include "twins.h"

static const struct sight *guest_of(const struct twins *twins)
{
	return &twins->twins[TWIN_GUEST].sight;
}

static const struct bench *bench_of(const struct twins *twins)
{
	return &twins->twins[TWIN_GUEST].bench;
}

static const struct svac_errnos *errnos_of(const struct twins *twins, unsigned int which)
{
	return &twins->how->impls[which]->errnos;
}

static bool is_refused(const struct twins *twins, const struct model_op *op,
		       enum model_call call, int error)
{
	return op->call == call && guest_of(twins)->ret == error;
}

static bool has_no_pasids(const struct bench *bench, unsigned int dev)
{
	return !bench->layout->configs[dev].pasid_bits;
}

static bool is_shared(const struct bench *bench)
{
	return bench->groups[0] == bench->groups[1];
}

/* The number of PASIDs of a device, or the smaller one of a shared group */
static u32 limit(const struct bench *bench, unsigned int dev)
{
	const struct mock_config *config = &bench->layout->configs[dev];
	u32 own = min_t(u32, BIT(config->pasid_bits), mock_hardware_pasids(bench->devs[dev]));

	return is_shared(bench) && !dev ? min(own, limit(bench, 1)) : own;
}

static void add_call(struct sight *sight, enum mock_op mock, unsigned int dev, ioasid_t pasid,
		     u8 domain, int ret)
{
	if (sight->called < SIGHT_CALLS)
		sight->calls[sight->called] = (struct sight_call){
			.op = mock,
			.dev = dev,
			.pasid = pasid,
			.domain = domain,
			.type = domain == MODEL_U ? IOMMU_DOMAIN_UNMANAGED : IOMMU_DOMAIN_SVA,
			.ret = ret,
		};
	sight->called++;
}

static void drop_calls(struct sight *sight, enum mock_op mock)
{
	unsigned int i, kept = 0;

	for (i = 0; i < min_t(unsigned int, sight->called, SIGHT_CALLS); i++)
		if (sight->calls[i].op != mock)
			sight->calls[kept++] = sight->calls[i];
	sight->called = kept;
}

/* ---- what only the host sets ---- */

static u8 memory_of(const struct bench *bench, u8 domain)
{
	u8 process = domain < MODEL_DOMAINS ? domain : domain - MODEL_DOMAINS;

	/* That of a process that has exited is out of reach */
	if (process < MODEL_PROCESSES && bench->processes[process].gone)
		return MODEL_NONE;
	return process;
}

static void show(const struct bench *bench, unsigned int dev, ioasid_t pasid, u8 domain,
		 bool installed, struct sight *sight)
{
	u8 memory = memory_of(bench, domain);
	unsigned int i;

	for (i = 0; i < MODEL_PASIDS; i++) {
		if (bench->layout->pasids[i] != pasid)
			continue;
		sight->found[dev][i] = domain;
		if (!installed)
			continue;
		sight->installed[dev][i] = domain < MODEL_DOMAINS ? domain :
					   domain - MODEL_DOMAINS;
		sight->reached[dev][i] = memory == MODEL_NONE ? 0 : BIT(memory);
	}
}

/* On every device of the group that has PASIDs, and none if one refuses */
static void set(const struct twins *twins, const struct model_op *op, enum model_failure failure,
		ioasid_t pasid, u8 domain, struct sight *sight)
{
	const struct bench *bench = bench_of(twins);
	bool refused = false;
	unsigned int dev;

	sight->ret = failure == MODEL_MEMORY ? -ENOMEM : 0;
	for (dev = 0; dev < MODEL_DEVICES && !sight->ret; dev++) {
		if (bench->groups[dev] != bench->groups[op->dev])
			continue;
		refused = failure == MODEL_DRIVER && !has_no_pasids(bench, dev);
		sight->ret = refused ? MODEL_DRIVER_ERROR : 0;
		if (!has_no_pasids(bench, dev))
			add_call(sight, MOCK_SET, dev, pasid, domain, sight->ret);
	}
	for (dev = 0; dev < MODEL_DEVICES && !sight->ret; dev++)
		if (bench->groups[dev] == bench->groups[op->dev])
			show(bench, dev, pasid, domain, !has_no_pasids(bench, dev), sight);
}

static void set_domain(const struct twins *twins, const struct model_op *op,
		       enum model_failure failure, struct sight *sight)
{
	set(twins, op, failure, bench_of(twins)->layout->pasids[op->pasid], op->domain, sight);
}

static bool sets_in_shared_group(const struct twins *twins, const struct model_op *op,
				 enum model_failure failure)
{
	const struct bench *bench = bench_of(twins);

	return is_refused(twins, op, MODEL_SET, -EINVAL) && is_shared(bench) && op->pasid &&
	       bench->layout->pasids[op->pasid] < limit(bench, op->dev);
}

static bool sets_on_plain_device(const struct twins *twins, const struct model_op *op,
				 enum model_failure failure)
{
	return is_refused(twins, op, MODEL_SET, -EINVAL) &&
	       has_no_pasids(bench_of(twins), op->dev) && op->pasid;
}

static bool sets_beyond_pcie(const struct twins *twins, const struct model_op *op,
			     enum model_failure failure)
{
	const struct bench *bench = bench_of(twins);
	ioasid_t pasid = bench->layout->pasids[op->pasid];

	return is_refused(twins, op, MODEL_SET, -EINVAL) && !has_no_pasids(bench, op->dev) &&
	       pasid >= BIT(20) && pasid < limit(bench, op->dev);
}

/* ---- bonds ---- */

static bool binds_in_shared_group(const struct twins *twins, const struct model_op *op,
				  enum model_failure failure)
{
	const struct bench *bench = bench_of(twins);

	return is_refused(twins, op, MODEL_BIND, -EINVAL) && is_shared(bench) &&
	       guest_of(twins)->pasids[op->domain] < limit(bench, op->dev);
}

static void bind_in_shared_group(const struct twins *twins, const struct model_op *op,
				 enum model_failure failure, struct sight *sight)
{
	drop_calls(sight, MOCK_FREE);
	set(twins, op, failure, sight->pasids[op->domain], TWIN_BOND(op->domain), sight);
	sight->handles[op->dev][op->domain] = sight->pasids[op->domain];
	sight->refs[op->domain]++;
	sight->sva++;
}

static bool binds_plain_device(const struct twins *twins, const struct model_op *op,
			       enum model_failure failure)
{
	return is_refused(twins, op, MODEL_BIND, errnos_of(twins, TWIN_GUEST)->no_pasids) &&
	       has_no_pasids(bench_of(twins), op->dev);
}

static void bind_plain_device(const struct twins *twins, const struct model_op *op,
			      enum model_failure failure, struct sight *sight)
{
	const struct svac_errnos *errnos = errnos_of(twins, TWIN_HOST);

	sight->ret = sight->pasids[op->domain] != INVALID_IOASID ? errnos->none_for_its_own :
		     failure == MODEL_MEMORY ? -ENOMEM : errnos->no_pasids;
}

static bool binds_with_none_left(const struct twins *twins, const struct model_op *op,
				 enum model_failure failure)
{
	return is_refused(twins, op, MODEL_BIND, errnos_of(twins, TWIN_GUEST)->none_left) &&
	       failure != MODEL_MEMORY &&
	       guest_of(twins)->pasids[op->domain] == INVALID_IOASID;
}

static void bind_with_none_left(const struct twins *twins, const struct model_op *op,
				enum model_failure failure, struct sight *sight)
{
	sight->ret = errnos_of(twins, TWIN_HOST)->none_left;
}

/* The host looks first, whatever there is no memory for and the driver would refuse */
static bool binds_taken_pasid(const struct twins *twins, const struct model_op *op,
			      enum model_failure failure)
{
	const struct sight *guest = guest_of(twins);
	unsigned int i;

	if (!is_refused(twins, op, MODEL_BIND, -EBUSY) &&
	    !is_refused(twins, op, MODEL_BIND, -ENOMEM))
		return false;
	for (i = 0; i < MODEL_PASIDS; i++)
		if (bench_of(twins)->layout->pasids[i] == guest->pasids[op->domain])
			return guest->found[op->dev][i] != MODEL_NONE;
	return false;
}

static void bind_taken_pasid(const struct twins *twins, const struct model_op *op,
			     enum model_failure failure, struct sight *sight)
{
	sight->ret = -EBUSY;
	drop_calls(sight, MOCK_ALLOC);
	drop_calls(sight, MOCK_FREE);
}

static bool is_bound_twice(const struct bench *bench, unsigned int process)
{
	return bench->bonds[0][process] && bench->bonds[1][process];
}

static bool shares_domain(const struct twins *twins, const struct model_op *op,
			  enum model_failure failure)
{
	return is_bound_twice(bench_of(twins), MODEL_A) || is_bound_twice(bench_of(twins), MODEL_B);
}

static void share_domain(const struct twins *twins, const struct model_op *op,
			 enum model_failure failure, struct sight *sight)
{
	const struct bench *bench = bench_of(twins);
	unsigned int i;

	for (i = 0; i < MODEL_PROCESSES; i++)
		if (is_bound_twice(bench, i)) {
			sight->refs[i]--;
			sight->sva--;
		}
	if (op->call == MODEL_BIND && is_bound_twice(bench, op->domain))
		drop_calls(sight, MOCK_ALLOC);
}

static bool keeps_shared_domain(const struct twins *twins, const struct model_op *op,
				enum model_failure failure)
{
	const struct bench *bench = bench_of(twins);

	return op->call == MODEL_UNBIND && !bench->bonds[op->dev][op->domain] &&
	       bench->bonds[!op->dev][op->domain];
}

static void keep_shared_domain(const struct twins *twins, const struct model_op *op,
			       enum model_failure failure, struct sight *sight)
{
	drop_calls(sight, MOCK_FREE);
}

static bool tries_shared_domain(const struct twins *twins, const struct model_op *op,
				enum model_failure failure)
{
	const struct bench *bench = bench_of(twins);

	return is_refused(twins, op, MODEL_BIND, -ENOMEM) && failure == MODEL_DRIVER &&
	       bench->bonds[!op->dev][op->domain] && !binds_taken_pasid(twins, op, failure);
}

static void try_shared_domain(const struct twins *twins, const struct model_op *op,
			      enum model_failure failure, struct sight *sight)
{
	struct sight_call alloc = sight->calls[0];

	sight->called = 0;
	add_call(sight, MOCK_SET, op->dev, sight->pasids[op->domain], TWIN_BOND(op->domain),
		 MODEL_DRIVER_ERROR);
	sight->calls[sight->called++] = alloc;
}

static bool holds_device(const struct twins *twins, const struct model_op *op,
			 enum model_failure failure)
{
	const struct bench *bench = bench_of(twins);

	return bench->bonds[0][MODEL_A] || bench->bonds[0][MODEL_B] ||
	       bench->bonds[1][MODEL_A] || bench->bonds[1][MODEL_B];
}

static void hold_device(const struct twins *twins, const struct model_op *op,
			enum model_failure failure, struct sight *sight)
{
	const struct bench *bench = bench_of(twins);
	unsigned int dev;

	for (dev = 0; dev < MODEL_DEVICES; dev++)
		sight->holds[dev] -= !!bench->bonds[dev][MODEL_A] + !!bench->bonds[dev][MODEL_B];
}

const struct divergence divergences[] = {
	{ "GRP-037", "set in a group of two", sets_in_shared_group, set_domain, true },
	{ "GRP-037", "bind in a group of two", binds_in_shared_group, bind_in_shared_group, true },
	{ "PASID-036", "PASID beyond those of PCIe", sets_beyond_pcie, set_domain, true },
	{ "PASID-038", "set on a device without PASIDs", sets_on_plain_device, set_domain, true },
	{ "BIND-024", "bind of a device without PASIDs", binds_plain_device, bind_plain_device },
	{ "BIND-024", "bind with no PASID left", binds_with_none_left, bind_with_none_left },
	{ "BIND-023", "bond that holds its device", holds_device, hold_device },
	{ "BIND-029", "domain of two bonds", shares_domain, share_domain },
	{ "BIND-029", "bond that leaves the domain to another", keeps_shared_domain,
	  keep_shared_domain },
	{ "BIND-029", "domain of a bond that is refused to another", tries_shared_domain,
	  try_shared_domain },
	{ "BIND-030", "bind to a PASID that is taken", binds_taken_pasid, bind_taken_pasid },
};

const unsigned int divergences_count = ARRAY_SIZE(divergences);
static_assert(ARRAY_SIZE(divergences) <= DIVERGENCES_MOST);
