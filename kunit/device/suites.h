/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All suites, for the runner of the module. KUnit finds them by itself.
 */
#ifndef _SVAC_DEVICE_SUITES_H
#define _SVAC_DEVICE_SUITES_H

extern struct kunit_suite suite_svac_device_domain;
extern struct kunit_suite suite_svac_device_pasid;
extern struct kunit_suite suite_svac_device_plain;
extern struct kunit_suite suite_svac_device_bind;
extern struct kunit_suite suite_svac_device_refusal;
extern struct kunit_suite suite_svac_device_state;

#endif /* _SVAC_DEVICE_SUITES_H */
