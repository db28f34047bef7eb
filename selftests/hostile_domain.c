// SPDX-License-Identifier: GPL-2.0
/*
 * Paging domains of /dev/svacheck with what no good program gives it: an errno, and
 * nothing else. Of the mock alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "../kunit/uapi/svacheck.h"
#include "lib/svac.h"

#define IOVA	0x800000000000UL
#define PASID	11

FIXTURE(hostile_domain)
{
	int fd;
	struct svac_domain domain;
	struct svac_map map;
	struct svac_unmap unmap;
	struct svac_set set;
	char *memory;
};

static int call(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) ? -errno : 0;
}

static bool has_domains(int fd)
{
	struct svac_info info = { .argsz = sizeof(info) };

	return !call(fd, SVAC_IOC_INFO, &info) && info.features & SVAC_HAS_DOMAINS;
}

/* Each call as it would succeed, for the cases to spoil */
FIXTURE_SETUP(hostile_domain)
{
	int ret;

	self->fd = open("/dev/svacheck", O_RDWR);
	if (self->fd < 0 && errno == ENOENT)
		skip("no mock: /dev/svacheck is not there");
	ASSERT_GE(self->fd, 0);
	self->domain = (struct svac_domain){ .argsz = sizeof(self->domain) };
	ret = call(self->fd, SVAC_IOC_DOMAIN_ALLOC, &self->domain);
	EXPECT_EQ(has_domains(self->fd), ret != -EOPNOTSUPP);
	if (ret == -EOPNOTSUPP)
		skip("this implementation has no paging domains for programs");
	ASSERT_EQ(ret, 0);
	self->memory = map(4 * PAGE, PROT_READ | PROT_WRITE);
	ASSERT_NE(self->memory, NULL);
	self->map = (struct svac_map){
		.argsz = sizeof(self->map), .flags = SVAC_MAP_READ | SVAC_MAP_WRITE,
		.domain = self->domain.domain, .memory = (uintptr_t)self->memory,
		.iova = IOVA, .len = PAGE,
	};
	self->unmap = (struct svac_unmap){
		.argsz = sizeof(self->unmap), .domain = self->domain.domain,
		.iova = IOVA, .len = PAGE,
	};
	self->set = (struct svac_set){
		.argsz = sizeof(self->set), .domain = self->domain.domain, .pasid = PASID,
		.from = -1,
	};
}

FIXTURE_TEARDOWN(hostile_domain)
{
	close(self->fd);
}

TEST_F(hostile_domain, reserved_fields_that_are_not_zero)
{
	struct svac_block block = { .argsz = sizeof(block), .pasid = PASID, .reserved = 1 };

	rules("DEV-002");
	self->domain.reserved = 1;
	EXPECT_EQ(call(self->fd, SVAC_IOC_DOMAIN_ALLOC, &self->domain), -EINVAL);
	EXPECT_EQ(call(self->fd, SVAC_IOC_DOMAIN_FREE, &self->domain), -EINVAL);
	self->map.reserved = 1;
	EXPECT_EQ(call(self->fd, SVAC_IOC_MAP, &self->map), -EINVAL);
	self->map.reserved = 0;
	ASSERT_EQ(call(self->fd, SVAC_IOC_MAP, &self->map), 0);
	self->unmap.reserved = 1;
	EXPECT_EQ(call(self->fd, SVAC_IOC_UNMAP, &self->unmap), -EINVAL);
	self->set.reserved = 1;
	EXPECT_EQ(call(self->fd, SVAC_IOC_SET, &self->set), -EINVAL);
	self->set.reserved = 0;
	ASSERT_EQ(call(self->fd, SVAC_IOC_SET, &self->set), 0);
	EXPECT_EQ(call(self->fd, SVAC_IOC_BLOCK, &block), -EINVAL);
}

TEST_F(hostile_domain, flags_that_nobody_knows)
{
	unsigned int bit;

	rules("DEV-002");
	self->map.flags = 0;
	EXPECT_EQ(call(self->fd, SVAC_IOC_MAP, &self->map), -EINVAL);
	for (bit = 2; bit < 32; bit++) {
		self->map.flags = SVAC_MAP_READ | 1U << bit;
		EXPECT_EQ(call(self->fd, SVAC_IOC_MAP, &self->map), -EINVAL);
	}
}

FIXTURE(range)
{
	int fd;
	uint32_t domain;
	char *memory;
};

FIXTURE_VARIANT(range)
{
	uint64_t iova;
	uint64_t memory;
	uint64_t len;
	int map_ret;
	int unmap_ret;
};

/* @memory is added to where there is some */
#define RANGE(_name, ...)						\
	FIXTURE_VARIANT_ADD(range, _name) { __VA_ARGS__ }

