"""Forgeries on real files: each is found, with the right code; untouched files raise no alarm.

A forger here may do all that a spreadsheet program, an editor of XML or ptxl itself can do; with
the key of a round there is one thing that only the key's owner can.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from ptxl.cells import cell_name
from ptxl.check.submission import check_submission
from ptxl.documents.document import build_document, load_answers
from ptxl.layout.helper_sheets import IDENTITY_SHEET, LIST_SHEET, MAP_SHEET, helper_sheets
from ptxl.layout.identity import (
    SEAL_HEAD,
    SEAL_PIECE,
    identify,
    identity_values,
    pieces,
    seal_of,
    serial_of,
)
from ptxl.model.errors import WorkbookError
from ptxl.model.form import Unit
from ptxl.model.submission import CheckedSubmission, Identity
from ptxl.ooxml.sheet import NewValue
from ptxl.read import open_workbook, read_submission
from ptxl.renew.fill import fill_form
from ptxl.template import Templates, find_templates, load_template
from ptxl.write.self_check import FIRST_SHOWN, STATE_COLUMN
from ptxl.write.stencil import write_form
from tests.conftest import SAMPLES, MakeTemplate
from tests.office import (
    Edit,
    Office,
    copy_sheet,
    insert_rows,
    remove_names,
    remove_sheet,
    set_cell,
    unprotect_sheet,
)
from tests.packages import patch_cells

KEY = b"the key of this round, from a file"
OTHER_KEY = b"the key of another round, likewise"
TEMPLATES = Templates()
#: the finance bureau, whose forms are mixed with those of the unit that the sample is of
OTHER = Unit(code="101002", name="清源县财政局", department="清源县财政局")
HEBEI, HENAN, NINGXIA = "hebei-2020-project-1", "henan-2020-department", "ningxia-2023-project-1"
#: not of the forgery itself: said of any workbook from which something was taken
GUIDE_SHEET, CHECK_SHEET = helper_sheets("zh").guide, helper_sheets("zh").check
STATE_OF_FILE = {"helper_sheets_removed"}
PLACES = ("sheet", "lists", "properties", "names")
FORMATS = ("xlsx", "xls", "ods")
Change = Callable[[bytes], bytes]


#: a unit whose name and further columns have all that formats want escaped
HARD = Unit(code="010100", name="A&B <局> \"甲\" '乙'_x0041_", more={"地址": "长" * 200, "=": "=1"})
GOOD = sorted(path.name for path in SAMPLES.glob("good/*"))


@cache
def template_of(case: str) -> str:
    return str(load_answers(SAMPLES / "good" / case / "answers.json")["form"]["template"])


@cache
def form(case: str, other: bool = False, key: bytes = b"") -> bytes:
    """A published table as its unit would return it, or another one."""
    answers = load_answers(SAMPLES / "good" / case / "answers.json")
    layout = load_template(answers["form"]["template"]).layout(answers["form"]["parameters"])
    unit = OTHER if other else Unit(**answers["unit"])
    answers["unit"] = {"code": unit.code, "name": unit.name}
    blank = write_form(layout, unit, key=key)
    return fill_form(blank, answers, TEMPLATES)


def identity_of(data: bytes, key: bytes = b"") -> Identity:
    submission = read_submission(data, TEMPLATES)
    return identify(submission.layout, submission.identity.unit, key=key)


def checked(data: bytes, templates: Templates = TEMPLATES, key: bytes = b"") -> CheckedSubmission:
    return check_submission(read_submission(data, templates, key=key))


def found(data: bytes, templates: Templates = TEMPLATES, key: bytes = b"") -> set[str]:
    """The codes of what was done to the workbook; what a rule says of the answers is none."""
    submission = read_submission(data, templates, key=key)
    return {finding.code for finding in submission.findings}


# -- a forger's tools


def parts(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """A workbook with each of its parts changed by name and content."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            archive.writestr(name, change(name, source.read(name)), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def swap(pattern: str, by: str, part: str = r"xl/worksheets/sheet\d+\.xml") -> Change:
    """Replace what a pattern finds in some parts; it must find something."""

    def change(data: bytes) -> bytes:
        count = 0

        def inside(name: str, content: bytes) -> bytes:
            nonlocal count
            if not re.fullmatch(part, name):
                return content
            text, times = re.subn(pattern, by, content.decode(), flags=re.DOTALL)
            count += times
            return text.encode()

        changed = parts(data, inside)
        assert count, f"{pattern} is not in {part}"
        return changed

    return change


