"""What is wrong in a submission → a `Finding`: a code and facts. It holds no words.

The codes below are the whole list. A code is public, says the fault in words and is never used
again for another meaning; its sentence stands in `ptxl/words/`. Rules of templates bring codes of
their own (the rule's id).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

from ptxl.words import DEFAULT_LANGUAGE, Phrase, Speaker
from ptxl.words import Language as Language

Severity = Literal["error", "warning", "hint"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
#: who has something to do about it: whoever fills in the form, or only who reviews it
Reader = Literal["clerk", "reviewer"]
READERS: tuple[Reader, ...] = get_args(Reader)
#: what is said of a finding in place of its severity: that it is for the reviewer
Level = Literal["error", "warning", "hint", "reviewer"]
LEVELS: tuple[Level, ...] = get_args(Level)

ErrorCode = Literal[
    # answers
    "required", "category_unanswered", "not_a_number", "not_whole", "not_a_date", "not_a_code",
    "ambiguous_date", "ambiguous_percent", "money_unit_differs", "out_of_range",
    "number_too_large", "too_long", "not_in_list", "not_under_parent",
    # what happened to the workbook
    "shown_otherwise", "partly_marked", "answer_covered", "shown_by_condition",
    "error_value", "formula_without_value", "readers_differ", "cell_unclear",
    "label_of_another", "sheet_missing", "sheet_unclear",
    "place_uncertain", "sheet_copied", "copy_filled", "answer_outside", "unread_answer",
    "template_changed", "carried_changed", "carried_lost",
    "identity_changed", "identity_disagrees", "unit_differs", "not_signed", "signature_wrong",
    # files among others
    "unreadable", "duplicate_differs", "other_round", "other_currency", "left_out",
    # what became of answers in a repaired or upgraded form
    "answer_lost",
]  # fmt: skip
WarningCode = Literal[
    "percent_unclear", "stored_as_number", "money_unit_unclear", "shown_unclear", "read_as_shown",
    "answer_marked", "zeros_hidden", "prefilled_changed", "prefilled_lost",
    "formula_in_answer", "locked_text_changed", "cells_moved", "rows_sorted",
    "columns_moved",
    "category_unclear", "sheet_renamed", "spare_sheet_missing", "sheet_added", "unread_cell",
    "edition_differs", "self_check_changed", "lists_changed", "computed_differs", "review_filled",
    "file_name_differs",
    # beside the form of last year, and the approved budget
    "reception_costs_grow", "budget_differs", "budget_code_differs", "not_in_budget",
    "budget_currency_differs",
]  # fmt: skip
HintCode = Literal[
    "protection_removed", "sheet_hidden", "rows_hidden", "rows_filtered", "merges_undone",
    "merges_added", "laid_over",
    "validation_removed", "helper_sheets_removed", "characters_cleaned", "rows_added", "blank_copy",
    "identity_incomplete",
    # files among others, units side by side
    "duplicate_unit", "same_text_elsewhere", "value_outlying", "indicators_differ",
    "answer_uncertain",
    # beside the form of last year
    "copied_from_last_year", "values_same_as_last_year", "below_last_year",
]  # fmt: skip
Code = ErrorCode | WarningCode | HintCode

_WHERE = ("path", "sheet", "cell", "label")
#: how grave each code is
SEVERITY_OF: Mapping[Code, Severity] = MappingProxyType({
    **dict.fromkeys(get_args(ErrorCode), "error"),
    **dict.fromkeys(get_args(WarningCode), "warning"),
    **dict.fromkeys(get_args(HintCode), "hint"),
})  # fmt: skip
#: of which a clerk need not hear: it was read all the same, and nothing is to be corrected
FOR_REVIEWER: frozenset[Code] = frozenset((
    "sheet_hidden", "rows_hidden", "rows_filtered", "merges_undone", "validation_removed",
    "helper_sheets_removed", "rows_added", "blank_copy", "identity_incomplete", "duplicate_unit",
))  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing wrong (问题). `path` names the field, `sheet` and `cell` the place, if any.

    `facts` fill the sentence of the code. A finding that says something else than its code's own
    sentence (that of a rule, of an approved exception) says `phrase`.
    """

    code: str
    severity: Severity
    path: str = ""
    sheet: str = ""
    cell: str = ""
    label: str = ""
    facts: Mapping[str, object] = field(default_factory=dict, hash=False)
    #: of a finding on several answers: the paths of all of them
    looks_at: tuple[str, ...] = ()
    phrase: Phrase | None = None
    reader: Reader = "clerk"

    @property
    def level(self) -> Level:
        """How grave it is; of what is only for the reviewer, that it is."""
        return "reviewer" if self.reader == "reviewer" else self.severity

    @property
    def sentence(self) -> Phrase:
        """What is there and what to do, without the place; in no language yet."""
        return self.phrase or Phrase(f"findings.{self.code}", self.facts)

    def message(self, language: Language = DEFAULT_LANGUAGE) -> str:
        """What is there and what to do, without the place."""
        return Speaker(language).word(self.sentence)

    def place(self) -> str:
        """The place as people write it: `项目1!B4`, or the sheet alone, or nothing."""
        return f"{self.sheet}!{self.cell}" if self.cell else self.sheet


def finding(code: Code, **where_and_facts: object) -> Finding:
    """Make a finding of the catalogue: keywords that are no attribute of `Finding` become facts."""
    facts = dict(where_and_facts)
    path, sheet, cell, label = (str(facts.pop(name, "")) for name in _WHERE)
    reader: Reader = "reviewer" if code in FOR_REVIEWER else "clerk"
    return Finding(
        code=code, severity=SEVERITY_OF[code], reader=reader,
        path=path, sheet=sheet, cell=cell, label=label, facts=facts,
    )  # fmt: skip


def by_weight(findings: Iterable[Finding]) -> list[Finding]:
    """Errors before warnings before hints, otherwise in the order found."""
    return sorted(findings, key=lambda found: SEVERITIES.index(found.severity))


def at_least(findings: Iterable[Finding], severity: Severity) -> tuple[Finding, ...]:
    """Return the findings that are as severe as named, or more."""
    wanted = SEVERITIES[: SEVERITIES.index(severity) + 1]
    return tuple(found for found in findings if found.severity in wanted)
