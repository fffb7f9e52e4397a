"""What takes long to make and nobody changes: made once in a run, by the worker that asks first."""

from __future__ import annotations

import fcntl
import os
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import pytest

T = TypeVar("T")


def made_once(name: str, folders: pytest.TempPathFactory, make: Callable[[Path], T]) -> T:
    """What `make` makes in a folder; all workers of a run share it, and wait while one makes it."""
    own = folders.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / name
    folder.mkdir(exist_ok=True)
    made = folder / "made"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.is_file():
            data = pickle.dumps(make(Path(tempfile.mkdtemp(dir=folder))))
            made.write_bytes(data)
        return cast(T, pickle.loads(made.read_bytes()))
