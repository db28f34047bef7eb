# SPDX-License-Identifier: GPL-2.0
"""Build again after an edit of our own sources, in a third of the time.

kunit.py makes the configuration anew each time, and kbuild looks into each folder of the
kernel. When all that differs from the last whole build is what stands in .c files of the
overlay, kbuild is asked for the overlay's surroundings alone, and then for the kernel, which it
links of what lies there. The kernel is the same to the byte.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from svacheck import overlay
from svacheck.commands import CommandLog
from svacheck.model import Lane

OWN = "SVACHECK_"
WHERE = str(Path(overlay.FOLDER).parent)  # its Makefile names objects in the overlay as well
UML = "um"  # whose kernel is a program that vmlinux is linked to
ARCHIVE = "built-in.a"  # of all the kernel: a list of its objects
FAILED, FAILED_MAKE = 1, 2  # exit status of a build that fails: kunit.py's, make's
KERNEL = "linux"
EDITED = ".c"  # no object of another folder is made of these


def around(src: Path) -> dict[str, str]:
    """All that an overlay has put into src: path to hash, or to nothing for what may be edited."""
    folder = src / overlay.FOLDER
    held = overlay.collect(folder)
    found = {path: "" if path.endswith(EDITED) else _hash(data) for path, data in held.items()}
    hooked = {path: _hash((src / path).read_bytes()) for path in overlay.hooked_files(src)}
    return {**{f"{overlay.FOLDER}/{path}": hash_ for path, hash_ in found.items()}, **hooked}


def without_own(lane: Lane) -> Lane:
    """The lane without what none but our own Makefile reads of make's variables."""
    options = (option for option in lane.make_options if not option.startswith(OWN))
    return replace(lane, make_options=tuple(options))


def _hash(data: bytes) -> str:
    return sha256(data).hexdigest()


def possible(arch: str, src: Path, directory: Path) -> bool:
    """Has kbuild left a whole kernel of UML in directory, and an object of each source that was
    edited since? One without is included by others, or was not wanted so far."""
    if arch != UML or not (directory / ARCHIVE).is_file():
        return False
    edited = _edited(src, _made(directory / KERNEL))
    return all(_made(_object(source, src, directory)) for source in edited)


def rebuild(
    src: Path,
    directory: Path,
    settings: Sequence[str],
    log: CommandLog,
    output: Path,
    environment: Mapping[str, str],
    tick: Callable[[], None],
    before: Sequence[str] = (),
) -> int | None:
    """Build what was edited, and link; the exit status, as kunit.py
    has it; None if it was killed.

    settings: for make, NAME=VALUE and --jobs; before: what its command begins with; output: a
    file for what it prints.
    """
    make = [*before, "make", f"ARCH={UML}", f"O={directory}", *settings]
    make += [f"build-dir={WHERE}"]  # in place of the root, where kbuild begins
    status = None
    for target in (WHERE, KERNEL):
        status = log.run(
            [*make, target],
            cwd=src,
            output=output,
            append=True,
            environment=environment,
            tick=tick,
        ).status
        if status or target == KERNEL:
            break
        (directory / ARCHIVE).touch()  # else make sees no reason to link
    return FAILED if status == FAILED_MAKE else status


def is_whole(src: Path, directory: Path, before: int) -> bool:
    """Whether the kernel was linked anew, with an object of each source that was edited.

    before: when the kernel before it was linked, in ns.
    """
    edited = _edited(src, before)
    kernel = _made(directory / KERNEL)
    objects = [_made(_object(source, src, directory)) for source in edited]
    return kernel > before and all(
        source.stat().st_mtime_ns < made <= kernel for source, made in zip(edited, objects)
    )


def _edited(src: Path, before: int) -> list[Path]:
    sources = (src / overlay.FOLDER).rglob(f"*{EDITED}")
    return [source for source in sources if source.stat().st_mtime_ns > before]


def _object(source: Path, src: Path, directory: Path) -> Path:
    return directory / source.relative_to(src).with_suffix(".o")


def _made(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
