"""Rows or columns of a form as issued → where each of them is now. Pure.

There are two witnesses. The texts printed on a line say where it is on the screen; the map, whose
references every program keeps true, votes where its fields went. Either suffices alone. What
neither tells is left open, and so is what they tell differently.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

#: comparisons that one stretch of lines is worth; a form of ours needs a few hundred
_MOST_COMPARED = 250_000
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

    def joined(self, other: Alignment) -> Alignment:
        """This alignment and one of other lines."""
        return Alignment(
            {**self.places, **other.places},
            self.gone | other.gone,
            self.moved | other.moved,
            self.doubts + other.doubts,
        )


@dataclass(frozen=True, slots=True)
class _Gap:
    """The lines, as issued and present, between two whose places are known.

    No known one follows an `open` gap; lines were moved out of a `disturbed` one or into it.
    """

    issued: list[int]
    present: list[int]
    open: bool
    disturbed: bool


def align(lines: Sequence[Line], present: int) -> Alignment:
    """Find each line among the `present` ones (so many, from 0)."""
    certain = _unmistakable(lines)
    order = dict(_longest_rise(sorted(certain.items())))
    moved = {line: place for line, place in certain.items() if line not in order}
    for gap in _gaps(order, moved, len(lines), present):
        if not gap.disturbed:
            order.update(_by_text(lines, gap))
    torn = _contradicted(lines, order, moved)
    order = {line: place for line, place in order.items() if line not in torn}
    found = Alignment(places={**moved, **order}, moved=frozenset(moved))
    for gap in _gaps(order, moved, len(lines), present):
        if not torn.isdisjoint(gap.issued):
            settled = _left_open(gap.issued, gap.present)
        elif gap.disturbed:
            settled = _settled_beside_moved(lines, gap, moved, set(found.places.values()))
        elif not gap.open and len(gap.issued) == len(gap.present):
            settled = _settled_as_issued(lines, gap)
        else:
            settled = _settled_by_votes(lines, gap)
        found = found.joined(settled)
    return _within(found, lines, present)


def _within(found: Alignment, lines: Sequence[Line], present: int) -> Alignment:
    """The alignment without lines that print something and would stand below all content."""
    beyond = {line for line, at in found.places.items() if at >= present and lines[line].texts}
    places = {line: place for line, place in found.places.items() if line not in beyond}
    return Alignment(places, found.gone | beyond, found.moved, found.doubts)


# -- the gaps between known lines


def _gaps(
    order: Mapping[int, int], moved: Mapping[int, int], count: int, present: int
) -> Iterator[_Gap]:
    """The stretches between lines that are known to be in order, the one behind the last too."""
    before, at = -1, -1
    for line, place in sorted(order.items()):
        yield _gap(range(before + 1, line), range(at + 1, place), moved)
        before, at = line, place
    # Behind the last line blank ones may be missing in the file, which ends with its last content.
    end = max(present, at + count - before)
    yield _gap(range(before + 1, count), range(at + 1, end), moved, is_open=True)


def _gap(issued: range, present: range, moved: Mapping[int, int], *, is_open: bool = False) -> _Gap:
    out_of_it = any(line in issued for line in moved)
    into_it = any(place in present for place in moved.values())
    taken = set(moved.values())
    return _Gap(
        [line for line in issued if line not in moved],
        [place for place in present if place not in taken],
        is_open,
        out_of_it or into_it,
    )


# -- what the printed texts say


def _unmistakable(lines: Sequence[Line]) -> dict[int, int]:
    """Lines that show most of their texts on one present line, which shows none other's as well."""
    rivals: dict[int, dict[int, int]] = {}
    for number, line in enumerate(lines):
        for place, count in line.shown.items():
            rivals.setdefault(place, {})[number] = count
    best = {place: _only_best(counts) for place, counts in rivals.items()}
    found = {}
    for number, line in enumerate(lines):
        here = _only_best(line.shown)
        if here is None or best[here] != number:
            continue
        if 2 * line.shown[here] > line.texts:
            found[number] = here
    return found


def _only_best(counts: Mapping[int, int]) -> int | None:
    """Whoever has the highest count, if nobody else has."""
    top = max(counts.values(), default=0)
    best = [one for one, count in counts.items() if count == top]
    return best[0] if len(best) == 1 else None


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

    def places(self, row: int) -> list[int]:
        """The columns at which a line shows something in one of the best ways."""
        before, after = self._before[row], self._after[row + 1]
        found = []
        for column, count in enumerate(self._score[row]):
            if count and before[column] + count + after[column + 1] == self._best:
                found.append(column)
        return found

    def skips(self, row: int) -> bool:
        """Whether one of the best ways leaves a line out."""
        before, after = self._before[row], self._after[row + 1]
        return self._best in map(int.__add__, before, after)


