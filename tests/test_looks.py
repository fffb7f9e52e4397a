"""What is seen is what is read: formats, fonts, runs, merges, drawings."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart
from openpyxl.comments import Comment
from openpyxl.formatting.rule import DataBar, FormatObject, Rule
from openpyxl.styles import Alignment, Color, Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat
from openpyxl.worksheet.worksheet import Worksheet

from ptxl.read.looks.look import WHITE
from ptxl.read.looks.xlsx import _any_odd
from tests.looks import CELLS, SmallForm, at
from tests.office import Office

ACCOUNTS = '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ '
FORMATS = ("xlsx", "ods", "xls")
ENDINGS = ("as it is", *FORMATS)


class Case(NamedTuple):
    """What the cell of a field holds, in which format, and what comes of it."""

    name: str
    value: object
    number_format: str
    rest: tuple[object, ...]


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> SmallForm:
    return SmallForm(tmp_path_factory.mktemp("form"))


class Saved:
    """Writes workbooks that a program saves in any format."""

    def __init__(self, office: Office, folder: Path) -> None:
        self._office, self._folder, self._count = office, folder, 0

    def __call__(self, data: bytes) -> Iterator[bytes]:
        """The workbook itself, and after a plain save in each format."""
        yield data
        self._count += 1
        source = self._folder / f"{self._count}.xlsx"
        source.write_bytes(data)
        for ending in FORMATS:
            target = self._folder / f"{self._count}.saved.{ending}"
            self._office.convert(source, target)
            yield target.read_bytes()


@pytest.fixture(scope="module")
def saved(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Saved:
    return Saved(office, tmp_path_factory.mktemp("saved"))


#: field, what its cell holds, its format → the finding at the cell, and what is read
OTHERWISE = [
    ("money", 5005000, "0.00,", "shown_otherwise", None),
    ("money", 5005000, r"0\.0,", "shown_otherwise", None),
    ("money", 5005000, '[>=10000]0\\.0,"万";0', "shown_otherwise", None),
    ("money", 500.5, '[$￥-804]#,##0.00"元"', "money_unit_differs", None),
    ("money", 500.5, "[$¥-804]#,##0.00", "money_unit_differs", None),
    ("money", 500.5, '0.0"亿元"', "money_unit_differs", None),
    ("money", 500.5, '0.0"万"', "money_unit_unclear", Decimal("500.5")),
    ("money", 500.5, "0.00%", "shown_otherwise", None),
    ("money", 500.1234, '0.00" "00', "shown_otherwise", None),
    ("money", 500.1234, "0.0 000", "shown_otherwise", None),
    ("money", 0.3, "0%", "shown_otherwise", None),
    ("money", 500.5, '"999"', "shown_otherwise", None),
    ("money", 500.5, ";;;", "shown_otherwise", None),
    ("money", 0, "0;-0;;@", "shown_otherwise", None),
    ("money", 0.3, "0", "shown_unclear", Decimal("0.3")),
    ("money", 123456, "0E+00", "shown_unclear", Decimal(123456)),
    ("money", 500.5, "# ?/?", "shown_unclear", Decimal("500.5")),
    ("people", 1, "0%", "shown_otherwise", None),
    ("people", 12, '0"个"', "shown_otherwise", None),
    ("amount", -5, "0;0", "shown_otherwise", None),
    ("amount", -5, '[=0]"无";0', "shown_otherwise", None),
    ("amount", -5, '[=1]"是";[=0]"否";0', "shown_otherwise", None),
    ("amount", 1234, "0-00", "shown_otherwise", None),
    ("day", 46082, "General", "shown_unclear", date(2026, 3, 1)),
    ("day", 46082, "0%", "shown_otherwise", None),
    ("day", 46082, "0.00,", "shown_otherwise", None),
    ("day", 46082, "yyyy", "shown_otherwise", None),
    ("day", 46082, 'yyyy"年"m"月"', "shown_unclear", date(2026, 3, 1)),
    ("goal", 0.9, "0%", "read_as_shown", "90%"),
    ("code", 102002, "0000000", "read_as_shown", "0102002"),
    ("note", "约5", ";;;", "shown_otherwise", None),
    ("note", "约5", '@"万元"', "shown_otherwise", None),
    ("money", "500", '0;0;0;@"元"', "shown_otherwise", None),
]
#: field, what its cell holds, its format → what is read, and nothing to say
HONEST = [
    ("money", 1234.5, "#,##0.00", Decimal("1234.5")),
    ("money", 1234.56, "#,##0", Decimal("1234.56")),
    ("money", 1234.5, "0.0000", Decimal("1234.5")),
    ("money", 1234.5, "General", Decimal("1234.5")),
    ("money", 1234.5, "@", Decimal("1234.5")),
    ("money", 1234.5, ACCOUNTS, Decimal("1234.5")),
    ("money", 0, ACCOUNTS, Decimal(0)),
    ("money", 1234.5, '0.0"万元"', Decimal("1234.5")),
    ("yuan", 1234.5, "[$￥-804]#,##0.00", Decimal("1234.5")),
    ("people", 12, '0"人"', Decimal(12)),
    ("people", 12, "#,##0", Decimal(12)),
    ("amount", -5, "0.00_);(0.00)", Decimal(-5)),
    ("amount", -5, "0.00_ ;[Red]-0.00 ", Decimal(-5)),
    ("share", 0.256, "0%", Decimal("25.6")),
    ("share", 25, '0"%"', Decimal(25)),
    ("day", 46082, 'yyyy"年"m"月"d"日"', date(2026, 3, 1)),
    ("day", 46082, "m/d/yy", date(2026, 3, 1)),
    ("day", 46082, "yyyy-mm-dd", date(2026, 3, 1)),
    ("note", "约5", "General", "约5"),
    ("note", "约5", ACCOUNTS, "约5"),
]


def holding(name: str, value: object, number_format: str) -> Callable[[Worksheet], None]:
    """An edit that puts a value and a number format into the cell of a field."""

    def edit(sheet: Worksheet) -> None:
        cell = sheet[CELLS[name]]
        cell.value, cell.number_format = value, number_format

    return edit


@pytest.mark.parametrize(("name", "value", "number_format", "code", "read"), OTHERWISE)
def test_what_shows_otherwise_is_named(
    form: SmallForm, name: str, value: object, number_format: str, code: str, read: object
) -> None:
    checked = form.read(form.edited(holding(name, value, number_format)))
    assert code in at(checked.findings, CELLS[name])
    found = checked.values.get(name)
    assert getattr(found, "raw", found) == read


@pytest.mark.parametrize(("name", "value", "number_format", "read"), HONEST)
def test_what_shows_the_same_is_silent(
    form: SmallForm, name: str, value: object, number_format: str, read: object
) -> None:
    checked = form.read(form.edited(holding(name, value, number_format)))
    assert [found.message() for found in checked.findings] == []
    assert checked.values[name] == read


@pytest.mark.parametrize("number_format", ['0"万"', '0.0"万"'])
@pytest.mark.parametrize("amount", [14.4, 0.3])
def test_an_amount_is_told_as_it_is_read(
    form: SmallForm, amount: float, number_format: str
) -> None:
    checked = form.read(form.edited(holding("money", amount, number_format)))
    told = [found for found in checked.findings if found.cell == CELLS["money"]]
    assert [found.code for found in told] == ["money_unit_unclear"]
    assert str(checked.values["money"]) == told[0].facts["number"] == str(amount)


def test_a_share_above_all_is_read_as_it_shows(form: SmallForm) -> None:
    checked = form.read(form.edited(holding("share", 1.2, "0%")))
    assert checked.values["share"] == 120
    assert at(checked.findings, CELLS["share"]) == ["out_of_range"]


def struck(text: str) -> TextBlock:
    return TextBlock(InlineFont(strike=True), text)


def raised(text: str) -> TextBlock:
    return TextBlock(InlineFont(vertAlign="superscript"), text)


def coloured(**colour: object) -> TextBlock:
    return TextBlock(InlineFont(color=Color(**colour)), "30")  # type: ignore[arg-type]


RUNS = [
    (CellRichText("10", raised("4")), ["partly_marked"]),
    (CellRichText(struck("30"), "25"), ["partly_marked"]),
    (CellRichText("30", TextBlock(InlineFont(color=Color("FFFFFFFF")), "25")), ["partly_marked"]),
    (CellRichText(struck("30"), struck("25")), ["answer_marked"]),
    (CellRichText(coloured(theme=0, tint=-0.05), "25"), ["partly_marked"]),
    (CellRichText(coloured(theme=1, tint=1.0), "25"), ["partly_marked"]),
    (CellRichText(coloured(theme=2), "25"), ["partly_marked"]),
    (CellRichText(coloured(rgb="FF000000", tint=0.95), "25"), ["partly_marked"]),
    (CellRichText(coloured(theme=0, tint=-0.25), "25"), []),
    (CellRichText(coloured(theme=1, tint=0.5), "25"), []),
    (CellRichText(coloured(theme=3, tint=0.25), "25"), []),
    (CellRichText(coloured(theme=4, tint=-0.25), "25"), []),
    (CellRichText("12m", raised("2")), []),
    (CellRichText(TextBlock(InlineFont(b=True), "约"), "25"), []),
    (CellRichText("是", TextBlock(InlineFont(rFont="Wingdings 2"), "R")), ["partly_marked"]),
    (CellRichText("25", TextBlock(InlineFont(rFont="Wingdings 2"), "项")), []),
]


@pytest.mark.parametrize(("text", "codes"), RUNS)
def test_runs_that_change_what_is_seen_are_named(
    form: SmallForm, text: CellRichText, codes: list[str]
) -> None:
    checked = form.read(form.edited(lambda sheet: sheet[CELLS["note"]].__setattr__("value", text)))
    assert at(checked.findings, CELLS["note"]) == codes
    assert ("note" in checked.values) == ("partly_marked" not in codes)


FONTS = [
    (Font(strike=True), ["answer_marked"]),
    (Font(color="FFFFFFFF"), ["answer_marked"]),
    (Font(color=Color(theme=0, tint=-0.05)), ["answer_marked"]),
    (Font(color=Color(theme=1, tint=1.0)), ["answer_marked"]),
    (Font(color=Color(theme=1, tint=0.15)), []),
    (Font(color=Color(theme=5, tint=-0.5)), []),
    (Font(size=1), ["answer_marked"]),
    (Font(bold=True, color="FFFF0000", size=9), []),
    (Font(name="Wingdings 2"), ["shown_otherwise"]),
    (Font(name="symbol"), ["shown_otherwise"]),
    (Font(name="Segoe UI Symbol"), []),
]


@pytest.mark.parametrize(("font", "codes"), FONTS)
@pytest.mark.parametrize(("name", "value"), [("money", 12), ("note", "约12")])
def test_fonts_that_hide_are_named(
    form: SmallForm, name: str, value: object, font: Font, codes: list[str]
) -> None:
    def edit(sheet: Worksheet) -> None:
        sheet[CELLS[name]].value, sheet[CELLS[name]].font = value, font

    assert at(form.findings(form.edited(edit)), CELLS[name]) == codes


def of_signs(sheet: Worksheet) -> None:
    """Two texts in a font that has no Chinese ones, an amount in it, and a part of a text."""
    for name, value in {"money": 12, "yuan": "12", "note": "约十二"}.items():
        sheet[CELLS[name]].value, sheet[CELLS[name]].font = value, Font(name="Wingdings")


@pytest.mark.office
def test_a_font_of_signs_is_named_in_every_format(form: SmallForm, saved: Saved) -> None:
    for data in saved(form.edited(of_signs)):
        checked = form.read(data)
        named = {name: at(checked.findings, CELLS[name]) for name in ("money", "yuan", "note")}
        assert named == {"money": ["shown_otherwise"], "yuan": ["shown_otherwise"], "note": []}
        assert checked.values == {"note": "约十二"}


def by_condition(style: DifferentialStyle | None) -> Rule:
    """A rule that always holds: of a style, or of bars without values."""
    if style is None:
        bars = [FormatObject(type="min"), FormatObject(type="max")]
        bar = DataBar(cfvo=bars, color=Color("FF638EC6"), showValue=False)
        return Rule(type="dataBar", dataBar=bar)
    return Rule(type="expression", formula=["TRUE"], dxf=style)


CONDITIONS = [
    (DifferentialStyle(numFmt=NumberFormat(numFmtId=200, formatCode="0.0,")), True),
    (DifferentialStyle(numFmt=NumberFormat(numFmtId=200, formatCode=";;;")), True),
    (DifferentialStyle(font=Font(color="FFFFFFFF")), True),
    (DifferentialStyle(font=Font(strike=True)), True),
    (DifferentialStyle(fill=PatternFill(bgColor="FF000000")), True),
    (None, True),
    (DifferentialStyle(font=Font(color="FFFF0000", bold=True)), False),
    (DifferentialStyle(fill=PatternFill(bgColor="FFFFC7CE")), False),
    (DifferentialStyle(numFmt=NumberFormat(numFmtId=4, formatCode="#,##0.00")), False),
]


def conditioned(form: SmallForm, style: DifferentialStyle | None) -> bytes:
    """The form with an amount under a conditional format, and the format beside it too."""

    def edit(sheet: Worksheet) -> None:
        sheet[CELLS["money"]].value = 1286.5
        sheet.conditional_formatting.add("A2:C2", by_condition(style))

    return form.edited(edit)


@pytest.mark.parametrize(("style", "is_named"), CONDITIONS)
def test_conditions_that_show_something_else_are_named(
    form: SmallForm, style: DifferentialStyle | None, is_named: bool
) -> None:
    checked = form.read(conditioned(form, style))
    expected = ["shown_by_condition"] if is_named else []
    assert at(checked.findings, CELLS["money"]) == expected
    assert [found.code for found in checked.findings] == expected
    assert checked.values["money"] == Decimal("1286.5")


#: an office keeps neither the number format nor the bars of a condition in an xls
_NOT_IN_XLS = (0, 1, 4, 5)


@pytest.mark.office
def test_conditions_are_named_in_every_format(form: SmallForm, saved: Saved) -> None:
    wrong = []
    for number, (style, is_named) in enumerate(CONDITIONS):
        for ending, data in zip(ENDINGS, saved(conditioned(form, style)), strict=True):
            if ending == "xls" and number in _NOT_IN_XLS:
                continue
            found = at(form.findings(data), CELLS["money"])
            if found != (["shown_by_condition"] if is_named else []):
                wrong.append((ending, number, found))
    assert wrong == []


def without_zeros(sheet: Worksheet) -> None:
    """Holds a 0 and another amount, and shows no zeros."""
    sheet[CELLS["money"]].value, sheet[CELLS["yuan"]].value = 0, 5
    assert sheet.parent  # an office goes by the sheet in front
    for one in sheet.parent.worksheets:
        one.sheet_view.showZeros = False


def test_zeros_that_a_sheet_hides_are_named(form: SmallForm) -> None:
    checked = form.read(form.edited(without_zeros))
    assert [(found.code, found.cell) for found in checked.findings] == [
        ("zeros_hidden", CELLS["money"])
    ]
    assert checked.values["money"] == 0


@pytest.mark.office
def test_hidden_zeros_are_named_in_every_format(form: SmallForm, saved: Saved) -> None:
    for data in saved(form.edited(without_zeros)):
        assert at(form.findings(data), CELLS["money"]) == ["zeros_hidden"]


@pytest.mark.parametrize("name", ["money", "note"])
def test_an_answer_repeated_until_its_cell_is_full_is_named(form: SmallForm, name: str) -> None:
    def edit(sheet: Worksheet) -> None:
        sheet[CELLS[name]].value = 12 if name == "money" else "约12"
        sheet[CELLS[name]].alignment = Alignment(horizontal="fill")

    assert at(form.findings(form.edited(edit)), CELLS[name]) == ["answer_marked"]


def test_an_answer_behind_merged_cells_is_not_read(form: SmallForm) -> None:
    def edit(sheet: Worksheet) -> None:
        sheet["B5"].value = "约12"

    data = with_merge(form.edited(edit), "A5:B5")
    checked = form.read(data)
    assert at(checked.findings, "B5") == ["answer_covered"]
    assert at(checked.findings, "A5") == ["merges_added"]
    assert "note" not in checked.values


def with_merge(data: bytes, cells: str) -> bytes:
    """A workbook with cells merged that keep what they hold."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            if b"<mergeCells" in content and b"B5" in content:
                merge = f'<mergeCell ref="{cells}"/></mergeCells>'.encode()
                content = content.replace(b"</mergeCells>", merge)
            archive.writestr(name, content)
    return target.getvalue()


