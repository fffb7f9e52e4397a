"""A condition → what it can come to, whatever is answered. Only what is certain is left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from decimal import Decimal
from itertools import chain

from ptxl.rules.tree import Const, Name, Node, Operation, OverRows, Words

#: the words that an answer can be, for each list that it may be chosen from; none: it can be any
Possible = Callable[[Node], Sequence[Collection[str]]]
_BOUNDS = {"lt": "below", "lteq": "below", "gt": "above", "gteq": "above"}
_TURNED = {"lt": "gt", "lteq": "gteq", "gt": "lt", "gteq": "lteq"}


def outcomes(tree: Node, at: str, possible: Possible | None = None) -> set[bool]:
    """What a condition can come to, given that the answer called `at` is there.

    With `possible` it is also looked at which words and numbers it compares answers with.
    """
    match tree:
        case Const(value=bool() as value):
            return {value}
        case Operation(op="blank", arguments=(Name(name=name),)) if name == at:
            return {False}
        case Operation(op="eq" | "in", arguments=(left, right)) if _never(left, right, possible):
            return {False}
        case Operation(op="ne" | "notin", arguments=(left, right)) if _never(left, right, possible):
            return {True}
        case Operation(op="contains", arguments=(left, Words() as words)) if possible:
            return {False} if _in_none(left, words, possible) else {True, False}
        case Operation(op="not", arguments=(inner,)):
            return {not value for value in outcomes(inner, at, possible)}
        case Operation(op="and" | "or" as op, arguments=parts):
            joined = {"and": all, "or": any}[op]
            ways = [outcomes(part, at, possible) for part in parts]
            found = {joined(map(min, ways)), joined(map(max, ways))}
            if possible and op == "and" and _contradict(parts):
                return {False}
            return found
        case OverRows(function="any", condition=condition) if condition:
            # Where there is no row, there is none that meets it.
            return {False, *outcomes(condition, "", possible)}
    return {True, False}


def _never(left: Node, right: Node, possible: Possible | None) -> bool:
    """Whether an answer that is chosen from lists is compared with words that are in none."""
    match right:
        case Const(value=str() as word):
            words: tuple[str, ...] = (word,)
        case Words(words=words, names=()):
            pass
        case _:
            return False
    lists = possible(left) if possible else ()
    # An answer that is not given is "".
    return (
        bool(lists)
        and "" not in words
        and not any(word in each for each in lists for word in words)
    )


def _in_none(left: Node, words: Words, possible: Possible) -> bool:
    """Whether none of the words is in any that an answer can be."""
    if words.names:
        return False
    every = [*chain(*possible(left))]
    return bool(every) and not any(word in text for text in every for word in words.words)


def _contradict(parts: Sequence[Node]) -> bool:
    """Whether no number lies within all the bounds that are set to the same answer."""
    least: dict[Node, tuple[Decimal, bool]] = {}
    most: dict[Node, tuple[Decimal, bool]] = {}
    for value, op, bound in _bounds(parts):
        strict = op in ("lt", "gt")
        if _BOUNDS[op] == "above":
            least[value] = max(least.get(value, (bound, strict)), (bound, strict))
        else:
            upper = most.get(value, (bound, strict))
            most[value] = min(upper, (bound, strict), key=lambda each: (each[0], not each[1]))
    return any(
        low > most[value][0] or (low == most[value][0] and (strict or most[value][1]))
        for value, (low, strict) in least.items()
        if value in most
    )


def _bounds(parts: Sequence[Node]) -> Iterator[tuple[Node, str, Decimal]]:
    """The comparisons of an answer with a number, among conditions that hold together."""
    for part in parts:
        match part:
            case Operation(op="and", arguments=inner):
                yield from _bounds(inner)
            case Operation(op=op, arguments=(left, Const(value=Decimal() as bound))):
                if op in _BOUNDS:
                    yield left, op, bound
            case Operation(op=op, arguments=(Const(value=Decimal() as bound), right)):
                if op in _BOUNDS:
                    yield right, _TURNED[op], bound
