"""Layout → lines of the self-check about entries that only pasting can bring in. Pure.

Validation keeps words outside a list, children of another parent and negative numbers from being
typed, but not from being pasted over. Such a line is only seen while it finds something.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from ptxl.model.form import Field, placeholder
from ptxl.model.layout import Layout
from ptxl.model.path import Path
from ptxl.rules import LONGEST_FORMULA, NotLive
from ptxl.rules.excel_pieces import one_of
from ptxl.text import Raw, plain
from ptxl.values.kinds import kind_of
from ptxl.words import Language, Speaker
from ptxl.write.check_line import (
    MOST_ROWS,
    SOMEWHERE,
    CheckLine,
    Pasted,
    State,
    first_row,
    index_of,
    place_of,
    row_text,
    text_formula,
    weight,
)
from ptxl.write.references import References

#: of a sheet: the largest forms of practice have a third of these
_MOST_LINES = 200
MINUS = ("-", "−")
#: blanks that TRIM leaves, and that are read as none around a word
_BLANKS: Mapping[Language, Sequence[str]] = {"zh": ("　", "\u00a0"), "en": ("\u00a0",)}


def pasted_lines(refs: References, number: int) -> Iterator[CheckLine]:
    """The lines of one sheet: a column of a table each, or a field; the first of very many."""
    for cells in islice(_runs(refs.layout, number), _MOST_LINES):
        asked = pasted_at(refs.layout, cells)
        try:
            yield _line(refs, number, cells, asked)
        except NotLive:
            continue


def _runs(layout: Layout, number: int) -> Iterator[tuple[Path, ...]]:
    """The cells of a sheet that may hold what they should not, those alike below each other."""
    run: list[Path] = []
    for path in sorted(_fields(layout, number), key=lambda path: _corner(layout, path)):
        if run and (len(run) == MOST_ROWS or not _continues(layout, run[-1], path)):
            yield tuple(run)
            run = []
        run.append(path)
    if run:
        yield tuple(run)


def _fields(layout: Layout, number: int) -> Iterator[Path]:
    for path, field in layout.fields.items():
        if layout.places[path].sheet == number and field.is_open and _is_bound(field):
            yield Path(path)


def _is_bound(field: Field) -> bool:
    """Whether a field takes only words of its list, or no numbers below 0."""
    kind = kind_of(field)
    if kind.is_chosen and not field.free:
        return True
    return kind.type == "number" and field.minimum is not None and field.minimum >= 0


def _corner(layout: Layout, path: str) -> tuple[int, int]:
    place = layout.places[path]
    return place.column, place.row


def _continues(layout: Layout, above: Path, path: Path) -> bool:
    """Whether a cell stands right below another and may hold the same."""
    one, other = layout.fields[above], layout.fields[path]
    below = [(above, path)]
    if one.under and other.under:
        below.append((Path(one.under), Path(other.under)))
    return _asks(one) == _asks(other) and all(
        _corner(layout, low) == (column, row + 1)
        for high, low in below
        for column, row in [_corner(layout, high)]
    )


def _asks(field: Field) -> tuple[object, ...]:
    kind = kind_of(field)
    return kind.type, kind.words, field.among, field.level, bool(field.under)


def pasted_at(layout: Layout, cells: Sequence[Path]) -> Pasted:
    """What may not stand in cells that are alike."""
    field = layout.fields[cells[0]]
    words = kind_of(field).words or layout.form.choices(field)
    if not field.under:
        return Pasted(words)
    block = layout.lists[field.among, field.level]
    pairs = tuple(dict.fromkeys(zip(block.parents, block.names, strict=True)))
    return Pasted(words, tuple(Path(layout.fields[cell].under) for cell in cells), pairs)


def _line(refs: References, number: int, cells: tuple[Path, ...], asked: Pasted) -> CheckLine:
    """The line about some cells. Raises NotLive."""
    layout = refs.layout
    (area,), first = refs.areas(cells), refs.cell(cells[0])
    found = f"IFERROR(SUMPRODUCT({_wrong(refs, area, asked)}*{weight(area, first)}),{SOMEWHERE})"
    if len(found) > LONGEST_FORMULA:
        raise NotLive("a formula of more than 8,000 characters")
    language = layout.form.language
    text = Speaker(language).say(code_of(asked), raw=placeholder("raw"))
    said = text_formula(text, {"raw": f"TRIM(INDEX({area},{index_of(first)}))"})
    return CheckLine(
        sheet=number,
        title="",
        found=found,
        place=place_of(first, first_row(len(cells))),
        said=row_text(language, said, len(cells)),
        fails=State.WRONG,
        passes=State.UNUSED,
        cells=cells,
        pasted=asked,
    )


def code_of(asked: Pasted) -> str:
    """The sentence that says what is wrong."""
    if not asked.words:
        return "self_check.negative"
    if asked.parents:
        return "self_check.unlisted_below"
    return "self_check.unlisted"


def _wrong(refs: References, area: str, asked: Pasted) -> str:
    """An array that is 1 where a cell holds what it should not."""
    if not asked.words:
        return one_of(f"TRIM({area})", MINUS, "starts")
    blanks = _BLANKS.get(refs.layout.form.language, ())
    word = _clean(area, blanks)
    right = one_of(word, asked.words)
    if asked.parents:
        (above,) = refs.areas(asked.parents)
        parent = _clean(above, blanks)
        known = one_of(parent, tuple(dict.fromkeys(parent for parent, _ in asked.pairs)))
        paired = one_of(f'{parent}&"|"&{word}', tuple(map("|".join, asked.pairs)))
        right = f"{right}*(1-{known}*(1-{paired}))"
    return f"(LEN({word})>0)*(1-{right})"


def _clean(cells: str, blanks: Sequence[str]) -> str:
    for blank in blanks:
        cells = f'SUBSTITUTE({cells},"{blank}"," ")'
    return f"TRIM({cells})"


def is_wrong(asked: Pasted, raw: Raw, parent: Raw) -> bool:
    """Whether a cell holds what it should not; `parent` is what stands in the cell above it."""
    if not asked.words:
        return plain(raw).startswith(MINUS)
    word, above = plain(raw), plain(parent)
    if not word:
        return False
    if word not in asked.words:
        return True
    known = any(above == parent for parent, _ in asked.pairs)
    return known and (above, word) not in asked.pairs
