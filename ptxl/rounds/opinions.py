"""What the officer thinks of a finding (处理意见) → approved exceptions. Pure.

An opinion is about what was there: it names the unit, the form, the finding and its place, and
holds a digest of the answers that the finding looks at. Where one of these has changed since, an
approval no longer applies.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, fields, replace
from datetime import date
from typing import Literal, get_args

from ptxl.check.waivers import Waiver, Waivers, is_waivable, waive_findings, waived
from ptxl.model.findings import Finding
from ptxl.model.path import Path
from ptxl.rounds.records import FormRecord
from ptxl.rounds.settings import Settings
from ptxl.words import Phrase, Speaker, phrase

#: let it stand, or have it corrected
Verdict = Literal["agree", "correct"]
#: hexadecimal digits: nobody meets another text with the same ones by chance
_DIGITS = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """What an opinion is about; `answers` is a digest of those that the finding looks at."""

    unit: str
    template: str
    code: str
    path: str
    place: str
    answers: str

    @property
    def finding(self) -> tuple[str, ...]:
        """Which finding it is, whatever was answered."""
        return self.unit, self.template, self.code, self.path, self.place


@dataclass(frozen=True, kw_only=True, slots=True)
class Opinion:
    """What the officer thinks of one finding; `line` is where it stood in the list."""

    subject: Subject
    verdict: Verdict
    reason: str
    line: int = 0

    def to_text(self) -> str:
        """Return it as a text, to be kept."""
        return _json([*astuple(self.subject), self.verdict, self.reason, self.line])

    @classmethod
    def from_text(cls, text: str) -> Opinion:
        """Return the opinion of a text that `to_text` gave. Raises ValueError for another."""
        *subject, verdict, reason, line = json.loads(text)
        if verdict not in get_args(Verdict):
            raise ValueError(verdict)
        return cls(subject=_subject(subject), verdict=verdict, reason=reason, line=line)


def subject_of(record: FormRecord, found: Finding) -> Subject:
    """Say what an opinion on a finding in a form is about."""
    return Subject(
        unit=record.unit.code, template=record.template, code=found.code, path=found.path,
        place=found.place(), answers=_digest(record, found),
    )  # fmt: skip


def _digest(record: FormRecord, found: Finding) -> str:
    """What is answered at and below the paths that a finding looks at; if at none, all answers."""
    paths = tuple(filter(None, (found.path, *found.looks_at)))
    looked_at = [
        (path, answer.text) for path, answer in record.answers.items()
        if not paths or any(map(Path(path).is_under, paths))
    ]  # fmt: skip
    return hashlib.sha256(_json(looked_at).encode()).hexdigest()[:_DIGITS]


# -- on paper


def token_of(subject: Subject, key: bytes) -> str:
    """Return the text by which a line of the list is known again, sealed with the round's key."""
    text = _json(astuple(subject))
    return f"{_seal(text, key)} {text}"


def read_token(token: str, key: bytes) -> Subject | None:
    """Return what a line of the list is about; None where nobody with that key wrote the token."""
    seal, _, text = token.partition(" ")
    if not hmac.compare_digest(seal.encode("utf-8", "replace"), _seal(text, key).encode()):
        return None
    return _subject(json.loads(text))


def _subject(parts: list[str]) -> Subject:
    """Raises ValueError where these are not the texts of a subject."""
    names = [field.name for field in fields(Subject)]
    if not all(isinstance(part, str) for part in parts):
        raise ValueError(parts)
    return Subject(**dict(zip(names, parts, strict=True)))


def _seal(text: str, key: bytes) -> str:
    told = f"opinion {text}".encode("utf-8", "replace")
    return hmac.new(key, told, hashlib.sha256).hexdigest()[:_DIGITS]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


# -- what comes of them


def latest(opinions: Iterable[Opinion]) -> Mapping[tuple[str, ...], Opinion]:
    """Return the last opinion on each finding."""
    return {opinion.subject.finding: opinion for opinion in opinions}


