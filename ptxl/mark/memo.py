"""What it takes to put back every part as it was ↔ texts on the hidden sheet of marks.

They hold only while nobody but ptxl has saved the file; after another program they are not even
found, since it keeps texts in another place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ptxl.ooxml.sheet import Sheet
from ptxl.ooxml.styles import Styles
from ptxl.ooxml.workbook import XlsxWorkbook

_COLUMN = 1
#: the digest of the styles with marks, and how long each list was before
_STYLES = re.compile(r"[0-9a-f]{20}(?: -?[0-9]{1,6}){5}")
#: what `restore_row` wants, and the sheet
_ROW = re.compile(r"([0-9]{1,7} [0-9.]+ [0-9.-]+ (?:[01-]|true|false)) (.+)", re.DOTALL)


@dataclass(slots=True)
class Memo:
    """The lengths of the lists of styles, rows made higher (their sheets and `raise_row`), and how
    the workbook opened (`open_at_first`)."""

    counts: Sequence[int]
    rows: list[tuple[str, str]] = field(default_factory=list)
    views: Sequence[str] = ()

    def write(self, sheet: Sheet, styles: Styles) -> None:
        """Write all of it into a hidden sheet; `styles` are those that the marks use."""
        texts = [" ".join((styles.digest(), *map(str, self.counts)))]
        texts += [f"{row} {name}" for name, row in self.rows if row]
        texts += self.views
        for line, text in enumerate(texts):
            sheet.set_value((line, _COLUMN), text)


def read_memo(book: XlsxWorkbook, name: str) -> list[str]:
    """Read the texts from the hidden sheet of marks."""
    texts: list[str] = []
    sheet = book.edit_sheet(name)
    cell = sheet.find((0, _COLUMN))
    while cell is not None:
        texts.append(cell.findtext("{*}is/{*}t", ""))
        cell = sheet.find((len(texts), _COLUMN))
    return texts


def restore(book: XlsxWorkbook, texts: Iterable[str]) -> None:
    """Put back what the texts tell of, wherever it is still as marking left it."""
    for text in texts:
        if _STYLES.fullmatch(text):
            _restore_styles(Styles(book), *text.split())
            continue
        row = _ROW.fullmatch(text)
        if row is None:
            book.restore_views(text)
        elif row[2] in book.sheet_parts:
            book.edit_sheet(row[2]).restore_row(row[1])


def _restore_styles(styles: Styles, digest: str, *counts: str) -> None:
    if digest == styles.digest():
        styles.restore(map(int, counts))
