"""A table that an office keeps, and a form → answers by unit code, to be typed into it.

A row is a unit, or one of its projects: the rows of a unit fill its projects in their order.
Columns are known by the path of a field or by its label, and each cell must be what that asks for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path as FilePath

from ptxl.documents.document import Json
from ptxl.model.errors import AnswersError, Fault, TableError
from ptxl.model.form import Field
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.read.table_files import Headings, TableFile, read_table
from ptxl.roster.round_units import OTHER_HEADINGS
from ptxl.roster.units import HEADINGS, begins_as_total
from ptxl.text import squeeze
from ptxl.values.kinds import kind_of
from ptxl.words import Phrase, phrase

#: what a unit has several of, each in a row of its own
_PROJECTS = "projects"
_HEADINGS = Headings({"code": HEADINGS.words["code"]}, ("code",))
#: columns that such tables have beside answers
_BESIDE = ("序号", "no", "no.", "合计")


def read_prefill_table(path: FilePath, layout: Layout, codes: Collection[str]) -> dict[str, Json]:
    """Read answers for the units with those codes from a spreadsheet or text.

    Raises AnswersError with every fault, each with its line and column: a column or unit that is
    not known, a value that its field cannot have, more projects than the form has.
    """
    try:
        table = read_table(path, _HEADINGS)
    except TableError as error:
        raise AnswersError(error.faults) from None
    reader = _Reader(table, layout)
    for line, cells in table.rows:
        code = cells["code"]
        if code in codes:
            reader.take(line, cells)
        elif not begins_as_total(cells):
            reader.refuse(line, "code", "unit_unknown", code=code)
    if reader.faults:
        raise AnswersError(reader.faults)
    return reader.found


class _Reader:
    """Takes rows one after the other: `found` are answers by unit, `faults` what is wrong."""

    def __init__(self, table: TableFile, layout: Layout) -> None:
        self.found: dict[str, Json] = {}
        self.faults: list[Fault] = []
        self._table = table
        self._form = layout.form
        self._fields = layout.fields
        self._rows: Counter[str] = Counter()
        self._most = max((t.repeats for t in layout.form.tables if t.path == _PROJECTS), default=0)
        self._patterns = dict(self._known_columns(dict(_names_of(layout))))

    def _known_columns(self, names: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
        """The columns that hold answers, with the paths of their fields."""
        beside = {squeeze(word).casefold() for word in (*_BESIDE, *OTHER_HEADINGS)}
        for column, heading in self._table.headings.items():
            word = squeeze(heading).casefold()
            paths = names.get(word, set())
            if column == "code" or not word or (not paths and word in beside):
                continue
            if len(paths) == 1:
                yield column, next(iter(paths))
            else:
                code = "column_unclear" if paths else "column_unknown"
                self.refuse(0, column, code, paths=tuple(sorted(paths)))

    def take(self, line: int, cells: Mapping[str, str]) -> None:
        """Take the answers in a row."""
        code = cells["code"]
        number = self._rows[code]
        self._rows[code] += 1
        if number and number >= self._most:
            self.refuse(line, "code", "no_row", count=max(self._most, 1))
            return
        for column, pattern in self._patterns.items():
            path = Path(pattern.format(number))
            if text := cells[column].strip():
                self._answer(line, column, code, path, text)

    def _answer(self, line: int, column: str, code: str, path: Path, text: str) -> None:
        why = self._objection(self._fields[path], text)
        if why:
            self.refuse(line, column, "value_unfit", why=why)
            return
        answers = self.found.setdefault(code, {})
        before = _put(answers, path, text)
        if before not in (None, text):
            self.refuse(line, column, "answered_twice", before=before)

    def _objection(self, field: Field, text: str) -> Phrase | None:
        """Why a field cannot have a value; None where it can."""
        parsed = kind_of(field).parse(text, field)
        if parsed.value is None and parsed.code:
            return Phrase(f"findings.{parsed.code}", parsed.facts)
        choices = self._form.choices(field) if field.among and not field.free else ()
        if choices and parsed.value not in choices:
            return phrase("findings.not_in_list", raw=text, choices=choices)
        return None

    def refuse(self, line: int, column: str, code: str, /, **facts: object) -> None:
        """Note what is wrong in a cell, or in the heading of a column."""
        key = self._table.headings.get(column, column)
        fault = Fault(
            place=self._table.place, line=line, key=key, code=f"answers.{code}", facts=facts
        )
        self.faults.append(fault)


def _names_of(layout: Layout) -> Iterator[tuple[str, set[str]]]:
    """What each heading may stand for: paths of fields, `{}` for the number of the project."""
    rows = [row for table in layout.form.tables for row in table.rows]
    in_tables = {field.path for row in rows for field in row.fields}
    found: dict[str, set[str]] = {}
    for field in layout.fields.values():
        if field.path not in in_tables and field.is_open:
            pattern = _of_any_project(field.path)
            for name in _headings_of(field, pattern):
                found.setdefault(squeeze(name).casefold(), set()).add(pattern)
    yield from found.items()


def _of_any_project(path: Path) -> str:
    first, *_ = path.rows or (Path(),)
    if first.parent != _PROJECTS:
        return str(path)
    return f"{_PROJECTS}[{{}}].{path.below(first)}"


def _headings_of(field: Field, pattern: str) -> Iterator[str]:
    yield field.label
    yield pattern.replace("{}", "")
    yield pattern.removeprefix(f"{_PROJECTS}[{{}}].")


def _put(answers: Json, path: Path, text: str) -> Json:
    """Put an answer at its path, where none stands yet; returns what stood there."""
    *outer, last = path.steps
    place = answers
    for step, after in zip(outer, path.steps[1:], strict=True):
        empty: Json = [] if isinstance(after, int) else {}
        place = _entry(place, step, empty)
    before = _entry(place, last, None)
    if before is None:
        place[last] = text
    return before


def _entry(place: Json, step: str | int, empty: Json) -> Json:
    """What stands at a step, made where there is nothing yet."""
    if isinstance(place, dict):
        return place.setdefault(step, empty)
    assert isinstance(step, int)
    while len(place) <= step:
        place.append(None)
    if place[step] is None:
        place[step] = empty
    return place[step]
