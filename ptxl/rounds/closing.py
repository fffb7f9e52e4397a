"""A round at its end → one zip with all that counted (归档包), which `verify` checks anywhere.

It holds the forms that count as they came, the summary made of them, the board, the county's own
rules by which all was judged, and a manifest: what counted and what did not, with reasons,
decisions and approved exceptions, and the hash of every file in it. Files that do not count stay in
the round's archive; their hashes are told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ptxl.documents.document import Json, dump
from ptxl.merge.rows import AMOUNTS
from ptxl.model.errors import PtxlError
from ptxl.ooxml.package import pack
from ptxl.outputs import file_name
from ptxl.rounds.board import Board, Filed, Line
from ptxl.rounds.opinions import Opinion
from ptxl.rounds.records import Received
from ptxl.rounds.reports.board_workbook import board_workbook
from ptxl.rounds.settings import Settings
from ptxl.template import LOCAL
from ptxl.values.money import YUAN
from ptxl.words import Speaker

MANIFEST = "manifest.json"
FORMAT = "ptxl-closing-1"


class ClosingError(PtxlError):
    """A file of the archive that is not what was received."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The zip, and the SHA-256 of its manifest: with it in a note, nobody can replace the zip."""

    data: bytes
    digest: str


def closing_zip(
    board: Board, settings: Settings, *, closed: datetime, read: Callable[[Received], bytes],
    summary_workbook: bytes, summary_json: bytes, opinions: Iterable[Opinion] = (),
    local: bytes = b"", roster: tuple[str, bytes] = ("", b""),
) -> Closed:  # fmt: skip
    """Put what a round leaves behind into one zip; same round, same moment, same bytes.

    `read` gives the content of a received file, `local` is the file of the county's own rules, if
    there are any, `roster` how the name of the roster's file ends, and the file. Raises
    ClosingError where a received file is another one.
    """
    speaker, dues = Speaker(settings.language), [line.due for line in board.lines]
    counted = {_member(line, one, speaker): (line, one) for line, one in board.counted}
    members = {name: _content(one.received, read) for name, (_, one) in counted.items()}
    reports = {"summary": ".xlsx", "summary_data": ".json", "board": ".xlsx"}
    names = {key: speaker.say(f"closing.{key}") + suffix for key, suffix in reports.items()}
    members[names["summary"]] = summary_workbook
    members[names["summary_data"]] = summary_json
    members[names["board"]] = board_workbook(board, settings, speaker)
    if local:
        members[LOCAL] = local
    units = speaker.say("folders.roster") + roster[0].lower() if roster[0] else ""
    if units:
        members[units] = roster[1]
    manifest = {
        "format": FORMAT,
        "round": _round(settings),
        "closed": closed.isoformat(sep=" ", timespec="seconds"),
        "currency": next((due.currency for due in dues if due.currency), YUAN),
        "totals": _totals(one for _, one in counted.values()),
        "counted": [_counted(name, *pair) for name, pair in counted.items()],
        "not_counted": list(_others(board, speaker)),
        "without_form": [_without(line, speaker) for line in board.lines if not line.counted],
        "opinions": [_opinion(one) for one in opinions],
        "summary": names["summary_data"],
        "roster": units or None,
        "local": {"member": LOCAL, "sha256": sha256(local)} if local else None,
        "members": {name: {"sha256": sha256(data), "size": len(data)}
                    for name, data in members.items()},
    }  # fmt: skip
    text = dump(manifest).encode("utf-8", "replace")
    return Closed(pack({MANIFEST: text, **members}), sha256(text))


def sha256(data: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _member(line: Line, counted: Filed, speaker: Speaker) -> str:
    """What a form that counts is called in the zip; the template tells forms of one title apart."""
    due = line.due
    name = file_name(due.unit.code, due.unit.name, due.title, due.template)
    return f"{speaker.say('closing.counted')}/{name}{counted.received.suffix}"


def _content(received: Received, read: Callable[[Received], bytes]) -> bytes:
    data = read(received)
    if sha256(data) != received.digest:
        path = f"{received.digest}{received.suffix}"
        raise ClosingError("archive_changed", file=received.name, path=path)
    return data


def _round(settings: Settings) -> Json:
    """What the round is about; its key stays where it is."""
    return {
        "id": settings.id,
        "title": settings.title,
        "year": settings.year,
        "deadline": settings.deadline.isoformat(),
        "office": settings.office,
        "contact": settings.contact,
        "telephone": settings.telephone,
        "number": settings.number,
        "templates": {name: {key: _plain(value) for key, value in parameters.items()}
                      for name, parameters in settings.templates.items()},
    }  # fmt: skip


def _plain(value: object) -> Json:
    if isinstance(value, bool | int | str | Decimal | None):
        return value
    return str(value)


def _totals(counted: Iterable[Filed]) -> Json:
    totals = dict.fromkeys(AMOUNTS, Decimal(0))
    for one in counted:
        for name, amount in _amounts(one).items():
            totals[name] += amount
    return totals


def _amounts(one: Filed) -> Mapping[str, Decimal]:
    """What a form adds to the totals, which are over projects, as in the summary."""
    totals = one.form.totals if one.form.projects else {}
    return {name: totals.get(name, Decimal(0)) for name in AMOUNTS}


def _counted(member: str, line: Line, one: Filed) -> Json:
    """A form that counts: of whom, what it is, how it came, what it adds up to."""
    record = one.form
    return {
        "member": member,
        "unit": _unit(line),
        "form": {"template": record.template, "edition": record.edition, "title": record.title,
                 "serial": record.serial},
        **_file(one),
        "late": one.late,
        "projects": record.projects,
        "indicators": record.indicators,
        "totals": _amounts(one),
        "budget": {} if record.projects else dict(record.totals),
        "approved": len(record.approved),
    }  # fmt: skip


def _unit(line: Line) -> Json:
    unit = line.due.unit
    return {"code": unit.code, "name": unit.name, "department": unit.department}


def _file(one: Filed) -> Json:
    """Hash, size, and every time that a file came; what was decided about it."""
    received, decision = one.received, one.decision
    found: dict[str, Json] = {
        "sha256": received.digest,
        "size": received.size,
        "arrivals": [
            {"name": arrival.name, "arrived": str(arrival.arrived),
             "sent": str(arrival.sent) if arrival.sent else None, "sender": arrival.sender or None}
            for arrival in received.arrivals
        ],
    }  # fmt: skip
    if decision:
        found["decision"] = {"verdict": decision.verdict, "reason": decision.reason,
                             "decided": str(decision.decided)}  # fmt: skip
    return found


def _others(board: Board, speaker: Speaker) -> Iterator[Json]:
    """Every received file that does not count, and why."""
    counted = {one.received.digest for _, one in board.counted}
    for one in board.files:
        if one.received.digest not in counted:
            yield {
                **_file(one),
                "unit": one.unit or None,
                "state": one.state.value,
                "why": [speaker.word(remark) for remark in (one.state, *one.remarks)],
            }


def _without(line: Line, speaker: Speaker) -> Json:
    """A form that is due of which nothing counts."""
    return {
        "unit": _unit(line),
        "form": {"template": line.due.template, "title": line.due.title},
        "state": line.state.value,
        "why": [speaker.word(remark) for remark in (line.state, *line.remarks)],
    }


def _opinion(one: Opinion) -> Json:
    subject = one.subject
    return {
        "unit": subject.unit, "template": subject.template, "rule": subject.code,
        "field": subject.path, "place": subject.place, "answers": subject.answers,
        "verdict": one.verdict, "reason": one.reason,
    }  # fmt: skip