def write(sheet: str, **cells: NewValue) -> Change:
    """Type into cells, locked or not, by their names."""

    def change(data: bytes) -> bytes:
        places = {_position(cell): value for cell, value in cells.items()}
        return patch_cells(data, {sheet: places})

    return change


def _position(cell: str) -> tuple[int, int]:
    letters, row = re.fullmatch(r"([A-Z]+)(\d+)", cell).groups()  # type: ignore[union-attr]
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(row) - 1, column - 1


def give(identity: Identity, places: Iterable[str] = PLACES) -> Change:
    """Write an identity, true or not, into places that hold one."""

    def change(data: bytes) -> bytes:
        for place in places:
            data = _GIVE[place](data, identity)
        return data

    return change


def _give_sheet(data: bytes, identity: Identity) -> bytes:
    values = identity_values(identity)
    return patch_cells(data, {IDENTITY_SHEET: {(n, 1): v for n, v in enumerate(values)}})


def _give_lists(data: bytes, identity: Identity) -> bytes:
    head = open_workbook(data).grid(LIST_SHEET)[0]
    (column,) = [n for n, text in enumerate(head) if str(text).startswith(SEAL_HEAD)]
    return patch_cells(data, {LIST_SHEET: {(0, column): seal_of(identity)}})


def _give_pieces(part: str, element: str, piece: str) -> Callable[[bytes, Identity], bytes]:
    def give_pieces(data: bytes, identity: Identity) -> bytes:
        held = enumerate(pieces(seal_of(identity)).items(), 3)
        new = "".join(piece.format(pid=pid, name=name, text=text) for pid, (name, text) in held)
        old = rf'(?:<{element}\b[^>]*"{SEAL_PIECE}(?:(?!</{element}>).)*</{element}>)+'
        return swap(old, new, part)(data)

    return give_pieces


_GIVE: Mapping[str, Callable[[bytes, Identity], bytes]] = {
    "sheet": _give_sheet,
    "lists": _give_lists,
    "properties": _give_pieces(
        "docProps/custom.xml",
        "property",
        '<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{pid}" name="{name}">'
        "<vt:lpwstr>{text}</vt:lpwstr></property>",
    ),
    "names": _give_pieces(
        "xl/workbook.xml", "definedName", '<definedName name="{name}">"{text}"</definedName>'
    ),
}


def drop(places: Iterable[str]) -> Change:
    """Delete places that hold the identity."""
    sheet = r'<sheet name="{}"[^>]*/>'
    drops = {
        "sheet": swap(sheet.format(IDENTITY_SHEET), "", "xl/workbook.xml"),
        "lists": swap(sheet.format(LIST_SHEET), "", "xl/workbook.xml"),
        "properties": swap("<property .*</property>", "", "docProps/custom.xml"),
        "names": swap("<definedNames>.*</definedNames>", "", "xl/workbook.xml"),
    }

    def change(data: bytes) -> bytes:
        for place in places:
            data = drops[place](data)
        return data

    return change


def stamped_as(identity: Identity) -> Change:
    """Change the serial wherever it stands alone."""
    return swap('[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}(?=[&<" ])', identity.serial, ".*")


def overwrite(sheet: str, cell: str, text: str = "通过") -> Change:
    """Type over a formula."""
    number = {GUIDE_SHEET: 1, CHECK_SHEET: 2}[sheet]
    new = rf'\1 t="inlineStr"><is><t>{text}</t></is></c>'
    return swap(
        rf'(<c r="{cell}" s="\d+")[^>]*><f>.*?</c>', new, f"xl/worksheets/sheet{number}.xml"
    )


def chain(*changes: Change) -> Change:
    def change(data: bytes) -> bytes:
        for one in changes:
            data = one(data)
        return data

    return change


def with_parameters(identity: Identity, **changed: object) -> Identity:
    """Other parameters, and the serial that fits them: anybody can compute it."""
    parameters = {**identity.parameters, **changed}
    serial = serial_of(identity.template, identity.edition, parameters, identity.unit)
    return replace(identity, parameters=parameters, serial=serial)


