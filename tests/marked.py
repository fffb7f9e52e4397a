"""What a mark may change in a workbook, told from its raw parts; for tests of marked workbooks."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from lxml import etree
from python_calamine import CalamineWorkbook

from ptxl.model.submission import CheckedSubmission
from tests.packages import parts

#: by which a conditional format is known to be a mark
NAME = "ptxl_marked"
#: the colours of the three severities
COLOURS = ("FFFFC4C0", "FFFFD9A0", "FFBFE0F0")
#: beside the sheets with marks, the only parts that marking changes
CHANGED = {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"}
#: the only parts that it adds, but for their numbers
ADDED = {
    "xl/comments.xml", "xl/drawings/vmlDrawing.vml", "xl/worksheets/sheet.xml",
    "xl/worksheets/_rels/sheet.xml.rels",
}  # fmt: skip
#: of the workbook's own part, what it adds to
GROWN = ("sheets", "definedNames")


def different_parts(data: bytes, other: bytes) -> list[str]:
    """The parts of two workbooks that differ in more than how their XML is written down."""
    before, after = parts(data), parts(other)
    return sorted(
        name
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name)
        and not (name in before and name in after and _same_xml(before[name], after[name]))
    )


def _same_xml(content: bytes, other: bytes) -> bool:
    return canonical(etree.fromstring(content)) == canonical(etree.fromstring(other))


def verdict(checked: CheckedSubmission) -> tuple[object, ...]:
    found = [(f.code, f.place(), f.message("zh")) for f in checked.findings]
    return found, dict(checked.values)


def sheet_names(data: bytes) -> list[str]:
    return list(CalamineWorkbook.from_filelike(io.BytesIO(data)).sheet_names)


def sheet_part(data: bytes, sheet: str) -> str:
    held = parts(data)
    book = etree.fromstring(held["xl/workbook.xml"])
    relations = etree.fromstring(held["xl/_rels/workbook.xml.rels"])
    targets = {line.get("Id"): str(line.get("Target")) for line in relations}
    (element,) = book.findall(f".//{{*}}sheet[@name='{sheet}']")
    link = next(value for key, value in element.attrib.items() if str(key).endswith("}id"))
    return f"xl/{targets[str(link)].removeprefix('/xl/')}"


def sheet_root(data: bytes, sheet: str) -> etree._Element:
    return etree.fromstring(parts(data)[sheet_part(data, sheet)])


def styles(data: bytes) -> etree._Element:
    return etree.fromstring(parts(data)["xl/styles.xml"])


def colours(data: bytes, sheet: str) -> dict[str, str]:
    """The colours of marks on a sheet, by the first cell of each."""
    looks = styles(data).findall("{*}dxfs/{*}dxf")
    found = {}
    for rule in mark_rules(sheet_root(data, sheet)):
        (colour,) = looks[int(rule.get("dxfId", ""))].iterfind("{*}fill/{*}patternFill/{*}bgColor")
        area = rule.getparent().get("sqref")  # type: ignore[union-attr]
        found[str(area).partition(":")[0]] = str(colour.get("rgb"))
    return found


def mark_rules(root: etree._Element) -> list[etree._Element]:
    """The conditional formats of a sheet that are marks."""
    return [rule for rule in root.iter("{*}cfRule") if NAME in "".join(map(str, rule.itertext()))]


def comments(data: bytes) -> dict[str, str]:
    found = {}
    for name, content in parts(data).items():
        if name.startswith("xl/comments"):
            for comment in etree.fromstring(content).iter("{*}comment"):
                text = "".join(t.text or "" for t in comment.iter("{*}t"))
                found[str(comment.get("ref"))] = text
    return found


def canonical(root: etree._Element) -> bytes:
    return etree.tostring(root, method="c14n")


# -- nothing but the marks


#: of a sheet that is the one open, as Excel and as LibreOffice say it
SELECTED = re.compile(b'tabSelected="(?:1|true)"')


def other_changes(data: bytes, marked: bytes, checked: CheckedSubmission) -> list[str]:
    """What differs between a workbook and its marked copy beyond what a mark may change."""
    return [
        *_parts_beyond(data, marked, checked),
        *_lost_from_the_book(data, marked),
        *_lost_styles(data, marked),
        *(line for sheet in sheet_names(data) for line in _beyond(data, marked, checked, sheet)),
    ]


def _parts_beyond(data: bytes, marked: bytes, checked: CheckedSubmission) -> Iterator[str]:
    before, after = parts(data), parts(marked)
    named = {finding.sheet for finding in checked.findings if finding.cell}
    touched = {sheet_part(data, sheet) for sheet in named if sheet in sheet_names(data)}
    touched |= {name for name, content in before.items() if SELECTED.search(content)}
    links = {part.replace("sheets/", "sheets/_rels/") + ".rels" for part in touched}
    for name, content in before.items():
        if after.get(name) != content and name not in CHANGED | touched | links:
            yield f"the part {name} differs"
    for name in after.keys() - before.keys():
        if re.sub(r"\d+", "", name) not in ADDED:
            yield f"the part {name} is new"


def _lost_from_the_book(data: bytes, marked: bytes) -> Iterator[str]:
    """The workbook's own part gains a sheet at either end, and names, and opens at the first."""
    before, after = (etree.fromstring(parts(one)["xl/workbook.xml"]) for one in (data, marked))
    first = after.find("{*}sheets/{*}sheet")
    assert first is not None
    first.getparent().remove(first)  # type: ignore[union-attr]
    for defined in after.iterfind("{*}definedNames/{*}definedName[@localSheetId]"):
        defined.set("localSheetId", str(int(defined.get("localSheetId", "")) - 1))
    for view in (*before.iter("{*}workbookView"), *after.iter("{*}workbookView")):
        view.attrib.pop("activeTab", "")
        view.attrib.pop("firstSheet", "")
    for tag in GROWN:
        old, new = (
            [canonical(e) for e in root.iterfind(f"{{*}}{tag}/*")] for root in (before, after)
        )
        if [line for line in new if line in old] != old or (
            tag == "sheets" and new[: len(old)] != old
        ):
            yield f"{tag} of the workbook differ"
        for root in (before, after):
            for element in root.findall(f"{{*}}{tag}"):
                root.remove(element)
    if canonical(before) != canonical(after):
        yield "the workbook differs in more than its sheets and names"


