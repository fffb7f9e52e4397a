"""Questions at a terminal: how they are put, and what people type or drag there → arguments."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click

from ptxl.cli.printer import Printer
from ptxl.words import Phrase, phrase

#: what is typed to go back
BACK = "q"
_QUOTES = str.maketrans("“”‘’＂", '""\'\'"')
#: one path of several on Windows: in double quotes, or up to a blank
_WINDOWS_PATH = re.compile(r'"([^"]*)"|(\S+)')
_HASH = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"\d+")
#: by name what was answered before, as typed
Answers = Mapping[str, str]


class Unclear(Exception):  # noqa: N818 - of an answer, not of the program
    """An answer that says nothing that could be used, and why."""

    def __init__(self, code: str, /, **facts: object) -> None:
        super().__init__(code)
        self.sentence = phrase(f"menu.{code}", **facts)


class Back(Exception):  # noqa: N818 - a wish, no error
    """The wish to go back to the menu."""


def _as_typed(text: str) -> tuple[str, ...]:
    return (text,)


def _nothing(_: Answers) -> str:
    return ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One question: its sentence is `menu.questions.<name>`.

    `read` makes the values of the option of what was typed, or raises Unclear; `default` knows
    what was answered before. One that is not required may be left open. `choices` stand above it,
    numbered.
    """

    name: str
    option: str = ""
    read: Callable[[str], tuple[str, ...]] = _as_typed
    default: Callable[[Answers], str] = _nothing
    required: bool = True
    choices: tuple[str, ...] = ()

    def put(self, printer: Printer, answers: Answers) -> str:
        """Ask until the answer is clear; return it as typed. Raises Back."""
        default = self.default(answers)
        for number, choice in enumerate(self.choices, 1):
            printer.line(f"  {number:>2}  {choice}")
        while True:
            typed = ask(printer, phrase(f"menu.questions.{self.name}"), default) or default
            try:
                self._try(typed)
            except Unclear as unclear:
                printer.note(unclear.sentence)
            else:
                return typed

    def arguments(self, typed: str) -> list[str]:
        """Return what the command is given for an answer."""
        values = self.read(typed) if typed else ()
        return [part for value in values for part in (self.option, value) if part]

    def _try(self, typed: str) -> None:
        if typed:
            self.read(typed)
        elif self.required:
            raise Unclear("required")


def ask(printer: Printer, question: Phrase, default: str = "") -> str:
    """Put a question and return what was typed, "" for the Enter key alone. Raises Back."""
    code = "menu.prompt_with_default" if default else "menu.prompt"
    text = printer.speaker.say(code, question=question, default=default)
    typed = str(click.prompt(text, default="", show_default=False, prompt_suffix="")).strip()
    if typed.lower() == BACK:
        raise Back
    return typed


def agreed(printer: Printer, question: Phrase) -> bool:
    """Return whether somebody agrees: by the Enter key, or by anything but a no."""
    text = printer.speaker.say("menu.prompt_yes_no", question=question)
    typed = str(click.prompt(text, default="", show_default=False, prompt_suffix=""))
    return typed.strip().lower() not in ("n", "no", "否", "不", BACK)


def read_paths(text: str) -> tuple[str, ...]:
    """Return the paths that were typed or dragged into the window. Raises Unclear."""
    paths = paths_in(text, windows=sys.platform == "win32", exists=_exists)
    for path in paths:
        if not _exists(path):
            raise Unclear("no_such_path", path=path)
    return paths


def read_file(text: str) -> tuple[str, ...]:
    """Return the path of the one file that was typed or dragged. Raises Unclear."""
    paths = read_paths(text)
    if len(paths) != 1 or not Path(paths[0]).is_file():
        raise Unclear("one_file")
    return paths


def read_received(text: str) -> tuple[str, ...]:
    """Return how a round knows a received file: by its name, or in its archive by its hash."""
    paths = paths_in(text, windows=sys.platform == "win32", exists=_exists)
    if len(paths) != 1 or not _exists(paths[0]):
        return (text,)
    path = Path(paths[0])
    return (path.stem if _HASH.fullmatch(path.stem) else path.name,)


def read_folder(text: str) -> tuple[str, ...]:
    """Return the path of a folder, which need not be there yet. Raises Unclear."""
    paths = paths_in(text, windows=sys.platform == "win32", exists=_exists)
    if len(paths) != 1:
        paths = (_bare(text),)
    if Path(paths[0]).is_file():
        raise Unclear("not_a_folder", path=paths[0])
    return paths


def paths_in(text: str, *, windows: bool, exists: Callable[[str], bool]) -> tuple[str, ...]:
    """Take paths apart as terminals paste them: quoted, with escaped blanks, or as `file:` links.

    One path with blanks and without quotes, as typed by hand, is told by its being there.
    """
    text = text.strip().translate(_QUOTES).removeprefix("& ")  # PowerShell calls what is dragged
    if exists(_bare(text)):
        return (_bare(text),)
    if windows:
        found = [quoted or plain for quoted, plain in _WINDOWS_PATH.findall(text.replace("'", '"'))]
    else:
        found = _words(text)
    return tuple(map(_from_link, found))


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a quote without its other one
        return [_bare(text)]


def _bare(text: str) -> str:
    return _from_link(text.strip().strip("\"'"))


def _from_link(text: str) -> str:
    return unquote(urlsplit(text).path) if text.startswith("file://") else text


def _exists(path: str) -> bool:
    try:
        return bool(path) and Path(path).exists()
    except (OSError, ValueError):  # too long, or no path at all
        return False


def read_day(text: str) -> tuple[str, ...]:
    """Return a day, however its numbers are parted, as 2026-03-20. Raises Unclear."""
    compact = re.fullmatch(r"(\d{4})(\d\d)(\d\d)", text)
    numbers = compact.groups() if compact else _NUMBER.findall(text)
    try:
        year, month, day = map(int, numbers)
        return (date(year, month, day).isoformat(),)
    except ValueError:
        raise Unclear("not_a_day", text=text) from None


def read_year(text: str) -> tuple[str, ...]:
    """Return a year. Raises Unclear."""
    if not re.fullmatch(r"20\d\d年?", text):
        raise Unclear("not_a_year", text=text)
    return (text.removesuffix("年"),)


def pick(names: Iterable[str]) -> Callable[[str], tuple[str, ...]]:
    """Return a reader of numbers (from 1) of names, or of the names themselves."""
    known = tuple(names)
    by_text = {str(number): name for number, name in enumerate(known, 1)}
    by_text |= {name: name for name in known}

    def read(text: str) -> tuple[str, ...]:
        typed = re.split(r"[\s,，、]+", text.strip())
        for one in typed:
            if one not in by_text:
                raise Unclear("not_a_number", text=one, most=len(known))
        return tuple(dict.fromkeys(by_text[one] for one in typed))

    return read
