"""The zip of a closed round: what it holds, and that nothing in it can be changed unseen."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ptxl import api
from ptxl.check.submission import check_submission
from ptxl.documents.document import dump
from ptxl.merge.summarise import summarise
from ptxl.merge.views import View
from ptxl.model.errors import WorkbookError
from ptxl.ooxml.package import pack, unpack
from ptxl.read import read_submission
from ptxl.receive.workers import Terms
from ptxl.rounds.board import Board
from ptxl.rounds.closing import MANIFEST, Closed, ClosingError, closing_zip, sha256
from ptxl.rounds.judge import totals_of
from ptxl.rounds.opinions import Opinion, subject_of
from ptxl.rounds.records import Arrival, FormRecord, Received
from ptxl.rounds.verify import Verdict, verify
from ptxl.template import Templates
from ptxl.words import Speaker
from tests.boards import (
    DIFFERS,
    DUES,
    IN_TIME,
    LATE,
    ROUND,
    SETTINGS,
    UNITS,
    answers_of_any_unit,
    board,
    form,
    received,
    refused,
)
from tests.conftest import ROOT
from tests.rounds_by_hand import came, decided

CLOSED = datetime(2026, 4, 1, 10, 0)
SUMMARY, DATA = "汇总表.xlsx", "汇总数据.json"
Parts = dict[str, bytes]


@dataclass(frozen=True)
class Sample:
    """Two forms that count, filled in, one late and accepted by hand; what else came; the zip."""

    forms: Mapping[str, bytes]
    board: Board
    summary: tuple[bytes, bytes]
    zip: Closed

    def closed(self, read: Callable[[Received], bytes] | None = None, local: bytes = b"") -> Closed:
        workbook, data = self.summary
        return closing_zip(
            self.board, SETTINGS, closed=CLOSED, read=read or self.read, summary_workbook=workbook,
            summary_json=data, opinions=[OPINION], local=local,
        )  # fmt: skip

    def read(self, one: Received) -> bytes:
        return self.forms[one.digest]


OPINION = Opinion(
    subject=subject_of(form(UNITS[0], DIFFERS), DIFFERS), verdict="agree", reason="按文件执行"
)


def record_of(data: bytes, templates: Templates | None = None) -> FormRecord:
    """What is read of a form."""
    checked = check_submission(read_submission(data, templates or Templates()))
    rows = summarise(checked)
    view = View(rows)
    identity = checked.submission.identity
    return replace(
        form(identity.unit), template=identity.template, edition=identity.edition,
        serial=identity.serial, round=ROUND, shared={}, projects=len(view.projects()),
        indicators=len(view.indicators), totals=dict(totals_of(rows)),
    )  # fmt: skip


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return make_sample(tmp_path_factory.mktemp("closing"), "county-project", Terms())


def make_sample(folder: Path, source: str | Path, terms: Terms) -> Sample:
    """A round of forms on a template, an id or a folder, that `terms` know."""
    template = Path(source).name
    answers = answers_of_any_unit()
    answers["form"]["template"] = template
    forms = api.generate(
        source, UNITS[:2], folder / "forms", parameters=answers["form"]["parameters"]
    )
    (folder / "back").mkdir()
    (folder / "answers.json").write_text(dump(answers), encoding="utf-8")
    found: dict[str, bytes] = {}
    files = [
        received("别的表.docx", refused("document")),
        received("102001.xls", refused("encrypted"), LATE),
    ]
    for path, arrived in zip(forms, (IN_TIME, LATE), strict=True):
        filled = folder / "back" / path.name
        api.fill(path, folder / "answers.json", filled, terms=terms)
        data = filled.read_bytes()
        found[sha256(data)] = data
        files.append(came(
            record_of(data, terms.templates), path.name, arrived, digest=sha256(data),
            size=len(data),
            arrivals=(Arrival(names=("材料.zip", path.name), arrived=arrived),),
        ))  # fmt: skip
    api.merge([folder / "back"], folder / "county.xlsx", json=folder / "county.json", terms=terms)
    workbook, data = ((folder / f"county.{kind}").read_bytes() for kind in ("xlsx", "json"))
    decision = decided(files[-1], "accept", CLOSED)
    shown = board(files, [decision], dues=[replace(one, template=template) for one in DUES])
    made = Sample(found, shown, (workbook, data), Closed(b"", ""))
    return replace(made, zip=made.closed())


def parts_of(sample: Sample) -> Parts:
    return unpack(sample.zip.data)


def manifest_of(sample: Sample) -> Any:
    return json.loads(parts_of(sample)[MANIFEST], parse_float=Decimal)


def verdict_of(folder: Path, data: bytes, terms: Terms | None = None) -> Verdict:
    path = folder / "归档包.zip"
    path.write_bytes(data)
    return verify(path, terms or Terms())


def said(verdict: Verdict) -> list[str]:
    return [Speaker("zh").word(problem) for problem in verdict.problems]


def forms_in(parts: Parts) -> list[str]:
    return [name for name in parts if name.startswith("采用的表/")]


# -- what it holds


def test_same_round_same_bytes(sample: Sample) -> None:
    assert sample.closed() == sample.zip


def test_it_holds_the_forms_as_they_came_with_names_that_people_read(sample: Sample) -> None:
    parts = parts_of(sample)
    assert {parts[name] for name in forms_in(parts)} == set(sample.forms.values())
    names = [name.rpartition("/")[2] for name in forms_in(parts)]
    assert [name.partition("_")[0] for name in names] == ["101001", "101002"]
    assert names[0].startswith("101001_清源县教育局_项目支出绩效目标申报表")
    assert set(parts) == {MANIFEST, SUMMARY, DATA, "进度表.xlsx", *forms_in(parts)}


def test_the_manifest_says_what_counts_and_adds_it_up(sample: Sample) -> None:
    manifest = manifest_of(sample)
    first, second = manifest["counted"]
    assert first["unit"] == {
        "code": "101001", "name": "清源县教育局", "department": "清源县教育局"
    }  # fmt: skip
    assert first["arrivals"][0]["name"].startswith("材料.zip/101001_")
    assert (first["late"], second["late"]) == (False, True)
    assert second["decision"]["reason"] == "已电话核实"
    assert manifest["totals"]["total"] == first["totals"]["total"] * 2 > 0
    assert manifest["closed"] == "2026-04-01 10:00:00"


def test_the_manifest_says_what_does_not_count_and_why(sample: Sample) -> None:
    manifest = manifest_of(sample)
    assert {one["arrivals"][0]["name"]: one["state"] for one in manifest["not_counted"]} == {
        "别的表.docx": "attachment", "102001.xls": "unreadable"
    }  # fmt: skip
    states = {one["unit"]["code"]: one["state"] for one in manifest["without_form"]}
    assert states == {
        "101003": "missing", "102001": "unreadable", "102002": "missing", "103001": "missing"
    }  # fmt: skip
    assert all(one["why"] for one in (*manifest["not_counted"], *manifest["without_form"]))
    (opinion,) = manifest["opinions"]
    assert (opinion["verdict"], opinion["reason"]) == ("agree", "按文件执行")


def test_the_key_of_the_round_stays_where_it_is(sample: Sample) -> None:
    assert not any(b"0123456789abcdef" in data for data in parts_of(sample).values())
    assert "key" not in manifest_of(sample)["round"]


RULES = "about: 青山县审核规定\nwithout: [benefits_all_words]\n".encode()


def test_it_holds_the_countys_own_rules_as_they_were(tmp_path: Path, sample: Sample) -> None:
    closed = sample.closed(local=RULES)
    parts = unpack(closed.data)
    assert parts["local.yaml"] == RULES
    assert json.loads(parts[MANIFEST])["local"] == {
        "member": "local.yaml", "sha256": sha256(RULES)
    }  # fmt: skip
    verdict = verdict_of(tmp_path, closed.data)
    assert (said(verdict), verdict.local, verdict.files) == ([], "local.yaml", 6)
    assert verdict_of(tmp_path, sample.zip.data).local == ""


def test_other_rules_than_those_by_which_all_was_judged_are_found(
    tmp_path: Path, sample: Sample
) -> None:
    parts = unpack(sample.closed(local=RULES).data)
    other = {**parts, "local.yaml": b"without: []"}
    assert said(verdict_of(tmp_path, pack(other))) == ["local.yaml：内容与清单记载的不同，被改动过"]
    forged = with_manifest(sample, told_to_fit(other), other)
    assert said(verdict_of(tmp_path, pack(forged))) == ["local.yaml：不是当时所依据的那份本县规定"]


def test_a_zip_from_before_rules_were_put_in_is_right(tmp_path: Path, sample: Sample) -> None:
    old = with_manifest(sample, lambda manifest: manifest.pop("local"))
    assert said(verdict_of(tmp_path, pack(old))) == []


def test_a_file_of_the_archive_that_changed_is_not_put_in(sample: Sample) -> None:
    with pytest.raises(ClosingError, match="101001"):
        sample.closed(lambda one: sample.read(one) + b"\n")


# -- verify


def test_as_closed_all_is_right_and_every_form_is_read_again(
    tmp_path: Path, sample: Sample
) -> None:
    verdict = verdict_of(tmp_path, sample.zip.data)
    assert said(verdict) == []
    assert (verdict.counted, verdict.read_again, verdict.files) == (2, 2, 5)
    assert verdict.manifest == sample.zip.digest
    assert verdict.title == SETTINGS.title


def changed_cell(sample: Sample) -> Parts:
    """A form in which an answer was changed, and nothing else."""
    parts = parts_of(sample)
    name = forms_in(parts)[0]
    parts[name] = rewritten_amount(parts[name])
    return parts


def rewritten_amount(data: bytes) -> bytes:
    """A workbook in which the amount of its total is another one, wherever it stands."""
    inside = unpack(data)
    sheets = [name for name in inside if name.startswith("xl/worksheets/sheet")]
    amount = f"{record_of(data).totals['total']:f}".encode()
    assert any(b"<v>" + amount + b"</v>" in inside[name] for name in sheets)
    for sheet in sheets:
        inside[sheet] = inside[sheet].replace(
            b"<v>" + amount + b"</v>", b"<v>" + amount + b"1</v>"
        )  # fmt: skip
    return pack(inside)


def with_manifest(
    sample: Sample, change: Callable[[Any], object], parts: Parts | None = None
) -> Parts:
    """The zip with a manifest that somebody changed, or wrote anew to fit."""
    parts = parts or parts_of(sample)
    manifest = json.loads(parts[MANIFEST])
    change(manifest)
    return {**parts, MANIFEST: json.dumps(manifest, ensure_ascii=False).encode()}


def told_to_fit(parts: Parts) -> Callable[[Any], None]:
    """Make the hashes of a manifest fit what lies in the zip."""

    def change(manifest: Any) -> None:
        for name, told in manifest["members"].items():
            told["sha256"] = sha256(parts[name])
        for one in manifest["counted"]:
            one["sha256"] = sha256(parts[one["member"]])

    return change


def test_a_changed_cell_is_found(tmp_path: Path, sample: Sample) -> None:
    sentences = said(verdict_of(tmp_path, pack(changed_cell(sample))))
    assert any("内容与清单记载的不同" in sentence for sentence in sentences)


def test_a_changed_cell_is_found_by_its_sum_where_the_hashes_were_made_to_fit(
    tmp_path: Path, sample: Sample
) -> None:
    parts = changed_cell(sample)
    forged = with_manifest(sample, told_to_fit(parts), parts)
    verdict = verdict_of(tmp_path, pack(forged))
    assert any("清单记" in sentence and "101001" in sentence for sentence in said(verdict))
    assert verdict.manifest != sample.zip.digest


def test_a_changed_total_is_found(tmp_path: Path, sample: Sample) -> None:
    forged = with_manifest(sample, lambda manifest: manifest["totals"].update(total=1))
    sentences = said(verdict_of(tmp_path, pack(forged)))
    assert any(sentence.startswith("全部采用的表：") for sentence in sentences)
    assert any(sentence.startswith("汇总数据.json：") for sentence in sentences)


def test_a_changed_total_of_one_unit_is_found(tmp_path: Path, sample: Sample) -> None:
    def change(manifest: Any) -> None:
        manifest["counted"][0]["totals"]["fiscal"] += 1
        manifest["totals"]["fiscal"] += 1

    sentences = said(verdict_of(tmp_path, pack(with_manifest(sample, change))))
    assert [sentence for sentence in sentences if "采用的表/101001" in sentence]
    assert [sentence for sentence in sentences if sentence.startswith("101001：")]


def test_swapped_files_are_found_also_with_hashes_made_to_fit(
    tmp_path: Path, sample: Sample
) -> None:
    parts = parts_of(sample)
    one, other = forms_in(parts)
    parts[one], parts[other] = parts[other], parts[one]
    assert len(said(verdict_of(tmp_path, pack(parts)))) >= 2
    forged = with_manifest(sample, told_to_fit(parts), parts)
    sentences = said(verdict_of(tmp_path, pack(forged)))
    assert [s for s in sentences if "重新读取后是 101002 清源县第一中学 的表" in s]
    assert [s for s in sentences if "重新读取后是 101001 清源县教育局 的表" in s]


def test_added_and_missing_files_are_found(tmp_path: Path, sample: Sample) -> None:
    parts = parts_of(sample)
    parts["采用的表/补充.xlsx"] = b"x"
    del parts["进度表.xlsx"]
    assert said(verdict_of(tmp_path, pack(parts))) == [
        "进度表.xlsx：清单中有，包里没有",
        "采用的表/补充.xlsx：包里有，清单中没有，是后来加进去的",
    ]


def test_a_unit_that_is_only_in_the_summary_or_only_in_the_manifest_is_found(
    tmp_path: Path, sample: Sample
) -> None:
    parts = parts_of(sample)
    summary = json.loads(parts[DATA])
    summary["units"][0]["unit"]["code"] = "999999"
    parts[DATA] = json.dumps(summary).encode()
    forged = with_manifest(sample, told_to_fit(parts), parts)
    sentences = said(verdict_of(tmp_path, pack(forged)))
    assert any(s.startswith("101001 的表") and "汇总数据里没有" in s for s in sentences)
    assert any(s.startswith("999999 的表") and "采用的表里没有" in s for s in sentences)


def test_a_form_of_an_unknown_template_is_compared_by_hash_alone(tmp_path: Path) -> None:
    own = tmp_path / "templates" / "own-project"
    shutil.copytree(ROOT / "templates" / "county-project", own)
    text = (own / "template.yaml").read_text(encoding="utf-8")
    text = text.replace("id: county-project", "id: own-project", 1)
    (own / "template.yaml").write_text(text, encoding="utf-8")
    terms = Terms(Templates([own]))
    data = make_sample(tmp_path, own, terms).zip.data
    known, unknown = verdict_of(tmp_path, data, terms), verdict_of(tmp_path, data)
    assert (said(known), known.counted, known.read_again) == ([], 2, 2)
    assert (said(unknown), unknown.counted, unknown.read_again) == ([], 2, 0)


@pytest.mark.parametrize("share", [0.2, 0.6, 0.99])
def test_a_truncated_zip_is_refused(tmp_path: Path, sample: Sample, share: float) -> None:
    data = sample.zip.data
    with pytest.raises(WorkbookError):
        verdict_of(tmp_path, data[: int(len(data) * share)])


@pytest.mark.parametrize("name", ["../进度表.xlsx", "/etc/passwd", MANIFEST.upper()])
def test_names_that_programs_unpack_differently_are_refused(
    tmp_path: Path, sample: Sample, name: str
) -> None:
    target = io.BytesIO(sample.zip.data)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(name, b"x")
    with pytest.raises(WorkbookError):
        verdict_of(tmp_path, target.getvalue())


def test_a_manifest_that_stands_twice_is_refused(tmp_path: Path, sample: Sample) -> None:
    target = io.BytesIO(sample.zip.data)
    with zipfile.ZipFile(target, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(MANIFEST, b"{}")
    with pytest.raises(WorkbookError) as raised:
        verdict_of(tmp_path, target.getvalue())
    assert raised.value.code == "duplicate_parts"


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04"])
def test_what_is_no_zip_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(WorkbookError):
        verdict_of(tmp_path, data)


@pytest.mark.parametrize("text", [
    b"", b"{", b"[]", b"null", b"{}", b"[" * 99_999, b'{"format": "ptxl-closing-1"}',
    b'{"format": "ptxl-closing-1", "round": {}, "members": [], "counted": 1, "totals": {}}',
    b'{"format": "ptxl-closing-1", "round": {"title": 1}, "members": {}, "counted": [1]}',
    b"\xff\xfe", b'{"format": NaN}',
])  # fmt: skip
def test_a_zip_without_a_usable_manifest_is_said_to_be_none(tmp_path: Path, text: bytes) -> None:
    verdict = verdict_of(tmp_path, pack({MANIFEST: text, "a": b"x"}))
    assert said(verdict) == [
        "里面没有可用的清单（manifest.json），不是结束批次时生成的归档包，或已被改动"
    ]


@pytest.mark.parametrize("amount", ["x", None, True, [], {}, "1"])
def test_a_total_that_is_no_number_is_said(tmp_path: Path, sample: Sample, amount: object) -> None:
    forged = with_manifest(sample, lambda manifest: manifest["totals"].update(total=amount))
    assert len(said(verdict_of(tmp_path, pack(forged)))) == 1


# -- the command


def ptxl(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ptxl", *map(str, arguments), "--lang", "zh"]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


def test_the_command_says_what_it_found_and_ends_accordingly(
    tmp_path: Path, sample: Sample
) -> None:
    good, bad, none = (tmp_path / f"{name}.zip" for name in ("good", "bad", "none"))
    good.write_bytes(sample.zip.data)
    bad.write_bytes(pack(changed_cell(sample)))
    none.write_bytes(sample.zip.data[:500])
    done = ptxl("verify", good)
    assert done.returncode == 0, done.stderr
    assert "核验通过" in done.stdout
    assert sample.zip.digest in done.stdout
    done = ptxl("verify", bad)
    assert done.returncode == 1, done.stderr
    assert "【不一致】采用的表/101001" in done.stdout
    done = ptxl("verify", none)
    assert (done.returncode, done.stdout) == (3, "")
    assert "文件不完整" in done.stderr
