"""Write all hostile files into a folder."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.hostile import write

if __name__ == "__main__":
    print(len(write(Path(sys.argv[1]))), "files")