# -- forgeries, and what must be said of them

HEBEI_LAYOUT = read_submission(form(HEBEI), TEMPLATES).layout
OURS, THEIRS = identity_of(form(HEBEI)), identity_of(form(HEBEI, other=True))
#: of the same unit, a year later
LATER = identify(
    load_template("henan-department").layout({"year": 2021}), identity_of(form(HENAN)).unit
)
OLD = replace(
    OURS, edition="2019", serial=serial_of(OURS.template, "2019", OURS.parameters, OURS.unit)
)
STATE = cell_name(FIRST_SHOWN, STATE_COLUMN)


#: sample, what is done to it, and all codes that reading then gives
FORGERIES: Mapping[str, tuple[str, Change, set[str]]] = {
    # printed cells
    "title edited": (
        HEBEI, write("项目1", A2="1.预算项目绩效自评表"), {"locked_text_changed"}),
    "label edited": (
        HEBEI, write("项目1", A5="预算规模"), {"locked_text_changed"}),
    "category edited": (
        NINGXIA, write("项目1", C16="数量类指标"), {"locked_text_changed"}),
    "category put in place of another": (
        NINGXIA, write("项目1", C16="质量指标\n（必填）"), {"label_of_another"}),
    "printed name in a fixed table edited": (
        HENAN, write("整体绩效目标", C25="预算完成率"), {"locked_text_changed"}),
    "unit edited": (
        HENAN, write("整体绩效目标", C3=OTHER.name), {"unit_differs"}),
    "code and unit edited": (
        HEBEI, write("项目1", A3=f"{OTHER.code}{OTHER.name}"), {"unit_differs"}),
    "a digit added to the code": (
        HEBEI, write("项目1", A3=f"{OURS.unit.code}1{OURS.unit.name}"), {"unit_differs"}),
    "unit on the guide edited": (
        NINGXIA, write(GUIDE_SHEET, B2="填报单位：101002 清源县财政局"), {"unit_differs"}),
    "state of the self-check typed over": (
        HEBEI, overwrite(CHECK_SHEET, STATE), {"self_check_changed"}),
    "reviewer's verdict filled in": (
        NINGXIA, write("项目1", C52="优"), {"review_filled"}),
    "protection stripped": (
        HEBEI, swap("<sheetProtection[^>]*/>", ""), {"protection_removed"}),
    "dropdowns stripped, another word typed": (
        HEBEI,
        chain(swap("<dataValidations.*</dataValidations>", ""), write("项目1", A14="其他指标")),
        {"validation_removed"}),
    # hidden sheets
    "unit in the hidden sheet edited": (
        HEBEI, write(IDENTITY_SHEET, B5=OTHER.code), {"identity_changed"}),
    "serial in the hidden sheet edited": (
        HEBEI, write(IDENTITY_SHEET, B9=THEIRS.serial), {"identity_changed"}),
    "digest in the hidden sheet edited": (
        HEBEI, write(IDENTITY_SHEET, B10="0" * 32), {"identity_changed"}),
    "digest edited everywhere": (
        HEBEI, give(replace(OURS, digest="0" * 32)), {"template_changed"}),
    "parameters in the hidden sheet edited": (
        HEBEI, write(IDENTITY_SHEET, B4='{"rows":500}'), {"identity_changed"}),
    "a choice added to the hidden lists": (
        HEBEI, write(LIST_SHEET, B2="自拟指标"), {"lists_changed"}),
    # the identity of another unit
    "hidden sheet of another unit": (
        HEBEI, give(THEIRS, ["sheet"]), {"identity_disagrees"}),
    "seal of another unit in the lists": (
        HEBEI, give(THEIRS, ["lists"]), {"identity_disagrees"}),
    "properties of another unit": (
        HEBEI, give(THEIRS, ["properties"]), {"identity_disagrees"}),
    "names of another unit": (
        HEBEI, give(THEIRS, ["names"]), {"identity_disagrees"}),
    "half of the places of another unit": (
        HEBEI, give(THEIRS, ["properties", "names"]), {"identity_disagrees"}),
    "identity copied whole": (
        HEBEI, give(THEIRS), {"identity_disagrees", "unit_differs"}),
    "identity copied whole, serials too": (
        HEBEI, chain(give(THEIRS), stamped_as(THEIRS)), {"unit_differs"}),
    "identity copied into the one place that is left": (
        HEBEI, chain(give(THEIRS), drop(["sheet", "lists", "names"]), stamped_as(THEIRS)),
        {"unit_differs", "identity_incomplete"}),
    "serial on one sheet of another unit": (
        HEBEI, swap(OURS.serial, THEIRS.serial, "xl/worksheets/sheet3.xml"),
        {"identity_disagrees"}),
    # another form
    "parameters edited, serial made to fit": (
        HEBEI, give(with_parameters(OURS, year=2021)),
        {"identity_disagrees", "unit_differs", "template_changed"}),
    "another year, with all that ptxl would write": (
        HENAN, chain(give(LATER), stamped_as(LATER)), {"locked_text_changed"}),
    "old edition": (
        HEBEI, chain(give(OLD), stamped_as(OLD)), {"template_changed"}),
    # identity stripped
    "one place left: the hidden sheet": (
        HEBEI, drop(["lists", "properties", "names"]), {"identity_incomplete"}),
    "one place left: the lists": (
        HEBEI, drop(["sheet", "properties", "names"]), {"identity_incomplete"}),
    "one place left: the properties": (
        HEBEI, drop(["sheet", "lists", "names"]), {"identity_incomplete"}),
    "one place left: the names": (
        HEBEI, drop(["sheet", "lists", "properties"]), {"identity_incomplete"}),
    "a piece of the seal cut": (
        HEBEI, swap("(ptxl_identity_1.*?)WyI", r"\1", "docProps/custom.xml"),
        {"identity_incomplete"}),
}  # fmt: skip


