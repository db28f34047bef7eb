// SPDX-License-Identifier: GPL-2.0
/*
 * Operations of a device on a program's memory: how long one takes, how much many move, and
 * what a page costs that the device is the first to touch.
 */
#include <sys/mman.h>

#include "../lib/svac.h"
#include "measure.h"

#define LEN	(64 * 1024)

/**
 * struct transfer - an operation that is done over and over
 * @bond: of the device
 * @operation: what it does
 * @fresh: a page that is given back before each one, or NULL
 */
struct transfer {
	struct bond *bond;
	struct operation operation;
	void *fresh;
};

static bool transfer(void *data)
{
	struct transfer *what = data;

	if (what->fresh && madvise(what->fresh, PAGE, MADV_DONTNEED))
		return false;
	return perform(&what->bond->device, &what->operation).outcome == DONE;
}

static void measure_lengths(struct bond *bond, char *from, char *to)
{
	static const struct {
		const char *name;
		const char *what;
		enum verb verb;
		size_t len;
	} rows[] = {
		{ "dma.nothing", "an operation that does nothing, and wait for it", NOTHING, 0 },
		{ "dma.copy.64", "copy 64 bytes, and wait for it", COPY, 64 },
		{ "dma.copy.4096", "copy a page, and wait for it", COPY, PAGE },
		{ "dma.copy.65536", "copy 64 KiB, and wait for it", COPY, LEN },
		{ "dma.fill.65536", "fill 64 KiB, and wait for it", FILL, LEN },
	};
	unsigned int i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct transfer what = {
			.bond = bond,
			.operation = {
				.verb = rows[i].verb, .pasid = bond->pasid, .src = from, .dst = to,
				.len = rows[i].len,
			},
		};
		const struct metric metric = {
			rows[i].name, rows[i].what, i ? "dma.nothing" : "floor.syscall", transfer,
			&what,
		};

		measure(&metric);
	}
}

static void measure_first_touch(struct bond *bond, char *page)
{
	struct transfer what = {
		.bond = bond,
		.operation = { .verb = FILL, .pasid = bond->pasid, .dst = page, .len = 8 },
		.fresh = page,
	};
	const struct metric metric = {
		"fault.first_touch", "give a page back, and let the device be the first to write there",
		"dma.nothing", transfer, &what,
	};

	measure(&metric);
}

/**
 * measure_transfers() - Measure operations of one device
 */
void measure_transfers(void)
{
	char *from = map(LEN, PROT_READ | PROT_WRITE), *to = map(LEN, PROT_READ | PROT_WRITE);
	struct bond bond;

	if (!from || !to || bond_open(&bond)) {
		measure_failed("transfers: no device");
		return;
	}
	measure_lengths(&bond, from, to);
	measure_first_touch(&bond, from);
	bond_close(&bond);
}
