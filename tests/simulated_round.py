"""A round of 300 units in four waves: what comes of it is written down in a table beforehand.

`tests/data/round_expected.tsv` has a line for each form that is due: what its unit sends in each
wave, how the form stands after each, the wave whose submission counts in the end, whether it is
late, and what the unit is written. Sixty-four stories were written with their ends by hand, spread
over the units by chance once, and looked through; nothing in it was computed by ptxl.

What a unit sends: `good` has no faults, with amounts of its own in each wave; `wrong` lacks the
name of its project; `warned` has a sheet under another name; `same` has the answers of the last
good one (`same1`: of the first wave) in another file, `again` is the same file under another name;
`copied` has the answers of the unit before in the table; `mended` is a marked copy of the last
wrong one, corrected (`mended1`: of the first wave, corrected otherwise), `unmended` just sent back;
`old` was saved before the one that came first; `misnamed` is called by the name of another unit.
`.xls` and `.ods` were saved by LibreOffice. After @ stands how it comes: in a zip of the
department, in a zip in a zip, with a mail, in a zip with a mail, with a mail from before the
deadline. `accept1` and `reject1` are what the officer decides about the file of the first wave.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

from ptxl import jobs
from ptxl.receive.workers import Opened
from ptxl.rounds import Round, accept, board_of, collect, reject
from ptxl.rounds.board import Board
from ptxl.rounds.collect import Collected
from tests.archives import gbk_zip, mail_of
from tests.office import Office
from tests.packages import parts, rebuilt
from tests.rounds_on_disk import (
    PARAMETERS,
    TEMPLATES,
    Answers,
    answers_of,
    fill,
    form_of,
    new_round,
    saved_on,
    title_of,
)

TABLE = Path(__file__).parent / "data" / "round_expected.tsv"
TEMPLATE_OF = {
    "项目绩效目标表": "county-project",
    "项目支出绩效目标申报表": "national-project",
    "部门预算绩效文本": "hebei-department",
}
ISSUED, DEADLINE = datetime(2026, 3, 1, 9), date(2026, 3, 20)
#: when the officer collects each wave
WAVES = (
    datetime(2026, 3, 10, 17), datetime(2026, 3, 18, 17), datetime(2026, 3, 24, 17),
    datetime(2026, 3, 30, 17),
)  # fmt: skip
#: when a mail was written that is collected in the third wave, and yet is on time
BEFORE_DEADLINE = datetime(2026, 3, 19, 16)
PICTURE = b"\x89PNG\r\n\x1a\n"
_DEED = re.compile(r"(?P<what>[a-z]+)(?P<of>\d?)(?:\.(?P<kind>xls|ods))?(?P<picture>\+picture)?"
                   r"(?:@(?P<way>[a-z]+))?")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Story:
    """A line of the table. Waves count from 1; 0 where nothing counts."""

    number: int
    code: str
    unit: str
    department: str
    form: str
    deeds: tuple[str, ...]
    states: tuple[str, ...]
    counts: int
    late: bool
    reply: str

    @property
    def template(self) -> str:
        return TEMPLATE_OF[self.form]

    @property
    def key(self) -> tuple[str, str]:
        return self.code, self.template

    def total(self, wave: int) -> Decimal:
        """What its project costs as typed in a wave, in 万元."""
        return Decimal(100 + self.number) + Decimal("0.17") * wave

    def answers(self, wave: int) -> Answers:
        return answers_of(self.template, self.unit, self.department, self.total(wave))


def stories() -> list[Story]:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Story(
            number=number, code=row[0], unit=row[1], department=row[2], form=row[3],
            deeds=tuple(row[4:8]), states=tuple(row[8:12]),
            counts=0 if row[12] == "-" else int(row[12]), late=row[13] == "迟报", reply=row[14],
        )
        for number, row in enumerate(rows[1:])
    ]  # fmt: skip


def roster_of(told: list[Story]) -> str:
    """The table of units, one row for each form."""
    lines = ["单位编码,单位名称,主管部门,表种"]
    lines += [f"{one.code},{one.unit},{one.department},{one.form}" for one in told]
    return "\n".join(lines)


def processor_time() -> float:
    """Seconds that the processor worked for this process and for workers that have ended."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


