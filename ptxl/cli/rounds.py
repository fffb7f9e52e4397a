"""Commands about a round: new, issue, collect, status, letters, merge, close and by hand."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import click

from ptxl import api
from ptxl.cli.county import print_merged
from ptxl.cli.options import comparison_options, set_option, tables_option, terms_options
from ptxl.cli.printer import Printer
from ptxl.cli.results import note_skipped
from ptxl.cli.spoken import InputPath, Misuse, OutputPath, SpokenCommand, SpokenGroup, option
from ptxl.rounds import (
    Board,
    Collected,
    Filed,
    Refilled,
    Round,
    Standing,
    accept,
    board_of,
    close_round,
    closing_of,
    collect,
    fetch,
    issue,
    make_round,
    merge_round,
    open_round,
    reject,
    reopen_round,
    write_letters,
    write_reports,
)
from ptxl.rounds.collect import Watched
from ptxl.rounds.mailbox import Account, MailboxError
from ptxl.rounds.reports.board_text import board_lines
from ptxl.rounds.settings import Settings
from ptxl.rounds.stage import Begun, begin_stage, read_earlier
from ptxl.words import Phrase, phrase

#: how long `--watch` waits before it looks again, in seconds
_PAUSE = 2.0
#: files that nobody misses on the board
_NOT_TOLD = (Standing.OPENED, Standing.NO_RETURN)
#: and until it asks a mailbox again: servers shut out who asks all the time
_MAILBOX_PAUSE = 60.0

_round_argument = click.argument("folder", metavar="ROUND", type=OutputPath(folder=True))


class _Day(click.ParamType):  # type: ignore[type-arg]
    """A day, as 2026-03-20."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day. Raises Misuse when it is none."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            raise Misuse("not_a_day", value=value) from None


@click.group("round", cls=SpokenGroup, invoke_without_command=True)
@click.pass_context
def round_group(context: click.Context) -> None:
    """Print help where no command is named."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def _command(name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a function a command of the group."""
    return round_group.command(name, cls=SpokenCommand, says=f"round_{name}")


@_command("new")
@_round_argument
@option("--title", required=True, about=phrase("options.round_title"))
@option("--year", type=int, about=phrase("options.year"))
@option("--deadline", required=True, type=_Day(), about=phrase("options.deadline"))
@option("--office", default="", about=phrase("options.office"))
@option("--contact", default="", about=phrase("options.contact"))
@option("--telephone", default="", about=phrase("options.telephone"))
@option("--number", default="", about=phrase("options.number"))
@option("--template", "ids", multiple=True, required=True, metavar="TEMPLATE",
        about=phrase("options.round_template"))  # fmt: skip
@option("--roster", type=InputPath(), metavar="FILE",
        about=phrase("options.round_roster"))  # fmt: skip
@option("--from", "earlier", type=InputPath(folders=True), metavar="ROUND|ZIP", multiple=True,
        about=phrase("options.round_from"))  # fmt: skip
@option("--local", type=InputPath(folders=True), metavar="FILE",
        about=phrase("options.round_local"))  # fmt: skip
@set_option
@click.pass_obj
def new(
    printer: Printer, /, folder: str, ids: tuple[str, ...], roster: str | None,
    earlier: tuple[str, ...], local: str | None, year: int | None, parameters: dict[str, object],
    **facts: Any,
) -> None:  # fmt: skip
    """Make a round in a folder, or one of the stage that follows a closed one."""
    known = api.Templates()
    declared = {name: known.get(name).parameters for name in ids}
    _check_names(parameters, declared.values())
    given = {name: _own(declared[name], parameters) for name in ids}
    settings = Settings(
        id="", key="", roster="", language=printer.speaker.language, templates=given,
        year=year or 0, **facts,
    )  # fmt: skip
    begun = _begun(Path(folder), settings, known, roster, earlier, local)
    made = begun.round
    printer.say("rounds.made", path=made.root, id=made.settings.id)
    if begun.without:
        printer.say("rounds.without_approved", count=len(begun.without), codes=begun.without)
    printer.say("rounds.next_issue", path=made.root)


