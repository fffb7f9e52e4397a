"""An open workbook → which form it says it is, in each place where it says so, and whether it is.

What a place says counts when its serial fits it, and with the key of a round when its signature
does. Of those the majority wins, and any one of them is enough.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from ptxl.layout.helper_sheets import (
    IDENTITY_SHEET,
    LIST_SHEET,
    OUTPUT_NAME,
    footer_line,
    labels_in,
)
from ptxl.layout.identity import (
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
from ptxl.model.errors import TemplateError
from ptxl.model.findings import Finding, finding
from ptxl.model.layout import Layout
from ptxl.model.refusals import refusal
from ptxl.model.submission import Identity, Trust
from ptxl.read.workbook import Workbook
from ptxl.template import Templates
from ptxl.words import LANGUAGES, Phrase

#: the places that hold a whole identity
_SHEET = Phrase("places.sheet", {"name": IDENTITY_SHEET})
_LISTS = Phrase("places.sheet", {"name": LIST_SHEET})
_PROPERTIES = Phrase("places.properties")
_NAMES = Phrase("places.names")


@dataclass(frozen=True, slots=True)
class Claim:
    """What one place says: a whole identity, or a serial alone, or nothing that is whole.

    It `fits` when the serial vouches for what stands beside it.
    """

    place: Phrase
    serial: str = ""
    identity: Identity | None = None
    fits: bool = True


@dataclass(frozen=True, slots=True)
class Claims:
    """The form for which a workbook is taken, and what each place says of it."""

    identity: Identity
    claims: Sequence[Claim] = ()

    @property
    def agreeing(self) -> list[Identity]:
        """The identities with the serial of the form."""
        identities = [claim.identity for claim in self.claims if claim.identity]
        return [one for one in identities if one.serial == self.identity.serial] or [self.identity]


def read_claims(workbook: Workbook, key: bytes = b"") -> Claims:
    """Collect what each place of a workbook says of its form, and choose the form.

    Parameters are what somebody wrote into a file: no form is made from them before a serial (or
    with `key` a signature) has vouched for them. Raises WorkbookError when nothing there counts.
    """
    names, properties = workbook.defined_names(), workbook.properties()
    claims = (
        *_identities(workbook, names, properties),
        *_serials(workbook, names, properties),
    )
    counting = [claim.identity for claim in claims if claim.identity and claim.fits]
    if counting:
        by_key = [identity for identity in counting if key and signed(identity, key)]
        return Claims(_most_named(by_key or counting), claims)
    if OUTPUT_NAME in names:
        raise refusal("own_output")
    if not any(claim.serial for claim in claims):
        raise refusal("not_a_form")
    serials = sorted({claim.serial for claim in claims if claim.serial and not claim.identity})
    raise refusal("identity_lost", serial=tuple(serials) or "?")


def _most_named(identities: Sequence[Identity]) -> Identity:
    """The identity that most places tell; of equal ones the first."""
    by_content = {(one.serial, one.digest): one for one in reversed(identities)}
    counts = Counter((one.serial, one.digest) for one in identities)
    ((content, _),) = counts.most_common(1)
    return by_content[content]


def _identities(
    workbook: Workbook, names: Mapping[str, str], properties: Mapping[str, str]
) -> Iterator[Claim]:
    """What the places say that hold a whole identity; nothing where it is missing or damaged."""
    sheet = read_identity(workbook.rows(IDENTITY_SHEET))
    head = [str(value).strip() for value in next(iter(workbook.rows(LIST_SHEET)), ())]
    seals = {
        _SHEET: seal_of(sheet) if sheet else "",
        _LISTS: next((text for text in head if text.startswith(SEAL_HEAD)), ""),
        _PROPERTIES: joined(properties),
        _NAMES: joined(names),
    }
    # As issued all are equal: each text is looked into once.
    read: dict[str, Claim] = {}
    for place, seal in seals.items():
        if seal not in read:
            identity = sheet if place is _SHEET else read_seal(seal)
            read[seal] = Claim(place)
            if identity:
                read[seal] = Claim(place, identity.serial, identity, vouches(identity))
        yield replace(read[seal], place=place)


def _serials(
    workbook: Workbook, names: Mapping[str, str], properties: Mapping[str, str]
) -> Iterator[Claim]:
    """The serials that stand without the rest: beside the pieces of a seal, and printed."""
    for place, texts in ((_PROPERTIES, properties), (_NAMES, names)):
        if texts.get(SERIAL_NAME):
            yield Claim(place, texts[SERIAL_NAME])
    pattern = _printed_serial()
    for name, footer in workbook.footers().items():
        printed = pattern.search(footer)
        if printed:
            yield Claim(Phrase("places.footer", {"name": name}), printed[1])


@cache
def _printed_serial() -> re.Pattern[str]:
    """What a footer says in any language, with the serial as its group."""
    labels = {label for each in LANGUAGES for label in labels_in(footer_line(each))}
    words = "|".join(map(re.escape, sorted(labels)))
    return re.compile(rf"(?:{words})[：:\s]*([0-9A-Z]{{4}}-[0-9A-Z]{{4}}-[0-9A-Z]{{4}})")


def layout_of(identity: Identity, templates: Templates) -> Layout:
    """Lay out the form of an identity. Raises WorkbookError when there is no such template."""
    try:
        template = templates.get(identity.template, identity.edition)
    except TemplateError:
        raise refusal("template_unknown", template=identity.template) from None
    try:
        return template.layout(identity.parameters)
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
    expected = identify(layout, identity.unit, identity.edition)
    doubts = [*_signature_findings(claims, key), *_disagreements(claims, expected.digest, key)]
    findings = [*doubts, *_missing_places(claims)]
    trust = Trust.DOUBTFUL if doubts else Trust.FULL
    editions = {"found": identity.edition, "expected": layout.form.edition}
    if all(one.digest != expected.digest for one in claims.agreeing):
        # Where the form was laid out differently, a value may be read for another.
        findings.append(finding("template_changed", **editions))
        trust = Trust.DOUBTFUL if doubts else Trust.OTHER_EDITION
    elif identity.edition != layout.form.edition:
        findings.append(finding("edition_differs", **editions))
    return trust, tuple(findings)


def _signature_findings(claims: Claims, key: bytes) -> Iterator[Finding]:
    if not key or not claims.claims:
        return
    if not any(signed(one, key) for one in claims.agreeing):
        wrong = any(one.signature for one in claims.agreeing)
        yield finding("signature_wrong" if wrong else "not_signed")


def _edited(claim: Claim, chosen: Identity, digest: str, key: bytes) -> bool:
    """Whether what a place says was changed there, beside the form of that `digest`."""
    identity = claim.identity
    if identity is None or not claim.fits:
        return not claim.fits
    if identity.serial != chosen.serial:
        return False
    if identity.digest not in (digest, chosen.digest):
        return True
    return bool(key) and signed(chosen, key) and not signed(identity, key)


def _disagreements(claims: Claims, digest: str, key: bytes) -> Iterator[Finding]:
    """Places that tell of another form, and places that were edited."""
    chosen = claims.identity
    edited: list[Phrase] = []
    elsewhere: dict[str, list[Phrase]] = {}
    names: dict[str, str] = {}
    for claim in claims.claims:
        if _edited(claim, chosen, digest, key):
            edited.append(claim.place)
        elif claim.serial not in ("", chosen.serial):
            elsewhere.setdefault(claim.serial, []).append(claim.place)
            names.setdefault(
                claim.serial, _named(claim.identity) if claim.identity else claim.serial
            )
    for serial, places in elsewhere.items():
        yield finding("identity_disagrees", unit=_named(chosen), other=names[serial],
                      places=_once(places))  # fmt: skip
    if edited:
        yield finding("identity_changed", places=_once(edited))


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