RANGE(empty, .iova = IOVA, .map_ret = -EINVAL, .unmap_ret = -EINVAL);
RANGE(half_a_page, .iova = IOVA, .len = PAGE / 2, .map_ret = -EINVAL, .unmap_ret = -EINVAL);
RANGE(iova_not_aligned, .iova = IOVA + 8, .len = PAGE, .map_ret = -EINVAL, .unmap_ret = -EINVAL);
RANGE(memory_not_aligned, .iova = IOVA, .memory = 8, .len = PAGE, .map_ret = -EINVAL,
	.unmap_ret = -ENOENT);
RANGE(beyond_the_last_iova, .iova = SVAC_IOVA_END, .len = PAGE, .map_ret = -EINVAL,
	.unmap_ret = -EINVAL);
RANGE(over_the_last_iova, .iova = SVAC_IOVA_END - PAGE, .len = 2 * PAGE, .map_ret = -EINVAL,
	.unmap_ret = -EINVAL);
RANGE(up_to_the_last_iova, .iova = SVAC_IOVA_END - PAGE, .len = PAGE, .map_ret = 0,
	.unmap_ret = 0);
RANGE(first_iova, .iova = 0, .len = PAGE, .map_ret = 0, .unmap_ret = 0);
RANGE(iova_that_wraps, .iova = -PAGE, .len = 2 * PAGE, .map_ret = -EINVAL, .unmap_ret = -EINVAL);
RANGE(greatest_length, .iova = IOVA, .len = -PAGE, .map_ret = -EINVAL, .unmap_ret = -EINVAL);
RANGE(length_beyond_the_limit, .iova = IOVA, .len = SVAC_MAX_MAPPED + PAGE, .map_ret = -ENOSPC,
	.unmap_ret = -ENOENT);
RANGE(length_beyond_32_bits, .iova = IOVA, .len = (1ULL << 44) + PAGE, .map_ret = -ENOSPC,
	.unmap_ret = -ENOENT);
RANGE(memory_of_the_kernel, .iova = IOVA, .memory = 1ULL << 63, .len = PAGE, .map_ret = -EFAULT,
	.unmap_ret = -ENOENT);
RANGE(memory_that_ends, .iova = IOVA, .memory = 3 * PAGE, .len = 2 * PAGE, .map_ret = -EFAULT,
	.unmap_ret = -ENOENT);

FIXTURE_SETUP(range)
{
	struct svac_domain domain = { .argsz = sizeof(domain) };

	self->fd = open("/dev/svacheck", O_RDWR);
	if (self->fd < 0 && errno == ENOENT)
		skip("no mock: /dev/svacheck is not there");
	ASSERT_GE(self->fd, 0);
	if (!has_domains(self->fd))
		skip("this implementation has no paging domains for programs");
	ASSERT_EQ(call(self->fd, SVAC_IOC_DOMAIN_ALLOC, &domain), 0);
	self->domain = domain.domain;
	self->memory = map(5 * PAGE, PROT_READ | PROT_WRITE);
	ASSERT_NE(self->memory, NULL);
	/* So that there is an end to it */
	ASSERT_EQ(munmap(self->memory + 4 * PAGE, PAGE), 0);
}

FIXTURE_TEARDOWN(range)
{
	close(self->fd);
}

TEST_F(range, is_checked)
{
	struct svac_map map = {
		.argsz = sizeof(map), .flags = SVAC_MAP_READ, .domain = self->domain,
		.memory = (uintptr_t)self->memory + variant->memory,
		.iova = variant->iova, .len = variant->len,
	};
	struct svac_unmap unmap = {
		.argsz = sizeof(unmap), .domain = self->domain,
		.iova = variant->iova, .len = variant->len,
	};

	rules("DEV-008");
	EXPECT_EQ(call(self->fd, SVAC_IOC_MAP, &map), variant->map_ret);
	EXPECT_EQ(call(self->fd, SVAC_IOC_UNMAP, &unmap), variant->unmap_ret);
}

TEST_F(hostile_domain, memory_that_wraps)
{
	rules("DEV-008");
	self->map.memory = -PAGE;
	self->map.len = 2 * PAGE;
	EXPECT_EQ(call(self->fd, SVAC_IOC_MAP, &self->map), -EINVAL);
}

TEST_F(hostile_domain, domains_that_do_not_exist)
{
	struct svac_block block = { .argsz = sizeof(block), .pasid = PASID };
	static const uint32_t numbers[] = { 0, 2, 17, UINT32_MAX };
	unsigned int i;

	rules("DEV-005");
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		self->domain.domain = numbers[i];
		EXPECT_EQ(call(self->fd, SVAC_IOC_DOMAIN_FREE, &self->domain), -ENOENT);
		self->map.domain = numbers[i];
		EXPECT_EQ(call(self->fd, SVAC_IOC_MAP, &self->map), -ENOENT);
		self->unmap.domain = numbers[i];
		EXPECT_EQ(call(self->fd, SVAC_IOC_UNMAP, &self->unmap), -ENOENT);
		self->set.domain = numbers[i];
		EXPECT_EQ(call(self->fd, SVAC_IOC_SET, &self->set), -ENOENT);
	}
	EXPECT_EQ(call(self->fd, SVAC_IOC_BLOCK, &block), -ENOENT);
}

