"""A form and answers (JSON in our vocabulary) → the form with the answers typed into it.

As prefill, or as a test's clerk: what is typed is typed as it stands, right or wrong. Only what the
form has no place for is refused, by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from types import MappingProxyType

from ptxl.check.submission import type_values
from ptxl.documents.document import (
    Given,
    Json,
    Leaf,
    Record,
    RowId,
    Rows,
    Shape,
    Split,
    Ticks,
    shape_for,
    with_carried,
)
from ptxl.layout.heights import taller_rows
from ptxl.layout.helper_sheets import IDENTITY_SHEET, helper_sheets
from ptxl.layout.identity import (
    FORMULA_COUNT,
    PREFILLED,
    identify,
    local_of,
    prefilled_digest,
)
from ptxl.markup import NOT_IN_XML
from ptxl.model.errors import AnswersError, Fault
from ptxl.model.form import ROW_ID, Field, Manner, Unit
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.model.refusals import refusal
from ptxl.model.submission import At, Entry, Identity, Submission, as_issued
from ptxl.ooxml.sheet import NewValue, Position
from ptxl.ooxml.workbook import patch_cells
from ptxl.read import Workbook, open_workbook, submission_of
from ptxl.receive.sniff import Limits
from ptxl.rules.computed import compute_cells
from ptxl.template import Templates
from ptxl.text import LONGEST_TEXT, excel_length, plain, squeeze, without_invisible
from ptxl.values.kinds import TICKS, kind_of
from ptxl.values.target_value import TargetValue, join_target, parse_target
from ptxl.values.ticks import BETWEEN, Ticked, ticks_in
from ptxl.words import phrase
from ptxl.write.check_states import Cached, cached_values, line_results
from ptxl.write.self_check import formula_count
from ptxl.write.stencil import Stencil

#: entries of a document that say which form it is, and are no answers
_ABOUT = ("form", "unit", "source", "findings")
_SIGNS = {">=": "≥", "<=": "≤", ">": "＞", "<": "＜", "=": "＝"}
_AMOUNT = re.compile(r"(?P<amount>\d[\d,.]*)(?P<rest>.*)", re.DOTALL)


def fill_form(
    data: bytes, answers: Json, templates: Templates, source: str = "", *,
    limits: Limits | None = None,
) -> bytes:  # fmt: skip
    """Type answers into the open cells of a form (xlsx bytes in and out).

    Raises WorkbookError when `data` is no form, AnswersError with every answer that has no place.
    """
    workbook = open_workbook(data, limits)
    if workbook.kind != "xlsx":
        raise refusal("not_xlsx")
    form = submission_of(workbook, templates)
    if not form.whereabouts.complete:
        raise refusal("changed_too_much")
    placed = _Placing(source, carried=_carried(form)).all_of(form.layout, form.identity, answers)
    values = {
        path: typed_value(text, form.layout.fields[path]) for path, text in placed.texts.items()
    }
    return type_in(workbook, form, {**_other_ticks(form, values), **values})


def _other_ticks(form: Submission, values: Mapping[str, NewValue]) -> dict[str, NewValue]:
    """The cells of answered choices that hold a tick, blank: an answer takes their place."""
    return {
        cell: ""
        for choice in ticks_in(form.layout).values()
        if not values.keys().isdisjoint(choice.cells.values())
        for cell in choice.cells.values()
        if cell in form.entries
    }


def _carried(form: Submission) -> dict[str, str]:
    """What a form prints of an earlier stage, by path; the ids of rows are there too."""
    fields = form.layout.fields
    entries = {path: one for path, one in form.entries.items() if fields[path].earlier}
    texts = {path: plain(one.raw) for path, one in entries.items()}
    return texts | {row / ROW_ID: text for row, text in form.ids.items()}


def prefill_form(
    stencil: Stencil, unit: Unit, answers: Json, templates: Templates, source: str
) -> bytes:
    """The form of a unit with answers typed into it, whose figures it remembers.

    Where the form prints what the roster says of the unit, answers that say otherwise are left out.
    Raises AnswersError with every answer that has no place.
    """
    placing = _Placing(source, roster_counts=True)
    texts = placing.all_of(stencil.layout, stencil.identity(unit), answers).texts
    return issued_form(stencil, unit, texts, templates)


def issued_form(
    stencil: Stencil, unit: Unit, texts: Mapping[str, str], templates: Templates,
    ids: Mapping[Path, str] = MappingProxyType({}),
) -> bytes:  # fmt: skip
    """The form of a unit with texts typed into its fields, by path. It remembers their figures,
    what is printed of an earlier stage, and the `ids` of rows of that."""
    fields = stencil.layout.fields
    values = {path: typed_value(text, fields[path]) for path, text in texts.items()}
    figures = {
        path: plain(value)
        for path, value in values.items()
        if fields[path].earlier or kind_of(fields[path]).type == "number"
    }
    figures |= {str(row / ROW_ID): text for row, text in ids.items()}
    workbook = open_workbook(stencil.stamp(unit, prefilled_digest(figures)))
    return type_in(workbook, submission_of(workbook, templates), values, figures=figures)


def type_in(
    workbook: Workbook,
    form: Submission,
    values: Mapping[str, NewValue],
    notes: Mapping[Position, NewValue] | None = None,
    figures: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """Type values into the fields of a form (xlsx), and bring its own checks up to date.

    `form` is what was read from `workbook`; `notes` go onto the sheet for free notes; `figures` are
    those that the form was issued with, by path.
    """
    cells: dict[str, dict[Position, NewValue]] = {}
    for path, value in values.items():
        at = form.whereabouts.of(path)
        assert isinstance(at, At), f"{path} has no cell"
        cells.setdefault(at.sheet, {})[at.row, at.column] = value
    if notes:
        cells[helper_sheets(form.layout.form.language).notes] = dict(notes)
    first_free = len(workbook.rows(IDENTITY_SHEET))
    for row, (path, text) in enumerate(figures.items(), first_free):
        remembered = {(row, 0): f"{PREFILLED}{path}", (row, 1): text}
        cells.setdefault(IDENTITY_SHEET, {}).update(remembered)
    heights: Mapping[str, Mapping[int, float]] = {}
    if not form.whereabouts.elsewhere:
        # Where rows were inserted, programs fit heights themselves when the file is next saved.
        texts = {path: plain(value) for path, value in values.items()}
        heights = taller_rows(form.layout, form.sheet_names, texts)
    return patch_cells(workbook.parts, cells, heights, _self_check(workbook, form, values))


def _self_check(
    workbook: Workbook, form: Submission, typed: Mapping[str, NewValue]
) -> Mapping[str, Mapping[Position, Cached] | None]:
    """What the form's own checks give once it is filled in: no program has computed them yet."""
    entries = {**form.entries, **{path: Entry(value) for path, value in typed.items()}}
    entries = {path: entry for path, entry in entries.items() if entry.raw != ""}
    values = type_values(replace(form, entries=entries)).values
    layout = form.layout.issued or form.layout  # they know no rows that were added
    held = {path: entry.raw for path, entry in entries.items()}
    grown = {table for table, _, _ in form.layout.added}
    lines = line_results(layout, values, held, grown=grown)
    results = cached_values(layout, form.sheet_names, lines, held)
    computed = compute_cells(form.layout, values, entries).shown
    for path, at in _computed_cells(form).items():
        value = computed.get(path, "")
        shown = float(value) if isinstance(value, Decimal) else str(value)
        results.setdefault(at.sheet, {})[at.row, at.column] = shown
    rows = workbook.rows(IDENTITY_SHEET)
    issued = {row[0]: str(row[1]) for row in rows if len(row) > 1}
    asks_alike = local_of(rows) == layout.form.local
    if asks_alike and issued.get(FORMULA_COUNT) == str(formula_count(layout)):
        return results
    # Issued with other lines: whoever opens it computes what they give.
    return dict.fromkeys(results)