def _begun(
    folder: Path, settings: Settings, known: api.Templates, roster: str | None,
    earlier: tuple[str, ...], local: str | None,
) -> Begun:  # fmt: skip
    """The new round. Raises Misuse where neither its units nor a stage before are named."""
    table = Path(roster) if roster else None
    if earlier:
        terms = api.Terms(known)
        before = [read_earlier(Path(path), terms) for path in earlier]
        return begin_stage(folder, settings, before, terms, roster=table, local=local)
    for name, given in (("--year", settings.year), ("--roster", table)):
        if not given:
            raise Misuse("missing", name=name)
    assert table
    return Begun(make_round(folder, settings, table, known, local), ())


def _check_names(given: Iterable[str], declared: Iterable[Iterable[str]]) -> None:
    """Raise Misuse for a parameter that none of the chosen templates has."""
    known = frozenset(chain.from_iterable(declared))
    for name in given:
        if name not in known:
            raise Misuse("no_such_parameter", name=name, known=tuple(sorted(known)))


def _own(declared: Any, given: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in given.items() if name in declared}


@_command("issue")
@_round_argument
@option(
    "--prefill", multiple=True, metavar="[TEMPLATE=]PATH", about=phrase("options.round_prefill")
)
@click.pass_obj
def issue_forms(printer: Printer, folder: str, prefill: tuple[str, ...]) -> None:
    """Write the forms."""
    where = open_round(Path(folder))
    tables = dict(_table(one, tuple(where.settings.templates)) for one in prefill)
    done = issue(
        where, where.terms(), _now(),
        prefill=tables,
        progress=printer.progress(phrase("commands.issuing")), waiting=_waiting(printer),
    )  # fmt: skip
    _print_refilled(printer, done, where.forms)


def _table(given: str, templates: tuple[str, ...]) -> tuple[str, Path]:
    """The template that answers are for, and where they are. Raises Misuse."""
    template, equals, path = given.partition("=")
    if not equals and len(templates) == 1:
        template, path = templates[0], given
    if template not in templates:
        raise Misuse("which_template", value=given, known=templates)
    if not Path(path).exists():
        raise Misuse("no_such_file", name="--prefill", path=path)
    return template, Path(path)


def _print_refilled(printer: Printer, done: Refilled, folder: Path) -> None:
    for name in done.kept:
        printer.note(phrase("rounds.changed_by_hand", name=name))
    printer.say(
        "rounds.written", written=len(done.written), unchanged=len(done.unchanged),
        removed=len(done.removed), path=folder,
    )  # fmt: skip


@_command("collect")
@_round_argument
@click.argument("paths", nargs=-1, type=InputPath(folders=True))
@option("--watch", is_flag=True, about=phrase("options.watch"))
@option("--imap", "address", default="", metavar="ADDRESS", about=phrase("options.imap"))
@option("--imap-host", "host", default="", metavar="HOST", about=phrase("options.imap_host"))
@option("--imap-folder", "mails", default="INBOX", metavar="FOLDER",
        about=phrase("options.imap_folder"))  # fmt: skip
@terms_options
@click.pass_obj
def collect_files(
    printer: Printer, folder: str, paths: tuple[str, ...], watch: bool, address: str, host: str,
    mails: str, terms: api.Terms,
) -> None:  # fmt: skip
    """Take in what came back."""
    where = open_round(Path(folder))
    terms = where.terms(terms.templates, terms.limits)
    host = host or f"imap.{address.rpartition('@')[2]}"
    account = Account(host=host, user=address, folder=mails) if address else None
    if account:
        _fetch(printer, where, account)
    watched = Watched() if watch else None
    _print_collected(printer, where, _collect(printer, where, paths, terms, watched), terms)
    asked = time.monotonic()
    while watch:
        time.sleep(_PAUSE)
        if account and time.monotonic() - asked >= _MAILBOX_PAUSE:
            _fetch_again(printer, where, account)
            asked = time.monotonic()
        done = _collect(printer, where, paths, terms, watched)
        if done.new:
            _print_collected(printer, where, done, terms)


