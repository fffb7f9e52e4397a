"""The roster of a round → its units, with the forms that each fills in and whom to ask there.

One row is one unit, or one form of a unit that fills in several. What a cell says is taken as it is
meant or is a fault: the name of a form is known in full, or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ptxl.merge.rows import DueForm
from ptxl.model.errors import Fault, RosterError, TemplateError
from ptxl.model.form import RoundUnit, Unit
from ptxl.read.table_files import Headings, TableFile
from ptxl.roster.units import (
    HEADINGS,
    checked_units,
    fault_of,
    read_roster,
    read_rows,
    stripped,
    unit_faults,
    unit_of,
    zero_faults,
)
from ptxl.template import Template
from ptxl.template.faults import ProblemError, did_you_mean
from ptxl.template.parameters import Parameter
from ptxl.text import squeeze

_KINDS = (
    "kinds", "kind", "forms", "form", "templates", "template",
    "表单", "表种", "模板", "表样", "填报表种", "填报表单",
)  # fmt: skip
#: the headings of columns that may stand there several times, as 电话 and 手机 do
_CONTACTS: Mapping[str, tuple[str, ...]] = {
    "contact": ("contact", "联系人", "填报联系人", "联系人姓名"),
    "telephone": (
        "telephone", "phone", "联系电话", "电话", "办公电话", "手机", "手机号", "手机号码",
        "联系方式",
    ),
    "email": ("email", "e-mail", "邮箱", "电子邮箱", "电子邮件", "邮箱地址"),
}  # fmt: skip
#: what stands over other columns of a roster than that of the code
OTHER_HEADINGS = (
    *HEADINGS.words["name"], *HEADINGS.words["department"], *_KINDS,
    *(word for words in _CONTACTS.values() for word in words),
)  # fmt: skip
_BETWEEN_KINDS = re.compile(r"[、，,;；/\n]+")
#: what a title says of a year, which the roster may leave out
_YEAR = re.compile(r"[（(]?(\d{4})?年度?[)）]?")
_BETWEEN = "、"
#: what stands in a cell that gives no value to a parameter
_BLANK = ("", "-", "—", "——", "/", "无")


def roster_headings(language: str) -> tuple[str, ...]:
    """The headings of a roster: code, name, department, contact, telephone, email, kinds."""
    known = (*HEADINGS.words.values(), *_CONTACTS.values(), _KINDS)
    first = (next(word for word in words if not word.isascii()) for words in known)
    if language == "zh":
        return tuple(first)
    return tuple(words[0] for words in known)


def read_round_roster(path: Path, templates: Mapping[str, Template]) -> tuple[RoundUnit, ...]:
    """Read the units of the roster of a round (xlsx, xls, ods, CSV or tabs), in its order.

    `templates` are those of the round by id. Beside code, name and department it may have columns
    for the kinds of form (id, title, short name; several with 、 between; without such a column
    each unit fills in every form), for contact, telephone and email, and for each parameter, under
    its name or label. A unit in several rows, each with other kinds, is one. Raises RosterError
    with every fault, each with its line and column.
    """
    columns = _Columns(templates)
    table = read_rows(path, columns.headings)
    reader = _Reader(table, columns)
    units = reader.units()
    if not units:
        reader.faults.append(Fault(place=table.place, code="roster.no_unit"))
    for template in templates.values():
        own = [one.unit for one in units if template.id in one.forms]
        reader.faults += _undecided(own, template, table)
    if reader.faults:
        raise RosterError(reader.faults)
    return units


@dataclass(frozen=True, slots=True)
class UnitsOfForm:
    """The units of a roster that fill in one form, and how many others it names."""

    units: tuple[Unit, ...]
    others: int = 0


def read_units_of_form(path: Path, template: Template) -> UnitsOfForm:
    """Read the units of a roster that fill in the form of a template.

    They are all, where the roster has no column for kinds of form. Kinds that are not this one are
    not looked at: nobody says here which others there are. Raises RosterError with every fault.
    """
    headings = Headings({**HEADINGS.words, "kinds": _KINDS}, HEADINGS.needed, of_lines=("kinds",))
    table = read_rows(path, headings)
    if "kinds" not in table.headings:
        return UnitsOfForm(_decided(read_roster(path), template, table))
    columns = _Columns({template.id: template})
    chosen = [
        (line, unit_of(cells)) for line, cells in table.rows if columns.names_any(cells["kinds"])
    ]
    codes = {cells["code"] for _, cells in table.rows}
    if not chosen:
        facts = {"kind": columns.known[0], "ids": (template.id,)}
        raise RosterError([fault_of(table, 0, "kinds", "no_unit_of_kind", facts)])
    units = checked_units([unit for _, unit in chosen], table, [line for line, _ in chosen])
    others = len(codes - {unit.code for unit in units})
    return UnitsOfForm(_decided(units, template, table), others)


def _decided(units: tuple[Unit, ...], template: Template, table: TableFile) -> tuple[Unit, ...]:
    """The units, if the roster says what they are asked. Raises RosterError."""
    faults = list(_undecided(units, template, table))
    if faults:
        raise RosterError(faults)
    return units


def _undecided(units: Sequence[Unit], template: Template, table: TableFile) -> Iterator[Fault]:
    """Say which columns that decide what units are asked say nothing of any."""
    for column in sorted(template.deciding):
        if units and not any(unit.texts().get(column) for unit in units):
            facts = {"column": column, "form": template.short or template.id}
            yield Fault(place=table.place, code="roster.undecided", facts=facts)


def due_from(units: Iterable[Unit]) -> tuple[DueForm, ...]:
    """What is due from the units of a roster as long as nothing came, with whom to ask there.

    Which form it is, the roster says in words: nobody tells here which others there are.
    """
    return tuple(
        DueForm(
            place=place, code=unit.code, name=unit.name, department=unit.department, template="",
            title=_together(unit.more, _KINDS), state="missing",
            contact=_together(unit.more, _CONTACTS["contact"]),
            telephone=_together(unit.more, _CONTACTS["telephone"]),
        )
        for place, unit in enumerate(units, 1)
    )  # fmt: skip


class _Columns:
    """The columns that the roster of a round may have, and what the words in them mean."""

    def __init__(self, templates: Mapping[str, Template]) -> None:
        self.templates = templates
        #: what to call the forms of the round
        self.known = tuple(each.short or each.id for each in templates.values())
        self._names = {name: _names_of(each) for name, each in templates.items()}
        self._printed = frozenset().union(*(each.columns for each in templates.values()))
        fixed = {**HEADINGS.words, "kinds": _KINDS}
        contacts = {word: (word,) for words in _CONTACTS.values() for word in words}
        self._taken = {word for words in (*fixed.values(), contacts) for word in words}
        own = {
            word: (squeeze(word).casefold(),)
            for template in templates.values()
            for parameter in _settable(template)
            for word in self.of(parameter)
        }
        words = {**fixed, **contacts, **own}
        self.headings = Headings(words, HEADINGS.needed, of_lines=("kinds",))

    def of(self, parameter: Parameter) -> list[str]:
        """The headings of a parameter: its label and name, where they mean nothing else."""
        words = filter(None, (parameter.label, parameter.name))
        return [word for word in words if squeeze(word).casefold() not in self._taken]

    def unit(self, cells: Mapping[str, str]) -> Unit:
        """The unit of a row, with what forms print of it."""
        code, name, department = (cells.get(key, "") for key in HEADINGS.words)
        more = {
            column: _cell(cells, column) for column in sorted(self._printed - {*HEADINGS.words})
        }
        more = {column: text for column, text in more.items() if text}
        return stripped(Unit(code=code, name=name, department=department, more=more))

    def kinds(self, text: str) -> Iterator[str]:
        """What stands in a cell for kinds, one after the other."""
        if self.named(text):
            yield text
            return
        yield from filter(None, (part.strip() for part in _BETWEEN_KINDS.split(text)))

    def names_any(self, text: str) -> bool:
        """Whether a cell for kinds names one of the templates."""
        return any(map(self.named, self.kinds(text)))

    def named(self, kind: str) -> list[str]:
        """The ids of the templates that a word for a kind may mean."""
        wanted = _plain(kind)
        return [name for name, words in self._names.items() if wanted in words]


def _settable(template: Template) -> Iterator[Parameter]:
    """The parameters that may differ by unit."""
    return (each for each in template.parameters.values() if not each.shared)


def _cell(cells: Mapping[str, str], column: str) -> str:
    """The text in a column that a form prints, whichever of its headings the table has."""
    for words in _CONTACTS.values():
        if column in words:
            return _together(cells, words)
    return cells.get(column, "")


def _together(cells: Mapping[str, str], columns: Iterable[str]) -> str:
    return _joined(cells.get(column, "").strip() for column in columns)


def _joined(texts: Iterable[str]) -> str:
    return _BETWEEN.join(dict.fromkeys(filter(None, texts)))


# -- what a kind is called


def _names_of(template: Template) -> frozenset[str]:
    """Everything that the form of a template may be called, with the year left out."""
    about = re.split("[（(：:]", template.about)[0]
    names = (template.id, template.short, about, _title_of(template))
    return frozenset(filter(None, map(_plain, names)))


def _title_of(template: Template) -> str:
    try:
        return template.form().title
    except TemplateError:  # a parameter without a default: the title waits for it
        return ""


def _plain(text: str) -> str:
    return _YEAR.sub("", squeeze(text)).casefold()


# -- rows


@dataclass(frozen=True, slots=True)
class _Row:
    """What one row says of a unit: its forms, and whom to ask there."""

    line: int
    unit: Unit
    forms: Mapping[str, Mapping[str, object]]
    contacts: Mapping[str, str]

    def with_forms_of(self, other: _Row) -> _Row:
        """The same unit with the forms of a further row."""
        both = {name: _joined((text, other.contacts[name])) for name, text in self.contacts.items()}
        return replace(self, forms={**self.forms, **other.forms}, contacts=both)

    @property
    def found(self) -> RoundUnit:
        """The unit as it takes part in the round."""
        return RoundUnit(unit=self.unit, forms=self.forms, line=self.line, **self.contacts)


class _Reader:
    """Reads rows, and collects what is wrong in them."""

    def __init__(self, table: TableFile, columns: _Columns) -> None:
        self.faults: list[Fault] = []
        self._table = table
        self._columns = columns

    def units(self) -> tuple[RoundUnit, ...]:
        """The units, in the order in which they are first named."""
        found: dict[str, _Row] = {}
        for line, cells in self._table.rows:
            row = self._row(line, cells)
            first = found.get(row.unit.code)
            if first is None or not row.unit.code:
                found[row.unit.code] = row
            elif self._is_further_form(first, row):
                found[row.unit.code] = first.with_forms_of(row)
        lines = {code: row.line for code, row in found.items()}
        self.faults += zero_faults(self._table, lines)
        return tuple(row.found for row in found.values())

    def _row(self, line: int, cells: Mapping[str, str]) -> _Row:
        unit = self._columns.unit(cells)
        self.faults += unit_faults(self._table, line, unit)
        forms = {
            name: dict(self._parameters(line, cells, self._columns.templates[name]))
            for name in dict.fromkeys(self._kinds(line, cells))
        }
        contacts = {name: _together(cells, words) for name, words in _CONTACTS.items()}
        return _Row(line, unit, forms, contacts)

    def _kinds(self, line: int, cells: Mapping[str, str]) -> Iterator[str]:
        """The ids of the templates that a row names."""
        if "kinds" not in self._table.headings:
            yield from self._columns.templates
            return
        kinds = list(self._columns.kinds(cells["kinds"]))
        if not kinds:
            self._fault(line, "kinds", "kind_blank", known=self._columns.known)
        for kind in kinds:
            named = self._columns.named(kind)
            if len(named) == 1:
                yield named[0]
            elif named:
                self._fault(line, "kinds", "kind_unclear", kind=kind, known=tuple(named))
            else:
                known = self._columns.known
                hint = did_you_mean(kind, known)
                self._fault(line, "kinds", "no_kind", kind=kind, known=known, hint=hint)

    def _parameters(
        self, line: int, cells: Mapping[str, str], template: Template
    ) -> Iterator[tuple[str, object]]:
        """The parameters that a row gives to the form of a template."""
        for parameter in _settable(template):
            for column in self._columns.of(parameter):
                text = cells.get(column, "").strip()
                if text not in _BLANK:
                    try:
                        yield parameter.name, parameter.parse(text)
                    except ProblemError as error:
                        self._fault(line, column, "value_unfit", problem=error.problem)

    def _is_further_form(self, first: _Row, row: _Row) -> bool:
        """Whether a row names other forms of a unit that was named before."""
        facts = {"code": row.unit.code, "line": first.line}
        if row.unit != first.unit:
            self._fault(row.line, "code", "twice_otherwise", **facts)
        elif set(row.forms) & set(first.forms):
            self._fault(row.line, "code", "twice", **facts)
        else:
            return True
        return False

    def _fault(self, line: int, column: str, code: str, /, **facts: object) -> None:
        fault = fault_of(self._table, line, column, code, facts)
        if fault not in self.faults:  # two forms of a unit may take the same parameter
            self.faults.append(fault)
