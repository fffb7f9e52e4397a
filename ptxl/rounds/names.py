"""Names of files → the unit that they name. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ptxl.model.form import Unit

#: letters and digits alone are compared: a file name cannot hold every sign
_SIGN = re.compile(r"[\W_]+")
#: a code with fewer characters may stand in a name by chance
_SHORTEST_CODE = 4


class UnitNames:
    """The units of a roster, as names of files may name them."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self._units = {unit.code: unit for unit in units}
        by_name = {_SIGN.sub("", unit.name): unit.code for unit in self._units.values()}
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
        found = {code for code in self._units if _holds_code(name, code)} | self._named_in_full(
            name
        )
        if own in found:
            return own
        return found.pop() if len(found) == 1 else ""

    def _named_in_full(self, name: str) -> set[str]:
        left, found = _SIGN.sub("", name), set()
        for text, code in self._by_name:
            if text and text in left:
                left = left.replace(text, "")
                found.add(code)
        return found

    def named_by(self, names: Sequence[str]) -> str:
        """Return the code of the unit that a file's name names, or the folders or archives around
        it, the innermost first; "" if none."""
        steps = [step for name in reversed(names) for step in reversed(name.split("/"))]
        return next(filter(None, map(self.in_name, steps)), "")


def _holds_code(name: str, code: str) -> bool:
    if len(code) < _SHORTEST_CODE or code not in name:
        return False
    return bool(re.search(rf"(?<![0-9A-Za-z]){re.escape(code)}(?![0-9A-Za-z])", name))
