"""Rounds without a disk, for tests: forms as read, when they came, and the board that follows.

`form`, `came` and `decided` make the records of all tests that need some; where nothing else is
said, every file was collected before every decision.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ptxl.model.findings import Finding
from ptxl.model.form import Unit
from ptxl.rounds import sorting
from ptxl.rounds.board import Board
from ptxl.rounds.records import Answer, Arrival, Decision, Due, FormRecord, Judgement, Received
from ptxl.rounds.settings import Settings

ROUND = "R2026A"
TITLE = "2026年部门项目支出预算绩效目标表"
TEMPLATE = "county-project"
YEAR = {"year": ("预算年度", "2026")}
DEADLINE = date(2026, 3, 20)
#: what a round is about, as these tests have it
SETTINGS = Settings(
    id=ROUND, language="zh", title="2026年部门预算绩效目标申报", year=2026, deadline=DEADLINE,
    office="清源县财政局", contact="李敏", telephone="0312-5551234", number="清财绩〔2026〕5号",
    roster="单位名册.xlsx", templates={TEMPLATE: {}}, key="k" * 32,
)  # fmt: skip


def unit(code: str, name: str, department: str = "") -> Unit:
    """A unit of the roster."""
    return Unit(code=code, name=name, department=department)


def due(of: Unit, **more: Any) -> Due:
    """The form that is due from a unit."""
    return Due(**{"unit": of, "template": TEMPLATE, "title": TITLE, "shared": YEAR, **more})


def form(
    of: Unit, answers: Mapping[str, str], findings: Iterable[Finding] = (), **more: Any
) -> FormRecord:
    """A returned form, as it was read: answers by path, all on one sheet."""
    told = {
        path: Answer(text=text, label=path.rpartition(".")[2], sheet="项目1", cell=f"C{row}")
        for row, (path, text) in enumerate(answers.items(), 2)
    }
    facts = {
        "template": TEMPLATE, "edition": "2026", "serial": "S1", "title": TITLE, "unit": of,
        "round": ROUND, "shared": YEAR, "came_from": "", "saved": None,
        "answers": told, "findings": tuple(findings), "projects": 1, "indicators": 9,
        "totals": {"total": Decimal("28.69"), "fiscal": Decimal("28.69"), "other": Decimal(0)},
    }  # fmt: skip
    return FormRecord(**{**facts, **more})


def came(judgement: Judgement, name: str, moment: datetime, **more: Any) -> Received:
    """A file that came; its hash is that of its name and of the moment."""
    facts = {
        "number": 1, "digest": digest_of(f"{name} {moment}"), "size": 20_000, "suffix": ".xlsx",
        "arrivals": (Arrival(names=(name,), arrived=moment),), "judgement": judgement,
    }  # fmt: skip
    return Received(**{**facts, **more})


def digest_of(text: str) -> str:
    """The hash of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def decided(one: Received, verdict: str, moment: datetime, **more: Any) -> Decision:
    """What the officer decided about a file."""
    facts = {
        "digest": one.digest,
        "verdict": verdict,
        "reason": "已电话核实",
        "decided": moment,
        "seen": 1,
    }
    return Decision(**{**facts, **more})


def board(
    dues: Sequence[Due], received: Iterable[Received], now: datetime,
    decisions: Iterable[Decision] = (),
) -> Board:  # fmt: skip
    """The board of a round with these forms due and these files received."""
    terms = sorting.Basis(
        round=ROUND, dues=dues, deadline=SETTINGS.closes, issued=datetime(2026, 2, 20), now=now
    )
    return sorting.make_board(terms, received, decisions)
