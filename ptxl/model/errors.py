"""What makes the work impossible → one exception each, with a code and facts and no words.

What is wrong *in a submission* is never an exception: it is a `Finding` (findings.py).

    PtxlError
    ├── FaultsError         carries every fault, not only the first
    │   ├── TemplateError   a template or a parameter that makes no form
    │   ├── TableError      a table (a roster, approved exceptions) that cannot be used
    │   │   └── RosterError a roster that names no units
    │   └── AnswersError    answers that a form has no place for
    ├── ExecutorError       what should do the work elsewhere, and does not
    ├── InputError          nothing to work on in what was named
    ├── OptionError         a value that an option cannot have
    ├── OutputError         a file that cannot be written, or must not be replaced
    ├── SigningKeyError     a file that holds no key to sign with
    └── WorkbookError       the one file asked for cannot be opened, or is no ptxl form

`str(error)` is English; `error.message(language)` is any.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ptxl.words import FALLBACK, Language, Phrase, Speaker, phrase

#: what the system says most often, by the code of its sentence in the table [system]
_SYSTEM = {
    errno.ENOENT: "missing",
    errno.EACCES: "not_permitted",
    errno.EPERM: "not_permitted",
    errno.EISDIR: "is_a_folder",
    errno.ENOTDIR: "no_folder",
    errno.EEXIST: "no_folder",
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EROFS: "read_only",
    errno.ENAMETOOLONG: "name_too_long",
    errno.EFBIG: "file_too_large",
    errno.EMFILE: "too_many_files",
    errno.ENFILE: "too_many_files",
}
#: Windows' own numbers for a file that another program keeps to itself, or has locked a part of
_IN_USE = (32, 33)


def system_reason(error: OSError) -> Phrase:
    """Word what the system says of a file, and what to do; in no language yet."""
    if getattr(error, "winerror", 0) in _IN_USE:
        return phrase("system.in_use")
    code = _SYSTEM.get(error.errno or 0)
    if code:
        return Phrase(f"system.{code}")
    return phrase("system.other", detail=error.strerror or str(error))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something was written: the file, the line from 1 (0: unknown), the path of keys."""

    place: str = ""
    line: int = 0
    key: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One thing wrong in a text that a person wrote: a template, a roster, answers.

    `place` is the file (and what inside it, where that helps), `line` counts from 1 (0: unknown),
    `key` is the dotted path of keys to the culprit. The sentence of `code` in the table [faults],
    filled with `facts`, says what is wrong and what to do.
    """

    place: str
    code: str
    line: int = 0
    key: str = ""
    facts: Mapping[str, object] = field(default_factory=dict, hash=False)

    def message(self, language: Language = FALLBACK) -> str:
        """What is wrong and what to do, without the place."""
        return Speaker(language).say(f"faults.{self.code}", **self.facts)

    def line_in(self, language: Language = FALLBACK) -> str:
        """The fault as one line: where, and what is wrong."""
        where = f"{self.place}:{self.line}" if self.line else self.place
        parts = (where, self.key, self.message(language))
        return ": ".join(part for part in parts if part)

    def __str__(self) -> str:
        return self.line_in()


class PtxlError(Exception):
    """The base of all errors that ptxl raises on purpose: a code of the table [errors], facts."""

    table = "errors"

    def __init__(self, code: str, /, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    @property
    def sentence(self) -> Phrase:
        """Why, and what to do; in no language yet."""
        return Phrase(f"{self.table}.{self.code}", self.facts)

    def message(self, language: Language = FALLBACK) -> str:
        """Why, and what to do."""
        return Speaker(language).word(self.sentence)

    def __str__(self) -> str:
        return self.message()


class FaultsError(PtxlError):
    """An error with several causes, all of them collected in `faults`: at least one.

    `code`, `facts` and `sentence` are those of the first.
    """

    table = "faults"

    def __init__(self, faults: Sequence[Fault]) -> None:
        first = faults[0]
        super().__init__(first.code, **first.facts)
        self.faults = tuple(faults)
        self.args = (self.faults,)  # what pickle makes the error of again

    def message(self, language: Language = FALLBACK) -> str:
        """Every fault, one a line."""
        return "\n".join(fault.line_in(language) for fault in self.faults)


class TemplateError(FaultsError):
    """A template, or the parameters given to it, make no form."""


class TableError(FaultsError):
    """A table of units or of approved exceptions that cannot be used."""


class RosterError(TableError):
    """A roster does not name units with a code and a name each."""


class AnswersError(FaultsError):
    """Answers that the form has no place for, each by its name."""


class ExecutorError(PtxlError):
    """An executor or cluster that cannot be reached, fails, or works with another ptxl."""


class InputError(PtxlError):
    """What was named holds nothing to work on."""


class OptionError(PtxlError):
    """A value that an option cannot have."""


class OutputError(PtxlError):
    """A file that cannot be written, or that must not be replaced."""


class SigningKeyError(PtxlError):
    """A file that holds no key to sign with."""


class WorkbookError(PtxlError):
    """A file that cannot be read as a ptxl form: `code` names why (table [refusals]).

    `source`, the file's name, is set where it is known.
    """

    table = "refusals"
    source = ""

    def reason(self, language: Language) -> str:
        """Why, and what to do, without the file's name."""
        return super().message(language)

    def message(self, language: Language = FALLBACK) -> str:
        """The file's name, where it is known, why, and what to do."""
        if not self.source:
            return self.reason(language)
        return Speaker(language).say("report.source", file=self.source, reason=self.sentence)

    def named(self, source: str) -> WorkbookError:
        """The same, saying which file it is about."""
        error = WorkbookError(self.code, **self.facts)
        error.source = source
        return error
