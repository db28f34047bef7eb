# SPDX-License-Identifier: GPL-2.0
"""The gate: does a change make a kernel worse, and which change did?"""
