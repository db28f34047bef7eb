// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers by chance: the same from the same seed everywhere.
 */
#include "fuzz.h"

/* xorshift64*, Vigna 2016 */
uint64_t draw(struct fuzzer *fuzzer)
{
	fuzzer->random ^= fuzzer->random >> 12;
	fuzzer->random ^= fuzzer->random << 25;
	fuzzer->random ^= fuzzer->random >> 27;
	return fuzzer->random * 0x2545f4914f6cdd1dULL;
}

uint64_t below(struct fuzzer *fuzzer, uint64_t limit)
{
	return (draw(fuzzer) >> 16) % limit;
}

bool once_in(struct fuzzer *fuzzer, unsigned int times)
{
	return !below(fuzzer, times);
}

/* A number where things tend to go wrong; @limit: the greatest that is taken */
uint64_t boundary(struct fuzzer *fuzzer, uint64_t limit)
{
	const uint64_t some[] = {
		0, 1, 2, limit - 1, limit, limit + 1, 1ULL << below(fuzzer, 64),
		(1ULL << below(fuzzer, 64)) - 1, INT32_MAX, 1ULL + INT32_MAX, UINT32_MAX,
		1ULL + UINT32_MAX, INT64_MAX, UINT64_MAX, draw(fuzzer),
		limit ? below(fuzzer, limit) : 0,
	};

	return some[below(fuzzer, sizeof(some) / sizeof(some[0]))];
}