def changed_opinions(kept: Iterable[Opinion], read: Iterable[Opinion]) -> tuple[Opinion, ...]:
    """Return the opinions read that are not those kept last on the same findings.

    A list that is read twice adds nothing; who goes back to an earlier opinion is heard.
    """
    before = latest(kept)
    return tuple(
        one for one in read
        if _without_line(before.get(one.subject.finding)) != _without_line(one)
    )  # fmt: skip


def _without_line(opinion: Opinion | None) -> Opinion | None:
    return opinion and replace(opinion, line=0)


def opinion_on(
    record: FormRecord, found: Finding, opinions: Mapping[tuple[str, ...], Opinion]
) -> tuple[Opinion | None, bool]:
    """Return the opinion on a finding, and whether it still applies."""
    subject = subject_of(record, found)
    opinion = opinions.get(subject.finding)
    return opinion, opinion is not None and opinion.subject == subject


def with_opinions(
    record: FormRecord, opinions: Iterable[Opinion], settings: Settings, on: date,
    exceptions: tuple[Waiver, ...] = (),
) -> FormRecord:  # fmt: skip
    """Return a record as the officer decided: what was agreed to, or is an exception of the county,
    is a hint that says so, and what has to be corrected an error."""
    opinions = tuple(opinions)
    agreed = waivers_from(holding(record, opinions), settings, on)
    waivers = Waivers((*agreed.entries, *exceptions), on)
    answers = {path: answer.text for path, answer in record.answers.items()}
    unit, template = record.unit.code, record.template
    findings = waive_findings(record.findings, unit, template, waivers, answers)
    by_finding = latest(opinions)
    decided = tuple(_to_correct(record, found, by_finding) for found in findings)
    return replace(record, findings=decided, approved=waived(decided))


def _to_correct(
    record: FormRecord, found: Finding, opinions: Mapping[tuple[str, ...], Opinion]
) -> Finding:
    """A warning that the officer wants corrected, as an error; any other finding as it is."""
    opinion, applies = opinion_on(record, found, opinions)
    if found.severity != "warning" or not opinion or not applies or opinion.verdict != "correct":
        return found
    facts = {"finding": found.sentence, "reason": opinion.reason}
    code = "opinions.because" if opinion.reason else "opinions.wanted"
    return replace(found, severity="error", phrase=Phrase(code, facts))


def holding(record: FormRecord, opinions: Iterable[Opinion]) -> Iterator[Opinion]:
    """Yield the approvals that apply to a record: those of what stands in it."""
    by_finding = latest(opinions)
    for found in record.findings:
        opinion, applies = opinion_on(record, found, by_finding)
        if opinion and applies and opinion.verdict == "agree" and is_waivable(found.code):
            yield opinion


def outdated(record: FormRecord, opinions: Iterable[Opinion]) -> Iterator[Phrase]:
    """Yield which approvals no longer apply to a record, since what they are about has changed."""
    by_finding = latest(opinions)
    for found in record.findings:
        opinion, applies = opinion_on(record, found, by_finding)
        if opinion and not applies and opinion.verdict == "agree":
            yield phrase("opinions.outdated", place=found.place(), label=found.label)


def waivers_from(opinions: Iterable[Opinion], settings: Settings, on: date) -> Waivers:
    """Make approved exceptions of approvals, approved by whom the round names.

    They do not say what was answered: pass only those that `holding` yields for the forms that
    they are to be applied to. They hold to the end of the year after the round's.
    """
    say = Speaker(settings.language).say
    entries = tuple(
        Waiver(
            unit=one.subject.unit,
            rule=one.subject.code,
            field=one.subject.path or one.subject.place,
            template=one.subject.template,
            reason=one.reason or say("opinions.no_reason"),
            approver=" ".join(filter(None, (settings.office, settings.contact))),
            expiry=date(settings.year + 1, 12, 31),
            line=one.line,
        )
        for one in latest(opinions).values()
        if one.verdict == "agree" and is_waivable(one.subject.code)
    )
    return Waivers(entries, on)
