"""Templates that ship, each changed a little at random, as a hurried or hostile author would.

`python -m tests.template_mutants COUNT [SEED]` lints and loads so many, and prints what breaks.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

from ptxl.model.errors import TemplateError
from ptxl.model.form import Unit
from ptxl.template import find_templates, lint_template, load_template
from ptxl.write.stencil import write_form

#: what may come to stand where a value or a name stood
ODD = (
    "", "0", "-1", "1.5", "1e999", ".nan", "true", "null", "[]", "{}", "[[]]", "[a, b]", "{a: b}",
    "'{{ x }}'", "'{{ year }}'", "'{{ 1 / 0 }}'", "'{{ unit.name }}'", "'{{'", "'}}'", "'{% if %}'",
    "a.b", "a[0]", "a[]", "[0]", ".", "..", "a b", "字", "x" * 300, "&a 1", "*a", "!!int x", "~",
    "2026-02-30", "'\\''", '"\\u0000"', '"\\ud800"', "99999999999999999999", "text", "choice",
    "money", "target", "grouped", "free", "fixed", "0x7fffffffffffffff", "500", "2000", "-",
    "'not'", "'a and'", "'count()'", "'any(a, b)'", "'sum(t, t)'", "'it'", "'it.number > 1'",
)  # fmt: skip
_VALUE = re.compile(r"(?<=: )[^,{}\[\]\n]+(?=[,}\]\n])")
_KEY = re.compile(r"[a-z_]+(?=: )")
_WORD = re.compile(r"[A-Za-z_]+|[0-9.]+|[一-鿿]+")
_SIGN = re.compile(r"[\[\]{}:,'\"|>#&*!%@`-]")


def mutant(text: str, rng: random.Random) -> str:
    """The text of a template with one to three changes."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        text = rng.choice((_value, _key, _word, _sign, _line, _lines, _moved, _cut))(text, rng)
    return text


def _put(pattern: re.Pattern[str], text: str, new: str, rng: random.Random) -> str:
    found = list(pattern.finditer(text))
    if not found:
        return text
    at = rng.choice(found)
    return text[: at.start()] + new + text[at.end() :]


def _value(text: str, rng: random.Random) -> str:
    return _put(_VALUE, text, rng.choice(ODD), rng)


def _key(text: str, rng: random.Random) -> str:
    keys = sorted(set(_KEY.findall(text)))
    return _put(_KEY, text, rng.choice([*keys, "<<", "?", "'a b'"]), rng)


def _word(text: str, rng: random.Random) -> str:
    return _put(_WORD, text, rng.choice([*ODD, *_WORD.findall(text)]), rng)


def _sign(text: str, rng: random.Random) -> str:
    return _put(
        _SIGN, text, rng.choice(("", "[", "]", "{", "}", ":", ",", "'", '"', "|", "-")), rng
    )


def _line(text: str, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    at = rng.randrange(len(lines))
    change = rng.choice(("", "  " + lines[at], lines[at].removeprefix("  "), lines[at] * 2))
    return "".join([*lines[:at], change, *lines[at + 1 :]])


def _lines(text: str, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    at, count = rng.randrange(len(lines)), rng.randrange(1, 20)
    return "".join([*lines[:at], *lines[at + count :]])


def _moved(text: str, rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    at, to, count = rng.randrange(len(lines)), rng.randrange(len(lines)), rng.randrange(1, 9)
    return "".join([*lines[:to], *lines[at : at + count], *lines[to:]])


def _cut(text: str, rng: random.Random) -> str:
    return text[: rng.randrange(len(text))] if rng.random() < 0.2 else _value(text, rng)


def broken(count: int, seed: int, folder: Path) -> Iterator[tuple[str, str]]:
    """The mutants that neither make a form nor are faults, and what became of each."""
    rng = random.Random(seed)
    shipped = [path.read_text(encoding="utf-8") for path in find_templates()]
    path = folder / "template.yaml"
    for _ in range(count):
        text = mutant(rng.choice(shipped), rng)
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
        try:
            faults = [
                fault.line_in(language)
                for fault in lint_template(path)
                for language in ("en", "zh")
            ]
            _made(path, not faults)
        except Exception:
            yield text, traceback.format_exc()


def _made(path: Path, whole: bool) -> None:
    """Make the workbook of a template; one that is `whole` must have one.

    What needs a parameter that has no default is none that is not whole.
    """
    try:
        template = load_template(path)
        given = {name: p.example for name, p in template.parameters.items() if p.default is None}
        layout = template.layout(given)
    except TemplateError:
        if whole:
            raise
        return
    if whole:
        write_form(layout, Unit(code="001", name="某单位"))


if __name__ == "__main__":
    count, seed = int(sys.argv[1]), int((sys.argv[2:] or ["0"])[0])
    with tempfile.TemporaryDirectory() as place:
        found = list(broken(count, seed, Path(place)))
    for body, told in found:
        print(body, told, sep="\n\n")
    print(f"{len(found)} of {count} break")
