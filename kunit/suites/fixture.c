// SPDX-License-Identifier: GPL-2.0
/*
 * Makes what cases work with, undoes what they leave, and checks that nothing
 * has leaked.
 */
#include <linux/bug.h>
#include <linux/cpumask.h>
#include <linux/debug_locks.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/smp.h>

#include <asm/sections.h>

#include "../mock/audit.h"
#include "svac.h"

/*
 * A boot for each case keeps its WARN_ON_ONCE() from being used up by another
 * case, yet not by another implementation that runs the same one.
 */
static void forget_warnings(void)
{
	generic_bug_clear_once();
	memset(__start_once, 0, __end_once - __start_once);
}

/**
 * svac_init() - Begin a case
 * @test: the case
 *
 * Return: 0 or -ENOMEM.
 */
int svac_init(struct kunit *test)
{
	const struct svac_param *param = test->param_value;
	struct svac *svac;

	/* KUnit of 6.1 leaves that of the row before, and calls exit in any case */
	test->priv = NULL;
	/* The threads of a case take turns with it: threads.c */
	set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id()));
	svac = kunit_kzalloc(test, sizeof(*svac), GFP_KERNEL);
	if (!svac)
		return -ENOMEM;
	if (param) {
		svac->impl = param->impl;
		svac->row = param->row;
	}
	svac->groups = mock_groups();
	INIT_LIST_HEAD(&svac->settings);
	test->priv = svac;
	forget_warnings();
	svac_impls_reset(svac->impl);
	mock_reset();
	mock_audit_reset();
	mock_mutexes_reset();
	return 0;
}

/* What is still set, as far as the implementation says so */
static void block_settings(struct svac *svac)
{
	struct svac_setting *setting;

	list_for_each_entry(setting, &svac->settings, list)
		if (svac->impl->get(setting->dev, setting->pasid) == setting->domain)
			svac->impl->block(setting->domain, setting->dev,
					  setting->pasid);
}

/* PASIDs of a device that are set although they have been blocked */
static unsigned int stuck_settings(struct svac *svac, struct device *dev)
{
	struct svac_setting *setting;
	unsigned int stuck = 0;

	list_for_each_entry(setting, &svac->settings, list)
		if (setting->dev == dev && svac->impl->get(dev, setting->pasid))
			stuck++;
	return stuck;
}

static unsigned int remove_devices(struct kunit *test, unsigned int *stuck)
{
	struct svac *svac = to_svac(test);
	unsigned int i, here, left = 0;

	for (i = 0; i < SVAC_DEVICES; i++) {
		if (!svac->devices[i])
			continue;
		here = stuck_settings(svac, svac->devices[i]);
		if (here)
			svac_expect_warn(test, svac->impl->warns.leave, 1);
		*stuck += here;
		/* Those of the PCI fabric go with it, further down */
		if (!dev_is_pci(svac->devices[i]) && mock_pasid_table(svac->devices[i]))
			left += mock_device_remove(svac->devices[i]);
		put_device(svac->devices[i]);
	}
	return left + mock_pci_destroy();
}

static void free_domain(struct svac *svac, struct iommu_domain *domain)
{
	if (domain->type == IOMMU_DOMAIN_SVA)
		svac->impl->free_sva(domain);
	else
		svac->impl->free_paging(domain);
}

static void undo(struct svac *svac)
{
	unsigned int i;

	for (i = 0; i < SVAC_HANDLES; i++)
		if (svac->handles[i])
			svac->impl->unbind(svac->handles[i]);
	block_settings(svac);
}

static void end_processes(struct svac *svac, int *kept, int *missing)
{
	unsigned int i;
	int refs;

	for (i = 0; i < SVAC_PROCESSES; i++) {
		if (!svac->processes[i].mm)
			continue;
		refs = svac_process_free(&svac->processes[i]);
		*kept += max(refs, 0);
		*missing += max(-refs, 0);
	}
}

/**
 * svac_blame() - Fail a case for a rule that it is not about
 * @test: the case, whose own rules are not broken by this
 * @rule: the one that is
 * @what: in words
 */
