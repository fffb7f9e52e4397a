"""Rows or columns of a form as issued → where each of them is now. Pure.

There are two witnesses. The texts printed on a line say where it is on the screen; the map, whose
references every program keeps true, votes where its fields went. Either suffices alone. What
neither tells is left open, and so is what they tell differently.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

#: comparisons that one stretch of lines is worth; a form of ours needs a few hundred
_MOST_COMPARED = 250_000
#: in place of a column: a way that leaves a line out
_SKIPPED = -1
#: pairs of a line as issued and its present place
Pairs = Iterable[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Line:
    """A row or column as issued, and what is known of it now.

    `texts` are printed on it, `shown` how many of them each present line shows; `vote` is where
    the map says that its fields went, `dropped` that the map has lost them all. Lines that are
    `alike` print nothing and ask the same, so that any of them may take any one's answers.
    """

    texts: int = 0
    shown: Mapping[int, int] = field(default_factory=dict)
    vote: int | None = None
    dropped: bool = False
    alike: object = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """Lines of which nobody can tell which of the present ones they are."""

    issued: tuple[int, ...]
    present: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where the lines are: `places` by number as issued; `gone` were deleted, `moved` stand in
    another order than issued."""

    places: Mapping[int, int] = field(default_factory=dict)
    gone: frozenset[int] = frozenset()
    moved: frozenset[int] = frozenset()
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class _Gap:
    """Lines as issued and present between two whose places are known; none known follows an
    `open` one."""

    issued: Sequence[int]
    present: Sequence[int]
    open: bool = False

    def split(self, pairs: Pairs) -> Iterator[_Gap]:
        """The gaps between pairs in order, and the one behind the last."""
        first, start = 0, 0
        for line, place in pairs:
            last, end = bisect_left(self.issued, line), bisect_left(self.present, place)
            yield _Gap(self.issued[first:last], self.present[start:end])
            first, start = last + 1, end + 1
        yield _Gap(self.issued[first:], self.present[start:], self.open)

    def beside(self, moved: Mapping[int, int]) -> _Gap:
        """The gap without lines that were moved out of it or into it."""
        issued = sorted(set(self.issued).difference(moved))
        present = sorted(set(self.present).difference(moved.values()))
        return _Gap(issued, present, self.open)

    @property
    def size(self) -> tuple[int, int]:
        """How many lines were issued, and how many are present."""
        return len(self.issued), len(self.present)


def align(lines: Sequence[Line], present: int) -> Alignment:
    """Find each line among the `present` ones (so many, from 0)."""
    certain = _unmistakable(lines)
    order = dict(_longest_rise(sorted(certain.items())))
    moved = dict(certain.items() - order.items())
    for gap in _gaps(order, len(lines), present):
        if gap.size == gap.beside(moved).size:
            order.update(_by_text(lines, gap))
    torn = _contradicted(lines, order, moved)
    for line in torn.intersection(order):
        del order[line]
    settling = _Settling(lines, {**moved, **order})
    for gap in _gaps(order, len(lines), present):
        undisturbed = gap.beside(moved)
        if not torn.isdisjoint(gap.issued):
            settling.leave_open(undisturbed)
        elif gap.size != undisturbed.size:
            settling.settle_beside(moved, undisturbed)
        elif gap.open or len(gap.issued) != len(gap.present):
            settling.settle_by_votes(gap)
        else:
            settling.settle_as_issued(gap)
    return settling.ended(present, frozenset(moved))


def _gaps(order: Mapping[int, int], count: int, present: int) -> Iterator[_Gap]:
    """The gaps among `count` lines of which some are known to be in order."""
    pairs = sorted(order.items())
    # Behind the last line blank ones may be missing in the file, which ends with its last content.
    line, place = pairs[-1] if pairs else (0, 0)
    end = max(present, count + place - line)
    return _Gap(range(count), range(end), open=True).split(pairs)


# -- what the printed texts say


