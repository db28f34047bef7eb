# SPDX-License-Identifier: GPL-2.0
"""What a session of svacheck bench has measured, as figures."""
