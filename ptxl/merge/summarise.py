"""CheckedSubmission → what it adds to a summary: every answer, and its findings in words. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from types import MappingProxyType

from ptxl.check.waivers import is_waived
from ptxl.merge.figures import amounts_of
from ptxl.merge.not_asked import not_asked
from ptxl.merge.rows import (
    NOTHING,
    TABLE,
    Answer,
    Asked,
    FormOf,
    LeftOut,
    Noted,
    ProjectMoney,
    UnitSummary,
)
from ptxl.merge.views import View
from ptxl.model.findings import SEVERITY_OF, Finding, by_weight, finding
from ptxl.model.form import ROW_ID, Field, Form, fill_text
from ptxl.model.layout import Layout
from ptxl.model.path import TOP, Path
from ptxl.model.submission import CheckedSubmission, Submission
from ptxl.text import plain
from ptxl.values.money import YUAN
from ptxl.values.target_value import PARTS, TargetValue, join_values, split_paths
from ptxl.values.ticks import BETWEEN, ticks_in
from ptxl.words import DEFAULT_LANGUAGE, Language, Phrase, Speaker

_TOTAL = Path("funds.total")


def judge(
    checked: CheckedSubmission, language: Language = DEFAULT_LANGUAGE
) -> UnitSummary | LeftOut:
    """Summarise a submission without errors, and leave out one with errors."""
    summary = summarise(checked, language)
    if not checked.errors:
        return summary
    why = put_in_words(finding("left_out", errors=checked.errors), language)
    return left_out(summary, (why, *summary.found))


def left_out(summary: UnitSummary, why: tuple[Noted, ...]) -> LeftOut:
    """Leave a submission out of the summary, and say how much stands in it."""
    projects = View(summary).projects()
    amounts = (amounts_of(summary, project.answers) for project in projects)
    amount = sum((one.get(_TOTAL, NOTHING) for one in amounts), NOTHING)
    return LeftOut(
        file=summary.file,
        found=why,
        form=summary.form,
        projects=len(projects),
        amount=amount,
        signed=summary.signed,
        county=summary.form.county,
        money=tuple(money_of(summary)),
        currency=summary.currency or YUAN,
    )


def money_of(summary: UnitSummary) -> Iterator[ProjectMoney]:
    """Yield the money of each project, with the cell of it and how many errors are in it."""
    errors = Counter(
        one.project for one in summary.found if one.severity == "error" and not one.excepted
    )
    for project in View(summary).projects():
        answer = project.answers.get(_TOTAL)
        amount = amounts_of(summary, {_TOTAL: answer} if answer else {}).get(_TOTAL, NOTHING)
        yield ProjectMoney(
            path=project.path, project=project.text("name"), errors=errors[project.path],
            amount=amount.value if amount.count else None, unread=bool(amount.unread),
            sheet=answer.sheet if answer else "", cell=answer.cell if answer else "",
        )  # fmt: skip


def printed_rows(checked: CheckedSubmission) -> dict[Path, Path]:
    """The rows of tables as the form prints them, by those among the answers."""
    numbers = _numbers(tuple(_answers(checked, _names(checked.submission.layout))))
    return {_numbered(row, numbers): row for row in numbers}


def summarise(checked: CheckedSubmission, language: Language = DEFAULT_LANGUAGE) -> UnitSummary:
    """Collect all that a summary wants to know of a submission, whatever was found in it."""
    submission, layout = checked.submission, checked.submission.layout
    identity, form = submission.identity, layout.form
    texts = identity.unit.texts()
    names = _names(layout)
    answers = tuple(_answers(checked, names))
    numbers = _numbers(answers)
    found = noted(checked.findings, checked, language)
    return UnitSummary(
        file=submission.source,
        form=FormOf(
            code=identity.unit.code,
            name=identity.unit.name,
            department=identity.unit.department,
            template=identity.template,
            edition=identity.edition,
            serial=identity.serial,
            title=fill_text(form.title, texts),
        ),
        asked=names.asked,
        answers=tuple(replace(one, path=_numbered(one.path, numbers)) for one in answers),
        given={_numbered(path, numbers): text for path, text in _given(checked, answers).items()},
        found=tuple(replace(one, project=_project_of(one, numbers)) for one in found),
        shared={
            name: (meaning, str(form.parameters[name])) for name, meaning in form.shared.items()
        },
        signed=bool(identity.signature),
        not_asked=frozenset(_numbered(path, numbers) for path in _blank(checked, names, answers)),
    )


def asked_by(layout: Layout) -> Mapping[Path, Asked]:
    """Return what a form asks, by name, in printed order."""
    return _names(layout).asked


def name_in(layout: Layout, path: Path) -> Path:
    """Return the name of what a form asks or prints under a path."""
    return _name(path, _names(layout).rows)


@dataclass(frozen=True, slots=True)
class _Names:
    """What a form asks, by name; the name of each field; and the cells of what has several."""

    asked: Mapping[Path, Asked]
    of: Mapping[str, Path]
    wholes: Mapping[str, Sequence[str]]
    #: the paths of rows of tables, and of repeats
    rows: Set[Path]


@lru_cache(maxsize=64)
def _names(layout: Layout) -> _Names:
    rows = {row for table in layout.form.tables for row in table.row_paths}
    split = split_paths(layout)
    ticked = {str(path): tuple(one.cells.values()) for path, one in ticks_in(layout).items()}
    wholes: dict[str, Sequence[str]] = {**split, **ticked}
    parts = {part: Path(whole) for whole, cells in wholes.items() for part in cells}
    of: dict[str, Path] = {}
    asked: dict[Path, Asked] = {
        _name(table.path / "[]", rows): Asked(label=table.label, kind=TABLE)
        for table in layout.form.tables
        if table.columns or table.repeats
    }
    for one in _in_sheet_order(layout):
        path = one.path
        whole = parts.get(path)
        name = _name(whole or one.path, rows)
        of[whole or path] = name
        kind = "choice" if one.tick else "target" if whole else one.kind
        asked.setdefault(name, Asked(label=one.label, kind=kind, unit=one.unit))
    return _Names(asked, of, wholes, rows)


def _in_sheet_order(layout: Layout) -> Iterator[Field]:
    """Yield the fields of a form, those of rows that a clerk added where these stand."""
    tables = {row.path: table for table in layout.form.tables for row in table.rows}
    shown: set[Path] = set()
    for field in layout.fields.values():
        table = next((tables[row] for row in field.path.rows if row in tables), None)
        if table is None:
            yield field
        elif table.path not in shown:
            shown.add(table.path)
            yield from chain(*(row.fields for row in table.rows))


def _name(path: Path, rows: Set[Path]) -> Path:
    """The path without the numbers of rows and repeats that are alike."""
    text = str(path)
    for row in reversed(path.rows):
        if row in rows:
            text = f"{row.parent}[]{text[len(row) :]}"
    return Path(text)


def _answers(checked: CheckedSubmission, names: _Names) -> Iterator[Answer]:
    """Every answer in printed order; what lies over several cells is one answer."""
    layout = checked.submission.layout
    joined: dict[str, object] = {**join_values(layout, checked.values)}
    for choice, ticked in ticks_in(layout).items():
        joined[choice] = BETWEEN.join(ticked.answer(checked.values)) or None
    submission = checked.submission
    where, unread = submission.where, submission.unread
    for path, name in names.of.items():
        cells = names.wholes.get(path, (path,))
        value = joined.get(path) if path in names.wholes else checked.values.get(path)
        answered = [cell for cell in cells if cell in checked.values]
        if value is None and unread.isdisjoint(cells) and not _is_odd(path, names, submission):
            continue
        sheet, cell = where(max(answered or cells, key=_is_amount))
        yield Answer(path=Path(path), name=name, value=_carried(value), sheet=sheet, cell=cell)


def _blank(checked: CheckedSubmission, names: _Names, answers: Iterable[Answer]) -> Iterator[Path]:
    """The answers that are blank since they are not asked, beside others in rows and repeats; and
    the tables of which nothing is."""
    unasked = not_asked(checked)
    if not unasked:
        return
    layout, answered = checked.submission.layout, {answer.path for answer in answers}
    used = {TOP, *(row for path in answered for row in path.rows)}
    tables = [table.path for table in layout.form.tables]
    inside = {table: [p for p in layout.fields if Path(p).is_under(table)] for table in tables}
    cells: dict[Path, Sequence[str]] = dict(inside)
    cells |= {Path(path): names.wholes.get(path, (path,)) for path in names.of}
    for path, own in cells.items():
        if path not in answered and path.row in used and own and unasked.issuperset(own):
            yield path


def _is_amount(cell: str) -> bool:
    """Whether a cell holds what people call the value, where it is split over several."""
    return Path(cell).name == PARTS[1]


def _numbers(answers: Iterable[Answer]) -> dict[Path, int]:
    """A new number for each row of a table, so that those without an answer leave no gap.

    Other lists keep their places: their numbers tell what is asked there.
    """
    numbers: dict[Path, int] = {}
    count: Counter[Path] = Counter()
    for answer in answers:
        for row in _rows_of_tables(answer):
            if row not in numbers:
                numbers[row] = count[row.parent]
                count[row.parent] += 1
    return numbers


def _project_of(one: Noted, numbers: Mapping[Path, int]) -> Path:
    """The project that a finding is about, by its path among the answers."""
    rows = Path(one.path).rows
    return _numbered(rows[0], numbers) if rows and rows[0].parent == "projects" else TOP


def _rows_of_tables(answer: Answer) -> Iterator[Path]:
    """The rows that an answer lies in: where its name has no number."""
    steps = zip(answer.path.rows, re.findall(r"\[[0-9]*\]", answer.name), strict=True)
    return (row for row, number in steps if number == "[]")


def _numbered(path: Path, numbers: Mapping[Path, int]) -> Path:
    """The path with the numbers of its rows replaced."""
    text = str(path)
    for row in reversed(path.rows):
        if row in numbers:
            text = f"{row.parent}[{numbers[row]}]{text[len(row) :]}"
    return Path(text)


def _is_odd(path: str, names: _Names, submission: Submission) -> bool:
    """Whether something stands where an amount is asked that is none, such as 约三十万."""
    entry = submission.entries.get(path)
    return entry is not None and bool(plain(entry.raw)) and names.asked[names.of[path]].summed


def _carried(value: object) -> str | Decimal | date | TargetValue | None:
    if value is None or isinstance(value, str | Decimal | date | TargetValue):
        return value
    return Decimal(value) if isinstance(value, int) else str(value)


def _given(checked: CheckedSubmission, answers: Iterable[Answer]) -> dict[Path, str]:
    """What the form prints where others answer: outside tables, and in rows with an answer; the
    ids of such rows."""
    form, unit = checked.submission.layout.form, checked.submission.identity.unit
    used = {row for answer in answers for row in answer.path.rows}
    given = {
        path: text
        for path, text in form.printed_answers(unit).items()
        if not path.row or path.row in used
    }
    for table in form.tables:
        for row in table.rows:
            if row.path in used:
                given |= {row.path / name: value for name, value in row.given.items()}
    ids = checked.submission.ids
    return given | {row / ROW_ID: text for row, text in ids.items() if row in used}


def noted(
    findings: Iterable[Finding], checked: CheckedSubmission, language: Language
) -> tuple[Noted, ...]:
    """Put findings in words, the gravest first."""
    titles = rule_titles(checked.submission.layout.form, language)
    return tuple(put_in_words(one, language, titles) for one in by_weight(findings))


def rule_titles(form: Form, language: Language) -> dict[str, str]:
    """The titles of a form's rules, by id."""
    english = language == "en"
    return {rule.id: rule.title_en if english and rule.title_en else rule.title
            for rule in form.rules}  # fmt: skip


def put_in_words(
    found: Finding, language: Language, titles: Mapping[str, str] = MappingProxyType({})
) -> Noted:
    """Put a finding in words; `titles` are those of rules, by id."""
    return _noted(found, titles, Speaker(language))


def _noted(found: Finding, titles: Mapping[str, str], speaker: Speaker) -> Noted:
    facts = found.sentence.facts if is_waived(found) else {}
    said = facts.get("finding", found.sentence)
    assert isinstance(said, Phrase)
    return Noted(
        code=found.code,
        severity=found.severity,
        title=titles.get(found.code) or _title(found.code, speaker),
        message=speaker.word(said),
        path=found.path,
        label=found.label,
        sheet=found.sheet,
        cell=found.cell,
        reason=speaker.word(facts.get("reason", "")),
        approver=speaker.word(facts.get("approver", "")),
        expiry=speaker.word(facts.get("expiry", "")),
    )


def _title(code: str, speaker: Speaker) -> str:
    return speaker.say(f"titles.{code}") if code in SEVERITY_OF else code
