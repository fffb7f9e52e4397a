"""A round on disk (`Round`): begun, found, changed under its lock; and where each thing of it lies.

Folders are named in the language of the round, so that whoever opens it finds the way.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from ptxl.model.errors import PtxlError
from ptxl.outputs import write_whole
from ptxl.receive.limits import Limits
from ptxl.receive.workers import Terms
from ptxl.roster import read_round_roster
from ptxl.rounds.archive import Archive
from ptxl.rounds.ledger import Ledger, LedgerError
from ptxl.rounds.lock import only_one, require_locks
from ptxl.rounds.records import Received
from ptxl.rounds.settings import FILE_NAME, KEY_DIGITS, Settings, read_settings, settings_text
from ptxl.template import LOCAL, Templates, read_local
from ptxl.words import LANGUAGES, Speaker

#: how long to wait for another program in the same round, in seconds
PATIENCE = 60.0
#: under which the ledger keeps the day of closing
CLOSED = "closed"
#: and the id of the round
_ID = "id"
#: and by what its key is known again
_KEY = "key"
_FOLDERS = ("forms", "inbox", "archive", "letters", "reports")
_LEDGER, _LOCK = "round.db", ".round.lock"
#: read aloud over the telephone: no I, L, O, U
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ID_LETTERS = 6


class RoundError(PtxlError):
    """A round that is not there, is there already, or is closed."""


@dataclass(frozen=True)
class Round:
    """A round on disk. `open_round` finds one, `make_round` makes one."""

    root: Path
    settings: Settings

    def _folder(self, code: str) -> Path:
        """A folder by its name in the language of the round, or the one that it had in another.

        So nothing is lost from sight where somebody changes the language of a round.
        """
        own, *others = (
            self.root / Speaker(language).say(f"folders.{code}")
            for language in (self.settings.language, *LANGUAGES)
        )
        there = (path for path in (own, *others) if path.is_dir())
        return next(there, own)

    @cached_property
    def forms(self) -> Path:
        """The folder of the forms that go out."""
        return self._folder("forms")

    @cached_property
    def inbox(self) -> Path:
        """The folder into which people put what comes back."""
        return self._folder("inbox")

    @cached_property
    def archive(self) -> Archive:
        """Every file that was received."""
        return Archive(self._folder("archive"))

    @cached_property
    def letters(self) -> Path:
        """The folder of what goes back."""
        return self._folder("letters")

    @cached_property
    def reports(self) -> Path:
        """The folder of the board, the list of problems, the summary."""
        return self._folder("reports")

    @property
    def roster(self) -> Path:
        """The table of the units."""
        return self.root / self.settings.roster

    @property
    def local(self) -> Path:
        """The county's own rules, if there are any."""
        return self.root / LOCAL

    @property
    def approved(self) -> tuple[Path, ...]:
        """What was approved in the stage before, if the round follows one, and anew after that."""
        return tuple(self.root / name for name in self.settings.approved)

    def unchanged(self, one: Received) -> Path:
        """Return where a received file lies. Raises ArchiveError where somebody changed it."""
        return self.archive.unchanged(one.digest, one.suffix, one.name)

    @property
    def key(self) -> bytes:
        """With which the forms are signed."""
        return self.settings.key.encode()

    def terms(self, templates: Templates | None = None, limits: Limits | None = None) -> Terms:
        """On what terms files of this round are opened, with its own rules unless others are given.

        Raises TemplateError where these have faults.
        """
        known = templates or Templates()
        if self.local.is_file() and not known.local.digest:
            known = known.with_local(read_local(self.local, known.paths))
        return Terms(known, limits or Limits(), self.key)

    @contextmanager
    def changing(self, waiting: Callable[[], None]) -> Iterator[Ledger]:
        """The ledger, while no other program changes this round.

        Raises BusyError when another does for long, NoLocksError where none can be kept out,
        RoundError when the round is closed.
        """
        with self.reading(waiting) as ledger:
            if ledger.remembered(CLOSED):
                raise RoundError("round_closed", path=self.root, on=ledger.remembered(CLOSED))
            yield ledger

    @contextmanager
    def reading(self, waiting: Callable[[], None]) -> Iterator[Ledger]:
        """The ledger, while no other program changes this round; of a closed round too."""
        with only_one(self.root / _LOCK, PATIENCE, waiting), self.ledger() as ledger:
            yield ledger

    def ledger(self) -> Ledger:
        """The ledger, to read in. Raises LedgerError where it is missing, or of another round."""
        path = self.root / _LEDGER
        if not path.is_file():
            raise LedgerError("ledger_gone", path=path, archive=self.archive.folder)
        ledger = Ledger(path)
        try:
            self._recognise(ledger, path)
        except BaseException:
            ledger.close()
            raise
        return ledger

    def _recognise(self, ledger: Ledger, path: Path) -> None:
        if ledger.remembered(_ID) != self.settings.id:
            raise LedgerError("ledger_of_another", path=path, id=self.settings.id)
        if ledger.remembered(_KEY) not in ("", _fingerprint(self.settings.key)):
            raise LedgerError("key_changed", path=self.root / FILE_NAME)


def open_round(path: Path) -> Round:
    """Find the round in a folder, or by its `round.yaml`.

    Raises RoundError when there is none, SettingsError when its settings cannot be used.
    """
    root = path.parent if path.name == FILE_NAME else path
    if not (root / FILE_NAME).is_file():
        raise RoundError("no_round", path=path, name=FILE_NAME)
    return Round(root, read_settings(root / FILE_NAME))


def make_round(
    root: Path, settings: Settings, roster: Path, templates: Templates,
    local: str | Path | None = None, approved: Sequence[bytes] = (),
) -> Round:  # fmt: skip
    """Make the folder of a round, with an id and a key of its own; the roster is copied into it,
    and so are the county's own rules, and what was `approved` in the stage before, the JSON of a
    summary or of several.

    Raises RoundError when there is a round already; NoLocksError where two programs could not be
    kept apart; RosterError and TemplateError when roster and templates do not fit together, before
    anything is written.
    """
    if (root / FILE_NAME).exists():
        raise RoundError("round_exists", path=root)
    require_locks(root)
    read_round_roster(roster, {name: templates.get(name) for name in settings.templates})
    own = local and read_local(local, templates.paths).text
    say = Speaker(settings.language).say
    numbers = ["", *range(2, 1 + len(approved))] if approved else []
    made = replace(
        settings,
        id=f"{settings.year}-{_letters()}",
        key=secrets.token_hex(KEY_DIGITS // 2),
        roster=say("folders.roster") + roster.suffix.lower(),
        approved=tuple(f"{say('folders.approved')}{number}.json" for number in numbers),
    )
    for code in _FOLDERS:
        (root / say(f"folders.{code}")).mkdir(parents=True, exist_ok=True)
    result = Round(root, made)
    write_whole(result.roster, roster.read_bytes())
    if own:
        write_whole(result.local, own)
    for path, summary in zip(result.approved, approved, strict=True):
        write_whole(path, summary)
    with Ledger(root / _LEDGER) as ledger, ledger.changing():
        ledger.remember(_ID, made.id)
        ledger.remember(_KEY, _fingerprint(made.key))
    write_whole(root / FILE_NAME, settings_text(made))  # last: a folder is a round by it
    return result


def _letters() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LETTERS))


def _fingerprint(key: str) -> str:
    """What tells a key from others, and does not tell the key."""
    return hashlib.sha256(f"ptxl round {key}".encode()).hexdigest()[:16]
