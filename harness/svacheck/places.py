# SPDX-License-Identifier: GPL-2.0
"""Where the parts of this checkout lie."""

from __future__ import annotations

import os
from pathlib import Path

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
REQUEST_SCHEMA = ROOT / "results" / "schema" / "request.schema.json"
KCIDB_SCHEMA = ROOT / "results" / "schema" / "kcidb-5.3.schema.json"


def results_folder() -> Path:
    """Where runs are stored: $SVACHECK_RESULTS, or results/ of this checkout."""
    chosen = os.environ.get("SVACHECK_RESULTS")
    return Path(chosen).expanduser().absolute() if chosen else ROOT / "results"