def _computed_cells(form: Submission) -> dict[str, At]:
    """Where the computed cells of a form stand."""
    computed = [path for path, field in form.layout.fields.items() if field.compute]
    places = ((path, form.whereabouts.of(path)) for path in computed)
    return {path: at for path, at in places if isinstance(at, At)}


@dataclass(frozen=True, slots=True)
class Placed:
    """Answers as texts by field path, and the row of the form that each row of answers went to.

    `ids` are those of rows that an earlier stage has too.
    """

    texts: Mapping[str, str]
    rows: Mapping[str, str]
    ids: Mapping[Path, str]

    def at(self, path: Path) -> Path:
        """Where in the form that is which stands at a path of the answers."""
        for row in reversed(path.rows):
            if row in self.rows:
                return Path(self.rows[row] + path[len(row) :])
        return path


def place_answers(
    layout: Layout, identity: Identity, answers: Json, source: str = "answers"
) -> Placed:
    """Find the place of each answer. Raises AnswersError naming all that have none."""
    return _Placing(source).all_of(layout, identity, answers)


def answered_form(
    answers: Json, templates: Templates, source: str
) -> tuple[Submission, Placed]:  # fmt: skip
    """The form that a document of answers names, as if it had come back with them; no file is made.

    Raises AnswersError where it names none or has answers without a place, TemplateError where the
    template or its parameters make no form.
    """
    head = answers if isinstance(answers, dict) else {}
    form, unit = head.get("form"), head.get("unit")
    if not (isinstance(form, dict) and isinstance(unit, dict)):
        raise AnswersError([Fault(place=source, key="form", code="answers.object_wanted")])
    template = templates.get(str(form.get("template")), str(form.get("edition") or ""))
    layout = template.layout(form.get("parameters") or {})
    code, name, department = (str(unit.get(each) or "") for each in ("code", "name", "department"))
    own = Unit(code=code, name=name, department=department)
    identity = identify(layout, own)
    placed = _Placing(source, roster_counts=True).all_of(layout, identity, answers)
    submission = Submission(
        source=source, identity=identity, whereabouts=as_issued(layout),
        entries={path: Entry(text) for path, text in placed.texts.items()},
        ids=placed.ids,
    )  # fmt: skip
    return submission, placed


