"""Form → the lines of its guide: what a clerk has to know before typing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from ptxl.layout.helper_sheets import helper_sheets
from ptxl.model.form import Form, mark, split_marks
from ptxl.text import label_of
from ptxl.words import Language, Speaker


def unit_line(language: Language) -> str:
    """Return the line of the guide that says whose form it is, with marks."""
    facts = {name: mark(name) for name in ("code", "name", "serial")}
    return Speaker(language).say("guide.unit", **facts)


def footer_line(language: Language) -> str:
    """Return what stands at the left of each footer, with marks."""
    facts = {"serial": mark("serial"), "name": mark("footer_name")}
    return Speaker(language).say("workbook.footer_form", **facts)


@cache
def labels_in(line: str) -> tuple[str, ...]:
    """Return the words before the marks of a line, without colons: `填报单位`, `表单编号`."""
    words, _ = split_marks(line)
    labels = map(label_of, words)
    return tuple(label for label in labels if label)


def guide_lines(form: Form) -> Iterator[tuple[str, str]]:
    """Number and text of each line; the first is the title. □ ■ ▒ stand for coloured boxes."""
    say = Speaker(form.language).say
    reviewer = any(field.reviewer for field in form.fields())
    yield "", say("guide.title", form=form.title)
    yield "", unit_line(form.language)
    yield "□", say("guide.blue")
    yield "■", say("guide.yellow")
    if reviewer:
        yield "▒", say("guide.grey")
    lines = [*form.guide, *(say(f"guide.{code}") for code in _GENERAL)]
    if any(table.grows for table in form.tables):
        lines.append(say("guide.more_rows"))
    lines.append(say("guide.send_back", notes=helper_sheets(form.language).notes))
    for number, text in enumerate(lines, 1):
        yield f"{number}.", text


_GENERAL = ("choices", "amounts", "paste", "spare")
