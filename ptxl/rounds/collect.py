"""Files, folders, archives and mails → the archive and the ledger of a round, judged.

Each file is on the disk of the archive, then noted, then judged: a kill at any moment loses nothing
that the next run does not find, and running again changes nothing. The inbox is only read.
"""

from __future__ import annotations

import hashlib
import ssl
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

from ptxl import __version__
from ptxl.api import Progress
from ptxl.inputs import FileName, find_inputs, shown
from ptxl.model.errors import InputError, TableError, WorkbookError, system_reason
from ptxl.model.refusals import refusal
from ptxl.receive.containers import ContainerKind, Contents, container_kind
from ptxl.receive.unpacking import Budget, open_container
from ptxl.receive.workers import Opened, Terms, Unread, Workers
from ptxl.rounds.archive import ChangingError, SourceError, Stored
from ptxl.rounds.folder import Round, RoundError
from ptxl.rounds.judge import judge, to_text
from ptxl.rounds.ledger import Ledger
from ptxl.rounds.mailbox import Account, Seen, fetch_mails, find_password
from ptxl.rounds.records import (
    Arrival,
    Container,
    FormRecord,
    Judgement,
    Refused,
    short_digest,
)
from ptxl.rounds.reporting import LIST, take_opinions
from ptxl.rounds.status import ISSUED
from ptxl.words import Phrase, phrase

#: a clock that is wrong by less does not matter
_SLACK = timedelta(days=1)
#: files that are noted together: a commit costs as much as reading a form
_TOGETHER = 40
_PROBLEM_LIST = "problem_list"
#: refusals that a busy machine brings about, or a program that is not there yet
_PERHAPS_LATER = ("timed_out", "killed", "out_of_memory", "archive_needs_program")