@dataclass
class Simulation:
    """The clerks of all units, and the officer who collects what they send."""

    folder: Path
    told: list[Story]
    office: Office
    where: Round = field(init=False)
    #: the answers and the file that each unit sent in each wave
    sent: dict[tuple[tuple[str, str], int], tuple[Answers, bytes]] = field(default_factory=dict)
    names: dict[tuple[tuple[str, str], int], str] = field(default_factory=dict)
    #: how many files were collected so far, and in how many seconds of processor time
    new: int = 0
    took: float = 0
    _others: dict[str, Round] = field(default_factory=dict)

    def __post_init__(self) -> None:
        new = partial(new_round, templates=PARAMETERS, issued=ISSUED)
        self.where = new(self.folder / "本轮", roster_of(self.told), deadline=DEADLINE)
        for name, day in (("lastyear", date(2025, 3, 20)), ("otherround", DEADLINE)):
            some = [one for one in self.told if any(d.startswith(name) for d in one.deeds)]
            strange = "999001,外县某单位,外县某局,项目绩效目标表"
            text = f"{roster_of(some)}\n{strange}"
            self._others[name] = new(self.folder / name, text, deadline=day)

    def board(self, wave: int) -> Board:
        """The board when a wave was collected."""
        with self.where.ledger() as ledger:
            terms = self.where.terms(TEMPLATES)
            return board_of(self.where, ledger, terms, WAVES[wave - 1])

    def play(self, wave: int) -> Collected:
        """Let everybody send what they send in a wave, and collect it."""
        inbox = self.where.inbox / f"第{wave}波"
        inbox.mkdir()
        zips: dict[tuple[str, str], dict[str, bytes]] = {}
        for one in self.told:
            for name, way, data in self._sends(one, wave):
                if way in ("zip", "zipzip"):
                    zips.setdefault((one.department, way), {})[name] = data
                else:
                    (inbox / name).write_bytes(data)
        for (department, way), files in zips.items():
            packed = gbk_zip({f"{department}/{name}": data for name, data in files.items()})
            if way == "zipzip":
                packed = gbk_zip({f"{department}（第{wave}波）.zip": packed, "说明.txt": b"."})
            (inbox / f"{department}{'汇总' if way == 'zipzip' else '报送'}.zip").write_bytes(packed)
        collected = self._collect_new(wave)
        for one in self.told:
            self._decide(one, wave)
        return collected

    def collect(self, wave: int) -> Collected:
        return collect(self.where, [], self.where.terms(TEMPLATES), WAVES[wave - 1])

    def _collect_new(self, wave: int) -> Collected:
        began = processor_time()
        collected = self.collect(wave)
        self.took += processor_time() - began
        self.new += len(collected.new)
        return collected

    def _decide(self, one: Story, wave: int) -> None:
        """What the officer decides about the submission of an earlier wave."""
        for name, decide in (("accept", accept), ("reject", reject)):
            deed = one.deeds[wave - 1]
            if deed.startswith(name):
                file = self.names[one.key, int(deed[-1])]
                terms = self.where.terms(TEMPLATES)
                decide(self.where, terms, file, "电话核实", WAVES[wave - 1])

    def _sends(self, one: Story, wave: int) -> Iterator[tuple[str, str, bytes]]:
        """Name, way and bytes of every file that a unit sends in a wave."""
        deed = _DEED.fullmatch(one.deeds[wave - 1])
        if deed is None or deed["what"] in ("accept", "reject"):
            return
        what, way = deed["what"], deed["way"] or ""
        if what == "picture":
            yield f"{one.unit}盖章{wave}.png", "", PICTURE + one.unit.encode()
            return
        data = self._file(one, wave, what, int(deed["of"] or 0))
        if deed["kind"]:
            data = self._converted(data, deed["kind"])
        name = self._name(one, wave, what, deed["kind"] or "xlsx", way)
        self.names[one.key, wave] = f"{self.where.inbox.name}/{name}"
        if way in ("mail", "oldmail", "mailzip"):
            yield self._mailed(one, wave, name, data, way, bool(deed["picture"]))
        else:
            self.names[one.key, wave] = f"第{wave}波/{name}"
            yield name, way, data

    def _name(self, one: Story, wave: int, what: str, kind: str, way: str) -> str:
        """What a unit calls its file."""
        title = title_of(one.template, 2026)
        if way == "renamed":
            return f"新建 XLSX 工作表 ({one.number}).{kind}"
        if what == "misnamed":
            other = self.told[(one.number + 7) % len(self.told)]
            return f"{other.code}_{other.unit}_{title}_{one.number}.{kind}"
        if what == "again":
            return f"{one.unit}_{title} (1).{kind}"
        if what == "html":
            kind = "xls"
        return f"{one.code}_{one.unit}_{title}.{kind}"

    def _mailed(
        self, one: Story, wave: int, name: str, data: bytes, way: str, picture: bool
    ) -> tuple[str, str, bytes]:
        sent = BEFORE_DEADLINE if way == "oldmail" else WAVES[wave - 1] - timedelta(hours=5)
        if way == "mailzip":
            name, data = f"{one.unit}.zip", gbk_zip({name: data})
        files = {name: data}
        if picture:
            files["扫描件.png"] = PICTURE + one.code.encode()
        mail = mail_of(files, subject=f"{one.unit}报送")
        day = sent.astimezone().strftime("%a, %d %b %Y %H:%M:%S %z")
        mail = re.sub(rb"(?m)^Date: .*$", b"Date: " + day.encode(), mail, count=1)
        return f"{one.unit}{one.form}报送.eml", "", mail

    # -- what is in a file

    def _file(self, one: Story, wave: int, what: str, of: int) -> bytes:
        """The workbook that a unit sends, or what is left of it."""
        makers: Mapping[str, partial[bytes]] = {
            "wrong": partial(self._wrong, one, wave),
            "warned": partial(self._warned, one, wave),
            "blank": partial(form_of, self.where, *one.key),
            "same": partial(self._same, one, wave, of),
            "again": partial(self._last, one, wave),
            "copied": partial(self._copied, one, wave),
            "mended": partial(self._mended, one, wave, of),
            "unmended": partial(self._marked, one, wave, of),
            "old": partial(self._old, one, wave),
            "lastyear": partial(self._typed, one, wave, self._others["lastyear"]),
            "otherround": partial(self._typed, one, wave, self._others["otherround"]),
            "unreadable": partial(self._cut_short, one, wave),
            "html": partial(str.encode, f"<html><body>{one.unit}</body></html>"),
        }
        return makers.get(what, partial(self._typed, one, wave, self.where))()

    def _typed(self, one: Story, wave: int, where: Round) -> bytes:
        return self._keep(one, wave, one.answers(wave), form_of(where, *one.key))

    def _keep(self, one: Story, wave: int, answers: Answers, form: bytes) -> bytes:
        data = fill(form, answers)
        self.sent[one.key, wave] = answers, data
        return data

    def _wrong(self, one: Story, wave: int) -> bytes:
        answers = one.answers(wave)
        del answers["projects"][0]["name"]
        return self._keep(one, wave, answers, form_of(self.where, *one.key))

    def _warned(self, one: Story, wave: int) -> bytes:
        changed = parts(self._typed(one, wave, self.where))
        for name, part in changed.items():
            if name.startswith(("xl/workbook.xml", "xl/worksheets/")):
                part = part.replace("'项目1'!".encode(), "'项目1 (2)'!".encode())
                changed[name] = part.replace('name="项目1"'.encode(), 'name="项目1 (2)"'.encode())
        return rebuilt(changed)

    def _last_wave(self, one: Story, wave: int, of: int) -> int:
        return of or max(w for key, w in self.sent if key == one.key and w < wave)

    def _last(self, one: Story, wave: int) -> bytes:
        return self.sent[one.key, self._last_wave(one, wave, 0)][1]

    def _same(self, one: Story, wave: int, of: int) -> bytes:
        before = self._last_wave(one, wave, of)
        answers, _ = self.sent[one.key, before]
        data = self._keep(one, wave, answers, form_of(self.where, *one.key))
        return saved_on(data, WAVES[wave - 1] - timedelta(hours=6))

    def _copied(self, one: Story, wave: int) -> bytes:
        answers = self.told[one.number - 1].answers(1)
        # What the form prints of a unit cannot be copied.
        own = {"department": one.department, "unit": one.unit}
        answers["projects"] = [{**answers["projects"][0], **own}]
        return self._keep(one, wave, answers, form_of(self.where, *one.key))

    def _old(self, one: Story, wave: int) -> bytes:
        data = self._typed(one, wave, self.where)
        return saved_on(data, datetime(2026, 3, 5, 10))

    def _cut_short(self, one: Story, wave: int) -> bytes:
        data = fill(form_of(self.where, *one.key), one.answers(wave))
        return data[: len(data) // 2]

    def _marked(self, one: Story, wave: int, of: int) -> bytes:
        """The copy that went back to a unit, with what is wrong marked in it."""
        _, data = self.sent[one.key, self._last_wave(one, wave, of)]
        file = Opened(data, Path("表.xlsx"), "表.xlsx", self.where.terms(TEMPLATES))
        return jobs.mark(file, look=jobs.check, language="zh", severity="warning").data

    def _mended(self, one: Story, wave: int, of: int) -> bytes:
        """A marked copy, the missing name typed into it; otherwise in each wave."""
        marked = self._marked(one, wave, of)
        answers, _ = self.sent[one.key, self._last_wave(one, wave, of)]
        name = one.answers(wave)["projects"][0]["name"]
        project = {**answers["projects"][0], "name": f"{name}（第{wave}稿）"}
        mended = {**answers, "projects": [project]}
        return self._keep(one, wave, mended, marked)

    def _converted(self, data: bytes, kind: str) -> bytes:
        source, target = self.folder / "x.xlsx", self.folder / f"x.{kind}"
        source.write_bytes(data)
        self.office.convert(source, target)
        return target.read_bytes()


def strangers(simulation: Simulation) -> dict[str, bytes]:
    """Files that concern nobody in the round: a unit of another county, and what ptxl wrote."""
    other = simulation._others["otherround"]
    form = form_of(other, "999001", "county-project")
    answers = answers_of("county-project", "外县某单位", "外县某局", Decimal(999))
    nested = io.BytesIO(b"nothing")
    return {
        "999001_外县某单位.xlsx": fill(form, answers),
        "~$101001_清源县教育局.xlsx": b"lock",
        "Thumbs.db": nested.getvalue(),
        "说明.docx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    }
