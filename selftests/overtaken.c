// SPDX-License-Identifier: GPL-2.0
/*
 * An access and a change of what is mapped there, in the orders that matter: the
 * device, or the kernel, is stopped in the midst of the one while the other comes.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib/svac.h"

#define OLD	0x1111111111111111ULL
#define NEW	0x2222222222222222ULL

/**
 * struct scene - a page, and who accesses it
 * @bond: the device
 * @memory: the page, with room after it
 * @got: where the device puts what it reads
 * @job: of the access
 * @ending: how it ended
 * @write: it is one
 * @arrived: it came while the kernel had stopped
 * @go: what a child waits for before it looks
 * @child: that has the page as well, or 0
 */
struct scene {
	struct bond bond;
	uint64_t *memory;
	uint64_t *got;
	uint32_t job;
	struct ending ending;
	bool write;
	bool arrived;
	int go[2];
	pid_t child;
};

/* A child looks at its page when it is told, and finds what was there when it was born */
static bool have_child(struct scene *scene)
{
	char c;

	if (pipe(scene->go))
		return false;
	scene->child = fork();
	if (scene->child)
		return scene->child > 0;
	if (read(scene->go[0], &c, 1) != 1)
		_exit(1);
	_exit(scene->memory[0] == OLD ? 0 : 2);
}

static bool child_found_its_own(struct scene *scene)
{
	int status = -1;

	if (!scene->child)
		return true;
	return write(scene->go[1], "", 1) == 1 &&
	       waitpid(scene->child, &status, 0) == scene->child && !status;
}

/* Changes: whether it could be made */

static bool unmap(struct scene *scene)
{
	return !munmap(scene->memory, PAGE);
}

