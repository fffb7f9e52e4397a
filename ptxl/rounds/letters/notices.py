"""What is said of each form → letters to a department: to correct, to send, received, issued. Pure.

Each letter has a title of two lines, whom it is for, paragraphs, a table with a line for each form,
and who writes it on which day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ptxl.rounds.board import Filed, Line, Standing
from ptxl.rounds.letters.chat import amount, item_lines, replaced
from ptxl.rounds.letters.docx import Align, Block, Column, Paragraph, Table, make_docx
from ptxl.rounds.letters.occasion import Occasion, day
from ptxl.rounds.letters.replies import Reply, came, file_name
from ptxl.rounds.records import Due, FormRecord, short_digest
from ptxl.rounds.settings import Settings
from ptxl.values.money import YUAN, added, unit_of_sums
from ptxl.words import Phrase, phrase

#: lines that a table shows of each severity for a form; the others stand in the marked form
_MOST_ERRORS, _MOST_WARNINGS = 3, 2
_AMOUNTS = ("total", "fiscal", "other")


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A letter before it is written: its code in the words, whom it is for, what stands in it."""

    code: str
    department: str
    facts: Mapping[str, object]
    #: codes of the paragraphs above the table
    paragraphs: Sequence[str]
    table: Table
    #: what stands below who wrote it
    appendix: Sequence[Block] = ()
    across: bool = False


def write_letter(letter: Letter, occasion: Occasion) -> bytes:
    """Write a letter as docx."""

    def told(code: str) -> str:
        return occasion.tell(f"{letter.code}.{code}", **letter.facts)

    blocks: list[Block] = [
        Paragraph(f"{occasion.settings.title}\n{told('title')}", "Title"),
        Paragraph(occasion.tell("salutation", department=letter.department), "Salutation"),
        *(Paragraph(told(code)) for code in letter.paragraphs),
    ]
    own = occasion.settings
    whom = tuple(filter(None, (own.contact, own.telephone)))
    if whom:
        blocks.append(Paragraph(occasion.tell("whom", parts=whom)))
    signed = "\n".join(filter(None, (own.office, occasion.tell("signed"))))
    blocks += [Paragraph("", "Salutation"), Paragraph(signed, "Signature")]
    blocks += [Paragraph(told("table"), "Caption"), letter.table, *letter.appendix]
    return make_docx(blocks, occasion.speaker, across=letter.across)


def to_correct(
    department: str, replies: Sequence[Reply], occasion: Occasion, attached: Mapping[str, str]
) -> bytes:
    """Write to a department which forms have to be corrected, and what in them."""
    columns = _columns(
        occasion, ("number", 1.3, "center"), ("unit", 3.2, "left"), ("what", 11.1, "left")
    )
    rows = [
        (str(number), _unit(reply.line.due), _what(reply, occasion, attached))
        for number, reply in enumerate(replies, 1)
    ]
    paragraphs = ["about", "words", "how"] if attached else ["about", "words"]
    letter = Letter(
        code="to_correct", department=department, facts={"count": len(replies)},
        paragraphs=paragraphs, table=Table(columns, rows),
    )  # fmt: skip
    return write_letter(letter, occasion)


def _what(reply: Reply, occasion: Occasion, attached: Mapping[str, str]) -> str:
    lines = [occasion.word(reply.opening)]
    lines += item_lines(reply, "error", occasion, _MOST_ERRORS)
    lines += item_lines(reply, "warning", occasion, _MOST_WARNINGS)
    lines += map(occasion.word, reply.more)
    digest = reply.filed.received.digest if reply.filed else ""
    if digest in attached:
        lines.append(occasion.tell("attached", file=attached[digest]))
    return "\n".join(lines)


def to_chase(department: str, replies: Sequence[Reply], occasion: Occasion) -> bytes:
    """Write to a department which forms have not come: overdue, or not yet."""
    columns = _columns(
        occasion, ("number", 1.2, "center"), ("name", 4.9, "left"), ("state", 6.3, "left"),
        ("contact", 3.2, "left"),
    )  # fmt: skip
    rows = [
        (str(number), _name(reply.line.due), _said(reply, occasion), _contact(reply.line.due))
        for number, reply in enumerate(replies, 1)
    ]
    letter = Letter(
        code="to_chase", department=department, facts={"count": len(replies)},
        paragraphs=["overdue" if occasion.overdue else "ahead", "how"], table=Table(columns, rows),
    )  # fmt: skip
    return write_letter(letter, occasion)


def _said(reply: Reply, occasion: Occasion) -> str:
    return "\n".join(map(occasion.word, (reply.opening, *reply.more)))