#: what checking says beside that, where a forged answer is itself no answer
CHECKED = {"dropdowns stripped, another word typed": "not_in_list"}


@pytest.mark.parametrize("name", CHECKED)
def test_a_forged_answer_is_checked_like_any_other(name: str) -> None:
    case, change, _ = FORGERIES[name]
    before, after = checked(form(case)).findings, checked(change(form(case))).findings
    assert CHECKED[name] in {finding.code for finding in after}
    assert CHECKED[name] not in {finding.code for finding in before}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_found(name: str) -> None:
    case, change, codes = FORGERIES[name]
    assert found(change(form(case))) - STATE_OF_FILE == codes


def test_there_are_at_least_twenty() -> None:
    assert len(FORGERIES) >= 20


@pytest.mark.parametrize("name", [name for name in FORGERIES if "left" in name])
def test_one_place_is_enough_for_the_same_answers(name: str) -> None:
    case, change, _ = FORGERIES[name]
    if "copied" not in name:
        whole, left = checked(form(case)), checked(change(form(case)))
        assert build_document(left) == build_document(whole)
        assert {finding.severity for finding in left.submission.findings} == {"hint"}


def test_a_sheet_of_another_unit_copied_in_is_found() -> None:
    """Sheets that do not print their unit still carry their serial in the footer."""
    theirs = zipfile.ZipFile(io.BytesIO(form(NINGXIA, other=True)))
    copied = {f"xl/{name}.xml": theirs.read(f"xl/{name}.xml")
              for name in ("worksheets/sheet3", "sharedStrings")}  # fmt: skip
    ours = identity_of(form(NINGXIA))
    data = parts(form(NINGXIA), lambda name, content: copied.get(name, content))
    mixed = chain(give(ours, ["sheet", "lists"]), write(GUIDE_SHEET, B2="说明"))(data)
    assert found(mixed) == {"identity_disagrees"}
    (finding,) = read_submission(mixed, TEMPLATES).findings
    assert "“项目1”的页脚" in finding.message()


def test_a_unit_typed_over_is_found_among_any_number_of_edited_labels(
    make_template: MakeTemplate,
) -> None:
    labels = ", ".join(f"[标签{number}, {{field: f{number}}}]" for number in range(80))
    body = f'sheets: [{{name: 表, columns: [30, 30], rows: [{labels}, ["{{{{ unit.name }}}}"]]}}]'
    path = make_template(body)
    layout = load_template(path).layout({})
    edits: dict[str, NewValue] = {f"A{row}": "改" for row in range(1, 23)}
    data = write("表", **edits, A81=OTHER.name)(write_form(layout, HARD))
    assert found(data, Templates([path])) == {"locked_text_changed", "unit_differs"}


