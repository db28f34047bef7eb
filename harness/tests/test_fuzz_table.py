# SPDX-License-Identifier: GPL-2.0
"""What knows the requests of /dev/svacheck: its header, the fuzzer's table, syzkaller's file.

They have to say the same of each request and of each field. syzkaller itself is in no package
of Debian, so what its compiler would say of the file is checked here as far as we use it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from svacheck.places import ROOT, SELFTESTS

HEADER = (ROOT / "kunit/uapi/svacheck.h").read_text()
TABLE = (SELFTESTS / "lib/fuzz/calls.c").read_text()
DESCRIPTIONS = (SELFTESTS / "syzkaller/dev_svacheck.txt").read_text()

SIZES = {"__u8": 1, "char": 1, "__u16": 2, "__u32": 4, "__u64": 8, "__aligned_u64": 8, "__s32": 4}
Fields = list[tuple[str, int]]  # each by its name, with its bytes, in their order


# ---- the header ----


@dataclass(frozen=True)
class Request:
    """struct: "" for a request without one. answers: the kernel writes to it."""

    struct: str
    answers: bool


def requests_of(header: str) -> dict[str, Request]:
    found = re.findall(
        r"^#define\s+SVAC_IOC_(\w+)\s+_IO(R|W|WR)?\(\s*SVAC_MAGIC,\s*\w+(?:,\s*struct (\w+))?\)",
        header,
        re.MULTILINE,
    )
    assert len(found) == len(re.findall(r"^#define\s+SVAC_IOC_", header, re.MULTILINE))
    return {name: Request(struct, "R" in way) for name, way, struct in found}


def structs_of(header: str) -> dict[str, Fields]:
    """The fields of each struct; one that is a struct itself is there with its size."""
    bare = re.sub(r"/\*.*?\*/", "", header, flags=re.DOTALL)
    structs: dict[str, Fields] = {}
    for name, body in re.findall(r"^struct (\w+) \{(.*?)^\};", bare, re.DOTALL | re.MULTILINE):
        fields: Fields = []
        for line in filter(None, map(str.strip, body.split("\n"))):
            match = re.fullmatch(r"(?:struct )?(\w+) (\w+)(?:\[(\d+)\])?;", line)
            assert match, line
            kind, field, count = match.groups()
            size = SIZES.get(kind) or sum(size for _, size in structs[kind])
            fields.append((field, size * int(count or 1)))
        structs[name] = fields
    return structs


def flat(header: str, struct: str) -> list[str]:
    """The fields of a struct, those of structs in it as "desc.opcode"."""
    bare = re.sub(r"/\*.*?\*/", "", header, flags=re.DOTALL)
    body = re.search(rf"^struct {struct} \{{(.*?)^\}};", bare, re.DOTALL | re.MULTILINE)
    assert body, struct
    names: list[str] = []
    for inner, field in re.findall(r"(?:struct (\w+)|\w+) (\w+)(?:\[\d+\])?;", body[1]):
        names += [f"{field}.{name}" for name in flat(header, inner)] if inner else [field]
    return names


# ---- the table ----


def in_table(header: str, table: str) -> list[str]:
    """What is wrong with the table."""
    wrong: list[str] = []
    lists = dict(
        re.findall(r"struct field (\w+)\[\] = \{(.*?)^\};", table, re.DOTALL | re.MULTILINE)
    )
    rows = {name: (struct, lists.get(of, "")) for name, struct, of in _rows(table)}
    requests = requests_of(header)
    for name in requests.keys() ^ rows.keys():
        wrong.append(f"{name} is not in both the header and the table")
    for name in requests.keys() & rows.keys():
        struct, fields = rows[name]
        if struct != requests[name].struct:
            wrong.append(f"{name}: the table says struct {struct}")
        if not struct:
            continue
        said = re.findall(r"(FIELD|ANSWER)\((\w+), ([\w.]+), (\w+),", fields)
        if [field for _, _, field, _ in said] != flat(header, struct):
            wrong.append(f"{name}: the fields of the table are not those of struct {struct}")
        if {of for _, of, _, _ in said} - {struct}:
            wrong.append(f"{name}: fields of another struct")
        if any(way == "ANSWER" for way, *_ in said) and not requests[name].answers:
            wrong.append(f"{name}: a request that has no answer, with fields for one")
        unlike = [
            field
            for _, _, field, kind in said
            if (kind == "ARGSZ") != (field == "argsz")
            or (kind == "ZERO") != bool(re.search(r"(?:^|\.)(?:flags|reserved\d*)$", field))
        ]
        if unlike:
            wrong.append(f"{name}: {', '.join(unlike)} cannot be of that kind")
    return wrong


def _rows(table: str) -> list[tuple[str, str, str]]:
    whole = re.findall(r"ROW\((\w+), (\w+), (\w+)\)", table.split("const struct call calls[]")[1])
    bare = re.findall(r'\.name = "(\w+)", \.request = SVAC_IOC_\1,', table)
    return [*whole, *((name, "", "") for name in bare)]


# ---- syzkaller's file ----

_FIELD = re.compile(r"\t(\w+)\t+([\w\[\], :]+?)(?:\t\((in|out|inout)\))?")
_CALL = re.compile(r"(\w+)\$(\w+)\((.*)\)(?: (\w+))?")
_IOCTL = re.compile(
    r"fd fd_svacheck, cmd const\[SVAC_IOC_(\w+)\], arg (?:ptr\[(in|inout), (\w+)\]|const\[0\])"
)


@dataclass(frozen=True)
class Described:
    """calls: name after the $ to its arguments; structs: their fields, as text."""

    calls: Mapping[str, str]
    structs: Mapping[str, Sequence[tuple[str, str]]]
    resources: Mapping[str, str]
    flags: Mapping[str, Sequence[str]]


def described(text: str) -> Described:
    """Each line is one that we use of syzlang, or it is an assertion that fails."""
    calls: dict[str, str] = {}
    structs: dict[str, list[tuple[str, str]]] = {}
    resources: dict[str, str] = {}
    flags: dict[str, list[str]] = {}
    inside = ""
    for line in text.splitlines():
        if inside and line == "}":
            assert structs[inside], inside
            inside = ""
        elif inside:
            field = _FIELD.fullmatch(line)
            assert field, line
            structs[inside].append((field[1], field[2]))
        elif match := re.fullmatch(r"(\w+) \{", line):
            assert match[1] not in structs, line
            inside = match[1]
            structs[inside] = []
        elif match := re.fullmatch(r"resource (\w+)\[(\w+)\](?:: [\w, ]+)?", line):
            resources[match[1]] = match[2]
        elif match := _CALL.fullmatch(line):
            calls[match[2]] = match[3]
        elif match := re.fullmatch(r"(\w+) = (\w+(?:, \w+)*)", line):
            flags[match[1]] = match[2].split(", ")
        else:
            assert (
                not line or line.startswith("#") or re.fullmatch(r"include <[\w/.]+>", line)
            ), line
    assert not inside
    return Described(calls, structs, resources, flags)


def _size(said: Described, kind: str) -> int:
    """Bytes of a type; 0 for one that there is not."""
    if number := re.search(r"(?:^|, )int(8|16|32|64)(?:\[[^\]]*\])?\]?$", kind):
        return int(number[1]) // 8
    if many := re.fullmatch(r"array\[(\w+), (\d+)\]", kind):
        return int(many[2]) * _size(said, many[1])
    if kind.startswith("ptr64["):
        return 8
    if kind in said.resources:
        return _size(said, said.resources[kind])
    return sum(_size(said, inner) for _, inner in said.structs.get(kind, ()))


def in_descriptions(header: str, text: str) -> list[str]:
    """What is wrong with syzkaller's file."""
    said, wrong = described(text), _names(header, text)
    requests, structs = requests_of(header), structs_of(header)
    ioctls = {name: args for name, args in said.calls.items() if name.startswith("SVAC_IOC_")}
    seen = set()
    for name, args in ioctls.items():
        match = _IOCTL.fullmatch(args)
        request = requests.get(match[1]) if match else None
        if not match or not request:
            wrong.append(f"{name}: no such request")
            continue
        seen.add(match[1])
        if (match[3] or "") != request.struct and not str(match[3]).startswith(
            request.struct + "_"
        ):
            wrong.append(f"{name}: struct {match[3]}, not {request.struct}")
        if request.struct and match[2] != ("inout" if request.answers else "in"):
            wrong.append(f"{name}: the other direction")
    wrong += [f"{name} is not described" for name in requests.keys() - seen]
    for name, fields in said.structs.items():
        like = max(
            (one for one in structs if f"{name}_".startswith(f"{one}_")), key=len, default=""
        )
        if not like:
            wrong.append(f"struct {name}: not in the header")
        elif [(field, _size(said, kind)) for field, kind in fields] != structs[like]:
            wrong.append(f"struct {name}: not the fields of struct {like}, or not their sizes")
    opcodes = re.findall(r"^#define\s+(SVAC_OP_\w+)", header, re.MULTILINE)
    if list(said.flags.get("svac_opcodes", ())) != opcodes:
        wrong.append("svac_opcodes: not the operations of the header")
    return wrong


