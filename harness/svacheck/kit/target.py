# SPDX-License-Identifier: GPL-2.0
"""./run of the kit: the doctor, the programs of a driver, and one archive of what they said."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from svacheck.certify import archive
from svacheck.errors import EXIT_FAIL, EXIT_INTERRUPTED, EXIT_PASS, EXIT_TROUBLE, Problem

from . import module, place, running
from .layout import (
    ABOUT,
    CONSOLES,
    DRIVERS,
    FORMAT,
    MACHINE_WIDE,
    MODEL,
    MODULE,
    PLACE,
    RECORD,
    RESULTS,
    SUMS,
)

KEPT = re.compile(r"svac_[a-z_]+")  # settings for programs, which are recorded
FAILED, SKIPPED = 1, 4  # exit statuses of a program
DESCRIPTION = """\
Look at this machine, let the programs of a driver bind its device to their memory, and write what
they and the kernel said into one archive, for svacheck import. Nothing is installed. Programs that
change what the whole machine does (KSM, swap, compaction) run only with --machine-wide."""
EPILOG = """\
examples:
  ./run                                    the driver whose device is there
  ./run --driver dsa --device wq0.0,wq0.1  these work queues
  ./run --list                             drivers, and whether their devices are there

exit status: 0 no case failed, 1 one did, 2 trouble, or no device, 130 interrupted"""


def main(arguments: Optional[Sequence[str]] = None, kit: Optional[Path] = None) -> int:
    """The command line. kit: its folder."""
    folder = kit or Path(__file__).resolve().parents[3]
    try:
        options = _parse(arguments)
        about = check_kit(folder)
        if options.list:
            return _list(folder)
        return _run(folder, about, options)
    except Problem as problem:
        print(f"run: {problem}", file=sys.stderr)
        return EXIT_TROUBLE
    except KeyboardInterrupt:
        print("run: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED


def _parse(arguments: Optional[Sequence[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="run",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    parser.add_argument("--driver", metavar="NAME", default="", help="in place of the first")
    parser.add_argument("--device", metavar="D", default="", help="as the driver calls it")
    parser.add_argument("--rounds", metavar="N", type=int, default=3, help="of all programs (3)")
    parser.add_argument("--programs", metavar="P[,P]", default="", help="these programs alone")
    parser.add_argument("--limit", metavar="S", type=int, default=900, help="seconds a program has")
    parser.add_argument("--machine-wide", action="store_true", help="also: " + MACHINE_WIDE[0])
    parser.add_argument(
        "--module",
        metavar="BUS:NAME",
        default="",
        help="also build the module and load it for this device, which must have no driver",
    )
    parser.add_argument("--out", metavar="FILE", default="", help="the archive")
    parser.add_argument("--list", action="store_true", help="list the drivers there are")
    options = parser.parse_args(arguments)
    if not 1 <= options.rounds <= 100 or options.limit < 1:
        parser.error("--rounds is from 1 to 100, and --limit at least 1")
    if not re.fullmatch(r"[A-Za-z0-9_.:,/-]{0,200}", options.device):
        parser.error("--device is a name, or some with commas in between")
    return options


# ---- the kit ----


def check_kit(folder: Path) -> Dict[str, Any]:
    """What the kit says of itself; Problem if it is not as it was made."""
    try:
        lines = (folder / SUMS).read_text(encoding="ascii").splitlines()
        listed: Dict[str, str] = {}
        for line in lines:
            wanted, _, name = line.partition("  ")
            listed[name] = wanted
        for name, wanted in sorted(listed.items()):
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != wanted:
                raise Problem(f"the kit was changed: {name}", str(folder), "unpack it anew")
        content = json.loads((folder / ABOUT).read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise Problem(f"the kit is not whole: {error}", str(folder), "unpack it anew") from error
    return dict(content)


def _drivers(folder: Path) -> List[str]:
    return sorted(path.name for path in (folder / "programs").iterdir() if path.is_dir())


def _probe(folder: Path, driver: str, settings: Dict[str, str]) -> str:
    """Why there is no device of that kind, or ""."""
    program = folder / "programs" / driver / "bind"
    try:
        done = subprocess.run(
            [str(program)],
            env={**settings, "svac_probe": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Problem(f"a program does not run here: {error}", str(program)) from error
    said = done.stdout.decode("utf-8", "replace").strip()
    return "" if done.returncode == 0 else said or "it does not say why"


def _settings(driver: str, device: str) -> Dict[str, str]:
    """What the programs are told: of our own environment, and of the command line."""
    found = {name: value for name, value in os.environ.items() if KEPT.fullmatch(name)}
    if device:
        setting = DRIVERS.get(driver[: -len(MODEL)] if driver.endswith(MODEL) else driver)
        if not setting:
            raise Problem(f"driver {driver} takes no device", "--device")
        found[setting] = device
    return found


def _list(folder: Path) -> int:
    for driver in _drivers(folder):
        print(f"{driver}: {_probe(folder, driver, _settings(driver, '')) or 'a device is there'}")
    return EXIT_PASS


def _choose(folder: Path, options: argparse.Namespace) -> str:
    """The driver; Problem if there is no device."""
    drivers = _drivers(folder)
    if options.driver and options.driver not in drivers:
        raise Problem(f"the kit has no driver {options.driver}", "--driver", ", ".join(drivers))
    reasons = []
    for driver in [str(options.driver)] if options.driver else drivers:
        why = _probe(folder, driver, _settings(driver, options.device))
        if not why:
            return driver
        reasons.append(f"{driver}: {why}")
    raise Problem(
        "there is no device to try: " + "; ".join(reasons), "", "python3 lib/svacheck/doctor"
    )


def _programs(folder: Path, driver: str, options: argparse.Namespace) -> List[Path]:
    known = {path.name: path for path in sorted((folder / "programs" / driver).iterdir())}
    known.pop("model", None)
    wanted = [name for name in options.programs.split(",") if name]
    strange = [name for name in wanted if name not in known]
    if strange:
        raise Problem(f"the kit has no program {strange[0]}", "--programs", ", ".join(known))
    left_out = () if options.machine_wide else MACHINE_WIDE
    chosen = wanted or [name for name in known if name not in left_out]
    return [known[name] for name in chosen]


# ---- a run ----


def _run(folder: Path, about: Dict[str, Any], options: argparse.Namespace) -> int:
    started = time.time()
    driver = _choose(folder, options)
    settings = _settings(driver, options.device)
    programs = _programs(folder, driver, options)
    headers = options.module and module.headers(folder / "module", options.module)
    out = _out(options.out, started)
    print(f"driver {driver}, Linux {platform.release()}, {options.rounds} rounds", flush=True)
    with tempfile.TemporaryDirectory(prefix="svacheck-kit-") as name:
        ran = _rounds(programs, settings, options, Path(name))
        files = {f"{CONSOLES}/{one.console.name}": one.console.read_bytes() for one in ran}
        files.update(
            {f"{PLACE}/{n}": c for n, c in place.files(folder / "lib/svacheck/doctor").items()}
        )
        made = None
        if headers:
            made, logs = module.run(folder / "module", options.module, headers, Path(name))
            files.update({f"{MODULE}/{n}": content for n, content in logs.items()})
    record = {
        "format": FORMAT,
        "kit": about,
        "driver": driver,
        "device": options.device,
        "settings": {name: value for name, value in settings.items()},
        "kernel": {"release": platform.release(), "version": platform.version()},
        "host": place.host(),
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": round(time.time() - started, 3),
        "rounds": options.rounds,
        "kernel_log": all(one.log for one in ran),
        "module": made,
        "boots": [_boot(one) for one in ran],
    }
    files[RECORD] = (json.dumps(record, indent=1, ensure_ascii=True) + "\n").encode("ascii")
    _write(out, files)
    return _tell(ran, programs, out)


def _out(name: str, now: float) -> Path:
    """A file that is not there yet."""
    host = re.sub(r"[^A-Za-z0-9]+", "_", platform.node())[:40] or "machine"
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    out = Path(name or f"svacheck-results-{host}-{stamp}.tar.xz")
    if out.exists() or not out.absolute().parent.is_dir():
        raise Problem("the results cannot be written there", str(out), "name another file: --out")
    return out


def _rounds(
    programs: Sequence[Path], settings: Dict[str, str], options: argparse.Namespace, folder: Path
) -> List[running.Ran]:
    """Each program in each round; an interrupt ends the last one."""
    ran: List[running.Ran] = []
    log = running.KernelLog()
    for number in range(1, options.rounds + 1):
        for program in programs:
            console = folder / f"{number}-{program.name}.console"
            one = running.run(program, console, settings, options.limit, log)
            ran.append(one)
            counts = running.count(console)
            words = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
            said = "no end" if one.timed_out else words or "nothing"
            print(f"{number}/{options.rounds} {program.name}: {said}", flush=True)
            if one.interrupted:
                return ran
    log.close()
    return ran


def _boot(one: running.Ran) -> Dict[str, Any]:
    return {
        "round": int(one.console.name.split("-")[0]),
        "program": one.program,
        "console": f"{CONSOLES}/{one.console.name}",
        "seconds": round(one.seconds, 3),
        "timed_out": one.timed_out,
        "interrupted": one.interrupted,
        "status": one.status,
    }


def _write(out: Path, files: Dict[str, bytes]) -> None:
    sums = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    files[SUMS] = "".join(sums).encode("ascii")
    try:
        with open(out, "xb") as file:
            file.write(archive.pack(files, RESULTS))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Problem(f"cannot write the results: {error.strerror}", str(out)) from error


def _tell(ran: Sequence[running.Ran], programs: Sequence[Path], out: Path) -> int:
    """What it came to; the archive is there in any case."""
    interrupted = any(one.interrupted for one in ran)
    failed = any(one.status == FAILED for one in ran)
    odd = [one.program for one in ran if one.status not in (0, FAILED, SKIPPED)]
    told = any(one.status in (0, FAILED) for one in ran)
    if interrupted:
        word, status = "INTERRUPTED", EXIT_INTERRUPTED
    elif odd or not told:
        word, status = "NO VERDICT", EXIT_TROUBLE
    else:
        word, status = ("FAIL", EXIT_FAIL) if failed else ("PASS", EXIT_PASS)
    what = f": {', '.join(dict.fromkeys(odd))} did not come to an end" if odd else ""
    print(f"{word}  {len(programs)} programs{what}")
    if not all(one.log for one in ran):
        print("  what the kernel said could not be read (/dev/kmsg): run it as root")
    print(f"  results   {out}")
    print("  there     svacheck import " + out.name)
    return status
