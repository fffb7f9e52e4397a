"""The way home from a worker: data comes back as it was, and nothing else comes back at all."""

from __future__ import annotations

import json
import os
import pickle
import struct
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from ptxl import api, jobs
from ptxl.layout.growth import with_rows
from ptxl.model.errors import AnswersError, Fault, PtxlError, WorkbookError
from ptxl.model.findings import Finding, finding
from ptxl.model.layout import Layout
from ptxl.model.path import Path as FieldPath
from ptxl.model.refusals import refusal
from ptxl.model.submission import CheckedSubmission
from ptxl.receive import wire
from ptxl.receive.sniff import Limits
from ptxl.receive.workers import Opened, Task, Terms, Unread, Workers
from ptxl.summary.collection import Collection
from ptxl.template import Templates
from ptxl.values.target_value import TargetValue, parse_target
from ptxl.words import Phrase, Translations, phrase

TEMPLATES = Templates()
FILE = Path("returned.xlsx")
HERE = Path(__file__)


def across(value: object, expected: object = object) -> Any:
    """What comes back of a value."""
    return wire.decode(wire.as_text(wire.encode(value)), (expected,), TEMPLATES, FILE)


def refused(message: str | bytes, expected: object = object) -> None:
    arrived = message.encode() if isinstance(message, str) else message
    with pytest.raises(wire.WireError):
        wire.decode(wire.as_text(arrived), (expected,), TEMPLATES, FILE)


@pytest.mark.parametrize(
    "value",
    [None, True, 0, -3, 2.5, "", "预算“\n\ud800", Decimal("1.10"), Decimal("1E+308"), b"\0\xff",
     date(2026, 3, 1), datetime(2026, 3, 1, 8, 30), (1, ("a", None)), frozenset({"a", "b"}),
     {"a": 1, "b": {"c": ()}}, FieldPath("projects[0].name"), parse_target("≥230篇")],
)  # fmt: skip
def test_values_come_back_as_they_were(value: object) -> None:
    again = across(value)
    assert again == value
    assert type(again) is type(value)


def test_a_layout_goes_across_by_its_name() -> None:
    layout = TEMPLATES.get("ningxia-project").layout({"projects": 1})
    added = with_rows(layout, (("projects[0].indicators", 0, 1),))
    for one in (layout, added):
        assert len(wire.encode(one)) < 500
        assert across(one, Layout) is one


@pytest.mark.parametrize(
    "error",
    [refusal("too_large", size=9, limit=Decimal("8.5")),
     AnswersError([Fault(place="a", code="answers.nested", key="c")])],
)  # fmt: skip
def test_errors_survive_the_way_out(error: PtxlError) -> None:
    again = across(error, type(error))
    assert type(again) is type(error)
    assert str(again) == str(error)


@pytest.mark.parametrize(
    "task", [jobs.read, jobs.check, jobs.report, jobs.mark, jobs.summarise, jobs.fill, jobs.repair,
             jobs.upgrade],
)  # fmt: skip
def test_every_task_says_what_comes_back(task: Task[object]) -> None:
    assert wire._readers(wire.returned_by(partial(task)))


def test_no_path_comes_back_but_that_of_the_file() -> None:
    assert across(Path("/etc/passwd"), Path) == FILE


@dataclass
class Changeable:
    text: str


@dataclass(frozen=True)
class Eager:
    text: str

    def __post_init__(self) -> None:
        raise AssertionError("made")


@dataclass(frozen=True)
class Plain:
    text: str
    counts: Mapping[str, int] = field(default_factory=dict)


@pytest.mark.parametrize("kind", [Changeable, Eager, Collection, type, Templates])
def test_classes_that_do_something_cannot_be_expected(kind: type) -> None:
    with pytest.raises(TypeError):
        wire._readers(kind)


@pytest.mark.parametrize(
    "message",
    ['["Plain",1,["map"]]', '["Plain","a",["map","b"]]', '["Plain","a",["map","b","c"]]',
     '["Plain","a"]', '["Plain","a",["map"],"b"]', '["Changeable","a"]', '["Collection","/tmp"]',
     '["Plain",["Decimal","1"],["map"]]', '{"Plain":"a"}', "[]", '[["Plain"]]', "[null]", '"Plain"',
     "", "Plain", '["Plain","a",["map"]', '["Plain","a",["map",["tuple"],1]]',
     '["Plain","a",["map",["map"],1]]'],
)  # fmt: skip
def test_a_class_takes_what_its_annotations_say(message: str) -> None:
    assert across(Plain("a", {"b": 1}), Plain) == Plain("a", {"b": 1})
    refused(message, Plain)


