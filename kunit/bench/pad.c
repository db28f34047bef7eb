// SPDX-License-Identifier: GPL-2.0
/*
 * Moves whatever is linked after it, by as much as the build is told: what calls cost
 * depends on where code and data happen to lie, and is measured in several places.
 */
#include <linux/stringify.h>

#ifndef SVACHECK_PAD
#define SVACHECK_PAD	0
#endif

#define PAD(section)							\
	asm(".pushsection " section "\n"				\
	    ".skip " __stringify(SVACHECK_PAD) "\n"			\
	    ".popsection\n")

PAD(".text");
PAD(".data");
PAD(".bss");
