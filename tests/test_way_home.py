"""Damaged workbooks all the way home: read, checked, marked, unmarked, repaired, upgraded, merged.

Whatever comes of a file is that file's result: no error of ours, no worker that dies, no batch that
ends. What can be marked is read again as before. `PTXL_FUZZ_HOME` is how many mutants are tried; a
failure names its seeds: `mutate(whole, kind, seed)`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from ptxl import jobs
from ptxl.api import each, merge
from ptxl.check.submission import check_submission
from ptxl.mark import mark_workbook, unmark_workbook
from ptxl.model.errors import AnswersError, WorkbookError
from ptxl.model.findings import Finding
from ptxl.model.submission import CheckedSubmission
from ptxl.read import Workbook, open_workbook, read_submission
from ptxl.receive.workers import Opened, Terms, Unread
from ptxl.renew.fill import fill_form
from ptxl.renew.repair import Repaired
from ptxl.template import Templates, load_template
from ptxl.words import phrase
from ptxl.write.stencil import write_form
from tests.conftest import TINY, UNIT, Figures, MakeTemplate
from tests.marked import sheet_root
from tests.mutants import mutate, try_mutants
from tests.office import Office
from tests.packages import parts, rebuilt
from tests.test_fuzz import ANSWERS

COUNT = int(os.environ.get("PTXL_FUZZ_HOME", "600"))
#: what is typed wrong, so that there is something to mark
WRONG = {**ANSWERS, "people": "约四十", "funds": {"total": "见附件", "fiscal": 100}}


def task(file: Opened) -> tuple[str, str]:
    """Take one mutant home: what it came to, and what went wrong on the way. Runs in a worker."""
    kind, _, seed = file.source.partition(":")
    mutant = mutate(file.data, kind, int(seed))
    file = replace(file, data=mutant.data)
    try:
        workbook = open_workbook(file.data)
        checked = jobs.check(file, workbook=workbook)
    except WorkbookError as error:
        return error.code, ""
    wrong = [*_marked_wrong(file, workbook, checked), *_renewed_wrong(file, checked)]
    return "read", "; ".join(wrong)


def _marked_wrong(file: Opened, workbook: Workbook, checked: CheckedSubmission) -> Iterator[str]:
    if workbook.kind != "xlsx":
        return
    planted = replace(checked, findings=(*checked.findings, *_everywhere(workbook)))
    for what, changed in (
        ("marked", partial(mark_workbook, workbook.parts, planted)),
        ("unmarked", partial(unmark_workbook, workbook.parts)),
    ):
        try:
            again = jobs.check(replace(file, data=changed()))
        except WorkbookError as error:
            if error.code not in ("broken_xml", "part_missing", "dtd"):
                yield f"{what}: {error.code}"
            continue
        if _verdict(again) != _verdict(checked):
            yield f"{what} and read otherwise"


def _verdict(checked: CheckedSubmission) -> object:
    """What was found and read; marking takes earlier notes away, however they were damaged."""
    found = [(f.code, f.place()) for f in checked.findings if f.code != "laid_over"]
    return found, dict(checked.values)


def _everywhere(workbook: Workbook) -> Iterator[Finding]:
    sentence = phrase("rules.broken", message="请核对")
    for sheet in workbook.names:
        for cell in ("A1", "B3", "C9"):
            yield Finding(code="planted", severity="hint", sheet=sheet, cell=cell, phrase=sentence)


def _renewed_wrong(file: Opened, checked: CheckedSubmission) -> Iterator[str]:
    deeds: tuple[tuple[str, Callable[[], object]], ...] = (
        ("report", partial(jobs.report, file, look=jobs.check, language="zh", mark="hint")),
        ("repair", partial(jobs.repair, file)),
        ("upgrade", partial(jobs.upgrade, file, edition="", parameters={"rows": 12})),
        ("fill", partial(jobs.fill, file, answers=WRONG)),
        ("summarise", partial(jobs.summarise, file)),
    )
    for what, deed in deeds:
        try:
            outcome = deed()
        except (WorkbookError, AnswersError):
            continue
        except Exception as error:
            yield f"{what}: {type(error).__name__} {error}"
            continue
        if what == "repair" and isinstance(outcome, Repaired):
            yield from _lost(checked, jobs.check(replace(file, data=outcome.workbook)), outcome)


def _lost(before: CheckedSubmission, after: CheckedSubmission, repaired: Repaired) -> Iterator[str]:
    """Values that a repaired form has otherwise, though nobody is told to look at them."""
    told = {found.path for found in (*repaired.lost, *repaired.guessed)}
    for path, value in before.values.items():
        if path not in told and after.values.get(path) != value:
            yield f"repaired, and {path} is {after.values.get(path)} for {value}"


@pytest.fixture
def template(make_template: MakeTemplate) -> Path:
    return make_template(TINY)


def _filled(template: Path, answers: object = WRONG) -> bytes:
    templates = Templates([template])
    blank = write_form(load_template(template).layout({}), UNIT)
    return fill_form(blank, answers, templates)


def _marked(template: Path) -> bytes:
    data = _filled(template)
    checked = check_submission(read_submission(data, Templates([template])))
    return mark_workbook(parts(data), checked)


@pytest.mark.parametrize("make", [_filled, _marked])
def test_a_mutant_comes_home_or_is_refused(
    make: Callable[[Path], bytes], template: Path, tmp_path: Path,
    figures: Figures,
) -> None:  # fmt: skip
    path = tmp_path / "whole.xlsx"
    path.write_bytes(make(template))
    try_mutants(task, path, "xlsx", COUNT // 6, template, figures)


@pytest.mark.office
@pytest.mark.parametrize(
    ("make", "kind"),
    [(_filled, "xlsx"), (_filled, "xls"), (_filled, "ods"), (_marked, "xlsx")],
)
def test_so_does_a_mutant_of_what_an_office_saved(
    make: Callable[[Path], bytes], kind: str, template: Path, tmp_path: Path, office: Office,
    figures: Figures,
) -> None:  # fmt: skip
    (tmp_path / "form.xlsx").write_bytes(make(template))
    path = tmp_path / f"whole.{kind}"
    office.convert(tmp_path / "form.xlsx", path)
    try_mutants(task, path, kind, COUNT // 6, template, figures)


def test_a_batch_of_mutants_names_every_file_once(template: Path, tmp_path: Path) -> None:
    """Merged with good forms among them: one outcome a file, and the good ones count."""
    returns = tmp_path / "returns"
    returns.mkdir()
    whole = _filled(template, ANSWERS)
    count = max(20, COUNT // 20)
    for seed in range(count):
        (returns / f"{seed}.xlsx").write_bytes(mutate(whole, "xlsx", seed).data)
    (returns / "good.xlsx").write_bytes(whole)
    terms = Terms(Templates([template]))
    merged = merge([returns], tmp_path / "county.xlsx", terms=terms)
    assert merged.counts["forms"] + merged.counts["left_out"] == count + 1
    reported = partial(jobs.report, look=jobs.check, language="zh", mark="hint")
    outcomes = list(each([returns], reported, terms=terms))
    assert len(outcomes) == count + 1
    assert not [one for one in outcomes if isinstance(one, Unread) and one.trace]


# -- named cases

_STYLES, _BOOK, _SHEET = "xl/styles.xml", "xl/workbook.xml", "xl/worksheets/sheet3.xml"
_TYPES, _BOOK_RELATIONS = "[Content_Types].xml", "xl/_rels/workbook.xml.rels"
#: of a form, part and what is replaced in it by what; the part is taken away where that is nothing
ODD: dict[str, tuple[str, str, str]] = {
    "no content types": (_TYPES, "", ""),
    "content types of another kind": (_TYPES, "<Types", "<!-- x --><Types"),
    "broken content types": (_TYPES, "</Types>", ""),
    "no styles": (_STYLES, "", ""),
    "a comment among borders": (_STYLES, "<border>", "<!-- x --><border>"),
    "an instruction among fonts": (_STYLES, "<font>", "<?x y?><font>"),
    "a comment among fills": (_STYLES, "<fill>", "<!-- x --><fill>"),
    "a relative namespace": (_STYLES, "<border>", '<border xmlns:a="b">'),
    "styles with a prefix": (_STYLES, "<border>", '<border xmlns:q="urn:q" q:r="1">'),
    "no counts": (_STYLES, ' count="', ' x="'),
    "relations without a styles part": (_BOOK_RELATIONS, "styles.xml", "style.xml"),
    "a comment among relations": (_BOOK_RELATIONS, "<Relationship ", "<!-- x --><Relationship "),
    "no id of a sheet": (_BOOK, ' sheetId="', ' x="'),
    "an odd id of a sheet": (_BOOK, 'sheetId="', 'sheetId="A'),
    "an endless id of a sheet": (_BOOK, 'sheetId="', f'sheetId="{"9" * 5000}'),
    "an odd scope of a name": (_BOOK, 'localSheetId="', 'localSheetId="x'),
    "an odd first sheet": (_BOOK, "<workbookView ", '<workbookView firstSheet="-1" '),
    "an odd height": (_SHEET, ' ht="', ' ht="x'),
    "an infinite height": (_SHEET, ' ht="', ' ht="1e999" x="'),
    "no height": (_SHEET, ' ht="', ' ht="" x="'),
    "an odd width": (_SHEET, ' width="', ' width="NaN" x="'),
    "columns without an end": (_SHEET, ' max="', ' max="" x="'),
    "an odd default height": (_SHEET, "<sheetFormatPr ", '<sheetFormatPr defaultColWidth="x" '),
    "a comment among rows": (_SHEET, "<row ", "<!-- x --><row "),
    "an odd priority": (_SHEET, ' priority="', ' priority="x'),
    "styles that are none": (_STYLES, "styleSheet", "sheet"),
    "styles in no namespace": (_STYLES, "<styleSheet xmlns=", "<styleSheet xmlns:a="),
    "no formats of styles": (_STYLES, "cellStyleXfs", "x"),
}  # fmt: skip


def _odd(data: bytes, part: str, old: str, new: str) -> bytes:
    held = parts(data)
    if old:
        assert old.encode() in held[part], part
        held[part] = held[part].replace(old.encode(), new.encode())
    else:
        del held[part]
    return rebuilt(held)


def test_a_sheet_without_a_name_is_no_sheet_of_marks(template: Path) -> None:
    nameless = re.sub(rb'<sheet name="[^"]*" sheetId="1"', b'<sheet name="" sheetId="1"',
                      parts(_marked(template))[_BOOK])  # fmt: skip
    held = parts(_marked(template)) | {_BOOK: nameless}
    assert "" in open_workbook(rebuilt(held)).names
    assert "" in open_workbook(unmark_workbook(held)).names


@pytest.mark.parametrize("case", ODD)
def test_what_only_marking_looks_at_never_costs_a_sender_the_findings(
    case: str, template: Path, tmp_path: Path
) -> None:
    """The odd file lies among good ones: each has its own outcome, the odd one marks or a list."""
    good = _filled(template)
    odd = _odd(good, *ODD[case])
    returns = tmp_path / "returns"
    returns.mkdir()
    for name, data in (("1.xlsx", good), ("2.xlsx", odd), ("3.xlsx", good)):
        (returns / name).write_bytes(data)
    templates = Templates([template])
    task = partial(jobs.report, look=jobs.check, language="zh", mark="hint")
    first, middle, last = each([returns], task, terms=Terms(templates), workers=1)
    assert isinstance(first, jobs.Report)
    assert isinstance(middle, jobs.Report), middle
    assert isinstance(last, jobs.Report)
    assert middle.marked
    assert middle.errors == first.errors == last.errors > 0
    if middle.marked.own:
        again, before = (read_submission(one, templates) for one in (middle.marked.data, odd))
        assert again.entries == before.entries
        assert again.findings == before.findings
    else:
        assert len(sheet_root(middle.marked.data, "审核意见").findall(".//{*}row")) > 4
