# SPDX-License-Identifier: GPL-2.0
"""The report of a run, made from its run.json alone.

Details come first and the verdict last, so that on a terminal it stands right above
the prompt. What a kernel printed is shown, never obeyed: control characters are made
visible.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

QUIET, NORMAL, VERBOSE = -1, 0, 1
MOST = 10  # problems, and lines of a console, shown unless verbose
FEW = 3  # cases of a broken rule shown unless verbose

Line = list[tuple[str, str]]  # (style of rich, text)
_STYLE = {
    "pass": "bold green",
    "kept": "green",
    "fail": "bold red",
    "broken": "bold red",
    "error": "bold magenta",
    "skip": "yellow",
    "not covered": "yellow",
    "not bound": "",
}


def render(run: Mapping[str, Any], folder: Path | None = None, level: int = NORMAL) -> str:
    """The report as plain text. folder: where the run lies, None if it is not stored."""
    return plain(compose(run, folder, level))


def show(
    run: Mapping[str, Any], folder: Path | None, level: int, stream: TextIO, colour: bool
) -> None:
    """Write the report to stream, in colour or plain."""
    write(compose(run, folder, level), stream, colour)


def plain(lines: Sequence[Line]) -> str:
    """The lines as plain text."""
    return "".join("".join(text for _, text in line).rstrip() + "\n" for line in lines)


def write(lines: Sequence[Line], stream: TextIO, colour: bool) -> None:
    """Write the lines to stream, in colour or plain."""
    if not colour:
        stream.write(plain(lines))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False, soft_wrap=True, force_terminal=True)
    for line in lines:
        console.print(Text.assemble(*((text, style) for style, text in line)))


def compose(run: Mapping[str, Any], folder: Path | None, level: int) -> list[Line]:
    """The lines of the report, each a list of styled pieces, nothing in them to obey."""
    lines: list[Line] = []
    if level > QUIET:
        if level >= VERBOSE:
            lines += _every_case(run)
        lines += _divergences(run)
        lines += _grouped(run, "not covered", level)
        lines += _broken(run, level)
        lines += _unruled(run)
        lines += _errors(run, level)
        lines += _further(run, level)
        lines += _grouped(run, "error", level)
        lines += _consoles(run, folder, level)
        lines += _known_issues(run)
        lines += _known(run)
        lines += _unwatched(run, level)
    lines += _headline(run)
    lines += _summary(run, folder) if level > QUIET else _why(run)
    return [[(style, visible(text)) for style, text in line] for line in lines]


def visible(text: str) -> str:
    """text in which what could drive a terminal or hide something is written out."""
    return "".join(c if _harmless(c) else _escaped(c) for c in text)


def _harmless(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _escaped(character: str) -> str:
    return " " if character == "\t" else character.encode("unicode_escape").decode("ascii")


# ---- the verdict ----


def _headline(run: Mapping[str, Any]) -> list[Line]:
    tree = run["tree"]
    kernel = tree["version"] + ("" if tree["name"] in tree["version"] else f" ({tree['name']})")
    parts = [f"Linux {kernel}", ", ".join(run["implementations"]) or "no implementation"]
    parts.append(f"lane {run['lane']}")
    if run["select"]:
        parts.append(f"only {run['select']}")
    parts += run["kernel_args"]
    if run["rounds"] > 1:
        parts.append(f"{run['rounds']} rounds")
    verdict = run["verdict"]
    return [[(_STYLE[verdict], verdict.upper()), ("", "  " + " | ".join(parts))]]


def _why(run: Mapping[str, Any]) -> Iterator[Line]:
    """What a verdict rests on, in as few lines as can be."""
    broken = [rule["id"] for rule in run["rules"] if rule["verdict"] == "broken"]
    if broken:
        yield [(_STYLE["broken"], "  broken"), ("", "    " + ", ".join(broken))]
    if run["problems"]:
        more = f" (and {len(run['problems']) - 1} more)" if run["problems"][1:] else ""
        yield [(_STYLE["error"], "  problem"), ("", f"   {run['problems'][0]}{more}")]


def _summary(run: Mapping[str, Any], folder: Path | None) -> list[Line]:
    verdicts = [rule["verdict"] for rule in run["rules"]]
    counts = run["counts"]
    rules = [(n, verdicts.count(n)) for n in ("kept", "broken", "error", "not covered")]
    rules += [("not bound", verdicts.count("not bound"))] if "not bound" in verdicts else []
    words = {"passed": "pass", "failed": "fail", "errors": "error", "skipped": "skip"}
    cases = [(name, counts[name]) for name in words]
    slow = sorted(run["phases"].items(), key=lambda item: -float(item[1]))
    spent = ", ".join(f"{name} {seconds:.1f}" for name, seconds in slow if seconds >= 0.05)
    stored = str(folder) + "/" if folder else "not stored"
    return [
        [("", "  rules     "), *_tally(rules, {n: n for n, _ in rules}), ("", _of(run))],
        [("", "  cases     "), *_tally(cases, words), ("", _bodies(counts))],
        *_watched(run),
        *_machine(run),
        [("", f"  time      {run['seconds']:.1f} s" + (f" ({spent})" if spent else ""))],
        [("", f"  evidence  {stored}")],
    ]


def _of(run: Mapping[str, Any]) -> str:
    """How much of the rulebook the lane cannot tell about."""
    others = run.get("rulebook", 0) - len(run["rules"])
    return f" (of {run['rulebook']}; this lane cannot tell about the others)" if others > 0 else ""


def _bodies(counts: Mapping[str, int]) -> str:
    """Generated cases must not make a suite look richer than it is."""
    return f" ({counts['bodies']} distinct bodies)" if counts["cases"] else ""


def _tally(counts: Sequence[tuple[str, int]], styles: Mapping[str, str]) -> Line:
    line: Line = []
    for name, count in counts:
        if name in ("error", "errors") and not count:
            continue
        style = _STYLE[styles[name]] if count else ""
        line += [("", ", " if line else ""), (style, f"{count} {name}")]
    return line


# ---- what is wrong ----


def _broken(run: Mapping[str, Any], level: int) -> Iterator[Line]:
    cases = {case["id"]: case for case in run["cases"]}
    told: set[str] = set()
    for rule in run["rules"]:
        if rule["verdict"] != "broken":
            continue
        kind = "" if rule["kind"] == "contract" else f" ({rule['kind']} of an implementation)"
        yield [(_STYLE["broken"], f"BROKEN {rule['id']}"), ("", f"{kind}  {rule['sentence']}")]
        breaking = [
            cases[name]
            for name in rule["cases"]
            if name in cases and _breaks(cases[name], rule["id"])
        ]
        # First those that are about the rule, then those that found a leak in passing
        breaking.sort(key=lambda case: bool(case["broken"]))
        shown = breaking if level >= VERBOSE else breaking[:FEW]
        for case in shown:
            if case["id"] in told:
                yield [("", f"  {case['id']}: see above")]
            else:
                told.add(case["id"])
                yield from _case(case)
        if len(breaking) > len(shown):
            yield [("", f"  and {len(breaking) - len(shown)} more cases; -v shows them")]
        yield []


def _breaks(case: Mapping[str, Any], rule: str) -> bool:
    """Whether it is this rule that the case's failure breaks."""
    named = case["blamed"] or case["broken"]
    return case["status"] == "fail" and (not named or rule in named)


