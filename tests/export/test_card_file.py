import numpy as np
import onnx
import pytest

from pincel.errors import ModelError, PincelError
from pincel.export.card_file import add_quality, read_card_fields
from pincel.runtime.model_file import load_model


def test_fields_come_from_yaml(tmp_path):
    (tmp_path / "card.yaml").write_text("description: mine\nsaturation: 1.1\n")
    assert read_card_fields(tmp_path / "card.yaml") == {"description": "mine", "saturation": 1.1}
    assert read_card_fields(None) == {}


@pytest.mark.parametrize("text", ["licence: x", "- a list", ": : :"])
def test_what_is_no_card_is_refused(tmp_path, text):
    (tmp_path / "card.yaml").write_text(text)
    with pytest.raises(PincelError, match=r"card\.yaml"):
        read_card_fields(tmp_path / "card.yaml")


def test_quality_is_added_and_the_network_stays(make_model):
    path = make_model(quality={"old": 1, "same": 2})
    source = np.zeros((1, 1, 4, 4), np.float32)
    before = load_model(path).run(source)
    add_quality(path, {"same": 3, "new": {"n": 4}})
    model = load_model(path)
    assert model.card.quality == {"old": 1, "same": 3, "new": {"n": 4}}
    assert (model.run(source) == before).all()


def test_a_foreign_file_has_no_card_to_write_to(make_model):
    path = make_model()
    model = onnx.load(path)
    del model.metadata_props[:]
    onnx.save(model, path)
    with pytest.raises(ModelError, match="no model card"):
        add_quality(path, {})
