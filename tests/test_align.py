"""Rows are followed as wholes: a line is placed where it is, or not at all, whatever comes and goes
around it, with the map or without."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from ptxl.read.locate.follow_lines import Alignment, Line, align

#: texts as forms print them: some on one line only, some on many, many lines without any
TEXTS = st.lists(st.sampled_from(["", "", "", "甲", "乙", "丙", "指标1：", "指标2："]), max_size=12)
SETTINGS = settings(max_examples=400, deadline=None)


def inserted(present: list[int | None], at: Sequence[int]) -> list[int | None]:
    for place in at:
        present.insert(place % (len(present) + 1), None)
    return present


def deleted(present: list[int | None], at: Sequence[int]) -> list[int | None]:
    for place in at:
        if present:
            present.pop(place % len(present))
    return present


def lines(
    texts: Sequence[str], present: Sequence[int | None], *, mapped: bool, shown: Sequence[str] = ()
) -> list[Line]:
    """What is known of each line; `present` tells which line each present one truly is."""
    there = shown or ["" if line is None else texts[line] for line in present]
    where = {line: place for place, line in enumerate(present) if line is not None}
    return [
        Line(
            texts=bool(text),
            shown={p: 1 for p, other in enumerate(there) if text and other == text},
            vote=where.get(number) if mapped else None,
            dropped=mapped and number not in where,
        )
        for number, text in enumerate(texts)
    ]


def truth(present: Sequence[int | None]) -> dict[int, int]:
    return {line: place for place, line in enumerate(present) if line is not None}


@SETTINGS
@given(TEXTS, st.lists(st.integers(0, 30), max_size=5), st.lists(st.integers(0, 30), max_size=3))
def test_with_the_map_every_line_is_found(texts: list[str], new: list[int], old: list[int]) -> None:
    present = inserted(deleted(list(range(len(texts))), old), new)
    found = align(lines(texts, present, mapped=True), len(present))
    real = truth(present)
    placed = {line: place for line, place in found.places.items() if line in real}
    assert placed.items() <= real.items()
    assert found.gone.isdisjoint(real)
    # A row that went while another came beside it may as well have been cut and pasted over it.
    assert placed == real or old


@SETTINGS
@given(TEXTS, st.lists(st.integers(0, 30), max_size=5))
def test_without_the_map_no_line_is_placed_wrongly_among_new_ones(
    texts: list[str], new: list[int]
) -> None:
    """Between two texts that are found, that is: below the last nothing shows what came."""
    texts = ["首行", *texts, "末行"]
    present = inserted(list(range(len(texts))), new)
    found = align(lines(texts, present, mapped=False), len(present))
    real = truth(present)
    assert found.places.items() <= real.items()
    assert not found.gone
    assert {line for line, text in enumerate(texts) if text} <= found.places.keys()


@SETTINGS
@given(TEXTS, st.lists(st.integers(0, 30), max_size=4))
def test_without_the_map_no_line_is_placed_wrongly_when_others_go(
    texts: list[str], old: list[int]
) -> None:
    texts = ["首行", *texts, "末行"]
    inner = deleted(list(range(1, len(texts) - 1)), old)
    present = [0, *inner, len(texts) - 1]
    found = align(lines(texts, present, mapped=False), len(present))
    assert found.places.items() <= truth(present).items()
    assert found.gone.isdisjoint(inner)


@SETTINGS
@given(
    TEXTS,
    st.lists(st.integers(0, 30), max_size=3),
    st.lists(st.integers(0, 11), max_size=2, unique=True),
)
def test_edited_texts_do_not_mislead_where_the_map_is(
    texts: list[str], new: list[int], edited: list[int]
) -> None:
    texts = ["首行", *texts, "末行"]
    present = inserted(list(range(len(texts))), new)
    shown = ["" if line is None else texts[line] for line in present]
    for number in edited:
        shown[number % len(shown)] = "改了"
    found = align(lines(texts, present, mapped=True, shown=shown), len(present))
    assert found.places.items() <= truth(present).items()


@SETTINGS
@given(st.permutations(range(6)), st.booleans())
def test_lines_in_another_order_follow_their_texts(order: list[int], mapped: bool) -> None:
    """Sorting drags no references along: the map says that nothing moved."""
    texts = [f"第{number}项" for number in range(6)]
    known = lines(texts, order, mapped=False)
    if mapped:
        known = [Line(line.texts, line.shown, vote=number) for number, line in enumerate(known)]
    found = align(known, len(order))
    assert found.places == truth(order)
    assert bool(found.moved) == (list(order) != sorted(order))


def test_alike_lines_take_answers_in_order() -> None:
    """A free table without the map: the third of its rows is the third that is there."""
    known = [Line(1, {0: 1}), *(Line(alike="table") for _ in range(3)), Line(1, {6: 1})]
    found = align(known, 7)
    assert found == Alignment(places={0: 0, 4: 6, 1: 1, 2: 2, 3: 3})
    fewer = align([*known[:-1], Line(1, {3: 1})], 4)
    assert fewer == Alignment(places={0: 0, 4: 3, 1: 1, 2: 2}, gone=frozenset({3}))


def test_a_line_that_only_its_neighbours_place_is_left_open() -> None:
    known = [Line(1, {0: 1}), Line(), Line(1, {3: 1})]
    (doubt,) = align(known, 4).doubts
    assert (doubt.issued, doubt.present) == ((1,), (1, 2))
