"""Figures of a summary → the three tables of 总览 that have a chart beside them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ptxl.merge.figures import Figures, Tally
from ptxl.summary.blocks import ChartedTable
from ptxl.summary.groups import PROGRESS, Figure, FigureCells, Group
from ptxl.summary.places import Places
from ptxl.summary.sheets import Look, PrintCell
from ptxl.words import Speaker, phrase

Line = TypeVar("Line")

STRUCTURE = "structure"
#: how many lines a table has; where there are more, its last line is all others
MOST_LINES = 12
#: comparisons of values that can be measured
QUANTIFIED = (">=", "<=", ">", "<", "=", "range", "by_date")
_STRUCTURE_COLUMNS = ("indicators", "quantified")
_STRUCTURE_HEADS = ("level1", "level2", *_STRUCTURE_COLUMNS, "words")
#: where the figures stand in a line of progress that together are what is due
_PARTS_OF_DUE = (3, 4, 5, 6)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kind:
    """How many indicators of a level 1 and 2 there are, and how many of them can be measured.

    `line` is the number of the line that tells it on the sheet of structure.
    """

    level1: str
    level2: str
    indicators: int
    quantified: int
    line: int

    @property
    def words(self) -> int:
        """How many are only words."""
        return self.indicators - self.quantified


class OverviewTables:
    """Makes the tables with charts of progress, of money and of the structure of indicators."""

    def __init__(self, whole: Group, tally: Tally, places: Places, speaker: Speaker) -> None:
        self._whole, self._tally = whole, tally
        self._places, self._speaker = places, speaker
        self._cells = FigureCells(places, speaker)
        self._groups = "counties" if any(part.parts for part in whole.parts) else "departments"

    # -- how forms stand

    def progress(self) -> ChartedTable:
        """Make the table of how forms stand: those who lag behind come first."""
        groups = sorted(self._whole.parts, key=_lag, reverse=True)
        named, others = _parted(groups)
        told = (phrase("summary.overview.progress.told", **_progress_facts(g)) for g in groups)
        return ChartedTable(
            heading=self._say("progress.heading"),
            remark=self._lagging([group for group in groups if _missing(group)]),
            heads=[self._heading_of_groups(), *map(self._cells.heading, PROGRESS)],
            total=self._progress_line(self._whole, "total"),
            lines=[self._progress_line(group) for group in named],
            rest=self._progress_line(self._other_groups(others)) if others else (),
            drawn=_PARTS_OF_DUE,
            title=self._say("progress.title"),
            description=self._say("progress.description", groups=tuple(told)),
            axis=self._say("progress.axis"),
        )

    def _lagging(self, behind: Sequence[Group]) -> str:
        """Who has not sent what is due, the most first, in a sentence."""
        if not behind:
            return self._say("progress.none_missing")
        names = tuple(
            phrase("summary.overview.progress.missing_of", name=group.name, count=_missing(group))
            for group in behind
        )
        code = f"missing.{self._groups}"
        return self._say(code, groups=len(behind), forms=_missing(self._whole), names=names)

    def _progress_line(self, group: Group, look: Look | None = None) -> list[PrintCell]:
        name = PrintCell(value=group.name, look=look or "text")
        return [name, *(self._cells.cell(figure, group, look) for figure in PROGRESS)]

    # -- money

    def money(self) -> ChartedTable | None:
        """Make the table of money by source, the largest first; None where no form asks for it."""
        figures = self._cells.amounts
        if not figures:
            return None
        total = figures[0]
        groups = sorted(self._whole.parts, key=lambda group: -total.value(group.figures))
        named, others = _parted(groups)
        told = (
            phrase("summary.overview.money.told", name=g.name, amount=total.value(g.figures))
            for g in groups
        )
        return ChartedTable(
            heading=self._say("money.heading"),
            remark="",
            heads=[self._heading_of_groups(), *map(self._cells.heading, figures)],
            total=self._money_line(self._whole, figures, "total"),
            lines=[self._money_line(group, figures) for group in named],
            rest=self._money_line(self._other_groups(others), figures) if others else (),
            drawn=range(2, 1 + len(figures)) if len(figures) > 1 else (1,),
            title=self._say("money.title"),
            description=self._say("money.description", groups=tuple(told)),
            axis=self._say("money.axis"),
        )

    def _money_line(
        self, group: Group, figures: Sequence[Figure], look: Look | None = None
    ) -> list[PrintCell]:
        shown: Look = "total_money" if look else "money"
        name = PrintCell(value=group.name, look=look or "text")
        return [name, *(self._cells.cell(one, group, shown, across=2) for one in figures)]

    # -- indicators

    def structure(self) -> ChartedTable | None:
        """Make the table of kinds of indicators; None where there are no indicators."""
        kinds = list(_kinds(self._tally.structure))
        if not kinds:
            return None
        by_size = sorted(kinds, key=lambda kind: -kind.indicators)
        named, others = _parted(by_size)
        told = (
            phrase("summary.overview.structure.told", name=kind.level2, count=kind.indicators,
                   words=kind.words)
            for kind in by_size
        )  # fmt: skip
        return ChartedTable(
            heading=self._say("structure.heading"),
            remark=self._say("structure.remark"),
            heads=[self._say(f"structure.{key}") for key in _STRUCTURE_HEADS],
            total=self._all_kinds(kinds),
            lines=[self._one_kind(kind) for kind in sorted(named, key=lambda kind: kind.line)],
            rest=self._other_kinds(others) if others else (),
            category=1,
            drawn=(3, 4),
            title=self._say("structure.title"),
            description=self._say("structure.description", kinds=tuple(told)),
            axis=self._say("structure.axis"),
        )

    def _all_kinds(self, kinds: Sequence[_Kind]) -> list[PrintCell]:
        name = self._speaker.say("summary.total")
        if STRUCTURE not in self._places:
            return _kinds_line(name, "", kinds, look="total")
        columns = (self._places.sum(STRUCTURE, key)[1:] for key in _STRUCTURE_COLUMNS)
        return _kinds_line(name, "", kinds, columns, "total")

    def _one_kind(self, kind: _Kind) -> list[PrintCell]:
        if STRUCTURE not in self._places:
            return _kinds_line(kind.level1, kind.level2, [kind])
        cells = (self._places.cell(STRUCTURE, key, kind.line) for key in _STRUCTURE_COLUMNS)
        return _kinds_line(kind.level1, kind.level2, [kind], cells)

    def _other_kinds(self, others: Sequence[_Kind]) -> list[PrintCell]:
        name = self._say("structure.others", count=len(others))
        return _kinds_line(name, "", others)

    # -- words and groups

    def _other_groups(self, others: Sequence[Group]) -> Group:
        name = self._say(f"others.{self._groups}", count=len(others))
        return Group(name=name, figures=sum((one.figures for one in others), Figures()))

    def _heading_of_groups(self) -> str:
        return self._say(f"heads.{self._groups}")

    def _say(self, code: str, **facts: object) -> str:
        return self._speaker.say(f"summary.overview.{code}", **facts)


def _parted(lines: Sequence[Line]) -> tuple[Sequence[Line], Sequence[Line]]:
    """The lines that a table names, and all others."""
    named = MOST_LINES if len(lines) <= MOST_LINES else MOST_LINES - 1
    return lines[:named], lines[named:]


def _missing(group: Group) -> int:
    return group.figures.count("missing")


def _lag(group: Group) -> tuple[int, int]:
    """What says how far a group lags behind: forms that are missing, then those to correct."""
    counted = sum(map(group.figures.count, ("accepted", "to_check")))
    return _missing(group), group.figures.count("due") - counted


def _progress_facts(group: Group) -> dict[str, object]:
    figures = {figure.key: figure.value(group.figures) for figure in PROGRESS}
    return {"name": group.name, "due": figures["due"], "missing": figures["missing"]}


def _kinds(structure: Mapping[tuple[str, str], Mapping[str, int]]) -> Iterator[_Kind]:
    for line, ((level1, level2), values) in enumerate(structure.items()):
        yield _Kind(
            level1=level1,
            level2=level2,
            indicators=sum(values.values()),
            quantified=sum(values.get(comparison, 0) for comparison in QUANTIFIED),
            line=line,
        )


def _kinds_line(
    level1: str, level2: str, kinds: Sequence[_Kind], formulas: Iterable[str] = ("", ""),
    look: Look | None = None,
) -> list[PrintCell]:  # fmt: skip
    """The line of some kinds; `formulas` of all of them and of those measured come without `=`."""
    whole, measured = formulas
    rest = f"{whole}-{measured}" if whole else ""
    counts = (sum(kind.indicators for kind in kinds), sum(kind.quantified for kind in kinds))
    numbers = (*counts, counts[0] - counts[1])
    shown = zip(numbers, (whole, measured, rest), strict=True)
    return [
        PrintCell(value=level1, look=look or "text"),
        PrintCell(value=level2, look=look or "text", across=3),
        *(
            PrintCell(value=number, formula=f"={one}" if one else "", look=look or "count")
            for number, one in shown
        ),
    ]
