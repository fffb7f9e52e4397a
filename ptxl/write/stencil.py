"""The one workbook of a round → the copy of each unit, stamped.

What differs by unit stands in the workbook as placeholders, so a unit's copy is the round's
workbook with texts replaced: a hundred times faster than writing each anew.
"""

from __future__ import annotations

import re
from functools import cache, partial

from ptxl.cache import kept, key_of
from ptxl.layout.identity import (
    KEYS,
    ROUND_KEY,
    identify,
    identity_values,
    pieces,
    seal_of,
)
from ptxl.markup import escape_quoted
from ptxl.model.form import Notice, Unit
from ptxl.model.layout import Layout
from ptxl.model.submission import Identity
from ptxl.ooxml.copies import Copies
from ptxl.rules.of_unit import form_of
from ptxl.text import literal

_LONGEST_FOOTER_NAME = 60  # a footer has at most 255 characters, codes included
#: what stands for a text that differs by unit
MARK = re.compile("\ue000(.+?)\ue001".encode())
#: in the document's properties: 2 is the first that there is, and the serial's
_FIRST_PIECE_PID = 3
#: how a piece of the seal stands in each part that holds pieces, by the mark of all of them
_PIECE_OF = {
    "id_names": '<definedName name="{name}" hidden="1">"{text}"</definedName>',
    "id_properties": (
        '<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{pid}" name="{name}">'
        "<vt:lpwstr>{text}</vt:lpwstr></property>"
    ),
}


class Stencil:
    """The workbook of a round, ready to be stamped for one unit after the other.

    There is one more for all units of whom the same is not asked.

    Each form carries the name of its `round`, if that is given, is signed with its `key`, and says
    its `notice` on the guide.
    """

    def __init__(
        self, layout: Layout, password: str = "", key: bytes = b"", round: str = "",
        notice: Notice | None = None,
    ) -> None:  # fmt: skip
        self.layout = layout
        self._key = key
        self._round = round
        self._copies_of = cache(
            partial(_kept_copies, password=password, notice=notice, in_a_round=bool(round))
        )

    def stamp(self, unit: Unit, prefilled: str = "") -> bytes:
        """The blank form of one unit, as xlsx. Same form and unit: same bytes.

        `prefilled` is the digest of the figures that will be typed into it.
        """
        return self._copies_of(form_of(self.layout, unit)).copy(self.texts(unit, prefilled))

    def texts(self, unit: Unit, prefilled: str = "") -> dict[str, bytes]:
        """What differs by unit in the parts of the workbook, by the names of the marks there."""
        identity = self.identity(unit, prefilled)
        values = {
            name: escape_quoted(literal(text)).encode()
            for name, text in printed_values(identity).items()
        }
        return values | _seal_pieces(identity)

    def identity(self, unit: Unit, prefilled: str = "") -> Identity:
        """The identity of the form of one unit."""
        return identify(self.layout, unit, key=self._key, prefilled=prefilled, round=self._round)


def write_form(layout: Layout, unit: Unit, password: str = "", key: bytes = b"") -> bytes:
    """The blank form of one unit, as xlsx. For many units make one `Stencil`.

    With the `key` of a round the form's identity is signed.
    """
    return Stencil(layout, password, key).stamp(unit)


def printed_values(identity: Identity) -> dict[str, str]:
    """What the placeholders in the form's texts stand for, for one unit."""
    values = identity.unit.texts()
    for key, value in zip((*KEYS, ROUND_KEY), identity_values(identity), strict=False):
        values[f"id_{key}"] = value
    values["serial"] = identity.serial
    values["id_seal"] = seal_of(identity)
    # In a footer an ampersand begins a code, and two of them print one.
    values["footer_name"] = identity.unit.name[:_LONGEST_FOOTER_NAME].replace("&", "&&")
    return values


def _seal_pieces(identity: Identity) -> dict[str, bytes]:
    """The pieces of the seal as finished XML: how many there are differs by unit."""
    named = list(enumerate(pieces(seal_of(identity)).items(), _FIRST_PIECE_PID))
    found = {}
    for name, form in _PIECE_OF.items():
        found[name] = "".join(
            form.format(pid=pid, name=piece, text=text) for pid, (piece, text) in named
        ).encode()
    return found


def _kept_copies(
    layout: Layout, *, password: str, notice: Notice | None, in_a_round: bool
) -> Copies:
    """What makes the copies of the workbook; kept for the next run."""

    def make() -> Copies:
        from ptxl.write.generic_workbook import generic_parts  # half of what a start takes

        parts = generic_parts(layout, password, notice, in_a_round=in_a_round)
        return Copies(parts, MARK)

    if not layout.key:
        return make()
    return kept(key_of(layout.key, password, repr(notice), str(in_a_round)), make)
