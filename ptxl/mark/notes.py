"""Notes (批注) on the cells of one sheet: texts in a comments part, boxes in a legacy drawing.

A note of ours has our author, or begins with our heading; in a comment of the sender's our text
stands behind his, from our heading on. What does not fit into what a sheet already has is left
away: the list of findings says it all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from ptxl.cells import cell_name
from ptxl.mark.boxes import Drawing
from ptxl.mark.cells import Undo, parse_cell
from ptxl.ooxml.package import Element, Package, element, insert_in_order, local, remove_element
from ptxl.ooxml.patch import PatchError, Position
from ptxl.text import literal

AUTHOR = "ptxl"
#: never one that a person would write: what follows it is taken away again
HEADINGS: Mapping[str, str] = {"zh": "【ptxl 审核意见】", "en": "【ptxl review】"}
_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_THREAD = "tc="  # authors of comments that stand for a thread, whose text Excel writes itself
_FONT = '<sz val="9"/><color indexed="81"/><rFont val="宋体"/><family val="2"/>'


@dataclass(frozen=True, slots=True)
class Note:
    """What a note says: our heading, in bold, and the text below it."""

    heading: str
    text: str


def add_notes(
    package: Package, part: str, sheet: str, notes: Mapping[Position, Note]
) -> Iterator[Undo]:
    """Put notes on cells; a sheet that cannot take any safely is left as it is."""
    try:
        comments, drawing = _Comments(package, part), Drawing(package, part)
    except PatchError:
        return
    for position, note in sorted(notes.items()):
        if comments.in_thread(position):
            continue
        name = cell_name(*position)
        was = comments.write(position, note)
        if was is not None:
            yield Undo("text", sheet, name, was)
        box = drawing.box(position, comments.text(position))
        shape = drawing.shape(position)
        if shape is None:
            drawing.add(position, box)
            if was is not None:
                yield Undo("box", sheet, name)
        else:
            yield Undo("size", sheet, name, drawing.resize(shape, box))


def drop_notes(package: Package, part: str, undos: Sequence[Undo]) -> None:
    """Take all our notes off a sheet; comments of others are what they were before."""
    if not package.related(part, "comments"):
        return
    try:
        comments, drawing = _Comments(package, part), Drawing(package, part)
    except PatchError:
        return
    plain = {undo.where for undo in undos if undo.kind == "text" and undo.was == "plain"}
    gone = {*comments.drop(plain), *(parse_cell(u.where) for u in undos if u.kind == "box")}
    for undo in undos:
        position = parse_cell(undo.where)
        if undo.kind == "size" and position and position not in gone:
            drawing.restore(position, undo.was)
    drawing.drop(gone)
    if gone:
        comments.close()
        drawing.close()


class _Comments:
    """The comments part of a sheet; made at the first note. Raises PatchError when it is broken."""

    def __init__(self, package: Package, part: str) -> None:
        self._package, self._sheet = package, part
        self._part = package.related(part, "comments")
        self._root = package.tree(self._part) if self._part else None
        self._known = {parse_cell(str(c.get("ref"))): c for c in self._each()}

    def in_thread(self, position: Position) -> bool:
        comment = self._known.get(position)
        return comment is not None and self._author(comment).startswith(_THREAD)

    def text(self, position: Position) -> str:
        """The whole text of the comment of a cell."""
        return "".join(t.text or "" for t in self._known[position].iter("{*}t"))

    def write(self, position: Position, note: Note) -> str | None:
        """Make a comment, or write on in the one that is there; then what shape it had."""
        root = self._edit()
        comment = self._known.get(position)
        if comment is None:
            comment = element(root, "comment", ref=cell_name(*position), authorId=self._own_id())
            comment.append(element(root, "text"))
            self._list("commentList").append(comment)
            self._known[position] = comment
            self._extend(comment, note, before="")
            return None
        plain = comment.find("{*}text/{*}t")
        if plain is not None:  # programs expect a text or runs, not both
            run = element(root, "r")
            plain.addprevious(run)
            run.append(plain)
        self._extend(comment, note, before="\n")
        return "plain" if plain is not None else "runs"

    def _extend(self, comment: Element, note: Note, before: str) -> None:
        text = comment.find("{*}text")
        if text is None:
            text = element(comment, "text")
            comment.insert(0, text)
        space = etree.QName(comment).namespace or ""
        end = [r for r in text if local(r) in ("r", "t")]
        at = text.index(end[-1]) + 1 if end else 0
        for offset, (bold, words) in enumerate(
            (("<b/>", f"{before}{note.heading}"), ("", f"\n{note.text}"))
        ):
            run = etree.fromstring(f'<r xmlns="{space}"><rPr>{bold}{_FONT}</rPr><t/></r>')
            run[1].text = literal(words)
            run[1].set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            text.insert(at + offset, run)

    def drop(self, plain: set[str]) -> set[Position | None]:
        """Take our texts away; returns the cells that have no comment any more."""
        gone: set[Position | None] = set()
        for comment in self._each():
            texts = list(comment.iter("{*}t"))
            whole = "".join(t.text or "" for t in texts)
            starts = [at for h in HEADINGS.values() if (at := whole.find(h)) >= 0]
            if self._author(comment) == AUTHOR or (starts and not whole[: min(starts)].strip()):
                remove_element(comment)
                self._package.edit(self._part)
                gone.add(parse_cell(str(comment.get("ref"))))
            elif starts:
                self._package.edit(self._part)
                _cut(texts, len(whole[: min(starts)].removesuffix("\n")))
                if comment.get("ref") in plain:
                    self._unwrap(comment)
        return gone

    def _unwrap(self, comment: Element) -> None:
        text = comment.find("{*}text")
        runs = comment.findall("{*}text/{*}r")
        if text is not None and len(runs) == 1 and local(runs[0][0]) == "t":
            text.replace(runs[0], runs[0][0])

    def close(self) -> None:
        """Take our author away, and the part when it holds nothing any more."""
        if next(self._each(), None) is None:
            for relation in self._package.relations(self._sheet):
                if relation.target == self._part:
                    self._package.unrelate(self._sheet, relation.id)
            self._package.remove(self._part)
            return
        authors = self._list("authors")
        names = [author.text for author in authors]
        if AUTHOR not in names:
            return
        own = names.index(AUTHOR)
        authors.remove(authors[own])
        for comment in self._each():
            author = int(comment.get("authorId", "0"))
            if author > own:
                comment.set("authorId", str(author - 1))

    def _edit(self) -> Element:
        if self._root is None:
            space = etree.QName(self._package.tree(self._sheet)).namespace
            empty = f'<comments xmlns="{space}"><authors/><commentList/></comments>'
            self._part = self._package.add("xl/comments{}.xml", empty.encode(), _COMMENTS_TYPE)
            self._package.relate(self._sheet, "comments", self._part)
        self._root = self._package.edit(self._part)
        return self._root

    def _each(self) -> Iterator[Element]:
        if self._root is not None:
            yield from self._root.findall("{*}commentList/{*}comment")

    def _author(self, comment: Element) -> str:
        authors = [] if self._root is None else self._root.findall("{*}authors/{*}author")
        number = int(comment.get("authorId", "0"))
        return (authors[number].text or "") if number < len(authors) else ""

    def _own_id(self) -> str:
        authors = self._list("authors")
        names = [author.text for author in authors]
        if AUTHOR not in names:
            author = element(authors, "author")
            author.text = AUTHOR
            authors.append(author)
            names.append(AUTHOR)
        return str(names.index(AUTHOR))

    def _list(self, name: str) -> Element:
        root = self._edit()
        found = root.find(f"{{*}}{name}")
        if found is None:
            found = element(root, name)
            insert_in_order(root, found, ("authors", "commentList"))
        return found


def _cut(texts: Sequence[Element], length: int) -> None:
    """Keep the first characters of a text that stands in several elements."""
    for text in texts:
        words = text.text or ""
        text.text = words[: max(length, 0)]
        length -= len(words)
        run = text.getparent()
        if not text.text and words and run is not None:
            remove_element(run if local(run) == "r" else text)
