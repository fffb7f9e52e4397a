"""The sheets and defined names of a workbook: looked up, added at the end, taken away again."""

from __future__ import annotations

from lxml import etree

from ptxl.ooxml.package import WORKBOOK, Element, Package, element, insert_in_order, remove_element

_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_ORDER = (
    "fileVersion", "fileSharing", "workbookPr", "workbookProtection", "bookViews", "sheets",
    "functionGroups", "externalReferences", "definedNames", "calcPr",
)  # fmt: skip


def sheet_parts(package: Package) -> dict[str, str]:
    """The part of each worksheet by its name; chart sheets and the like are left out."""
    known = {r.id: r for r in package.relations(WORKBOOK) if r.kind == "worksheet"}
    return {
        str(sheet.get("name")): known[_id(package, sheet)].target
        for sheet in _sheets(package.tree(WORKBOOK))
        if _id(package, sheet) in known and known[_id(package, sheet)].target in package
    }


def sheet_names(package: Package) -> list[str]:
    """The names of all sheets of whatever kind, in order."""
    return [str(sheet.get("name")) for sheet in _sheets(package.tree(WORKBOOK))]


def free_name(package: Package, name: str) -> str:
    """A name for a new sheet: this one, or with a number where a sheet of that name is there."""
    taken = {known.lower() for known in sheet_names(package)}
    numbered = (f"{name}{number or ''}" for number in (0, *range(2, len(taken) + 3)))
    return next(free for free in numbered if free.lower() not in taken)


def add_sheet(package: Package, name: str, root: Element, state: str = "") -> int:
    """Add a sheet behind all others; returns its index. Index and selection of others stay."""
    content = bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True))
    part = package.add("xl/worksheets/sheet{}.xml", content, _SHEET_TYPE)
    book = package.edit(WORKBOOK)
    sheets = _sheets(book)
    number = max((int(sheet.get("sheetId", "0")) for sheet in sheets), default=0) + 1
    sheet = element(book, "sheet", name=name, sheetId=str(number))
    if state:
        sheet.set("state", state)
    sheet.set(f"{{{package.office}}}id", package.relate(WORKBOOK, "worksheet", part))
    for parent in book.iterfind("{*}sheets"):
        parent.append(sheet)
    return len(sheets)


def drop_sheet(package: Package, name: str) -> None:
    """Take a sheet away, with its part and its own names; indexes of later sheets move up."""
    book = package.edit(WORKBOOK)
    sheets = _sheets(book)
    index = next(i for i, sheet in enumerate(sheets) if sheet.get("name") == name)
    relation = _id(package, sheets[index])
    part = next(r.target for r in package.relations(WORKBOOK) if r.id == relation)
    package.unrelate(WORKBOOK, relation)
    package.remove(part)
    remove_element(sheets[index])
    for defined in list(book.iterfind("{*}definedNames/{*}definedName")):
        scope = int(defined.get("localSheetId", "-1"))
        if scope == index:
            _remove_name(defined)
        elif scope > index:
            defined.set("localSheetId", str(scope - 1))
    visible = next(
        (i for i, s in enumerate(_sheets(book)) if s.get("state", "visible") == "visible"), 0
    )
    for view in book.iterfind("{*}bookViews/{*}workbookView"):
        for key in ("activeTab", "firstSheet"):
            shown = int(view.get(key, "0"))
            if shown == index:
                view.set(key, str(visible))
            elif shown > index:
                view.set(key, str(shown - 1))


def define_name(package: Package, name: str, formula: str, sheet: int | None = None) -> None:
    """A new defined name, of the workbook or of one sheet."""
    book = package.edit(WORKBOOK)
    names = book.find("{*}definedNames")
    if names is None:
        names = element(book, "definedNames")
        insert_in_order(book, names, _ORDER)
    defined = element(book, "definedName", name=name)
    if sheet is not None:
        defined.set("localSheetId", str(sheet))
    defined.text = formula
    names.append(defined)


def sheet_named(package: Package, name: str) -> str:
    """The sheet that a defined name points into, whatever it is called now; or nothing.

    Every program keeps such a name true when sheets are renamed or moved.
    """
    for defined in package.tree(WORKBOOK).iterfind("{*}definedNames/{*}definedName"):
        if defined.get("name") == name and "localSheetId" not in defined.attrib:
            sheet = (defined.text or "").rpartition("!")[0].lstrip("=$")
            if sheet.startswith("'") and sheet.endswith("'"):
                sheet = sheet[1:-1].replace("''", "'")
            return sheet if sheet in sheet_parts(package) else ""
    return ""


def drop_name(package: Package, name: str) -> None:
    """Take a defined name of the workbook away, if it is there."""
    for defined in package.tree(WORKBOOK).findall("{*}definedNames/{*}definedName"):
        if defined.get("name") == name and "localSheetId" not in defined.attrib:
            package.edit(WORKBOOK)
            _remove_name(defined)


def quoted(sheet: str) -> str:
    """A sheet's name as formulas and links have it."""
    return "'" + sheet.replace("'", "''") + "'"


def _remove_name(defined: Element) -> None:
    names = defined.getparent()
    remove_element(defined)
    if names is not None and not len(names):
        remove_element(names)


def _sheets(book: Element) -> list[Element]:
    return book.findall("{*}sheets/{*}sheet")


def _id(package: Package, sheet: Element) -> str:
    return str(sheet.get(f"{{{package.office}}}id"))
