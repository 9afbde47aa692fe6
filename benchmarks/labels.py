"""What the label changes: one model on the same photos, told different labels, as a figure.

    python benchmarks/labels.py REPORT... -o FIGURE.png [--figure ciede2000]

Each REPORT is a folder that `pincel evaluate MODEL --label ...` wrote. The figure shows the mean of each with its 95 %
bootstrap interval; printed beside it stands its paired difference to the first report, photo by photo.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from pincel.metrics.bootstrap import bootstrap_interval
from pincel.pages.canvas import LIGHT, new_axes, png

WORDS = {"own": "its own class", "wrong": "another class", "unknown": "nothing", "auto": "what the model takes it for"}


def values_of(report: dict[str, Any], row: str, figure: str) -> dict[str, float]:
    return {picture["key"]: picture["scores"][row][figure] for picture in report["pictures"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", nargs="+", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--figure", default="ciede2000")
    arguments = parser.parse_args()

    reports = [json.loads((folder / "metrics.json").read_text("utf-8")) for folder in arguments.reports]
    first = values_of(reports[0], reports[0]["candidate"], arguments.figure)
    lines = []
    for report in reports:
        values = values_of(report, report["candidate"], arguments.figure)
        assert values.keys() == first.keys(), "the reports are of different photos"
        own = np.array([values[key] for key in first])
        change = own - np.array(list(first.values()))
        told = WORDS.get(report["protocol"]["label"], report["protocol"]["label"])
        lines.append((told, own.mean(), *bootstrap_interval(own), change.mean(), *bootstrap_interval(change)))

    figure, axes = new_axes(LIGHT, width=7.2, height=0.7 + 0.48 * len(lines))
    for place, (told, mean, low, high, change, change_low, change_high) in enumerate(lines):
        colour = LIGHT.candidate if place == 0 else LIGHT.ink
        axes.plot([low, high], [place, place], color=colour, linewidth=2, solid_capstyle="round")
        axes.plot([mean], [place], "o", color=colour, markersize=7)
        text = f"{mean:.2f}" if place == 0 else f"{mean:.2f}   {change:+.2f} ({change_low:+.2f} to {change_high:+.2f})"
        text = text.replace("-", "−")
        axes.annotate(text, (1.02, place), xycoords=("axes fraction", "data"), va="center", fontsize=9, color=LIGHT.ink)
        print(f"told {told}: {text}")
    axes.set_yticks(range(len(lines)), [f"told {line[0]}" for line in lines])
    axes.invert_yaxis()
    axes.margins(y=0.25)
    axes.set_xlabel(f"mean {arguments.figure.upper()} of {len(first)} photos, 95 % interval; less is better")
    axes.annotate("mean   change, photo by photo", (1.02, 1), xycoords="axes fraction", fontsize=9, color=LIGHT.grey)
    arguments.out.write_bytes(png(figure))


if __name__ == "__main__":
    main()