@dataclass(slots=True)
class Collected:
    """What a run found: new files by hash, how many were known, what could not be taken in."""

    new: list[str] = field(default_factory=list)
    known: int = 0
    #: name and reason of each
    problems: list[tuple[str, Phrase]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    #: decisions that were read from lists of problems
    opinions: int = 0


def collect(
    where: Round, paths: Sequence[Path], terms: Terms, now: datetime,
    *, watched: Watched | None = None, progress: Progress = iter,
    waiting: Callable[[], None] = lambda: None,
) -> Collected:  # fmt: skip
    """Take in files and folders, by default the inbox; judge what was not judged yet.

    While somebody watches, only what is `watched` and has settled is taken. Raises BusyError,
    RoundError, LedgerError; InputError for an empty folder that was named; OSError where the disk
    is full or gone. What was taken in until then stays.
    """
    if not paths and not where.inbox.is_dir():
        raise RoundError("no_inbox", path=where.inbox)
    with where.changing(waiting) as ledger:
        _check_clock(ledger, now)
        run = _Run(where, ledger, terms, now)
        files = _inputs(paths, where.inbox, run.result)
        run.take_in(watched.settled(files) if watched else files)
        run.restore()
        run.judge(progress)
        if run.adopt():
            run.judge(progress)
        run.take_opinions()
        run.tell_lacking()
        return run.result


def _check_clock(ledger: Ledger, now: datetime) -> None:
    """Raise RoundError where the clock of this machine says what cannot be: times would be lost."""
    issued = ledger.remembered(ISSUED)
    if issued and now < datetime.fromisoformat(issued) - _SLACK:
        raise RoundError("clock_wrong", now=now.date(), issued=issued[:10])


class Watched:
    """Which files of a folder have settled: those that are as they were when last looked at.

    A file that is still being written, or copied over a network, is left for the next time; one
    that was given once is given again when it has changed.
    """

    def __init__(self) -> None:
        self._last: dict[Path, tuple[int, int]] = {}
        self._given: dict[Path, tuple[int, int]] = {}

    def settled(self, files: Iterable[FileName]) -> Iterator[FileName]:
        """Yield the files that have settled and were not given as they are."""
        for path, name in files:
            with suppress(OSError):  # it went away
                about = path.lstat()
                now = about.st_size, about.st_mtime_ns
                if self._last.get(path) == now and self._given.get(path) != now:
                    self._given[path] = now
                    yield path, name
                self._last[path] = now


@dataclass(slots=True)
class Fetched:
    """How many mails were put into the archive, and which were not, each with the reason."""

    count: int = 0
    left: list[tuple[str, Phrase]] = field(default_factory=list)


def fetch(
    where: Round, account: Account, environment: Mapping[str, str], now: datetime,
    *, trust: ssl.SSLContext | None = None, waiting: Callable[[], None] = lambda: None,
) -> Fetched:  # fmt: skip
    """Put the mails that came since the forms went out into the archive, to be judged next.

    How far the mailbox was read is noted with each mail, so that the next run goes on behind it.
    `trust` is as for `fetch_mails`. Raises MailboxError, BusyError, RoundError.
    """
    result = Fetched()
    password = find_password(account, environment)
    with where.changing(waiting) as ledger:
        key = f"mailbox {account.user} {account.host} {account.folder}"
        seen = Seen(*map(int, ledger.remembered(key).split()))
        issued = ledger.remembered(ISSUED)
        since = datetime.fromisoformat(issued).date() if issued else now.date()
        for mail in fetch_mails(account, password, since, seen, trust=trust):
            stored = where.archive.store_bytes(mail.data, mail.name) if mail.data else None
            with ledger.changing():
                if stored:
                    ledger.add_arrival(stored, Arrival(names=(mail.name,), arrived=now))
                ledger.remember(key, f"{mail.seen.validity} {mail.seen.last}")
            result.count += stored is not None
            result.left += [(mail.name, mail.why)] if mail.why else []
    return result


def _inputs(paths: Sequence[Path], inbox: Path, result: Collected) -> list[FileName]:
    """The files in order; an empty inbox holds none."""
    found: list[FileName] = []
    with suppress(*([] if paths else [InputError])):
        for path in paths or [inbox]:
            inputs = find_inputs([path])
            found += inputs.files
            result.skipped += inputs.skipped
    return found


@dataclass(slots=True)
class _Run:
    """One run of `collect`."""

    round: Round
    ledger: Ledger
    terms: Terms
    now: datetime
    result: Collected = field(default_factory=Collected)
    _budgets: dict[str, Budget] = field(default_factory=dict)

    def take_in(self, files: Iterable[FileName]) -> None:
        """Put files into the archive, and note when they came."""
        known = self.ledger.known_arrivals()
        noted: list[tuple[Stored, Arrival]] = []
        for path, name in files:
            try:
                arrived = self._arrived(path)  # first: what is stored is noted too
                stored = self.round.archive.store(path)
            except WorkbookError as error:
                self.result.problems.append((name, error.sentence))
                continue
            except ChangingError:
                self.result.problems.append((name, phrase("rounds.still_written")))
                continue
            except SourceError as error:
                self.result.problems.append((name, system_reason(error.cause)))
                continue
            arrival = Arrival(names=(self._called(path, name),), arrived=arrived)
            if (stored.digest, arrival.names) in known:
                self.result.known += 1
                continue
            noted.append((stored, arrival))
            if len(noted) >= _TOGETHER:
                self._note(noted)
        self._note(noted)

    def _note(self, noted: list[tuple[Stored, Arrival]]) -> None:
        """Note what came; it is on the disk before that is said."""
        for stored, _ in noted:
            self.round.archive.sync(stored)
        with self.ledger.changing():
            new = [stored.digest for stored, a in noted if self.ledger.add_arrival(stored, a)]
        self.result.new += new
        noted.clear()

    def _called(self, path: Path, name: str) -> str:
        """What a file is called: by its place in the inbox, or in the folder that was named."""
        with suppress(ValueError):
            inside = path.absolute().relative_to(self.round.inbox.absolute())
            return shown(PurePosixPath(inside.as_posix()))
        if name == str(path):
            return shown(PurePosixPath(path.name))
        return Path(name).as_posix()

    def _arrived(self, path: Path) -> datetime:
        """When a file appeared in its folder: no later than now. Raises SourceError."""
        try:
            about = path.lstat()
        except OSError as error:
            raise SourceError(error) from error
        # What Linux calls a change of the file's entry, Windows calls its birth.
        born = getattr(about, "st_birthtime", 0.0) if sys.platform == "win32" else about.st_ctime
        return min(datetime.fromtimestamp(born).replace(microsecond=0), self.now)

    def adopt(self) -> bool:
        """Note what a run that was killed had put into the archive, and nobody named again.

        Return whether there was any. What lay in an archive or a mail is named when that is opened.
        """
        noted = {stored.digest for stored in self.ledger.stored()}
        left = [stored for stored in self.round.archive.holding() if stored.digest not in noted]
        named = [
            (s, Arrival(names=(f"{short_digest(s.digest)}{s.suffix}",), arrived=self.now))
            for s in left
        ]
        self._note(named)
        return bool(left)

    def restore(self) -> None:
        """Have archives and mails opened again out of which files are lacking now."""
        for stored in self._lacking():
            for arrival in self.ledger.arrivals(stored.digest):
                if len(arrival.names) > 1:
                    self.ledger.open_again(arrival.names[:-1])

    def tell_lacking(self) -> None:
        """Say which files are lacking in the archive though they were received."""
        for stored in self._lacking():
            name = self.ledger.arrivals(stored.digest)[0].name
            path = self.round.archive.path(stored.digest, stored.suffix)
            self.result.problems.append((name, phrase("rounds.archive_lacks", path=path)))

    def _lacking(self) -> list[Stored]:
        return [s for s in self.ledger.stored() if not self._lies(s)]

    def _lies(self, stored: Stored) -> bool:
        return self.round.archive.path(stored.digest, stored.suffix).is_file()

    def judge(self, progress: Progress) -> None:
        """Say of every file that was not judged, or by other rules, what it is."""
        rules = self._rules()
        tried: set[str] = set()
        while waiting := [s for s in self.ledger.unjudged(rules) if s.digest not in tried]:
            # What lies in an archive that is opened again is there only afterwards.
            waiting = list(filter(self._lies, waiting))
            if not waiting:
                return
            tried.update(stored.digest for stored in waiting)
            containers = list(self._judge(waiting, rules, progress))
            for stored in containers:
                self._open(stored, rules)

    def _judge(self, waiting: Sequence[Stored], rules: str, progress: Progress) -> Iterator[Stored]:
        """Judge files, and yield those that hold others."""
        files = [(self.round.archive.path(s.digest, s.suffix), s.digest) for s in waiting]
        judged: list[tuple[str, str, str]] = []
        task = judge_file
        with Workers(task, self.terms, most=len(files)) as pool:
            for stored, outcome in zip(waiting, pool.each(progress(files)), strict=True):
                if isinstance(outcome, Container):
                    yield stored
                    continue
                if isinstance(outcome, Unread) and outcome.error.code == _PROBLEM_LIST:
                    self._remember_list(stored)
                judged.append((stored.digest, *_as_kept(outcome, rules)))
                if len(judged) >= _TOGETHER:
                    self._keep(judged)
        self._keep(judged)

    def take_opinions(self) -> None:
        """Keep what the officer decided on lists of problems that came, on each of them once.

        A list that came in an archive, a mail or a folder of somebody's decides nothing: whoever
        holds one could write into it. Put into the inbox itself, it does.
        """
        for digest, taken in self.ledger.remembered_below(LIST).items():
            arrivals = self.ledger.arrivals(digest)
            own = any(len(one.names) == 1 and "/" not in one.name for one in arrivals)
            if own and not taken:
                self._take_list(digest, arrivals[0].name)
            elif not taken and digest in self.result.new:
                self.result.problems.append((arrivals[0].name, phrase("rounds.list_from_others")))

    def _take_list(self, digest: str, name: str) -> None:
        stored = self.round.archive.find(digest)
        assert stored
        path = self.round.archive.path(digest, stored.suffix)
        try:
            found = take_opinions(self.ledger, path, self.round.key, self.now)
        except TableError as error:
            self.result.problems.append((name, error.sentence))
            return
        with self.ledger.changing():
            self.ledger.remember(f"{LIST}{digest}", self.now.isoformat())
        self.result.opinions += len(found.opinions)
        self.result.problems += [(name, fault) for fault in found.faults]

    def _remember_list(self, stored: Stored) -> None:
        """Remember a list of problems that is yet to be taken; what was taken stays taken."""
        name = f"{LIST}{stored.digest}"
        self.ledger.remember(name, self.ledger.remembered(name))

    def _keep(self, judged: list[tuple[str, str, str]]) -> None:
        with self.ledger.changing():
            for one in judged:
                self.ledger.judge(*one)
        judged.clear()

    def _open(self, stored: Stored, rules: str) -> None:
        """Take the files out of an archive or a mail; they and it are noted at once."""
        arrivals = self.ledger.arrivals(stored.digest)
        inside: list[tuple[Stored, Arrival]] = []
        faults: list[Phrase] = []
        kind: ContainerKind | None = None
        try:
            for contents in self._contents(stored, arrivals[0]):
                kind = contents.kind
                inside += self._store(contents, arrivals)
                faults += [phrase("rounds.inside", name=one.name, reason=one.error.sentence)
                           for one in contents.refused]  # fmt: skip
        except WorkbookError as error:
            faults.append(error.sentence)
            rules = "" if error.code in _PERHAPS_LATER else rules
        count = len(inside) // len(arrivals)
        judgement: Judgement = Container(kind=kind or "", files=count, faults=tuple(faults))
        if not inside:
            code = "empty_container" if not faults else "container_unread"
            judgement = Refused(code=code, sentence=(*faults, phrase("rounds.nothing_inside"))[0])
        with self.ledger.changing():
            new = [one.digest for one, arrival in inside if self.ledger.add_arrival(one, arrival)]
            self.ledger.judge(stored.digest, rules, to_text(judgement))
        self.result.new += new

    def _contents(self, stored: Stored, outer: Arrival) -> Iterator[Contents]:
        """What is in an archive or a mail, some at a time. Raises WorkbookError."""
        budget = self._budgets.setdefault(outer.names[0], Budget(self.terms.limits))
        path = self.round.archive.path(stored.digest, stored.suffix)
        if len(outer.names) > self.terms.limits.archive_depth:
            raise refusal("archive_too_deep", limit=self.terms.limits.archive_depth)
        yield from open_container((path, outer.name), self.terms, budget)

    def _store(
        self, contents: Contents, arrivals: Iterable[Arrival]
    ) -> Iterator[tuple[Stored, Arrival]]:
        """Put what lay in a container into the archive: it came as often as that did."""
        for entry in contents.entries:
            stored = self.round.archive.store_bytes(entry.data, entry.name)
            for outer in arrivals:
                yield (
                    stored,
                    replace(
                        outer,
                        names=(*outer.names, entry.name),
                        sent=contents.sent or outer.sent,
                        sender=contents.sender or outer.sender,
                    ),
                )

    def _rules(self) -> str:
        """By what files are judged: another ptxl, or other templates, may judge otherwise."""
        known = (__version__, self.terms.templates.fingerprint(), str(self.terms.limits))
        return hashlib.sha256("\n".join(known).encode()).hexdigest()[:16]


def judge_file(file: Opened) -> FormRecord | Container:
    """Say what a file is; the task of a worker. A container is only told, and opened later."""
    kind = container_kind(file.data, file.terms.limits)
    if kind:
        return Container(kind=kind, files=0)
    return judge(file)


def _as_kept(outcome: FormRecord | Unread, rules: str) -> tuple[str, str]:
    """By which rules, and what is kept of it; what may go well another time is tried again."""
    if not isinstance(outcome, Unread):
        return rules, to_text(outcome)
    error = outcome.error
    again = error.code in _PERHAPS_LATER
    return "" if again else rules, to_text(Refused(code=error.code, sentence=error.sentence))
