"""The JSON of summaries obeys its schema, says all that it was made of, and is never trusted."""

from __future__ import annotations

import os
import random
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import simplejson
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from ptxl import api
from ptxl.cli.main import cli
from ptxl.documents.document import dump, load_answers, parse_strictly
from ptxl.merge import alike
from ptxl.merge.alike import AcrossUnits
from ptxl.merge.rows import Answer, Asked, County, DueForm, FormOf, LeftOut, Noted, Sum, UnitSummary
from ptxl.merge.views import View
from ptxl.model.errors import PtxlError
from ptxl.model.findings import SEVERITIES
from ptxl.model.form import Unit
from ptxl.model.path import Path as FieldPath
from ptxl.summary.collection import About, Collection
from ptxl.summary.county_json import (
    county_from_json,
    county_json,
    due_from_json,
    due_json,
    read_summary,
)
from ptxl.summary.schema import of_head, of_line, summary_schema
from ptxl.summary.unit_json import (
    Forms,
    left_out_from_json,
    left_out_json,
    unit_from_json,
    unit_json,
)
from ptxl.values.target_value import TargetValue
from ptxl.words import LANGUAGES, Speaker, codes_in
from tests import sample_county
from tests.conftest import SAMPLES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def written(demo: sample_county.County) -> Path:
    return demo.json


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_schema_is_printed(language: str) -> None:
    done = CliRunner().invoke(cli, ["--lang", language, "schema", "summary"])
    assert simplejson.loads(done.output) == summary_schema(language)


def plain(path: Path) -> Any:
    return simplejson.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_schema_is_one_and_real_summaries_obey_it(
    written: Path, tmp_path: Path, language: str
) -> None:
    schema = summary_schema(language)
    jsonschema.Draft202012Validator.check_schema(schema)
    api.merge([], tmp_path / "empty.xlsx", json=tmp_path / "empty.json", title="空")
    api.merge([written], tmp_path / "all.xlsx", json=tmp_path / "all.json")
    for path in (written, tmp_path / "empty.json", tmp_path / "all.json"):
        jsonschema.validate(plain(path), schema)
    assert schema["properties"]["units"]["description"]


def test_what_is_found_and_not_listed_is_said_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alike, "MOST_FINDINGS", 1)
    case = load_answers(SAMPLES / "good" / "county-2024-project-2" / "answers.json")
    units = [Unit(code=f"10{n}", name=f"单位{n}") for n in (1, 2)]
    for made in api.generate("county-project", units, tmp_path / "f", parameters={"projects": 1}):
        project = {**case["projects"][0], "department": None, "unit": None}
        api.fill(made, {"projects": [project]}, tmp_path / "in" / made.name)
    book, data = tmp_path / "all.xlsx", tmp_path / "all.json"
    command = ["merge", str(tmp_path / "in"), "-o", str(book), "--json", str(data), "--lang", "zh"]
    printed = CliRunner().invoke(cli, command).output
    told = plain(data)
    jsonschema.validate(told, summary_schema("zh"))
    more = told["across_more"]["same_text_elsewhere"]
    assert more > 0
    assert [one["code"] for one in told["across"]] == ["same_text_elsewhere"]
    title = Speaker("zh").say("titles.same_text_elsewhere")
    assert f"{title}：另有 {more} 条没有列出" in printed
    remarks = [str(cell.value) for cell in load_workbook(book)["各单位对照"][2]]
    assert any(f"{title}另有 {more} 条" in remark for remark in remarks)
    del told["across_more"]  # files of before have none
    data.write_text(dump(told), encoding="utf-8")
    api.merge([data], book)


# -- what was made comes back

texts = st.text(max_size=12) | st.sampled_from(
    ["", "=1+1", "a!b", "x\ny", "\u2028", "𠮷", "\ud800"]
)
names = st.text(st.characters(blacklist_characters=".[]", blacklist_categories=["Cs"]), min_size=1,
                max_size=6)  # fmt: skip