def _unmistakable(lines: Sequence[Line]) -> dict[int, int]:
    """Lines that show most of their texts on one present line, which shows none other's as well.

    Where several print the same, the map's vote decides for one that is not where it was.
    """
    rivals: dict[int, dict[int, int]] = {}
    voters: dict[int | None, set[int]] = {}
    for number, line in enumerate(lines):
        for place, count in line.shown.items():
            rivals.setdefault(place, {})[number] = count
        if number not in line.shown:
            voters.setdefault(line.vote, set()).add(number)
    found = {}
    for place, counts in rivals.items():
        best = _only_best(counts, voters.get(place, set()))
        if best is None or _only_best(lines[best].shown, {lines[best].vote}) != place:
            continue
        if 2 * counts[best] > lines[best].texts:
            found[best] = place
    return found


def _only_best(counts: Mapping[int, int], preferred: Set[int | None]) -> int | None:
    """Whoever has the highest count; of several the one that is preferred, None without one."""
    top = max(counts.values(), default=0)
    best = {one for one, count in counts.items() if count == top}
    best = best if len(best) == 1 else best & preferred
    return best.pop() if len(best) == 1 else None


def _longest_rise(pairs: Pairs) -> list[tuple[int, int]]:
    """The most pairs whose second numbers rise with the first."""
    tails: list[int] = []
    ends: list[tuple[int, int]] = []
    behind: dict[tuple[int, int], tuple[int, int] | None] = {}
    for pair in pairs:
        length = bisect_left(tails, pair[1])
        behind[pair] = ends[length - 1] if length else None
        tails[length : length + 1] = [pair[1]]
        ends[length : length + 1] = [pair]
    rise: list[tuple[int, int]] = []
    last = ends[-1] if ends else None
    while last is not None:
        rise.append(last)
        last = behind[last]
    return rise[::-1]


class _Ways:
    """All ways in which lines of a gap can show the most texts in order.

    `before[i][j]` is how many texts the first i lines can show on the first j present ones,
    `after[i][j]` how many those from i on can show on those from j on.
    """

    def __init__(self, score: Sequence[Sequence[int]]) -> None:
        self._score = score
        self._before = _best_so_far(score)
        backwards = _best_so_far([row[::-1] for row in score[::-1]])
        self._after = [row[::-1] for row in backwards[::-1]]
        self._best = self._before[-1][-1]

    def columns(self, row: int) -> set[int]:
        """Where a line shows something in one of the best ways; `_SKIPPED` among them."""
        before, after = self._before[row], self._after[row + 1]
        found = set()
        for column, count in enumerate(self._score[row]):
            if count and before[column] + count + after[column + 1] == self._best:
                found.add(column)
        if self._best in map(int.__add__, before, after):
            found.add(_SKIPPED)
        return found


def _by_text(lines: Sequence[Line], gap: _Gap) -> dict[int, int]:
    """Lines of a gap that stand at one place in every way of showing the most texts in order.

    Where several ways are as good, the map's vote decides if it is one of them.
    """
    issued = [line for line in gap.issued if lines[line].shown]
    shown = set().union(*(lines[line].shown for line in issued))
    present = sorted(shown.intersection(gap.present))
    if not present or len(issued) * len(present) > _MOST_COMPARED:
        return {}
    ways = _Ways([[lines[line].shown.get(place, 0) for place in present] for line in issued])
    found: list[tuple[int, int]] = []
    for row, line in enumerate(issued):
        columns = ways.columns(row)
        places = {present[column] for column in columns - {_SKIPPED}}
        vote = lines[line].vote
        if vote in places:
            found.append((line, vote))
        elif len(columns) == 1:
            found += [(line, place) for place in places]
    return dict(_longest_rise(found))


def _best_so_far(score: Sequence[Sequence[int]]) -> list[list[int]]:
    """For the first lines of both sides, how many texts can be shown in order."""
    table = [[0] * (len(score[0]) + 1)]
    for row in score:
        above, line = table[-1], [0]
        for column, count in enumerate(row):
            line.append(max(above[column + 1], line[column], above[column] + count))
        table.append(line)
    return table


