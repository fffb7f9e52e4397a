"""Which form a workbook says it is, in each place where it says so, and whether that is true.

What a place says counts when its serial fits it, and with the key of a round when its signature
does. Of those the majority wins, and any one of them is enough.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ptxl.layout.helper_sheets import IDENTITY_SHEET, LIST_SHEET
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
from ptxl.layout.instructions import UNIT_LINE
from ptxl.model.errors import TemplateError
from ptxl.model.findings import SEVERITY_OF, Finding, finding
from ptxl.model.form import fill_marks, marked, split_marks
from ptxl.model.layout import Layout
from ptxl.model.refusals import refusal
from ptxl.model.submission import Identity
from ptxl.read.workbook import Grid, Workbook, cell_value
from ptxl.template import Templates
from ptxl.text import squeeze
from ptxl.words import Phrase

#: the places that hold a whole identity
_SHEET = Phrase("places.sheet", {"name": IDENTITY_SHEET})
_LISTS = Phrase("places.sheet", {"name": LIST_SHEET})
_PROPERTIES = Phrase("places.properties")
_NAMES = Phrase("places.names")
Place = Phrase
_LONGEST_MATCHED = 200
_SERIAL = re.compile("表单编号[：:\\s]*([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})")


@dataclass(frozen=True, slots=True)
class Claim:
    """What one place says; no identity where nothing stands there, or nothing whole.

    It `fits` when the serial that stands there vouches for the rest.
    """

    place: Place
    identity: Identity | None
    fits: bool


@dataclass(frozen=True, slots=True)
class Issued:
    """Which form a workbook is, and what each place says of it."""

    identity: Identity
    claims: Sequence[Claim] = ()
    #: serials that stand alone, by the place where they do
    serials: Mapping[Place, str] | None = None


def read_issued(workbook: Workbook, key: bytes = b"") -> Issued:
    """Which form a workbook says it is. Raises WorkbookError when it says nothing that counts.

    Parameters are what somebody wrote into a file: no form is made from them before a serial (or
    with `key` a signature) has vouched for them.
    """
    names, properties = workbook.defined_names(), workbook.properties()
    claims = tuple(_claims(workbook, names, properties))
    serials = dict(_serials(workbook, names, properties))
    counting = [claim.identity for claim in claims if claim.identity and claim.fits]
    if not counting:
        if not serials and not any(claim.identity for claim in claims):
            raise refusal("not_a_form")
        raise refusal("identity_lost", serial=tuple(sorted(set(serials.values()))) or "?")
    by_key = [identity for identity in counting if key and signed(identity, key)]
    return Issued(_most_named(by_key or counting), claims, serials)


def _most_named(identities: Sequence[Identity]) -> Identity:
    """The identity that most places tell; of equal ones the first."""
    serials = Counter(identity.serial for identity in identities)
    serial = max(serials, key=lambda serial: serials[serial])
    fitting = [identity for identity in identities if identity.serial == serial]
    digests = Counter(identity.digest for identity in fitting)
    return max(fitting, key=lambda identity: digests[identity.digest])


def _claims(
    workbook: Workbook, names: Mapping[str, str], properties: Mapping[str, str]
) -> Iterator[Claim]:
    sheet = read_identity(_grid(workbook, IDENTITY_SHEET))
    head = [str(value).strip() for value in next(iter(_grid(workbook, LIST_SHEET)), ())]
    seals = {
        _SHEET: seal_of(sheet) if sheet else "",
        _LISTS: next((text for text in head if text.startswith(SEAL_HEAD)), ""),
        _PROPERTIES: joined(properties),
        _NAMES: joined(names),
    }
    # As issued all are equal: each text is looked into once.
    said = {seals[_SHEET]: sheet}
    said |= {seal: read_seal(seal) for seal in seals.values() if seal not in said}
    fits = {seal: one is not None and vouches(one) for seal, one in said.items()}
    for place, seal in seals.items():
        yield Claim(place, said[seal], fits[seal])


def _serials(
    workbook: Workbook, names: Mapping[str, str], properties: Mapping[str, str]
) -> Iterator[tuple[Place, str]]:
    """The serials that stand without the rest: printed, and beside the seal."""
    for place, found in ((_PROPERTIES, properties), (_NAMES, names)):
        if serial := found.get(SERIAL_NAME):
            yield place, serial
    for name, footer in workbook.footers().items():
        if printed := _SERIAL.search(footer):
            yield Phrase("places.footer", {"name": name}), printed[1]


def _grid(workbook: Workbook, name: str) -> Grid:
    return workbook.grid(name) if name in workbook.names else ()


def layout_of(identity: Identity, templates: Templates) -> Layout:
    """The form of that identity, laid out. Raises WorkbookError when there is no such template."""
    try:
        template = templates.get(identity.template, identity.edition)
    except TemplateError:
        raise refusal("template_unknown", template=identity.template) from None
    try:
        return template.layout(identity.parameters)
    except TemplateError:
        raise refusal("parameters_unfit", template=identity.template) from None


def issued_findings(issued: Issued, layout: Layout, key: bytes = b"") -> Iterator[Finding]:
    """Where a workbook does not tell one story of itself, or the template is another one now."""
    identity = issued.identity
    expected = identify(layout, identity.unit, identity.edition)
    if key and issued.claims:
        yield from _signature_findings(issued, key)
    yield from _place_findings(issued, expected.digest, key)
    found, now = identity.edition, layout.form.edition
    if all(one.digest != expected.digest for one in _told(issued)):
        # Where the form was laid out differently, a value may be read for another.
        yield finding("template_changed", found=found, expected=now)
    elif found != now:
        yield finding("edition_differs", found=found, expected=now)


def _told(issued: Issued) -> list[Identity]:
    """What places say that tell of the form for which the workbook is taken."""
    said = (claim.identity for claim in issued.claims)
    same = [one for one in said if one and one.serial == issued.identity.serial]
    return same or [issued.identity]


def _signature_findings(issued: Issued, key: bytes) -> Iterator[Finding]:
    told = _told(issued)
    if not any(signed(one, key) for one in told):
        yield finding("signature_wrong" if any(one.signature for one in told) else "not_signed")


def _place_findings(issued: Issued, digest: str, key: bytes) -> Iterator[Finding]:
    """Places that tell of another form, that were edited, and that say nothing."""
    ours = issued.identity
    sealed = bool(key) and signed(ours, key)
    missing: list[Place] = []
    changed: list[Place] = []
    others: dict[str, list[Place]] = {}
    called: dict[str, str] = {}
    for claim in issued.claims:
        said = claim.identity
        if said is None:
            missing.append(claim.place)
        elif not claim.fits:
            changed.append(claim.place)
        elif said.serial != ours.serial:
            others.setdefault(said.serial, []).append(claim.place)
            called[said.serial] = _named(said)
        elif said.digest not in (digest, ours.digest) or (sealed and not signed(said, key)):
            changed.append(claim.place)
    for place, serial in (issued.serials or {}).items():
        if serial != ours.serial:
            others.setdefault(serial, []).append(place)
    for serial, places in others.items():
        yield finding("identity_disagrees", unit=_named(ours), other=called.get(serial, serial),
                      places=_once(places))  # fmt: skip
    if changed:
        yield finding("identity_changed", places=_once(changed))
    if missing:
        yield finding("identity_incomplete", places=_once(missing))


def _named(identity: Identity) -> str:
    unit, form = identity.unit, f"{identity.template} {identity.edition}"
    return " / ".join((f"{unit.code} {unit.name}"[:60], form[:60], identity.serial[:14]))


def _once(places: Iterable[Place]) -> tuple[Place, ...]:
    return tuple(dict.fromkeys(places))


def printed_units(
    findings: Iterable[Finding], layout: Layout, identity: Identity
) -> Iterator[Finding]:
    """The findings, an altered text that now names another unit told as what it is."""
    marks = _marks(identity)
    own = {fill_marks(text, marks): text for text in _unit_texts(layout)}
    for found in findings:
        printed = own.get(str(found.facts.get("expected", "")))
        if found.code == "locked_text_changed" and printed is not None:
            raw = cell_value(found.facts.get("raw"))
            if raw is not None and _names_another(printed, marks, squeeze(str(raw))):
                severity = SEVERITY_OF["unit_differs"]
                found = replace(found, code="unit_differs", severity=severity)
        yield found


@lru_cache(maxsize=64)
def _unit_texts(layout: Layout) -> tuple[str, ...]:
    return tuple({UNIT_LINE, *(cell.text for cell in layout.form.cells() if marked(cell.text))})


def _marks(identity: Identity) -> dict[str, str]:
    return {**identity.unit.marks(), "serial": identity.serial}


def _names_another(printed: str, marks: Mapping[str, str], shown: str) -> bool:
    """Whether a text shows other values in place of its marks, or where it reads otherwise none."""
    words, names = split_marks(printed)
    values = [squeeze(marks.get(name, "")) for name in names]
    around = "(.*)".join(re.escape(squeeze(word)) for word in words)
    # Matching takes a power of the length, and the text is a stranger's.
    found = re.fullmatch(around, shown) if len(shown) < _LONGEST_MATCHED else None
    if found:
        return list(found.groups()) != values
    return any(value not in shown for value in values)