wide = st.decimals(-(10**13), 10**13, allow_nan=False, allow_infinity=False)
odd = st.sampled_from([Decimal("1E+3"), Decimal("0E-7"), Decimal("1.50")])
#: JSON readers take -0 for the whole number 0
numbers = (wide | odd).filter(lambda number: str(number) != "-0")
days = st.dates()
targets = st.builds(
    TargetValue, raw=texts, comparison=st.sampled_from([">=", "range", "by_date", "text", "none"]),
    number=st.none() | numbers, upper=st.none() | numbers, unit=st.none() | texts,
    note=st.none() | texts, date_from=st.none() | days, date_to=st.none() | days,
)  # fmt: skip
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "text": texts, "long_text": texts, "code": texts, "choice": texts, "money": numbers,
    "number": numbers, "integer": numbers, "percent": numbers, "date": days, "target": targets,
}  # fmt: skip
noted = st.builds(
    Noted, code=names, severity=st.sampled_from(SEVERITIES), title=texts, message=texts,
    path=texts, label=texts, sheet=texts, cell=texts, project=texts, reason=texts, approver=texts,
    expiry=texts,
)  # fmt: skip
forms = st.builds(
    FormOf, code=texts, name=texts, department=texts, template=texts, edition=texts, serial=texts,
    title=texts, county=texts, place=st.integers(0, 10**6),
)  # fmt: skip
counts = st.integers(0, 10**6)


