"""One returned file → what a summary takes of it."""

from __future__ import annotations

from ptxl.check.waivers import Waivers
from ptxl.jobs.looking import check, read
from ptxl.merge.rows import LeftOut, UnitSummary
from ptxl.merge.summarise import judge
from ptxl.merge.summarise import summarise as summarise_submission
from ptxl.model.findings import Language
from ptxl.receive.workers import Opened
from ptxl.words import DEFAULT_LANGUAGE


def remember(file: Opened) -> UnitSummary:
    """All answers in a file, to compare others with; no judgement."""
    return summarise_submission(read(file))


def summarise(
    file: Opened, *, waivers: Waivers | None = None, language: Language = DEFAULT_LANGUAGE
) -> UnitSummary | LeftOut:
    """What a file adds to the county summary, or why it adds nothing."""
    return judge(check(file, waivers=waivers), language)
