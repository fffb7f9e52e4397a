"""The menu of a round: what comes next, asked step by step, over the same commands.

What a step runs is a command of this program, in this process, with the arguments that somebody
could have typed. Whatever goes wrong in it is said in its own words, and the menu comes back.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import click

from ptxl.cli.printer import Printer
from ptxl.cli.questions import (
    Answers,
    Back,
    Question,
    Unclear,
    agreed,
    ask,
    pick,
    read_day,
    read_file,
    read_folder,
    read_paths,
    read_received,
    read_year,
)
from ptxl.cli.spoken import SpokenCommand
from ptxl.model.errors import PtxlError, system_reason
from ptxl.outputs import file_name, write_whole
from ptxl.rounds import Round, board_of, open_round
from ptxl.rounds.settings import FILE_NAME
from ptxl.template import LOCAL, Local, Templates, find_templates
from ptxl.words import phrase

_LEAVE = "0"
#: from this month on, forms are about the next year
_MONTH_OF_NEXT_YEAR = 7
#: what a command ends with that did its work: all well, or something to mend
_DONE = (0, 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A line of the menu, `menu.steps.<name>`: the command that it runs, and what it asks first.

    A step of a round gives the command the round's folder first; one that makes a round asks for
    the folder by its last question. `made` says where in the round lies what the step makes.
    """

    name: str
    command: tuple[str, ...]
    questions: tuple[Question, ...] = ()
    options: tuple[str, ...] = ()
    in_round: bool = True
    made: Callable[[Round], Path] | None = None


def _coming_year(_: Answers) -> str:
    today = date.today()
    return str(today.year + (today.month >= _MONTH_OF_NEXT_YEAR))


def _folder_beside_roster(answers: Answers) -> str:
    (roster,) = read_file(answers["roster"])
    return str(Path(roster).absolute().parent / file_name(answers["title"]))


def _steps(printer: Printer) -> tuple[Step, ...]:
    def title(answers: Answers) -> str:
        return printer.speaker.say("menu.title_of_year", year=answers["year"])

    templates = tuple(path.parent.name for path in find_templates())
    new = (
        Question(name="year", option="--year", read=read_year, default=_coming_year),
        Question(name="title", option="--title", default=title),
        Question(name="number", option="--number", required=False),
        Question(name="deadline", option="--deadline", read=read_day),
        Question(name="office", option="--office"),
        Question(name="contact", option="--contact"),
        Question(name="telephone", option="--telephone"),
        Question(name="templates", option="--template", read=pick(templates), choices=templates),
        Question(name="roster", option="--roster", read=read_file),
        Question(name="folder", read=read_folder, default=_folder_beside_roster),
    )
    file = Question(name="file", read=read_received)
    reason = Question(name="reason", option="--reason")
    received = Question(name="received", read=read_paths, required=False)
    return (
        Step(
            name="new", command=("round", "new"), questions=new, in_round=False,
            made=lambda opened: opened.root,
        ),
        Step(name="issue", command=("round", "issue"), made=lambda opened: opened.forms),
        Step(name="collect", command=("round", "collect"), questions=(received,)),
        Step(name="status", command=("round", "status"), made=lambda opened: opened.reports),
        Step(name="missing", command=("round", "status"), options=("--open",)),
        Step(name="letters", command=("round", "letters"), made=lambda opened: opened.letters),
        Step(name="merge", command=("round", "merge"), made=lambda opened: opened.reports),
        Step(name="accept", command=("round", "accept"), questions=(file, reason)),
        Step(name="reject", command=("round", "reject"), questions=(file, reason)),
        Step(name="close", command=("round", "close"), made=lambda opened: opened.root),
        Step(name="reopen", command=("round", "reopen")),
    )  # fmt: skip


