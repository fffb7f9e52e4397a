"""Target values that a form splits over three cells (计算符号, 指标值, 计量单位) → one value. Pure.

Two readings: `join_values` is what the parts mean together; `plain_values` only what a spreadsheet
can tell from the cells as well, a listed sign beside a plain number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from ptxl.model.layout import Layout
from ptxl.model.path import Path
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


@dataclass(frozen=True, slots=True)
class _Parts:
    """What stands in the three cells of a split value."""

    sign: str
    amount: str
    unit: str

    @property
    def raw(self) -> str:
        """The cells in a row."""
        return self.sign + self.amount + self.unit

    @property
    def is_plain(self) -> bool:
        """Whether they are a listed sign beside a plain number."""
        if len(self.amount) > LONGEST_AMOUNT or self.sign not in PLAIN_SIGNS:
            return False
        return bool(_PLAIN_AMOUNT.fullmatch(self.amount))


@lru_cache(maxsize=64)
def split_paths(layout: Layout) -> Mapping[str, tuple[str, str, str]]:
    """The paths of all split values of a form, each with those of its sign, amount and unit."""
    found: dict[str, tuple[str, str, str]] = {}
    for field in layout.fields.values():
        if field.part:
            path = Path(field.path).parent
            found[path] = (path / "sign", path / "amount", path / "unit")
    return found


def join_values(layout: Layout, values: Mapping[str, object]) -> dict[str, TargetValue]:
    """The split values of which a part is answered, by path, each read as a whole."""
    found: dict[str, TargetValue] = {}
    for path, parts in _answered(layout, values):
        found[path] = join_target(parts.sign, parts.amount, parts.unit)
    return found


def plain_values(layout: Layout, values: Mapping[str, object]) -> dict[str, TargetValue]:
    """The same as a spreadsheet sees them: `raw` is the cells in a row.

    Those without a listed sign and a plain number have nothing but that.
    """
    return {path: _plain_value(parts) for path, parts in _answered(layout, values)}


def _plain_value(parts: _Parts) -> TargetValue:
    if not parts.is_plain:
        return TargetValue(raw=parts.raw, comparison="text")
    return TargetValue(
        raw=parts.raw,
        comparison=PLAIN_SIGNS[parts.sign],
        number=Decimal(parts.amount),
        unit=parts.unit or None,
    )


def _answered(layout: Layout, values: Mapping[str, object]) -> Iterator[tuple[str, _Parts]]:
    """The split values of which a part is answered, by path."""
    for path, cells in split_paths(layout).items():
        parts = _Parts(*(str(values.get(cell) or "") for cell in cells))
        if parts.raw:
            yield path, parts
