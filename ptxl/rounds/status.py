"""A round's ledger and roster → which forms are due, what came, and the board of both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from types import MappingProxyType

from ptxl.check.waivers import Waivers
from ptxl.merge.rows import currency_of
from ptxl.merge.summarise import asked_by
from ptxl.model.form import RoundUnit, fill_text
from ptxl.receive.workers import Terms
from ptxl.roster import read_round_roster
from ptxl.rounds.board import Board
from ptxl.rounds.folder import Round
from ptxl.rounds.judge import from_text
from ptxl.rounds.ledger import Ledger
from ptxl.rounds.opinions import Opinion, holding, waivers_from, with_opinions
from ptxl.rounds.records import Due, FormRecord, Received
from ptxl.rounds.sorting import Basis, make_board
from ptxl.template import Template, Templates

#: under which the ledger keeps when the forms went out first
ISSUED = "issued"


def units_of(where: Round, templates: Templates) -> tuple[RoundUnit, ...]:
    """Read the roster of a round. Raises RosterError, TemplateError."""
    return read_round_roster(where.roster, forms_of(where, templates))


def forms_of(where: Round, templates: Templates) -> dict[str, Template]:
    """Load the templates of a round by id. Raises TemplateError."""
    return {name: templates.get(name) for name in where.settings.templates}


def parameters_of(
    where: Round, template: Template, own: Mapping[str, object] = MappingProxyType({})
) -> dict[str, object]:
    """The parameters of a form: those of the round, and over them those of a unit."""
    given = dict(where.settings.templates[template.id])
    if "year" in template.parameters:
        given.setdefault("year", where.settings.year)
    return given | dict(own)


def dues_of(where: Round, templates: Templates) -> Iterator[Due]:
    """Yield every form that is due, in the order of the roster."""
    forms = forms_of(where, templates)
    for one in units_of(where, templates):
        for name, own in one.forms.items():
            layout = forms[name].layout(parameters_of(where, forms[name], own))
            form = layout.form
            yield Due(
                unit=one.unit,
                template=name,
                title=fill_text(form.title, one.unit.texts()),
                shared={
                    key: (told, str(form.parameters[key])) for key, told in form.shared.items()
                },
                contact=one.contact,
                telephone=one.telephone,
                email=one.email,
                currency=currency_of(asked_by(layout)),
            )


def received(ledger: Ledger, templates: Templates) -> Iterator[Received]:
    """Yield every file that was received and judged."""
    for kept in ledger.kept():
        if kept.judgement:
            yield Received(
                number=kept.number,
                digest=kept.stored.digest,
                size=kept.stored.size,
                suffix=kept.stored.suffix,
                arrivals=kept.arrivals,
                judgement=from_text(kept.judgement, templates),
            )


@dataclass(frozen=True, slots=True)
class State:
    """How a round stands, and what the officer decided about findings."""

    board: Board
    opinions: tuple[Opinion, ...]
    #: the opinions that apply to what counts or goes back, and the county's own exceptions
    waivers: Waivers


def state_of(where: Round, ledger: Ledger, terms: Terms, now: datetime) -> State:
    """Say how a round stands. Raises RosterError, TemplateError, LedgerError."""
    issued = ledger.remembered(ISSUED)
    opinions = tuple(map(Opinion.from_text, ledger.opinions()))
    basis = Basis(
        round=where.settings.id,
        dues=tuple(dues_of(where, terms.templates)),
        deadline=where.settings.closes,
        issued=datetime.fromisoformat(issued) if issued else None,
        now=now,
    )
    files = list(received(ledger, terms.templates))
    exceptions = terms.templates.local.exceptions
    decide = partial(
        with_opinions, opinions=opinions, exceptions=exceptions, settings=where.settings,
        on=now.date(),
    )  # fmt: skip
    agreed = []
    for one in files:
        agreed.append(
            replace(one, judgement=decide(one.judgement))
            if isinstance(one.judgement, FormRecord)
            else one
        )
    board = make_board(basis, agreed, ledger.decisions())
    applied = _applied(board, files, opinions)
    waivers = waivers_from(applied, where.settings, now.date())
    return State(board, opinions, replace(waivers, entries=(*waivers.entries, *exceptions)))


def _applied(
    board: Board, files: Iterable[Received], opinions: Sequence[Opinion]
) -> Iterator[Opinion]:
    """The opinions that apply to the forms that count, or go back."""
    records = {one.digest: one.judgement for one in files}
    for line in board.lines:
        for filed in filter(None, (line.counted, line.to_return)):
            record = records[filed.received.digest]
            if isinstance(record, FormRecord):
                yield from holding(record, opinions)


def board_of(where: Round, ledger: Ledger, terms: Terms, now: datetime) -> Board:
    """Say how a round stands, as `state_of` does."""
    return state_of(where, ledger, terms, now).board
