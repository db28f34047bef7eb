# SPDX-License-Identifier: GPL-2.0
"""Past one machine: a plan of what is to be run, whoever runs it, and what comes of it."""
