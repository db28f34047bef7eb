# SPDX-License-Identifier: GPL-2.0
"""The man page svacheck(1), made from the parser of the command line, so that it is never stale."""

from __future__ import annotations

import argparse
import os
import re
import textwrap
import time
from collections.abc import Iterator, Mapping

from svacheck import VERSION

ENVIRONMENT: Mapping[str, str] = {
    "SVACHECK_RESULTS": "The folder in which runs are stored and looked for.",
    "XDG_CACHE_HOME": "Unpacked kernels, working copies, builds and the compiler cache are in the "
    "folder svacheck there (~/.cache/svacheck).",
    "XDG_STATE_HOME": "See FILES.",
}


def manpage(top: argparse.ArgumentParser) -> str:
    """The page, in the macros of man(7)."""
    lines = [
        f'.TH SVACHECK 1 "{_date()}" "svacheck {VERSION}" "User Commands"',
        ".SH NAME",
        f"svacheck \\- {_text('judge whether a Linux kernel keeps the contract of SVA domains')}",
        ".SH SYNOPSIS",
        ".B svacheck",
        r"\fICOMMAND\fR [\fIOPTION\fR]... [\fIARGUMENT\fR]...",
        ".SH DESCRIPTION",
        _text(top.description or ""),
        ".SH OPTIONS",
        *_options(top),
        ".SH COMMANDS",
    ]
    for name, command in _commands(top).items():
        lines += [f'.SS "svacheck {_text(name)}"', *_command(command)]
    examples, exits, places = (top.epilog or "").split("\n\n")
    lines += [".SH EXIT STATUS", _text(exits.removeprefix("exit status:"))]
    lines += [".SH FILES", _text(places)]
    lines += [".SH ENVIRONMENT"]
    for variable, text in ENVIRONMENT.items():
        lines += [".TP", f".B {variable}", _text(text)]
    lines += [".SH EXAMPLES", *_lines(examples)]
    return "\n".join(lines) + "\n"


def _date() -> str:
    """Of the package that is built, or today."""
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))


def _commands(top: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            return action.choices
    return {}


def _command(command: argparse.ArgumentParser) -> Iterator[str]:
    usage = " ".join(command.format_usage().removeprefix("usage: ").split())
    yield _text(usage)
    yield ".PP"
    yield _text(command.description or "")
    yield from _options(command)
    yield from _epilog(command.epilog or "")


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Each argument with its help, but for the commands and --help."""
    formatter = argparse.HelpFormatter(parser.prog)
    for action in parser._actions:
        if isinstance(action, (argparse._HelpAction, argparse._SubParsersAction)):
            continue
        if action.help == argparse.SUPPRESS:
            continue
        yield ".TP"
        yield rf"\fB{_text(formatter._format_action_invocation(action))}\fR"
        yield _text(formatter._expand_help(action) if action.help else "as it says")


def _epilog(text: str) -> Iterator[str]:
    """Paragraphs; one that begins with "examples:" keeps its lines."""
    for block in text.strip("\n").split("\n\n"):
        if block.startswith("examples:"):
            yield from (".PP", "Examples:", ".PP", *_lines(block))
        else:
            yield from (".PP", _text(block))


def _lines(examples: str) -> Iterator[str]:
    """Lines as they are, without the first, their heading."""
    yield ".EX"
    yield from (_escape(line) for line in examples.splitlines()[1:])
    yield ".EE"


def _text(text: str) -> str:
    """Words to be filled, in short lines, each sentence's end where troff sees it."""
    sentences = re.sub(r"(?<=[a-z)]\.) ", "\n", " ".join(text.split())).splitlines()
    wrapped = (textwrap.wrap(part, 66, break_on_hyphens=False) for part in sentences)
    return _escape("\n".join(line for part in wrapped for line in part))


def _escape(text: str) -> str:
    """What troff would take for its own, as what it is."""
    for plain, troff in (("\\", r"\e"), ("-", r"\-"), ("~", r"\(ti"), ("^", r"\(ha")):
        text = text.replace(plain, troff)
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)
