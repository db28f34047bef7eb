# SPDX-License-Identifier: GPL-2.0
"""svacheck certify: runs, or stored runs, to a certificate."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from svacheck import check, kernels, results, rulebook
from svacheck.certify import bundle, evidence, performance, profiles, record, waivers
from svacheck.certify.decide import EXIT
from svacheck.certify.pages import CLASSES, VERDICTS, WORDS
from svacheck.certify.profiles import MUST, SHOULD
from svacheck.certify.waivers import NOT_DEMONSTRATED
from svacheck.commands import CommandLog
from svacheck.errors import EXIT_INTERRUPTED, Problem
from svacheck.judged import KEPT, number
from svacheck.places import CERTIFICATE_SCHEMA, PROFILES, WAIVERS, results_folder
from svacheck.progress import Progress
from svacheck.provenance import describe_self
from svacheck.report import visible
from svacheck.results import schema_fault


INSTALLED = "installed"  # in a run's tree: the kernel was there, with its device


@dataclass(frozen=True)
class Options:
    """What was asked for. lanes, or runs that are stored; rounds 0: as the profile demands;
    bench: a stored session of svacheck bench, or ""."""

    profile: str
    lanes: Sequence[str] = ()
    runs: Sequence[str] = ()
    rounds: int = 0
    bench: str = ""
    waivers: Path | None = None
    out: Path | None = None
    how: check.Options = check.Options()


@dataclass(frozen=True)
class Certificate:
    """One that was written into folder."""

    record: Mapping[str, Any]
    folder: Path

    @property
    def status(self) -> int:
        """0 certified, 1 not certified, 2 no verdict."""
        return EXIT[self.record["verdict"]]


def certify(options: Options, progress: Progress) -> Certificate:
    """Run what is asked for, judge it by the profile, and write the certificate.

    Raises Problem if nothing can be certified."""
    path = profiles.find(options.profile, PROFILES)
    profile = profiles.load(
        path, rulebook.load(), PROFILES
    )  # wrong ones are told before anything runs
    waived = options.waivers or WAIVERS
    waivers.parse(profiles.text_of(waived), str(waived), rulebook.load())
    if options.out:
        bundle.check_free(options.out)
    files = performance.collect(performance.find(options.bench)) if options.bench else {}
    folders = [results.find(run) for run in options.runs]
    for lane in options.lanes:
        kernels.load_lane(lane)
    for lane in options.lanes:
        how = replace(options.how, lane=lane, rounds=options.rounds or profile.rounds)
        folders.append(_run(how, progress))
    runs = [results.load(str(folder)) for folder in folders]
    for folder, run in runs:
        files.update(evidence.collect(folder, run["id"]))
    now = time.time()
    made_id = _id(runs[0][1], profile.name, now)
    request = {
        "format": record.FORMAT,
        "id": made_id,
        "issued": time.strftime("%Y-%m-%d", time.gmtime(now)),
        "profile": profile.name,
        "svacheck": describe_self(CommandLog()),
    }
    return _write(options, files, _terms(request, path, waived), made_id)


def _run(how: check.Options, progress: Progress) -> Path:
    done = check.check(how, progress)
    if done.status == EXIT_INTERRUPTED:
        raise KeyboardInterrupt
    if done.trouble:
        raise done.trouble
    assert done.folder
    return done.folder


def _id(run: Mapping[str, Any], profile: str, now: float) -> str:
    return "certificate-" + results.new_id(str(run["tree"]["version"]), profile, now)


def _terms(request: Mapping[str, Any], profile: Path, waived: Path) -> dict[str, bytes]:
    text = profiles.text_of(profile)
    base = profiles.base_of(text, profile.stem)
    texts = {
        record.REQUEST: bundle.json_text(request),
        record.PROFILE: text,
        record.BASE: profiles.text_of(PROFILES / f"{base}.toml"),
        record.WAIVERS: profiles.text_of(waived),
    }
    return {name: text.encode() for name, text in texts.items()}


def _write(
    options: Options, files: Mapping[str, bytes], terms: Mapping[str, bytes], made_id: str
) -> Certificate:
    whole = {**files, **terms}
    made = record.make(whole)
    if made.differences:
        raise Problem(
            f"the run is not what its evidence gives: {made.differences[0]}",
            "run.json",
            "run it again with this svacheck",
        )
    fault = schema_fault(made.record, CERTIFICATE_SCHEMA)
    if fault:
        raise ValueError(f"the certificate does not fit its schema: {fault}")
    folder = options.out or results_folder() / made_id
    bundle.write(folder, whole, made.record)
    return Certificate(made.record, folder)


# ---- on the terminal ----


def report(done: Certificate) -> Iterator[str]:
    """What a person is told, the verdict last."""
    yield from map(visible, _report(done.record))
    yield visible(f"  certificate {done.folder}/")


def _report(it: Mapping[str, Any]) -> Iterator[str]:
    absent: dict[tuple[str, str, bool], list[str]] = {}
    for rule in it["rules"]:
        if rule["class"] not in (MUST, SHOULD) or rule["verdict"] == KEPT:
            continue
        if rule["verdict"] == NOT_DEMONSTRATED:
            key = rule["class"], rule["reason"], bool(rule["waived"])
            absent.setdefault(key, []).append(rule["id"])
            continue
        word = _word(rule["verdict"], rule["waived"])
        yield f"{word} {rule['id']}, {rule['class']}: {rule['sentence']}"
        if rule["reason"]:
            yield f"  {rule['reason']}"
    for (kind, reason, waived), rules in absent.items():
        yield f"{_word(NOT_DEMONSTRATED, waived)} {', '.join(rules)}, {kind}: {reason}"
    for one in it["waivers"]:
        if one["state"] in ("counts", "expired"):
            how = "WAIVER" if one["state"] == "counts" else "EXPIRED WAIVER"
            yield (
                f"{how} {one['number']} of {one['rule']}: {one['reason']}"
                f" ({one['owner']}, until {one['expires']})"
            )
    yield (
        f"{WORDS[it['verdict']]}  {it['profile']['title']} | Linux {it['kernel']['version']} |"
        f" lane {', '.join(dict.fromkeys(run['lane'] for run in it['runs']))}"
    )
    yield f"  {it['profile']['class']}"
    for reason in it["reasons"]:
        yield f"  {reason}"
    for kind, counts in it["summary"].items():
        said = [f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts.get(verdict)]
        if said:
            yield f"  {CLASSES[kind].lower()}: {', '.join(said)}"
    if it["performance"]:
        count = number(len(it["performance"]["figures"]), "metric")
        yield f"  performance: {count} of {it['performance']['id']}, which no verdict depends on"
    if it["valid_until"]:
        yield f"  valid until {it['valid_until']}"
    yield f"  fingerprint {it['fingerprint']}"


def _word(verdict: str, waived: object) -> str:
    return verdict.upper() + (" (waived)" if waived else "")


def run_of_device(name: str) -> str:
    """The newest stored run of a device that a kit has brought; Problem if there is none."""
    modelled = False
    for folder in sorted(results_folder().glob("*-*"), key=lambda path: path.name, reverse=True):
        if not results.RUN_ID.fullmatch(folder.name) or not (folder / "run.json").is_file():
            continue
        _, run = results.load(str(folder))
        if run["tree"]["identity"].get("device") != name or run["tree"]["kind"] != INSTALLED:
            continue
        if run["lane"] == kernels.HARDWARE:
            return folder.name
        modelled = True
    remedy = "make kit, ./run --device there, and svacheck import what it brings"
    what = ", but one of its model" if modelled else ""
    raise Problem(f"no run of device {name} is stored{what}", "--device", remedy)
