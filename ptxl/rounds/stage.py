"""Closed rounds, or the zips of their closing → the round of the stage that follows them.

The units of which something counted are asked again, by the forms that follow; what they answered
is kept beside the new round and printed on its forms. A stranger may have made the zip: it is
checked like any, and unpacked in a worker.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ptxl.documents.document import parse_answers
from ptxl.model.form import RoundUnit
from ptxl.receive.sniff import unpack_members
from ptxl.receive.workers import Opened, Terms, run
from ptxl.renew.follow import Approved, approved_in
from ptxl.roster import read_round_roster
from ptxl.roster.round_units import roster_headings
from ptxl.rounds.closing import MANIFEST
from ptxl.rounds.ending import summary_of_closed
from ptxl.rounds.folder import Round, RoundError, make_round, open_round
from ptxl.rounds.settings import Settings
from ptxl.rounds.verify import LARGE, verify
from ptxl.template import Template

#: what a round takes over from the one before it, where its own settings say nothing
_TAKEN = ("year", "office", "contact", "telephone")


@dataclass(frozen=True, kw_only=True, slots=True)
class Earlier:
    """What a closed round leaves to the next one."""

    year: int
    office: str
    contact: str
    telephone: str
    #: the ids of its templates
    templates: tuple[str, ...]
    #: the table of its units, and how such a file's name ends; blank where the zip has none
    roster: bytes
    suffix: str
    #: the JSON of its summary
    summary: bytes


@dataclass(frozen=True, slots=True)
class Begun:
    """The new round, and the codes of the units before of which nothing was approved."""

    round: Round
    without: tuple[str, ...]


def read_earlier(path: Path, terms: Terms) -> Earlier:
    """What a closed round leaves: of its folder, or of the zip of its closing.

    Raises RoundError where the round is open, or the zip does not agree with itself; WorkbookError
    where the zip cannot be opened.
    """
    if path.suffix.lower() != ".zip":
        where = open_round(path)
        summary = summary_of_closed(where).read_bytes()
        return _of_settings(where.settings, where.roster, summary)
    verdict = verify(path, terms)
    if verdict.problems:
        raise RoundError("closing_unsound", path=path, count=len(verdict.problems))
    return run(earlier_of, (path, str(path)), replace(terms, limits=LARGE, key=b""))


def _of_settings(settings: Settings, roster: Path, summary: bytes) -> Earlier:
    return Earlier(
        year=settings.year, office=settings.office, contact=settings.contact,
        telephone=settings.telephone, templates=tuple(settings.templates),
        roster=roster.read_bytes(), suffix=roster.suffix, summary=summary,
    )  # fmt: skip


def earlier_of(file: Opened) -> Earlier:
    """What the zip of a closing holds; the task of a worker."""
    parts = dict(unpack_members(file.data, file.terms.limits))
    manifest = parse_answers(parts[MANIFEST].decode(), MANIFEST)
    told, roster = manifest["round"], str(manifest.get("roster") or "")
    return Earlier(
        year=int(told["year"]),
        office=str(told["office"]),
        contact=str(told["contact"]),
        telephone=str(told["telephone"]),
        templates=tuple(map(str, told["templates"])),
        roster=parts.get(roster, b""),
        suffix=Path(roster).suffix,
        summary=parts[str(manifest["summary"])],
    )


def begin_stage(
    root: Path, settings: Settings, rounds: Sequence[Earlier], terms: Terms,
    *, roster: Path | None = None, local: str | None = None,
) -> Begun:  # fmt: skip
    """Make the folder of a round that follows a closed one; what its settings leave blank is as
    before. Without a `roster` its units are those of the round before of which something was
    approved, each with the forms that follow. Of several `rounds` the first one is that; by the
    others some of it was approved anew.

    Raises what `make_round` does; InputError where no form of the round before is followed;
    RoundError where the zip holds no roster and none is named.
    """
    earlier = rounds[0]
    summaries = [one.summary for one in rounds]
    taken = {name: getattr(settings, name) or getattr(earlier, name) for name in _TAKEN}
    settings = replace(settings, **taken)
    templates = {name: terms.templates.get(name) for name in settings.templates}
    with TemporaryDirectory() as folder:
        approved = _approved(Path(folder), rounds, templates)
        units = list(_units(Path(folder), earlier, templates, terms)) if roster is None else []
        if roster is None:
            roster = Path(folder) / "roster.csv"
            table = _table(units, approved, templates, settings.language)
            roster.write_bytes(table.encode("utf-8-sig"))
        made = make_round(root, settings, roster, terms.templates, local, summaries)
    told = {code for own in approved.values() for code in own}
    return Begun(made, tuple(one.unit.code for one in units if one.unit.code not in told))


def _approved(
    folder: Path, rounds: Iterable[Earlier], templates: Mapping[str, Template]
) -> dict[str, Mapping[str, Approved]]:
    """By template that follows another, what was approved of each unit."""
    paths = []
    for number, one in enumerate(rounds):
        paths.append(folder / f"{number}.json")
        paths[-1].write_bytes(one.summary)
    found = {name: approved_in(paths, one) for name, one in templates.items() if one.follows}
    if not found:
        raise RoundError("nothing_follows", templates=tuple(templates))
    return dict(found)


def _units(
    folder: Path, earlier: Earlier, templates: Mapping[str, Template], terms: Terms
) -> Iterator[RoundUnit]:
    """The units of the round before that filled in a form which is followed, or any."""
    if not earlier.roster:
        raise RoundError("closing_without_roster")
    path = folder / f"earlier{earlier.suffix}"
    path.write_bytes(earlier.roster)
    before = {name: terms.templates.get(name) for name in earlier.templates}
    followed = {name for one in templates.values() for name in one.follows}
    for unit in read_round_roster(path, {**before, **templates}):
        if followed & unit.forms.keys():
            yield unit


def _table(
    units: Iterable[RoundUnit], approved: Mapping[str, Mapping[str, Approved]],
    templates: Mapping[str, Template], language: str,
) -> str:  # fmt: skip
    """The roster of the round: each unit of which something was approved, and its forms.

    A form that follows none is asked of all of them.
    """
    rows = []
    for one in units:
        kinds = [name for name in templates if one.unit.code in approved.get(name, {})]
        if kinds:
            kinds += [name for name in templates if name not in approved]
            unit = one.unit
            own = (unit.code, unit.name, unit.department, one.contact, one.telephone, one.email)
            rows.append((dict(unit.more), (*own, "、".join(kinds))))
    more = list(dict.fromkeys(column for columns, _ in rows for column in columns))
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow([*roster_headings(language), *more])
    writer.writerows([*row, *(columns.get(name, "") for name in more)] for columns, row in rows)
    return target.getvalue()
