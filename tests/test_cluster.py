"""A Dask cluster of several processes: results of a local run, also where one of them dies."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ptxl import api, cluster, jobs
from ptxl.cli.main import cli
from ptxl.model.errors import ExecutorError
from tests.sample_county import County
from tests.test_workers import act, files

distributed = pytest.importorskip("distributed")
# What Dask leaves open where one of its processes dies is its own matter.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
REPORT = partial(jobs.report, look=jobs.check, language="zh", indent=None, mark="hint")
#: copies of each returned form, as if of other files of the same unit
_COPIES = 2


@pytest.fixture(scope="module")
def dask() -> Iterator[Any]:
    """A cluster of three processes, whose scheduler lives in this one."""
    settings = {"n_workers": 3, "threads_per_worker": 1, "dashboard_address": ":0"}
    with distributed.LocalCluster(**settings) as made:
        yield made


@pytest.fixture(scope="module")
def returned(demo: County, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returned forms, several times each, with one that is none."""
    folder = tmp_path_factory.mktemp("cluster") / "returned"
    folder.mkdir()
    for path in demo.returned.iterdir():
        for number in range(_COPIES):
            shutil.copy(path, folder / f"{path.stem}_{number}.xlsx")
    (folder / "notes.xlsx").write_text("no workbook", encoding="utf-8")
    return folder


class Killer:
    """Kills a process of the cluster, busy with some of the files, when many have gone out."""

    def __init__(self, dask: Any, after: int) -> None:
        self.after = after
        self.dask = dask
        self.killed = 0

    def __call__(self, items: list[Any], /) -> Iterator[Any]:
        for number, item in enumerate(items):
            if number == self.after:
                self.kill()
            yield item

    def kill(self) -> None:
        """Kill the first that has something to do."""
        with distributed.Client(self.dask, set_as_default=False) as client:
            pids = client.run(os.getpid)
            deadline = time.monotonic() + 30
            while not (busy := [one for one, tasks in client.processing().items() if tasks]):
                assert time.monotonic() < deadline
            self.killed = pids[busy[0]]
            os.kill(self.killed, signal.SIGKILL)


def test_a_summary_is_that_of_a_local_run_though_a_process_dies(
    dask: Any, returned: Path, tmp_path: Path
) -> None:
    killer = Killer(dask, after=10)
    here, there = tmp_path / "here", tmp_path / "there"
    here_merged = api.merge([returned], here / "county.xlsx", json=here / "county.json")
    with cluster.connected(dask.scheduler_address) as executor:
        there_merged = api.merge(
            [returned], there / "county.xlsx", json=there / "county.json", executor=executor,
            progress=killer,
        )  # fmt: skip
        assert killer.killed
        assert killer.killed not in executor._client.run(os.getpid).values()  # type: ignore[attr-defined]
    assert there_merged.counts == here_merged.counts
    for name in ("county.xlsx", "county.json"):
        assert (there / name).read_bytes() == (here / name).read_bytes()


def test_commands_print_and_write_what_they_do_locally(
    dask: Any, returned: Path, tmp_path: Path
) -> None:
    """Each in a process of its own, as a user runs them."""
    told: list[tuple[str, object, object]] = []
    for options in ([], ["--cluster", dask.scheduler_address]):
        marked, read = tmp_path / f"marked{len(told)}", tmp_path / f"read{len(told)}.json"
        for command in (["check", "--mark", marked], ["read", "-o", read]):
            ran = subprocess.run(
                [sys.executable, "-m", "ptxl", *map(str, command), str(returned), *options],
                capture_output=True, text=True, check=False, timeout=120,
            )  # fmt: skip
            assert ran.returncode == 1, ran.stderr
            said = (ran.stdout + ran.stderr).replace(str(marked), "…").replace(str(read), "…")
            told.append((said, read.exists() and read.read_bytes(), _bytes_of(marked)))
    assert told[:2] == told[2:]
    assert told[1][1]
    assert told[0][2]


def _bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}


@pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
def test_a_file_ends_its_own_worker_and_no_process_of_the_cluster(
    dask: Any, tmp_path: Path
) -> None:
    deeds = ["a", "abort", f"write {tmp_path / 'written'}", "connect", "b", "panic", "c"]
    files(tmp_path, *deeds)
    with cluster.connected(dask.scheduler_address) as executor:
        client = executor._client  # type: ignore[attr-defined]
        before = client.run(os.getpid)
        found = list(api.each([tmp_path], act, executor=executor))
        assert client.run(os.getpid) == before
    codes = [one.error.code if isinstance(one, api.Unread) else one for one in found]
    assert codes == ["a", "killed", "internal", "internal", "b", "internal", "c"]
    assert not (tmp_path / "written").exists()


def test_a_cluster_that_does_not_answer_is_said(
    demo: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", 0.3)
    with (
        pytest.raises(ExecutorError, match=r"no Dask cluster answers at tcp://127\.0\.0\.1:9:"),
        cluster.connected("tcp://127.0.0.1:9"),
    ):
        pass
    ran = CliRunner().invoke(cli, ["check", "--cluster", "nowhere://x", str(demo.returned)])
    assert ran.exit_code == 3
    assert "nowhere://x" in ran.stderr


def test_without_dask_what_to_install_is_said(
    demo: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    ran = CliRunner().invoke(cli, ["check", "--cluster", "tcp://x:1", str(demo.returned)])
    assert ran.exit_code == 3
    assert "ptxl[cluster]" in ran.stderr
