"""An open workbook → which of its sheets is which of the form's, told by what they print.

A name is believed as long as the sheet is like no other of the form: sheets are renamed, exchanged
and copied. What cannot be told is said, and nothing of it is read. Least of all may a sheet that
somebody filled in pass for one that has nothing to do with the form.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from ptxl.layout.helper_sheets import is_banner
from ptxl.layout.issued_sheets import IssuedSheet, Position
from ptxl.model.findings import Code, Finding, finding
from ptxl.model.path import Path
from ptxl.read.compare import ComparedSheet, filled_cells, own_names
from ptxl.read.workbook import Workbook
from ptxl.text import squeeze

#: share of a sheet's printed texts that must be found for it to be known
TRUSTED = 0.7
#: share of them that no sheet shows by chance
_LIKE = 0.3
#: answers in places of one sheet of the form that no sheet has by chance: how many, which share of
#: all that stands on it, how many rows away at most
_FEW, _MOST, _AWAY = 3, 0.7, range(-8, 9)
#: added sheets that are searched for answers: hardly anybody adds so many
_MOST_SHEETS = 50


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
    agreeing = {one.issued.name for one in compared if one.agrees}
    names = [name for name in workbook.names if name not in agreeing]
    sure = agreeing | own_names(workbook, names, compared[0].issued.language)
    shown = _Shown(workbook, compared)
    candidates = [name for name in workbook.names if name not in sure]
    now = _assigned(shown, doubtful, candidates)
    missing = [sheet.number for sheet in doubtful if sheet.number not in now]
    others = [name for name in candidates if name not in now.values()]
    added = list(filter(shown.cells, others))
    unclear = _unclear(shown, missing, added[:_MOST_SHEETS])
    changed = frozenset(unclear.values())
    found = Sheets(
        names=tuple(now.get(one.issued.number, one.issued.name) for one in compared),
        missing=frozenset(missing),
        spare=frozenset(filter(shown.is_spare, missing)) - changed,
    )
    findings = list(_findings(found, doubtful, changed))
    for name in added[:_MOST_SHEETS]:
        findings.append(_added(shown, found, name, unclear))
    for name in added[_MOST_SHEETS:]:
        findings.append(finding("sheet_added", sheet=name, raw=name))
    return found, findings


class _Shown:
    """What the sheets of a workbook show, each looked at once."""

    def __init__(self, workbook: Workbook, compared: Sequence[ComparedSheet]) -> None:
        self._workbook = workbook
        self._sheets = [one.issued for one in compared]
        self._banners = {one.issued.banner for one in compared}
        self._cells: dict[str, Mapping[Position, str]] = {}
        self.printed = [Counter(squeeze(text.text) for text in one.texts) for one in compared]

    def cells(self, name: str) -> Mapping[Position, str]:
        """The text of each filled cell of a sheet, its banner aside."""
        if name not in self._cells:
            language = self._sheets[0].language
            self._cells[name] = {
                at: text
                for at, text in filled_cells(self._workbook.rows(name), self._banners)
                if not is_banner(text, language)
            }
        return self._cells[name]

    def shares(self, name: str) -> list[float]:
        """How much of what each sheet of the form prints a sheet shows, wherever it stands."""
        shown = Counter(map(squeeze, self.cells(name).values()))
        return [(shown & texts).total() / max(1, texts.total()) for texts in self.printed]

    def has_answers(self, number: int, name: str) -> bool:
        """Whether a sheet shows more than is printed on that sheet of the form."""
        return bool(Counter(map(squeeze, self.cells(name).values())) - self.printed[number])

    def in_place(self, number: int, name: str, down: int = 0, least: int = 1) -> int:
        """How many cells hold an answer that their field could have, if all were `down` lower;
        0 for less than `least`."""
        issued, cells = self._sheets[number], self.cells(name)
        asked = {(cell.row + down, cell.column): cell for cell in issued.asked}
        here = asked.keys() & cells.keys()
        if len(here) < least:
            return 0
        answers = [at for at in here if squeeze(cells[at]) not in self.printed[number]]
        return sum(issued.accepts(asked[at], cells[at]) for at in answers)

    def seems_answers(self, number: int, name: str) -> bool:
        """Whether most of what stands on a sheet could be the answers of that sheet of the form,
        where they belong or some rows away."""
        least = max(_FEW, math.ceil(_MOST * len(self.cells(name))))
        return any(self.in_place(number, name, down, least) >= least for down in _AWAY)

    def is_spare(self, number: int) -> bool:
        """Whether a sheet of the form is a repeat that need not be used."""
        layout = self._sheets[number].layout
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
    for position, name in enumerate(candidates):
        shares = shown.shares(name)
        for sheet in doubtful:
            share, borne = shares[sheet.number], sheet.name in candidates
            order = (-share, name != sheet.name, borne, sheet.number, position)
            if share >= TRUSTED:
                found.append((order, sheet.number, name))
    return [(number, name) for _, number, name in sorted(found)]


def _unclear(shown: _Shown, missing: Sequence[int], added: Sequence[str]) -> dict[str, int]:
    """Sheets that may be one of the form which is missing, changed too much to be known."""
    found = {}
    for name in added:
        shares = shown.shares(name)
        ranked = [(shares[n], shown.in_place(n, name), -n) for n in missing]
        share, answers, number = max(ranked, default=(0.0, 0, 0))
        if share >= _LIKE or answers:
            found[name] = -number
    return found


# -- findings


def _findings(
    found: Sheets, doubtful: Sequence[IssuedSheet], changed: Set[int]
) -> Iterator[Finding]:
    """Say where the doubtful sheets are; of those that were `changed` too much it is said there."""
    for sheet in doubtful:
        if sheet.number in changed:
            continue
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
    shares = shown.shares(name)
    alike = [shares.index(max(shares))]
    if max(shares) < _LIKE:
        alike = _filled_instead(shown, sheets, name)
    if not alike:
        return finding("sheet_added", sheet=name, raw=name)
    code: Code = "copy_filled"
    if not shown.has_answers(alike[0], name):
        code = "blank_copy"
    elif shown.in_place(alike[0], sheets.names[alike[0]]):
        code = "sheet_copied"
    return finding(code, sheet=name, raw=name, expected=sheets.names[alike[0]])


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
