"""A package is unpacked once, and packed once, whatever is done with it."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ptxl import jobs
from ptxl.documents.document import load_answers
from ptxl.receive.workers import Opened, Terms
from tests.broken import good_form, spoiled_form
from tests.conftest import SAMPLES

CASE = SAMPLES / "good" / "hebei-2020-project-1"


@pytest.fixture(name="counts")
def counts_fixture(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many parts were inflated and deflated, by any code but the reader of calamine."""
    counts: Counter[str] = Counter()

    def count(name: str, really: Any, *arguments: Any) -> Any:
        counts[name] += 1
        return really(*arguments)

    for name in ("decompressobj", "compressobj"):
        monkeypatch.setattr(zlib, name, partial(count, name, getattr(zlib, name)))
    return counts


def opened(data: bytes) -> Opened:
    return Opened(data, Path("a.xlsx"), "a.xlsx", Terms())


def test_checking_and_marking_unpack_a_file_once(counts: Counter[str]) -> None:
    data = spoiled_form(CASE)
    counts.clear()
    report = jobs.report(opened(data), look=jobs.check, language="zh", mark="hint")
    assert report.marked
    assert report.marked.own
    assert counts == {
        "decompressobj": packed(data), "compressobj": packed(report.marked.data)
    }  # fmt: skip


def test_filling_unpacks_a_form_once(counts: Counter[str]) -> None:
    data, answers = good_form(CASE), load_answers(CASE / "answers.json")
    counts.clear()
    filled = jobs.fill(opened(data), answers=answers)
    assert counts == {"decompressobj": packed(data), "compressobj": packed(filled)}


def packed(data: bytes) -> int:
    """How many parts a package has."""
    return len(zipfile.ZipFile(io.BytesIO(data)).namelist())
