# SPDX-License-Identifier: GPL-2.0
"""Certificates of runs of the fake kernel: what they say, and when they say it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import pytest
from certifying import CORE, PROFILE, WAIVER, Certifier, check_again, files_of
from fake_kernel import console
from made_up import BOOK, CITED

from svacheck import cli
from svacheck.certify import bundle, command, evidence, record
from svacheck.errors import Problem
from svacheck.progress import Progress
from svacheck.results import find
from svacheck.rulebook import Rule


def verdicts(done: command.Certificate) -> dict[str, str]:
    return {rule["id"]: rule["verdict"] for rule in done.record["rules"]}


def test_certified(maker: Certifier) -> None:
    done = maker.certify()
    assert (done.record["verdict"], done.status) == ("certified", 0)
    assert done.record["reasons"] == ["2 mandatory rules kept, 0 waived"]
    assert verdicts(done) == {
        "PASID-001": "kept",
        "PASID-002": "kept",
        "DOM-001": "kept",
        "DOM-002": "not demonstrated",
    }
    assert done.record["summary"]["may"] == {"not demonstrated": 1}
    names = {path.name for path in done.folder.iterdir()}
    assert names == {"certificate.json", "certificate.html", "certificate.md", bundle.ARCHIVE}
    assert check_again(done.folder).good


def test_each_case_says_where_its_evidence_stands(maker: Certifier) -> None:
    done = maker.certify()
    files = files_of(done.folder)
    for case in done.record["cases"]:
        lines = files[case["console"]].decode().splitlines()
        said = lines[case["first_line"] - 1 : case["last_line"]]
        assert [line.strip() for line in said] == [f"# rule: {case['rules'][0]}", "ok 1 carried"]


def test_a_broken_mandatory_rule_is_not_certified(maker: Certifier) -> None:
    maker.kernel.says = lambda name, keys: console(keys, ["svac_pasid.taken"])
    done = maker.certify()
    assert (done.record["verdict"], done.status) == ("not certified", 1)
    assert done.record["reasons"] == ["1 mandatory rule broken: PASID-002"]
    page = (done.folder / bundle.HTML).read_text()
    assert "EXPECTATION FAILED at" in page
    assert check_again(done.folder).good


def test_a_broken_rule_of_another_class_is_shown(maker: Certifier) -> None:
    maker.kernel.says = lambda name, keys: console(keys, ["svac_domain.free"])
    done = maker.certify()
    assert done.status == 0
    assert verdicts(done)["DOM-001"] == "broken"
    assert any("BROKEN DOM-001, should" in line for line in command.report(done))


def test_what_did_not_run_is_not_demonstrated(maker: Certifier) -> None:
    maker.profile(PROFILE.replace('"PASID-*"', '"PASID-*", "DOM-002"').replace('["DOM-002"]', "[]"))
    done = maker.certify()
    assert (done.record["verdict"], done.status) == ("no verdict", 2)
    assert done.record["reasons"] == ["1 mandatory rule not demonstrated: DOM-002"]


def test_what_was_skipped_is_not_demonstrated(maker: Certifier) -> None:
    def skipped(name: str, keys: list[str]) -> str:
        return console(keys).replace(
            "# rule: PASID-002\n        ok 1 carried",
            "# rule: PASID-002\n        ok 1 carried # SKIP carried here has no such thing",
        )

    maker.kernel.says = skipped  # type: ignore[assignment]
    done = maker.certify()
    assert verdicts(done)["PASID-002"] == "not demonstrated"
    assert done.status == 2


def test_what_another_implementation_shows_demonstrates_nothing(maker: Certifier) -> None:
    upstream = PROFILE.replace('["carried"]', '["upstream"]').replace('["DOM-001"]', "[]")
    maker.profile(upstream)
    done = maker.certify()
    assert verdicts(done) == {"PASID-001": "not demonstrated", "DOM-002": "not demonstrated"}
    assert done.status == 2 and done.record["cases"] == []


def test_a_run_without_a_verdict_certifies_nothing(maker: Certifier) -> None:
    maker.kernel.says = lambda name, keys: console(keys, end="Kernel panic - not syncing: x\n")
    done = maker.certify()
    assert (done.record["verdict"], done.status) == ("no verdict", 2)
    assert done.record["reasons"][0].startswith("run ")
    assert check_again(done.folder).good


def test_an_oracle_that_failed_its_control(
    maker: Certifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    control = Rule("CTL-001", "It reports a defect.", "our choice", "contract", ("all",))
    monkeypatch.setitem(cast(dict[str, Rule], BOOK.rules), "CTL-001", control)
    monkeypatch.setitem(CITED, "svac_domain.free", ("CTL-001",))
    assert maker.certify().status == 0
    maker.kernel.says = lambda name, keys: console(keys, ["svac_domain.free"])
    done = maker.certify()
    assert (done.record["verdict"], verdicts(done)["CTL-001"]) == ("no verdict", "broken")
    assert any(reason.startswith("CTL-001: an oracle") for reason in done.record["reasons"])


def test_too_few_rounds(maker: Certifier) -> None:
    done = maker.certify(maker.run(rounds=1))
    assert done.status == 2
    assert "lane uml was booted in 1 round of the 2 demanded" in done.record["reasons"]
    assert maker.certify(maker.run(rounds=1), maker.run(rounds=1)).status == 0


def test_runs_of_another_lane_certify_nothing(maker: Certifier) -> None:
    (maker.profiles / "core.toml").write_text('lanes = ["uml-debug"]\n' + CORE)
    done = maker.certify()
    assert done.status == 2
    (reason,) = done.record["reasons"]
    assert reason.endswith("is of lane uml: such drivers are judged by lane uml-debug")
    (maker.profiles / "core.toml").write_text('lanes = ["uml"]\n' + CORE)
    assert maker.certify().status == 0


def test_the_order_of_runs_does_not_matter(maker: Certifier) -> None:
    first, second = sorted([maker.run(), maker.run()])
    for runs in ((first, second), (second, first), (first, first)):
        done = maker.certify(*runs)
        assert [run["id"] for run in done.record["runs"]] == sorted({run.name for run in runs})
        assert check_again(done.folder).good


def test_runs_that_come_to_other_things_certify_nothing(maker: Certifier) -> None:
    good = maker.run()
    maker.kernel.says = lambda name, keys: console(keys, ["svac_domain.free"])
    done = maker.certify(good, maker.run())
    assert done.status == 2
    reason = "lane uml: not the same in 2 runs: svac_domain.free/carried"
    assert reason in done.record["reasons"]


def test_a_run_of_some_cases_certifies_nothing(maker: Certifier) -> None:
    folder = maker.run()
    run = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**run, "select": "pasid"}))
    with pytest.raises(Problem, match="of some cases only"):
        maker.certify(folder)


def test_a_run_that_was_edited_is_refused(maker: Certifier) -> None:
    maker.kernel.says = lambda name, keys: console(keys, ["svac_pasid.taken"])
    folder = maker.run()
    text = (folder / "run.json").read_text()
    (folder / "run.json").write_text(text.replace('"status": "fail"', '"status": "pass"'))
    with pytest.raises(Problem, match="svac_pasid.taken/carried.*the evidence .fail"):
        maker.certify(folder)


def test_a_run_of_an_older_svacheck_is_refused(maker: Certifier) -> None:
    folder = maker.run()
    (folder / "judging.json").unlink()
    with pytest.raises(Problem, match="run it again"):
        maker.certify(folder)


# ---- waivers ----


def test_a_waiver_counts_until_it_expires(maker: Certifier) -> None:
    maker.kernel.says = lambda name, keys: console(keys, ["svac_pasid.taken"])
    folder = maker.run()
    maker.waivers.write_text(WAIVER)
    done = maker.certify(folder)
    assert (done.status, done.record["valid_until"]) == (0, "2027-01-31")
    assert verdicts(done)["PASID-002"] == "broken", "a waiver keeps nothing"
    assert done.record["summary"]["must"] == {"kept": 1, "waived": 1}
    assert any(line.startswith("WAIVER 1 of PASID-002") for line in command.report(done))
    maker.waivers.write_text(WAIVER.replace("2027-01-31", "2026-01-31"))
    done = maker.certify(folder)
    assert done.status == 1
    assert [one["state"] for one in done.record["waivers"]] == ["expired"]
    assert any(line.startswith("EXPIRED WAIVER 1") for line in command.report(done))


@pytest.mark.parametrize(
    "old, new",
    [
        ('"svac_pasid.taken/*"', '"svac_pasid.set/*"'),
        ('kernels = "6.1"', 'kernels = "7.3"'),
        ('kernels = "6.1"', 'kernels = "6.1"\nprofiles = ["another"]'),
        ('kernels = "6.1"', 'kernels = "6.1"\nsays = "it burns"'),
        ('verdict = "broken"\ncases = ["svac_pasid.taken/*"]', 'verdict = "not demonstrated"'),
    ],
)
def test_a_waiver_for_something_else_counts_for_nothing(
    maker: Certifier, old: str, new: str
) -> None:
    maker.kernel.says = lambda name, keys: console(keys, ["svac_pasid.taken"])
    assert old in WAIVER
    maker.waivers.write_text(WAIVER.replace(old, new))
    assert maker.certify().status == 1


def test_each_failing_case_needs_a_waiver(maker: Certifier) -> None:
    maker.kernel.says = lambda name, keys: console(keys, ["svac_pasid.set", "svac1_pasid.null"])
    one = WAIVER.replace("PASID-002", "PASID-001").replace("svac_pasid.taken", "svac_pasid.set")
    maker.waivers.write_text(one)
    assert maker.certify().status == 1
    maker.waivers.write_text(one + one.replace("svac_pasid.set", "svac1_pasid.null"))
    assert maker.certify().status == 0


def test_a_missing_rule_can_be_waived(maker: Certifier) -> None:
    maker.profile(PROFILE.replace('"PASID-*"', '"PASID-*", "DOM-002"').replace('["DOM-002"]', "[]"))
    waiver = WAIVER.replace('cases = ["svac_pasid.taken/*"]\n', "")
    waiver = waiver.replace("PASID-002", "DOM-002").replace('"broken"', '"not demonstrated"')
    maker.waivers.write_text(waiver)
    done = maker.certify()
    assert (done.status, verdicts(done)["DOM-002"]) == (0, "not demonstrated")


@pytest.mark.parametrize(
    "old, new, says",
    [
        ("PASID-002", "PASID-999", "there is no rule"),
        ('"broken"', '"error"', "'verdict' must be one of"),
        ('cases = ["svac_pasid.taken/*"]\n', "", "needs 'cases'"),
        ('owner = "Somebody"\n', "", "a waiver has"),
        ("2027-01-31", '"2027-01-31"', "must be a date"),
        ('"Somebody"', '"\\u001b[31m"', "one line of text"),
        ("[[waiver]]", "[[waivers]]", "nothing else"),
        ("[[waiver]]", "[[waiver", "no TOML"),
    ],
)
def test_a_wrong_waiver_is_told_before_anything_runs(
    maker: Certifier, old: str, new: str, says: str
) -> None:
    assert old in WAIVER
    maker.waivers.write_text(WAIVER.replace(old, new))
    with pytest.raises(Problem, match=says):
        command.certify(command.Options("made-up", lanes=["uml"]), Progress(quiet=True))
    assert not maker.kernel.booted


# ---- the command, and what is on its pages ----


def test_a_lane_is_run_as_often_as_the_profile_demands(maker: Certifier, tmp_path: Path) -> None:
    out = tmp_path / "out"
    asked = command.Options("made-up", lanes=["uml"], out=out)
    done = command.certify(asked, Progress(quiet=True))
    assert (done.status, done.folder) == (0, out)
    assert [name for name, _ in maker.kernel.booted].count("main.2") == 1
    assert find("last").name == done.record["runs"][0]["id"]
    with pytest.raises(Problem, match="not empty"):
        command.certify(asked, Progress(quiet=True))


def test_the_command_line(maker: Certifier, capsys: pytest.CaptureFixture[str]) -> None:
    maker.run()
    words = ["certify", "--profile", "made-up", "--run", "last"]
    assert cli.main(words) == 0
    assert "CERTIFIED  Made-up drivers | Linux 6.1.192 | lane uml" in capsys.readouterr().out
    assert cli.main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "certified"
    for more in (["--kernel", "6.1"], ["--rounds", "3"], ["--arg", "a=b"]):
        assert cli.main([*words, *more]) == 2
        assert "a stored run has its kernel" in capsys.readouterr().err
    assert cli.main(["certify", "--profile", "made-up", "--device", "0000:00:01.0"]) == 2


def test_an_interrupt_leaves_no_certificate(maker: Certifier, results: Path) -> None:
    maker.kernel.interrupted_in = "main"
    with pytest.raises(KeyboardInterrupt):
        command.certify(command.Options("made-up", lanes=["uml"]), Progress(quiet=True))
    assert not list(results.glob("certificate-*"))


def test_a_folder_that_is_taken(maker: Certifier, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for out in (file, tmp_path):
        asked = command.Options("made-up", lanes=["uml"], out=out)
        with pytest.raises(Problem, match="not empty"):
            command.certify(asked, Progress(quiet=True))
    assert not maker.kernel.booted


def test_what_a_console_says_is_no_markup(maker: Certifier) -> None:
    evil = "        # \x1b[31m<script>alert(1)</script> `|` &amp; \u202e\n"

    def says(name: str, keys: list[str]) -> str:
        bad = console(keys, ["svac_pasid.taken"])
        return bad.replace("        not ok 1", evil + "        not ok 1", 1)

    maker.kernel.says = says  # type: ignore[assignment]
    done = maker.certify()
    page = (done.folder / bundle.HTML).read_text()
    assert "&lt;script&gt;alert(1)" in page
    for name in (bundle.HTML, bundle.MARKDOWN):
        text = (done.folder / name).read_text()
        assert "\x1b" not in text and "\u202e" not in text
    assert "<script" not in page
    assert not any("\x1b" in line for line in command.report(done))
    assert check_again(done.folder).good


def test_the_page_is_complete_in_itself(maker: Certifier) -> None:
    page = (maker.certify().folder / bundle.HTML).read_text()
    for outside in ("http://", "https://", "src=", "url(", "@import", "<link", "<script"):
        assert outside not in page
    assert '<html lang="en">' in page and "prefers-color-scheme: dark" in page


GOLDEN = Path(__file__).parent / "golden" / "certificate"
FIXED = {
    "seconds": 0,
    "id": "20261125T170000Z-6.1.192-uml-1a2b3c",
    "started": "2026-11-25T17:00:00Z",
    "svacheck": {"version": "0.1.0", "commit": "0" * 40, "dirty": False},
    "host": {"machine": "x86_64", "kernel": "6.1", "cpus": 2, "load": 0, "distribution": "Debian"},
    "phases": {},
    "commands": [],
}


@pytest.mark.parametrize("name", [bundle.RECORD, bundle.HTML, bundle.MARKDOWN])
def test_golden(maker: Certifier, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever changes these pages raises record.FORMAT: older ones cannot be verified any more."""
    maker.kernel.says = lambda name, keys: console(keys, ["svac_pasid.taken", "svac_domain.free"])
    maker.waivers.write_text(WAIVER + WAIVER.replace("2027-01-31", "2026-01-31"))
    files = {}
    for path, content in files_of(maker.certify().folder).items():
        parts = path.split("/")
        if parts[0] == "runs" and parts[-1] != "commands.sh":
            files["/".join(["runs", str(FIXED["id"]), *parts[2:]])] = content
        elif parts[0] == "terms":
            files[path] = content
    run = f"runs/{FIXED['id']}/run.json"
    its = {**json.loads(files[run]), **FIXED}
    its["boots"] = [{**boot, "seconds": 0} for boot in its["boots"]]
    files[run] = json.dumps(its).encode()
    sums = [{"path": path, "bytes": 0, "sha256": "0" * 64} for path in sorted(files)]
    monkeypatch.setattr(evidence, "sums", lambda files: sums)
    request = {**json.loads(files[record.REQUEST]), "id": "certificate-x", "issued": "2026-11-25"}
    files[record.REQUEST] = json.dumps({**request, "svacheck": FIXED["svacheck"]}).encode()
    made = bundle.made_of(record.make(files).record)[name].decode()
    assert made == (GOLDEN / name).read_text()
