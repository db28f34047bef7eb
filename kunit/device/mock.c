// SPDX-License-Identifier: GPL-2.0
/*
 * A device of the mock for each case, and processes for it: KUnit runs cases in
 * threads that have no memory of their own.
 */
#include <linux/kernel.h>

#include "../suites/svac.h"
#include "mock.h"
#include "process.h"

static struct svac_process processes[SVAC_REAL_PROCESSES];

/**
 * svac_mock_take() - Make a device of the mock
 * @bits: of its PASIDs, as text
 *
 * Return: the device with a reference, or an ERR_PTR.
 */
struct device *svac_mock_take(const char *bits)
{
	struct mock_config config = {};
	struct device *dev;
	int ret;

	ret = kstrtouint(bits, 10, &config.pasid_bits);
	if (ret)
		return ERR_PTR(ret);
	svac_impls_reset(NULL);
	mock_reset();
	dev = mock_device_add(&config);
	return IS_ERR(dev) ? dev : get_device(dev);
}

/**
 * svac_mock_is() - Is a device one of the mock's
 * @dev: the device
 *
 * Return: true if it is.
 */
bool svac_mock_is(struct device *dev)
{
	return mock_is_ours(dev);
}

/**
 * svac_mock_release() - Undo svac_mock_take() but for the reference
 * @dev: the device
 */
void svac_mock_release(struct device *dev)
{
	mock_device_remove(dev);
}

/**
 * svac_real_process() - The memory of a process that is made for it
 * @which: which of two
 *
 * Return: the mm, or NULL if there is no memory for that.
 */
struct mm_struct *svac_real_process(unsigned int which)
{
	return svac_process_create(&processes[which]) ? NULL : processes[which].mm;
}

/**
 * svac_real_process_put() - Undo svac_real_process()
 * @mm: what it returned
 */
void svac_real_process_put(struct mm_struct *mm)
{
	unsigned int i;

	for (i = 0; i < SVAC_REAL_PROCESSES; i++) {
		if (processes[i].mm == mm) {
			svac_process_free(&processes[i]);
			processes[i].mm = NULL;
		}
	}
}
