"""The sheets that ptxl adds to those of a form."""

from __future__ import annotations

from ptxl.model.layout import Layout

#: sheets that ptxl adds to a form
GUIDE_SHEET = "填报说明"
CHECK_SHEET = "填报自查"
NOTES_SHEET = "备注"
REVIEW_SHEET = "审核意见"
LIST_SHEET = "_lists"
IDENTITY_SHEET = "_ptxl"
MAP_SHEET = "_map"
#: what stands on these is no answer
OWN_SHEETS = (
    GUIDE_SHEET, CHECK_SHEET, NOTES_SHEET, LIST_SHEET, IDENTITY_SHEET, MAP_SHEET, REVIEW_SHEET,
    "_marks",
)  # fmt: skip
#: the defined name that tells what ptxl lists (a county workbook, findings) from returned forms
OUTPUT_NAME = "ptxl_output"


def banner_place(layout: Layout, number: int) -> tuple[int, int]:
    """Row and column, beside the printed area, of the banner on a sheet of the form."""
    return 0, layout.sheets[number].columns + 1
