"""A workbook → how its cells look. The door of this folder.

look   what is said of it, whatever the format
xlsx   styles.xml, rich texts, drawings
ods    data styles with their conditions, styles with their parents, spans
xls    FORMAT, XF and FONT records, runs of shared texts, objects
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ptxl.read.formats.common import Format
from ptxl.read.looks.look import LaidOver, Look, Looks, Mark, SheetLook
from ptxl.read.looks.ods import OdsLooks
from ptxl.read.looks.xls import XlsLooks
from ptxl.read.looks.xlsx import XlsxLooks

__all__ = ["LOOKS", "LaidOver", "Look", "Looks", "Mark", "SheetLook"]

#: for each format, what tells from its reader how the cells of a workbook look
LOOKS: Mapping[Format, Callable[[Any], Looks]] = {
    "xlsx": XlsxLooks, "ods": OdsLooks, "xls": XlsLooks,
}  # fmt: skip
