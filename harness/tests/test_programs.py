# SPDX-License-Identifier: GPL-2.0
"""Programs: found in their sources, built, put into an archive, booted and judged."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_kernel import LANE, FakeKernel
from made_up import BOOK, CITED

from svacheck import programs, report, rulebook
from svacheck.build import make_options
from svacheck.check import Finished, Options, check
from svacheck.citations import Citations
from svacheck.commands import CommandLog
from svacheck.errors import Problem
from svacheck.model import Boot, Build
from svacheck.places import ROOT
from svacheck.programcases import ProgramCase, program_names, scan
from svacheck.progress import Progress
from svacheck.selection import BootPlan

USER = replace(LANE, name="uml-user", suites=False, programs=True, kernel_args=("quiet",))
END = "reboot: System halted\n"
CARRIED = "implementation carried"
CASES = {
    "bind.holds": ("PASID-001",),
    "bind.reaches": ("PASID-001",),
    "ends.leaves_nothing": ("PASID-002",),
    "other.works": ("PASID-001",),
}
HELD = {
    "bind.holds": ProgramCase("bind", {"bind.holds": ""}),
    "bind.reaches": ProgramCase("bind", {"global.reaches": ""}),
    "ends.leaves_nothing": ProgramCase("bind", {f"ends.{v}.leaves_nothing": v for v in "ab"}),
    "other.works": ProgramCase("other", {"other.works": ""}),
}
OF_PROGRAMS = Citations(CASES, dict.fromkeys(CASES, "selftests/x.c:1"), [], HELD)
ALL = Citations(CITED, dict.fromkeys(CITED, "x.c:1"), []) + OF_PROGRAMS


# ---- sources ----


def scanned(place: Path, text: str, name: str = "bind") -> Citations:
    (place / f"{name}.c").write_text(text)
    return scan(place)


def test_cases_of_a_source(tmp_path: Path) -> None:
    cited = scanned(
        tmp_path,
        """
FIXTURE(bind) { int x; };
FIXTURE(kinds) { int x; };
#define KIND(_name, ...)  \\
    FIXTURE_VARIANT_ADD(kinds, _name) { __VA_ARGS__ }
