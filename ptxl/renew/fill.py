"""A form and answers (JSON in our vocabulary) → the form with the answers typed into it.

As prefill, or as a test's clerk: what is typed is typed as it stands, right or wrong. Only what the
form has no place for is refused, by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from ptxl.check.submission import type_values
from ptxl.documents.document import Given, Json, Leaf, Record, Rows, Shape, Split, shape_for
from ptxl.layout.heights import taller_rows
from ptxl.layout.helper_sheets import helper_sheets
from ptxl.model.errors import AnswersError, Fault
from ptxl.model.form import Field
from ptxl.model.layout import Layout
from ptxl.model.refusals import refusal
from ptxl.model.submission import At, Entry, Identity, Submission
from ptxl.ooxml.sheet import NewValue, Position
from ptxl.ooxml.workbook import patch_cells
from ptxl.read import Workbook, open_workbook, submission_of
from ptxl.receive.sniff import Limits
from ptxl.template import Templates
from ptxl.text import LONGEST_TEXT, excel_length, plain, squeeze, without_invisible
from ptxl.values.kinds import kind_of
from ptxl.values.target_value import TargetValue, join_target, parse_target
from ptxl.words import phrase
from ptxl.write.check_states import cached_values, line_states

#: entries of a document that say which form it is, and are no answers
_ABOUT = ("form", "unit", "source", "findings")
_SIGNS = {">=": "≥", "<=": "≤", ">": "＞", "<": "＜", "=": "＝"}
_AMOUNT = re.compile(r"(?P<amount>\d[\d,.]*)(?P<rest>.*)", re.DOTALL)
#: no XML, and so no cell, can hold these
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


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
    texts = place_answers(form.layout, form.identity, answers, source)
    values = {path: _typed(text, form.layout.fields[path]) for path, text in texts.items()}
    return type_in(workbook, form, values)


def type_in(
    workbook: Workbook,
    form: Submission,
    values: Mapping[str, NewValue],
    notes: Mapping[Position, NewValue] | None = None,
) -> bytes:
    """Type values into the fields of a form (xlsx), and bring its own checks up to date.

    `form` is what was read from `workbook`; `notes` go onto the sheet for free notes.
    """
    cells: dict[str, dict[Position, NewValue]] = {}
    for path, value in values.items():
        at = form.whereabouts.of(path)
        assert isinstance(at, At), f"{path} has no cell"
        cells.setdefault(at.sheet, {})[at.row, at.column] = value
    if notes:
        cells[helper_sheets(form.layout.form.language).notes] = dict(notes)
    # Where rows were inserted, programs fit heights themselves when the file is next saved.
    texts = {path: v if isinstance(v, str) else plain(v) for path, v in values.items()}
    moved = bool(form.whereabouts.elsewhere)
    grown = {} if moved else taller_rows(form.layout, form.sheet_names, texts)
    return patch_cells(workbook.parts, cells, grown, _self_check(form, values))


def _self_check(form: Submission, typed: Mapping[str, NewValue]) -> dict[str, dict[Position, str]]:
    """What the form's own checks give once it is filled in: no program has computed them yet."""
    entries = {**form.entries, **{path: Entry(value) for path, value in typed.items()}}
    values = type_values(replace(form, entries=entries)).values
    layout = form.layout.issued or form.layout  # they know no rows that were added
    states = line_states(layout, values, frozenset(entries))
    return cached_values(layout, form.sheet_names, states)


def place_answers(
    layout: Layout, identity: Identity, answers: Json, source: str = "answers"
) -> dict[str, str]:
    """Answers as texts by field path. Raises AnswersError naming all that have no place."""
    faults: list[Fault] = []
    texts: dict[str, str] = {}
    if not isinstance(answers, dict):
        raise AnswersError([_fault(source, "", "not_an_object")])
    faults.extend(_other_form(identity, answers, source))
    body = {key: value for key, value in answers.items() if key not in _ABOUT}
    for path, value in _place(shape_for(layout, identity), body, "", faults, source):
        texts[path] = value
    if faults:
        raise AnswersError(faults)
    return texts


def _other_form(identity: Identity, answers: Mapping[str, Json], source: str) -> Iterator[Fault]:
    for name in ("form", "unit"):
        if not isinstance(answers.get(name) or {}, dict):
            yield _fault(source, name, "object_wanted")
            return
    template = (answers.get("form") or {}).get("template", identity.template)
    if template != identity.template:
        facts = {"template": template, "own": identity.template}
        yield _fault(source, "form.template", "other_template", **facts)
    code = (answers.get("unit") or {}).get("code", identity.unit.code)
    if code != identity.unit.code:
        yield _fault(source, "unit.code", "other_unit", code=code, own=identity.unit.code)


def _place(
    shape: Shape, answer: Json, path: str, faults: list[Fault], source: str
) -> Iterator[tuple[str, str]]:
    """Pairs of field path and text for one answer and all below it."""
    if answer is None:
        return
    match shape:
        case Leaf(field=field):
            yield from _place_leaf(field, answer, path, faults, source)
        case Given(value=value):
            if squeeze(str(answer)) != squeeze(value):
                facts = {"printed": value, "answer": str(answer)}
                faults.append(_fault(source, path, "printed_otherwise", **facts))
        case Split() if isinstance(answer, list):
            faults.append(_fault(source, path, "value_wanted"))
        case Split(parts=parts):
            yield from _place_split(parts, answer)
        case Rows(rows=rows):
            yield from _place_rows(rows, answer, path, faults, source)
        case Record(entries=entries):
            yield from _place_record(entries, answer, path, faults, source)


