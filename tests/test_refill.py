"""A folder that is filled again holds what is true now, and what people put or changed there."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Mapping
from itertools import starmap
from pathlib import Path

import pytest

from ptxl.rounds import refill as module
from ptxl.rounds.refill import LIST_NAME, refill

FIRST = {"教育局/退回说明.docx": b"1", "教育局/邮件/101.eml": b"2", "聊天文字.txt": b"3"}
SECOND = {"卫健局/退回说明.docx": b"4", "聊天文字.txt": b"5"}


def fill(folder: Path, files: Mapping[str, bytes]) -> module.Refilled:
    """Fill a folder with files by path."""
    return refill(folder, ((tuple(p.split("/")), data) for p, data in files.items()), "zh")


def lying(folder: Path) -> dict[str, bytes]:
    """All files in a folder but the list."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != LIST_NAME)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_what_is_no_longer_true_goes_with_its_folder(tmp_path: Path) -> None:
    assert fill(tmp_path, FIRST).written == list(FIRST)
    done = fill(tmp_path, SECOND)
    assert lying(tmp_path) == SECOND
    assert not (tmp_path / "教育局").exists()
    assert sorted(done.removed) == ["教育局/退回说明.docx", "教育局/邮件/101.eml"]
    assert done.kept == []


def test_the_same_files_are_left_alone(tmp_path: Path) -> None:
    fill(tmp_path, FIRST)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.docx")}
    done = fill(tmp_path, FIRST)
    assert (done.unchanged, done.written) == (list(FIRST), [])
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_what_a_person_put_there_stays(tmp_path: Path) -> None:
    fill(tmp_path, FIRST)
    (tmp_path / "教育局" / "邮件" / "电话记录.txt").write_bytes(b"mine")
    fill(tmp_path, {})
    assert lying(tmp_path) == {"教育局/邮件/电话记录.txt": b"mine"}


def test_what_a_person_changed_stays_beside_the_new_one(tmp_path: Path) -> None:
    fill(tmp_path, FIRST)
    (tmp_path / "教育局" / "退回说明.docx").write_bytes(b"changed")
    done = fill(tmp_path, {**FIRST, "教育局/退回说明.docx": b"new"})
    assert done.kept == ["教育局/退回说明_改过的.docx"]
    assert lying(tmp_path)["教育局/退回说明_改过的.docx"] == b"changed"
    assert lying(tmp_path)["教育局/退回说明.docx"] == b"new"
    (tmp_path / "教育局" / "退回说明.docx").write_bytes(b"changed again")
    assert fill(tmp_path, FIRST).kept == ["教育局/退回说明_改过的_2.docx"]


def test_what_a_person_changed_stays_when_nothing_takes_its_place(tmp_path: Path) -> None:
    fill(tmp_path, FIRST)
    (tmp_path / "教育局" / "退回说明.docx").write_bytes(b"changed")
    assert fill(tmp_path, {}).kept == ["教育局/退回说明.docx"]
    assert lying(tmp_path) == {"教育局/退回说明.docx": b"changed"}
    assert fill(tmp_path, {}).kept == []


@pytest.mark.parametrize("way", ["../{}", "a/../../{}", "..\\{}", "{root}/{}"])
def test_a_list_that_leads_out_of_the_folder_removes_nothing(tmp_path: Path, way: str) -> None:
    folder, outside = tmp_path / "退回", tmp_path / "round.yaml"
    fill(folder, FIRST)
    outside.write_bytes(b"mine")
    named = way.format(outside.name, root=tmp_path)
    with (folder / LIST_NAME).open("a", encoding="utf-8") as file:
        file.write(f"{hashlib.sha256(b'mine').hexdigest()}  {named}\n")
    assert sorted(fill(folder, {}).removed) == sorted(FIRST)
    assert outside.read_bytes() == b"mine"


def test_nothing_to_write_makes_no_folder(tmp_path: Path) -> None:
    fill(tmp_path / "退回", {})
    assert not (tmp_path / "退回").exists()


@pytest.mark.parametrize("stop", range(5))
def test_a_run_that_ends_anywhere_is_completed_by_the_next(
    tmp_path: Path, stop: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, FIRST)
    left = iter(range(stop))

    def write(path: Path, data: bytes | str) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)

    with monkeypatch.context() as patched:
        patched.setattr(module, "write_whole", write)
        patched.setattr(module, "write_each", lambda files: deque(starmap(write, files)))
        if stop < 4:  # two lists and two files are written
            with pytest.raises(KeyboardInterrupt):
                fill(tmp_path, SECOND)
        else:
            fill(tmp_path, SECOND)
    assert fill(tmp_path, SECOND).kept == []
    assert lying(tmp_path) == SECOND