def test_a_changed_text_of_the_roster_that_names_no_unit_is_a_changed_text(
    make_template: MakeTemplate,
) -> None:
    """Who heads a department, or which one it is, says not whose form it is."""
    texts = "['{{ unit.department }}', '{{ unit.head }}', '{{ unit.name }}（{{ unit.head }}）']"
    labels = ", ".join(f"[标签{number}, {{field: f{number}}}]" for number in range(8))
    rows = f"[{texts}, {labels}]"
    path = make_template(f"sheets: [{{name: 表, columns: [30, 30, 30], rows: {rows}}}]")
    unit = replace(HARD, more={"head": "张某"})
    data = write_form(load_template(path).layout({}), unit)
    changed = write("表", A1="别的局", B1="李某", C1=f"{unit.name}（李某）")(data)
    assert found(changed, Templates([path])) == {"locked_text_changed"}
    other = write("表", C1=f"{OTHER.name}（张某）")(data)
    assert found(other, Templates([path])) == {"unit_differs"}


def test_what_programs_pad_the_identity_with_is_no_change_of_it() -> None:
    """Gnumeric puts line breaks around the text of a property."""
    padded = swap("<vt:lpwstr>(.*?)</vt:lpwstr>", r"<vt:lpwstr>\n  \1\n </vt:lpwstr>",
                  "docProps/custom.xml")  # fmt: skip
    assert found(padded(form(HEBEI))) == set()


# -- the template, the map, and edits in a real office program


def test_a_template_edited_after_issue_is_found(tmp_path: Path) -> None:
    """The same labels, but amounts in another unit: nothing on the sheet would show it."""
    text = load_template("hebei-department").path.read_text(encoding="utf-8")
    edited = text.replace("kind: money, required", "kind: money, unit: 元, required")
    assert edited != text
    (tmp_path / "template.yaml").write_text(edited, encoding="utf-8")
    assert found(form(HEBEI), Templates([tmp_path])) == {"template_changed"}


def swap_in_map(one: str, two: str) -> Change:
    """Let the map say of two fields that each stands where the other does."""

    def change(data: bytes) -> bytes:
        rows = {row[0]: number for number, row in enumerate(open_workbook(data).grid(MAP_SHEET))}
        return patch_cells(data, {MAP_SHEET: {(rows[one], 0): two, (rows[two], 0): one}})

    return change


def answers(data: bytes) -> object:
    """The JSON of a workbook without what it says of its form."""
    document = build_document(checked(data))
    return {key: value for key, value in document.items() if key not in ("form", "findings")}


FUNDS = ("projects[0].funds.fiscal", "projects[0].funds.total")
ROWS = ("projects[0].indicators[0].level3", "projects[0].indicators[1].level3")
PLAN = ("projects[0].plan[0].percent", "projects[0].plan[3].percent")


@pytest.mark.parametrize("fields", [FUNDS, ROWS, PLAN], ids="".join)
@pytest.mark.parametrize(
    "beside",
    [
        pytest.param(chain(), id="alone"),
        pytest.param(write("项目1", A5="预算规模"), id="label"),
        pytest.param(write("项目1", A2="甲", A3="乙", A4="丙", A5="丁"), id="labels"),
        pytest.param(write("项目1", J20="旁注"), id="stray"),
    ],
)
def test_a_forged_map_moves_no_answer(beside: Change, fields: tuple[str, str]) -> None:
    data = chain(swap_in_map(*fields), beside)(form(HEBEI))
    assert answers(data) == answers(form(HEBEI))


@pytest.mark.office
@pytest.mark.parametrize("row", [3, 5, 7, 14, 15])
def test_a_forged_map_moves_no_answer_when_rows_were_inserted(
    office: Office, tmp_path: Path, row: int
) -> None:
    """The map holds texts, which rows inserted in another sheet do not change: it may be forged
    before or after."""
    edits = [unprotect_sheet("项目1"), insert_rows("项目1", row, 2)]
    data = edited(office, swap_in_map(*FUNDS)(form(HEBEI)), tmp_path, edits)["xlsx"]
    assert answers(data) == answers(form(HEBEI))
    once_swapped = swap_in_map(*FUNDS)(data)  # back again
    for fields in (ROWS, PLAN):
        assert answers(swap_in_map(*fields)(once_swapped)) == answers(form(HEBEI)), fields


