"""What a round is about: title, year, deadline, whom to ask, its forms. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from ptxl.words import Language


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What stands in `round.yaml`. `templates` are ids with the parameters of each."""

    id: str
    language: Language
    title: str
    year: int
    deadline: date
    office: str
    contact: str
    telephone: str
    #: of the document that announces the round: 清财绩〔2026〕5号
    number: str
    #: the file of the roster, in the round's folder
    roster: str
    templates: Mapping[str, Mapping[str, object]]
    key: bytes

    @property
    def closes(self) -> datetime:
        """The last moment that is not late."""
        return datetime.combine(self.deadline, time.max)
