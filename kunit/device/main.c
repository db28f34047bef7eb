// SPDX-License-Identifier: GPL-2.0
/*
 * The module: runs the cases when it is loaded, in the process that loads it. It
 * holds nothing afterwards, so it can be unloaded at any time.
 */
#include <linux/err.h>
#include <linux/module.h>

#include "real.h"
#include "suites.h"

module_param_named(device, svac_choice.device, charp, 0444);
MODULE_PARM_DESC(device, "the device to judge, by bus and name: pci:0000:00:02.0");

module_param_named(force, svac_choice.force, bool, 0444);
MODULE_PARM_DESC(force, "judge it with a driver bound, too");

module_param_named(peer, svac_choice.peer, int, 0444);
MODULE_PARM_DESC(peer, "PID of a process that may be bound besides the one that loads this");

/* Built in, KUnit runs the cases */
#ifdef SVAC_RUNNER
static char *only;
module_param(only, charp, 0444);
MODULE_PARM_DESC(only, "suites, or suite.case, with commas in between; all if not given");

static bool list;
module_param(list, bool, 0444);
MODULE_PARM_DESC(list, "take the device, say which cases there are, and run none");

static struct kunit_suite * const suites[] = {
	&suite_svac_device_domain,
	&suite_svac_device_pasid,
	&suite_svac_device_plain,
	&suite_svac_device_bind,
	&suite_svac_device_refusal,
	&suite_svac_device_state,
};

static int __init svac_device_init(void)
{
	struct device *dev;
	const char *why;
	int ret;

	dev = svac_target_take(&why);
	if (IS_ERR(dev)) {
		pr_err("svac_device: %s: %s\n", svac_choice.device ?: "refused", why);
		return PTR_ERR(dev);
	}
	svac_target_release(dev);
	if (list) {
		svac_runner_list(suites, ARRAY_SIZE(suites));
		return 0;
	}
	ret = svac_runner_run(suites, ARRAY_SIZE(suites), only);
	if (ret)
		pr_err("svac_device: no suite or case is called %s\n", only);
	return ret;
}

static void __exit svac_device_exit(void)
{
}

module_init(svac_device_init);
module_exit(svac_device_exit);
MODULE_DESCRIPTION("Conformance cases for PASIDs and SVA on one named device");
MODULE_LICENSE("GPL");
#endif