def edited(
    office: Office, data: bytes, folder: Path, edits: Iterable[Edit], *suffixes: str
) -> dict[str, bytes]:
    """A form after some edits, saved in each of the formats; without any named as xlsx."""
    targets = {suffix: folder / f"edited.{suffix}" for suffix in suffixes or ["xlsx"]}
    source = folder / "source.xlsx"
    source.write_bytes(data)
    office.edit(source, edits, *targets.values())
    return {suffix: target.read_bytes() for suffix, target in targets.items()}


#: what somebody does in an office program to a form without protection, and what must be said
EDITS: Mapping[str, tuple[str, tuple[Edit, ...], set[str]]] = {
    "a sheet copied for one more project": (
        HEBEI, (copy_sheet("项目1", "项目2"),), {"sheet_copied"}),
    "rows inserted above": (HEBEI, (insert_rows("项目1", 3, 2),), {"cells_moved"}),
    "rows inserted, a label edited": (
        HENAN, (insert_rows("整体绩效目标", 3, 1), set_cell("整体绩效目标", "A4", "单位")),
        {"cells_moved", "locked_text_changed"}),
    "unit typed over": (HENAN, (set_cell("整体绩效目标", "C3", OTHER.name),), {"unit_differs"}),
    "the self-check removed": (HEBEI, (remove_sheet(CHECK_SHEET),), set()),
    "all names deleted": (HEBEI, (remove_names(),), {"identity_incomplete"}),
}  # fmt: skip


@pytest.mark.office
@pytest.mark.parametrize("name", EDITS)
def test_what_is_done_in_an_office_program_is_found(
    office: Office, tmp_path: Path, name: str
) -> None:
    case, edits, codes = EDITS[name]
    steps = (unprotect_sheet("整体绩效目标" if case == HENAN else "项目1"), *edits)
    for suffix, data in edited(office, form(case), tmp_path, steps, *FORMATS).items():
        assert found(data) - STATE_OF_FILE - {"protection_removed"} == codes, suffix


@pytest.mark.office
@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_saved_by_an_office_program_is_still_found(
    office: Office, tmp_path: Path, name: str
) -> None:
    case, change, codes = FORGERIES[name]
    for suffix, data in edited(office, change(form(case)), tmp_path, (), *FORMATS).items():
        assert found(data) - STATE_OF_FILE == codes, suffix


@pytest.mark.office
@pytest.mark.parametrize("path", find_templates(), ids=lambda path: path.parent.name)
def test_untouched_round_trips_raise_no_alarm(office: Office, tmp_path: Path, path: Path) -> None:
    """Signed: in each format; filled, with its empty cells, through all of them in a row too."""
    blank = tmp_path / "blank.xlsx"
    blank.write_bytes(write_form(load_template(path).layout({}), HARD, key=KEY))
    cases = [case for case in GOOD if template_of(case) == path.parent.name]
    filled = tmp_path / "filled.xlsx"
    filled.write_bytes(form(cases[0], key=KEY))
    for source, further in ((blank, ()), (filled, ("ods", "xls", "xlsx"))):
        before = read_submission(source.read_bytes(), TEMPLATES, key=KEY)
        assert before.findings == ()
        saved = [tmp_path / f"{source.stem}.saved.{suffix}" for suffix in ("xls", "ods", "xlsx")]
        office.convert(source, *saved)
        for number, suffix in enumerate(further):
            saved.append(tmp_path / f"{source.stem}{number}.{suffix}")
            office.convert(*saved[-2:])
        for path in saved:
            after = read_submission(path.read_bytes(), TEMPLATES, key=KEY)
            assert after.findings == ()
            assert after.identity == before.identity
            assert after.entries == before.entries


