"""Tables of a summary for other programs: CSV and SQLite, exact, and no formula in disguise."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from ptxl import api
from ptxl.cli.main import cli
from ptxl.model.errors import OutputError
from ptxl.summary.lines import UNREAD, Lines
from ptxl.summary.sheets import Column, Computed, DataSheet, Kind, Line, Link
from ptxl.summary.tables import DATABASE, write_tables
from ptxl.words import LANGUAGES, Speaker, phrase
from tests.sample_county import County

pytestmark = pytest.mark.slow

TEXTS = [
    "=1+1",
    "+86",
    "-",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1",
    "'quoted",
    "a\nb",
    '说"明"，,',
    "\ud800",
    "0012",
]
#: of which no program takes one for a formula, number or nothing
PLAIN = {"\ud800": "?"}


@pytest.fixture(scope="module")
def tables(demo: County, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    api.merge([demo.json], folder / "a.xlsx", tables=folder / "tables")
    return folder / "tables"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def stored(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        return database.execute(query).fetchall()


def sheet(kinds: Mapping[str, Kind], key: str = "made") -> DataSheet:
    columns = tuple(
        Column(key=name, heading=f"={name}", width=9, kind=kind) for name, kind in kinds.items()
    )
    return DataSheet(key=key, name=key, title=key, columns=columns, lines=0, description="")


def written(folder: Path, *made: tuple[DataSheet, list[Line]]) -> Path:
    with Lines(folder) as lines:
        for one, content in made:
            lines.open(one)
            for line in content:
                lines.add(one.key, line)
        write_tables(folder / "tables", lines.sheets(), lines.of, Speaker("zh"))
    return folder / "tables"


def test_each_table_has_as_many_rows_as_its_sheet_and_exact_sums(
    demo: County, tables: Path
) -> None:
    book = load_workbook(demo.workbook, data_only=True)
    projects = rows(tables / "projects.csv")
    assert len(projects) == book["项目明细"].max_row - 4 > 10
    amounts = [Decimal(row["funds.total"]) for row in projects if row["funds.total"]]
    assert sum(amounts) == demo.merged.totals["funds.total"].value
    (total,) = stored(tables, 'SELECT count(*), sum("funds.total") FROM projects')
    assert total == (len(projects), pytest.approx(float(sum(amounts))))


def test_csv_and_database_hold_the_same(tables: Path) -> None:
    for path in tables.glob("*.csv"):
        found = stored(tables, f'SELECT * FROM "{path.stem}"')
        listed = [list(row.values()) for row in rows(path)]
        assert len(found) == len(listed)
        for ours, theirs in zip(found, listed, strict=True):
            for one, text in zip(ours, theirs, strict=True):
                if isinstance(one, int | float):
                    assert one == pytest.approx(float(text))
                else:
                    assert (one or "") == text.removeprefix("'")


def test_columns_of_numbers_hold_no_words(tables: Path) -> None:
    numbers = {"count", "money", "number", "percent"}
    for column in rows(tables / "columns.csv"):
        if column["kind"] in numbers:
            for row in rows(tables / f"{column['table']}.csv"):
                value = row[column["column"]]
                assert not value or Decimal(value).is_finite()


def test_columns_are_told_by_key_and_heading(tables: Path) -> None:
    told = rows(tables / "columns.csv")
    for path in tables.glob("*.csv"):
        if path.stem not in ("columns", "unread"):
            own = [one["column"] for one in told if one["table"] == path.stem]
            assert own == list(rows(path)[0] if rows(path) else own)
    headings = {(one["table"], one["column"]): one["heading"] for one in told}
    assert headings["units", "unit_name"] == "单位名称"


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_stays_a_text_in_a_spreadsheet_program_and_can_be_had_back(
    tmp_path: Path, text: str
) -> None:
    folder = written(tmp_path, (sheet({"t": "text"}), [{"t": text}]))
    expected = PLAIN.get(text, text)
    assert stored(folder, "SELECT t FROM made") == [(expected,)]
    ((shown,),) = [row.values() for row in rows(folder / "made.csv")]
    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))
    assert shown.removeprefix("'") == expected
    (column,) = rows(folder / "columns.csv")
    assert column["heading"] == "'=t"


def test_values_are_exact_and_typed_and_what_is_unreadable_is_listed(tmp_path: Path) -> None:
    kinds: dict[str, Kind] = {
        "number": "count", "m": "money", "p": "percent", "d": "date", "t": "text",
        "unit_code": "text", "cell": "text",
    }  # fmt: skip
    missing = phrase("summary.unanswered")
    lines: list[Line] = [
        {"m": Computed(value=Decimal("0.1") + Decimal(10**14), formula="=1"), "p": Decimal("2.50"),
         "d": date(2026, 3, 1), "t": Link(value="a"), "unit_code": "001"},
        {"m": UNREAD, "p": missing, "d": missing, "t": missing, "unit_code": "002", "cell": "B4"},
        {"m": Decimal(-5), "t": UNREAD},
    ]  # fmt: skip
    folder = written(tmp_path, (sheet(kinds), lines))
    first, second, third = rows(folder / "made.csv")
    assert list(first.values()) == ["1", "100000000000000.1", "2.50", "2026-03-01", "a", "001", ""]
    assert list(second.values()) == ["2", "", "", "", "", "002", "B4"]
    assert third["m"] == "-5"
    types = "SELECT typeof(m), typeof(p), typeof(d), typeof(number) FROM made LIMIT 1"
    assert stored(folder, types) == [("real", "real", "text", "integer")]
    listed = [tuple(row.values()) for row in rows(folder / "unread.csv")]
    assert listed == [
        ("made", "2", "m", "002", "", "", "", "B4"), ("made", "3", "t", "", "", "", "", "")
    ]  # fmt: skip


def test_names_that_differ_in_capitals_only_are_told_apart(tmp_path: Path) -> None:
    made = sheet({"Name": "text", "name": "text"}, key="../columns[]")
    others = (sheet({"t": "text"}, key) for key in "Xx")
    folder = written(tmp_path, (made, [{"Name": "a", "name": "b"}]), *((one, []) for one in others))
    names = {path.name for path in folder.iterdir()}
    assert names == {"columns.csv", "unread.csv", "columns_2.csv", "X.csv", "x_2.csv", DATABASE}
    assert rows(folder / "columns_2.csv") == [{"Name": "a", "name_2": "b"}]


def test_more_columns_than_a_database_holds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="2000"):
        written(tmp_path, (sheet({f"c{n}": "text" for n in range(2001)}), []))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_summary_gives_the_same_bytes(demo: County, tables: Path, tmp_path: Path) -> None:
    api.merge([demo.json], tmp_path / "a.xlsx", tables=tmp_path / "again")
    assert contents(tmp_path / "again") == contents(tables)


def test_tables_of_an_earlier_summary_go_and_other_files_stay(tmp_path: Path) -> None:
    folder = written(tmp_path, (sheet({"t": "text"}, "projects[].costs[]"), []))
    (folder / "mine.csv").write_text("mine", encoding="utf-8")
    assert (folder / "projects.costs.csv").exists()
    api.merge([], tmp_path / "a.xlsx", tables=folder)
    assert not (folder / "projects.costs.csv").exists()
    assert (folder / "mine.csv").read_text(encoding="utf-8") == "mine"
    assert rows(folder / "projects.csv") == []


def test_nothing_is_written_where_a_file_cannot_be(demo: County, tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "units.csv").mkdir()
    with pytest.raises(OSError, match=r"units\.csv"):
        api.merge([demo.json], tmp_path / "a.xlsx", tables=tmp_path / "tables")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["tables", "units.csv"]


def test_tables_do_not_lie_among_the_returns(demo: County) -> None:
    with pytest.raises(OutputError) as error:
        api.merge([demo.returned], demo.workbook, tables=demo.returned / "tables")
    assert error.value.code == "tables_among_returns"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_command_says_where_the_tables_are(demo: County, tmp_path: Path, language: str) -> None:
    arguments = ["--lang", language, "merge", str(demo.json), "-o", str(tmp_path / "a.xlsx")]
    done = CliRunner().invoke(cli, [*arguments, "--tables", str(tmp_path / "t")])
    assert str(tmp_path / "t") in done.output
    assert (tmp_path / "t" / DATABASE).exists()
