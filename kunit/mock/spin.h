/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A slow-down of a known size, for who wants to know what a comparison of benchmarks
 * would have seen.
 */
#ifndef _SVAC_SPIN_H
#define _SVAC_SPIN_H

#include <linux/compiler.h>

#ifdef CONFIG_SVACHECK_BENCH
extern unsigned int mock_spin_turns;

static inline void mock_spin(void)
{
	unsigned int turns;

	for (turns = READ_ONCE(mock_spin_turns); turns; turns--)
		barrier();
}
#else
static inline void mock_spin(void)
{
}
#endif

#endif /* _SVAC_SPIN_H */
