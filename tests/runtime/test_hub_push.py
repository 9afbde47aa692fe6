"""What is sent to a Hub: whole versions, that paint as the model did."""

import json

import pytest

from pincel.documents import parse_yaml
from pincel.errors import PincelError
from pincel.runtime.hub import digest, fetch
from pincel.runtime.hub_push import send, write_folder
from pincel.runtime.model_file import load_model


def test_a_folder_holds_the_model_its_digest_and_its_card(make_model, tmp_path):
    path = make_model(
        "mine", description="Paints | red.", data="my photos", quality={"n": 12}, recipe="task: colorize\nseed: 1\n"
    )
    files = write_folder(path, "me/mine", tmp_path / "out")
    assert [file.name for file in files] == ["model.onnx", "config.json", "README.md"]
    described = json.loads((tmp_path / "out" / "config.json").read_text())
    assert described["files"] == {"model.onnx": {"sha256": digest(path), "bytes": path.stat().st_size}}
    assert (described["library_name"], described["task"]) == ("pincel", "colorize")
    _, head, text = (tmp_path / "out" / "README.md").read_text().split("---\n", 2)
    assert parse_yaml(head) == {
        "library_name": "pincel",
        "pipeline_tag": "image-to-image",
        "tags": ["pincel", "colorize", "onnx"],
    }
    for line in (
        "# mine",
        "pincel colorize PHOTO --model hf:me/mine",
        "Paints | red.",
        "| trained on | 0 pictures: my photos |",
        "| n | 12 |",
        "    seed: 1",
    ):
        assert line in text.splitlines()


def test_what_was_sent_paints_as_before(hub, make_model, tmp_path):
    weights = tmp_path / "last.safetensors"
    weights.write_bytes(b"weights")
    path = make_model("mine")
    files = write_folder(path, "me/mine", tmp_path / "out", weights)
    commit, address = send(files, "me/mine", private=True)
    assert address.endswith(f"/me/mine/commit/{commit}")
    assert hub.private == {"me/mine"}
    assert hub.newest("me/mine").keys() - {".gitattributes"} == {file.name for file in files}
    assert load_model(f"hf:me/mine@{commit}").path.read_bytes() == path.read_bytes()


def test_weights_of_an_older_version_do_not_stay_beside_another_model(hub, make_model, tmp_path):
    weights = tmp_path / "last.safetensors"
    weights.write_bytes(b"weights")
    send(write_folder(make_model("mine"), "me/mine", tmp_path / "one", weights), "me/mine")
    assert "model.safetensors" in hub.newest("me/mine")
    send(write_folder(make_model("next"), "me/mine", tmp_path / "two"), "me/mine")
    assert "model.safetensors" not in hub.newest("me/mine")
    fetch.cache_clear()
    assert load_model("hf:me/mine").card.name == "next"


def test_who_may_not_send_is_told_how_to(hub, make_model, tmp_path, monkeypatch):
    files = write_folder(make_model(), "me/mine", tmp_path / "out")
    monkeypatch.setenv("HF_TOKEN", "hf_other")
    with pytest.raises(PincelError, match="does not let you do this with me/mine; log in with: hf auth login"):
        send(files, "me/mine")
    assert hub.repositories == {}


def test_without_a_network_nothing_is_sent(hub, make_model, tmp_path):
    files = write_folder(make_model(), "me/mine", tmp_path / "out")
    hub.close()
    with pytest.raises(PincelError, match="gives no answer that can be used"):
        send(files, "me/mine")


def test_a_folder_that_cannot_be_written_is_told(make_model, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(PincelError, match="cannot be written: "):
        write_folder(make_model(), "me/mine", tmp_path / "file" / "out")
