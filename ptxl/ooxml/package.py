"""Parts of an OOXML package ↔ their trees, relations and types. What nobody edits stays bytes.

Knows nothing of workbooks. Parts are named without the leading slash: `xl/workbook.xml`.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from ptxl.model.refusals import refusal

Element = etree._Element
#: stands for an element that is missing, where that is as good as one without anything
NOTHING = etree.Element("nothing")
_TYPES = "[Content_Types].xml"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_HEAD = re.compile(rb"<\?xml[^>]*\?>\s*")
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
#: how an attribute says yes
TRUE = ("1", "true")
_BORN = (2020, 1, 1, 0, 0, 0)  # same content, same bytes: no clock
#: more digits than any attribute needs that is reckoned with
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,30})?")
_RELATION_ID = re.compile(r"\{.*/relationships\}id")
_PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, huge_tree=False, strip_cdata=False
)


@dataclass(frozen=True, slots=True)
class Relation:
    """One line of a part's relations; `kind` is the last word of its type."""

    id: str
    kind: str
    target: str


def pack(parts: Mapping[str, bytes]) -> bytes:
    """Zip parts into a package, in their order. Same parts, same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, _BORN)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 0
            archive.writestr(info, content)
    return target.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """Unzip a package that ptxl itself made; a sender's is unpacked within limits elsewhere."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