@pytest.mark.parametrize(
    "message",
    ["[" * 100_000, "[" * 100_000 + "]" * 100_000, '["tuple",' * 900 + "1" + "]" * 900,
     '["tuple"' + ",1" * 3_000_000 + "]", "9" * 10_000, '["Decimal","1E+999999999"]',
     '["Decimal","' + "9" * 500 + '"]', '["Decimal","NaN"]', '["date","1E9"]', '["bytes","*"]',
     '["bytes",1]', '["file"]', '["layout","ningxia-project","",["map"],["tuple"]]', b"\xff\xfe",
     pickle.dumps("text")],
)  # fmt: skip
def test_what_is_no_plain_value_is_refused(message: str | bytes) -> None:
    refused(message)


@pytest.mark.parametrize(
    ("template", "parameters", "added"),
    [("none", ["map"], ["tuple"]), ("../ningxia-project", ["map"], ["tuple"]),
     ("ningxia-project", ["map", "projects", 10**9], ["tuple"]),
     ("ningxia-project", ["map", "projects", 1], ["tuple", ["tuple", "no.such.table", 0, 0]]),
     ("ningxia-project", ["map", "projects", 1],
      ["tuple", ["tuple", "projects[0].indicators", 900, 0]]),
     ("ningxia-project", ["map", "projects", 1],
      ["tuple", ["tuple", "projects[0].indicators", 0, -1]]),
     ("ningxia-project", ["map", "projects", 1],
      ["tuple", *[["tuple", "projects[0].indicators", 0, 0]] * 5000])],
)  # fmt: skip
def test_a_layout_that_cannot_be_is_refused(template: str, parameters: Any, added: Any) -> None:
    message = json.dumps(["layout", template, "", parameters, added, ["tuple"]])
    assert across(TEMPLATES.get("ningxia-project").layout({"projects": 1}), Layout)
    refused(message, Layout)


def nested(depth: int) -> Phrase:
    """A sentence in a sentence and so on, each said three times by the one around it."""
    inner: object = "x"
    for _ in range(depth):
        inner = phrase("findings.other_round", name="a", meaning="b", expected="c", found=inner)
    assert isinstance(inner, Phrase)
    return inner


@pytest.mark.parametrize(
    "found",
    [Finding(code="no such code", severity="error"),
     Finding(code="not_a_number", severity="error"),
     Finding(code="r", severity="error", phrase=phrase("no.such")),
     Finding(code="r", severity="error", phrase=phrase("rules.broken")),
     Finding(code="r", severity="error", phrase=phrase("rules.broken", message=Translations({}))),
     Finding(code="r", severity="error", phrase=nested(30)),
     Finding(code="r", severity="error", phrase=phrase("rules.broken", message=(nested(30),))),
     finding("unreadable", reason=nested(9)),
     finding("unreadable", reason=phrase("refusals.too_large", size="3" * 2_000_000, limit=2)),
     Finding(code="r", severity="fatal")],  # type: ignore[arg-type]
)  # fmt: skip
def test_a_finding_that_cannot_be_put_into_words_is_refused(found: Finding) -> None:
    assert across(finding("required"), Finding).message("en")
    refused(wire.encode(found), Finding)


def test_a_refusal_that_does_not_exist_is_refused() -> None:
    refused(wire.encode(WorkbookError("no such code")), WorkbookError)
    refused(wire.encode(WorkbookError("too_large")), WorkbookError)


def test_phrases_may_stand_among_facts() -> None:
    found = finding("unreadable", reason=phrase("refusals.too_large", size=3, limit=2))
    assert across(found, Finding) == found
    texts = Translations({"zh": ("预算", Decimal(3), None), "en": ("budget", Decimal(3), None)})
    rule = Finding(code="r", severity="error", phrase=phrase("rules.broken", message=texts))
    assert across(rule, Finding).message("zh") == "预算3空"


def test_a_target_value_may_stand_among_answers() -> None:
    value = parse_target("2026年6月底前完成")
    assert isinstance(value, TargetValue)
    assert across({"projects[0].indicators[0].value": value}, Mapping[str, object])


# -- a worker that a file has taken over


