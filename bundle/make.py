"""Wheels and start scripts → one zip per system that runs without internet, same bytes each time.

    python -m bundle.make [SYSTEM …] [-o FOLDER] [--python FILE …]

A bundle holds the wheels of ptxl and of all that it needs, for each version of Python that it may
meet, a list of them per version (hash and name), and scripts that start it.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from packaging.metadata import parse_email
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bundle.systems import SYSTEMS, VERSIONS, Interpreter, System, read_interpreter

ROOT = Path(__file__).parent.parent
_FILES = Path(__file__).parent / "files"
_MOMENT = (2020, 1, 1, 0, 0, 0)
_PIP = (sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check")
_PROGRAMS = (".sh", ".desktop")


def build_wheel(folder: Path) -> Path:
    """Build the wheel of ptxl into a folder, with fixed dates."""
    build = [*_PIP, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    moment = {"SOURCE_DATE_EPOCH": "1577836800"}
    subprocess.run(build, check=True, env={**os.environ, **moment}, cwd=folder)
    (wheel,) = folder.glob("ptxl-*.whl")
    return wheel


def download(wheel: Path, system: System, version: str, folder: Path) -> None:
    """Download the wheels that a wheel needs on a system, that wheel with them.

    Raises CalledProcessError where one of them has no wheel there. pip judges markers (`colorama;
    sys_platform == "win32"`) by this machine, so what they ask for there is asked for by name.
    """
    choice = [f"--platform={name}" for name in system.platforms]
    get = [
        *_PIP, "download", "--only-binary=:all:", "--implementation=cp",
        f"--python-version={version}", *choice, "--dest", str(folder),
    ]  # fmt: skip
    wanted = [str(wheel)]
    while wanted:
        subprocess.run([*get, *wanted], check=True)
        wanted = still_needed(folder, {**system.markers, "python_version": version})


def still_needed(folder: Path, environment: Mapping[str, str]) -> list[str]:
    """Return what the wheels in a folder ask for in an environment and is not there."""
    there = {canonicalize_name(wheel.name.partition("-")[0]) for wheel in folder.glob("*.whl")}
    asked = [Requirement(line) for wheel in sorted(folder.glob("*.whl")) for line in needs(wheel)]
    return [
        f"{one.name}{one.specifier}"
        for one in asked
        if canonicalize_name(one.name) not in there
        and (one.marker is None or one.marker.evaluate({**environment, "extra": ""}))
    ]


def needs(wheel: Path) -> list[str]:
    """Return the requirements that a wheel states."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [one for one in archive.namelist() if one.endswith(".dist-info/METADATA")]
        return parse_email(archive.read(name))[0].get("requires_dist", [])


def bundle_files(
    system: System, folders: Mapping[str, Path], python: Interpreter | None = None
) -> dict[str, bytes]:
    """Return the files of a bundle by name, from a folder of wheels for each version of Python."""
    files = {f"app/{name}": data for name, data in (python.files if python else {}).items()}
    for version, folder in folders.items():
        wheels = {wheel.name: wheel.read_bytes() for wheel in sorted(folder.glob("*.whl"))}
        files |= {f"app/wheels/{name}": data for name, data in wheels.items()}
        lines = [f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in wheels.items()]
        files[f"app/wheels/{version}.txt"] = "".join(lines).encode()
    for name, source in (("使用说明.txt", "readme.txt"), ("app/python-needed.txt",) * 2):
        files[name] = _text(_FILES / Path(source).name, system, mark="\ufeff")
    files["app/start.py"] = (_FILES / "start.py").read_bytes()
    files |= {name: _text(_FILES / name, system) for name in system.starts}
    return files


def _text(path: Path, system: System, mark: str = "") -> bytes:
    """A text with the line ends of its system, and for Windows a mark that says it is UTF-8."""
    text = path.read_text(encoding="utf-8").replace("\n", system.line_end)
    return ((mark if system.line_end == "\r\n" else "") + text).encode()


def zipped(files: Mapping[str, bytes], folder: str) -> bytes:
    """Return files as a zip that unpacks to one folder; the same files give the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{folder}/{name}", _MOMENT)
            entry.create_system = 3  # so that the next line is heeded
            entry.external_attr = (0o100755 if name.endswith(_PROGRAMS) else 0o100644) << 16
            packed = name.endswith((".whl", ".gz"))
            entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return stream.getvalue()


def make(
    system: System, versions: Iterable[str], target: Path, python: Interpreter | None = None
) -> Path:
    """Make the bundle for a system in a folder; with a Python, for its version alone."""
    with tempfile.TemporaryDirectory() as scratch:
        wheel = build_wheel(Path(scratch))
        folders = {}
        for version in [python.version] if python else versions:
            folders[version] = Path(scratch) / version
            download(wheel, system, version, folders[version])
        stem = "-".join(["ptxl", wheel.name.split("-")[1], system.name, *["python"] * bool(python)])
        target.mkdir(parents=True, exist_ok=True)
        path = target / f"{stem}.zip"
        path.write_bytes(zipped(bundle_files(system, folders, python), "ptxl"))
    return path


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the bundles that are asked for."""
    parser = argparse.ArgumentParser(prog="bundle", description=__doc__.partition("\n")[0])
    parser.add_argument("systems", nargs="*", metavar="SYSTEM", help=", ".join(SYSTEMS))
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "dist", metavar="FOLDER")
    parser.add_argument(
        "--python", type=Path, action="append", default=[], metavar="FILE",
        help="a Python to go with it: the embeddable zip for Windows of python.org, or an "
        "install_only tar.gz of python-build-standalone for Linux; which system, it tells itself",
    )  # fmt: skip
    asked = parser.parse_args(arguments)
    pythons = {one.system: one for one in map(read_interpreter, asked.python)}
    for name in asked.systems or SYSTEMS:
        path = make(SYSTEMS[name], VERSIONS, asked.output, pythons.get(name))
        print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