class Menu:
    """The menu of a program: the steps that it has commands for, and the round that is open."""

    def __init__(self, printer: Printer, program: click.Command, memory: Path) -> None:
        self._printer = printer
        self._program = program
        self._memory = memory
        self._templates = Templates()
        self._steps = [step for step in _steps(printer) if _command_of(program, step)]
        self._round = self._remembered()

    def take(self, paths: Sequence[str]) -> None:
        """Open a round that was dragged here, or collect files into the round that is open."""
        for path in paths:
            if _is_round(Path(path)):
                self._open(Path(path))
        files = [str(Path(path).absolute()) for path in paths if not _is_round(Path(path))]
        collect = next((step for step in self._steps if step.name == "collect"), None)
        if not files or collect is None:
            return
        if self._round is None:
            self._printer.say("menu.no_round_to_collect")
        elif agreed(self._printer, phrase("menu.collect_into", round=self._round.name)):
            self._carry_out(collect, files)

    def show(self) -> None:
        """Show the steps, carry out the one that is chosen, and again, until somebody leaves."""
        self._printer.say("menu.welcome")
        while True:
            choices = self._choices()
            self._print(choices)
            try:
                chosen = ask(self._printer, phrase("menu.questions.step"))
            except Back:
                return
            if chosen == _LEAVE:
                return
            self._choose(choices, chosen)

    def _choices(self) -> list[tuple[str, Callable[[], None]]]:
        """The code of each line, and what it does: always the same, so that numbers are learnt."""
        choices = [(f"menu.steps.{step.name}", self._starter(step)) for step in self._steps]
        return [*choices, ("menu.open_round", self._open_another), ("menu.demo", self._demo)]

    def _starter(self, step: Step) -> Callable[[], None]:
        return lambda: self._start(step)

    def _print(self, choices: Sequence[tuple[str, Callable[[], None]]]) -> None:
        self._printer.line("")
        self._print_round()
        for number, (code, _) in enumerate(choices, 1):
            self._printer.line(f"  {number:>2}  {self._printer.speaker.say(code)}")
        self._printer.line(f"  {_LEAVE:>2}  {self._printer.speaker.say('menu.leave')}")

    def _print_round(self) -> None:
        """Say how the open round stands, or why that cannot be told."""
        if self._round is None:
            return
        try:
            opened = open_round(self._round)
            terms = opened.terms(self._templates)
            with opened.ledger() as ledger:
                board = board_of(opened, ledger, terms, datetime.now())
        except PtxlError as error:
            self._printer.note(error.sentence)
            return
        except OSError as error:  # a share that is gone
            self._printer.note(system_reason(error))
            return
        days = (opened.settings.deadline - board.now.date()).days
        left = (
            phrase("menu.days_left", days=days) if days >= 0 else phrase("menu.overdue", days=-days)
        )
        tally, facts = board.tally, {"folder": self._round, "left": left}
        self._printer.say(
            "menu.round", title=opened.settings.title, deadline=opened.settings.deadline, **facts
        )
        self._printer.say(
            "rounds.counts", due=tally.due, received=tally.received, counted=tally.counted,
            missing=tally.missing,
        )  # fmt: skip
        self._print_local(opened, terms.templates.local)

    def _print_local(self, opened: Round, local: Local) -> None:
        """Name the county's own rules that count here; or those that lie beside and do not."""
        beside = opened.root.parent / LOCAL
        if local.spec:
            about = local.spec.about.written
            self._printer.say(
                "menu.local_about" if about else "menu.local", file=LOCAL, about=about,
                rules=len(local.spec.rules), exceptions=len(local.spec.exceptions),
            )  # fmt: skip
        elif beside.is_file():
            self._printer.say("menu.local_beside", file=beside)

    def _choose(self, choices: Sequence[tuple[str, Callable[[], None]]], chosen: str) -> None:
        """Carry out what was chosen by number; files that were dragged here are collected."""
        numbers = {str(number): act for number, (_, act) in enumerate(choices, 1)}
        try:
            if chosen in numbers:
                numbers[chosen]()
            elif _is_there(chosen):
                self.take(read_paths(chosen))
            elif chosen:
                self._printer.say("menu.no_such_step", text=chosen)
        except Back:
            return
        except click.Abort:
            self._printer.line("")

    def _start(self, step: Step) -> None:
        """Ask what a step needs, then run its command."""
        if step.in_round and self._round is None:
            self._printer.say("menu.no_round")
            self._open_another()
        if step.in_round and self._round is None:
            return
        if step.questions:
            self._printer.say("menu.how_to_go_back")
        answers: dict[str, str] = {}
        arguments: list[str] = []
        places: list[str] = []
        for question in step.questions:
            answers[question.name] = question.put(self._printer, answers)
            given = question.arguments(answers[question.name])
            (arguments if question.option else places).extend(given)
        self._carry_out(replace(step, options=(*step.options, *arguments)), places)

    def _carry_out(self, step: Step, places: Sequence[str]) -> None:
        """Run a step's command; offer to open the round's folder when it did its work."""
        given = [str(self._round), *places] if step.in_round else list(places)
        folder = Path(given[0])
        code = self._run(*step.command, *step.options, "--", *given)
        if code in _DONE and _is_round(folder):
            self._open(folder)
            self._offer(step)

    def _run(self, *arguments: str) -> int:
        """Run a command as if it were typed; return its exit code."""
        self._printer.line("")
        language = self._printer.speaker.language
        try:
            self._program.main(["--lang", language, *arguments])
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else 0

    def _offer(self, step: Step) -> None:
        """Show what a step made in a window of the desktop, if there is one and somebody agrees."""
        if step.made is None or self._round is None or not has_desktop():
            return
        folder = step.made(open_round(self._round))
        if folder.is_dir() and agreed(self._printer, phrase("menu.open_folder", folder=folder)):
            click.launch(str(folder))

    def _open_another(self) -> None:
        """Ask for the folder of a round and open it."""
        try:
            (path,) = read_folder(ask(self._printer, phrase("menu.questions.round")))
        except Unclear as unclear:
            self._printer.note(unclear.sentence)
            return
        if _is_round(Path(path)):
            self._open(Path(path))
        else:
            self._printer.say("menu.no_round_there", folder=path)

    def _demo(self) -> None:
        question = Question(
            name="demo", read=read_folder, default=lambda _: str(Path.home() / "ptxl-demo")
        )
        self._run("demo", "--", *question.arguments(question.put(self._printer, {})))

    def _open(self, folder: Path) -> None:
        """Make a round the open one, and remember it for the next time."""
        self._round = folder.absolute()
        with suppress(OSError):  # a memory is a comfort, not a need
            write_whole(self._memory, f"{self._round}\n")

    def _remembered(self) -> Path | None:
        with suppress(OSError, ValueError):
            folder = Path(self._memory.read_text(encoding="utf-8").removesuffix("\n"))
            return folder if _is_round(folder) else None
        return None


def _command_of(program: click.Command, step: Step) -> click.Command | None:
    """The command of a step, if the program has it."""
    found: click.Command | None = program
    for name in step.command:
        group = found if isinstance(found, click.Group) else None
        found = group.get_command(click.Context(group), name) if group else None
    return found


def _is_round(folder: Path) -> bool:
    return (folder / FILE_NAME).is_file()


def _is_there(text: str) -> bool:
    with suppress(Unclear):
        return bool(read_paths(text))
    return False


def has_desktop() -> bool:
    """Return whether a person sits at a desktop where folders can be opened in windows."""
    if not sys.stdin.isatty():
        return False
    named = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return named or sys.platform in ("win32", "darwin")


@click.command(cls=SpokenCommand)
@click.argument("paths", nargs=-1)
@click.pass_context
def menu(context: click.Context, paths: tuple[str, ...]) -> None:
    """Lead through a round by a menu; paths (dragged onto it) are opened or collected."""
    memory = Path(click.get_app_dir("ptxl")) / "last-round"
    shown = Menu(context.obj, context.find_root().command, memory)
    with suppress(click.Abort):  # the end of what is typed, or an interrupt at the menu itself
        with suppress(Back):
            shown.take(paths)
        shown.show()
