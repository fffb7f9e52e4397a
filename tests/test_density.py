"""The code stays as plain as it is: few decisions on a line, whatever is added."""

from __future__ import annotations

from pathlib import Path

import pytest

import ptxl
from benchmarks.density import functions, together

#: decisions per 100 lines of functions; where it falls, so does this. Codebases that are easy to
#: read have 17 to 29.
MOST = 35.0


def test_functions_decide_no_more_often_than_they_did() -> None:
    whole = together(list(functions(Path(ptxl.__file__).parent)), "ptxl")
    assert whole.per_hundred <= MOST, "python -m benchmarks.density --worst 40"


def test_every_kind_of_decision_counts_once(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(
        '''
def decide(a, b):
    """Not a line."""
    # nor this

    if a and b or a:
        return [c for c in b if c if a]
    while a:
        a = 1 if b else 2
    try:
        for b in a:
            assert b
    except ValueError:
        match a:
            case 1:
                return lambda: a
'''
    )
    (measured,) = functions(tmp_path)
    assert measured == ("code.py:2 decide", 12, 12)
    assert measured.per_hundred == pytest.approx(100)
