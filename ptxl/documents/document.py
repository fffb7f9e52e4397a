"""Values by path ↔ the JSON of a submission, in the one vocabulary of all templates.

Money and other numbers are exact both ways (Decimal). A blank answer is null; a table holds only
rows that hold an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any, TypeAlias

import simplejson

from ptxl.model.errors import AnswersError, Fault
from ptxl.model.form import Field, fill_marks, marked
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.model.submission import CheckedSubmission, Identity
from ptxl.values.kinds import KINDS, kind_of
from ptxl.values.target_value import TargetValue
from ptxl.values.three_cell_value import join_values

Json: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Leaf:
    """A place in the document that one field answers."""

    field: Field


@dataclass(frozen=True, slots=True)
class Given:
    """A place in the document that the form itself answers."""

    value: str


@dataclass(frozen=True, slots=True)
class Split:
    """A target value whose parts (sign, amount, unit) are fields of their own."""

    path: str
    parts: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Record:
    """A JSON object."""

    entries: Mapping[str, Shape]


@dataclass(frozen=True, slots=True)
class Rows:
    """A JSON array: a table, a repeated sheet, or a plain list of texts."""

    rows: tuple[Shape, ...]


Shape: TypeAlias = Leaf | Given | Split | Record | Rows


@lru_cache(maxsize=64)
def shape_of(layout: Layout) -> Record:
    """The shape of the document that submissions of this form give, in printed order."""
    tree: dict[str | int, Any] = {}
    for cell in layout.form.cells():
        leaf: Leaf | Given
        if cell.field:
            path, leaf = cell.field.path, Leaf(cell.field)
        elif cell.path:
            path, leaf = Path(cell.path), Given(cell.value or cell.text)
        else:
            continue
        *outer, last = path.steps
        node = tree
        for token in outer:
            node = node.setdefault(token, {})
        node[last] = leaf
    for table in layout.form.tables:
        for row in table.rows:
            *outer, last = row.path.steps
            node = tree
            for token in outer:
                node = node.setdefault(token, {})
            record = node.setdefault(last, {})
            # A cell that spans several rows is printed once but answers all of them.
            for name, value in row.given.items():
                _set_default(record, name, Given(value))
            # No sheet prints the rows that a clerk added.
            for asked in row.fields:
                _set_default(record, asked.path.below(row.path), Leaf(asked))
            order = dict.fromkeys(Path(name).steps[0] for name in table.columns)
            node[last] = {name: record[name] for name in order}
    row_order: dict[str, list[str | int]] = {
        table.path: [row.path.steps[-1] for row in table.rows] for table in layout.form.tables
    }
    shape = _shape(tree, Path(), row_order)
    assert isinstance(shape, Record)
    return shape


def _set_default(record: dict[str | int, Any], name: str, value: Given | Leaf) -> None:
    *outer, last = Path(name).steps
    for token in outer:
        record = record.setdefault(token, {})
    record.setdefault(last, value)


def _shape(tree: Any, path: Path, order: Mapping[str, Sequence[str | int]]) -> Shape:
    """The shape at a path; `order` gives the numbers of a table's rows as they stand."""
    if isinstance(tree, Leaf | Given):
        return tree
    shapes = {key: _shape(below, path / key, order) for key, below in tree.items()}
    if all(isinstance(key, int) for key in tree):
        return Rows(tuple(shapes[key] for key in order.get(path) or sorted(tree)))
    parts = {name: leaf.field for name, leaf in tree.items() if isinstance(leaf, Leaf)}
    if parts and len(parts) == len(tree) and all(field.part for field in parts.values()):
        return Split(path, parts)
    return Record(shapes)


def shape_for(layout: Layout, identity: Identity) -> Shape:
    """The shape of the document of one form, with what it prints of its unit."""
    marks = {**identity.unit.marks(), "serial": identity.serial}
    return _with_marks(shape_of(layout), marks)


def _with_marks(shape: Shape, marks: Mapping[str, str]) -> Shape:
    match shape:
        case Given(value=text) if marked(text):
            return Given(fill_marks(text, marks))
        case Rows(rows=rows):
            return Rows(tuple(_with_marks(row, marks) for row in rows))
        case Record(entries=entries):
            return Record({name: _with_marks(below, marks) for name, below in entries.items()})
    return shape


def build_document(checked: CheckedSubmission) -> Json:
    """The JSON of one submission: form, unit, and the answers in printed order."""
    identity, layout = checked.submission.identity, checked.submission.layout
    joined = join_values(layout, checked.values)
    typed = frozenset(checked.submission.entries)
    answers, _ = _Builder(checked.values, typed, joined).build(shape_for(layout, identity))
    return {**identity_json(identity), **answers}


def identity_json(identity: Identity) -> dict[str, Json]:
    """Which form, and of which unit: the head of every document about one form."""
    return {
        "form": {
            "template": identity.template,
            "edition": identity.edition,
            "parameters": dict(identity.parameters),
            "serial": identity.serial,
        },
        "unit": {"code": identity.unit.code, "name": identity.unit.name},
    }


class _Builder:
    """Shapes → JSON values, each with whether anything was `typed` in it, readable or not."""

    def __init__(
        self,
        values: Mapping[str, object],
        typed: frozenset[str],
        joined: Mapping[str, TargetValue],
    ) -> None:
        self._values, self._typed, self._joined = values, typed, joined

    def build(self, shape: Shape) -> tuple[Json, bool]:
        match shape:
            case Leaf(field=field):
                value = self._values.get(field.path)
                shown = None if value is None else kind_of(field).to_json(value)
                return shown, value is not None or field.path in self._typed
            case Given(value=text):
                return text or None, False
            case Split(path=path, parts=parts):
                target = self._joined.get(path)
                typed = any(field.path in self._typed for field in parts.values())
                return KINDS["target"].to_json(target) if target else None, bool(target) or typed
            case Rows(rows=rows):
                built = [self.build(row) for row in rows]
                found = [value for value, answered in built if answered]
                return found, bool(found)
            case Record(entries=entries):
                pairs = {name: self.build(below) for name, below in entries.items()}
                record = {name: value for name, (value, _) in pairs.items()}
                return record, any(answered for _, answered in pairs.values())


def load_answers(path: FilePath) -> Json:
    """A JSON file of answers, numbers exact. Raises AnswersError when it is not JSON."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _refused(str(path), "unreadable", detail=str(error)) from None
    except UnicodeDecodeError:
        raise _refused(str(path), "not_text") from None
    return parse_answers(text, str(path))


def parse_answers(text: str, place: str) -> Json:
    """Answers from JSON text, numbers exact. Raises AnswersError when it is not JSON."""
    try:
        return simplejson.loads(text, use_decimal=True, allow_nan=False)
    except simplejson.JSONDecodeError as error:
        raise _refused(place, "not_json", error.lineno, detail=error.msg) from None
    except RecursionError:
        raise _refused(place, "nested") from None


def _refused(place: str, code: str, line: int = 0, **facts: object) -> AnswersError:
    return AnswersError([Fault(place=place, line=line, code=f"answers.{code}", facts=facts)])


def dump(document: Json, *, indent: int | None = 2) -> str:
    """JSON text: Chinese as it is, Decimal as an exact number."""
    return simplejson.dumps(document, ensure_ascii=False, indent=indent, use_decimal=True)
