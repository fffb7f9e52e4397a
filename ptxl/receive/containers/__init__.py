"""An archive or a mail → the files in it, each with its name and bytes.

Pure over bytes, and made for workers: what comes is bounded by limits, whatever a container says of
itself, and one file that cannot be taken out takes no other with it. A name inside is a text for
people and never a path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice

from ptxl.model.errors import WorkbookError
from ptxl.receive.containers.contents import (
    ContainerKind,
    Contents,
    Entry,
    Listing,
    Refused,
    is_litter_inside,
)
from ptxl.receive.containers.kinds import container_kind
from ptxl.receive.containers.mails import list_mail
from ptxl.receive.containers.outlook import list_outlook
from ptxl.receive.containers.sealed import check_7z, check_rar
from ptxl.receive.containers.tars import list_tar
from ptxl.receive.containers.zips import list_zip
from ptxl.receive.limits import MEGABYTE, Limits

__all__ = ["ContainerKind", "Contents", "Entry", "Refused", "container_kind", "unpack"]

#: what one answer of a worker may hold: bytes of files, and files
_SLICE, _FILES = 24 * MEGABYTE, 1000
#: what no answer of a worker can hold, however large a file may be
_LARGEST = 88 * MEGABYTE

_LISTINGS: Mapping[ContainerKind | None, Callable[[bytes, Limits], Listing]] = {
    "zip": list_zip,
    "tar": list_tar,
    "eml": list_mail,
    "msg": list_outlook,
}
#: kinds that only other programs open: what is wrong with one can be told all the same
_SEALED: Mapping[ContainerKind | None, Callable[[bytes], None]] = {
    "7z": check_7z,
    "rar": check_rar,
}


def unpack(data: bytes, limits: Limits, *, first: int = 0) -> Contents:
    """Take files out of a container, from number `first` on, some 24 MB of them.

    Raises WorkbookError where none can be taken out. What systems leave in archives is passed over.
    """
    kind = container_kind(data, limits)
    if kind in _SEALED:
        _SEALED[kind](data)
    if kind not in _LISTINGS:
        return Contents(kind)
    listing = _LISTINGS[kind](data, limits)
    most = min(limits.file_megabytes * MEGABYTE, _LARGEST)
    entries: list[Entry] = []
    refused: list[Refused] = []
    cost, following = 0, None
    for number, packed in enumerate(islice(listing.files, first, None), first):
        size = min(packed.size, most)
        if number > first and (cost + size > _SLICE or number - first >= _FILES):
            following = number
            break
        if is_litter_inside(packed.name):
            continue
        cost += size
        try:
            content = packed.unpack(most)
        except WorkbookError as error:
            refused.append(Refused(packed.name, error))
            continue
        inner = container_kind(content, limits)
        entries.append(Entry(packed.name, content, inner))
    return Contents(
        kind, tuple(entries), tuple(refused), following, cost, listing.sent, listing.sender
    )
