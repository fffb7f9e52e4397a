"""Forms of different units with as good as the same answers → whose answers each shares. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ptxl.rounds.board import Filed
from ptxl.rounds.records import FormRecord

#: an answer: the path of its field, and its text
_Given = tuple[str, str]

#: two forms share this part of their own answers, and at least so many: they are copies
_SHARE, _LEAST = 0.9, 3
#: shorter answers may be alike by chance
_SHORTEST = 10
#: what more units answer alike is what everybody writes
_MOST_UNITS = 8


def shared_answers(forms: Iterable[Filed]) -> dict[str, tuple[Filed, ...]]:
    """Find for each form, by its content hash, the forms of other units with the same answers.

    Only longer answers are compared, and of those only what few units give.
    """
    by_digest = {one.received.digest: one for one in forms}
    holders = _holders(by_digest.values())
    own = Counter(digest for together in holders.values() for digest in together)
    alike = Counter(
        pair for together in holders.values() for pair in _pairs(together, by_digest)
    )  # fmt: skip
    found: dict[str, list[Filed]] = {}
    for (one, other), count in alike.items():
        if count >= max(_LEAST, _SHARE * min(own[one], own[other])):
            found.setdefault(one, []).append(by_digest[other])
            found.setdefault(other, []).append(by_digest[one])
    return {digest: tuple(sorted(others, key=_order)) for digest, others in found.items()}


def _order(one: Filed) -> tuple[object, ...]:
    return one.order


def _holders(forms: Iterable[Filed]) -> Mapping[_Given, Sequence[str]]:
    """The forms that give each longer answer, where few units do."""
    found: dict[_Given, dict[str, str]] = {}
    for one in forms:
        for given in _longer_answers(one.record):
            found.setdefault(given, {})[one.received.digest] = one.unit
    return {
        given: tuple(units)
        for given, units in found.items()
        if len(set(units.values())) <= _MOST_UNITS
    }


def _longer_answers(record: FormRecord | None) -> Iterator[_Given]:
    """The longer answers, but for what even who copies a form writes of themselves."""
    if record:
        own = (record.unit.name, record.unit.department)
        for path, answer in record.answers.items():
            if len(answer.text) >= _SHORTEST and answer.text not in own:
                yield path, answer.text


def _pairs(together: Sequence[str], by_digest: Mapping[str, Filed]) -> Iterator[tuple[str, str]]:
    """Each two forms of different units, always in the same order."""
    for number, one in enumerate(together):
        for other in together[:number]:
            if by_digest[one].unit != by_digest[other].unit:
                yield one, other
