"""Values by path ↔ the JSON of a submission, in the one vocabulary of all templates.

Money and other numbers are exact both ways (Decimal). A blank answer is null; a table holds only
rows that hold an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import simplejson

from ptxl.errors import AnswersError, Fault
from ptxl.form import Field
from ptxl.layout import Layout
from ptxl.submission import CheckedSubmission
from ptxl.values import KINDS, join_target

_TOKEN = re.compile(r"([a-z][a-z0-9_]*)|\[(\d+)\]")
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


def path_tokens(path: str) -> tuple[str | int, ...]:
    """`projects[0].name` as ("projects", 0, "name")."""
    return tuple(name or int(index) for name, index in _TOKEN.findall(path))


@lru_cache(maxsize=64)
def shape_of(layout: Layout) -> Record:
    """The shape of the document that submissions of this form give, in printed order."""
    tree: dict[str | int, Any] = {}
    for cell in layout.form.cells():
        leaf: Leaf | Given
        if cell.field:
            path, leaf = cell.field.path, Leaf(cell.field)
        elif cell.path:
            path, leaf = cell.path, Given(cell.value or cell.text)
        else:
            continue
        *outer, last = path_tokens(path)
        node = tree
        for token in outer:
            node = node.setdefault(token, {})
        node[last] = leaf
    for table in layout.form.tables:
        for row in table.rows:
            *outer, last = path_tokens(row.path)
            node = tree
            for token in outer:
                node = node.setdefault(token, {})
            # A cell that spans several rows is printed once but answers all of them.
            answers = {name: Given(value) for name, value in row.given.items()} | node[last]
            node[last] = {name: answers[name] for name in table.columns}
    shape = _shape(tree)
    assert isinstance(shape, Record)
    return shape


def _shape(tree: Any) -> Shape:
    if isinstance(tree, Leaf | Given):
        return tree
    if all(isinstance(key, int) for key in tree):
        return Rows(tuple(_shape(tree[key]) for key in sorted(tree)))
    parts = {name: leaf.field for name, leaf in tree.items() if isinstance(leaf, Leaf)}
    if parts and len(parts) == len(tree) and all(field.part for field in parts.values()):
        return Split(parts)
    return Record({name: _shape(below) for name, below in tree.items()})


def build_document(checked: CheckedSubmission) -> Json:
    """The JSON of one submission: form, unit, and the answers in printed order."""
    identity = checked.submission.identity
    answers, _ = _build(shape_of(checked.submission.layout), checked.values)
    return {
        "form": {
            "template": identity.template,
            "edition": identity.edition,
            "parameters": dict(identity.parameters),
            "serial": identity.serial,
        },
        "unit": {"code": identity.unit.code, "name": identity.unit.name},
        **answers,
    }


def _build(shape: Shape, values: Mapping[str, object]) -> tuple[Json, bool]:
    """A JSON value, and whether any answer is in it."""
    match shape:
        case Leaf(field=field):
            value = values.get(field.path)
            return (None, False) if value is None else (KINDS[field.kind].to_json(value), True)
        case Given(value=text):
            return text or None, False
        case Split(parts=parts):
            return _build_split(parts, values)
        case Rows(rows=rows):
            built = [_build(row, values) for row in rows]
            found = [value for value, answered in built if answered]
            return found, bool(found)
        case Record(entries=entries):
            pairs = {name: _build(below, values) for name, below in entries.items()}
            record = {name: value for name, (value, _) in pairs.items()}
            return record, any(answered for _, answered in pairs.values())


def _build_split(parts: Mapping[str, Field], values: Mapping[str, object]) -> tuple[Json, bool]:
    texts = {name: str(values.get(field.path) or "") for name, field in parts.items()}
    if not any(texts.values()):
        return None, False
    target = join_target(texts.get("sign", ""), texts.get("amount", ""), texts.get("unit", ""))
    return KINDS["target"].to_json(target), True


def load_answers(path: Path) -> Json:
    """A JSON file of answers, numbers exact. Raises AnswersError when it is not JSON."""
    try:
        return simplejson.loads(path.read_text(encoding="utf-8-sig"), use_decimal=True)
    except (OSError, UnicodeDecodeError) as error:
        raise AnswersError([Fault(place=str(path), message=f"cannot be read: {error}")]) from None
    except simplejson.JSONDecodeError as error:
        fault = Fault(place=str(path), line=error.lineno, message=f"not JSON: {error.msg}")
        raise AnswersError([fault]) from None


def dump(document: Json, *, indent: int | None = 2) -> str:
    """JSON text: Chinese as it is, Decimal as an exact number."""
    return simplejson.dumps(document, ensure_ascii=False, indent=indent, use_decimal=True)


def leaves(shape: Shape) -> Iterator[Field]:
    """All fields below a shape."""
    match shape:
        case Leaf(field=field):
            yield field
        case Split(parts=parts):
            yield from parts.values()
        case Rows(rows=rows):
            for row in rows:
                yield from leaves(row)
        case Record(entries=entries):
            for below in entries.values():
                yield from leaves(below)
