"""An open workbook → which of its sheets is which of the form's, told by what they print.

A name is believed as long as no other sheet prints what the form's prints, and better: sheets are
renamed, exchanged and copied. What cannot be told is said, and nothing of it is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ptxl.layout.helper_sheets import is_banner, own_sheets
from ptxl.layout.issued_sheets import IssuedSheet
from ptxl.model.findings import Finding, finding
from ptxl.model.path import Path
from ptxl.read.compare import ComparedSheet, filled_cells
from ptxl.read.workbook import Workbook
from ptxl.text import squeeze

#: share of a sheet's printed texts that must be found for it to be known
TRUSTED = 0.7


@dataclass(frozen=True, slots=True)
class Sheets:
    """The present name of each sheet of the form (as issued where it is missing).

    `missing` are numbers of sheets; those that are `spare` need not be used and count as blank.
    """

    names: tuple[str, ...]
    missing: frozenset[int] = frozenset()
    spare: frozenset[int] = frozenset()


def find_sheets(
    workbook: Workbook, compared: Sequence[ComparedSheet]
) -> tuple[Sheets, list[Finding]]:
    """Find out which sheet of a workbook is which of the form's.

    Those that print all their texts under their own name are what they seem.
    """
    doubtful = [one.issued for one in compared if not one.agrees]
    sure = {
        *own_sheets(compared[0].issued.language),
        *(one.issued.name for one in compared if one.agrees),
    }
    candidates = [name for name in workbook.names if name not in sure]
    shown = _Shown(workbook, compared)
    now = _assigned(shown, doubtful, candidates)
    missing = [sheet for sheet in doubtful if sheet.number not in now]
    found = Sheets(
        names=tuple(now.get(one.issued.number, one.issued.name) for one in compared),
        missing=frozenset(sheet.number for sheet in missing),
        spare=frozenset(sheet.number for sheet in missing if _is_spare(sheet)),
    )
    added = [name for name in candidates if name not in found.names]
    return found, [*_findings(found, doubtful), *_added_findings(shown, found, added)]


def _is_spare(sheet: IssuedSheet) -> bool:
    """Whether a sheet is a repeat that need not be used."""
    scope = Path(sheet.layout.sheets[sheet.number].sheet.scope)
    return scope.is_row and scope not in sheet.layout.in_use


def _findings(found: Sheets, doubtful: Sequence[IssuedSheet]) -> Iterator[Finding]:
    for sheet in doubtful:
        name = found.names[sheet.number]
        if sheet.number in found.spare:
            yield finding("spare_sheet_missing", expected=sheet.name)
        elif sheet.number in found.missing:
            yield finding("sheet_missing", expected=sheet.name)
        elif name != sheet.name:
            yield finding("sheet_renamed", sheet=name, expected=sheet.name, raw=name)


class _Shown:
    """What the sheets of a workbook show, each counted once."""

    def __init__(self, workbook: Workbook, compared: Sequence[ComparedSheet]) -> None:
        self._workbook = workbook
        self._language = compared[0].issued.language
        self._banners = {one.issued.banner for one in compared}
        self._shown: dict[str, Counter[str]] = {}
        self.printed = [Counter(squeeze(text.text) for text in one.texts) for one in compared]

    def on(self, name: str) -> Counter[str]:
        """How often each text stands on a sheet, its banner aside."""
        if name not in self._shown:
            counts: Counter[str] = Counter()
            for _, text in filled_cells(self._workbook.grid(name), self._banners):
                counts[squeeze(text)] += not is_banner(text, self._language)
            self._shown[name] = +counts
        return self._shown[name]

    def share(self, number: int, name: str) -> float:
        """How much of what a sheet of the form prints a sheet shows, wherever it stands there."""
        printed = self.printed[number]
        return (printed & self.on(name)).total() / max(1, printed.total())

    def shares(self, name: str) -> list[float]:
        """The share of each sheet of the form on a sheet."""
        return [self.share(number, name) for number in range(len(self.printed))]

    def answers(self, number: int, name: str) -> Counter[str]:
        """What a sheet shows beside what is printed on that sheet of the form."""
        return self.on(name) - self.printed[number]


def _assigned(
    shown: _Shown, doubtful: Sequence[IssuedSheet], candidates: Sequence[str]
) -> dict[int, str]:
    """The present sheet of each doubtful one, by number.

    A sheet keeps its name if it prints enough, and no other sheet of the form is more like it; the
    others go by likeness. One that is like nothing keeps its name as well: what happened on it is
    found out, and said, cell by cell.
    """
    own_names = [(sheet.number, sheet.name) for sheet in doubtful if sheet.name in candidates]
    now: dict[int, str] = {}
    for number, name in own_names:
        shares = shown.shares(name)
        if shares[number] == max(shares) >= TRUSTED:
            now[number] = name
    for number, name in [*_by_likeness(shown, doubtful, candidates), *own_names]:
        if number not in now and name not in now.values():
            now[number] = name
    return now


def _by_likeness(
    shown: _Shown, doubtful: Sequence[IssuedSheet], candidates: Sequence[str]
) -> list[tuple[int, str]]:
    """Pairs of a sheet of the form and one that is like it, the most alike first."""
    found = []
    for sheet in doubtful:
        for position, name in enumerate(candidates):
            share = shown.share(sheet.number, name)
            if share >= TRUSTED:
                found.append((-share, name != sheet.name, sheet.number, position))
    return [(number, candidates[position]) for _, _, number, position in sorted(found)]


def _added_findings(shown: _Shown, sheets: Sheets, added: Sequence[str]) -> Iterator[Finding]:
    """Say which sheets somebody added: what stands on them is not read."""
    for name in filter(shown.on, added):
        shares = shown.shares(name)
        alike = shares.index(max(shares))
        original = sheets.names[alike]
        if shares[alike] < TRUSTED:
            yield finding("sheet_added", sheet=name, raw=name)
        elif not shown.answers(alike, name):
            yield finding("blank_copy", sheet=name, raw=name, expected=original)
        elif alike in sheets.missing or shown.answers(alike, original):
            yield finding("sheet_copied", sheet=name, raw=name, expected=original)
        else:
            yield finding("copy_filled", sheet=name, raw=name, expected=original)
