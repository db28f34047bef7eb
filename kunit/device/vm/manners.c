// SPDX-License-Identifier: GPL-2.0
/*
 * The module's own manners: which devices it refuses, and when it can be loaded.
 * The function at 02.0 has PASIDs and a driver, that at 03.0 has neither.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"

#define MODULE	"svac_device"
#define DRIVEN	"pci:0000:00:02.0"
#define FREE	"pci:0000:00:03.0"

/* 0 if the driver of the function at 02.0 is still the one that was bound */
static int driver_lost(void)
{
	char link[256] = "";

	if (readlink("/sys/bus/pci/devices/0000:00:02.0/driver", link, sizeof(link) - 1) < 0)
		return -errno;
	return strcmp(strrchr(link, '/') ?: link, "/svac_idle") ? -ENXIO : 0;
}

static void no_device_is_einval(struct kunit *test)
{
	svac_rules(test, "HW-105");
	expect(test, load(MODULE, ""), -EINVAL);
	expect(test, unload(MODULE), -ENOENT);
}

static void no_bus_and_name_is_einval(struct kunit *test)
{
	svac_rules(test, "HW-105");
	expect(test, load(MODULE, "list=1 device=0000:00:03.0"), -EINVAL);
	expect(test, load(MODULE, "list=1 device=usb:1-1"), -EINVAL);
	expect(test, load(MODULE, "list=1 device="), -EINVAL);
}

static void a_device_that_is_not_there_is_enodev(struct kunit *test)
{
	svac_rules(test, "HW-105");
	expect(test, load(MODULE, "list=1 device=pci:0000:00:1e.7"), -ENODEV);
	expect(test, load(MODULE, "list=1 device=platform:nobody"), -ENODEV);
}

static void a_device_with_a_driver_is_ebusy(struct kunit *test)
{
	svac_rules(test, "HW-105");
	expect(test, load(MODULE, "list=1 device=" DRIVEN), -EBUSY);
	expect(test, unload(MODULE), -ENOENT);
	expect(test, driver_lost(), 0);
}

static void a_device_with_a_driver_is_taken_by_force(struct kunit *test)
{
	svac_rules(test, "HW-105", "HW-106");
	expect(test, load(MODULE, "list=1 force=1 device=" DRIVEN), 0);
	expect(test, driver_lost(), 0);
	expect(test, unload(MODULE), 0);
	expect(test, driver_lost(), 0);
}

static void a_case_that_is_none_is_enoent(struct kunit *test)
{
	svac_rules(test, "HW-105");
	expect(test, load(MODULE, "only=svac_device_pasid.nothing device=" FREE), -ENOENT);
	expect(test, load(MODULE, "only=svac_device device=" FREE), -ENOENT);
}

static void it_is_loaded_once_at_a_time(struct kunit *test)
{
	svac_rules(test, "HW-106");
	expect(test, load(MODULE, "list=1 device=" FREE), 0);
	expect(test, load(MODULE, "list=1 device=" FREE), -EEXIST);
	expect(test, load(MODULE, "list=1 force=1 device=" DRIVEN), -EEXIST);
	expect(test, unload(MODULE), 0);
}

static void it_is_unloaded_and_loaded_again(struct kunit *test)
{
	svac_rules(test, "HW-106");
	for (int i = 0; i < 3; i++) {
		expect(test, load(MODULE, "list=1 device=" FREE), 0);
		expect(test, unload(MODULE), 0);
	}
	expect(test, unload(MODULE), -ENOENT);
}

static const struct kunit_case module_cases[] = {
	SVAC_PLAIN_CASE(no_device_is_einval),
	SVAC_PLAIN_CASE(no_bus_and_name_is_einval),
	SVAC_PLAIN_CASE(a_device_that_is_not_there_is_enodev),
	SVAC_PLAIN_CASE(a_device_with_a_driver_is_ebusy),
	SVAC_PLAIN_CASE(a_device_with_a_driver_is_taken_by_force),
	SVAC_PLAIN_CASE(a_case_that_is_none_is_enoent),
	SVAC_PLAIN_CASE(it_is_loaded_once_at_a_time),
	SVAC_PLAIN_CASE(it_is_unloaded_and_loaded_again),
	{}
};

SVAC_SUITE(svac_module_load, module_cases);

static void a_device_without_an_iommu_is_enxio(struct kunit *test)
{
	svac_rules(test, "HW-105");
	expect(test, load(MODULE, "list=1 device=" FREE), -ENXIO);
	expect(test, load(MODULE, "list=1 force=1 device=" FREE), -ENXIO);
	expect(test, unload(MODULE), -ENOENT);
}

static const struct kunit_case no_iommu_cases[] = {
	SVAC_PLAIN_CASE(a_device_without_an_iommu_is_enxio),
	{}
};

SVAC_SUITE(svac_module_no_iommu, no_iommu_cases);