void svac_blame(struct kunit *test, const char *rule, const char *what)
{
	kunit_log(KERN_INFO, test, KUNIT_SUBSUBTEST_INDENT "# broken: %s", rule);
	KUNIT_FAIL(test, "%s\n", what);
}

/* What a case was about has come true: it is another rule that a leak breaks */
static void leaked(struct kunit *test, const char *rule, const char *what, int count)
{
	char text[96];

	if (!count)
		return;
	snprintf(text, sizeof(text), "after the case: %s: %d", what, count);
	svac_blame(test, rule, text);
}

/**
 * svac_exit() - End a case: undo what it left, then look for leaks
 * @test: the case
 */
void svac_exit(struct kunit *test)
{
	bool failed = test->status == KUNIT_FAILURE;
	const char *blames;
	struct svac *svac = to_svac(test);
	unsigned int i, stuck = 0, overlaps = mock_audit_overlaps();
	int entries, kept = 0, missing = 0, locked = mock_mutexes_held();

	if (!svac)
		return;
	mock_fail_allocations(false);
	mock_set_quirk(MOCK_NORMAL);
	mock_inject(MOCK_OPS, MOCK_ANY_TYPE, 0, 0, 0);
	mock_on(MOCK_OPS, NULL, NULL);
	if (svac->abandoned)
		return;

	undo(svac);
	entries = remove_devices(test, &stuck);
	for (i = 0; i < SVAC_DOMAINS; i++)
		if (svac->domains[i])
			free_domain(svac, svac->domains[i]);
	end_processes(svac, &kept, &missing);

	KUNIT_EXPECT_EQ_MSG(test, mock_log_lost(), 0,
			    "the mock's log is too short for this case\n");
	blames = mock_audit_blames();
	if (blames) {
		/* The console may have been quiet when it happened */
		kunit_log(KERN_INFO, test, KUNIT_SUBSUBTEST_INDENT "# blames: %s %s",
			  blames, mock_audit_how());
		KUNIT_FAIL(test, "the driver broke %s, so nothing else was judged\n", blames);
		failed = true;
	}
	/* After a failure leaks tell nothing new: the case may have stopped midway */
	if (!failed) {
		leaked(test, "GRP-035", "mutexes still locked", locked);
		leaked(test, "GRP-042", "calls of the driver during others for the same group",
		       overlaps);
		leaked(test, "GRP-036", "groups without devices that somebody holds",
		       mock_groups() - svac->groups);
		leaked(test, "PASID-014", "PASIDs still set after they were blocked", stuck);
		leaked(test, "PASID-014", "PASIDs still installed in the IOMMU", entries);
		leaked(test, "PASID-014", "operations on domains that had been freed",
		       mock_uses_after_free());
		leaked(test, "DOM-013", "references to an mm not dropped", kept);
		leaked(test, "DOM-003", "references to an mm dropped but not grabbed",
		       missing);
		leaked(test, "DOM-012", "domains freed twice",
		       mock_freed_again(IOMMU_DOMAIN_SVA) +
		       mock_freed_again(IOMMU_DOMAIN_UNMANAGED));
		leaked(test, "DOM-012", "paging domains not freed",
		       mock_live_domains(IOMMU_DOMAIN_UNMANAGED));
		if (!svac->may_leak)
			leaked(test, "DOM-012", "SVA domains not freed",
			       mock_live_domains(IOMMU_DOMAIN_SVA));
	}
	if (IS_ENABLED(CONFIG_LOCKDEP) && !debug_locks)
		kunit_log(KERN_INFO, test, KUNIT_SUBSUBTEST_INDENT "# lockdep-off");
	mock_reset();
}

/**
 * svac_needs_faults() - Skip a case in a kernel that cannot fail allocations
 * @test: the case
 */
void svac_needs_faults(struct kunit *test)
{
	if (!mock_can_fail_allocations())
		svac_skip(test, "this kernel has no failslab to make allocations fail");
}

/**
 * svac_needs_memory_seen() - Skip a case in a kernel that cannot tell of memory
 * @test: the case
 */
void svac_needs_memory_seen(struct kunit *test)
{
	if (!mock_memory_is_seen())
		svac_skip(test, "this kernel is not linked so that memory can be followed");
}

