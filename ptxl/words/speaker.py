"""Codes and facts → sentences of one language. The only place where a fact becomes words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from ptxl.words.catalogues import FALLBACK, Language, sentences

#: how many entries a list shows before it is cut, by its style in the table [lists]
_MOST_SHOWN = {"cells": 6, "places": 8, "names": 5, "quoted": 5, "choices": 12}
_NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence before it is in any language: its code, such as `refusals.empty`, and its facts.

    A fact is a text, a number, a date, a member of an enum, another phrase, or a tuple of those.
    """

    code: str
    facts: Mapping[str, object] = field(default_factory=dict, hash=False)


def phrase(code: str, /, **facts: object) -> Phrase:
    """Make a phrase of a code and its facts."""
    return Phrase(code, facts)


@dataclass(frozen=True, slots=True)
class Translations:
    """A sentence that comes in languages of its own, as the message of a rule does.

    Of each language there are the pieces one after the other: texts, and facts between them.
    """

    pieces: Mapping[Language, tuple[object, ...]] = field(hash=False)


class Speaker:
    """Says sentences in one language. Raises LanguageError when there is no such language.

    `standing` are facts of all its sentences that are not given others.
    """

    def __init__(self, language: Language, **standing: object) -> None:
        self.language = language
        self._sentences = sentences(language)
        self._standing = standing

    def say(self, code: str, /, **facts: object) -> str:
        """Return the sentence of a code, filled with its facts.

        In a sentence `{cells:quoted}` is a list in the style that [lists.quoted] describes, and
        `{count:form|forms}` the first word where the fact is 1, else the second.
        """
        every = {**self._standing, **facts}
        fillings = {name: _Filling(self, fact) for name, fact in every.items()}
        return self._sentences[code].format_map(fillings)

    def word(self, fact: object, style: str = "plain") -> str:
        """Return a fact as it stands in a sentence; a tuple as a list of that style."""
        match fact:
            case None | "":
                return self._sentences["values.blank"] if fact is None else ""
            case Enum():
                return self._sentences[f"{type(fact).__name__.lower()}.{fact.value}"]
            case Phrase():
                return self.say(fact.code, **fact.facts)
            case Translations():
                own = fact.pieces.get(self.language) or fact.pieces[FALLBACK]
                return "".join(map(self.word, own))
            case Decimal():
                return format(fact.normalize(), "f")
            case tuple():
                return self._listed(fact, style)
        return str(fact)

    def _listed(self, facts: tuple[object, ...], style: str) -> str:
        if not facts:
            return _NOTHING
        manner = f"lists.{style}"
        most = _MOST_SHOWN.get(style, len(facts))
        each = self._sentences[f"{manner}.each"]
        items = [each.format(item=self.word(fact)) for fact in facts[:most]]
        shown = self._sentences[f"{manner}.between"].join(items)
        if len(facts) <= most:
            return shown
        more = self._sentences[f"{manner}.more"]
        return more.format(shown=shown, count=len(facts))


@dataclass(frozen=True, slots=True)
class _Filling:
    """A fact that words itself where a sentence names it."""

    speaker: Speaker
    fact: object

    def __format__(self, style: str) -> str:
        one, several, many = style.partition("|")
        if several:
            return one if self.fact == 1 else many
        return self.speaker.word(self.fact, style or "plain")
