"""Sentences and tables → standard output and standard error. Owns rich."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import zip_longest
from typing import TYPE_CHECKING, TypeVar

import click

from ptxl.text import display_width, one_line
from ptxl.words import Phrase, Speaker

if TYPE_CHECKING:  # plain lines, which need neither, are shown at once
    from rich.console import Console

    from ptxl.batch import Progress
    from ptxl.rounds.reports.board_text import TextLine, Tone

_Item = TypeVar("_Item")
_STYLES: Mapping[Tone, str] = {"plain": "", "head": "bold", "alert": "red"}


def _console(*, aside: bool) -> Console:
    from rich.console import Console

    return Console(stderr=aside, soft_wrap=True, highlight=False, emoji=False)


class Printer:
    """Prints in the language of its speaker: results to standard output, the rest to the other."""

    def __init__(self, speaker: Speaker) -> None:
        self.speaker = speaker

    @cached_property
    def _results(self) -> Console:
        return _console(aside=False)

    @cached_property
    def _aside(self) -> Console:
        return _console(aside=True)

    def say(self, code: str, /, **facts: object) -> None:
        """Print a sentence as a line of the result."""
        self.line(self.speaker.say(code, **facts))

    def line(self, text: str, style: str = "") -> None:
        """Print a text as a line of the result, on a terminal in a style of rich."""
        if style:
            self._results.print(one_line(text), markup=False, style=style)
        else:
            click.echo(one_line(text))

    def board(self, lines: Iterable[TextLine]) -> None:
        """Print the board of a round: heads in bold, what is overdue in red."""
        for line in lines:
            self.line(line.text, _STYLES[line.tone])

    def note(self, text: object) -> None:
        """Print a text or a phrase beside the result, as one line."""
        click.echo(one_line(self.speaker.word(text)), err=True)

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print rows below headings (codes of the table [headings]); no cell is ever broken."""
        lines = [tuple(self.speaker.say(f"headings.{name}") for name in headings), *rows]
        widths = [max(map(display_width, column)) for column in zip_longest(*lines, fillvalue="")]
        for cells in lines:
            padded = (
                cell + " " * (width - display_width(cell))
                for cell, width in zip(cells, widths, strict=False)
            )
            self.line("  ".join(padded).rstrip())

    def progress(self, doing: Phrase) -> Progress:
        """Return a function that passes things on, with a bar on a terminal."""

        def bar(items: list[_Item], /) -> Iterator[_Item]:
            if not sys.stderr.isatty():
                return iter(items)
            from rich.progress import track

            text = self.speaker.word(doing)
            return iter(track(items, text, console=self._aside, transient=True))

        return bar
