"""Rules that nothing can break, and words that are in no list: lint names them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptxl.template import lint_template
from tests.conftest import TINY, MakeTemplate

RULE = "{id: r, each: indicators, at: value, severity: hint, message: m, holds: '%s'}"
FILE = "about: a\nconstants: {wanted: [数量指标, 质量指标], least: 3}\nrules:\n  - %s\n"


@pytest.fixture
def included(make_template: MakeTemplate) -> Path:
    """A file of rules that a template includes."""
    folder = make_template(
        TINY.replace("    rules:\n", "    rules:\n      - {include: shared}\n", 1)
    )
    path = folder.parent / "_rules" / "shared.yaml"
    path.parent.mkdir()
    return path


def told(path: Path, text: str) -> list[tuple[int, str]]:
    path.write_text(text, encoding="utf-8")
    return [(fault.line, fault.message()) for fault in lint_template(path)]


NEVER = "nothing that is answered can break it: the rule never speaks"


@pytest.mark.parametrize(
    "holds",
    [
        "not (value.number > 5 and value.number < 3)",
        "not (value.number >= least and 3 > value.number and level3 != \"\")",
        "value.number < 5 or not (value.number > 5 and value.number <= 5)",
        "not any(indicators, value.number > 5 and value.number < 5)",
    ],
)  # fmt: skip
def test_bounds_that_contradict_each_other(included: Path, holds: str) -> None:
    assert told(included, FILE % RULE % holds) == [(4, NEVER)]


@pytest.mark.parametrize(
    "holds",
    [
        "not (value.number >= 5 and value.number <= 5)",
        "not (value.number > 3 and value.upper < 3)",
        "not (value.number > 5 or value.number < 3)",
        "level2 in wanted",
        "level2 == \"数量指标\" or level1 == \"\"",
        "any(indicators, level2 == \"社会效益指标\" and value.number > 3)",
    ],
)  # fmt: skip
def test_what_some_answers_break_is_right(included: Path, holds: str) -> None:
    assert told(included, FILE % RULE % holds) == []


def test_words_that_are_in_no_list(included: Path) -> None:
    misspelt = (FILE % RULE % "level2 in wanted").replace("质量指标", "质量指标标")
    assert told(included, misspelt) == [
        (2, 'no form has "质量指标标"; did you mean "质量指标"?')
    ]  # fmt: skip
    literal = FILE % RULE % 'level1 != "数量指标"'  # a word of the other level
    assert told(included, literal) == [
        (4, 'no form has "数量指标"; did you mean "质量指标"?')
    ]  # fmt: skip


def test_what_is_never_asked(included: Path) -> None:
    never = "when is never true: the rule is never asked; remove it, or the key"
    rule = RULE % "value.number > 3"
    assert told(included, FILE % rule.replace("id: r", "id: r, when: false")) == [(4, never)]
    asked = rule.replace("id: r", 'id: r, when: "{{ least > 5 }}"')  # who includes it may set that
    assert told(included, FILE % asked) == []


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("id: r", "id: r, needs: [fund.total]", "fund.total"),
        ("id: r", "id: r, lacks: [fund.total]", "fund.total"),
        ("each: indicators", "each: indicator", "indicator"),
        ("each: indicators, at: value", 'over: ["indicators[].valeu"]', "indicators[].valeu"),
    ],
)
def test_a_template_tells_of_a_name_that_is_nearly_one_of_its_own(
    included: Path, old: str, new: str, name: str
) -> None:
    text = FILE % (RULE % "value.number > 3").replace(old, new)
    text = text.replace("value.number", "it.number") if "over" in new else text
    ((line, message),) = told(included, text)
    assert (line, message.partition(";")[0]) == (4, f'no form has "{name}"')
    (fault,) = lint_template(included.parent.parent / "template")
    assert (fault.place, fault.line) == (str(included), 4)
