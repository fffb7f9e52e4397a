"""Workbooks as bytes for tests: taken apart, put together, patched and marked."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from ptxl import mark
from ptxl.model.findings import Language
from ptxl.model.submission import CheckedSubmission
from ptxl.ooxml import workbook
from ptxl.ooxml.sheet import NewValue, Position


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rebuilt(changed: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in changed.items():
            archive.writestr(name, content)
    return target.getvalue()


def patch_cells(
    data: bytes, cells: Mapping[str, Mapping[Position, NewValue]], *, forget: bool = False
) -> bytes:
    """Set cells; results of formulas stay as they are, unless those of the sheets are to go."""
    results = dict.fromkeys(cells) if forget else {}
    return workbook.patch_cells(parts(data), cells, results=results)


def mark_workbook(
    data: bytes, checked: CheckedSubmission, language: Language = "zh", came_from: str = ""
) -> bytes:
    return mark.mark_workbook(parts(data), checked, language, came_from=came_from)


def unmark_workbook(data: bytes) -> bytes:
    return mark.unmark_workbook(parts(data))
