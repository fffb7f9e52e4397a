"""Figures of a summary → 总览, the sheet that a bureau chief opens first. Pure.

Two pages: what the summary covers, its key figures, what differs from an earlier summary,
how the forms of each department stand, where the money is, what kinds of indicators there are, all
other amounts, and a link to every other sheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from ptxl.cells import cell_name, quoted, quoted_text
from ptxl.merge.compare_budget import BudgetKind
from ptxl.merge.compare_years import LARGE, ChangeKind
from ptxl.merge.figures import Figures, Tally
from ptxl.merge.rows import NOTHING, Asked, County
from ptxl.model.path import Path
from ptxl.summary.blocks import (
    LINE,
    Block,
    ChartedTable,
    Page,
    TableMaker,
    heading_row,
    longest_word,
    number_in,
    row_of,
    text_row,
)
from ptxl.summary.comparisons import BUDGET as BUDGET_SHEET
from ptxl.summary.comparisons import CHANGES, Comparisons
from ptxl.summary.groups import (
    ANY,
    COUNTED,
    EXCEPTED,
    INDICATORS,
    LATE,
    LEFT_OUT,
    PROGRESS,
    PROJECTS,
    UNITS,
    WARNINGS,
    Figure,
    FigureCells,
    amount,
    everything,
    share_cell,
    unread_in,
)
from ptxl.summary.keys import BUDGET_COLUMNS, key_of
from ptxl.summary.keys import PROJECTS as PROJECT_COLUMNS
from ptxl.summary.overview_tables import COUNTS_OF_KINDS, OverviewTables
from ptxl.summary.places import Places
from ptxl.summary.sheets import Column, Look, PrintCell, PrintRow, PrintSheet, Sheet
from ptxl.values.money import added
from ptxl.words import Phrase, Speaker, phrase

KEY = "overview"
#: names, and six columns of a table, which an amount takes two of; charts stand in the last three
_NAME, _LEAST, _GAP = 21.8, 5.4, 1.0
_SIX, _THREE = 6, 3
#: the first of three columns below a chart is one with the gap where key figures stand
_PARTS_OF_CHART = (0.28, 0.36, 0.36)
#: how much wider two columns are as one
_JOINED = 0.7
#: what tables and charts have together, and what charts need
_BOTH, _LEAST_CHART = 72.3, 22.0
#: how many columns each tile of a row takes, and each cell of the tables without a chart, where
#: there is no column for what came late: it widens one of the tiles, and the last cell of a row
_TILES = (1, 3, 3, 2, 1, 1)
_WIDENED_TILE = 3
_OF_COUNTED = (1, 2, 4, 4)
#: how many columns two names with their figures take that stand in one row
_PAIR = (3, 2, 4, 2)
_WIDENED_OF_PAIR = 2
#: how many pages there should be, and how many lines tables lose until there are no more
_MOST_PAGES = 2
_FEWER = (0, 2, 4, 6)
_TITLE, _LABEL, _FIGURE = 36.0, 16.0, 26.0
_COUNTED_LINES = ("counted", "left_out", "wrong", "both")
#: the data sheet that tells more of a figure, and the column there
_TOLD_BY = {
    **dict.fromkeys(("due", "received", "accepted", "to_check"), (UNITS, "state")),
    "missing": ("missing", "unit_name"), "to_correct": (LEFT_OUT, "problem"),
    "projects": ("projects", "name"), "total": ("projects", "funds.total"),
    "fiscal": ("projects", "funds.fiscal"), "other": ("projects", "funds.other"),
    "indicators": ("indicators", "level3"), "share": ("structure", "share"),
    "forms": (UNITS, "state"), "amount_left_out": (LEFT_OUT, "amount"),
    "errors": (LEFT_OUT, "errors"), "counted_warnings": (UNITS, "warnings"),
    "excepted": ("exceptions", "rule"),
}  # fmt: skip
#: of totals that changed much
_LARGE_CHANGES: tuple[ChangeKind, ...] = ("total_grown", "total_fallen")


def overview(
    tally: Tally,
    counties: Sequence[County],
    places: Places,
    speaker: Speaker,
    sheets: Sequence[Sheet],
    title: str = "",
    *,
    unasked: int = 0,
    comparisons: Comparisons | None = None,
) -> PrintSheet:
    """Lay out the overview of a summary, which is called as its counties are unless it has a title.

    `sheets` are all others of the workbook, in order; the figures are formulas over those of them
    that `places` finds. `unasked` is how many forms count that stand on no roster, `comparisons`
    what this summary was compared with.
    """
    compared = comparisons or Comparisons()
    return _Overview(tally, counties, places, speaker, title, unasked, compared).sheet(sheets)


def heading_of(
    key: str, title: str, counties: Iterable[County], speaker: Speaker
) -> str:  # fmt: skip
    """The title of a print sheet: that of the summary, and what the sheet is called."""
    titles = {title} if title else {county.title for county in counties if county.title}
    title = titles.pop() if len(titles) == 1 else speaker.say("summary.title")
    return speaker.say("summary.heading", title=title, sheet=speaker.say(f"summary.sheets.{key}"))


def _widths(longest: float, heads: Sequence[float]) -> tuple[float, ...]:
    """The widths of all columns, if an amount, which takes two, and headings are so wide."""
    columns = list(heads)
    for first in range(0, _SIX, 2):
        lacking = longest - _JOINED - sum(columns[first : first + 2])
        for number in (first, first + 1):
            columns[number] += max(0.0, lacking / 2)
    further = _JOINED * (len(columns) - _SIX)
    chart = max(_LEAST_CHART, _BOTH - sum(columns) - further)
    return (_NAME, *columns, _GAP, *(chart * part for part in _PARTS_OF_CHART))


class _Overview:
    """Makes the blocks of the overview, from the title to the foot."""

    def __init__(
        self, tally: Tally, counties: Sequence[County], places: Places, speaker: Speaker,
        title: str, unasked: int, comparisons: Comparisons,
    ) -> None:  # fmt: skip
        self._comparisons = comparisons
        self._tally, self._counties, self._unasked = tally, counties, unasked
        self._title = heading_of(KEY, title, counties, speaker)
        self._places, self._speaker = places, speaker
        self._whole = everything(tally, speaker)
        self._cells = FigureCells(places, speaker)
        self._tables = OverviewTables(self._whole, tally, places, speaker, unasked)
        self._late = int("late" in self._figures.counts)
        self._widths = _widths(self._cells.longest_amount(self._whole), tuple(self._heads()))

    def _heads(self) -> Iterator[float]:
        """How wide headings are that stand below each other in the columns of two tables."""
        late = (LATE,) if self._late else ()
        others = (*[""] * (_SIX - len(COUNTS_OF_KINDS)), *COUNTS_OF_KINDS, "")
        for figure, other in zip((*PROGRESS, *late), others, strict=False):
            below = self._say(f"structure.{other}") if other else ""
            yield longest_word((self._cells.heading(figure), below), _LEAST)

    def sheet(self, sheets: Sequence[Sheet]) -> PrintSheet:
        """Put the blocks one below the other."""
        for fewer in _FEWER:
            page = self._page(sheets, fewer)
            if page.pages <= _MOST_PAGES:
                break
        return PrintSheet(
            key=KEY,
            name=self._speaker.say(f"summary.sheets.{KEY}"),
            widths=self._widths,
            rows=page.rows,
            charts=page.charts,
            description=self._speaker.say(f"summary.about_sheets.{KEY}"),
        )

    def _page(self, sheets: Sequence[Sheet], fewer: int) -> Page:
        """All blocks, if tables have so many lines fewer than usual.

        Further amounts fill what a charted table leaves of a page on which it has no room.
        """
        page, maker = Page(), TableMaker(self._widths, len(self._widths) - _THREE)
        page.add(self._head())
        page.add(self._key_figures())
        page.add(self._what_counts(page.next))
        page.add(self._compared())
        further = self._further_amounts()
        for table in self._charted(fewer):
            if not page.fits(maker.make(table, page.next)) and page.fits(further):
                page.add(further)
                further = Block(())
            page.add(maker.make(table, page.next))
        page.add(further)
        page.add(self._list_of_sheets(sheets), whole=page.pages < _MOST_PAGES)
        return page

    def _charted(self, fewer: int) -> Iterator[ChartedTable]:
        tables = self._tables
        if self._known_what_is_due:
            yield tables.progress(fewer)
        yield from filter(None, (tables.money(fewer), tables.structure(fewer)))

    @property
    def _figures(self) -> Figures:
        return self._whole.figures

    @property
    def _known_what_is_due(self) -> bool:
        return bool(self._figures.count("due"))

    # -- what it is about

    def _head(self) -> Block:
        title = PrintCell(value=self._title, look="title", across=len(self._widths))
        rows = [PrintRow(cells=(title,), height=_TITLE)]
        if about := tuple(self._about()):
            rows.append(text_row(self._speaker.word(about, "words"), self._widths, "subtitle"))
        rows.append(text_row(self._scope(), self._widths))
        if not self._known_what_is_due:
            rows.append(text_row(self._say("due_unknown"), self._widths))
        return Block(rows)

    def _about(self) -> Iterator[Phrase]:
        """Whose summary it is, of which year, made when and by whom, and until when forms come."""
        for name in ("name", "year", "made", "maker", "deadline"):
            found = {getattr(county, name) for county in self._counties}
            if known := tuple(sorted(found - {"", None})):
                table = "about_several" if len(known) > 1 else "about"
                days = self._days_overdue() if name == "deadline" else 0
                code = f"{table}.{name}" if not days else "about.overdue"
                facts = _first_and_last(known)
                yield phrase(f"summary.overview.{code}", days=days, **facts)

    def _days_overdue(self) -> int:
        """How many days the one deadline of all had passed when the summary was made."""
        days = {
            (county.made - county.deadline).days
            for county in self._counties if county.made and county.deadline
        }  # fmt: skip
        return max(0, *days) if len(days) == 1 else 0

    def _scope(self) -> str:
        """Which forms count, in which unit of money, and what is left out."""
        figures = self._figures
        sentences = [phrase("summary.overview.scope.counted", forms=figures.count("forms"))]
        if units := self._tally.other_units:
            sentences.append(phrase("summary.overview.scope.units", units=units))
        if of_departments := self._tally.of_departments:
            code = "summary.overview.scope.of_departments"
            sentences.append(phrase(code, count=of_departments))
        if self._unasked:
            sentences.append(phrase("summary.overview.scope.unasked", forms=self._unasked))
        if left_out := figures.count("left_out"):
            amount, unread = _printed(figures.amount_left_out.value), figures.amount_left_out.unread
            code = "left_out_unread" if unread else "left_out"
            facts = {"files": left_out, "amount": amount, "unread": unread}
            sentences.append(phrase(f"summary.overview.scope.{code}", **facts))
        if unread := unread_in(figures):
            sentences.append(phrase("summary.overview.scope.unread", count=unread))
        return self._speaker.word(tuple(sentences), "sentences")

    # -- key figures

    def _key_figures(self) -> Block:
        rows = [heading_row(self._say("key_figures"), self._widths)]
        if self._known_what_is_due:
            rows += self._tiles([self._tile(figure) for figure in PROGRESS])
        amounts = [self._tile(figure) for figure in self._cells.amounts]
        share = self._cells.share(self._whole, "figure_percent")
        rows += self._tiles([
            *amounts, *[None] * (3 - len(amounts)),
            self._tile(PROJECTS), self._tile(INDICATORS), ("share", share),
        ])  # fmt: skip
        first = self._cells.budget or (COUNTED,)
        rows += self._tiles([
            self._tile(first[0]), ("amount_left_out", self._amount_left_out("figure_money")),
            ("unread", self._cells.unread(self._whole)),
            ("errors", self._errors()), ("counted_warnings", self._tile(WARNINGS)[1]),
            self._tile(EXCEPTED),
        ])  # fmt: skip
        return Block([*rows, _gap()])

    def _tile(self, figure: Figure) -> tuple[str, PrintCell]:
        look: Look = "figure_money" if figure.money else "figure"
        return figure.key, self._cells.cell(figure, self._whole, look)

    def _tiles(self, tiles: Iterable[tuple[str, PrintCell] | None]) -> list[PrintRow]:
        """A row of labels, which lead to what tells more, over a row of figures."""
        labels, figures = [], []
        places = [n + (number == _WIDENED_TILE) * self._late for number, n in enumerate(_TILES)]
        for tile, across in zip(tiles, places, strict=True):
            key, figure = tile or ("", PrintCell(look="figure"))
            label = self._speaker.say(f"summary.figures.{key}") if key else ""
            link = self._link(*self._told_by(key)) if key else ""
            labels.append(PrintCell(value=label, look="label", across=across, link=link))
            figures.append(replace(figure, across=across))
        return [row_of(labels, self._widths, _LABEL), PrintRow(cells=figures, height=_FIGURE)]

    def _told_by(self, key: str) -> tuple[str, str]:
        """The data sheet that tells more of a figure, and the column there."""
        if key == "unread":
            return self._where_unread()
        budget = (one for one in (*self._cells.amounts, *self._cells.budget) if one.key == key)
        return _TOLD_BY.get(key) or (UNITS, next(budget).column)

    def _where_unread(self) -> tuple[str, str]:
        """The data sheet, and the column there, of the first amount that could not be read."""
        figures = self._figures
        for name, one in figures.amounts.items():
            if one.unread:
                return "projects", key_of(PROJECT_COLUMNS, name)
        for name, one in figures.budget.items():
            if one.unread:
                return UNITS, f"{BUDGET_COLUMNS}{name}"
        left_out = figures.amount_left_out.unread
        return (LEFT_OUT, "unread") if left_out else ("projects", "name")

    def _errors(self) -> PrintCell:
        formula = self._places.sum(LEFT_OUT, "errors") if LEFT_OUT in self._places else ""
        return PrintCell(value=self._figures.count("errors"), formula=formula, look="figure")

    def _files_left_out(self) -> PrintCell:
        formula = self._places.count(LEFT_OUT, number=ANY) if LEFT_OUT in self._places else ""
        return PrintCell(value=self._figures.count("left_out"), formula=formula, look="count")

    def _wrong_projects(self) -> PrintCell:
        """The cell of how many projects have errors in what is left out."""
        left_out = LEFT_OUT in self._places
        formula = self._places.sum(LEFT_OUT, "wrong_projects") if left_out else ""
        return PrintCell(value=self._figures.count("wrong_projects"), formula=formula, look="count")

    def _amount_left_out(self, look: Look, *, wrong: bool = False) -> PrintCell:
        """The cell of the money in what is left out: none where nothing is, else as it is there.

        Of what is `wrong` only that in projects with errors.
        """
        column = "amount_wrong" if wrong else "amount"
        formula = self._places.sum(LEFT_OUT, column) if LEFT_OUT in self._places else ""
        found = self._figures.amount_wrong if wrong else self._figures.amount_left_out
        if found.unread and not found.count:
            return PrintCell(value=self._speaker.say("summary.unread"), look=look)
        return PrintCell(value=found.value, formula=formula, look=look)

    # -- how much of it stands in forms with an open error

    def _what_counts(self, start: int) -> Block:
        """The table of files and money that count, of those that do not, and of both."""
        if not self._cells.amounts:
            return Block(())
        heads = [
            PrintCell(value=self._say(f"what_counts.{key}"), look="head")
            for key in ("which", "files", "amount", "share")
        ]
        counted = self._cells.cell(self._cells.amounts[0], self._whole)
        first = start + 2
        files = [self._cells.cell(COUNTED, self._whole), self._files_left_out()]
        amounts = [counted, self._amount_left_out("money")]
        together = _sum_of(files, 1, first), _sum_of(amounts, 3, first)
        files += [self._wrong_projects(), together[0]]
        amounts += [self._amount_left_out("money", wrong=True), together[1]]
        places = [cell_name(first + number, 3) for number in range(len(amounts))]
        shares = [
            share_cell(
                number_in(cell), number_in(amounts[-1]), place if cell.formula else "", places[-1]
            )
            for cell, place in zip(amounts, places, strict=True)
        ]
        links = {
            "counted": self._link(UNITS, "state"), "left_out": self._link(LEFT_OUT, "amount"),
            "wrong": self._link(LEFT_OUT, "wrong_projects"),
        }  # fmt: skip
        names = [
            PrintCell(value=self._say(f"what_counts.{key}"), link=links.get(key, ""))
            for key in _COUNTED_LINES
        ]
        lines = (heads, *zip(names, files, amounts, shares, strict=True))
        heading = heading_row(self._say("what_counts.heading"), self._widths)
        rows = (self._row(line, _OF_COUNTED) for line in lines)
        return Block([heading, *rows, _gap()])

    # -- beside an earlier summary, and beside the approved budget

    def _compared(self) -> Block:
        """What differs, in a sentence each, with the figures that one filter shows."""
        rows: list[PrintRow] = []
        for key, lines in ((CHANGES, self._changes), (BUDGET_SHEET, self._differences)):
            if remark := self._comparisons.remark(key):
                rows.append(text_row(self._speaker.word(remark), self._widths))
                rows += self._pairs(lines())
        if not rows:
            return Block(())
        return Block([heading_row(self._say("compared.heading"), self._widths), *rows, _gap()])

    def _changes(self) -> Iterator[tuple[PrintCell, PrintCell]]:
        first = 0
        for kind in _LARGE_CHANGES:
            word = self._speaker.say(f"summary.changes.{kind}", large=LARGE)
            name = self._say("compared.projects", what=word)
            count = self._comparisons.changes.counts[kind]
            formula = self._places.count(CHANGES, change=quoted_text(word))
            place = self._places.cell(CHANGES, "change", first) if count else ""
            yield _compared(name, count, formula, place or self._link(CHANGES, "change"))
            first += count

    def _differences(self) -> Iterator[tuple[PrintCell, PrintCell]]:
        awaited: BudgetKind = "not_reported_yet"
        counts = self._comparisons.checked.counts
        count = sum(counts.values()) - counts.get(awaited, 0)
        word = quoted_text(self._speaker.say(f"summary.budget_check.{awaited}"))
        every = self._places.count(BUDGET_SHEET, number=ANY)
        formula = f"{every}-{self._places.count(BUDGET_SHEET, check=word)[1:]}"
        name, link = self._say("compared.budget"), self._link(BUDGET_SHEET, "check")
        yield _compared(name, count, formula, link)

    # -- what else there is

    def _further_amounts(self) -> Block:
        """The table of every other amount that forms ask for; those that are no money are named."""
        shown = {figure.column for figure in (*self._cells.amounts, *self._cells.budget)}
        further = [
            column
            for column in self._places.sheet(UNITS).columns
            if column.kind == "money" and column.key not in shown
            if amount(self._figures, column.key) != NOTHING
        ]
        rows = list(self._pairs(map(self._further_amount, further)))
        if others := tuple(_no_money(self._tally.asked)):
            rows.append(text_row(self._say("further.no_money", names=others), self._widths))
        if not rows:
            return Block(())
        return Block([heading_row(self._say("further.heading"), self._widths), *rows, _gap()])

    def _further_amount(self, column: Column) -> tuple[PrintCell, PrintCell]:
        found = amount(self._figures, column.key)
        name = column.heading
        told = name.startswith(self._say("further.of_budget", name=""))
        if column.key.startswith(BUDGET_COLUMNS) and not told:
            name = self._say("further.of_budget", name=name)
        if found.unread:
            name = self._say("further.unread", name=name, count=found.unread)
        return (
            PrintCell(value=name, link=self._link(UNITS, column.key)),
            self._cells.amount(self._whole, found, self._places.sum(UNITS, column.key)),
        )

    def _pairs(self, named: Iterable[tuple[PrintCell, PrintCell]]) -> Iterator[PrintRow]:
        """Yield rows of two names each, with the figure of each beside it."""
        left = list(named)
        places = [n + (at == _WIDENED_OF_PAIR) * self._late for at, n in enumerate(_PAIR)]
        while left:
            cells = [cell for pair in left[:2] for cell in pair]
            placed = zip(cells, places, strict=False)
            yield row_of([replace(cell, across=n) for cell, n in placed], self._widths)
            del left[:2]

    def _list_of_sheets(self, sheets: Sequence[Sheet]) -> Block:
        """A line for each sheet, which leads there, and how a figure is traced to its file."""
        rows = [heading_row(self._say("sheets"), self._widths)]
        for sheet in sheets:
            name = PrintCell(value=sheet.name, look="link", link=_top_of(sheet.name))
            about = PrintCell(value=sheet.description, look="plain", across=len(self._widths) - 1)
            rows.append(row_of((name, about), self._widths))
        return Block([*rows, _gap(), text_row(self._say("trace"), self._widths, "plain")])

    def _row(self, cells: Iterable[PrintCell], across: Sequence[int]) -> PrintRow:
        """A row of cells that take so many columns each, the last of them all that are left."""
        *others, last = across
        placed = zip(cells, (*others, last + self._late), strict=True)
        return row_of([replace(cell, across=n) for cell, n in placed], self._widths)

    def _link(self, key: str, column: str) -> str:
        """The heading of a column of a data sheet, "" where there is no such sheet."""
        return self._places.heading(key, column) if key in self._places else ""

    def _say(self, code: str, **facts: object) -> str:
        return self._speaker.say(f"summary.overview.{code}", **facts)


def _top_of(name: str) -> str:
    return f"{quoted(name)}!A1"


def _gap() -> PrintRow:
    return PrintRow(cells=(), height=LINE / 2)


def _compared(name: str, count: int, formula: str, link: str) -> tuple[PrintCell, PrintCell]:
    """What differs, which leads there, and how often."""
    figure = PrintCell(value=count, formula=formula, look="count")
    return PrintCell(value=name, link=link), figure


def _sum_of(cells: Sequence[PrintCell], column: int, first: int) -> PrintCell:
    """What two cells are together that stand in a column, one below the other."""
    names = cell_name(first, column), cell_name(first + len(cells) - 1, column)
    value = added(map(number_in, cells))
    return PrintCell(value=value, formula=f"=SUM({':'.join(names)})", look=cells[0].look)


def _no_money(asked: Mapping[Path, Asked]) -> Iterator[Phrase]:
    """Amounts in units that are no money, which cannot be added up with others."""
    for one in asked.values():
        if one.kind == "money" and not one.summed:
            yield phrase("summary.overview.further.with_unit", label=one.label, unit=one.unit)


def _printed(value: Decimal) -> str:
    """An amount as sentences have it."""
    return f"{value.normalize():,f}"


def _first_and_last(known: Sequence[object]) -> dict[str, object]:
    return {"first": known[0], "last": known[-1], "all": tuple(known), "count": len(known)}
