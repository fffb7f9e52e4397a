"""Values by path ↔ the JSON of a submission, in the one vocabulary of all templates.

Money and other numbers are exact both ways (Decimal). A blank answer is null; a table holds only
rows that hold an answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any, TypeAlias, TypeGuard

import simplejson

from ptxl.model.errors import AnswersError, Fault, system_reason
from ptxl.model.form import ROW_ID, Field, TableRow, fill_text, per_unit
from ptxl.model.layout import Layout
from ptxl.model.path import TOP, Path
from ptxl.model.submission import CheckedSubmission, Identity
from ptxl.values.kinds import KINDS, kind_of
from ptxl.values.target_value import TargetValue, join_values
from ptxl.values.ticks import BETWEEN, Ticked, ticks_in

Json: TypeAlias = Any
#: a JSON value, and whether anything was typed in it, readable or not
Built: TypeAlias = tuple[Json, bool]
_Tree: TypeAlias = dict[str | int, Any]


@dataclass(frozen=True, slots=True)
class Answers:
    """What a document is built of: values by path, paths typed into, split values as wholes."""

    values: Mapping[str, object]
    typed: frozenset[str]
    joined: Mapping[str, TargetValue]
    ids: Mapping[Path, str]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A place in the document that one field answers."""

    field: Field

    def build(self, answers: Answers) -> Built:
        """Its value as JSON."""
        value = answers.values.get(self.field.path)
        if value is None:
            return None, self.field.path in answers.typed
        return kind_of(self.field).to_json(value), not self.field.compute

    def for_unit(self, values: Mapping[str, str]) -> Leaf:
        """The same: a field prints nothing."""
        return self


@dataclass(frozen=True, slots=True)
class Given:
    """A place in the document that the form itself answers; `of_unit` where the roster says it."""

    value: str
    of_unit: bool = False

    def build(self, answers: Answers) -> Built:
        """What is printed, which nobody typed."""
        return self.value or None, False

    def for_unit(self, values: Mapping[str, str]) -> Given:
        """What is printed on the form of one unit."""
        if per_unit(self.value):
            return Given(fill_text(self.value, values), True)
        return self


@dataclass(frozen=True, slots=True)
class Split:
    """A target value whose parts (sign, amount, unit) are fields of their own."""

    path: str
    parts: Mapping[str, Field]

    def build(self, answers: Answers) -> Built:
        """The value that the parts make together."""
        target = answers.joined.get(self.path)
        if target is None:
            return None, any(field.path in answers.typed for field in self.parts.values())
        return KINDS["target"].to_json(target), True

    def for_unit(self, values: Mapping[str, str]) -> Split:
        """The same: fields print nothing."""
        return self


@dataclass(frozen=True, slots=True)
class Ticks:
    """A choice over several cells: the word that is ticked, or a list of them where several may."""

    path: Path
    cells: Ticked

    def build(self, answers: Answers) -> Built:
        """The words that are ticked; null where they are no answer."""
        typed = not answers.typed.isdisjoint(self.cells.cells.values())
        words = self.cells.answer(answers.values)
        if self.cells.several:
            return list(words), typed
        return next(iter(words), None), typed

    def for_unit(self, values: Mapping[str, str]) -> Ticks:
        """The same: fields print nothing."""
        return self


@dataclass(frozen=True, slots=True)
class RowId:
    """The id of a row that prints one of an earlier stage: the same in each."""

    row: Path

    def build(self, answers: Answers) -> Built:
        """What the form was issued with, which nobody typed."""
        return answers.ids.get(self.row), False

    def for_unit(self, values: Mapping[str, str]) -> RowId:
        """The same: it is no printed text."""
        return self


@dataclass(frozen=True, slots=True)
class Record:
    """A JSON object."""

    entries: Mapping[str, Shape]

    def build(self, answers: Answers) -> Built:
        """All its entries, blank ones as null."""
        record, typed = {}, False
        for name, below in self.entries.items():
            record[name], typed_below = below.build(answers)
            typed |= typed_below
        return record, typed

    def for_unit(self, values: Mapping[str, str]) -> Record:
        """With what is printed on the form of one unit."""
        return Record({name: below.for_unit(values) for name, below in self.entries.items()})


