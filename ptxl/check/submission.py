"""Submission → CheckedSubmission: typed values, and everything a reviewer would object to. Pure.

That a file is named after another unit is one thing more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import chain, islice, takewhile

from ptxl.cells import cell_name
from ptxl.model.findings import Code, Finding, finding
from ptxl.model.form import Field, TableRow, Unit
from ptxl.model.layout import Layout
from ptxl.model.path import TOP, Path
from ptxl.model.submission import CheckedSubmission, Submission
from ptxl.rules import Facts
from ptxl.rules.computed import Computed, compute_cells, depending_on
from ptxl.rules.conditions import Condition, filled_in, unmet
from ptxl.rules.functions import trim
from ptxl.rules.places import head_of, spot_of
from ptxl.rules.ruleset import ReadyRule, facts_of, ready_rules
from ptxl.text import Raw, plain
from ptxl.values.kinds import choices_of, kind_of
from ptxl.values.target_value import join_values
from ptxl.values.ticks import ticks_in
from ptxl.words import Phrase, Translations, phrase

#: shorter codes are easily taken for the number of a list
_SHORTEST_CODE = 3
_DIGIT, _LETTER, _SIGN = re.compile("[0-9]"), re.compile("[A-Za-z]"), re.compile(r"[\W_]")


def type_values(submission: Submission) -> CheckedSubmission:
    """Typed values of all entries, and a finding for each that could not be read. No judgement."""
    values: dict[str, object] = {}
    findings = list(submission.findings)
    for path, entry in submission.entries.items():
        field = submission.layout.fields[path]
        parsed = kind_of(field).parse(entry.raw, field)
        if parsed.value not in (None, ""):
            values[path] = parsed.value
        if parsed.code:
            findings.append(_finding_at(submission, field, parsed.code, **parsed.facts))
    entries, lost, unit = submission.entries, submission.unread, submission.identity.unit
    computed = compute_cells(submission.layout, values, entries, lost, unit)
    findings += _computed_differs(submission, computed)
    values |= computed.values
    return CheckedSubmission(submission=submission, values=values, findings=tuple(findings))


def _computed_differs(submission: Submission, computed: Computed) -> Iterator[Finding]:
    """Say which computed cells show something else than what follows from the answers."""
    issued = submission.layout.issued or submission.layout
    for path, shown in submission.shown.items():
        expected = computed.values.get(path)
        # A row that a clerk added has no formulas.
        if path in computed.unknown or (shown is None and path not in issued.fields):
            continue
        if not _shows(shown, expected):
            field = submission.layout.fields[path]
            facts = {"raw": _said(shown), "expected": _said(expected)}
            yield _finding_at(submission, field, "computed_differs", **facts)


def _said(value: object) -> str | Phrase:
    return plain(value) if isinstance(value, str | Decimal | date) else phrase("values.blank")


def _shows(shown: Raw | None, expected: object) -> bool:
    """Whether a cell shows a value; of a number no program keeps more than 15 digits."""
    if isinstance(expected, Decimal):
        is_number = isinstance(shown, Decimal)
        return is_number and Decimal(f"{shown:.15g}") == Decimal(f"{expected:.15g}")
    return shown == expected or (isinstance(shown, str) and trim(shown) == expected)


def check_submission(submission: Submission) -> CheckedSubmission:
    """Typed values and all findings: what could not be read, then what is missing, lists, rules."""
    typed = type_values(submission)
    filled = filled_in(submission.entries)
    # Where an answer may have been lost, nobody can tell whether a condition holds.
    lost = filled_in(submission.unread)
    wanted = unmet(submission.layout, filled)
    certain = tuple(one for one in wanted if lost.isdisjoint(one.parts))
    missing = frozenset(chain(*(one.parts for one in certain if one.kind == "field")))
    subject = _Subject(submission, typed.values, filled, certain, missing)
    lists = tuple(_check_lists(subject))
    reported = _Reported.of(subject, lists)
    return CheckedSubmission(
        submission=submission,
        values=typed.values,
        findings=(
            *typed.findings,
            *_check_conditions(subject),
            *lists,
            *_check_rules(subject, reported),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Subject:
    """What every check looks at."""

    submission: Submission
    values: Mapping[str, object]
    #: fields, rows and repeats with an entry in them, readable or not
    filled: frozenset[str]
    unmet: tuple[Condition, ...]
    #: the required fields without an answer that are wanted
    missing: frozenset[Path]

    @property
    def layout(self) -> Layout:
        """The form, laid out."""
        return self.submission.layout


def _check_conditions(subject: _Subject) -> Iterator[Finding]:
    """Required answers, and rows of tables and categories, are there where they are wanted."""
    for condition in subject.unmet:
        if condition.kind == "field":
            yield _required_finding(subject, subject.layout.fields[condition.parts[0]])
        else:
            yield from _rows_finding(subject, condition)


def _required_finding(subject: _Subject, field: Field) -> Finding:
    """In a row of a table it says which row, by the first text in it, and that this may go.

    A row that was approved cannot: what is printed in it is locked.
    """
    found = _finding_at(subject.submission, field, "required")
    row = _optional_rows(subject.layout).get(field.path.row)
    if row is None:
        return found
    before = takewhile(lambda other: other.path != field.path, row.fields)
    texts = (subject.values.get(other.path) for other in before if other.kind == "text")
    name = next(filter(None, texts), None)
    carried = [subject.values.get(other.path) for other in row.fields if other.earlier]
    if carried:
        known = name or next((one for one in carried if isinstance(one, str)), "")
        sentence = phrase("missing.in_carried_row", row=known, item=field.label)
    elif name is None:
        sentence = phrase("missing.in_a_row", item=field.label)
    else:
        sentence = phrase("missing.in_row", row=name, item=field.label)
    return replace(found, phrase=sentence)


def _rows_finding(subject: _Subject, condition: Condition) -> Iterator[Finding]:
    """At the first row that is still empty; silent where its required fields speak already."""
    blank = [part for part in condition.parts if part not in subject.filled]
    row = blank[0] if blank else condition.parts[0]
    if any(path.is_under(row) for path in subject.missing):
        return
    for field in islice(subject.layout.below(row), 1):
        found = condition.found(subject.filled)
        facts = {"group": condition.label, "least": condition.least, "found": found}
        yield _finding_at(subject.submission, field, "category_unanswered", **facts)


def _check_lists(subject: _Subject) -> Iterator[Finding]:
    """A choice is one of its list; below a category, one of that category's."""
    for field in _choice_fields(subject.layout):
        value = subject.values.get(field.path)
        if value is None or field.earlier:
            continue  # what was approved is of the list of its own form
        every = choices_of(subject.layout.form, field)
        if value not in every:
            facts = {"raw": value, "choices": tuple(every)}
            yield _finding_at(subject.submission, field, "not_in_list", **facts)
        elif parent := subject.values.get(field.under):
            allowed = subject.layout.form.choices(field, str(parent))
            # A parent outside its own list has been reported: its children cannot be judged.
            if allowed and value not in allowed:
                facts = {"raw": value, "parent": parent, "choices": tuple(allowed)}
                yield _finding_at(subject.submission, field, "not_under_parent", **facts)


