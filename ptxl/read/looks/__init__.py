"""A workbook → how its cells look. The door of this folder.

look   what is said of it, whatever the format
xlsx   styles.xml, rich texts, drawings
ods    data styles with their conditions, styles with their parents, spans
xls    FORMAT, XF and FONT records, runs of shared texts, objects
"""

from __future__ import annotations

from typing import Any

from ptxl.read.formats.common import Format
from ptxl.read.looks.look import LaidOver, Look, Looks, Mark, SheetLook
from ptxl.read.looks.xlsx import XlsxLooks

__all__ = ["LaidOver", "Look", "Looks", "Mark", "SheetLook", "looks_of"]


def looks_of(kind: Format, reader: Any) -> Looks:
    """How the cells of a workbook look, by its reader. Most are xlsx."""
    if kind == "xls":
        from ptxl.read.looks.xls import XlsLooks

        return XlsLooks(reader)
    if kind == "ods":
        from ptxl.read.looks.ods import OdsLooks

        return OdsLooks(reader)
    return XlsxLooks(reader)