FIXTURE_VARIANT_ADD(kinds, first) { .x = 1 };
KIND(second, .x = 2);
/* TEST_F(bind, in_a_comment) { rules("BIND-001"); } */
TEST_F(bind, holds)
{
    char *text = "{";

    rules("BIND-001",
          "BIND-002");
}
TEST_F_TIMEOUT(kinds, reaches, 60) { rules("BIND-003"); }
TEST_SIGNAL(dies, SIGSEGV) { rules("BIND-004"); }
TEST_HARNESS_MAIN
""",
    )
    assert cited.cases == {
        "bind.holds": ("BIND-001", "BIND-002"),
        "kinds.reaches": ("BIND-003",),
        "bind.dies": ("BIND-004",),
    }
    assert cited.where["bind.holds"] == "selftests/bind.c:9"
    assert cited.programs["kinds.reaches"] == ProgramCase(
        "bind", {"kinds.first.reaches": "first", "kinds.second.reaches": "second"}
    )
    assert cited.programs["bind.dies"].names == {"global.dies": ""}
    assert cited.findings == []


def test_what_cannot_be_right_in_a_source(tmp_path: Path) -> None:
    (tmp_path / "init.c").write_text("int main(void) { return 0; }\n")
    scanned(tmp_path, 'FIXTURE(a) { };\nTEST_F(a, b) { rules("BIND-001"); }\nTEST_F(c, d) { }\n')
    cited = scanned(tmp_path, "FIXTURE(a) { };\nFIXTURE(idle) { };\nTEST_F(a, b) { }\n", "more")
    (tmp_path / "none.c").write_text("TEST_HARNESS_MAIN\n")
    assert program_names(tmp_path) == ["bind", "more", "none"]
    assert cited.findings == [
        "selftests/bind.c:3: there is no FIXTURE(c) here",
        "a.b is defined twice (selftests/bind.c:2, selftests/more.c:3)",
        "selftests/more.c: FIXTURE(idle) has no case",
    ]
    assert scan(tmp_path).findings[-1] == "selftests/none.c: a program without a case"
    told = rulebook.check(BOOK, cited)
    assert "c.d (selftests/bind.c:3) cites no rule: begin it with rules(...)" in told
    (tmp_path / "bad.c").write_bytes(b"\xff")
    with pytest.raises(Problem, match="cannot read a program"):
        scan(tmp_path)


def test_the_programs_of_this_checkout_are_read_without_a_finding() -> None:
    cited = scan(ROOT / "selftests")
    assert cited.findings == [] and len(cited.cases) > 10


def test_a_case_is_a_suites_or_a_programs() -> None:
    both = OF_PROGRAMS + OF_PROGRAMS
    assert "bind.holds is in selftests/x.c:1 and in selftests/x.c:1" in both.findings


def test_a_lane_has_cases_of_suites_of_programs_or_of_both() -> None:
    book, cited = rulebook.of_lane(BOOK, ALL, "uml-debug")
    assert (list(cited.cases), list(book.rules)) == (list(CITED), list(BOOK.rules))
    book, cited = rulebook.of_lane(BOOK, ALL, "uml")
    assert (list(cited.cases), list(book.rules)) == ([*CITED, *CASES], list(BOOK.rules))
    _, cited = rulebook.of_lane(BOOK, ALL, "uml", programs=False)
    assert list(cited.cases) == list(CITED)
    book, cited = rulebook.of_lane(BOOK, ALL, "uml-user")
    assert list(cited.cases) == list(CASES)
    assert list(book.rules) == ["PASID-001", "PASID-002"]


def test_a_rule_that_programs_alone_cite_is_none_of_the_other_lanes() -> None:
    cases = {"other.works": ("DOM-002",)}
    mine = Citations(cases, {"other.works": "x.c:1"}, [], {"other.works": HELD["other.works"]})
    both = Citations(CITED, {}, []) + mine
    book, _ = rulebook.of_lane(BOOK, both, "uml-debug")
    assert "DOM-002" not in book.rules and "DOM-001" in book.rules
    assert "DOM-002" in rulebook.of_lane(BOOK, both, "uml")[0].rules
    assert "DOM-002" not in rulebook.of_lane(BOOK, both, "uml", programs=False)[0].rules


# ---- build ----

MAKEFILE = "all:\n\t@echo $(CC) on $(KSRC)\n\t@touch $(OUTPUT)/one $(OUTPUT)/init\n\t@%s\n"


@pytest.fixture(name="kernel")
def built_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """A built kernel that is a script, and programs that are empty files."""
    ours = tmp_path / "ours"
    ours.mkdir()
    for name in ("one", "two", "init"):
        (ours / f"{name}.c").touch()
    (ours / "Makefile").write_text(MAKEFILE % "touch $(OUTPUT)/two")
    monkeypatch.setattr(programs, "SELFTESTS", ours)
    src, directory = tmp_path / "a" / "b" / "c" / "src", tmp_path / "build-uml-user"
    header = src / programs.HARNESS
    header.parent.mkdir(parents=True)
    header.write_text("getopt(argc, argv)\n")
    writer = directory / "usr" / "gen_init_cpio"
    writer.parent.mkdir(parents=True)
    writer.write_text('#!/bin/sh\ncat "$1"\n')
    writer.chmod(0o755)
    linux = directory / "linux"
    linux.write_text('#!/bin/sh\nfor word; do echo "$word"; done\n')
    linux.chmod(0o755)
    return Build(src, directory, USER, "", "", 1, 0.0)


def build(kernel: Build) -> programs.Programs:
    logs = kernel.directory / "logs"
    return programs.build(kernel, 2, CommandLog(), Progress(quiet=True), logs)


def test_an_archive_with_the_programs(kernel: Build) -> None:
    made = build(kernel)
    assert made.chooses
    folder = kernel.directory / "programs"
    assert made.archive.read_text().splitlines()[-4:] == [
        "nod /dev/console 0600 0 0 c 5 1",
        f"file /init {folder}/init 0755 0 0",
        f"file /selftests/one {folder}/one 0755 0 0",
        f"file /selftests/two {folder}/two 0755 0 0",
    ]
    assert f"on {kernel.src}" in (kernel.directory / "logs/programs.log").read_text()


@pytest.mark.parametrize("driver", ["", "dsa"])
def test_the_device_is_the_mock_whatever_the_environment_says(
    kernel: Build, driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRIVER", driver)
    monkeypatch.setenv("MODEL", "1")
    check = "touch $(OUTPUT)/two; echo for $(DRIVER) $(MODEL)."
    (kernel.directory.parent / "ours" / "Makefile").write_text(MAKEFILE % check)
    build(kernel)
    assert "for mock ." in (kernel.directory / "logs/programs.log").read_text()


def test_what_a_compiler_has_in_hand_lies_in_the_build(kernel: Build) -> None:
    check = "touch $(OUTPUT)/two; test -d $$TMPDIR && echo in $$TMPDIR."
    (kernel.directory.parent / "ours" / "Makefile").write_text(MAKEFILE % check)
    build(kernel)
    said = (kernel.directory / "logs/programs.log").read_text()
    assert f"in {kernel.directory}/programs/" in said


def test_a_harness_that_cannot_choose(kernel: Build) -> None:
    (kernel.src / programs.HARNESS).write_text("run them all\n")
    assert not build(kernel).chooses


def test_nothing_of_an_earlier_build_is_taken(kernel: Build) -> None:
    build(kernel)
    (kernel.directory.parent / "ours" / "Makefile").write_text(MAKEFILE % "true")
    with pytest.raises(Problem, match="the programs do not build: two not made"):
        build(kernel)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda k: (k.src / programs.HARNESS).unlink(), "no header for programs"),
        (
            lambda k: (k.directory.parent / "ours/Makefile").write_text(
                MAKEFILE % "echo 'x.c:1:2: error: no such thing' >&2; exit 1"
            ),
            "do not build: x.c:1:2: error: no such thing",
        ),
        (lambda k: (k.directory / "usr/gen_init_cpio").unlink(), "no initramfs can be written"),
    ],
)
def test_what_keeps_programs_from_being_built(
    kernel: Build, spoil: Callable[[Build], object], told: str
) -> None:
    spoil(kernel)
    with pytest.raises(Problem, match=told):
        build(kernel)


# ---- boots ----


def test_a_boot_for_each_program() -> None:
    mine = {"implementation": "carried"}
    plan = programs.boots(OF_PROGRAMS, list(CASES), ("carried",))
    assert plan == [
        BootPlan("bind", "bind", ("bind.holds", "bind.reaches", "ends.leaves_nothing"), **mine),
        BootPlan("other", "other", ("other.works",), **mine),
    ]
    alone = programs.boots(OF_PROGRAMS, list(CASES), ("carried",), alone=True)
    assert [one.name for one in alone] == list(CASES)


def test_a_boot_for_each_program_and_implementation() -> None:
    plan = programs.boots(OF_PROGRAMS, ["other.works", "bind.holds"], ("carried", "upstream"))
    assert [(one.name, one.glob, one.cases, one.implementation) for one in plan] == [
        ("other-carried", "other", ("other.works",), "carried"),
        ("bind-carried", "bind", ("bind.holds",), "carried"),
        ("other-upstream", "other", ("other.works",), "upstream"),
        ("bind-upstream", "bind", ("bind.holds",), "upstream"),
    ]


def test_a_programs_name_means_all_of_it() -> None:
    names = [*CASES, *CITED]
    assert programs.choose(names, HELD, "bind") == list(CASES)[:3]
    assert programs.choose(names, HELD, "ends.*,other") == list(CASES)[2:]
    assert programs.choose(names[1:], HELD, "bind") == list(CASES)[1:3]  # one is of other lanes
    assert programs.choose(names, HELD, "") == names
    assert programs.choose([*names, "svac_bind.once"], HELD, "bind")[3:] == ["svac_bind.once"]
    with pytest.raises(Problem, match="did you mean other"):
        programs.choose(names, HELD, "othr")


def booted(
    kernel: Build, cases: Sequence[str], chooses: bool = True, implementation: str = ""
) -> list[str]:
    """What the kernel was told."""
    out = kernel.directory / "x.console"
    made = programs.Programs(kernel.directory / "x.cpio", chooses)
    planned = BootPlan("bind+1", "bind", tuple(cases), implementation=implementation)
    boot = programs.boot(kernel, made, planned, OF_PROGRAMS, CommandLog(), out)
    assert boot == Boot("bind+1", "bind", out, boot.seconds, False)
    return out.read_text().splitlines()


def test_a_program_is_told_what_to_run(kernel: Build) -> None:
    told = booted(kernel, list(CASES)[:3])
    assert told[0] == "quiet" and {"lpj=40000000", "kunit.enable=0"} < set(told)
    assert "kunit.enable=1" not in told
    assert told[-2:] == [f"initrd={kernel.directory}/x.cpio", "svac_run=bind"]
    told = booted(kernel, list(CASES)[:3], implementation="upstream")
    assert told[-2:] == ["svac_run=bind", "svacheck.implementation=upstream"]
    only = "svac_only=global.reaches,ends.a.leaves_nothing,ends.b.leaves_nothing"
    assert booted(kernel, list(CASES)[1:3])[-1] == only
    assert booted(kernel, list(CASES)[1:3], chooses=False)[-1] == "svac_run=bind"


def asked(kernel: Build, says: str) -> list[str]:
    (kernel.directory / "linux").write_text(f"#!/bin/sh\ncat <<'END'\n{says}END\n")
    made = programs.Programs(kernel.directory / "x.cpio", True)
    return programs.implementations(kernel, made, CommandLog(), kernel.directory / "list.console")


def test_the_kernel_says_whom_programs_can_ask(kernel: Build) -> None:
    says = "[    0.1] svacheck: programs can ask carried\r\nsvacheck: programs can ask mine\n"
    assert asked(kernel, says) == ["carried", "mine"]
    with pytest.raises(Problem, match="nobody to ask for programs; it ends with: Kernel panic"):
        asked(kernel, "Kernel panic\n\n")


def test_who_is_asked_may_be_said(kernel: Build) -> None:
    chosen = "svacheck.implementation=upstream"
    kernel.lane = replace(kernel.lane, kernel_args=("quiet", chosen))
    assert booted(kernel, list(CASES)[:3], implementation="upstream").count(chosen) == 1
    assert asked(kernel, "") == ["upstream"]


def test_more_names_than_a_command_line_takes(
    kernel: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "LONGEST", 10)
    assert booted(kernel, list(CASES)[1:3])[-1] == "svac_run=bind"


# ---- from tree to stored run ----


def said(names: Sequence[str], bad: Sequence[str] = (), most: int = 99) -> str:
    """What a program prints that is told to run these; most: so many have a result."""
    text = f"# init: {CARRIED}\nTAP version 13\n1..{len(names)}\n"
    rules = {name: CASES[key] for key, case in HELD.items() for name in case.names}
    for number, name in enumerate(names[: most + 1], start=1):
        text += f"#  RUN           {name} ...\n# rule: {rules[name][0]}\n"
        if number <= most:
            fault = (
                f"# x.c:7:{name.split('.')[-1]}:Expected 1 (1) == 2 (2)\n" if name in bad else ""
            )
            text += f"{fault}{'not ok' if name in bad else 'ok'} {number} {name}\n"
    return text


BIND = [name for case in list(HELD.values())[:3] for name in case.names]


class FakePrograms:
    """A kernel whose programs are consoles. told: for each boot its name and what it runs."""

    def __init__(self) -> None:
        self.says: dict[str, Callable[[list[str]], str]] = {}
        self.told: list[tuple[str, list[str]]] = []
        self.chooses = True
        self.asked: Sequence[str] = ("carried",)
        self.answers = ""  # whoever is asked

    def build(self, *arguments: Any) -> programs.Programs:
        return programs.Programs(Path("x.cpio"), self.chooses)

    def implementations(self, *arguments: Any) -> Sequence[str]:
        return self.asked

    def boot_program(
        self,
        build: Build,
        name: str,
        glob: str,
        archive: Path,
        args: Sequence[str],
        log: CommandLog,
        out: Path,
    ) -> Boot:
        words = dict(arg.split("=", 1) for arg in args)
        program = words["svac_run"]
        answers = self.answers or words["svacheck.implementation"]
        names = [n for case in HELD.values() if case.program == program for n in case.names]
        only = words.get("svac_only", "").split(",")
        names = [n for n in names if n in only or only == [""]]
        self.told.append((name, names))
        says = self.says.get(name)
        out.parent.mkdir(parents=True, exist_ok=True)
        text = says(names) if says else said(names) + ending(program, 0)
        out.write_text(text.replace(CARRIED, f"implementation {answers}"))
        return Boot(name, glob, out, 0.1, False)


def ending(program: str, status: int) -> str:
    return f"# init: {program} ended with status {status}\n{END}"


@pytest.fixture(name="fake")
def fake_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakePrograms:
    kernel, fake = FakeKernel(tmp_path / "tree"), FakePrograms()
    kernel.folder.mkdir()
    kernel.install(monkeypatch)
    monkeypatch.setattr("svacheck.check.load_lane", lambda name: USER)
    monkeypatch.setattr("svacheck.check.rulebook.citations", lambda: ALL)
    monkeypatch.setattr("svacheck.check.programs.build", fake.build)
    monkeypatch.setattr("svacheck.check.programs.implementations", fake.implementations)
    monkeypatch.setattr("svacheck.boot.boot_program", fake.boot_program)
    return fake


def go(suite: str = "", **more: Any) -> Finished:
    return check(Options(lane="uml-user", suite=suite, **more), Progress(quiet=True))


def test_pass(fake: FakePrograms, results: Path) -> None:
    done = go()
    assert (done.status, done.run["problems"]) == (0, [])
    assert sorted(fake.told) == [("bind", BIND), ("other", ["other.works"])]
    assert [case["id"] for case in done.run["cases"]] == [
        "bind.holds/carried",
        "bind.reaches/carried",
        "ends.leaves_nothing/carried:a",
        "ends.leaves_nothing/carried:b",
        "other.works/carried",
    ]
    assert [(rule["id"], rule["verdict"]) for rule in done.run["rules"]] == [
        ("PASID-001", "kept"),
        ("PASID-002", "kept"),
    ]
    shown = report.render(done.run)
    assert "2 kept, 0 broken, 0 not covered (of 4; this lane cannot tell about the others)" in shown


def test_each_implementation_is_judged(fake: FakePrograms, results: Path) -> None:
    fake.asked = ("carried", "upstream")
    fake.says["bind-carried"] = lambda names: said(names, ["ends.a.leaves_nothing"]) + ending(
        "bind", 1
    )
    done = go()
    assert sorted(name for name, _ in fake.told) == [
        "bind-carried",
        "bind-upstream",
        "other-carried",
        "other-upstream",
    ]
    assert done.run["implementations"] == ["carried", "upstream"]
    assert done.run["problems"] == [] and done.status == 1
    status = {case["id"]: case["status"] for case in done.run["cases"]}
    assert status["ends.leaves_nothing/carried:a"] == "fail"
    assert status["ends.leaves_nothing/upstream:a"] == "pass"
    assert status["bind.holds/carried"] == status["bind.holds/upstream"] == "pass"
    assert len(status) == 10


def test_a_rule_that_binds_another_is_not_broken(fake: FakePrograms, results: Path) -> None:
    fake.asked = ("upstream",)
    fake.says["bind"] = lambda names: said(names, ["ends.a.leaves_nothing"]) + ending("bind", 1)
    done = go()  # PASID-002, which that case cites, binds the carried one alone
    verdicts = {rule["id"]: rule["verdict"] for rule in done.run["rules"]}
    assert verdicts == {"PASID-001": "kept", "PASID-002": "not bound"}


def test_whoever_answers_has_to_be_who_was_asked(fake: FakePrograms, results: Path) -> None:
    fake.asked, fake.answers = ("carried", "upstream"), "carried"
    done = go("other")
    assert done.status == 2
    assert any(
        "boot other-upstream ran what was not planned: other.works/carried" in problem
        for problem in done.run["problems"]
    )


def test_after_a_panic_each_implementation_has_its_own_further_boots(
    fake: FakePrograms, results: Path
) -> None:
    fake.asked = ("carried", "upstream")
    down = "Kernel panic - not syncing: so\n"
    fake.says["bind-carried"] = lambda names: said(names, most=1) + down
    fake.says["bind-upstream"] = lambda names: said(names, most=0) + down
    done = go("bind")
    assert {name: names for name, names in fake.told if "+" in name} == {
        "bind-carried+1": BIND[2:],
        "bind-upstream+1": BIND[2:],
        "bind-upstream+2": BIND[1:2],
    }
    status = {case["id"]: case["status"] for case in done.run["cases"]}
    assert status["bind.reaches/carried"] == "error" and status["bind.reaches/upstream"] == "pass"
    assert not [problem for problem in done.run["problems"] if "did not run" in problem]


def test_stress_goes_on_as_long_as_asked(fake: FakePrograms, results: Path) -> None:
    done = go("other", stress=600)
    assert done.run["kernel_args"] == ["STRESS_SECONDS=600"]
    fake.says["other"] = lambda names: said(names, ["other.works"]).replace(
        "not ok", "# reproducer: SEED=7 STRESS_SECONDS=0\nnot ok"
    ) + ending("other", 1)
    shown = report.render(go("other", stress=600).run)
    assert "alone: make check KERNEL=6.1 LANE=uml-user STRESS=600 SUITE=other.works" in shown
    assert "--stress 600 --arg SEED=7 --arg STRESS_SECONDS=0" in shown


def test_no_stress_where_no_program_runs(results: Path) -> None:
    with pytest.raises(Problem, match="lane uml-debug runs no program"):
        check(Options(lane="uml-debug", stress=1), Progress(quiet=True))


def test_fail(fake: FakePrograms, results: Path) -> None:
    fake.says["bind"] = lambda names: said(names, ["bind.holds"]) + ending("bind", 1)
    done = go()
    assert done.status == 1
    shown = report.render(done.run)
    assert "BROKEN PASID-001" in shown and "bind.holds/carried  selftests/x.c:7" in shown
    assert "alone: make check KERNEL=6.1 LANE=uml-user SUITE=bind.holds" in shown


def test_a_failure_says_how_it_comes_again(fake: FakePrograms, results: Path) -> None:
    def says(names: list[str]) -> str:
        text = said(names, ["other.works"]) + ending("other", 1)
        return text.replace("not ok", "# reproducer: SEED=7 STEPS=3\nnot ok")

    fake.says["other"] = says
    assert (
        "replay: scripts/svacheck check --suite other.works --lane uml-user --kernel 6.1"
        " --arg SEED=7 --arg STEPS=3"
    ) in report.render(go().run)


def test_a_selection(fake: FakePrograms, results: Path) -> None:
    done = go("ends.*")
    assert fake.told == [("bind", BIND[2:])]
    assert done.status == 0 and len(done.run["cases"]) == 2


def test_a_selection_where_all_of_a_program_runs(fake: FakePrograms, results: Path) -> None:
    fake.chooses = False
    done = go("ends.*")
    assert fake.told == [("bind", BIND)]
    assert done.status == 0 and len(done.run["cases"]) == 2


def test_a_suite_is_refused_in_a_lane_of_programs(fake: FakePrograms, results: Path) -> None:
    with pytest.raises(Problem, match="lane uml-user cannot run svac_pasid.set"):
        go("svac_pasid.set")


def test_after_a_panic_what_is_left_runs_in_further_boots(
    fake: FakePrograms, results: Path
) -> None:
    fake.says["bind"] = lambda names: said(names, most=1) + "Kernel panic - not syncing: so\n"
    done = go("bind")
    assert fake.told == [("bind", BIND), ("bind+1", BIND[2:])]
    assert {case["id"]: case["status"] for case in done.run["cases"]} == {
        "bind.holds/carried": "pass",
        "bind.reaches/carried": "error",
        "ends.leaves_nothing/carried:a": "pass",
        "ends.leaves_nothing/carried:b": "pass",
    }
    assert done.status == 2


def test_where_all_of_a_program_runs_a_panic_leaves_the_rest(
    fake: FakePrograms, results: Path
) -> None:
    fake.chooses = False
    fake.says["bind"] = lambda names: said(names, most=1) + "Kernel panic - not syncing: so\n"
    done = go()
    assert len(fake.told) == 2 and done.status == 2
    status = {case["id"]: (case["status"], case["reason"]) for case in done.run["cases"]}
    assert status["ends.leaves_nothing"] == ("error", "not run")
    assert status["other.works/carried"] == ("pass", "")


def test_a_program_that_vanishes(fake: FakePrograms, results: Path) -> None:
    fake.says["other"] = lambda names: (
        "# init: implementation carried\n# init: cannot run /selftests/other: No such file\n"
        + ending("other", 127)
    )
    done = go()
    assert done.status == 2
    assert "boot other: cannot run /selftests/other: No such file" in done.run["problems"]
    assert [case["reason"] for case in done.run["cases"] if case["id"] == "other.works"] == [
        "not run"
    ]


def test_what_kunit_py_cannot_read_for_a_known_reason_is_no_problem(
    fake: FakePrograms, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a skip without a name, as an older kselftest_harness.h prints it."""
    from svacheck.ktap import Counts

    fake.says["other"] = lambda names: (
        said(names).replace("ok 1 other.works", "ok 1 # SKIP no reason to run") + ending("other", 0)
    )
    theirs = Counts(passed=0, crashed=1, errors=2)
    monkeypatch.setattr("svacheck.check.crosscheck.kunit_counts", lambda *arguments: [theirs])
    done = go("other")
    assert done.run["problems"] == ["no case was executed: all 1 were skipped"]


