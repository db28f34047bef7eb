# SPDX-License-Identifier: GPL-2.0
"""Profiles: what is refused, and what those of this checkout say."""

from __future__ import annotations

from pathlib import Path

import pytest
from certifying import CORE, PROFILE
from made_up import BOOK

from svacheck import cli, rulebook
from svacheck.certify import notes, profiles
from svacheck.errors import Problem
from svacheck.places import PROFILES


def parse(text: str) -> profiles.Profile:
    core = profiles.parse(CORE, profiles.CORE, BOOK)
    return profiles.parse(text, "made-up", BOOK, core)


def test_classes() -> None:
    profile = parse(PROFILE)
    assert profile.classes == {
        "PASID-001": "must",
        "PASID-002": "must",
        "DOM-001": "should",
        "DOM-002": "may",
    }
    assert profile.those("must") == ["PASID-001", "PASID-002"]


def test_a_profile_says_what_it_contains(tmp_path: Path) -> None:
    (tmp_path / "core.toml").write_text(CORE)
    (tmp_path / "tables.toml").write_text(CORE.replace("PASID-001", "PASID-002"))
    mine = tmp_path / "mine.toml"
    mine.write_text('base = "tables"\n' + PROFILE)
    assert profiles.load(mine, BOOK, tmp_path).base == "tables"
    mine.write_text(PROFILE)
    assert profiles.load(mine, BOOK, tmp_path).base == "core"
    mine.write_text('base = "nothing"\n' + PROFILE)
    with pytest.raises(Problem, match="no base is called 'nothing'"):
        profiles.load(mine, BOOK, tmp_path)
    assert profiles.names(tmp_path) == ["mine"]


def test_what_the_tables_demand_is_demanded_of_who_chooses_them() -> None:
    text = profiles.text_of(PROFILES / "vtd.toml")
    text = text.replace('"HW-008", ', "", 1).replace('"HW-014"', '"HW-008", "HW-014"', 1)
    book = rulebook.load()
    core = profiles.parse(profiles.text_of(PROFILES / "tables.toml"), "tables", book)
    with pytest.raises(Problem, match="HW-008 is mandatory for every profile.*has it in 'should'"):
        profiles.parse(text, "vtd", book, core)


def test_whose_runs_count_the_base_says() -> None:
    core = profiles.parse('lanes = ["hw"]\n' + CORE, profiles.CORE, BOOK)
    assert profiles.parse(PROFILE, "made-up", BOOK, core).lanes == ("hw",)
    with pytest.raises(Problem, match="unknown key 'lanes'"):
        profiles.parse('lanes = ["uml"]\n' + PROFILE, "made-up", BOOK, core)
    with pytest.raises(Problem, match="no lane is called 'hm'"):
        profiles.parse('lanes = ["hm"]\n' + CORE, profiles.CORE, BOOK)
    with pytest.raises(Problem, match="'lanes' must not be empty"):
        profiles.parse("lanes = []\n" + CORE, profiles.CORE, BOOK)


@pytest.mark.parametrize("rule", ["ISO-002", "FLT-010"])
@pytest.mark.parametrize("name", ["device", "device-with-pri"])
def test_what_programs_show_is_demanded_of_each_device(name: str, rule: str) -> None:
    book = rulebook.load()
    core = profiles.parse(profiles.text_of(PROFILES / "programs.toml"), "programs", book)
    assert core.lanes == ("hw",)
    text = profiles.text_of(PROFILES / f"{name}.toml").replace(f'"{rule}", ', "", 1)
    with pytest.raises(Problem, match=f"{rule} is mandatory for every profile.*leaves it out"):
        profiles.parse(
            text.replace(f'\t"ISO-001", "{rule}",\n', '\t"ISO-001",\n'), name, book, core
        )


def test_a_rule_that_is_named_goes_before_its_family() -> None:
    profile = parse(PROFILE.replace('["DOM-001"]', '["DOM-*"]'))
    assert (profile.classes["DOM-001"], profile.classes["DOM-002"]) == ("should", "may")


def test_a_family_leaves_out_what_it_cannot_ask() -> None:
    upstream = PROFILE.replace('["carried"]', '["upstream"]').replace('["DOM-001"]', "[]")
    assert parse(upstream).classes == {"PASID-001": "must", "DOM-002": "may"}


