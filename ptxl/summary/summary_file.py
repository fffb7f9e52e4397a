"""A file from outside that should be a summary → its lines, or in words why it is none.

It is read by this process: its parser holds nothing but values, which are counted before they are
made, line by line. So a file needs no more memory than its longest line may.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from ptxl.documents.conform import DepartureError
from ptxl.documents.document import Json, parse_strictly
from ptxl.model.errors import InputError
from ptxl.words import Phrase, phrase

#: bytes of a line, and of the head together
_LONGEST = 32 << 20
#: values in a line, and in the head: each takes some hundred bytes
_MOST_VALUES = 1_000_000


class SummaryFile:
    """A file that is read line after line; a context. Raises InputError for no regular file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # A pipe that nobody writes to must not hold us up.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise no_summary(path, 0, phrase("summary_json.not_a_file"))
        self._file = os.fdopen(handle, "rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """Yield each line with its number, from 1. Raises InputError for one that is no text."""
        number = 0
        while line := self._file.readline(_LONGEST + 1):
            number += 1
            if len(line) > _LONGEST:
                raise self._too_large(number)
            try:
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                raise no_summary(self.path, number, phrase("summary_json.not_utf8")) from None

    def before(self, start: str) -> str:
        """Return the lines before the first that starts so, or all; that one is read, too."""
        lines: list[str] = []
        size = 0
        for number, line in self:
            if line.startswith(start):
                break
            lines.append(line)
            size += len(line)
            if size > _LONGEST:
                raise self._too_large(number)
        return "".join(lines)

    def parsed(self, text: str, line: int) -> Json:
        """The JSON in a text that begins in a line. Raises InputError or AnswersError for none."""
        values = sum(map(text.count, "[{,"))
        if values > _MOST_VALUES:
            raise self._too_large(line)
        return parse_strictly(text, str(self.path), line)

    def _too_large(self, line: int) -> InputError:
        return no_summary(self.path, line, phrase("summary_json.too_large"))


def no_summary(path: Path, line: int, reason: Phrase) -> InputError:
    """Say why a file is no summary, and in which line (0: unknown)."""
    return InputError("no_summary", place=f"{path}:{line}" if line else str(path), reason=reason)


@contextmanager
def refusing(path: Path, line: int) -> Iterator[None]:
    """Refuse a document that does not obey, or whose parts do not fit together."""
    try:
        yield
    except DepartureError as departure:
        key = departure.path or phrase("summary_json.whole")
        reason = phrase("summary_json.wrong", key=key, wanted=departure.wanted)
        raise no_summary(path, line, reason) from None
    except RecursionError:
        raise no_summary(path, line, phrase("summary_json.nested")) from None
    except (KeyError, ValueError) as error:
        reason = phrase("summary_json.unfitting", detail=str(error.args[0]))
        raise no_summary(path, line, reason) from None
