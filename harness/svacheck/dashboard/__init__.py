# SPDX-License-Identifier: GPL-2.0
"""What is stored, as a static site that works without a network and without a server."""
