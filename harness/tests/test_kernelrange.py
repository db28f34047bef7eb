# SPDX-License-Identifier: GPL-2.0
"""Ranges of kernels."""

from __future__ import annotations

import pytest

from svacheck import kernelrange
from svacheck.errors import Problem


@pytest.mark.parametrize(
    ("kernels", "inside", "outside"),
    [
        ("6.12", "6.12 6.12.117 6.12.3-rc1", "6.1 6.1.192 6.13 7.2.12"),
        ("6.12..7.2", "6.12 6.18.1 7.2.12", "6.11.9 7.3"),
        ("6.12..", "6.12.0 7.3.4 8.0", "6.11"),
        ("..7.2", "6.1 7.2.99", "7.3-rc1"),
    ],
)
def test_what_is_in_a_range(kernels: str, inside: str, outside: str) -> None:
    assert [one for one in inside.split() if not kernelrange.holds(kernels, one)] == []
    assert [one for one in outside.split() if kernelrange.holds(kernels, one)] == []


@pytest.mark.parametrize("kernels", ["", "..", "x", "6.12...7.2", "6.12-7.2"])
def test_what_is_no_range(kernels: str) -> None:
    with pytest.raises(Problem, match="is no range of kernels"):
        kernelrange.check(kernels, "file")
