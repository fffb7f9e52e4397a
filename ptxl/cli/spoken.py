"""Commands, options and usage errors of click, in the language that was asked for.

Help and errors are sentences by code: a command's is `commands.<name>`, an option says its own.
Of click's own messages those are worded anew that a user of ptxl can meet.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from ptxl.cli.printer import Printer
from ptxl.text import is_url, path_shown
from ptxl.values.money import money_unit, yuan_units
from ptxl.words import FALLBACK, LANGUAGES, Phrase, Speaker, phrase

#: what stands for something that a user puts there: FILE, or NAME and VALUE in NAME=VALUE
_PLACEHOLDER = re.compile(r"[A-Z]{2,}")
_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])


class Misuse(click.UsageError):
    """Wrong usage, as a phrase of the table [usage]."""

    def __init__(self, code: str, /, **facts: object) -> None:
        super().__init__(code, click.get_current_context(silent=True))
        self.sentence = phrase(f"usage.{code}", **facts)


class SpokenOption(click.Option):
    """An option whose help is the phrase `about`."""

    def __init__(self, *names: Any, about: Phrase, **settings: Any) -> None:
        super().__init__(*names, **settings)
        self.about = about

    def help_record(self, context: click.Context) -> tuple[str, str]:
        """Return the option as written, and its help."""
        written, _ = super().get_help_record(context) or ("", "")
        code = "usage.required_option" if self.required else "usage.free_option"
        speaker = _speaker(context)
        return _worded(written, speaker), speaker.say(code, help=self.about)


class SpokenCommand(click.Command):
    """A command whose help is the sentence `commands.<says>`; it says its name if not told."""

    def __init__(self, *arguments: Any, says: str = "", **settings: Any) -> None:
        super().__init__(*arguments, **settings | {"add_help_option": False})
        self.says = says or self.name
        self.params += [
            SpokenOption(
                ["--lang"], type=Choice(LANGUAGES), expose_value=False, is_eager=True,
                about=phrase("options.lang"),
            ),
            SpokenOption(
                ["-h", "--help"], is_flag=True, expose_value=False, is_eager=True,
                callback=_show_help, about=phrase("options.help"),
            ),
        ]  # fmt: skip

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the arguments apart. Raises Misuse for some too many."""
        ctx.allow_extra_args = True
        extra = super().parse_args(ctx, args)
        if extra and not isinstance(self, click.Group):
            raise Misuse("extra_arguments", arguments=tuple(extra))
        return extra

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return what may stand behind the command's name."""
        speaker = _speaker(ctx)
        pieces = [speaker.say("usage.some_options")]
        for parameter in self.get_params(ctx):
            pieces += (_worded(piece, speaker) for piece in parameter.get_usage_pieces(ctx))
        return pieces

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the line that shows how the command is called."""
        prefix = _speaker(ctx).say("usage.usage")
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write usage, help and options."""
        speaker = _speaker(ctx)
        self.format_usage(ctx, formatter)
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(speaker.say(f"commands.{self.says}"))
        options = (each for each in self.params if isinstance(each, SpokenOption))
        with formatter.section(speaker.say("usage.options")):
            formatter.write_dl([each.help_record(ctx) for each in options])


class SpokenGroup(SpokenCommand, click.Group):
    """A group of spoken commands."""

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return what may stand behind the group's name."""
        return [_speaker(ctx).say("usage.some_options"), _speaker(ctx).say("usage.some_command")]

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write usage, help, options and commands."""
        super().format_help(ctx, formatter)
        speaker = _speaker(ctx)
        with formatter.section(speaker.say("usage.commands")):
            says = {name: getattr(one, "says", name) for name, one in self.commands.items()}
            formatter.write_dl([
                (name, speaker.say(f"commands.{says.get(name, name)}"))
                for name in self.list_commands(ctx)
            ])  # fmt: skip

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is named first. Raises Misuse when there is none."""
        name, command = args[0], self.get_command(ctx, args[0])
        if command is None:
            raise Misuse("no_such_command", name=name, known=tuple(self.list_commands(ctx)))
        return name, command, args[1:]