@dataclass(frozen=True, slots=True)
class Rows:
    """A JSON array: a table, a repeated sheet, a plain list of texts, or columns that repeat.

    These are told by their place: `all_of_them` are there.
    """

    rows: tuple[Shape, ...]
    all_of_them: bool = False

    def build(self, answers: Answers) -> Built:
        """The rows in which something was typed."""
        built = [row.build(answers) for row in self.rows]
        found = [value for value, typed in built if typed or self.all_of_them]
        return found, any(typed for _, typed in built)

    def for_unit(self, values: Mapping[str, str]) -> Rows:
        """With what is printed on the form of one unit."""
        return replace(self, rows=tuple(row.for_unit(values) for row in self.rows))


Shape: TypeAlias = Leaf | Given | Split | Ticks | RowId | Record | Rows


@lru_cache(maxsize=64)
def shape_of(layout: Layout) -> Record:
    """The shape of the document that submissions of this form give, in printed order."""
    tree: _Tree = {}
    for cell in layout.form.cells():
        if cell.field:
            _put(tree, cell.field.path, Leaf(cell.field))
        elif cell.path:
            _put(tree, cell.path, Given(cell.value or cell.text))
    for table in layout.form.tables:
        for row in table.rows:
            _complete(tree, row, table.columns)
    for carried in layout.form.carried_rows():
        _put(tree, carried / ROW_ID, RowId(carried))
    for choice, cells in ticks_in(layout).items():
        _replace(tree, choice, Ticks(choice, cells))
    across = frozenset(_put_heads(tree, layout))
    shape = _shape(tree, across)
    assert isinstance(shape, Record)
    return shape


def _put_heads(tree: _Tree, layout: Layout) -> Iterator[Path]:
    """Put what is printed over columns that repeat, as their `name`, into their lists.

    Returns the paths of these.
    """
    for table in layout.form.tables:
        places = [row.path for row in table.rows]
        for place in [*places, table.foot] if table.foot else places:
            for name, heads in table.across.items():
                yield place / name
                for number, head in enumerate(heads):
                    _put_first(tree, place / name / number / "name", Given(head))


def _below(tree: _Tree, steps: Iterable[str | int]) -> _Tree:
    for step in steps:
        tree = tree.setdefault(step, {})
    return tree


def _put(tree: _Tree, path: str, leaf: Shape) -> None:
    """Put a leaf at its path, where there is none yet."""
    *outer, last = Path(path).steps
    _below(tree, outer).setdefault(last, leaf)


def _replace(tree: _Tree, path: Path, leaf: Shape) -> None:
    """Put one leaf at a path in place of those below it."""
    *outer, last = path.steps
    _below(tree, outer)[last] = leaf


def _put_first(tree: _Tree, path: Path, leaf: Shape) -> None:
    """Put a leaf at its path, before all that stands beside it; where there is none yet."""
    beside = _below(tree, path.parent.steps)
    others = {name: beside.pop(name) for name in list(beside)}
    beside.update({path.name: leaf, **others})


def _complete(tree: _Tree, row: TableRow, columns: Iterable[str]) -> None:
    """Give a row its place behind those before it, what is printed and asked in it, its order.

    A cell that spans several rows is printed once but answers all of them, and no sheet prints the
    rows that a clerk added.
    """
    path = row.path
    rows, number = _below(tree, path.parent.steps), path.steps[-1]
    record = rows[number] = rows.pop(number, {})
    for name, value in row.given.items():
        _put(record, name, Given(value))
    for field in row.fields:
        _put(record, field.path.below(path), Leaf(field))
    for first in dict.fromkeys(Path(column).steps[0] for column in columns):
        record[first] = record.pop(first)


def _shape(tree: Any, across: Collection[Path], path: Path = TOP) -> Shape:
    """The shape of what stands under a path; `across` are the lists of columns that repeat."""
    if isinstance(tree, Leaf | Given | Ticks | RowId):
        return tree
    below = {name: _shape(each, across, path / name) for name, each in tree.items()}
    if all(isinstance(key, int) for key in tree):
        return Rows(tuple(below.values()), all_of_them=path in across)
    entries = {str(name): each for name, each in below.items()}
    parts = {name: leaf.field for name, leaf in entries.items() if _is_part(leaf)}
    if len(parts) < len(entries):
        return Record(entries)
    first = next(iter(parts.values()))
    return Split(Path(first.path).parent, parts)


