"""CheckedSubmission → the cells that other answers, or the roster, say are not asked. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ptxl.model.path import Path
from ptxl.model.submission import CheckedSubmission
from ptxl.rules.conditions import filled_in
from ptxl.rules.places import fields_at
from ptxl.rules.ruleset import facts_of, ready_rules
from ptxl.values.target_value import join_values


def not_asked(checked: CheckedSubmission) -> frozenset[Path]:
    """The fields that a form does not ask for as its other answers, or the roster, are.

    Rows of tables in which nothing is filled in do not count where other answers say so: nothing
    is asked in them anyway.
    """
    return frozenset(_not_asked(checked))


def _not_asked(checked: CheckedSubmission) -> Iterator[Path]:
    submission, layout = checked.submission, checked.submission.layout
    closing = [ready for ready in ready_rules(layout) if ready.rule.closes]
    if not closing:
        return
    filled = filled_in(submission.entries)
    split = join_values(layout, checked.values)
    facts = facts_of(layout, checked.values, filled, split, submission.identity.unit)
    for ready in closing:
        if ready.rule.of_unit or not ready.rule.each:
            if not ready.test(facts, ready.prefix, ""):
                yield from fields_at(layout, ready.rule)
            continue
        for row in facts.rows.get(ready.rule.each, ()):
            if not ready.test(facts, ready.prefix, row):
                yield Path(row + ready.rule.at)