TEST_F(hostile_domain, files_that_have_no_domains)
{
	int foreign = open("/dev/null", O_RDWR);
	int other = open("/dev/svacheck", O_RDWR);

	rules("DEV-005");
	ASSERT_GE(foreign, 0);
	ASSERT_GE(other, 0);
	self->set.from = foreign;
	EXPECT_EQ(call(self->fd, SVAC_IOC_SET, &self->set), -EINVAL);
	self->set.from = other;
	EXPECT_EQ(call(self->fd, SVAC_IOC_SET, &self->set), -ENOENT);
	close(other);
	EXPECT_EQ(call(self->fd, SVAC_IOC_SET, &self->set), -EBADF);
	self->set.from = INT32_MAX;
	EXPECT_EQ(call(self->fd, SVAC_IOC_SET, &self->set), -EBADF);
	self->set.from = INT32_MIN;
	EXPECT_EQ(call(self->fd, SVAC_IOC_SET, &self->set), -EINVAL);
	close(foreign);
}

TEST_F(hostile_domain, pasid_that_another_file_has_set)
{
	struct svac_block block = { .argsz = sizeof(block), .pasid = PASID };
	int other = open("/dev/svacheck", O_RDWR);

	rules("DEV-005");
	ASSERT_GE(other, 0);
	ASSERT_EQ(call(self->fd, SVAC_IOC_SET, &self->set), 0);
	EXPECT_EQ(call(other, SVAC_IOC_BLOCK, &block), -ENOENT);
	close(other);
	EXPECT_EQ(call(self->fd, SVAC_IOC_BLOCK, &block), 0);
}

TEST_F(hostile_domain, domains_without_end)
{
	unsigned int made;

	rules("DEV-005");
	for (made = 1; made < 100000; made++)
		if (call(self->fd, SVAC_IOC_DOMAIN_ALLOC, &self->domain))
			break;
	EXPECT_EQ(made, 16);
	EXPECT_EQ(call(self->fd, SVAC_IOC_DOMAIN_ALLOC, &self->domain), -ENOSPC);
}

TEST_F(hostile_domain, sets_without_end)
{
	unsigned int made;

	rules("DEV-005");
	for (made = 0; made < 100000; made++) {
		self->set.pasid = 1 + made;
		if (call(self->fd, SVAC_IOC_SET, &self->set))
			break;
	}
	EXPECT_EQ(made, 512);
	EXPECT_EQ(call(self->fd, SVAC_IOC_SET, &self->set), -ENOSPC);
}

TEST_F(hostile_domain, mappings_without_end)
{
	unsigned int mapped;

	rules("DEV-005");
	for (mapped = 0; mapped < 100000; mapped++) {
		self->map.iova = IOVA + mapped * PAGE;
		if (call(self->fd, SVAC_IOC_MAP, &self->map))
			break;
	}
	EXPECT_EQ(mapped, SVAC_MAX_MAPPED / PAGE);
	EXPECT_EQ(call(self->fd, SVAC_IOC_MAP, &self->map), -ENOSPC);
	self->unmap.len = SVAC_MAX_MAPPED;
	EXPECT_EQ(call(self->fd, SVAC_IOC_UNMAP, &self->unmap), 0);
	EXPECT_EQ(call(self->fd, SVAC_IOC_MAP, &self->map), 0);
}

TEST_F(hostile_domain, device_that_was_removed)
{
	rules("DEV-005");
	ASSERT_EQ(call(self->fd, SVAC_IOC_REMOVE, NULL), 0);
	EXPECT_EQ(call(self->fd, SVAC_IOC_SET, &self->set), -ENODEV);
	EXPECT_EQ(call(self->fd, SVAC_IOC_MAP, &self->map), 0);
	EXPECT_EQ(call(self->fd, SVAC_IOC_UNMAP, &self->unmap), 0);
	EXPECT_EQ(call(self->fd, SVAC_IOC_DOMAIN_FREE, &self->domain), 0);
	EXPECT_EQ(call(self->fd, SVAC_IOC_DOMAIN_ALLOC, &self->domain), -ENODEV);
}

