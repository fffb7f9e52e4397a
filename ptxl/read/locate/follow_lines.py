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


@dataclass(frozen=True, slots=True)
class Line:
    """A row or column as issued, and what is known of it now.

    `texts` are printed on it, `shown` how many of them each present line shows; `vote` is where
    the map says that its fields went, `dropped` that the map has lost them all. Lines of one `kin`
    print nothing and ask alike, so that any of them may take any one's answers.
    """

    texts: int = 0
    shown: Mapping[int, int] = field(default_factory=dict)
    vote: int | None = None
    dropped: bool = False
    kin: object = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """Lines of which nobody can tell which of the present ones they are."""

    issued: tuple[int, ...]
    present: tuple[int, ...]


@dataclass(slots=True)
class Alignment:
    """Where the lines are: `places` by number as issued; `gone` were deleted, `moved` stand in
    another order than issued."""

    places: dict[int, int] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    moved: set[int] = field(default_factory=set)
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether any line is not where it was issued."""
        return bool(self.gone or self.doubts) or any(i != p for i, p in self.places.items())


def align(lines: Sequence[Line], present: int) -> Alignment:
    """Find each line among the `present` ones (so many, from 0)."""
    found = Alignment()
    certain = _unmistakable(lines)
    order = dict(_longest_rise(sorted(certain.items())))
    found.moved = set(certain) - set(order)
    found.places = certain
    for gap in _gaps(order, len(lines), present):
        if not _disturbed(gap, found):
            order |= _by_text(lines, *_free(gap, found))
    torn = _contradicted(lines, order, found)
    order = {line: place for line, place in order.items() if line not in torn}
    found.places = {line: certain[line] for line in found.moved} | order
    for gap in _gaps(order, len(lines), present):
        _settle_gap(lines, gap, found, torn)
    for line, place in list(found.places.items()):
        if place >= present and lines[line].texts:
            del found.places[line]
            found.gone.add(line)
    return found


@dataclass(frozen=True, slots=True)
class _Gap:
    """What lies between two lines whose places are known; `open` when no known one follows."""

    issued: range
    present: range
    open: bool


def _gaps(order: Mapping[int, int], count: int, present: int) -> Iterator[_Gap]:
    before, at = -1, -1
    for line, place in sorted(order.items()):
        yield _Gap(range(before + 1, line), range(at + 1, place), open=False)
        before, at = line, place
    # Behind the last line blank ones may be missing in the file, which ends with its last content.
    end = max(present, at + count - before)
    yield _Gap(range(before + 1, count), range(at + 1, end), open=True)


def _free(gap: _Gap, found: Alignment) -> tuple[list[int], list[int]]:
    """The lines of a gap, as issued and present, that are not placed yet."""
    taken = {found.places[line] for line in found.moved}
    issued = [line for line in gap.issued if line not in found.places]
    return issued, [place for place in gap.present if place not in taken]


def _disturbed(gap: _Gap, found: Alignment) -> bool:
    """Whether lines were moved out of a gap or into it."""
    return any(line in gap.issued or found.places[line] in gap.present for line in found.moved)


def _unmistakable(lines: Sequence[Line]) -> dict[int, int]:
    """Lines that show most of their texts on one present line, which shows none other's as well."""
    rivals: dict[int, list[tuple[int, int]]] = {}
    for number, line in enumerate(lines):
        for place, count in line.shown.items():
            rivals.setdefault(place, []).append((count, number))
    best = {place: _only_best(counts) for place, counts in rivals.items()}
    found = {}
    for number, line in enumerate(lines):
        here = _only_best([(count, place) for place, count in line.shown.items()])
        if here is not None and best[here] == number and 2 * line.shown[here] > line.texts:
            found[number] = here
    return found


def _only_best(counts: list[tuple[int, int]]) -> int | None:
    """Whoever has the highest count, if nobody else has."""
    top = max(counts, default=(0, 0))
    return top[1] if sum(count == top[0] for count, _ in counts) == 1 else None


