# SPDX-License-Identifier: GPL-2.0
"""Stored runs sent to those who collect results: spooled first, sent until they are taken."""
