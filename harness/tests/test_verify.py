# SPDX-License-Identifier: GPL-2.0
"""svacheck verify: a certificate as it was made is accepted, and none that was tampered with."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from certifying import DAY, WAIVER, Certifier, check_again, edited, files_of, tamper
from fake_kernel import console

from svacheck import cli
from svacheck.certify import archive, bundle, record, verify
from svacheck.errors import Problem

Files = dict[str, bytes]


@pytest.fixture
def failing(maker: Certifier) -> Path:
    """A certificate that says NOT CERTIFIED."""
    maker.kernel.says = lambda name, keys: console(keys, ["svac_pasid.taken"])
    return maker.certify().folder


def named(files: Files, ending: str) -> str:
    return next(name for name in files if name.endswith(ending))


def edit(ending: str, old: str, new: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        files.update(edited(files, named(files, ending), old, new))

    return change


def gone(name: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        del files[name]

    return change


def test_a_certificate_is_named_by_any_of_its_files(maker: Certifier) -> None:
    folder = maker.certify().folder
    for path in (folder, *folder.iterdir()):
        assert verify.verify(str(path), DAY).good
    (folder / bundle.ARCHIVE).rename(folder.parent / "elsewhere.tar.xz")
    assert verify.verify(str(folder.parent / "elsewhere.tar.xz"), DAY).good
    with pytest.raises(Problem, match="there is no certificate"):
        verify.verify(str(folder), DAY)


def test_the_archive_is_the_same_for_the_same_files(maker: Certifier) -> None:
    folder = maker.certify().folder
    assert archive.pack(files_of(folder)) == (folder / bundle.ARCHIVE).read_bytes()


# ---- whoever changes something and leaves the sums as they were ----


def flip(ending: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        name = named(files, ending)
        content = bytearray(files[name])
        content[len(content) // 2] ^= 1
        files[name] = bytes(content)

    return change


@pytest.mark.parametrize(
    "ending",
    [
        "main.console",
        "main.2.console",
        "main.ktap",
        "/config",
        "/run.json",
        "/judging.json",
        "commands.sh",
        "profile.toml",
        "base.toml",
        "waivers.toml",
        "request.json",
    ],
)
def test_a_flipped_bit_of_evidence(maker: Certifier, ending: str) -> None:
    maker.waivers.write_text(WAIVER)
    folder = maker.certify().folder
    name = named(files_of(folder), ending)
    tamper(folder, flip(ending))
    (line,) = check_again(folder).differences
    assert line.startswith(f"{name} was changed")


def test_a_file_that_has_gone_or_come(failing: Path) -> None:
    name = named(files_of(failing), "main.console")
    tamper(failing, gone(name))
    assert check_again(failing).differences == [f"{name} is not in the archive any more"]


def test_a_file_that_has_come(failing: Path) -> None:
    tamper(failing, lambda files: files.update({"runs/x/boots/more.console": b"ok\n"}))
    added = "runs/x/boots/more.console was added to the archive"
    assert check_again(failing).differences == [added]


@pytest.mark.parametrize("page", bundle.PAGES)
def test_a_page_that_has_gone(failing: Path, page: str) -> None:
    tamper(failing, gone(page))
    assert f"{page} is not in the archive any more" in check_again(failing).differences


def test_an_edited_verdict_in_the_record(failing: Path) -> None:
    tamper(failing, edit(bundle.RECORD, '"verdict": "not certified"', '"verdict": "certified"'))
    (line,) = check_again(failing).differences
    assert "verdict is not what the evidence gives: it says certified" in line


def test_an_edited_rule_in_the_record(failing: Path) -> None:
    tamper(failing, edit(bundle.RECORD, '"verdict": "broken"', '"verdict": "kept"'))
    (line,) = check_again(failing).differences
    assert line == "certificate.json: rules PASID-002: verdict: it says kept, the evidence broken"


@pytest.mark.parametrize("page", [bundle.HTML, bundle.MARKDOWN])
@pytest.mark.parametrize("old, new", [("NOT CERTIFIED", "CERTIFIED"), ("broken", "kept")])
def test_an_edited_page(failing: Path, page: str, old: str, new: str) -> None:
    tamper(failing, edit(page, old, new))
    assert check_again(failing).differences == [f"{page} is not the page that the evidence gives"]


@pytest.mark.parametrize("page", [bundle.HTML, bundle.MARKDOWN, bundle.RECORD])
def test_an_edited_page_beside_the_archive(failing: Path, page: str) -> None:
    with open(failing / page, "a") as file:
        file.write(" ")
    assert check_again(failing).differences == [f"{page} beside the archive is not the one in it"]


def test_each_byte_of_the_archive_counts(maker: Certifier) -> None:
    folder = maker.certify().folder
    path = folder / bundle.ARCHIVE
    whole = path.read_bytes()
    for at in [0, 7, *range(12, len(whole), 97), len(whole) - 1]:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        try:
            assert not verify.verify(str(path), DAY).good, at
        except Problem:
            pass
    for cut in (whole[:-1], whole[: len(whole) // 2], whole + b"\0", whole + whole):
        path.write_bytes(cut)
        assert not check_again(folder).good


# ---- whoever makes all sums and pages anew, but cannot make the evidence say something else ----


def test_a_forged_verdict_in_the_record_of_a_run(failing: Path) -> None:
    def change(files: Files) -> None:
        name = named(files, "/run.json")
        run = json.loads(files[name])
        run["verdict"] = "pass"
        run["counts"].update(passed=4, failed=0)
        for case in run["cases"]:
            case.update(status="pass", messages=[], where="")
        for rule in run["rules"]:
            rule["verdict"] = rule["verdict"].replace("broken", "kept")
        files[name] = json.dumps(run).encode()

    tamper(failing, change, again=True)
    found = check_again(failing).differences
    assert any('run.json says verdict "pass", the evidence "fail"' in line for line in found)
    says = 'case svac_pasid.taken/carried: run.json says status "pass", the evidence "fail"'
    assert any(says in line for line in found)


def test_a_forged_console(failing: Path) -> None:
    def change(files: Files) -> None:
        for name in [name for name in files if name.endswith(".console")]:
            files[name] = console(["svac_pasid.set", "svac_pasid.taken"]).encode()

    tamper(failing, change, again=True)
    assert not check_again(failing).good


def test_forged_ktap(failing: Path) -> None:
    tamper(failing, edit("main.ktap", "not ok", "ok"), again=True)
    assert any(
        "is not the KTAP of its console" in line for line in check_again(failing).differences
    )


def test_a_forged_profile(failing: Path) -> None:
    weaker = edit("profile.toml", 'must = ["PASID-*"]', 'must = ["PASID-001"]')

    def change(files: Files) -> None:
        weaker(files)
        files.update(
            edited(files, record.PROFILE, 'may = ["DOM-002"', 'may = ["DOM-002", "PASID-002"')
        )

    tamper(failing, change, again=True)
    done = check_again(failing)
    assert any("verdict is not what the evidence gives" in line for line in done.differences)
    assert done.notes == ["profile made-up is another one than that of this svacheck"]


def test_a_profile_without_a_mandatory_rule_is_no_certificate(failing: Path) -> None:
    tamper(failing, edit("profile.toml", 'must = ["PASID-*"]', 'must = ["PASID-002"]'), again=True)
    with pytest.raises(Problem, match="PASID-001"):
        check_again(failing)


def test_a_forged_waiver(failing: Path) -> None:
    tamper(failing, lambda files: files.update({record.WAIVERS: WAIVER.encode()}), again=True)
    found = check_again(failing).differences
    assert any("verdict is not what the evidence gives" in line for line in found)


def test_a_rulebook_without_the_broken_rule(failing: Path) -> None:
    def change(files: Files) -> None:
        name = named(files, "/judging.json")
        terms = json.loads(files[name])
        terms["rulebook"] = [rule for rule in terms["rulebook"] if rule["id"] != "PASID-002"]
        terms["lane_rules"].remove("PASID-002")
        files[name] = json.dumps(terms).encode()

    tamper(failing, change, again=True)
    assert not check_again(failing).good


def test_boots_that_nobody_planned(failing: Path) -> None:
    def change(files: Files) -> None:
        name = named(files, "/judging.json")
        terms = json.loads(files[name])
        for boot in terms["boots"]:
            boot["planned"] = boot["planned"][:1]
        files[name] = json.dumps(terms).encode()

    tamper(failing, change, again=True)
    assert any("problems" in line for line in check_again(failing).differences)


def test_a_file_that_is_a_folder(failing: Path) -> None:
    name = named(files_of(failing), "main.console")
    tamper(failing, lambda files: files.update({f"{name}/more": b""}), again=True)
    with pytest.raises(Problem, match="cannot lay out"):
        check_again(failing)


# ---- time, and the command line ----


def test_a_waiver_that_has_expired_since(maker: Certifier) -> None:
    maker.kernel.says = lambda name, keys: console(keys, ["svac_pasid.taken"])
    maker.waivers.write_text(WAIVER)
    folder = maker.certify().folder
    assert check_again(folder, datetime.date(2027, 1, 31)).good
    done = check_again(folder, datetime.date(2027, 2, 1))
    assert not done.good and not done.differences
    assert done.expired == ["waiver 1 of PASID-002 (Somebody) has expired on 2027-01-31"]


def test_exit_statuses(maker: Certifier, capsys: pytest.CaptureFixture[str]) -> None:
    folder = maker.certify().folder
    assert cli.main(["verify", str(folder)]) == 0
    assert "VERIFIED  CERTIFIED: Made-up drivers" in capsys.readouterr().out
    tamper(folder, edit("main.console", "ok 1", "ok 7"))
    assert cli.main(["verify", str(folder)]) == 1
    said = capsys.readouterr().out
    assert "CHANGED runs/" in said and "REJECTED" in said
    assert cli.main(["verify", str(folder / "no")]) == 2


def test_another_format(maker: Certifier) -> None:
    folder = maker.certify().folder
    tamper(folder, edit("request.json", '"format": 3', '"format": 7'), again=True)
    with pytest.raises(Problem, match="has format 7, this svacheck knows 3"):
        check_again(folder)


def test_nothing_drives_a_terminal(maker: Certifier, capsys: pytest.CaptureFixture[str]) -> None:
    folder = maker.certify().folder
    tamper(folder, edit(bundle.RECORD, '"terms/base.toml"', '"terms/\\u001b[2J"'))
    assert cli.main(["verify", str(folder)]) == 1
    said = capsys.readouterr().out
    assert "\x1b" not in said and r"terms/\x1b[2J is not in the archive any more" in said
