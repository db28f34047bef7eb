# SPDX-License-Identifier: GPL-2.0
"""The tables of the index, and the views that whoever asks sees: TABLES is their description.

A change of anything here needs a new VERSION: an index of another one is made anew.
"""

from __future__ import annotations

VERSION = 1
APPLICATION = 0x53564143  # "SVAC", as `file` shows it

# A view, what a row of it is, and its columns with what each holds
TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "runs": (
        "A run of svacheck check, or one that was imported.",
        {
            "id": "of the run, which is the name of its folder",
            "started": "UTC, RFC 3339",
            "kernel": "its name in configs/kernels.toml; of other trees the version",
            "version": "of the kernel's Makefile",
            "lane": "of configs/lanes.toml",
            "kind": "debian, git, plain or installed",
            "tree": "what the user named: a kernel, or a path",
            "revision": "commit, Debian version or hash of the content",
            "identity": "all that tells this tree from any other, as JSON",
            "verdict": "pass, fail or error",
            "seconds": "it took",
            "bodies": "distinct case bodies",
            "cases": "that it had",
            "passed": "of these",
            "failed": "of these",
            "errors": "of these",
            "skipped": "of these",
            "known_issues": "failures that were waited for",
            "problems": "why it cannot be trusted, a line each",
            "implementations": "that were judged, with spaces in between",
            "selection": "the SUITE globs; empty for all cases",
            "rounds": "boots of the same kernel",
            "kernel_args": "added to its command line, with spaces in between",
            "strict": "1: a broken detail fails it",
            "alone": "1: each case had a boot for itself",
            "svacheck": "version of the suite",
            "svacheck_commit": "null outside a git checkout",
            "svacheck_dirty": "1: with changes; null outside a git checkout",
            "compiler": "null if nothing was built",
            "host": "architecture of the machine",
            "place": "sorts runs as they were made",
        },
    ),
    "rules": (
        "What a run came to for a rule.",
        {
            "run": "id of the run",
            "started": "of the run",
            "kernel": "of the run",
            "lane": "of the run",
            "rule": "its id",
            "verdict": "kept, broken, error, not covered or not bound",
            "kind": "contract or detail",
            "reason": "why it is not kept, or what was skipped",
            "place": "of the run",
        },
    ),
    "rulebook": (
        "A rule as the newest run has it.",
        {
            "rule": "its id",
            "kind": "contract or detail",
            "sentence": "what has to hold",
            "source": "who says so",
        },
    ),
    "cases": (
        "What a case came to in a run.",
        {
            "run": "id of the run",
            "started": "of the run",
            "kernel": "of the run",
            "lane": "of the run",
            "id": "suite.name/param",
            "status": "pass, fail, error or skip",
            "seconds": "of its boot, if that ran nothing else; null if nobody knows",
            "reason": "of a skip or an error, or the first thing that went wrong",
            "source": "file:line of the first failed assertion",
            "rules": "that it cites, with spaces in between",
            "breaks": "of these, and of others, those that its failure breaks",
            "place": "of the run",
        },
    ),
    "metrics": (
        "What a session of svacheck bench measured of a metric, on one side.",
        {
            "session": "folder of the session",
            "started": "UTC, RFC 3339",
            "kernel": "as in runs",
            "version": "of the kernel's Makefile",
            "revision": "as in runs",
            "side": "kernel, base or head",
            "key": "METRIC/IMPLEMENTATION, or the METRIC of a floor",
            "metric": "its name",
            "implementation": "- of a floor",
            "unit": "of the figures, which are of one call",
            "median": "of the boots",
            "low": "in 95 of 100 the median of all boots is between it and high; null for few",
            "high": "null for few boots",
            "boots": "that measured it",
            "samples": "in all boots",
            "floor": "the metric without which nothing could do",
            "what": "one call, in words",
            "file": "with every sample, below results/",
            "host": "where it ran: runs of others say nothing of it",
            "place": "sorts sessions as they were made",
        },
    ),
    "comparisons": (
        "What a session of svacheck bench says of head and base.",
        {
            "session": "folder of the session",
            "key": "as in metrics",
            "ratio": "times of head to those of base",
            "low": "of its interval; null for few boots",
            "high": "of its interval; null for few boots",
            "p": "adjusted for all metrics together",
            "answer": "slower, faster, same or not enough data",
        },
    ),
    "gates": (
        "A run of svacheck gate.",
        {
            "id": "its folder",
            "started": "UTC, RFC 3339",
            "lane": "of configs/lanes.toml",
            "base": "what was compared, as a title",
            "base_run": "id of its run",
            "head": "with what; null if there is none",
            "head_run": "id of its run",
            "verdict": "pass, fail or error",
            "speed": "answer of the comparison of times; null if there was none",
            "seconds": "it took",
            "problems": "why there is nothing to compare, a line each",
        },
    ),
    "changes": (
        "What a gate found changed.",
        {
            "gate": "its folder",
            "what": "rule or case",
            "id": "of the rule or case",
            "change": "one of the seven classes",
            "base": "verdict or status there, or absent",
            "head": "verdict or status there, or absent",
            "known": "1: a known issue",
            "evidence": "the first thing that went wrong",
        },
    ),
    "matrices": (
        "A column of a svacheck matrix.",
        {
            "id": "folder of the matrix",
            "started": "UTC, RFC 3339",
            "kernel": "as it was asked for",
            "lane": "of configs/lanes.toml",
            "run": "id of its run; null if there was none",
            "verdict": "pass, fail or error",
            "seconds": "it took",
        },
    ),
    "certificates": (
        "A certificate.",
        {
            "id": "its folder",
            "issued": "the day",
            "profile": "of configs/profiles/",
            "kernel": "as in runs",
            "version": "of the kernel's Makefile",
            "verdict": "certified, not certified or no verdict",
            "valid_until": "null if it needs no waiver",
            "reasons": "why it is not certified, a line each",
            "runs": "ids of the runs that it rests on, with spaces in between",
        },
    ),
    "campaigns": (
        "A campaign of svacheck mutants that came to its end.",
        {
            "id": "its folder",
            "version": "of the kernel's Makefile",
            "lane": "of configs/lanes.toml",
            "mutants": "with a result",
            "detected": "killed, crashed or refused",
            "survived": "or uncovered or hung",
            "left_out": "equivalent, same object, twin or not built",
            "score": "percent of those not left out that were detected",
            "verdict": "pass or fail",
            "cpu_seconds": "it took",
        },
    ),
    "kills": (
        "A rule that killed a mutant.",
        {
            "campaign": "its folder",
            "mutant": "its id",
            "rule": "that it breaks",
        },
    ),
    "drivers": (
        "A driver of svacheck broken-drivers.",
        {
            "id": "folder of the matrix",
            "started": "UTC, RFC 3339",
            "version": "of the kernel's Makefile",
            "driver": "its name",
            "flaw": "what is wrong with it",
            "rules": "that it has to break, with spaces in between",
            "broken": "that it broke",
            "caught": "1: by exactly its rules",
        },
    ),
    "left_out": (
        "A folder that looks like a record and cannot be one.",
        {
            "folder": "below results/",
            "why": "it is left out",
        },
    ),
}

