"""Form + unit → serial, digest, signature; and how a workbook holds them and the map of fields.

Writer and reader ask here. The serial vouches for template, edition, parameters, unit and round,
the digest for all that is printed and asked, the signature (with the key of a round) for both. One
hidden sheet holds them as pairs of key and value; a seal, the same in one text, stands in places
that fail independently.

Another hidden sheet holds the map: one line per field with its path, kind, sheet, and formulas for
row and column that every program keeps true when rows are inserted, in every file format. It is a
sheet of its own so that a form left as issued is read without it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from ptxl.cells import cell_name, on_a_sheet
from ptxl.model.form import ROW_ID, Field, Picture, Unit
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.model.submission import Identity

#: the version of the hidden sheet's own layout, and of the seal
FORMAT = "2"
KEYS = (
    "ptxl", "template", "edition", "parameters", "unit_code", "unit_name", "unit_department",
    "unit_more", "serial", "digest", "signature", "prefilled",
)  # fmt: skip
#: beside those keys: the round, of a form that was issued in one
ROUND_KEY = "round"
#: beside those keys: what stands before the path of a figure that the form was issued with
PREFILLED = "prefilled:"
#: beside those keys: how many formulas the self-check was written with
FORMULA_COUNT = "self_check"
#: beside those keys: by which the county's own rules that the self-check asks too are known
LOCAL_KEY = "local"
SEAL_HEAD = "ptxl-seal."
#: defined names and document properties hold a piece of the seal each, numbered from 1
SEAL_PIECE = "ptxl_identity_"
SERIAL_NAME = "ptxl_serial"
#: the defined name and document property with the content hash of the submission that a marked copy
#: was made of, and the cell of the sheet of marks
CAME_FROM_NAME = "ptxl_came_from"
CAME_FROM_AT = (0, 2)
#: when every form says that it was last saved, so that the same form is the same bytes
ISSUED = datetime(2020, 1, 1, tzinfo=UTC)
#: of a seal: no roster that we accept comes near
_LONGEST_SEAL = 32_000
MAP_HEAD = ("field", "kind", "sheet", "row", "column")
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: read aloud over the telephone


@dataclass(frozen=True, slots=True)
class MapLine:
    """Where the map says that a field stands; rows and columns from 0."""

    path: str
    sheet: str
    row: int
    column: int


def identify(
    layout: Layout, unit: Unit, edition: str = "", *,
    key: bytes = b"", prefilled: str = "", round: str = "",
) -> Identity:  # fmt: skip
    """The identity of the form for one unit: the same form always has the same serial.

    With `edition` the identity that this form would have if it were of that edition; with the
    `key` of a round it is signed; `prefilled` is the digest of the figures in it, `round` the name
    of the round that it is issued in.
    """
    form = layout.form
    edition = edition or form.edition
    serial = serial_of(form.template, edition, form.parameters, unit, round)
    vouched = _json([_printed(layout), serial, sorted(unit.texts().items())])
    identity = Identity(
        template=form.template,
        edition=edition,
        parameters=form.parameters,
        serial=serial,
        digest=hashlib.sha256(vouched.encode()).hexdigest()[:32],
        unit=unit,
        prefilled=prefilled,
        round=round,
    )
    return replace(identity, signature=signature_of(identity, key)) if key else identity


def serial_of(
    template: str, edition: str, parameters: Mapping[str, object], unit: Unit, round: str = ""
) -> str:
    """The serial of a form: it vouches for template, edition, parameters, unit and round."""
    parts = [template, edition, _json(parameters), _json(sorted(unit.texts().items()))]
    return code_of([*parts, round] if round else parts)


def vouches(identity: Identity) -> bool:
    """Whether the serial fits what stands beside it and it vouches for."""
    own = serial_of(
        identity.template, identity.edition, identity.parameters, identity.unit, identity.round
    )
    return identity.serial == own


def signature_of(identity: Identity, key: bytes) -> str:
    """HMAC-SHA256 over all of an identity, as 64 hexadecimal digits."""
    signed = list(_told(identity))
    del signed[KEYS.index("signature")]
    return hmac.new(key, _json(signed).encode(), hashlib.sha256).hexdigest()


def signed(identity: Identity, key: bytes) -> bool:
    """Whether the signature is the one that this key makes."""
    wanted = signature_of(identity, key)
    return hmac.compare_digest(wanted.encode(), identity.signature.encode("utf-8", "replace"))


def identity_values(identity: Identity) -> tuple[str, ...]:
    """The values of `KEYS` for the hidden sheet, and then the round of a form that has one."""
    unit = identity.unit
    values = (
        FORMAT, identity.template, identity.edition, _json(identity.parameters), unit.code,
        unit.name, unit.department, _json(unit.more), identity.serial, identity.digest,
        identity.signature, identity.prefilled,
    )  # fmt: skip
    return (*values, identity.round) if identity.round else values


def _told(identity: Identity) -> tuple[str, ...]:
    """The values without blank ones at the end, which forms of before had no place for."""
    values = identity_values(identity)
    return values if values[-1] else values[:-1]


def seal_of(identity: Identity) -> str:
    """The whole identity as one text that no program has a reason to change or to escape.

    Quotes, brackets and white space mean something to formulas, XML or one of the file formats.
    """
    text = _json(_told(identity)).encode()
    return SEAL_HEAD + base64.b64encode(text).decode().rstrip("=")


def read_seal(text: str) -> Identity | None:
    """The identity in a seal; None when it is damaged."""
    if not text.startswith(SEAL_HEAD) or len(text) > _LONGEST_SEAL:
        return None
    body = text.removeprefix(SEAL_HEAD)
    try:
        values = json.loads(base64.b64decode(body + "=" * (-len(body) % 4), validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        return None
    return _identity_of(dict(zip((*KEYS, ROUND_KEY), values, strict=False)))


def pieces(seal: str) -> dict[str, str]:
    """A seal by the names of its pieces: a text in a formula has at most 255 characters."""
    starts = range(0, len(seal), 240)
    return {f"{SEAL_PIECE}{n}": seal[at : at + 240] for n, at in enumerate(starts, 1)}


def joined(found: Mapping[str, str]) -> str:
    """The seal from its pieces, among other names; empty when there is none."""
    numbers = (name.removeprefix(SEAL_PIECE) for name in found if name.startswith(SEAL_PIECE))
    known = sorted(int(number) for number in numbers if number.isdecimal() and len(number) < 4)
    return "".join(found.get(f"{SEAL_PIECE}{number}", "") for number in known)


def read_map(rows: Sequence[Sequence[object]]) -> dict[str, MapLine]:
    """The lines of the map by field path, as far as they are there."""
    lines: dict[str, MapLine] = {}
    for row in rows:
        match row:
            case [str() as path, _, sheet, float() as at_row, float() as at_column, *_]:
                if at_row.is_integer() and at_column.is_integer():
                    line = MapLine(path, str(sheet), int(at_row) - 1, int(at_column) - 1)
                    if on_a_sheet(line.row, line.column):
                        lines[path] = line
    return lines


def local_of(rows: Sequence[Sequence[object]]) -> str:
    """By which the county's own rules are known that stand on the self-check; "" where none do."""
    return next((str(row[1]) for row in rows if len(row) > 1 and row[0] == LOCAL_KEY), "")


