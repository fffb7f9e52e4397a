"""The systems that a bundle is made for: what their wheels are called, how their Python is told."""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: each of them has wheels in a bundle that brings no Python of its own
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
_ELF, _EXE = b"\x7fELF", b"MZ"
#: of a program's file: what it was built for, by the number in its head
_MACHINES = {
    (_EXE, 0x8664): "windows-x86_64",
    (_ELF, 62): "linux-x86_64",
    (_ELF, 183): "linux-arm64",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class System:
    """A system: the tags of its wheels, what stands in markers, and the files that start ptxl."""

    name: str
    platforms: tuple[str, ...]
    markers: Mapping[str, str]
    starts: tuple[str, ...]
    #: how lines end in its texts
    line_end: str = "\n"


def _linux(name: str, machine: str) -> System:
    glibc = ("2014", "_2_17", "_2_5", "1")  # of 2.17 and before, so that old systems can do with it
    return System(
        name=name,
        platforms=tuple(f"manylinux{version}_{machine}" for version in glibc),
        markers={
            "os_name": "posix", "sys_platform": "linux", "platform_system": "Linux",
            "platform_machine": machine,
        },
        starts=("ptxl.sh", "ptxl.desktop"),
    )  # fmt: skip


SYSTEMS = {
    system.name: system
    for system in (
        System(
            name="windows-x86_64",
            platforms=("win_amd64",),
            markers={
                "os_name": "nt", "sys_platform": "win32", "platform_system": "Windows",
                "platform_machine": "AMD64",
            },
            starts=("ptxl.bat",),
            line_end="\r\n",
        ),
        _linux("linux-x86_64", "x86_64"),
        _linux("linux-arm64", "aarch64"),
    )
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Interpreter:
    """A Python to go with a bundle: for which system, which version, and its files by name."""

    system: str
    version: str
    files: Mapping[str, bytes]


def read_interpreter(path: Path) -> Interpreter:
    """Tell for which system a packed Python is, and which version.

    Taken are Python's own embeddable zip for Windows and a tar.gz of python-build-standalone for
    Linux. The first is unpacked, the second stays as it is: it holds links, which few zips can.
    Raises ValueError for anything else.
    """
    if zipfile.is_zipfile(path):
        return _embeddable(path)
    with tarfile.open(path) as archive:
        for member in archive:
            found = re.fullmatch(r"python/bin/python(3\.\d+)", member.name)
            program = archive.extractfile(member) if found and member.isfile() else None
            if found and program:
                system = _system_of(program.read(64), path)
                return Interpreter(
                    system=system, version=found[1], files={"python.tar.gz": path.read_bytes()}
                )
    raise ValueError(f"{path}: no python/bin/python3.N in it")


def _embeddable(path: Path) -> Interpreter:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        (program,) = [name for name in names if name.endswith("python.exe")] or [""]
        folder = program.removesuffix("python.exe")
        library = re.search(r"python3(\d+)\.dll", "\n".join(names))
        if not program or not library:
            raise ValueError(f"{path}: no python.exe with its python3N.dll in it")
        files = {f"python/{name.removeprefix(folder)}": archive.read(name) for name in names}
        system = _system_of(archive.read(program), path)
    return Interpreter(system=system, version=f"3.{library[1]}", files=files)


def _system_of(program: bytes, path: Path) -> str:
    """The system that a program was built for, by its head."""
    head = io.BytesIO(program)
    kind, place = (_ELF, 18) if program.startswith(_ELF) else (_EXE, 4)
    if kind == _EXE:
        head.seek(0x3C)
        place += int.from_bytes(head.read(4), "little")
    head.seek(place)
    machine = int.from_bytes(head.read(2), "little")
    if (kind, machine) not in _MACHINES:
        raise ValueError(f"{path}: a Python for none of {', '.join(SYSTEMS)}")
    return _MACHINES[kind, machine]
