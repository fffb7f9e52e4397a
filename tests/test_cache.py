"""What is kept between runs: compiled forms, never stale, never in the way."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from ptxl import api, cache
from ptxl.model.errors import Fault, TemplateError
from ptxl.model.form import Unit
from ptxl.summary import template as summary_template
from ptxl.template import Template, include, load_template
from ptxl.template.faults import Faults
from ptxl.template.include import read_rule_file
from ptxl.write.stencil import write_form
from tests.conftest import UNIT

TEMPLATE = "service-grant"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own, in which everything is kept, however fast it is made."""
    path = tmp_path / "kept"
    monkeypatch.setenv(cache.VARIABLE, str(path))
    monkeypatch.setattr(cache, "_WORTH_KEEPING", 0)
    monkeypatch.setattr(cache, "_MOST_IN_MEMORY", 0)
    monkeypatch.setattr(cache, "_recent", {})
    return path


@pytest.fixture
def own_template(tmp_path: Path) -> Path:
    """A copy of a template that ships, with all files of rules beside it."""
    shipped = load_template(TEMPLATE).path.parent
    shutil.copytree(shipped.parent / "_rules", tmp_path / "templates" / "_rules")
    return Path(shutil.copytree(shipped, tmp_path / "templates" / TEMPLATE))


def loaded(path: str | Path = TEMPLATE) -> Template:
    """A template, its form laid out."""
    template = load_template(path)
    template.layout({})
    return template


def test_a_form_is_compiled_once() -> None:
    assert loaded().compiled
    assert not loaded().compiled


def test_in_one_process_a_form_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_MOST_IN_MEMORY", 4)
    assert loaded().layout({}) is loaded().layout({})


def test_a_kept_form_is_written_as_a_compiled_one(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, unit = write_form(loaded().layout({}), UNIT), Unit(code="2", name="另一单位")
    again = loaded()
    assert not again.compiled
    assert write_form(again.layout({}), UNIT) == kept
    monkeypatch.setenv(cache.VARIABLE, cache.OFF)
    compiled = loaded()
    assert compiled.compiled
    assert write_form(compiled.layout({}), UNIT) == kept
    assert write_form(compiled.layout({}), unit) == write_form(again.layout({}), unit)


@pytest.mark.parametrize(
    ("changed", "old", "new"),
    [
        (f"{TEMPLATE}/template.yaml", "\n", "\n# changed\n"),
        ("_rules/goals.yaml", "about: ", "about: 又"),
        ("_rules/tables/fillers.txt", "\n", "\n又一词\n"),
    ],
)
def test_what_changed_is_compiled_anew(
    own_template: Path, changed: str, old: str, new: str
) -> None:
    assert loaded(own_template).compiled
    assert not loaded(own_template).compiled
    path = own_template.parent / changed
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    assert loaded(own_template).compiled


def test_another_release_of_a_library_makes_everything_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(cache, "_LIBRARIES", ("a_library", "one_that_is_not_there"))
    release = tmp_path / "a_library.py"
    keys = []
    for text in ("version = 1", "version = 1.1"):
        release.write_text(text)
        cache._program.cache_clear()
        keys += [cache.key_of("a form"), cache.key_of("a form")]
    cache._program.cache_clear()
    assert keys[0] == keys[1] != keys[2] == keys[3]


def test_other_parameters_are_another_form() -> None:
    template = loaded("hebei-department")
    assert len(template.compiled) == 1
    template.layout({"year": 2027})
    assert len(template.compiled) == 2


@pytest.mark.parametrize("damage", [b"", b"\x80\x04", b"no pickle"])
def test_what_is_damaged_is_made_again(folder: Path, damage: bytes) -> None:
    loaded()
    for path in folder.iterdir():
        path.write_bytes(damage)
    assert loaded().compiled
    assert not loaded().compiled


def test_a_folder_that_others_may_write_to_is_not_used(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    assert loaded().compiled
    assert loaded().compiled
    assert not list(folder.iterdir())
    assert not cache.keeps()


def test_a_folder_that_cannot_be_made_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "file" / "kept"))
    assert loaded().compiled
    assert loaded().compiled


def test_the_oldest_go_when_there_are_too_many(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_MOST_FILES", 3)
    keys = [cache.key_of(str(number)) for number in range(5)]
    for key in keys:
        assert cache.kept(key, lambda key=key: key) == key  # type: ignore[misc]
    assert {path.stem for path in folder.iterdir()} == set(keys[2:])


def test_what_is_used_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_MOST_FILES", 2)
    used, idle, new = (cache.key_of(name) for name in ("used", "idle", "new"))
    for key in (used, idle):
        cache.kept(key, lambda: "made")
        os.utime(folder / f"{key}.kept", (0, 0))  # clocks of file systems are coarse
    for key in (used, new):
        cache.kept(key, lambda: "made")
    assert {path.stem for path in folder.iterdir()} == {used, new}


@pytest.mark.parametrize("text", ["about: a\nrules: []\n", "about: a\nruels: []\n", "about: [\n"])
def test_a_file_of_rules_is_kept_with_its_faults(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    path = tmp_path / "shared.yaml"
    path.write_text(text, encoding="utf-8")
    first, again = Faults(), Faults()
    spec = read_rule_file(path, first)
    assert len(list(folder.iterdir())) == 1
    include._read.cache_clear()  # as in the next run
    monkeypatch.setattr(include, "read_source", None)
    assert read_rule_file(path, again) == spec
    assert again.sorted() == first.sorted()


def test_what_is_made_soon_is_not_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_WORTH_KEEPING", 60)
    cache.kept(cache.key_of("x"), lambda: 1)
    assert not list(folder.iterdir())


def test_what_a_worker_had_to_compile_is_kept_for_the_next(folder: Path, tmp_path: Path) -> None:
    (form,) = api.generate(TEMPLATE, [UNIT], tmp_path)
    shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    api.check(form)
    assert list(folder.iterdir())
    assert not loaded().compiled


def test_a_summary_template_is_checked_again_when_it_or_its_form_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = load_template("henan-department").path.parent
    shutil.copytree(shipped.parent / "_rules", tmp_path / "_rules")
    own = Path(shutil.copytree(shipped, tmp_path / "henan-department"))
    checks: list[Path] = []
    lint = summary_template.lint_summary

    def noted(path: Path) -> tuple[Fault, ...]:
        checks.append(path)
        return lint(path)

    monkeypatch.setattr(summary_template, "lint_summary", noted)
    first = summary_template.load_summary(own / "summary.yaml")
    assert summary_template.load_summary(own / "summary.yaml") == first
    assert len(checks) == 1
    for number, name in enumerate(("summary.yaml", "template.yaml"), 2):
        path = own / name
        path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
        summary_template.load_summary(own / "summary.yaml")
        assert len(checks) == number
    with (own / "summary.yaml").open("a", encoding="utf-8") as file:
        file.write("\nnonsense: true\n")
    for _ in range(2):
        with pytest.raises(TemplateError):
            summary_template.load_summary(own / "summary.yaml")
