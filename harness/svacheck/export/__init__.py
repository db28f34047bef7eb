# SPDX-License-Identifier: GPL-2.0
"""Stored runs in the formats that dashboards, labs and trackers take."""
