# SPDX-License-Identifier: GPL-2.0
"""A kernel tree of a dozen files, whose kunit.py builds and boots a shell script."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from svacheck.cachedirs import Cache
from svacheck.commands import CommandLog
from svacheck.progress import Progress

HEADER = "\n".join(
    [
        "struct iommu_ops {",
        "\tint x;",
        "};",
        "",
        "struct iommu_device {",
        "\tstruct list_head list;",
        "\tu32 max_pasids;",
        "};",
        "",
    ]
)

UPSTREAM = "\n".join(
    [
        "#define IOMMU_DOMAIN_SVA 1",
        "int (*set_dev_pasid)(struct iommu_domain *domain, struct device *dev,",
        "\t\t     ioasid_t pasid, struct iommu_domain *old);",
        "struct iommu_domain *(*domain_alloc_sva)(struct device *dev,",
        "\t\t\t\t\t struct mm_struct *mm);",
        "int iommu_attach_device_pasid(struct iommu_domain *domain, ioasid_t pasid,",
        "\t\t\t      struct iommu_attach_handle *handle);",
        "void iommu_detach_device_pasid(struct iommu_domain *domain, ioasid_t pasid);",
        "struct iommu_domain *iommu_paging_domain_alloc(struct device *dev);",
        "struct iommu_sva *iommu_sva_bind_device(struct device *dev,",
        "\t\t\t\t\tstruct mm_struct *mm);",
        "",
    ]
)
PRIVATE = "struct iommu_attach_handle *iommu_attach_handle_get(struct iommu_group *group);\n"


def give_sva_domains(tree: Path, but: str = "") -> None:
    """Make a tree one that has SVA domains of its own; but: a text that is not in it."""
    for path, text in (
        ("include/linux/iommu.h", HEADER + UPSTREAM),
        ("drivers/iommu/iommu-priv.h", PRIVATE),
    ):
        assert not but or but in HEADER + UPSTREAM + PRIVATE
        (tree / path).write_text(text.replace(but, "") if but else text)


# What the real one does, as far as build.py and boot.py can see it
KUNIT_PY = r"""
import os, re, subprocess, sys, time
command, arguments = sys.argv[1], sys.argv[2:]
options = dict(a[2:].split("=", 1) for a in arguments if a.startswith("--") and "=" in a)
words = [a for a in arguments if not a.startswith("--")]
if command == "parse":
    print("[10:00:00] Testing complete. Ran 3 tests: passed: 2, skipped: 1")
    sys.exit(0)
folder = options["build_dir"]
if command == "build":
    if os.path.exists("fail"):
        print(open("fail").read())
        sys.exit(1)
    with open(folder + "/made", "a") as made:
        made.write(repr(sorted(k for k in os.environ if k in ("MAKEFLAGS", "V", "ARCH"))) + "\n")
    if not os.path.exists(folder + "/.config"):
        open(folder + "/.config", "w").write(open(options["kunitconfig"]).read())
        open(folder + "/configured", "a").write("x")
    open(folder + "/one.o", "w")
    open(folder + "/linux.new", "w").write(open("kernel.sh").read())
    os.chmod(folder + "/linux.new", 0o755)
    os.replace(folder + "/linux.new", folder + "/linux")
if command == "exec":
    args = [a.split("=", 1)[1] for a in arguments if a.startswith("--kernel_args=")]
    print("[10:00:00] Starting KUnit Kernel (1/1)...", flush=True)
    # UML makes itself a session of its own
    kernel = subprocess.Popen(["/bin/sh", folder + "/linux", *args, *words],
                              stdout=subprocess.PIPE, start_new_session=True)
    with open(folder + "/test.log", "wb") as log:
        for line in kernel.stdout:
            log.write(line)
            print(line.decode(errors="backslashreplace").rstrip(), flush=True)
    kernel.wait()
    print("[10:00:01] Elapsed time: 0.1s")
"""

KERNEL_SH = """\
echo 'Linux version 6.1.9'
echo 'not.listed'
echo 'KTAP version 1'
case "$*" in
*action=list*) echo svac_a.one; echo svac_a.two; echo 'some noise' ;;
*) printf '    ok 1 \\377 one \\n'; echo "glob $*" ;;
esac
echo 'reboot: System halted'
"""

FILES = {
    "Makefile": "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 9\nEXTRAVERSION =\n",
    "arch/um/Makefile": "# um\n",
    "drivers/iommu/iommu.c": "int one;\nint two;\nint three;\n",
    "drivers/iommu/Kconfig": "config IOMMU\n\tbool\n",
    "drivers/iommu/Makefile": "obj-y += iommu.o\n",
    "include/linux/iommu.h": HEADER,
    "tools/testing/kunit/kunit.py": KUNIT_PY,
    "kernel.sh": KERNEL_SH,
    "scripts/run me.sh": "#!/bin/sh\n",
    ".gitignore": "*.o\n.*\n!.gitignore\n/vmlinux\n",
}

HOOKS = """\
--- a/drivers/iommu/iommu.c
+++ b/drivers/iommu/iommu.c
@@ -1,3 +1,4 @@
 int one;
 int two;
 int three;
+int hooked;
"""


def make_tree(place: Path) -> Path:
    """Write the tree into the folder place."""
    for name, text in FILES.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (place / "scripts/run me.sh").chmod(0o755)
    (place / "link.c").symlink_to("drivers/iommu/iommu.c")
    return place


def make_kunit(place: Path) -> Path:
    """Write a small overlay with a hook into the folder place."""
    for name, text in {
        "Kconfig": "config SVACHECK\n",
        "Makefile": "obj-y += suites/a.o\n",
        "suites/a.c": "int a;\n",
        "carried/hooks.patch": HOOKS,
    }.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return place


def git(place: Path, *argv: str) -> str:
    """Run git as a user without any settings."""
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("GIT_")},
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    author = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "safe.directory=*"]
    return subprocess.run(
        ["git", *author, *argv],
        cwd=place,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def commit(place: Path) -> Path:
    """Make the tree a git repository with one commit."""
    git(place, "init", "-q")
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "all")
    return place


class Bench:
    """What every function under test wants to have."""

    def __init__(self, place: Path) -> None:
        self.cache = Cache.at(place / "cache")
        self.log = CommandLog()
        self.progress = Progress(quiet=True)
