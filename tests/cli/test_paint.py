"""`pincel colorize` and `pincel demo` as a user runs them."""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from pincel.imaging.read import read


@pytest.fixture
def scans(tmp_path):
    folder = tmp_path / "scans"
    folder.mkdir()
    for i, name in enumerate(("a.jpg", "b.png", "c.tif")):
        grey = np.random.default_rng(i).integers(60, 200, (40 + i, 61)).astype(np.uint8)
        Image.fromarray(grey).save(folder / name)
    return folder


@pytest.fixture
def model(make_model):
    return make_model(a=0.2, b=0.1)


def test_a_folder_is_coloured_into_painted(pincel_command, scans, tmp_path, model):
    result = pincel_command("colorize", "scans", "--model", model)
    assert result.returncode == 0
    assert "3 coloured, in painted" in result.stderr
    for name in ("a.jpg", "b.png", "c.tif"):
        before, after = read(scans / name), read(tmp_path / "painted" / name)
        assert (after.height, after.width, after.format) == (before.height, before.width, before.format)
        assert np.ptp(after.pixels.astype(int), axis=2).mean() > 10


def test_one_photo_to_one_file(pincel_main, scans, tmp_path, model):
    result = pincel_main("colorize", scans / "a.jpg", "-o", "red.png", "--model", model)
    assert result.returncode == 0
    assert read(tmp_path / "red.png").format == "PNG"


def test_bad_files_are_listed_at_the_end_and_the_rest_is_done(pincel_command, scans, tmp_path, model):
    (scans / "empty.jpg").touch()
    (scans / "letter.png").write_text("Dear Sir")
    (scans / "cut.jpg").write_bytes((scans / "a.jpg").read_bytes()[:400])
    result = pincel_command("colorize", "scans", "-o", "out", "--model", model)
    assert result.returncode == 1
    assert "3 coloured, in out; 3 could not be done" in result.stderr
    assert "pincel: scans/empty.jpg is empty (0 bytes); copy it again" in result.stderr
    assert "pincel: scans/letter.png is not a picture" in result.stderr
    assert "pincel: scans/cut.jpg is damaged or cut off" in result.stderr
    assert "Traceback" not in result.stderr
    assert sorted(p.name for p in (tmp_path / "out").glob("[!.]*")) == ["a.jpg", "b.png", "c.tif"]


def test_when_nothing_can_be_done_the_exit_code_is_2(pincel_main, tmp_path, model):
    (tmp_path / "empty.jpg").touch()
    assert pincel_main("colorize", "empty.jpg", "--model", model).returncode == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("colorize", "nowhere.jpg"), "nowhere.jpg does not exist"),
        (("colorize", "void"), "no picture"),
        (("colorize", "scans", "--model", "nope"), "there is no model 'nope'; embedded: "),
        (("colorize", "scans", "--model", "scans/a.jpg"), "not a model that onnxruntime can load"),
        (("colorize", "scans", "--model", "MODEL", "-o", "scans/a.jpg/x"), "cannot be written"),
        (("models", "show", "nope"), "there is no model 'nope'"),
    ],
)
def test_mistakes_get_one_sentence_and_exit_code_2(pincel_main, scans, tmp_path, model, arguments, message):
    (tmp_path / "void").mkdir()
    result = pincel_main(*(model if word == "MODEL" else word for word in arguments))
    assert result.returncode == 2
    assert message in result.stderr
    assert result.stderr.startswith("pincel: ")
    assert result.stderr.count("\n") == 1


def test_a_model_of_another_task_is_refused(pincel_command, scans, make_model):
    result = pincel_command("colorize", "scans", "--model", make_model("flowers", task="sketch"))
    assert result.returncode == 2
    assert result.stderr.startswith("pincel: model 'flowers' is for the task sketch, not colorize")
    assert result.stderr.count("\n") == 1


def test_a_second_run_paints_only_what_is_missing(pincel_main, scans, tmp_path, model):
    pincel_main("colorize", "scans", "--model", model)
    (tmp_path / "painted" / "b.png").unlink()
    result = pincel_main("colorize", "scans", "--model", model)
    assert "1 coloured, in painted; 2 were there already" in result.stderr
    assert "3 coloured" in pincel_main("colorize", "scans", "--model", model, "--overwrite").stderr


def test_json_is_one_object_a_photo(pincel_main, scans, model):
    (scans / "empty.jpg").touch()
    result = pincel_main("colorize", "scans", "--json", "--model", model)
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert {row["status"] for row in rows} == {"painted", "failed"}
    painted = next(row for row in rows if row["input"].endswith("a.jpg"))
    assert (painted["width"], painted["height"], painted["output"]) == (61, 40, "painted/a.jpg")
    assert painted["seconds"] > 0
    assert next(row for row in rows if row["status"] == "failed")["error"].startswith("scans/empty.jpg is empty")


