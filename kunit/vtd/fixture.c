// SPDX-License-Identifier: GPL-2.0
/*
 * Makes what cases on the real driver work with; KUnit undoes what they leave.
 */
#include <linux/cpumask.h>
#include <linux/mmu_notifier.h>
#include <linux/pci.h>
#include <linux/sched.h>
#include <linux/smp.h>

#include "../../intel/iommu.h"
#include "vtd.h"

/**
 * svac_init() - Begin a case
 * @test: the case
 *
 * Return: 0 or -ENOMEM.
 */
int svac_init(struct kunit *test)
{
	const struct svac_param *param = test->param_value;
	struct svac *svac = kunit_kzalloc(test, sizeof(*svac), GFP_KERNEL);

	if (!svac)
		return -ENOMEM;
	if (param) {
		svac->impl = param->impl;
		svac->row = param->row;
	}
	test->priv = svac;
	/* A processor that it left would go on with the mm that it last used there */
	set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id()));
	return 0;
}

/**
 * svac_exit() - End a case
 * @test: the case, which has told KUnit what to undo
 */
void svac_exit(struct kunit *test)
{
}

/**
 * vtd_device() - A device of the machine
 * @test: the case, which ends here if there is none
 * @which: of those that configs/lanes.toml plugs in
 *
 * Return: the device.
 */
struct device *vtd_device(struct kunit *test, enum vtd_device which)
{
	unsigned int devfn = PCI_DEVFN(VTD_FIRST_SLOT + which, 0);
	struct pci_dev *pdev = pci_get_domain_bus_and_slot(0, 0, devfn);

	KUNIT_ASSERT_NOT_NULL_MSG(test, pdev, "the machine has no device in slot %u\n",
				  PCI_SLOT(devfn));
	pci_dev_put(pdev);
	return &pdev->dev;
}

/**
 * vtd_unit() - The remapping hardware of a device
 * @dev: the device
 *
 * Return: as the driver knows it.
 */
struct intel_iommu *vtd_unit(struct device *dev)
{
	return container_of(dev->iommu->iommu_dev, struct intel_iommu, iommu);
}

/**
 * vtd_sid() - What a device has for a requester
 * @dev: the device
 *
 * Return: bus, device and function.
 */
u16 vtd_sid(struct device *dev)
{
	return pci_dev_id(to_pci_dev(dev));
}

/**
 * vtd_has_ats() - Has a device a TLB that is in use
 * @dev: the device
 *
 * Return: true if so, by its own register.
 */
bool vtd_has_ats(struct device *dev)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	u16 control = 0;

	if (pdev->ats_cap)
		pci_read_config_word(pdev, pdev->ats_cap + PCI_ATS_CTRL, &control);
	return control & PCI_ATS_CTRL_ENABLE;
}

static void end(void *process)
{
	/* What the driver has of an mm it lets go a while after its last domain is freed */
	mmu_notifier_synchronize();
	svac_process_free(process);
}

/**
 * vtd_process() - Start a process
 * @test: the case, at whose end it ends
 *
 * Return: the process.
 */
struct svac_process *vtd_process(struct kunit *test)
{
	struct svac_process *process = kunit_kzalloc(test, sizeof(*process), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, process);
	KUNIT_ASSERT_EQ(test, svac_process_create(process), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, end, process), 0);
	return process;
}

static void unbind(void *handle)
{
	iommu_sva_unbind_device(handle);
}

/**
 * vtd_bind() - Bind a process to a device
 * @test: the case, at whose end it is unbound
 * @dev: the device
 * @process: the process
 *
 * Return: a handle or an ERR_PTR.
 */
struct iommu_sva *vtd_bind(struct kunit *test, struct device *dev, struct svac_process *process)
{
	struct iommu_sva *handle = svac_kernel_bind(dev, process->mm);

	if (!IS_ERR(handle))
		KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, unbind, handle), 0);
	return handle;
}

