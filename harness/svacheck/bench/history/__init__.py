# SPDX-License-Identifier: GPL-2.0
"""What has become slower over many stored sessions of svacheck bench."""
