"""URLs: files kept elsewhere come to what they come to on a disk, and no secret is told."""

from __future__ import annotations

import base64
import json
import shutil
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner, Result

from ptxl import api, jobs
from ptxl.cli.main import cli
from ptxl.model.errors import InputError, OutputError, WorkbookError
from ptxl.receive.sniff import Limits
from ptxl.receive.workers import Terms, Unread
from ptxl.text import is_url, without_secrets
from ptxl.urls import remote_files, write_url
from tests.sample_county import County
from tests.test_executors import processes

fsspec = pytest.importorskip("fsspec")
REPORT = partial(jobs.report, look=jobs.check, language="zh", indent=None, mark="hint")
SECRET = "s3cret"


@pytest.fixture(scope="module")
def returned(demo: County, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some returned forms in two folders, a file that is none, and what nobody returns."""
    folder = tmp_path_factory.mktemp("urls") / "returned"
    for number, path in enumerate(sorted(demo.returned.iterdir())[::4]):
        part = folder / ("一", "two")[number % 2]
        part.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, part)
    (folder / "notes.xlsx").write_text("no workbook", encoding="utf-8")
    (folder / "notes.txt").write_text("no return", encoding="utf-8")
    (folder / ".litter").write_text("no return", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def server(returned: Path) -> Iterator[str]:
    """The address of a server that lets in who has the secret, and shows the folder."""
    allowed = "Basic " + base64.b64encode(f"me:{SECRET}".encode()).decode()

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers["Authorization"] != allowed:
                self.send_error(401)
                return
            super().do_GET()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=returned.parent)) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield f"127.0.0.1:{made.server_port}"
        made.shutdown()
        thread.join()


def url_of(kind: str, returned: Path, server: str) -> str:
    """The folder, as a URL of some kind."""
    match kind:
        case "file":
            return f"file://{returned}"
        case "memory":
            fsspec.filesystem("memory").put(f"{returned}/", "/returned/", recursive=True)
            return "memory://returned"
        case "http":
            return f"http://me:{SECRET}@{server}/returned/"
    archive = returned.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as made:
        for path in returned.rglob("*"):
            made.write(path, path.relative_to(returned.parent))
    return f"zip://returned::file://{archive}"


def told(one: jobs.Report | Unread) -> object:
    """What a result says, the path of the file aside."""
    if isinstance(one, Unread):
        return one.file, one.error.code, one.error.facts
    return one.source, one.unit, one.json, one.lines, one.marked, one.path.name


@pytest.mark.parametrize("kind", ["file", "memory", "zip", "http"])
def test_what_comes_of_a_folder_elsewhere_is_what_comes_of_it_here(
    kind: str, returned: Path, server: str
) -> None:
    here, there = api.find_inputs([returned]), api.find_inputs([url_of(kind, returned, server)])
    found = list(map(told, api.each(there, REPORT, workers=2)))
    assert found == list(map(told, api.each(here, REPORT, workers=2)))
    assert len(found) > 3
    assert [Path(one).name for one in there.skipped] == ["notes.txt"]
    assert SECRET not in f"{there} {found}"


@pytest.mark.parametrize("kind", ["file", "zip"])
def test_files_are_fetched_where_the_executor_runs(kind: str, returned: Path, server: str) -> None:
    url = url_of(kind, returned, server)
    with processes() as executor:
        there = list(map(told, api.each([url], REPORT, executor=executor)))
    assert there == list(map(told, api.each([returned], REPORT)))


def test_one_file_is_called_as_it_was_named(returned: Path, server: str) -> None:
    path = next((returned / "two").iterdir())
    here = api.check(path)
    url = f"http://me:{SECRET}@{server}/returned/two/{quote(path.name)}?token={SECRET}"
    for one in (f"file://{path}", url):
        checked = api.check(one)
        assert checked.values == here.values
        assert [found.code for found in checked.findings] == [f.code for f in here.findings]
    assert checked.submission.source == f"http://{server}/returned/two/{path.name}"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [*map(str, arguments), "--lang", "en"])


def test_summaries_and_data_are_written_to_urls(returned: Path, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    book, data = "memory://made/county.xlsx", f"file://{there}/deep/county.json"
    ran = run("merge", f"file://{returned}", "-o", book, "--json", data)
    assert ran.exit_code == 1, ran.output  # one file is none
    assert "memory://made/county.xlsx" in ran.stdout
    api.merge(
        [f"file://{returned}"], here / "county.xlsx", json=here / "county.json", language="en"
    )
    assert (there / "deep" / "county.json").read_bytes() == (here / "county.json").read_bytes()
    assert fsspec.filesystem("memory").cat("/made/county.xlsx").startswith(b"PK")
    assert [path.name for path in (there / "deep").iterdir()] == ["county.json"]

    ran = run("read", returned, "-o", "memory://made/read.json")
    assert ran.exit_code == 1
    documents = json.loads(fsspec.filesystem("memory").cat("/made/read.json"))
    assert sum("error" in one for one in documents) == 1
    assert len(documents) == len(list(returned.rglob("*.xlsx")))


def test_a_summary_of_urls_is_that_of_files_without_links_to_them(
    returned: Path, tmp_path: Path
) -> None:
    made = []
    for name, source in {"here": str(returned), "there": f"file://{returned}"}.items():
        book, data = tmp_path / f"{name}.xlsx", tmp_path / f"{name}.json"
        api.merge([source], book, json=data)
        with zipfile.ZipFile(book) as parts:
            links = sum(parts.read(part).count(b'"External"') for part in parts.namelist())
        made.append((data.read_bytes(), links > 0))
    assert made[0][0] == made[1][0]
    assert [linked for _, linked in made] == [True, False]


def test_no_file_is_replaced_where_a_url_cannot_be_written(returned: Path, tmp_path: Path) -> None:
    before = tmp_path / "county.json"
    before.write_text("before", encoding="utf-8")
    blocked = tmp_path / "file"
    blocked.write_text("no folder", encoding="utf-8")
    with pytest.raises(OutputError) as error:
        api.merge([returned], f"file://{blocked}/county.xlsx", json=before)
    assert error.value.code == "url_not_written"
    assert before.read_text(encoding="utf-8") == "before"


def test_a_file_is_replaced_at_a_url_and_none_is_left_beside_it(tmp_path: Path) -> None:
    source = tmp_path / "source"
    target = tmp_path / "out" / "target"
    for text in ("one", "two"):
        source.write_text(text, encoding="utf-8")
        write_url(f"file://{target}", source)
        assert target.read_text(encoding="utf-8") == text
    target.unlink()
    target.mkdir()
    (target / "kept").touch()
    with pytest.raises(OutputError):
        write_url(f"file://{target}", tmp_path / "gone")
    assert [path.name for path in target.parent.iterdir()] == ["target"]


def test_what_cannot_be_had_is_said_without_secrets(returned: Path, server: str) -> None:
    wrong = f"http://me:{SECRET}x@{server}/returned/two/a.xlsx?token={SECRET}"
    unknown = f"nowhere://me:{SECRET}@host/returned"
    for command in (
        ("check", wrong), ("check", unknown), ("read", returned, "-o", unknown),
        ("merge", returned, "-o", f"http://me:{SECRET}@{server}/county.xlsx"),
    ):  # fmt: skip
        ran = run(*command)
        assert ran.exit_code == 3, ran.output
        assert SECRET not in ran.output
        assert "http" in ran.output or "nowhere://host" in ran.output
    ran = run("merge", returned, "-o", "x.xlsx", "--roster", f"s3://me:{SECRET}@bucket/roster.csv")
    assert ran.exit_code == 2
    assert "s3://bucket/roster.csv" in ran.output
    assert SECRET not in ran.output


def test_a_file_that_went_away_concerns_no_other(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.xlsx").write_text("no workbook", encoding="utf-8")
    inputs = api.find_inputs([f"file://{tmp_path}"])
    (tmp_path / "b.xlsx").unlink()
    codes = [one.error.code for one in api.each(inputs, REPORT) if isinstance(one, Unread)]
    assert codes == ["text", "not_fetched", "text"]


def test_a_large_file_is_not_fetched(tmp_path: Path) -> None:
    with (tmp_path / "large.xlsx").open("wb") as large:
        large.truncate(3 << 20)
    (file,) = remote_files(f"file://{tmp_path}/large.xlsx")
    assert len(file.read(10)) == 10
    with pytest.raises(WorkbookError) as error:
        api.check(f"file://{tmp_path}/large.xlsx", terms=Terms(limits=Limits(file_megabytes=2)))
    assert (error.value.code, error.value.facts["size"]) == ("too_large", 3)


def test_an_empty_folder_elsewhere_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the folder is empty"):
        api.find_inputs([f"file://{tmp_path}"])


def test_without_fsspec_what_to_install_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    ran = run("check", f"s3://me:{SECRET}@bucket/a.xlsx")
    assert ran.exit_code == 3
    assert "ptxl[cluster]" in ran.stderr
    assert SECRET not in ran.stderr


def test_paths_are_no_urls() -> None:
    for path in ("a.xlsx", "/a/b", "C:/a", "C://a", "a::b", "a:b//c", ".://", "://a"):
        assert not is_url(path)
    for url in ("s3://a", "memory://", "zip://a::file:///b", "simplecache::s3://a", "FILE:///a"):
        assert is_url(url)


def test_secrets_are_left_out_wherever_they_stand() -> None:
    text = "zip://a/b.xlsx::https://me:pw@host:80/x.zip?sig=pw and ftp://me@host/y 'http://h/?k=pw'"
    assert without_secrets(text) == (
        "zip://a/b.xlsx::https://host:80/x.zip and ftp://host/y 'http://h/'"
    )
