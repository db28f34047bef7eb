# SPDX-License-Identifier: GPL-2.0
"""LAVA: definitions of jobs as LAVA's own schema wants them, and consoles out of its logs.

golden/lava holds a job that really ran: its definition, what lava-run of Debian 12 printed, and the
console that check judged. SVACHECK_WRITE_GOLDEN=1 writes the console anew; read the difference.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from svacheck import console, ktap
from svacheck.carrier import Errand
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.fleet import lavajob, lavalog
from svacheck.fleet.lavacarrier import LOGS, Lava, require_run
from svacheck.fleet.lavajob import Artifact, Job
from svacheck.fleet.work import WAITING

GOLDEN = Path(__file__).parent / "golden" / "lava"
JOB = Job(
    name="unasked-carried",
    kernel=Artifact("https://lab/a/1", "1" * 64),
    initrd=Artifact("https://lab/a/2", "2" * 64),
    kernel_args=("console=ttyS0", "svac_run=unasked"),
    machine="q35,graphics=off",
    cpu="qemu64",
    processors=2,
    memory=1024,
    indent=0,
    limit=1200,
)


# ---- definitions ----


def validate(definition: dict[str, Any]) -> None:
    """By lava_common of Debian."""
    schemas = pytest.importorskip("lava_common.schemas", reason="this Debian has no lava-common")
    schemas.validate(definition, strict=True)


@pytest.mark.parametrize(
    "job",
    [
        JOB,
        replace(JOB, initrd=None, indent=4),
        replace(JOB, arguments=("-device edu,addr=4",)),
        replace(JOB, name="x" * 300),
        replace(JOB, limit=7200),
    ],
)
def test_lava_takes_the_definition(job: Job) -> None:
    validate(yaml.safe_load(lavajob.text(job)))


def test_lava_takes_the_definition_of_the_real_job() -> None:
    validate(yaml.safe_load((GOLDEN / "job.yaml").read_text()))


def test_the_definition_of_the_real_job_is_what_is_made() -> None:
    text = (GOLDEN / "job.yaml").read_text()
    images = yaml.safe_load(text)["actions"][0]["deploy"]["images"]
    found = re.search(r'-append "(.*)"', images["kernel"]["image_arg"])
    assert found
    kernel, initrd = (
        Artifact(images[name]["url"], images[name]["sha256sum"]) for name in ("kernel", "initrd")
    )
    args = found[1].split()
    assert lavajob.text(replace(JOB, kernel=kernel, initrd=initrd, kernel_args=args)) == text


@pytest.mark.parametrize("key", ["timeouts", "visibility", "job_name", "actions"])
def test_a_definition_without_it_would_be_refused(key: str) -> None:
    pytest.importorskip("lava_common.schemas", reason="this Debian has no lava-common")
    import voluptuous  # type: ignore[import]  # what it is written with

    definition = lavajob.definition(JOB)
    del definition[key]
    with pytest.raises(voluptuous.Invalid):
        validate(definition)


def test_the_same_bytes_for_the_same_job() -> None:
    assert lavajob.text(JOB) == lavajob.text(JOB)
    other = replace(JOB, kernel=replace(JOB.kernel, sha256="3" * 64))
    assert lavajob.text(JOB) != lavajob.text(other)


@pytest.mark.parametrize("argument", ['a="b"', "a=\\", "a=\nb", "a=ä"])
def test_an_argument_that_lava_would_change_is_refused(argument: str) -> None:
    with pytest.raises(Problem, match="cannot hand this"):
        lavajob.definition(replace(JOB, kernel_args=(argument,)))


# ---- LAVA's own view of the results ----


@pytest.mark.parametrize(
    "line, found",
    [
        ("ok 1 a.b", ("a.b", "pass")),
        ("not ok 12 a.b", ("a.b", "fail")),
        ("ok 3 a.b # SKIP no such thing", ("a.b", "skip")),
        ("not ok 3 a.b # SKIP no such thing", ("a.b", "skip")),
        ("ok 3 a.b # XFAIL expected", ("a.b", "pass")),
        ("ok 3 a.SKIP", ("a.SKIP", "pass")),
        ("ok 3 - a.b", ("a.b", "pass")),
        ("# ok 3 a.b", None),
        ("        ok 1 carried", None),
        ("book 1 a.b", None),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n"])
@pytest.mark.parametrize("indent", [0, 4])
def test_a_skipped_case_is_no_passed_one(
    line: str, found: tuple[str, str] | None, end: str, indent: int
) -> None:
    line = line if line.startswith(" ") else " " * indent + line
    match = re.search(lavajob.pattern(indent), f"x{end}{line}{end}", re.DOTALL)
    assert (match and (match["test_case_id"], lavajob.FIXUP[match["result"]])) == found


def test_half_a_line_is_no_result() -> None:
    """LAVA looks at whatever has come so far: the directive may be yet to come."""
    whole = "\nok 3 a.b # SKIP no such thing\n"
    for end in range(1, len(whole)):
        assert not re.search(lavajob.pattern(0), whole[:end], re.DOTALL)


def test_lava_saw_in_the_real_job_what_its_console_says() -> None:
    found = lavalog.read(GOLDEN / "output.yaml")
    document = ktap.read(found.console.splitlines(keepends=True))
    said = re.findall(r"^(not ok|ok) \d+ (\S+)(?: # (SKIP))?", found.console, re.M)
    wanted = [(name, lavajob.FIXUP[skip or result]) for result, name, skip in said]
    assert list(found.results) == wanted
    assert {status for _, status in wanted} == {"pass", "skip"}
    assert not [anomaly for anomaly in document.anomalies if anomaly.serious]


# ---- logs ----


def test_the_console_of_the_real_job() -> None:
    found = lavalog.read(GOLDEN / "output.yaml")
    wanted = GOLDEN / "console"
    if os.environ.get("SVACHECK_WRITE_GOLDEN"):
        wanted.write_text(found.console)
    assert found.console == wanted.read_text()
    assert (found.failed, found.timed_out) == ("", False)
    lines = found.console.splitlines(keepends=True)
    assert console.ending(lines, found.timed_out).kind == "halted"
    assert "poweroff" not in found.console  # what LAVA types once the job is over


def log(tmp_path: Path, change: Callable[[str], str]) -> Path:
    path = tmp_path / "output.yaml"
    path.write_text(change((GOLDEN / "output.yaml").read_text()))
    return path


def test_as_lavacli_prints_it(tmp_path: Path) -> None:
    path = log(tmp_path, lambda text: "".join(f"- {line}\n" for line in text.splitlines()))
    assert lavalog.read(path) == lavalog.read(GOLDEN / "output.yaml")


def entry(level: str, message: str) -> str:
    return f'{{"dt": "2026-11-26T02:32:43.913676", "lvl": "{level}", "msg": {message}}}\n'


END = entry("results", '{"case": "job", "definition": "lava", "result": "pass"}')
LINE = entry("target", '"ok 1 a.b"')


@pytest.mark.parametrize(
    "change, why",
    [
        (lambda text: "", "ends before the job did"),
        (lambda text: text[: len(text) // 2], "no line of a LAVA job's log"),
        (lambda text: "".join(text.splitlines(keepends=True)[:-1]), "ends before the job did"),
        (lambda text: text + LINE, "goes on after its end"),
        (lambda text: text + END, "goes on after its end"),
        (lambda text: "<html>\n" + text, "no line of a LAVA job's log"),
        (lambda text: "!!python/object/apply:os.system ['true']\n" + text, "no line of a"),
        (lambda text: '{"dt": 1}\n' + text, "no line of a LAVA job's log"),
        (lambda text: "{" * 100000 + "\n" + text, "no line of a LAVA job's log"),
        (lambda text: entry("target", '["x"]') + text, "no line of a console"),
        (lambda text: entry("target", '"ok 1 a\\nok 2 b"') + text, "no line of a console"),
        (lambda text: entry("target", '"<line way too long ...>"') + text, "dropped a line"),
        (lambda text: LINE.replace("2026-", "then ") + text, "no time"),
    ],
)
def test_a_damaged_log_is_refused(change: Callable[[str], str], why: str, tmp_path: Path) -> None:
    with pytest.raises(Problem, match=re.escape(why)):
        lavalog.read(log(tmp_path, change))


def test_a_quote_comes_back(tmp_path: Path) -> None:
    """LAVA puts a backslash before each, in addition to what YAML does."""
    path = tmp_path / "log"
    path.write_text(entry("target", r'"say \\\"a\\\" or \\\\\\\"b"') + END)
    assert lavalog.read(path).console == 'say "a" or \\\\"b\n'


def failed(kind: str, why: str) -> str:
    said = f'"result": "fail", "error_type": "{kind}", "error_msg": "{why}"'
    return entry("results", f'{{"case": "job", "definition": "lava", {said}}}')


def test_a_job_that_ran_out_of_time(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text(LINE + failed("Job", "lava-test-monitor timed out after 1200 seconds"))
    found = lavalog.read(path)
    assert found.timed_out and found.console == "ok 1 a.b\n"


def test_a_job_that_passed_although_its_monitor_ran_out_of_time(tmp_path: Path) -> None:
    """As LAVA 2023.01 has it."""
    path = tmp_path / "log"
    path.write_text(LINE + entry("warning", f'"{lavalog.TIMED_OUT}"') + END)
    assert lavalog.read(path).timed_out


def test_a_job_that_booted_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text(failed("Infrastructure", "Unable to get it"))
    with pytest.raises(Problem, match="LAVA booted nothing: Infrastructure: Unable to get it"):
        lavalog.read(path)


def test_a_log_without_end_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lavalog, "LARGEST", 1000)
    with pytest.raises(Problem, match="larger"):
        lavalog.read(GOLDEN / "output.yaml")


# ---- boots by jobs ----


def errand(tmp_path: Path, **more: Any) -> Errand:
    for name in ("kernel", "initrd"):
        (tmp_path / name).write_text(name)
    out = tmp_path / "run" / "bind.console"
    out.parent.mkdir(exist_ok=True)
    made = Errand(
        "bind",
        "bind",
        tmp_path / "kernel",
        tmp_path / "initrd",
        ("console=ttyS0",),
        (),
        False,
        60,
        out,
        CommandLog(),
    )
    return replace(made, **more)


@pytest.fixture
def lab(tmp_path: Path) -> Lava:
    """Without a dispatcher of our own."""
    (tmp_path / "jobs").mkdir()
    return Lava(tmp_path / "jobs", "https://lab/a/", None)


def test_a_job_waits_for_its_log_and_is_taken_once_it_is_there(lab: Lava, tmp_path: Path) -> None:
    asked = errand(tmp_path)
    assert lab.boot(asked).interrupted
    (definition,) = lab.folder.glob("*.yaml")
    assert (lab.folder / WAITING).read_text() == f"{definition.stem}\n"
    with pytest.raises(Problem, match="1 LAVA jobs are to be run"):
        require_run(lab)
    content = yaml.safe_load(definition.read_text())
    validate(content)
    images = content["actions"][0]["deploy"]["images"]
    for name in ("kernel", "initrd"):
        digest = images[name]["sha256sum"]
        assert images[name]["url"] == f"https://lab/a/{digest}"
        assert (lab.folder / "artifacts" / digest).read_text() == name

    (lab.folder / LOGS).mkdir()
    taken = lab.folder / LOGS / definition.name
    taken.write_text((GOLDEN / "output.yaml").read_text())
    again = Lava(lab.folder, lab.url, None)
    made = again.boot(asked)
    assert not made.interrupted and made.seconds > 0
    require_run(again)
    assert asked.out.read_text() == (GOLDEN / "console").read_text()
    beside = {file.name for file in asked.out.parent.iterdir()}
    assert beside == {"bind.console", "bind.console.job.yaml", "bind.console.lava.yaml"}


def test_the_log_of_another_kernel_is_not_taken(lab: Lava, tmp_path: Path) -> None:
    asked = errand(tmp_path)
    lab.boot(asked)
    (first,) = lab.folder.glob("*.yaml")
    (lab.folder / LOGS).mkdir()
    (lab.folder / LOGS / first.name).write_text((GOLDEN / "output.yaml").read_text())
    (tmp_path / "kernel").write_text("another")
    assert lab.boot(replace(asked, kernel=tmp_path / "kernel")).interrupted


def test_what_is_plugged_in_meanwhile_lava_cannot_do(lab: Lava, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="plugs nothing in"):
        lab.boot(errand(tmp_path, talks=True))
