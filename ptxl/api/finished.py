"""Finished workbooks, whoever wrote them: what readers would stumble over."""

from __future__ import annotations

from pathlib import Path

from ptxl.inputs import AnyPath
from ptxl.inspection.book import Kind
from ptxl.inspection.flaws import Flaw
from ptxl.inspection.rulebook import inspect_parts
from ptxl.model.refusals import refusal
from ptxl.receive.sniff import Limits, check_cells, read_file, sniff

#: what a workbook may cost that ptxl itself wrote, and that somebody wants inspected
_OF_FINISHED = Limits(
    file_megabytes=512, part_megabytes=1024, total_megabytes=2048, cells=50_000_000,
    ranges=1_000_000,
)  # fmt: skip


def inspect(path: AnyPath) -> tuple[Kind, tuple[Flaw, ...]]:
    """Find what readers of a finished workbook would stumble over: its kind, and all that is wrong.

    It takes any xlsx, whoever wrote it. Raises WorkbookError for what is none.
    """
    package = sniff(read_file(Path(path), _OF_FINISHED), _OF_FINISHED)
    if package.kind != "xlsx":
        raise refusal("not_inspected")
    for part in package.parts:
        check_cells(package, part, _OF_FINISHED)
    return inspect_parts(package.parts)
