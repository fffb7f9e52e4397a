"""What ptxl adds to a form: names of its own sheets, lines of the guide, banners, verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from ptxl.model.form import Form, Notice, fill_text, placeholder, split_text
from ptxl.model.layout import Layout
from ptxl.text import label_of
from ptxl.words import LANGUAGES, Language, Speaker

#: the hidden ones have the same names in every language
LIST_SHEET = "_lists"
IDENTITY_SHEET = "_ptxl"
MAP_SHEET = "_map"
CHECK_LINES_SHEET = "_check"
#: where a form has target values in one cell
VALUES_SHEET = "_values"
#: what a marked copy has beside them
MARKS_SHEET = "_marks"
#: the defined name that tells what ptxl lists (a county workbook, findings) from returned forms
OUTPUT_NAME = "ptxl_output"
#: the one that tells a list of problems, which the officer fills in and ptxl reads again
PROBLEM_LIST_NAME = "ptxl_problem_list"
#: marks the lines of the guide that a round adds
NOTICE = "!"
#: what every guide says
_GENERAL = ("choices", "amounts", "paste", "spare")
_HIDDEN = (
    LIST_SHEET, IDENTITY_SHEET, MAP_SHEET, CHECK_LINES_SHEET, VALUES_SHEET, MARKS_SHEET,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HelperSheets:
    """The names of the added sheets that people see, in one language."""

    guide: str
    check: str
    notes: str
    review: str


@cache
def helper_sheets(language: Language) -> HelperSheets:
    """Return what the added sheets of a form in this language are called."""
    say = Speaker(language).say
    return HelperSheets(
        guide=say("sheets.guide"),
        check=say("sheets.check"),
        notes=say("sheets.notes"),
        review=say("sheets.review"),
    )


@cache
def own_sheets(language: Language) -> frozenset[str]:
    """Return the names of all sheets that ptxl may have added to a form in this language.

    A review is in the language of whoever asked for it. What stands on these is no answer.
    """
    own = helper_sheets(language)
    reviews = (helper_sheets(each).review for each in LANGUAGES)
    return frozenset((own.guide, own.check, own.notes, *reviews, *_HIDDEN))


def banner_place(layout: Layout, number: int) -> tuple[int, int]:
    """Row and column, beside the printed area, of the banner on a sheet of the form."""
    return 0, layout.sheets[number].columns + 1


# -- what the guide says, and each footer


@cache
def unit_line(language: Language) -> str:
    """Return the line of the guide that says whose form it is, with placeholders."""
    facts = {name: placeholder(name) for name in ("code", "name", "serial")}
    return Speaker(language).say("guide.unit", **facts)


@cache
def footer_line(language: Language) -> str:
    """Return what stands at the left of each footer, with placeholders."""
    facts = {"serial": placeholder("serial"), "name": placeholder("footer_name")}
    return Speaker(language).say("workbook.footer_form", **facts)


@cache
def labels_in(line: str) -> tuple[str, ...]:
    """Return the words before placeholders in a line, without colons: `填报单位`, `表单编号`."""
    words, _ = split_text(line)
    labels = map(label_of, words)
    return tuple(label for label in labels if label)


def guide_lines(form: Form, notice: Notice | None = None) -> Iterator[tuple[str, str]]:
    """Number and text of each line; the first is the title. □ ■ ▒ ▓ stand for coloured boxes.

    What a round says on its forms is marked with `NOTICE` and stands below whose form it is. No
    line but that one is looked at in a returned form.
    """
    say = Speaker(form.language).say
    reviewer = any(field.reviewer for field in form.fields())
    yield "", say("guide.title", form=form.title)
    yield "", unit_line(form.language)
    for text in _notice_lines(notice or Notice(), form.language):
        yield NOTICE, text
    yield "□", say("guide.blue")
    yield "■", say("guide.yellow")
    if reviewer:
        yield "▒", say("guide.grey")
    if any(rule.closes and not rule.of_unit for rule in form.rules):
        yield "▓", say("guide.closed")
    if any(field.closed for field in form.fields()):
        yield "▓", say("guide.not_asked")
    lines = [*form.guide, *(say(f"guide.{code}") for code in _GENERAL)]
    if any(field.compute for field in form.fields()):
        lines.append(say("guide.computed"))
    if any(table.grows for table in form.tables):
        lines.append(say("guide.more_rows"))
    lines.append(say("guide.send_back", notes=helper_sheets(form.language).notes))
    for number, text in enumerate(lines, 1):
        yield f"{number}.", text
    if notice:
        yield "", say("guide.signed")


def _notice_lines(notice: Notice, language: Language) -> Iterator[str]:
    """What a round says: until when and to whom; whom to ask; as announced where."""
    say = Speaker(language).say
    day, office = notice.deadline, notice.office
    if day:
        facts = {"year": day.year, "month": day.month, "day": day.day}
        yield say("guide.due_at" if office else "guide.due", office=office, **facts)
    elif office:
        yield say("guide.due_to", office=office)
    asked = {"contact": notice.contact, "telephone": notice.telephone}
    whom = [say(f"guide.{name}", **{name: text}) for name, text in asked.items() if text]
    if whom:
        yield say("guide.between").join(whom)
    if notice.number:
        yield say("guide.announced", number=notice.number)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the self-check says of a form or of one of its sheets: what is still to be done there.

    `items` say how much is open, wrong and to be looked at again; `still` and `only_doubted` what
    that comes to. Formulas give the same text: the placeholders are `count` and `items`.
    """

    items: tuple[str, str, str]
    between: str
    still: str
    only_doubted: str
    done: str
    unused: str
    not_asked: str

    def text(self, counts: Sequence[int]) -> str:
        """Return what it says while so many are open, wrong and to be looked at again."""
        opened, wrong, _ = counts
        if not any(counts):
            return self.done
        pairs = zip(self.items, counts, strict=True)
        items = self.between.join(fill_text(item, {"count": str(n)}) for item, n in pairs if n)
        return fill_text(self.still if opened or wrong else self.only_doubted, {"items": items})


@cache
def verdicts(language: Language) -> tuple[Verdict, Verdict]:
    """Return what is said of a whole form, and of one of its sheets."""
    say = Speaker(language).say
    count, items = placeholder("count"), placeholder("items")
    counted = tuple(
        say(f"verdict.items.{state}", count=count) for state in ("open", "wrong", "doubted")
    )
    facts = {"items": items, "check": helper_sheets(language).check}
    found: list[Verdict] = []
    for of in ("whole", "of_sheet"):
        sentences = {
            name: say(f"verdict.{of}.{name}", **facts) for name in ("still", "only_doubted", "done")
        }
        found.append(
            Verdict(
                items=(counted[0], counted[1], counted[2]),
                between=say("verdict.between"),
                unused=say("verdict.unused"),
                not_asked=say("verdict.not_asked"),
                **sentences,
            )
        )
    whole, sheet = found
    return whole, sheet


def is_banner(text: str, language: Language) -> bool:
    """Whether a text is what a form itself says beside its tables, wherever that stands now."""
    own = verdicts(language)[1]
    if text in (own.done, own.unused, own.not_asked):
        return True
    for sentence in (own.still, own.only_doubted):
        (before, after), _ = split_text(sentence)
        if text.startswith(before) and text.endswith(after):
            return True
    return False
