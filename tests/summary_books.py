"""Small summary workbooks for tests: sheets with lines, written by the program."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from ptxl.summary.book import write_book
from ptxl.summary.sheets import (
    Chart,
    Column,
    DataSheet,
    Line,
    Link,
    PrintCell,
    PrintRow,
    PrintSheet,
    Series,
    Sheet,
    Total,
)
from ptxl.words import Speaker

NUMBER = Column(key="number", heading="序号", width=6, kind="count")
DEPARTMENT = Column(key="department", heading="主管部门", width=16, repeated=True)
UNIT = Column(key="unit", heading="单位", width=20, repeated=True)
PROJECT = Column(key="project", heading="项目名称", width=30)
AMOUNT = Column(key="amount", heading="资金总额", width=14, kind="money", total=True)
FILE = Column(key="file", heading="来源文件", width=30, printed=False)
COLUMNS = (NUMBER, DEPARTMENT, UNIT, PROJECT, AMOUNT, FILE)

Held = Mapping[str, Sequence[Line]]


def project_lines(count: int) -> list[Line]:
    """Lines of projects, two for each unit and six for each department."""
    return [
        {
            "number": number + 1,
            "department": f"第{number // 6}局",
            "unit": f"第{number // 2}中学",
            "project": f"项目{number}",
            "amount": Link(
                value=Decimal(number * 37 % 101) / 8, place="'项目1'!C4", file=f"报送/{number}.xlsx"
            ),
            "file": f"报送/{number}.xlsx",
        }
        for number in range(count)
    ]


def data_sheet(
    lines: Sequence[Line], columns: Sequence[Column] = COLUMNS, *, key: str = "projects",
    name: str = "项目明细", unread: int = 0, remark: str = "金额单位：万元", fixed: int = 2,
) -> DataSheet:  # fmt: skip
    """A data sheet for lines, with the sums of their amounts."""
    totals = {
        column.key: Total(value=sum_of(lines, column.key), unread=unread)
        for column in columns
        if column.total
    }
    return DataSheet(
        key=key, name=name, title=f"清源县{name}", columns=columns, lines=len(lines),
        description="一行一个项目", remark=remark, totals=totals, fixed=fixed,
    )  # fmt: skip


def sum_of(lines: Sequence[Line], key: str) -> Decimal:
    """The sum of the amounts that lines have by a key."""
    values = (line.get(key) for line in lines)
    found = (value.value if isinstance(value, Link) else value for value in values)
    return sum((value for value in found if isinstance(value, Decimal)), Decimal(0))


def overview(rows: Sequence[PrintRow] = (), charts: Sequence[Chart] = ()) -> PrintSheet:
    """A print sheet called 总览."""
    title = PrintRow(cells=[PrintCell(value="清源县总览", look="title", across=4)])
    return PrintSheet(
        key="overview", name="总览", widths=(24, 14, 14, 24), rows=(title, *rows), charts=charts
    )


def chart_sheet(count: int, *, lying: bool = True, series: int = 2) -> PrintSheet:
    """A print sheet with a table of departments and a chart over it."""
    head = PrintRow(cells=[PrintCell(value=v, look="head") for v in ("部门", "财政拨款", "其他")])
    rows = [
        PrintRow(cells=[
            PrintCell(value=f"清源县第{number}局（办公室）"),
            PrintCell(value=Decimal(100 + number * 13 % 77), look="money"),
            PrintCell(value=Decimal(number * 7 % 50), look="money"),
        ])
        for number in range(count)
    ]  # fmt: skip
    chart = Chart(
        title="各部门资金", description="条形图：各部门的财政拨款和其他资金", first=2,
        last=count + 1, categories=0, axis="万元", row=count + 3, column=0, width=500,
        height=90 + 15 * count, lying=lying,
        series=[Series(name=(1, column + 1), column=column + 1) for column in range(series)],
    )  # fmt: skip
    return overview([head, *rows], [chart])


def book(
    sheets: Sequence[Sheet], held: Held, *, language: str = "zh", most_lines: int = 1000
) -> bytes:
    """Write sheets with the lines that are held for their keys."""
    target = io.BytesIO()
    lines: Callable[[DataSheet], Iterator[Line]] = lambda sheet: iter(held[sheet.key])  # noqa: E731
    write_book(target, sheets, lines, Speaker(language), title="清源县汇总", most_lines=most_lines)
    return target.getvalue()
