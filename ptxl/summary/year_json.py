"""The rows of a year through its stages → JSON, in which every figure names file and cell. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ptxl.documents.document import Json
from ptxl.merge.stages import Change, Line, Stage, text_of

FORMAT = "ptxl-year-1"


def year_json(files: Sequence[str], lines: Iterable[Line]) -> dict[str, Json]:
    """What became of each row; `files` are the summaries of the stages, in their order."""
    return {
        "format": FORMAT,
        "stages": list(files),
        "rows": [_line(line, len(files)) for line in lines],
    }


def _line(line: Line, count: int) -> dict[str, Json]:
    return {
        "id": line.id,
        "unit": {"code": line.code, "name": line.unit},
        "project": line.outer or None,
        "name": line.called,
        "changes": list(map(_change, line.changes)),
        "stages": [_stage(line.stages.get(number)) for number in range(count)],
    }


def _change(change: Change) -> dict[str, Json]:
    """What became of a row; of what was approved as an adjustment also why."""
    why = change.why
    return {
        "stage": change.stage + 1, "what": change.what, "answer": change.name or None,
        "before": change.before, "now": change.now,
        "reason": why.reason or None, "document": why.document or None,
        "date": why.day.isoformat() if why.day else None,
    }  # fmt: skip


def _stage(stage: Stage | None) -> Mapping[str, Json] | None:
    """What a row holds in one stage: texts by name, and the cell of each that was filled in."""
    if stage is None:
        return None
    texts = {name: text_of(one.value) for name, one in stage.answers.items()}
    cells = {name: f"{one.sheet}!{one.cell}" for name, one in stage.answers.items()}
    return {"file": stage.file, "answers": {**stage.given, **texts}, "cells": cells}
