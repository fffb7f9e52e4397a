"""One file → a form with answers: typed in, or carried over from a damaged or an older one."""

from __future__ import annotations

from collections.abc import Mapping

from ptxl.documents.document import Json
from ptxl.model.submission import Identity
from ptxl.receive.workers import Opened
from ptxl.renew.fill import fill_form
from ptxl.renew.repair import Repaired, repair_form, upgrade_form


def fill(file: Opened, *, answers: Json, source: str = "") -> bytes:
    """The form with answers typed into it. `source` is what the answers' file is called."""
    terms = file.terms
    place = source or file.source
    return fill_form(file.data, answers, terms.templates, place, limits=terms.limits)


def repair(file: Opened, *, password: str = "", issued: Identity | None = None) -> Repaired:
    """The same form, pristine, with its answers."""
    terms = file.terms
    return repair_form(
        file.data, terms.templates, password=password, key=terms.key, issued=issued,
        limits=terms.limits,
    )  # fmt: skip


def upgrade(
    file: Opened, *, edition: str, parameters: Mapping[str, object], password: str = "",
    round: str | None = None,
) -> Repaired:  # fmt: skip
    """The form of another edition, with the answers that it has a place for."""
    terms = file.terms
    return upgrade_form(
        file.data, terms.templates, edition, parameters=parameters, password=password,
        key=terms.key, round=round, limits=terms.limits,
    )  # fmt: skip
