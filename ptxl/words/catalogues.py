"""Files of sentences, one a language → catalogues: code → sentence. Says nothing itself.

A language is a TOML file named after it. Beside the languages that are shipped, those in the folder
that the environment variable PTXL_WORDS names are known; they may leave out what English says.
"""

from __future__ import annotations

import os
import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

Language = str
#: of forms, findings and summaries, where nobody says otherwise
DEFAULT_LANGUAGE: Language = "zh"
#: what a language says that has no sentence of its own for a code
FALLBACK = "en"
_SHIPPED = Path(__file__).parent
_TABLE_STARTS = re.compile(r"^(?=\[)", re.MULTILINE)
_FIRST_WORD = re.compile(r"\w+")


def _files() -> dict[str, Path]:
    folders = [_SHIPPED]
    if own := os.environ.get("PTXL_WORDS"):
        folders.append(Path(own))
    return {file.stem: file for folder in folders for file in sorted(folder.glob("*.toml"))}


_FILES = _files()
#: every language that there is a file of
LANGUAGES: tuple[Language, ...] = tuple(sorted(_FILES))


class LanguageError(ValueError):
    """A language that there is no file of, or whose file cannot be used."""


class _Sentences(dict[str, str]):
    """The sentences of a shipped file by code, each table of it parsed when it is first asked for.

    All of them take longer than everything else that a command does before it begins.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self._unparsed: dict[str, list[str]] = {}
        for table in _TABLE_STARTS.split(text)[1:]:
            self._unparsed.setdefault(_top(table[1:]), []).append(table)

    def __missing__(self, code: str) -> str:
        tables = self._unparsed.pop(_top(code), None)
        if tables is None:
            raise KeyError(code)
        self.update(_sentences("", tomllib.loads("".join(tables))))
        return self[code]


def _top(name: str) -> str:
    """The first word of a code, or of what begins with the name of a table."""
    found = _FIRST_WORD.match(name)
    return found[0] if found else ""


@cache
def sentences(language: Language) -> Mapping[str, str]:
    """Return what finds the sentences of a language by code (`findings.required`).

    It need not be complete before it is asked. Raises LanguageError as `catalogue` does.
    """
    if language in _FILES and _FILES[language].parent == _SHIPPED:
        return _Sentences(_FILES[language].read_text(encoding="utf-8"))
    return catalogue(language)


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """Return all sentences of a language by code.

    Raises LanguageError when there is no such language, when its file is no TOML, or when a
    sentence of it names a fact that the English one does not have.
    """
    if language not in _FILES:
        raise LanguageError(f"no language {language!r}, only {', '.join(LANGUAGES)}")
    try:
        table = tomllib.loads(_FILES[language].read_text(encoding="utf-8"))
    except ValueError as error:
        raise LanguageError(f"{_FILES[language]}: {error}") from None
    own = dict(_sentences("", table))
    if language == FALLBACK:
        return own
    english = catalogue(FALLBACK)
    for code, sentence in own.items():
        unknown = _facts_in(code, sentence) - _facts_in(code, english.get(code, ""))
        if unknown:
            raise LanguageError(f"{language}.toml: {code}: no fact {', '.join(sorted(unknown))}")
    return {**english, **own}


def _facts_in(code: str, sentence: str) -> set[str]:
    try:
        return facts_in(sentence)
    except ValueError as error:  # a brace without its other one
        raise LanguageError(f"{code}: {sentence}: {error}") from None


def codes_in(table: str) -> tuple[str, ...]:
    """The codes of a table of sentences, without those of tables in it."""
    start = f"{table}."
    codes = (code.removeprefix(start) for code in catalogue(FALLBACK) if code.startswith(start))
    return tuple(code for code in codes if "." not in code)


def load_added() -> None:
    """Read the languages that the environment adds, so that a file of no use is told at once."""
    for language, file in _FILES.items():
        if file.parent != _SHIPPED:
            catalogue(language)


def load_all() -> None:
    """Read every language now: a process without files cannot do so later."""
    for language in LANGUAGES:
        sentences(language)


def facts_in(sentence: str) -> set[str]:
    """Return the names of the facts that a sentence is filled with."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def _sentences(prefix: str, table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, entry in table.items():
        if isinstance(entry, dict):
            yield from _sentences(f"{prefix}{name}.", entry)
        else:
            yield f"{prefix}{name}", str(entry)