def _unruled(run: Mapping[str, Any]) -> Iterator[Line]:
    broken = {rule["id"] for rule in run["rules"] if rule["verdict"] == "broken"}
    for case in run["cases"]:
        if case["status"] == "fail" and not broken.intersection(
            case["blamed"] or case["broken"] or case["rules"]
        ):
            yield [(_STYLE["fail"], "FAILED"), ("", " without naming a rule that binds here")]
            yield from _case(case)
            yield []


def _case(case: Mapping[str, Any]) -> Iterator[Line]:
    yield [("bold", f"  {case['id']}"), ("", f"  {case['where']}" if case["where"] else "")]
    if case["reason"]:
        yield [("", f"    {case['reason']}")]
    for message in case["messages"]:
        for text in message.splitlines():
            yield [("", f"    {text}")]
    if case["reproducer"]:
        yield [("", f"    reproducer: {case['reproducer']}")]
        yield [("dim", f"    replay: {case['replay']}")]
    yield [("dim", f"    alone: {case['alone']}")]


def _errors(run: Mapping[str, Any], level: int) -> Iterator[Line]:
    problems = run["problems"]
    shown = problems if level >= VERBOSE else problems[:MOST]
    for problem in shown:
        yield [(_STYLE["error"], "ERROR"), ("", f"  {problem}")]
    if len(problems) > len(shown):
        yield [("", f"  and {len(problems) - len(shown)} more problems; -v shows them")]
    ran = [case for case in run["cases"] if case["status"] == "error" and case["boot"]]
    for case in ran if level >= VERBOSE else ran[:MOST]:
        yield [(_STYLE["error"], "ERROR"), ("", "  in a case:")]
        yield from _case(case)
    if level < VERBOSE and len(ran) > MOST:
        yield [("", f"  and {len(ran) - MOST} more cases in error; -v shows them")]
    idle = [case["id"] for case in run["cases"] if case["status"] == "error" and not case["boot"]]
    if idle:
        names = idle if level >= VERBOSE else idle[:MOST]
        more = (
            f" and {len(idle) - len(names)} more; -v shows them" if len(idle) > len(names) else ""
        )
        yield [(_STYLE["error"], "NOT RUN"), ("", "  " + ", ".join(names) + more)]
    if problems or ran or idle:
        yield []


