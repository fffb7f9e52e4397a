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


@dataclass(frozen=True, kw_only=True, slots=True)
class Typed:
    """A text on its way through the stages: as typed, and in the shapes that they read."""

    raw: str
    #: normalised, without the note at its end
    body: str
    #: the body with the numerals that count something in digits
    counted: str
    note: str = ""
    #: the unit in the brackets that end the name of the indicator
    unit_of_name: str = ""

    def as_value(self, comparison: Comparison) -> TargetValue:
        """The value that says no more than this, with the note of the text."""
        return TargetValue(raw=self.raw, comparison=comparison, note=self.note or None)


def target_json(value: TargetValue) -> dict[str, object]:
    """The value as JSON fields; upper and the dates (ISO text) only when there are any."""
    found: dict[str, object] = {
        "raw": value.raw,
        "comparison": value.comparison,
        "number": value.number,
        "unit": value.unit,
        "note": value.note,
    }
    dates = {"date_from": value.date_from, "date_to": value.date_to}
    more = {key: day and day.isoformat() for key, day in dates.items()}
    further = {"upper": value.upper, **more}
    return {**found, **{key: part for key, part in further.items() if part is not None}}