class Package:
    """The parts of one file. `tree` is for looking, `edit` for changing: only edited parts change.

    Raises WorkbookError when a part that is asked for is missing or cannot be parsed.
    """

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        self._parts = dict(parts)
        self._trees: dict[str, Element] = {}
        self._edited: set[str] = set()

    def __contains__(self, part: str) -> bool:
        return part in self._parts

    def tree(self, part: str) -> Element:
        """Return the root element of a part."""
        if part not in self._trees:
            self._trees[part] = self._parsed(part)
        return self._trees[part]

    def edit(self, part: str) -> Element:
        """Return the root element of a part that is going to be changed."""
        root = self.tree(part)
        self._edited.add(part)
        return root

    def content(self, part: str) -> bytes:
        """Return a part as it will be saved, with the head that it came with."""
        came = self._parts[part]
        if part not in self._edited:
            return came
        head = _HEAD.match(came)
        kept = head[0] if head else b""
        encoded_otherwise = b"encoding" in kept and b"utf-8" not in kept.lower()
        if encoded_otherwise or not came.startswith(b"<"):
            kept = _DECLARATION
        return kept + bytes(etree.tostring(self._trees[part], encoding="utf-8"))

    def contents(self) -> dict[str, bytes]:
        """Return all parts as they will be saved; they keep their order, new ones come last."""
        return {part: self.content(part) for part in self._parts}

    def save(self) -> bytes:
        """Return the package as bytes."""
        return pack(self.contents())

    def _parsed(self, part: str) -> Element:
        if part not in self._parts:
            raise refusal("part_missing", part=part)
        content = self._parts[part]
        try:
            root = etree.fromstring(content, _PARSER)
        except (etree.XMLSyntaxError, ValueError):
            raise refusal("broken_xml", part=part) from None
        if root.getroottree().docinfo.internalDTD is not None:
            raise refusal("dtd")
        return root

    # -- parts

    def parts(self, ending: str) -> list[str]:
        """Return the names of all parts that end like this."""
        return [name for name in self._parts if name.lower().endswith(ending)]

    def add(self, pattern: str, content: str, content_type: str) -> str:
        """Add a part, named with the first free number in place of `{}`; return its name."""
        taken = {name.lower() for name in self._parts}
        if pattern.lower() in taken:  # and nothing leads to it
            raise refusal("broken_xml", part=pattern)
        number = 1
        while pattern.format(number).lower() in taken:
            number += 1
        part = pattern.format(number)
        self._parts[part] = _DECLARATION + content.encode()
        types = self.edit(_TYPES)
        ending = _ending(part)
        remove_where(types, "PartName", f"/{part}")  # of one that is gone
        if ending == "xml":
            append(types, "Override", PartName=f"/{part}", ContentType=content_type)
        elif not types.findall(f"{{*}}Default[@Extension='{ending}']"):
            default = element(types, "Default", Extension=ending, ContentType=content_type)
            types.insert(len(types.findall("{*}Default")), default)
        return part

    def remove(self, part: str) -> None:
        """Take a part away, and what only it led to; whatever led to it is not changed."""
        relations = self.relations(part)
        for name in (part, _relations_of(part)):
            self._parts.pop(name, None)
            self._trees.pop(name, None)
            self._edited.discard(name)
        self._undeclare(part)
        wanted = {r.target for name in self.parts(".rels") for r in self._read_relations(name)}
        for relation in relations:
            if relation.target in self._parts and relation.target not in wanted:
                self.remove(relation.target)

    def _undeclare(self, part: str) -> None:
        types, ending = self.edit(_TYPES), _ending(part)
        remove_where(types, "PartName", f"/{part}")
        if ending not in ("xml", "rels") and not self.parts(f".{ending}"):
            remove_where(types, "Extension", ending)

    # -- relations

    def relations(self, part: str) -> list[Relation]:
        """List where a part ("": the package) leads to; links to the outside are left out."""
        name = _relations_of(part)
        return list(self._read_relations(name)) if name in self._parts else []

    def _read_relations(self, name: str) -> Iterator[Relation]:
        folder = posixpath.dirname(posixpath.dirname(name))
        for line in self.tree(name).iterfind("{*}Relationship"):
            if line.get("TargetMode") == "External":
                continue
            target = posixpath.join("/", folder, str(line.get("Target")).replace("\\", "/"))
            kind = str(line.get("Type")).rpartition("/")[2]
            yield Relation(str(line.get("Id")), kind, posixpath.normpath(target).lstrip("/"))

    def outside(self, part: str) -> dict[str, str]:
        """Return where a part leads outside of the package, by the ids of its relations."""
        name = _relations_of(part)
        lines = self.tree(name).iterfind("{*}Relationship") if name in self._parts else ()
        return {
            str(line.get("Id")): str(line.get("Target"))
            for line in lines
            if line.get("TargetMode") == "External"
        }

    def target(self, part: str, relation_id: object) -> str:
        """Return the part that a relation leads to, or ""."""
        targets = {relation.id: relation.target for relation in self.relations(part)}
        return targets.get(str(relation_id), "")

    def related(self, part: str, kind: str) -> str:
        """Return the part of one kind that a part leads to, or ""."""
        for relation in self.relations(part):
            if relation.kind == kind:
                return relation.target
        return ""

    def relate(self, part: str, kind: str, target: str) -> str:
        """Lead from one part to another; return the id of the relation."""
        name = _relations_of(part)
        if name not in self._parts:
            self._parts[name] = _DECLARATION + f'<Relationships xmlns="{_RELATIONS}"/>'.encode()
        root = self.edit(name)
        taken = {str(line.get("Id")).lower() for line in root.iterchildren("*")}
        number = len(taken) + 1
        while f"rid{number}" in taken:
            number += 1
        away = posixpath.relpath(target, posixpath.dirname(part))
        kind = f"{self.office}/{kind}"
        append(root, "Relationship", Id=f"rId{number}", Type=kind, Target=away)
        return f"rId{number}"

    def unrelate(self, part: str, relation_id: str) -> None:
        """Take one relation away, and the list of relations when it was the last."""
        name = _relations_of(part)
        root = self.edit(name)
        remove_where(root, "Id", relation_id)
        if root.find("*") is None:
            self.remove(name)

    def drop_related(self, part: str, target: str) -> None:
        """Take away a part, and what leads to it from another."""
        for relation in self.relations(part):
            if relation.target == target:
                self.unrelate(part, relation.id)
        self.remove(target)

    @property
    def office(self) -> str:
        """Where the types of relations begin, and the namespace of their ids.

        Strict and transitional packages differ.
        """
        for line in self.tree(_relations_of("")).iterfind("{*}Relationship"):
            base, _, kind = str(line.get("Type")).rpartition("/")
            if kind == "officeDocument":
                return base
        raise refusal("part_missing", part="xl/workbook.xml")