class Touch:
    """Pickled as a call that leaves a trace."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.path}",)


class Write(Touch):
    def __reduce__(self) -> tuple[Any, ...]:
        return Collection, (self.path, None)


#: what a worker may be made to write to its pipe
STREAMS: dict[str, bytes] = {
    "a pickle": wire.frame(pickle.dumps(Touch(Path("{trace}")))),
    "a pickle of our own": wire.frame(pickle.dumps(Write(Path("{trace}")))),
    "bare pickle": pickle.dumps(Touch(Path("{trace}"))),
    "another type": wire.frame(wire.encode(Decimal(1))),
    "another class": wire.frame(b'["Collection","{trace}",null]'),
    "an error for all": wire.frame(
        wire.encode(AnswersError([Fault(place="a", code="answers.nested")]))
    ),
    "an unknown refusal": wire.frame(wire.encode(Unread("a", WorkbookError("no")))),
    "cut off": wire.frame(b'"taken"')[:-2],
    "cut off in the length": b"\0\0",
    "a huge length": struct.pack("!i", 0x7FFFFFFF) + b"x",
    "a huger length": struct.pack("!iQ", -1, 1 << 62) + b"x",
    "nothing": wire.frame(b""),
    "two answers": wire.frame(b'"a"') + wire.frame(b'"b"'),
    "deeply nested": wire.frame(b"[" * 1_000_000),
    "many values": wire.frame(b"[" + b"0," * 4_000_000 + b"0]"),
    "many digits": wire.frame(b"9" * 1_000_000),
    "noise": bytes(range(256)) * 40,
    "the greeting again": wire.frame(b"ready"),
}


def taken_over(file: Opened) -> str:
    """Write to the pipe what the file says, as whoever took over the worker could; then wait."""
    name, _, trace = file.data.decode().partition("|")
    if name not in STREAMS:
        return name
    stream = STREAMS[name].replace(b"{trace}", trace.encode())
    outer = sys._getframe()
    while "pipe" not in outer.f_locals:
        assert outer.f_back
        outer = outer.f_back
    pipe = outer.f_locals["pipe"]
    assert isinstance(pipe, Connection)
    while stream:
        stream = stream[os.write(pipe.fileno(), stream[:60_000]) :]
    time.sleep(30)
    return "never"


@pytest.mark.skipif(sys.platform == "win32", reason="writes to the pipe as other systems have it")
@pytest.mark.parametrize("stream", STREAMS)
def test_a_worker_taken_over_gets_nothing_but_its_file_refused(tmp_path: Path, stream: str) -> None:
    trace = tmp_path / "trace"
    files = []
    for number, content in enumerate(["a", f"{stream}|{trace}", "b"]):
        path = tmp_path / f"{number}.xlsx"
        path.write_text(content, encoding="utf-8")
        files.append((path, path.name))
    before = sorted(tmp_path.iterdir())
    with Workers(taken_over, Terms(limits=Limits(seconds=1.0)), 1) as workers:
        first, second, third = workers.each(files)
    assert (first, third) == ("a", "b")
    assert isinstance(second, Unread)
    assert second.file == "1.xlsx"
    assert second.error.code in ("killed", "timed_out")
    assert sorted(tmp_path.iterdir()) == before


def deaf(file: Opened) -> str:
    """Never read the pipe again."""
    return "x" * len(file.data)


def test_what_is_read_is_what_the_task_gave(tmp_path: Path) -> None:
    """A large answer comes in many pieces."""
    path = tmp_path / "large.xlsx"
    path.write_bytes(b"x" * 5_000_000)
    with Workers(deaf, Terms(), 1) as workers:
        assert list(workers.each([(path, "large.xlsx")])) == ["x" * 5_000_000]


def lie(file: Opened) -> Unread:
    return Unread("another.xlsx", WorkbookError("empty").named("another.xlsx"))


def test_a_worker_cannot_accuse_another_file() -> None:
    with Workers(lie, Terms(), 1) as workers:
        (outcome,) = workers.each([(HERE, "this.xlsx")])
    assert isinstance(outcome, Unread)
    assert (outcome.file, outcome.error.source) == ("this.xlsx", "this.xlsx")


def handles(file: Opened) -> str:
    """What the open files of a worker lead to."""
    links = [one.readlink() for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]
    return "\n".join(map(str, links))


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forks on Linux only")
def test_a_worker_holds_no_file_of_the_program(tmp_path: Path) -> None:
    with (tmp_path / "results.json").open("w") as results, Workers(handles, Terms(), 2) as workers:
        found = "".join(map(str, workers.each([(HERE, "a"), (HERE, "b")])))
        assert not results.closed
    assert "results.json" not in found
    assert found.count("socket") == 2


def test_what_a_task_gives_is_known_before_anything_is_opened() -> None:
    def silent(file: Opened):  # type: ignore[no-untyped-def]
        return 1

    with pytest.raises(KeyError):
        Workers(silent, Terms())


def test_a_read_form_comes_back_whole(tmp_path: Path) -> None:
    api.generate("ningxia-project", [jobs_unit()], tmp_path, parameters={"projects": 1})
    (path,) = tmp_path.glob("*.xlsx")
    found = api.read(path)
    assert isinstance(found, CheckedSubmission)
    again = across(found, CheckedSubmission)
    assert again.values == found.values
    assert again.submission.entries == found.submission.entries
    assert again.findings == found.findings


def jobs_unit() -> Any:
    from ptxl.model.form import Unit

    return Unit(code="101001", name="教育局")