def prefilled_digest(figures: Mapping[str, str]) -> str:
    """The digest of figures, as texts by field path, with which a form is issued; "" of none."""
    vouched = _json(figures)
    return hashlib.sha256(vouched.encode()).hexdigest()[:16] if figures else ""


def read_prefilled(rows: Sequence[Sequence[object]], identity: Identity) -> dict[str, str] | None:
    """The figures in a hidden sheet that a form was issued with, as texts by field path.

    None where they are not those that the identity vouches for.
    """
    pairs = {str(row[0]): str(row[1]) for row in rows if len(row) > 1}
    named = filter(lambda key: key.startswith(PREFILLED), pairs)
    figures = {key.removeprefix(PREFILLED): pairs[key] for key in named}
    return figures if prefilled_digest(figures) == identity.prefilled else None


def row_ids(figures: Mapping[str, str], layout: Layout) -> dict[Path, str]:
    """The ids of rows that are carried from stage to stage, among the figures of a form."""
    named = {row: str(row / ROW_ID) for row in layout.form.carried_rows()}
    return {row: figures[name] for row, name in named.items() if name in figures}


def read_identity(rows: Sequence[Sequence[object]]) -> Identity | None:
    """The identity in a hidden sheet; None when a part of it is missing or broken."""
    pairs = {str(row[0]).strip(): str(row[1]).strip() for row in reversed(rows) if len(row) > 1}
    return _identity_of(pairs)


def _identity_of(pairs: Mapping[str, str]) -> Identity | None:
    try:
        unit = Unit(
            code=pairs["unit_code"],
            name=pairs["unit_name"],
            department=pairs["unit_department"],
            more={str(key): str(value) for key, value in json.loads(pairs["unit_more"]).items()},
        )
        identity = Identity(
            template=pairs["template"],
            edition=pairs["edition"],
            parameters=dict(json.loads(pairs["parameters"])),
            serial=pairs["serial"],
            digest=pairs["digest"],
            signature=pairs.get("signature", ""),
            prefilled=pairs.get("prefilled", ""),
            round=pairs.get(ROUND_KEY, ""),
            unit=unit,
        )
        _json(identity_values(identity)).encode()  # JSON can name characters that are none
    except (KeyError, ValueError, AttributeError, TypeError, RecursionError):
        return None
    return identity


@lru_cache(maxsize=64)
def _printed(layout: Layout) -> str:
    """A hash of all that is printed and asked, and where: what the digest vouches for."""
    everything = _json([
        [
            sheet.sheet.name,
            [
                [cell_name(p.place.row, p.place.column), p.cell.text, *_asked(p.cell.field),
                 *_shown(p.cell.picture)]
                for p in sheet.cells
            ],
        ]
        for sheet in layout.sheets
    ])  # fmt: skip
    return hashlib.sha256(everything.encode()).hexdigest()


def _shown(picture: Picture | None) -> tuple[str, ...]:
    return ("picture", hashlib.sha256(picture.data).hexdigest()) if picture else ()


def _asked(field: Field | None) -> tuple[str, ...]:
    if field is None:
        return ()
    computed = (field.compute.expression, str(field.compute.decimals)) if field.compute else ()
    carried = ("from", field.earlier) if field.earlier else ()
    ticked = ("tick", field.tick, str(field.several)) if field.tick else ()
    return (field.path, field.kind, field.unit, *computed, *carried, *ticked)


def code_of(parts: Iterable[str]) -> str:
    """A number of twelve signs that stands for some texts: 3F7K-2B9D-W0XA."""
    number = int.from_bytes(hashlib.sha256("\x1f".join(parts).encode()).digest()[:8], "big")
    letters = "".join(_ALPHABET[number >> shift & 31] for shift in range(0, 60, 5))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def _json(value: object) -> str:
    return json.dumps(_as_dict(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _as_dict(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else value
