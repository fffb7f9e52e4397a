"""How forms stand, in the few groups that the officer counts by. Data and sums only."""

from __future__ import annotations

from dataclasses import dataclass

from ptxl.rounds.board import Standing, Tally


@dataclass(frozen=True, slots=True)
class Group:
    """Some standings that are counted together under the heading `reports.columns.KEY`."""

    key: str
    states: tuple[Standing, ...]

    def count(self, counts: Tally) -> int:
        """Count the forms that stand so."""
        return sum(counts.states.get(state, 0) for state in self.states)


_NAMED = (
    Group("accepted", (Standing.ACCEPTED,)),
    Group("to_check", (Standing.TO_CHECK,)),
    Group("to_correct", (Standing.TO_CORRECT,)),
    Group("unreadable", (Standing.UNREADABLE,)),
)
_MISSING = Group("missing", (Standing.MISSING,))
_COUNTED = frozenset(state for group in (*_NAMED, _MISSING) for state in group.states)
#: so that the groups always add up to what is due
_REST = Group("rest", tuple(state for state in Standing if state not in _COUNTED))
GROUPS = (*_NAMED, _REST, _MISSING)


def counts_by_key(counts: Tally) -> dict[str, int]:
    """Return what is due and has come, each group and what is late, by key, in that order."""
    groups = {group.key: group.count(counts) for group in GROUPS}
    return {"due": counts.due, "received": counts.received, **groups, "late": counts.late}