def test_rows_and_columns_of_no_size_are_hidden_ones(form: SmallForm) -> None:
    def edit(sheet: Worksheet) -> None:
        sheet["B5"].value = "约12"
        sheet.row_dimensions[5].height = 0.3
        sheet.column_dimensions["D"].width = 0.1

    findings = form.findings(form.edited(edit))
    assert [found.code for found in findings] == ["rows_hidden"]
    assert "5" in findings[0].message()
    assert "D" in findings[0].message()


def test_what_lies_over_a_form_is_named(form: SmallForm) -> None:
    def edit(sheet: Worksheet) -> None:
        sheet["B2"].comment = Comment("应为 900", "某人")
        sheet.add_chart(BarChart(), "D3")

    findings = form.findings(form.edited(edit))
    assert sorted((found.code, found.cell) for found in findings) == [
        ("laid_over", "B2"), ("laid_over", "D3"),
    ]  # fmt: skip


def batches(cases: Iterable[tuple[str, object, str, *tuple[object, ...]]]) -> Iterator[list[Case]]:
    """The cases in lists that hold one of a field at most."""
    left = [Case(*case[:3], case[3:]) for case in cases]
    while left:
        batch = {case.name: case for case in reversed(left)}
        yield list(batch.values())
        left = [case for case in left if case not in batch.values()]


