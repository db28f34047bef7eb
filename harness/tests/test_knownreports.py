# SPDX-License-Identifier: GPL-2.0
"""Reports of the kernel's own making, pinned by their signatures."""

from __future__ import annotations

from pathlib import Path

import pytest

from svacheck import console, parse
from svacheck.errors import Problem
from svacheck.knownreports import KnownReport, load, split
from svacheck.model import Report

GOLDEN = Path(__file__).parent / "golden"
GOOD = """
[[report]]
kernels = "6.1"
kind = "lockdep"
text = "suspicious RCU usage"
function = "f"
functions = ["f", "h"]
reason = "r"
source = "s"
"""
FORK = ("mas_prev", "dup_mmap", "copy_process")
PINNED_FORK = KnownReport("6.1", "lockdep", "suspicious RCU usage", "", FORK, "r", "s")
PIN = KnownReport("6.1", "lockdep", "suspicious", "f", ("f", "h"), "r", "s")


def report(kind: str = "lockdep", function: str = "f", frames: str = "e f g h") -> Report:
    return Report(kind, function, 3, "WARNING: suspicious RCU usage", frames.split())


@pytest.mark.parametrize(
    ("one", "fits"),
    [
        (report(), True),
        (report(frames="f h"), True),
        (report(frames="h f"), False),
        (report(frames="f"), False),
        (report(frames=""), False),
        (report(kind="KASAN"), False),
        (report(function="g"), False),
        (Report("lockdep", "f", 3, "WARNING: held lock freed!", ["f", "h"]), False),
    ],
)
def test_a_signature_fits_whole_or_not_at_all(one: Report, fits: bool) -> None:
    strange, pinned = split([one], [PIN])
    assert (strange, pinned) == (([], [(one, PIN)]) if fits else ([one], []))


def test_only_the_kernels_that_have_it(tmp_path: Path) -> None:
    file = tmp_path / "known.toml"
    file.write_text(GOOD)
    assert [len(load(version, file)) for version in ("6.1", "6.1.192", "6.12.1", "7.3")] == [
        1,
        1,
        0,
        0,
    ]


@pytest.mark.parametrize(("name", "strange"), [("kmemleak", [42]), ("lockdep", [27])])
def test_what_is_pinned_for_6_1(name: str, strange: list[int]) -> None:
    found = console.reports(parse.read_lines(GOLDEN / f"{name}.console"))
    assert [one.line for one in split(found, load("6.1.192"))[0]] == strange
    assert [one.line for one in split(found, load("6.0"))[0]] == [one.line for one in found]


def test_a_splat_of_lockdep_is_pinned_by_its_dump() -> None:
    (fork,) = console.reports(parse.read_lines(GOLDEN / "lockdep-fork.console"))
    assert PINNED_FORK.fits(fork)
    (other,) = console.reports(parse.read_lines(GOLDEN / "lockdep.console"))
    assert not PINNED_FORK.fits(other)


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("[[report", "cannot read the known reports"),
        ("", "it must hold .*report.* tables"),
        (GOOD + "[other]\n", "it must hold .*report.* tables"),
        (GOOD + "extra = 1\n", "a known report has"),
        (GOOD.replace('kind = "lockdep"', ""), "a known report has"),
        (GOOD.replace('"r"', '" "'), "must be text"),
        (GOOD.replace('["f", "h"]', "[]"), "must be text"),
        (GOOD.replace('["f", "h"]', '"f"'), "must be text"),
    ],
)
def test_a_bad_file_is_named(text: str, trouble: str, tmp_path: Path) -> None:
    (tmp_path / "known.toml").write_text(text)
    with pytest.raises(Problem, match="(?s)" + trouble + ".*known.toml"):
        load("6.1", tmp_path / "known.toml")
    with pytest.raises(Problem, match="cannot read"):
        load("6.1", tmp_path / "absent.toml")
