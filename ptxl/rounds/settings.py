"""What a round is about ↔ `round.yaml`: title, year, deadline, whom to ask, its forms.

The file is for people: they may change it with any editor, and comments say what stands where.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import TypeVar

from ptxl.model.errors import Fault, FaultsError
from ptxl.model.form import Notice
from ptxl.template.faults import Faults
from ptxl.template.source import Item, read_source
from ptxl.words import LANGUAGES, Language, Speaker, phrase

T = TypeVar("T")
FILE_NAME = "round.yaml"
#: hexadecimal digits of the key that a round makes itself
KEY_DIGITS = 64


class SettingsError(FaultsError):
    """A `round.yaml` that cannot be used, with every fault."""


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
    #: with which the forms are signed
    key: str
    #: the file of the summary template, in the round's folder; "" where forms decide
    summary: str = ""
    #: the JSON, in the round's folder, of what was approved in the stage before, a file a summary
    approved: tuple[str, ...] = ()

    @property
    def notice(self) -> Notice:
        """What is said of it on each form."""
        return Notice(
            deadline=self.deadline, office=self.office, contact=self.contact,
            telephone=self.telephone, number=self.number,
        )  # fmt: skip

    @property
    def closes(self) -> datetime:
        """The last moment that is not late."""
        return datetime.combine(self.deadline, time.max.replace(microsecond=0))


#: the texts of the file, in its order; those that must not be blank
_TEXTS = (
    "id",
    "title",
    "office",
    "contact",
    "telephone",
    "number",
    "roster",
    "summary",
    "key",
)
_NEEDED = ("id", "title", "roster", "key")


def settings_text(settings: Settings) -> str:
    """Return the text of `round.yaml`, with comments in the language of the round."""
    say = Speaker(settings.language).say
    values: dict[str, object] = {
        "title": settings.title,
        "year": settings.year,
        "deadline": settings.deadline.isoformat(),
        "office": settings.office,
        "contact": settings.contact,
        "telephone": settings.telephone,
        "number": settings.number,
        "roster": settings.roster,
        "templates": settings.templates,
        "summary": settings.summary,
        **({"approved": settings.approved} if settings.approved else {}),
        "language": settings.language,
        "id": settings.id,
        "key": settings.key,
    }
    lines = [f"# {say('round_file.head')}"]
    for name, value in values.items():
        lines.append(f"# {say(f'round_file.{name}')}")
        lines += _entry(name, value)
    return "\n".join(lines) + "\n"


def _entry(name: str, value: object) -> Iterator[str]:
    """The lines of an entry. What JSON says of a value is YAML too."""
    if not isinstance(value, Mapping):
        yield f"{name}: {json.dumps(value, ensure_ascii=False)}"
        return
    yield f"{name}:"
    for key, parameters in value.items():
        yield f"  {key}: {json.dumps(dict(parameters), ensure_ascii=False)}"


def read_settings(path: Path) -> Settings:
    """Read `round.yaml`. Raises SettingsError, or TemplateError where it is no YAML."""
    faults = Faults()
    with faults.raised(path):
        entries = read_source(path, faults).map
    reader = _Reader(path, entries)
    texts = {name: reader.text(name, needed=name in _NEEDED) for name in _TEXTS}
    settings = Settings(
        **texts,
        approved=reader.names("approved"),
        language=reader.value("language", _language, LANGUAGES[0]),
        year=reader.value("year", int, 0),
        deadline=reader.value("deadline", date.fromisoformat, date.max, "not_a_day"),
        templates=reader.templates(),
    )
    if reader.faults:
        raise SettingsError(reader.faults)
    return settings


def _language(text: str) -> Language:
    if text not in LANGUAGES:
        raise ValueError
    return text


class _Reader:
    """Takes the entries of the file, and notes what is wrong with them."""

    def __init__(self, path: Path, entries: Mapping[str, Item]) -> None:
        self._path = path
        self._entries = entries
        self.faults: list[Fault] = []

    def text(self, name: str, *, needed: bool = True) -> str:
        """Return an entry that is a text; what YAML takes for a number may have lost a zero."""
        item = self._entries.get(name)
        if item and not isinstance(item.value, str | None):
            self._note(name, "no_text")
            return ""
        return self._written(name, needed=needed)

    def _written(self, name: str, *, needed: bool = True) -> str:
        item = self._entries.get(name)
        text = "" if item is None or item.value is None else str(item.value).strip()
        if needed and not text:
            self._note(name, "blank")
        return text

    def value(self, name: str, parse: Callable[[str], T], otherwise: T, code: str = "unfit") -> T:
        """Return an entry as a value of its kind; `code` says what is wrong with another."""
        text = self._written(name)
        try:
            return parse(text) if text else otherwise
        except ValueError:
            self._note(name, code, raw=text, wanted=phrase(f"round_file.{name}"))
            return otherwise

    def names(self, name: str) -> tuple[str, ...]:
        """Return an entry that is a list of texts, or one of them."""
        item = self._entries.get(name)
        if item is None or item.value is None:
            return ()
        names = [entry.value for entry in item.list or [item]]
        if not all(isinstance(one, str) for one in names):
            self._note(name, "no_text")
        return tuple(map(str, names))

    def templates(self) -> dict[str, Mapping[str, object]]:
        """Return the parameters of each template by its id."""
        item = self._entries.get("templates")
        found = {name: entry.map for name, entry in item.map.items()} if item else {}
        if not found:
            self._note("templates", "blank")
        return {
            name: {key: value.value for key, value in given.items()}
            for name, given in found.items()
        }

    def _note(self, name: str, code: str, **facts: object) -> None:
        item = self._entries.get(name)
        line = item.origin.line if item else 0
        code = f"round.{code}"
        self.faults.append(
            Fault(place=str(self._path), line=line, key=name, code=code, facts=facts)
        )
