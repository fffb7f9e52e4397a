"""An open workbook → which of its sheets is which of the form's, told by what they print.

A name is believed as long as no other sheet prints what the form's prints, and better: sheets are
renamed, exchanged and copied. What cannot be told is said, and nothing of it is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ptxl.layout.helper_sheets import OWN_SHEETS
from ptxl.model.findings import Code, Finding, finding
from ptxl.model.layout import Layout
from ptxl.read.locate.evidence import Printed
from ptxl.read.unclaimed import is_banner, strays
from ptxl.read.workbook import Workbook
from ptxl.text import squeeze
from ptxl.write.self_check import banner_place

#: share of a sheet's printed texts that must be found for it to be known
TRUSTED = 0.7


@dataclass(slots=True)
class Sheets:
    """The present name of each sheet of the form (as issued where it is missing)."""

    names: list[str]
    missing: set[int] = field(default_factory=set)
    #: of these, those that need not be used: they count as blank
    spare: set[int] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)


def find_sheets(
    workbook: Workbook, layout: Layout, printed: Sequence[Printed], doubtful: Sequence[int]
) -> Sheets:
    """Which sheet is which. `doubtful` are those, by number, that do not print what they should
    under their own name, or are not there."""
    issued = [sheet.sheet.name for sheet in layout.sheets]
    sure = {issued[number] for number in range(len(issued)) if number not in doubtful}
    others = [name for name in workbook.names if name not in sure and name not in OWN_SHEETS]
    looks = _Looks(workbook, layout, printed)
    now = _assigned(looks, issued, doubtful, others)
    found = Sheets([now.get(number, name) for number, name in enumerate(issued)])
    for number in doubtful:
        if number not in now:
            sheet = layout.sheets[number].sheet
            found.missing.add(number)
            if sheet.scope.endswith("]") and sheet.scope not in layout.in_use:
                found.spare.add(number)
            code: Code = "spare_sheet_missing" if number in found.spare else "sheet_missing"
            found.findings.append(finding(code, expected=sheet.name))
        elif now[number] != issued[number]:
            name = now[number]
            found.findings.append(
                finding("sheet_renamed", sheet=name, expected=issued[number], raw=name)
            )
    strangers = [name for name in others if name not in now.values()]
    found.findings.extend(_stranger_findings(looks, found, strangers))
    return found


class _Looks:
    """What the sheets of a workbook show, each counted once."""

    def __init__(self, workbook: Workbook, layout: Layout, printed: Sequence[Printed]) -> None:
        self._workbook = workbook
        self._banners = {banner_place(layout, number) for number in range(len(printed))}
        self._shown: dict[str, Counter[str]] = {}
        self.printed = [Counter(squeeze(text) for _, _, text in texts) for texts in printed]

    def shown(self, name: str) -> Counter[str]:
        if name not in self._shown:
            self._shown[name] = Counter(
                squeeze(text)
                for row, column, text in strays(self._workbook.grid(name), self._banners)
                if not is_banner(text)
            )
        return self._shown[name]

    def share(self, number: int, name: str) -> float:
        """How much of what a sheet of the form prints a sheet shows, wherever it stands there."""
        printed = self.printed[number]
        return (printed & self.shown(name)).total() / max(1, printed.total())

    def answers(self, number: int, name: str) -> Counter[str]:
        """What a sheet shows beside what is printed on that sheet of the form."""
        return self.shown(name) - self.printed[number]


def _assigned(
    looks: _Looks, issued: Sequence[str], doubtful: Sequence[int], others: Sequence[str]
) -> dict[int, str]:
    """The present sheet of each doubtful one.

    A sheet keeps its name if it prints enough, and no other sheet of the form is more like it; the
    others go by likeness. One that is like nothing keeps its name as well: what happened on it is
    found out, and said, cell by cell.
    """
    everywhere = range(len(issued))
    now = {
        number: issued[number]
        for number in doubtful
        if issued[number] in others
        and (own := looks.share(number, issued[number])) >= TRUSTED
        and all(looks.share(other, issued[number]) <= own for other in everywhere)
    }
    left = [name for name in others if name not in now.values()]
    likeness = sorted(
        (-share, name != issued[number], number, left.index(name))
        for number in doubtful
        if number not in now
        for name in left
        if (share := looks.share(number, name)) >= TRUSTED
    )
    for _, _, number, position in likeness:
        if number not in now and left[position] not in now.values():
            now[number] = left[position]
    for number in doubtful:
        if issued[number] in others and issued[number] not in now.values():
            now.setdefault(number, issued[number])
    return now


def _stranger_findings(
    looks: _Looks, sheets: Sheets, strangers: Sequence[str]
) -> Iterator[Finding]:
    """Sheets that somebody added: what stands on them is not read, and that is said."""
    for name in strangers:
        if not looks.shown(name):
            continue
        shares: Mapping[int, float] = {
            number: looks.share(number, name) for number in range(len(sheets.names))
        }
        alike = max(shares, key=lambda number: shares[number])
        original = sheets.names[alike]
        if shares[alike] < TRUSTED:
            yield finding("sheet_added", sheet=name, raw=name)
        elif not looks.answers(alike, name):
            yield finding("blank_copy", sheet=name, raw=name, expected=original)
        elif alike in sheets.missing or looks.answers(alike, original):
            yield finding("sheet_copied", sheet=name, raw=name, expected=original)
        else:
            yield finding("copy_filled", sheet=name, raw=name, expected=original)