def _place_leaf(
    field: Field, answer: Json, path: str, faults: list[Fault], source: str
) -> Iterator[tuple[str, str]]:
    if isinstance(answer, dict) and kind_of(field).has_parts:
        answer = _target_text(answer)
    if isinstance(answer, dict | list):
        faults.append(_fault(source, path, "cell_wanted"))
        return
    text = _text(answer)
    if _ILLEGAL.search(str(answer)):
        faults.append(_fault(source, path, "control_character"))
    elif excel_length(text) > LONGEST_TEXT:
        faults.append(_fault(source, path, "too_long", longest=LONGEST_TEXT))
    elif text.strip():
        yield field.path, text


def _place_split(parts: Mapping[str, Field], answer: Json) -> Iterator[tuple[str, str]]:
    """A target value over its columns: sign, amount and unit."""
    for name, part in split_target(parse_target(_target_text(answer))).items():
        if name in parts and part:
            yield parts[name].path, part


def _target_text(answer: Json) -> str:
    """A target value as a person writes it, from its text, or from its parts where that is all."""
    if not isinstance(answer, dict):
        return _text(answer)
    if answer.get("raw"):
        return str(answer["raw"])
    sign = _SIGNS.get(str(answer.get("comparison")), "")
    number = "" if answer.get("number") is None else _text(answer["number"])
    return f"{sign}{number}{answer.get('unit') or ''}"


def split_target(target: TargetValue) -> dict[str, str]:
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
            if _meaning(join_target(sign, amount, rest)) == _meaning(target):
                return {"sign": sign, "amount": amount, "unit": rest}
    return {"sign": "定性", "amount": target.raw, "unit": ""}


def _meaning(target: TargetValue) -> tuple[object, ...]:
    return target.comparison, target.number, target.unit


def _place_rows(
    rows: tuple[Shape, ...], answer: Json, path: str, faults: list[Fault], source: str
) -> Iterator[tuple[str, str]]:
    if not isinstance(answer, list):
        faults.append(_fault(source, path, "list_wanted"))
        return
    free = list(range(len(rows)))
    for number, entry in enumerate(answer):
        at = f"{path}[{number}]"
        fitting = [index for index in free if _fits(rows[index], entry)]
        if not fitting:
            faults.append(_no_row(rows, entry, source, at))
            continue
        # A row that prints what the answer says comes before one that would take anything.
        chosen = max(fitting, key=lambda index: (_printed(rows[index]), -index))
        free.remove(chosen)
        yield from _place(rows[chosen], entry, at, faults, source)


def _fits(row: Shape, entry: Json) -> bool:
    if not isinstance(row, Record) or not isinstance(entry, dict):
        return True
    return all(
        squeeze(str(entry[name])) == squeeze(given.value)
        for name, given in row.entries.items()
        if isinstance(given, Given) and entry.get(name) is not None
    )


def _printed(row: Shape) -> int:
    entries = row.entries.values() if isinstance(row, Record) else ()
    return sum(isinstance(entry, Given) for entry in entries)


def _no_row(rows: tuple[Shape, ...], entry: Json, source: str, path: str) -> Fault:
    """That no row is left for an entry, which is named by what rows of its table print."""
    printed = [
        name
        for row in rows
        if isinstance(row, Record)
        for name, given in row.entries.items()
        if isinstance(given, Given)
    ]
    asked = entry if isinstance(entry, dict) else {}
    named = [str(asked[name]) for name in dict.fromkeys(printed) if asked.get(name) is not None]
    if not named:
        return _fault(source, path, "no_row", count=len(rows))
    return _fault(source, path, "no_row_for", count=len(rows), named="/".join(named))


def _fault(source: str, path: str, fault: str, /, **facts: object) -> Fault:
    return Fault(place=source, key=path, code=f"answers.{fault}", facts=facts)


def _place_record(
    entries: Mapping[str, Shape], answer: Json, path: str, faults: list[Fault], source: str
) -> Iterator[tuple[str, str]]:
    if not isinstance(answer, dict):
        faults.append(_fault(source, path, "object_wanted"))
        return
    for name, below in answer.items():
        at = f"{path}.{name}" if path else name
        if name in entries:
            yield from _place(entries[name], below, at, faults, source)
        elif below not in (None, [], {}):
            close = get_close_matches(name, list(entries), n=1)
            hint = phrase("faults.did_you_mean", name=close[0]) if close else ""
            faults.append(_fault(source, at, "not_asked", hint=hint))


def _text(answer: Json) -> str:
    if isinstance(answer, float):
        answer = Decimal(repr(answer))
    if isinstance(answer, str):
        return without_invisible(answer)
    return plain(Decimal(answer) if type(answer) is int else answer)


def _typed(text: str, field: Field) -> NewValue:
    """What a program makes of typed text: a number where the cell wants one, else the text."""
    if kind_of(field).is_text or field.part:
        return text
    parsed = kind_of(field).parse(text, field)
    value = parsed.value
    if parsed.code or not isinstance(value, Decimal | date):
        return text
    if not isinstance(value, Decimal):
        return value
    # A number that a cell cannot keep exactly is typed as text, and will be seen.
    value = value.normalize()
    return value if len(value.as_tuple().digits) <= 15 and abs(value.adjusted()) < 15 else text
