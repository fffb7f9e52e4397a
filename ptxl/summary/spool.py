"""Keeps submissions on disk until all have come, and gives them in the order of the roster.

In memory there is only where each of them stands, so that a province fits as well as a county.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from ptxl.documents.document import dump, parse_answers
from ptxl.merge.rows import FormOf, UnitSummary
from ptxl.summary.unit_json import Forms, unit_from_json, unit_json

#: the place in a roster of what stands in none: behind all others
_UNPLACED = 10**9


@dataclass(frozen=True, slots=True, order=True)
class _Entry:
    """Where a submission stands in the file; entries are in the order of the summary."""

    key: tuple[str, int, str, str, str]
    start: int = field(compare=False)
    length: int = field(compare=False)
    #: the file that it was read from, as it can be opened
    path: str = field(compare=False)


class Spool:
    """A file of submissions, one JSON text after the other; gone when the context is left."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 — closed by the context
        self._entries: dict[tuple[str, str, str], _Entry] = {}
        self._end = 0
        self.forms = Forms()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, unit: UnitSummary, path: str = "") -> None:
        """Keep a submission, and the path of its file, under the key of its form."""
        text = dump(unit_json(unit, self.forms), indent=None).encode("utf-8", "surrogatepass")
        self._file.seek(self._end)
        self._file.write(text)
        entry = _Entry(_order(unit.form), self._end, len(text), path)
        self._entries[unit.form.key] = entry
        self._end += len(text)

    def texts(self) -> Iterator[str]:
        """Yield the JSON of every submission, in order."""
        for entry in sorted(self._entries.values()):
            yield self._text(entry)

    def __iter__(self) -> Iterator[tuple[UnitSummary, str]]:
        """Yield every submission with the path of its file, in order."""
        for entry in sorted(self._entries.values()):
            yield self._unit(entry), entry.path

    def get(self, key: tuple[str, str, str]) -> UnitSummary:
        """Return the submission of a form. Raises KeyError where none is kept."""
        return self._unit(self._entries[key])

    def _unit(self, entry: _Entry) -> UnitSummary:
        return unit_from_json(parse_answers(self._text(entry), entry.path), self.forms)

    def _text(self, entry: _Entry) -> str:
        self._file.seek(entry.start)
        return self._file.read(entry.length).decode("utf-8", "surrogatepass")


def _order(form: FormOf) -> tuple[str, int, str, str, str]:
    return form.county, form.place or _UNPLACED, form.code, form.template, form.serial
