"""What counts in a round → the summary workbook and JSON, in the order of the roster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from ptxl import api
from ptxl.inputs import AnyPath, Inputs
from ptxl.merge.rows import County, DueForm, FormOf, LeftOut, Noted, Sum
from ptxl.merge.summarise import put_in_words, rule_titles
from ptxl.model.errors import InputError
from ptxl.model.findings import Finding, by_weight
from ptxl.model.path import Path as FieldPath
from ptxl.outputs import file_name
from ptxl.receive.workers import Terms
from ptxl.rounds.board import Filed, Line, Standing
from ptxl.rounds.folder import Round
from ptxl.rounds.records import FormRecord
from ptxl.rounds.status import State, forms_of, parameters_of, state_of
from ptxl.values.money import YUAN
from ptxl.words import Speaker

#: files that are in no summary, and about which somebody has to do something
_LEFT_OUT = frozenset({
    Standing.TO_CORRECT, Standing.BLANK, Standing.OTHER_YEAR, Standing.FOREIGN, Standing.MISNAMED,
    Standing.REJECTED, Standing.UNREADABLE,
})  # fmt: skip

#: what is said of an amount that stands there and could not be read
_UNREAD = frozenset({
    "not_a_number", "money_unit_differs", "number_too_large", "error_value", "unread_answer",
    "formula_without_value", "readers_differ", "cell_unclear", "shown_otherwise", "partly_marked",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class MergedRound:
    """What was merged, and where it was written."""

    merged: api.Merged
    workbook: Path
    json: Path


def merge_round(
    where: Round, terms: Terms, now: datetime,
    *, progress: api.Progress = iter, waiting: Callable[[], None] = lambda: None,
    tables: AnyPath | None = None, comparisons: api.Comparisons | None = None,
) -> MergedRound:  # fmt: skip
    """Write the summary of every file that counts, compared with what was read for that.

    Its tables are written into a folder of their own.

    Raises InputError while nothing does, ArchiveError where an archived file was changed,
    BusyError while another program works in the round for long.
    """
    with where.reading(waiting) as ledger:
        state = state_of(where, ledger, terms, now)
    return merge_counted(
        where, state, terms, now, progress=progress, tables=tables, comparisons=comparisons
    )


def merge_counted(
    where: Round, state: State, terms: Terms, now: datetime,
    *, progress: api.Progress = iter, tables: AnyPath | None = None,
    comparisons: api.Comparisons | None = None,
) -> MergedRound:  # fmt: skip
    """Write the summary of what counts in a state of the round.

    Raises InputError where nothing does, ArchiveError where an archived file was changed.
    """
    counted = [one for _, one in state.board.counted]
    if not counted:
        raise InputError("nothing_counts", path=where.root)
    files = tuple((where.unchanged(one.received), one.name) for one in counted)
    say = Speaker(where.settings.language).say
    name = file_name(say("rounds.summary_file", title=where.settings.title))
    workbook, json = where.reports / f"{name}.xlsx", where.reports / f"{name}.json"
    own = where.settings.summary
    merged = api.merge(
        Inputs(files), workbook, json=json, tables=tables, title=where.settings.title,
        county=_County(where, state, terms).county(now),
        paths=_paths(where, state),
        language=where.settings.language, terms=terms, progress=progress, waivers=state.waivers,
        summary=where.root / own if own else None,
        comparisons=comparisons,
    )  # fmt: skip
    return MergedRound(merged, workbook, json)


class _County:
    """What the summary says of the county beside its forms: who was due, and what is not in it."""

    def __init__(self, where: Round, state: State, terms: Terms) -> None:
        self._settings, self._board = where.settings, state.board
        self._speaker = Speaker(where.settings.language)
        self._titles = dict(_rule_titles(where, terms))
        dues = (line.due for line in self._board.lines)
        self._currencies = {due.template: due.currency for due in dues}

    def county(self, now: datetime) -> County:
        settings = self._settings
        return County(
            title=settings.title,
            year=str(settings.year),
            made=now.date(),
            maker=settings.office,
            deadline=settings.deadline,
            dues=tuple(self._due(*one) for one in enumerate(self._board.lines, 1)),
            left_out=tuple(self._left_out(one) for one in self._board.files if _is_left_out(one)),
        )

    def _due(self, place: int, line: Line) -> DueForm:
        unit, shown = line.due.unit, line.shown
        return DueForm(
            place=place,
            code=unit.code,
            name=unit.name,
            department=unit.department,
            template=line.due.template,
            title=line.due.title,
            state=line.state.value,
            contact=line.due.contact,
            telephone=line.due.telephone,
            file=shown.name if shown else "",
            remark="\n".join(map(self._speaker.word, line.remarks)),
            late=line.late,
        )

    def _left_out(self, one: Filed) -> LeftOut:
        record = one.record
        language = self._settings.language
        findings = by_weight(record.findings) if record else []
        noted = (
            replace(put_in_words(found, language, self._titles), project=_project_of(found))
            for found in findings
        )
        return LeftOut(
            file=one.name,
            found=(self._why(one), *noted),
            form=self._form(one),
            projects=record.projects if record else 0,
            amount=_amount(record) if record and record.projects else Sum(),
            money=record.money if record else (),
            currency=(record and self._currencies.get(record.template)) or YUAN,
        )

    def _why(self, one: Filed) -> Noted:
        """Why a file does not count, in the words of the board."""
        state = self._speaker.word(one.state)
        remarks = "\n".join(map(self._speaker.word, one.remarks))
        return Noted(code=one.state.value, severity="error", title=state, message=remarks or state)

    def _form(self, one: Filed) -> FormOf | None:
        """Whose form it is: as the roster says where its unit is in it, else as the form does."""
        record = one.record
        for place, line in enumerate(self._board.lines, 1):
            unit = line.due.unit
            if unit.code == one.unit and (not record or record.template == line.due.template):
                return FormOf(
                    code=unit.code, name=unit.name, department=unit.department,
                    template=line.due.template, edition="", serial=record.serial if record else "",
                    title=line.due.title, place=place,
                )  # fmt: skip
        if record is None:
            return None
        unit = record.unit
        return FormOf(
            code=unit.code, name=unit.name, department=unit.department, template=record.template,
            edition=record.edition, serial=record.serial, title=record.title,
        )  # fmt: skip


def _paths(where: Round, state: State) -> dict[str, Path]:
    """Where files that do not count lie, by name; of several with one name nobody can tell."""
    left_out = [one for one in state.board.files if _is_left_out(one)]
    uses = Counter(one.name for one in left_out)
    return {
        one.name: where.archive.path(one.received.digest, one.received.suffix)
        for one in left_out
        if uses[one.name] == 1
    }


def _amount(record: FormRecord) -> Sum:
    """The money in a form's projects, and how many of its amounts could not be read."""
    total = record.totals.get("total")
    unread = {
        found.path for found in record.findings
        if found.code in _UNREAD and FieldPath(found.path).pattern == "projects[].funds.total"
    }  # fmt: skip
    return Sum(Decimal(total or 0), int(total is not None), len(unread))


def _project_of(found: Finding) -> str:
    """The path of the project that a finding is about; "" for none."""
    rows = FieldPath(found.path).rows
    if rows and rows[0].parent == "projects":
        return rows[0]
    return ""


def _is_left_out(one: Filed) -> bool:
    return one.state in _LEFT_OUT


def _rule_titles(where: Round, terms: Terms) -> Iterator[tuple[str, str]]:
    for template in forms_of(where, terms.templates).values():
        form = template.layout(parameters_of(where, template)).form
        yield from rule_titles(form, where.settings.language).items()