def _is_part(shape: Shape) -> TypeGuard[Leaf]:
    return isinstance(shape, Leaf) and bool(shape.field.part)


def shape_for(layout: Layout, identity: Identity) -> Shape:
    """The shape of the document of one form, with what it prints of its unit."""
    return shape_of(layout).for_unit({**identity.unit.texts(), "serial": identity.serial})


def with_carried(shape: Shape, texts: Mapping[str, str]) -> Shape:
    """The shape of a form in which `texts`, by path, are printed of an earlier stage."""
    match shape:
        case Leaf(field=field) if field.earlier:
            return Given(texts.get(field.path, ""))
        case Ticks(cells=cells) if cells.carried:
            return Given(BETWEEN.join(cells.words(texts)))
        case RowId(row=row):
            return Given(texts.get(row / ROW_ID, ""))
        case Record(entries=entries):
            return Record({name: with_carried(below, texts) for name, below in entries.items()})
        case Rows(rows=rows):
            return replace(shape, rows=tuple(with_carried(row, texts) for row in rows))
    return shape


def build_document(checked: CheckedSubmission) -> Json:
    """The JSON of one submission: form, unit, and the answers in printed order."""
    identity, layout = checked.submission.identity, checked.submission.layout
    joined = join_values(layout, checked.values)
    typed = frozenset(checked.submission.entries)
    answers = Answers(checked.values, typed, joined, checked.submission.ids)
    document, _ = shape_for(layout, identity).build(answers)
    return {**identity_json(identity), **document}


def identity_json(identity: Identity) -> dict[str, Json]:
    """Which form, and of which unit: the head of every document about one form."""
    issued = {"round": identity.round} if identity.round else {}
    return {
        "form": {
            "template": identity.template,
            "edition": identity.edition,
            "parameters": dict(identity.parameters),
            "serial": identity.serial,
            **issued,
        },
        "unit": {"code": identity.unit.code, "name": identity.unit.name},
    }


def load_answers(path: FilePath) -> Json:
    """A JSON file of answers, numbers exact. Raises AnswersError when it is not JSON."""
    return parse_answers(_text_of(path), str(path))


def load_lines(path: FilePath) -> list[Json]:
    """The documents of a file with one in each line. Raises AnswersError as `load_answers` does."""
    lines = enumerate(_text_of(path).split("\n"), 1)
    return [parse_answers(line, f"{path}:{number}") for number, line in lines if line.strip()]


def _text_of(path: FilePath) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _refused(str(path), "unreadable", detail=system_reason(error)) from None
    except UnicodeDecodeError:
        raise _refused(str(path), "not_text") from None


def parse_answers(text: str, place: str) -> Json:
    """Answers from JSON text, numbers exact. Raises AnswersError when it is not JSON."""
    return _parsed(text, place, 1)


def parse_strictly(text: str, place: str, line: int = 1) -> Json:
    """The same of a text that begins in a line of its file; no key may stand twice in an object."""
    return _parsed(text, place, line, object_pairs_hook=_distinct)


def _distinct(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        uses = Counter(name for name, _ in pairs)
        raise _TwiceError(uses.most_common(1)[0][0])
    return found


class _TwiceError(Exception):
    """A key stands twice in one object: nobody knows which counts."""


def _parsed(text: str, place: str, line: int, **options: Any) -> Json:
    try:
        return simplejson.loads(text, use_decimal=True, allow_nan=False, **options)
    except _TwiceError as error:
        raise _refused(place, "twice", line if line > 1 else 0, name=str(error)) from None
    except simplejson.JSONDecodeError as error:
        lines = line - 1 + error.lineno
        raise _refused(place, "not_json", lines, detail=error.msg) from None
    except (ValueError, ArithmeticError) as error:  # a number of thousands of digits
        raise _refused(place, "not_json", line if line > 1 else 0, detail=str(error)) from None
    except RecursionError:
        raise _refused(place, "nested", line if line > 1 else 0) from None


def _refused(place: str, code: str, line: int = 0, **facts: object) -> AnswersError:
    return AnswersError([Fault(place=place, line=line, code=f"answers.{code}", facts=facts)])


def dump(document: Json, *, indent: int | None = 2) -> str:
    """JSON text: Chinese as it is, Decimal as an exact number."""
    return simplejson.dumps(document, ensure_ascii=False, indent=indent, use_decimal=True)
