"""Figures of a summary → the three tables of 总览 that have a chart beside them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from ptxl.merge.figures import Figures, Kind, Tally
from ptxl.summary.blocks import ChartedTable
from ptxl.summary.groups import LATE, PROGRESS, Figure, FigureCells, Group, amount
from ptxl.summary.lines import UNANSWERED
from ptxl.summary.places import Places
from ptxl.summary.sheets import Look, PrintCell
from ptxl.words import Phrase, Speaker, phrase

Line = TypeVar("Line")

STRUCTURE, UNMEASURED = "structure", "unmeasured"
#: how many lines tables of groups and of kinds have; where there are more, the last is all others
_MOST_GROUPS, _MOST_KINDS = 15, 12
#: how many lines stand in a chart: all that a table names
_MOST_BARS = _MOST_GROUPS
_NO_FORMULAS = ("", "")
_STRUCTURE_COLUMNS = ("indicators", "quantified")
#: the counts of kinds of indicators, in the last of the six columns
COUNTS_OF_KINDS = (*_STRUCTURE_COLUMNS, "words")
_STRUCTURE_HEADS = ("level1", "level2", *COUNTS_OF_KINDS)
#: where the figures stand in a line of progress that together are what is due
_PARTS_OF_DUE = (3, 4, 5, 6)
_TO_CORRECT = PROGRESS[4]


class OverviewTables:
    """Makes the tables with charts of progress, of money and of the structure of indicators."""

    def __init__(
        self, whole: Group, tally: Tally, places: Places, speaker: Speaker, unasked: int = 0
    ) -> None:  # fmt: skip
        self._whole, self._tally, self._unasked = whole, tally, unasked
        self._places, self._speaker = places, speaker
        self._cells = FigureCells(places, speaker)
        late = "late" in tally.total.counts
        self._progress = (*PROGRESS, LATE) if late else PROGRESS
        self._groups = "counties" if any(part.parts for part in whole.parts) else "departments"

    # -- how forms stand

    def progress(self, fewer: int = 0) -> ChartedTable:
        """Make the table of how forms stand: those who lag behind come first."""
        groups = sorted(self._whole.parts, key=_lag, reverse=True)
        named, others = _parted(groups, _MOST_GROUPS - fewer)
        told = (phrase("summary.overview.progress.told", **_progress_facts(g)) for g in groups)
        return ChartedTable(
            heading=self._say("progress.heading"),
            remark=self._lagging([group for group in groups if _missing(group)]),
            heads=[self._heading_of_groups(), *map(self._cells.heading, self._progress)],
            total=self._progress_line(self._whole, "total"),
            lines=[self._progress_line(group) for group in named],
            rest=self._progress_line(self._other_groups(others)) if others else (),
            drawn=_PARTS_OF_DUE,
            most_drawn=_MOST_BARS,
            rest_drawn=False,
            title=self._title_of("progress", groups, len(named)),
            description=self._say("progress.description", groups=tuple(told)),
            axis=self._say("progress.axis"),
        )

    def _lagging(self, behind: Sequence[Group]) -> str:
        """Who has not sent what is due, the most first, in a sentence."""
        if not behind:
            return self._none_missing()
        names = tuple(
            phrase("summary.overview.progress.missing_of", name=group.name, count=_missing(group))
            for group in behind
        )
        code = f"missing.{self._groups}"
        return self._say(code, groups=len(behind), forms=_missing(self._whole), names=names)

    def _none_missing(self) -> str:
        """That nothing is missing, and what of it does not count or came without being due."""
        told = {
            "progress.none_missing.open": _TO_CORRECT.value(self._whole.figures),
            "progress.none_missing.unasked": self._unasked,
        }
        sentences = [self._say(code, count=count) for code, count in told.items() if count]
        return "".join(sentences) or self._say("progress.none_missing.all")

    def _progress_line(self, group: Group, look: Look | None = None) -> list[PrintCell]:
        name = PrintCell(value=group.name, look=look or "text")
        return [name, *(self._cells.cell(figure, group, look) for figure in self._progress)]

    # -- money

    def money(self, fewer: int = 0) -> ChartedTable | None:
        """Make the table of money by source, the largest first; None where no form asks for it."""
        figures = self._cells.amounts
        if not figures:
            return None
        total = figures[0]
        groups = sorted(self._whole.parts, key=lambda group: -total.value(group.figures))
        named, others = _parted(groups, _MOST_GROUPS - fewer)
        having = [group for group in groups if total.value(group.figures)]
        told = (
            phrase("summary.overview.money.told", name=g.name, amount=total.value(g.figures))
            for g in groups
            if amount(g.figures, total.column).count
        )
        return ChartedTable(
            heading=self._say("money.heading"),
            remark=self._meaning(figures),
            heads=[self._heading_of_groups(), *map(self._cells.heading, figures)],
            total=self._money_line(self._whole, figures, "total"),
            lines=[self._money_line(group, figures) for group in named],
            rest=self._money_line(self._other_groups(others), figures) if others else (),
            drawn=range(2, 1 + len(figures)) if len(figures) > 1 else (1,),
            most_drawn=max(1, min(_MOST_BARS, len(having), len(named))),
            rest_drawn=False,
            title=self._title_of("money", having, len(named)),
            description=self._say("money.description", groups=tuple(told)),
            axis=self._say("money.axis"),
        )

    def _meaning(self, figures: Sequence[Figure]) -> str:
        """What the forms call these amounts, where that is not what they are called here."""
        names = ((self._cells.heading(one), self._cells.printed(one)) for one in figures)
        differing = tuple(
            phrase("summary.overview.money.called", name=short, printed=printed)
            for short, printed in names
            if short != printed
        )
        return self._say("money.meaning", names=differing) if differing else ""

    def _money_line(
        self, group: Group, figures: Sequence[Figure], look: Look | None = None
    ) -> list[PrintCell]:
        shown: Look = "total_money" if look else "money"
        name = PrintCell(value=group.name, look=look or "text")
        return [name, *(self._cells.cell(one, group, shown, across=2) for one in figures)]

    # -- indicators

    def structure(self, fewer: int = 0) -> ChartedTable | None:
        """Make the table of kinds of indicators; None where there are no indicators."""
        kinds = list(enumerate(self._tally.kinds()))
        if not kinds:
            return None
        by_size = sorted(kinds, key=lambda one: -one[1].indicators)
        named, others = _parted(by_size, _MOST_KINDS - fewer)
        total = self._speaker.say("summary.total")
        return ChartedTable(
            heading=self._say("structure.heading"),
            remark=self._say("structure.remark"),
            remark_link=self._not_measured(),
            heads=[self._say(f"structure.{key}") for key in _STRUCTURE_HEADS],
            total=_kinds_line(total, "", self._tally.kinds(), self._all_kinds(), "total"),
            lines=[self._one_kind(*one) for one in sorted(named, key=lambda one: one[0])],
            rest=self._other_kinds([kind for _, kind in others]) if others else (),
            category=1,
            drawn=(3, 4),
            most_drawn=_MOST_BARS,
            title=self._say("structure.title"),
            description=self._say(
                "structure.description", kinds=tuple(self._told(kind) for _, kind in by_size)
            ),
            axis=self._say("structure.axis"),
        )

    def _not_measured(self) -> str:
        """Where the indicators are told that cannot be measured."""
        found = UNMEASURED in self._places
        return self._places.heading(UNMEASURED, "value") if found else ""

    def _told(self, kind: Kind) -> Phrase:
        words = kind.indicators - kind.quantified
        name = kind.level2 or UNANSWERED
        return phrase(
            "summary.overview.structure.told", name=name, count=kind.indicators, words=words
        )

    def _all_kinds(self) -> Iterable[str]:
        """The formulas of how many indicators there are, and how many can be measured."""
        if STRUCTURE not in self._places:
            return _NO_FORMULAS
        return [self._places.sum(STRUCTURE, key)[1:] for key in _STRUCTURE_COLUMNS]

    def _one_kind(self, line: int, kind: Kind) -> list[PrintCell]:
        """The line of a kind, which has that line on the sheet of structure too."""
        cells: Iterable[str] = _NO_FORMULAS
        if STRUCTURE in self._places:
            cells = [self._places.cell(STRUCTURE, key, line) for key in _STRUCTURE_COLUMNS]
        nothing = self._speaker.word(UNANSWERED)
        return _kinds_line(kind.level1 or nothing, kind.level2 or nothing, [kind], cells)

    def _other_kinds(self, others: Sequence[Kind]) -> list[PrintCell]:
        return _kinds_line("", self._say("structure.others", count=len(others)), others)

    # -- words and groups

    def _other_groups(self, others: Sequence[Group]) -> Group:
        name = self._say(f"others.{self._groups}", count=len(others))
        return Group(name=name, figures=sum((one.figures for one in others), Figures()))

    def _title_of(self, key: str, groups: Sequence[Group], named: int) -> str:
        """The title of a chart: of all groups, or of those that come first.

        Of them so many are `named` in the table beside it.
        """
        title, drawn = self._say(f"{key}.title"), min(named, _MOST_BARS)
        if len(groups) <= drawn:
            return title
        return self._say(f"title_of_first.{self._groups}", title=title, count=drawn)

    def _heading_of_groups(self) -> str:
        return self._say(f"heads.{self._groups}")

    def _say(self, code: str, **facts: object) -> str:
        return self._speaker.say(f"summary.overview.{code}", **facts)


def _parted(lines: Sequence[Line], most: int) -> tuple[Sequence[Line], Sequence[Line]]:
    """The lines that a table names, and all others."""
    named = most if len(lines) <= most else most - 1
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


def _kinds_line(
    level1: str, level2: str, kinds: Sequence[Kind], formulas: Iterable[str] = _NO_FORMULAS,
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