_RUN = "run.id AS run, run.started, run.kernel, run.lane"
_OWN = "id INTEGER PRIMARY KEY"
_OF_RECORD = "INTEGER NOT NULL REFERENCES record ON DELETE CASCADE"

# record: every folder that was looked at; stamp: what its file was like then
STATEMENTS = f"""
CREATE TABLE record (num INTEGER PRIMARY KEY, folder TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
  stamp TEXT NOT NULL, fault TEXT) STRICT;
CREATE TABLE text ({_OWN}, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE rule ({_OWN}, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE run (num INTEGER PRIMARY KEY REFERENCES record ON DELETE CASCADE,
  id TEXT NOT NULL UNIQUE, started TEXT NOT NULL, kernel TEXT NOT NULL, version TEXT NOT NULL,
  lane TEXT NOT NULL, kind TEXT NOT NULL, tree TEXT NOT NULL, revision TEXT NOT NULL,
  identity TEXT NOT NULL, verdict TEXT NOT NULL CHECK (verdict IN ('pass', 'fail', 'error')),
  seconds REAL NOT NULL, bodies INTEGER NOT NULL, cases INTEGER NOT NULL,
  passed INTEGER NOT NULL, failed INTEGER NOT NULL, errors INTEGER NOT NULL,
  skipped INTEGER NOT NULL, known_issues INTEGER NOT NULL, problems TEXT NOT NULL,
  implementations TEXT NOT NULL, selection TEXT NOT NULL, rounds INTEGER NOT NULL,
  kernel_args TEXT NOT NULL, strict INTEGER NOT NULL, alone INTEGER NOT NULL,
  svacheck TEXT NOT NULL, svacheck_commit TEXT, svacheck_dirty INTEGER, compiler TEXT,
  host TEXT NOT NULL, place TEXT NOT NULL,
  CHECK (cases = passed + failed + errors + skipped)) STRICT;
CREATE TABLE rule_of (rule INTEGER NOT NULL, run {_OF_RECORD},
  verdict TEXT NOT NULL CHECK (verdict IN ('kept', 'broken', 'error', 'not covered', 'not bound')),
  kind TEXT NOT NULL CHECK (kind IN ('contract', 'detail')), reason INTEGER NOT NULL,
  sentence INTEGER NOT NULL, source INTEGER NOT NULL,
  PRIMARY KEY (rule, run)) STRICT, WITHOUT ROWID;
CREATE INDEX rule_of_run ON rule_of (run);
CREATE TABLE case_of (name INTEGER NOT NULL, run {_OF_RECORD},
  status TEXT NOT NULL CHECK (status IN ('pass', 'fail', 'error', 'skip')), seconds REAL,
  reason INTEGER NOT NULL, source INTEGER NOT NULL, rules INTEGER NOT NULL, breaks INTEGER NOT NULL,
  PRIMARY KEY (name, run)) STRICT, WITHOUT ROWID;
CREATE INDEX case_of_run ON case_of (run);
CREATE TABLE metric (record {_OF_RECORD}, session TEXT NOT NULL, started TEXT NOT NULL,
  kernel TEXT NOT NULL, version TEXT NOT NULL, revision TEXT NOT NULL, side TEXT NOT NULL,
  key TEXT NOT NULL, metric TEXT NOT NULL, implementation TEXT NOT NULL, unit TEXT NOT NULL,
  median REAL NOT NULL, low REAL, high REAL, boots INTEGER NOT NULL, samples INTEGER NOT NULL,
  floor TEXT NOT NULL, what TEXT NOT NULL, file TEXT NOT NULL, host TEXT NOT NULL,
  place TEXT NOT NULL, PRIMARY KEY (record, side, key)) STRICT, WITHOUT ROWID;
CREATE INDEX metric_key ON metric (key);
CREATE TABLE comparison (record {_OF_RECORD}, session TEXT NOT NULL, key TEXT NOT NULL,
  ratio REAL NOT NULL, low REAL, high REAL, p REAL NOT NULL, answer TEXT NOT NULL) STRICT;
CREATE INDEX comparison_record ON comparison (record);
CREATE TABLE gate (record {_OF_RECORD}, id TEXT NOT NULL, started TEXT NOT NULL,
  lane TEXT NOT NULL, base TEXT NOT NULL, base_run TEXT NOT NULL, head TEXT, head_run TEXT,
  verdict TEXT NOT NULL CHECK (verdict IN ('pass', 'fail', 'error')), speed TEXT,
  seconds REAL NOT NULL, problems TEXT NOT NULL) STRICT;
CREATE INDEX gate_record ON gate (record);
CREATE TABLE change (record {_OF_RECORD}, gate TEXT NOT NULL,
  what TEXT NOT NULL, id TEXT NOT NULL, change TEXT NOT NULL, base TEXT NOT NULL,
  head TEXT NOT NULL, known INTEGER NOT NULL, evidence TEXT NOT NULL) STRICT;
CREATE INDEX change_record ON change (record);
CREATE TABLE matrix (record {_OF_RECORD}, id TEXT NOT NULL, started TEXT NOT NULL,
  kernel TEXT NOT NULL, lane TEXT NOT NULL, run TEXT,
  verdict TEXT NOT NULL CHECK (verdict IN ('pass', 'fail', 'error')),
  seconds REAL NOT NULL) STRICT;
CREATE INDEX matrix_record ON matrix (record);
CREATE TABLE certificate (record {_OF_RECORD}, id TEXT NOT NULL, issued TEXT NOT NULL,
  profile TEXT NOT NULL, kernel TEXT NOT NULL, version TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('certified', 'not certified', 'no verdict')),
  valid_until TEXT, reasons TEXT NOT NULL, runs TEXT NOT NULL) STRICT;
CREATE INDEX certificate_record ON certificate (record);
CREATE TABLE campaign (record {_OF_RECORD}, id TEXT NOT NULL, version TEXT NOT NULL,
  lane TEXT NOT NULL, mutants INTEGER NOT NULL, detected INTEGER NOT NULL,
  survived INTEGER NOT NULL, left_out INTEGER NOT NULL, score REAL NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('pass', 'fail')), cpu_seconds REAL NOT NULL) STRICT;
CREATE INDEX campaign_record ON campaign (record);
CREATE TABLE kill (record {_OF_RECORD}, campaign TEXT NOT NULL, mutant TEXT NOT NULL,
  rule TEXT NOT NULL) STRICT;
CREATE INDEX kill_record ON kill (record);
CREATE TABLE driver (record {_OF_RECORD}, id TEXT NOT NULL, started TEXT NOT NULL,
  version TEXT NOT NULL, driver TEXT NOT NULL, flaw TEXT NOT NULL, rules TEXT NOT NULL,
  broken TEXT NOT NULL, caught INTEGER NOT NULL) STRICT;
CREATE INDEX driver_record ON driver (record);

CREATE VIEW rules AS SELECT {_RUN}, rule.name AS rule, o.verdict, o.kind, reason.text AS reason,
  run.place FROM rule_of o JOIN rule ON rule.id = o.rule JOIN run ON run.num = o.run
  JOIN text reason ON reason.id = o.reason;
CREATE VIEW rulebook AS SELECT rule.name AS rule, o.kind, sentence.text AS sentence,
  source.text AS source FROM rule JOIN rule_of o ON o.rule = rule.id AND o.run = (SELECT n.run
    FROM rule_of n JOIN run ON run.num = n.run WHERE n.rule = rule.id
    ORDER BY run.place DESC LIMIT 1)
  JOIN text sentence ON sentence.id = o.sentence JOIN text source ON source.id = o.source;
CREATE VIEW cases AS SELECT {_RUN}, name.text AS id, o.status, o.seconds, reason.text AS reason,
  source.text AS source, cited.text AS rules, breaks.text AS breaks, run.place
  FROM case_of o JOIN text name ON name.id = o.name JOIN run ON run.num = o.run
  JOIN text reason ON reason.id = o.reason JOIN text source ON source.id = o.source
  JOIN text cited ON cited.id = o.rules JOIN text breaks ON breaks.id = o.breaks;
CREATE VIEW left_out AS SELECT folder, fault AS why FROM record WHERE fault IS NOT NULL;
"""

