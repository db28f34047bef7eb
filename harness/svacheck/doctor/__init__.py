# SPDX-License-Identifier: GPL-2.0
"""Why SVA will, or will not, work on a machine.

This package stands alone: it needs nothing but Python's own library (3.8 or later), and
nothing of svacheck. Copied anywhere it runs as `python3 doctor`.
"""
