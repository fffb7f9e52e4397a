"""The summary workbook in a real office program: figures, filters, pages, sizes of print."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zlib
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from ptxl.summary.book.paper import page_for
from ptxl.summary.places import Places
from ptxl.summary.sheets import Column, Line, PrintCell, PrintRow, Sheet
from tests.office import Office, OfficeError, filter_rows
from tests.summary_books import (
    NUMBER,
    book,
    chart_sheet,
    data_sheet,
    overview,
    project_lines,
)

pytestmark = pytest.mark.office
_SMALLEST = 9.0


def saved(folder: Path, data: bytes) -> Path:
    path = folder / "book.xlsx"
    path.write_bytes(data)
    return path


def pages(office: Office, path: Path) -> list[str]:
    """The texts of each printed page."""
    program = shutil.which("pdftotext")
    if program is None:
        raise OfficeError("no pdftotext (Debian: poppler-utils)")
    pdf = path.with_suffix(".pdf")
    office.pdf(path, pdf)
    done = subprocess.run(
        [program, "-layout", str(pdf), "-"], capture_output=True, check=True, text=True
    )
    return done.stdout.split("\f")[:-1]


def sizes(pdf: Path) -> set[float]:
    """The sizes of all fonts that something is printed in, in points."""
    found = re.findall(rb"stream\r?\n(.*?)endstream", pdf.read_bytes(), re.DOTALL)
    texts = (zlib.decompress(one) for one in found if one.startswith(b"x"))
    return {float(size) for text in texts for size in re.findall(rb"/F\d+ ([\d.]+) Tf[<\[]", text)}


def test_recalculation_changes_no_figure(office: Office, tmp_path: Path) -> None:
    lines = project_lines(50)
    sheet = data_sheet(lines)
    places = Places([sheet], 20)
    total = sum((line["amount"].value for line in lines), Decimal(0))  # type: ignore[attr-defined]
    figures = PrintRow(cells=[
        PrintCell(value=50, formula=places.count("projects", number='">0"'), look="figure"),
        PrintCell(value=total, formula=places.sum("projects", "amount"), look="figure_money"),
    ])  # fmt: skip
    data = book([overview([figures]), sheet], {"projects": lines}, most_lines=20)
    path = saved(tmp_path, data)
    known = load_workbook(io.BytesIO(data), data_only=True)
    areas = [("总览", "A2:B2"), *((name, "A3:F3") for name in known.sheetnames[1:])]
    for (name, area), (computed,) in zip(areas, office.compute(path, areas), strict=True):
        cached = [cell.value or "" for cell in known[name][area][0]]
        assert computed == pytest.approx(cached), name


def test_totals_follow_the_filter_and_so_does_what_is_repeated(
    office: Office, tmp_path: Path
) -> None:
    lines = project_lines(12)
    path = saved(tmp_path, book([overview(), data_sheet(lines)], {"projects": lines}))
    (_, whole) = pages(office, path)
    assert whole.count("第0局") == whole.count("第1局") == 1
    assert [whole.count(f"第{number}中学") for number in range(6)] == [1] * 6
    office.edit(path, [filter_rows("项目明细", "A4:F16", 3, "项目3")], tmp_path / "filtered.ods")
    (_, shown) = pages(office, tmp_path / "filtered.ods")
    assert (shown.count("第0局"), shown.count("第1中学"), shown.count("项目3")) == (1, 1, 1)
    (totals,) = office.shown(tmp_path / "filtered.ods", [("项目明细", "B3:E3")])
    assert (totals[0][0], totals[0][3]) == ("1条", "1.25")


def test_each_page_says_whose_its_first_line_is(office: Office, tmp_path: Path) -> None:
    whose = {"department": "教育局", "unit": "第一中学"}
    lines: list[Line] = [{**line, **whose} for line in project_lines(80)]
    texts = pages(office, saved(tmp_path, book([data_sheet(lines)], {"projects": lines})))
    assert len(texts) > 3
    for text in texts:
        (named,) = [line for line in text.splitlines() if "教育局" in line]
        numbers = [line.split()[0] for line in text.splitlines() if "项目" in line]
        assert named.split()[:3] == [next(filter(str.isdigit, numbers)), "教育局", "第一中学"]


def test_texts_alike_below_different_ones_are_shown(office: Office, tmp_path: Path) -> None:
    lines: list[Line] = [
        {"number": n + 1, "department": f"第{n}局", "unit": "办公室"} for n in range(3)
    ]
    (page,) = pages(office, saved(tmp_path, book([data_sheet(lines)], {"projects": lines})))
    assert page.count("办公室") == 3


WIDTHS = {"A4": (6, 16, 20, 30), "A3": (6, 16, 20, 60, 60), "several": (6, 16, *[40] * 9)}


@pytest.mark.parametrize("paper", WIDTHS)
def test_all_columns_are_printed_at_nine_points_or_more(
    office: Office, tmp_path: Path, paper: str
) -> None:
    columns = [NUMBER] + [
        Column(key=f"k{n}", heading=f"栏目{n}", width=width)
        for n, width in enumerate(WIDTHS[paper][1:])
    ]
    lines: list[Line] = [
        {"number": 1, **{column.key: f"{column.key}开头" for column in columns[1:]}}
    ]
    sheets: list[Sheet] = [chart_sheet(14), data_sheet(lines, columns)]
    path = saved(tmp_path, book(sheets, {"projects": lines}))
    texts = pages(office, path)[1:]
    assert page_for(WIDTHS[paper]).fits == (paper != "several")
    assert (len(texts) == 1) == (paper != "several")
    assert all(f"k{n}开头" in "".join(texts) for n in range(len(columns) - 1))
    assert all("k0开头" in text and "栏目0" in text for text in texts)
    assert min(sizes(path.with_suffix(".pdf"))) >= _SMALLEST


def test_long_texts_are_printed_whole(office: Office, tmp_path: Path) -> None:
    sentence = "完成校舍维修，改善（办学）条件；"
    lines: list[Line] = [
        {"number": n + 1, "project": sentence * (n + 1) + f"止{n}"} for n in range(12)
    ]
    path = saved(tmp_path, book([data_sheet(lines)], {"projects": lines}))
    text = re.sub(r"\s", "", "".join(pages(office, path)))
    assert all(f"止{n}" in text for n in range(12))


@pytest.mark.parametrize("count", [1, 14, 60])
def test_charts_name_each_of_their_bars(office: Office, tmp_path: Path, count: int) -> None:
    sheet = chart_sheet(count)
    text = "".join("".join(pages(office, saved(tmp_path, book([sheet], {})))).split())
    # Once in the table, and once beside its bar; twice where the chart goes over two pages.
    assert all(text.count(f"清源县第{number}局（办公室）") >= 2 for number in range(count))
