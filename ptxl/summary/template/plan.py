"""A summary template, and the data sheets that there are → those that are written, in order. Pure.

A data sheet with a condition is one sheet more, whose lines are some of those of another. Formulas
go over the sheets that they need, whichever of these the template names.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from ptxl.rules import Facts, Name, Names, compile_python, parse_rule, walk
from ptxl.summary.lines import NOT_APPLICABLE, NOT_ASKED, UNANSWERED, UNREAD
from ptxl.summary.places import sheet_names
from ptxl.summary.sheets import Column, DataSheet, Line, PrintSheet
from ptxl.summary.template.names import kinds_of
from ptxl.summary.template.official import OfficialTable
from ptxl.summary.template.specs import (
    OTHERS,
    VIEWS,
    DataSpec,
    OfficialSpec,
    SheetSpec,
    SummaryColumnSpec,
    SummarySpec,
    ViewSpec,
)
from ptxl.summary.template.subject import plain
from ptxl.template.decode import One
from ptxl.template.leaves import Scope, Written
from ptxl.words import Speaker

_NUMBERS = frozenset(("integer", "money", "number", "percent"))
#: the data sheets that the overview and the departments are counted over
_COUNTED_OVER = ("units", "projects", "structure", "left_out", "departments")
#: what formulas may go over, and how forms stand, which they ask too
_ADDED = frozenset(("count", "money"))
#: columns of words by which lines are counted
_COUNTED_BY = frozenset(("state", "late", "change", "check"))


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines of the data sheet `data` stand on the one called `id` as well."""

    id: str
    data: str
    holds: Callable[[Line], bool]


class SummaryPlan:
    """What one summary has, as its template says: sheets, columns, filters, official tables.

    `standard` are all data sheets that there are, with all their columns, in the usual order.
    """

    def __init__(
        self, spec: SummarySpec, built_in: SummarySpec, standard: Iterable[DataSheet],
        scope: Scope, speaker: Speaker,
    ) -> None:  # fmt: skip
        self._scope, self._speaker = scope, speaker
        known = {sheet.key: sheet for sheet in standard}
        self._specs = list(_with_others(spec.sheets, built_in.sheets, known))
        own = [
            one for one in self._specs if isinstance(one, DataSpec) and one.data.written in known
        ]
        chosen = {id_of(one): self._chosen(one, known[one.data.written]) for one in own}
        written = known | chosen
        self._names = self._sheet_names(written)
        #: all data sheets by key, as they are written
        self.data: Mapping[str, DataSheet] = {
            key: replace(sheet, name=self._names[key]) for key, sheet in written.items()
        }
        self.filters = tuple(
            Filter(id_of(one), one.data.written, _condition(one, known[one.data.written]))
            for one in own
            if id_of(one) != one.data.written
        )
        #: official tables by key
        self.official = dict(self._official())

    def _sheet_names(self, data: Mapping[str, DataSheet]) -> dict[str, str]:
        """What every sheet is called, by key; what the template itself names goes first."""
        say = self._speaker.say
        given = {key: say(f"summary.sheets.{key}") for key in VIEWS}
        for number, one in enumerate(self._specs):
            if not isinstance(one, ViewSpec) and one.name.given:
                key = _key(number, one)
                given[key] = data[key].name if key in data else one.name.of(self._scope)
        tables_last = sorted((key for key in data if key not in given), key=lambda key: "[]" in key)
        others = {key: data[key].name for key in tables_last}
        return sheet_names(given, others, say("summary.sheets.table"))

    def named(self, sheet: PrintSheet) -> PrintSheet:
        """An official table with a name that no other sheet has."""
        return replace(sheet, name=self._names[sheet.key])

    def _official(self) -> Iterator[tuple[str, OfficialTable]]:
        columns = {
            key: {column.key: column for column in sheet.columns}
            for key, sheet in self.data.items()
        }
        for number, one in enumerate(self._specs):
            if isinstance(one, OfficialSpec) and one.print.written in self.data:
                data = one.print.written
                table = OfficialTable(one, data, columns, self._scope, self._speaker)
                yield _key(number, one), table

    def order_of(self, made: Collection[str]) -> list[str]:
        """The keys of the sheets that were made, in the order of the workbook.

        The overview stands before all of them. What figures are taken from comes last where the
        template does not name it.
        """
        named = [_key(number, one) for number, one in enumerate(self._specs)]
        keys = [*named, *(key for key in _COUNTED_OVER if key not in named)]
        return [key for key in keys if key in made]

    # -- data sheets

    def _chosen(self, spec: DataSpec, sheet: DataSheet) -> DataSheet:
        """A data sheet as its spec wants it."""
        columns = tuple(self._columns(spec, sheet))
        name = spec.name.of(self._scope)
        heading = self._speaker.say(
            "summary.heading", title=self._scope.names["title"], sheet=name or sheet.name
        )
        return replace(
            sheet,
            key=id_of(spec),
            name=name or sheet.name,
            title=spec.title.of(self._scope) or heading,
            columns=sorted(columns, key=lambda column: not column.printed),
            fixed=spec.fixed.whole(self._scope, sheet.fixed),
        )

    def _columns(self, spec: DataSpec, sheet: DataSheet) -> Iterator[Column]:
        """Yield the columns that are named, then those that must be there all the same."""
        if not spec.columns:
            yield from sheet.columns
            return
        known = {column.key: column for column in sheet.columns}
        named = {column.value.written for column in spec.columns}
        left = [column for column in sheet.columns if column.key not in named]
        for one in spec.columns:
            if one.value.written == OTHERS:
                yield from (column for column in left if column.printed)
            elif one.value.written in known:
                yield self._column(one, known[one.value.written])
        for column in left:
            if not column.printed:
                yield column
            elif OTHERS not in named and (column.kind in _ADDED or column.key in _COUNTED_BY):
                yield replace(column, printed=False)

    def _column(self, spec: SummaryColumnSpec, column: Column) -> Column:
        scope = self._scope
        added = spec.total.of(scope) if spec.total.given else column.total
        return replace(
            column,
            heading=spec.heading.of(scope) or column.heading,
            width=spec.width.measure(scope, column.width),
            total=added and column.kind in _ADDED,
            printed=spec.printed.of(scope),
            repeated=spec.repeated.of(scope) if spec.repeated.given else column.repeated,
        )


