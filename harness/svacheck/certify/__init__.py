# SPDX-License-Identifier: GPL-2.0
"""Certificates: what a class of drivers has to keep, judged, with the evidence, and verified."""
