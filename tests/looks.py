"""A form with a field of each kind, cells that look otherwise than they are, and what is read."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from ptxl.check.submission import check_submission
from ptxl.model.findings import Finding
from ptxl.model.submission import CheckedSubmission
from ptxl.read import read_submission
from ptxl.template import Templates, load_template
from ptxl.write.stencil import write_form
from tests.conftest import HEAD, UNIT

SHEET = "表"
#: the cell of each field
CELLS = {
    "money": "B2", "yuan": "D2", "people": "B3", "amount": "D3", "share": "B4", "day": "D4",
    "note": "B5", "code": "D5", "sort": "B6", "goal": "D6",
}  # fmt: skip
_BODY = """
    lists: {sorts: [甲, 乙]}
    sheets:
      - name: 表
        columns: [14, 20, 14, 20]
        rows:
          - - {text: 一张小表, across: 4}
          - - 预算
            - {field: money, kind: money}
            - 单价
            - {field: yuan, kind: money, unit: 元}
          - - 人数
            - {field: people, kind: integer, unit: 人}
            - 面积
            - {field: amount, kind: number, unit: 平方米}
          - - 完成率
            - {field: share, kind: percent, maximum: 100}
            - 开始日期
            - {field: day, kind: date}
          - - 说明
            - {field: note, kind: text}
            - 编号
            - {field: code, kind: code}
          - - 类别
            - {field: sort, kind: choice, among: sorts}
            - 目标
            - {field: goal, kind: target}
"""


class SmallForm:
    """The form, and what is read of its copies."""

    def __init__(self, folder: Path) -> None:
        (folder / "template.yaml").write_text(HEAD + textwrap.dedent(_BODY), encoding="utf-8")
        self._templates = Templates([folder])
        self.blank = write_form(load_template(folder).layout({}), UNIT)

    def edited(self, edit: Callable[[Worksheet], object]) -> bytes:
        """The form after an edit of its sheet by a program that keeps protection."""
        book = openpyxl.load_workbook(io.BytesIO(self.blank), rich_text=True)
        edit(book[SHEET])
        target = io.BytesIO()
        book.save(target)
        return target.getvalue()

    def read(self, data: bytes) -> CheckedSubmission:
        """Read and check it."""
        return check_submission(read_submission(data, self._templates))

    def findings(self, data: bytes) -> list[Finding]:
        """What is said of it."""
        return list(self.read(data).findings)


def at(findings: Iterable[Finding], cell: str) -> list[str]:
    """The codes of the findings that name a cell."""
    return [found.code for found in findings if found.cell == cell]