def _check_rules(subject: _Subject, reported: _Reported) -> Iterator[Finding]:
    """The template's own rules. Silent while something that a rule looks at is wrong itself."""
    layout, values = subject.layout, subject.values
    facts = facts_of(
        layout,
        values,
        subject.filled,
        join_values(layout, values),
        subject.submission.identity.unit,
    )
    asked = _AskedRows(subject, facts.rows)
    for ready in ready_rules(layout):
        rule = ready.rule
        for row in asked[rule.each, rule.at, rule.wants]:
            if ready.test(facts, ready.prefix, row) or reported.matter_to(ready, row):
                continue
            where = _rule_place(subject, ready, facts, row)
            if where is not None:
                yield _rule_finding(subject, ready, facts, row, where)


class _AskedRows(dict[tuple[Path, Path, bool], Sequence[str]]):
    """The rows in which rules are asked, by their table, what they point at, and `wants`.

    Of a rule outside of tables it is the form itself (""), or nothing. Many rules share them.
    """

    def __init__(self, subject: _Subject, rows: Mapping[str, Sequence[str]]) -> None:
        self._subject, self._rows = subject, rows

    def __missing__(self, key: tuple[Path, Path, bool]) -> Sequence[str]:
        table, at, wants = key
        rows = self._rows.get(table, ()) if table else ("",)
        found = self[key] = [row for row in rows if self._is_asked(row, at, wants)]
        return found

    def _is_asked(self, row: str, at: Path, wants: bool) -> bool:
        """Whether one of the cells that a rule points at is answered, if it points at any.

        A rule that wants an answer is asked where something else in its row or repeat is filled in.
        """
        if wants:
            around = TOP if row else at.row
            return around == TOP or around in self._subject.filled
        cells = _cells_at(self._subject.layout)[row, at]
        return not cells or not self._subject.values.keys().isdisjoint(cells)


