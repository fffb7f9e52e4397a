"""Sentences: the same codes and facts in every language, all of them used, and formatted alike."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

import ptxl
from ptxl.cli.main import COMMANDS
from ptxl.cli.rounds import round_group
from ptxl.model.findings import SEVERITY_OF
from ptxl.model.refusals import RefusalCode
from ptxl.words import LANGUAGES, Speaker, facts_in, phrase
from ptxl.words.catalogues import FALLBACK, catalogue, sentences

PACKAGE = Path(ptxl.__file__).parent
ENGLISH = catalogue(FALLBACK)
#: a language that says little
FRENCH = """
[usage]
usage = "Usage : "
[refusals]
empty = "le fichier est vide ; renvoyez le formulaire rempli"
[report]
source = "{file} : {reason}"
"""
#: functions that take a code, and the table that it is in
SPEAKERS = {
    "finding": "findings.",
    "refusal": "refusals.",
    "phrase": "",
    "say": "",
    "OutputError": "errors.",
    "InputError": "errors.",
    "OptionError": "errors.",
    "Misuse": "usage.",
    "note": "",
    "SigningKeyError": "errors.",
    "ExecutorError": "errors.",
    "Fault": "faults.",
}
#: facts that the speakers of a table are made with
STANDING = {"summary": {"money"}, "year": {"money"}}


@cache
def sources() -> list[ast.Module]:
    """All modules of the program, parsed when a test first asks."""
    return [ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")]


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Code and call of every call that says a sentence, where the code is written out."""
    for tree in sources():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            codes = [word.value for word in node.keywords if word.arg == "code"] + node.args[:1]
            if name in SPEAKERS and codes and isinstance(codes[0], ast.Constant):
                yield SPEAKERS[name] + str(codes[0].value), node


def given_to(call: ast.Call) -> set[str | None]:
    """The names of the facts that a call gives; None among them for those given by `**`."""
    for word in call.keywords:
        if word.arg == "facts":
            keys = word.value.keys if isinstance(word.value, ast.Dict) else [None]
            return {key.value if isinstance(key, ast.Constant) else None for key in keys}  # type: ignore[misc]
    return {word.arg for word in call.keywords}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_codes_with_the_same_facts(language: str) -> None:
    own = catalogue(language)
    assert set(own) == set(ENGLISH)
    assert {code for code in own if facts_in(own[code]) != facts_in(ENGLISH[code])} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_asked_for_alone_is_that_of_the_whole_file(language: str) -> None:
    alone = sentences(language)
    assert {code: alone[code] for code in ENGLISH} == catalogue(language)
    with pytest.raises(KeyError):
        alone["findings.no_such_code"]


def test_the_codes_are_those_that_the_types_name() -> None:
    tables = {"findings": set(SEVERITY_OF), "refusals": set(get_args(RefusalCode))}
    for table, codes in tables.items():
        found = {c.partition(".")[2] for c in ENGLISH if c.startswith(f"{table}.")}
        assert found == codes


def test_every_code_that_the_source_names_exists_and_gets_its_facts() -> None:
    found = list(calls())
    assert len(found) > 100
    for code, call in found:
        assert code in ENGLISH, code
        given = given_to(call)
        wanted = facts_in(ENGLISH[code]) - STANDING.get(code.partition(".")[0], set())
        assert None in given or wanted <= given, f"{code} at line {call.lineno}"


def test_every_code_is_used() -> None:
    texts = {
        node.value
        for tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    texts |= {getattr(command, "says", name) for name, command in round_group.commands.items()}
    texts |= set(COMMANDS)
    unused = {
        code for code in ENGLISH if texts.isdisjoint(code.split(".", n)[-1] for n in range(4))
    }
    assert unused == set()


def test_facts_are_worded_in_the_language_of_the_sentence() -> None:
    class Places(StrEnum):
        NAMES = "names"

    zh, en = Speaker("zh"), Speaker("en")
    assert zh.word(Decimal("10.50")) == "10.5"
    assert zh.word(date(2026, 3, 1)) == "2026-03-01"
    assert (zh.word(None), en.word(None)) == ("空", "blank")
    assert (zh.word(Places.NAMES), en.word(Places.NAMES)) == ("定义的名称", "the defined names")
    assert zh.word(phrase("values.rows", rows=("3-5", 9))) == "第 3-5, 9 行"
    assert en.say("findings.unreadable", reason=phrase("refusals.archive")).endswith("in it")


def test_a_word_is_singular_beside_one_and_plural_beside_any_other_number() -> None:
    code, en = "summary.overview.missing.departments", Speaker("en")
    numbers = ((1, 1), (1, 2), (3, 4))
    said = [en.say(code, groups=some, forms=forms, names=("A",)) for some, forms in numbers]
    assert said == [
        "1 department still misses 1 form: A", "1 department still misses 2 forms: A",
        "3 departments still miss 4 forms: A",
    ]  # fmt: skip


def test_long_lists_are_cut_and_say_how_many_there_are() -> None:
    cells = tuple(f"A{number}" for number in range(1, 10))
    assert Speaker("zh").word(cells, "cells") == "A1、A2、A3、A4、A5、A6 等共 9 处"
    assert Speaker("en").word(cells, "cells") == "A1, A2, A3, A4, A5, A6 and more (9 in all)"
    assert Speaker("zh").word(cells[:2], "quoted") == "“A1”、“A2”"
    assert Speaker("zh").word(()) == "—"


def test_braces_in_a_fact_stand_for_themselves() -> None:
    assert "{0}{x}" in Speaker("zh").say("findings.unread_cell", raw="{0}{x}")


def test_a_third_language_is_one_more_file(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "fr.toml").write_text(FRENCH, encoding="utf-8")
    (tmp_path / "vide.xlsx").write_bytes(b"")
    environment = {**os.environ, "PTXL_WORDS": str(tmp_path / "words"), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "ptxl", "check", str(tmp_path / "vide.xlsx")]
    for language, words in (
        ("fr", f"{tmp_path / 'vide.xlsx'} : le fichier est vide"),
        ("en", "the file is empty"),
    ):
        done = subprocess.run(
            [*command, "--lang", language], env=environment, capture_output=True,
            encoding="utf-8", check=False,
        )  # fmt: skip
        assert done.returncode == 3
        assert words in done.stderr
    for locale in ("fr_FR.UTF-8", "fr"):
        environment["PTXL_LANG"] = locale
        done = subprocess.run(
            [*command[:-1], "--help"], env=environment, capture_output=True, encoding="utf-8",
            check=True,
        )  # fmt: skip
        assert "Usage : ptxl check" in done.stdout
        assert "[en|fr|zh]" in done.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[usage", "fr.toml: "),
        ("[usage]\nusage = '{who} : '", "fr.toml: usage.usage: no fact who"),
        ("[usage]\nusage = '{'", "usage.usage: {: "),
    ],
)
def test_a_file_of_words_that_cannot_be_used_is_named(
    tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "fr.toml").write_text(text, encoding="utf-8")
    environment = {**os.environ, "PTXL_WORDS": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "ptxl", "templates"], env=environment, capture_output=True,
        encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_language_that_there_is_no_file_of_is_refused() -> None:
    with pytest.raises(ValueError, match=re.escape("no language 'xx'")):
        Speaker("xx")


def test_chinese_sentences_can_be_printed_on_a_console_of_gbk() -> None:
    assert {code for code, text in catalogue("zh").items() if not _holds("gbk", text)} == set()


def _holds(encoding: str, text: str) -> bool:
    return text.encode(encoding, "ignore").decode(encoding) == text
