"""Bytes → an open workbook: sheet names and values, whatever the format. Owns python-calamine."""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from python_calamine import CalamineError, CalamineWorkbook

from ptxl.faulty import UnreadableError, inspect
from ptxl.refusals import refusal
from ptxl.submission import Raw
from ptxl.values import clean

Grid = Sequence[Sequence[object]]


@dataclass(slots=True)
class Workbook:
    """An open workbook: its sheet names and their values, each sheet read when asked for."""

    names: tuple[str, ...]
    #: cells that hold an error value, which calamine gives as blank, by sheet name
    errors: Mapping[str, Mapping[str, str]]
    _book: CalamineWorkbook
    _grids: dict[str, Grid] = field(default_factory=dict)

    def grid(self, name: str) -> Grid:
        """All values of a sheet from A1 on, blank cells as ''."""
        if name not in self._grids:
            with _as_workbook_error():
                sheet = self._book.get_sheet_by_name(name)
                self._grids[name] = sheet.to_python(skip_empty_area=False)
        return self._grids[name]


def open_workbook(data: bytes) -> Workbook:
    """Open a workbook by its content, whatever its name. Raises WorkbookError."""
    _refuse_others(data)
    with _as_workbook_error():
        errors = inspect(data)
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return Workbook(tuple(book.sheet_names), errors, book)


def _refuse_others(data: bytes) -> None:
    """Name what a file is when it is certainly no workbook."""
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not data.strip():
        raise refusal("empty")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise refusal("encrypted")
    elif data.startswith(b"PK"):
        _refuse_other_package(data)
    elif head.startswith((b"<", b"mime-version")) or _is_text(data):
        raise refusal("html")


def _refuse_other_package(data: bytes) -> None:
    try:
        names = set(zipfile.ZipFile(io.BytesIO(data)).namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise refusal("damaged") from None
    if "word/document.xml" in names:
        raise refusal("document")
    if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
        raise refusal("archive")


def _is_text(data: bytes) -> bool:
    head = data[:4096]
    if b"\x00" in head:
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            head[:-3].decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


class _as_workbook_error:  # noqa: N801 - reads as a statement
    """Turn calamine's errors, and its panics, into one that says what to do."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is None:
            return
        if issubclass(kind, CalamineError) and "password" in kind.__name__.lower():
            raise refusal("encrypted") from None
        # A panic of the Rust side derives from BaseException alone, and is told by its name.
        damaged = (CalamineError, UnreadableError, OSError, ValueError, zlib.error, EOFError)
        if issubclass(kind, damaged) or "Panic" in kind.__name__:
            raise refusal("damaged") from None


def cell_value(value: object) -> Raw | None:
    """A cell's value; None for what is blank to the eye."""
    if isinstance(value, str):
        return value if clean(value) else None
    if isinstance(value, bool | date):
        return value
    if isinstance(value, int | float):
        # A cell keeps 15 digits; what a program writes beyond them is noise of its arithmetic.
        return Decimal(format(value, ".15g")) if math.isfinite(value) else str(value)
    if isinstance(value, time | timedelta | datetime):
        return str(value)
    return str(value)
