"""Submission → CheckedSubmission: typed values, and everything a reviewer would object to. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ptxl.layout.places import in_force, list_names
from ptxl.model.findings import Code, Finding, finding
from ptxl.model.form import Field, Form, Group
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.model.submission import CheckedSubmission, Submission, rows_holding
from ptxl.rules import Facts
from ptxl.rules.ruleset import ReadyRule, facts_of, ready_rules
from ptxl.values.kinds import kind_of
from ptxl.values.three_cell_value import join_values, split_paths
from ptxl.words import Phrase, Translations


def type_values(submission: Submission) -> CheckedSubmission:
    """Typed values of all entries, and a finding for each that could not be read. No judgement."""
    values: dict[str, object] = {}
    findings = list(submission.findings)
    for path, entry in submission.entries.items():
        field = submission.layout.fields[path]
        parsed = kind_of(field).parse(entry.raw, field)
        if parsed.value is not None and parsed.value != "":
            values[path] = parsed.value
        if parsed.code:
            findings.append(_at(submission, field, parsed.code, **parsed.facts))
    return CheckedSubmission(submission=submission, values=values, findings=tuple(findings))


def check_submission(submission: Submission) -> CheckedSubmission:
    """Typed values and all findings: what could not be read, then each check of `CHECKS`."""
    typed = type_values(submission)
    subject = _Subject(
        submission,
        submission.layout.form,
        typed.values,
        typed.findings,
        rows_holding(submission.entries),
    )
    found = [one for check in CHECKS for one in check(subject)]
    return CheckedSubmission(
        submission=submission, values=typed.values, findings=(*typed.findings, *found)
    )


@dataclass(frozen=True, slots=True)
class _Subject:
    """What every check looks at."""

    submission: Submission
    form: Form
    values: Mapping[str, object]
    findings: tuple[Finding, ...]
    #: rows and repeats with an entry in them, readable or not
    answered: frozenset[str]

    def counts(self, owner: str) -> bool:
        """Whether what a row or repeat requires is wanted (nothing: the top of the form)."""
        return in_force(self.submission.layout, owner, self.answered)

    def unread(self, path: str) -> bool:
        """Whether a field has an entry that could not be read."""
        return path in self.submission.entries and path not in self.values


def _check_required(subject: _Subject) -> Iterator[Finding]:
    """A required field is wanted where the table row or sheet that it belongs to is in use."""
    for field in _missing(subject):
        yield _at(subject.submission, field, "required")


def _missing(subject: _Subject) -> Iterator[Field]:
    for field in _required_fields(subject.submission.layout):
        if field.path in subject.submission.entries or field.path in subject.submission.unread:
            continue
        if subject.counts(subject.submission.layout.owners[field.path]):
            yield field


def _check_groups(subject: _Subject) -> Iterator[Finding]:
    """Each category, or table, that must hold a row holds one."""
    for table in subject.form.tables:
        if not subject.counts(subject.submission.layout.owners[table.path]):
            continue
        for group in table.groups:
            found = sum(f"{group.table}[{index}]" in subject.answered for index in group.rows)
            if found < group.least and not _doubtful(subject, group):
                yield from _group_finding(subject, group, found)


def _doubtful(subject: _Subject, group: Group) -> bool:
    """Whether rows of a group may be answered without anybody being able to tell."""
    rows = {f"{group.table}[{index}]" for index in group.rows}
    return not rows.isdisjoint(rows_holding(subject.submission.unread))


def _group_finding(subject: _Subject, group: Group, found: int) -> Iterator[Finding]:
    """At the first row that is still empty; silent where its required fields speak already."""
    empty = [i for i in group.rows if f"{group.table}[{i}]" not in subject.answered]
    row = empty[0] if empty else group.rows[0]
    prefix = f"{group.table}[{row}]"
    at = next(
        (f for f in subject.submission.layout.fields.values() if _below(f.path, prefix)),
        None,
    )
    facts = {"group": group.label, "least": group.least, "found": found}
    speaks = any(_below(field.path, prefix) for field in _missing(subject))
    if at is not None and not speaks:
        yield _at(subject.submission, at, "category_unanswered", **facts)


def _check_lists(subject: _Subject) -> Iterator[Finding]:
    """A choice is one of its list; below a category, one of that category's."""
    for field in _choice_fields(subject.submission.layout):
        value = subject.values.get(field.path)
        if value is None:
            continue
        every = list_names(subject.form, field)
        if value not in every:
            yield _at(subject.submission, field, "not_in_list", raw=value, choices=tuple(every))
            continue
        parent = subject.values.get(field.under) if field.under else None
        allowed = list_names(subject.form, field, str(parent)) if parent else every
        # A parent outside its own list has been reported: its children cannot be judged.
        if allowed and value not in allowed:
            facts = {"raw": value, "parent": parent, "choices": tuple(allowed)}
            yield _at(subject.submission, field, "not_under_parent", **facts)