def _lost_styles(data: bytes, marked: bytes) -> Iterator[str]:
    """Every list of styles begins with what it was."""
    for old, new in zip(styles(data), styles(marked), strict=True):
        lines = [canonical(child) for child in old]
        if [canonical(child) for child in new][: len(lines)] != lines:
            yield f"{etree.QName(old).localname} do not begin as they were"


def _beyond(data: bytes, marked: bytes, checked: CheckedSubmission, sheet: str) -> Iterator[str]:
    """A sheet gains conditional formats on cells that findings name, and the link to the notes,
    and is no longer the one that is open.

    The formats come after all others: in the part, and by their priority. Rows only get higher.
    """
    before, after = sheet_root(data, sheet), sheet_root(marked, sheet)
    for view in (*before.iter("{*}sheetView"), *after.iter("{*}sheetView")):
        view.attrib.pop("tabSelected", "")
    named = {finding.cell for finding in checked.findings if finding.sheet == sheet}
    own = mark_rules(after)
    others = [rule for rule in after.iter("{*}cfRule") if rule not in own]
    lowest = max((int(rule.get("priority", "0")) for rule in others), default=0)
    if any(int(rule.get("priority", "0")) <= lowest for rule in own):
        yield f"{sheet} has a mark above another conditional format"
    for rule in own:
        area = rule.getparent()
        assert area is not None
        if area.get("sqref", "").partition(":")[0] not in named or len(area) > 1:
            yield f"{sheet} has a mark on {area.get('sqref')}"
        after.remove(area)
    if named:
        for old, new in zip(before.iter("{*}row"), after.iter("{*}row"), strict=True):
            _level(old, new)
    for link in after.findall("{*}legacyDrawing"):
        if before.find("{*}legacyDrawing") is None:
            after.remove(link)
    if canonical(before) != canonical(after):
        yield f"{sheet} differs in more than its conditional formats"


def _level(old: etree._Element, new: etree._Element) -> None:
    """Make a row as high as it was, if it got higher."""
    if float(new.get("ht", "0")) <= float(old.get("ht", "0")):
        return
    for key in ("ht", "customHeight"):
        new.attrib.pop(key, "")
        if key in old.attrib:
            new.set(key, str(old.get(key)))
