"""Where the sheets and fields of a form are now.

Printed cells are compared with the form. Where they all agree and nothing stands beside them,
answers are where they were put. Where not, rows and columns are followed by what is printed on them
and by the map in the hidden sheet. What cannot be placed is reported and left unread, never
guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ptxl.cells import cell_name, column_name
from ptxl.layout.growth import with_rows
from ptxl.layout.helper_sheets import MAP_SHEET, OWN_SHEETS
from ptxl.layout.identity import MapLine, read_map
from ptxl.model.findings import Code, Finding, finding
from ptxl.model.form import fill_marks, marked
from ptxl.model.layout import Layout
from ptxl.model.submission import Identity
from ptxl.read.locate.added_rows import AddedRow, added_rows, is_mark_of, rows_among
from ptxl.read.locate.evidence import Printed, rows_and_columns
from ptxl.read.locate.follow_lines import Alignment
from ptxl.read.locate.sheets import TRUSTED, find_sheets
from ptxl.read.unclaimed import same_text, stray_findings, strays
from ptxl.read.workbook import Grid, Workbook
from ptxl.text import squeeze
from ptxl.write.self_check import banner_place

_MOST_CHANGED_SHOWN = 20
#: share of a sheet's printed texts that must be there at all
_LEAST = 0.3


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
    #: fields without a certain cell: deleted, or nobody can tell which it is
    gone: set[str] = field(default_factory=set)
    #: fields that may have an answer which is not read, and a finding says why
    unread: set[str] = field(default_factory=set)

    def position(self, path: str) -> tuple[str, int, int]:
        """Sheet name, row and column of a field."""
        place = self.layout.places[path]
        sheet, row, column = self.moved.get(path, (place.sheet, place.row, place.column))
        return self.sheet_names[sheet], row, column


def locate_fields(workbook: Workbook, located: Located) -> None:
    """Find the sheets of the form, and on each of them its fields and the rows added to it."""
    issued = [sheet.sheet.name for sheet in located.layout.sheets]
    printed = [_printed(located, number) for number in range(len(issued))]
    differing = [
        number
        for number, name in enumerate(issued)
        if name not in workbook.names or _changed(workbook.grid(name), printed[number])
    ]
    located.sheet_names = tuple(issued)
    if differing or any(n not in issued and n not in OWN_SHEETS for n in workbook.names):
        found = find_sheets(workbook, located.layout, printed, differing)
        located.sheet_names = tuple(found.names)
        located.findings.extend(found.findings)
        located.lost |= found.spare
        for number in found.missing - found.spare:
            _lose(located, number)
    added: list[tuple[int, AddedRow, Alignment]] = []
    for number in range(len(issued)):
        if number not in located.lost:
            grid = workbook.grid(located.sheet_names[number])
            if number in differing or any(strays(grid, _issued_cells(located.layout, number))):
                careful = _Careful(workbook, located, number, printed[number])
                added += [(number, row, careful.columns) for row in careful.place()]
    _extend(located, added)


def _lose(located: Located, number: int) -> None:
    located.lost.add(number)
    located.unread |= {
        path for path, place in located.layout.places.items() if place.sheet == number
    }


@lru_cache(maxsize=256)
def _printed_texts(layout: Layout, number: int) -> tuple[tuple[int, int, str], ...]:
    """Row, column and text of every printed cell of a sheet, marks unfilled."""
    return tuple(
        (placed.place.row, placed.place.column, placed.cell.text)
        for placed in layout.sheets[number].cells
        if placed.cell.field is None and placed.cell.text.strip()
    )


@lru_cache(maxsize=256)
def _issued_cells(layout: Layout, number: int) -> frozenset[tuple[int, int]]:
    """The cells of a sheet as issued that hold something of the form's own or an answer."""
    return frozenset({
        banner_place(layout, number),
        *((row, column) for row, column, _ in _printed_texts(layout, number)),
        *((row, column) for _, row, column, _ in _field_places(layout, number)),
    })  # fmt: skip


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
        if value != text and not same_text(value, text):
            changed.append((row, column, text, value))
    return changed


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


def _extend(located: Located, added: Sequence[tuple[int, AddedRow, Alignment]]) -> None:
    """Let the layout hold the rows that were added to its tables."""
    if not added:
        return
    counts = {table.path: len(table.rows) for table in located.layout.form.tables}
    columns = {path: place.column for path, place in located.layout.places.items()}
    extended = with_rows(located.layout, tuple((row.table, row.like) for _, row, _ in added))
    tables = {table.path: table for table in extended.form.tables}
    for number, row, now in added:
        rows = tables[row.table].rows
        fields = zip(rows[row.like].fields, rows[counts[row.table]].fields, strict=True)
        counts[row.table] += 1
        for like, field_ in fields:
            located.moved[field_.path] = (number, row.row, now.places[columns[like.path]])
    located.layout = extended