def _check_rules(subject: _Subject) -> Iterator[Finding]:
    """The template's own rules. Silent while something that a rule looks at is blank or unread."""
    layout = subject.submission.layout
    split = join_values(layout, subject.values)
    facts = facts_of(layout, subject.values, subject.answered, split)
    # Unread or missing answers are reported themselves: what follows from them is not.
    unread = [Path(path) for path in subject.submission.entries if path not in subject.values]
    lost = [Path(path) for path in subject.submission.unread]
    missing = {field.path for field in _missing(subject)}
    values, fields = subject.values, layout.fields
    for ready in ready_rules(layout):
        for row in facts.rows.get(ready.rule.each, ()) if ready.rule.each else ("",):
            path = f"{row}{ready.rule.at}"
            if (path in fields and path not in values) or ready.test(facts, ready.prefix, row):
                continue
            at = _rule_place(subject, ready, facts, row)
            if at is None:
                continue
            if any(ready.looks_at(path, row) for path in (*unread, *lost)):
                continue
            if any(map(ready.counts_rows_at, lost)) or not missing.isdisjoint(ready.fields(row)):
                continue
            yield _rule_finding(subject, ready, facts, row, at)


def _rule_place(subject: _Subject, ready: ReadyRule, facts: Facts, row: str) -> Field | None:
    """The field that a rule points to: none while that is blank, the first cell of a table.

    Of a value that is split over cells it is the amount, or what there is of it.
    """
    path = _in_column(ready, facts) if "[]." in ready.rule.at else f"{row}{ready.rule.at}"
    fields = subject.submission.layout.fields
    split = split_paths(subject.submission.layout)
    if path in fields or path in split:
        sign, amount, unit = split.get(path, (path, path, path))
        answered = (p for p in (amount, sign, unit) if p in subject.values)
        return next((fields[p] for p in answered), None)
    return next((field for p, field in fields.items() if p.startswith(f"{path}[")), None) or next(
        (field for p, field in fields.items() if p.startswith(f"{path}.") and p in subject.values),
        None,
    )


def _in_column(ready: ReadyRule, facts: Facts) -> str:
    """The cell of a column that a rule points at: in the first row that it counts and that is
    filled in there, or else in the first that is filled in."""
    table, _, name = ready.rule.at.partition("[].")
    rows = [row for row in facts.rows.get(table, ()) if f"{row}{name}" in facts.values]
    counted = (row for row in rows if ready.counts and ready.counts(facts, ready.prefix, row))
    return f"{next(counted, rows[0])}{name}" if rows else ""


def _rule_finding(
    subject: _Subject, ready: ReadyRule, facts: Facts, row: str, at: Field
) -> Finding:
    rule = ready.rule
    severity = "warning" if rule.trial and rule.severity == "error" else rule.severity
    message = Translations({lang: ready.message(facts, row, lang) for lang in ("zh", "en")})
    code = "rules.on_trial" if rule.trial else "rules.broken"
    sheet, cell = subject.submission.where(at.path)
    return Finding(
        code=rule.id,
        severity=severity,
        path=at.path,
        sheet=sheet,
        cell=cell,
        label=at.label,
        phrase=Phrase(code, {"message": message}),
    )


#: every check, in the order in which findings are reported
CHECKS: tuple[Callable[[_Subject], Iterator[Finding]], ...] = (
    _check_required,
    _check_groups,
    _check_lists,
    _check_rules,
)


def _below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith((f"{prefix}.", f"{prefix}["))


@lru_cache(maxsize=64)
def _required_fields(layout: Layout) -> tuple[Field, ...]:
    return tuple(f for f in layout.form.fields() if f.required and not f.reviewer)


@lru_cache(maxsize=64)
def _choice_fields(layout: Layout) -> tuple[Field, ...]:
    return tuple(f for f in layout.form.fields() if kind_of(f).is_listed and not f.free)


def _at(submission: Submission, field: Field, code: Code, **facts: object) -> Finding:
    sheet, cell = submission.where(field.path)
    return finding(code, path=field.path, sheet=sheet, cell=cell, label=field.label, **facts)