/**
 * svac_expect_warn() - Declare a warning, if the implementation warns at all
 * @test: the case
 * @function: that warns, of struct svac_warns
 * @count: how often
 */
void svac_expect_warn(struct kunit *test, const char *function,
		      unsigned int count)
{
	if (to_svac(test)->impl->traits & SVAC_WARNS)
		kunit_log(KERN_INFO, test,
			  KUNIT_SUBSUBTEST_INDENT "# expect-warn: %s %u",
			  function, count);
}

/**
 * svac_event() - An operation's nth call, which must be there
 * @test: the case
 * @op: the operation
 * @type: of the domain, or MOCK_ANY_TYPE
 * @nth: 0 for the first
 *
 * Return: the event; without it the case ends here.
 */
const struct mock_event *svac_event(struct kunit *test, enum mock_op op,
				    unsigned int type, unsigned int nth)
{
	const struct mock_event *event = mock_log_nth(op, type, nth);

	KUNIT_ASSERT_NOT_ERR_OR_NULL_MSG(test, event,
					 "the driver's %s was called %u times, expected %u at least\n",
					 mock_op_name(op), mock_log_count(op, type), nth + 1);
	return event;
}

/**
 * svac_device() - Plug in a device
 * @test: the case
 * @config: what it is like
 *
 * Return: the device; unplugged by svac_unplug() or at the end.
 */
struct device *svac_device(struct kunit *test, const struct mock_config *config)
{
	struct svac *svac = to_svac(test);
	struct device *dev;
	unsigned int i = 0;

	while (i < SVAC_DEVICES && svac->devices[i])
		i++;
	KUNIT_ASSERT_LT(test, i, SVAC_DEVICES);
	dev = mock_device_add(config);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	svac->devices[i] = get_device(dev);
	return dev;
}

/**
 * svac_unplug() - Unplug a device; its struct stays until the end
 * @test: the case
 * @dev: of svac_device()
 */
void svac_unplug(struct kunit *test, struct device *dev)
{
	unsigned int left = mock_device_remove(dev);

	KUNIT_EXPECT_EQ_MSG(test, left, 0,
			    "%u PASIDs were still installed when the device had gone\n",
			    left);
}

/**
 * svac_pci() - Have the kernel find a PCI fabric
 * @test: the case
 * @functions: see mock_pci_build()
 */
void svac_pci(struct kunit *test, const struct mock_pci_function *functions)
{
	KUNIT_ASSERT_EQ(test, mock_pci_build(functions), 0);
}

/**
 * svac_pci_device() - A function of the fabric
 * @test: the case
 * @name: what its description calls it
 *
 * Return: the function, which the kernel must have found; unplugged by
 * svac_unplug() or at the end.
 */
struct device *svac_pci_device(struct kunit *test, const char *name)
{
	struct pci_dev *pdev = mock_pci_get(name);
	struct svac *svac = to_svac(test);
	unsigned int i = 0;

	KUNIT_ASSERT_NOT_NULL_MSG(test, pdev, "the kernel has not found %s\n", name);
	while (i < SVAC_DEVICES && svac->devices[i] && svac->devices[i] != &pdev->dev)
		i++;
	KUNIT_ASSERT_LT(test, i, SVAC_DEVICES);
	if (svac->devices[i])
		put_device(svac->devices[i]);
	svac->devices[i] = &pdev->dev;
	return &pdev->dev;
}

/**
 * svac_pci_plug() - Plug a function in that was absent so far
 * @test: the case
 * @name: what its description calls it
 *
 * Return: as svac_pci_device().
 */
struct device *svac_pci_plug(struct kunit *test, const char *name)
{
	KUNIT_ASSERT_EQ(test, mock_pci_plug(name), 0);
	return svac_pci_device(test, name);
}

/**
 * svac_process() - Start a process
 * @test: the case
 *
 * Return: the process; exits at the end if not before.
 */
struct svac_process *svac_process(struct kunit *test)
{
	struct svac *svac = to_svac(test);
	unsigned int i = 0;