class _Placing:
    """Takes answers down to the fields of a form: what has been `placed`, `faults` of the rest.

    `roster_counts` where the form prints of its unit what the answers say otherwise; else that is a
    fault. `carried` is what it prints of an earlier stage; without it, answers say that.
    """

    def __init__(
        self, source: str, *, roster_counts: bool = False, carried: Mapping[str, str] | None = None
    ) -> None:
        self._source = source
        self._roster_counts = roster_counts
        self._carried = carried
        self.texts: dict[str, str] = {}
        self.rows: dict[str, str] = {}
        self.ids: dict[Path, str] = {}
        self.placed = Placed(self.texts, self.rows, self.ids)
        self.faults: list[Fault] = []

    def all_of(self, layout: Layout, identity: Identity, answers: Json) -> Placed:
        """Find the place of each answer. Raises AnswersError naming all that have none."""
        if isinstance(answers, dict):
            self.check_head(identity, answers)
            body = {key: value for key, value in answers.items() if key not in _ABOUT}
            shape = shape_for(layout, identity)
            known = self._carried
            self.place(shape if known is None else with_carried(shape, known), body, "")
        else:
            self.refuse("", "not_an_object")
        if self.faults:
            raise AnswersError(self.faults)
        return self.placed

    def refuse(self, path: str, fault: str, /, **facts: object) -> None:
        """Note why an answer has no place."""
        code = f"answers.{fault}"
        self.faults.append(Fault(place=self._source, key=path, code=code, facts=facts))

    def check_head(self, identity: Identity, answers: Mapping[str, Json]) -> None:
        """Refuse answers to another template, or of another unit."""
        for group, key, own, fault in (
            ("form", "template", identity.template, "other_template"),
            ("unit", "code", identity.unit.code, "other_unit"),
        ):
            given = answers.get(group) or {}
            if not isinstance(given, dict):
                self.refuse(group, "object_wanted")
            elif given.get(key, own) != own:
                self.refuse(f"{group}.{key}", fault, own=own, **{key: given[key]})

    def place(self, shape: Shape, answer: Json, path: str) -> None:
        """Place one answer and all below it."""
        if answer is None:
            return
        match shape:
            case Leaf(field=field):
                self._leaf(field, answer, path)
            case Given(value=value, of_unit=of_unit):
                agree = squeeze(_as_printed(answer)) == squeeze(value)
                if not agree and not (of_unit and self._roster_counts):
                    self.refuse(path, "printed_otherwise", printed=value, answer=str(answer))
            case RowId(row=row):
                self.ids[row] = str(answer)
            case Split(parts=parts):
                self._split(parts, answer, path)
            case Ticks(cells=cells):
                self._ticks(cells, answer, path)
            case Rows(rows=rows):
                self._rows(rows, answer, path)
            case Record(entries=entries):
                self._record(entries, answer, path)

    def _leaf(self, field: Field, answer: Json, path: str) -> None:
        if field.compute:
            return  # the form itself says what follows from the answers
        if kind_of(field).has_parts:
            answer = self._target(answer, path)
        if isinstance(answer, dict | list):
            self.refuse(path, "cell_wanted")
            return
        text = _text(answer)
        if kind_of(field).words:
            text = str(kind_of(field).parse(answer if answer is False else text, field).value or "")
        if NOT_IN_XML.search(str(answer)):
            self.refuse(path, "control_character")
        elif excel_length(text) > LONGEST_TEXT:
            self.refuse(path, "too_long", longest=LONGEST_TEXT)
        elif text.strip():
            self.texts[field.path] = text

    def _split(self, parts: Mapping[str, Field], answer: Json, path: str) -> None:
        """A target value over its columns: sign, amount and unit."""
        if isinstance(answer, list):
            self.refuse(path, "value_wanted")
            return
        manner = next(iter(parts.values())).manner
        target = parse_target(_text(self._target(answer, path)), manner=manner)
        for name, text in split_target(target, manner).items():
            if name in parts:
                self._leaf(parts[name], text, path)

    def _ticks(self, choice: Ticked, answer: Json, path: str) -> None:
        """A choice over several cells: a tick in that of each word."""
        words = answer if isinstance(answer, list) else [answer]
        known = {squeeze(word): cell for word, cell in choice.cells.items()}
        for word in filter(None, words):
            cell = known.get(squeeze(_text(word))) if isinstance(word, str) else None
            if cell:
                self.texts[cell] = TICKS[0]
            else:
                self.refuse(path, "no_tick", answer=_text(word), words=tuple(choice.cells))

    def _target(self, answer: Json, path: str) -> Json:
        """The text of a target value; refused where its parts make none."""
        said = _target_text(answer)
        if isinstance(said, dict):
            self.refuse(path, "target_wanted", parts=", ".join(said))
            return ""
        return said

    def _rows(self, rows: Sequence[Shape], answer: Json, path: str) -> None:
        if not isinstance(answer, list):
            self.refuse(path, "list_wanted")
            return
        free = {number: _printed(row) for number, row in enumerate(rows)}
        for number, entry in enumerate(answer):
            said = entry if isinstance(entry, dict) else {}
            fitting = [row for row, printed in free.items() if _agree(printed, said)]
            if not fitting:
                self._no_row(rows, said, f"{path}[{number}]")
                continue
            # A row that prints what the answer says comes before one that would take anything.
            chosen = max(fitting, key=lambda row: len(free[row]))
            del free[chosen]
            self.rows[f"{path}[{number}]"] = self.placed.at(Path(path)) / chosen
            self.place(rows[chosen], entry, f"{path}[{number}]")

    def _no_row(self, rows: Sequence[Shape], said: Mapping[str, Json], path: str) -> None:
        """That no row is left for an entry, which is named by what rows of its table print."""
        printed = dict.fromkeys(name for row in rows for name in _printed(row))
        named = "/".join(str(said[name]) for name in printed if said.get(name) is not None)
        fault = "no_row_for" if named else "no_row"
        self.refuse(path, fault, count=len(rows), named=named)

    def _record(self, entries: Mapping[str, Shape], answer: Json, path: str) -> None:
        if not isinstance(answer, dict):
            self.refuse(path, "object_wanted")
            return
        for name, below in answer.items():
            at = f"{path}.{name}".removeprefix(".")
            if name in entries:
                self.place(entries[name], below, at)
            elif below not in (None, [], {}):
                close = get_close_matches(name, list(entries), n=1)
                hint = phrase("faults.did_you_mean", name=close[0]) if close else ""
                self.refuse(at, "not_asked", hint=hint)


