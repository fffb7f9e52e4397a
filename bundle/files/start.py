"""Unpack the wheels beside this file for the running Python, once, then run ptxl.

Needs neither pip nor internet nor rights; the folder may be read-only, for there is another place.
"""

import hashlib
import io
import os
import shutil
import sys
import tempfile
import time
import zipfile
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).resolve().parent
VERSION = ".".join(map(str, sys.version_info[:2]))
#: of a path on Windows, where nobody switched long ones on
LONGEST = 259


class CannotStartError(Exception):
    """Why ptxl cannot be started, in words."""


def main(arguments: list[str]) -> int | str | None:
    """Start ptxl: with its menu, or with a command where one is given."""
    os.environ.setdefault("PTXL_LANG", "zh")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # redirected, it may hold no Chinese at all
    by_hand = not arguments or Path(arguments[0]).is_absolute()
    try:
        sys.path.insert(0, str(environment()))
    except CannotStartError as error:
        print(error)
        return closing(by_hand, 3)
    from ptxl.__main__ import main as run

    sys.argv = ["ptxl", *(["menu"] if by_hand else []), *arguments]
    code: int | str | None = 0
    try:
        run()
    except SystemExit as end:
        code = end.code
    return closing(by_hand and code not in (0, None), code)


def closing(waits: object, code: int | str | None) -> int | str | None:
    """Keep the window open until what stands in it has been read."""
    if waits:
        with suppress(EOFError, KeyboardInterrupt):
            input("按回车键关闭窗口。")
    return code


def environment() -> Path:
    """Return the folder to import from; made where it is not there yet."""
    wheels = listed()
    key = hashlib.sha256(repr(wheels).encode()).hexdigest()[:8]
    places = [HERE / f"env-{VERSION}-{key}", own_folder() / f"env-{VERSION}-{key}"]
    for place in places:
        if place.is_dir():
            return place
    print("首次启动，正在准备，请稍候……", flush=True)
    failures = []
    for place in places:
        try:
            return unpacked(wheels, place)
        except OSError as error:
            failures.append(f"  {place.parent}：{error.strerror or error}")
    reasons = "\n".join(failures)
    raise CannotStartError(
        f"无法准备运行环境，请腾出空间，或把整个文件夹移到路径较短、可以写入的地方：\n{reasons}"
    )


def listed() -> list[list[str]]:
    """Return hash and name of each wheel for the running Python."""
    try:
        lines = (HERE / "wheels" / f"{VERSION}.txt").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        there = "、".join(sorted(path.stem for path in (HERE / "wheels").glob("3*.txt")))
        raise CannotStartError(f"本机的 Python 是 {VERSION}，此包适用于 {there}。") from None
    return [line.split("  ") for line in lines]


def own_folder() -> Path:
    """Return the folder where programs keep what belongs to this user."""
    home = os.environ.get("LOCALAPPDATA") if os.name == "nt" else os.environ.get("XDG_DATA_HOME")
    return Path(home or Path.home() / ".local" / "share") / "ptxl"


def unpacked(wheels: list[list[str]], place: Path) -> Path:
    """Unpack wheels, whole or not at all; also where two starts do so at once."""
    place.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=place.parent))
    try:
        for digest, name in wheels:
            unpack(HERE / "wheels" / name, digest, part, place)
        rename(part, place)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return place


def unpack(wheel: Path, digest: str, part: Path, place: Path) -> None:
    """Unpack one wheel, all but its scripts. Raises CannotStartError where it is damaged."""
    if not wheel.is_file() or hashlib.sha256(wheel.read_bytes()).hexdigest() != digest:
        raise CannotStartError(
            f"文件不完整：{wheel}\n请把压缩包重新解压一次；仍然如此，请重新拷贝压缩包。"
        )
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".data/" not in name]
        longest = max(len(str(place / name)) for name in names)
        if os.name == "nt" and longest > LONGEST:
            raise OSError(f"路径太长（{longest} 个字符）")
        archive.extractall(part, names)


def rename(part: Path, place: Path) -> None:
    """Give the finished folder its name; a virus scanner may hold it for a moment."""
    for pause in (0.2, 1, 3):
        with suppress(OSError):
            part.rename(place)
        if place.is_dir():
            return
        time.sleep(pause)
    part.rename(place)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
