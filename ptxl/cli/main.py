"""The program `ptxl`: its commands, and what becomes of every error.

Exit codes: 0 all well, 1 something in the files needs mending, 2 wrong usage, 3 the work cannot be
done (template, roster, or the one file asked for), 70 a bug.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NoReturn

import click

from ptxl import __version__
from ptxl.cli.language import language_of
from ptxl.cli.printer import Printer
from ptxl.cli.spoken import SpokenGroup, misuse, option
from ptxl.model.errors import FaultsError, PtxlError, system_reason
from ptxl.words import Language, LanguageError, Speaker, load_added, phrase

CANNOT_WORK, BUG, INTERRUPTED = 3, 70, 130
#: each command, and the module and name of its function
COMMANDS: Mapping[str, tuple[str, str]] = {
    "demo": ("county", "demo"),
    "templates": ("templates", "templates"),
    "show": ("templates", "show"),
    "lint": ("templates", "lint"),
    "schema": ("templates", "schema"),
    "generate": ("forms", "generate"),
    "fill": ("forms", "fill"),
    "read": ("returned", "read"),
    "check": ("returned", "check"),
    "repair": ("forms", "repair"),
    "upgrade": ("forms", "upgrade"),
    "merge": ("county", "merge"),
    "year": ("year", "year"),
    "menu": ("menu", "menu"),
    "round": ("rounds", "round_group"),
    "verify": ("verify", "verify"),
    "inspect": ("inspection", "inspect"),
}


class Program(SpokenGroup):
    """The commands, loaded when they are called; every error ends in its words and exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name; None where there is no such one."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"ptxl.cli.{module}"), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that is named; only then is anything loaded that took long to compile."""
        from ptxl.kept_code import compiled_once  # help does without

        with compiled_once():
            return super().invoke(ctx)

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
    """A printer of that language; ends the process when its file of words cannot be used."""
    try:
        load_added()
        return Printer(Speaker(language))
    except LanguageError as error:
        click.echo(str(error), err=True)
        raise SystemExit(CANNOT_WORK) from None


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
    import traceback  # for bugs alone

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


def main() -> NoReturn:
    """Run the program `ptxl`."""
    cli.main()