def _longest_rise(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
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


def _by_text(lines: Sequence[Line], issued: list[int], present: list[int]) -> dict[int, int]:
    """Lines of a gap that stand at one place in every way of showing the most texts in order.

    Where several ways are as good, the map's vote decides if it is one of them.
    """
    issued = [line for line in issued if lines[line].shown]
    shown = {place for line in issued for place in lines[line].shown}
    present = [place for place in present if place in shown]
    rows, columns = len(issued), len(present)
    if not rows or not columns or rows * columns > _MOST_COMPARED:
        return {}
    score = [[lines[line].shown.get(place, 0) for place in present] for line in issued]
    before = _best_so_far(score)
    after = [row[::-1] for row in _best_so_far([row[::-1] for row in score[::-1]])][::-1]
    best = before[rows][columns]
    found: list[tuple[int, int]] = []
    for row, line in enumerate(issued):
        ways = [
            place
            for column, place in enumerate(present)
            if score[row][column]
            and before[row][column] + score[row][column] + after[row + 1][column + 1] == best
        ]
        skipped = any(
            before[row][column] + after[row + 1][column] == best for column in range(columns + 1)
        )
        if len(ways) == 1 and not skipped:
            found.append((line, ways[0]))
        elif (vote := lines[line].vote) is not None and vote in ways:
            found.append((line, vote))
    return dict(_longest_rise(found))


def _best_so_far(score: Sequence[Sequence[int]]) -> list[list[int]]:
    """For the first lines of both sides, how many texts can be shown in order."""
    width = len(score[0])
    table = [[0] * (width + 1)]
    for row in score:
        above, line = table[-1], [0]
        for column, count in enumerate(row):
            line.append(max(above[column + 1], line[column], above[column] + count))
        table.append(line)
    return table


def _contradicted(
    lines: Sequence[Line], order: Mapping[int, int], found: Alignment
) -> frozenset[int]:
    """Lines that their texts and the map place differently, so that neither can be believed.

    A line whose neighbours are as far away as ever has not moved: its answers were cut and pasted
    elsewhere and took their references along. Nor do references follow where rows were sorted.
    """
    differing = [line for line, place in order.items() if lines[line].vote not in (None, place)]
    agreed = sorted(set(order) - set(differing))
    torn = set()
    for line in sorted(differing):
        next_one = bisect_left(agreed, line)
        before = agreed[next_one - 1] if next_one else -1
        after = agreed[next_one] if next_one < len(agreed) else len(lines)
        stayed = order[line] - line == order.get(before, -1) - before or (
            after in order and order[after] - after == order[line] - line
        )
        if not stayed and not any(before < other < after for other in found.moved):
            torn |= set(range(before + 1, after))
    return frozenset(torn)


def _settle_gap(lines: Sequence[Line], gap: _Gap, found: Alignment, torn: frozenset[int]) -> None:
    issued, free = _free(gap, found)
    if not issued:
        return
    if any(line in torn for line in issued):
        found.doubts.append(Doubt(tuple(issued), tuple(free)))
    elif _disturbed(gap, found):
        _settle_disturbed(lines, issued, free, found)
    elif not gap.open and len(issued) == len(free):
        _settle_equal(lines, issued, free, found)
    else:
        _settle_by_votes(lines, issued, free, found, gap.open)


def _settle_disturbed(
    lines: Sequence[Line], issued: list[int], free: list[int], found: Alignment
) -> None:
    """Beside lines that were moved: only the map tells, and only if it saw them move."""
    followed = all(lines[line].vote in (None, found.places[line]) for line in found.moved)
    rest = []
    for line in issued:
        vote = lines[line].vote
        fits = vote is not None and lines[line].shown.get(vote, 0) == lines[line].texts
        if followed and fits and vote is not None and vote not in found.places.values():
            found.places[line] = vote
        else:
            rest.append(line)
    _settle_rest(
        lines, rest, [p for p in free if p not in found.places.values()], found, sure=False
    )


def _settle_equal(
    lines: Sequence[Line], issued: list[int], free: list[int], found: Alignment
) -> None:
    """As many lines as ever: they are where they were, unless the map says otherwise."""
    pairs = list(zip(issued, free, strict=True))
    if any(
        lines[line].vote in free and lines[line].vote != place and lines[line].kin is None
        for line, place in pairs
    ):
        found.doubts.append(Doubt(tuple(issued), tuple(free)))
    else:
        found.places.update(pairs)


def _settle_by_votes(
    lines: Sequence[Line], issued: list[int], free: list[int], found: Alignment, to_the_end: bool
) -> None:
    """More lines or fewer: the map says which, and between two of them the same holds again."""
    there = set(free)
    votes = [(line, vote) for line in issued if (vote := lines[line].vote) in there]
    voted = _longest_rise((line, vote) for line, vote in votes if vote is not None)
    found.places.update(voted)
    before, at = -1, -1
    for line, place in voted:
        between = [other for other in issued if before < other < line]
        _settle_rest(lines, between, [p for p in free if at < p < place], found)
        before, at = line, place
    behind = [line for line in issued if line > before]
    room = [place for place in free if place > at]
    if not to_the_end:
        _settle_rest(lines, behind, room, found)
        return
    there_still = [line for line in behind if not lines[line].dropped]
    found.gone |= set(behind) - set(there_still)
    found.places.update(zip(there_still, room, strict=False))


def _settle_rest(
    lines: Sequence[Line], issued: list[int], free: list[int], found: Alignment, sure: bool = True
) -> None:
    """Lines without a vote of their own between two that are placed."""
    kept = [line for line in issued if not lines[line].dropped]
    kin = {lines[line].kin for line in issued}
    if not free:
        found.gone |= set(issued)
    elif sure and len(free) in (len(issued), len(kept)):
        kept = issued if len(free) == len(issued) else kept
        found.places.update(zip(kept, free, strict=True))
        found.gone |= set(issued) - set(kept)
    elif sure and len(kin) == 1 and None not in kin:
        kept = kept if len(kept) <= len(free) else issued
        found.places.update(zip(kept, free, strict=False))
        found.gone |= set(issued) - set(found.places)
    elif issued:
        found.doubts.append(Doubt(tuple(issued), tuple(free)))
