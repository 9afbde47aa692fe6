"""`pincel study`, as a user types it."""

import csv
import json
import re

import pytest

from pincel.runtime.model_file import load_model

TINY = [
    "data.size=16",
    "data.batch=4",
    "data.split=null",
    "data.cache_side=40",
    "data.workers=0",
    "generator.options={stages: 8k4s2 8k4s2}",
    "discriminator.width=4",
    "discriminator.depth=1",
    "validation={monitor: loss, pictures: 3, samples: 1}",
]
STUDY = ["pix2pix-flowers-64", *TINY, "--accelerator", "cpu"]


def test_dry_run_says_what_each_candidate_costs_and_what_cannot_be(pincel_main, tmp_path):
    result = pincel_main("study", "grid", *STUDY, "--axis", "width=4,8", "--axis", "kernel=3,4", "--dry-run")
    assert result.returncode == 0
    assert "2 combinations; MACs as executed for one picture of 16 px" in result.stdout
    assert "2 cannot be trained:" in result.stdout
    assert "width4_kernel3: stage '4k3s2': kernel - stride must be even" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_default_axes_are_the_papers(pincel_main):
    result = pincel_main("study", "grid", "pix2pix-flowers-64", "--dry-run", "--sample", "3")
    assert result.returncode == 0
    assert "depth   width   kernel" in result.stdout
    assert re.search(r"[34] of \d\d combinations", result.stdout)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("grid", "pix2pix-flowers-6"), "recipe 'pix2pix-flowers-6' does not exist"),
        (("grid", *STUDY, "-a", "depht=3"), "axis 'depht' is unknown"),
        (("grid", *STUDY, "-a", "width=4..8"), "which only `study search` can use"),
        (("grid", *STUDY, "-a", "width=4"), "where should the study go"),
        (("grid", *STUDY, "-a", "width=4", "-o", "s"), "no data folder given"),
        (("grid", *STUDY, "-a", "width=4", "-o", "s", "-d", "nowhere"), "data folder nowhere does not exist"),
        (("grid", *STUDY, "-a", "width=4", "-o", "s", "--minutes", "1", "--epochs", "1"), "not both"),
        (("grid", *STUDY, "-a", "width=4", "-o", "s", "--quality", "fid"), "unknown figure 'fid'"),
        (("grid", *STUDY, "--axes", "none.yaml"), "the axes in none.yaml cannot be read"),
        (("grid", "colorize-lite"), "there are no default axes for the generator lite_unet"),
        (("search", *STUDY, "-a", "width=4..8"), "where should the study go"),
        (("report", "nowhere"), "nowhere is not a study"),
    ],
)
def test_mistakes_get_one_sentence(pincel_main, arguments, message):
    result = pincel_main("study", *arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_from_photos_to_a_report_and_models_that_paint(pincel_main, class_folders, cache_folder, tmp_path):
    command = ["study", "grid", *STUDY, "-a", "width=4", "-d", "photos", "-o", "out", "--no-own", "--epochs", "0.5"]
    result = pincel_main(*command)
    assert result.returncode == 0, result.stderr
    assert "The report is in out/index.html" in result.stdout
    assert "[1/1] width4: " in result.stderr
    rows = list(csv.DictReader((tmp_path / "out" / "study.csv").open()))
    assert {row["name"] for row in rows} == {"width4"}
    assert all(float(row["latency_p50"]) > 0 for row in rows)
    model = load_model(tmp_path / "out" / "models" / "width4.onnx")
    assert (model.card.task, model.card.name) == ("sketch", "width4")
    assert model.card.parameters == int(rows[0]["parameters"])
    state = json.loads((tmp_path / "out" / "study.json").read_text())
    assert [trial["status"] for trial in state["trials"]] == ["done"]
    again = pincel_main("study", "report", "out", "--quality", "ssim", "-o", "again")
    assert again.returncode == 0, again.stderr
    assert "SSIM" in (tmp_path / "again" / "index.html").read_text()
    other = pincel_main(*command[:-1], "2")
    assert other.returncode == 2
    assert "holds a study with another budget (0.5 epochs each)" in other.stderr


@pytest.mark.usefixtures("cache_folder", "class_folders")
def test_a_failed_trial_is_named_at_the_end(pincel_main, monkeypatch, tmp_path):
    from pincel.study import trial as module

    def fail(*_, **__):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(module, "train", fail)
    arguments = ["study", "grid", *STUDY, "-a", "width=4", "--no-own", "-d", "photos", "-o", "out", "--epochs", "1"]
    result = pincel_main(*arguments)
    assert result.returncode == 2
    assert "width4, training: out of memory" in result.stderr


@pytest.mark.usefixtures("cache_folder", "class_folders")
def test_ctrl_c_says_how_to_go_on(pincel_main, monkeypatch):
    from pincel.study import trial as module

    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "train", stop)
    result = pincel_main("study", "grid", *STUDY, "-a", "width=4", "-d", "photos", "-o", "out", "--epochs", "1")
    assert result.returncode == 130
    assert "0 trials are finished and kept; the same command goes on from there" in result.stderr