class _CellsAt(dict[tuple[str, Path], tuple[Path, ...]]):
    """By row and what a rule points at, the cells one of which must be answered for it."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def __missing__(self, key: tuple[str, Path]) -> tuple[Path, ...]:
        row, at = key
        spot = spot_of(self._layout, Path(row + at))
        found = self[key] = spot.asked if spot else ()
        return found


_cells_at = lru_cache(maxsize=64)(_CellsAt)


@dataclass(frozen=True, slots=True)
class _Reported:
    """Answers that are reported themselves, so that what follows from them is not."""

    #: typed, but no value of their kind
    unread: tuple[Path, ...]
    #: perhaps typed, but nobody can tell where
    lost: tuple[Path, ...]
    missing: frozenset[Path]
    #: a word that is not in its list, or one of several ticks: nobody can tell what is meant
    unlisted: tuple[Path, ...]

    @classmethod
    def of(cls, subject: _Subject, lists: Iterable[Finding]) -> _Reported:
        """All of them; `lists` are the findings on choices."""
        entries = subject.submission.entries
        unread = [Path(path) for path in entries if path not in subject.values]
        lost = [Path(path) for path in subject.submission.unread]
        unlisted = [Path(found.path) for found in lists]
        for ticked in ticks_in(subject.layout).values():
            if ticked.words(subject.values) and not ticked.answer(subject.values):
                unlisted += ticked.cells.values()
        # What the form computes of such an answer is as much in doubt.
        unread += depending_on(subject.layout, unread)
        lost += depending_on(subject.layout, lost)
        missing = subject.missing | depending_on(subject.layout, subject.missing)
        return cls(tuple(unread), tuple(lost), missing, tuple(unlisted))

    def matter_to(self, ready: ReadyRule, row: str) -> bool:
        """Whether a rule looks at one of them, for the row with that prefix."""
        if any(ready.looks_at(path, row) for path in (*self.unread, *self.lost)):
            return True
        if any(ready.looks_at(path, row, blankness=False) for path in self.unlisted):
            return True
        if any(ready.counts_rows_at(path) for path in self.lost):
            return True
        return not self.missing.isdisjoint(ready.fields(row))


@dataclass(frozen=True, slots=True)
class _Where:
    """Where a finding stands, and what that is called."""

    path: Path
    sheet: str
    cell: str
    label: str


def _rule_place(subject: _Subject, ready: ReadyRule, facts: Facts, row: str) -> _Where | None:
    """Where the finding of a rule stands; None where nothing is answered that it could be about."""
    column = ready.rule.at.column
    path = _in_column(ready, facts, *column) if column else Path(row + ready.rule.at)
    if path is None:
        return None
    if column and ready.rule.whole:
        return _at_head(subject, column[0], column[1])
    spot = spot_of(subject.layout, path)
    if spot is None:
        return _at_group(subject, path)
    cell = spot.cell or next((cell for cell in spot.asked if cell in subject.values), None)
    if ready.rule.wants and cell is None:
        cell = spot.asked[0]
    if cell:
        return _at_field(subject.submission, subject.layout.fields[cell])
    return None


def _at_group(subject: _Subject, group: Path) -> _Where | None:
    """At the head of a table, since none of its answers is to blame; of a group of fields at the
    first with an answer."""
    if group in subject.layout.form.tables_by_path:
        return _at_head(subject, group)
    for field in subject.layout.below(group):
        if field.path in subject.values:
            return _at_field(subject.submission, field)
    return None


def _at_head(subject: _Subject, table: Path, column: str = "") -> _Where:
    """At the printed head of a table or column; at the sheet alone where the table was moved."""
    layout, whereabouts = subject.layout, subject.submission.whereabouts
    first = next(layout.below(table)).path
    spot = spot_of(layout, table / 0 / column) if column else None
    named = layout.fields[spot.asked[0]] if spot else layout.form.tables_by_path[table]
    head = head_of(layout, table, column)
    moved = first in whereabouts.elsewhere
    cell = cell_name(head.row, head.column) if head and not moved else ""
    return _Where(table, subject.submission.where(first)[0], cell, named.label)


def _in_column(ready: ReadyRule, facts: Facts, table: Path, name: Path) -> Path | None:
    """The cell of a column that a rule points at: in the first row that it counts and that is
    filled in there, or else in the first that is filled in."""
    rows = [row for row in facts.rows.get(table, ()) if row + name in facts.values]
    for row in rows:
        if ready.counts and ready.counts(facts, ready.prefix, row):
            return Path(row + name)
    return Path(rows[0] + name) if rows else None


def _rule_finding(
    subject: _Subject, ready: ReadyRule, facts: Facts, row: str, where: _Where
) -> Finding:
    rule = ready.rule
    severity = "warning" if rule.trial and rule.severity == "error" else rule.severity
    message = Translations({lang: ready.message(facts, row, lang) for lang in ready.messages})
    code = "rules.on_trial" if rule.trial else "rules.broken"
    said = Phrase(code, {"message": message})
    if rule.local:
        named = {"finding": said, "source": rule.source}
        said = Phrase("rules.local_from" if rule.source else "rules.local", named)
    return Finding(
        code=rule.id,
        severity=severity,
        path=where.path,
        sheet=where.sheet,
        cell=where.cell,
        label=where.label,
        looks_at=_looked_at(subject.submission.layout, ready, row),
        phrase=said,
        reader=rule.reader,
    )


@lru_cache(maxsize=8192)
def _looked_at(layout: Layout, ready: ReadyRule, row: str) -> tuple[str, ...]:
    """The answers by which a rule judges a row."""
    paths = [field.path for field in layout.fields.values()]
    return tuple(p for p in paths if ready.looks_at(p, row) or ready.counts_rows_at(p))


@lru_cache(maxsize=64)
def _optional_rows(layout: Layout) -> Mapping[Path, TableRow]:
    """The rows of tables that may stay blank."""
    rows = (row for table in layout.form.tables for row in table.rows)
    return {row.path: row for row in rows if not row.in_use}


@lru_cache(maxsize=64)
def _choice_fields(layout: Layout) -> tuple[Field, ...]:
    return tuple(f for f in layout.form.fields() if kind_of(f).is_chosen and not f.free)


def _finding_at(submission: Submission, field: Field, code: Code, **facts: object) -> Finding:
    sheet, cell = submission.where(field.path)
    return finding(code, path=field.path, sheet=sheet, cell=cell, label=field.label, **facts)


def _at_field(submission: Submission, field: Field) -> _Where:
    return _Where(field.path, *submission.where(field.path), field.label)


# -- the file


def check_file_name(name: str, unit: Unit) -> Iterator[Finding]:
    """Compare a file's name with the unit of its form, and yield a finding if it is another's.

    A name is another unit's when it begins with something that is built like the unit's code
    (102002 beside 101001) and is not it, and does not hold the unit's name either.
    """
    if len(unit.code) < _SHORTEST_CODE or name.startswith(unit.code):
        return
    built = _LETTER.sub("[A-Za-z]", _DIGIT.sub("0", re.escape(unit.code))).replace("0", "[0-9]")
    begins = re.match(rf"{built}(?![0-9A-Za-z])", name)
    # Letters and digits alone are compared: a file name cannot hold every sign.
    if begins and _SIGN.sub("", unit.name) not in _SIGN.sub("", name):
        named = f"{unit.code} {unit.name}"
        yield finding("file_name_differs", file=name, begins=begins[0], unit=named)
