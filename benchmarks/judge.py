"""Scores what `check` says of forms that a reviewer has read, by kind of fault: `make judge`.

python -m benchmarks.judge                      # the table
python -m benchmarks.judge --list               # and each miss and false alarm but those of blind-*
python -m benchmarks.judge --list --set county  # of the forms that are named so

An opinion is found by a finding of its kind at one of its places, below one or above one. A finding
that answers no opinion is a false alarm.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from ptxl.check.submission import check_submission
from ptxl.model.findings import Finding
from ptxl.model.path import Path as FieldPath
from ptxl.model.submission import CheckedSubmission
from ptxl.renew.fill import answered_form
from ptxl.rules.ruleset import ready_rules
from ptxl.template import Templates, shipped

REVIEWED = shipped("samples") / "reviewed"
TEMPLATES = Templates()
#: forms that nobody who writes rules looks at
BLIND = "blind"
#: in kinds.yaml: what the reviewer is only asked to confirm
CONFIRM = "请确认"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the reviewer wrote, and the places of the form that it is about."""

    kind: str
    places: tuple[FieldPath, ...]
    says: str


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A filled form, with what the reviewer and what `check` say of it."""

    name: str
    opinions: tuple[Opinion, ...]
    checked: CheckedSubmission


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one form, the opinions that were found and missed, and the findings without an opinion."""

    form: Reviewed
    found: tuple[Opinion, ...]
    missed: tuple[Opinion, ...]
    alarms: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """How many of the false alarms are errors."""
        return sum(alarm.severity == "error" for alarm in self.alarms)


@cache
def kinds() -> Mapping[str, Collection[str]]:
    """The codes of findings that say a fault of each kind."""
    found: Mapping[str, Collection[str]] = _yaml(REVIEWED / "kinds.yaml")
    return found


def files(beginning: str = "") -> list[Path]:
    """The reviewed forms whose names begin so."""
    every = sorted(REVIEWED.glob(f"{beginning}*.yaml"))
    return [path for path in every if path.name != "kinds.yaml"]


def load(path: Path) -> Reviewed:
    """One reviewed form, filled in and checked."""
    read = _yaml(path)
    document = {**read["answers"], "form": read["form"], "unit": read["unit"]}
    submission, placed = answered_form(document, TEMPLATES, path.name)
    opinions = (
        Opinion(
            kind=one["kind"],
            places=tuple(placed.at(FieldPath(place)) for place in _listed(one["at"])),
            says=one["says"],
        )
        for one in read["opinions"]
    )
    return Reviewed(path.stem, tuple(opinions), check_submission(submission))


def judge(form: Reviewed) -> Verdict:
    """Lay the findings on a form beside the opinions on it."""
    codes = kinds()
    asked_once = {
        ready.rule.id
        for ready in ready_rules(form.checked.submission.layout)
        if not ready.rule.each
    }

    def answers(finding: Finding, opinion: Opinion) -> bool:
        if finding.code not in codes[opinion.kind]:
            return False
        # A rule that is asked of a whole table stands at one of its rows and speaks of all.
        seen = finding.looks_at if finding.code in asked_once else ()
        return any(
            _touch(FieldPath(path), place)
            for path in (finding.path, *seen)
            for place in opinion.places
        )

    findings = [one for one in form.checked.findings if one.code not in codes[CONFIRM]]
    found = [any(answers(one, opinion) for one in findings) for opinion in form.opinions]
    return Verdict(
        form=form,
        found=tuple(o for o, is_found in zip(form.opinions, found, strict=True) if is_found),
        missed=tuple(o for o, is_found in zip(form.opinions, found, strict=True) if not is_found),
        alarms=tuple(f for f in findings if not any(answers(f, o) for o in form.opinions)),
    )


def _touch(one: FieldPath, other: FieldPath) -> bool:
    return one.is_under(other) or other.is_under(one)


def _yaml(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def _listed(at: str | list[str]) -> list[str]:
    return [at] if isinstance(at, str) else at


def table(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """Yield recall by kind, and the false alarms of all forms."""
    every = list(verdicts)
    yield f"{'':8}{'opinions':>9}{'found':>7}{'recall':>8}"
    for kind in (*kinds(), ""):
        found = sum(one.kind == kind or not kind for each in every for one in each.found)
        missed = sum(one.kind == kind or not kind for each in every for one in each.missed)
        if found + missed:
            share = found / (found + missed)
            yield f"{kind or 'all ':　<4}{found + missed:>9}{found:>7}{share:>8.2f}"
    alarms, errors = sum(len(one.alarms) for one in every), sum(one.errors for one in every)
    share = alarms / max(len(every), 1)
    yield f"{len(every)} forms, {alarms} false alarms ({share:.2f} a form), {errors} false errors"


def details(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """Yield each opinion that was missed, and each false alarm, with its text."""
    for verdict in verdicts:
        checked, name = verdict.form.checked, verdict.form.name
        for opinion in verdict.missed:
            place = opinion.places[0]
            yield (
                f"missed  {name}  {place}  {_text(checked, place)}  {opinion.kind}: {opinion.says}"
            )
        for alarm in verdict.alarms:
            text = _text(checked, FieldPath(alarm.path).row)
            yield (
                f"alarm   {name}  {alarm.path}  {text}  "
                f"{alarm.severity} {alarm.code}: {alarm.message()}"
            )


def _text(checked: CheckedSubmission, place: FieldPath) -> str:
    """What was typed at a place, cell by cell, as far as it fits a line."""
    entries = checked.submission.entries
    typed = [str(entry.raw) for path, entry in entries.items() if FieldPath(path).is_under(place)]
    return " | ".join(typed)[:120]


def main() -> None:
    """Judge and print."""
    parser = argparse.ArgumentParser(description="Scores `check` on forms that a reviewer has read")
    parser.add_argument("--list", action="store_true", help="each miss and false alarm")
    parser.add_argument("--set", default="", metavar="NAME", help="forms whose names begin so")
    options = parser.parse_args()
    verdicts = [judge(load(path)) for path in files(options.set)]
    if options.list:
        shown = (one for one in verdicts if options.set or not one.form.name.startswith(BLIND))
        print("\n".join(details(shown)))
    print("\n".join(table(verdicts)))


if __name__ == "__main__":
    main()