def test_options_change_the_result(pincel_main, scans, tmp_path, model):
    pincel_main(
        "colorize",
        "scans/b.png",
        "-o",
        "out",
        "--model",
        model,
        "--side-by-side",
        "--saturation",
        "0",
        "--format",
        "webp",
    )
    picture = read(tmp_path / "out" / "b.webp")
    assert picture.width == 2 * 61
    assert picture.pixels.ndim == 2 or np.ptp(picture.pixels.astype(int), axis=2).max() <= 8


def test_a_photo_over_the_pixel_limit_is_refused(pincel_main, scans, model):
    result = pincel_main("colorize", scans / "a.jpg", "--max-pixels", "0.002", "--model", model)
    assert result.returncode == 2
    assert "--max-pixels" in result.stderr


def test_ctrl_c_leaves_only_whole_files_and_the_next_run_goes_on(pincel_main, scans, tmp_path, model):
    big = np.random.default_rng(0).integers(0, 256, (900, 900)).astype(np.uint8)
    for i in range(24):
        Image.fromarray(big).save(scans / f"big{i:02}.png", compress_level=0)
    command = [sys.executable, "-m", "pincel", "colorize", "scans", "-o", "out", "--model", str(model)]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    out = tmp_path / "out"
    deadline = time.monotonic() + 60
    while not (out.is_dir() and len(list(out.glob("*.png"))) >= 2):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopped" in errors
    assert "Traceback" not in errors
    files = list(out.glob("[!.]*"))
    assert 2 <= len(files) < 27
    assert not [path for path in files if path.name.startswith(".")]
    for path in files:
        read(path)
    result = pincel_main("colorize", "scans", "-o", "out", "--model", model)
    assert result.returncode == 0
    assert f"{len(files)} were there already" in result.stderr


def test_the_demo_colours_the_examples(pincel_main, tmp_path, model):
    result = pincel_main("demo", "--model", model)
    assert result.returncode == 0
    assert "contact-sheet.png" in result.stdout
    assert len(list((tmp_path / "pincel-demo").iterdir())) == 14


def test_the_label_is_said_of_one_photo_and_counted_of_many(pincel_main, scans, make_labelled_model):
    model = make_labelled_model()
    one = pincel_main("colorize", scans / "a.jpg", "--model", model, "--label", "grass")
    assert one.returncode == 0
    assert "painted as: grass\n" in one.stderr
    dark = np.full((40, 40), 20, np.uint8)
    Image.fromarray(dark).save(scans / "dark.png")
    Image.fromarray(255 - dark).save(scans / "bright.png")
    many = pincel_main("colorize", scans / "dark.png", scans / "bright.png", "--model", model, "--label", "auto")
    assert "painted as: " in many.stderr
    assert "night 1" in many.stderr
    assert "sunrise 1" in many.stderr
    lines = pincel_main("colorize", scans / "dark.png", "--model", model, "--json", "-o", "other").stdout
    assert json.loads(lines)["label"] == "night"


def test_a_label_that_the_model_does_not_know_stops_before_anything_is_painted(
    pincel_main, scans, tmp_path, make_labelled_model, model
):
    result = pincel_main("colorize", "scans", "--model", make_labelled_model(), "--label", "noon")
    assert result.returncode == 2
    assert result.stderr.startswith("pincel: model 'labelled' does not know the label 'noon'; known: ")
    result = pincel_main("colorize", "scans", "--model", model, "--label", "noon")
    assert result.returncode == 2
    assert "takes no label" in result.stderr
    assert not (tmp_path / "painted").exists()


def test_a_working_size_that_only_costs_memory_is_bounded_and_said_so(pincel_main, scans, make_model):
    model = make_model("m", largest_working_size=64)
    result = pincel_main("colorize", "scans/a.jpg", "--model", model, "--working-size", "4096", "-o", "new.jpg")
    assert result.returncode == 0
    assert "pincel: model 'm' is shown 64 px at most, not 4096" in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(3000, 4000), (4096, 4096)])
def test_the_embedded_default_stays_under_one_and_a_half_gib_at_any_working_size(tmp_path, shape):
    Image.fromarray(np.tile(np.arange(shape[1], dtype=np.uint16).astype(np.uint8), (shape[0], 1))).save(
        tmp_path / "a.png"
    )
    code = (
        "import re, sys; from pathlib import Path; from pincel.cli import main\n"
        "sys.argv = ['pincel', 'colorize', 'a.png', '--working-size', '4096']\n"
        "try: main()\n"
        "finally: print(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert int(done.stdout.split()[-1]) < 1.5 * 2**20  # KiB
    assert (tmp_path / "painted" / "a.png").is_file()