# -- which sheets


def id_of(spec: SheetSpec) -> str:
    """What a sheet is called in its template: its id, or what it is of; "" if it is printed."""
    match spec:
        case DataSpec():
            return (spec.id if spec.id.given else spec.data).written
        case ViewSpec():
            return spec.view.written
    return ""


def _key(number: int, spec: SheetSpec) -> str:
    """The key of a sheet; official tables are told apart by their numbers among all sheets."""
    return f"official-{number}" if isinstance(spec, OfficialSpec) else id_of(spec)


def _with_others(
    specs: Iterable[SheetSpec], built_in: Iterable[SheetSpec], known: Iterable[str]
) -> Iterator[SheetSpec]:
    """Yield the sheets of a template; `others` stands for those that it names nowhere."""
    named = {id_of(one) for one in specs}
    usual = [one for one in built_in if id_of(one) not in named or id_of(one) == OTHERS]
    further = set(known) - named - {id_of(one) for one in usual}
    rest = [_data_spec(key) for key in known if key in further]
    for one in specs:
        if id_of(one) != OTHERS:
            yield one
            continue
        for other in usual:
            yield from rest if id_of(other) == OTHERS else (other,)


def _data_spec(key: str) -> DataSpec:
    absent = One(DataSpec).absent(Written().origin)
    return replace(absent, data=Written(raw=key))


# -- conditions


def _condition(spec: DataSpec, sheet: DataSheet) -> Callable[[Line], bool]:
    """Whether a line stands on a sheet with a condition: also where nobody can tell."""
    if not spec.where.given:
        return lambda line: True
    kinds = kinds_of(sheet)
    tree = parse_rule(spec.where.written, Names(fields=kinds))
    asked = {node.name for node in walk(tree) if isinstance(node, Name)}
    [holds] = compile_python([tree])

    def test(line: Line) -> bool:
        values = {name: plain(line.get(name)) for name in asked}
        if UNREAD in values.values():
            return True
        known = {name: _for_rule(value, kinds[name]) for name, value in values.items()}
        return bool(holds(Facts(known, {}, {}), "", ""))

    return test


def _for_rule(value: object, kind: str) -> object:
    """A value as rules know it: blank where there is none."""
    if value in (NOT_APPLICABLE, NOT_ASKED, UNANSWERED):
        return None
    if kind in _NUMBERS:
        return Decimal(value) if isinstance(value, int | Decimal) else None
    return value
