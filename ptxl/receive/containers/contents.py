"""What any container holds: files with names, dates and bytes; and in which encoding names are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ptxl.inputs import is_litter
from ptxl.model.errors import WorkbookError
from ptxl.text import clean

#: "7z" and "rar" are opened by other programs, and then come as "tar"
ContainerKind = Literal["zip", "7z", "rar", "tar", "eml", "msg"]
#: characters of a name that are shown: of a longer one, its end
_LONGEST_NAME = 250
_NAMELESS = "?"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that lay in a container.

    The name is the path inside, for people: nothing is ever written to a place that it names. What
    could not be decoded in it is `�`. `kind` is set where the file is a container itself.
    """

    name: str
    data: bytes = field(repr=False)
    kind: ContainerKind | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """What lay in a container and could not be taken out of it, and why."""

    name: str
    error: WorkbookError


@dataclass(frozen=True, slots=True)
class Contents:
    """Files of a container, from one of them on; `following` is the number of the next one.

    Of a mail come when it was `sent` (on the clock of this machine) and by whom.
    `cost` is how many bytes were unpacked, those of refused files included. Of kinds that only
    other programs open nothing comes but the kind, and that is None where a file is no container.
    """

    kind: ContainerKind | None
    entries: tuple[Entry, ...] = ()
    refused: tuple[Refused, ...] = ()
    following: int | None = None
    cost: int = 0
    sent: datetime | None = None
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Packed:
    """A file that lies in a container: what is said of it, and how to take it out.

    `unpack` is given how many bytes it may come to; it raises WorkbookError.
    """

    name: str
    #: as stated: what it costs at most
    size: int
    unpack: Callable[[int], bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Listing:
    """What a container says it holds, in order; of a mail, its date and sender too."""

    files: Iterable[Packed]
    sent: datetime | None = None
    sender: str = ""


def shown_name(name: str) -> str:
    """A path inside a container as people may see it: no control characters, no way upwards."""
    steps = [" ".join(clean(step).split()) for step in name.replace("\\", "/").split("/")]
    return "/".join(step for step in steps if step.strip("."))[-_LONGEST_NAME:] or _NAMELESS


def name_of_subject(subject: str) -> str:
    """What a mail in a mail is called: its subject, as one step of a path that is not hidden."""
    return re.sub(r"[/\\]", " ", subject).lstrip(".~ ")


def decode_together(names: Sequence[bytes]) -> list[str]:
    """Names of one archive that do not say in which encoding they are.

    That is UTF-8 only if every one of them is valid in it: a single Chinese name in GBK often is
    by chance, all names of an archive are not. What is in no encoding becomes `�`.
    """
    encoding = "utf-8" if is_utf_8(b"\n".join(names)) else "gb18030"
    return [name.decode(encoding, "replace") for name in names]


def is_utf_8(text: bytes) -> bool:
    """Whether bytes are valid UTF-8."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def is_litter_inside(name: str) -> bool:
    """Whether a system left a file in an archive: hidden, a lock, or in a hidden folder."""
    return any(map(is_litter, name.split("/")))
