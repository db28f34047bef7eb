# SPDX-License-Identifier: GPL-2.0
"""make coverage: which lines and branches of kunit/ a run of the suites reaches.

The lane uml-coverage builds our objects with counters. Each boot adds its own to files
on the host, which gcov and gcovr read; what has to be covered is said in covered.py,
what need not be in configs/coverage.toml.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from svacheck import covered, exclusions, overlay
from svacheck.check import Options, check
from svacheck.commands import CommandLog
from svacheck.covered import File, Gap
from svacheck.errors import EXIT_FAIL, EXIT_INTERRUPTED, EXIT_PASS, Problem
from svacheck.judged import FAIL
from svacheck.kernels import load_lane
from svacheck.places import KUNIT
from svacheck.progress import Progress
from svacheck.results import write_commands

LANE = "uml-coverage"
# Markers in sources would be exclusions that nobody sees
GCOVR = ("gcovr", "--no-markers")
RECORD = "coverage.json"
LISTING = 1  # boots that only list the cases
TOOLS = {"gcovr": "gcovr", "gcov": "gcc", "gcov-dump": "gcc"}


@dataclass(frozen=True)
class Result:
    """status: EXIT_PASS if all of covered.REQUIRED is covered. folder: the report's.
    run: id of the run that was measured. gaps: what REQUIRED lacks. text: for a person."""

    status: int
    folder: Path
    run: str
    gaps: Sequence[Gap]
    text: str


def coverage(asked: Options, progress: Progress) -> Result:
    """Run the suites in the lane uml-coverage and report what they reach.

    asked: as for check(); its lane does not count. Problem: no run to measure, counters
    that a boot did not write, or an exclusion that does not fit. KeyboardInterrupt: the
    run was interrupted.
    """
    _require_tools()
    excluded = exclusions.load()
    with tempfile.TemporaryDirectory(prefix="svacheck-coverage-") as name:
        counters = Path(name) / "counters"
        prefix = (("GCOV_PREFIX", str(counters)), ("GCOV_PREFIX_STRIP", "0"))
        done = check(replace(asked, lane=LANE, boot_environment=prefix), progress)
        if done.trouble:
            raise done.trouble
        if done.status == EXIT_INTERRUPTED:
            raise KeyboardInterrupt
        if done.status not in (EXIT_PASS, EXIT_FAIL) or not done.folder:
            problems = done.run["problems"] or ["the run has no verdict"]
            raise Problem(f"nothing to measure: {problems[0]}", str(done.folder))
        with progress.phase("count"):
            with tempfile.TemporaryDirectory(prefix=".coverage-", dir=done.folder.parent) as made:
                measured = _measure(counters, done.run, Path(made), progress, excluded)
                folder = done.folder.parent / f"coverage-{done.run['id']}"
                text = _report(Path(made), folder, done.run, measured, excluded)
                Path(made).chmod(0o755)
                Path(made).rename(folder)
    gaps = [
        gap for file in measured if file.folder == covered.REQUIRED for gap in covered.gaps(file)
    ]
    status = max(done.status, EXIT_FAIL if gaps else EXIT_PASS)
    return Result(status, folder, done.run["id"], gaps, text)


def _require_tools() -> None:
    missing = [package for tool, package in TOOLS.items() if not shutil.which(tool)]
    if missing:
        packages = " ".join(missing)
        raise Problem(
            f"missing to count: {packages}",
            "$PATH",
            f"apt-get install --no-install-recommends {packages}",
        )


def _measure(
    counters: Path,
    run: dict[str, Any],
    out: Path,
    progress: Progress,
    excluded: Sequence[exclusions.Exclusion],
) -> list[File]:
    """gcovr's report of the counters, as HTML in out; what it says without the exclusions."""
    log = CommandLog(progress.command)
    found = sorted(counters.rglob("*.gcda"))
    if not found:
        raise Problem("the kernel wrote no counters", str(counters), f"see lane {LANE}")
    for file in found:
        notes = (Path("/") / file.relative_to(counters)).with_suffix(".gcno")
        shutil.copyfile(notes, file.with_suffix(".gcno"))
    build = next(p for p in found[0].parents if p.name == f"build-{LANE}")
    src = Path("/") / build.parent.relative_to(counters) / "src"
    _require_all_boots(found, len(run["boots"]) + LISTING, log, out)
    raw = out / "gcovr.json"
    argv: list[str | Path] = [*GCOVR, "--root", src, "--object-directory", build, "--json", raw]
    argv += ["--filter", f"{re.escape(str(src))}/{overlay.FOLDER}/"]
    argv += ["--filter", f"{re.escape(str(src))}/{covered.HOOKED}$", build]
    _run(log, argv, src, out)
    report = json.loads(raw.read_bytes())
    for entry in report["files"]:
        entry["file"] = _here(entry["file"])
    texts = _copy_sources(src, [entry["file"] for entry in report["files"]], out / "sources")
    measured = covered.read(report, texts, _hooks())
    _require_all_files(measured)
    exclusions.apply(measured, excluded)
    raw.write_text(json.dumps(covered.for_html(report, measured)))
    title = f"svacheck, {run['tree']['version']}, after the exclusions of configs/coverage.toml"
    argv = [*GCOVR, "--root", out / "sources", "--add-tracefile", raw]
    argv += ["--html-details", out / "index.html", "--html-title", title]
    argv += ["--html-medium-threshold", "90", "--html-high-threshold", "100"]
    _run(log, argv, out / "sources", out)
    raw.unlink()
    shutil.rmtree(out / "sources")
    write_commands(out / "commands.sh", log.commands, str(out), "<this folder>")
    return measured


