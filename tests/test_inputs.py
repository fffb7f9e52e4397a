"""Files and folders as named: what is opened, what it is called, what is skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptxl import api
from ptxl.inputs import find_inputs
from ptxl.mark import findings_workbook
from ptxl.model.errors import InputError
from tests.conftest import UNIT


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def names(*entries: Path) -> list[str]:
    return [name for _, name in find_inputs(entries).files]


def test_files_of_a_folder_are_called_from_its_name_on(tmp_path: Path) -> None:
    touch(tmp_path / "in" / "b.xlsx", tmp_path / "in" / "a" / "c.xlsx")
    assert names(tmp_path / "in") == ["in/a/c.xlsx", "in/b.xlsx"]


def test_two_folders_of_one_name_are_told_apart(tmp_path: Path) -> None:
    one, two = tmp_path / "a" / "in", tmp_path / "b" / "in"
    touch(one / "form.xlsx", one / "alone.xlsx", two / "form.xlsx")
    assert names(one, two) == ["in/alone.xlsx", f"{one}/form.xlsx", f"{two}/form.xlsx"]


def test_a_file_that_is_named_twice_is_looked_at_once(tmp_path: Path) -> None:
    touch(tmp_path / "in" / "form.xlsx")
    assert len(names(tmp_path / "in", tmp_path / "in", tmp_path / "in" / "form.xlsx")) == 1


def test_what_is_no_return_is_skipped_and_counted(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    skipped = [folder / name for name in ("a.txt", "b.json", "c.BAK", ".old/d.xlsx")]
    touch(*skipped, folder / "e.xlsx", folder / "f.pdf", folder / ".hidden.xlsx")
    inputs = find_inputs([folder])
    assert [name for _, name in inputs.files] == ["in/e.xlsx", "in/f.pdf"]
    assert sorted(inputs.skipped) == sorted(map(str, (*skipped[:3], folder / ".old")))


def test_a_file_that_is_named_is_always_looked_at(tmp_path: Path) -> None:
    touch(tmp_path / "in" / "a.txt")
    inputs = find_inputs([tmp_path / "in" / "a.txt", tmp_path / "in"])
    assert [path.name for path, _ in inputs.files] == ["a.txt"]


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        find_inputs([tmp_path])


def test_what_ptxl_wrote_is_no_return_unless_it_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (form,) = api.generate("hebei-department", [UNIT], folder)
    county = folder / "county.xlsx"
    api.merge([form], county)
    (folder / "findings.xlsx").write_bytes(findings_workbook(api.check(form)))
    merged = api.merge([folder], tmp_path / "again.xlsx")
    assert merged.skipped == ("in/county.xlsx", "in/findings.xlsx")
    assert [Path(left.file).name for left in merged.left_out] == [form.name]
    merged = api.merge([county], tmp_path / "again.xlsx")
    assert "汇总表" in merged.left_out[0].found[0].message
