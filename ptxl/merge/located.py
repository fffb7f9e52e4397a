"""Findings on a form, made where its answers are known by their cells. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ptxl.merge.rows import Source
from ptxl.model.findings import Code, Finding, finding
from ptxl.model.submission import CheckedSubmission


class Located:
    """Makes findings on a form at the cells of its answers."""

    def __init__(self, checked: CheckedSubmission) -> None:
        submission = checked.submission
        self._fields = submission.layout.fields
        self._paths = {submission.where(path): path for path in self._fields}

    def at(self, code: Code, sources: Sequence[Source], facts: Mapping[str, object]) -> Finding:
        """A finding at the first of the cells that it is about."""
        first, *others = (self._paths[source.sheet, source.cell] for source in sources)
        found = finding(
            code, path=first, sheet=sources[0].sheet, cell=sources[0].cell,
            label=self._fields[first].label, **facts,
        )  # fmt: skip
        return replace(found, looks_at=(first, *others)) if others else found