# -- forged parameters cannot make us work


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(give(replace(OURS, parameters={"rows": 500})), id="parameters"),
        pytest.param(give(replace(OURS, unit=OTHER)), id="unit"),
        pytest.param(give(replace(OURS, serial="0000-0000-0000")), id="serial"),
        pytest.param(chain(drop(PLACES)), id="nothing but serials"),
    ],
)
def test_no_form_is_made_from_what_nothing_vouches_for(
    change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(Templates, "get", lambda *_: asked.append(1))
    with pytest.raises(WorkbookError) as error:
        read_submission(change(form(HEBEI)), TEMPLATES)
    assert error.value.code == "identity_lost"
    assert OURS.serial in str(error.value)
    assert not asked


def test_a_workbook_that_says_nothing_is_no_form() -> None:
    bare = chain(drop(PLACES), swap("表单编号 [-0-9A-Z]*", ""))(form(HEBEI))
    with pytest.raises(WorkbookError) as error:
        read_submission(bare, TEMPLATES)
    assert error.value.code == "not_a_form"


@pytest.mark.parametrize("parameters", [{"rows": 10**9}, {"rows": "x"}, {"none": 1}])
def test_parameters_beyond_the_template_are_refused(parameters: dict[str, object]) -> None:
    forged = with_parameters(OURS, **parameters)
    with pytest.raises(WorkbookError) as error:
        read_submission(chain(give(forged), stamped_as(forged))(form(HEBEI)), TEMPLATES)
    assert error.value.code == "parameters_unfit"


# -- with the key of a round

SIGNED = identity_of(form(HEBEI, key=KEY), KEY)
THEIRS_SIGNED = identity_of(form(HEBEI, other=True, key=KEY), KEY)
FORGED = replace(THEIRS, signature=SIGNED.signature)

#: sample, what is done to a signed form, and what is found with the key
KEYED: Mapping[str, tuple[Change, set[str]]] = {
    "nothing": (chain(), set()),
    "signature cut out": (give(replace(SIGNED, signature="")), {"not_signed"}),
    "signature of another round": (
        give(identify(HEBEI_LAYOUT, SIGNED.unit, key=OTHER_KEY)), {"signature_wrong"}),
    "signature of another unit": (
        give(replace(SIGNED, signature=THEIRS_SIGNED.signature)), {"signature_wrong"}),
    "digest edited, signature kept": (
        give(replace(SIGNED, digest="0" * 32)), {"signature_wrong", "template_changed"}),
    "form of another unit made up": (
        chain(give(FORGED), stamped_as(FORGED), write("项目1", A3=f"{OTHER.code}{OTHER.name}"),
              write(GUIDE_SHEET, B2="说明")),
        {"signature_wrong"}),
    "the same in three places of four": (
        give(FORGED, PLACES[1:]), {"identity_disagrees"}),
    "signature edited in one place": (
        give(replace(SIGNED, signature="0" * 64), ["names"]), {"identity_changed"}),
    "hidden sheet of another unit's form": (
        give(THEIRS_SIGNED, ["sheet"]), {"identity_disagrees"}),
    "one place left": (drop(["sheet", "lists", "properties"]), {"identity_incomplete"}),
}  # fmt: skip


@pytest.mark.parametrize("name", KEYED)
def test_with_the_key_a_forgery_is_found(name: str) -> None:
    change, codes = KEYED[name]
    assert found(change(form(HEBEI, key=KEY)), key=KEY) - STATE_OF_FILE == codes


def test_what_counts_is_what_the_key_signed() -> None:
    change, _ = KEYED["the same in three places of four"]
    data = change(form(HEBEI, key=KEY))
    assert read_submission(data, TEMPLATES, key=KEY).identity == SIGNED
    assert read_submission(data, TEMPLATES).identity.unit == OTHER  # by majority, and an error


def test_only_the_key_tells_what_ptxl_itself_would_write() -> None:
    change = chain(give(LATER), stamped_as(LATER), write("整体绩效目标", A2="（2021年度）"))
    assert found(change(form(HENAN, key=KEY))) == set()
    assert found(change(form(HENAN, key=KEY)), key=KEY) == {"not_signed"}


def test_without_the_key_signatures_are_ignored() -> None:
    for signature in ("", "0" * 64):
        data = give(replace(SIGNED, signature=signature), ["names"])(form(HEBEI, key=KEY))
        assert found(data) == set()
    assert found(form(HEBEI), key=KEY) == {"not_signed"}
