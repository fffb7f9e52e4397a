"""The public names: all there, none loaded before it is asked for, one version."""

from __future__ import annotations

import subprocess
import sys

import ptxl


def test_every_public_name_is_there() -> None:
    assert all(getattr(ptxl, name) for name in ptxl.__all__)


def test_importing_the_package_loads_no_library() -> None:
    code = "import ptxl, sys; print(ptxl.__version__, *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    version, *modules = done.stdout.split()
    assert version == ptxl.__version__
    assert {"ptxl.api", "openpyxl", "lxml", "click", "decimal"}.isdisjoint(modules)
