# SPDX-License-Identifier: GPL-2.0
"""What explains svacheck and is made from it: the man page, shell completion, the rulebook."""
