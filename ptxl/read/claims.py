"""An open workbook → which form it says it is, in each place where it says so, and whether it is;
which submission it was made of, and when it was saved.

What a place says counts when its serial fits it, and with the key of a round when its signature
does. Of those the majority wins, and any one of them is enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, lru_cache

from ptxl.layout.helper_sheets import (
    IDENTITY_SHEET,
    LIST_SHEET,
    MARKS_SHEET,
    OUTPUT_NAME,
    PROBLEM_LIST_NAME,
    footer_line,
    labels_in,
)
from ptxl.layout.identity import (
    CAME_FROM_AT,
    CAME_FROM_NAME,
    ISSUED,
    SEAL_HEAD,
    SERIAL_NAME,
    identify,
    joined,
    read_identity,
    read_seal,
    seal_of,
    signed,
    vouches,
)
from ptxl.model.errors import TemplateError, WorkbookError
from ptxl.model.findings import Finding, finding
from ptxl.model.layout import Layout
from ptxl.model.refusals import refusal
from ptxl.model.submission import Identity, Trust
from ptxl.read.workbook import Workbook
from ptxl.rules.of_unit import form_of
from ptxl.template import Templates
from ptxl.words import LANGUAGES, Phrase

#: the places that hold a whole identity
_SHEET = Phrase("places.sheet", {"name": IDENTITY_SHEET})
_LISTS = Phrase("places.sheet", {"name": LIST_SHEET})
_PROPERTIES = Phrase("places.properties")
_NAMES = Phrase("places.names")
_DIGEST = re.compile("[0-9a-f]{64}")
#: clocks of machines that have lost the time tell of years before
_FIRST_YEAR = 2000
_SEAL = re.compile(rf"\s*{re.escape(SEAL_HEAD)}")


@dataclass(frozen=True, slots=True)
class Claim:
    """What one place says: a whole identity, or a serial alone, or nothing that is whole.

    It `fits` when the serial vouches for what stands beside it, and is `signed` when that is done
    with the key of the round. `named` is what people know of the form.
    """

    place: Phrase
    serial: str = ""
    identity: Identity | None = None
    fits: bool = True
    signed: bool = False
    named: str = ""


@dataclass(frozen=True, slots=True)
class Claims:
    """The form for which a workbook is taken, and what each place says of it."""

    identity: Identity
    claims: Sequence[Claim] = ()

    @property
    def agreeing(self) -> list[Identity]:
        """The identities with the serial of the form."""
        same = [claim.identity for claim in self.claims if claim.serial == self.identity.serial]
        return list(filter(None, same)) or [self.identity]


def read_claims(workbook: Workbook, key: bytes = b"") -> Claims:
    """Collect what each place of a workbook says of its form, and choose the form.

    Parameters are what somebody wrote into a file: no form is made from them before a serial (or
    with `key` a signature) has vouched for them. Raises WorkbookError when nothing there counts.
    """
    names, properties = workbook.defined_names(), workbook.properties()
    whole = [_claim(*told, key) for told in _seals(workbook, names, properties)]
    claims = (*whole, *_serials(workbook, names, properties))
    counting = [claim for claim in whole if claim.fits]
    by_key = [claim for claim in counting if claim.signed]
    identities = [claim.identity for claim in by_key or counting if claim.identity]
    if not identities:
        raise _nothing_counts(names, claims)
    return Claims(_most_named(identities), claims)


def _nothing_counts(names: Mapping[str, str], claims: Iterable[Claim]) -> WorkbookError:
    if PROBLEM_LIST_NAME in names:
        return refusal("problem_list")
    if OUTPUT_NAME in names:
        return refusal("own_output")
    telling = {claim.serial: claim for claim in claims if claim.serial}
    if not telling:
        return refusal("not_a_form")
    serials = sorted(serial for serial, claim in telling.items() if not claim.identity)
    return refusal("identity_lost", serial=tuple(serials) or "?")


def _most_named(identities: Sequence[Identity]) -> Identity:
    """The identity that most places tell; of equal ones the first."""
    contents = [(one.serial, one.digest, one.prefilled) for one in identities]
    return max(identities, key=lambda one: contents.count((one.serial, one.digest, one.prefilled)))


def _seals(
    workbook: Workbook, names: Mapping[str, str], properties: Mapping[str, str]
) -> Iterator[tuple[Phrase, str]]:
    """The places that hold a whole identity, each with its seal; "" where that is damaged."""
    sheet = read_identity(workbook.rows(IDENTITY_SHEET))
    head = next(iter(workbook.rows(LIST_SHEET)), ())
    yield _SHEET, seal_of(sheet) if sheet else ""
    yield _LISTS, next(filter(_SEAL.match, map(str, head)), "").strip()
    yield _PROPERTIES, joined(properties)
    yield _NAMES, joined(names)


@lru_cache(maxsize=16)  # as issued all places say the same
def _looked_into(seal: str, key: bytes) -> Claim:
    """What a seal says, wherever it stands."""
    identity = read_seal(seal)
    if identity is None:
        return Claim(_SHEET)
    fits, by_key = vouches(identity), bool(key) and signed(identity, key)
    return Claim(_SHEET, identity.serial, identity, fits, by_key, _named(identity))


def _claim(place: Phrase, seal: str, key: bytes) -> Claim:
    return replace(_looked_into(seal, key), place=place)


def _serials(
    workbook: Workbook, names: Mapping[str, str], properties: Mapping[str, str]
) -> Iterator[Claim]:
    """The serials that stand without the rest: beside the pieces of a seal, and printed."""
    for place, texts in ((_PROPERTIES, properties), (_NAMES, names)):
        if serial := texts.get(SERIAL_NAME):
            yield Claim(place, serial, named=serial)
    pattern = _printed_serial()
    for name, footer in workbook.footers().items():
        if printed := pattern.search(footer):
            place = Phrase("places.footer", {"name": name})
            yield Claim(place, printed[1], named=printed[1])


@cache
def _printed_serial() -> re.Pattern[str]:
    """What a footer says in any language, with the serial as its group."""
    labels = {label for each in LANGUAGES for label in labels_in(footer_line(each))}
    words = "|".join(map(re.escape, sorted(labels)))
    return re.compile(rf"(?:{words})[：:\s]*([0-9A-Z]{{4}}-[0-9A-Z]{{4}}-[0-9A-Z]{{4}})")


def layout_of(identity: Identity, templates: Templates) -> Layout:
    """Lay out the form of an identity, as its unit is asked it.

    Raises WorkbookError when there is no such template.
    """
    try:
        template = templates.get(identity.template, identity.edition)
    except TemplateError:
        raise refusal("template_unknown", template=identity.template) from None
    try:
        return form_of(template.layout(identity.parameters), identity.unit)
    except TemplateError:
        raise refusal("parameters_unfit", template=identity.template) from None


# -- are they true


def judge_claims(
    claims: Claims, layout: Layout, key: bytes = b""
) -> tuple[Trust, tuple[Finding, ...]]:
    """Say where a workbook does not tell one story of itself, or its template is another one now.

    With the `key` of a round it must be signed with it. Returns how far it can be trusted, too.
    """
    identity = claims.identity
    expected = identify(layout, identity.unit, identity.edition, round=identity.round)
    doubts = [*_signature_findings(claims, key), *_disagreements(claims, expected.digest)]
    findings = [*doubts, *_missing_places(claims)]
    trust = Trust.FULL
    editions = {"found": identity.edition, "expected": layout.form.edition}
    if expected.digest not in [one.digest for one in claims.agreeing]:
        # Where the form was laid out differently, a value may be read for another.
        findings.append(finding("template_changed", **editions))
        trust = Trust.OTHER_EDITION
    elif identity.edition != layout.form.edition:
        findings.append(finding("edition_differs", **editions))
    return Trust.DOUBTFUL if doubts else trust, tuple(findings)


def _signature_findings(claims: Claims, key: bytes) -> Iterator[Finding]:
    if not key or not claims.claims:
        return
    if not any(signed(one, key) for one in claims.agreeing):
        wrong = any(one.signature for one in claims.agreeing)
        yield finding("signature_wrong" if wrong else "not_signed")


def _disagreements(claims: Claims, digest: str) -> Iterator[Finding]:
    """Places that tell of another form, and places that were edited."""
    serial = claims.identity.serial
    by_key = any(claim.signed and claim.serial == serial for claim in claims.claims)
    edited: list[Phrase] = []
    elsewhere: dict[str, list[Claim]] = {}
    for claim in claims.claims:
        if _edited(claim, claims.identity, digest, by_key=by_key):
            edited.append(claim.place)
        elif claim.serial not in ("", serial):
            elsewhere.setdefault(claim.serial, []).append(claim)
    for others in elsewhere.values():
        places = _once(claim.place for claim in others)
        yield finding("identity_disagrees", unit=_named(claims.identity), other=others[0].named,
                      places=places)  # fmt: skip
    if edited:
        yield finding("identity_changed", places=_once(edited))


def _edited(claim: Claim, chosen: Identity, digest: str, *, by_key: bool) -> bool:
    """Whether what a place says was changed there, beside the form of that `digest`."""
    if not claim.fits:
        return True
    if claim.identity is None or claim.serial != chosen.serial:
        return False
    if claim.identity.prefilled != chosen.prefilled:
        return True
    return claim.identity.digest not in (digest, chosen.digest) or claim.signed < by_key


def _missing_places(claims: Claims) -> Iterator[Finding]:
    """Places that hold no whole identity any more."""
    missing = [claim.place for claim in claims.claims if not claim.serial]
    if missing:
        yield finding("identity_incomplete", places=_once(missing))


def _named(identity: Identity) -> str:
    unit, form = identity.unit, f"{identity.template} {identity.edition}"
    return " / ".join((f"{unit.code} {unit.name}"[:60], form[:60], identity.serial[:14]))


def _once(places: Iterable[Phrase]) -> tuple[Phrase, ...]:
    return tuple(dict.fromkeys(places))


# -- what happened to it before


def read_origin(workbook: Workbook) -> str:
    """Return the content hash of the submission that a marked copy was made of.

    "" when no place tells one, and when places tell different ones or something else.
    """
    row, column = CAME_FROM_AT
    told = {
        workbook.defined_names().get(CAME_FROM_NAME, ""),
        workbook.properties().get(CAME_FROM_NAME, ""),
        *(str(value).strip() for value in _cells(workbook, row)[column : column + 1]),
    }
    told.discard("")
    digest = told.pop() if len(told) == 1 else ""
    return digest if _DIGEST.fullmatch(digest) else ""


def _cells(workbook: Workbook, row: int) -> list[object]:
    """The cells of one row of the sheet of marks."""
    rows = workbook.rows(MARKS_SHEET)
    return list(rows[row]) if row < len(rows) else []


def read_saved(workbook: Workbook) -> datetime | None:
    """Return when a program last saved a workbook, in local time and without a zone.

    None where it does not say so, where that cannot be, and of a form as it was issued.
    """
    try:
        told = workbook.reader.saved()
        if told is None or told.replace(tzinfo=UTC) == ISSUED:
            return None
        local = told.astimezone().replace(tzinfo=None, microsecond=0)
    except (ValueError, OverflowError, OSError):  # no day, or none that the system knows
        return None
    return local if local.year >= _FIRST_YEAR else None
