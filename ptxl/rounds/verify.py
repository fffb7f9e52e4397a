"""The zip of a closed round → whether all in it is as it was closed. Needs no round.

A stranger may have made the zip: it is unpacked and read in a worker, within limits. Its own
manifest proves no more than that the zip agrees with itself; that it is the one that was made at
closing is proved by the SHA-256 of the manifest, which somebody noted then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from ptxl.check.submission import check_submission
from ptxl.documents.document import Json, parse_answers
from ptxl.merge.figures import amounts_of, common_sums, project_sums
from ptxl.merge.rows import AMOUNTS, UnitSummary
from ptxl.merge.summarise import summarise
from ptxl.merge.views import View
from ptxl.model.errors import FaultsError, WorkbookError
from ptxl.read import read_submission
from ptxl.receive.limits import Limits
from ptxl.receive.sniff import unpack_members
from ptxl.receive.workers import Opened, Terms, run
from ptxl.rounds.closing import FORMAT, MANIFEST, sha256
from ptxl.values.money import YUAN, added, unit_of_sums
from ptxl.words import Phrase, phrase

#: what a zip of hundreds of forms may cost; the forms in it are held to the usual limits
LARGE = Limits(
    file_megabytes=1024, total_megabytes=1024, entries=200_000, memory_megabytes=4096, seconds=900
)
#: why a form may be unread through no fault of the zip: this ptxl does not know its template
_UNKNOWN = ("template_unknown", "edition_missing", "parameters_unfit")
_MOST_PROBLEMS = 200
#: unit and template: which form
_Form = tuple[str, str]
_Amounts = Mapping[str, Decimal]
#: what Python raises over JSON that is not built as it should be
_UNFIT = (KeyError, TypeError, AttributeError, ValueError, ArithmeticError)


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What was found in the zip of a closed round; without problems it agrees with itself."""

    #: SHA-256 of the manifest, to compare with the one noted at closing
    manifest: str
    title: str
    closed: str
    files: int
    #: how many forms count, and how many of them were read again
    counted: int
    read_again: int
    #: the file in it of the county's own rules, "" where there were none
    local: str
    problems: tuple[Phrase, ...]


def verify(path: Path, terms: Terms) -> Verdict:
    """Check the zip of a closed round: hashes, sums, and each form that counts, read again.

    Forms whose template `terms` do not know are compared by hash alone. Raises WorkbookError where
    the file cannot be opened, or is no zip that a program would make.
    """
    return run(verify_file, (path, str(path)), replace(terms, limits=LARGE, key=b""))


# -- inside a worker


def verify_file(file: Opened) -> Verdict:
    """Check the zip of a closed round; the task of a worker."""
    parts = dict(unpack_members(file.data, file.terms.limits))
    text = parts.pop(MANIFEST, b"")
    try:
        manifest = parse_answers(text.decode(), MANIFEST)
        return _Zip(parts, manifest, file.terms).verdict(sha256(text))
    except (FaultsError, *_UNFIT):
        return Verdict(
            manifest=sha256(text), title="", closed="", files=len(parts), counted=0, read_again=0,
            local="", problems=(phrase("closing.no_manifest", name=MANIFEST),),
        )  # fmt: skip


