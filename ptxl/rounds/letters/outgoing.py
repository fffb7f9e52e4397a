"""A board → all files that go back to people: letters, marked forms, texts, drafts. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ptxl.outputs import file_name
from ptxl.rounds.board import Board
from ptxl.rounds.letters.chat import UnitReply, as_text_file, chat_file, chat_text, unit_replies
from ptxl.rounds.letters.mail import addresses_in, make_draft
from ptxl.rounds.letters.notices import receipt, to_chase, to_correct
from ptxl.rounds.letters.occasion import Occasion
from ptxl.rounds.letters.replies import Matter, marked_forms

#: the steps of a path below the folder of letters, and what the file holds
Outgoing = tuple[tuple[str, ...], bytes]
#: of a marked form: what it is called, and its bytes
MarkedFile = tuple[str, bytes]


def letters(
    board: Board, occasion: Occasion, marked: Mapping[str, MarkedFile]
) -> Iterator[Outgoing]:
    """Yield all files that go back to people, with their paths below the folder of letters.

    `marked` holds, by content hash, the forms that `marked_forms` names.
    """
    units = unit_replies(board)
    names = _names(board, occasion, marked)
    for folder, own in _by_folder(units).items():
        yield from _letters_to(folder, own, occasion, names)
        for unit in own:
            yield from _to_unit(folder, unit, occasion, names, marked)
    text = chat_file(units, occasion, names)
    yield (occasion.tell("files.chat"),), as_text_file(text)


def _by_folder(units: Sequence[UnitReply]) -> dict[str, list[UnitReply]]:
    """The units of each department; one of no department stands for itself."""
    found: dict[str, list[UnitReply]] = {}
    for one in units:
        found.setdefault(one.unit.answers_to, []).append(one)
    return found


def _letters_to(
    department: str, units: Sequence[UnitReply], occasion: Occasion, names: Mapping[str, str]
) -> Iterator[Outgoing]:
    """The letters to one department: each only where there is something to be said."""
    replies = [reply for unit in units for reply in unit.replies]
    folder = file_name(department)
    correct = [reply for reply in replies if reply.matter is Matter.CORRECT]
    if correct:
        data = to_correct(department, correct, occasion, names)
        yield (folder, occasion.tell("files.to_correct")), data
    chase = [reply for reply in replies if reply.matter is Matter.CHASE]
    if chase:
        yield (folder, occasion.tell("files.to_chase")), to_chase(department, chase, occasion)
    counted = [reply.line for reply in replies if reply.line.counted]
    if counted:
        yield (folder, occasion.tell("files.receipt")), receipt(department, counted, occasion)


def _to_unit(
    department: str, unit: UnitReply, occasion: Occasion, names: Mapping[str, str],
    marked: Mapping[str, MarkedFile],
) -> Iterator[Outgoing]:  # fmt: skip
    """The marked forms of one unit, and a draft of a mail with them, if its address is known."""
    folder = file_name(department)
    digests = [reply.filed.received.digest for reply in unit.replies if reply.filed]
    files = [(names[digest], marked[digest][1]) for digest in digests if digest in names]
    for name, data in files:
        yield (folder, name), data
    to = addresses_in(unit.due.email)
    if to:
        subject = occasion.tell(f"subject.{unit.matter.value}", unit=unit.unit.name)
        draft = make_draft(to, subject, chat_text(unit, occasion, names), files)
        name = file_name(unit.unit.code, unit.unit.name) + ".eml"
        # Apart, so that the many that only confirm hide none that somebody waits for.
        mails = "mail_receipts" if unit.matter is Matter.RECEIPT else "mail"
        yield (folder, occasion.tell(f"files.{mails}"), name), draft


def _names(board: Board, occasion: Occasion, marked: Mapping[str, MarkedFile]) -> dict[str, str]:
    """What marked forms are called, by content hash: so that nobody mixes units or forms up."""
    names: dict[str, str] = {}
    for one in marked_forms(board):
        record, digest = one.record, one.received.digest
        if record and digest in marked:
            suffix = "." + marked[digest][0].rpartition(".")[2]
            parts = (
                record.unit.code,
                record.unit.name,
                record.title,
                occasion.tell("files.marked"),
            )
            names[digest] = _free(file_name(*parts), suffix, names)
    return names


def _free(stem: str, suffix: str, taken: Mapping[str, str]) -> str:
    name, number = stem + suffix, 1
    while name in taken.values():
        number += 1
        name = f"{stem}_{number}{suffix}"
    return name
