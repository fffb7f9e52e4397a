"""Boards made by hand: units, files that came, what was read of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from ptxl.documents.document import Json, load_answers
from ptxl.model.findings import Finding, finding
from ptxl.model.form import Unit
from ptxl.rounds.board import Board
from ptxl.rounds.records import (
    Container,
    Decision,
    Due,
    FormRecord,
    Judgement,
    Received,
    Refused,
)
from ptxl.rounds.settings import Settings
from ptxl.rounds.sorting import Basis, make_board
from ptxl.words import Phrase
from tests import rounds_by_hand
from tests.conftest import SAMPLES
from tests.rounds_by_hand import came, digest_of

ROUND, TEMPLATE = "2026-AB12CD", "county-project"
SETTINGS = Settings(
    id=ROUND, language="zh", title="2026年部门预算绩效目标", year=2026, deadline=date(2026, 3, 20),
    office="清源县财政局", contact="王敏", telephone="0311-8800123", number="清财绩〔2026〕5号",
    roster="名册.csv", templates={TEMPLATE: {"year": 2026}}, key="0123456789abcdef",
)  # fmt: skip
ISSUED = datetime(2026, 3, 1, 9, 0)
IN_TIME, LATE, NOW = (
    datetime(2026, 3, 10, 9, 30), datetime(2026, 3, 22, 16, 5), datetime(2026, 3, 25, 14, 0)
)  # fmt: skip
UNITS = (
    Unit(code="101001", name="清源县教育局", department="清源县教育局"),
    Unit(code="101002", name="清源县第一中学", department="清源县教育局"),
    Unit(code="101003", name="清源县特殊教育学校", department="清源县教育局"),
    Unit(code="102001", name="清源县卫生健康局", department="清源县卫生健康局"),
    Unit(code="102002", name="清源县人民医院", department="清源县卫生健康局"),
    Unit(code="103001", name="清源县档案馆"),
)
WRONG = finding(
    "required", path="projects[0].name", sheet="项目1", cell="C3", label="项目名称"
)  # fmt: skip
#: found by a rule of the template, on two answers
DIFFERS = Finding(
    code="funds_add_up", severity="error", path="projects[0].funds.total", sheet="项目1",
    cell="C5", label="年度资金总额", looks_at=("projects[0].funds.fiscal",),
    phrase=Phrase("findings.required"),
)  # fmt: skip
DOUBTFUL = finding(
    "percent_unclear", path="projects[0].indicators[0].value", sheet="项目1", cell="F12",
    label="指标值", raw="95", number="95",
)  # fmt: skip


def due(unit: Unit, template: str = TEMPLATE) -> Due:
    """A form that is due of a unit."""
    return Due(
        unit=unit, template=template, title="项目支出绩效目标申报表",
        shared={"year": ("预算年度", "2026")}, contact=f"{unit.name[3]}老师",
        telephone=f"0311-88{unit.code}", email=f"{unit.code}@example.cn",
    )  # fmt: skip


DUES = tuple(map(due, UNITS))


def form(unit: Unit, *findings: Finding, **answers: str) -> FormRecord:
    """What was read of a unit's form."""
    texts = {"name": f"{unit.name}设备购置项目", "total": "120.5", "fiscal": "100.5"} | answers
    paths = {"name": "projects[0].name", "total": "projects[0].funds.total",
             "fiscal": "projects[0].funds.fiscal"}  # fmt: skip
    return rounds_by_hand.form(
        unit, {paths[name]: text for name, text in texts.items() if text}, findings,
        edition="2025", serial=f"S{unit.code}", title="项目支出绩效目标申报表", round=ROUND,
        indicators=3,
        totals={"total": Decimal("120.5"), "fiscal": Decimal("100.5"), "other": Decimal(20)},
    )  # fmt: skip


def answers_of_any_unit() -> Json:
    """Answers of a published project form, without those that a form prints of its own unit."""
    answers = load_answers(SAMPLES / "good" / "county-2024-project-1" / "answers.json")
    del answers["unit"], answers["projects"][0]["department"], answers["projects"][0]["unit"]
    return answers


def received(name: str, judgement: Judgement, arrived: datetime = IN_TIME) -> Received:
    """A file that came."""
    digest, suffix = digest_of(f"{name}{arrived}"), f".{name.rpartition('.')[2]}"
    return came(judgement, name, arrived, digest=digest, size=len(name), suffix=suffix)


def refused(code: str, **facts: object) -> Refused:
    """A file of which nothing was read."""
    return Refused(code=code, sentence=Phrase(f"refusals.{code}", facts))


def board(
    files: Iterable[Received], decisions: Iterable[Decision] = (), *, now: datetime = NOW,
    dues: Iterable[Due] = DUES,
) -> Board:  # fmt: skip
    """The board of some files."""
    terms = Basis(
        round=ROUND, dues=tuple(dues), deadline=SETTINGS.closes, issued=ISSUED, now=now
    )  # fmt: skip
    return make_board(terms, files, decisions)


def mixed_files() -> Mapping[str, Received]:
    """Files of each kind, by what they are."""
    school = form(UNITS[1], WRONG, DOUBTFUL, name="")
    return {
        "good": received("101001_清源县教育局.xlsx", form(UNITS[0])),
        "wrong": received("一中 报表.xlsx", school, IN_TIME + timedelta(hours=3)),
        "late": received("102001_清源县卫生健康局.xlsx", form(UNITS[3], DOUBTFUL), LATE),
        "unreadable": received("102002_清源县人民医院.xls", refused("encrypted")),
        "foreign": received("别的表.xlsx", form(Unit(code="999", name="外县财政局"))),
        "formula": received("=1+1.docx", refused("document")),
        "archive": received("材料.zip", Container(kind="zip", files=2)),
    }


def mixed_board(*, now: datetime = NOW) -> Board:
    """A board on which forms stand in every way that matters."""
    return board(mixed_files().values(), now=now)
