"""Random sequences of what people do to a form, with what must still be read from it afterwards.

A sequence has two parts: changes to answers, made while every cell is where it was issued, so that
what each field now holds is known; then changes to the workbook. A real office program performs
them, or openpyxl, which stands for programs that keep no reference true: it moves cells without
their merges and formulas, and saves formulas without values.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from unicodedata import normalize

from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string
from openpyxl.worksheet.worksheet import Worksheet

from ptxl.cells import cell_name, column_name
from ptxl.layout.helper_sheets import own_sheets
from ptxl.model.layout import Place
from ptxl.model.submission import CheckedSubmission
from ptxl.values.target_value import TargetValue
from tests import office
from tests.office import Edit

#: may be anything now: a finding must name the field
ANYTHING = object()


@dataclass(slots=True)
class Sequence:
    """Edits in their order, and what each field holds after them (absent: blank)."""

    seed: int
    base: CheckedSubmission
    expected: dict[str, object]
    edits: list[Edit] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    ending: str = "xlsx"

    def __str__(self) -> str:
        steps = [
            f"{one.name}({', '.join(map(str, one.arguments.values()))})"
            for one in self.edits
            if one.name != "unprotect_sheet"
        ]
        return f"seed {self.seed} → {self.ending}: {'; '.join(steps)}"


class Clerk:
    """Makes up sequences of edits to one filled form."""

    def __init__(self, base: CheckedSubmission) -> None:
        self.base = base
        self.layout = base.submission.layout
        self.names = base.submission.sheet_names

    def sequence(self, seed: int, most: int = 6) -> Sequence:
        """One to `most` edits, drawn with this seed."""
        rng = random.Random(seed)
        made = Sequence(seed, self.base, dict(self.base.values))
        made.edits += [office.unprotect_sheet(name) for name in self.names]
        wanted = rng.randint(1, most)
        on_answers = rng.randint(0, wanted)
        for _ in range(on_answers):
            made.edits += rng.choice(ON_ANSWERS)(self, rng, made)
        state = _State(list(self.names))
        for _ in range(wanted - on_answers):
            made.edits += rng.choice(ON_WORKBOOK)(self, rng, state)
        made.ending = rng.choice(("xlsx", "xlsx", "ods", "xls"))
        return made

    # -- pieces of a form

    def place(self, path: str) -> tuple[str, Place]:
        place = self.layout.places[path]
        return self.names[place.sheet], place

    def cell(self, path: str) -> tuple[str, str]:
        sheet, place = self.place(path)
        return sheet, cell_name(place.row, place.column)

    def untouched(self, made: Sequence, *kinds: str) -> list[str]:
        """Answered fields of these kinds that no edit concerned yet."""
        fields = self.layout.fields
        return [
            path
            for path in self.base.values
            if path not in made.touched and (not kinds or fields[path].kind in kinds)
        ]

    def small(self, path: str) -> bool:
        _, place = self.place(path)
        return place.across == place.down == 1

    def printed(self, number: int) -> list[tuple[Place, str]]:
        return [
            (placed.place, placed.cell.text)
            for placed in self.layout.sheets[number].cells
            if placed.cell.field is None and placed.cell.text.strip()
        ]


@dataclass(slots=True)
class _State:
    """What the sheets are called by now."""

    names: list[str]
    gone: set[str] = field(default_factory=set)


# -- changes to answers: give edits, and write down what the fields hold then

OnAnswers = Callable[[Clerk, random.Random, Sequence], list[Edit]]
OnWorkbook = Callable[[Clerk, random.Random, _State], list[Edit]]


def _chosen(clerk: Clerk, rng: random.Random, made: Sequence, *kinds: str) -> str | None:
    paths = clerk.untouched(made, *kinds)
    if not paths:
        return None
    path = rng.choice(paths)
    made.touched.add(path)
    return path


def odd_characters(clerk: Clerk, rng: random.Random, made: Sequence) -> list[Edit]:
    """The same answer with a no-break space, a zero-width space, full-width digits around it."""
    path = _chosen(clerk, rng, made)
    if path is None:
        return []
    raw = str(made.base.submission.entries[path].raw)
    wide = raw.translate({ord("0") + n: "０１２３４５６７８９"[n] for n in range(10)})
    text = rng.choice((f"\u00a0{raw}\u00a0", f"\u200b{raw}", f"{raw}\ufeff", f"{raw} \u3000", wide))
    return [office.set_cell(*clerk.cell(path), text)]


def numbers_as_text(clerk: Clerk, rng: random.Random, made: Sequence) -> list[Edit]:
    path = _chosen(clerk, rng, made, "money", "integer", "percent")
    if path is None:
        return []
    return [office.set_cell(*clerk.cell(path), str(made.base.submission.entries[path].raw))]


def text_as_number(clerk: Clerk, rng: random.Random, made: Sequence) -> list[Edit]:
    """A number, as a paste puts it, where a text was asked for."""
    path = _chosen(clerk, rng, made, "target", "code", "text")
    if path is None:
        return []
    made.expected[path] = ANYTHING
    return [office.set_cell(*clerk.cell(path), rng.choice((0.95, 45658.0, 12.0, 1e17)))]


def formula(clerk: Clerk, rng: random.Random, made: Sequence) -> list[Edit]:
    path = _chosen(clerk, rng, made)
    if path is None:
        return []
    made.expected[path] = ANYTHING
    texts = ("=1+1", '="约"&"三次"', "=1/0", "=SUM(A1:A3)", "=NA()")
    return [office.set_cell(*clerk.cell(path), rng.choice(texts))]


def retype(clerk: Clerk, rng: random.Random, made: Sequence) -> list[Edit]:
    path = _chosen(clerk, rng, made, "text", "longtext")
    if path is None:
        return []
    made.expected[path] = text = f"改填的内容{rng.randint(1, 99)}甲"
    return [office.set_cell(*clerk.cell(path), text)]


def erase(clerk: Clerk, rng: random.Random, made: Sequence) -> list[Edit]:
    path = _chosen(clerk, rng, made)
    if path is None or not clerk.small(path):
        return []
    made.expected.pop(path)
    return [office.clear(*clerk.cell(path))]


def cut_to_another_field(clerk: Clerk, rng: random.Random, made: Sequence) -> list[Edit]:
    """Cut an answer and paste it into a blank cell of the same column: it is there now."""
    path = _chosen(clerk, rng, made, "text", "target")
    if path is None or not clerk.small(path):
        return []
    asked = clerk.layout.fields[path]
    blank = [
        other.path
        for other in clerk.layout.fields.values()
        if other.path not in made.expected and other.path not in made.touched
        and other.kind == asked.kind and clerk.small(other.path)
        and clerk.place(other.path)[0] == clerk.place(path)[0]
    ]  # fmt: skip
    if not blank:
        return []
    target = rng.choice(blank)
    made.touched.add(target)
    made.expected[target] = made.expected.pop(path)
    sheet, cell = clerk.cell(path)
    return [office.move_cells(sheet, cell, clerk.cell(target)[1])]


def cut_away(clerk: Clerk, rng: random.Random, made: Sequence) -> list[Edit]:
    """Cut an answer and paste it beside the form."""
    path = _chosen(clerk, rng, made, "text", "target")
    if path is None or not clerk.small(path):
        return []
    made.expected[path] = ANYTHING
    sheet, place = clerk.place(path)
    beside = clerk.layout.sheets[place.sheet].columns + 4 + len(made.touched)
    target = cell_name(place.row + rng.randint(0, 2), beside)
    return [office.move_cells(sheet, cell_name(place.row, place.column), target)]


def paste_over(clerk: Clerk, rng: random.Random, made: Sequence) -> list[Edit]:
    """Copy one answer over another of its kind: its lock, format and validation go along."""
    path = _chosen(clerk, rng, made, "text", "target", "money")
    if path is None or not clerk.small(path):
        return []
    kind = clerk.layout.fields[path].kind
    others = [
        other for other in clerk.untouched(made, kind)
        if clerk.small(other) and clerk.place(other)[0] == clerk.place(path)[0]
    ]  # fmt: skip
    if not others:
        return []
    source = rng.choice(others)
    made.touched.add(source)
    made.expected[path] = made.expected[source]
    sheet, cell = clerk.cell(source)
    return [office.copy_cells(sheet, cell, clerk.cell(path)[1])]


def edit_label(clerk: Clerk, rng: random.Random, made: Sequence) -> list[Edit]:
    number = rng.randrange(len(clerk.names))
    place, text = rng.choice(clerk.printed(number))
    changed = rng.choice((f"{text}（改）", text[: len(text) // 2] or "甲", "改过的标签", ""))
    return [office.set_cell(clerk.names[number], cell_name(place.row, place.column), changed)]


def note_beside(clerk: Clerk, rng: random.Random, made: Sequence) -> list[Edit]:
    number = rng.randrange(len(clerk.names))
    sheet = clerk.layout.sheets[number]
    cell = cell_name(rng.randrange(sheet.rows + 4), sheet.columns + 3)
    return [office.set_cell(clerk.names[number], cell, "请领导审阅")]


ON_ANSWERS: tuple[OnAnswers, ...] = (
    odd_characters, numbers_as_text, text_as_number, formula, retype, erase, cut_to_another_field,
    cut_away, paste_over, edit_label, note_beside,
)  # fmt: skip


# -- changes to the workbook


def _sheet(rng: random.Random, state: _State) -> int:
    return rng.randrange(len(state.names))


def insert_rows(clerk: Clerk, rng: random.Random, state: _State) -> list[Edit]:
    number = _sheet(rng, state)
    row = rng.randint(1, clerk.layout.sheets[number].rows + 1)
    return [office.insert_rows(state.names[number], row, rng.randint(1, 3))]


def insert_columns(clerk: Clerk, rng: random.Random, state: _State) -> list[Edit]:
    number = _sheet(rng, state)
    column = column_name(rng.randint(0, clerk.layout.sheets[number].columns))
    return [office.insert_columns(state.names[number], column, rng.randint(1, 2))]


def delete_rows(clerk: Clerk, rng: random.Random, state: _State) -> list[Edit]:
    number = _sheet(rng, state)
    row = rng.randint(1, clerk.layout.sheets[number].rows)
    return [office.delete_rows(state.names[number], row, rng.randint(1, 2))]


def delete_columns(clerk: Clerk, rng: random.Random, state: _State) -> list[Edit]:
    number = _sheet(rng, state)
    column = column_name(rng.randrange(clerk.layout.sheets[number].columns))
    return [office.delete_columns(state.names[number], column, 1)]


def rename_sheet(clerk: Clerk, rng: random.Random, state: _State) -> list[Edit]:
    number = _sheet(rng, state)
    old, new = state.names[number], f"改名{rng.randint(1, 99)}"
    state.names[number] = new
    return [office.rename_sheet(old, new)] if new not in state.names[:number] else []


def move_sheet(clerk: Clerk, rng: random.Random, state: _State) -> list[Edit]:
    return [office.move_sheet(state.names[_sheet(rng, state)], rng.randint(0, 3))]


def copy_sheet(clerk: Clerk, rng: random.Random, state: _State) -> list[Edit]:
    return [office.copy_sheet(state.names[_sheet(rng, state)], f"副本{rng.randint(100, 999)}")]


def add_sheet(clerk: Clerk, rng: random.Random, state: _State) -> list[Edit]:
    name = f"新表{rng.randint(100, 999)}"
    written = [office.set_cell(name, "B2", "另附说明")] if rng.random() < 0.7 else []
    return [office.add_sheet(name, rng.randint(0, 2)), *written]


def hide_sheet(clerk: Clerk, rng: random.Random, state: _State) -> list[Edit]:
    return [office.hide_sheet(state.names[_sheet(rng, state)])]


def hide_rows(clerk: Clerk, rng: random.Random, state: _State) -> list[Edit]:
    number = _sheet(rng, state)
    row = rng.randint(1, clerk.layout.sheets[number].rows)
    return [office.hide_rows(state.names[number], row, rng.randint(1, 4))]


def filter_rows(clerk: Clerk, rng: random.Random, state: _State) -> list[Edit]:
    number = _sheet(rng, state)
    sheet = clerk.layout.sheets[number]
    area = f"A1:{cell_name(sheet.rows - 1, sheet.columns - 1)}"
    return [office.filter_rows(state.names[number], area, rng.randrange(sheet.columns), "甲")]


def unmerge(clerk: Clerk, rng: random.Random, state: _State) -> list[Edit]:
    number = _sheet(rng, state)
    sheet = clerk.layout.sheets[number]
    area = f"A1:{cell_name(sheet.rows - 1, sheet.columns - 1)}"
    return [office.unmerge(state.names[number], area)]


def remove_names(clerk: Clerk, rng: random.Random, state: _State) -> list[Edit]:
    return [office.remove_names()]


def remove_hidden(clerk: Clerk, rng: random.Random, state: _State) -> list[Edit]:
    name = rng.choice(
        [one for one in sorted(own_sheets("zh")) if one.startswith("_") and one != "_marks"]
    )
    if name in state.gone:
        return []
    state.gone.add(name)
    return [office.remove_sheet(name)]


def sort_rows(clerk: Clerk, rng: random.Random, state: _State) -> list[Edit]:
    """Some rows of a table, by one of its columns; a sheet with merged cells refuses."""
    tables = [table for table in clerk.layout.form.tables if len(table.rows) > 2]
    if not tables:
        return []
    table = rng.choice(tables)
    places = [
        clerk.layout.places[path] for path in clerk.layout.places
        if path.startswith(f"{table.path}[")
    ]  # fmt: skip
    number = places[0].sheet
    rows = sorted({place.row for place in places})
    # Far enough that columns which somebody inserted are sorted along.
    name, last = state.names[number], clerk.layout.sheets[number].columns + 9
    area = f"A{rows[0] + 1}:{cell_name(rows[-1], last)}"
    return [office.unmerge(name, area), office.sort_rows(name, area, rng.randint(0, 4))]


ON_WORKBOOK: tuple[OnWorkbook, ...] = (
    insert_rows, insert_rows, insert_columns, delete_rows, delete_columns, rename_sheet, move_sheet,
    copy_sheet, add_sheet, hide_sheet, hide_rows, filter_rows, unmerge, remove_names,
    remove_hidden, sort_rows,
)  # fmt: skip


# -- openpyxl as a clumsy program


def perform(source: Path, edits: list[Edit], target: Path) -> None:
    """Do the edits with openpyxl. What it cannot do (sort, filter) is left out."""
    book = load_workbook(source)
    for edit in edits:
        act = _CLUMSY.get(edit.name)
        if act:
            arguments = dict(edit.arguments)
            name = arguments.pop("sheet", None)
            # It trips over merged cells, where a person would see a message and go on.
            with suppress(KeyError, AttributeError):
                act(book, book[name] if name in book.sheetnames else None, **arguments)
    book.save(target)


def _shift(cells: str, target: str) -> tuple[int, int]:
    def split(cell: str) -> tuple[int, int]:
        letters = cell.rstrip("0123456789")
        return int(cell[len(letters) :]), column_index_from_string(letters)

    (row, column), (new_row, new_column) = split(cells.partition(":")[0]), split(target)
    return new_row - row, new_column - column


def _copy(sheet: Worksheet, cells: str, target: str) -> None:
    sheet[target].value = sheet[cells].value
    sheet[target].number_format = sheet[cells].number_format


def _hide_rows(sheet: Worksheet, row: int, count: int) -> None:
    for number in range(row, row + count):
        sheet.row_dimensions[number].hidden = True


def _unmerge(sheet: Worksheet) -> None:
    # Its own way deletes what stands in the cells, which by now may be others than were merged.
    sheet.merged_cells.ranges.clear()


_CLUMSY: Mapping[str, Callable[..., object]] = {
    "unprotect_sheet": lambda book, sheet, password: sheet.protection.disable(),
    "set_cell": lambda book, sheet, cell, value: setattr(sheet[cell], "value", value),
    "clear": lambda book, sheet, cells: setattr(sheet[cells], "value", None),
    "move_cells": lambda book, sheet, cells, target: sheet.move_range(
        cells, *_shift(cells, target)),
    "copy_cells": lambda book, sheet, cells, target: _copy(sheet, cells, target),
    "copy_sheet": lambda book, sheet, name, position: setattr(
        book.copy_worksheet(sheet), "title", name),
    "insert_rows": lambda book, sheet, row, count: sheet.insert_rows(row, count),
    "delete_rows": lambda book, sheet, row, count: sheet.delete_rows(row, count),
    "insert_columns": lambda book, sheet, column, count: sheet.insert_cols(
        column_index_from_string(column), count),
    "delete_columns": lambda book, sheet, column, count: sheet.delete_cols(
        column_index_from_string(column), count),
    "rename_sheet": lambda book, sheet, name: setattr(sheet, "title", name),
    "add_sheet": lambda book, sheet, name, position: book.create_sheet(name, position),
    "hide_sheet": lambda book, sheet: setattr(sheet, "sheet_state", "hidden"),
    "hide_rows": lambda book, sheet, row, count: _hide_rows(sheet, row, count),
    "unmerge": lambda book, sheet, cells: _unmerge(sheet),
    "remove_sheet": lambda book, sheet: book.remove(sheet) if sheet else None,
    "remove_names": lambda book, sheet: book.defined_names.clear(),
}  # fmt: skip


# -- the invariant


def silent_differences(made: Sequence, read: CheckedSubmission) -> Iterator[str]:
    """Answers that read otherwise than what the form holds, and that no finding names."""
    told = _Told(made, read)
    wanted, found = _records(made.expected, made.base), _records(read.values, read)
    for owner in sorted({*wanted, *found}):
        yield from _differences(owner, wanted.get(owner, []), found.get(owner, []), told)


#: one row of a table, or what stands in no table: values by full path
_Record = dict[str, object]
_ROW = re.compile(r"(?P<table>.+)\[(?P<index>\d+)\]\.(?P<column>.+)")


def _records(values: Mapping[str, object], read: CheckedSubmission) -> dict[str, list[_Record]]:
    """The answered rows of each table in their order, with what is printed in them.

    As in the JSON: a blank row between two others is no difference.
    """
    given: dict[str, dict[str, str]] = {
        row.path: {f"{row.path}.{name}": text for name, text in row.given.items()}
        for table in read.submission.layout.form.tables
        for row in table.rows
    }
    rows: dict[tuple[str, int], _Record] = {}
    for path, value in values.items():
        match = _ROW.fullmatch(path)
        at = (match["table"], int(match["index"])) if match else ("", 0)
        rows.setdefault(at, {})[path] = value
    for (table, index), record in rows.items():
        record.update(given.get(f"{table}[{index}]", {}))
    found: dict[str, list[_Record]] = {}
    for (table, _), record in sorted(rows.items(), key=lambda one: one[0]):
        found.setdefault(table, []).append(record)
    return found


def _differences(
    owner: str, wanted: list[_Record], found: list[_Record], told: _Told
) -> Iterator[str]:
    """Nothing when the rows match in their order (in any, where they were sorted)."""
    if told.any_order:
        for record in list(wanted):
            same = next((other for other in found if told.same(record, other)), None)
            if same is not None:
                wanted.remove(record)
                found.remove(same)
    if _match(wanted, found, told):
        return
    alike = [record for record in wanted if any(told.same(record, other) for other in found)]
    for record in wanted:
        if record not in alike and not told.all_lost(record):
            yield f"{owner}: holds {_shown(record)}, which was not read so"
    for record in found:
        if not any(told.same(other, record) for other in wanted):
            yield f"{owner}: read {_shown(record)}, which nobody typed"
    yield f"{owner}: {len(wanted)} rows, read as {len(found)}"


def _match(wanted: list[_Record], found: list[_Record], told: _Told) -> bool:
    """Whether the rows can be matched in order, skipping those whose loss or gain is told."""
    fits = {(len(wanted), len(found)): True}
    for i in range(len(wanted), -1, -1):
        for j in range(len(found), -1, -1):
            if (i, j) in fits:
                continue
            fits[i, j] = (
                (i < len(wanted) and fits[i + 1, j] and told.all_lost(wanted[i]))
                or (j < len(found) and fits[i, j + 1] and told.all_named(found[j]))
                or (i < len(wanted) and j < len(found) and fits[i + 1, j + 1]
                    and told.same(wanted[i], found[j]))
            )  # fmt: skip
    return fits[0, 0]


class _Told:
    """What the findings of a submission name."""

    def __init__(self, made: Sequence, read: CheckedSubmission) -> None:
        self._made = made
        self._read = read
        findings = read.findings
        self.paths = {found.path for found in findings if found.path}
        self._sheets = {
            str(found.facts.get("expected") or found.sheet)
            for found in findings
            if found.code in ("sheet_missing", "spare_sheet_missing", "place_uncertain")
        }
        self._texts = " ".join(str(fact) for found in findings for fact in found.facts.values())
        self.any_order = any(edit.name == "sort_rows" for edit in made.edits)
        #: sheets from which rows or columns were deleted: what stood there the form holds no more
        self._deleted = any(edit.name.startswith("delete_") for edit in made.edits)

    def same(self, wanted: _Record, found: _Record) -> bool:
        """Whether two rows say the same, but for what a finding names."""
        columns = {_column(path): path for path in found}
        for path, value in wanted.items():
            other = columns.pop(_column(path), None)
            if other is not None and _equal(value, found[other]):
                continue
            if not ({path, other} & self.paths or (other is None and self.loss(path, value))):
                return False
        return all(path in self.paths for path in columns.values())

    def all_lost(self, record: _Record) -> bool:
        """Whether it is told of a whole row that it was not read."""
        return all(self.loss(path, value) for path, value in record.items())

    def all_named(self, record: _Record) -> bool:
        """Whether a finding names each answer of a row."""
        return all(path in self.paths for path in record if path in self._read.values)

    def loss(self, path: str, value: object) -> bool:
        """Whether it is told that an answer was not read, or somebody deleted its cell."""
        if path in self.paths or self._deleted:
            return True
        layout, base = self._read.submission.layout, self._made.base.submission
        if path not in layout.places:
            return True  # printed, and so of no weight without the answers beside it
        sheet = layout.places[path].sheet
        raw = base.entries.get(path)
        return not {base.sheet_names[sheet], self._read.submission.sheet_names[sheet]}.isdisjoint(
            self._sheets
        ) or (raw is not None and str(raw.raw).strip() in self._texts)


def _column(path: str) -> str:
    match = _ROW.fullmatch(path)
    return match["column"] if match else path


def _equal(wanted: object, found: object) -> bool:
    if isinstance(wanted, TargetValue) and isinstance(found, TargetValue):
        return replace(wanted, raw="") == replace(found, raw="")  # as typed, white space and all
    if isinstance(wanted, str) and isinstance(found, str):
        return normalize("NFKC", wanted).strip() == normalize("NFKC", found).strip()
    return wanted == found


def _shown(record: _Record) -> str:
    texts = {_column(p): "?" if v is ANYTHING else str(v)[:40] for p, v in record.items()}
    return str(texts)[:160] if record else "nothing"
