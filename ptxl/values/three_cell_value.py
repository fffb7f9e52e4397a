"""Target values that a form splits over three cells (计算符号, 指标值, 计量单位) → one value. Pure.

Two readings: `join_values` is what the parts mean together; `plain_values` only what a spreadsheet
can tell from the cells as well, a listed sign beside a plain number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from ptxl.model.layout import Layout
from ptxl.values.target_value import Comparison, TargetValue, join_target

#: the cells of a split value, by the `part` that their fields hold
PARTS = ("sign", "amount", "unit")
#: the signs that a spreadsheet tells apart
PLAIN_SIGNS: Mapping[str, Comparison] = MappingProxyType(
    {"≥": ">=", "≤": "<=", "＝": "=", "=": "=", "＞": ">", ">": ">", "＜": "<", "<": "<"}
)
#: longer amounts may not be the same number to every program
LONGEST_AMOUNT = 12
_PLAIN_AMOUNT = re.compile(r"[0-9]+(\.[0-9]+)?")


@lru_cache(maxsize=64)
def split_paths(layout: Layout) -> Mapping[str, tuple[str, str, str]]:
    """The paths of all split values of a form, each with those of its sign, amount and unit."""
    owners = (field.path.rpartition(".")[0] for field in layout.fields.values() if field.part)
    return {
        path: (f"{path}.sign", f"{path}.amount", f"{path}.unit") for path in dict.fromkeys(owners)
    }


def join_values(layout: Layout, values: Mapping[str, object]) -> dict[str, TargetValue]:
    """The split values of which a part is answered, by path, each read as a whole."""
    texts = _texts(layout, values)
    return {path: join_target(*parts) for path, parts in texts.items() if any(parts)}


def plain_values(layout: Layout, values: Mapping[str, object]) -> dict[str, TargetValue]:
    """The same as a spreadsheet sees them: `raw` is the cells in a row.

    Those without a listed sign and a plain number have nothing but that.
    """
    found = {}
    for path, (sign, amount, unit) in _texts(layout, values).items():
        raw, comparison = sign + amount + unit, PLAIN_SIGNS.get(sign)
        if comparison and len(amount) <= LONGEST_AMOUNT and _PLAIN_AMOUNT.fullmatch(amount):
            found[path] = TargetValue(
                raw=raw, comparison=comparison, number=Decimal(amount), unit=unit or None
            )
        elif raw:
            found[path] = TargetValue(raw=raw, comparison="text")
    return found


def _texts(layout: Layout, values: Mapping[str, object]) -> Mapping[str, tuple[str, str, str]]:
    def text(path: str) -> str:
        return str(values.get(path) or "")

    return {
        path: (text(sign), text(amount), text(unit))
        for path, (sign, amount, unit) in split_paths(layout).items()
    }