def _further(run: Mapping[str, Any], level: int) -> Iterator[Line]:
    """After which boots others ran what those had left."""
    after: dict[str, list[str]] = {}
    for boot in run["boots"]:
        if boot.get("why"):
            after.setdefault(boot["why"], []).append(boot["name"])
    shown = list(after.items()) if level >= VERBOSE else list(after.items())[:FEW]
    for why, names in shown:
        yield [
            (_STYLE["skip"], "WENT ON"),
            ("", f"  {why}; the cases that it had not begun ran in {_boots(names)}"),
        ]
    if len(after) > len(shown):
        yield [("", f"  and after {len(after) - len(shown)} more; -v shows them")]
    if after:
        yield []


def _consoles(run: Mapping[str, Any], folder: Path | None, level: int) -> Iterator[Line]:
    """The last lines of the consoles that did not end well, of the first one unless verbose."""
    ill = [boot for boot in run["boots"] if boot["tail"]]
    for boot in ill if level >= VERBOSE else ill[:1]:
        where = folder / boot["console"] if folder else boot["console"]
        yield [("bold", f"Last lines of {where}")]
        tail = boot["tail"] if level >= VERBOSE else boot["tail"][-MOST:]
        yield from ([("dim", f"  | {line}")] for line in tail)
        yield []


# ---- the rest ----


def _known_issues(run: Mapping[str, Any]) -> Iterator[Line]:
    """Failing cases that are waited for, together where the reason is the same."""
    issues = run.get("known_issues", ())
    reasons: dict[tuple[str, str, str], list[str]] = {}
    for one in issues:
        key = one["reason"], one["link"], one["expires"]
        reasons.setdefault(key, []).append(one["case"])
    for (reason, link, expires), cases in reasons.items():
        yield [
            (_STYLE["skip"], "KNOWN ISSUE"),
            ("", f"  {', '.join(cases)}: {reason} ({link}; until {expires})"),
        ]
    if issues:
        yield []


def all_known(run: Mapping[str, Any]) -> bool:
    """Whether a run failed, and for nothing but known issues."""
    known = {one["case"] for one in run.get("known_issues", ())}
    failed = {case["id"] for case in run["cases"] if case["status"] == "fail"}
    return run["verdict"] == "fail" and failed <= known


def _known(run: Mapping[str, Any]) -> Iterator[Line]:
    """Reports that are the kernel's own, each once with the boots that have it."""
    seen: dict[tuple[str, str, str], list[str]] = {}
    for boot in run["boots"]:
        for one in boot.get("known", ()):
            way = " < ".join(one["functions"])
            seen.setdefault((one["kind"], way, one["reason"]), []).append(boot["name"])
    for (kind, way, reason), boots in seen.items():
        yield [
            (_STYLE["skip"], "KNOWN"),
            ("", f"  {kind} in {way}, of the kernel's own making: {reason} ({_boots(boots)})"),
        ]
    if seen:
        yield []