def _require_all_boots(found: Sequence[Path], boots: int, log: CommandLog, out: Path) -> None:
    """A boot whose counters are lost must not look like one that reached nothing."""
    seen = out / "gcov-dump.txt"
    _run(log, ["gcov-dump", *found], out, out, seen)
    runs = [int(number) for number in re.findall(r"SUMMARY runs=(\d+)", seen.read_text("utf-8"))]
    if len(runs) != len(found) or set(runs) != {boots}:
        raise Problem(
            f"{boots} boots, but counters of {min(runs, default=0)} to {max(runs, default=0)}",
            str(seen),
            "run again; a boot that is cut short writes none",
        )
    seen.unlink()


def _run(
    log: CommandLog, argv: Sequence[str | Path], cwd: Path, out: Path, said: Path | None = None
) -> None:
    said = said or out / "gcovr.log"
    done = log.run(argv, cwd=cwd, output=said, environment={"LC_ALL": "C.UTF-8"})
    if done.status:
        lines = said.read_text(errors="replace").strip().splitlines()
        raise Problem(f"{argv[0]} fails: {lines[-1] if lines else 'no message'}", done.shell())


def _here(path: str) -> str:
    """A file of the tree as it is called in this repository."""
    name = path.removeprefix(overlay.FOLDER + "/")
    return path if name == path else f"{KUNIT.name}/{name}"


def _copy_sources(src: Path, paths: Sequence[str], to: Path) -> dict[str, list[str]]:
    """The files as they were compiled, under their names here; their lines."""
    texts = {}
    for path in paths:
        copy, ours = to / path, path.removeprefix(f"{KUNIT.name}/")
        origin = src / (path if ours == path else f"{overlay.FOLDER}/{ours}")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(origin, copy)
        texts[path] = copy.read_text(encoding="utf-8", errors="replace").split("\n")
    return texts


def _hooks() -> list[str]:
    """The lines that the first patch, of what is carried, adds to the file in which they count."""
    patch = (KUNIT / overlay.HOOKS[0]).read_text(encoding="utf-8")
    part = patch.partition(f"+++ b/{covered.HOOKED}\n")[2].partition("\n--- a/")[0]
    return [line[1:].strip() for line in part.splitlines() if line.startswith("+")]


def _require_all_files(measured: Sequence[File]) -> None:
    """A file that was not instrumented must not look like one that is covered."""
    seen = {file.path for file in measured if file.lines}
    sources = sorted((KUNIT.parent / covered.REQUIRED).glob("*.c"))
    wanted = [str(path.relative_to(KUNIT.parent)) for path in sources] + [covered.HOOKED]
    missing = [path for path in wanted if path not in seen]
    if missing:
        raise Problem(f"nothing was counted in {', '.join(missing)}", f"lane {LANE}")


def _report(
    out: Path,
    folder: Path,
    run: dict[str, Any],
    measured: Sequence[File],
    excluded: Sequence[exclusions.Exclusion],
) -> str:
    """Write table.txt, flags and coverage.json into out; the text for a person."""
    by_folder = {
        name: [file for file in measured if file.folder == name] for name in covered.FOLDERS
    }
    gaps = {name: [g for f in files for g in covered.gaps(f)] for name, files in by_folder.items()}
    lane, version = load_lane(LANE), run["build"]["compiler"]
    flags = [f"compiler: {version}", *(f"make: {option}" for option in lane.make_options)]
    flags += [f"gcovr: {' '.join(GCOVR[1:])}"]
    record = {
        "run": run["id"],
        "tree": run["tree"],
        "flags": flags,
        "folders": {
            name: asdict(sum(map(covered.score, files), covered.Score()))
            for name, files in by_folder.items()
        },
        "files": {file.path: asdict(covered.score(file)) for file in measured},
        "exclusions": [asdict(each) for each in excluded],
        "gaps": [asdict(gap) for found in gaps.values() for gap in found],
        "never_called": {file.path: file.idle for file in measured if file.idle},
    }
    (out / RECORD).write_text(json.dumps(record, indent=1) + "\n")
    (out / "flags").write_text("\n".join(flags) + "\n")
    text = covered.table(measured)
    for each in excluded:
        text += f"\nexcluded, {each.kind}: {each}\n  {each.reason}\n"
    for name in covered.FOLDERS:
        if gaps[name] and name != covered.FOLDERS[-1]:
            text += f"\nnot reached in {name}/:\n"
            text += "".join(f"  {gap}\n" for gap in gaps[name])
    (out / "table.txt").write_text(text)
    return f"{text}\n{_verdict(len(gaps[covered.REQUIRED]), run)}\n{folder}\n"


def _verdict(needed: int, run: dict[str, Any]) -> str:
    where = f"{covered.REQUIRED}/"
    lines = []
    if run["verdict"] == FAIL:
        lines.append(f"FAIL  the run broke rules; svacheck show {run['id']}")
    if needed:
        lines.append(f"FAIL  {needed} lines of {where} are not covered")
    return "\n".join(lines) or f"PASS  every line and branch of {where} is covered"