	while (i < SVAC_PROCESSES && svac->processes[i].mm)
		i++;
	KUNIT_ASSERT_LT(test, i, SVAC_PROCESSES);
	KUNIT_ASSERT_EQ(test, svac_process_create(&svac->processes[i]), 0);
	return &svac->processes[i];
}

static struct iommu_domain *keep_domain(struct kunit *test,
					struct iommu_domain *domain)
{
	struct svac *svac = to_svac(test);
	unsigned int i = 0;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	while (i < SVAC_DOMAINS && svac->domains[i])
		i++;
	KUNIT_ASSERT_LT(test, i, SVAC_DOMAINS);
	svac->domains[i] = domain;
	return domain;
}

/**
 * svac_sva_domain() - Allocate a domain for a process
 * @test: the case
 * @dev: the device
 * @process: the process
 *
 * Return: the domain; freed by svac_free() or at the end.
 */
struct iommu_domain *svac_sva_domain(struct kunit *test, struct device *dev,
				     struct svac_process *process)
{
	return keep_domain(test, to_svac(test)->impl->alloc_sva(dev, process->mm));
}

/**
 * svac_paging_domain() - Allocate a domain with an I/O page table
 * @test: the case
 * @dev: the device
 *
 * Return: the domain; freed by svac_free() or at the end.
 */
struct iommu_domain *svac_paging_domain(struct kunit *test, struct device *dev)
{
	return keep_domain(test, to_svac(test)->impl->alloc_paging(dev));
}

/**
 * svac_free() - Free a domain
 * @test: the case
 * @domain: of svac_sva_domain() or svac_paging_domain()
 */
void svac_free(struct kunit *test, struct iommu_domain *domain)
{
	struct svac *svac = to_svac(test);
	unsigned int i;

	for (i = 0; i < SVAC_DOMAINS; i++)
		if (svac->domains[i] == domain)
			svac->domains[i] = NULL;
	free_domain(svac, domain);
}

/**
 * svac_forgive_domains() - The domains of this case cannot be freed
 * @test: the case
 */
void svac_forgive_domains(struct kunit *test)
{
	to_svac(test)->may_leak = true;
}

/**
 * svac_abandon() - Leave all that a case has made as it is, for good
 * @test: the case, which has failed: a thread of it does not end, or what it
 *	  holds may be freed memory
 */
void svac_abandon(struct kunit *test)
{
	struct svac *svac = to_svac(test);
	unsigned int i;

	svac->abandoned = true;
	mock_keep_domains();
	for (i = 0; i < SVAC_DEVICES; i++)
		if (svac->devices[i] && mock_pasid_table(svac->devices[i]))
			mock_device_disown(svac->devices[i]);
}

static int set_by(struct kunit *test,
		  int (*how)(struct iommu_domain *domain, struct device *dev, ioasid_t pasid),
		  struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	struct svac *svac = to_svac(test);
	struct svac_setting *setting;
	int ret;

	setting = kunit_kzalloc(test, sizeof(*setting), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, setting);
	ret = how(domain, dev, pasid);
	if (!ret) {
		setting->domain = domain;
		setting->dev = dev;
		setting->pasid = pasid;
		list_add_tail(&setting->list, &svac->settings);
	}
	return ret;
}

/**
 * svac_set() - Set a domain on a PASID
 * @test: the case
 * @domain: the domain
 * @dev: the device
 * @pasid: the PASID
 *
 * Return: what the implementation returns.
 */
int svac_set(struct kunit *test, struct iommu_domain *domain,
	     struct device *dev, ioasid_t pasid)
{
	return set_by(test, to_svac(test)->impl->set, domain, dev, pasid);
}

/**
 * svac_replace() - Set a domain on a PASID in place of the one that is set
 * @test: the case
 * @domain: the domain
 * @dev: the device
 * @pasid: the PASID
 *
 * Return: what the implementation returns.
 */
int svac_replace(struct kunit *test, struct iommu_domain *domain,
		 struct device *dev, ioasid_t pasid)
{
	return set_by(test, to_svac(test)->impl->replace, domain, dev, pasid);
}

