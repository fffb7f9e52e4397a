"""The program `ptxl`: its commands, and what becomes of every error.

Exit codes: 0 all well, 1 something in the files needs mending, 2 wrong usage, 3 the work cannot be
done (template, roster, or the one file asked for), 70 a bug.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from ptxl import __version__
from ptxl.cli.county import demo, merge
from ptxl.cli.forms import fill, generate, repair, upgrade
from ptxl.cli.inspection import inspect
from ptxl.cli.language import language_of
from ptxl.cli.menu import menu
from ptxl.cli.printer import Printer
from ptxl.cli.returned import check, read
from ptxl.cli.rounds import round_group
from ptxl.cli.spoken import SpokenGroup, misuse, option
from ptxl.cli.templates import lint, schema, show, templates
from ptxl.cli.verify import verify
from ptxl.model.errors import FaultsError, PtxlError, system_reason
from ptxl.words import Language, LanguageError, Speaker, load_all, phrase

CANNOT_WORK, BUG, INTERRUPTED = 3, 70, 130
COMMANDS = (
    demo, templates, show, lint, schema, generate, fill, read, check, repair, upgrade, merge, menu,
    round_group, verify, inspect,
)  # fmt: skip


class Program(SpokenGroup):
    """The commands; every error ends in its words and its exit code."""

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **settings: Any
    ) -> NoReturn:
        """Run a command and end the process with its exit code."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")  # names of files may hold any character
        given = list(sys.argv[1:] if args is None else args)
        printer = _printer(language_of(given, os.environ))
        settings |= {"standalone_mode": False, "obj": printer}
        try:
            super().main(given, prog_name="ptxl", **settings)
        except Exception as error:
            raise SystemExit(_exit_code(error, printer)) from None
        except KeyboardInterrupt:
            raise SystemExit(INTERRUPTED) from None
        raise SystemExit(0)


def _printer(language: Language) -> Printer:
    """A printer of that language; ends the process when a file of words cannot be used."""
    try:
        load_all()
    except LanguageError as error:
        click.echo(str(error), err=True)
        raise SystemExit(CANNOT_WORK) from None
    return Printer(Speaker(language))


def _exit_code(error: Exception, printer: Printer) -> int:
    """Say what went wrong; return the exit code."""
    match error:
        case click.UsageError():
            _print_misuse(error, printer)
            return error.exit_code
        case click.Abort():
            return INTERRUPTED
        case BrokenPipeError():
            sys.stderr.close()  # the reader of our output went away: nothing left to say
            return 0
        case FaultsError():
            for fault in error.faults:
                printer.note(fault.line_in(printer.speaker.language))
            return CANNOT_WORK
        case PtxlError():
            printer.note(error.message(printer.speaker.language))
            return CANNOT_WORK
        case OSError():  # a disk that is full, a folder that may not be written to
            why = system_reason(error)
            named = phrase("errors.unreadable_file", path=error.filename, detail=why)
            printer.note(named if error.filename else why)
            return CANNOT_WORK
    traceback.print_exception(error)
    return BUG


def _print_misuse(error: click.UsageError, printer: Printer) -> None:
    if error.ctx:
        for line in error.ctx.get_usage().splitlines():
            printer.note(line)
        printer.note(phrase("usage.hint", command=error.ctx.command_path))
    printer.note(phrase("usage.error", reason=misuse(error)))


def _show_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"ptxl {__version__}")
        context.exit()


@click.group("ptxl", cls=Program, invoke_without_command=True)
@option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version,
    about=phrase("options.version"),
)  # fmt: skip
@click.pass_context
def cli(context: click.Context) -> None:
    """Print help where no command is named."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for _command in COMMANDS:
    cli.add_command(_command)


def main() -> NoReturn:
    """Run the program `ptxl`."""
    cli.main()