def holding_all(batch: Iterable[Case]) -> Callable[[Worksheet], None]:
    """An edit that does all of them."""

    def edit(sheet: Worksheet) -> None:
        for case in batch:
            holding(case.name, case.value, case.number_format)(sheet)

    return edit


@pytest.mark.office
def test_the_same_holds_in_every_format(form: SmallForm, saved: Saved) -> None:
    wrong = []
    for batch in batches(OTHERWISE):
        for ending, data in zip(ENDINGS, saved(form.edited(holding_all(batch))), strict=True):
            findings = form.findings(data)
            for case in batch:
                # What an ods says of a text besides the text is another way to put it.
                codes = {case.rest[0], "cell_unclear"}
                if codes.isdisjoint(at(findings, CELLS[case.name])):
                    wrong.append((ending, case))
    assert wrong == []


@pytest.mark.office
def test_silence_holds_in_every_format(form: SmallForm, saved: Saved) -> None:
    wrong = []
    for batch in batches(HONEST):
        for ending, data in zip(ENDINGS, saved(form.edited(holding_all(batch))), strict=True):
            checked = form.read(data)
            wrong += [(ending, found.cell, found.message()) for found in checked.findings]
            wrong += [
                (ending, case.name, case.number_format)
                for case in batch
                if checked.values.get(case.name) != case.rest[0]
            ]
    assert wrong == []


