"""Forms of later stages, filled in by an office: what it computes is what follows, to the cent.

Each sheet is one filling: open cells of an approved project, or of a department, are drawn, and
typed or put in by the office, which computes the others and saves as xlsx, xls or ods. What is read
of the file is what was typed, and its computed cells show what follows from that; rates and scores
are reckoned here once more, in fractions.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from ptxl import api
from ptxl.cells import cell_name
from ptxl.check.submission import type_values
from ptxl.documents.document import load_answers
from ptxl.model.form import Field, Unit
from ptxl.model.layout import Layout
from ptxl.model.submission import Submission
from ptxl.read import read_submission
from ptxl.rules.computed import compute_cells
from ptxl.template import Templates
from ptxl.text import Raw
from tests import office as desk
from tests.conftest import SAMPLES, Figures, submit
from tests.office import Computed, Office

SEED = int(os.environ.get("PTXL_SEED", "20260101"))
#: how many sheets are filled in, of each template in each format
COUNT = int(os.environ.get("PTXL_STAGE_FILLINGS", "4"))
#: how many of them stand in one workbook
SHEETS = 10
DEPARTMENT = "department-self-evaluation"
STAGES = ("project-monitoring", "project-adjustment", "project-self-evaluation", DEPARTMENT)
FORMATS = ("xlsx", "xls", "ods")
UNIT = Unit(code="105001", name="清源县民政局", department="清源县民政局")
YEAR = {"year": 2026}
ROWS = [
    ("成本指标", "经济成本指标", "每人次补贴", "≤60元"),
    ("产出指标", "数量指标", "送餐份数", "≥12000份"),
    ("产出指标", "质量指标", "服务合格率", "≥95%"),
    ("满意度指标", "服务对象满意度指标", "服务对象满意度", "≥90%"),
]
WORDS = ("经费到位晚", "人员调整", "已按时完成", "改进采购流程，加快支付", "无")
TARGETS = ("≥95%", "520人次", "≤3次", "12000份", "98.5%", "基本完成", "2026年6月底前")


# -- what is approved, and what is drawn


def approve(folder: Path, template: str, count: int) -> Path:
    """The summary of a unit with so many approved projects, each with other funds, or with the
    approved targets of the department."""
    answers: dict[str, object]
    if template == DEPARTMENT:
        sample = load_answers(SAMPLES / "good" / "henan-2020-department" / "answers.json")
        answers = {"department": sample["department"]}
        earlier, parameters = "henan-department", YEAR
    else:
        chance = random.Random(SEED)
        answers = {"projects": [project(number, chance) for number in range(count)]}
        earlier, parameters = "national-project", {**YEAR, "projects": count}
    (form,) = api.generate(earlier, [UNIT], folder / "forms", parameters=parameters)
    (folder / "returned").mkdir()
    api.fill(form, answers, folder / "returned" / form.name)
    api.merge([folder / "returned"], folder / "county.xlsx", json=folder / "county.json")
    return folder / "county.json"


def project(number: int, chance: random.Random) -> dict[str, object]:
    names = ("level1", "level2", "level3", "value")
    fiscal, other = amount(chance), amount(chance)
    return {
        "code": f"P{number}", "name": f"居家养老{number}", "department": UNIT.name,
        "unit": UNIT.name, "nature": "延续项目", "period": "2026年",
        "funds": {"total": fiscal + other, "fiscal": fiscal, "other": other},
        "annual_goal": "为居家老年人送餐12000份。",
        "indicators": [dict(zip(names, row, strict=True)) for row in ROWS],
    }  # fmt: skip


def amount(chance: random.Random) -> Decimal:
    """An amount as it may stand in a budget: nothing, a hundred yuan, millions, up to a cent.

    Programs keep 15 digits of a number: rates of amounts that differ more would show fewer cents.
    """
    digits = chance.choice((0, 1, 2, 2, 4, 6))
    number = Decimal(chance.randint(0, 10 ** chance.randint(1, 7))).scaleb(-digits)
    return number if number >= Decimal("0.01") else Decimal(0)


def drawn(field: Field, layout: Layout, chance: random.Random) -> str | Decimal:
    """What a clerk types into a cell."""
    match field.kind:
        case "money":
            return amount(chance)
        case "number":
            most = int(field.maximum or 90)
            return Decimal(chance.randint(0, most * 100)).scaleb(-2)
        case "choice":
            return chance.choice(layout.form.choices(field))
        case "target":
            return chance.choice(TARGETS)
        case "date":
            return f"2026-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    return chance.choice(WORDS)


def filling(layout: Layout, sheet: int, chance: random.Random) -> dict[str, str | Decimal]:
    """Some or all of the open cells of a sheet; of those that are reckoned with, more."""
    share = chance.choice((0.2, 0.6, 0.9, 1.0))
    found: dict[str, str | Decimal] = {}
    for path, place in layout.places.items():
        field = layout.fields[path]
        if place.sheet != sheet or not field.is_open:
            continue
        often = share if field.kind in ("money", "number") else share / 4
        if chance.random() < often:
            found[path] = drawn(field, layout, chance)
    return found


@dataclass(frozen=True)
class Filled:
    """A form of an approved unit, what is typed into it or put in, and where that stands."""

    path: Path
    layout: Layout
    answers: Mapping[str, str | Decimal]
    #: whether the first sheet is typed at the keyboard
    typed: bool = True

    def at(self, path: str) -> tuple[str, str]:
        """The sheet and the cell of a field."""
        place = self.layout.places[path]
        return self.layout.sheets[place.sheet].sheet.name, cell_name(place.row, place.column)

    def carried(self) -> dict[str, Raw]:
        """What was approved, as the cells hold it."""
        entries = read_submission(self.path.read_bytes(), Templates()).entries
        return {path: one.raw for path, one in entries.items() if self.layout.fields[path].earlier}


def issue(folder: Path, template: str, count: int) -> Filled:
    """The form of a unit with so many approved projects, nothing filled in."""
    folder.mkdir()
    approved = api.read_approved(approve(folder, template, count), template)
    parameters = YEAR if template == DEPARTMENT else {**YEAR, "projects": 0}
    (path,) = api.generate(template, [UNIT], folder / "later", approved=approved,
                           parameters=parameters)  # fmt: skip
    return Filled(path, read_submission(path.read_bytes(), Templates()).layout, {})


@pytest.fixture(scope="module", params=STAGES)
def issued(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Filled]:
    """A stage, and a blank form of it."""
    folder = tmp_path_factory.mktemp("stage") / "county"
    return request.param, issue(folder, request.param, min(COUNT, SHEETS))


# -- what follows from that, reckoned in fractions


def rounded(number: Fraction) -> Decimal:
    """To a cent, half away from zero; no number here is negative."""
    return Decimal(int(number * 100 + Fraction(1, 2))).scaleb(-2)


class Hand:
    """What follows from the answers of one project, or of the department, by hand."""

    def __init__(self, submission: Submission, project: str) -> None:
        self.values = type_values(submission).values
        self.project = project

    def number(self, *names: str) -> Fraction:
        """The sum of some answers."""
        found = (self.values.get(f"{self.project}.{name}") for name in names)
        return sum((Fraction(one) for one in found if isinstance(one, Decimal)), Fraction())

    def answered(self, *names: str) -> bool:
        return any(f"{self.project}.{name}" in self.values for name in names)

    def scores(self) -> list[Fraction]:
        """What counts of the score of each indicator: no more than its points."""
        under = f"{self.project}.indicators["
        rows = {
            path.removeprefix(f"{self.project}.").rpartition(".")[0]
            for path in self.values
            if path.startswith(under) and path.endswith((".score", ".weight"))
        }
        return [min(self.number(f"{row}.score"), self.number(f"{row}.weight")) for row in rows]

    def rate(self, name: str, parts: Sequence[str], whole: str) -> Fraction | None:
        """How much of a sum was spent, in per cent; nothing where there is no such sum."""
        spent = self.number(*(f"{name}.{part}" for part in parts))
        budget = self.number(*(f"{whole}.{part}" for part in parts))
        return 100 * spent / budget if budget else None


def monitored(hand: Hand) -> dict[str, Decimal | str | None]:
    found: dict[str, Decimal | str | None] = {}
    for name, rate in (("executed", "execution_rate"), ("forecast", "forecast_rate")):
        whole, spent = hand.number("funds.total"), hand.number(f"{name}.fiscal", f"{name}.other")
        known = whole and hand.answered(f"{name}.fiscal")
        found[rate] = rounded(100 * spent / whole) if known else None
    return found


def evaluated(hand: Hand) -> dict[str, Decimal | str | None]:
    return graded(hand, hand.rate("executed", ("fiscal", "carried", "other"), "funds"))


def department_evaluated(hand: Hand) -> dict[str, Decimal | str | None]:
    return graded(hand, hand.rate("budget.executed", ("fiscal", "other"), "budget"))


def graded(hand: Hand, rate: Fraction | None) -> dict[str, Decimal | str | None]:
    """The score of an execution rate, the total, and the grade of that."""
    points = None if rate is None else rounded(min(Fraction(10), rate / 10))
    scores = hand.scores()
    total = rounded(Fraction(points or 0) + sum(scores))
    known = points is not None or scores
    grade = next(word for word, least in zip("优良中差", (90, 80, 60, 0), strict=True)
                 if total >= least)  # fmt: skip
    return {
        "execution_rate": None if rate is None else rounded(rate),
        "execution_score": points,
        "total_score": total if known else None,
        "grade": grade if known else None,
    }


def adjusted(hand: Hand) -> dict[str, Decimal | str | None]:
    """Nothing is computed there."""
    return {}


BY_HAND = {
    "project-monitoring": monitored,
    "project-adjustment": adjusted,
    "project-self-evaluation": evaluated,
    DEPARTMENT: department_evaluated,
}


# -- the office


def workbooks(form: Filled, seed: str) -> Iterator[Filled]:
    """The form with all fillings, as many in each as it has sheets to fill in.

    Only the first is typed at the keyboard where there is one for each filling.
    """
    sheets = len(form.layout.sheets)
    for first in range(0, COUNT, sheets):
        chance = random.Random(f"{SEED} {seed} {first}")
        answers: dict[str, str | Decimal] = {}
        for sheet in range(min(sheets, COUNT - first)):
            answers |= filling(form.layout, sheet, chance)
        yield replace(form, answers=answers, typed=sheets > 1 or not first)


@pytest.mark.office
@pytest.mark.parametrize("suffix", FORMATS)
def test_what_an_office_computes_is_what_follows(
    office: Office, tmp_path: Path, issued: tuple[str, Filled], suffix: str, figures: Figures
) -> None:
    typed = computed = 0
    template, blank = issued
    returned = tmp_path / f"returned.{suffix}"
    carried = blank.carried()
    for form in workbooks(blank, f"{template} {suffix}"):
        enter(office, form, returned)
        submission = read_submission(returned.read_bytes(), Templates())
        assert submission.findings == ()
        assert not [one for one in type_values(submission).findings if "computed" in one.code]
        wanted = submit(form.layout, {**carried, **form.answers})
        assert type_values(submission).values == type_values(wanted).values, f"seed {SEED}"
        shown = shown_by(office, returned, form)
        assert shown == expected(wanted, shown), f"seed {SEED}"
        by_hand(wanted, template)
        typed, computed = typed + len(form.answers), computed + len(shown)
    figures(
        f"{template} as {suffix}: {COUNT} fillings by an office ({typed} cells) are read as they "
        f"were put in, {computed} computed cells agree (seed {SEED})"
    )


def enter(office: Office, form: Filled, returned: Path) -> None:
    """The first sheet is typed, as at a keyboard; the others are put in, which is faster."""
    first = form.layout.sheets[0].sheet.name if form.typed else ""
    keys = [(*form.at(path), str(value)) for path, value in form.answers.items()]
    between = returned.with_name("typed.xlsx") if form.typed else form.path
    if form.typed:
        own = [key for key in keys if key[0] == first]
        assert not [one for one in office.type_into(form.path, own, between) if one.protected]
    put = [
        desk.set_cell(*form.at(path), float(value) if isinstance(value, Decimal) else value)
        for path, value in form.answers.items()
        if form.at(path)[0] != first
    ]
    office.edit(between, put, returned)


def shown_by(office: Office, path: Path, form: Filled) -> dict[str, Computed]:
    """What the computed cells of a saved form show after the office computed all anew."""
    paths = [path for path, field in form.layout.fields.items() if field.compute]
    areas = [form.at(path) for path in paths]
    answer = office.compute(path, areas)
    return {path: area[0][0] for path, area in zip(paths, answer, strict=True)}


def expected(wanted: Submission, shown: Mapping[str, Computed]) -> dict[str, Computed]:
    """What they show by exact reckoning."""
    values = type_values(wanted).values
    found = compute_cells(wanted.layout, values, wanted.entries).shown
    exact = {path: found.get(path, "") for path in shown}
    return {
        path: float(one) if isinstance(one, Decimal) else str(one) for path, one in exact.items()
    }


def by_hand(wanted: Submission, template: str) -> None:
    """Rates, scores and grades follow by hand too."""
    values = type_values(wanted).values
    rows = {path.partition(".")[0] for path in wanted.layout.fields}
    for project in rows:
        for name, value in BY_HAND[template](Hand(wanted, project)).items():
            assert values.get(f"{project}.{name}") == value, (project, name)


@pytest.mark.office
@pytest.mark.parametrize("suffix", FORMATS)
def test_nobody_types_over_what_was_approved_and_without_protection_it_is_found(
    office: Office, tmp_path: Path, issued: tuple[str, Filled], suffix: str
) -> None:
    _, form = issued
    source, typed, changed = (tmp_path / f"{name}.{suffix}" for name in ("a", "b", "c"))
    office.convert(form.path, source)
    carried = [
        path
        for path, field in form.layout.fields.items()
        if field.earlier and not form.layout.places[path].sheet
    ]
    answers = office.type_into(source, [(*form.at(path), "1") for path in carried], typed)
    assert len(answers) == len(carried) > len(ROWS) * 4
    assert all(one.protected and not one.changed for one in answers)
    assert read_submission(typed.read_bytes(), Templates()).findings == ()

    over = [desk.set_cell(*form.at(path), 1) for path in carried]
    sheet = form.at(carried[0])[0]
    office.edit(source, [desk.unprotect_sheet(sheet), *over], changed)
    findings = read_submission(changed.read_bytes(), Templates()).findings
    found = [one.path for one in findings if one.code == "carried_changed"]
    assert sorted(map(str, found)) == sorted(map(str, carried))
