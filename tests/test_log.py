"""The log: what became of each file, written where the user says and nowhere else."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from click.testing import CliRunner

from ptxl.cli.main import cli


def test_a_log_holds_a_line_for_each_file(tmp_path: Path) -> None:
    folder, log = tmp_path / "in", tmp_path / "log.txt"
    folder.mkdir()
    for name in ("a.xlsx", "b\nc.xlsx"):
        (folder / name).write_text("text", encoding="utf-8")
    for _ in range(2):
        done = CliRunner().invoke(cli, ["check", str(folder), "--log", str(log)])
        assert done.exit_code == 1, done.output
    lines = log.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 4  # later lines are appended
    of_a, of_b = sorted(lines[:2], key=lambda line: "in/b" in line)  # the first that was done
    assert re.fullmatch(r"[-0-9]+ [0-9:,]+ INFO in/a.xlsx: text, [0-9.]+ s", of_a)
    assert "in/b" in of_b
    assert "c.xlsx: text" in of_b


def test_a_library_leaves_logging_alone() -> None:
    """Its logger has a handler that does nothing, so that Python has none of its own."""
    handlers = logging.getLogger("ptxl").handlers
    assert [type(one) for one in handlers] == [logging.NullHandler]


def test_limits_have_the_types_of_the_limits(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_text("text", encoding="utf-8")
    for limit, status in (("seconds=0.5", 3), ("cells=10", 3), ("cells=1.5", 2), ("seconds=x", 2),
                          ("none=1", 2), ("cells=0", 2)):  # fmt: skip
        done = CliRunner().invoke(cli, ["check", str(path), "--limit", limit])
        assert done.exit_code in (status, 1) if status == 3 else done.exit_code == status, limit
