"""Writes into a marked copy the content hash of the submission that it is made of.

It stands in three places that fail independently: a defined name, a custom property of the
document, and a cell of the hidden sheet of marks. Programs drop the one or the other.
`read/claims` finds it there.
"""

from __future__ import annotations

from ptxl.layout.identity import CAME_FROM_AT, CAME_FROM_NAME
from ptxl.model.errors import WorkbookError
from ptxl.ooxml.package import (
    Element,
    append,
    namespace_of,
    remove_where,
    whole_number_of,
)
from ptxl.ooxml.sheet import Sheet
from ptxl.ooxml.workbook import XlsxWorkbook

_PROPERTIES = "docProps/custom.xml"
_TEXTS = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
#: of properties that a user defines
_USERS = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"


def note_origin(book: XlsxWorkbook, hidden: Sheet, digest: str) -> None:
    """Write which submission a marked copy is made of, in place of what it said before."""
    hidden.set_value(CAME_FROM_AT, digest)
    book.drop_name(CAME_FROM_NAME)
    book.define_name(CAME_FROM_NAME, f'"{digest}"')
    if _PROPERTIES in book:
        _set_property(book, digest)


def _set_property(book: XlsxWorkbook, digest: str) -> None:
    try:
        root = book.edit(_PROPERTIES)
    except WorkbookError:
        return  # two places are enough, and what cannot be read stays as it is
    remove_where(root, "name", CAME_FROM_NAME)
    # The first number that may be given is 2.
    number = 1 + max((whole_number_of(one, "pid") for one in root.iterchildren("*")), default=1)
    made = append(root, "property", fmtid=_USERS, pid=str(number), name=CAME_FROM_NAME)
    text = made.makeelement(f"{{{_namespace_of_texts(root)}}}lpwstr")
    text.text = digest
    made.append(text)


def _namespace_of_texts(root: Element) -> str:
    """The namespace that the values of other properties have: strict and transitional differ."""
    value = root.find("{*}property/*")
    return _TEXTS if value is None else namespace_of(value)
