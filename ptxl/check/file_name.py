"""The name of a file and the unit of the form inside → a finding where they disagree. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ptxl.model.findings import Finding, finding
from ptxl.model.form import Unit

#: shorter codes are easily taken for the number of a list
_SHORTEST_CODE = 3


def check_file_name(name: str, unit: Unit) -> Iterator[Finding]:
    """Compare a file's name with the unit of its form, and yield a finding if it is another's.

    A name is another unit's when it begins with something that is built like the unit's code
    (102002 beside 101001) and is not it, and does not hold the unit's name either.
    """
    begins = _other_code(name, unit.code)
    if begins and _plain(unit.name) not in _plain(name):
        named = f"{unit.code} {unit.name}"
        yield finding("file_name_differs", file=name, begins=begins, unit=named)


def _other_code(name: str, code: str) -> str:
    """The beginning of a name that is built like `code` but differs from it, or nothing."""
    if len(code) < _SHORTEST_CODE or name.startswith(code):
        return ""
    built = "".join(map(_alike, code))
    found = re.match(rf"{built}(?![0-9A-Za-z])", name)
    return found[0] if found else ""


def _alike(character: str) -> str:
    """The pattern of all characters of one sort: digits, Latin letters, or the one given."""
    if character in "0123456789":
        return "[0-9]"
    if character.isascii() and character.isalpha():
        return "[A-Za-z]"
    return re.escape(character)


def _plain(text: str) -> str:
    """Letters and digits alone: a file name cannot hold every sign."""
    return re.sub(r"[\W_]", "", text)
