"""Lint a template, and make its form, in a process with little memory and time.

`python -m tests.limited` reads paths of templates from its input, one a line, and answers each with
a line of JSON: what lint and loading said, and what ended the process if it did not end by itself.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path

from ptxl.model.errors import TemplateError
from ptxl.model.form import Unit
from ptxl.template import lint_template, load_template
from ptxl.write.stencil import write_form

#: of a processor, for a lint and a form: twice what the slowest of our hostile templates takes
#: on a busy machine
SECONDS = 24
MEGABYTES = 200


@dataclass(frozen=True)
class Verdict:
    """What became of one template."""

    #: code, line and sentence of each fault that lint found, in English and in Chinese
    faults: list[tuple[str, int, str, str]]
    #: what loading raised instead of making a workbook, if it did
    refused: bool
    #: the last words of a process that did not end by itself
    trace: str

    @property
    def codes(self) -> set[str]:
        """What lint found."""
        return {code.removeprefix("template.") for code, *_ in self.faults}


class Limited:
    """A process that judges templates, each in a process of its own."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.limited"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)

    def judge(self, path: Path) -> Verdict:
        """Lint and load the template of a folder, or a file of rules."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        return Verdict(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """End it."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


def _limit() -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + MEGABYTES * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def _judge(path: Path) -> dict[str, object]:
    try:
        found = lint_template(path)
    except TemplateError as error:
        found = error.faults
    faults = [(fault.code, fault.line, fault.line_in("en"), fault.line_in("zh")) for fault in found]
    try:
        layout = load_template(path).layout({})
    except TemplateError:
        return {"faults": faults, "refused": True, "trace": ""}
    if not faults:
        write_form(layout, Unit(code="001", name="某单位"))
    return {"faults": faults, "refused": False, "trace": ""}


def _answer(path: Path) -> dict[str, object]:
    """What a process of its own says of a template; what ended it, if it says nothing."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        _limit()
        try:
            answer = _judge(path)
        except BaseException:
            answer = {"faults": [], "refused": False, "trace": traceback.format_exc()[-2000:]}
        with os.fdopen(writer, "w") as file:
            json.dump(answer, file)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        text = file.read()
    _, status = os.waitpid(child, 0)
    ended = {"faults": [], "refused": False, "trace": f"ended with status {status}"}
    return json.loads(text) if text else ended


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(_answer(Path(line.rstrip("\n")))), flush=True)
