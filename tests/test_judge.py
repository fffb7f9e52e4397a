"""The record of a returned form: what it says, and that it comes back from text as it was."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptxl import api
from ptxl.check.waivers import Waiver, Waivers
from ptxl.merge.rows import ProjectMoney
from ptxl.model.findings import Finding, finding
from ptxl.model.form import Unit
from ptxl.receive import wire
from ptxl.receive.workers import Opened, Terms, Workers
from ptxl.renew.fill import fill_form
from ptxl.rounds.judge import from_text, judge, to_text
from ptxl.rounds.records import Answer, Container, FormRecord, Judgement, Refused
from ptxl.template import Templates
from ptxl.words import Phrase, phrase
from tests.broken import Fault, broken_form, check, faults, good_form, goods, spoiled_form
from tests.conftest import SAMPLES
from tests.office import Office
from tests.packages import mark_workbook

TEMPLATES = Templates()
CASE = SAMPLES / "good" / "hebei-2020-project-1"


def judged(data: bytes, key: bytes = b"", waivers: Waivers | None = None) -> FormRecord:
    terms = Terms(templates=TEMPLATES, key=key)
    return judge(Opened(data, Path("表.xlsx"), "表.xlsx", terms), waivers=waivers)


def back(judgement: Judgement) -> Judgement:
    return from_text(to_text(judgement), TEMPLATES)


# -- what it says


def test_a_record_says_what_was_typed_and_where() -> None:
    record = judged(good_form(CASE))
    assert record.template == "hebei-department"
    assert record.unit == check(good_form(CASE)).submission.identity.unit
    assert record.title == "2020年度部门预算绩效文本"
    assert record.shared["year"][1] == "2020"
    assert (record.projects, record.indicators) == (1, 6)
    assert record.totals == {"total": 10, "fiscal": 10}
    answer = record.answers["projects[0].funds.total"]
    assert (answer.text, answer.sheet, answer.cell) == ("10", "项目1", "C5")
    assert answer.label
    assert not record.blank
    assert (record.round, record.came_from, record.saved) == ("", "", None)


def test_answers_stand_in_printed_order() -> None:
    data = good_form(CASE)
    printed = [str(path) for path in check(data).submission.layout.fields]
    paths = list(judged(data).answers)
    assert paths == [path for path in printed if path in set(paths)]


def test_the_budget_of_a_department_is_its_total() -> None:
    record = judged(good_form(SAMPLES / "good" / "henan-2020-department"))
    assert record.projects == 0
    amount = Decimal("2115.4")
    assert record.totals == {"total": amount, "fiscal": amount, "other": 0}


def test_a_form_as_issued_is_blank(tmp_path: Path) -> None:
    (form,) = api.generate("hebei-department", [Unit(code="1", name="甲")], tmp_path)
    record = judged(form.read_bytes())
    assert record.blank
    assert record.totals == {}


def test_figures_that_the_form_was_issued_with_do_not_fill_it_in(tmp_path: Path) -> None:
    figures = {"1": {"projects": [{"funds": {"total": "12"}}]}}
    unit = Unit(code="1", name="甲")
    (form,) = api.generate("ningxia-project", [unit], tmp_path, prefill=figures)
    data = form.read_bytes()
    assert judged(data).blank
    for answers in ({"funds": {"total": 13}}, {"name": "桥"}):
        filled = fill_form(data, {"projects": [answers]}, TEMPLATES)
        assert not judged(filled).blank


def test_a_marked_copy_says_which_submission_it_was_made_of() -> None:
    data = spoiled_form(CASE)
    digest = sha256(data).hexdigest()
    assert judged(mark_workbook(data, check(data), came_from=digest)).came_from == digest


def test_approved_exceptions_are_hints_and_named() -> None:
    data = broken_form(next(one for one in faults() if one.name == "required_answer_missing"), None)
    plain = judged(data)
    wrong = next(found for found in plain.findings if found.code == "required")
    waiver = Waiver(
        unit=plain.unit.code, rule="required", field="", reason="已核实", approver="张三",
        expiry=date(2099, 1, 1),
    )  # fmt: skip
    waived = judged(data, waivers=Waivers((waiver,), date(2026, 3, 1)))
    assert [found.path for found in waived.approved] == [wrong.path]
    assert waived.count("error") == plain.count("error") - 1
    assert set(waived.approved) <= set(waived.findings)


def test_the_name_of_the_file_is_left_to_the_round() -> None:
    terms = Terms(templates=TEMPLATES)
    record = judge(Opened(good_form(CASE), Path("999999_别的单位.xlsx"), "", terms))
    assert "file_name_differs" not in {found.code for found in record.findings}


# -- in a worker, as text, and back


def samples() -> list[Path | Fault]:
    return [*goods(), *(fault for fault in faults() if not fault.edits)]


def sample(one: Path | Fault) -> bytes:
    return broken_form(one, None) if isinstance(one, Fault) else good_form(one)


@pytest.mark.slow
@pytest.mark.parametrize("one", samples(), ids=lambda one: one.name)
def test_every_sample_comes_back_from_text_as_it_was(one: Path | Fault) -> None:
    record = judged(sample(one))
    again = back(record)
    assert again == record
    assert isinstance(again, FormRecord)
    assert list(again.answers) == list(record.answers)
    assert [f.message("zh") for f in again.findings] == [f.message("zh") for f in record.findings]


@pytest.mark.office
@pytest.mark.parametrize("kind", ["xls", "ods"])
@pytest.mark.parametrize("name", ["hebei-2020-project-1", "henan-2020-department"])
def test_other_formats_give_the_same_record(
    name: str, kind: str, office: Office, tmp_path: Path
) -> None:
    data = good_form(SAMPLES / "good" / name)
    (tmp_path / "form.xlsx").write_bytes(data)
    office.convert(tmp_path / "form.xlsx", tmp_path / f"form.{kind}")
    expected, record = judged(data), judged((tmp_path / f"form.{kind}").read_bytes())
    assert record.answers == expected.answers
    assert record.totals == expected.totals
    assert back(record) == record


def test_a_record_comes_home_from_a_worker(tmp_path: Path) -> None:
    (tmp_path / "表.xlsx").write_bytes(good_form(CASE))
    with Workers(judge, Terms(templates=TEMPLATES), count=1) as workers:
        (outcome,) = workers.each([(tmp_path / "表.xlsx", "表.xlsx")])
    assert outcome == judged(good_form(CASE))


_TEXTS = st.text(max_size=30)
_AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, places=6)
_FACTS = st.one_of(_TEXTS, st.integers(), st.dates(), _AMOUNTS)
_PHRASES = st.builds(Phrase, _TEXTS, st.dictionaries(_TEXTS, _FACTS, max_size=3))
_ANSWERS = st.builds(Answer, text=_TEXTS, label=_TEXTS, sheet=_TEXTS, cell=_TEXTS)


_MONEY = st.builds(
    ProjectMoney, path=_TEXTS, project=_TEXTS, amount=st.none() | _AMOUNTS, unread=st.booleans(),
    sheet=_TEXTS, cell=_TEXTS, errors=st.integers(0, 9),
)  # fmt: skip


@st.composite
def _records(draw: st.DrawFn) -> FormRecord:
    findings = draw(st.lists(st.sampled_from(_findings()), max_size=4).map(tuple))
    return FormRecord(
        **{name: draw(_TEXTS) for name in ("template", "edition", "serial", "title", "round")},
        unit=Unit(code=draw(_TEXTS), name=draw(_TEXTS), more=draw(st.dictionaries(_TEXTS, _TEXTS))),
        shared=draw(st.dictionaries(_TEXTS, st.tuples(_TEXTS, _TEXTS), max_size=2)),
        came_from=draw(_TEXTS),
        saved=draw(st.none() | st.datetimes()),
        answers=draw(st.dictionaries(_TEXTS, _ANSWERS, max_size=4)),
        findings=findings,
        projects=draw(st.integers(0, 99)),
        indicators=draw(st.integers(0, 99)),
        totals=draw(st.dictionaries(_TEXTS, _AMOUNTS, max_size=3)),
        approved=findings[:1],
        money=draw(st.lists(_MONEY, max_size=2).map(tuple)),
    )


def _findings() -> tuple[Finding, ...]:
    return judged(spoiled_form(CASE)).findings


_JUDGEMENTS = st.one_of(
    _records(),
    st.builds(Refused, code=_TEXTS, sentence=_PHRASES),
    st.builds(Container, kind=_TEXTS, files=st.integers(), faults=st.lists(_PHRASES).map(tuple)),
)


@settings(max_examples=100, deadline=None)
@given(_JUDGEMENTS)
def test_every_judgement_comes_back_from_a_database(judgement: Judgement) -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        (text,) = database.execute("select ?", (to_text(judgement),)).fetchone()
    assert from_text(text, TEMPLATES) == judgement


def test_half_a_character_survives_a_database() -> None:
    record = Refused(code="x", sentence=phrase("refusals.damaged", name="a\ud800b"))
    with closing(sqlite3.connect(":memory:")) as database:
        (text,) = database.execute("select ?", (to_text(record),)).fetchone()
    assert from_text(text, TEMPLATES) == record


@pytest.mark.parametrize(
    "text",
    ["", "{}", "null", '["FormRecord"]', '["Layout"]', '["Path","a"]', '["Refused","a"]',
     '["Refused",1,["Phrase","a",["map"]]]', '["Container","zip","3",["tuple"]]'],
)  # fmt: skip
def test_other_text_is_no_judgement(text: str) -> None:
    with pytest.raises(wire.WireError):
        from_text(text, TEMPLATES)


def test_a_record_that_somebody_edited_is_refused_where_it_cannot_be() -> None:
    record = judged(good_form(CASE))
    item = json.loads(to_text(record))
    item[item.index(record.projects)] = "perhaps"
    with pytest.raises(wire.WireError):
        from_text(json.dumps(item), TEMPLATES)
    changed = replace(record, saved=datetime(2026, 3, 1), findings=(finding("not_signed"),))
    assert back(changed) == changed