def _fetch(printer: Printer, where: Round, account: Account, *, quiet: bool = False) -> None:
    """Fetch the mails of a mailbox, and say how many; if quiet, only if there are any."""
    fetched = fetch(where, account, os.environ, _now(), waiting=_waiting(printer))
    if fetched.count or not quiet:
        printer.say("rounds.mails_fetched", count=fetched.count, user=account.user)
    for name, why in fetched.left:
        printer.note(phrase("rounds.inside", name=name, reason=why))


def _fetch_again(printer: Printer, where: Round, account: Account) -> None:
    """Fetch what came since; a server that is away for a while does not end the watching."""
    try:
        _fetch(printer, where, account, quiet=True)
    except MailboxError as error:
        printer.note(error.sentence)


def _collect(
    printer: Printer, where: Round, paths: tuple[str, ...], terms: api.Terms,
    watched: Watched | None = None,
) -> Collected:  # fmt: skip
    return collect(
        where, [Path(path) for path in paths], terms, _now(), watched=watched,
        progress=printer.progress(phrase("commands.collecting")), waiting=_waiting(printer),
    )  # fmt: skip


def _print_collected(printer: Printer, where: Round, done: Collected, terms: api.Terms) -> None:
    """Say what came, file by file, and how many are known."""
    for name, reason in done.problems:
        printer.note(phrase("rounds.inside", name=name, reason=reason))
    note_skipped(printer, done.skipped)
    printer.say("rounds.collected", new=len(done.new), known=done.known)
    if done.opinions:
        printer.say("rounds.opinions_read", count=done.opinions)
    if not done.new:
        return
    with where.ledger() as ledger:
        board = board_of(where, ledger, terms, _now())
    new = set(done.new)
    files = [one for one in board.files if one.received.digest in new]
    for one in sorted(files, key=lambda one: one.name):
        _print_file(printer, one)
    _print_counts(printer, board)


def _print_others(printer: Printer, board: Board) -> None:
    """Say how many files concern no form that is due, by what they are."""
    found = Counter(one.state for one in board.others if one.state not in _NOT_TOLD)
    if found:
        kinds = tuple(
            phrase("rounds.of_kind", kind=kind, count=count) for kind, count in found.items()
        )
        printer.say("rounds.others", kinds=kinds)


def _print_file(printer: Printer, one: Filed) -> None:
    late = phrase("rounds.late") if one.late else ""
    printer.say(
        "rounds.file", name=one.name, state=one.state, late=late, remarks=_said(one.remarks)
    )


def _said(remarks: tuple[Phrase, ...]) -> Phrase | str:
    return phrase("rounds.remarks", remarks=remarks) if remarks else ""


def _print_counts(printer: Printer, board: Board) -> None:
    tally = board.tally
    printer.say(
        "rounds.counts", due=tally.due, received=tally.received, counted=tally.counted,
        missing=tally.missing,
    )  # fmt: skip


@_command("status")
@_round_argument
@option("-o", "--output", type=OutputPath(), metavar="FILE", about=phrase("options.board"))
@option("--open", "open_only", is_flag=True, about=phrase("options.open_only"))
@option("--watch", is_flag=True, about=phrase("options.watch"))
@click.pass_obj
def status(printer: Printer, folder: str, output: str | None, open_only: bool, watch: bool) -> None:
    """Print how the round stands, and write it as a workbook."""
    where = open_round(Path(folder))
    watched = Watched()

    def show(board: Board) -> None:
        printer.board(board_lines(board, where.settings, printer.speaker, open_only=open_only))
        _print_others(printer, board)

    while True:
        if watch:
            _collect(printer, where, (), where.terms(), watched)
        written = write_reports(
            where, where.terms(), _now(),
            board_path=Path(output) if output else None, show=show, waiting=_waiting(printer),
        )  # fmt: skip
        printer.say("rounds.board_written", path=written.board_path)
        on, digest = closing_of(where)
        if on:
            printer.say("rounds.closed_since", on=on, digest=digest)
        if not watch:
            return
        time.sleep(_PAUSE)