@pytest.mark.parametrize(
    "old, new, says",
    [
        ('["DOM-001"]', '["DOM-009"]', "there is no rule 'DOM-009'"),
        ('["DOM-001"]', '["nonsense"]', "there is no rule 'nonsense'"),
        ('["DOM-001"]', '["DOM-00?"]', "there is no rule"),
        ('["DOM-001"]', '["XYZ-*"]', "no rule is in family 'XYZ'"),
        ('["DOM-001"]', '["DOM-001", "DOM-002"]', "DOM-002 is both in 'should' and in 'may'"),
        ('["DOM-001"]', '["DOM-001", "PASID-*"]', "PASID-001 is both in 'must' and in 'should'"),
        ('["DOM-001"]', '["DOM-001", "DOM-001"]', "names something twice"),
        ('["DOM-001"]', "[]", "DOM-001 has no class, but all of DOM is claimed"),
        ('["PASID-*"]', '["PASID-002"]', "PASID-001 has no class"),
        ('["DOM-001"]', '["DOM-001", "PASID-001"]', "PASID-001 is mandatory for every profile"),
        ('["PASID", "DOM"]', '["ISO"]', "'complete' names 'ISO'"),
        ('["carried"]', '["upstream"]', "DOM-001 is in 'should', but binds carried"),
        ('["carried"]', '["another"]', "no implementation is called 'another'"),
        ('["carried"]', "[]", "must not be empty"),
        ("rounds = 2", "rounds = 1", "'rounds' must be 2 at least"),
        ("rounds = 2", "rounds = 0", "'rounds' must be a number"),
        ("rounds = 2", 'rounds = "2"', "'rounds' must be a number"),
        ("rounds = 2", "rounds = true", "'rounds' must be a number"),
        ('about = "They set PASIDs."\n', "", "'about' is missing"),
        ('about = "', 'abuot = "', "unknown key 'abuot'"),
        ('"They set PASIDs."', '"\\u001b"', "one line of text"),
        ('["a mail"]', '"a mail"', "'sources' must be a list"),
        ("rounds = 2", "rounds =", "no TOML"),
    ],
)
def test_refused(old: str, new: str, says: str) -> None:
    assert old in PROFILE
    with pytest.raises(Problem, match=says):
        parse(PROFILE.replace(old, new))


def test_a_mandatory_rule_that_is_left_out() -> None:
    text = PROFILE.replace('["PASID-*"]', '["PASID-002"]').replace('["PASID", "DOM"]', '["DOM"]')
    with pytest.raises(Problem, match="PASID-001 is mandatory for every profile.*leaves it out"):
        parse(text)


def test_ours_fit_the_rulebook() -> None:
    book = rulebook.load()
    assert profiles.check(book) == []
    assert set(profiles.names()) >= {
        "carried-api",
        "paging-by-pasid",
        "sva-with-pri",
        "sva-without-pri",
    }


def test_the_check_finds_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "core.toml").write_text(CORE)
    (tmp_path / "good.toml").write_text(PROFILE)
    (tmp_path / "bad.toml").write_text(PROFILE.replace("DOM-001", "DOM-099"))
    (finding,) = profiles.check(BOOK, tmp_path)
    assert "DOM-099" in finding and "profile bad" in finding


def test_find(tmp_path: Path) -> None:
    assert profiles.find("carried-api") == PROFILES / "carried-api.toml"
    own = tmp_path / "vendor.toml"
    own.write_text(PROFILE)
    assert profiles.find(str(own)) == own
    for name in ("core", "nobody", str(tmp_path)):
        with pytest.raises(Problem, match="there is no profile"):
            profiles.find(name)


NOTE = """
driver = "x"
kernel = "7.3"
[[note]]
name = "x-does-that"
rules = ["PASID-001"]
what = "It does."
where = "x/x.c, x_does()"
"""


def test_notes(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(NOTE)
    (note,) = notes.load(BOOK, tmp_path)
    assert (note.driver, note.rules) == ("x", ("PASID-001",))


@pytest.mark.parametrize(
    "old, new, says",
    [
        ("PASID-001", "PASID-099", "there is no rule 'PASID-099'"),
        ("x/x.c, x_does()", "somewhere", "says 'file.c, function'"),
        ('what = "It does."\n', "", "a note has"),
        ('kernel = "7.3"\n', "", "it must hold"),
        ('["PASID-001"]', '"PASID-001"', "must be a list"),
        ('"It does."', '""', "not empty"),
    ],
)
def test_a_wrong_note(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in NOTE
    (tmp_path / "x.toml").write_text(NOTE.replace(old, new))
    with pytest.raises(Problem, match=says):
        notes.load(BOOK, tmp_path)


def test_no_two_notes_have_one_name(tmp_path: Path) -> None:
    for name in ("x", "y"):
        (tmp_path / f"{name}.toml").write_text(NOTE)
    with pytest.raises(Problem, match="two notes"):
        notes.load(BOOK, tmp_path)


def test_each_driver_that_we_name_has_notes() -> None:
    found = {note.driver for note in notes.load(rulebook.load())}
    assert found == {"intel", "amd", "arm/arm-smmu-v3"}


def test_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["profiles", "--check"]) == 0
    assert cli.main(["profiles"]) == 0
    assert "sva-with-pri: SVA with page requests" in capsys.readouterr().out
    assert cli.main(["profiles", "sva-without-pri"]) == 0
    assert "may    FLT-001" in capsys.readouterr().out