def _printed(row: Shape) -> Mapping[str, str]:
    """What a row prints, by name: not what each row prints of the same unit."""
    entries = row.entries if isinstance(row, Record) else {}
    given = {name: below for name, below in entries.items() if isinstance(below, Given)}
    return {name: below.value for name, below in given.items() if not below.of_unit}


def _agree(printed: Mapping[str, str], said: Mapping[str, Json]) -> bool:
    """Whether an entry says nothing else than what a row prints."""
    both = [name for name in printed if said.get(name) is not None]
    return all(squeeze(str(said[name])) == squeeze(printed[name]) for name in both)


def _target_text(answer: Json) -> Json:
    """A target value as a person writes it: its text, or what its parts say where that is all.

    They are those of JSON, or sign, amount and unit as a form over three cells asks for them. Other
    parts than a text is made of come back as they are.
    """
    if not isinstance(answer, dict):
        return answer
    if answer.get("raw"):
        return str(answer["raw"])
    parts = {name: part for name, part in answer.items() if part not in (None, "")}
    number = "amount" if "amount" in parts else "number"
    comparison = str(parts.get("comparison", ""))
    sign = parts.get("sign", _SIGNS.get(comparison, ""))
    is_all = parts.keys() <= {"comparison", "sign", "unit", number}
    if not parts:
        return ""
    if number not in parts or not is_all or (comparison and not sign):
        return parts
    return f"{sign}{_text(parts[number])}{parts.get('unit', '')}"


