# SPDX-License-Identifier: GPL-2.0
"""A patch series as mailing lists deliver it."""

from __future__ import annotations

import base64

import pytest

from svacheck.errors import Problem
from svacheck.gate.mail import series, single

FROM = "From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n"
DIFF = """\
---
 a.c | 2 +-

diff --git a/a.c b/a.c
--- a/a.c
+++ b/a.c
@@ -1 +1 @@
-int a;
+int b;
"""


def mail(subject: str, body: str = DIFF, header: str = "") -> str:
    return (
        f"{FROM}From: A <a@b>\nDate: Sun, 22 Nov 2026 09:30:00 +0000\nSubject: {subject}\n"
        f"{header}\nWhy.\n{FROM}\nFrom 12:00:00 on it is b.\n{body}\n"
    )


def read(*mails: str) -> list[str]:
    return [patch.subject for patch in series("".join(mails).encode(), "file")]


def test_a_series_is_sorted_and_its_cover_letter_and_answers_left_out() -> None:
    mails = [
        mail("[PATCH v2 0/3] Cover", ""),
        mail("[PATCH v2 2/3] iommu: two"),
        mail("Re: [PATCH v2 2/3] iommu: two"),
        mail("[PATCH v2 3/3] iommu: [odd] three"),
        mail("Re: [PATCH v2 0/3] Cover", "Thanks.\n"),
        mail("[PATCH v2 1/3] iommu:\n one"),
    ]
    assert read(*mails) == ["iommu: one", "iommu: two", "iommu: [odd] three"]


def test_an_answer_with_a_diff_is_no_patch() -> None:
    for word in ("Re", "RE", "AW", "Fwd"):
        assert read(mail("[PATCH] mine"), mail(f"{word}: [PATCH] mine")) == ["mine"]


def test_the_last_version_counts() -> None:
    mails = [mail("[PATCH 1/2] a"), mail("[PATCH 2/2] b"), mail("[PATCH v3] c")]
    assert read(*mails) == ["c"]


def test_a_patch_that_is_missing() -> None:
    with pytest.raises(Problem, match=r"the series has 4 patches, but not patch 2, 4 \(file\)"):
        read(mail("[PATCH 1/4] a"), mail("[PATCH 3/4] c"))


def test_no_patch() -> None:
    for text in ("", "hello\n", mail("[PATCH 0/2] Cover", "")):
        with pytest.raises(Problem, match=r"no patch in it \(file\)"):
            read(text)


def test_one_mail_without_a_separator_as_b4_gives_it() -> None:
    text = mail("[PATCH 2/3] two").removeprefix(FROM)
    patch = single(text.encode())
    assert patch and (patch.subject, patch.number, patch.of) == ("two", 2, 3)
    assert patch.mail.startswith(b"From ") and patch.mail.endswith(text.encode())
    assert single(mail("[PATCH 0/3] Cover", "").encode()) is None


def test_a_mail_is_not_cut_where_its_text_begins_with_from() -> None:
    assert len(series(mail("[PATCH] a").encode(), "file")) == 1


def test_encoded_mails() -> None:
    body = base64.encodebytes(DIFF.encode()).decode()
    head = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n"
    text = f"{FROM}Subject: =?utf-8?q?=5BPATCH=5D_=C3=A4?=\n{head}\n{body}\n"
    assert read(text) == ["ä"]
    crlf = (mail("[PATCH 1/2] one") + mail("[PATCH 2/2] two")).replace("\n", "\r\n")
    assert read(crlf) == ["one", "two"]


def test_a_mail_of_two_parts() -> None:
    kinds = 'Content-Type: multipart/mixed; boundary="x"\n'
    text = (
        f"{FROM}Subject: [PATCH] parts\n{kinds}\n--x\nContent-Type: text/plain\n\n{DIFF}\n--x--\n"
    )
    assert read(text) == ["parts"]
