"""An OOXML package ↔ its parts, trees, relations and content types. What nobody edits stays bytes.

Knows nothing of workbooks. Parts are named without the leading slash: `xl/workbook.xml`.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from dataclasses import dataclass

from lxml import etree

from ptxl.ooxml.patch import PARSER, PatchError

Element = etree._Element
WORKBOOK = "xl/workbook.xml"
_TYPES = "[Content_Types].xml"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_HEAD = re.compile(rb"<\?xml[^>]*\?>\s*")
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_BORN = (2020, 1, 1, 0, 0, 0)  # same content, same bytes: no clock


@dataclass(frozen=True, slots=True)
class Relation:
    """One line of a part's relations; `kind` is the last word of its type."""

    id: str
    kind: str
    target: str


class Package:
    """The parts of one file. `tree` is for looking, `edit` for changing: only edited parts change.

    Raises PatchError when the bytes are no package, or a part that is asked for is missing or
    cannot be parsed.
    """

    def __init__(self, data: bytes) -> None:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                self._infos = {info.filename: info for info in archive.infolist()}
                if len({name.lower() for name in self._infos}) != len(archive.infolist()):
                    raise PatchError("two parts have one name")
                self._parts = {name: archive.read(name) for name in self._infos}
        except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError) as error:
            raise PatchError(f"not an xlsx package: {error}") from None
        self._trees: dict[str, Element] = {}
        self._edited: set[str] = set()

    def __contains__(self, part: str) -> bool:
        return part in self._parts

    def tree(self, part: str) -> Element:
        """The root element of a part."""
        if part not in self._trees:
            if part not in self._parts:
                raise PatchError(f"not an xlsx package: {part} is missing")
            try:
                root = etree.fromstring(self._parts[part], PARSER)
            except (etree.XMLSyntaxError, ValueError) as error:
                raise PatchError(f"{part} cannot be read: {error}") from None
            if b"<!DOCTYPE" in self._parts[part]:
                raise PatchError(f"{part} has a document type, which no program writes")
            self._trees[part] = root
        return self._trees[part]

    def edit(self, part: str) -> Element:
        """The root element of a part that is going to be changed."""
        root = self.tree(part)
        self._edited.add(part)
        return root

    def content(self, part: str) -> bytes:
        """A part as it will be saved, with the head that it came with."""
        if part not in self._edited:
            return self._parts[part]
        came = self._parts[part]
        head = _HEAD.match(came)
        kept = head[0] if head else b""
        if not came.startswith(b"<") or (b"encoding" in kept and b"utf-8" not in kept.lower()):
            kept = _DECLARATION
        return kept + bytes(etree.tostring(self._trees[part], encoding="utf-8"))

    def save(self) -> bytes:
        """The package as bytes; parts keep their order, new ones come last."""
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in self._parts:
                info = self._infos.get(part) or zipfile.ZipInfo(part, _BORN)
                archive.writestr(info, self.content(part), zipfile.ZIP_DEFLATED)
        return target.getvalue()

    # -- parts

    def parts(self, ending: str) -> list[str]:
        """The names of all parts that end like this."""
        return [name for name in self._parts if name.lower().endswith(ending)]

    def add(self, pattern: str, content: bytes, content_type: str) -> str:
        """A new part, named with the first free number in place of `{}`; returns its name.

        A content type with a leading dot is declared for the name's ending, as Excel does for vml.
        """
        taken = {name.lower() for name in self._parts}
        number = 1
        while (part := pattern.format(number)).lower() in taken:
            if part == pattern:
                raise PatchError(f"{part} is there, but nothing leads to it")
            number += 1
        self._parts[part] = content
        types = self.edit(_TYPES)
        ending = part.rpartition(".")[2]
        if not content_type.startswith("."):
            _line(types, "Override", PartName=f"/{part}", ContentType=content_type)
        elif not any(e.get("Extension", "").lower() == ending for e in types):
            default = etree.Element(f"{_space(types)}Default")
            default.set("Extension", ending)
            default.set("ContentType", content_type[1:])
            types.insert(len(types.findall("{*}Default")), default)
        return part

    def remove(self, part: str) -> None:
        """Take a part away, and what only it led to; who pointed to it must let go himself."""
        below = [relation.target for relation in self.relations(part)]
        ending = part.rpartition(".")[2].lower()
        for name in (part, _relations_of(part)):
            self._parts.pop(name, None)
            self._trees.pop(name, None)
            self._edited.discard(name)
        last = ending not in ("xml", "rels") and not self.parts(f".{ending}")
        types = self.edit(_TYPES)
        for line in list(types):
            named = str(line.get("PartName", "")).lower() == f"/{part}".lower()
            if named or (last and str(line.get("Extension", "")).lower() == ending):
                types.remove(line)
        for target in below:
            if target in self._parts and not self._is_wanted(target):
                self.remove(target)

    def _is_wanted(self, part: str) -> bool:
        return any(
            relation.target == part
            for name in self.parts(".rels")
            for relation in self._read_relations(name)
        )

    # -- relations

    def relations(self, part: str) -> list[Relation]:
        """Where a part leads to inside the package; links to the outside are left out."""
        name = _relations_of(part)
        return self._read_relations(name) if name in self._parts else []

    def _read_relations(self, name: str) -> list[Relation]:
        folder = posixpath.dirname(posixpath.dirname(name))
        return [
            Relation(
                id=str(line.get("Id")),
                kind=str(line.get("Type")).rpartition("/")[2],
                target=posixpath.normpath(
                    posixpath.join("/", folder, str(line.get("Target")).replace("\\", "/"))
                ).lstrip("/"),
            )
            for line in self.tree(name).iterfind("{*}Relationship")
            if line.get("TargetMode") != "External"
        ]

    def related(self, part: str, kind: str) -> str:
        """The part of one kind that a part leads to, or nothing."""
        return next((r.target for r in self.relations(part) if r.kind == kind), "")

    def relate(self, part: str, kind: str, target: str) -> str:
        """Lead from one part to another; returns the id of the relation."""
        name = _relations_of(part)
        if name not in self._parts:
            empty = new_tree("Relationships", _RELATIONS)
            self._parts[name] = _DECLARATION + bytes(etree.tostring(empty))
        root = self.edit(name)
        taken = {str(line.get("Id")).lower() for line in root}
        number = len(taken) + 1
        while f"rid{number}" in taken:
            number += 1
        away = posixpath.relpath(target, posixpath.dirname(part))
        _line(root, "Relationship", Id=f"rId{number}", Type=f"{self.office}/{kind}", Target=away)
        return f"rId{number}"

    def unrelate(self, part: str, id: str) -> None:  # noqa: A002 - what the format calls it
        """Take one relation away, and the list of relations when it was the last."""
        name = _relations_of(part)
        root = self.edit(name)
        for line in list(root):
            if line.get("Id") == id:
                root.remove(line)
        if not len(root):
            self.remove(name)

    @property
    def office(self) -> str:
        """Where the types of relations begin, and the namespace of their ids.

        Strict and transitional packages differ.
        """
        for line in self.tree(_relations_of("")).iterfind("{*}Relationship"):
            base, _, kind = str(line.get("Type")).rpartition("/")
            if kind == "officeDocument":
                return base
        raise PatchError("not an xlsx package: no office document")