# ---- suites and programs of one kernel ----


def test_whom_programs_ask_is_no_choice_for_suites(results: Path) -> None:
    with pytest.raises(Problem, match="suites of lane uml run for every implementation"):
        check(Options(kernel_args=("svacheck.implementation=carried",)), Progress(quiet=True))


@pytest.fixture(name="both")
def suites_and_programs(fake: FakePrograms, monkeypatch: pytest.MonkeyPatch) -> FakePrograms:
    lane = replace(USER, name="uml", suites=True)
    monkeypatch.setattr("svacheck.check.load_lane", lambda name: lane)
    return fake


def go_both(suite: str = "", **more: Any) -> Finished:
    return check(Options(suite=suite, **more), Progress(quiet=True))


def test_both_in_one_run(both: FakePrograms, results: Path) -> None:
    done = go_both()
    assert (done.status, done.run["problems"]) == (0, [])
    ids = [case["id"] for case in done.run["cases"]]
    assert ids[: len(CITED)] == [f"{case}/carried" for case in CITED]
    assert ids[len(CITED) :][-1] == "other.works/carried" and len(ids) == len(CITED) + 5
    assert sorted(both.told) == [("bind", BIND), ("other", ["other.works"])]
    assert "rulebook" not in done.run  # nothing of it is for other lanes