@_command("letters")
@_round_argument
@option("--until", type=_Day(), about=phrase("options.until"))
@click.pass_obj
def letters(printer: Printer, folder: str, until: date | None) -> None:
    """Write what goes back to departments and units, and the list of problems."""
    where = open_round(Path(folder))
    terms = where.terms()
    written = write_reports(where, terms, _now(), problems=True, waiting=_waiting(printer))
    for fault in written.faults:
        printer.note(fault)
    sent = write_letters(
        where, terms, _now(), until=until,
        progress=printer.progress(phrase("commands.marking")), waiting=_waiting(printer),
    )  # fmt: skip
    _print_refilled(printer, sent.files, where.letters)
    printer.say("rounds.problems_written", path=written.problems_path)


def _decide(
    printer: Printer, verdict: Callable[..., Filed], folder: str, file: str, reason: str
) -> None:
    if not reason.strip():
        raise Misuse("no_reason", name="--reason")
    where = open_round(Path(folder))
    decided = verdict(where, where.terms(), file, reason, _now(), waiting=_waiting(printer))
    _print_file(printer, decided)


@_command("accept")
@_round_argument
@click.argument("file")
@option("--reason", required=True, about=phrase("options.reason"))
@click.pass_obj
def accept_file(printer: Printer, folder: str, file: str, reason: str) -> None:
    """Let a file count."""
    _decide(printer, accept, folder, file, reason)


@_command("reject")
@_round_argument
@click.argument("file")
@option("--reason", required=True, about=phrase("options.reason"))
@click.pass_obj
def reject_file(printer: Printer, folder: str, file: str, reason: str) -> None:
    """Let a file not count."""
    _decide(printer, reject, folder, file, reason)


@_command("merge")
@_round_argument
@comparison_options
@tables_option
@click.pass_obj
def merge_counted(
    printer: Printer, folder: str, tables: str | None, comparisons: api.Comparisons
) -> None:
    """Write the county summary of all that counts."""
    where = open_round(Path(folder))
    made = merge_round(
        where, where.terms(), _now(),
        progress=printer.progress(phrase("commands.merging")), waiting=_waiting(printer),
        tables=tables, comparisons=comparisons,
    )  # fmt: skip
    print_merged(printer, made.merged)
    printer.say("commands.county", path=made.workbook)
    printer.say("commands.county_json", path=made.json)
    if tables:
        printer.say("commands.county_tables", path=tables)


@_command("close")
@_round_argument
@click.pass_obj
def close(printer: Printer, folder: str) -> None:
    """Freeze what counts, in one zip."""
    where = open_round(Path(folder))
    ended = close_round(
        where, where.terms(), _now(),
        progress=printer.progress(phrase("commands.merging")), waiting=_waiting(printer),
    )  # fmt: skip
    print_merged(printer, ended.merged.merged)
    printer.say("rounds.closed", path=ended.path)
    printer.say("rounds.closing_digest", digest=ended.digest)
    printer.say("rounds.closing_check", path=ended.path)


@_command("reopen")
@_round_argument
@click.pass_obj
def reopen(printer: Printer, folder: str) -> None:
    """Open a closed round again."""
    where = open_round(Path(folder))
    reopen_round(where, waiting=_waiting(printer))
    printer.say("rounds.reopened", path=where.root)


def _waiting(printer: Printer) -> Callable[[], None]:
    return lambda: printer.note(phrase("rounds.waiting"))


def _now() -> datetime:
    return datetime.now().replace(microsecond=0)
