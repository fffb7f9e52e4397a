"""Findings → lines of words and JSON. Messages come before places, errors before warnings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ptxl.documents.document import Json, build_document, identity_json
from ptxl.documents.finding import finding_json
from ptxl.model.findings import LEVELS, Finding, Language, by_weight
from ptxl.model.submission import CheckedSubmission
from ptxl.words import Phrase, Speaker, phrase

if TYPE_CHECKING:  # of those who repair
    from ptxl.renew.repair import Repaired


def check_lines(
    checked: CheckedSubmission, language: Language, *, codes: bool = False
) -> Iterator[str]:
    """Yield the findings of a submission as lines: errors, warnings, hints, then the reviewer's.

    Above each lot stands how many findings there are; each line shows its code if `codes`.
    """
    speaker = Speaker(language)
    for level in LEVELS:
        found = [each for each in checked.findings if each.level == level]
        if found:
            word = phrase(f"severities.{level}")
            yield speaker.say("report.severity", severity=word, count=len(found))
            yield from _sheet_lines(found, checked.submission.sheet_names, speaker, codes=codes)


def finding_lines(checked: CheckedSubmission, language: Language) -> Iterator[str]:
    """Yield the findings of a submission as lines, sheet by sheet.

    There is a line for each cause: severity, message, and all its places.
    """
    names = checked.submission.sheet_names
    yield from _sheet_lines(by_weight(checked.findings), names, Speaker(language))


def _sheet_lines(
    findings: Iterable[Finding], sheets: Sequence[str], speaker: Speaker, *, codes: bool = False
) -> Iterator[str]:
    by_sheet = _by_sheet(findings)
    for sheet in dict.fromkeys(("", *sheets, *by_sheet)):
        found_here = by_sheet.get(sheet, ())
        if sheet and found_here:
            yield speaker.say("report.sheet", sheet=sheet)
        for same in _by_cause(found_here, speaker):
            yield _line(same, speaker, codes=codes)


def repaired_lines(repaired: Repaired, language: Language) -> Iterator[str]:
    """Yield what became of the answers of a repaired or upgraded form: counts, then one by one."""
    speaker = Speaker(language)
    yield speaker.say(
        "report.repaired", recovered=sum(repaired.recovered.values()),
        guessed=len(repaired.guessed), lost=len(repaired.lost),
    )  # fmt: skip
    for name, value in repaired.raised.items():
        yield speaker.say("report.raised", name=name, value=value)
    for code, findings in (
        ("lost", repaired.lost), ("guessed", repaired.guessed),
        ("newly_asked", repaired.newly_asked), ("changes", repaired.changes),
    ):  # fmt: skip
        if findings:
            yield speaker.say(f"report.{code}")
        for same in _by_cause(findings, speaker):
            yield from _lines_by_sheet(same, speaker)


def _lines_by_sheet(same: Sequence[Finding], speaker: Speaker) -> Iterator[str]:
    for sheet, found_here in _by_sheet(same).items():
        yield _line(found_here, speaker, phrase("report.on", sheet=sheet) if sheet else "")


def repaired_json(repaired: Repaired, language: Language) -> Json:
    """Return what became of the answers of a repaired or upgraded form, as JSON."""

    def told(findings: Sequence[Finding]) -> list[Json]:
        return [finding_json(found, language) for found in findings]

    return {
        **identity_json(repaired.identity),
        "recovered": dict(repaired.recovered),
        "raised": dict(repaired.raised),
        "guessed": told(repaired.guessed),
        "lost": told(repaired.lost),
        "newly_asked": told(repaired.newly_asked),
        "changes": told(repaired.changes),
    }


def _by_sheet(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    by_sheet: dict[str, list[Finding]] = {}
    for found in findings:
        by_sheet.setdefault(found.sheet, []).append(found)
    return by_sheet


def _by_cause(findings: Iterable[Finding], speaker: Speaker) -> Iterator[list[Finding]]:
    """Findings that say the same, together."""
    causes: dict[tuple[str, str], list[Finding]] = {}
    for found in findings:
        causes.setdefault((found.code, speaker.word(found.sentence)), []).append(found)
    yield from causes.values()


def _line(
    same: Sequence[Finding], speaker: Speaker, sheet: Phrase | str = "", *, codes: bool = False
) -> str:
    """One line for findings that say the same."""
    first = same[0]
    places = tuple(_place(found) for found in same if found.cell)
    severity = phrase(f"severities.{first.level}")
    if codes:
        severity = phrase("report.coded", severity=severity, code=first.code)
    where = phrase("report.at", places=places) if places else ""
    return speaker.say(
        "report.line", sheet=sheet, severity=severity, message=first.sentence, places=where
    )


def _place(found: Finding) -> Phrase | str:
    if not found.label:
        return found.cell
    return phrase("report.place", cell=found.cell, label=found.label)


def submission_json(checked: CheckedSubmission, language: Language) -> Json:
    """Return a submission as JSON, with all that was found, the worst first."""
    document = build_document(checked)
    if checked.submission.source:
        document["source"] = checked.submission.source
    document["findings"] = [finding_json(f, language) for f in by_weight(checked.findings)]
    return document