TEST_F(hostile_domain, result_that_cannot_be_written)
{
	struct svac_domain *arg = (struct svac_domain *)self->memory;
	unsigned int i;

	rules("DEV-003");
	*arg = (struct svac_domain){ .argsz = sizeof(*arg) };
	ASSERT_EQ(mprotect(self->memory, PAGE, PROT_READ), 0);
	/* And nothing is allocated: there is an end to that otherwise */
	for (i = 0; i < 100; i++)
		ASSERT_EQ(call(self->fd, SVAC_IOC_DOMAIN_ALLOC, arg), -EFAULT);
}

/* What a thread is given to do something to a domain */
struct visit {
	int fd;
	struct svac_domain domain;
	struct svac_map map;
	struct svac_unmap unmap;
	struct svac_set set;
	int ret;
};

/* Threads that do what they can to one domain */
static void *spoil(void *data)
{
	struct svac_block block = { .argsz = sizeof(block), .pasid = PASID };
	struct svac_domain other = { .argsz = sizeof(other) };
	struct visit *visit = data;
	unsigned int i;

	for (i = 0; i < 500; i++) {
		call(visit->fd, SVAC_IOC_MAP, &visit->map);
		call(visit->fd, SVAC_IOC_SET, &visit->set);
		call(visit->fd, SVAC_IOC_UNMAP, &visit->unmap);
		call(visit->fd, SVAC_IOC_DOMAIN_FREE, &visit->domain);
		call(visit->fd, SVAC_IOC_BLOCK, &block);
		call(visit->fd, SVAC_IOC_DOMAIN_ALLOC, &other);
		call(visit->fd, SVAC_IOC_DOMAIN_FREE, &other);
	}
	return NULL;
}

TEST_F(hostile_domain, threads_that_undo_each_other)
{
	struct visit visit = {
		.fd = self->fd, .domain = self->domain, .map = self->map,
		.unmap = self->unmap, .set = self->set,
	};
	pthread_t threads[4];
	unsigned int i;

	rules("DEV-009");
	for (i = 0; i < 4; i++)
		ASSERT_EQ(pthread_create(&threads[i], NULL, spoil, &visit), 0);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(pthread_join(threads[i], NULL), 0);
	/* What is set has gone with its domain, or is there to be blocked */
	self->domain = (struct svac_domain){ .argsz = sizeof(self->domain) };
	EXPECT_EQ(call(self->fd, SVAC_IOC_DOMAIN_ALLOC, &self->domain), 0);
}

static void *map_what_is_not_there(void *data)
{
	struct visit *visit = data;

	__atomic_store_n(&visit->ret, call(visit->fd, SVAC_IOC_MAP, &visit->map),
			 __ATOMIC_RELEASE);
	return NULL;
}

/* Memory whose page comes when the program wants it to: nobody else waits for that */
TEST_F(hostile_domain, memory_that_keeps_the_call_waiting)
{
	struct uffdio_register area = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_zeropage zero = { 0 };
	struct uffdio_api api = { .api = UFFD_API };
	struct visit visit = { .fd = self->fd, .map = self->map, .ret = 1 };
	struct uffd_msg message;
	pthread_t thread;
	ssize_t got = -1;
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	rules("DEV-009");
	if (uffd < 0)
		skip("no userfaultfd in this kernel");
	ASSERT_EQ(ioctl(uffd, UFFDIO_API, &api), 0);
	area.range.start = (uintptr_t)self->memory;
	area.range.len = PAGE;
	ASSERT_EQ(ioctl(uffd, UFFDIO_REGISTER, &area), 0);
	ASSERT_EQ(pthread_create(&thread, NULL, map_what_is_not_there, &visit), 0);
	while (got < 0 && __atomic_load_n(&visit.ret, __ATOMIC_ACQUIRE) > 0)
		got = read(uffd, &message, sizeof(message));
	if (got < 0) {
		EXPECT_EQ(visit.ret, -EFAULT);
		ASSERT_EQ(pthread_join(thread, NULL), 0);
		skip("this kernel pins no memory that a userfaultfd has to bring");
	}
	/* It waits: all this goes on */
	EXPECT_EQ(call(self->fd, SVAC_IOC_SET, &self->set), 0);
	EXPECT_EQ(call(self->fd, SVAC_IOC_UNMAP, &self->unmap), -ENOENT);
	EXPECT_EQ(call(self->fd, SVAC_IOC_DOMAIN_FREE, &self->domain), -EBUSY);
	EXPECT_EQ(call(self->fd, SVAC_IOC_REMOVE, NULL), 0);
	EXPECT_EQ(call(self->fd, SVAC_IOC_DOMAIN_FREE, &self->domain), 0);
	zero.range = area.range;
	ASSERT_EQ(ioctl(uffd, UFFDIO_ZEROPAGE, &zero), 0);
	ASSERT_EQ(pthread_join(thread, NULL), 0);
	EXPECT_EQ(visit.ret, -ENOENT);
	close(uffd);
}

TEST_HARNESS_MAIN
