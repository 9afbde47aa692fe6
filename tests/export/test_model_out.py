import onnx
import pytest

from pincel.errors import PincelError
from pincel.export.model_out import check_out, load_file, set_card, write_graph
from pincel.runtime.model_file import load_model


def test_a_graph_is_written_with_a_new_card_and_the_hashes_as_they_were(convolving_model, tmp_path):
    before = load_file(convolving_model())
    graph = onnx.load(before.path)
    set_card(graph, before.card.model_copy(update={"name": "new"}), before)
    size = write_graph(graph, tmp_path / "new.onnx")
    model = load_model(tmp_path / "new.onnx")
    assert (model.card.name, model.training_hashes.tolist()) == ("new", [3, 5])
    assert size == (tmp_path / "new.onnx").stat().st_size


def test_a_full_disk_leaves_nothing_behind(convolving_model, tmp_path, monkeypatch):
    graph = onnx.load(convolving_model())

    def full(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pincel.export.model_out.write_atomically", full)
    with pytest.raises(PincelError, match=r"new\.onnx cannot be written: the disk is full; free some space"):
        write_graph(graph, tmp_path / "new.onnx")


def test_checking_makes_the_folder_and_leaves_no_file(convolving_model, tmp_path):
    check_out(tmp_path / "deep" / "new.onnx", load_model(convolving_model()))
    assert list((tmp_path / "deep").iterdir()) == []


def test_a_run_must_be_exported_first(tmp_path):
    with pytest.raises(PincelError, match="pincel export"):
        load_file(tmp_path)
