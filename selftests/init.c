// SPDX-License-Identifier: GPL-2.0
/*
 * The first and only other program of a lane for programs: it makes what they
 * need, runs the one that svac_run names on the kernel's command line, and halts.
 *
 * svac_only names cases of it, with commas in between, as the harness calls them.
 * Lines that begin with "# init: " say who answers and how the program ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kunit/uapi/svacheck.h"

#define MOST_CASES	200

static void mount_one(const char *type, const char *where)
{
	mkdir(where, 0755);
	if (mount(type, where, type, 0, NULL) && errno != EBUSY)
		printf("# init: cannot mount %s on %s: %s\n", type, where, strerror(errno));
}

static void say_who_answers(void)
{
	struct svac_info info = { .argsz = sizeof(info) };
	int fd = open("/dev/svacheck", O_RDWR);

	if (fd < 0 || ioctl(fd, SVAC_IOC_INFO, &info))
		printf("# init: /dev/svacheck does not answer: %s\n", strerror(errno));
	else
		printf("# init: implementation %s\n", info.implementation);
	if (fd >= 0)
		close(fd);
}

static void become(char *path, char *only)
{
	char *argv[2 * MOST_CASES + 2] = { path };
	int argc = 1;
	char *name;

	for (name = only ? strtok(only, ",") : NULL; name && argc < 2 * MOST_CASES;
	     name = strtok(NULL, ",")) {
		argv[argc++] = "-r";
		argv[argc++] = name;
	}
	execv(path, argv);
	printf("# init: cannot run %s: %s\n", path, strerror(errno));
	_exit(127);
}

static void run(const char *program)
{
	char path[256];
	int status = 0;
	pid_t pid;

	snprintf(path, sizeof(path), "/selftests/%s", program);
	pid = fork();
	if (!pid)
		become(path, getenv("svac_only"));
	/* Orphans of a case come to us */
	while (wait(&status) != pid)
		;
	if (WIFEXITED(status))
		printf("# init: %s ended with status %d\n", program, WEXITSTATUS(status));
	else
		printf("# init: %s was killed by signal %d\n", program, WTERMSIG(status));
}

/*
 * What the program has made the kernel lose: kmemleak says so on the console. The first scan
 * takes checksums, the second reports what has not changed since; nothing that is younger than
 * five seconds. What is left on stacks keeps nothing alive.
 */
static void look_for_leaks(void)
{
	static const char * const words[] = { "stack=off", "scan", "scan" };
	int fd = open("/sys/kernel/debug/kmemleak", O_WRONLY);
	unsigned int i;

	if (fd < 0)
		return;
	sleep(6);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (write(fd, words[i], strlen(words[i])) < 0)
			printf("# init: kmemleak does not take %s: %s\n", words[i], strerror(errno));
	close(fd);
}

int main(void)
{
	const char *program = getenv("svac_run");

	setvbuf(stdout, NULL, _IOLBF, 0);
	mount_one("devtmpfs", "/dev");
	mount_one("proc", "/proc");
	mount_one("sysfs", "/sys");
	mount_one("tmpfs", "/tmp");
	mount_one("debugfs", "/sys/kernel/debug");
	say_who_answers();
	run(program ? program : "");
	look_for_leaks();
	sync();
	reboot(RB_HALT_SYSTEM);
	return 1;
}