# View to the table that has all its columns
_SAME = {
    "runs": "run",
    "metrics": "metric",
    "comparisons": "comparison",
    "gates": "gate",
    "changes": "change",
    "matrices": "matrix",
    "certificates": "certificate",
    "campaigns": "campaign",
    "kills": "kill",
    "drivers": "driver",
}


def statements() -> str:
    """SQL that makes an empty index."""
    views = [
        f"CREATE VIEW {view} AS SELECT {', '.join(TABLES[view][1])} FROM {table};"
        for view, table in _SAME.items()
    ]
    return STATEMENTS + "\n".join(views) + "\n"


_HEAD = """\
# The index of results/

`index.sqlite` holds what is asked of many runs at once; the records stay the truth. It is brought
up to date by whatever reads it, and `scripts/svacheck reindex` makes it anew. `svacheck query SQL`
asks it. These are its views, in version {version} of the schema (`PRAGMA user_version`); the tables
below them may change with any version.
"""


def page() -> str:
    """results/schema/index.md: the description of the index for a reader."""
    lines = [_HEAD.format(version=VERSION)]
    for view, (row, columns) in TABLES.items():
        lines += [f"## {view}", row, "", "| column | holds |", "|---|---|"]
        lines += [f"| `{name}` | {what} |" for name, what in columns.items()] + [""]
    return "\n".join(lines)
