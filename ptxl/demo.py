"""The sample county → a whole round on disk: issued, two waves collected, letters, summary.

What the clerks of the county do is done here: forms are filled in, one of them with faults, packed,
mailed, corrected on the marked copy, sent late, or not at all.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from ptxl import api
from ptxl.documents.document import load_answers
from ptxl.outputs import write_whole
from ptxl.renew.fill import fill_form
from ptxl.rounds import (
    Board,
    MergedRound,
    Round,
    RoundError,
    Settings,
    collect,
    issue,
    make_round,
    merge_round,
    open_round,
    write_letters,
    write_reports,
)
from ptxl.template import shipped
from ptxl.words import DEFAULT_LANGUAGE, Language, Speaker

#: under which the ledger keeps that a round is the sample
_SAMPLE = "sample"
#: how long ago the forms went out, the first wave came, and the deadline was
_ISSUED, _FIRST_WAVE, _DEADLINE = timedelta(days=20), timedelta(days=8), timedelta(days=3)
#: the units of the first wave: one by one, in one archive, and by mail
_PACKED = ("101001", "101002", "102001", "103001", "104001", "104002")
_MAILED = ("106001",)
_SINGLE = ("105001", "107001", "108001", "201001", "202001", "205001")
#: the second wave: on the marked copy, and too late
_CORRECTED, _LATE = "105001", "206001"


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo made: the round, its board after each wave, and the summary."""

    where: Round
    first: Board
    board: Board
    board_path: Path
    problems_path: Path
    summary: MergedRound

    def worth_opening(self) -> dict[str, Path]:
        """The files to look at first, by the code of the sentence that says what they are."""
        say = Speaker(self.where.settings.language).say
        return {
            "summary": self.summary.workbook,
            "board": self.board_path,
            "problems": self.problems_path,
            "letters": self.where.letters,
            "chat": self.where.letters / say("letters.files.chat"),
            "forms": self.where.forms,
            "inbox": self.where.inbox,
        }


def run_demo(folder: Path, now: datetime, language: Language = DEFAULT_LANGUAGE) -> Demo:
    """Run a round of the sample county in `folder`, as if it had gone on until now.

    Running it again in the same folder leaves it as it is. Raises RoundError where the folder holds
    another round.
    """
    sample = shipped("samples") / "county"
    terms = api.Terms()
    where = _round(folder, sample, now, language, terms)
    terms = where.terms(terms.templates)
    issue(where, terms, now - _ISSUED)
    _first_wave(where, sample / "answers", now - _FIRST_WAVE, terms)
    collect(where, [], terms, now - _FIRST_WAVE)
    sent = write_letters(where, terms, now - _FIRST_WAVE)
    _second_wave(where, sample, terms)
    collect(where, [], terms, now)
    written = write_reports(where, terms, now, problems=True)
    write_letters(where, terms, now)
    summary = merge_round(where, terms, now)
    return Demo(
        where, sent.board, written.board, written.board_path, written.problems_path, summary
    )


def _round(
    folder: Path, sample: Path, now: datetime, language: Language, terms: api.Terms
) -> Round:
    """The round of an earlier demo in that folder, or a new one."""
    try:
        where = open_round(folder)
    except RoundError:
        where = _new_round(folder, sample, now, language, terms)
        with where.ledger() as ledger:
            ledger.remember(_SAMPLE, "yes")
        return where
    with where.ledger() as ledger:
        if not ledger.remembered(_SAMPLE):
            raise RoundError("round_exists", path=folder)
    return where


def _new_round(
    folder: Path, sample: Path, now: datetime, language: Language, terms: api.Terms
) -> Round:
    setup = load_answers(sample / "round.json")
    settings = Settings(
        id="",
        key="",
        roster="",
        language=language,
        year=setup["year"],
        deadline=(now - _DEADLINE).date(),
        templates=setup["parameters"],
        **setup["notice"],
    )
    return make_round(folder, settings, sample / "round_roster.csv", terms.templates)


def _first_wave(where: Round, answers: Path, sent: datetime, terms: api.Terms) -> None:
    """What came in time: an archive of several units, a mail, and single files."""
    filled = {unit: _filled(where, unit, answers, terms) for unit in (*_PACKED, *_MAILED, *_SINGLE)}
    say = Speaker(where.settings.language).say
    packed = _packed(dict(filled[unit] for unit in _PACKED))
    _put(where, say("demo.archive_name"), packed)
    for unit in _MAILED:
        name, data = filled[unit]
        mail = _mail(where.settings.title, name, data, sent)
        _put(where, f"{unit}.eml", mail)
    for unit in _SINGLE:
        _put(where, *filled[unit])


def _second_wave(where: Round, sample: Path, terms: api.Terms) -> None:
    """What came later: a form corrected on its marked copy, and one that is late."""
    marked = list(where.letters.glob(f"*/{_CORRECTED}_*.xlsx"))
    if marked:
        say = Speaker(where.settings.language).say
        typed = load_answers(sample / "corrections" / f"{_CORRECTED}.json")
        data = fill_form(marked[0].read_bytes(), typed, terms.templates, marked[0].name)
        _put(where, f"{marked[0].stem}{say('demo.corrected')}.xlsx", data)
    _put(where, *_filled(where, _LATE, sample / "answers", terms))


def _filled(where: Round, unit: str, answers: Path, terms: api.Terms) -> tuple[str, bytes]:
    """The form of a unit as its clerk fills it in: its name, and its bytes."""
    (form,) = where.forms.glob(f"*/{unit}_*.xlsx")
    typed = load_answers(answers / f"{unit}.json")
    return form.name, fill_form(form.read_bytes(), typed, terms.templates, form.name)


def _packed(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return made.getvalue()


def _mail(subject: str, name: str, data: bytes, sent: datetime) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "clerk@example.cn", subject
    mail["Date"] = format_datetime(sent.astimezone())
    mail.set_content(subject)
    mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    mail.set_boundary("=-ptxl-sample")
    return mail.as_bytes()


def _put(where: Round, name: str, data: bytes) -> None:
    """Put a file into the inbox, unless an earlier demo did."""
    if not (where.inbox / name).exists():
        write_whole(where.inbox / name, data)
