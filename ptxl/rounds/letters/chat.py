"""What is said of each form → a text for each unit, to be pasted into a chat or a mail. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ptxl.model.findings import Severity
from ptxl.model.form import Unit
from ptxl.rounds.board import Board, Filed, Line, Standing
from ptxl.rounds.letters.occasion import Occasion, day
from ptxl.rounds.letters.replies import Matter, Reply, came, file_name, reply_to
from ptxl.rounds.records import Due, short_digest
from ptxl.values.money import YUAN, unit_of_sums
from ptxl.words import Phrase, phrase

#: lines that a text shows of each severity; the others stand in the marked form
_MOST_ITEMS: Mapping[Severity, int] = {"error": 5, "warning": 3}
_RULE, _HEAVY_RULE = "─" * 40, "═" * 40


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitReply:
    """What is said to one unit about all its forms."""

    unit: Unit
    replies: tuple[Reply, ...]

    @property
    def matter(self) -> Matter:
        """The most urgent matter of all."""
        order = list(Matter)
        return min((reply.matter for reply in self.replies), key=order.index)

    @property
    def due(self) -> Due:
        """Who can be reached, and how: as the first of its forms says."""
        return self.replies[0].line.due


def unit_replies(board: Board) -> list[UnitReply]:
    """Gather what is said to each unit, in the order of the roster."""
    found: dict[str, list[Reply]] = {}
    for line in board.lines:
        found.setdefault(line.due.unit.code, []).append(reply_to(line))
    return [
        UnitReply(unit=replies[0].line.due.unit, replies=tuple(replies))
        for replies in found.values()
    ]


def chat_file(units: Sequence[UnitReply], occasion: Occasion, attached: Mapping[str, str]) -> str:
    """Return a text with a piece for each unit, the most urgent first, ready to be copied.

    `attached` names the marked form that goes along, by the content hash of what was received.
    """
    counts = Counter(unit.matter for unit in units)
    shown = tuple(
        phrase("letters.units", matter=phrase(f"letters.matter.{matter.value}"), count=count)
        for matter, count in sorted(counts.items(), key=lambda pair: list(Matter).index(pair[0]))
    )
    lines = [occasion.tell("chat.head"), occasion.tell("chat.about", counts=shown)]
    for matter in Matter:
        own = [unit for unit in units if unit.matter is matter]
        if own:
            named = occasion.tell(f"matter.{matter.value}")
            lines += ["", _HEAVY_RULE, occasion.tell("units", matter=named, count=len(own))]
        for unit in own:
            lines += [_RULE, _address(unit, occasion), _RULE]
            lines += [chat_text(unit, occasion, attached), ""]
    return "\n".join(lines) + "\n"


def _address(unit: UnitReply, occasion: Occasion) -> str:
    """For the officer: to whom the text below goes."""
    due = unit.due
    parts = tuple(filter(None, (due.contact, due.telephone, due.email)))
    return occasion.tell("chat.to", code=unit.unit.code, unit=unit.unit.name, parts=parts)


def chat_text(unit: UnitReply, occasion: Occasion, attached: Mapping[str, str]) -> str:
    """Return what a unit is told: how each of its forms stands, what to do, till when, whom to
    call."""
    lines = [occasion.tell("chat.salutation", unit=unit.unit.name)]
    for reply in unit.replies:
        lines += _about(reply, occasion, attached)
    if unit.matter in (Matter.CORRECT, Matter.CHASE):
        lines.append(occasion.tell("chat.wanted"))
    lines.append(occasion.whom_to_call)
    return "\n".join(filter(None, lines))


def _about(reply: Reply, occasion: Occasion, attached: Mapping[str, str]) -> Iterator[str]:
    """The lines about one form."""
    word = occasion.word
    yield word(reply.opening)
    for severity in ("error", "warning"):
        yield from item_lines(reply, severity, occasion, _MOST_ITEMS[severity])
    yield from map(word, reply.more)
    if reply.matter in (Matter.CHECK, Matter.RECEIPT):
        yield from map(word, _receipt(reply))
    digest = reply.filed.received.digest if reply.filed else ""
    if digest in attached:
        yield occasion.tell("chat.attached", file=attached[digest])


def item_lines(reply: Reply, severity: Severity, occasion: Occasion, most: int) -> Iterator[str]:
    """Yield what was found of one severity: a head, the first lines, and how many others."""
    items = list(map(occasion.word, reply.of(severity)))
    if items:
        yield occasion.tell(f"heads.{severity}")
    for number, item in enumerate(items[:most], 1):
        yield occasion.tell("numbered", number=number, item=item)
    if len(items) > most:
        yield occasion.tell("others", count=len(items) - most)


def _receipt(reply: Reply) -> Iterator[Phrase]:
    """What was received and counts: file, contents, hash, and what it replaces."""
    filed = reply.filed
    if filed is None or filed.record is None:
        return
    facts = tuple(_facts(filed, reply.line.due))
    yield phrase("letters.received_file", file=file_name(filed), facts=facts)
    older = replaced(reply.line)
    if older:
        yield phrase("letters.replaced", days=older)


def _facts(filed: Filed, due: Due) -> Iterator[Phrase]:
    record = filed.form
    yield phrase("letters.projects", count=record.projects)
    yield phrase("letters.indicators", count=record.indicators)
    if "total" in record.totals:
        total, unit = amount(record.totals["total"]), unit_of_sums(due.currency or YUAN)
        yield phrase("letters.total", amount=total, money=unit.called)
    yield phrase("letters.hash", hash=short_digest(filed.received.digest))


def replaced(line: Line) -> tuple[Phrase, ...]:
    """Return the days on which the forms came that what counts replaces."""
    older = (one for one in line.files if one.record and one.state is Standing.SUPERSEDED)
    return tuple(map(day, sorted({came(one).date() for one in older})))


def amount(value: Decimal) -> str:
    """Return an amount with at least two decimals, and none of them lost."""
    exact = value.normalize()
    digits = max(2, -int(exact.as_tuple().exponent))
    return f"{exact:,.{digits}f}"


def as_text_file(text: str) -> bytes:
    """Return a text as every editor of every system opens it rightly: with mark and CRLF."""
    return ("\ufeff" + text.replace("\n", "\r\n")).encode("utf-8")
