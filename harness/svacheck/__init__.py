# SPDX-License-Identifier: GPL-2.0
"""svacheck: a conformance suite for Linux IOMMU SVA domains."""

VERSION = "0.1.0"
