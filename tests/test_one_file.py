"""One file is only ever one file: whatever comes of it is its result, the others have theirs."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from ptxl.cli.main import cli
from ptxl.model.errors import WorkbookError
from ptxl.receive.sniff import Limits, sniff
from ptxl.receive.workers import Opened, Terms, Unread, Workers
from tests.conftest import ROOT
from tests.handmade import ods_parts, unzipped, zipped
from tests.hostile import filled_form
from tests.hostile.whole import sheets_of

linux = pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
_SHEET, _STYLES, _TYPES = "xl/worksheets/sheet3.xml", "xl/styles.xml", "[Content_Types].xml"


def wrong_form() -> dict[str, bytes]:
    """The parts of a form in which something is found."""
    parts = unzipped(filled_form())
    amount = re.compile(rb'<c r="F5"([^>]*?)><v>4.83</v>')
    assert amount.search(parts[_SHEET])
    return parts | {_SHEET: amount.sub(rb'<c r="F5"\1><v>-483</v>', parts[_SHEET])}


def test_a_form_that_cannot_be_marked_gets_its_findings_as_a_list(tmp_path: Path) -> None:
    parts, inbox, marked = wrong_form(), tmp_path / "in", tmp_path / "marked"
    inbox.mkdir()
    styles = parts[_STYLES]
    changes: dict[str, dict[str, bytes | None]] = {
        "whole": {},
        "no-types": {_TYPES: None},
        "half-a-type": {_TYPES: b"<Types"},
        # whatever reads it closely ends the process
        "a-comment": {_STYLES: styles.replace(b"<border>", b"<!-- x --><border>", 1)},
        "no-number": {
            "xl/workbook.xml": re.sub(rb'sheetId="\d+"', b'sheetId="x"', parts["xl/workbook.xml"])
        },
    }
    for name, change in changes.items():
        made = {part: content for part, content in {**parts, **change}.items() if content}
        (inbox / f"{name}.xlsx").write_bytes(zipped(made))
    done = CliRunner().invoke(cli, ["check", str(inbox), "--mark", str(marked), "--lang", "zh"])
    assert done.exit_code == 1, done.output
    told = re.findall(r"-483", done.output)
    assert len(told) >= 5
    assert "5 份" in done.output
    names = {path.name.partition(".")[0].removesuffix("_审核意见") for path in marked.iterdir()}
    assert names == {"whole", "no-types", "half-a-type", "a-comment", "no-number"}
    assert (marked / "whole.xlsx").exists()


def test_the_longest_name_of_a_file_leaves_room_for_a_list_of_its_findings(tmp_path: Path) -> None:
    sheets = sheets_of(zipped(wrong_form()))
    inbox, marked = tmp_path / "in", tmp_path / "marked"
    for folder in ("a", "b"):
        (inbox / folder).mkdir(parents=True)
        (inbox / folder / ("表" * 83 + ".ods")).write_bytes(zipped(ods_parts(sheets)))
    done = CliRunner().invoke(cli, ["check", str(inbox), "--mark", str(marked)])
    assert done.exit_code == 1, done.output
    assert len(list(marked.iterdir())) == 2


@linux
def test_an_interrupt_in_the_first_second_prints_no_trace(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(filled_form())
    for delay in range(2, 12):
        process = subprocess.Popen(
            [sys.executable, "-m", "ptxl", "check", str(tmp_path)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        time.sleep(delay / 10)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
        assert "Traceback" not in said
        assert process.returncode in (0, 130, -signal.SIGINT)


def die_at_first(file: Opened) -> str:
    """Have the process killed, as a system short of memory does, but not a second time."""
    if file.data == b"kill" and not file.careful:
        signal.raise_signal(signal.SIGKILL)
    return file.data.decode()


@linux
@pytest.mark.parametrize("count", [1, 2])
def test_a_worker_killed_from_outside_costs_no_file_not_even_the_first(
    tmp_path: Path, count: int
) -> None:
    contents = ["kill", "a", "kill", "b"]
    files = []
    for number, content in enumerate(contents):
        path = tmp_path / f"{number}.xlsx"
        path.write_text(content, encoding="utf-8")
        files.append((path, path.name))
    with Workers(die_at_first, Terms(limits=Limits(seconds=2)), count) as workers:
        outcomes = list(workers.each(files))
    assert not [one for one in outcomes if isinstance(one, Unread)]
    assert outcomes == contents


def test_what_a_refusal_names_is_whole_or_cut_with_a_sign() -> None:
    parts = unzipped(filled_form())
    far = parts[_SHEET].replace(b"</mergeCells>", b'<mergeCell ref="A1:A99999999"/></mergeCells>')
    with pytest.raises(WorkbookError, match=r"\(A1:A99999999\)"):
        sniff(zipped(parts | {_SHEET: far}))
    with pytest.raises(WorkbookError, match=r"(?i:x{90,})…\)"):
        sniff(zipped([*parts.items(), ("x" * 200, b"a"), ("X" * 200, b"a")]))
