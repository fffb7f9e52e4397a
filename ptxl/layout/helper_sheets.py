"""The sheets that ptxl adds to those of a form, by their names in each language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ptxl.model.layout import Layout
from ptxl.words import LANGUAGES, Language, Speaker

#: the hidden ones have the same names in every language
LIST_SHEET = "_lists"
IDENTITY_SHEET = "_ptxl"
MAP_SHEET = "_map"
#: the defined name that tells what ptxl lists (a county workbook, findings) from returned forms
OUTPUT_NAME = "ptxl_output"
_HIDDEN = (LIST_SHEET, IDENTITY_SHEET, MAP_SHEET, "_marks")


@dataclass(frozen=True, slots=True)
class HelperSheets:
    """The names of the added sheets that people see, in one language."""

    guide: str
    check: str
    notes: str
    review: str


@cache
def helper_sheets(language: Language) -> HelperSheets:
    """Return what the added sheets of a form in this language are called."""
    say = Speaker(language).say
    return HelperSheets(
        guide=say("sheets.guide"),
        check=say("sheets.check"),
        notes=say("sheets.notes"),
        review=say("sheets.review"),
    )


@cache
def own_sheets(language: Language) -> frozenset[str]:
    """Return the names of all sheets that ptxl may have added to a form in this language.

    A review is in the language of whoever asked for it. What stands on these is no answer.
    """
    own = helper_sheets(language)
    reviews = (helper_sheets(each).review for each in LANGUAGES)
    return frozenset((own.guide, own.check, own.notes, *reviews, *_HIDDEN))


def banner_place(layout: Layout, number: int) -> tuple[int, int]:
    """Row and column, beside the printed area, of the banner on a sheet of the form."""
    return 0, layout.sheets[number].columns + 1
