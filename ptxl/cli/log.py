"""`--log FILE` → a line for each returned file. The only place where logging is configured."""

from __future__ import annotations

import logging

import click

from ptxl.cli.spoken import OutputPath, option
from ptxl.text import one_line
from ptxl.words import phrase


class _Lines(logging.Formatter):
    """One line per event, whatever a file is called."""

    def format(self, record: logging.LogRecord) -> str:
        return one_line(super().format(record))


def _start(context: click.Context, option: click.Parameter, path: str | None) -> None:
    if path is None:
        return
    handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
    handler.setFormatter(_Lines("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("ptxl")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    context.call_on_close(lambda: logger.removeHandler(handler))
    context.call_on_close(handler.close)


log_option = option(
    "--log", callback=_start, expose_value=False, type=OutputPath(), metavar="FILE",
    about=phrase("options.log"),
)  # fmt: skip