# -- elements


def element(beside: Element, kind: str, /, **attributes: str) -> Element:
    """Make an element in the namespace of its neighbour (strict and transitional files differ)."""
    namespace = namespace_of(beside)
    return etree.Element(f"{{{namespace}}}{kind}" if namespace else kind, attributes)


def append(parent: Element, kind: str, /, **attributes: str) -> Element:
    """Make an element in the namespace of its parent, as the last in it."""
    child = element(parent, kind, **attributes)
    parent.append(child)
    return child


def parse_beside(beside: Element, xml: str) -> Element:
    """Parse XML of our own into the namespace of its neighbour."""
    return etree.fromstring(f'<in xmlns="{namespace_of(beside)}">{xml}</in>')[0]


def remove_where(root: Element, key: str, value: str) -> None:
    """Take the children out of an element whose attribute has a value."""
    for child in list(root):
        if child.get(key) == value:
            root.remove(child)


def remove_element(child: Element) -> None:
    """Take an element out of its tree."""
    parent = child.getparent()
    if parent is not None:
        parent.remove(child)


def remove_with_empty_parent(child: Element) -> None:
    """Take an element out of its tree, and its parent when that holds nothing any more."""
    parent = child.getparent()
    remove_element(child)
    if parent is not None and parent.find("*") is None:
        remove_element(parent)


def namespace_of(tree: Element) -> str:
    """Return the namespace of an element, or ""."""
    return etree.QName(tree).namespace or ""


def local(tree: Element) -> str:
    """Return an element's name without its namespace; "" for comments and the like."""
    return etree.QName(tree).localname if isinstance(tree.tag, str) else ""


def same_element(one: Element, other: Element) -> bool:
    """Whether two elements are the same, whatever prefixes and comments they are written with."""
    if (one.tag, one.text or "") != (other.tag, other.text or ""):
        return False
    below, other_below = one.findall("*"), other.findall("*")
    alike = one.attrib == other.attrib and len(below) == len(other_below)
    return alike and all(map(same_element, below, other_below))


def found(tree: Element, path: str) -> Element:
    """Return the first element at a path below another; one without anything if there is none."""
    element = tree.find(path)
    return NOTHING if element is None else element


def text_in(tree: Element, *names: str) -> str:
    """Join the texts of all elements of some names (`{*}t`) below an element."""
    return "".join(str(one.text or "") for one in tree.iter(*names))


def relation_id(tree: Element) -> str:
    """Return the id of the relation that an element names, or ""."""
    ids = (str(value) for key, value in tree.items() if _RELATION_ID.fullmatch(str(key)))
    return next(ids, "")


def whole_number_of(tree: Element, key: str, otherwise: int = 0) -> int:
    """Return an attribute as a whole number, or `otherwise` where it is none that a file needs."""
    return int(number_of(tree, key, otherwise))


def number_of(tree: Element, key: str, otherwise: float) -> float:
    """Return an attribute as a number, or `otherwise` where it is none, negative or too large."""
    text = str(tree.get(key, "")).strip()
    return float(text) if _NUMBER.fullmatch(text) else otherwise


def insert_in_order(parent: Element, child: Element, order: tuple[str, ...]) -> None:
    """Put a child behind all those that come before it, or are of its kind, in the schema."""
    before = order[: order.index(local(child)) + 1]
    position = 0
    for index, other in enumerate(parent):
        if local(other) in before:
            position = index + 1
    parent.insert(position, child)


def _ending(part: str) -> str:
    return part.rpartition(".")[2].lower()


def _relations_of(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")
