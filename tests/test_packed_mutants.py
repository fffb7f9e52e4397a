"""Thousands of damaged archives and mails: each is opened, or refused with a reason.

`PTXL_FUZZ` is how many are tried; a failure names its kind and seed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest

from ptxl.model.errors import WorkbookError
from ptxl.receive.containers import unpack
from ptxl.receive.workers import Opened
from tests.archives import (
    UNIT_FILES,
    Rar,
    compound_tree,
    gbk_zip,
    mail_of,
    outlook_mail,
    raw_mail,
    tar_of,
    zipped_names,
)
from tests.conftest import TINY, Figures, MakeTemplate
from tests.mutants import damage, try_mutants

COUNT = int(os.environ.get("PTXL_FUZZ", "2000")) // 4
FILES = {name: name.encode() * 20 for name in UNIT_FILES[:12]}
KINDS: Mapping[str, bytes] = {
    "zip": gbk_zip(FILES),
    "zip64": gbk_zip({"内.zip": zipped_names(UNIT_FILES[:5]), **FILES}),
    "eml": mail_of({"材料.zip": gbk_zip(FILES), **FILES}),
    "raw eml": raw_mail('Content-Disposition: attachment; filename="教育局.xls"'.encode("gbk")),
    "msg": compound_tree(outlook_mail({"转": outlook_mail(FILES), **FILES})),
    "tar": tar_of(FILES),
    "rar": Rar(FILES).written(),
}
#: what headers of mails are broken with
_WORDS = (
    b"=?gb2312?B?1cXI/Q==?=", b"=?utf-8?Q?=ZZ?=", b"=?x-unknown?B?AAAA?=", b"=?utf-7?B?AAA?=",
    b"filename*0*=utf-8''%", b"filename*1=", b'filename="', b"name*=gbk''%FF%FE", b"<", b",:;",
    b"boundary=", b"\r\n ", b"\r\n\r\n", b"Content-Type: message/rfc822\r\n", b"''", b"(((",
    b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: x-uuencode\r\n",
    b"Date: 31 Feb 99999 25:61:61 +9999\r\n", b"\xff\xfe\x00", b"From: @@\r\n", b"\r\n--",
    b"multipart/mixed",
)  # fmt: skip


def task(file: Opened) -> tuple[str, str]:
    """Open one mutant to its end: what it came to. Runs in a worker."""
    random = Random(file.source)
    data = damage(file.data, random) if random.random() < 0.6 else _reworded(file.data, random)
    first: int | None = 0
    try:
        while first is not None:
            contents = unpack(data, file.terms.limits, first=first)
            first = contents.following
    except WorkbookError as error:
        return error.code, ""
    if contents.kind is None:
        return "no container", ""
    needs_program = contents.kind == "rar"
    is_whole = (contents.entries or needs_program) and not contents.refused
    return "read" if is_whole else "read in part", ""


def _reworded(data: bytes, random: Random) -> bytes:
    """With words put in that mean something to who reads mails, and are noise to others."""
    content = bytearray(data)
    for _ in range(random.choice((1, 2, 5))):
        place = random.randrange(min(1000, len(content)))
        content[place : place + random.choice((0, 0, 3))] = random.choice(_WORDS)
    return bytes(content)


@pytest.mark.parametrize("kind", KINDS)
def test_no_damage_breaks_the_opening_of_containers(
    kind: str, tmp_path: Path, make_template: MakeTemplate, figures: Figures
) -> None:
    path = tmp_path / "packed"
    path.write_bytes(KINDS[kind])
    try_mutants(task, path, kind, COUNT, make_template(TINY), figures)
