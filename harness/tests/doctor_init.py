#!/usr/bin/python3 -S
# SPDX-License-Identifier: GPL-2.0
"""The first program of a virtual machine: it loads what the command line asks for, has the
doctor look at the machine, prints what it says, and restarts."""

import contextlib
import ctypes
import io
import os
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
FINIT_MODULE, RESTART = 313, 0x01234567
MOUNTS = (("proc", "/proc"), ("sysfs", "/sys"), ("devtmpfs", "/dev"))


def load(parameters: str) -> None:
    with open("/svac_pasid_function.ko", "rb") as file:
        if LIBC.syscall(FINIT_MODULE, file.fileno(), parameters.encode(), 0):
            print(f"no module: {os.strerror(ctypes.get_errno())}")


def main() -> None:
    for kind, place in MOUNTS:
        LIBC.mount(kind.encode(), place.encode(), kind.encode(), 0, None)
    with open("/proc/sys/kernel/printk", "w", encoding="ascii") as file:
        file.write("1")  # no line of the kernel's in the midst of one of ours
    if os.environ.get("svac_function"):
        load(os.environ["svac_function"].replace(",", " "))
    sys.path.insert(0, "/lib/harness")
    from svacheck.doctor.command import main as doctor

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        status = doctor(["--json"])
    print(f"DOCTOR BEGINS\n{said.getvalue()}\nDOCTOR ENDS {status}", flush=True)


try:
    main()
finally:
    LIBC.tcdrain(1)  # what is still on its way the kernel breaks off with its last line
    LIBC.reboot(RESTART)
