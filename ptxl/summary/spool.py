"""Keeps what has come on disk until all has, and gives it in the order of the roster.

In memory there is only where each file stands, and of one that does not count the first reason, so
that a province fits as well as a county.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path

from ptxl.documents.document import Json, dump, parse_answers
from ptxl.merge.rows import LeftOut, UnitSummary, roster_order
from ptxl.merge.views import View
from ptxl.summary.unit_json import (
    Forms,
    left_out_from_json,
    left_out_json,
    unit_from_json,
    unit_json,
)


@dataclass(frozen=True, slots=True)
class _Span:
    """Where a text stands in the file."""

    start: int
    length: int


@dataclass(frozen=True, slots=True, order=True)
class _Entry:
    """Where a submission stands; entries are in the order of the summary."""

    key: tuple[str, int, str, str]
    span: _Span = field(compare=False)
    #: the file that it was read from, as it can be opened
    path: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class _Kept:
    """Where a file that does not count stands, and the same with its first finding alone."""

    brief: LeftOut
    span: _Span


class _Texts(ExitStack):
    """A file of texts, one after the other; gone when the context is left."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._file = self.enter_context(tempfile.TemporaryFile(dir=folder))  # noqa: SIM115 — this is one
        self._end = 0

    def _keep(self, data: bytes) -> _Span:
        span = _Span(self._end, len(data))
        self._file.seek(self._end)
        self._file.write(data)
        self._end += len(data)
        return span

    def _text(self, span: _Span) -> str:
        self._file.seek(span.start)
        return self._file.read(span.length).decode("utf-8", "surrogatepass")


class Spool(_Texts):
    """Submissions that count, as JSON texts; a context."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._entries: dict[tuple[str, str, str], _Entry] = {}
        self.forms = Forms()

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, view: View, path: str = "") -> None:
        """Keep a submission, and the path of its file, under the key of its form."""
        span, form = self._keep(_data(unit_json(view, self.forms))), view.unit.form
        self._entries[form.key] = _Entry(roster_order(form), span, path)

    def texts(self) -> Iterator[str]:
        """Yield the JSON of every submission, in order."""
        for entry in sorted(self._entries.values()):
            yield self._text(entry.span)

    def __iter__(self) -> Iterator[tuple[UnitSummary, str]]:
        """Yield every submission with the path of its file, in order."""
        for entry in sorted(self._entries.values()):
            yield self._unit(entry), entry.path

    def get(self, key: tuple[str, str, str]) -> UnitSummary:
        """Return the submission of a form. Raises KeyError where none is kept."""
        return self._unit(self._entries[key])

    def _unit(self, entry: _Entry) -> UnitSummary:
        return unit_from_json(parse_answers(self._text(entry.span), entry.path), self.forms)


class LeftOutSpool(_Texts):
    """Files that do not count, each once, as JSON texts; a context."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        #: by a digest of all that is said of a file
        self._kept: dict[bytes, _Kept] = {}

    def add(self, left: LeftOut) -> bool:
        """Keep a file that does not count; say whether it is not kept yet."""
        data = _data(left_out_json(left))
        digest = blake2b(data, digest_size=16).digest()
        if digest in self._kept:
            return False
        self._kept[digest] = _Kept(replace(left, found=left.found[:1]), self._keep(data))
        return True

    def briefs(self) -> Iterator[LeftOut]:
        """Yield every file with its first finding alone, in order."""
        return (kept.brief for kept in self._in_order())

    def texts(self) -> Iterator[str]:
        """Yield the JSON of every file, in order."""
        return (self._text(kept.span) for kept in self._in_order())

    def __iter__(self) -> Iterator[LeftOut]:
        """Yield every file with all that was found in it, in order."""
        for kept in self._in_order():
            text = self._text(kept.span)
            yield left_out_from_json(parse_answers(text, kept.brief.file))

    def _in_order(self) -> list[_Kept]:
        """By county and roster; where all of that is one, in an order that is always the same."""
        return [
            kept for _, kept in sorted(
                self._kept.items(), key=lambda one: (*_order_of_left_out(one[1].brief), one[0])
            )
        ]  # fmt: skip


def _data(document: Json) -> bytes:
    return dump(document, indent=None).encode("utf-8", "surrogatepass")


def _order_of_left_out(left: LeftOut) -> tuple[object, ...]:
    """Within a county files of which nobody can tell whose they are come last."""
    of_form = roster_order(left.form) if left.form else ()
    return left.county, not left.form, *of_form, left.file
