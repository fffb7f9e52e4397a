"""What was approved in one stage → what the forms of the next one print of it, locked.

A row has one id in all stages. It is made once, of what was approved (the unit, the project, what
an indicator is called), and from then on travels with the forms: no later stage looks at a name or
a number of a row to tell which is which.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, count, takewhile
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Any

from ptxl.documents.document import dump
from ptxl.merge.rows import Asked, UnitSummary
from ptxl.merge.stages import as_approved, ids_of, text_of, values_of
from ptxl.merge.views import View
from ptxl.model.errors import InputError
from ptxl.model.form import FORM_FACTS, Field, Unit
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.renew.fill import issued_form
from ptxl.summary.county_json import read_summary
from ptxl.summary.unit_json import Forms, unit_json
from ptxl.template import Template, Templates
from ptxl.values.kinds import TICKS, kind_of
from ptxl.values.money import convert, money_unit
from ptxl.values.ticks import BETWEEN
from ptxl.write.stencil import Stencil

#: below which the form that was approved tells of itself
_FORM = Path("form")
_HASH_DIGITS = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Approved:
    """What was approved of one unit: values and ids by path, rows numbered without gaps."""

    unit: Unit
    values: Mapping[Path, object]
    asked: Mapping[Path, Asked]
    #: the ids of rows, in their order
    ids: Mapping[Path, str]
    #: what its form calls otherwise, below the row or repeat, by the name in the next stage
    called: Mapping[str, str] = field(default_factory=dict)

    def value(self, path: Path) -> object:
        """What was approved under a path of the next stage; of a list of texts a line each."""
        there = self.path_of(path)
        if there in self.values:
            return self.values[there]
        listed = takewhile(bool, (self.values.get(there / number) for number in count()))
        return "\n".join(map(text_of, listed))

    def path_of(self, path: Path) -> Path:
        """Where the form has what the next stage prints under a path."""
        called = Path(self.called.get(path.below(path.row), ""))
        if not called or called.is_under(_FORM):
            return called or path
        return path.row / called

    def counts(self, table: Path) -> tuple[int, ...]:
        """How many rows a table has, in each of the repeats in which it stands."""
        counts = Counter(row.parent for row in self.ids if row.parent.pattern == table)
        around = [row / table.below(table.row) for row in self.ids if row.pattern == table.row]
        return tuple(counts[one] for one in around or [table])


@dataclass(frozen=True, slots=True)
class Printed:
    """What a form prints of an earlier stage: texts by its own paths, and the ids of its rows."""

    texts: Mapping[str, str]
    ids: Mapping[Path, str]


def approved_in(paths: Iterable[FilePath], template: Template) -> dict[str, Approved]:
    """What was approved in the stage that a template follows, by code of the unit, from the JSON of
    summaries.

    Of several forms of a unit that counts of which the template is named last in what it follows,
    wherever it stands: an adjustment before what it adjusts. Of several of one template that of the
    last summary counts. Raises InputError where the template follows none, or no summary has a form
    of that stage; InputError or AnswersError for other files.
    """
    earlier = template.follows
    if not earlier:
        raise InputError("follows_none", template=template.id)
    paths = tuple(paths)
    found, others = {}, set()
    units = chain.from_iterable(read_summary(path).units() for path in paths)
    for unit in sorted(units, key=_order(earlier)):
        if unit.form.template in earlier:
            found[unit.form.code] = approved_of(unit, earlier[unit.form.template])
        else:
            others.add(unit.form.template)
    if not found:
        facts = {"wanted": tuple(earlier), "found": tuple(sorted(others)), "template": template.id}
        raise InputError("nothing_to_follow", path=paths[0], **facts)
    return found


def _order(earlier: Collection[str]) -> Callable[[UnitSummary], int]:
    """Of several forms of a unit that of the template counts which is named last."""
    places = {name: place for place, name in enumerate(earlier)}
    return lambda unit: places.get(unit.form.template, -1)


def approved_of(unit: UnitSummary, called: Mapping[str, str] = MappingProxyType({})) -> Approved:
    """What was approved of one unit: the answers of its form in a summary, which may have been
    `called` otherwise there."""
    form, content = unit.form, content_of(unit)
    unit, serial = as_approved(unit), form.serial
    values = values_of(unit)
    approved = f"{form.title}　{serial}　{content}"
    names = (form.name, form.department or form.name)
    facts = (form.template, form.edition, form.title, serial, content, approved, *names)
    values |= {_FORM / name: text for name, text in zip(FORM_FACTS, facts, strict=True)}
    own = Unit(code=form.code, name=form.name, department=form.department)
    return Approved(unit=own, values=values, asked=unit.asked, ids=ids_of(unit), called=called)


def content_of(unit: UnitSummary) -> str:
    """A hash of all that was answered in a form: another one for each edition of the answers."""
    answers = dump(unit_json(View(unit), Forms())["answers"], indent=None)
    return hashlib.sha256(answers.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_DIGITS]


def parameters_of(template: Template, approved: Approved) -> dict[str, object]:
    """The parameters of a form that say how much it prints of the earlier stage."""
    found: dict[str, object] = {}
    for name, one in template.parameters.items():
        if one.earlier:
            counts = approved.counts(Path(one.earlier))
            found[name] = {"flag": True, "counts": counts}.get(one.kind, max(counts, default=0))
    return found


def printed_of(layout: Layout, approved: Approved) -> Printed:
    """What a form prints of what was approved.

    What tells of the approved form as a whole stands in those rows and repeats that print one of
    it, not in the open ones behind them.
    """
    of_form: list[Field] = []
    printed: list[Field] = []
    ids: dict[Path, str] = {}
    for one in layout.fields.values():
        if one.earlier.is_under(_FORM):
            of_form.append(one)
        elif one.earlier:
            printed.append(one)
            pairs = zip(one.path.rows, one.earlier.rows, strict=False)
            ids |= {own: approved.ids[row] for own, row in pairs if row in approved.ids}
    rows = frozenset(layout.form.carried_rows())
    printed += [one for one in of_form if rows.intersection(one.path.rows) <= ids.keys()]
    texts = {one.path: _as_asked(one, approved) for one in printed}
    return Printed({path: text for path, text in texts.items() if text}, ids)


class Following:
    """Writes the forms of the stage that follows: those that print as many rows from one stencil.

    Raises TemplateError where the parameters, or so many rows, make no form.
    """

    def __init__(
        self, template: Template, parameters: Mapping[str, object], templates: Templates,
        **issued: Any,
    ) -> None:  # fmt: skip
        self._template, self._parameters = template, parameters
        self._templates, self._issued = templates, issued
        self._stencils: dict[str, Stencil] = {}

    def form(self, unit: Unit, approved: Approved) -> bytes:
        """The form of a unit, as xlsx, with what was approved of it."""
        stencil = self._stencil({**parameters_of(self._template, approved), **self._parameters})
        printed = printed_of(stencil.layout, approved)
        return issued_form(stencil, unit, printed.texts, self._templates, printed.ids)

    def _stencil(self, parameters: Mapping[str, object]) -> Stencil:
        key = repr(sorted(parameters.items()))
        if key not in self._stencils:
            self._stencils[key] = Stencil(self._template.layout(parameters), **self._issued)
        return self._stencils[key]


def _as_asked(prints: Field, approved: Approved) -> str:
    """The text of what a field prints, an amount in its unit of money."""
    value = approved.value(prints.earlier)
    if prints.tick:
        return TICKS[0] if prints.tick in text_of(value).split(BETWEEN) else ""
    asked = approved.asked.get(approved.path_of(prints.earlier).pattern)
    unit, wanted = asked and asked.money, money_unit(prints.unit)
    if isinstance(value, Decimal) and unit and wanted:
        value = convert(value, unit, wanted)
    text = text_of(value)
    kind = kind_of(prints)
    # A percentage is a text in its cell, and a bare number there may be a ratio.
    if text and kind.is_text and kind.type == "number":
        return f"{text}%"
    return text