/**
 * vtd_bound() - A process that is bound, in a case that is about what follows
 * @test: the case, which is skipped in a kernel that binds nobody
 * @dev: the device
 * @process: the process
 *
 * Return: a handle.
 */
struct iommu_sva *vtd_bound(struct kunit *test, struct device *dev,
			    struct svac_process *process)
{
	struct iommu_sva *handle;

	svac_needs_not(test, SVAC_REFUSES_BIND, "no bind on this architecture");
	handle = vtd_bind(test, dev, process);
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(handle), "this case has to bind first: %s\n",
			       svac_errname(PTR_ERR(handle)));
	return handle;
}

/**
 * vtd_unbind() - Undo one vtd_bind() or vtd_bound()
 * @test: the case
 * @handle: what it returned
 */
void vtd_unbind(struct kunit *test, struct iommu_sva *handle)
{
	kunit_release_action(test, unbind, handle);
}

static void free_domain(void *domain)
{
	iommu_domain_free(domain);
}

/**
 * vtd_sva_domain() - A process's domain that is bound nowhere yet
 * @test: the case, at whose end it is freed
 * @dev: the device
 * @process: the process
 *
 * Return: the domain.
 */
struct iommu_domain *vtd_sva_domain(struct kunit *test, struct device *dev,
				    struct svac_process *process)
{
	struct iommu_domain *domain = to_svac(test)->impl->alloc_sva(dev, process->mm);

	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(domain), "there is no SVA domain to be had: %s\n",
			       svac_errname(PTR_ERR_OR_ZERO(domain)));
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_domain, domain), 0);
	return domain;
}

/**
 * vtd_paging_domain() - A domain with an I/O page table
 * @test: the case, at whose end it is freed
 * @dev: the device
 *
 * Return: the domain.
 */
struct iommu_domain *vtd_paging_domain(struct kunit *test, struct device *dev)
{
	struct iommu_domain *domain = to_svac(test)->impl->alloc_paging(dev);

	KUNIT_ASSERT_NOT_NULL(test, domain);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_domain, domain), 0);
	return domain;
}

/**
 * vtd_free() - Free a domain before the case ends
 * @test: the case
 * @domain: of vtd_sva_domain() or vtd_paging_domain()
 */
void vtd_free(struct kunit *test, struct iommu_domain *domain)
{
	kunit_release_action(test, free_domain, domain);
}

/**
 * struct setting - a PASID that is set
 * @impl: by which
 * @dev: of which device
 * @pasid: the PASID
 */
struct setting {
	const struct svac_impl *impl;
	struct device *dev;
	ioasid_t pasid;
};

static void block(void *data)
{
	const struct setting *setting = data;
	struct iommu_domain *domain = setting->impl->get(setting->dev, setting->pasid);

	if (domain)
		setting->impl->block(domain, setting->dev, setting->pasid);
}

/**
 * vtd_set() - Set a domain on a PASID
 * @test: the case, at whose end it is blocked if it is still set
 * @domain: the domain
 * @dev: the device
 * @pasid: the PASID
 *
 * Return: what the kernel returns.
 */
int vtd_set(struct kunit *test, struct iommu_domain *domain, struct device *dev, ioasid_t pasid)
{
	struct setting *setting = kunit_kzalloc(test, sizeof(*setting), GFP_KERNEL);
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, setting);
	*setting = (struct setting){ to_svac(test)->impl, dev, pasid };
	ret = setting->impl->set(domain, dev, pasid);
	if (!ret)
		KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, block, setting), 0);
	return ret;
}

/**
 * vtd_block() - Block a PASID
 * @test: the case
 * @domain: that is set
 * @dev: the device
 * @pasid: the PASID
 */
void vtd_block(struct kunit *test, struct iommu_domain *domain, struct device *dev,
	       ioasid_t pasid)
{
	to_svac(test)->impl->block(domain, dev, pasid);
}
