"""Options that several commands take, and what their values become."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any, get_type_hints

import click

from ptxl import api
from ptxl.cli.log import log_option
from ptxl.cli.spoken import Choice, InputPath, Misuse, MoneyUnitName, OutputPath, option
from ptxl.words import phrase

_LIMITS = get_type_hints(api.Limits)

set_option = option(
    "--set", "parameters", multiple=True, metavar="NAME=VALUE",
    callback=lambda _context, _option, settings: _parameters(settings),
    about=phrase("options.set"),
)  # fmt: skip
waivers_option = option(
    "--waivers", type=InputPath(), metavar="FILE",
    callback=lambda _context, _option, path: _waivers(path),
    about=phrase("options.waivers"),
)  # fmt: skip
key_option = option(
    "--key", type=InputPath(), metavar="FILE",
    callback=lambda _context, _option, path: api.load_key(path) if path else b"",
    about=phrase("options.key"),
)  # fmt: skip
password_option = option("--password", default="", about=phrase("options.password"))
style_option = option(
    "--format", "style", type=Choice(["text", "json"]), default="text",
    about=phrase("options.format"),
)  # fmt: skip
budget_unit_option = option(
    "--budget-unit", type=MoneyUnitName(), metavar="UNIT",
    about=phrase("options.budget_unit"),
)  # fmt: skip
tables_option = option(
    "--tables", type=OutputPath(folder=True), metavar="FOLDER", about=phrase("options.tables")
)
files_argument = click.argument(
    "files", nargs=-1, required=True, type=InputPath(folders=True, urls=True)
)
local_option = option(
    "--local", type=InputPath(folders=True), metavar="FILE", about=phrase("options.local")
)
cluster_option = option(
    "--cluster", "executor", metavar="ADDRESS",
    callback=lambda context, _option, address: _executor(context, address),
    about=phrase("options.cluster"),
)  # fmt: skip
form_argument = click.argument("form", type=InputPath())


def output_option(says: str, *, folder: bool = False, urls: bool = False) -> Callable[..., Any]:
    """Add the required option `-o` for what a command writes."""
    return option(
        "-o", "--output", required=True, type=OutputPath(folder=folder, urls=urls),
        metavar="FOLDER" if folder else "FILE", about=phrase(f"options.{says}"),
    )  # fmt: skip


def comparison_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options on what a summary is compared with, gathered into `comparisons`."""

    @option("--last", type=InputPath(), metavar="FILE", about=phrase("options.last"))
    @option("--budget", type=InputPath(), metavar="FILE", about=phrase("options.budget"))
    @budget_unit_option
    @wraps(command)
    def with_comparisons(
        *arguments: Any,
        last: str | None,
        budget: str | None,
        budget_unit: str | None,
        **options: Any,
    ) -> Any:
        comparisons = api.read_comparisons(last, budget, budget_unit or "")
        return command(*arguments, comparisons=comparisons, **options)

    return with_comparisons


def terms_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options on how files are opened, gathered into the argument `terms`."""

    @option(
        "--template", "templates", multiple=True, type=InputPath(folders=True), metavar="FOLDER",
        about=phrase("options.template"),
    )  # fmt: skip
    @option(
        "--limit", "limits", multiple=True, metavar="NAME=NUMBER",
        about=phrase("options.limit", names=tuple(_LIMITS)),
    )  # fmt: skip
    @local_option
    @key_option
    @log_option
    @wraps(command)
    def gathered(
        *args: Any, templates: tuple[str, ...], local: str | None, limits: tuple[str, ...],
        key: bytes, **options: Any,
    ) -> Any:  # fmt: skip
        own = api.read_local(local, templates) if local else api.NO_LOCAL
        terms = api.Terms(api.Templates(templates, own), _limits(limits), key)
        return command(*args, terms=terms, **options)

    return gathered


def _executor(context: click.Context, address: str | None) -> Executor | None:
    """An executor on a cluster, as long as the command runs; None where no cluster is named."""
    if not address:
        return None
    from ptxl.cluster import connected  # for those who have one

    return context.with_resource(connected(address))


def _parameters(settings: Iterable[str]) -> dict[str, object]:
    """`NAME=VALUE` … as a mapping. Raises Misuse."""
    found: dict[str, object] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise Misuse("no_name_and_value", name="--set", value=setting)
        found[name.strip()] = value.strip()
    return found


def _limits(settings: Iterable[str]) -> api.Limits:
    """`NAME=NUMBER` … as limits. Raises Misuse."""
    found: dict[str, float] = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        try:
            found[name] = _LIMITS[name](value)
        except (KeyError, ValueError):
            raise Misuse("not_a_limit", value=setting, known=tuple(_LIMITS)) from None
        if not found[name] > 0:
            raise Misuse("limit_not_above_0", value=setting)
    return api.Limits(**found)  # type: ignore[arg-type]


def _waivers(path: str | None) -> api.Waivers | None:
    """The approved exceptions as of today."""
    return api.read_waivers(Path(path), date.today()) if path else None


def summary_path(path: str) -> Path:
    """The JSON of a summary: as named, or that of a closed round."""
    if not Path(path).is_dir():
        return Path(path)
    from ptxl.rounds.ending import summary_of_closed  # what few commands need
    from ptxl.rounds.folder import open_round

    return summary_of_closed(open_round(Path(path)))
