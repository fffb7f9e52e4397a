"""A whole workbook and a number → the same workbook with something changed, somewhere.

Containers are damaged byte by byte; what is inside them is changed and packed anew, which gets
past every checksum: tokens of XML, records of an xls. `PTXL_FUZZ_FIRST` is the number of the first
mutant that is tried, so that a long run can go on where another one ended.
"""

from __future__ import annotations

import os
import re
import struct
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

import olefile

from ptxl.receive.workers import Task, Terms, Unread, Workers
from ptxl.template import Templates
from tests.handmade import Records, compound, records_of, unzipped, zipped

#: the first seed
_FIRST = int(os.environ.get("PTXL_FUZZ_FIRST", "0"))
_EXTREMES = (
    "", "0", "-1", "1", "255", "256", "65535", "65536", "1048576", "1048577", "2147483647",
    "4294967295", "18446744073709551616", "9" * 40, "1e308", "1e999", "-1e-400", "NaN", "INF", "A0",
    "XFD1048576", "ZZZZ9", "A1:XFD1048576", "true", "&amp;", "&#x10FFFF;", "&#0;", "'", "\u202e",
    "x" * 5000,
)  # fmt: skip
_SHORTS = (0, 1, 5, 255, 256, 8224, 0x7FFF, 0xFFFE, 0xFFFF)
_ODD = (
    b"<!-- x -->", b"<![CDATA[9]]>", b"<?x y?>", b"<!DOCTYPE x>", b"<x/>", b"<c><v>9</v></c>",
    b"<v>9</v>", b"&a;", b"\0", b"\xff", b"9",
)  # fmt: skip
_TOKENS = re.compile(rb"<[^>]*>|[^<]+")
_ATTRIBUTE = re.compile(rb'([\w:]+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed workbook; `part` is what was changed of what is inside, "" for the container."""

    data: bytes
    part: str = ""


def mutate(data: bytes, kind: str, seed: int) -> Mutant:
    """The mutant of that number. `kind` is the format of the workbook."""
    random = Random(f"{kind} {seed}")
    if random.random() < 0.25:
        return Mutant(damage(data, random))
    return _records_changed(data, random) if kind == "xls" else _part_changed(data, random)


# -- bytes


def damage(data: bytes, random: Random) -> bytes:
    """A few bytes of a file changed, lost or doubled."""
    content = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 8))):
        _BYTE_DEEDS[random.randrange(len(_BYTE_DEEDS))](content, random)
    return bytes(content)


def _flip(content: bytearray, random: Random) -> None:
    content[_place(content, random)] ^= 1 << random.randrange(8)


def _set(content: bytearray, random: Random) -> None:
    content[_place(content, random)] = random.choice((0, 1, 0x7F, 0x80, 0xFF))


def _set_number(content: bytearray, random: Random) -> None:
    place = _place(content, random)
    content[place : place + 4] = struct.pack("<I", random.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF)))


def _cut_out(content: bytearray, random: Random) -> None:
    place = _place(content, random)
    del content[place : place + random.choice((1, 2, 16, 512, 5000))]
    content += bytes(not content)


def _double(content: bytearray, random: Random) -> None:
    place, length = _place(content, random), random.choice((1, 2, 16, 512, 5000))
    content[place:place] = content[place : place + length]


def _zero(content: bytearray, random: Random) -> None:
    place = _place(content, random)
    end = min(len(content), place + random.choice((2, 16, 512, 5000)))
    content[place:end] = bytes(end - place)


def _cut_off(content: bytearray, random: Random) -> None:
    del content[max(1, _place(content, random)) :]


_BYTE_DEEDS: tuple[Callable[[bytearray, Random], None], ...] = (
    _flip, _flip, _set, _set_number, _cut_out, _double, _zero, _cut_off,
)  # fmt: skip


def _place(content: bytearray, random: Random) -> int:
    """Anywhere, but often where a container keeps its tables: at the start and the end."""
    length, choice = len(content), random.random()
    if choice < 0.2:
        return random.randrange(min(512, length))
    if choice < 0.5:
        return length - 1 - random.randrange(min(2000, length))
    return random.randrange(length)


# -- parts


