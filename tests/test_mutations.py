"""One answer of a published table broken at a time: exactly that fault at exactly that cell.

Every field of every sample is broken in each way that its kind allows, one by one; what is found
beyond what was found before must be the one expected error, and nothing stays once it is mended.
(What rules on meaning hint at, such as one value on every row, may come and go with any answer.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from ptxl.check.submission import check_submission
from ptxl.model.form import Field
from ptxl.model.layout import Layout
from ptxl.model.path import Path as FieldPath
from ptxl.model.submission import Entry, Submission, rows_holding
from ptxl.read import read_submission
from ptxl.rules.conditions import in_force
from ptxl.text import Raw
from tests.test_samples import CASES, TEMPLATES, filled_form

Found = Counter[tuple[str, str, str]]


class Mutation(NamedTuple):
    """One broken answer: what is typed instead (None: nothing), and what must be found."""

    path: str
    raw: Raw | None
    code: str
    at: str


def mutations(submission: Submission) -> Iterator[Mutation]:
    """All ways to break this submission that have one certain consequence."""
    layout = submission.layout
    for path, entry in submission.entries.items():
        field = layout.fields[path]
        if field.required and not field.part and still_wanted(submission, field):
            wanted = first_tick(layout, field)
            yield Mutation(path, None, "required", wanted)
            yield Mutation(path, " \u200b\u3000", "required", wanted)
        yield from of_its_kind(submission, field, entry.raw)


def first_tick(layout: Layout, field: Field) -> FieldPath:
    """The cell that is asked for where a choice over several has no tick; else the field itself."""
    if not field.tick:
        return field.path
    return next(one.path for one in layout.fields.values() if one.answer == field.answer)


def still_wanted(submission: Submission, field: Field) -> bool:
    """Whether the rest of the row or sheet still asks for the field once it is blank.

    Rows that fall out of use altogether, and with them a category, are another fault.
    """
    rest = rows_holding(path for path in submission.entries if path != field.path)
    owner = submission.layout.owners[field.path]
    return in_force(submission.layout, owner, rest)


def of_its_kind(submission: Submission, field: Field, raw: Raw) -> Iterator[Mutation]:
    path = field.path
    match field.kind:
        case "money":
            for text in (
                "约五万",
                "见附件",
                "一",
                "5万左右",
                "1,23,4",
                "12..5",
                "3+2",
                "5/6",
                "10 20",
            ):
                yield Mutation(path, text, "not_a_number", path)
            yield Mutation(path, "100元", "money_unit_differs", path)
            yield Mutation(path, "1亿元", "money_unit_differs", path)
        case "percent":
            for text in ("一半", "%", "25%%", "约25%", "25 %以上", "二十五"):
                yield Mutation(path, text, "not_a_number", path)
            yield Mutation(path, Decimal("0.25"), "ambiguous_percent", path)
        case "choice" if not field.free:
            for text in ("不在列表", f"{raw}等", f"1{raw}", "是"):
                yield Mutation(path, text, "not_in_list", path)
            if field.under:
                yield from of_another_parent(submission, field)
        case "text" | "long_text" if field.longest:
            yield Mutation(path, "长" * (field.longest + 1), "too_long", path)
        case "code":
            yield Mutation(path, Decimal(10**17), "not_a_code", path)
            yield Mutation(path, "9" * (field.longest + 1), "too_long", path)


def of_another_parent(submission: Submission, field: Field) -> Iterator[Mutation]:
    parent = submission.entries.get(field.under)
    form = submission.layout.form
    own = form.choices(field, str(parent.raw)) if parent else ()
    for other in form.choices(field):
        if own and other not in own:
            yield Mutation(field.path, other, "not_under_parent", field.path)


def findings(submission: Submission, entries: Mapping[str, Entry]) -> Found:
    changed = replace(submission, entries=entries)
    return Counter(
        (f.code, f.path, f.cell)
        for f in check_submission(changed).findings
        if f.severity == "error"
    )


def without_computed(submission: Submission, found: Found) -> Found:
    """The findings that are not about what the form computes: of a broken answer that is wrong."""
    fields = submission.layout.fields
    about = {key: fields.get(key[1]) for key in found}
    return Counter({
        key: count for key, count in found.items() if (one := about[key]) is None or not one.compute
    })  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_broken_answer_is_found_alone_and_where_it_is(case: Path) -> None:
    submission = read_submission(filled_form(case), TEMPLATES, "")
    before = findings(submission, submission.entries)
    broken = list(mutations(submission))
    for mutation in broken:
        entries = dict(submission.entries)
        if mutation.raw is None:
            del entries[mutation.path]
        else:
            entries[mutation.path] = Entry(mutation.raw)
        if isinstance(mutation.raw, str) and not mutation.raw.strip(" \u200b\u3000"):
            del entries[mutation.path]  # the reader takes it for blank
        more = without_computed(submission, findings(submission, entries) - before)
        cell = submission.where(mutation.at)[1]
        assert more == {(mutation.code, mutation.at, cell): 1}, mutation
    assert findings(submission, submission.entries) == before


#: a published table, what is typed instead, and all that is said beyond what was said before
MEANINGS: list[tuple[str, dict[str, Raw], dict[str, list[str]]]] = [
    ("ningxia-2023-project-1", {"period": "2023年10月-12月"},
     {"date_before_period": ["indicators[8].value"]}),
    ("ningxia-2023-project-1", {"period": "2023年3月-11月"},
     {"date_after_period":
      ["indicators[9].value", "indicators[10].value", "indicators[11].value"]}),
    ("ningxia-2023-project-1", {"period": "2021-2022年"}, {"period_outside_year": ["period"]}),
    ("county-2024-project-6",
     {"indicators[1].level3": "村级道路硬化里程", "indicators[1].value": "24公里"},
     {"indicator_without_goal": ["indicators[1].level3"]}),
    ("hebei-2020-project-2",
     {"indicators[0].level2": "质量指标", "indicators[1].level2": "质量指标"},
     {"quantity_missing": ["indicators"],
      "count_as_quality": ["indicators[0].level2", "indicators[1].level2"]}),
    ("hebei-2020-project-1", {"indicators[1].level2": "质量指标"},
     {"timeliness_missing": ["indicators"]}),
    ("national-2026-project-1", {"indicators[2].level2": "数量指标"},
     {"quality_missing": ["indicators"], "rate_as_quantity": ["indicators[2].level2"]}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "typed", "said"), MEANINGS)
def test_each_break_in_meaning_is_found_alone_and_where_it_is(
    name: str, typed: dict[str, Raw], said: dict[str, list[str]]
) -> None:
    case = next(case for case in CASES if case.name == name)
    submission = read_submission(filled_form(case), TEMPLATES, "")
    instead = {f"projects[0].{path}": Entry(raw) for path, raw in typed.items()}
    changed = replace(submission, entries={**submission.entries, **instead})
    before, after = (
        Counter((f.code, f.path) for f in check_submission(each).findings)
        for each in (submission, changed)
    )
    wanted = [(code, f"projects[0].{path}") for code, paths in said.items() for path in paths]
    assert after - before == Counter(wanted)
    assert before - after == Counter()


def test_there_are_many_ways_to_go_wrong() -> None:
    counts = [len(list(mutations(read_submission(filled_form(c), TEMPLATES, "")))) for c in CASES]
    assert sum(counts) >= 1_000
    assert sum(count >= 200 for count in counts) >= 5
