"""`pincel push` as a user types it; what it sends is `tests/runtime/test_hub_push.py`'s."""

import json

import pytest
from safetensors.numpy import load_file


@pytest.fixture
def run(pincel_main, class_folders, quick, cache_folder, tmp_path):
    changes = ("phases=[{epochs: 1, optimizer: {lr: 1e-3}}]", *quick)
    result = pincel_main("train", "colorize-lite", *changes, "-d", class_folders, "-o", "run")
    assert result.returncode == 0, result.stderr
    return tmp_path / "run"


def test_a_run_is_sent_with_its_weights_and_others_paint_with_it(hub, run, pincel_main, tmp_path):
    result = pincel_main("push", "run", "me/mine", "--fp16", "--private")
    assert result.returncode == 0, result.stderr
    address, said = result.stdout.splitlines()
    commit = address.rpartition("/")[2]
    assert said == f"This version for ever: --model hf:me/mine@{commit}"
    assert hub.private == {"me/mine"}
    sent = hub.newest("me/mine")
    described = json.loads(sent["config.json"])
    assert set(described["files"]) == {"model.onnx", "model.safetensors"}
    assert described["name"] == "mine"
    (tmp_path / "sent.safetensors").write_bytes(sent["model.safetensors"])
    assert load_file(tmp_path / "sent.safetensors").keys() == load_file(run / "last.safetensors").keys()
    photo = tmp_path / "photos" / "apple" / "apple0.jpg"
    painted = pincel_main("colorize", photo, "-m", f"hf:me/mine@{commit}", "--recolour", "-o", "painted.png")
    assert (painted.returncode, (tmp_path / "painted.png").is_file()) == (0, True), painted.stderr
    listed = pincel_main("models", "--file", "hf:me/mine").stdout
    assert "hf:me/mine" in listed
    assert "# mine" in sent["README.md"].decode()


def test_a_look_before_it_is_sent(hub, pincel_main, make_model, tmp_path):
    result = pincel_main("push", make_model("mine"), "me/mine", "--out", "look")
    assert result.stdout == "model.onnx, config.json, README.md are in look; nothing was sent.\n"
    assert {file.name for file in (tmp_path / "look").iterdir()} == {"model.onnx", "config.json", "README.md"}
    assert hub.asked == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["default", "mine"], "'mine' names no repository; write OWNER/NAME, as grandma/photos"),
        (["default", "me/mine", "--fp16"], "--fp16, --weights and --card are for runs, and default is a model file"),
        (["defualt", "me/mine"], "there is no model 'defualt' (did you mean 'default'?)"),
        ([".", "me/mine"], ". is not a run"),
    ],
)
def test_what_cannot_be_sent_is_told_before_anything_is_asked(hub, refusal, words, why):
    assert why in refusal("push", *words)
    assert hub.asked == []


def test_figures_are_not_written_into_what_the_hub_keeps(hub, refusal, make_model, tmp_path):
    hub.holds(make_model("mine"), tmp_path)
    said = refusal("evaluate", "hf:me/mine", "-d", ".", "-o", "report", "--write-card")
    assert "a version on the Hub stays as it is" in said
