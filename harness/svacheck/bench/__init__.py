# SPDX-License-Identifier: GPL-2.0
"""How long calls take: boots of a kernel with kunit/bench, and what their samples say."""