class Choice(click.Choice):  # type: ignore[type-arg]
    """One of some words."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the word. Raises Misuse when it is none of them."""
        if value not in self.choices:
            raise Misuse("not_a_choice", name=_name(param), value=value, known=tuple(self.choices))
        return str(value)


class MoneyUnitName(click.ParamType):  # type: ignore[type-arg]
    """A unit of money: 万元, thousand KES."""

    name = "unit"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the unit as given. Raises Misuse when it is none."""
        if not money_unit(value):
            known = tuple(yuan_units())
            raise Misuse("no_money_unit", name=_name(param), value=value, known=known)
        return str(value)


class InputPath(click.ParamType):  # type: ignore[type-arg]
    """A file, or a folder where `folders` are taken; `-` where `dash` is, a URL where `urls`."""

    name = "path"

    def __init__(self, *, folders: bool = False, dash: bool = False, urls: bool = False) -> None:
        self._folders = folders
        self._urls = urls
        self._dash = dash

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the path as given. Raises Misuse when nothing is there, or a folder."""
        path = Path(value)
        if (self._dash and value == "-") or (self._urls and is_url(value)):
            return str(value)
        if not path.exists() and is_url(value):
            raise Misuse("no_url", name=_name(param), path=path_shown(value))
        if not path.exists():
            raise Misuse("no_such_file", name=_name(param), path=path)
        if path.is_dir() and not self._folders:
            raise Misuse("is_a_folder", name=_name(param), path=path)
        return str(value)


class OutputPath(click.ParamType):  # type: ignore[type-arg]
    """A file to write, or with `folder` a folder to write into; a URL where `urls` are taken."""

    name = "path"

    def __init__(self, *, folder: bool = False, urls: bool = False) -> None:
        self._folder = folder
        self._urls = urls

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the path as given. Raises Misuse for a folder in place of a file, or a file."""
        path = Path(value)
        if is_url(value) and not self._urls and not path.parent.exists():
            raise Misuse("no_url", name=_name(param), path=path_shown(value))
        if path.is_dir() and not self._folder:
            raise Misuse("is_a_folder", name=_name(param), path=path)
        if path.is_file() and self._folder:
            raise Misuse("is_a_file", name=_name(param), path=path)
        return str(value)


def option(*names: str, about: Phrase, **settings: Any) -> Callable[[_Decorated], _Decorated]:
    """Add an option whose help is a phrase."""
    return click.option(*names, cls=SpokenOption, about=about, **settings)


def misuse(error: click.UsageError) -> Phrase | str:
    """Return what an error of usage says; click's own English where ptxl has no words for it."""
    match error:
        case Misuse():
            return error.sentence
        case click.NoSuchOption():
            known = tuple(error.possibilities or ())
            code = "usage.no_such_option" if known else "usage.unknown_option"
            return phrase(code, name=error.option_name, known=known)
        case click.MissingParameter():
            return phrase("usage.missing", name=_name(error.param))
        case click.BadOptionUsage():
            return phrase("usage.option_value", name=error.option_name)
    return error.format_message()


def _name(parameter: click.Parameter | None) -> Phrase | str:
    """What a user calls a parameter: `--roster`, the files."""
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return placeholder(parameter.human_readable_name) if parameter else ""


def placeholder(name: str) -> Phrase:
    """Return what stands in usage and help for something that a user puts there."""
    return phrase(f"placeholders.{name.lower()}")


def _worded(written: str, speaker: Speaker) -> str:
    """An option or argument as click writes it, its placeholders in the language of the user."""
    return _PLACEHOLDER.sub(lambda found: speaker.word(placeholder(found[0])), written)


def _speaker(context: click.Context | None) -> Speaker:
    printer = context.find_object(Printer) if context else None
    return printer.speaker if printer else Speaker(FALLBACK)


def _show_help(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        click.echo(context.get_help())
        context.exit()
