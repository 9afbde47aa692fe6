"""From a folder of photos to a painted picture, as a user goes."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import skimage
import yaml
from PIL import Image

import pincel
from pincel.imaging.read import read
from pincel.runtime.model_file import load_model
from pincel.training.recipe import list_recipes


def test_dry_run_prints_the_resolved_recipe(pincel_main):
    result = pincel_main("train", "colorize-lite", "data.size=64", "--dry-run")
    assert result.returncode == 0
    recipe = yaml.safe_load(result.stdout)
    assert recipe["data"]["size"] == 64
    assert recipe["generator"]["name"] == "lite_unet"


def test_dry_run_prints_what_will_happen_in_every_phase(pincel_main):
    changes = ("optimizer.weight_decay=0", "data.batch=8")
    result = pincel_main("train", "colorize-lite", *changes, "--dry-run")
    phases = yaml.safe_load(result.stdout)["phases"]
    assert [(phase["optimizer"]["weight_decay"], phase["batch"]) for phase in phases] == [
        *[(0, 8)] * 2,
        *[(0, 16)] * 2,
        (0, 24),
    ]
    assert "data.batch does not change all: phases 2, 3, 4 have their own batch; add phases.2.batch=8" in result.stderr
    assert "weight_decay" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("colorize-light", "--out", "run"), f"shipped recipes: {', '.join(list_recipes())}"),
        (("colorize-lite", "data.sise=64", "-o", "run"), "'data.sise' is unknown (did you mean 'data.size'?)"),
        (("colorize-lite", "data.size=big", "-o", "run"), "recipe key 'data.size': 'big' is not allowed"),
        (
            ("colorize-lite", "optimizer.final_lr=1", "-o", "run"),
            "reaches no phase: phases 0, 1, 2, 3, 4 have their own",
        ),
        (
            ("colorize-lite", "generator.options={encoder_steps: 9}", "--dry-run"),
            "recipe key 'generator.options' does not fit lite_unet: encoder_steps is 3, 4 or 5, not 9",
        ),
        (("colorize-lite", "--out", "run"), "no data folder given"),
        (("colorize-lite", "--data", "photos"), "where should the run go"),
        (("colorize-lite", "--data", "nowhere", "--out", "run"), "data folder nowhere does not exist"),
        (("colorize-lite", "--data", "void", "--out", "run"), "no pictures in void"),
        (("colorize-lite", "--out", "nowhere", "--resume"), "nowhere is not a run"),
        (("colorize-lite", "--data", "photos", "--out", "file/run"), "the run cannot be written to file/run: "),
    ],
)
def test_mistakes_get_one_sentence(refusal, class_folders, cache_folder, tmp_path, arguments, message):
    (tmp_path / "void").mkdir()
    (tmp_path / "file").touch()
    assert message in refusal("train", *arguments)


@pytest.mark.slow
def test_train_export_and_paint(pincel_main, quick, class_folders, cache_folder, tmp_path):
    trained = pincel_main("train", "colorize-lite", *quick, "--data", "photos", "--out", "run", "--epochs", "1")
    assert trained.returncode == 0, trained.stderr
    assert "next: pincel export run" in trained.stdout
    for name in ("recipe.yaml", "split.csv", "facts.json", "metrics.jsonl", "checkpoint.ckpt", "last.safetensors"):
        assert (tmp_path / "run" / name).is_file()
    card = "description: mine\ndata_licence: my own photos\nsaturation: 1.2\nworking_size: 256\n"
    (tmp_path / "card.yaml").write_text(card)
    exported = pincel_main("export", "run", "-o", "mine.onnx", "--fp16", "--card", "card.yaml")
    assert exported.returncode == 0, exported.stderr
    model = load_model(tmp_path / "mine.onnx")
    assert (model.card.name, model.card.data_licence, model.card.saturation) == ("mine", "my own photos", 1.2)
    assert model.card.working_size == 256
    assert model.card.macs_working == pytest.approx(4 * model.card.macs_128, rel=0.01)  # counted at that size
    assert model.card.training_pictures == len(model.training_hashes)
    assert max(model.card.parity.values()) < 0.02
    Image.fromarray(np.full((50, 70), 99, np.uint8)).save(tmp_path / "a.png")
    assert pincel_main("colorize", "a.png", "--model", "mine.onnx").returncode == 0
    assert read(tmp_path / "painted" / "a.png").width == 70
    again = pincel_main("train", "colorize-lite", *quick, "--data", "photos", "--out", "run")
    assert again.returncode == 2
    assert "run exists already; choose another --out, or add --resume" in again.stderr


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_training_saves_and_resume_goes_on(pincel_main, quick, class_folders, cache_folder, tmp_path, number):
    command = [sys.executable, "-m", "pincel", "train", "colorize-lite", *quick, "validation.every=1000"]
    command += ["--data", "photos", "--out", "run", "--epochs", "16", "data.workers=1"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True)
    metrics = tmp_path / "run" / "metrics.jsonl"
    deadline = time.monotonic() + 100
    while not (metrics.is_file() and metrics.stat().st_size):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, number)  # as a terminal and `timeout` do: every process of the group
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert "saved; go on with: pincel train colorize-lite --out run --resume" in errors
    resumed = pincel_main("train", "colorize-lite", "--out", "run", "--resume")
    assert resumed.returncode == 0, resumed.stderr
    rows = [json.loads(line) for line in metrics.read_text().splitlines()]
    steps = [row["step"] for row in rows if row["kind"] == "step"]
    assert steps == sorted(set(steps))
    assert rows[-1]["kind"] == "validation"


def test_a_training_stopped_before_there_is_anything_to_go_on_with_does_not_offer_it(
    pincel_main, class_folders, monkeypatch
):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("pincel.training.loop.train", stopped)
    result = pincel_main("train", "colorize-lite", "--data", "photos", "--out", "run")
    assert result.returncode == 130
    assert "saved" not in result.stderr
    assert "stopped; what is finished is kept" in result.stderr


def test_a_resumed_run_says_what_it_does_not_take_over_and_which_pictures_it_cannot_read(
    pincel_main, quick, class_folders, cache_folder
):
    (class_folders / "apple" / "torn.jpg").write_bytes(b"no picture")
    begun = pincel_main("train", "colorize-lite", *quick, "--data", "photos", "--out", "run", "--epochs", "0.5")
    assert begun.returncode == 0, begun.stderr
    assert "left out: " in begun.stderr
    assert "torn.jpg" in begun.stderr
    more = ("data.batch=4", "optimizer.lr=0.5", "optimizer.final_lr=0.5", "--epochs", "3")  # the last reaches no phase
    resumed = pincel_main("train", "colorize-lite", *more, "--out", "run", "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert "optimizer.lr stays 0.0015: run goes on with its own recipe" in resumed.stderr
    assert "run keeps the steps that were planned when it began" in resumed.stderr
    assert "data.batch" not in resumed.stderr
    others = pincel_main("train", "colorize-lite", "--data", "photos/boat", "--out", "run", "--resume")
    assert others.returncode == 2
    assert "give the data that the run was begun with" in others.stderr


def test_a_card_file_with_an_unknown_key_is_refused(pincel_main, tmp_path, monkeypatch):
    (tmp_path / "card.yaml").write_text("licence: mine\n")
    monkeypatch.setattr("pincel.cli.train.check_names", lambda **names: None)
    result = pincel_main("export", "run", "-o", "x.onnx", "--card", "card.yaml")
    assert result.returncode == 2
    assert "unknown key 'licence'; known: " in result.stderr


@pytest.mark.parametrize(
    ("task", "command"),
    [("colorize", "colorize PHOTO"), ("sketch", "draw SKETCH"), ("paired", "translate PICTURE")],
)
def test_export_names_the_command_that_paints(pincel_main, make_model, make_translator, monkeypatch, task, command):
    path = make_model() if task == "colorize" else make_translator(task)
    monkeypatch.setattr("pincel.export.export_run", lambda *arguments, **options: path)
    monkeypatch.setattr("pincel.cli.train.check_names", lambda **names: None)
    result = pincel_main("export", "run", "-o", "x.onnx")
    assert f"next: pincel {command} --model {path}" in result.stdout


def test_exporting_what_is_no_run_is_refused(pincel_main, class_folders):
    result = pincel_main("export", "photos", "-o", "x.onnx")
    assert result.returncode == 2
    assert "photos is not a run" in result.stderr


@pytest.mark.slow
def test_a_few_steps_on_what_the_embedded_model_paints_itself_spoil_nothing(pincel_main, cache_folder, tmp_path):
    (tmp_path / "photos").mkdir()
    for number, photo in enumerate((skimage.data.astronaut(), skimage.data.chelsea(), skimage.data.coffee())):
        for corner in range(4):
            cut = photo[30 * corner :, 50 * corner :][:200, :200]
            painted = pincel.colorize(Image.fromarray(cut).convert("L"))
            painted.save(tmp_path / "photos" / f"{number}{corner}.png")
    changes = ("data.size=96", "data.batch=4", "data.workers=0", "losses={l1: 1}", "validation.every=3")
    tuned = pincel_main("train", "fine-tune", *changes, "--data", "photos", "--out", "run", "--epochs", "12")
    assert tuned.returncode == 0, tuned.stderr
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    start, *later = [row["ciede2000"] for row in rows if row["kind"] == "validation"]
    assert len(later) == 4
    assert max(later) < start + 1.5  # its own paintings are paler than what it learns them from
