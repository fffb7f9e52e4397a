"""What makes the work impossible → one exception each, told to the user as it stands.

What is wrong *in a submission* is never an exception: it is a `Finding` (findings.py).

    PtxlError
    ├── TemplateError   a template or a parameter that makes no form; carries every fault
    ├── RosterError     a roster that names no units; carries every fault
    ├── AnswersError    answers that a form has no place for; carries every fault
    ├── OutputError     a file that cannot be written, or must not be replaced
    └── WorkbookError   the one file asked for cannot be opened, or is no ptxl form
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One thing wrong in a text that a person wrote: a template, a roster, answers.

    `place` is the file (and what inside it, where that helps), `line` counts from 1 (0: unknown),
    `key` is the dotted path of keys to the culprit, `message` says what is wrong and what to do.
    """

    place: str
    message: str
    line: int = 0
    key: str = ""

    def __str__(self) -> str:
        where = f"{self.place}:{self.line}" if self.line else self.place
        return f"{where}: {self.key}: {self.message}" if self.key else f"{where}: {self.message}"


class PtxlError(Exception):
    """The base of all errors that ptxl raises on purpose; `str(error)` is meant for the user."""


class FaultsError(PtxlError):
    """An error with several causes, all of them collected in `faults`."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __reduce__(self) -> tuple[type[FaultsError], tuple[tuple[Fault, ...]]]:
        return type(self), (self.faults,)


class TemplateError(FaultsError):
    """A template, or the parameters given to it, make no form."""


class RosterError(FaultsError):
    """A roster does not name units with a code and a name each."""


class AnswersError(FaultsError):
    """Answers that the form has no place for, each by its name."""


class OutputError(PtxlError):
    """A file that cannot be written, or that must not be replaced."""


class SigningKeyError(PtxlError):
    """A file that holds no key to sign with."""


class WorkbookError(PtxlError):
    """A file that cannot be read as a ptxl form: `code` names why, the words what to do.

    `source`, the file's name, is set where it is known.
    """

    def __init__(self, code: str, zh: str, en: str, source: str = "") -> None:
        super().__init__(code, zh, en, source)
        self.code = code
        self.zh = zh
        self.en = en
        self.source = source

    def reason(self, language: str) -> str:
        """Why, and what to do, without the file's name."""
        return self.zh if language == "zh" else self.en

    def named(self, source: str) -> WorkbookError:
        """The same, saying which file it is about."""
        return WorkbookError(self.code, self.zh, self.en, source)

    def __str__(self) -> str:
        both = f"{self.zh} ({self.en})"
        return f"{self.source}: {both}" if self.source else both
