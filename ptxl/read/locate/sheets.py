"""An open workbook → which of its sheets is which of the form's, told by what they print.

A name is believed as long as the sheet is like no other of the form: sheets are renamed, exchanged
and copied. What cannot be told is said, and nothing of it is read. Least of all may a sheet that
somebody filled in pass for one that has nothing to do with the form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from ptxl.layout.helper_sheets import is_banner, own_sheets
from ptxl.layout.issued_sheets import IssuedSheet
from ptxl.model.findings import Code, Finding, finding
from ptxl.model.path import Path
from ptxl.read.compare import ComparedSheet, filled_cells
from ptxl.read.workbook import Workbook
from ptxl.text import squeeze

#: share of a sheet's printed texts that must be found for it to be known
TRUSTED = 0.7
#: share of them that no sheet shows by chance
_LIKE = 0.3
#: answers in places of one sheet of the form that no sheet has by chance: how many, which share of
#: all that stands on it, how many rows away at most
_FEW, _MOST, _AWAY = 3, 0.7, range(-8, 9)
#: cells of a sheet that are looked at for it; a form of ours has a tenth
_MOST_CELLS = 3_000


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
    shown = _Shown(workbook, compared)
    candidates = [name for name in workbook.names if name not in sure]
    now = _assigned(shown, doubtful, candidates)
    missing = [sheet.number for sheet in doubtful if sheet.number not in now]
    added = [name for name in candidates if name not in now.values() and shown.on(name)]
    unclear = _unclear(shown, missing, added)
    spare = [n for n in missing if shown.is_spare(n) and n not in unclear.values()]
    found = Sheets(
        names=tuple(now.get(one.issued.number, one.issued.name) for one in compared),
        missing=frozenset(missing),
        spare=frozenset(spare),
    )
    return found, [
        *_findings(found, [sheet for sheet in doubtful if sheet.number not in unclear.values()]),
        *(_added(shown, found, name, unclear) for name in added),
    ]


class _Shown:
    """What the sheets of a workbook show, each counted once."""

    def __init__(self, workbook: Workbook, compared: Sequence[ComparedSheet]) -> None:
        self._workbook = workbook
        self._compared = compared
        self._banners = {one.issued.banner for one in compared}
        self._shown: dict[str, Counter[str]] = {}
        self.printed = [Counter(squeeze(text.text) for text in one.texts) for one in compared]

    def on(self, name: str) -> Counter[str]:
        """How often each text stands on a sheet, its banner aside."""
        if name not in self._shown:
            counts: Counter[str] = Counter()
            for _, text in filled_cells(self._workbook.grid(name), self._banners):
                counts[squeeze(text)] += not is_banner(text, self._compared[0].issued.language)
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

    def in_place(self, number: int, name: str, down: int = 0) -> int:
        """How many cells hold an answer that their field could have, if all were `down` lower."""
        issued = self._compared[number].issued
        asked = {(cell.row + down, cell.column): cell for cell in issued.asked}
        cells = islice(filled_cells(self._workbook.grid(name), ()), _MOST_CELLS)
        texts = [(asked[at], text) for at, text in cells if at in asked]
        printed = self.printed[number]
        return sum(
            squeeze(text) not in printed and issued.accepts(cell, text) for cell, text in texts
        )

    def seems_answers(self, number: int, name: str) -> bool:
        """Whether most of what stands on a sheet could be the answers of that sheet of the form,
        where they belong or some rows away."""
        found = max(self.in_place(number, name, down) for down in _AWAY)
        return found >= max(_FEW, _MOST * self.on(name).total())

    def closest(self, numbers: Iterable[int], name: str) -> tuple[float, int, int]:
        """The sheet of the form that a sheet is most like: share, answers in place and number."""
        likeness = [(self.share(n, name), self.in_place(n, name), -n) for n in numbers]
        share, answers, number = max(likeness, default=(0.0, 0, 0))
        return share, answers, -number

    def is_spare(self, number: int) -> bool:
        """Whether a sheet of the form is a repeat that need not be used."""
        layout = self._compared[number].issued.layout
        scope = Path(layout.sheets[number].sheet.scope)
        return scope.is_row and scope not in layout.in_use


def _assigned(
    shown: _Shown, doubtful: Sequence[IssuedSheet], candidates: Sequence[str]
) -> dict[int, str]:
    """The present sheet of each doubtful one, by number.

    A sheet keeps its name if it is like that sheet of the form, and no more like another; the
    others go by likeness. One that is like nothing keeps its name as well: what happened on it is
    found out, and said, cell by cell.
    """
    own_names = [(sheet.number, sheet.name) for sheet in doubtful if sheet.name in candidates]
    now: dict[int, str] = {}
    for number, name in own_names:
        shares = shown.shares(name)
        its_own = shares[number] >= _LIKE or shown.in_place(number, name) >= _FEW
        if its_own and shares[number] == max(shares):
            now[number] = name
    for number, name in [*_by_likeness(shown, doubtful, candidates), *own_names]:
        if number not in now and name not in now.values():
            now[number] = name
    return now


def _by_likeness(
    shown: _Shown, doubtful: Sequence[IssuedSheet], candidates: Sequence[str]
) -> list[tuple[int, str]]:
    """Pairs of a sheet of the form and one that is like it, the most alike first.

    Of several sheets of the form that print the same, the one whose name nobody bears.
    """
    found = []
    for sheet in doubtful:
        for position, name in enumerate(candidates):
            share = shown.share(sheet.number, name)
            order = (-share, name != sheet.name, sheet.name in candidates, sheet.number, position)
            if share >= TRUSTED:
                found.append((order, sheet.number, name))
    return [(number, name) for _, number, name in sorted(found)]


def _unclear(shown: _Shown, missing: Sequence[int], added: Sequence[str]) -> dict[str, int]:
    """Sheets that may be one of the form which is missing, changed too much to be known."""
    found = {}
    for name in added:
        share, answers, number = shown.closest(missing, name)
        if share >= _LIKE or answers:
            found[name] = number
    return found


# -- findings


def _findings(found: Sheets, doubtful: Sequence[IssuedSheet]) -> Iterator[Finding]:
    for sheet in doubtful:
        name = found.names[sheet.number]
        if sheet.number in found.spare:
            yield finding("spare_sheet_missing", expected=sheet.name)
        elif sheet.number in found.missing:
            yield finding("sheet_missing", expected=sheet.name)
        elif name != sheet.name:
            yield finding("sheet_renamed", sheet=name, expected=sheet.name, raw=name)


def _added(shown: _Shown, sheets: Sheets, name: str, unclear: Mapping[str, int]) -> Finding:
    """Say what a sheet is that somebody added: what stands on it is not read."""
    if name in unclear:
        expected = sheets.names[unclear[name]]
        return finding("sheet_unclear", sheet=name, raw=name, expected=expected)
    share, _, alike = shown.closest(range(len(sheets.names)), name)
    numbers = [alike] if share >= _LIKE else _filled_instead(shown, sheets, name)
    if not numbers:
        return finding("sheet_added", sheet=name, raw=name)
    code: Code = "copy_filled"
    if not shown.answers(numbers[0], name):
        code = "blank_copy"
    elif shown.in_place(numbers[0], sheets.names[numbers[0]]):
        code = "sheet_copied"
    return finding(code, sheet=name, raw=name, expected=sheets.names[numbers[0]])


def _filled_instead(shown: _Shown, sheets: Sheets, name: str) -> list[int]:
    """The sheets of the form whose answers seem to stand on another."""
    found = []
    for number, own in enumerate(sheets.names):
        if number in sheets.missing:
            continue
        wanted = not shown.is_spare(number) and not shown.in_place(number, own)
        if shown.seems_answers(number, name) or (wanted and shown.in_place(number, name)):
            found.append(number)
    return found
