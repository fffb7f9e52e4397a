"""Layout: no two fields share a cell, every field has a place, rows are high enough."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxl.cells import cell_name, column_name
from ptxl.layout.places import misplaced
from ptxl.model.layout import Layout
from ptxl.template import find_templates, load_template
from ptxl.text import display_width, lines_needed


@pytest.fixture(params=sorted(find_templates()), ids=lambda path: path.parent.name)
def layout(request: pytest.FixtureRequest) -> Layout:
    path: Path = request.param
    return load_template(path).layout({})


def test_no_two_cells_of_a_form_overlap(layout: Layout) -> None:
    assert misplaced(layout.form) == []
    for sheet in layout.sheets:
        taken = [
            (place.row + y, place.column + x)
            for place in (placed.place for placed in sheet.cells)
            for y in range(place.down)
            for x in range(place.across)
        ]
        assert len(taken) == len(set(taken))


def test_every_row_of_a_bordered_form_reaches_the_last_column(layout: Layout) -> None:
    """A gap at the end of a row would leave the official table open at its right edge."""
    for sheet in layout.sheets:
        widths = dict.fromkeys(range(sheet.rows), 0)
        for placed in sheet.cells:
            for row in range(placed.place.row, placed.place.row + placed.place.down):
                widths[row] += placed.place.across
        assert set(widths.values()) == {sheet.columns}


def test_every_field_has_a_place_and_an_owner(layout: Layout) -> None:
    assert set(layout.places) == set(layout.fields) == {f.path for f in layout.form.fields()}
    assert set(layout.fields) <= set(layout.owners)


def test_no_row_is_higher_than_excel_allows(layout: Layout) -> None:
    for sheet in layout.sheets:
        assert all(0 < height <= 409 for height in sheet.heights.values())


def test_a_chinese_character_counts_two() -> None:
    assert display_width("预算abc（）") == 4 + 3 + 4


@given(st.text("预算ab \n", max_size=200), st.floats(4, 90))
def test_more_room_never_takes_more_lines(text: str, width: float) -> None:
    assert lines_needed(text, width + 5) <= lines_needed(text, width)


@given(st.integers(0, 16_383), st.integers(0, 1_048_575))
def test_cell_names_are_unique_and_readable(column: int, row: int) -> None:
    letters = column_name(column)
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    assert number == column + 1
    assert cell_name(row, column) == f"{letters}{row + 1}"
