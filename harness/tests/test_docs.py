# SPDX-License-Identifier: GPL-2.0
"""The pages of docs/ that are made are those that would be made today."""

from __future__ import annotations

import xml.etree.ElementTree
from html.parser import HTMLParser
from pathlib import Path

import pytest
from made_up import BOOK

from svacheck import rulebook
from svacheck.errors import Problem
from svacheck.guide.picture import picture, words
from svacheck.guide.rulespage import facts, rules_page
from svacheck.places import ROOT
from svacheck.rulebook import Rule, Rulebook

DOCS = ROOT / "docs"
STALE = "stale: scripts/svacheck docs makes it anew"


def test_the_rulebook_is_current() -> None:
    assert (DOCS / "rules.md").read_text() == rules_page(rulebook.load(), "markdown"), STALE


def test_the_picture_is_current() -> None:
    kept, style = (DOCS / "architecture.svg").read_text(), DOCS / "picture.css"
    assert words(kept) == words(picture(DOCS / "architecture.dot", style)), STALE
    assert style.read_text() in kept, STALE


def test_the_picture_is_drawn_in_both_colours() -> None:
    xml.etree.ElementTree.parse(DOCS / "architecture.svg")
    assert "prefers-color-scheme: dark" in (DOCS / "architecture.svg").read_text()


def test_a_picture_that_cannot_be_drawn(tmp_path: Path) -> None:
    source = tmp_path / "bad.dot"
    source.write_text("digraph {")
    with pytest.raises(Problem, match="cannot draw: .*syntax error"):
        picture(source, DOCS / "picture.css")


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.append(str(value))
            if name == "href":
                self.links.append(str(value).removeprefix("#"))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_html_has_every_rule_with_its_source_and_links_that_lead_somewhere() -> None:
    book = rulebook.load()
    seen = _Seen()
    seen.feed(rules_page(book, "html"))
    assert set(book.rules) <= set(seen.ids) and len(seen.ids) == len(set(seen.ids))
    assert set(seen.links) <= set(seen.ids)
    for rule in book.rules.values():
        assert rule.sentence in seen.text and rule.source in seen.text


def test_hostile_words_of_a_rule_are_text() -> None:
    rule = Rule(
        "DOM-001", "A <script>alert(1)</script> of *all* `x`.", "a_b _c_", "contract", ("all",)
    )
    book = Rulebook({rule.id: rule})
    assert "<script>" not in rules_page(book, "html")
    page = rules_page(book, "markdown")
    assert "A \\<script>alert(1)\\</script> of \\*all\\* \\`x\\`." in page
    assert "a_b \\_c\\_" in page


def test_what_there_is_to_know_of_a_rule() -> None:
    rule = Rule(
        *("GRP-037", "It differs.", "a file", "detail", ("upstream",)),
        *(("uml",), ("plain",), ("GRP-001",), "7.3"),
    )
    assert list(facts(rule)) == [
        ("Detail", "binds upstream"),
        ("Kernels", "7.3"),
        ("Trees", "without SVA domains"),
        ("Lanes", "uml"),
        ("Instead of", "GRP-001"),
        ("Source", "a file"),
    ]


def test_a_family_without_a_heading() -> None:
    rule = next(iter(BOOK.rules.values()))
    with pytest.raises(Problem, match="no heading"):
        rules_page(
            Rulebook({"NEW-001": Rule("NEW-001", *("x",) * 2, "contract", rule.binds)}), "html"
        )
