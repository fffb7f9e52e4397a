"""Names of cells and rectangles, both ways."""

from __future__ import annotations

import pytest

from ptxl.cells import Box, cell_name, column_name, parse_cell


@pytest.mark.parametrize(
    ("name", "at"),
    [("A1", (0, 0)), ("B4", (3, 1)), ("AA10", (9, 26)), ("XFD1048576", (1_048_575, 16_383))],
)
def test_a_name_and_its_cell_are_one(name: str, at: tuple[int, int]) -> None:
    assert parse_cell(name) == at
    assert cell_name(*at) == name
    assert name.startswith(column_name(at[1]))


def test_a_name_may_be_absolute_or_in_small_letters() -> None:
    assert parse_cell("$B$4") == parse_cell("b4") == (3, 1)


@pytest.mark.parametrize(
    "name", ["XFE1", "A0", "A1048577", "R1C1", "", "4B", "A1:B2", "AAAA1", "Ａ1"]
)
def test_what_names_no_cell_of_a_sheet_is_none(name: str) -> None:
    assert parse_cell(name) is None


def test_a_rectangle_has_a_name_a_size_and_holds_its_cells() -> None:
    box = Box.parse("B4:C9")
    assert box == Box(top=3, left=1, bottom=8, right=2)
    assert (box.name, box.size) == ("B4:C9", 12)
    assert [box.holds(*at) for at in ((3, 1), (8, 2), (9, 2), (3, 3))] == [True, True, False, False]
    one = Box.parse("$D$1")
    assert one is not None
    assert (one.name, one.size) == ("D1", 1)
    assert list(Box.parse_all(["A1", "no", "B2:C3", "A1:no"])) == [(0, 0, 0, 0), (1, 1, 2, 2)]