/**
 * svac_block() - Block a PASID
 * @test: the case
 * @domain: the domain that is set
 * @dev: the device
 * @pasid: the PASID
 */
void svac_block(struct kunit *test, struct iommu_domain *domain,
		struct device *dev, ioasid_t pasid)
{
	to_svac(test)->impl->block(domain, dev, pasid);
}

/**
 * svac_bind() - Bind a process to a device
 * @test: the case
 * @dev: the device
 * @process: the process
 *
 * Return: a handle or an ERR_PTR; undone by svac_unbind() or at the end.
 */
struct iommu_sva *svac_bind(struct kunit *test, struct device *dev,
			    struct svac_process *process)
{
	struct svac *svac = to_svac(test);
	struct iommu_sva *handle = svac->impl->bind(dev, process->mm);
	unsigned int i = 0;

	if (IS_ERR(handle))
		return handle;
	while (i < SVAC_HANDLES && svac->handles[i])
		i++;
	KUNIT_ASSERT_LT(test, i, SVAC_HANDLES);
	svac->handles[i] = handle;
	return handle;
}

/**
 * svac_unbind() - Undo one svac_bind()
 * @test: the case
 * @handle: what it returned
 */
void svac_unbind(struct kunit *test, struct iommu_sva *handle)
{
	struct svac *svac = to_svac(test);
	unsigned int i = 0;

	while (i < SVAC_HANDLES && svac->handles[i] != handle)
		i++;
	KUNIT_ASSERT_LT(test, i, SVAC_HANDLES);
	svac->handles[i] = NULL;
	svac->impl->unbind(handle);
}

/**
 * svac_lookup() - Is on (device, PASID) what should be
 * @test: the case
 * @dev: the device
 * @pasid: the PASID
 * @want: the domain, or NULL
 *
 * Return: "" if so, else what is wrong.
 */
const char *svac_lookup(struct kunit *test, struct device *dev, ioasid_t pasid,
			const struct iommu_domain *want)
{
	const struct iommu_domain *got = to_svac(test)->impl->get(dev, pasid);

	if (got == want)
		return "";
	if (!got)
		return "the lookup found nothing where a domain is set";
	return want ? "the lookup found another domain than is set" :
		      "the lookup found a domain where none is set";
}

/**
 * svac_reach() - Does DMA reach a process
 * @dev: the device
 * @pasid: the PASID
 * @process: the process
 *
 * What the process writes the device has to read, and the other way round, each
 * with a value never used before.
 *
 * Return: "" if so, else what went wrong.
 */
const char *svac_reach(struct device *dev, ioasid_t pasid,
		       struct svac_process *process)
{
	static u64 fresh = SVAC_WORD;
	u64 word = 0, sent = ++fresh;

	if (svac_poke(process, process->rw, sent))
		return "the process cannot write its own memory";
	if (mock_dma_read(dev, pasid, process->rw, &word, sizeof(word)))
		return "the device's read faulted";
	if (word != sent)
		return "the device read something else than the process wrote";
	sent = ++fresh;
	if (mock_dma_write(dev, pasid, process->rw, &sent, sizeof(sent)))
		return "the device's write faulted";
	if (svac_peek(process, process->rw, &word))
		return "the process cannot read its own memory";
	if (word != sent)
		return "the process does not see what the device wrote";
	return "";
}

/**
 * svac_no_reach() - Is DMA kept away from a process
 * @dev: the device
 * @pasid: the PASID
 * @process: the process
 *
 * Return: "" if so, else what got through.
 */
const char *svac_no_reach(struct device *dev, ioasid_t pasid,
			  struct svac_process *process)
{
	u64 word = ~SVAC_WORD;

	if (svac_poke(process, process->rw, SVAC_WORD))
		return "the process cannot write its own memory";
	mock_dma_write(dev, pasid, process->rw, &word, sizeof(word));
	word = 0;
	mock_dma_read(dev, pasid, process->rw, &word, sizeof(word));
	if (word == SVAC_WORD)
		return "the device read the process's memory";
	if (svac_peek(process, process->rw, &word))
		return "the process cannot read its own memory";
	if (word != SVAC_WORD)
		return "the device wrote to the process's memory";
	return "";
}