def element(beside: Element, kind: str, /, **attributes: str) -> Element:
    """A new element in the namespace of its neighbour (strict and transitional files differ)."""
    return etree.Element(f"{_space(beside)}{kind}", attributes)


def new_tree(kind: str, namespace: str) -> Element:
    """The root of a new part."""
    return etree.fromstring(f'<{kind} xmlns="{namespace}"/>')


def remove_element(child: Element) -> None:
    """Take an element out of its tree."""
    parent = child.getparent()
    if parent is not None:
        parent.remove(child)


def local(tree: Element) -> str:
    """An element's name without its namespace; nothing for comments and the like."""
    return etree.QName(tree).localname if isinstance(tree.tag, str) else ""


def insert_in_order(parent: Element, child: Element, order: tuple[str, ...]) -> None:
    """Put a child behind all those that come before it by the schema's order."""
    before = set(order[: order.index(local(child))])
    position = 0
    for index, other in enumerate(parent):
        if local(other) in before:
            position = index + 1
    parent.insert(position, child)


def _line(parent: Element, name: str, **attributes: str) -> None:
    etree.SubElement(parent, f"{_space(parent)}{name}", attributes)


def _space(beside: Element) -> str:
    namespace = etree.QName(beside).namespace
    return f"{{{namespace}}}" if namespace else ""


def _relations_of(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")
