"""Figures of a summary → 部门汇总: a line for each department, with its forms below it. Pure.

Departments add up the lines of their forms on the data sheet `units`; the line of a form shows what
stands there, cell by cell: twenty thousand sums over twenty thousand lines would never be done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ptxl.cells import quoted
from ptxl.merge.figures import Tally
from ptxl.merge.rows import County
from ptxl.summary.blocks import longest_word
from ptxl.summary.groups import (
    COUNTED,
    EXCEPTED,
    INDICATORS,
    NO_SHARE,
    PROGRESS,
    PROJECTS,
    UNITS,
    WARNINGS,
    Figure,
    FigureCells,
    Group,
    amount_width,
    everything,
    share_cell,
    unread_in,
)
from ptxl.summary.overview import KEY as OVERVIEW
from ptxl.summary.overview import heading_of
from ptxl.summary.places import Places
from ptxl.summary.sheets import Line, Look, PrintCell, PrintRow, PrintSheet, bare
from ptxl.words import Speaker

KEY = "by_department"
#: with more forms than that, only departments have a line
MOST_FORMS = 2_000
_NUMBER, _COUNT, _SMALL, _SHARE = 5.0, 6.5, 5.8, 7.5
#: of names: as wide as A4 has room for, within these; what it has across in all, and beside each
#: column, in characters
_LEAST_NAME, _NAME, _PAGE, _BESIDE = 24.0, 29.0, 162.0, 0.72
_LEAST_MONEY = 11.0
#: what the share of indicators that can be measured is made of
_OF_SHARE = ("quantified", "indicators")
#: what stands before the name of a department of a county
_INDENT = "　"
#: rows that are printed on each page: title, remark, headings
_HEAD = 3
#: columns at the right of the remark, for the link back
_BACK = 2


def by_department(
    tally: Tally,
    counties: Sequence[County],
    places: Places,
    speaker: Speaker,
    forms: Iterable[Line],
    title: str = "",
) -> PrintSheet:
    """Lay out the departments of a summary, or counties with their departments.

    `forms` are the lines of the data sheet `units`, in order; none of them is looked at where there
    are more than `MOST_FORMS`.
    """
    sheet = places.sheet(UNITS)
    shown = list(forms) if sheet.lines <= MOST_FORMS else []
    heading = heading_of(KEY, title, counties, speaker)
    return _ByDepartment(tally, places, speaker, shown).sheet(heading)


@dataclass(frozen=True, slots=True)
class _Column:
    """One column with figures; `figure` is None for the share of indicators with a number."""

    heading: str
    width: float
    figure: Figure | None = None


class _ByDepartment:
    """Makes the rows, group by group."""

    def __init__(
        self, tally: Tally, places: Places, speaker: Speaker, forms: Sequence[Line]
    ) -> None:
        self._places, self._speaker = places, speaker
        self._whole = everything(tally, speaker)
        self._cells = FigureCells(places, speaker)
        self._progress = PROGRESS if tally.total.count("due") else (COUNTED,)
        self._columns = tuple(self._figure_columns())
        self._forms: dict[object, list[tuple[int, Line]]] = {}
        for number, line in enumerate(forms):
            self._forms.setdefault(bare(line["department_number"]), []).append((number, line))
        self._lines_of_units = Counter(map(_unit, forms))
        self._columns_of_units = {column.key for column in places.sheet(UNITS).columns}

    def sheet(self, heading: str) -> PrintSheet:
        """Put the rows one below the other: all together first."""
        rows = [*self._head(heading), self._group_row(self._whole, 0)]
        for group in self._whole.parts:
            rows += self._rows_of(group, 0)
        return PrintSheet(
            key=KEY,
            name=self._speaker.say(f"summary.sheets.{KEY}"),
            widths=self._widths(),
            rows=rows,
            landscape=True,
            head=_HEAD,
            description=self._speaker.say(f"summary.about_sheets.{KEY}"),
        )

    def _widths(self) -> tuple[float, ...]:
        """The widths of all columns: names have what figures leave of a page."""
        figures = [column.width for column in self._columns]
        left = _PAGE - _NUMBER - sum(figures) - _BESIDE * (len(figures) + 2)
        return (_NUMBER, max(_LEAST_NAME, min(_NAME, left)), *figures)

    def _figure_columns(self) -> Iterator[_Column]:
        headings = map(self._cells.heading, (*self._progress, WARNINGS, EXCEPTED))
        small = longest_word(headings, _SMALL)
        widths = dict.fromkeys(self._progress, small)
        widths |= {
            one: longest_word([self._cells.printed(one)], _COUNT) for one in (PROJECTS, INDICATORS)
        }
        figures = (*self._progress, PROJECTS, *self._cells.amounts, *self._cells.budget, INDICATORS)
        for figure in figures:
            width = self._money_width(figure) if figure.money else widths.get(figure, _COUNT)
            yield _Column(self._cells.printed(figure), width, figure)
        yield _Column(self._speaker.say("summary.figures.share"), _SHARE)
        for figure in (WARNINGS, EXCEPTED):
            yield _Column(self._cells.heading(figure), small, figure)

    def _money_width(self, figure: Figure) -> float:
        """The width in which the total can be read, which no other amount is longer than."""
        return max(_LEAST_MONEY, amount_width(figure.value(self._whole.figures)))

    # -- above the table

    def _head(self, heading: str) -> Iterator[PrintRow]:
        across = len(self._columns) + 2
        yield PrintRow(cells=(PrintCell(value=heading, look="title", across=across),))
        overview = self._speaker.say(f"summary.sheets.{OVERVIEW}")
        back = PrintCell(
            value=self._speaker.say("summary.book.back"),
            look="link", across=_BACK, link=f"{quoted(overview)}!A1",
        )  # fmt: skip
        remark = PrintCell(value=self._remark(), look="note", across=across - _BACK)
        yield PrintRow(cells=(remark, back))
        heads = (
            self._speaker.say("summary.columns.number"),
            self._speaker.say(f"summary.by_department.{'forms' if self._forms else 'alone'}"),
            *(column.heading for column in self._columns),
        )
        yield PrintRow(cells=[PrintCell(value=head, look="head") for head in heads])

    def _remark(self) -> str:
        """In which unit amounts are, what totals leave out, and why forms are not listed."""
        say = self._speaker.say
        sentences = [say("summary.amounts")]
        if unread := unread_in(self._whole.figures):
            sentences.append(say("summary.by_department.unread", count=unread))
        forms = self._places.sheet(UNITS)
        if forms.lines > MOST_FORMS:
            sentences.append(
                say("summary.by_department.too_many", count=forms.lines, sheet=forms.name)
            )
        return self._speaker.word(tuple(sentences), "entries")

    # -- the table

    def _rows_of(self, group: Group, level: int) -> Iterator[PrintRow]:
        """Yield the row of a group, and below it those of its parts or forms."""
        yield self._group_row(group, level)
        for part in group.parts:
            yield from self._rows_of(part, level + 1)
        if not group.parts and group.numbers:
            for number, line in self._forms.get(group.numbers[0], ()):
                yield self._form_row(number, line, level + 1)

    def _group_row(self, group: Group, level: int) -> PrintRow:
        cells = (self._group_cell(column.figure, group) for column in self._columns)
        name = PrintCell(value=_INDENT * level + group.name, look="total_name", across=2)
        return PrintRow(cells=(name, *cells), level=level)

    def _group_cell(self, figure: Figure | None, group: Group) -> PrintCell:
        if figure is None:
            return self._cells.share(group, "total_percent")
        return self._cells.cell(figure, group, "total_money" if figure.money else "total")

    def _form_row(self, number: int, line: Line, level: int) -> PrintRow:
        """The row of a form: what its line on the data sheet holds, cell by cell."""
        cells = [
            self._same(number, line, "number", "count"),
            PrintCell(value=self._name(line)),
            replace(self._same(number, line, "state", "centre"), across=len(self._progress)),
        ]
        further = self._columns[len(self._progress) :]
        if isinstance(bare(line.get("projects")), int):
            cells += [self._form_cell(number, line, column.figure) for column in further]
        else:
            why = self._same(number, line, "projects", "centre")
            cells.append(replace(why, across=len(further)))
        return PrintRow(cells=cells, level=level)

    def _form_cell(self, number: int, line: Line, figure: Figure | None) -> PrintCell:
        if figure is None:
            return self._share(number, line)
        return self._same(number, line, figure.column, "money" if figure.money else "count")

    def _same(self, number: int, line: Line, key: str, look: Look) -> PrintCell:
        """A cell that shows what a cell of the data sheet holds."""
        if key not in self._columns_of_units:
            return PrintCell(look=look)
        value = bare(line.get(key))
        if not isinstance(value, int | Decimal):
            value = self._word(value)
        formula = f"={self._places.cell(UNITS, key, number)}"
        return PrintCell(value=value, formula=formula, look=look)

    def _share(self, number: int, line: Line) -> PrintCell:
        """The cell of how many indicators of a form can be measured."""
        part, whole = (self._same(number, line, key, "count") for key in _OF_SHARE)
        if not (part.formula and isinstance(part.value, int) and isinstance(whole.value, int)):
            return replace(whole, value=NO_SHARE, formula="", look="percent")
        return share_cell(part.value, whole.value, part.formula[1:], whole.formula[1:])

    def _word(self, value: object) -> str:
        return self._speaker.word(value) if value else self._speaker.say("summary.book.not_asked")

    def _name(self, line: Line) -> str:
        """Code and name of a unit, and which form it is where the unit has several."""
        code = "one_of_forms" if self._lines_of_units[_unit(line)] > 1 else "form"
        facts = {key: self._word(bare(line.get(key))) for key in ("unit_code", "unit_name", "form")}
        return self._speaker.say(f"summary.by_department.{code}", **facts)


def _unit(line: Line) -> tuple[object, object]:
    """Whose form a line is."""
    return bare(line["department_number"]), bare(line["unit_code"])
