// SPDX-License-Identifier: GPL-2.0
/*
 * The only program of a virtual machine with a stock kernel: it loads what the
 * kernel's command line asks for, or runs cases of its own about that, and restarts.
 *
 * svac_function	parameters for svac_pasid_function.ko, which is loaded first
 * svac_device		parameters for svac_device.ko, or
 * svac_suite		the suite of manners.c to run
 * svac_only		suites, or suite.case, with commas in between: these alone
 *
 * In parameters a comma stands for a space; "peer" among them becomes the PID of a
 * process that does nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cases.h"

static int kmsg = -1;

/* In one write(): each is an entry of the kernel's log */
void say_line(const char *line)
{
	if (write(kmsg, line, strlen(line)) < 0)
		perror(line);
}

int load(const char *module, const char *parameters)
{
	char path[100];
	int fd, ret;

	snprintf(path, sizeof(path), "/%s.ko", module);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	return ret;
}

int unload(const char *module)
{
	return syscall(SYS_delete_module, module, O_NONBLOCK) ? -errno : 0;
}

static bool chosen(const char *only, const char *suite, const char *name)
{
	char list[1200], full[200];

	snprintf(list, sizeof(list), "%s", only);
	snprintf(full, sizeof(full), "%s.%s", suite, name);
	for (char *word = strtok(list, ","); word; word = strtok(NULL, ",")) {
		if (!strcmp(word, suite) || !strcmp(word, full))
			return true;
	}
	return false;
}

static void run(const struct suite *suite, const char *only)
{
	const struct kunit_case *one;
	int count = 0, number = 0, failed = 0;

	for (one = suite->cases; one->run_case; one++)
		count += chosen(only, suite->name, one->name);
	say("KTAP version 1");
	say("1..1");
	say("    KTAP version 1");
	say("    # Subtest: %s", suite->name);
	say("    1..%d", count);
	for (one = suite->cases; one->run_case; one++) {
		struct kunit test = { .name = one->name };

		if (!chosen(only, suite->name, one->name))
			continue;
		one->run_case(&test);
		say("    %sok %d %s", test.failed ? "not " : "", ++number, test.name);
		failed += test.failed;
	}
	say("%sok 1 %s", failed ? "not " : "", suite->name);
}

static void end(void)
{
	sync();
	reboot(RB_AUTOBOOT);
}

static pid_t idle_process(void)
{
	pid_t pid = fork();

	while (!pid)
		pause();
	return pid;
}

/*
 * By the words of a command line's variable, with a peer if it asks for one. Without
 * the first module the second must not be judged as if there were nothing to see.
 */
static void load_or_end(const char *module, char *given, const char *only)
{
	char whole[2000] = "";
	size_t used = 0;
	int ret;

	if (!given)
		return;
	for (char *word = strtok(given, ","); word; word = strtok(NULL, ",")) {
		if (!strcmp(word, "peer"))
			used += snprintf(whole + used, sizeof(whole) - used, "peer=%d ",
					 idle_process());
		else
			used += snprintf(whole + used, sizeof(whole) - used, "%s ", word);
	}
	if (only)
		snprintf(whole + used, sizeof(whole) - used, "only=%s", only);
	ret = load(module, whole);
	if (ret) {
		say("init: cannot load %s: %s", module, strerror(-ret));
		end();
	}
}

static void mount_one(const char *type, const char *where)
{
	mkdir(where, 0755);
	if (mount(type, where, type, 0, NULL) && errno != EBUSY)
		fprintf(stderr, "init: cannot mount %s: %s\n", where, strerror(errno));
}

int main(void)
{
	const char *suite = getenv("svac_suite"), *only = getenv("svac_only");

	mount_one("devtmpfs", "/dev");
	mount_one("sysfs", "/sys");
	kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	load_or_end("svac_pasid_function", getenv("svac_function"), NULL);
	load_or_end("svac_device", getenv("svac_device"), only);
	if (suite && !strcmp(suite, suite_svac_module_load.name))
		run(&suite_svac_module_load, only ?: suite);
	else if (suite && !strcmp(suite, suite_svac_module_no_iommu.name))
		run(&suite_svac_module_no_iommu, only ?: suite);
	end();
	return 1;
}
