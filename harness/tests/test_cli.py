# SPDX-License-Identifier: GPL-2.0
"""The command line: every way out has its exit status and one line."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import cast

import made_up
import pytest
from fake_kernel import FakeKernel, console

from svacheck import cli, lint, lintversions, selftest
from svacheck.errors import Problem
from svacheck.gate.known import Issue
from svacheck.rulebook import Rule
from svacheck.selftest import Part, Tally

HARNESS = Path(__file__).resolve().parents[1]
COMMANDS = ["check", "matrix", "list", "rules", "show", "parse", "lint", "selftest", "clean"]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeKernel:
    made = FakeKernel(tmp_path / "tree")
    made.folder.mkdir()
    made.install(monkeypatch)
    return made


@pytest.fixture(autouse=True)
def signals() -> object:
    """main() handles SIGTERM its own way: give the test runner its way back."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def stored(results: Path, **changes: object) -> str:
    run = made_up.run(**changes)
    (results / run["id"]).mkdir(parents=True)
    (results / run["id"] / "run.json").write_text(json.dumps(run))
    return str(run["id"])


# ---- help and usage ----


@pytest.mark.parametrize("command", COMMANDS)
def test_help_teaches(command: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as leaving:
        cli.main([command, "--help"])
    text = capsys.readouterr().out
    assert leaving.value.code == 0
    assert "examples:" in text and f"svacheck {command}" in text


def test_top_help_and_version(capsys: Capture) -> None:
    with pytest.raises(SystemExit) as leaving:
        cli.main(["--help"])
    text = capsys.readouterr().out
    assert leaving.value.code == 0 and "exit status:" in text
    assert all(re.search(rf"^    {command} ", text, re.MULTILINE) for command in COMMANDS)
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert re.fullmatch(r"svacheck \d+\.\d+\.\d+( \(\S+\))?\n", capsys.readouterr().out)


USAGE = [
    [],
    ["nothing"],
    ["check", "--kernel", "6.1", "--kdir", "/x"],
    ["check", "--jobs", "0"],
    ["check", "--jobs", "-1"],
    ["check", "--boots", "many"],
    ["check", "--arg", "no-value"],
    ["check", "--arg", "a=b c"],
    ["check", "--kdir", ""],
    ["check", "-q", "-v"],
    ["matrix", "--kernels", ""],
    ["matrix", "--lanes", "uml,"],
    ["matrix", "-j", "0"],
    ["show"],
    ["parse"],
]


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_bad_usage_is_2(arguments: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit) as leaving:
        cli.main(arguments)
    assert leaving.value.code == 2
    assert "usage: svacheck" in capsys.readouterr().err


# ---- ways out ----


WAYS: list[tuple[BaseException, int, str]] = [
    (Problem("it broke", "here", "mend it"), 2, r"svacheck: it broke \(here\); mend it\n"),
    (Problem("hostile \x1b[2J\nline"), 2, r"svacheck: hostile \\x1b\[2J\\nline\n"),
    (KeyboardInterrupt(), 130, r"svacheck: interrupted\n"),
    (
        ZeroDivisionError("odd\nthing"),
        2,
        r"svacheck: this is a defect of svacheck: ZeroDivisionError: odd thing;"
        r" please report it with (\S+)\n",
    ),
]


@pytest.mark.parametrize("way", WAYS, ids=[type(way[0]).__name__ for way in WAYS])
def test_trouble_is_one_line(
    way: tuple[BaseException, int, str],
    capsys: Capture,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*arguments: object) -> None:
        raise way[0]

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("svacheck.results.load", broken)
    assert cli.main(["show", "last"]) == way[1]
    said = re.fullmatch(way[2], capsys.readouterr().err)
    assert said
    if said.groups():
        assert "ZeroDivisionError" in Path(said[1]).read_text()


def test_sigterm_is_an_interrupt(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def terminated(*arguments: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("svacheck.results.load", terminated)
    assert cli.main(["show", "last"]) == 130


def svacheck(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "svacheck.cli", *arguments],
        env={**os.environ, "PYTHONPATH": str(HARNESS), **environment},
        capture_output=True,
    )


def test_a_reader_that_goes_away_is_no_defect(results: Path) -> None:
    rules = [made_up.run_rule(reason="x" * 1000) for _ in range(500)]
    stored(results, rules=rules)
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "svacheck.cli", "show", "last", "--json"],
        env={**os.environ, "PYTHONPATH": str(HARNESS)},
        stdout=write,
        stderr=subprocess.PIPE,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (2, b"")


def test_any_text_can_be_printed_anywhere(results: Path) -> None:
    stored(results, problems=["\u00fc\u4e16 \ud800"], verdict="error")
    done = svacheck("show", "last", PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    assert done.returncode == 0 and b"\\xfc" in done.stdout and done.stderr == b""


# ---- show ----


def test_show(results: Path, capsys: Capture) -> None:
    name = stored(results)
    assert cli.main(["show", "last"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("PASS  Linux 6.1.192") and f"{results / name}/" in text
    assert "\x1b" not in text
    assert cli.main(["show", name, "-q"]) == 0
    assert capsys.readouterr().out == "PASS  Linux 6.1.192 | carried | lane uml\n"
    assert cli.main(["show", str(results / name), "-v"]) == 0
    assert "pass   svac_pasid.set/carried" in capsys.readouterr().out
    assert cli.main(["show", "last", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == made_up.run()


def test_show_what_is_not_there(results: Path, capsys: Capture) -> None:
    assert cli.main(["show", "last"]) == 2
    assert capsys.readouterr().err.startswith("svacheck: no run is stored yet")


# ---- check ----


def test_check(kernel: FakeKernel, capsys: Capture) -> None:
    assert cli.main(["check"]) == 0
    said = capsys.readouterr()
    assert "PASS  Linux 6.1.192 | carried | lane uml\n  rules     3 kept" in said.out
    assert cli.main(["check", "-q"]) == 0
    assert capsys.readouterr() == ("PASS  Linux 6.1.192 | carried | lane uml\n", "")


def test_check_that_fails(kernel: FakeKernel, capsys: Capture) -> None:
    kernel.says = lambda name, keys: console(keys, ["svac_pasid.taken"])
    assert cli.main(["check", "-q", "--strict"]) == 1
    assert capsys.readouterr().out.endswith("\n  broken    PASID-002\n")
    assert cli.main(["check", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["verdict"] == "fail"
    assert cli.main(["check"]) == 1
    text = capsys.readouterr().out
    assert "BROKEN PASID-002  A taken PASID is refused." in text
    assert "alone: make check KERNEL=6.1 SUITE=svac_pasid.taken" in text


def test_check_shows_its_commands_when_verbose(kernel: FakeKernel, capsys: Capture) -> None:
    assert cli.main(["check", "-v"]) == 0
    assert f"$ cd {kernel.folder} && true" in capsys.readouterr().err.replace("\n", " ")


def test_check_that_cannot_store_says_both(
    kernel: FakeKernel, results: Path, capsys: Capture
) -> None:
    results.write_text("no folder")
    assert cli.main(["check"]) == 2
    said = capsys.readouterr()
    assert "PASS  Linux" in said.out
    assert "svacheck: cannot write the results folder" in said.err


def test_check_that_is_interrupted(kernel: FakeKernel, capsys: Capture) -> None:
    kernel.trouble["build"] = KeyboardInterrupt()
    assert cli.main(["check"]) == 130
    assert "ERROR  interrupted" in capsys.readouterr().out


# ---- matrix ----


def test_matrix(kernel: FakeKernel, results: Path, capsys: Capture) -> None:
    assert cli.main(["matrix", "--kernels", "6.1,7.3"]) == 0
    said = capsys.readouterr()
    assert "== Linux 7.3, lane uml" in said.err
    assert "3 of 4 rules kept by every run that judged it; 2 of 2 runs passed\n" in said.out
    kernel.says = lambda name, keys: console(keys, ["svac_pasid.taken"])
    assert cli.main(["matrix", "--kernels", "6.1", "--lanes", "uml,uml-debug", "--json"]) == 1
    said = capsys.readouterr()
    assert [made["lane"] for made in json.loads(said.out)["columns"]] == ["uml", "uml-debug"]
    assert said.err == ""


@pytest.mark.parametrize("command", ["check", "matrix"])
@pytest.mark.parametrize(
    ("case", "option", "status"),
    [
        ("svac_pasid.taken*", ["--allow-known"], 0),
        ("svac_pasid.taken*", [], 1),
        ("svac_pasid.other*", ["--allow-known"], 1),
    ],
)
def test_what_is_known_is_forgiven_if_asked(
    kernel: FakeKernel,
    results: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    case: str,
    option: list[str],
    status: int,
) -> None:
    expires = date.today() + timedelta(days=1)
    issue = Issue(1, "", case, "..", "it is so", "seen", expires, "somebody")
    monkeypatch.setattr("svacheck.check.knownissues.load", lambda version, lane: [issue])
    kernel.says = lambda name, keys: console(keys, ["svac_pasid.taken"])
    chosen = "--kernels" if command == "matrix" else "--kernel"
    assert cli.main([command, chosen, "6.1", *option]) == status


def test_matrix_that_cannot_store_says_both(
    kernel: FakeKernel, results: Path, capsys: Capture
) -> None:
    results.write_text("no folder")
    assert cli.main(["matrix", "--kernels", "6.1"]) == 2
    said = capsys.readouterr()
    assert "verdict" in said.out
    assert "svacheck: cannot write the results folder" in said.err


# ---- list and rules ----


def test_list_and_rules(kernel: FakeKernel, capsys: Capture) -> None:
    assert cli.main(["list"]) == 0
    text = capsys.readouterr().out
    assert "svac_pasid (2 cases)\n  set    PASID-001\n  taken  PASID-002\n" in text
    assert "svac1_pasid (1 cases, each in a boot of its own)" in text
    assert text.endswith("3 suites, 4 cases\n")
    assert cli.main(["list", "domain", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"svac_domain.free": ["DOM-001"]}
    assert cli.main(["list", "nothing"]) == 2
    assert cli.main(["rules"]) == 0
    assert "PASID-001  A PASID can be set.\n" in capsys.readouterr().out
    assert cli.main(["rules", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["DOM-002"]["cases"] == []


def test_rules_check(kernel: FakeKernel, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli.main(["rules", "--check"]) == 1
    assert capsys.readouterr().out.startswith("rule DOM-002 has no case")
    monkeypatch.delitem(cast(dict[str, Rule], made_up.BOOK.rules), "DOM-002")
    assert cli.main(["rules", "--check"]) == 0
    assert capsys.readouterr().out == "3 rules, 4 cases: each cites, each is cited\n"


# ---- selftest ----


COUNTS: list[tuple[str, object, str, Tally]] = [
    (
        "lint",
        selftest.count_lint,
        "ok      mypy\nfailed  black\n  would\nskipped x: y\n",
        Tally(1, 1, 1),
    ),
    ("pytest", selftest.count_pytest, "..\n3 passed in 0.10s\n", Tally(3)),
    (
        "pytest with all",
        selftest.count_pytest,
        "F\n1 failed, 2 passed, 3 skipped, 4 deselected, 1 xfailed, 1 xpassed, 2 errors in 1.2s\n",
        Tally(3, 4, 3),
    ),
    ("pytest that ran nothing", selftest.count_pytest, "no tests ran in 0.01s\n", Tally()),
    ("pytest that broke", selftest.count_pytest, "ERROR: usage\n", Tally()),
    (
        "pytest over a minute",
        selftest.count_pytest,
        "2 passed, 1 warning in 75.03s (0:01:15)\n",
        Tally(2),
    ),
    ("tap", selftest.count_tap, "1..3\nok 1 a\nok 2 b # skip why\nnot ok 3 c\n", Tally(1, 1, 1)),
    (
        "run",
        selftest.count_run,
        '{"counts": {"passed": 5, "failed": 1, "errors": 2, "skipped": 3}, "known_issues": []}',
        Tally(5, 3, 3),
    ),
    (
        "run with a known issue",
        selftest.count_run,
        '{"counts": {"passed": 5, "failed": 2, "errors": 0, "skipped": 3}, "known_issues": [{}]}',
        Tally(5, 1, 4),
    ),
    ("no run", selftest.count_run, "", Tally(0, 1)),
]


@pytest.mark.parametrize("row", COUNTS, ids=[row[0] for row in COUNTS])
def test_counting(row: tuple[str, object, str, Tally]) -> None:
    count = row[1]
    assert callable(count) and count(row[2]) == row[3]


def part(script: str, name: str = "part", slow: bool = False) -> Part:
    return Part(name, (sys.executable, "-c", script), selftest.count_pytest, slow)


PARTS: list[tuple[str, Part, Tally]] = [
    ("good", part("print('2 passed in 0.1s')"), Tally(2)),
    ("failed", part("print('1 failed, 2 passed in 0.1s')"), Tally(2, 1)),
    ("ran nothing", part("pass"), Tally(0, 1)),
    ("only skipped", part("print('2 skipped in 0.1s')"), Tally(0, 1, 2)),
    ("bad exit", part("print('2 passed in 0.1s'); raise SystemExit(3)"), Tally(2, 1)),
    ("missing", Part("part", ("no-such-program",), selftest.count_tap), Tally(0, 1)),
]


@pytest.mark.parametrize("row", PARTS, ids=[row[0] for row in PARTS])
def test_part(row: tuple[str, Part, Tally], capsys: Capture) -> None:
    assert selftest.run_part(row[1]) == row[2]
    assert re.search(r"\d+\.\d s wall, \d+\.\d s CPU\n$", capsys.readouterr().out)


HUNG = """
import signal, sys, time
def stopped(*_): print("it waits here", flush=True); sys.exit(2)
signal.signal(signal.SIGINT, stopped)
print("2 passed in 0.1s", flush=True)
"""


def hung(then: str, limit: float | None = None) -> Part:
    return Part("part", (sys.executable, "-c", HUNG + then), selftest.count_pytest, limit=limit)


@pytest.mark.parametrize("deaf", ["", "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"])
def test_a_part_that_hangs_is_stopped(
    deaf: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selftest, "GRACE", 0.5)
    assert selftest.run_part(hung(deaf + "time.sleep(1000)", limit=2)) == Tally(2, 1)
    told = capsys.readouterr().out
    assert "(stopped after 2 s)" in told and "2 passed in 0.1s\n" in told
    assert deaf or "it waits here\n" in told


def test_what_a_part_has_said_is_not_lost_when_we_are_stopped(capsys: Capture) -> None:
    then = "import os; os.kill(os.getppid(), signal.SIGINT); time.sleep(1000)"
    with pytest.raises(KeyboardInterrupt):
        selftest.run_part(hung(then))
    assert "2 passed in 0.1s\nit waits here\n" in capsys.readouterr().out


def test_no_test_can_hang_for_long(request: pytest.FixtureRequest) -> None:
    assert 0 < float(request.config.getini("timeout")) < selftest.LIMIT / 2


def test_selftest_sums_up(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    good = part("print('2 passed, 1 skipped in 0.1s')", "good")
    bad = part("print('1 failed in 0.1s')", "bad", slow=True)
    monkeypatch.setattr(selftest, "PARTS", (good, bad))
    assert cli.main(["selftest"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 passed, 0 failed, 1 skipped"
    assert cli.main(["selftest", "--all"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "2 passed, 1 failed, 1 skipped"
    assert cli.main(["selftest", "--only", "bad"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"
    assert cli.main(["selftest", "--only", "none"]) == 2


# ---- lint ----


def checkout(folder: Path, **files: str) -> lint.Sources:
    """A checkout that holds these files; __ in a name stands for /, _ for a dot."""
    for name, text in files.items():
        file = folder / name.replace("__", "/").replace("_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return lint.sources(folder)


SPDX = "# SPDX-License-Identifier: GPL-2.0\n"
LINTED: list[tuple[str, dict[str, str], bool]] = [
    ("spdx", {"a_py": SPDX}, True),
    ("spdx", {"a_py": "import os\n"}, False),
    ("spdx", {"kunit__a_c": "/* no licence */\n"}, False),
    ("spdx", {"scripts__x": "#!/bin/sh\n"}, False),
    ("spdx", {"scripts__x": "#!/bin/sh\n" + SPDX}, True),
    ("paths", {"a_md": "see ~/linux and ${HOME}/x and https://a.b/home/c\n"}, True),
    ("paths", {"a_md": "see /" + "home/me/linux\n"}, False),
    ("paths", {"a_py": "x = '/" + "tmp/x'\n"}, False),
    ("no-rust", {"configs__kconfig__uml_config": "# CONFIG_RUST is not set\n"}, True),
    ("no-rust", {"configs__kconfig__uml_config": "CONFIG_KUNIT=y\nCONFIG_RUST=y\n"}, False),
    ("no-rust", {"kunit__a_rs": "\n"}, False),
    ("shellcheck", {"a_sh": "#!/bin/sh\n" + SPDX + 'echo "$1"\n'}, True),
    ("shellcheck", {"a_sh": "#!/bin/sh\n" + SPDX + "echo $1\n"}, False),
    ("shfmt", {"a_sh": "#!/bin/sh\nif true; then\n  echo\nfi\n"}, True),
    ("shfmt", {"scripts__x": "#!/bin/sh\nif true; then\necho\nfi\n"}, False),
    ("black", {"a_py": "x = 1\n"}, True),
    ("black", {"a_py": "x=1\n"}, False),
    ("flake8", {"a_py": "x = 1\n"}, True),
    ("flake8", {"a_py": "import os\n"}, False),
    ("codespell", {"a_md": "the kernel\n"}, True),
    ("codespell", {"a_md": "t" + "eh kernel\n"}, False),
    ("rulebook", {"a_md": "x\n"}, False),
]


@pytest.mark.parametrize("row", LINTED, ids=[f"{row[0]} {row[2]}" for row in LINTED])
def test_lint_tool(row: tuple[str, dict[str, str], bool], tmp_path: Path) -> None:
    finding = lint.TOOLS[row[0]](checkout(tmp_path / "checkout", **row[1]))
    foreign = "judges" in finding.output and lintversions.other_version(row[0], TOOL[row[0]])
    bad = lint.SKIPPED if foreign else lint.FAILED
    assert finding.status == (lint.OK if row[2] else bad), finding.output


TOOL = {
    **{name: [sys.executable, "-m", name] for name in ("mypy", "black", "flake8")},
    **{name: [name] for name in ("codespell", "shellcheck", "shfmt")},
}


def test_lint_is_judged_by_the_versions_of_debian_12(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = checkout(tmp_path / "checkout", **{"x.sh": "#!/bin/sh\necho $1\n"})
    tool = tmp_path / "shellcheck"
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    for version, status in (("0.9.0", lint.FAILED), ("0.90.1", lint.SKIPPED), ("", lint.FAILED)):
        says = f"[ $1 = --version ] && echo 'version: {version}' && exit; echo bad; exit 1"
        tool.write_text(f"#!/bin/sh\n{says}\n")
        tool.chmod(0o755)
        finding = lint.TOOLS["shellcheck"](found)
        assert finding.status == status
        assert (f"{version} has 1 lines" in finding.output) == (status == lint.SKIPPED)
    tool.write_text("#!/bin/sh\n[ $1 = --version ] && echo 'version: 0.11.0'; exit 0\n")
    assert lint.TOOLS["shellcheck"](found).status == lint.OK


IN_C = "// SPDX-License-Identifier: GPL-2.0\n"
DOCUMENTED = """/**
 * twice() - double a number
 * @number: what to double
 *
 * Return: the double.
 */
int twice(int number)
{
\treturn 2 * number;
}
"""
KERNEL_LINTED: list[tuple[str, str, bool]] = [
    ("checkpatch", IN_C + DOCUMENTED, True),
    ("checkpatch", IN_C + DOCUMENTED.replace("2 * number", "2*number"), False),
    ("kernel-doc", IN_C + DOCUMENTED, True),
    ("kernel-doc", IN_C + DOCUMENTED.replace("@number", "@other"), False),
    ("kernel-doc", IN_C + DOCUMENTED.replace("Return: the double.", ""), False),
]


@pytest.mark.tree
@pytest.mark.parametrize("row", KERNEL_LINTED, ids=[f"{r[0]} {r[2]}" for r in KERNEL_LINTED])
def test_lint_tool_of_the_kernel(row: tuple[str, str, bool], tmp_path: Path) -> None:
    found = checkout(tmp_path / "checkout", kunit__carried__a_c=row[1])
    finding = lint.TOOLS[row[0]](found)
    if finding.status == lint.SKIPPED:
        pytest.skip(finding.output)
    assert finding.status == (lint.OK if row[2] else lint.FAILED), finding.output


def test_lint_has_the_tools_of_the_default_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    pristine = tmp_path / "svacheck" / "pristine"
    for name in ("linux-source-6.1_6.1.9-1", "linux-source-7.3_7.3.4-1"):
        (pristine / name / "tree").mkdir(parents=True)
    assert lint._kernel_scripts() == pristine / "linux-source-6.1_6.1.9-1" / "tree" / "scripts"


def test_a_run_with_rust_is_found(results: Path, tmp_path: Path) -> None:
    (results / "run").mkdir(parents=True)
    (results / "run" / "config").write_text("CONFIG_RUST=y\n")
    assert lint.TOOLS["no-rust"](checkout(tmp_path / "checkout")).status == lint.FAILED


def test_lint_goes_on_after_a_failure(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(found: lint.Sources) -> lint.Finding:
        raise ZeroDivisionError("x")

    tools = {
        "bad": lambda found: lint.Finding(lint.FAILED, "line 1\nline 2"),
        "breaks": breaks,
        "skips": lambda found: lint.Finding(lint.SKIPPED, "no tree"),
        "good": lambda found: lint.Finding(lint.OK),
    }
    monkeypatch.setattr(lint, "TOOLS", tools)
    assert cli.main(["lint"]) == 1
    text = capsys.readouterr().out
    assert text == (
        "failed  bad\n  line 1\n  line 2\nfailed  breaks\n"
        "  it broke down: ZeroDivisionError: x\nskipped skips: no tree\nok      good\n"
    )
    assert selftest.count_lint(text) == Tally(1, 2, 1)
    assert cli.main(["lint", "--only", "good"]) == 0
    assert cli.main(["lint", "--only", "none"]) == 2


def test_a_missing_tool_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = checkout(tmp_path / "checkout", a_sh="#!/bin/sh\n")
    finding = lint.TOOLS["shellcheck"](found)
    assert finding.status == lint.FAILED and "cannot run shellcheck" in finding.output


# ---- clean ----


def test_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache = tmp_path / "svacheck"
    for name in ("work/a/src", "pristine/linux", "ccache/x"):
        (cache / name).mkdir(parents=True)
    assert cli.main(["clean"]) == 0
    assert capsys.readouterr().out == f"removed {cache}/work/a\n"
    assert not (cache / "work" / "a").exists() and (cache / "pristine" / "linux").exists()
    assert cli.main(["clean", "--all"]) == 0
    assert not (cache / "pristine" / "linux").exists() and not (cache / "ccache").exists()
    capsys.readouterr()
    assert cli.main(["clean"]) == 0
    assert capsys.readouterr().out == f"nothing to remove in {cache}\n"
