# SPDX-License-Identifier: GPL-2.0
"""svacheck as a user starts it, on a kernel tree of a dozen files whose kernel is a script: what
the harness and the machine do to each other, without the minutes that a real kernel takes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from faketree import HOOKS, make_tree
from faultlab import SUITE, Judged, Lab, judged

from svacheck import rulebook

# A module of this name is imported by every Python that finds it; what it hears is what the
# interpreter does (sys.addaudithook), so that a moment can be named
HOOK = r"""
import os, re, signal, sys
wanted = os.environ.get("FAULT_WHEN", "")
if wanted and "svacheck.cli" in " ".join(sys.orig_argv):
    def hear(event, args):
        said = event + " " + " ".join(map(str, args))
        if event in ("open", "os.rename", "subprocess.Popen") and re.search(wanted, said):
            os.environ["FAULT_WHEN"] = ""
            globals()["wanted"] = "(?!)"
            exec(os.environ["FAULT_DOES"])
    sys.addaudithook(hear)
"""
KILL = "os.kill(os.getpid(), signal.SIGKILL)"
KERNEL = """\
case "$*" in
*action=list*) cat {folder}/list ;;
*) cat {folder}/console ;;
esac
"""


class ScriptLab(Lab):
    """Its kernel is a script. tree: its source."""

    def __init__(self, place: Path, real: Path) -> None:
        super().__init__(place)
        (self.checkout / "kunit/carried/hooks.patch").write_text(HOOKS)
        (self.checkout / "kunit/mock/windows.patch").write_text("")
        self.place = place
        self.cache = place / "cache"
        self.tree = make_tree(place / "tree")
        for name in ("kunit_parser.py", "kunit_printer.py"):
            shutil.copy(real / "tools/testing/kunit" / name, self.tree / "tools/testing/kunit")
        (place / "python").mkdir()
        (place / "python" / "sitecustomize.py").write_text(HOOK)
        said = place / "said"
        said.mkdir()
        self.console = said / "console"
        book, cited = rulebook.of_lane(rulebook.load(), rulebook.citations(), "uml", "plain")
        keys = [key for key in cited.cases if key not in cited.programs]
        (said / "list").write_text("KTAP version 1\n" + "".join(k + "\n" for k in keys) + HALT)
        self.console.write_text(
            ktap([key for key in keys if key.startswith(SUITE + ".")], cited.cases)
        )
        self.kernel(KERNEL.format(folder=said))

    def kernel(self, script: str) -> None:
        """What the kernel is."""
        (self.tree / "kernel.sh").write_text(script)

    def environment(self, results: Path, when: str = "", does: str = KILL) -> dict[str, str]:
        """For a run to which something happens at that moment."""
        return {
            **os.environ,
            "XDG_CACHE_HOME": str(self.cache),
            "SVACHECK_RESULTS": str(results),
            "PYTHONPATH": str(self.place / "python"),
            "FAULT_WHEN": when,
            "FAULT_DOES": does,
        }

    def argv(self) -> list[str]:
        return [self.svacheck, "check", "--kdir", str(self.tree), "--suite", SUITE]

    def go(self, results: Path, when: str = "", does: str = KILL) -> Judged:
        """Run it to its end."""
        done = subprocess.run(
            self.argv(),
            env=self.environment(results, when, does),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return judged(done.returncode, done.stdout, done.stderr, results)


HALT = "reboot: System halted\n"


def ktap(keys: list[str], cites: Mapping[str, tuple[str, ...]]) -> str:
    """The console of a kernel in which these cases pass."""
    lines = ["KTAP version 1", "1..1", "    KTAP version 1", f"    # Subtest: {SUITE}"]
    lines.append(f"    1..{len(keys)}")
    for number, key in enumerate(keys, 1):
        name = key.split(".", 1)[1]
        lines += ["        KTAP version 1", f"        # Subtest: {name}"]
        lines += [f"        # rule: {rule}" for rule in cites[key]]
        lines += ["        ok 1 carried", f"    ok {number} {name}"]
    lines.append(f"ok 1 {SUITE}")
    return "".join(line + "\n" for line in lines) + HALT