class _Careful:
    """One sheet of the form that differs from what was issued: what happened on it, and where its
    fields are now."""

    def __init__(self, workbook: Workbook, located: Located, number: int, printed: Printed) -> None:
        self._located, self._layout, self._number = located, located.layout, number
        self._name = located.sheet_names[number]
        self._workbook, self._grid = workbook, workbook.grid(self._name)
        self._printed = printed
        there = MAP_SHEET in workbook.names
        self._map: Mapping[str, MapLine] = read_map(workbook.grid(MAP_SHEET)) if there else {}
        self.rows, self.columns = rows_and_columns(
            located.layout, number, self._grid, printed, self._map
        )

    def place(self) -> list[AddedRow]:
        """Place the fields, report what differs; the rows that were added to tables."""
        now = list(self._printed_now())
        changed = _changed(self._grid, now)
        right = len(now) - len(changed)
        if right < TRUSTED * len(now) or right < _LEAST * len(self._printed):
            self._report("place_uncertain", what=self._name)
            _lose(self._located, self._number)
            return []
        self._place_fields()
        self._say_moved()
        self._say_changed(changed)
        doubtful = set(self._doubts())
        added = added_rows(self._layout, self._number, self._grid, self.rows, self.columns)
        self._say_added(added)
        known = {(row, column) for row, column, _ in now} | self._own_cells()
        known |= set(self._read_in(added)) | doubtful | set(self._banner())
        found = strays(self._grid, known)
        self._located.findings.extend(stray_findings(self._name, found, self._origins().get))
        return added

    def _report(self, code: Code, **facts: object) -> None:
        self._located.findings.append(finding(code, sheet=self._name, **facts))

    def _at(self, row: int, column: int) -> tuple[int, int] | None:
        """Where a cell of the form is now."""
        if row in self.rows.places and column in self.columns.places:
            return self.rows.places[row], self.columns.places[column]
        return None

    def _printed_now(self) -> Iterator[tuple[int, int, str]]:
        """The printed texts at their present places.

        A text beside several rows may have stayed where it was while the first of them went.
        """
        cells = self._layout.sheets[self._number].cells
        down = {(p.place.row, p.place.column): p.place.down for p in cells}
        for row, column, text in self._printed:
            reached = range(row, row + down[row, column])
            places = [at for line in reached if (at := self._at(line, column))]
            if self.rows.moved:
                places.sort(key=lambda at: not same_text(self._value(at), text))
            if places and (self.rows.moved or row in self.rows.places):
                yield (*places[0], text)

    def _place_fields(self) -> None:
        for path, row, column, _ in _field_places(self._layout, self._number):
            at = self._at(row, column)
            if at is None:
                self._located.gone.add(path)
            elif at != (row, column):
                self._located.moved[path] = (self._number, *at)

    def _own_cells(self) -> set[tuple[int, int]]:
        """The cells of fields, and what unmerging made of cells that reached further: programs
        fill them with the text of the first."""
        cells = set()
        for placed in self._layout.sheets[self._number].cells:
            place = placed.place
            at = self._at(place.row, place.column)
            if at is None:
                continue
            if placed.cell.field:
                cells.add(at)
            if place.across == place.down == 1:
                continue
            text = squeeze(str(self._value(at)))
            for row in range(place.row, place.row + place.down):
                for column in range(place.column, place.column + place.across):
                    covered = self._at(row, column)
                    if covered and text and squeeze(str(self._value(covered))) == text:
                        cells.add(covered)
        return cells

    def _banner(self) -> Iterator[tuple[int, int]]:
        """Where the banner may be: as far from the title as issued, or a formula right of it."""
        row, column = banner_place(self._layout, self._number)
        if at := self._at(row, column):
            yield at
        formulas = self._workbook.odd(self._name)
        # calamine gives 0 for every text that a formula of an xls results in.
        yield from (
            at
            for at in formulas
            if at[0] == self.rows.places.get(row, row) and str(self._value(at)) in ("0", "0.0")
        )

    def _value(self, at: tuple[int, int]) -> object:
        row, column = at
        inside = row < len(self._grid) and column < len(self._grid[row])
        return self._grid[row][column] if inside else ""

    def _origins(self) -> dict[tuple[int, int], tuple[str, str]]:
        """Where answers were cut and pasted to, and path and label of the field of each."""
        return {
            (line.row, line.column): (path, self._layout.fields[path].label)
            for path, _, _, _ in _field_places(self._layout, self._number)
            if (line := self._map.get(path))
        }

    # -- what is said

    def _say_moved(self) -> None:
        rows, columns = self.rows, self.columns
        if rows.moved:
            self._report("rows_sorted", what=self._names(rows.moved))
        # To insert rows in a table is what a clerk is told to do who needs more of them.
        invited = _between(rows) & rows_among(self._layout, self._number, rows)
        new = [*_ranges(_between(rows) - invited, _row_name),
               *_ranges(_between(columns), column_name)]  # fmt: skip
        old = [*_ranges(rows.gone, _row_name), *_ranges(columns.gone, column_name)]
        for axis, name in ((rows, _row_name), (columns, column_name)):
            for doubt in () if rows.moved else axis.doubts:
                more = len(doubt.present) - len(doubt.issued)
                # Somewhere among them: which of them it was, nobody can tell.
                new += (f"{run}?" for run in _ranges(doubt.present, name) if more > 0)
                old += (f"{run}?" for run in _ranges(doubt.issued, name) if more < 0)
        if new or old:
            self._report("cells_moved", inserted=tuple(new), deleted=tuple(old))

    def _names(self, rows: Iterable[int]) -> tuple[str, ...]:
        """What is printed in rows, the first words of each."""
        wanted = sorted(rows)
        texts = {row: squeeze(text) for row, _, text in reversed(self._printed)}
        return tuple(texts[row] for row in wanted if row in texts)

    def _say_changed(self, changed: Sequence[tuple[int, int, str, object]]) -> None:
        counts = Counter(squeeze(text) for _, _, text in self._printed)
        unit = self._located.identity.unit
        # However many others there are, whose form it is must be said.
        whose = [one for one in changed[_MOST_CHANGED_SHOWN:] if unit.name in one[2]]
        for row, column, text, value in [*changed[:_MOST_CHANGED_SHOWN], *whose]:
            # A cell that says what another cell of the form should say names another answer.
            other = counts[squeeze(str(value))] == counts[squeeze(text)] == 1
            code: Code = "label_of_another" if other else "locked_text_changed"
            self._report(code, cell=cell_name(row, column), expected=text, raw=value)

    def _doubts(self) -> Iterator[tuple[int, int]]:
        """Say which fields cannot be placed; the cells that may hold their answers."""
        own = {squeeze(text) for _, _, text in self._printed}
        sides = ((self.rows, 0), (self.columns, 1))
        for doubt, side in ((doubt, side) for axis, side in sides for doubt in axis.doubts):
            present = frozenset(doubt.present)
            paths = [
                path
                for path, *place, _ in _field_places(self._layout, self._number)
                if place[side] in doubt.issued
            ]
            there = [
                (row, column)
                for row, column, text in strays(self._grid, ())
                if (row, column)[side] in present and squeeze(text) not in own
            ]
            if paths and there:
                self._located.unread.update(paths)
                what = tuple(dict.fromkeys(self._layout.fields[path].label for path in paths))
                self._report("place_uncertain", cell=cell_name(*there[0]), what=what)
                yield from (cell for cell in self._cells() if cell[side] in present)

    def _cells(self) -> Iterator[tuple[int, int]]:
        return ((r, c) for r, values in enumerate(self._grid) for c in range(len(values)))

    def _say_added(self, added: Sequence[AddedRow]) -> None:
        labels = {table.path: table.label for table in self._layout.form.tables}
        for table in dict.fromkeys(row.table for row in added):
            for unsure in (False, True):
                code: Code = "category_unclear" if unsure else "rows_added"
                rows = sorted(r.row for r in added if r.table == table and r.unsure == unsure)
                if rows:
                    names = tuple(_ranges(rows, _row_name))
                    self._report(code, cell=cell_name(rows[0], 0), rows=names, table=labels[table])

    def _read_in(self, added: Sequence[AddedRow]) -> Iterator[tuple[int, int]]:
        """The cells of added rows that are read, or say what rows of their kind print."""
        tables = {table.path: table for table in self._layout.form.tables}
        issued = {place: column for column, place in self.columns.places.items()}
        for row in added:
            for asked in tables[row.table].rows[row.like].fields:
                yield row.row, self.columns.places[self._layout.places[asked.path].column]
            for place, value in enumerate(self._grid[row.row]):
                if value != "" and place in issued and is_mark_of(
                    self._layout, self._number, row, issued[place], str(value)
                ):  # fmt: skip
                    yield row.row, place


def _between(lines: Alignment) -> set[int]:
    """Present lines among those of the form that are none of them."""
    if not lines.places:
        return set()
    doubtful = {place for doubt in lines.doubts for place in doubt.present}
    every = set(range(max(lines.places.values())))
    return every - set(lines.places.values()) - doubtful


def _row_name(row: int) -> str:
    return str(row + 1)


def _ranges(lines: Iterable[int], name: Callable[[int], str]) -> Iterator[str]:
    """`5`, `7:9`: neighbouring lines as one."""
    wanted = sorted(lines)
    first = 0
    for index, line in enumerate(wanted):
        if index + 1 == len(wanted) or wanted[index + 1] != line + 1:
            start = name(wanted[first])
            yield start if first == index else f"{start}:{name(line)}"
            first = index + 1
