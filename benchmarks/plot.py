"""Draws what `benchmarks.commands` measured: ratios beside what is wanted, and growth.

python -m benchmarks.plot build/speed.json   # writes build/speed.svg
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure

mpl.use("svg")
_BAR, _WANTED = "#4472c4", "#c00000"


def main() -> None:
    """Draw one file."""
    source = Path(sys.argv[1])
    measured = json.loads(source.read_text(encoding="utf-8"))
    target = source.with_suffix(".svg")
    draw(measured, target)
    print(target)


def draw(measured: dict[str, Any], target: Path) -> None:
    """Draw the ratios of a run above the time and the memory of its growth."""
    figure = Figure(figsize=(10, 8), layout="constrained")
    parts = figure.subplot_mosaic([["ratios", "ratios"], ["time", "memory"]])
    _ratios(parts["ratios"], measured["ratios"])
    _growth(parts["time"], measured["growth"], "processor", "seconds of processor")
    parts["time"].set_yscale("log")
    _plain_numbers(parts["time"].yaxis)
    _growth(parts["memory"], measured["growth"], "megabytes", "MB, all processes")
    parts["memory"].margins(y=0.2)
    parts["memory"].set_ylim(bottom=0)
    figure.savefig(target)


def _ratios(axes: Axes, ratios: dict[str, dict[str, float]]) -> None:
    """The median of each ratio as a bar with its range; a line where it is wanted."""
    for at, one in enumerate(ratios.values()):
        middle = one["median"]
        spread = [[middle - one["least"]], [one["most"] - middle]]
        axes.barh(at, middle, xerr=spread, color=_BAR, capsize=3)
        if one.get("wanted"):
            axes.plot([one["wanted"]] * 2, [at - 0.45, at + 0.45], color=_WANTED)
    axes.set_yticks(range(len(ratios)), ratios)
    axes.set_xscale("log")
    _plain_numbers(axes.xaxis)
    axes.invert_yaxis()
    axes.set_xlabel("times; red: what is wanted")


def _growth(axes: Axes, growth: dict[str, dict[str, Any]], what: str, label: str) -> None:
    sizes: list[str] = []
    for name, found in growth.items():
        sizes = sorted(found[what], key=int)
        values = [found[what][size] for size in sizes]
        says = f"{name}, exponent {found['exponent']:.2f}" if what == "processor" else name
        axes.plot(list(map(int, sizes)), values, marker="o", label=says)
    axes.set_xscale("log")
    axes.minorticks_off()
    axes.set_xticks(list(map(int, sizes)), sizes)
    axes.set_xlabel("forms")
    axes.set_ylabel(label)
    axes.legend()


def _plain_numbers(axis: Axis) -> None:
    """Write 3, not 3·10⁰, on a logarithmic axis."""
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter("{x:g}")


if __name__ == "__main__":
    main()