@lru_cache(maxsize=8)
def _parts(data: bytes) -> dict[str, bytes]:
    return unzipped(data)


@lru_cache(maxsize=64)
def _tokens(content: bytes) -> tuple[bytes, ...]:
    return tuple(_TOKENS.findall(content))


def _part_changed(data: bytes, random: Random) -> Mutant:
    parts = _parts(data)
    names = [name for name, content in parts.items() if content.startswith(b"<")]
    # Sheets are where readers look longest.
    sheets = [name for name in names if "sheet" in name or name == "content.xml"]
    part = random.choice(sheets if random.random() < 0.6 else names)
    tokens = list(_tokens(parts[part]))
    for _ in range(random.choice((1, 1, 1, 3))):
        _TOKEN_DEEDS[random.randrange(len(_TOKEN_DEEDS))](tokens, random)
    return Mutant(zipped(parts | {part: b"".join(tokens)}), part)


def _any(tokens: list[bytes], random: Random) -> int:
    return random.randrange(len(tokens))


def _delete_token(tokens: list[bytes], random: Random) -> None:
    if len(tokens) > 1:
        del tokens[_any(tokens, random)]


def _repeat_token(tokens: list[bytes], random: Random) -> None:
    place = _any(tokens, random)
    tokens[place:place] = [tokens[place]] * random.choice((1, 1, 2, 300))


def _swap_tokens(tokens: list[bytes], random: Random) -> None:
    one, other = _any(tokens, random), _any(tokens, random)
    tokens[one], tokens[other] = tokens[other], tokens[one]


def _repeat_slice(tokens: list[bytes], random: Random) -> None:
    start, target = _any(tokens, random), _any(tokens, random)
    tokens[target:target] = tokens[start : start + random.randrange(1, 60)]


def _delete_slice(tokens: list[bytes], random: Random) -> None:
    start = _any(tokens, random)
    if start:
        del tokens[start : start + random.randrange(1, 60)]


def _change_attribute(tokens: list[bytes], random: Random) -> None:
    places = [place for place, token in enumerate(tokens) if b'="' in token]
    if places:
        place = random.choice(places)
        found = random.choice(list(_ATTRIBUTE.finditer(tokens[place])) or [None])
        if found:
            value = random.choice(_EXTREMES).encode()
            token = tokens[place]
            deeds = (
                token[: found.start(2)] + value + token[found.end(2) :],
                token[: found.start()] + token[found.end() :],
                token[: found.end()] + b" " + found[0] + token[found.end() :],
                token[: found.start(1)] + b"x" + token[found.start(1) :],
            )
            tokens[place] = random.choice(deeds[:1] * 3 + deeds)


def _change_text(tokens: list[bytes], random: Random) -> None:
    places = [place for place, token in enumerate(tokens) if not token.startswith(b"<")]
    if places:
        tokens[random.choice(places)] = random.choice(_EXTREMES).encode()


def _change_name(tokens: list[bytes], random: Random) -> None:
    place, other = _any(tokens, random), _any(tokens, random)
    name = re.match(rb"</?([\w:]+)", tokens[other])
    if name:
        tokens[place] = re.sub(rb"(?<=^<)[\w:]+", name[1], tokens[place])


def _change_byte(tokens: list[bytes], random: Random) -> None:
    place = _any(tokens, random)
    content = bytearray(tokens[place])
    content[random.randrange(len(content))] ^= 1 << random.randrange(8)
    tokens[place] = bytes(content)


def _insert_odd(tokens: list[bytes], random: Random) -> None:
    tokens.insert(_any(tokens, random), random.choice(_ODD))


_TOKEN_DEEDS: tuple[Callable[[list[bytes], Random], None], ...] = (
    _delete_token, _repeat_token, _swap_tokens, _repeat_slice, _delete_slice, _change_attribute,
    _change_attribute, _change_attribute, _change_text, _change_text, _change_name, _change_byte,
    _insert_odd,
)  # fmt: skip


# -- records


@lru_cache(maxsize=8)
def _streams(data: bytes) -> tuple[Records, dict[str, bytes]]:
    with olefile.OleFileIO(data) as container:
        names = ["/".join(path) for path in container.listdir() if len(path) == 1]
        streams = {name: container.openstream(name).read() for name in names}
    return records_of(streams["Workbook"]), streams


