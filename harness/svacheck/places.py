# SPDX-License-Identifier: GPL-2.0
"""Where the parts of this checkout lie."""

from __future__ import annotations

import os
from pathlib import Path

from svacheck.errors import Problem

ROOT = Path(__file__).resolve().parents[2]
KUNIT = ROOT / "kunit"
SELFTESTS = ROOT / "selftests"
RULES = ROOT / "configs" / "rules"
BROKEN_DRIVERS = ROOT / "configs" / "broken-drivers.toml"
TOPOLOGIES = ROOT / "configs" / "topologies.toml"
PROFILES = ROOT / "configs" / "profiles"
WAIVERS = ROOT / "configs" / "waivers.toml"
RUN_SCHEMA = ROOT / "results" / "schema" / "run.schema.json"
DOCTOR_SCHEMA = ROOT / "results" / "schema" / "doctor.schema.json"
GATE_SCHEMA = ROOT / "results" / "schema" / "gate.schema.json"
JUDGING_SCHEMA = ROOT / "results" / "schema" / "judging.schema.json"
CERTIFICATE_SCHEMA = ROOT / "results" / "schema" / "certificate.schema.json"
BENCH_SCHEMA = ROOT / "results" / "schema" / "bench.schema.json"
KIT_SCHEMA = ROOT / "results" / "schema" / "kit.schema.json"
ITEM_SCHEMA = ROOT / "results" / "schema" / "item.schema.json"
PLAN_SCHEMA = ROOT / "results" / "schema" / "plan.schema.json"
REQUEST_SCHEMA = ROOT / "results" / "schema" / "request.schema.json"
KCIDB_SCHEMA = ROOT / "results" / "schema" / "kcidb-5.3.schema.json"


def is_checkout(folder: Path) -> bool:
    """Whether that is this project's source, and not what a package has installed."""
    return (folder / "scripts" / "check").is_file() and (folder / "kunit" / "carried").is_dir()


def require_checkout(command: str) -> None:
    """Problem unless this svacheck is run from a checkout, which its own tests are a part of."""
    if not is_checkout(ROOT):
        raise Problem(f"svacheck {command} looks at a checkout, and this is none", str(ROOT))


def results_folder() -> Path:
    """Where runs are stored: $SVACHECK_RESULTS; or results/ of this checkout, or, installed,
    of the current folder if that is one; or a folder of the user's own."""
    chosen = os.environ.get("SVACHECK_RESULTS")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if is_checkout(ROOT):
        return ROOT / "results"
    if is_checkout(Path.cwd()):
        return Path.cwd() / "results"
    state = os.environ.get("XDG_STATE_HOME", "")
    # The XDG base directory specification has relative paths ignored
    base = Path(state) if os.path.isabs(state) else Path.home() / ".local" / "state"
    return base / "svacheck" / "results"
