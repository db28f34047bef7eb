/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A slow-down of a known size, for who wants to know what a comparison of benchmarks
 * would have seen.
 */
#ifndef _SVAC_SPIN_H
#define _SVAC_SPIN_H

#include <linux/compiler.h>

#ifdef CONFIG_SVACHECK_BENCH
#include <asm/barrier.h>

extern unsigned int mock_spin_turns;

/* A processor would do most of a short loop beside what comes before and after it */
static inline void mock_spin(void)
{
	unsigned int turns = READ_ONCE(mock_spin_turns);

	if (!turns)
		return;
	rmb();
	while (--turns)
		barrier();
	rmb();
}
#else
static inline void mock_spin(void)
{
}
#endif

#endif /* _SVAC_SPIN_H */
