"""Models on a Hub: fetched once, checked, used without a network; each trouble is one sentence."""

import hashlib
import json

import numpy as np
import pytest

import pincel
from pincel.errors import ModelError, PincelError
from pincel.runtime.hub import check_repository, fetch, is_hub, pinned
from pincel.runtime.model_file import load_model


@pytest.fixture
def commit(hub, make_model, tmp_path):
    """The Hub has `me/mine`, whose model paints red."""
    return hub.holds(make_model("red", a=0.5), tmp_path)


def again():
    """As another process would."""
    fetch.cache_clear()


def refusal(name):
    again()
    with pytest.raises(ModelError) as caught:
        fetch(name)
    return str(caught.value)


def test_a_model_on_the_hub_paints(hub, commit):
    red, green, _ = pincel.colorize(np.full((8, 8), 120, np.uint8), "hf:me/mine", as_array=True)[0, 0].astype(int)
    assert red > green + 20
    assert load_model("hf:me/mine").card.name == "red"
    assert load_model(f"hf:me/mine@{commit}").path.parent.name == commit


def test_only_the_two_files_are_asked_for_and_nothing_is_told(hub, commit):
    fetch("hf:me/mine")
    fetch("hf:me/mine")  # known to this process
    assert {line.partition(" ")[2] for line in hub.asked} == {
        "/me/mine/resolve/main/config.json",
        f"/me/mine/resolve/{commit}/model.onnx",
    }
    assert len([line for line in hub.asked if line.startswith("GET")]) == 2
    assert not [agent for agent in hub.agents if "pincel" in agent or "torch" in agent]


def test_a_newer_version_is_found_and_the_old_one_stays_under_its_commit(hub, commit, make_model, tmp_path):
    fetch("hf:me/mine")
    newer = hub.holds(make_model("blue", b=-0.5), tmp_path)
    again()
    assert load_model("hf:me/mine").card.name == "blue"
    assert load_model(f"hf:me/mine@{commit}").card.name == "red"
    assert pinned("hf:me/mine") == f"hf:me/mine@{newer}"


def test_what_was_fetched_needs_no_network(hub, commit):
    fetch("hf:me/mine")
    hub.asked.clear()
    again()
    fetch(f"hf:me/mine@{commit}")
    assert hub.asked == []  # a commit never changes
    hub.failing = 503
    again()
    assert fetch("hf:me/mine").is_file()
    hub.close()
    again()
    assert fetch("hf:me/mine").is_file()
    assert "cannot be reached, and me/other has not been fetched before; connect" in refusal("hf:me/other")


def test_what_is_not_there_is_told_in_a_sentence(hub, commit):
    hub.commit("you/text", {"README.md": b"no model"})
    assert "there is no repository me/none at http://" in refusal("hf:me/none")
    assert "me/mine has no revision 'v2'; look at http://" in refusal("hf:me/mine@v2")
    assert refusal("hf:you/text").startswith("you/text has no config.json, so it holds no model of Pincel's")
    hub.private.add("me/mine")
    assert fetch("hf:me/mine")
    hub.failing = 418
    assert "answers with 418; try again later" in refusal("hf:me/mine@v3")


def test_a_private_model_is_not_there_for_strangers(hub, commit, monkeypatch):
    hub.private.add("me/mine")
    monkeypatch.setenv("HF_TOKEN", "hf_other")
    assert "or it is private; check the name, or log in with: hf auth login" in refusal("hf:me/mine")


@pytest.mark.parametrize(
    "name", ["hf:", "hf:mine", "hf:../etc", "hf:a/..", "hf:a/b/c", "hf:a/b@", "hf:a/b@../c", "hf:a/b c"]
)
def test_a_name_that_is_none_asks_nobody(hub, name):
    assert is_hub(name)
    assert refusal(name) == f"'{name}' names no model; write hf:OWNER/NAME, or hf:OWNER/NAME@REVISION"
    assert hub.asked == []
    with pytest.raises(PincelError, match="names no repository; write OWNER/NAME"):
        check_repository(name.removeprefix("hf:"))


def test_a_wrong_digest_is_refused_and_the_copy_is_thrown_away(hub, commit, make_model):
    other = make_model("other").read_bytes()
    described = json.loads(hub.newest("me/mine")["config.json"])
    described["files"]["model.onnx"]["bytes"] = len(other)
    hub.commit("me/mine", {"model.onnx": other, "config.json": json.dumps(described).encode()})
    assert "me/mine was changed or damaged: the sha256 of its model.onnx is not the one" in refusal("hf:me/mine")
    hub.asked.clear()
    assert "was changed or damaged" in refusal("hf:me/mine")
    assert any(line.startswith("GET") and line.endswith("model.onnx") for line in hub.asked)


def test_a_copy_that_was_changed_on_this_machine_is_found(hub, commit):
    file = fetch("hf:me/mine").resolve()
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    assert "was changed or damaged" in refusal("hf:me/mine")
    again()
    assert load_model("hf:me/mine").card.name == "red"  # fetched anew


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (b"{", "its config.json cannot be read"),
        (b"[" * 20000, "its config.json cannot be read (it is nested too deep)"),
        (b"[]", "its config.json cannot be read (it: Input should be"),
        (b'{"files": {}}', "its config.json names no model.onnx"),
        (b'{"files": {"model.onnx": {"sha256": "ab", "bytes": 3}}}', "files.model.onnx.sha256: String should match"),
        (b'{"files": {"\\u001b[31m": 1}}', "its config.json cannot be read (files.[31m: Input"),
        (b" " * 70000, "its config.json has 70,000 bytes, not 65,536"),
    ],
)
def test_a_hostile_description_is_refused(hub, commit, config, why):
    hub.commit("me/mine", {"config.json": config})
    said = refusal("hf:me/mine")
    assert said.startswith("hf:me/mine is not one of Pincel's models: ")
    assert why in said


def test_a_file_that_is_larger_than_described_is_never_fetched(hub, commit):
    hub.commit("me/mine", {"model.onnx": bytes(100_000)})
    assert "its model.onnx has 100,000 bytes, not " in refusal("hf:me/mine")
    assert not any(line.startswith("GET") and line.endswith("model.onnx") for line in hub.asked)


def test_what_was_fetched_is_tried_as_any_file_of_others(hub, commit, tmp_path):
    data = b"\x80\x04cos\nsystem\n"  # how a pickle begins
    described = {"files": {"model.onnx": {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}}}
    hub.commit("me/mine", {"model.onnx": data, "config.json": json.dumps(described).encode()})
    with pytest.raises(
        ModelError, match="model.onnx is not one of Pincel's models: it is not a model that onnxruntime"
    ):
        load_model("hf:me/mine")


def test_it_is_known_wherever_a_model_is_named(hub, commit):
    from pincel.serve.catalogue import find_models
    from pincel.training.pretrained import model_behind
    from pincel.training.teacher import teacher_path

    assert find_models(["hf:me/mine@main"]).pick("mine", "colorize").card.name == "red"
    assert teacher_path("hf:me/mine") == f"hf:me/mine@{commit}"
    start = model_behind("hf:me/mine")
    assert start is not None
    assert start.card.name == "red"


def test_without_the_extra_the_line_that_adds_it_is_told(monkeypatch):
    again()
    monkeypatch.setattr("pincel.extras.find_spec", lambda name: None)
    with pytest.raises(PincelError, match=r"huggingface_hub, which comes with the part 'hub' .* install .*\[hub\]"):
        fetch("hf:me/mine")