def receipt(department: str, lines: Sequence[Line], occasion: Occasion) -> bytes:
    """Write to a department which forms count: when they came, which files they are, how much is
    in them. `lines` are those of which a form counts."""
    currencies = (line.due.currency for line in lines)
    money = unit_of_sums(next(filter(None, currencies), YUAN)).called
    amounts: list[tuple[str, float, Align]] = [(name, 2.2, "right") for name in _AMOUNTS]
    columns = _columns(
        occasion, ("number", 1.2, "center"), ("unit", 3.4, "left"), ("received", 2.2, "center"),
        ("file", 3.2, "left"), ("hash", 2.9, "center"), ("projects", 1.8, "center"),
        ("indicators", 2.0, "center"), *amounts, ("remark", 1.9, "left"), money=money,
    )  # fmt: skip
    counted = [(line, line.counted) for line in lines if line.counted]
    rows = [_received(number, *pair, occasion) for number, pair in enumerate(counted, 1)]
    several = len(counted) > 1
    if several:
        rows.append(_total([filed for _, filed in counted], occasion))
    hashes = Table(
        _columns(occasion, ("number", 1.2, "center"), ("unit", 7.8, "left"),
                 ("full_hash", 16.2, "center")),
        [
            (str(number), _unit(line.due), filed.received.digest)
            for number, (line, filed) in enumerate(counted, 1)
        ],
    )  # fmt: skip
    letter = Letter(
        code="receipt", department=department, facts={"count": len(counted)},
        paragraphs=["about", "which"], table=Table(columns, rows, total=several),
        appendix=[Paragraph(occasion.tell("receipt.hashes"), "Caption"), hashes], across=True,
    )  # fmt: skip
    return write_letter(letter, occasion)


def _received(number: int, line: Line, filed: Filed, occasion: Occasion) -> tuple[str, ...]:
    records = _records([filed])
    return (
        str(number), _unit(line.due), came(filed).strftime("%Y-%m-%d\n%H:%M"), file_name(filed),
        short_digest(filed.received.digest), *_sums(records),
        "\n".join(map(occasion.word, _remarks(line, filed))),
    )  # fmt: skip


def _remarks(line: Line, filed: Filed) -> Iterator[Phrase]:
    """What is to be known of a form that counts: late, replaces others, something to be checked."""
    if filed.late:
        yield phrase("letters.late")
    older = replaced(line)
    if older:
        yield phrase("letters.replaces", days=older)
    if line.to_return:
        yield phrase("letters.newer_open", day=day(came(line.to_return)))
    warnings = filed.record.count("warning") if filed.record else 0
    if warnings and filed.state is Standing.TO_CHECK:
        yield phrase("letters.counts.warning", count=warnings)


def _total(counted: Sequence[Filed], occasion: Occasion) -> tuple[str, ...]:
    return "", occasion.tell("sum"), "", "", "", *_sums(_records(counted)), ""


def _records(filed: Iterable[Filed]) -> list[FormRecord]:
    return [one.record for one in filed if one.record]


def _sums(records: Sequence[FormRecord]) -> tuple[str, ...]:
    """How many projects and indicators there are, and each amount."""
    projects = sum(record.projects for record in records)
    indicators = sum(record.indicators for record in records)
    return str(projects), str(indicators), *(_sum(records, name) for name in _AMOUNTS)


def _sum(records: Iterable[FormRecord], name: str) -> str:
    """The sum of an amount; a dash where no form has it."""
    found = [record.totals[name] for record in records if name in record.totals]
    return amount(added(found)) if found else "—"


def cover_note(settings: Settings, department: str, dues: Sequence[Due], today: date) -> bytes:
    """Write what goes out with the forms of a department: what to fill in, till when, whom to call.

    `dues` are the forms of its units.
    """
    occasion = Occasion(settings=settings, today=today)
    columns = _columns(
        occasion, ("number", 1.2, "center"), ("name", 4.5, "left"), ("form", 7.1, "left"),
        ("contact", 2.8, "left"),
    )  # fmt: skip
    rows = [
        (str(number), _name(due), due.title, _contact(due)) for number, due in enumerate(dues, 1)
    ]
    units = len({due.unit.code for due in dues})
    paragraphs = ["by_number" if settings.number else "about", "fill", "check", "back", "until"]
    letter = Letter(
        code="cover", department=department, facts={"units": units, "forms": len(dues)},
        paragraphs=paragraphs, table=Table(columns, rows),
    )  # fmt: skip
    return write_letter(letter, occasion)


def _columns(
    occasion: Occasion, *columns: tuple[str, float, Align], **facts: object
) -> list[Column]:
    return [
        Column(occasion.tell(f"columns.{name}", **facts), width, align)
        for name, width, align in columns
    ]


def _name(due: Due) -> str:
    return f"{due.unit.code} {due.unit.name}"


def _unit(due: Due) -> str:
    return f"{_name(due)}\n{due.title}"


def _contact(due: Due) -> str:
    return "\n".join(filter(None, (due.contact, due.telephone)))
