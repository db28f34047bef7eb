# SPDX-License-Identifier: GPL-2.0
"""The index over results/: what is asked of many runs at once. The records stay the truth."""
