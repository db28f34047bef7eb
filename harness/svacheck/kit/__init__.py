# SPDX-License-Identifier: GPL-2.0
"""The kit: what runs on a machine with a device, and how its results come back.

target.py, running.py, module.py, place.py and layout.py go along: they need nothing but Python's
own library (3.8 or later) and what else of svacheck is in the kit. The others stay here.
"""