def _names(header: str, text: str) -> list[str]:
    """Constants, flags and types that are named and not there, or there and not named."""
    said = described(text)
    code = "\n".join(line for line in text.splitlines() if not line.startswith(("#", "include")))
    constants = set(re.findall(r"^#define\s+(SVAC_\w+)", header, re.MULTILINE))
    ours = set(re.findall(r"(?<!\$)\bSVAC_\w+", code))
    wrong = [f"{name}: not in the header" for name in sorted(ours - constants)]
    for name in (*said.structs, *said.resources, *said.flags):
        if len(re.findall(rf"\b{name}\b", code)) < 2:
            wrong.append(f"{name} is not used")
    named = re.findall(r"flags\[(\w+)[,\]]", code)
    return wrong + [f"flags {name}: not there" for name in named if name not in said.flags]


# ---- agreement ----


def test_the_table_is_that_of_the_header() -> None:
    assert in_table(HEADER, TABLE) == []


def test_the_descriptions_are_those_of_the_header() -> None:
    assert in_descriptions(HEADER, DESCRIPTIONS) == []


NEW = "#define SVAC_IOC_NEW\t_IOWR(SVAC_MAGIC, 200, struct svac_bind)\n"


def test_a_request_that_only_the_header_has() -> None:
    header = HEADER.replace("#endif /* _UAPI", NEW + "#endif /* _UAPI")
    assert in_table(header, TABLE) == ["NEW is not in both the header and the table"]
    assert in_descriptions(header, DESCRIPTIONS) == ["NEW is not described"]


