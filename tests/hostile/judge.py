"""Read a folder of files as `ptxl read` does and say, as JSON lines, what each came to.

A process of its own, so that a crash, a hang and its memory are nobody else's: `python -m
tests.hostile.judge FOLDER`. The last line holds figures of the process itself.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from ptxl import api
from ptxl import jobs as desk
from ptxl.documents.document import build_document
from ptxl.model.submission import CheckedSubmission
from ptxl.receive.workers import Unread


def content_of(checked: CheckedSubmission) -> Any:
    """What a form says, findings aside."""
    document = build_document(checked)
    document.pop("findings", None)
    return document


def judge(folder: Path) -> None:
    wholes = {
        path.suffix: api.read(path)
        for path in (folder / f"whole.{kind}" for kind in ("xlsx", "xls", "ods"))
    }
    content = content_of(wholes[".xlsx"])
    usual = {suffix: {f.code for f in whole.findings} for suffix, whole in wholes.items()}
    files = sorted(path for path in folder.iterdir() if path.stem != "whole")
    before = time.monotonic()
    held = _peak()
    for path, outcome in zip(files, api.each(files, desk.read, workers=2), strict=True):
        if isinstance(outcome, Unread):
            line = {"came_to": outcome.error.code, "trace": outcome.trace}
        else:
            # A file may be called after another format than it has.
            codes = {finding.code for finding in outcome.findings}
            new = min((codes - known for known in usual.values()), key=len)
            same = "same" if content_of(outcome) == content else "form"
            line = {"came_to": " ".join([same, *sorted(new)])}
        now = time.monotonic()
        print(json.dumps({"file": path.name, "seconds": now - before, **line}), flush=True)
        before = now
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    figures = {"parent_megabytes": _peak() - held, "worker_megabytes": worker / 1024}
    print(json.dumps(figures))


def _peak() -> float:
    """The most memory held so far, in MB. What `getrusage` says goes back to who started us."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    judge(Path(sys.argv[1]))
