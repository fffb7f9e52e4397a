"""A submission and the one before it → what was mended, what is still wrong, what changed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from ptxl.model.findings import Finding
from ptxl.rounds.records import Answer, FormRecord

#: how a submission stands to the one before it: made of it, made of an older one without knowing
#: it (and then with the same answers changed in two ways), or nobody knows
Relation = Literal["successor", "parallel", "conflict", "unknown"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """An answer that two submissions of one form give differently; "" where one gives none."""

    path: str
    label: str
    sheet: str
    cell: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """A submission against the one before it. `before` is the content hash of that one."""

    before: str
    relation: Relation
    #: findings, hints aside, of the one before that are gone, that are still there, that are new
    mended: tuple[Finding, ...]
    still: tuple[Finding, ...]
    new: tuple[Finding, ...]
    #: answers that were changed though nothing was said of them, and all that were changed
    unasked: tuple[Change, ...]
    changes: tuple[Change, ...]


def compare(
    before: FormRecord, digest: str, after: FormRecord, common: FormRecord | None = None
) -> Comparison:
    """Compare a submission with the one before it, whose content hash is `digest`.

    `common` is the submission that `after` was made of, where it is known.
    """
    changes = tuple(changes_between(before, after))
    old, new = _by_place(before.findings), _by_place(after.findings)
    named = {path for found in before.findings for path in (found.path, *found.looks_at)}
    return Comparison(
        before=digest,
        relation=_relation(before, digest, after, common),
        mended=tuple(found for place, found in old.items() if place not in new),
        still=tuple(found for place, found in new.items() if place in old),
        new=tuple(found for place, found in new.items() if place not in old),
        unasked=tuple(change for change in changes if change.path not in named),
        changes=changes,
    )


def changes_between(before: FormRecord, after: FormRecord) -> Iterator[Change]:
    """Yield every answer that two submissions of one form give differently, in printed order."""
    for path in dict.fromkeys((*after.answers, *before.answers)):
        old, new = before.answers.get(path), after.answers.get(path)
        if _text(old) != _text(new):
            at = new or old
            assert at is not None
            yield Change(
                path=path, label=at.label, sheet=at.sheet, cell=at.cell,
                before=_text(old), after=_text(new),
            )  # fmt: skip


def _text(answer: Answer | None) -> str:
    return answer.text if answer else ""


def _by_place(findings: Iterable[Finding]) -> dict[tuple[str, str, str, str], Finding]:
    """What somebody has to look at, by what it is and where."""
    asked = (found for found in findings if found.severity != "hint")
    return {(found.code, found.path, found.sheet, found.cell): found for found in asked}


def _relation(
    before: FormRecord, digest: str, after: FormRecord, common: FormRecord | None
) -> Relation:
    if after.came_from == digest:
        return "successor"
    if common is None:
        return "unknown"
    if _changed_otherwise(common, before, after):
        return "conflict"
    return "parallel"


def _changed_otherwise(common: FormRecord, before: FormRecord, after: FormRecord) -> bool:
    """Whether two submissions changed an answer of an older one in two ways."""
    ours = {change.path: change.after for change in changes_between(common, after)}
    theirs = {change.path: change.after for change in changes_between(common, before)}
    return any(ours[path] != theirs[path] for path in ours.keys() & theirs.keys())
