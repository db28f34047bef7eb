# SPDX-License-Identifier: GPL-2.0
"""The record of a certificate as pages for people: HTML and Markdown.

What consoles, files and people have put into it is shown, and never obeyed: each text is made
visible first, and escaped for the page that it is on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from svacheck.judged import number
from svacheck.report import visible

TEMPLATE = "certificate.html.j2"
WORDS = {"certified": "CERTIFIED", "not certified": "NOT CERTIFIED", "no verdict": "NO VERDICT"}
CLASSES = {
    "must": "Mandatory rules",
    "should": "Rules that it should keep",
    "may": "Rules that it may keep",
    "outside": "Rules outside of the profile",
}
VERDICTS = ("kept", "waived", "broken", "not demonstrated", "error")


def html(record: Mapping[str, Any]) -> str:
    """The page, complete in itself."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    page = environment.get_template(TEMPLATE)
    shown = _visible(record)
    return page.render(
        it=shown,
        word=WORDS[record["verdict"]],
        classes=CLASSES,
        verdicts=VERDICTS,
        tally=tally,
        measured=performance_said,
    )


def _visible(value: Any) -> Any:
    """The same with every text in it made visible."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {visible(str(key)): _visible(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_visible(one) for one in value]
    return value


def tally(counts: Mapping[str, int]) -> str:
    """12 pass, 1 skip"""
    return ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "none"


# ---- Markdown ----


def markdown(record: Mapping[str, Any]) -> str:
    """The page, to be read as it stands or rendered."""
    return "\n".join(_lines(_visible(record))) + "\n"


def _lines(it: Mapping[str, Any]) -> Iterator[str]:
    yield f"# {WORDS[it['verdict']]}: {_plain(it['profile']['title'])}"
    yield ""
    yield from (f"- {_plain(reason)}" for reason in it["reasons"])
    yield ""
    yield f"- kernel: Linux {_plain(it['kernel']['version'])} ({_plain(it['kernel']['name'])})"
    identity = it["kernel"]["identity"]
    if "device" in identity:
        yield f"- device: {_code(identity['device'])}, by driver {_code(identity['driver'])}"
    yield f"- profile: {_code(it['profile']['name'])}, {_plain(it['profile']['class'])}"
    if it["profile"]["lanes"]:
        yield f"- runs that count: those of lane {_plain(', '.join(it['profile']['lanes']))}"
    yield f"- issued: {it['issued']}, as {_code(it['id'])}"
    if it["valid_until"]:
        yield f"- valid until: {it['valid_until']}, when a waiver ends that it needs"
    yield f"- svacheck: {_svacheck(it['svacheck'])}"
    yield f"- fingerprint: {_code(it['fingerprint'])}"
    yield ""
    yield from _summary(it)
    yield from _runs(it)
    for kind, heading in CLASSES.items():
        yield from _rules(it, kind, heading)
    yield from _performance(it)
    yield from _waivers(it)
    yield from _failures(it)
    yield from _evidence(it)


def _summary(it: Mapping[str, Any]) -> Iterator[str]:
    yield "| rules | " + " | ".join(VERDICTS) + " |"
    yield "|---|" + "---|" * len(VERDICTS)
    for kind, counts in it["summary"].items():
        cells = " | ".join(str(counts.get(verdict, 0)) for verdict in VERDICTS)
        yield f"| {CLASSES[kind]} | {cells} |"
    yield ""


def _runs(it: Mapping[str, Any]) -> Iterator[str]:
    yield "## Environment"
    for run in it["runs"]:
        host, build = run["host"], run["build"] or {}
        yield ""
        yield f"### Run {_plain(run['id'])}"
        yield ""
        yield f"- lane {_plain(run['lane'])}, {number(run['rounds'], 'round')},"
        yield f"  {number(run['boots'], 'boot')}, begun {run['started']}, verdict {run['verdict']}"
        yield f"- cases: {', '.join(f'{n} {what}' for what, n in run['counts'].items())}"
        yield (
            f"- host: {_plain(host['distribution'])}, Linux {_plain(host['kernel'])},"
            f" {_plain(host['machine'])}, {number(host['cpus'], 'processor')}"
        )
        if run["machine"]:
            yield f"- machine: {_plain(run['machine']['program'])}, {run['machine']['accelerator']}"
        yield f"- compiler: {_plain(build.get('compiler', 'none'))}"
        yield f"- config: {_code(build.get('config_sha256', 'none'))}"
        suites = _code(build.get("overlay_sha256", "none"))
        yield f"- suites: {suites}, svacheck {_svacheck(run['svacheck'])}"
        if run["kernel_args"]:
            yield f"- kernel parameters: {_code(' '.join(run['kernel_args']))}"
        if run["plugged_in"]:
            yield f"- plugged in: {_code(' '.join(run['plugged_in']))}"
        yield from (f"- problem: {_plain(problem)}" for problem in run["problems"])
    yield ""


def _svacheck(its: Mapping[str, Any]) -> str:
    commit = its["commit"] or "of no known commit"
    changed = " with changes that are not committed" if its["dirty"] else ""
    return f"{_plain(its['version'])} {_plain(commit)}{changed}"


def _rules(it: Mapping[str, Any], kind: str, heading: str) -> Iterator[str]:
    mine = [rule for rule in it["rules"] if rule["class"] == kind]
    yield f"## {heading}"
    yield ""
    if not mine:
        yield "None."
        yield ""
        return
    yield "| rule | verdict | cases | what it says |"
    yield "|---|---|---|---|"
    for rule in mine:
        verdict = f"**{rule['verdict']}**" if rule["verdict"] != "kept" else "kept"
        if rule["waived"]:
            verdict += f", waived by {', '.join(map(str, rule['waived']))}"
        reason = f" ({_plain(rule['reason'])})" if rule["reason"] else ""
        said = f"{_plain(rule['sentence'])}{reason}"
        yield f"| {rule['id']} | {verdict} | {tally(rule['tally'])} | {said} |"
    yield ""


def _performance(it: Mapping[str, Any]) -> Iterator[str]:
    its = it["performance"]
    if not its:
        return
    yield "## Performance"
    yield ""
    yield f"{performance_said(its)} No verdict depends on it."
    yield ""
    yield "| metric | implementation | time | times its floor | boots |"
    yield "|---|---|---|---|---|"
    for row in its["figures"]:
        times = f"{row['times']} x {_plain(row['floor'])}" if row["floor"] else ""
        cells = (_plain(row["metric"]), _plain(row["implementation"]))
        yield f"| {' | '.join(cells)} | {row['time']} {row['unit']} | {times} | {row['boots']} |"
    yield ""


def performance_said(its: Mapping[str, Any]) -> str:
    """How it was measured, in a sentence."""
    return (
        f"Session {its['id']} of {its['started']}: {number(its['boots'], 'boot')} of"
        f" {number(its['layouts'], 'layout')}, load {its['load']}, {its['compiler']}; times of"
        " one call, the median of the boots' least disturbed batches."
    )


def _waivers(it: Mapping[str, Any]) -> Iterator[str]:
    yield "## Waivers"
    yield ""
    if not it["waivers"]:
        yield "None."
    for one in it["waivers"]:
        yield (
            f"{one['number']}. {one['rule']} {one['verdict']}: **{one['state']}**, until"
            f" {one['expires']}, {_plain(one['owner'])}: {_plain(one['reason'])}"
            f" ({_plain(one['link'])})"
        )
    yield ""


def _failures(it: Mapping[str, Any]) -> Iterator[str]:
    wrong = [case for case in it["cases"] if case["status"] in ("fail", "error")]
    yield "## Cases that did not pass"
    yield ""
    if not wrong:
        yield "None."
        yield ""
    for case in wrong:
        yield f"### {_plain(case['id'])}"
        yield ""
        yield f"{case['status']} {_plain(case['reason'])}".rstrip() + f", {_plain(place(case))}"
        yield ""
        yield from (f"    {line}" for line in case["excerpt"])
        yield ""


def place(case: Mapping[str, Any]) -> str:
    """Where in which console a case stands."""
    if not case["console"]:
        return "it never ran"
    return f"{case['console']}, lines {case['first_line']} to {case['last_line']}"


def _evidence(it: Mapping[str, Any]) -> Iterator[str]:
    yield "## Evidence"
    yield ""
    yield "SHA-256, bytes and name of each file in `certificate.tar.xz`:"
    yield ""
    for one in it["evidence"]:
        yield f"    {one['sha256']} {one['bytes']:>9} {one['path']}"
    yield ""
    yield "`svacheck verify certificate.tar.xz` makes all of this again from them."


def _plain(text: object) -> str:
    """Text that means nothing to Markdown."""
    return re.sub(r"([\\`*<>|\[\]#&!]|(?<!\w)_|_(?!\w))", r"\\\1", str(text))


def _code(text: object) -> str:
    shown = str(text)
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
