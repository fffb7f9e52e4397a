"""Measures `ptxl merge` of many submissions that come as summaries of counties.

    python -m benchmarks.prefecture [submissions] [counties] [--profile]

The submissions are those of the sample county, again and again under other codes of units. Prints
time and peak memory; with `--profile` where the time goes. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import resource
import tempfile
import time
from dataclasses import replace
from datetime import date
from itertools import cycle, islice
from pathlib import Path

from ptxl import api
from ptxl.merge.alike import AcrossUnits
from ptxl.merge.rows import County, UnitSummary
from ptxl.merge.views import View
from ptxl.summary.collection import About, Collection
from ptxl.summary.county_json import read_summary
from tests.sample_county import make_county


def main() -> None:
    """Make the counties, merge them, and print what that took."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("submissions", type=int, nargs="?", default=20_000)
    arguments.add_argument("counties", type=int, nargs="?", default=20)
    arguments.add_argument("--profile", action="store_true")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = make_counties(folder, asked.submissions // asked.counties, asked.counties)
        size = sum(file.stat().st_size for file in files)
        print(f"{asked.submissions} submissions in {len(files)} files, {size / 2**20:.0f} MiB")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        profile = cProfile.Profile()
        if asked.profile:
            profile.enable()
        start, spent = time.perf_counter(), time.process_time()
        api.merge(files, folder / "all.xlsx", json=folder / "all.json")
        took, spent = time.perf_counter() - start, time.process_time() - spent
        profile.disable()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"{took:.1f} s, {spent:.1f} s of a processor")
        print(f"peak memory {peak / 2**10:.0f} MiB ({before / 2**10:.0f} MiB before)")
        for path in (folder / "all.xlsx", folder / "all.json"):
            print(f"{path.name}: {path.stat().st_size / 2**20:.0f} MiB")
        if asked.profile:
            pstats.Stats(profile).sort_stats("tottime").print_stats(45)


def make_counties(folder: Path, forms: int, counties: int) -> list[Path]:
    """Write summaries of so many counties with so many forms each."""
    sample = read_summary(make_county(folder / "sample").json)
    units = list(sample.units())
    return [_county(folder, f"第{number:02}县", units, forms) for number in range(counties)]


def _county(folder: Path, name: str, units: list[UnitSummary], forms: int) -> Path:
    target = folder / f"{name}.json"
    about = About(county=County(name=name, title=name, year="2026", made=date(2026, 3, 20)))
    with Collection(folder, about) as taken, target.open("w", encoding="utf-8") as text:
        for number, unit in enumerate(islice(cycle(units), forms)):
            code = f"{100000 + number}"
            form = replace(unit.form, code=code, name=f"{name}第{number}单位", county=name)
            taken.add(View(replace(unit, form=form)))
        taken.write_json(text, AcrossUnits())
    return target


if __name__ == "__main__":
    main()
