# SPDX-License-Identifier: GPL-2.0
"""What the kit and who takes its results in have to agree on."""

from __future__ import annotations

from svacheck.certify.archive import Kind

FORMAT = 1  # of record.json in the results
RESULTS = Kind("results of a kit", "svacheck-results/")
RECORD, SUMS = "record.json", "SHA256SUMS"
CONSOLES, PLACE, MODULE = "consoles", "place", "module"
ABOUT = "kit.json"  # in the kit: who made it of what

# Each driver, and the setting by which its programs are told which device to take
DRIVERS = {"dsa": "svac_dsa", "uio_pci_generic_sva": "svac_uio", "uacce": "svac_uacce"}
MODEL = "-model"  # at the end of a driver's name: it is one for a model, and no device
# Programs that change what the whole machine does: KSM, swap, compaction, huge pages
MACHINE_WIDE = ("unasked",)
# What a program's console ends with if the machine goes on
GOES_ON = "svacheck kit: the program has ended, the machine goes on"
IMPLEMENTATION = "upstream"  # who answers in a kernel as it is
