"""A path knows its structure; nobody else cuts its text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptxl.model.path import Path

names = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
numbers = st.integers(min_value=0, max_value=99)


@st.composite
def paths(draw: st.DrawFn) -> Path:
    """Any path that a template can name: a number follows a name."""
    steps: list[str | int] = []
    for name in draw(st.lists(names, min_size=1, max_size=4)):
        steps.append(name)
        if draw(st.booleans()):
            steps.append(draw(numbers))
    return Path.of(*steps)


@given(paths())
def test_a_path_is_its_steps(path: Path) -> None:
    assert Path.of(*path.steps) == path


@given(paths(), st.one_of(names, numbers))
def test_a_step_down_and_up_again_is_no_step(path: Path, step: str | int) -> None:
    below = path / step
    assert below.parent == path
    assert below.is_under(path)
    assert below.below(path) == (f"[{step}]" if isinstance(step, int) else step)


@given(paths(), names)
def test_a_longer_name_is_not_below(path: Path, more: str) -> None:
    assert not Path(f"{path}{more}").is_under(path) or path.is_row


def test_a_name_that_begins_alike_is_another_field() -> None:
    assert not Path("period_funds.total").is_under("period")
    assert not Path("ab").is_under("a")
    assert not Path("rows[10]").is_under("rows[1]")


@pytest.mark.parametrize(
    ("path", "parent", "row", "pattern"),
    [
        ("year", "", "", "year"),
        ("funds.total", "funds", "", "funds.total"),
        ("projects[0]", "projects", "projects[0]", "projects[]"),
        ("projects[0].name", "projects[0]", "projects[0]", "projects[].name"),
        ("a[0].b[12].c", "a[0].b[12]", "a[0].b[12]", "a[].b[].c"),
    ],
)
def test_what_a_path_lies_in(path: str, parent: str, row: str, pattern: str) -> None:
    found = Path(path)
    assert (found.parent, found.row, found.pattern) == (parent, row, pattern)


def test_all_rows_that_a_path_lies_in() -> None:
    assert Path("a[0].b[1].c").rows == ("a[0]", "a[0].b[1]")


def test_what_does_not_lie_under_has_no_rest() -> None:
    with pytest.raises(ValueError, match="does not lie under"):
        Path("ab.c").below("a")
