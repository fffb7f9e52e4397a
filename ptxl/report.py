"""Findings → words and JSON. Messages come before places, errors before warnings."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from ptxl.documents.document import Json, build_document, identity_json
from ptxl.model.findings import Finding, Language, by_weight
from ptxl.model.submission import CheckedSubmission
from ptxl.renew.repair import Repaired
from ptxl.words import Speaker

_MOST_PLACES = 8
_LINE_BREAKS = str.maketrans(dict.fromkeys("\n\r\v\f\x85\u2028\u2029", "↵"))
_UNSEEN = {"Cc", "Cf", "Cs"}


def one_line(text: str) -> str:
    """A text as one line in which everything shows: ↵ for a line break, `\\x1b` for a control.

    So what somebody typed, or called a file, neither begins a line nor steers the terminal.
    """
    if text.isprintable():
        return text
    broken = text.replace("\r\n", "\n").translate(_LINE_BREAKS)
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) in _UNSEEN else char
        for char in broken
    )


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


def repaired_lines(repaired: Repaired, language: Language) -> Iterator[str]:
    """What became of the answers of a repaired or upgraded form: counts first, then one by one."""
    chinese = language == "zh"
    sure, guessed, lost = sum(repaired.recovered.values()), repaired.guessed, repaired.lost
    yield (
        f"已恢复 {sure} 项，填入待核对 {len(guessed)} 项，未能填入 {len(lost)} 项"
        if chinese
        else f"{sure} answers recovered, {len(guessed)} to be checked, {len(lost)} lost"
    )
    for name, value in repaired.raised.items():
        yield f"  {name} = {value}" + ("（为放下全部内容而增加）" if chinese else " (to make room)")
    for zh, en, findings in (
        ("未填入新表的内容，位置指原文件", "lost: places in the old file", lost),
        ("已填入但请核对，位置指新表", "to be checked: places in the new form", guessed),
        ("原版没有、新版要填", "asked by the new edition only", repaired.newly_asked),
        ("原文件的改动，新表已复原", "done to the old file, undone in the new", repaired.changes),
    ):
        if findings:
            yield f"  [{zh if chinese else en}]"
        for same in _by_cause(findings, language):
            for sheet in dict.fromkeys(found.sheet for found in same):
                here = [found for found in same if found.sheet == sheet]
                yield f"    {f'[{sheet}] ' if sheet else ''}{_line(here, language)}"


def repaired_json(repaired: Repaired, language: Language) -> Json:
    """What became of the answers of a repaired or upgraded form, as JSON."""
    return {
        **identity_json(repaired.identity),
        "recovered": dict(repaired.recovered),
        "raised": dict(repaired.raised),
        "guessed": [finding_json(found, language) for found in repaired.guessed],
        "lost": [finding_json(found, language) for found in repaired.lost],
        "newly_asked": [finding_json(found, language) for found in repaired.newly_asked],
        "changes": [finding_json(found, language) for found in repaired.changes],
    }


def _by_cause(findings: Sequence[Finding], language: Language) -> Iterator[list[Finding]]:
    causes: dict[tuple[str, str], list[Finding]] = {}
    for found in findings:
        causes.setdefault((found.code, found.message(language)), []).append(found)
    yield from causes.values()


def _line(same: Sequence[Finding], language: Language) -> str:
    first = same[0]
    word = Speaker(language).say(f"severities.{first.severity}")
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
