"""What a target asks for: `TargetValue`, and its JSON fields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Comparison = Literal[">=", "<=", ">", "<", "=", "range", "by_date", "grade", "text", "none"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetValue:
    """What a target asks for. `upper` only in a range; the dates only as far as the text says."""

    raw: str
    comparison: Comparison
    number: Decimal | None = None
    upper: Decimal | None = None
    unit: str | None = None
    note: str | None = None
    date_from: date | None = None
    date_to: date | None = None


def target_json(value: TargetValue) -> dict[str, object]:
    """The value as JSON fields; upper and the dates (ISO text) only when there are any."""
    found: dict[str, object] = {
        "raw": value.raw,
        "comparison": value.comparison,
        "number": value.number,
        "unit": value.unit,
        "note": value.note,
    }
    if value.upper is not None:
        found["upper"] = value.upper
    for key, day in (("date_from", value.date_from), ("date_to", value.date_to)):
        if day is not None:
            found[key] = day.isoformat()
    return found