#: the strange ways in which XML may write a struck-out run of the shared texts
STRUCK_OUT = {
    "plainly": "<r><rPr><strike/></rPr><t>x</t></r>",
    "behind a run without a look": "<r><rPr/><t>y</t></r><r><rPr><strike/></rPr><t>x</t></r>",
    "behind one with a blank": "<r><rPr /><t>y</t></r><r><rPr><strike/></rPr><t>x</t></r>",
    "with blanks in the tags": "<r><rPr\n><strike/></rPr\n><t>x</t></r>",
    "with a prefix": '<r xmlns:a-b="{0}"><a-b:rPr><a-b:strike/></a-b:rPr><t>x</t></r>',
    "with a sign in an attribute": '<r><rPr a="x>y"><strike/></rPr><t>x</t></r>',
    "with an end in an attribute": '<r><rPr a="x/>y"><strike/></rPr><t>x</t></r>',
    "behind a tag in a comment": "<!--<rPr>--><r><rPr><strike/></rPr><t>x</t></r>",
    "behind a tag in a text": "<r><t><![CDATA[<rPr>]]></t></r><r><rPr><strike/></rPr><t>x</t></r>",
}


@pytest.mark.parametrize("written", STRUCK_OUT.values(), ids=STRUCK_OUT)
def test_a_struck_out_run_is_found_however_it_is_written(written: str) -> None:
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    struck = f'<sst xmlns="{namespace}"><si>{written.format(namespace)}</si></sst>'
    plain = struck.replace("strike/>", "b/>")
    papers = frozenset({WHITE})
    assert _any_odd(struck.encode(), papers)
    assert not _any_odd(plain.encode(), papers)