def test_either_of_both(both: FakePrograms, results: Path) -> None:
    done = go_both("svac_pasid.set,other")
    assert both.told == [("other", ["other.works"])] and done.status == 0
    assert [boot["glob"] for boot in done.run["boots"]] == ["svac_pasid.set", "other"]


def test_a_failing_program_fails_both(both: FakePrograms, results: Path) -> None:
    both.says["other"] = lambda names: said(names, names) + ending("other", 1)
    done = go_both()
    assert done.status == 1
    assert [case["id"] for case in done.run["cases"] if case["status"] == "fail"] == [
        "other.works/carried"
    ]


def test_what_a_suite_has_left_runs_where_programs_cannot_be_gone_on_with(
    both: FakePrograms, results: Path
) -> None:
    both.chooses = False
    both.says["bind"] = lambda names: said(names, most=1) + "Kernel panic - not syncing: so\n"
    done = go_both()
    reasons = {case["id"]: case["reason"] for case in done.run["cases"]}
    assert reasons["ends.leaves_nothing"] == "not run" and done.status == 2


# ---- a host whose processor saves more than UML has room for ----


def test_only_a_kernel_for_programs_is_linked_with_it() -> None:
    assert "-Wl,--wrap,ptrace" in make_options(USER)[-1]
    assert "-Wl,--wrap,ptrace" not in make_options(LANE)[-1]


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.parametrize("answers", [True, False])
def test_a_host_with_amx(answers: bool, tmp_path: Path, results: Path) -> None:
    """Any host is made to look like one; where it also refuses what helps, that is told."""
    host = tmp_path / "amx.so"
    source = Path(__file__).parent / "amx_host.c"
    subprocess.run(["gcc", "-Wall", "-shared", "-fPIC", "-o", host, source, "-ldl"], check=True)
    environment = (("LD_PRELOAD", str(host)), ("AMX_ANSWERS", str(int(answers))))
    done = go("bind", kernel="6.1", boot_environment=environment)
    told = " ".join(done.run["problems"])
    assert (done.status, "no room for the registers" in told) == (0 if answers else 2, not answers)
