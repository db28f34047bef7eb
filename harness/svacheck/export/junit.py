# SPDX-License-Identifier: GPL-2.0
"""JUnit XML as GitLab and Jenkins read it.

GitLab drops all but one of the test cases with the same classname and name without a word, and
takes no file of 30 MB or more (docs.gitlab.com, "Unit test reports"). The xUnit plugin of Jenkins
validates: no attributes but those of its junit-10.xsd, and times in digits with a point.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from svacheck.export.document import Document
from svacheck.export.stored import Record, Stored, said, shares, trouble
from svacheck.export.text import Names, clean, excerpt

LARGEST = 28_000_000  # bytes of a file
MESSAGE, TEXT = 400, 16_384  # characters of an attribute and of an element
NAME = 500
_ELEMENT = {"fail": "failure", "error": "error", "skip": "skipped"}


@dataclass
class _Suite:
    """A testsuite element, as long as it fits into its file."""

    name: str
    started: str
    cases: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def text(self) -> str:
        names = {"failures": "fail", "errors": "error", "skipped": "skip"}
        counts = "".join(f' {name}="{self.counts[status]}"' for name, status in names.items())
        head = f'<testsuite name={quoteattr(self.name)} tests="{len(self.cases)}"{counts}'
        head += f' time="{self.seconds:.3f}" timestamp="{self.started.rstrip("Z")}">\n'
        return head + "".join(self.cases) + "</testsuite>\n"


def make(stored: Sequence[Stored]) -> list[Document]:
    """One file, or several that are each small enough."""
    files: list[list[_Suite]] = [[]]
    size = 0
    for suite, status, seconds, text in _cases(stored):
        bytes_of = len(text.encode())
        if size + bytes_of > LARGEST:
            files.append([])
            size = 0
        mine = files[-1]
        if not mine or mine[-1].name != suite.name:
            mine.append(_Suite(suite.name, suite.started))
            size += 1000
        mine[-1].cases.append(text)
        mine[-1].counts[status] += 1
        mine[-1].seconds += seconds
        size += bytes_of
    names = [f"junit-{nth}.xml" for nth in range(1, len(files) + 1)]
    if len(files) == 1:
        names = ["junit.xml"]
    return [Document(name, _file(suites)) for name, suites in zip(names, files)]


def _file(suites: Sequence[_Suite]) -> str:
    body = "".join(suite.text() for suite in suites)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="svacheck">\n'
    return f"{head}{body}</testsuites>\n"


def _cases(stored: Sequence[Stored]) -> Iterator[tuple[_Suite, str, float, str]]:
    """Every test case with its suite, what it came to, and its seconds; first of each run
    one that is the run itself: whoever counts green cases must not count a run that broke off."""
    alike = Counter(_of(one.record) for one in stored)
    for one in stored:
        run = one.record
        prefix = _of(run) + (f".{one.id.replace('.', '_')}" if alike[_of(run)] > 1 else "")
        names, share = Names(), shares(run)
        whole = _Suite(prefix, run["started"])
        verdict = run["verdict"]
        yield whole, verdict, 0.0, _case(prefix, "verdict", verdict, 0.0, trouble(run))
        for case in run["cases"]:
            suite = _Suite(clean(f"{prefix}.{case['suite']}"[:NAME]), run["started"])
            name = "/".join(filter(None, (case["name"], case["param"])))[:NAME]
            # What was cut off or made visible may leave two names that are the same
            name = names.unique(f"{suite.name}\n{clean(name)}", case["id"]).partition("\n")[2]
            seconds = share[case["boot"]]
            text = _case(suite.name, name, case["status"], seconds, said(case, run))
            yield suite, case["status"], seconds, text


def _of(run: Record) -> str:
    words = (run["tree"]["version"], run["lane"])
    return "svacheck." + ".".join(clean(word).replace(".", "_") for word in words)


def _case(suite: str, name: str, status: str, seconds: float, text: str) -> str:
    head = f'<testcase classname={quoteattr(suite)} name={quoteattr(name)} time="{seconds:.6f}"'
    element = _ELEMENT.get(status)
    if not element:
        return head + "/>\n"
    first = next((line for line in text.split("\n") if line.strip()), status)
    message = quoteattr(excerpt(first, MESSAGE).replace("\n", " "))
    body = escape(excerpt(text, TEXT))
    return f"{head}>\n<{element} message={message}>{body}</{element}>\n</testcase>\n"