def split_target(target: TargetValue, manner: Manner) -> dict[str, str]:
    """Sign, amount and unit as forms with three columns want them (定性 for what has no number).

    The unit is the plain one, or all that stands behind the number, whichever keeps the meaning;
    a note goes along.
    """
    found = _AMOUNT.search(target.raw)
    if target.comparison in _SIGNS and target.number is not None:
        sign, unit = _SIGNS[target.comparison], target.unit or ""
        typed = [(found["amount"], unit), (found["amount"], found["rest"])] if found else []
        in_digits = (plain(target.number), unit)  # of 一次, -5%
        for amount, rest in (*(reversed(typed) if target.note else typed), in_digits):
            if _meaning(join_target(sign, amount, rest, manner)) == _meaning(target):
                return {"sign": sign, "amount": amount, "unit": rest}
    return {"sign": "定性", "amount": target.raw, "unit": ""}


def _meaning(target: TargetValue) -> tuple[object, ...]:
    return target.comparison, target.number, target.unit


def _as_printed(answer: Json) -> str:
    said = _target_text(answer)
    return BETWEEN.join(map(_text, said)) if isinstance(said, list) else _text(said)


def _text(answer: Json) -> str:
    if isinstance(answer, str):
        return without_invisible(answer)
    if type(answer) in (int, float):
        answer = Decimal(str(answer))
    return plain(answer)


def typed_value(text: str, field: Field) -> NewValue:
    """What a program makes of typed text: a number where the cell wants one, else the text."""
    if kind_of(field).is_text or field.part:
        return text
    parsed = kind_of(field).parse(text, field)
    if parsed.code:
        return text
    match parsed.value:
        case date() as day:
            return day
        case Decimal() as number:
            # A number that a cell cannot keep exactly is typed as text, and will be seen.
            number = number.normalize()
            digits = len(number.as_tuple().digits)
            if digits <= 15 and abs(number.adjusted()) < 15:
                return number
            return text
    return text
