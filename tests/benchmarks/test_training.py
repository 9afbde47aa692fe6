import re
import runpy
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "training.py"
TINY = ["data.size=32", "data.batch=4", "generator.options={stages: 8k4s2 8k4s2}", "discriminator.width=4"]


@pytest.fixture
def run(monkeypatch, capsys):
    """``run("--recipe", ...)`` -> what it prints; one step, small products."""

    def measure(*arguments: str) -> str:
        script = runpy.run_path(str(SCRIPT))
        script["MATRIX"]["cpu"] = 64
        monkeypatch.setattr(sys, "argv", [str(SCRIPT), "--steps", "1", "--threads", "1", *arguments])
        script["main"]()
        return capsys.readouterr().out

    return measure


def test_a_list_of_stages_is_measured_on_noise(run):
    printed = run("--stages", "8k4s2 8k4s2", "--size", "32", "--batch", "2")
    assert printed.startswith("8k4s2 8k4s2 at 32 px, batch 2, 1 threads")
    counted, found = re.search(
        r"counted: ([\d.]+) GFLOP a picture; torch's flop counter finds ([\d.]+)", printed
    ).groups()
    assert counted == found
    assert "share of the matrix rate" in printed
    assert "waiting" not in printed


def test_a_recipe_is_measured_on_photos_with_its_share_of_waiting(run, class_folders, cache_folder):
    printed = run("--recipe", "pix2pix-flowers-64", "--data", str(class_folders), "data.split=null", *TINY)
    assert printed.splitlines()[0].startswith("pix2pix-flowers-64, phase 0, at 32 px, batch 4")
    assert re.search(r"pictures/s, \d+ % of it waiting for data", printed)