static bool map_over(struct scene *scene)
{
	return mmap(scene->memory, PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == scene->memory;
}

static bool move_away(struct scene *scene)
{
	return mremap(scene->memory, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		      scene->memory + PAGE / 8) != MAP_FAILED;
}

static bool give_back(struct scene *scene)
{
	return !madvise(scene->memory, PAGE, MADV_DONTNEED);
}

static bool hide(struct scene *scene)
{
	return !mprotect(scene->memory, PAGE, PROT_NONE);
}

static bool protect(struct scene *scene)
{
	return !mprotect(scene->memory, PAGE, PROT_READ);
}

static bool write_there(struct scene *scene)
{
	__atomic_store_n(scene->memory, NEW, __ATOMIC_SEQ_CST);
	return true;
}

static bool begin_access(struct scene *scene)
{
	const struct operation operation = {
		.verb = scene->write ? FILL : COPY, .pasid = scene->bond.pasid,
		.src = scene->memory, .dst = scene->write ? scene->memory : scene->got,
		.len = 8, .operand = NEW,
	};

	return !device_driver.submit(&scene->bond.device, &operation, &scene->job);
}

static bool end_access(struct scene *scene)
{
	return !device_driver.wait(&scene->bond.device, scene->job, PATIENCE, &scene->ending);
}

static bool make_scene(struct scene *scene)
{
	scene->memory = map(2 * PAGE, PROT_READ | PROT_WRITE);
	scene->got = map(PAGE, PROT_READ | PROT_WRITE);
	if (!scene->memory || !scene->got || bond_open(&scene->bond))
		return false;
	scene->memory[0] = OLD;
	return true;
}

/* ---- the device has found a page, and not yet cached where it is ---- */

FIXTURE(overtaken)
{
	struct scene scene;
};

FIXTURE_VARIANT(overtaken)
{
	bool (*change)(struct scene *scene);
	bool before;	/* there is a child before the access */
	bool write;
	enum outcome outcome;
	uint64_t reads;
};

FIXTURE_VARIANT_ADD(overtaken, read_by_unmap) {
	.change = unmap, .outcome = FAULT_READ,
};
FIXTURE_VARIANT_ADD(overtaken, write_by_unmap) {
	.change = unmap, .write = true, .outcome = FAULT_WRITE,
};
FIXTURE_VARIANT_ADD(overtaken, read_by_mapping) {
	.change = map_over, .outcome = DONE, .reads = 0,
};
FIXTURE_VARIANT_ADD(overtaken, write_by_mapping) {
	.change = map_over, .write = true, .outcome = DONE,
};
FIXTURE_VARIANT_ADD(overtaken, read_by_move) {
	.change = move_away, .outcome = FAULT_READ,
};
FIXTURE_VARIANT_ADD(overtaken, write_by_move) {
	.change = move_away, .write = true, .outcome = FAULT_WRITE,
};
FIXTURE_VARIANT_ADD(overtaken, read_by_giving_back) {
	.change = give_back, .outcome = DONE, .reads = 0,
};
FIXTURE_VARIANT_ADD(overtaken, write_by_giving_back) {
	.change = give_back, .write = true, .outcome = DONE,
};
FIXTURE_VARIANT_ADD(overtaken, read_by_hiding) {
	.change = hide, .outcome = FAULT_READ,
};
FIXTURE_VARIANT_ADD(overtaken, write_by_protecting) {
	.change = protect, .write = true, .outcome = FAULT_WRITE,
};
FIXTURE_VARIANT_ADD(overtaken, read_by_copy_on_write) {
	.change = write_there, .before = true, .outcome = DONE, .reads = NEW,
};
FIXTURE_VARIANT_ADD(overtaken, write_by_fork) {
	.change = have_child, .write = true, .outcome = DONE,
};

FIXTURE_SETUP(overtaken)
{
	if (!device_driver.hold)
		skip("this device cannot be made to stop");
	ASSERT_TRUE(make_scene(&self->scene));
}

FIXTURE_TEARDOWN(overtaken)
{
	bond_close(&self->scene.bond);
}

TEST_F(overtaken, access_has_what_is_there_now)
{
	struct scene *scene = &self->scene;
	enum outcome outcome;
	unsigned int waiting;
	uint64_t got = 0;

	rules("FLT-021");
	scene->write = variant->write;
	if (variant->before)
		ASSERT_TRUE(have_child(scene));
	ASSERT_EQ(device_driver.hold(&scene->bond.device, HOLD_WALK, scene->memory), 0);
	ASSERT_TRUE(begin_access(scene));
	ASSERT_EQ(device_driver.held(&scene->bond.device, PATIENCE, &waiting), 0);
	ASSERT_TRUE(variant->change(scene));
	ASSERT_EQ(device_driver.hold(&scene->bond.device, HOLD_NOTHING, NULL), 0);
	ASSERT_TRUE(end_access(scene));
	outcome = scene->ending.outcome;
	EXPECT_EQ(outcome, variant->outcome);
	if (outcome == DONE && variant->write)
		EXPECT_EQ(scene->memory[0], NEW);
	if (outcome == DONE && !variant->write) {
		EXPECT_EQ(scene->got[0], variant->reads);
		/* Nor is it cached */
		EXPECT_EQ(device_read(&scene->bond, scene->memory, &got).outcome, DONE);
		EXPECT_EQ(got, variant->reads);
	}
	EXPECT_TRUE(child_found_its_own(scene));
}

/* A child has its device begin an access, and ends while that is under way */
static void begin_access_and_end(struct scene *scene)
{
	struct device *device = &scene->bond.device;
	unsigned int waiting;

	if (device_driver.bind(device, &scene->bond.number, &scene->bond.pasid) ||
	    device_driver.hold(device, HOLD_WALK, scene->memory) || !begin_access(scene) ||
	    device_driver.held(device, PATIENCE, &waiting))
		_exit(1);
	_exit(0);
}

FIXTURE(outlived)
{
	struct scene *scene;	/* both processes see it */
};

FIXTURE_SETUP(outlived)
{
	if (!device_driver.hold)
		skip("this device cannot be made to stop");
	self->scene = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(self->scene, MAP_FAILED);
	ASSERT_TRUE(make_scene(self->scene));
}

FIXTURE_TEARDOWN(outlived)
{
	if (self->scene)
		bond_close(&self->scene->bond);
}

TEST_F(outlived, access_for_a_process_that_has_ended_reaches_nothing)
{
	struct scene *scene = self->scene;
	int status = -1;
	pid_t pid;

	rules("FLT-021", "ISO-003");
	scene->write = true;
	pid = fork();
	if (!pid)
		begin_access_and_end(scene);
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	ASSERT_EQ(status, 0);
	ASSERT_EQ(device_driver.hold(&scene->bond.device, HOLD_NOTHING, NULL), 0);
	ASSERT_TRUE(end_access(scene));
	EXPECT_EQ(scene->ending.outcome, FAULT_WRITE);
	EXPECT_EQ(device_sum(&scene->bond, scene->memory, 8).outcome, FAULT_READ);
	EXPECT_EQ(scene->memory[0], OLD);
}

/* ---- the kernel has told the device that it begins, and has not changed anything ---- */

FIXTURE(meanwhile)
{
	struct scene scene;
};

FIXTURE_VARIANT(meanwhile)
{
	bool (*change)(struct scene *scene);
	bool before;
	bool write;
	bool gone;	/* nothing is there afterwards */
};

FIXTURE_VARIANT_ADD(meanwhile, read_while_given_back) { .change = give_back };
FIXTURE_VARIANT_ADD(meanwhile, write_while_given_back) { .change = give_back, .write = true };
FIXTURE_VARIANT_ADD(meanwhile, read_while_unmapped) { .change = unmap, .gone = true };
FIXTURE_VARIANT_ADD(meanwhile, write_while_unmapped) {
	.change = unmap, .write = true, .gone = true,
};
FIXTURE_VARIANT_ADD(meanwhile, read_while_copied_on_write) {
	.change = write_there, .before = true,
};

FIXTURE_SETUP(meanwhile)
{
	if (!device_driver.hold)
		skip("this device cannot be made to stop");
	ASSERT_TRUE(make_scene(&self->scene));
}

FIXTURE_TEARDOWN(meanwhile)
{
	bond_close(&self->scene.bond);
}

/* Whether an access that comes now has ended, or waits for the kernel to go on */
static bool arrives(struct scene *scene)
{
	struct device *device = &scene->bond.device;
	unsigned int waiting;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (device_driver.held(device, PATIENCE, &waiting) || !begin_access(scene))
		return false;
	while (!device_driver.held(device, 0, &waiting) && !is_late(&now)) {
		if (waiting || !device_driver.wait(device, scene->job, 0, &scene->ending))
			return true;
		usleep(100);
	}
	return false;
}

static void *access_meanwhile(void *data)
{
	struct scene *scene = data;

	scene->arrived = arrives(scene);
	device_driver.hold(&scene->bond.device, HOLD_NOTHING, NULL);
	return NULL;
}

TEST_F(meanwhile, afterwards_the_device_has_what_the_process_has)
{
	struct scene *scene = &self->scene;
	pthread_t thread;
	uint64_t got = 0;

	rules("FLT-022");
	scene->write = variant->write;
	/* The page is cached, so that the device has to be told */
	ASSERT_EQ(device_read(&scene->bond, scene->memory, &got).outcome, DONE);
	if (variant->before)
		ASSERT_TRUE(have_child(scene));
	ASSERT_EQ(device_driver.hold(&scene->bond.device, HOLD_INVALIDATION, scene->memory), 0);
	ASSERT_EQ(pthread_create(&thread, NULL, access_meanwhile, scene), 0);
	EXPECT_TRUE(variant->change(scene));
	ASSERT_EQ(pthread_join(thread, NULL), 0);
	EXPECT_TRUE(scene->arrived);
	if (!scene->ending.outcome)
		ASSERT_TRUE(end_access(scene));
	if (variant->gone) {
		EXPECT_EQ(device_sum(&scene->bond, scene->memory, 8).outcome, FAULT_READ);
		EXPECT_EQ(device_write(&scene->bond, scene->memory, NEW).outcome, FAULT_WRITE);
	} else {
		EXPECT_EQ(device_read(&scene->bond, scene->memory, &got).outcome, DONE);
		EXPECT_EQ(got, scene->memory[0]);
		EXPECT_NE(got, OLD);
		EXPECT_EQ(device_write(&scene->bond, scene->memory, ~NEW).outcome, DONE);
		EXPECT_EQ(scene->memory[0], ~NEW);
	}
	EXPECT_TRUE(child_found_its_own(scene));
}

TEST_HARNESS_MAIN
