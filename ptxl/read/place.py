"""Where the sheets and fields of a form are now.

Printed cells are compared with the form. Where they all agree, answers are where they were put;
where they do not, the map in the hidden sheet says where the fields went. What cannot be placed is
reported and left unread, never guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ptxl.findings import Finding, finding
from ptxl.form import fill_marks, marked
from ptxl.identity import MapLine, read_map
from ptxl.layout import MAP_SHEET, OWN_SHEETS, Layout, cell_name, squeeze
from ptxl.read.book import Grid, Workbook, cell_value
from ptxl.selfcheck import banner_place
from ptxl.submission import Identity

#: share of a sheet's printed texts that must be found for its places to be trusted
_TRUSTED = 0.7
_MOST_CHANGED_SHOWN = 20


@dataclass(slots=True)
class Located:
    """Which form a workbook is, and where its fields stand.

    `sheet_names` are as they are now, `moved` the fields that stand elsewhere than issued, and
    `lost` the sheets (by number) of which nothing can be read.
    """

    identity: Identity
    layout: Layout
    sheet_names: tuple[str, ...]
    findings: list[Finding]
    moved: dict[str, tuple[int, int, int]]
    lost: set[int]
    #: fields whose cells were deleted
    gone: set[str] = field(default_factory=set)
    #: rows and columns of the printed texts, by number of sheet
    printed_at: dict[int, set[tuple[int, int]]] = field(default_factory=dict)

    def position(self, path: str) -> tuple[str, int, int]:
        """Sheet name, row and column of a field."""
        place = self.layout.places[path]
        sheet, row, column = self.moved.get(path, (place.sheet, place.row, place.column))
        return self.sheet_names[sheet], row, column


def locate_fields(workbook: Workbook, located: Located) -> None:
    """Find the sheets of the form, and on each of them its fields."""
    located.sheet_names = _sheet_names(workbook, located)
    for number in range(len(located.layout.sheets)):
        if number not in located.lost:
            _locate_sheet(workbook, located, number)


def _sheet_names(workbook: Workbook, located: Located) -> tuple[str, ...]:
    """The present name of each sheet of the form; a renamed one is known by what is printed."""
    issued = [sheet.sheet.name for sheet in located.layout.sheets]
    present = {name for name in issued if name in workbook.names}
    strangers = [name for name in workbook.names if name not in present]
    names: list[str] = []
    for number, name in enumerate(issued):
        if name not in present:
            found = _renamed(workbook, located, number, strangers)
            if found:
                strangers.remove(found)
                located.findings.append(
                    finding("sheet_renamed", sheet=found, expected=name, raw=found)
                )
                name = found
            else:
                located.lost.add(number)
                scope = located.layout.sheets[number].sheet.scope
                spare = scope.endswith("]") and scope not in located.layout.in_use
                code = "spare_sheet_missing" if spare else "sheet_missing"
                located.findings.append(finding(code, expected=name))
        names.append(name)
    located.findings.extend(_stranger_findings(workbook, located, strangers))
    return tuple(names)


def _stranger_findings(
    workbook: Workbook, located: Located, strangers: Sequence[str]
) -> Iterator[Finding]:
    """Sheets that somebody added: what stands on them is not read, and that is said."""
    for name in strangers:
        if name in OWN_SHEETS or not any(cell_value(v) for row in workbook.grid(name) for v in row):
            continue
        copied = [
            sheet.sheet.name
            for number, sheet in enumerate(located.layout.sheets)
            if _share_shown(workbook, located, number, name) >= _TRUSTED
        ]
        code = "sheet_copied" if copied else "sheet_added"
        yield finding(code, sheet=name, raw=name, expected="".join(copied[:1]))


def _renamed(
    workbook: Workbook, located: Located, number: int, strangers: Sequence[str]
) -> str | None:
    shown = {name: _share_shown(workbook, located, number, name) for name in strangers}
    best = max(strangers, key=lambda name: shown[name], default=None)
    return best if best is not None and shown[best] >= _TRUSTED else None


def _share_shown(workbook: Workbook, located: Located, number: int, name: str) -> float:
    """How much of what is printed on a sheet of the form a sheet of the workbook shows.

    Wherever it stands: rows may have been inserted as well. A text counts as often as printed.
    """
    printed = Counter(squeeze(text) for _, _, text in _printed(located, number))
    there = Counter(squeeze(v) for row in workbook.grid(name) for v in row if isinstance(v, str))
    return (printed & there).total() / max(1, printed.total())


Printed = Sequence[tuple[int, int, str]]


@lru_cache(maxsize=256)
def _printed_texts(layout: Layout, number: int) -> tuple[tuple[int, int, str], ...]:
    """Row, column and text of every printed cell of a sheet, marks unfilled."""
    return tuple(
        (placed.place.row, placed.place.column, placed.cell.text)
        for placed in layout.sheets[number].cells
        if placed.cell.field is None and placed.cell.text.strip()
    )


def _printed(located: Located, number: int) -> Printed:
    marks = {**located.identity.unit.marks(), "serial": located.identity.serial}
    return [
        (row, column, fill_marks(text, marks) if marked(text) else text)
        for row, column, text in _printed_texts(located.layout, number)
    ]


def _changed(grid: Grid, printed: Printed) -> list[tuple[int, int, str, object]]:
    """The printed cells that do not hold their text, white space aside."""
    changed = []
    height = len(grid)
    width = len(grid[0]) if height else 0
    for row, column, text in printed:
        value = grid[row][column] if row < height and column < width else ""
        if value != text and squeeze(str(value)) != squeeze(text):
            changed.append((row, column, text, value))
    return changed


def _locate_sheet(workbook: Workbook, located: Located, number: int) -> None:
    name = located.sheet_names[number]
    grid = workbook.grid(name)
    printed = _printed(located, number)
    changed = _changed(grid, printed)
    banner = banner_place(located.layout, number)
    located.printed_at[number] = {(row, column) for row, column, _ in printed} | {banner}
    if not changed and not any(_strays(located, number, grid)):
        return
    lines = read_map(workbook.grid(MAP_SHEET)) if MAP_SHEET in workbook.names else {}
    moved, gone = _moved(located.layout, number, lines)
    if moved:
        shift = _Shift(located.layout, moved)
        shifted = shift.follow(grid, printed)
        after = _changed(grid, shifted)
        if len(after) <= len(changed):
            located.moved.update(moved)
            located.gone |= gone
            located.printed_at[number] = {(row, column) for row, column, _ in shifted}
            located.printed_at[number] |= set(shift.candidates(*banner))
            located.findings.append(finding("cells_moved", sheet=name))
            changed = after
    if len(changed) > (1 - _TRUSTED) * len(printed):
        located.lost.add(number)
        located.findings.append(finding("place_uncertain", sheet=name, expected=name))
        return
    for row, column, text, value in changed[:_MOST_CHANGED_SHOWN]:
        located.findings.append(
            finding("locked_text_changed", sheet=name, cell=cell_name(row, column),
                    expected=text, raw=value)
        )  # fmt: skip
    located.findings.extend(_strays(located, number, grid))


def _moved(
    layout: Layout, number: int, lines: Mapping[str, MapLine]
) -> tuple[dict[str, tuple[int, int, int]], set[str]]:
    """Where the map says that the fields of a sheet went, and those that have no cell of their own.

    Nothing when all are where they were issued, or when the map has lost most of them.
    """
    found: dict[str, tuple[int, int, int]] = {}
    gone: set[str] = set()
    differs = False
    for path, place in layout.places.items():
        if place.sheet != number:
            continue
        line = lines.get(path)
        if line is None:
            gone.add(path)
            continue
        found[path] = (number, line.row, line.column)
        differs = differs or (line.row, line.column) != (place.row, place.column)
    shared = [at for at, count in Counter(found.values()).items() if count > 1]
    gone |= {path for path, at in found.items() if at in shared}
    found = {path: at for path, at in found.items() if at not in shared}
    return (found, gone) if differs and len(gone) < len(found) else ({}, set())


class _Shift:
    """Where rows and columns of a sheet went, told by the fields in them."""

    def __init__(self, layout: Layout, moved: Mapping[str, tuple[int, int, int]]) -> None:
        self._rows: dict[int, int] = {}
        self._columns: dict[int, int] = {}
        for path, (_, row, column) in moved.items():
            place = layout.places[path]
            self._rows[place.row] = row
            self._columns[place.column] = column

    def follow(self, grid: Grid, printed: Printed) -> Printed:
        """The printed texts at their new places.

        A row without a field went as far as the next one above it or below it that has one:
        whichever finds the text there.
        """
        found = []
        for row, column, text in printed:
            places = [(*place, text) for place in self.candidates(row, column)]
            found.append(next((p for p in places if not _changed(grid, [p])), places[0]))
        return found

    def candidates(self, row: int, column: int) -> list[tuple[int, int]]:
        """Where a cell may have gone, the likeliest first."""
        return [
            (new_row, new_column)
            for new_row in _candidates(row, self._rows)
            for new_column in _candidates(column, self._columns)
        ]


def _candidates(index: int, known: Mapping[int, int]) -> list[int]:
    if index in known:
        return [known[index]]
    before = max((other for other in known if other < index), default=None)
    after = min((other for other in known if other > index), default=None)
    shifts = [known[other] - other for other in (before, after) if other is not None]
    return [index + shift for shift in (*shifts, 0)]


def places_now(located: Located, number: int) -> Iterator[tuple[str, int, int, str]]:
    """Path, row, column and blank text of each field of a sheet that still has its cell."""
    for path, row, column, blank in _field_places(located.layout, number):
        if path in located.moved:
            _, row, column = located.moved[path]
        elif path in located.gone:
            continue
        yield path, row, column, blank


@lru_cache(maxsize=256)
def _field_places(layout: Layout, number: int) -> tuple[tuple[str, int, int, str], ...]:
    return tuple(
        (path, place.row, place.column, layout.fields[path].blank)
        for path, place in layout.places.items()
        if place.sheet == number
    )


def _strays(located: Located, number: int, grid: Grid) -> Iterator[Finding]:
    """Filled cells that are neither a field nor a printed text of the form."""
    name = located.sheet_names[number]
    known = {(row, column) for _, row, column, _ in places_now(located, number)}
    known |= located.printed_at.get(number, set())
    for row, values in enumerate(grid):
        for column, value in enumerate(values):
            if value != "" and (row, column) not in known and cell_value(value) is not None:
                shown = str(cell_value(value))
                yield finding("unread_cell", sheet=name, cell=cell_name(row, column), raw=shown)
