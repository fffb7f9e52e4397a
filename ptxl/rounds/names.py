"""Names of files → the unit that they name. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from ptxl.model.form import Unit

#: letters and digits alone are compared: a file name cannot hold every sign
_SIGN = re.compile(r"[\W_]+")
#: a code with fewer characters may stand in a name by chance
_SHORTEST_CODE = 4
#: what a code does not touch: it would be a part of another number, or a year
_BEFORE_CODE, _AFTER_CODE = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z年])"


class UnitNames:
    """The units of a roster, as names of files may name them."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self._units = {unit.code: unit for unit in units}
        by_name: dict[str, set[str]] = {}
        for unit in self._units.values():
            by_name.setdefault(_letters(unit.name), set()).add(unit.code)
        #: the longest first: 教育局第一小学 before 教育局
        self._by_name = sorted(by_name.items(), key=lambda pair: -len(pair[0]))

    def __contains__(self, code: str) -> bool:
        return code in self._units

    def of(self, code: str) -> str:
        """Return code and name of a unit, as people write them."""
        return f"{code} {self._units[code].name}"

    def in_name(self, name: str, own: str = "") -> str:
        """Return the code of the unit that a name names, by code or in full; "" if none.

        A name that names several units tells nothing, unless one of them is `own`.
        """
        plain = unicodedata.normalize("NFKC", name)
        found = self._named_by_code(plain) | self._named_in_full(plain)
        if own in found:
            return own
        return found.pop() if len(found) == 1 else ""

    def _named_by_code(self, name: str) -> set[str]:
        return {code for code in self._units if _holds_code(name, code)}

    def _named_in_full(self, name: str) -> set[str]:
        left = _letters(name)
        found: set[str] = set()
        for text, codes in self._by_name:
            if text and text in left:
                left = left.replace(text, "\n")  # what stood around it is no name
                found |= codes
        return found

    def named_by(self, names: Sequence[str]) -> str:
        """Return the code of the unit that a file's name names, or the folders or archives around
        it, the innermost first; "" if none."""
        steps = [step for name in reversed(names) for step in reversed(name.split("/"))]
        return next(filter(None, map(self.in_name, steps)), "")


def _letters(name: str) -> str:
    return _SIGN.sub("", unicodedata.normalize("NFKC", name))


def _holds_code(name: str, code: str) -> bool:
    if len(code) < _SHORTEST_CODE or code not in name:
        return False
    return bool(re.search(f"{_BEFORE_CODE}{re.escape(code)}{_AFTER_CODE}", name))
