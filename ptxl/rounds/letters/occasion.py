"""By whom letters are written, on which day, and till when an answer is wanted. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from ptxl.rounds.settings import Settings
from ptxl.text import one_line
from ptxl.words import Phrase, Speaker, phrase

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Occasion:
    """A day on which letters of a round are written.

    `until` is the day by which corrections are wanted, where it is not the round's deadline.
    """

    settings: Settings
    today: date
    until: date | None = None
    speaker: Speaker = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "speaker", Speaker(self.settings.language))

    @property
    def overdue(self) -> bool:
        """Whether the deadline of the round has passed."""
        return self.today > self.settings.deadline

    @property
    def wanted(self) -> Phrase:
        """Till when an answer is wanted."""
        if self.until:
            return phrase("letters.till", day=day(self.until))
        if self.overdue:
            return phrase("letters.overdue", day=day(self.settings.deadline))
        return phrase("letters.till", day=day(self.settings.deadline))

    @property
    def away(self) -> Phrase:
        """How far the deadline is away, or how long it has passed."""
        days = (self.settings.deadline - self.today).days
        if days == 0:
            return phrase("letters.today")
        code = "letters.days_left" if days > 0 else "letters.days_over"
        return phrase(code, days=abs(days))

    def tell(self, code: str, /, **facts: object) -> str:
        """Return a sentence of the letters, which may name title, office, contact, telephone,
        number and deadline of the round without being given them."""
        own = self.settings
        known = {
            "title": own.title, "office": own.office, "contact": own.contact,
            "telephone": own.telephone, "number": own.number,
            "deadline": full_day(own.deadline), "today": full_day(self.today),
            "wanted": self.wanted, "away": self.away, "check_sheet": phrase("sheets.check"),
        }  # fmt: skip
        return self.speaker.say(f"letters.{code}", **{**known, **facts})

    def word(self, sentence: Phrase) -> str:
        """Return a sentence as one line, whatever somebody typed that it tells of."""
        return one_line(self.speaker.word(sentence))

    @property
    def whom_to_call(self) -> str:
        """Whom to call, as far as is known; "" if nothing is."""
        own = self.settings
        parts = tuple(filter(None, (own.office, own.contact, own.telephone)))
        if own.contact or own.telephone:
            return self.tell("call", parts=parts)
        return ""


def day(when: date) -> Phrase:
    """Return a day without its year, as a phrase."""
    return phrase("letters.day", month=_month(when), day=when.day)


def full_day(when: date) -> Phrase:
    """Return a day with its year, as a phrase."""
    return phrase("letters.date", year=when.year, month=_month(when), day=when.day)


def _month(when: date) -> Phrase:
    return phrase(f"letters.months.{_MONTHS[when.month - 1]}")