@st.composite
def units(draw: st.DrawFn) -> UnitSummary:
    columns = draw(st.dictionaries(names, st.sampled_from(sorted(VALUES)), min_size=1, max_size=6))
    asked = {FieldPath("rows[]"): Asked(label="表", kind="table")}
    answers, given = [], {}
    for name, kind in columns.items():
        own, below = FieldPath(f"own.{name}"), FieldPath(f"rows[].{name}")
        asked |= {
            path: Asked(label=draw(texts), kind=kind, unit=draw(texts)) for path in (own, below)
        }
        for path in [
            own,
            *(FieldPath(f"rows[{row}].{name}") for row in range(draw(st.integers(0, 2)))),
        ]:
            what = draw(st.sampled_from(["answered", "unread", "given", "blank"]))
            if what == "given":
                given[path] = draw(texts)
            elif what != "blank":
                value = draw(VALUES[kind]) if what == "answered" else None
                name_of = own if path == own else below
                sheet = draw(texts)
                answers.append(Answer(path=path, name=name_of, value=value, sheet=sheet, cell="B4"))
    return UnitSummary(
        file=draw(texts), form=draw(forms), asked=asked, answers=tuple(answers), given=given,
        found=tuple(draw(st.lists(noted, max_size=2))), signed=draw(st.booleans()),
        shared=draw(st.dictionaries(texts, st.tuples(texts, texts), max_size=2)),
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(unit=units())
def test_a_submission_comes_back_equal_from_json_that_obeys(unit: UnitSummary) -> None:
    forms_asked = Forms()
    document = parse_strictly(dump(unit_json(View(unit), forms_asked), indent=None), "made")
    of_line("units")(document)
    schema = {"$ref": "#/$defs/submission", "$defs": summary_schema()["$defs"]}
    jsonschema.validate(document, schema)
    back = unit_from_json(document, forms_asked)
    assert back == unit
    assert [str(one.value) for one in back.answers] == [str(one.value) for one in unit.answers]


def _in_one_county(left: LeftOut) -> LeftOut:
    """The same, and the form is of its county, as it always is."""
    return replace(left, form=left.form and replace(left.form, county=left.county))


left_out = st.builds(
    LeftOut, file=texts, found=st.lists(noted, max_size=2).map(tuple), form=st.none() | forms,
    projects=counts, amount=st.builds(Sum, numbers, counts, counts), signed=st.booleans(),
    county=texts,
)  # fmt: skip
left_out = left_out.map(_in_one_county)
dues = st.builds(
    DueForm, place=counts, code=names, name=texts, department=texts, template=names, title=texts,
    state=st.sampled_from(codes_in("standing")), county=st.just("县"), contact=texts,
    telephone=texts, file=texts, remark=texts,
)  # fmt: skip
counties = st.builds(
    County, name=texts, title=texts, year=texts, made=st.none() | days, maker=texts,
    deadline=st.none() | days,
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(county=counties, due=dues, left=left_out)
def test_a_county_comes_back_equal_from_json_that_obeys(
    county: County, due: DueForm, left: LeftOut
) -> None:
    document, due_document, left_document = (
        parse_strictly(dump(made, indent=None), "made")
        for made in (county_json(county), due_json(due), left_out_json(left))
    )
    head = {"format": "ptxl-summary-2", "title": "", "counties": [document], "counts": {},
            "totals": {}, "budget": {}, "forms": {}, "across": [], "dues": [due_document],
            "left_out": [left_document], "units": []}  # fmt: skip
    of_head()(head)
    of_line("dues")(due_document)
    of_line("left_out")(left_document)
    jsonschema.validate(head, summary_schema())
    assert county_from_json(document) == county
    assert due_from_json(due_document) == due
    assert left_out_from_json(left_document) == left


# -- as much as may be


def many_left_out(files: int, findings: int, message: str = "请核对") -> Iterator[LeftOut]:
    """Files that do not count, of two counties, each with findings of its own."""
    for number in range(files):
        county = f"第{number % 2}县"
        form = FormOf(code=f"{number:05}", name=f"第{number}单位", template="t", edition="1",
                      serial="", title="表", county=county)  # fmt: skip
        found = (
            Noted(code="made", severity="error", title="规则", message=f"{message}{number}-{one}",
                  sheet="表", cell=f"B{one}")
            for one in range(findings)
        )  # fmt: skip
        yield LeftOut(file=f"{number}.xlsx", found=tuple(found), form=form, county=county)


def test_what_is_written_is_read_however_much_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with Collection(tmp_path, About()) as taken, path.open("w", encoding="utf-8") as target:
        for left in many_left_out(1200, 1, "x" * 30_000):
            taken.add_left_out(left)
        taken.write_json(target, AcrossUnits())
    assert path.stat().st_size > 33 << 20
    assert sum(1 for _ in read_summary(path).left_out()) == 1200


def test_what_is_written_is_read_however_much_was_due(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    every = [
        DueForm(place=number, code=f"{number:05}", name="单位", department="口", template="t",
                title="表", state="missing", remark="r" * 3000)
        for number in range(1, 12_001)
    ]  # fmt: skip
    about = About(county=County(name="县", dues=tuple(every)))
    with Collection(tmp_path, about) as taken, path.open("w", encoding="utf-8") as target:
        taken.write_json(target, AcrossUnits())
    assert path.stat().st_size > 33 << 20
    (county,) = read_summary(path).counties
    assert county.dues == tuple(replace(due, county="县") for due in every)


def test_findings_of_files_left_out_wait_on_disk(tmp_path: Path) -> None:
    with Collection(tmp_path, About()) as taken:
        tracemalloc.start()
        for left in many_left_out(100, 100):
            taken.add_left_out(left)
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert all(len(left.found) == 100 for left in taken.left_out())
    assert held < 1 << 20


def test_what_is_left_out_stands_once_and_in_one_order(tmp_path: Path) -> None:
    files = list(many_left_out(20, 3))
    files += [replace(left, found=left.found[:2]) for left in files]  # else the same
    told = []
    for seed in range(3):
        with Collection(tmp_path, About()) as taken:
            for left in random.Random(seed).sample([*files, *files[:9]], len(files) + 9):
                taken.add_left_out(left)
            told.append(list(taken.left_out()))
    assert len(told[0]) == len(files)
    assert told[0] == told[1] == told[2]
    assert [left.county for left in told[0]] == ["第0县"] * 20 + ["第1县"] * 20


# -- files from outside


def refused(path: Path, folder: Path) -> PtxlError:
    """Merge a file that must be refused, and see that nothing was written."""
    out = folder / "out"
    out.mkdir(exist_ok=True)
    with pytest.raises(PtxlError) as error:
        api.merge([path], out / "a.xlsx", json=out / "a.json", tables=out / "t")
    assert not [file for file in out.rglob("*") if file.is_file()]
    for language in LANGUAGES:
        assert path.name in error.value.message(language)
    return error.value


def changed(written: Path, folder: Path, change: Callable[[str], str]) -> Path:
    text = written.read_text(encoding="utf-8")
    new = change(text)
    assert new != text
    path = folder / "b.json"
    path.write_bytes(new.encode("utf-8", "surrogatepass"))
    return path


def first(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


def in_unit(old: str, new: str) -> Callable[[str], str]:
    """A change in the first line of a unit."""
    return in_list("units", old, new)


def in_list(name: str, old: str, new: str) -> Callable[[str], str]:
    """A change in the first line of a list."""

    def change(text: str) -> str:
        head, joint, rest = text.partition(f'"{name}": [\n')
        return head + joint + rest.replace(old, new, 1)

    return change


MUCH = "[" * 700 + "]" * 700
HOSTILE: Mapping[str, tuple[Callable[[str], str], str]] = {
    "half a file": (lambda text: text[: len(text) * 2 // 3], "b.json:"),
    "half a file, cut between units": (lambda text: text[: text.rindex("\n]")], "重新索取"),
    "half a file, cut behind the head": (
        lambda text: text[: text.index('"across": [\n')], "重新索取"
    ),
    "half a file, cut between lists": (
        lambda text: text[: text.index('"units": [\n')], "重新索取"
    ),
    "a file left out that is none": (
        in_list("left_out", '"projects": ', '"project": '), "projects"
    ),
    "half a head": (lambda text: text[: text.index('"counts"')], "b.json"),
    "a unit that is no JSON": (in_unit("{", "nothing,\n{"), "b.json:"),
    "a unit that is a list": (in_unit("{", "[],\n{"), "一组键和值"),
    "a huge exponent": (in_unit('"total": ', '"total": 1E+999999999, "x": '), "400"),
    "a tiny exponent": (in_unit('"total": ', '"total": 1E-999999999, "x": '), "400"),
    "an endless exponent": (in_unit('"total": ', '"total": 1E+9999999999999999999, "x": '), "JSON"),
    "a number of many digits": (in_unit('"total": ', f'"total": {"9" * 9000}, "x": '), "JSON"),
    "not a number": (in_unit('"total": ', '"total": NaN, "x": '), "JSON"),
    "a text for an amount": (in_unit('"total": ', '"total": "百", "x": '), "对不上"),
    "a bool for an amount": (in_unit('"total": ', '"total": true, "x": '), "b.json:"),
    "endless nesting": (in_unit('"answers": {', '"answers": {"x": ' + "[" * 100_000), "嵌套"),
    "much nesting": (in_unit('"answers": {', f'"answers": {{"x": {MUCH},'), "b.json:"),
    "a key twice": (in_unit('"file": ', '"file": "a", "file": '), "两次"),
    "a key twice in the head": (first('"title": ', '"title": "a", "title": '), "两次"),
    "a missing key": (in_unit('"signed": ', '"singed": '), "signed"),
    "a key too many": (in_unit('"signed": ', '"more": 1, "signed": '), "more"),
    "another kind of form": (in_unit('"asked": "', '"asked": "x'), "对不上"),
    "a cell without an answer": (
        in_unit('"cells": {', '"cells": {"projects[999999999].name": "a!B4", '), "对不上"
    ),
    "a path that is none": (in_unit('"cells": {', '"cells": {"..[": "a!B4", '), "名称"),
    "an endless path": (
        in_unit('"cells": {', '"cells": {"' + "a." * 99_999 + 'b": "a!B4", '), "名称"
    ),
    "an unknown severity": (first('"severity": "', '"severity": "grave '), "error"),
    "an unknown kind": (first('"kind": "money"', '"kind": "gold"'), "money"),
    "a day that is none": (first('"made": "2', '"made": "9999992'), "日期"),
    "a negative place": (in_unit('"place": 0', '"place": -1'), "整数"),
    "a target without its parts": (in_unit('"comparison": ', '"comparisons": '), "b.json:"),
    "counties that are no list": (first('"counties": [', '"counties": {}, "x": ['), "列表"),
    "a newer format": (first("ptxl-summary-2", "ptxl-summary-3"), "更新"),
    "no format": (first('"format"', '"formats"'), "format"),
    "not UTF-8": (in_unit('"file": "', '"file": "\ud800'), "UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_summary_that_is_wrong_somewhere_is_refused(
    written: Path, tmp_path: Path, name: str
) -> None:
    change, said = HOSTILE[name]
    assert said in refused(changed(written, tmp_path, change), tmp_path).message("zh")


def test_a_fault_in_a_submission_is_told_with_its_line(written: Path, tmp_path: Path) -> None:
    path = changed(written, tmp_path, in_unit('"signed": false', '"signed": 0'))
    lines = path.read_text(encoding="utf-8").split("\n")
    (line,) = [number for number, text in enumerate(lines, 1) if '"signed": 0' in text]
    assert f"b.json:{line}：" in refused(path, tmp_path).message("zh")


@pytest.mark.parametrize("data", [
    b"", b"\0" * 999, b"PK\x03\x04", b"{}", b"[]", b"null", b'{"units": [', "{}".encode("utf-16"),
    b'{"format": 2}', b'{"format": "ptxl-summary-2"}', b"\xef\xbb\xbf", b"[" * 10**6,
    b'"' + b"a" * (40 << 20), b"[" + b"[]," * 2_000_000 + b"[]]",
])  # fmt: skip
def test_what_is_no_summary_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "b.json").write_bytes(data)
    refused(tmp_path / "b.json", tmp_path)


def test_a_summary_of_an_earlier_version_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text(
        '{"units": [], "across": [], "left_out": [], "unmerged": [], "totals": {}, "counts": {}}',
        encoding="utf-8",
    )
    assert refused(tmp_path / "b.json", tmp_path).code == "summary_older"


def test_a_pipe_or_folder_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "b.json")
    assert "普通文件" in refused(tmp_path / "b.json", tmp_path).message("zh")


def test_a_summary_that_another_program_wrote_anew_is_read(written: Path, tmp_path: Path) -> None:
    document = simplejson.loads(written.read_text(encoding="utf-8"), use_decimal=True)
    for indent in ("\t", None):
        path = tmp_path / "b.json"
        path.write_text(
            simplejson.dumps(document, use_decimal=True, indent=indent), encoding="utf-8"
        )
        assert list(read_summary(path).units()) == list(read_summary(written).units())


def test_labels_that_hold_formulas_and_odd_characters_do_no_harm(
    written: Path, tmp_path: Path
) -> None:
    labels = ('=cmd|"/c calc"!A1', "a\\u0000b", "[*]:?/", "\\ud83d", "x" * 40_000)
    for number, label in enumerate(labels):
        label = label.replace('"', '\\"')
        change = first('"label": "', f'"label": "{label}')
        path = changed(written, tmp_path, change)
        api.merge([path], tmp_path / f"{number}.xlsx", tables=tmp_path / f"t{number}")


def test_random_damage_is_refused_or_read(written: Path, tmp_path: Path) -> None:
    data = written.read_bytes()
    for path in _damaged(data, tmp_path, random.Random(7)):
        said = path.name
        try:
            list(read_summary(path).units())
        except PtxlError as error:
            said = error.message("zh")
        assert path.name in said


def _damaged(data: bytes, folder: Path, chance: random.Random) -> Iterator[Path]:
    pieces: Sequence[bytes] = (b"", b"{", b"]", b'"', b"\n", b"null", b"1E9", b"\xff", b"-", b"[0]")
    path = folder / "b.json"
    for _ in range(150):
        start = chance.randrange(len(data))
        path.write_bytes(data[:start] + chance.choice(pieces) + data[start + chance.randrange(9) :])
        yield path