def _by_text(lines: Sequence[Line], gap: _Gap) -> dict[int, int]:
    """Lines of a gap that stand at one place in every way of showing the most texts in order.

    Where several ways are as good, the map's vote decides if it is one of them.
    """
    issued = [line for line in gap.issued if lines[line].shown]
    shown: set[int] = set()
    for line in issued:
        shown.update(lines[line].shown)
    present = [place for place in gap.present if place in shown]
    if not present or len(issued) * len(present) > _MOST_COMPARED:
        return {}
    ways = _Ways([[lines[line].shown.get(place, 0) for place in present] for line in issued])
    found: list[tuple[int, int]] = []
    for row, line in enumerate(issued):
        places = [present[column] for column in ways.places(row)]
        vote = lines[line].vote
        if len(places) == 1 and not ways.skips(row):
            found.append((line, places[0]))
        elif vote is not None and vote in places:
            found.append((line, vote))
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
    differing = [line for line, place in order.items() if lines[line].vote not in (None, place)]
    agreed = sorted(set(order) - set(differing))
    torn: set[int] = set()
    for line in sorted(differing):
        after = bisect_left(agreed, line)
        first = agreed[after - 1] if after else -1
        last = agreed[after] if after < len(agreed) else len(lines)
        shift = order[line] - line
        stayed = shift == order.get(first, -1) - first
        stayed = stayed or (last in order and shift == order[last] - last)
        if not stayed and not any(first < other < last for other in moved):
            torn.update(range(first + 1, last))
    return frozenset(torn)


# -- what is said of the lines of one gap


def _left_open(issued: Sequence[int], present: Sequence[int]) -> Alignment:
    """Nobody can tell which of these is which; gone are they where no present line is left."""
    if not issued:
        return Alignment()
    if not present:
        return Alignment(gone=frozenset(issued))
    return Alignment(doubts=(Doubt(tuple(issued), tuple(present)),))


def _settled_beside_moved(
    lines: Sequence[Line], gap: _Gap, moved: Mapping[int, int], taken: set[int]
) -> Alignment:
    """Beside lines that were moved only the map tells, and only if it saw them move."""
    followed = all(lines[line].vote in (None, place) for line, place in moved.items())
    places: dict[int, int] = {}
    left = []
    for line in gap.issued:
        vote = lines[line].vote
        if vote is None or vote in taken or not followed:
            left.append(line)
        elif lines[line].shown.get(vote, 0) == lines[line].texts:
            places[line] = vote
            taken = taken | {vote}
        else:
            left.append(line)
    room = [place for place in gap.present if place not in taken]
    return Alignment(places).joined(_left_open(left, room))


def _settled_as_issued(lines: Sequence[Line], gap: _Gap) -> Alignment:
    """As many lines as ever: they are where they were, unless the map says otherwise."""
    for line, place in zip(gap.issued, gap.present, strict=True):
        vote = lines[line].vote
        if lines[line].alike is None and vote in gap.present and vote != place:
            return _left_open(gap.issued, gap.present)
    return _in_order(gap.issued, gap.issued, gap.present)


def _settled_by_votes(lines: Sequence[Line], gap: _Gap) -> Alignment:
    """More lines or fewer: the map says which, and between two of them the same holds again."""
    present = set(gap.present)
    votes = []
    for line in gap.issued:
        vote = lines[line].vote
        if vote is not None and vote in present:
            votes.append((line, vote))
    voted = _longest_rise(votes)
    found = Alignment(dict(voted))
    before, at = -1, -1
    for line, place in voted:
        between = [one for one in gap.issued if before < one < line]
        room = [one for one in gap.present if at < one < place]
        found = found.joined(_settled_without_votes(lines, between, room))
        before, at = line, place
    behind = [line for line in gap.issued if line > before]
    room = [place for place in gap.present if place > at]
    if gap.open:
        kept = _kept(lines, behind)
        places = dict(zip(kept, room, strict=False))
        return found.joined(Alignment(places, gone=frozenset(behind).difference(kept)))
    return found.joined(_settled_without_votes(lines, behind, room))


def _settled_without_votes(
    lines: Sequence[Line], issued: list[int], present: list[int]
) -> Alignment:
    """Lines without a vote of their own between two that are placed."""
    kept = _kept(lines, issued)
    alike = {lines[line].alike for line in issued}
    if not present or len(present) == len(issued):
        return _in_order(issued, issued, present)
    if len(present) == len(kept):
        return _in_order(issued, kept, present)
    if len(alike) == 1 and None not in alike:
        return _in_order(issued, kept if len(kept) <= len(present) else issued, present)
    return _left_open(issued, present)


def _kept(lines: Sequence[Line], issued: Iterable[int]) -> list[int]:
    """Those that the map has not lost."""
    return [line for line in issued if not lines[line].dropped]


def _in_order(issued: list[int], kept: list[int], present: list[int]) -> Alignment:
    """Place the `kept` ones of the lines, as far as there is room, each at the next place."""
    places = dict(zip(kept, present, strict=False))
    return Alignment(places, gone=frozenset(issued) - places.keys())
