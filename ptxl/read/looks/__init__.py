"""A workbook → how its cells look. The door of this folder.

look   what is said of it, whatever the format
xlsx   styles.xml, rich texts, drawings
ods    data styles with their conditions, styles with their parents, spans
xls    FORMAT, XF and FONT records, runs of shared texts, objects
"""

from __future__ import annotations

from ptxl.read.looks.look import LaidOver, Look, Looks, Mark, SheetLook, draws

__all__ = ["LaidOver", "Look", "Looks", "Mark", "SheetLook", "draws"]
