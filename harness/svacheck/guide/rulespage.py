# SPDX-License-Identifier: GPL-2.0
"""The rulebook to read: one page in Markdown or HTML, with the source of each rule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from svacheck.errors import Problem
from svacheck.rulebook import Rule, Rulebook

FORMATS = ("markdown", "html")

# In the order of the page: what devices are bound to comes before what suites owe to themselves
FAMILIES: Mapping[str, str] = {
    "DOM": "Allocating and freeing SVA domains",
    "PASID": "Setting and blocking the PASIDs of a device",
    "GRP": "PASIDs and IOMMU groups",
    "BIND": "Binding processes to devices",
    "FLT": "What a bound device may read and write, and its faults",
    "ISO": "What a device can never reach",
    "DRV": "What the core relies on in an IOMMU's driver",
    "HW": "What only the tables and the queue of real hardware show",
    "SEQ": "Sequences of calls",
    "DEV": "/dev/svacheck and the module for a real device",
    "CTL": "Positive controls: what the suites must be able to see",
}
ALL = "every implementation"
INTRODUCTION = (
    "What a kernel has to keep, rule by rule, and where that comes from. An id stays the same"
    " between versions. A contract binds whoever offers the API; a detail is what one"
    " implementation promises, and fails a run only under --strict. A rule that no implementation"
    " of a kernel has to keep is not bound there."
)


def rules_page(book: Rulebook, form: str) -> str:
    """The whole page; Problem for a family that it has no heading for."""
    families: dict[str, list[Rule]] = {family: [] for family in FAMILIES}
    for rule in book.rules.values():
        family = rule.id.partition("-")[0]
        if family not in families:
            raise Problem(f"no heading for the family of rule {rule.id}", "guide/rulespage.py")
        families[family].append(rule)
    filled = {FAMILIES[family]: rules for family, rules in families.items() if rules}
    return _markdown(filled) if form == "markdown" else _html(filled)


def facts(rule: Rule) -> Iterator[tuple[str, str]]:
    """What else there is to know of a rule, each with what it is called."""
    who = ALL if "all" in rule.binds else ", ".join(rule.binds)
    yield rule.kind.capitalize(), f"binds {who}"
    if rule.where:
        yield "Kernels", rule.where
    if rule.trees:
        kinds = {"plain": "without SVA domains", "upstream": "with SVA domains of their own"}
        yield "Trees", ", ".join(kinds[kind] for kind in rule.trees)
    if rule.lanes:
        yield "Lanes", ", ".join(rule.lanes)
    if rule.instead_of:
        yield "Instead of", ", ".join(rule.instead_of)
    yield "Source", rule.source


# ---- Markdown ----


def _markdown(families: Mapping[str, Sequence[Rule]]) -> str:
    lines = ["# The rulebook", "", "<!-- Made by: svacheck rules --format markdown -->", ""]
    lines += [INTRODUCTION, ""]
    lines += [f"- [{title}](#{_anchor(title)}): {len(rules)}" for title, rules in families.items()]
    for title, rules in families.items():
        lines += ["", f"## {title}"]
        for rule in rules:
            lines += ["", f"### {rule.id}", _plain(rule.sentence), ""]
            lines += [f"- {name}: {_plain(text)}" for name, text in facts(rule)]
    return "\n".join(lines) + "\n"


def _anchor(title: str) -> str:
    """As those who render Markdown make it of a heading."""
    kept = (char for char in title.lower() if char.isalnum() or char in " -_")
    return "".join(kept).replace(" ", "-")


def _plain(text: str) -> str:
    """Text that Markdown shows as it is: an underline between letters is none of its marks."""
    return re.sub(r"[\\*<`|]|(?<!\w)_|_(?!\w)", r"\\\g<0>", text)


# ---- HTML ----

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>The rulebook of svacheck</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.5 sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
h3 { margin: 1.5rem 0 0; }
p { margin: 0.25rem 0; }
dl { margin: 0; font-size: 0.875rem; display: grid; grid-template-columns: 6rem 1fr; }
dd { margin: 0; overflow-wrap: anywhere; }
</style>
</head>
<body>
<h1>The rulebook</h1>
<p>{{ introduction }}</p>
<nav><ul>
{% for title, rules in families.items() -%}
<li><a href="#{{ anchor(title) }}">{{ title }}</a>: {{ rules|length }}</li>
{% endfor -%}
</ul></nav>
{% for title, rules in families.items() -%}
<h2 id="{{ anchor(title) }}">{{ title }}</h2>
{% for rule in rules -%}
<h3 id="{{ rule.id }}"><a href="#{{ rule.id }}">{{ rule.id }}</a></h3>
<p>{{ rule.sentence }}</p>
<dl>
{% for name, text in facts(rule) -%}
<dt>{{ name }}</dt><dd>{{ text }}</dd>
{% endfor -%}
</dl>
{% endfor -%}
{% endfor -%}
</body>
</html>
"""


def _html(families: Mapping[str, Sequence[Rule]]) -> str:
    import jinja2

    template = jinja2.Environment(autoescape=True).from_string(_PAGE)
    return template.render(
        introduction=INTRODUCTION, families=families, anchor=_anchor, facts=facts
    )
