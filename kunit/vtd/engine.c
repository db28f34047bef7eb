// SPDX-License-Identifier: GPL-2.0
/*
 * DMA of the emulator's educational device, which has no PASID of its own: its
 * context entry gives requests without one the PASID that a case wants (9.3,
 * RID_PASID). The device copies between memory and a buffer that nothing else
 * reaches, and counts its time in tenths of a second.
 */
#include <linux/bitfield.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/pci.h>

#include "../../intel/iommu.h"
#include "spec.h"
#include "vtd.h"

/* docs/specs/edu.rst of QEMU */
#define EDU_SOURCE	0x80
#define EDU_TARGET	0x88
#define EDU_COUNT	0x90
#define EDU_COMMAND	0x98
#define EDU_START	BIT(0)
#define EDU_TO_MEMORY	BIT(1)
#define EDU_BUFFER	0x40000

/* A minute, which only a machine that stands still takes */
#define PATIENCE	3000

/**
 * struct engine - a device that copies
 * @dev: the device
 * @registers: of it
 * @word: memory of the kernel for it
 * @bus: where it finds @word
 */
struct engine {
	struct device *dev;
	void __iomem *registers;
	u64 *word;
	dma_addr_t bus;
};

/* One engine at a time */
static struct engine engine;

static void use_pasid(struct device *dev, ioasid_t pasid)
{
	struct intel_iommu *unit = vtd_unit(dev);
	u64 *context = (u64 *)vtd_context(unit, vtd_sid(dev));

	context[1] &= ~CE_RID_PASID;
	context[1] |= FIELD_PREP(CE_RID_PASID, pasid);
	unit->flush.flush_context(unit, 0, vtd_sid(dev), DMA_CCMD_MASK_NOBIT,
				  DMA_CCMD_DEVICE_INVL);
}

static void stop(void *data)
{
	struct pci_dev *pdev = to_pci_dev(engine.dev);

	use_pasid(engine.dev, 0);
	dma_free_coherent(engine.dev, sizeof(*engine.word), engine.word, engine.bus);
	pci_clear_master(pdev);
	pci_iounmap(pdev, engine.registers);
	pci_disable_device(pdev);
	engine.dev = NULL;
}

/**
 * vtd_engine() - Let a device do DMA until the case ends
 * @test: the case
 * @dev: the device
 */
void vtd_engine(struct kunit *test, struct device *dev)
{
	struct pci_dev *pdev = to_pci_dev(dev);

	KUNIT_ASSERT_EQ(test, pci_enable_device(pdev), 0);
	engine.registers = pci_iomap(pdev, 0, 0);
	KUNIT_ASSERT_NOT_NULL(test, engine.registers);
	KUNIT_ASSERT_EQ(test, dma_set_mask_and_coherent(dev, DMA_BIT_MASK(32)), 0);
	engine.word = dma_alloc_coherent(dev, sizeof(*engine.word), &engine.bus, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, engine.word);
	engine.dev = dev;
	pci_set_master(pdev);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, stop, NULL), 0);
}

static void copy(struct kunit *test, u64 address, bool to_memory)
{
	unsigned int turns = 0;

	writeq(to_memory ? EDU_BUFFER : address, engine.registers + EDU_SOURCE);
	writeq(to_memory ? address : EDU_BUFFER, engine.registers + EDU_TARGET);
	writeq(sizeof(u64), engine.registers + EDU_COUNT);
	writeq(EDU_START | (to_memory ? EDU_TO_MEMORY : 0), engine.registers + EDU_COMMAND);
	while (readq(engine.registers + EDU_COMMAND) & EDU_START && turns++ < PATIENCE)
		msleep(20);
	KUNIT_ASSERT_LT_MSG(test, turns, PATIENCE, "the device does not come to an end\n");
}

/* 11.4.12.1: take the first fault out of the registers */
static struct vtd_fault take_fault(struct intel_iommu *unit)
{
	void __iomem *record = unit->reg + 16 * FIELD_GET(CAP_FRO, readq(unit->reg + CAP_REG));
	u64 low = readq(record), high = readq(record + 8);

	if (!(high & FRCD_F))
		return (struct vtd_fault){ };
	writeq(FRCD_F, record + 8);
	writel(FSTS_PFO, unit->reg + FSTS_REG);
	return (struct vtd_fault){
		.there = true,
		.sid = FIELD_GET(FRCD_SID, high),
		.reason = FIELD_GET(FRCD_FR, high),
		.address = low & FRCD_FI,
		.pasid = FIELD_GET(FRCD_PV, high),
		.pasids = high & FRCD_PP,
		.read = high & FRCD_T1,
	};
}

/* Between the device's buffer and the kernel's word, which no PASID has a part in */
static void exchange(struct kunit *test, u64 *word, bool to_memory)
{
	if (!to_memory)
		*engine.word = *word;
	copy(test, engine.bus, to_memory);
	if (to_memory)
		*word = READ_ONCE(*engine.word);
}

/**
 * vtd_dma() - Have the device read or write a word under a PASID
 * @test: the case
 * @pasid: the PASID
 * @va: where
 * @word: what to write, or receives what was read; what it was if nothing came
 * @write: or else read
 *
 * The driver has no say: its own handler of faults is kept out.
 *
 * Return: the fault that came of it.
 */
struct vtd_fault vtd_dma(struct kunit *test, ioasid_t pasid, u64 va, u64 *word, bool write)
{
	struct intel_iommu *unit = vtd_unit(engine.dev);
	struct vtd_fault fault;

	exchange(test, word, false);
	use_pasid(engine.dev, pasid);
	writel(FECTL_IM, unit->reg + FECTL_REG);
	copy(test, va, write);
	fault = take_fault(unit);
	writel(0, unit->reg + FECTL_REG);
	use_pasid(engine.dev, 0);
	if (!write)
		exchange(test, word, true);
	return fault;
}
