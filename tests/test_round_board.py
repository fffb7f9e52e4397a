"""The board of a round: what each received file is, which one counts, how each form stands.

Records are made by hand; no file and no clock is involved.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptxl.model.findings import Finding, Severity
from ptxl.model.form import Unit
from ptxl.rounds.board import ACCEPTABLE, Board, Filed, Line, Standing
from ptxl.rounds.decide import find_file
from ptxl.rounds.names import UnitNames
from ptxl.rounds.records import (
    Arrival,
    Container,
    Decision,
    Due,
    FormRecord,
    Judgement,
    Received,
    Refused,
)
from ptxl.rounds.sorting import Basis, make_board
from ptxl.words import LANGUAGES, Speaker, phrase
from tests import rounds_by_hand
from tests.rounds_by_hand import came, digest_of

BUREAU = Unit(code="101001", name="教育局", department="教育局")
SCHOOL = Unit(code="101002", name="教育局第一小学", department="教育局")
HOSPITAL = Unit(code="102001", name="人民医院", department="卫生局")
LIBRARY = Unit(code="2026", name="图书馆", department="文化局")
STRANGER = Unit(code="999001", name="外县某局")
UNITS = (BUREAU, SCHOOL, HOSPITAL, LIBRARY)
PROJECT, WHOLE = "county-project", "hebei-department"
TITLES = {PROJECT: "项目绩效目标表", WHOLE: "部门绩效文本"}
ROUND = "2026-ABCDEF"
YEAR = {"year": ("预算年度", "2026")}
DEADLINE = datetime(2026, 3, 20, 23, 59, 59)


def due(unit: Unit, template: str = PROJECT) -> Due:
    return Due(unit=unit, template=template, title=TITLES[template], shared=YEAR)


#: every unit owes the project form, the bureau both
DUES = (due(BUREAU), due(BUREAU, WHOLE), due(SCHOOL), due(HOSPITAL), due(LIBRARY))
BASIS = Basis(
    round=ROUND, dues=DUES, deadline=DEADLINE, issued=datetime(2026, 3, 1, 9),
    now=datetime(2026, 3, 25),
)  # fmt: skip


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    """A moment in March 2026, while the round is open."""
    return datetime(2026, 3, 1, hour, minute) + timedelta(days=day - 1)


def finding(severity: Severity, path: str = "projects[0].name") -> Finding:
    return Finding(code=f"made_{severity}", severity=severity, path=path, sheet="项目1", cell="B2")


def form(
    unit: Unit,
    answers: Mapping[str, str] | str = "一",
    findings: Sequence[Severity] = (),
    *,
    template: str = PROJECT,
    round_id: str = ROUND,
    year: str = "2026",
    came_from: str = "",
    saved: datetime | None = None,
) -> FormRecord:
    """A form as it was read; a text alone is the answer to the first question."""
    if isinstance(answers, str):
        answers = {"projects[0].name": answers} if answers else {}
    return rounds_by_hand.form(
        unit, answers, map(finding, findings), template=template, title=TITLES[template],
        round=round_id, shared={"year": ("预算年度", year)}, came_from=came_from, saved=saved,
    )  # fmt: skip


def sent(
    judgement: Judgement,
    day: int = 10,
    *,
    label: str = "",
    names: Sequence[str] = (),
    mail: datetime | None = None,
    hour: int = 12,
    number: int = 1,
) -> Received:
    """A file that came on a day; its hash is made of `label`, by default of what it is."""
    record = judgement if isinstance(judgement, FormRecord) else None
    default = f"{record.unit.code} {record.unit.name}.xlsx" if record else "材料.bin"
    return came(
        judgement, default, at(day, hour), number=number,
        digest=digest_of(label or f"{judgement!r}{day}{hour}"),
        arrivals=(Arrival(names=tuple(names) or (default,), arrived=at(day, hour), sent=mail),),
    )  # fmt: skip


def refused(code: str) -> Refused:
    return Refused(code=code, sentence=phrase(f"refusals.{code}"))


def decided(received: Received, verdict: str, day: int = 24, seen: int = 1) -> Decision:
    return rounds_by_hand.decided(received, verdict, at(day), reason="电话核实", seen=seen)


def board(*received: Received, decisions: Sequence[Decision] = ()) -> Board:
    return make_board(BASIS, received, decisions)


def line(made: Board, unit: Unit, template: str = PROJECT) -> Line:
    return next(one for one in made.lines if one.due.key == (unit.code, template))


def states(files: Sequence[Filed]) -> list[Standing]:
    return [one.state for one in files]


def words(one: Line | Filed) -> str:
    """Everything that is said of a line or a file, in Chinese."""
    speaker = Speaker("zh")
    return "\n".join(map(speaker.word, one.remarks))


def counted(one: Line) -> Received | None:
    return one.counted.received if one.counted else None


# -- one file alone

ALONE: list[tuple[str, Judgement, str, Standing, Standing]] = [
    # what came, its name, what the file is, how the form of the hospital stands
    ("good", form(HOSPITAL), "人民医院.xlsx", Standing.ACCEPTED, Standing.ACCEPTED),
    ("hints only", form(HOSPITAL, "一", ["hint"]), "1.xlsx", Standing.ACCEPTED, Standing.ACCEPTED),
    ("warning", form(HOSPITAL, "一", ["warning"]), "1.xlsx", Standing.TO_CHECK, Standing.TO_CHECK),
    ("error", form(HOSPITAL, "一", ["error", "warning"]), "1.xlsx",
     Standing.TO_CORRECT, Standing.TO_CORRECT),
    ("blank", form(HOSPITAL, "", ["error"]), "人民医院.xlsx", Standing.BLANK, Standing.BLANK),
    ("last year", form(HOSPITAL, year="2025"), "1.xlsx", Standing.OTHER_YEAR, Standing.OTHER_YEAR),
    ("last year and round", form(HOSPITAL, year="2025", round_id="2025-ZZZZZZ"), "1.xlsx",
     Standing.OTHER_YEAR, Standing.OTHER_YEAR),
    ("other round", form(HOSPITAL, round_id="2026-ZZZZZZ"), "1.xlsx",
     Standing.FOREIGN, Standing.FOREIGN),
    ("no round", form(HOSPITAL, round_id=""), "1.xlsx", Standing.FOREIGN, Standing.FOREIGN),
    ("form not due", form(HOSPITAL, template=WHOLE), "1.xlsx", Standing.FOREIGN, Standing.MISSING),
    ("stranger", form(STRANGER), "1.xlsx", Standing.FOREIGN, Standing.MISSING),
    ("another's name", form(HOSPITAL), "教育局.xlsx", Standing.MISNAMED, Standing.MISNAMED),
    ("another's code", form(HOSPITAL), "101002 表.xlsx", Standing.MISNAMED, Standing.MISNAMED),
    ("own code in full width", form(HOSPITAL), "１０２００１教育局报.xlsx",
     Standing.ACCEPTED, Standing.ACCEPTED),
    ("own and another's name", form(HOSPITAL), "教育局收 人民医院.xlsx",
     Standing.ACCEPTED, Standing.ACCEPTED),
    ("no name", form(HOSPITAL), "新建 Microsoft Excel 工作表.xlsx",
     Standing.ACCEPTED, Standing.ACCEPTED),
    ("a year is no code", form(HOSPITAL), "2026年绩效目标.xlsx",
     Standing.ACCEPTED, Standing.ACCEPTED),
    ("but a code is", form(HOSPITAL), "2026 绩效目标.xlsx", Standing.MISNAMED, Standing.MISNAMED),
    ("another's folder", form(HOSPITAL), "教育局/1.xlsx", Standing.ACCEPTED, Standing.ACCEPTED),
    ("picture by name", refused("not_a_workbook"), "人民医院盖章.png",
     Standing.ATTACHMENT, Standing.MISSING),
    ("document by folder", refused("document"), "人民医院/说明.docx",
     Standing.ATTACHMENT, Standing.MISSING),
    ("encrypted", refused("encrypted"), "人民医院.xlsx", Standing.UNREADABLE, Standing.UNREADABLE),
    ("cut short, by code", refused("cut_short"), "表_102001(1).xlsx",
     Standing.UNREADABLE, Standing.UNREADABLE),
    ("damaged, no name", refused("damaged"), "1.xlsx", Standing.UNREADABLE, Standing.MISSING),
    ("own output", refused("own_output"), "人民医院汇总.xlsx",
     Standing.NO_RETURN, Standing.MISSING),
    ("mail", Container(kind="eml", files=2), "人民医院报送.eml",
     Standing.OPENED, Standing.MISSING),
]  # fmt: skip


@pytest.mark.parametrize(
    ("judgement", "name", "file_state", "line_state"), [row[1:] for row in ALONE],
    ids=[row[0] for row in ALONE],
)  # fmt: skip
def test_what_a_file_is_by_itself(
    judgement: Judgement, name: str, file_state: Standing, line_state: Standing
) -> None:
    file = sent(judgement, names=[name])
    made = board(file)
    (filed,) = made.files
    own = line(made, HOSPITAL)
    assert (filed.state, own.state) == (file_state, line_state)
    assert (counted(own) == file) == (line_state in ACCEPTABLE)
    others = {one.state for one in made.lines if one is not own}
    assert others == {Standing.MISSING}


def test_nothing_came() -> None:
    made = board()
    assert {one.state for one in made.lines} == {Standing.MISSING}
    assert [one.due for one in made.lines] == list(DUES)
    assert made.tally.missing == made.tally.due == 5
    assert made.tally.received == made.tally.counted == 0
    assert made.overdue


def test_a_misnamed_form_is_said_to_both_units_and_counts_when_accepted() -> None:
    file = sent(form(HOSPITAL), names=["101002 教育局第一小学.xlsx"])
    made = board(file)
    hospital, school = line(made, HOSPITAL), line(made, SCHOOL)
    assert hospital.counted is None
    assert hospital.to_return
    assert "文件名写的是101002 教育局第一小学，表内是102001 人民医院" in words(hospital)
    assert school.state is Standing.MISSING
    assert "文件名是本单位，表内却是102001 人民医院的表" in words(school)
    assert line(made, BUREAU).remarks == ()
    accepted = line(board(file, decisions=[decided(file, "accept")]), HOSPITAL)
    assert (accepted.state, counted(accepted)) == (Standing.ACCEPTED, file)
    assert "人工采用：电话核实" in words(accepted)


def test_a_copy_under_another_units_name_does_not_hold_the_form_but_is_said() -> None:
    twice = sent(form(HOSPITAL), names=["人民医院.xlsx"])
    more = Arrival(names=("教育局第一小学.xlsx",), arrived=at(11))
    twice = replace(twice, arrivals=(*twice.arrivals, more))
    made = board(twice)
    assert line(made, HOSPITAL).state is Standing.ACCEPTED
    assert "同一文件收到 2 次" in words(line(made, HOSPITAL))
    assert "表内却是102001 人民医院的表" in words(line(made, SCHOOL))


def test_who_has_sent_a_form_is_not_told_of_a_stray() -> None:
    made = board(sent(form(HOSPITAL), names=["教育局第一小学.xlsx"]), sent(form(SCHOOL)))
    assert line(made, SCHOOL).remarks == ()


def test_what_comes_in_one_mail_belongs_together() -> None:
    mail, packed = "报送.eml", "各单位.zip"
    own = sent(form(HOSPITAL), names=[mail, "表.xlsx"])
    scan = sent(refused("not_a_workbook"), names=[mail, "IMG_001.jpg"])
    more = [sent(form(unit), names=[packed, f"{unit.code}.xlsx"]) for unit in (SCHOOL, LIBRARY)]
    whose = sent(refused("not_a_workbook"), names=[packed, "扫描.jpg"], label="whose")
    damaged = sent(refused("damaged"), names=[mail, "坏.xlsx"])
    made = board(own, scan, whose, damaged, *more)
    assert [one.received for one in line(made, HOSPITAL).files] == [
        *sorted((own, scan), key=lambda one: one.digest)
    ]
    assert {one.received for one in made.others} == {whose, damaged}


@pytest.mark.parametrize("code", ["not_a_form", "damaged", "encrypted"])
def test_a_workbook_in_the_archive_of_a_good_form_is_an_attachment_of_it(code: str) -> None:
    packed = "102001 人民医院.zip"
    own = sent(form(HOSPITAL), names=[packed, "表.xlsx"])
    beside = sent(refused(code), names=[packed, "测算明细.xlsx"], hour=13)
    made = line(board(own, beside), HOSPITAL)
    assert (made.state, counted(made)) == (Standing.ACCEPTED, own)
    assert states(made.files) == [Standing.ACCEPTED, Standing.ATTACHMENT]
    elsewhere = sent(refused(code), names=["人民医院另报.zip", "测算明细.xlsx"], hour=13)
    assert line(board(own, elsewhere), HOSPITAL).state is Standing.TO_CHECK


def test_an_unreadable_form_beside_another_form_of_the_unit_is_no_attachment() -> None:
    packed = "教育局.zip"
    own = sent(form(BUREAU), names=[packed, "表.xlsx"])
    other = sent(refused("encrypted"), names=[packed, "教育局_部门绩效文本.xlsx"])
    assert line(board(own, other), BUREAU, WHOLE).state is Standing.UNREADABLE


def test_every_name_of_an_unreadable_file_tells_whose_it_is() -> None:
    names = ["微信文件.xlsx", "101001 教育局_部门绩效文本.xlsx"]
    arrivals = tuple(Arrival(names=(name,), arrived=at(10)) for name in names)
    made = board(replace(sent(refused("damaged")), arrivals=arrivals))
    assert line(made, BUREAU, WHOLE).state is Standing.UNREADABLE


def test_a_note_in_the_archive_of_a_department_is_no_form() -> None:
    packed = "101001 教育局.zip"
    note = sent(refused("text"), names=[packed, "说明.txt"])
    made = line(board(note), BUREAU)
    assert (made.state, states(made.files)) == (Standing.MISSING, [Standing.ATTACHMENT])
    form_as_text = sent(refused("text"), names=[packed, "项目绩效目标表.xls"])
    assert line(board(form_as_text), BUREAU).state is Standing.UNREADABLE


def test_a_file_of_nothing_that_two_units_send_is_said_to_both() -> None:
    """Two empty files are alike to the byte."""
    names = ["102001 人民医院.xlsx", "微信文件.xlsx", "101002 教育局第一小学.xlsx"]
    arrivals = tuple(
        Arrival(names=(name,), arrived=at(10 + number)) for number, name in enumerate(names)
    )
    empty = replace(sent(refused("damaged"), label="empty"), arrivals=arrivals)
    made = board(empty)
    hospital, school = line(made, HOSPITAL), line(made, SCHOOL)
    assert [hospital.state, school.state] == [Standing.UNREADABLE, Standing.UNREADABLE]
    assert [one.name for one in hospital.files] == [names[0]]
    assert [one.name for one in school.files] == [names[2]]
    assert made.others == ()
    assert find_file(made, empty.digest[:8]).received.digest == empty.digest
    dismissed = board(empty, decisions=[decided(empty, "reject")])
    assert {one.state for one in dismissed.files} == {Standing.REJECTED}


def test_a_file_without_identity_goes_to_the_form_that_its_name_tells() -> None:
    one = sent(refused("encrypted"), names=["101001 教育局_部门绩效文本.xlsx"])
    other = sent(refused("encrypted"), names=["101001 教育局.xlsx"], label="other")
    made = board(one, other)
    assert [filed.received for filed in line(made, BUREAU, WHOLE).files] == [one]
    assert [filed.received for filed in line(made, BUREAU).files] == [other]


def test_the_innermost_name_tells_the_unit() -> None:
    names = ["教育局报送.zip", "学校/教育局第一小学/1.xlsx"]
    made = board(sent(refused("encrypted"), names=names))
    assert line(made, SCHOOL).state is Standing.UNREADABLE
    assert line(made, BUREAU).state is Standing.MISSING


# -- names


@pytest.mark.parametrize(
    ("name", "own", "unit"),
    [
        ("教育局第一小学.xlsx", "", "101002"),
        ("教育局 第一小学（终稿）.xlsx", "", "101002"),
        ("教育局-第一小学.xlsx", "101001", "101002"),
        ("教育局.xlsx", "101002", "101001"),
        ("教育局、教育局第一小学.xlsx", "", ""),
        ("教育局、教育局第一小学.xlsx", "101001", "101001"),
        ("第一小学.xlsx", "", ""),
        ("101001-1.xlsx", "", "101001"),
        ("1010010.xlsx", "", ""),
        ("X101001.xlsx", "", ""),
        ("１０１００１.xlsx", "", "101001"),
        ("教育_2026_终.xlsx", "", "2026"),
        ("2026年度.xlsx", "", ""),
        ("人民医院2026年度.xlsx", "", "102001"),
        ("", "", ""),
    ],
)
def test_which_unit_a_name_names(name: str, own: str, unit: str) -> None:
    assert UnitNames(UNITS).in_name(name, own) == unit


def test_units_of_the_same_name_are_told_by_their_codes_alone() -> None:
    twins = (Unit(code="201001", name="中心小学"), Unit(code="202001", name="中心小学"))
    names = UnitNames(twins)
    assert names.in_name("中心小学.xlsx") == ""
    assert names.in_name("中心小学.xlsx", "202001") == "202001"
    assert names.in_name("202001中心小学.xlsx", "202001") == "202001"
    assert names.in_name("202001.xlsx", "201001") == "202001"


# -- when a file was sent


@pytest.mark.parametrize(
    ("mail", "saved", "moment", "late"),
    [
        (None, None, at(22), True),  # when it appeared
        (None, at(15), at(15), True),  # when it was saved; late it is by when it came
        (at(19), at(15), at(19), False),  # the mail tells before the workbook
        (at(21), at(15), at(21), True),
        (None, datetime(2020, 1, 1), at(22), True),  # before the forms went out
        (None, datetime(2030, 1, 1), at(22), True),  # after it came
        (None, at(22, 18), at(22, 18), True),  # clocks differ a little
        (datetime(1970, 1, 1), at(15), at(15), True),  # a mail from a computer without a clock
        (datetime(2030, 1, 1), None, at(22), True),
    ],
)
def test_moments(
    mail: datetime | None, saved: datetime | None, moment: datetime, late: bool
) -> None:
    made = board(sent(form(HOSPITAL, saved=saved), 22, mail=mail))
    (filed,) = made.files
    assert (filed.moment, filed.late) == (moment, late)
    assert line(made, HOSPITAL).late is late
    assert made.tally.late == late


def test_the_deadline_includes_its_last_second() -> None:
    on_time = sent(form(HOSPITAL), 12, mail=None)
    arrivals = (replace(on_time.arrivals[0], arrived=DEADLINE),)
    assert not board(replace(on_time, arrivals=arrivals)).files[0].late
    arrivals = (replace(on_time.arrivals[0], arrived=DEADLINE + timedelta(seconds=1)),)
    assert board(replace(on_time, arrivals=arrivals)).files[0].late


def test_a_file_that_came_twice_came_when_it_came_first() -> None:
    file = sent(form(HOSPITAL), 23)
    earlier = Arrival(names=("材料.zip", "表.xlsx"), arrived=at(24), sent=at(18))
    made = board(replace(file, arrivals=(*file.arrivals, earlier)))
    assert (made.files[0].moment, made.files[0].late) == (at(18), False)
    assert "同一文件收到 2 次" in words(made.files[0])


def again(file: Received, day: int, minute: int = 0) -> Received:
    """The same file, which came once more."""
    more = Arrival(names=("又一次.xlsx",), arrived=at(day, 12, minute))
    return replace(file, arrivals=(*file.arrivals, more))


def test_an_older_file_that_came_once_more_is_said() -> None:
    old, new = again(sent(form(HOSPITAL, "一"), 10), 15), sent(form(HOSPITAL, "二"), 12)
    made = line(board(old, new), HOSPITAL)
    assert (made.state, counted(made)) == (Standing.TO_CHECK, new)
    assert "采用的这份2026-03-12发来，以前的一份2026-03-15又原样发来一次" in words(made)
    chosen = line(board(old, new, decisions=[decided(new, "accept")]), HOSPITAL)
    assert chosen.state is Standing.ACCEPTED


def test_files_that_come_once_more_together_say_nothing() -> None:
    old, new = (
        again(sent(form(HOSPITAL, "一"), 10), 15, 1),
        again(sent(form(HOSPITAL, "二"), 12), 15),
    )
    made = line(board(old, new), HOSPITAL)
    assert (made.state, counted(made)) == (Standing.ACCEPTED, new)


def test_an_old_form_that_was_forwarded_late_is_to_be_checked() -> None:
    forwarded = sent(form(HOSPITAL, "一", saved=at(2)), 6, mail=at(6))
    mended = sent(form(HOSPITAL, "二", saved=at(4)), 7)
    made = line(board(forwarded, mended), HOSPITAL)
    assert (made.state, counted(made)) == (Standing.TO_CHECK, forwarded)
    assert "2026-03-07发来的那份表保存于2026-03-04，采用的2026-03-06发来的这份" in words(made)
    assert "却保存于2026-03-02" in words(made)
    chosen = line(board(forwarded, mended, decisions=[decided(mended, "accept")]), HOSPITAL)
    assert (chosen.state, counted(chosen)) == (Standing.ACCEPTED, mended)


@pytest.mark.parametrize("saved", [datetime(2030, 1, 1), at(2, 20), None])
def test_a_clock_that_is_not_believed_or_little_wrong_raises_no_doubt(
    saved: datetime | None,
) -> None:
    old = sent(form(HOSPITAL, "一", saved=saved), 5, mail=at(3))
    new = sent(form(HOSPITAL, "二", saved=at(2)), 6, mail=at(6))
    made = line(board(old, new), HOSPITAL)
    assert (made.state, counted(made)) == (Standing.ACCEPTED, new)


def test_of_two_files_in_one_mail_the_one_saved_last_is_newer() -> None:
    names = ["报送.eml", "表.xlsx"]
    files = [
        sent(form(HOSPITAL, text, saved=at(day)), 12, names=names, mail=at(11), label=text)
        for text, day in (("旧", 5), ("新", 6), ("更旧", 4))
    ]
    for order in itertools.permutations(files):
        assert counted(line(board(*order), HOSPITAL)) == files[1]


# -- several of one form

WARNED: tuple[Severity, ...] = ("warning",)
WRONG: tuple[Severity, ...] = ("error",)


def test_the_newest_good_one_counts_and_the_board_says_what_differs() -> None:
    old, new = sent(form(HOSPITAL, "一"), 10), sent(form(HOSPITAL, "二"), 12)
    made = line(board(new, old), HOSPITAL)
    assert (made.state, counted(made)) == (Standing.ACCEPTED, new)
    assert states(made.files) == [Standing.SUPERSEDED, Standing.ACCEPTED]
    assert (
        words(made)
        == "先后报了两份：2026-03-10和2026-03-12的，采用2026-03-12的；不同之处：name 一→二"
    )
    assert made.to_return is None


def test_on_the_same_day_the_time_of_day_is_said() -> None:
    old, new = sent(form(HOSPITAL, "一"), 10, hour=9), sent(form(HOSPITAL, "二"), 10, hour=15)
    assert "2026-03-10 09:00和2026-03-10 15:00的" in words(line(board(old, new), HOSPITAL))


@pytest.mark.parametrize(
    ("worse", "said"),
    [
        (form(HOSPITAL, "二", WRONG), "2026-03-12又报来一份，有 1 处必须改，未采用"),
        (form(HOSPITAL, ""), "2026-03-12又报来一份（空表），未采用"),
        (form(HOSPITAL, "二", year="2025"), "（旧年度），未采用"),
        (form(HOSPITAL, "二", round_id="2026-ZZZZZZ"), "（非本轮），未采用"),
    ],
)
def test_a_newer_worse_one_does_not_replace_a_good_one_and_is_said(
    worse: FormRecord, said: str
) -> None:
    good, newer = sent(form(HOSPITAL, "一"), 10), sent(worse, 12)
    made = line(board(good, newer), HOSPITAL)
    assert (made.state, counted(made)) == (Standing.TO_CHECK, good)
    assert made.to_return
    assert made.to_return.received == newer
    assert said in words(made)
    assert "现仍采用2026-03-10的那份" in words(made)


def test_a_newer_misnamed_one_does_not_replace_a_good_one() -> None:
    good = sent(form(HOSPITAL, "一"), 10)
    newer = sent(form(HOSPITAL, "二"), 12, names=["教育局.xlsx"])
    made = line(board(good, newer), HOSPITAL)
    assert (made.state, counted(made)) == (Standing.TO_CHECK, good)
    assert "（文件名与内容不符），未采用" in words(made)


def test_a_newer_unreadable_one_is_said_too() -> None:
    good = sent(form(HOSPITAL, "一"), 10)
    newer = sent(refused("encrypted"), 12, names=["人民医院.xlsx"])
    made = line(board(good, newer), HOSPITAL)
    assert (made.state, counted(made), made.to_return) == (Standing.TO_CHECK, good, None)
    assert "（无法读取），未采用" in words(made)
    assert "文件已加密" in words(made)


def test_what_came_before_the_good_one_is_settled() -> None:
    good = sent(form(HOSPITAL, "好"), 15)
    before = [
        sent(form(HOSPITAL, "错", WRONG), 5),
        sent(form(HOSPITAL, ""), 6),
        sent(form(HOSPITAL, "旧", year="2025"), 7),
        sent(form(HOSPITAL, "名"), 8, names=["教育局.xlsx"]),
        sent(refused("encrypted"), 9, names=["人民医院.xlsx"]),
    ]
    made = line(board(good, *before), HOSPITAL)
    assert (made.state, counted(made), made.to_return) == (Standing.ACCEPTED, good, None)
    assert states(made.files) == [
        Standing.SUPERSEDED, Standing.BLANK, Standing.OTHER_YEAR, Standing.SUPERSEDED,
        Standing.UNREADABLE, Standing.ACCEPTED,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second", "state", "returned"),
    [
        (form(HOSPITAL, "一", WRONG), form(HOSPITAL, "二", WRONG), Standing.TO_CORRECT, 1),
        (form(HOSPITAL, "一", WRONG), form(HOSPITAL, ""), Standing.TO_CORRECT, 0),
        (form(HOSPITAL, ""), form(HOSPITAL, "一", WRONG), Standing.TO_CORRECT, 1),
        (form(HOSPITAL, ""), form(HOSPITAL, "", WRONG), Standing.BLANK, 1),
        (form(HOSPITAL, year="2025"), form(HOSPITAL, ""), Standing.BLANK, 1),
        (form(HOSPITAL, ""), form(HOSPITAL, year="2025"), Standing.BLANK, 0),
        (form(HOSPITAL, round_id=""), form(HOSPITAL, year="2025"), Standing.OTHER_YEAR, 1),
    ],
)
def test_while_nothing_counts_the_newest_of_the_most_urgent_goes_back(
    first: FormRecord, second: FormRecord, state: Standing, returned: int
) -> None:
    files = [sent(first, 10), sent(second, 12)]
    made = line(board(*files), HOSPITAL)
    assert (made.state, made.counted) == (state, None)
    assert made.to_return
    assert made.to_return.received == files[returned]


# -- the same answers again


def test_the_same_answers_in_another_format_are_a_duplicate_and_the_first_counts() -> None:
    first, again = sent(form(HOSPITAL, "一"), 19), sent(form(HOSPITAL, "一", saved=at(22)), 22)
    made = line(board(again, first), HOSPITAL)
    assert (counted(made), made.late, made.state) == (first, False, Standing.ACCEPTED)
    assert states(made.files) == [Standing.ACCEPTED, Standing.DUPLICATE]
    assert made.remarks == ()


def test_the_same_answers_in_a_better_workbook_count() -> None:
    first, again = sent(form(HOSPITAL, "一", WARNED), 10), sent(form(HOSPITAL, "一"), 12)
    made = line(board(first, again), HOSPITAL)
    assert (made.state, counted(made)) == (Standing.ACCEPTED, again)
    assert states(made.files) == [Standing.SUPERSEDED, Standing.ACCEPTED]


def test_the_same_answers_in_a_worse_workbook_do_not_count() -> None:
    for worse in (WARNED, WRONG):
        first, again = sent(form(HOSPITAL, "一"), 10), sent(form(HOSPITAL, "一", worse), 12)
        made = line(board(first, again), HOSPITAL)
        assert (made.state, counted(made)) == (Standing.ACCEPTED, first)
        assert states(made.files) == [Standing.ACCEPTED, Standing.DUPLICATE]


def test_who_goes_back_to_the_first_answers_is_believed() -> None:
    files = [sent(form(HOSPITAL, text), day) for text, day in (("一", 10), ("二", 11), ("一", 12))]
    made = line(board(*files), HOSPITAL)
    assert counted(made) == files[2]
    assert states(made.files) == [Standing.SUPERSEDED, Standing.SUPERSEDED, Standing.ACCEPTED]
    assert "不同之处：name 二→一" in words(made)


def test_a_wrong_one_between_two_equal_good_ones_is_settled() -> None:
    files = [
        sent(form(HOSPITAL, "一"), 10),
        sent(form(HOSPITAL, "二", WRONG), 11),
        sent(form(HOSPITAL, "一"), 12),
    ]
    made = line(board(*files), HOSPITAL)
    assert (made.state, counted(made), made.to_return) == (Standing.ACCEPTED, files[2], None)


def test_last_years_answers_do_not_make_this_years_a_duplicate() -> None:
    last = sent(form(HOSPITAL, "一", year="2025"), 10)
    this = sent(form(HOSPITAL, "一", WRONG), 12)
    made = line(board(last, this), HOSPITAL)
    assert states(made.files) == [Standing.OTHER_YEAR, Standing.TO_CORRECT]
    assert made.to_return
    assert made.to_return.received == this
    assert made.to_return.comparison is None


def test_a_properly_named_form_takes_the_place_of_a_misnamed_one() -> None:
    held = sent(form(HOSPITAL, "一", WRONG), 10, names=["教育局.xlsx"])
    own = sent(form(HOSPITAL, "一", WRONG), 12)
    made = line(board(held, own), HOSPITAL)
    assert made.state is Standing.TO_CORRECT
    assert made.to_return
    assert made.to_return.received == own


# -- lineage


def test_a_marked_copy_that_comes_back_unchanged_is_a_duplicate() -> None:
    wrong = sent(form(HOSPITAL, "一", WRONG), 10)
    good = sent(form(HOSPITAL, "二"), 12)
    back = sent(form(HOSPITAL, "一", WRONG, came_from=wrong.digest), 14)
    made = line(board(wrong, good, back), HOSPITAL)
    assert states(made.files) == [Standing.SUPERSEDED, Standing.ACCEPTED, Standing.DUPLICATE]
    assert (made.state, counted(made)) == (Standing.ACCEPTED, good)


def relation(*texts: str, made_of: int) -> str:
    """How the last of several submissions stands to the one before it."""
    files: list[Received] = []
    for number, text in enumerate(texts):
        last = number == len(texts) - 1
        origin = files[made_of].digest if last else files[0].digest if files else ""
        files.append(
            sent(form(HOSPITAL, {"a": text[0], "b": text[1]}, came_from=origin), 10 + number)
        )
    comparison = line(board(*files), HOSPITAL).files[-1].comparison
    assert comparison
    return comparison.relation


def test_lineage() -> None:
    assert relation("00", "10", made_of=0) == "successor"
    assert relation("00", "10", "11", made_of=1) == "successor"
    assert relation("00", "10", "01", made_of=0) == "parallel"  # different answers
    assert relation("00", "10", "20", made_of=0) == "conflict"  # the same answer in two ways
    assert relation("00", "10", "11", made_of=0) == "parallel"  # the same answer alike


def test_a_correction_is_newer_than_what_it_was_made_of_whatever_the_clocks_say() -> None:
    first = sent(form(HOSPITAL, "一", saved=at(11, 0)), 10, hour=16)
    second = sent(form(HOSPITAL, "二", came_from=first.digest, saved=at(10, 18)), 10, hour=19)
    third = sent(form(HOSPITAL, "三", came_from=second.digest, saved=at(10, 17)), 10, hour=20)
    for order in itertools.permutations((first, second, third)):
        made = line(board(*order), HOSPITAL)
        assert (made.state, counted(made)) == (Standing.ACCEPTED, third)
        assert [one.received for one in made.files] == [first, second, third]
        assert "按改后的排在后面" in words(made)


def test_a_form_of_unknown_origin_has_no_lineage() -> None:
    files = [sent(form(HOSPITAL, "一"), 10), sent(form(HOSPITAL, "二", came_from="f" * 64), 11)]
    comparison = line(board(*files), HOSPITAL).files[-1].comparison
    assert comparison
    assert comparison.relation == "unknown"


def test_a_conflict_counts_and_is_to_be_checked() -> None:
    first = sent(form(HOSPITAL, "一", WRONG), 10)
    files = [
        sent(form(HOSPITAL, text, came_from=first.digest), day)
        for text, day in (("二", 11), ("三", 12))
    ]
    made = line(board(first, *files), HOSPITAL)
    assert (made.state, counted(made)) == (Standing.TO_CHECK, files[1])
    assert "改得不同" in words(made)
    decisions = [decided(files[1], "accept")]
    settled = line(board(first, *files, decisions=decisions), HOSPITAL)
    assert settled.state is Standing.ACCEPTED


def test_what_was_mended_and_what_is_still_wrong() -> None:
    first = sent(form(HOSPITAL, {"a": "一", "b": "一", "c": "一"}), 10)
    old = [finding("error", "a"), finding("warning", "b"), finding("hint", "c")]
    assert isinstance(first.judgement, FormRecord)
    first = replace(first, judgement=replace(first.judgement, findings=tuple(old)))
    second = sent(form(HOSPITAL, {"a": "二", "b": "一", "c": "二"}), 12)
    new = (finding("warning", "b"), finding("error", "c"))
    assert isinstance(second.judgement, FormRecord)
    second = replace(second, judgement=replace(second.judgement, findings=new))
    comparison = line(board(first, second), HOSPITAL).files[1].comparison
    assert comparison
    assert [found.path for found in comparison.mended] == ["a"]
    assert [found.path for found in comparison.still] == ["b"]
    assert [found.path for found in comparison.new] == ["c"]
    assert [change.path for change in comparison.changes] == ["a", "c"]
    assert comparison.unasked == ()  # a hint has said something of c


# -- decisions


def test_what_was_accepted_by_hand_counts_before_a_newer_one() -> None:
    old, new = sent(form(HOSPITAL, "一"), 10), sent(form(HOSPITAL, "二"), 12)
    made = line(board(old, new, decisions=[decided(old, "accept")]), HOSPITAL)
    assert (made.state, counted(made)) == (Standing.ACCEPTED, old)
    assert states(made.files) == [Standing.ACCEPTED, Standing.SUPERSEDED]
    assert "人工选定采用2026-03-10的那份，2026-03-12的不采用；不同之处：name 二→一" in words(made)


@pytest.mark.parametrize("appeared", [11, 14])  # it may have lain in the inbox for days
def test_a_good_one_that_was_collected_after_the_decision_is_to_be_checked(appeared: int) -> None:
    old, new = sent(form(HOSPITAL, "一"), 10), sent(form(HOSPITAL, "二"), appeared, number=2)
    made = line(board(old, new, decisions=[decided(old, "accept", day=12)]), HOSPITAL)
    assert (made.state, counted(made)) == (Standing.TO_CHECK, old)
    assert "人工采用之后又收到一份可用的" in words(made)
    both = [decided(old, "accept", day=12), decided(new, "accept", day=15, seen=2)]
    made = line(board(old, new, decisions=both), HOSPITAL)
    assert (made.state, counted(made)) == (Standing.ACCEPTED, new)


def test_what_was_rejected_never_counts_and_is_not_asked_about_again() -> None:
    old, new = sent(form(HOSPITAL, "一"), 10), sent(form(HOSPITAL, "二"), 12)
    made = line(board(old, new, decisions=[decided(new, "reject")]), HOSPITAL)
    assert (made.state, counted(made), made.to_return) == (Standing.ACCEPTED, old, None)
    assert states(made.files) == [Standing.ACCEPTED, Standing.REJECTED]
    made = line(board(new, decisions=[decided(new, "reject")]), HOSPITAL)
    assert (made.state, made.counted) == (Standing.REJECTED, None)
    assert made.to_return
    assert "人工退回：电话核实" in words(made)


def test_the_answers_that_were_rejected_do_not_count_in_another_file() -> None:
    bad, again = sent(form(HOSPITAL, "二"), 10), sent(form(HOSPITAL, "二", saved=at(11)), 12)
    made = line(board(bad, again, decisions=[decided(bad, "reject", day=11)]), HOSPITAL)
    assert (made.state, made.counted) == (Standing.REJECTED, None)
    assert states(made.files) == [Standing.REJECTED, Standing.DUPLICATE]
    decisions = [decided(bad, "reject", day=11), decided(again, "accept", day=13)]
    made = line(board(bad, again, decisions=decisions), HOSPITAL)
    assert (made.state, counted(made)) == (Standing.ACCEPTED, again)


def test_the_answers_that_were_rejected_do_not_count_after_others_either() -> None:
    files = [sent(form(HOSPITAL, text), day) for text, day in (("二", 10), ("三", 11), ("二", 13))]
    made = line(board(*files, decisions=[decided(files[0], "reject", day=11)]), HOSPITAL)
    assert (made.state, counted(made)) == (Standing.ACCEPTED, files[1])
    assert states(made.files) == [Standing.REJECTED, Standing.ACCEPTED, Standing.DUPLICATE]


def test_an_unreadable_file_that_was_rejected_is_asked_about_no_more() -> None:
    good = sent(form(HOSPITAL, "一"), 10)
    half = sent(refused("cut_short"), 12, names=["人民医院.xlsx"])
    assert line(board(good, half), HOSPITAL).state is Standing.TO_CHECK
    made = line(board(good, half, decisions=[decided(half, "reject")]), HOSPITAL)
    assert (made.state, counted(made)) == (Standing.ACCEPTED, good)
    assert states(made.files) == [Standing.ACCEPTED, Standing.REJECTED]
    alone = line(board(half, decisions=[decided(half, "reject")]), HOSPITAL)
    assert alone.state is Standing.MISSING


def test_the_last_decision_about_a_file_holds() -> None:
    file = sent(form(HOSPITAL))
    decisions = [decided(file, "reject", 11), decided(file, "accept", 12)]
    assert line(board(file, decisions=decisions), HOSPITAL).state is Standing.ACCEPTED
    assert line(board(file, decisions=decisions[::-1]), HOSPITAL).state is Standing.REJECTED


@pytest.mark.parametrize(
    ("judgement", "state"),
    [
        (form(HOSPITAL, "一", WARNED), Standing.ACCEPTED),  # who accepts it has looked at it
        (form(HOSPITAL, "一", WRONG), Standing.TO_CORRECT),  # errors need an exception
        (form(HOSPITAL, ""), Standing.BLANK),
        (form(HOSPITAL, round_id=""), Standing.ACCEPTED),
        (form(HOSPITAL, round_id="2026-ZZZZZZ"), Standing.ACCEPTED),
        (form(HOSPITAL, template=WHOLE), Standing.FOREIGN),  # nothing that it could count for
        (form(STRANGER), Standing.FOREIGN),
        (refused("damaged"), Standing.UNREADABLE),
    ],
)
def test_what_accepting_can_do(judgement: Judgement, state: Standing) -> None:
    file = sent(judgement)
    made = board(file, decisions=[decided(file, "accept")])
    assert states(made.files) == [state]
    counting = [one.counted.received for one in made.lines if one.counted]
    assert counting == ([file] if state in ACCEPTABLE else [])


# -- copied answers

TEXTS = {f"text{number}": f"关于第{number}项工作的一段较长的说明" for number in range(10)}


def test_units_with_the_same_longer_answers_are_to_be_checked() -> None:
    one = sent(form(SCHOOL, TEXTS), 10)
    other = sent(form(HOSPITAL, {**TEXTS, "text0": "人民医院自己写的一段较长的说明"}), 12)
    made = board(one, other)
    for unit, file in ((SCHOOL, other), (HOSPITAL, one)):
        own = line(made, unit)
        assert own.state is Standing.TO_CHECK
        assert own.counted
        assert f"大部分填报内容与另一单位的“{file.name}”相同" in words(own)
    looked_at = board(one, other, decisions=[decided(one, "accept")])
    assert line(looked_at, SCHOOL).state is Standing.ACCEPTED
    assert line(looked_at, HOSPITAL).state is Standing.TO_CHECK


def test_short_answers_and_common_ones_are_no_sign_of_copying() -> None:
    short = {path: text[:9] for path, text in TEXTS.items()}
    own = {**TEXTS, "text0": "自己写的一段较长的说明", "text1": "自己写的另一段较长的说明"}
    for answers in (short, dict(list(TEXTS.items())[:2])):
        made = board(sent(form(SCHOOL, answers)), sent(form(HOSPITAL, answers)))
        assert made.tally.states[Standing.ACCEPTED] == 2
    made = board(sent(form(SCHOOL, TEXTS)), sent(form(HOSPITAL, own)))
    assert made.tally.states[Standing.ACCEPTED] == 2


def test_who_copies_a_form_and_writes_their_own_name_is_told_too() -> None:
    units = [Unit(code=f"30000{n}", name=f"清源县第{n}号自然资源管理所") for n in range(2)]
    few = dict(list(TEXTS.items())[:3])
    files = [sent(form(unit, {**few, "unit": unit.name})) for unit in units]
    made = make_board(replace(BASIS, dues=tuple(map(due, units))), files)
    assert made.tally.states == {Standing.TO_CHECK: 2}


def many(count: int, answers: Mapping[str, str]) -> tuple[Basis, list[Received]]:
    """So many units that give the same answers."""
    units = [Unit(code=str(300000 + n), name=f"第{n}单位") for n in range(count)]
    basis = replace(BASIS, dues=tuple(map(due, units)))
    return basis, [sent(form(unit, answers)) for unit in units]


def test_what_everybody_writes_does_not_hide_a_copy() -> None:
    common = {f"common{n}": f"大家都照抄文件的第{n}句话" for n in range(8)}
    basis, files = many(12, common)
    mine = {f"own{n}": f"只有一个单位会写的第{n}句话" for n in range(4)}
    copies = [sent(form(one.judgement.unit, {**common, **mine}), 12)
              for one in files[:2] if isinstance(one.judgement, FormRecord)]  # fmt: skip
    made = make_board(basis, [*files, *copies])
    assert made.tally.states == {Standing.TO_CHECK: 2, Standing.ACCEPTED: 10}


def test_many_versions_of_one_unit_do_not_hide_a_copy() -> None:
    versions = [
        sent(form(SCHOOL, {**TEXTS, "n": str(day)}), day, label=f"v{day}") for day in range(2, 14)
    ]
    made = board(*versions, sent(form(HOSPITAL, TEXTS), 15))
    assert line(made, HOSPITAL).state is Standing.TO_CHECK
    assert line(made, SCHOOL).state is Standing.TO_CHECK


def test_own_versions_and_last_years_forms_are_no_copies() -> None:
    made = board(
        sent(form(SCHOOL, TEXTS), 10), sent(form(SCHOOL, {**TEXTS, "n": "1"}), 12),
        sent(form(BUREAU, TEXTS, year="2025"), 12), sent(form(STRANGER, TEXTS), 12),
    )  # fmt: skip
    assert line(made, SCHOOL).state is Standing.ACCEPTED


# -- the board as a whole


def test_departments_come_once_in_the_order_of_the_roster() -> None:
    dues = (due(BUREAU), due(HOSPITAL), due(SCHOOL))
    made = make_board(replace(BASIS, dues=dues), [])
    found = [(name, [one.due.unit.code for one in lines]) for name, lines in made.departments()]
    assert found == [("教育局", ["101001", "101002"]), ("卫生局", ["102001"])]


def test_every_sentence_can_be_said_in_every_language() -> None:
    good, newer = sent(form(HOSPITAL, "一"), 10), sent(form(HOSPITAL, "二", WRONG), 12)
    made = board(
        good, newer, sent(form(SCHOOL, TEXTS), names=["教育局.xlsx"]), sent(form(LIBRARY, TEXTS)),
        sent(form(STRANGER)), sent(form(BUREAU, year="2025")), sent(form(SCHOOL, template=WHOLE)),
        sent(form(LIBRARY, "旧", round_id="2026-ZZZZZZ"), 20), sent(refused("encrypted")),
    )  # fmt: skip
    told: list[Line | Filed] = [*made.lines, *made.files]
    for language in LANGUAGES:
        speaker = Speaker(language)
        said = [speaker.word(fact) for one in told for fact in (one.state, *one.remarks)]
        assert all(said)
        assert not any("{" in text or "Phrase" in text for text in said)


# -- laws


@dataclass(frozen=True)
class Story:
    """What came in a round, in the order in which it was noted, and what was decided."""

    received: tuple[Received, ...]
    decisions: tuple[Decision, ...]


NOISE: tuple[Judgement, ...] = (
    form(HOSPITAL, ""), form(SCHOOL, "一", year="2025"),
    form(HOSPITAL, "一", round_id="2026-ZZZZZZ"), form(SCHOOL, "二", round_id=""),
    form(STRANGER, "一"), form(SCHOOL, template=WHOLE),
    refused("encrypted"), refused("document"), refused("not_a_workbook"), refused("own_output"),
    Container(kind="zip", files=3),
)  # fmt: skip
NAMES = ("人民医院.xlsx", "教育局第一小学.xlsx", "1.xlsx", "101001.xlsx", "102001 终.xls")
moments = st.integers(1, 24).flatmap(lambda day: st.integers(0, 23).map(lambda hour: at(day, hour)))


@st.composite
def records(draw: st.DrawFn, earlier: Sequence[Received]) -> Judgement:
    """A form with few answers, so that they are often equal, or something else."""
    if draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(NOISE))
    made_of = draw(st.sampled_from(["", *(one.digest for one in earlier)]))
    return form(
        draw(st.sampled_from([HOSPITAL, SCHOOL])),
        draw(st.sampled_from([{"a": "一"}, {"a": "二"}, {"a": "二", "b": "三"}, TEXTS])),
        draw(st.sampled_from([(), (), ("hint",), ("warning",), ("error",), ("error", "error")])),
        came_from=made_of,
        saved=draw(st.none() | moments),
    )


@st.composite
def stories(draw: st.DrawFn) -> Story:
    received: list[Received] = []
    for number in range(draw(st.integers(0, 8))):
        arrivals = tuple(
            Arrival(
                names=(*draw(st.sampled_from([(), ("材料.zip",)])), draw(st.sampled_from(NAMES))),
                arrived=draw(moments),
                sent=draw(st.none() | moments),
            )
            for _ in range(draw(st.integers(1, 2)))
        )
        received.append(
            came(
                draw(records(tuple(received))), "", BASIS.now, digest=digest_of(str(number)),
                number=number + 1, arrivals=arrivals,
            )
        )  # fmt: skip
    about = st.lists(st.sampled_from(received), max_size=3) if received else st.just([])
    decisions = [
        rounds_by_hand.decided(
            one, draw(st.sampled_from(["accept", "reject"])), draw(moments),
            seen=draw(st.integers(0, len(received))),
        )
        for one in draw(about)
    ]  # fmt: skip
    return Story(tuple(received), tuple(decisions))


def told(story: Story) -> Board:
    return make_board(BASIS, story.received, story.decisions)


@settings(deadline=None)
@given(stories())
def test_no_file_stands_before_the_one_that_it_was_made_of(story: Story) -> None:
    found = {one.received.digest: one for one in told(story).files}
    for one in found.values():
        if one.record and one.record.came_from:
            assert found[one.record.came_from].order < one.order


@settings(deadline=None)
@given(stories(), st.randoms(use_true_random=False))
def test_the_order_of_files_does_not_matter(story: Story, chance: random.Random) -> None:
    shuffled = list(story.received)
    chance.shuffle(shuffled)
    assert told(replace(story, received=tuple(shuffled))) == told(story)


@settings(deadline=None)
@given(stories())
def test_every_arrival_of_a_file_is_on_the_board_once(story: Story) -> None:
    made = told(story)
    assert sorted(_arrivals(one.received for one in made.files)) == sorted(
        _arrivals(story.received)
    )


def _arrivals(files: Iterable[Received]) -> Iterator[tuple[str, str]]:
    return ((one.digest, repr(arrival)) for one in files for arrival in one.arrivals)


@settings(deadline=None)
@given(stories())
def test_what_counts_is_one_good_form_of_its_unit(story: Story) -> None:
    rejected = {one.digest for one in {d.digest: d for d in story.decisions}.values()
                if one.verdict == "reject"}  # fmt: skip
    for one in told(story).lines:
        able = [filed for filed in one.files if filed.state in ACCEPTABLE]
        assert able == ([one.counted] if one.counted else [])
        if one.counted:
            record = one.counted.record
            assert record
            assert (record.unit.code, record.template) == one.due.key
            assert not record.blank
            assert not record.count("error")
            assert one.counted.received.digest not in rejected
            assert one.state in ACCEPTABLE


@settings(deadline=None)
@given(stories())
def test_no_form_without_a_reason_stands_aside(story: Story) -> None:
    """While nothing counts, there is no form without errors that nobody has objected to."""
    for one in told(story).lines:
        if one.counted is None:
            for filed in one.files:
                assert filed.state not in (*ACCEPTABLE, Standing.SUPERSEDED)
            assert (one.state is Standing.MISSING) == all(
                filed.state in (Standing.ATTACHMENT, Standing.OPENED, Standing.NO_RETURN)
                or (filed.state is Standing.REJECTED and not filed.record)
                for filed in one.files
            )


@settings(deadline=None)
@given(stories())
def test_a_newer_form_that_does_not_count_is_said(story: Story) -> None:
    silent = (Standing.DUPLICATE, Standing.ATTACHMENT, Standing.REJECTED, Standing.NO_RETURN)
    for one in told(story).lines:
        if one.counted:
            newer = [filed for filed in one.files if filed.order > one.counted.order]
            if any(filed.state not in silent for filed in newer):
                assert one.remarks
            if any(filed.state not in (*silent, Standing.SUPERSEDED) for filed in newer):
                assert one.state is Standing.TO_CHECK


@settings(deadline=None)
@given(stories(), st.sampled_from(NOISE), moments, st.sampled_from(NAMES))
def test_noise_never_changes_what_counts(
    story: Story, noise: Judgement, when: datetime, name: str
) -> None:
    more = came(noise, name, when, digest=digest_of("noise"), suffix="")
    before, after = told(story), told(replace(story, received=(*story.received, more)))
    assert [counted(one) for one in before.lines] == [counted(one) for one in after.lines]


@settings(deadline=None)
@given(stories())
def test_the_counts_add_up(story: Story) -> None:
    made = told(story)
    tally = made.tally
    assert tally.due == len(DUES) == sum(tally.states.values())
    assert tally.counted == sum(1 for one in made.lines if one.counted)
    assert tally.received == tally.due - tally.missing
    assert sum(len(lines) for _, lines in made.departments()) == tally.due