def _boots(names: Sequence[str]) -> str:
    return f"boot {names[0]}" + (f" and {len(names) - 1} more" if names[1:] else "")


def _unwatched(run: Mapping[str, Any], level: int) -> Iterator[Line]:
    """The cases after the report with which lockdep ended its work."""
    cut = [boot for boot in run["boots"] if (boot.get("lockdep_off") or {}).get("not_watched")]
    for boot in cut if level >= VERBOSE else cut[:FEW]:
        off = boot["lockdep_off"]
        names = off["not_watched"] if level >= VERBOSE else off["not_watched"][:FEW]
        more = len(off["not_watched"]) - len(names)
        yield [
            (_STYLE["not covered"], "NOT WATCHED BY LOCKDEP"),
            ("", f"  {', '.join(names)}{f' and {more} more' if more else ''}: it had stopped in"),
            ("", f" boot {boot['name']}, line {off['line']}: {off['text']}"),
        ]
    if cut:
        yield []


def _watched(run: Mapping[str, Any]) -> Iterator[Line]:
    """How many cases lockdep watched in every round, if the kernel has it."""
    if run.get("lockdep"):
        ran = {case["id"] for case in run["cases"] if case["boot"]}
        offs = [boot["lockdep_off"] for boot in run["boots"] if boot.get("lockdep_off")]
        missed = {name for off in offs for name in off["not_watched"]} & ran
        yield [
            ("", "  lockdep   "),
            ("", f"watched {len(ran) - len(missed)} of {len(ran)} cases"),
        ]


def _machine(run: Mapping[str, Any]) -> Iterator[Line]:
    """What the kernel booted in, and why in that way."""
    machine = run.get("machine")
    if machine:
        version = machine.get("version")
        name = f"QEMU {version}" if version else machine["program"]
        yield [("", f"  machine   {name}, {machine['accelerator']}: {machine['why']}")]
        for cases, other in machine.get("others", {}).items():
            yield [("", f"            {cases}: QEMU {other}")]


def _grouped(run: Mapping[str, Any], verdict: str, level: int) -> Iterator[Line]:
    """The rules of one verdict, together where the reason is the same."""
    reasons: dict[str, list[str]] = {}
    for rule in run["rules"]:
        if rule["verdict"] == verdict:
            reasons.setdefault(rule["reason"], []).append(rule["id"])
    for reason, rules in reasons.items():
        names = rules if level >= VERBOSE else rules[:MOST]
        more = f" and {len(rules) - len(names)} more" if len(rules) > len(names) else ""
        yield [
            (_STYLE[verdict], verdict.upper()),
            ("", f"  {', '.join(names)}{more}" + (f": {reason}" if reason else "")),
        ]
    if reasons:
        yield []


def _divergences(run: Mapping[str, Any]) -> Iterator[Line]:
    """What differs by design: each rule that stands in for others, and where that is from."""
    rules = {rule["id"]: rule for rule in run["rules"]}
    others: dict[str, list[str]] = {}
    for rule in run["rules"]:
        for name in rule.get("instead", ()):
            if rules[name]["verdict"] != "not covered":
                others.setdefault(name, []).append(rule["id"])
    for name, replaced in others.items():
        rule = rules[name]
        yield [
            (_STYLE["skip"], "DIFFERS"),
            ("", f"  {name} instead of {', '.join(replaced)}: {rule['sentence']}"),
            ("dim", f" ({rule['source']})"),
        ]
    if others:
        yield []


def _every_case(run: Mapping[str, Any]) -> Iterator[Line]:
    for case in run["cases"]:
        reason = f"  ({case['reason']})" if case["reason"] else ""
        rules = " ".join(case["rules"])
        status = case["status"]
        yield [(_STYLE[status], f"{status:5}"), ("", f"  {case['id']}  {rules}{reason}")]
        if case["explored"]:
            explored = " ".join(f"{name}={value}" for name, value in case["explored"].items())
            yield [("", f"         explored: {explored}")]
    if run["cases"]:
        yield []
