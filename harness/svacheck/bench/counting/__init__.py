# SPDX-License-Identifier: GPL-2.0
"""Instructions instead of time: what a call costs, whoever else uses the machine."""
