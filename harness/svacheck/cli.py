# SPDX-License-Identifier: GPL-2.0
"""The command line of svacheck: each command is a thin front of the module that does it."""

from __future__ import annotations

import argparse
import importlib
import io
import json
import os
import re
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from svacheck import VERSION
from svacheck.cliparts import Handler, command
from svacheck.errors import EXIT_FAIL, EXIT_INTERRUPTED, EXIT_PASS, EXIT_TROUBLE, Problem
from svacheck.version import ShowVersion

if TYPE_CHECKING:
    from svacheck.cliparts import Commands

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# Modules that add commands of their own, see cliparts
PARTS: tuple[str, ...] = (
    "svacheck.store.parts",
    "svacheck.export.parts",
    "svacheck.submit.parts",
    "svacheck.dashboard.command",
    "svacheck.fleet.command",
    "svacheck.guide.command",
)

_EXITS = """\
exit status: 0 pass, 1 a rule is broken, 2 usage or infrastructure (there is no verdict
to trust), 130 interrupted"""


_PLACES = """\
Runs are stored in $SVACHECK_RESULTS, or else in results/ of the checkout. An installed svacheck
takes results/ of the current folder if that is a checkout, and else
${XDG_STATE_HOME:-~/.local/state}/svacheck/results; it writes nothing below /usr."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand and return the exit status; whatever goes wrong is one line."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # or nobody tells how a command has ended
    for number in STOPPING:
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup and a shell's & have it
            signal.signal(number, _stopped)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        top = parser()
        if "_ARGCOMPLETE" in os.environ:
            from svacheck.guide import completion

            completion.answer(top)
        options = top.parse_args(arguments)
        handler: Handler = options.handler
        status = handler(options)
        sys.stdout.flush()
        return status
    except Problem as problem:
        return _complain(str(problem), EXIT_TROUBLE)
    except KeyboardInterrupt:
        return _complain("interrupted", EXIT_INTERRUPTED)
    except BrokenPipeError:
        # The reader has gone: keep the interpreter from complaining when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_TROUBLE
    except Exception as error:
        return _complain(_defect(error), EXIT_TROUBLE)


def _stopped(number: int, frame: FrameType | None) -> NoReturn:
    for other in STOPPING:
        signal.signal(other, signal.SIG_IGN)  # a second one must not cost what was measured
    raise KeyboardInterrupt


def _complain(text: str, status: int) -> int:
    from svacheck.report import visible

    try:
        print("svacheck: " + visible(text), file=sys.stderr)
    except OSError:
        pass  # nobody reads it; the exit status still tells
    return status


def _defect(error: Exception) -> str:
    said = " ".join(str(error).split())[:200]
    what = f"this is a defect of svacheck: {type(error).__name__}: {said}"
    try:
        handle, name = tempfile.mkstemp(prefix="svacheck-defect-", suffix=".txt")
        with open(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"svacheck {VERSION} {sys.argv}\n{traceback.format_exc()}")
    except OSError:
        return what
    return f"{what}; please report it with {name}"


# ---- subcommands ----


def _kdir(options: argparse.Namespace) -> Path | None:
    return options.kdir and Path(os.path.abspath(options.kdir))


def _check(options: argparse.Namespace) -> int:
    from svacheck import report
    from svacheck.check import Options, check
    from svacheck.progress import Progress

    asked = Options(
        kernel=options.kernel,
        kdir=_kdir(options),
        suite=options.suite,
        jobs=options.jobs,
        implementations=tuple(Path(os.path.abspath(folder)) for folder in options.impl),
        lane=options.lane,
        rounds=options.boots,
        strict=options.strict,
        allow_known=options.allow_known,
        kernel_args=tuple(options.arg),
        stress=options.stress,
        boot_timeout=options.boot_timeout,
    )
    progress = Progress(quiet=options.level < 0, verbose=options.level > 0)
    if options.lava:
        from svacheck.fleet import lavacarrier

        carrier = lavacarrier.lava(options.lava, options.lava_url, progress)
        done = check(replace(asked, carrier=carrier), progress)
        lavacarrier.require_run(carrier)
    else:
        done = check(asked, progress)
    if options.json:
        print(json.dumps(done.run, indent=1))
    else:
        report.show(done.run, done.folder, options.level, sys.stdout, sys.stdout.isatty())
    if done.trouble:
        raise done.trouble
    return done.status


def _broken_drivers(options: argparse.Namespace) -> int:
    from svacheck import brokendrivers
    from svacheck.progress import Progress

    asked = brokendrivers.Options(
        kernel=options.kernel,
        kdir=_kdir(options),
        jobs=options.jobs,
        only=tuple(options.only),
    )
    matrix = brokendrivers.broken_drivers(asked, Progress(quiet=options.json))
    if options.json:
        brokendrivers.print_json(matrix, sys.stdout)
    else:
        brokendrivers.show(matrix, sys.stdout, sys.stdout.isatty())
    return matrix.status


def _matrix(options: argparse.Namespace) -> int:
    from svacheck import matrixtable, report
    from svacheck.matrix import Options, matrix
    from svacheck.progress import Progress

    asked = Options(options.kernels, options.lanes, options.jobs, options.allow_known)
    done = matrix(asked, Progress(quiet=options.json))
    if options.json:
        print(json.dumps(done.record, indent=1))
    else:
        report.write(matrixtable.compose(done.record, done.folder), sys.stdout, sys.stdout.isatty())
    if done.trouble:
        raise done.trouble
    return done.status


def _replay(options: argparse.Namespace) -> int:
    from svacheck.check import Options
    from svacheck.progress import Progress
    from svacheck.replay import replay, steps

    asked = Options(
        kernel=options.kernel,
        kdir=_kdir(options),
        implementations=tuple(Path(os.path.abspath(folder)) for folder in options.impl),
        lane=options.lane,
    )
    done = replay(asked, options.sequence, Progress(quiet=False, verbose=False))
    for line in steps(done):
        print(line)
    for problem in done.run["problems"]:
        print(problem)
    broken = [rule["id"] for rule in done.run["rules"] if rule["verdict"] == "broken"]
    print(f"{done.run['verdict'].upper()}  {', '.join(broken)}".rstrip())
    if done.trouble:
        raise done.trouble
    return done.status


def _gate(options: argparse.Namespace) -> int:
    if options.bench is not None:
        _needs_scipy()
    from svacheck.gate import command

    return command.gate(options)


def _b4_check(options: argparse.Namespace) -> int:
    from svacheck.gate import command

    return command.b4_check(options)


def _bisect(options: argparse.Namespace) -> int:
    from svacheck.gate import command

    return command.bisect(options)


def _certify(options: argparse.Namespace) -> int:
    from svacheck.certify import arguments

    return arguments.certify(options)


def _verify(options: argparse.Namespace) -> int:
    from svacheck.certify import arguments

    return arguments.verify(options)


def _profiles(options: argparse.Namespace) -> int:
    from svacheck.certify import arguments

    return arguments.profiles(options)


def _kit(options: argparse.Namespace) -> int:
    from svacheck.kit import arguments

    return arguments.kit(options, _kdir(options))


def _import(options: argparse.Namespace) -> int:
    from svacheck.kit import arguments

    return arguments.import_(options)


def _show(options: argparse.Namespace) -> int:
    from svacheck import report, results

    folder, run = results.load(options.run)
    if options.json:
        print(json.dumps(run, indent=1))
    else:
        report.show(run, folder, options.level, sys.stdout, sys.stdout.isatty())
    return EXIT_PASS


def _list(options: argparse.Namespace) -> int:
    from svacheck.listing import listing

    print(listing(options.glob, options.json), end="")
    return EXIT_PASS


def _rules(options: argparse.Namespace) -> int:
    from svacheck import rulebook
    from svacheck.listing import rules_table

    if options.format:
        from svacheck.guide.rulespage import rules_page

        print(rules_page(rulebook.load(), options.format), end="")
        return EXIT_PASS
    if not options.check:
        print(rules_table(options.json), end="")
        return EXIT_PASS
    book, cited = rulebook.load(), rulebook.citations()
    findings = rulebook.check(book, cited)
    for finding in findings:
        print(finding)
    if not findings:
        print(f"{len(book.rules)} rules, {len(cited.cases)} cases: each cites, each is cited")
    return EXIT_FAIL if findings else EXIT_PASS


def _parse(options: argparse.Namespace) -> int:
    from svacheck.parse import parse_files

    return parse_files(options.file, options.json, sys.stdout, options.kdir)


def _coverage(options: argparse.Namespace) -> int:
    from svacheck.check import Options
    from svacheck.coverage import RECORD, coverage
    from svacheck.progress import Progress

    asked = Options(
        kernel=options.kernel,
        kdir=_kdir(options),
        suite=options.suite,
        jobs=options.jobs,
    )
    result = coverage(asked, Progress(quiet=options.json))
    print((result.folder / RECORD).read_text() if options.json else result.text, end="")
    return result.status


def _lint(options: argparse.Namespace) -> int:
    from svacheck.lint import lint
    from svacheck.places import require_checkout

    require_checkout("lint")

    return lint(options.only)


def _selftest(options: argparse.Namespace) -> int:
    from svacheck.places import require_checkout
    from svacheck.selftest import selftest

    require_checkout("selftest")
    return selftest(options.only, everything=options.all)


def _mutants(options: argparse.Namespace) -> int:
    from svacheck.mutation.campaign import Options
    from svacheck.mutation.command import mutants
    from svacheck.progress import Progress

    asked = Options(
        kernel=options.kernel,
        kdir=_kdir(options),
        lane=options.lane,
        jobs=options.jobs,
        sample=options.sample,
        seed=options.seed,
        only=tuple(options.only),
        operators=tuple(options.operator),
        resume=options.resume,
    )
    progress = Progress(quiet=options.level < 0, verbose=options.level > 0)
    return mutants(asked, options.list, options.json, progress)


def _needs_scipy() -> None:
    """Whoever only checks a kernel need not have it, nor what draws figures."""
    try:
        import matplotlib  # noqa: F401
        import scipy  # noqa: F401
    except ImportError as error:
        remedy = f"apt-get install python3-{error.name}"
        raise Problem(f"missing to compare times: {error.name}", "Python", remedy) from error


def _bench(options: argparse.Namespace) -> int:
    _needs_scipy()
    from svacheck.bench.command import Options, bench
    from svacheck.bench.compare import Terms
    from svacheck.bench.record import RECORD
    from svacheck.progress import Progress

    asked = Options(
        kernel=options.kernel,
        kdir=_kdir(options),
        base=options.base,
        head=options.head,
        boots=options.boots,
        jobs=options.jobs,
        terms=Terms(margin=options.margin / 100),
    )
    done = bench(asked, Progress(quiet=options.json))
    print((done.folder / RECORD).read_text() if options.json else done.text, end="")
    return done.status


def _bench_power(options: argparse.Namespace) -> int:
    _needs_scipy()
    from svacheck.bench.compare import Terms
    from svacheck.bench.power import PLANTED, Options, bench_power
    from svacheck.progress import Progress

    asked = Options(
        kernel=options.kernel,
        kdir=_kdir(options),
        trials=options.trials,
        boots=options.boots,
        layouts=options.layouts,
        at_once=options.at_once,
        jobs=options.jobs,
        planted=tuple(options.planted or PLANTED),
        terms=Terms(margin=options.margin / 100),
    )
    done = bench_power(asked, Progress())
    print(done.text, end="")
    return done.status


def _bench_plots(options: argparse.Namespace) -> int:
    _needs_scipy()
    from svacheck.bench.plots.command import bench_plots

    print("\n".join(bench_plots(options.run)))
    return EXIT_PASS


def _bench_history(options: argparse.Namespace) -> int:
    _needs_scipy()
    from svacheck.bench.compare import Terms
    from svacheck.bench.history.command import Options, bench_history
    from svacheck.progress import Progress

    terms = Terms(options.margin / 100, options.alpha / 100)
    asked = Options(options.kernel, options.metric, terms)
    told = bench_history(asked, Progress(quiet=options.json))
    print(json.dumps(told.record, indent=1) + "\n" if options.json else told.text, end="")
    return told.status


def _bench_self(options: argparse.Namespace) -> int:
    from svacheck.bench.itself import Options, bench_self
    from svacheck.bench.ownhistory import RECORD
    from svacheck.progress import Progress

    asked = Options(
        only=options.only,
        kernel=options.kernel,
        kernels=options.kernels,
        lane=options.lane,
        sample=options.sample,
        jobs=options.jobs,
    )
    done = bench_self(asked, Progress(quiet=options.json))
    print((done.folder / RECORD).read_text() if options.json else done.text, end="")
    return done.status


def _proof(options: argparse.Namespace) -> int:
    from svacheck.progress import Progress
    from svacheck.proof import Options, proof

    asked = Options(
        kernel=options.kernel,
        kdir=_kdir(options),
        sample=options.sample,
        seed=options.seed,
        resume=options.resume,
    )
    return proof(asked, Progress())


def _doctor(options: argparse.Namespace) -> int:
    from svacheck.doctor import command as doctor
    from svacheck.doctor.diagnose import NoSuchDevice

    wrong = doctor.trouble(options)
    if wrong:
        raise Problem(wrong)
    try:
        return doctor.run(options)
    except NoSuchDevice as missing:
        raise Problem(f"there is no device {missing}", "--device") from missing
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Problem(f"{error.filename}: {error.strerror}") from error


def _clean(options: argparse.Namespace) -> int:
    from svacheck.clean import clean

    return clean(everything=options.all)


# ---- help that teaches ----


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="svacheck",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Take a Linux kernel tree to a verdict on the rules of IOMMU SVA domains.",
        epilog="examples:\n"
        "  svacheck check                    the default kernel, all cases\n"
        "  svacheck check --kdir ~/linux     your own tree; it is not written to\n"
        "  svacheck show last                the newest report again\n\n"
        f"{_EXITS}\n\n{_PLACES}",
    )
    top.add_argument("--version", action=ShowVersion)
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_check(commands)
    _add_matrix(commands)
    _add_gate(commands)
    _add_certify(commands)
    _add_kit(commands)
    _add_replay(commands)
    _add_reading(commands)
    _add_proof(commands)
    _add_mutants(commands)
    _add_bench(commands)
    _add_bench_self(commands)
    _add_doctor(commands)
    _add_project(commands)
    for part in PARTS:
        importlib.import_module(part).add(commands)
    return top


def _add_check(commands: Commands) -> None:
    check = command(
        commands,
        _check,
        "build a kernel tree with the suites in it, boot it, and judge",
        "Copy a kernel tree, lay the suites in, build it for User Mode Linux, boot it,\n"
        "and say which rules it keeps. The tree itself is never written to. The run is\n"
        "stored with its evidence under results/ (or $SVACHECK_RESULTS).",
        "  svacheck check --kernel 6.1\n"
        "  svacheck check --kdir '/src/my linux' --jobs 8\n"
        "  svacheck check --suite pasid                 the suite svac_pasid\n"
        "  svacheck check --suite 'pasid.set_*'         some of its cases\n"
        "  svacheck check --boots 50                    are all verdicts equal?\n\n" + _EXITS,
    )
    _add_run(check)
    _add_impl(check)
    check.add_argument("--lane", default="uml", help="a lane of configs/lanes.toml (default: uml)")
    check.add_argument(
        "--boots",
        metavar="N",
        type=_positive,
        default=1,
        help="boot the kernel N times; a case that is not the same each time is an error",
    )
    _add_arg(check)
    check.add_argument(
        "--stress",
        metavar="SECONDS",
        type=_positive,
        default=0,
        help="let the program stress go on that long (without: its steps, a few seconds)",
    )
    check.add_argument(
        "--boot-timeout",
        metavar="S",
        type=_positive,
        default=0,
        help="seconds for one boot (default: the lane's)",
    )
    check.add_argument(
        "--strict", action="store_true", help="a broken implementation detail fails the run too"
    )
    check.add_argument(
        "--lava",
        metavar="DIR",
        type=_folder,
        help="boot by LAVA jobs, with their definitions and logs in DIR",
    )
    check.add_argument(
        "--lava-url",
        metavar="URL",
        default="",
        help="where a lab finds DIR/artifacts (default: run the jobs here, by lava-run)",
    )
    _add_allow_known(check)
    _add_levels(check)


def _add_allow_known(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--allow-known",
        action="store_true",
        help="exit with 0 if nothing but known issues fails (configs/known-issues.toml)",
    )


def _add_matrix(commands: Commands) -> None:
    matrix = command(
        commands,
        _matrix,
        "check every kernel in every lane, and one table of the rules",
        "Run check for each kernel of configs/kernels.toml and each lane, one after the other,\n"
        "and say which rule each of them keeps. A kernel that cannot be had or judged does not\n"
        "keep the others from being run. The table is stored as results/matrix-<time>/matrix.md,\n"
        "beside the runs. The exit status is that of the worst run.",
        "  svacheck matrix\n  svacheck matrix --kernels 6.1,7.3 --lanes uml,uml-debug\n\n" + _EXITS,
    )
    matrix.add_argument(
        "--kernels", metavar="A,B", type=_names, default=(), help="only these (default: all)"
    )
    matrix.add_argument(
        "--lanes", metavar="A,B", type=_names, default=("uml",), help="in these (default: uml)"
    )
    matrix.add_argument(
        "-j",
        "--jobs",
        metavar="N",
        type=_positive,
        default=0,
        help="build jobs (default: processors)",
    )
    _add_allow_known(matrix)
    matrix.add_argument("--json", action="store_true", help="print matrix.json instead")


def _add_gate(commands: Commands) -> None:
    gate = command(
        commands,
        _gate,
        "compare two kernels or runs: does the second one make it worse?",
        "Check BASE and HEAD, or load their runs, and say of each rule and case what changed.\n"
        "A case that newly fails is run again, alone. Known issues: configs/known-issues.toml.\n"
        "The result is stored as results/gate-<time>/gate.json and gate.md.",
        "  svacheck gate --base v6.1.192 --head my-branch --kdir ~/linux\n"
        "  svacheck gate --base HEAD --head ~/linux --kdir ~/linux    what is not committed yet\n"
        "  svacheck gate --base master --mbox series.mbox --kdir ~/linux --markdown -\n"
        "  svacheck gate --base master --head my-branch --kdir ~/linux --bench   slower, too?\n"
        "  svacheck gate --base 20261122T0930 --head last             two stored runs\n\n"
        "exit status: 0 nothing of --fail-on, 1 something of it or an expired known issue,\n"
        "2 usage or infrastructure (a side has no verdict), 130 interrupted",
    )
    b4_check = command(
        commands,
        _b4_check,
        "gate the patch in a mail, as an external check of b4",
        "Read a patch mail on standard input, gate it and print b4's list of results.",
        "  git format-patch --stdout -1 | svacheck b4-check --kdir ~/linux --base HEAD~1\n"
        "  git config b4.review-perpatch-check-cmd 'svacheck b4-check --base master'\n",
    )
    bisect = command(
        commands,
        _bisect,
        "find the commit that broke a rule",
        "Let git bisect choose revisions, build each on the one before, run the cases of the\n"
        "rule, and name the first commit that breaks it. What does not build is skipped.",
        "  svacheck bisect --kdir ~/linux --good v6.1.192 --bad HEAD --rule GRP-004\n\n"
        "exit status: 0 found, 1 only skipped revisions are left, 2 usage or infrastructure\n"
        "(good does not keep the rule, or bad does not break it), 130 interrupted",
    )
    from svacheck.gate.arguments import add_b4_check, add_bisect, add_gate, add_how

    for made, add in ((gate, add_gate), (b4_check, add_b4_check), (bisect, add_bisect)):
        add(made, _folder)
        add_how(made)
        _add_impl(made)
        _add_jobs(made)
    _add_levels(gate, "gate.json")
    _add_levels(bisect, "bisect.json")


def _add_certify(commands: Commands) -> None:
    from svacheck.certify.arguments import EXITS, add_certify

    made = command(
        commands,
        _certify,
        "certify a driver by a profile, with all evidence in one archive",
        "Run the lanes in several rounds, or take stored runs, hold them against what a class of\n"
        "drivers has to keep, and write a certificate: HTML, Markdown and JSON, and\n"
        "certificate.tar.xz, which holds these and all evidence. A mandatory rule that did not\n"
        "run is not demonstrated, and never kept. Waivers: configs/waivers.toml.",
        "  svacheck certify --profile carried-api --lane uml --kernel 6.1\n"
        "  svacheck certify --profile sva-with-pri --lane uml,uml-user --kernel 7.3\n"
        "  svacheck certify --profile vendor.toml --run last\n"
        "  svacheck certify --profile device-with-pri --device wq0.0,wq0.1\n"
        "  svacheck certify --profile carried-api --run last --bench bench-20261125\n\n" + EXITS,
    )
    add_certify(made, _folder)
    _add_tree(made)
    _add_jobs(made)
    made.add_argument(
        "--rounds", metavar="N", type=_positive, default=0, help="boots (default: the profile's)"
    )
    _add_arg(made)
    verify = command(
        commands,
        _verify,
        "is a certificate what its evidence gives?",
        "Read and judge the consoles in the archive anew, make each page anew, and name what\n"
        "differs: a byte of evidence, a file that has gone or come, a verdict, a profile, a\n"
        "waiver. Who made the evidence it cannot tell: sign the archive.",
        "  svacheck verify results/certificate-20261125T170000Z-6.1.192-carried_api-1a2b3c\n"
        "  svacheck verify certificate.tar.xz\n\n"
        "exit status: 0 it is, 1 it is not, or a waiver that it needs has expired,\n"
        "2 it is no certificate, or one of another version of svacheck",
    )
    verify.add_argument("file", metavar="FILE", help="its archive, a page beside it, or the folder")
    profiles = command(
        commands,
        _profiles,
        "list the profiles to certify by, or check them",
        "List the classes of drivers, or the rules that one of them must, should or may keep.",
        "  svacheck profiles\n  svacheck profiles sva-with-pri\n  svacheck profiles --notes\n",
    )
    profiles.add_argument("profile", nargs="?", default="", help="one of them, or a file")
    profiles.add_argument(
        "--notes", action="store_true", help="how the drivers of the kernel differ, by their source"
    )
    profiles.add_argument("--check", action="store_true", help="exit 1 if one is wrong")


def _add_kit(commands: Commands) -> None:
    from svacheck.kit.arguments import add_kit

    made = command(
        commands,
        _kit,
        "one archive with all that a machine with a device needs",
        "Build the programs for each driver of a real device, and pack them with their sources,\n"
        "the doctor, rules and profiles: ./run in it needs Python 3.8, a kernel as it is, and no\n"
        "network. It writes one archive, which svacheck import takes in.",
        "  svacheck kit\n  svacheck kit --driver dsa --out ~/kit.tar.xz\n\n"
        "exit status: 0 made, 2 trouble, 130 interrupted",
    )
    add_kit(made, _folder)
    _add_tree(made)
    _add_jobs(made)
    taken = command(
        commands,
        _import,
        "take in what a kit brought back",
        "Read an archive of results, judge its consoles as check does, and store that as a run\n"
        "of lane hw (hw-model, if it was a model). An archive that is not as the kit wrote it, or\n"
        "of a kit with other cases than this svacheck has, is refused.",
        "  svacheck import svacheck-results-machine-20261125T170000Z.tar.xz\n"
        "  svacheck certify --profile sva-with-pri --run last    thereafter\n\n" + _EXITS,
    )
    taken.add_argument("file", metavar="FILE", type=_folder, help="the archive")
    _add_levels(taken)


def _add_replay(commands: Commands) -> None:
    replay = command(
        commands,
        _replay,
        "run one sequence of calls again, step by step",
        "Run the sequence of calls that a failed case printed as its reproducer, and say of\n"
        "each call what was expected of it and what came. The build is that of check.",
        "  svacheck replay 'alloc(A) d0.set(p1,A) d1.join(g0) d0.block(p1) free(A)'\n"
        "  svacheck replay 'alloc(U) fail(memory) d0.set(p2,U)' --kdir ~/linux\n"
        "  svacheck replay 'in(shared) d0.bind(A)' --kernel 7.3\n\n" + _EXITS,
    )
    replay.add_argument("sequence", metavar="SEQUENCE", help="calls with blanks in between")
    _add_tree(replay)
    replay.add_argument("--lane", default="uml", help="a lane of configs/lanes.toml (uml)")
    _add_impl(replay)


def _add_reading(commands: Commands) -> None:
    lists = command(
        commands,
        _list,
        "list suites and cases with the rules they check",
        "List the suites and their cases, each with the rules it checks, from the sources.",
        "  svacheck list\n  svacheck list pasid\n  svacheck list '*.block_*'\n",
    )
    lists.add_argument("glob", nargs="?", default="", help="only what matches, as in check --suite")
    lists.add_argument("--json", action="store_true", help="as JSON")
    rules = command(
        commands,
        _rules,
        "list the rules, or check that rules and cases fit",
        "List every rule with its sentence, its source and how many cases check it.",
        "  svacheck rules\n  svacheck rules --check     a rule without a case? a case without?\n"
        "  svacheck rules --format html >rules.html    to read\n",
    )
    rules.add_argument("--check", action="store_true", help="exit 1 if rules and cases do not fit")
    rules.add_argument("--json", action="store_true", help="as JSON")
    rules.add_argument("--format", choices=("markdown", "html"), help="a page with all of them")
    show = command(
        commands,
        _show,
        "print the report of a stored run",
        "Print the report of a stored run, made from its run.json alone.",
        "  svacheck show last\n  svacheck show 20261122T0930 -v\n  svacheck show last --json\n",
    )
    show.add_argument("run", metavar="RUN", help='"last", a run id or its beginning, or a folder')
    _add_levels(show)
    parse = command(
        commands,
        _parse,
        "read KTAP files and count what is in them",
        "Read KTAP (of KUnit or kselftest), or consoles that hold it, and count the results.",
        "  svacheck parse results/*/boots/main.console\n  svacheck parse --json - < out.ktap\n",
    )
    parse.add_argument(
        "file", metavar="FILE", nargs="+", type=Path, help="what to read; - is stdin"
    )
    parse.add_argument(
        "--kdir", metavar="PATH", type=_folder, help="compare with this kernel tree's kunit.py"
    )
    parse.add_argument("--json", action="store_true", help="as JSON")


def _add_proof(commands: Commands) -> None:
    drivers = command(
        commands,
        _broken_drivers,
        "boot drivers that each break one rule: is each caught by it?",
        "Build the kernel once and boot it with each driver of configs/broken-drivers.toml.\n"
        "Exit 0 if each is caught by exactly the rule it breaks and the normal one passes.",
        "  svacheck broken-drivers\n  svacheck broken-drivers --only block-leaves-entry\n",
    )
    _add_tree(drivers)
    drivers.add_argument(
        "--jobs", metavar="N", type=_positive, default=0, help="boots at once (default: processors)"
    )
    drivers.add_argument(
        "--only", metavar="NAME", action="append", default=[], help="only this driver"
    )
    drivers.add_argument("--json", action="store_true", help="print matrix.json instead")

    whole = command(
        commands,
        _proof,
        "all that shows what the suites would catch, on one page",
        "Run the suites, the broken drivers, the coverage, all sequences of six calls and every\n"
        "mutant, and write results/proof-<time>/proof.md. Exit 1 if one of the claims on that\n"
        "page does not hold.",
        "  svacheck proof\n  svacheck proof --sample 40    only so many mutants\n",
    )
    _add_tree(whole)
    whole.add_argument(
        "--sample", metavar="N", type=_positive, default=0, help="only so many mutants"
    )
    whole.add_argument(
        "--seed", metavar="N", type=_positive, default=0, help="of the random sequences"
    )
    whole.add_argument(
        "--resume", metavar="CAMPAIGN", default="", help="go on with this campaign of mutants"
    )


def _add_doctor(commands: Commands) -> None:
    from svacheck.doctor import command as doctor

    examples = doctor.EXAMPLES.format(name="svacheck doctor").removeprefix("examples:\n")
    made = command(commands, _doctor, doctor.BRIEF, doctor.DESCRIPTION, examples)
    doctor.add_arguments(made)


def _add_project(commands: Commands) -> None:
    coverage = command(
        commands,
        _coverage,
        "which lines and branches of the kernel code the suites reach",
        "Build with counters (the lane uml-coverage), run all suites, and report the lines and\n"
        "branches of kunit/ that were reached. All of kunit/carried/ has to be, but for what\n"
        "configs/coverage.toml excludes with a reason.",
        "  svacheck coverage\n  svacheck coverage --suite pasid    what one suite reaches\n",
    )
    _add_run(coverage)
    coverage.add_argument("--json", action="store_true", help="print coverage.json instead")
    lint = command(
        commands,
        _lint,
        "check the sources of this project",
        "Run every static check over the sources; all run even if one fails.",
        "  svacheck lint\n  svacheck lint --only mypy --only shellcheck\n",
    )
    lint.add_argument("--only", metavar="TOOL", action="append", default=[], help="only this one")
    selftest = command(
        commands,
        _selftest,
        "run this project's own tests",
        "Run the project's own tests part by part. The last line is\n"
        "N passed, N failed, N skipped; a part that ran no test counts as a failure.",
        "  svacheck selftest\n  svacheck selftest --only pytest\n  svacheck selftest --all\n",
    )
    selftest.add_argument("--only", metavar="PART", action="append", default=[], help="only this")
    selftest.add_argument("--all", action="store_true", help="the slow parts as well")
    clean = command(
        commands,
        _clean,
        "remove working copies and builds from the cache",
        "Remove working copies and kernel builds from the cache. Runs are not touched.",
        "  svacheck clean\n  svacheck clean --all     unpacked trees and the compiler cache too\n",
    )
    clean.add_argument("--all", action="store_true", help="remove the whole cache")


def _add_tree(made: argparse.ArgumentParser) -> None:
    """Which tree is judged."""
    which = made.add_mutually_exclusive_group()
    which.add_argument("--kernel", metavar="NAME", help="a kernel of configs/kernels.toml")
    which.add_argument("--kdir", metavar="PATH", type=_folder, help="a kernel tree of your own")


def _add_impl(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--impl",
        metavar="DIR",
        type=_folder,
        action="append",
        default=[],
        help="plug in another implementation from its folder; may be repeated",
    )


def _add_arg(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--arg",
        metavar="NAME=VALUE",
        type=_kernel_arg,
        action="append",
        default=[],
        help="add this to the kernel's command line; may be repeated",
    )


def _add_jobs(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--jobs", metavar="N", type=_positive, default=0, help="build jobs (default: processors)"
    )


def _add_run(made: argparse.ArgumentParser) -> None:
    """What to run: a tree, and which of the suites, with how many jobs."""
    _add_tree(made)
    made.add_argument(
        "--suite",
        metavar="GLOB[,GLOB]",
        default="",
        help="run only the suites or suite.case that match",
    )
    _add_jobs(made)


def _add_margin(parser: argparse.ArgumentParser) -> None:
    text = "a difference below this is none (1)"
    parser.add_argument("--margin", metavar="PERCENT", type=float, default=1.0, help=text)


def _add_bench(commands: Commands) -> None:
    times = command(
        commands,
        _bench,
        "time the calls of a kernel, or compare the times of two",
        "Build a kernel with kunit/bench, link it anew for each boot, and say how long its\n"
        "calls take: by itself, or against another one that is booted in turns with it. Raw\n"
        "samples are kept in results/bench-<time>/.",
        "  svacheck bench --kernel 7.3\n"
        "  svacheck bench --base 7.3 --head ~/linux     is my tree slower?\n\n"
        "exit status: 0 nothing is slower, 1 something is, 2 usage or infrastructure,\n"
        "130 interrupted",
    )
    _add_tree(times)
    times.add_argument(
        "-j", "--jobs", metavar="N", type=_positive, default=0, help="build jobs (processors)"
    )
    times.add_argument("--base", metavar="K", default="", help="a kernel or a tree")
    times.add_argument("--head", metavar="K", default="", help="what is compared with it")
    times.add_argument(
        "--boots",
        metavar="N",
        type=_positive,
        default=0,
        help="boots of a kernel (8), or of each of two at most (16)",
    )
    _add_margin(times)
    times.add_argument("--json", action="store_true", help="print bench.json instead")
    power = command(
        commands,
        _bench_power,
        "how often a comparison of times is wrong",
        "Compare a kernel with itself in other layouts, and with one in which a PASID takes a\n"
        "known part longer to set, and say how often a difference was told. The table is stored\n"
        "as results/bench-power-<time>/bench.txt.",
        "  svacheck bench-power --kernel 7.3\n"
        "  svacheck bench-power --planted 0 --planted 3 --trials 20\n",
    )
    _add_tree(power)
    for name, standard, text in (
        ("--trials", 100, "comparisons of each, and three times as many of 0"),
        ("--boots", 16, "of each side in a comparison"),
        ("--layouts", 64, "link the kernel so often; each comparison draws its own"),
        ("--at-once", 1, "comparisons at a time: one, where processors share a core"),
        ("--jobs", 0, "build jobs"),
    ):
        power.add_argument(
            name, metavar="N", type=_positive, default=standard, help=f"{text} ({standard})"
        )
    _add_margin(power)
    power.add_argument(
        "--planted",
        metavar="PERCENT",
        type=float,
        action="append",
        help="this slow-down alone; may be repeated (0, 1, 2, 3, 5, 10)",
    )
    drawn = command(
        commands,
        _bench_plots,
        "draw the figures of stored times again",
        "Draw the figures of a stored svacheck bench into its folder again: the samples of\n"
        "each metric, how times grow with numbers, and of a comparison its ratios.",
        "  svacheck bench-plots last\n  svacheck bench-plots bench-20261125T2010\n",
    )
    drawn.add_argument("run", metavar="RUN", help='"last", an id or its beginning, or a folder')
    _add_bench_history(commands)


def _add_bench_history(commands: Commands) -> None:
    history = command(
        commands,
        _bench_history,
        "has anything become slower over the stored times",
        "Look through all stored sessions of svacheck bench that were made on this host, the\n"
        "one of the newest, for metrics that have changed at once or little by little.",
        "  svacheck bench-history --kernel 7.3\n"
        "  svacheck bench-history --metric 'set_block.*'     fewer metrics: fewer sessions do\n\n"
        "exit status: 0 nothing got slower, 1 something did, and is still, 2 usage, a damaged\n"
        "record or too few sessions, 130 interrupted",
    )
    history.add_argument("--kernel", metavar="NAME", default="", help="of this kernel alone")
    history.add_argument("--metric", metavar="GLOB", default="*", help="of these alone")
    for name, what in (
        ("--margin", "a difference below this is none (1)"),
        ("--alpha", "chance of any false alarm (1)"),
    ):
        history.add_argument(name, metavar="PERCENT", type=_percent, default=1.0, help=what)
    history.add_argument("--json", action="store_true", help="print all of it as JSON instead")


def _add_bench_self(commands: Commands) -> None:
    from svacheck.bench.itself import SECTIONS, Options

    made = command(
        commands,
        _bench_self,
        "how long the suite itself takes",
        "Measure commands of a copy of this checkout, phase by phase, in seconds and in the\n"
        "CPU-seconds of all that they start: cold (a check whose cache has no more than the\n"
        "unpacked source), noop (nothing to build), edit (of a suite), matrix (nothing to\n"
        "build), mutants (a sample). They are compared with the medians of the sessions that\n"
        "are stored of this machine, as results/bench-self-<time>/self.json.",
        "  svacheck bench-self --only noop,edit\n"
        "  svacheck bench-self --only matrix --kernels 6.1,7.3\n\n"
        "exit status: 0 it was measured, 2 something could not be, 130 interrupted",
    )
    made.add_argument(
        "--only",
        metavar="A,B",
        type=_sections,
        default=SECTIONS,
        help=f"of {', '.join(SECTIONS)}: these",
    )
    made.add_argument("--kernel", metavar="NAME", help="of configs/kernels.toml (the first)")
    made.add_argument(
        "--kernels", metavar="A,B", type=_names, default=(), help="of the matrix (all)"
    )
    made.add_argument("--lane", metavar="NAME", default=Options.lane, help="the lane (uml)")
    made.add_argument(
        "--sample", metavar="N", type=_positive, default=Options.sample, help="mutants (8)"
    )
    made.add_argument(
        "-j", "--jobs", metavar="N", type=_positive, default=0, help="build jobs (processors)"
    )
    made.add_argument("--json", action="store_true", help="print self.json instead")


def _sections(text: str) -> tuple[str, ...]:
    from svacheck.bench.itself import SECTIONS

    for name in _names(text):
        if name not in SECTIONS:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(SECTIONS)}")
    return _names(text)


def _add_mutants(commands: Commands) -> None:
    mutants = command(
        commands,
        _mutants,
        "change the code under test place by place: does a rule break?",
        "Change kunit/carried and kunit/api in one place at a time, by the operators of\n"
        "configs/mutation, build and boot each mutant, and say which rules kill it. The\n"
        "results land one by one in results/mutants-<time>/. The exit status is 1 if rules\n"
        "kill too few, or too many are judged equivalent.",
        "  svacheck mutants\n"
        "  svacheck mutants --sample 40 --seed 7\n"
        "  svacheck mutants --operator drop-put --list\n"
        "  svacheck mutants --resume last\n\n" + _EXITS,
    )
    _add_tree(mutants)
    mutants.add_argument("--lane", default="uml", help="a lane of configs/lanes.toml")
    mutants.add_argument(
        "--jobs", metavar="N", type=_positive, default=0, help="mutants at once (as processors)"
    )
    mutants.add_argument(
        "--sample", metavar="N", type=_positive, default=0, help="only so many, drawn by the seed"
    )
    mutants.add_argument(
        "--seed", metavar="N", type=_positive, default=1, help="of the sample (default: 1)"
    )
    mutants.add_argument(
        "--only", metavar="ID", action="append", default=[], help="this mutant; may be repeated"
    )
    mutants.add_argument(
        "--operator", metavar="NAME", action="append", default=[], help="only of this operator"
    )
    mutants.add_argument(
        "--resume", metavar="CAMPAIGN", default="", help='go on with a campaign, or the "last"'
    )
    mutants.add_argument("--list", action="store_true", help="only list the mutants, by their ids")
    _add_levels(mutants)


def _add_levels(made: argparse.ArgumentParser, record: str = "run.json") -> None:
    made.set_defaults(level=0)
    level = made.add_mutually_exclusive_group()
    quiet, loud = "only the verdict", "every case and every command"
    level.add_argument("-q", "--quiet", dest="level", action="store_const", const=-1, help=quiet)
    level.add_argument("-v", "--verbose", dest="level", action="store_const", const=1, help=loud)
    made.add_argument("--json", action="store_true", help=f"print {record} instead of the report")


def _positive(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 10000")
    return int(text)


def _percent(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,2}(\.[0-9]+)?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 99")
    return float(text)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.split(",")))
    if "" in names:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of names with commas in between")
    return names


def _kernel_arg(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.-]+=[!-~]*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE without white space")
    return text


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("the path is empty")
    return Path(text).expanduser()


if __name__ == "__main__":
    sys.exit(main())
