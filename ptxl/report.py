"""Findings → words and JSON. Messages come before places, errors before warnings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ptxl.documents import Json, build_document
from ptxl.findings import SEVERITY_WORDS, Finding, Language, by_weight
from ptxl.submission import CheckedSubmission

_MOST_PLACES = 8


def finding_lines(checked: CheckedSubmission, language: Language) -> Iterator[str]:
    """One line per cause, sheet by sheet: severity, message, and all its places."""
    by_sheet: dict[str, list[Finding]] = {"": []}
    by_sheet.update({name: [] for name in checked.submission.sheet_names})
    for found in by_weight(checked.findings):
        by_sheet.setdefault(found.sheet, []).append(found)
    for sheet, found_here in by_sheet.items():
        if sheet and found_here:
            yield f"  [{sheet}]"
        for same in _by_cause(found_here, language):
            yield f"    {_line(same, language)}"


def _by_cause(findings: Sequence[Finding], language: Language) -> Iterator[list[Finding]]:
    causes: dict[tuple[str, str], list[Finding]] = {}
    for found in findings:
        causes.setdefault((found.code, found.message(language)), []).append(found)
    yield from causes.values()


def _line(same: Sequence[Finding], language: Language) -> str:
    first = same[0]
    word = SEVERITY_WORDS[language][first.severity]
    places = [f"{f.cell}{f'（{f.label}）' if f.label else ''}" for f in same if f.cell]
    shown = "、".join(places[:_MOST_PLACES])
    if len(places) > _MOST_PLACES:
        shown += f" …（{len(places)}）"
    colon = "：" if language == "zh" else ": "
    return f"{word}{colon}{first.message(language)}" + (f" @ {shown}" if shown else "")


def finding_json(found: Finding, language: Language) -> Json:
    """One finding as JSON; keys without a value are left out."""
    entry = {
        "code": found.code,
        "severity": found.severity,
        "path": found.path,
        "sheet": found.sheet,
        "cell": found.cell,
        "label": found.label,
        "message": found.message(language),
    }
    return {key: value for key, value in entry.items() if value}


def submission_json(checked: CheckedSubmission, language: Language) -> Json:
    """A submission as JSON; with findings only where there are any."""
    document = build_document(checked)
    if checked.submission.source:
        document["source"] = checked.submission.source
    if checked.findings:
        document["findings"] = [finding_json(f, language) for f in by_weight(checked.findings)]
    return document
