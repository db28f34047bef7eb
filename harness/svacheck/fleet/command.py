# SPDX-License-Identifier: GPL-2.0
"""The commands svacheck plan, execute and collect."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from svacheck.cliparts import command
from svacheck.errors import EXIT_PASS, EXIT_TROUBLE, Problem

if TYPE_CHECKING:
    from svacheck.cliparts import Commands
    from svacheck.fleet.local import More
    from svacheck.fleet.planfile import Item, Plan
    from svacheck.fleet.work import Work

FORMATS = ("plan", "gitlab", "github", "kernelci")
ENGINES = ("local", "slurm", "lava")
PLAN = "plan.json"
OVERHEAD = 5.0  # seconds that an engine adds to an item


def add(commands: Commands) -> None:
    """The three commands."""
    _add_plan(commands)
    _add_execute(commands)
    made = command(
        commands,
        _collect,
        "take in what the items of a plan have made",
        "Make runs of this checkout of what workers have left in DIR: shards are merged, and each\n"
        "console is judged again. What is there already is not taken in twice. Exit status as of\n"
        "check, and 2 if an item is not done.",
        "  svacheck collect plan.json --work work\n",
    )
    _add_where(made)


def _add_plan(commands: Commands) -> None:
    made = command(
        commands,
        _plan,
        "divide kernels x lanes, or a campaign of mutants, into items for several workers",
        "Write a plan of items, the longest first by what stored runs took, that any engine can\n"
        "carry out. Of the same checkout and the same stored runs it is the same plan. With\n"
        "--model, print how long it takes for how many workers instead.",
        "  svacheck plan --kernels 6.1,7.3 --lanes uml,uml-debug --shards 4\n"
        "  svacheck plan --mutants --kernels 6.1 --shards 20 --out mutants.json\n"
        "  svacheck plan --lanes qemu-user --format gitlab --out .gitlab-ci.yml\n"
        "  svacheck plan --shards 8 --model\n",
    )
    made.add_argument("--kernels", metavar="A,B", default="", help="only these (default: all)")
    made.add_argument("--lanes", metavar="A,B", default="uml", help="in these (default: uml)")
    made.add_argument(
        "--shards",
        metavar="N",
        type=_number,
        default=1,
        help="items of each kernel and lane, as far as it can be divided (1)",
    )
    made.add_argument("--mutants", action="store_true", help="mutants instead of suites")
    made.add_argument(
        "--sample", metavar="N", type=_number, default=0, help="only so many mutants (all)"
    )
    made.add_argument("--seed", metavar="N", type=_number, default=1, help="of the sample (1)")
    made.add_argument("--plan", metavar="FILE", type=Path, help="a plan that is there already")
    made.add_argument("--out", metavar="FILE", default="-", help="write it there (-: print it)")
    made.add_argument(
        "--format", choices=FORMATS, default="plan", help="for whom (default: svacheck execute)"
    )
    made.add_argument("--model", action="store_true", help="how long it takes for how many workers")
    made.add_argument(
        "--overhead",
        metavar="SECONDS",
        type=float,
        default=OVERHEAD,
        help=f"of the model: what an engine adds to an item ({OVERHEAD:.0f})",
    )


def _add_execute(commands: Commands) -> None:
    made = command(
        commands,
        _execute,
        "carry out a plan: here, by Slurm, or by LAVA",
        "Run the items of a plan that are not done, and collect what they make. Whatever is\n"
        "interrupted or killed goes on when this is said again: an item that is done stays so.\n"
        "By Slurm an item is a task of one job array; --work and this checkout have to be seen by\n"
        "all nodes. By LAVA each boot of an item is a job (lanes qemu, qemu-kcsan, qemu-user);\n"
        "without --lava-url lava-run runs it here.",
        "  svacheck execute plan.json\n"
        "  svacheck execute plan.json --workers 2\n"
        "  svacheck execute plan.json --on slurm --work /shared/work\n"
        "  svacheck execute plan.json --on lava --lava-url https://lab.example/svacheck\n",
    )
    _add_where(made)
    made.add_argument("--on", choices=ENGINES, default="local", help="who does it (local)")
    made.add_argument(
        "--workers",
        metavar="N",
        type=_number,
        default=0,
        help="items at once (default: one here, and as many as Slurm can)",
    )
    made.add_argument(
        "--processors",
        metavar="N",
        type=_number,
        default=0,
        help="of a node, for each item, by Slurm (default: as many as this machine has)",
    )
    made.add_argument(
        "--only", metavar="ITEM", action="append", default=[], help="this item; may be repeated"
    )
    made.add_argument("--no-collect", action="store_true", help="collect nothing afterwards")
    made.add_argument("--retry", action="store_true", help="again, too, what came to no verdict")
    made.add_argument("--lava-url", metavar="URL", default="", help="where a lab finds artifacts")


def _add_where(made: argparse.ArgumentParser) -> None:
    made.add_argument("plan", metavar="PLAN", type=Path, help="of svacheck plan")
    made.add_argument(
        "--work",
        metavar="DIR",
        type=Path,
        help="where items are worked on (default: results/work-<plan>)",
    )


def _number(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 10000")
    return int(text)


def _list(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.split(","))) if text else ()
    if "" in names:
        raise Problem(f"{text!r} is no list of names with commas in between", "svacheck plan")
    return names


def _plan(options: argparse.Namespace) -> int:
    from svacheck.fleet import costs, making, model, planfile
    from svacheck.places import results_folder
    from svacheck.progress import Progress

    if options.plan:
        plan = planfile.load(options.plan)
    else:
        asked = making.Request(
            _list(options.kernels),
            _list(options.lanes) or ("uml",),
            options.shards,
            options.mutants,
            options.sample,
            options.seed,
        )
        plan = making.make(asked, costs.read(results_folder()), Progress())
    if options.model:
        text = "\n".join(model.table(plan, options.overhead)) + "\n"
    elif options.format == FORMATS[0]:
        text = plan.text()
    else:
        from svacheck.fleet import templates

        text = templates.text(options.format, plan, str(options.plan or PLAN))
    if options.out == "-":
        sys.stdout.write(text)
        return EXIT_PASS
    try:
        Path(options.out).write_text(text, encoding="ascii")
    except OSError as error:
        raise Problem(f"cannot write it: {error.strerror}", options.out, "--out") from error
    return EXIT_PASS


def _open(options: argparse.Namespace) -> tuple[Plan, Work]:
    from svacheck.fleet import planfile
    from svacheck.fleet.work import Work
    from svacheck.places import results_folder

    plan = planfile.load(options.plan)
    return plan, Work.open(options.work or results_folder() / f"work-{plan.digest}", plan)


def _execute(options: argparse.Namespace) -> int:
    from svacheck.progress import Progress

    plan, work = _open(options)
    items = [plan.item(id) for id in options.only] or list(plan.items)
    progress = Progress()
    if options.retry:
        work.forget_troubled(items)
    if options.on == "slurm":
        from svacheck.commands import CommandLog
        from svacheck.fleet import slurm

        processors = options.processors or len(os.sched_getaffinity(0))
        log = CommandLog(progress.command)
        slurm.run(work, items, options.workers, processors, log, progress)
    else:
        from svacheck.fleet import local

        more = _lava(options, plan, work) if options.on == "lava" else lambda item: ()
        local.run(work, items, options.workers or 1, more, progress)
    left = work.missing(items)
    if options.no_collect:
        for item in left:
            print(f"MISSING   {item.id}: {work.why(item)}")
        return EXIT_TROUBLE if left else EXIT_PASS
    return _take_in(work)


def _lava(options: argparse.Namespace, plan: Plan, work: Work) -> More:
    """What LAVA adds to the command of an item. Problem: it cannot boot one."""
    from svacheck.fleet.templates import in_lava

    for item in plan.items:
        if not in_lava(plan, item):
            raise Problem(
                f"LAVA cannot carry out {item.id}",
                str(options.plan),
                "it boots lanes qemu and like",
            )
    url = ["--lava-url", options.lava_url] if options.lava_url else []

    def more(item: Item) -> list[str]:
        return ["--lava", str(work.lava(item)), *url]

    return more


def _collect(options: argparse.Namespace) -> int:
    return _take_in(_open(options)[1])


def _take_in(work: Work) -> int:
    from svacheck.fleet import collect

    found = collect.collect(work)
    print("\n".join(collect.told(found)))
    return found.status