def _contradicted(
    lines: Sequence[Line], order: Mapping[int, int], moved: Iterable[int]
) -> frozenset[int]:
    """Lines that their texts and the map place differently, so that neither can be believed.

    A line whose neighbours are as far away as ever has not moved: its answers were cut and pasted
    elsewhere and took their references along. Nor do references follow where rows were sorted.
    """
    agreed = [line for line, place in order.items() if lines[line].vote in (None, place)]
    edges = [-1, *sorted(agreed), len(lines)]
    shifts = {-1: 0} | {line: order[line] - line for line in agreed}
    torn: set[int] = set()
    for line in order.keys() - agreed:
        after = bisect_left(edges, line)
        first, last = edges[after - 1], edges[after]
        stayed = order[line] - line in (shifts[first], shifts.get(last))
        if not stayed and not any(first < other < last for other in moved):
            torn.update(range(first + 1, last))
    return frozenset(torn)


# -- what is said of the lines of one gap


class _Settling:
    """Says of the lines of one gap after another where they are, that they went, or neither."""

    def __init__(self, lines: Sequence[Line], places: dict[int, int]) -> None:
        self._lines = lines
        self._places = places
        self._gone: set[int] = set()
        self._doubts: list[Doubt] = []

    def ended(self, present: int, moved: frozenset[int]) -> Alignment:
        """What was said. Lines that print something and would stand below all content are gone."""
        for line, place in list(self._places.items()):
            if place >= present and self._lines[line].texts:
                del self._places[line]
                self._gone.add(line)
        return Alignment(self._places, frozenset(self._gone), moved, tuple(self._doubts))

    def leave_open(self, gap: _Gap) -> None:
        """Nobody can tell which is which; gone are they where no present line is left."""
        if gap.issued and gap.present:
            self._doubts.append(Doubt(tuple(gap.issued), tuple(gap.present)))
        else:
            self._gone.update(gap.issued)

    def settle_beside(self, moved: Mapping[int, int], gap: _Gap) -> None:
        """Beside lines that were moved only the map tells, and only if it saw them move."""
        followed = all(self._lines[line].vote in (None, place) for line, place in moved.items())
        taken = set(self._places.values())
        for number in gap.issued if followed else ():
            line = self._lines[number]
            vote = line.vote
            if vote is not None and vote not in taken and line.shown.get(vote, 0) == line.texts:
                self._places[number] = vote
                taken.add(vote)
        left = [line for line in gap.issued if line not in self._places]
        self.leave_open(_Gap(left, [place for place in gap.present if place not in taken]))

    def settle_as_issued(self, gap: _Gap) -> None:
        """As many lines as ever: they are where they were, unless the map says otherwise."""
        for number, place in zip(gap.issued, gap.present, strict=True):
            line = self._lines[number]
            if line.vote != place and line.vote in gap.present and line.alike is None:
                return self.leave_open(gap)
        return self._put(gap, gap.issued)

    def settle_by_votes(self, gap: _Gap) -> None:
        """More lines or fewer: the map says which, and between two of them the same holds again."""
        votes = []
        for line in gap.issued:
            vote = self._lines[line].vote
            if vote is not None and vote in gap.present:
                votes.append((line, vote))
        voted = _longest_rise(votes)
        self._places.update(voted)
        for part in gap.split(voted):
            kept = [line for line in part.issued if not self._lines[line].dropped]
            if part.open:
                self._put(part, kept)
            else:
                self._settle_without_votes(part, kept)

    def _settle_without_votes(self, gap: _Gap, kept: Sequence[int]) -> None:
        """Lines between two that are placed; the map has not lost those that are `kept`."""
        alike = {self._lines[line].alike for line in gap.issued}
        if len(gap.present) == len(gap.issued):
            self._put(gap, gap.issued)
        elif len(gap.present) == len(kept):
            self._put(gap, kept)
        elif len(alike) > 1 or None in alike:
            self.leave_open(gap)
        else:
            self._put(gap, kept if len(kept) < len(gap.present) else gap.issued)

    def _put(self, gap: _Gap, kept: Sequence[int]) -> None:
        """Place the `kept` ones of a gap, as far as there is room; the others are gone."""
        places = dict(zip(kept, gap.present, strict=False))
        self._places.update(places)
        self._gone.update(set(gap.issued) - places.keys())