def _records_changed(data: bytes, random: Random) -> Mutant:
    whole, streams = _streams(data)
    records = list(whole)
    touched: list[str] = []
    for _ in range(random.choice((1, 1, 2, 8))):
        deed = _RECORD_DEEDS[random.randrange(len(_RECORD_DEEDS))]
        place = random.randrange(len(records))
        touched.append(_named(records[place]))
        deed(records, place, random)
        touched.append(_named(records[min(place, len(records) - 1)]))
    # Sheets stay where they were said to be, unless a record changed its length before them.
    stream = b"".join(struct.pack("<HH", kind, len(text) & 0xFFFF) + text for kind, text in records)
    if random.random() < 0.15:
        content = bytearray(stream)
        _set_number(content, random)
        stream, touched = bytes(content), ["anywhere"]
    return Mutant(compound(streams | {"Workbook": stream}), " ".join(touched))


def _named(record: tuple[int, bytes]) -> str:
    return f"{record[0]:03x}:{record[1][:4].hex()}"


def _delete_record(records: Records, place: int, random: Random) -> None:
    if len(records) > 1:
        del records[place]


def _repeat_record(records: Records, place: int, random: Random) -> None:
    records[place:place] = [records[place]] * random.choice((1, 2, 300))


def _swap_records(records: Records, place: int, random: Random) -> None:
    other = random.randrange(len(records))
    records[place], records[other] = records[other], records[place]


def _change_kind(records: Records, place: int, random: Random) -> None:
    other = random.randrange(len(records))
    kind = random.choice((records[other][0], 0x3C, 0xFC, 0xFD, 0xBD, 0x06, 0x207, 0x18, 0x2F, 0x85))
    records[place] = kind, records[place][1]


def _change_content(records: Records, place: int, random: Random) -> None:
    kind, text = records[place]
    content = bytearray(text or b"\0\0")
    at = random.randrange(len(content))
    if random.random() < 0.5:
        content[at] ^= 1 << random.randrange(8)
    else:
        content[at : at + 2] = struct.pack("<H", random.choice(_SHORTS))
    records[place] = kind, bytes(content)


def _change_length(records: Records, place: int, random: Random) -> None:
    kind, text = records[place]
    length = random.randrange(len(text) + 20)
    records[place] = kind, text[:length].ljust(length, b"\xff")


_RECORD_DEEDS: tuple[Callable[[Records, int, Random], None], ...] = (
    _delete_record, _repeat_record, _swap_records, _change_kind, _change_content, _change_content,
    _change_content, _change_length,
)  # fmt: skip


def try_mutants(
    task: Task[tuple[str, str]],
    path: Path,
    kind: str,
    count: int,
    template: Path,
    figures: Callable[[str], None],
    *,
    untyped: Sequence[str] | None = None,
) -> None:
    """Do a task with many mutants of a file in worker processes, and note what they came to.

    The task returns what its mutant came to, and what went wrong. `untyped` are the codes of files
    without an outcome that are wrong, too; else all are.
    """
    files = [(path, f"{kind}:{seed}") for seed in range(_FIRST, _FIRST + count)]
    came_to: Counter[str] = Counter()
    bad = []
    started = time.monotonic()
    with Workers(task, Terms(Templates([template])), 2) as workers:
        for (_, name), outcome in zip(files, workers.each(files), strict=True):
            if isinstance(outcome, Unread):
                code = outcome.error.code
                came_to[code] += 1
                if untyped is None or code in untyped:
                    bad.append(f"{name} {code} {outcome.trace[-900:]}")
            else:
                what, wrong = outcome
                came_to[what] += 1
                if wrong:
                    bad.append(f"{name} {wrong}")
    seconds = time.monotonic() - started
    figures(f"{count} mutants of {kind} from seed {_FIRST}, {seconds:.0f} s:"
            f" {dict(came_to.most_common())}")  # fmt: skip
    assert came_to["read"], "no mutant is harmless: the whole form is not read either"
    assert not bad, f"{len(bad)} bad\n" + "\n".join(bad[:20])