@pytest.mark.parametrize(
    "was, now",
    [
        ("\tFIELD(svac_unbind, reserved, ZERO, 0),\n", ""),
        ("FIELD(svac_setup, group,", "FIELD(svac_setup, max_pasids,"),
        ("FIELD(svac_wait, flags, ZERO,", "FIELD(svac_wait, flags, NUMBER,"),
        ("FIELD(svac_setup, group, NUMBER,", "ANSWER(svac_setup, group, NUMBER,"),
        ("ROW(WAIT, svac_wait, wait_fields)", "ROW(WAIT, svac_bind, bind_fields)"),
        ("ROW(UNBIND,", "ROW(UNBOUND,"),
    ],
)
def test_a_table_that_says_otherwise(was: str, now: str) -> None:
    assert TABLE.count(was) == 1
    assert in_table(HEADER, TABLE.replace(was, now))


@pytest.mark.parametrize(
    "was, now",
    [
        ("\tgroup\t\tint32[0:3]\n", ""),
        ("\tgroup\t\tint32[0:3]\n", "\tgroup\t\tint64[0:3]\n"),
        ("\thits\t\tint64\t(out)\n\trequests\t", "\trequests\tint64\t(out)\n\thits\t"),
        ("arg ptr[in, svac_setup]", "arg ptr[inout, svac_setup]"),
        ("arg ptr[in, svac_setup]", "arg ptr[in, svac_unbind]"),
        ("cmd const[SVAC_IOC_INFO]", "cmd const[SVAC_IOC_INFOS]"),
        ("SVAC_OP_ADD, SVAC_OP_SUM", "SVAC_OP_SUM"),
        ("svac_desc_flags = SVAC_BLOCK_ON_FAULT", "svac_desc_flags = SVAC_BLOCK"),
        (
            "\tflags\t\tflags[svac_desc_flags, int32]\n\tpasid\t",
            "\tflags\t\tflags[svac_nothing, int32]\n\tpasid\t",
        ),
    ],
)
def test_descriptions_that_say_otherwise(was: str, now: str) -> None:
    assert was in DESCRIPTIONS
    assert in_descriptions(HEADER, DESCRIPTIONS.replace(was, now, 1))


def test_what_is_no_description_at_all() -> None:
    for line in ("ioctl$X(fd fd_svacheck", "\tfield int32", "svac_info [", "nonsense"):
        with pytest.raises(AssertionError):
            described(line)
