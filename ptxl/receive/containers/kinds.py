"""Bytes → which kind of container they are, by content alone."""

from __future__ import annotations

from ptxl.model.errors import WorkbookError
from ptxl.receive.compound import MAGIC, Compound
from ptxl.receive.containers.contents import ContainerKind
from ptxl.receive.containers.zips import directory
from ptxl.receive.foreign_files import OUTLOOK_STREAM, is_mail
from ptxl.receive.limits import Limits
from ptxl.receive.sniff import is_archive

#: how files begin: the place in it, the bytes, what it is
_BEGINNINGS: tuple[tuple[int, bytes, ContainerKind], ...] = (
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (257, b"ustar", "tar"),
)


def container_kind(data: bytes, limits: Limits | None = None) -> ContainerKind | None:
    """Tell the kind of container; None where a file is none, or holds only what a program keeps.

    Workbooks, documents and the like are zips too, and none of them is a container.
    """
    for place, beginning, kind in _BEGINNINGS:
        if data.startswith(beginning, place):
            return kind
    if data.startswith(b"PK"):
        return _kind_of_zip(data, limits or Limits())
    if data.startswith(MAGIC):
        return _kind_of_compound(data)
    return "eml" if is_mail(data) else None


def _kind_of_zip(data: bytes, limits: Limits) -> ContainerKind | None:
    try:
        records = directory(data, limits.archive_files)
    except WorkbookError as error:
        # With none of its names known, it is left to those who read workbooks to say what it is.
        return "zip" if error.code in ("too_many_files", "archive_split") else None
    names = [record.name.decode("cp437").replace("\\", "/") for record in records]
    return "zip" if is_archive(names) else None


def _kind_of_compound(data: bytes) -> ContainerKind | None:
    try:
        tree = Compound(data).tree()
    except WorkbookError:
        return None
    return "msg" if (OUTLOOK_STREAM,) in tree else None
