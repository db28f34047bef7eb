# SPDX-License-Identifier: GPL-2.0
"""Submitting, to a real server on loopback that fails in all ways."""

from __future__ import annotations

import email
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_receiver import Got, Receiver, listening
from made_exports import cases, session
from made_store import keep, run

from svacheck.cli import main
from svacheck.errors import Problem
from svacheck.places import KCIDB_SCHEMA, ROOT
from svacheck.results import schema_fault
from svacheck.submit import settings
from svacheck.submit.spool import FIRST, LONGEST, Spool, entry

TOKEN = "secret-0123456789"
RUN = run(1, cases(), verdict="error", problems=["the kernel panicked"])


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with a spool and settings of their own, and no proxy on the way to loopback."""
    for name in [name for name in os.environ if name.startswith("SVACHECK_KCIDB")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("SVACHECK_SPOOL", str(tmp_path / "spool"))
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path


@pytest.fixture
def receiver(results: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    keep(results, RUN)
    with listening(Receiver()) as made:
        monkeypatch.setenv("SVACHECK_KCIDB_URL", made.url)
        monkeypatch.setenv("SVACHECK_KCIDB_TOKEN", TOKEN)
        yield made


def spooled(home: Path, where: str = "") -> list[dict[str, Any]]:
    return [json.loads(file.read_text()) for file in (home / "spool" / where).glob("*.json")]


def ids(got: Got) -> list[str]:
    made = json.loads(got.body)
    return [one["id"] for kind in ("checkouts", "builds", "tests") for one in made[kind]]


def test_a_run_is_sent_once(
    receiver: Receiver, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["submit", "kcidb", "last"]) == 0
    assert main(["submit", "kcidb", "last"]) == 0
    assert "sent before" in capsys.readouterr().out
    (got,) = receiver.got
    assert got.path == "/submit" and got.headers["authorization"] == f"Bearer {TOKEN}"
    assert got.headers["content-type"] == "application/json"
    made = json.loads(got.body)
    assert schema_fault(made, KCIDB_SCHEMA) == "" and len(made["tests"]) == len(RUN["cases"]) + 1
    assert not spooled(home) and len(spooled(home, "sent")) == 1


def test_what_failed_is_sent_again(
    receiver: Receiver, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver.answers = [(500, "out of order"), (0, ""), (429, "slowly"), (200, "{}")]
    assert main(["submit", "kcidb", "last"]) == 2
    assert "HTTP 500: out of order; svacheck submit --retry" in capsys.readouterr().out
    assert main(["submit", "--retry"]) == 2
    assert "not yet due" in capsys.readouterr().out and len(receiver.got) == 1
    for status in (2, 2, 0):
        assert main(["submit", "--retry", "--now"]) == status
    assert main(["submit", "--retry"]) == 0
    assert len(receiver.got) == 4 and len({got.body for got in receiver.got}) == 1
    assert not spooled(home) and spooled(home, "sent")[0]["tries"] == 3


def test_nobody_listens(results: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(results, RUN)
    with listening(Receiver()) as gone:
        pass
    assert main(["submit", "kcidb", "last", "--to", gone.url]) == 2
    assert "Connection refused" in capsys.readouterr().out
    assert [one["tries"] for one in spooled(home)] == [1]


@pytest.mark.parametrize("status", [400, 401, 403, 413, 302, 307])
def test_what_is_refused_is_not_sent_again(
    receiver: Receiver, home: Path, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with listening(Receiver()) as elsewhere:
        receiver.answers = [(status, "no")]
        receiver.headers = {"Location": elsewhere.url}
        assert main(["submit", "kcidb", "last"]) == 2
        assert main(["submit", "--retry", "--now"]) == 0
        assert len(receiver.got) == 1 and not elsewhere.got  # which would have had the token
    assert f"HTTP {status}: no" in capsys.readouterr().out
    assert not spooled(home) and len(spooled(home, "refused")) == 1
    receiver.answers = [(200, "")]  # the user has had it mended, and submits again
    assert main(["submit", "kcidb", "last"]) == 0
    assert not spooled(home, "refused") and len(spooled(home, "sent")) == 1


def test_one_that_is_refused_does_not_hold_up_the_others(
    receiver: Receiver, results: Path, home: Path
) -> None:
    other = keep(results, run(2))
    receiver.answers = [(400, "no"), (200, "")]
    assert main(["submit", "kcidb", RUN["id"], other.name]) == 2
    assert len(receiver.got) == 2 and len(spooled(home, "sent")) == 1


DIES = """
import os, signal
from svacheck import cli
from svacheck.submit import {module}
def die(*given, **more):
    os.kill(os.getpid(), signal.SIGKILL)
{module}.{name} = die
cli.main(["submit", "kcidb", "last"])
"""


@pytest.mark.parametrize(
    "module, name, requests",
    [
        ("submit", "send", 0),  # spooled, not sent
        ("spool", "Spool.done", 1),  # sent, not marked
    ],
)
def test_who_is_killed_sends_the_very_same_again(
    receiver: Receiver, results: Path, home: Path, module: str, name: str, requests: int
) -> None:
    script = DIES.format(module=module, name=name)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "harness")}
    killed = subprocess.run([sys.executable, "-c", script], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(receiver.got) == requests and len(spooled(home)) == 1
    assert main(["submit", "--retry"]) == 0
    assert len({got.body for got in receiver.got}) == 1
    assert len({tuple(ids(got)) for got in receiver.got}) == 1
    assert not spooled(home) and len(spooled(home, "sent")) == 1


def test_two_at_once_send_it_once(receiver: Receiver, home: Path) -> None:
    words = [
        sys.executable,
        "-c",
        "from svacheck import cli; cli.main(['submit', 'kcidb', 'last'])",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "harness")}
    both = [subprocess.Popen(words, env=environment) for _ in range(2)]
    assert [one.wait() for one in both] == [0, 0]
    assert len(receiver.got) == 1 and len(spooled(home, "sent")) == 1


def test_without_an_address_nothing_is_sent(
    results: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(results, RUN)
    assert main(["submit", "kcidb", "last"]) == 2
    assert "no address is configured, so nothing is sent" in capsys.readouterr().err
    assert not (home / "spool").exists()


def test_a_dry_run_sends_and_keeps_nothing(
    receiver: Receiver, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["submit", "kcidb", "last", "--dry-run"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["address"] == f"{receiver.url}/submit" and made["of"] == RUN["id"]
    assert not schema_fault(json.loads(made["fields"]["body"]), KCIDB_SCHEMA)
    assert not receiver.got and not (home / "spool").exists()


def test_the_token_is_nowhere(
    receiver: Receiver, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver.answers = [(500, f"bad token {TOKEN}"), (400, f"bad token {TOKEN}\x1b[31m")]
    assert main(["submit", "kcidb", "last", "--dry-run"]) == 0
    assert main(["submit", "kcidb", "last"]) == 2
    assert main(["submit", "--retry", "--now"]) == 2
    said = "".join(capsys.readouterr())
    assert "bad token ***" in said and TOKEN not in said and "\x1b" not in said
    files = [file for file in (home / "spool").rglob("*") if file.is_file()]
    assert files and not any(TOKEN.encode() in file.read_bytes() for file in files)
    assert TOKEN not in repr(settings.load("kcidb"))


# ---- SQUAD ----


def test_squad_gets_its_files(
    receiver: Receiver, results: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("GROUP", "my lab"), ("PROJECT", "sva"), ("TOKEN", TOKEN)):
        monkeypatch.setenv(f"SVACHECK_SQUAD_{name}", value)
    keep(results, session(), "bench.json")
    receiver.answers = [(201, "1"), (400, f"There is already a test run with job_id {RUN['id']}")]
    assert main(["submit", "squad", "last", "bench-2026", "--to", receiver.url]) == 0
    got = receiver.got[0]
    assert got.path == "/api/submit/my%20lab/sva/6.1.192/uml"
    assert got.headers["auth-token"] == TOKEN
    whole = b"Content-Type: " + got.headers["content-type"].encode() + b"\r\n\r\n" + got.body
    parts = email.message_from_bytes(whole).get_payload()
    assert isinstance(parts, list)
    names = [part.get_param("name", header="content-disposition") for part in parts]
    assert names == ["tests", "metrics", "metadata"]
    tests = json.loads(parts[0].get_payload())
    assert tests["svacheck/verdict"] == "fail" and len(tests) == len(RUN["cases"]) + 1
    assert len(spooled(home, "sent")) == 2  # SQUAD had the second already


# ---- settings and spool ----


def write(home: Path, text: str, mode: int = 0o600) -> None:
    file = home / "config" / "svacheck" / "submit.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    file.chmod(mode)


FILE = f'[kcidb]\nurl = "https://db.example.org/"\ntoken = "{TOKEN}"\norigin = "my_lab"\n'


def test_the_token_of_the_file_goes_to_its_address_alone(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, FILE)
    made = settings.load("kcidb")
    assert (made.url, made.token) == ("https://db.example.org", TOKEN)
    assert made.more == {"origin": "my_lab"}
    assert settings.load("kcidb", "https://other.example.org").token == ""
    monkeypatch.setenv("SVACHECK_KCIDB_URL", "https://third.example.org")
    assert settings.load("kcidb").token == ""


@pytest.mark.parametrize(
    "text, mode, word",
    [
        (FILE, 0o644, "others can read the token"),
        ("[kcidb\n", 0o600, "cannot read the settings"),
        ("[kernelci]\n", 0o600, "must hold tables"),
        ("[kcidb]\nport = 1\n", 0o600, "each a text"),
        ('[kcidb]\nurl = "ftp://x/"\n', 0o600, "no address"),
        ('[kcidb]\nurl = "https://x:y/"\n', 0o600, "no address"),
        ('[kcidb]\nurl = "https://secret@x/"\n', 0o600, "must have no token in it"),
        ('[kcidb]\nurl = "http://x/"\ntoken = "t"\n', 0o600, "would show the token"),
        ('[kcidb]\nurl = "https://x/"\ntoken = "t\\n"\n', 0o600, "characters that no token has"),
    ],
)
def test_wrong_settings_are_told(home: Path, text: str, mode: int, word: str) -> None:
    write(home, text, mode)
    with pytest.raises(Problem, match=word) as told:
        settings.load("kcidb")
    assert "secret@" not in str(told.value)


def test_tries_become_rarer(tmp_path: Path) -> None:
    spool = Spool(tmp_path, now=lambda: 1000.0)
    one = entry("kcidb", "https://x/submit", "a run", {"body": "{}"})
    waits = []
    for _ in range(14):
        spool.later(one, "HTTP 500")
        waits.append(one.due - 1000)
    assert waits[:3] == [FIRST, 2 * FIRST, 4 * FIRST] and waits[-1] == LONGEST
    spool.later(one, "HTTP 503", seconds=1e9)
    assert one.due - 1000 == LONGEST


def test_a_receiver_can_ask_for_time(receiver: Receiver, home: Path) -> None:
    receiver.answers, receiver.headers = [(503, "")], {"Retry-After": "7200"}
    assert main(["submit", "kcidb", "last"]) == 2
    assert spooled(home)[0]["due"] > os.stat(home / "spool").st_mtime + 7000


def test_a_damaged_file_does_not_hold_up_the_others(
    receiver: Receiver, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver.answers = [(500, ""), (200, "")]
    assert main(["submit", "kcidb", "last"]) == 2
    (home / "spool" / "0.json").write_text("{")
    assert main(["submit", "--retry", "--now"]) == 2
    assert "damaged" in capsys.readouterr().out and len(spooled(home, "sent")) == 1


@pytest.mark.parametrize(
    "words, said",
    [
        (["submit"], "no format is named"),
        (["submit", "junit", "last"], "nobody receives 'junit'"),
        (["submit", "kcidb"], "no run is named"),
        (["submit", "--retry", "kcidb"], "takes nothing else"),
        (["submit", "squad", "last"], "wants a group and a project"),
    ],
)
def test_what_goes_wrong_is_told(
    receiver: Receiver,
    words: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SVACHECK_SQUAD_URL", receiver.url)
    assert main(words) == 2
    assert said in capsys.readouterr().err and not receiver.got
