"""Target values in one cell → a hidden sheet that takes them apart, for rules that ask for parts.

It has a row for each value, with the steps of `values/target_value/apart`, and beside them the
words that these look for. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple
from decimal import Decimal
from functools import lru_cache

from ptxl.cells import Box, absolute_name, cell_name, quoted, quoted_text
from ptxl.layout.helper_sheets import VALUES_SHEET
from ptxl.model.layout import Layout, Place
from ptxl.model.path import Path
from ptxl.ooxml.sheet import Position
from ptxl.rules import NotLive, split_names
from ptxl.rules.functions import trim
from ptxl.rules.ruleset import NAME, ready_rules
from ptxl.text import Raw, plain
from ptxl.values.target_value.apart import (
    FIRST_YEAR,
    KINDS,
    LONGEST_DIGITS,
    LONGEST_NUMBER,
    NO_NUMBER,
    SHARES,
    SPELLINGS,
    Apart,
    Spelling,
    take_apart,
)
from ptxl.write.references import rows_by_path

#: the first row, from 0, and the columns of the steps, in the order of `Apart`
FIRST_VALUE = 1
SIGN, REST, DIGITS, LIMIT, SPELT, UNIT, NUMBER, COMPARISON = range(8)
#: and of the words that may begin a value, with what they say, and of the units
_SIGNS, _KINDS, _UNITS = range(9, 12)
#: the columns of what rules may ask for
_ASKED = {"comparison": COMPARISON, "number": NUMBER, "unit": UNIT}


@lru_cache(maxsize=64)
def values_apart(layout: Layout) -> Mapping[Path, int]:
    """The values that are taken apart, each with its row; those of a column follow each other."""
    tables = layout.form.tables_by_path
    found: dict[Path, int] = {}
    for table, name in dict.fromkeys(_columns_apart(layout)):
        for row in tables[table].rows if table in tables else ():
            path = row.path / name
            if path in layout.fields:
                found[path] = FIRST_VALUE + len(found)
    return found


def _columns_apart(layout: Layout) -> Iterator[tuple[Path, str]]:
    """The columns of which rules of rows ask a part that no cell holds, by table and name."""
    for ready in ready_rules(layout):
        if ready.rule.each:
            for name in split_names(ready.tree):
                if name.where == "row":
                    yield Path(ready.prefix + name.table), name.name


def part_range(layout: Layout, values: Sequence[Path], part: str) -> str:
    """Where a part of some values is found. Raises NotLive."""
    found = values_apart(layout)
    if part not in _ASKED or not found.keys() >= set(values):
        raise NotLive("a part of a target value that no cell holds")
    first, last = (absolute_name(found[path], _ASKED[part]) for path in (values[0], values[-1]))
    name = f"{quoted(VALUES_SHEET)}!{first}"
    return f"{name}:{last}" if values[1:] else name


def word_cells(layout: Layout) -> Iterator[tuple[Position, str | int]]:
    """The words that the steps look for, by cell."""
    known = SPELLINGS[layout.form.language]
    for row, (word, kind) in enumerate(known.signs.items(), FIRST_VALUE):
        yield (row, _SIGNS), word
        yield (row, _KINDS), KINDS.index(kind) + 1
    for row, word in enumerate(known.units, FIRST_VALUE):
        yield (row, _UNITS), word


def part_values(layout: Layout, entries: Mapping[str, Raw]) -> Mapping[Path, Apart]:
    """What the steps give for what the cells hold."""
    rows = rows_by_path(layout)
    found: dict[Path, Apart] = {}
    for path in values_apart(layout):
        held = entries.get(path, "")
        name = rows[path.row].given.get(NAME) or plain(entries.get(path.row / NAME, ""))
        text = trim(held) if isinstance(held, str) else ""
        found[path] = take_apart(text, name, layout.form.language)
    return found


def part_results(
    layout: Layout, entries: Mapping[str, Raw]
) -> Iterator[tuple[Position, str | float]]:
    """The same by cell."""
    for path, apart in part_values(layout, entries).items():
        for column, value in enumerate(astuple(apart), SIGN):
            shown = float(value) if isinstance(value, Decimal) else value
            yield (values_apart(layout)[path], column), shown


# -- the formulas


def part_formulas(layout: Layout) -> Iterator[tuple[Box, str]]:
    """The formulas of the steps, each for the cells that share it, seen from the first of them."""
    for values in _runs(layout):
        top, bottom = (values_apart(layout)[path] for path in (values[0], values[-1]))
        cell = _seen(layout, layout.places[values[0]])
        unnamed = _unnamed_unit(layout, values[0])
        steps = _steps(SPELLINGS[layout.form.language], cell, top, unnamed)
        for column, formula in enumerate(steps, SIGN):
            yield Box(top, column, bottom, column), formula


def _runs(layout: Layout) -> Iterator[list[Path]]:
    """The values whose cells stand below each other, and those of their names alike."""
    run: list[Path] = []
    for path in values_apart(layout):
        if run and not _continues(layout, run[-1], path):
            yield run
            run = []
        run.append(path)
    if run:
        yield run


def _continues(layout: Layout, above: Path, path: Path) -> bool:
    return _below(layout.places[above], layout.places[path]) and _below(
        _names(layout, above), _names(layout, path)
    )


def _below(above: Place | bool, other: Place | bool) -> bool:
    """Whether a cell stands right below another, or both are none and say the same."""
    if not isinstance(above, Place) or not isinstance(other, Place):
        return above == other
    return (above.sheet, above.column, above.row + 1) == (other.sheet, other.column, other.row)


def _names(layout: Layout, value: Path) -> Place | bool:
    """Where the name of a value stands, or whether the one that is printed can hold no unit."""
    row = rows_by_path(layout)[value.row]
    given, path = row.given.get(NAME, ""), row.path / NAME
    brackets = SPELLINGS[layout.form.language].brackets
    if given or path not in layout.places or "" in brackets:
        return not any(bracket in given for bracket in brackets)
    return layout.places[path]


def _unnamed_unit(layout: Layout, value: Path) -> str:
    """The formula of whether the name of a value can hold no unit."""
    name = _names(layout, value)
    if not isinstance(name, Place):
        return str(int(name))
    cell = _seen(layout, name)
    brackets = map(quoted_text, SPELLINGS[layout.form.language].brackets)
    return "*".join(f"ISERROR(FIND({bracket},{cell}))" for bracket in brackets)


def _seen(layout: Layout, place: Place) -> str:
    """A cell, by a reference that moves along."""
    name = layout.sheets[place.sheet].sheet.name
    return f"{quoted(name)}!{cell_name(place.row, place.column)}"


def _steps(known: Spelling, cell: str, row: int, unnamed: str) -> Iterator[str]:
    """The formula of each step, for the value of a cell.

    `unnamed` is the formula of whether its name can hold no unit.
    """
    sign, rest, digits, limit, spelt, unit, number, _ = (
        cell_name(row, column) for column in range(SIGN, COMPARISON + 1)
    )
    text = f"TRIM(T({cell}))"
    signs, kinds = _words(_SIGNS, len(known.signs)), _words(_KINDS, len(known.signs))
    yield f"SUMPRODUCT(MAX(EXACT(LEFT({text},LEN({signs})),{signs})*(LEN({signs})*10+{kinds})))"
    yield _with_percent(known, f"TRIM(MID({text},INT({sign}/10)+1,LEN({cell})))")
    yield _leading_digits(rest)
    yield _limit(known, rest)
    yield f"TRIM(MID({rest},LEN({digits})+1,LEN({rest})-LEN({digits})-INT({limit}/10)))"
    yield _without_myriad(known, spelt)
    yield _number(digits, f"IF(LEN({unit})<LEN({spelt}),10000,1)")
    yield _comparison(known, (sign, limit, unit, number), unnamed)


def _words(column: int, count: int, first: int = 0) -> str:
    """The cells of some words."""
    top, bottom = FIRST_VALUE + first, FIRST_VALUE + count - 1
    return f"{absolute_name(top, column)}:{absolute_name(bottom, column)}"


def _with_percent(known: Spelling, text: str) -> str:
    for percent in known.percents:
        text = f'SUBSTITUTE({text},{quoted_text(percent)},"%")'
    return text


def _leading_digits(rest: str) -> str:
    places = "{" + ",".join(map(str, range(1, LONGEST_DIGITS + 2))) + "}"
    is_none = f'ISERROR(FIND(MID({rest}&"x",{places},1),"0123456789.,"))'
    first = f"SUMPRODUCT(MAX({is_none}*({LONGEST_DIGITS + 1}-{places})))"
    return f"LEFT({rest},{LONGEST_DIGITS}-{first})"


def _limit(known: Spelling, rest: str) -> str:
    if not known.limits:
        return "0"
    words, lengths, codes = (
        "{" + ",".join(some) + "}"
        for some in (
            map(quoted_text, known.limits),
            (str(len(word)) for word in known.limits),
            (str(len(word) * 10 + KINDS.index(kind) + 1) for word, kind in known.limits.items()),
        )
    )
    return f"SUMPRODUCT(MAX(EXACT(RIGHT({rest},{lengths}),{words})*{codes}))"


def _without_myriad(known: Spelling, spelt: str) -> str:
    if not known.myriad:
        return spelt
    whole = f'LEFT({spelt},FIND("/",{spelt}&"/")-1)'
    conditions = (
        f"(LEFT({spelt},1)={quoted_text(known.myriad)})",
        f"(LEN({spelt})>1)",
        f"ISERROR(FIND(MID({spelt},2,1),{quoted_text(known.not_of_myriad)}))",
        f"({_among(known, whole, 0)}=0)",
    )
    return f"IF({'*'.join(conditions)},MID({spelt},2,LEN({spelt})),{spelt})"


def _among(known: Spelling, text: str, first: int) -> str:
    """Whether a text is one of the units, from one on."""
    return f"SUMPRODUCT(EXACT({text},{_words(_UNITS, len(known.units), first)})*1)"


def _number(digits: str, factor: str) -> str:
    """Digits, with a point or commas at the thousands, or `NO_NUMBER`."""
    plain_digits = f'SUBSTITUTE({digits},",","")'
    commas, point = f"(LEN({digits})-LEN({plain_digits}))", f'FIND(".",{digits}&".")'
    padded = f'("{"x" * 8}"&{digits})'
    grouped = "*".join((
        f"({commas}<3)",
        f"({commas}=INT(({point}-{commas}-2)/3))",
        f'(MID({padded},{point}+4,1)=",")',
        f'((({commas}<2)+(MID({padded},{point},1)=","))>0)',
    ))  # fmt: skip
    conditions = (
        f"(LEN({plain_digits})>0)",
        f"(LEN({plain_digits})<={LONGEST_NUMBER})",
        f'(LEFT({plain_digits},1)<>".")',
        f'(RIGHT({digits},1)<>".")',
        f'(LEN({plain_digits})-LEN(SUBSTITUTE({plain_digits},".",""))<2)',
        f"((({commas}=0)+{grouped})>0)",
    )
    number = f"ROUND(VALUE({plain_digits})*{factor},8)"
    return f"IF({'*'.join(conditions)},{number},{NO_NUMBER})"


def _comparison(known: Spelling, cells: tuple[str, str, str, str], unnamed: str) -> str:
    sign, limit, unit, number = cells
    before, behind = f"MOD({sign},10)", f"MOD({limit},10)"
    said_once = f"({before}=0)+({behind}=0)"
    said_alike = f"({before}<{len(KINDS)})*(MOD({before}-{behind},2)=0)"
    no_time = "*".join(f"({unit}<>{quoted_text(word)})" for word in ("", *known.of_years))
    conditions = (
        f"({number}>=0)",
        _is_unit(known, unit),
        f"(({said_once}+{said_alike})>0)",
        f"((({number}<{FIRST_YEAR})+{no_time})>0)",
        f'((({unit}<>"")+{unnamed})>0)',
    )
    which = f"IF({before}>0,{before},IF({behind}>0,{behind},{len(KINDS)}))"
    return f'IF({"*".join(conditions)},CHOOSE({which},{",".join(map(quoted_text, KINDS))}),"")'


def _is_unit(known: Spelling, unit: str) -> str:
    slash = f'FIND("/",{unit}&"/")'
    parts = f"LEFT({unit},{slash}-1)", f"MID({unit},{slash}+1,LEN({unit}))"
    each = "*".join(_among(known, part, SHARES) for part in parts)
    whole = f'({unit}="")+{_among(known, unit, 0)}'
    return f'(IF(ISNUMBER(FIND("/",{unit})),{each},{whole})>0)'
