"""Form + unit → serial and digest, and the hidden sheets of a form. Writer and reader ask here.

One hidden sheet holds pairs of key and value, the other the map: one line per field with its path,
kind, sheet, and formulas for row and column that every program keeps true when rows are inserted,
in every file format. They are two so that a form left as issued is read without the map.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ptxl.form import Field, Unit
from ptxl.layout import Layout, cell_name, on_a_sheet
from ptxl.submission import Identity

#: the version of the hidden sheet's own layout
FORMAT = "1"
KEYS = (
    "ptxl", "template", "edition", "parameters", "unit_code", "unit_name", "unit_department",
    "unit_more", "serial", "digest",
)  # fmt: skip
MAP_HEAD = ("field", "kind", "sheet", "row", "column")
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: read aloud over the telephone


@dataclass(frozen=True, slots=True)
class MapLine:
    """Where the map says that a field stands; rows and columns from 0."""

    path: str
    sheet: str
    row: int
    column: int


def identify(layout: Layout, unit: Unit, edition: str = "") -> Identity:
    """The identity of the form for one unit: the same form always has the same serial.

    With `edition` the identity that this form would have if it were of that edition.
    """
    form = layout.form
    edition = edition or form.edition
    serial = serial_of(form.template, edition, form.parameters, unit)
    vouched = _json([_printed(layout), serial, sorted(unit.marks().items())])
    return Identity(
        template=form.template,
        edition=edition,
        parameters=form.parameters,
        serial=serial,
        digest=hashlib.sha256(vouched.encode()).hexdigest()[:32],
        unit=unit,
    )


def serial_of(template: str, edition: str, parameters: Mapping[str, object], unit: Unit) -> str:
    """The serial of a form: it vouches for template, edition, parameters and unit."""
    return _code([template, edition, _json(parameters), _json(sorted(unit.marks().items()))])


def identity_values(identity: Identity) -> tuple[str, ...]:
    """The values of `KEYS` for the hidden sheet."""
    unit = identity.unit
    return (
        FORMAT, identity.template, identity.edition, _json(identity.parameters), unit.code,
        unit.name, unit.department, _json(unit.more), identity.serial, identity.digest,
    )  # fmt: skip


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


def read_identity(rows: Sequence[Sequence[object]]) -> Identity | None:
    """The identity in a hidden sheet; None when a part of it is missing or broken."""
    pairs = {str(row[0]): str(row[1]) for row in reversed(rows) if len(row) > 1}
    return _identity_of(pairs)


def _identity_of(pairs: Mapping[str, str]) -> Identity | None:
    try:
        unit = Unit(
            code=pairs["unit_code"],
            name=pairs["unit_name"],
            department=pairs["unit_department"],
            more={str(key): str(value) for key, value in json.loads(pairs["unit_more"]).items()},
        )
        return Identity(
            template=pairs["template"],
            edition=pairs["edition"],
            parameters=dict(json.loads(pairs["parameters"])),
            serial=pairs["serial"],
            digest=pairs["digest"],
            unit=unit,
        )
    except (KeyError, ValueError, AttributeError, TypeError):
        return None


@lru_cache(maxsize=64)
def _printed(layout: Layout) -> str:
    """A hash of all that is printed and asked, and where: what the digest vouches for."""
    everything = _json([
        [
            sheet.sheet.name,
            [
                [cell_name(p.place.row, p.place.column), p.cell.text, *_asked(p.cell.field)]
                for p in sheet.cells
            ],
        ]
        for sheet in layout.sheets
    ])  # fmt: skip
    return hashlib.sha256(everything.encode()).hexdigest()


def _asked(field: Field | None) -> tuple[str, ...]:
    return (field.path, field.kind, field.unit) if field else ()


def _code(parts: Iterable[str]) -> str:
    number = int.from_bytes(hashlib.sha256("\x1f".join(parts).encode()).digest()[:8], "big")
    letters = "".join(_ALPHABET[number >> shift & 31] for shift in range(0, 60, 5))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def _json(value: object) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else value