class _Zip:
    """An unpacked zip and its manifest. Where that is not built as it should be, `_UNFIT` rise."""

    def __init__(self, parts: Mapping[str, bytes], manifest: Json, terms: Terms) -> None:
        if manifest["format"] != FORMAT:
            raise ValueError(manifest["format"])
        self._parts = parts
        self._manifest = manifest
        self._terms = replace(terms, limits=Limits())
        self._read_again = 0

    def verdict(self, digest: str) -> Verdict:
        """All that was found."""
        manifest = self._manifest
        problems = (*self._members(), *self._sums(), *self._summary(), *self._forms())
        return Verdict(
            manifest=digest,
            title=str(manifest["round"]["title"]),
            closed=str(manifest["closed"]),
            files=len(self._parts),
            counted=len(manifest["counted"]),
            read_again=self._read_again,
            local=str(self._local().get("member", "")),
            problems=problems[:_MOST_PROBLEMS],
        )

    def _members(self) -> Iterator[Phrase]:
        """Whether there are the files of the manifest, each with its hash, and no others."""
        told = self._manifest["members"]
        for name in sorted(told.keys() | self._parts.keys()):
            if name not in self._parts:
                yield phrase("closing.file_missing", file=name)
            elif name not in told:
                yield phrase("closing.file_added", file=name)
            elif told[name]["sha256"] != sha256(self._parts[name]):
                yield phrase("closing.file_changed", file=name)
        for one in self._manifest["counted"]:
            if told.get(one["member"], {}).get("sha256") != one["sha256"]:
                yield phrase("closing.swapped", file=str(one["member"]))
        local = self._local()
        if local and told.get(local["member"], {}).get("sha256") != local["sha256"]:
            yield phrase("closing.other_rules", file=str(local["member"]))

    def _local(self) -> Json:
        """The county's own rules as the manifest tells them; nothing where there were none."""
        return self._manifest.get("local") or {}

    def _sums(self) -> Iterator[Phrase]:
        """Whether the totals are those of the forms that count."""
        found = _sum(_amounts(one["totals"]) for one in self._manifest["counted"])
        told = _amounts(self._manifest["totals"])
        yield from self._differences(phrase("closing.all"), told, found)

    def _summary(self) -> Iterator[Phrase]:
        """Whether the summary counts the same forms, with the same sums."""
        name = str(self._manifest["summary"])
        if name not in self._parts:
            return
        summary = parse_answers(self._parts[name].decode(), name)
        told = {_form(one): _amounts(one["totals"]) for one in self._manifest["counted"]}
        found: dict[_Form, _Amounts] = {_form(one): _of_projects(one) for one in summary["units"]}
        nothing = _sum(())
        for form in sorted(told.keys() | found.keys()):
            if form not in found or form not in told:
                code = "closing.not_in_summary" if form in told else "closing.only_in_summary"
                yield Phrase(code, {"unit": form[0], "form": form[1]})
            yield from self._differences(form[0], told.get(form, nothing), found.get(form, nothing))
        all_told = {key: _number(summary["totals"].get(f"funds.{key}", 0)) for key in AMOUNTS}
        yield from self._differences(name, _amounts(self._manifest["totals"]), all_told)

    def _forms(self) -> Iterator[Phrase]:
        """Whether each form that counts, read again, is of that unit, with those sums."""
        for one in self._manifest["counted"]:
            member = str(one["member"])
            data = self._parts.get(member)
            if data is None:
                continue
            try:
                rows = self._read(data, member)
            except WorkbookError as error:
                if error.code not in _UNKNOWN:
                    yield phrase("closing.form_unread", file=member, reason=error.sentence)
                continue
            self._read_again += 1
            if (rows.form.code, rows.form.template) != _form(one):
                yield phrase("closing.form_differs", file=member, unit=rows.form.unit)
            found = common_sums(project_sums(rows, View(rows)), "funds")
            yield from self._differences(member, _amounts(one["totals"]), found)
            told = {name: _number(amount) for name, amount in one["budget"].items()}
            yield from self._differences(member, told, _budget(rows))

    def _differences(self, what: Phrase | str, told: _Amounts, found: _Amounts) -> Iterator[Phrase]:
        """Each amount that the manifest tells otherwise than it was found."""
        money = unit_of_sums(str(self._manifest.get("currency", YUAN))).called
        for name in AMOUNTS:
            if told.get(name, Decimal(0)) != found.get(name, Decimal(0)):
                yield phrase(
                    "closing.total_differs", what=what, amount=phrase(f"summary.columns.{name}"),
                    told=told.get(name, Decimal(0)), found=found.get(name, Decimal(0)),
                    money=money,
                )  # fmt: skip

    def _read(self, data: bytes, member: str) -> UnitSummary:
        terms = self._terms
        submission = read_submission(data, terms.templates, member, limits=terms.limits)
        return summarise(check_submission(submission))


def _budget(rows: UnitSummary) -> _Amounts:
    """The budget of a form without projects: the summary has it apart from their sums."""
    view = View(rows)
    if view.projects():
        return {}
    return common_sums(amounts_of(rows, view.budget()))


def _form(one: Json) -> _Form:
    return str(one["unit"]["code"]), str(one["form"]["template"])


def _of_projects(unit: Json) -> _Amounts:
    """The sums over the projects of a unit in the summary."""
    sums = unit["sums"]
    return {name: _number(sums.get(f"funds.{name}", 0)) for name in AMOUNTS}


def _sum(each: Iterable[_Amounts]) -> _Amounts:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for amounts in each:
        for name in AMOUNTS:
            totals[name] = added((totals[name], amounts.get(name, Decimal(0))))
    return totals


def _amounts(told: Json) -> _Amounts:
    return {name: _number(told[name]) for name in AMOUNTS}


def _number(value: Json) -> Decimal:
    """A number of JSON. Raises ValueError for all else."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(value)
    return Decimal(value)
