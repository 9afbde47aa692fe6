from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from pincel.errors import PincelError
from pincel.imaging.edges import SketchStyle, draw_sketch
from pincel.models.hed import HED
from pincel.training.hed_edges import hed_edges, load_hed

WEIGHTS = Path(__file__).parents[3] / "shared" / "data" / "weights" / "hed_vgg16.safetensors"


@pytest.fixture(scope="module")
def state():
    torch.manual_seed(0)
    return {name: value.half() for name, value in HED().state_dict().items()}


def test_float16_weights_of_a_file_give_an_edge_function(state, tmp_path):
    save_file(state, tmp_path / "hed.safetensors")
    edges = hed_edges(tmp_path / "hed.safetensors")(np.zeros((20, 31, 3), np.uint8))
    assert edges.dtype == np.float32
    assert edges.shape == (20, 31)
    assert 0 <= edges.min() <= edges.max() <= 1


def test_files_that_are_not_hed_are_one_sentence(state, tmp_path):
    with pytest.raises(PincelError, match=r"nowhere.safetensors does not exist"):
        load_hed(tmp_path / "nowhere.safetensors")
    (tmp_path / "torn.safetensors").write_bytes(b"no")
    with pytest.raises(PincelError, match="cannot be read"):
        load_hed(tmp_path / "torn.safetensors")
    for name, change, message in (
        ("less", lambda s: s.pop("dsn1.bias"), "dsn1.bias is missing"),
        ("more", lambda s: s.update(classifier=torch.zeros(1)), "classifier is unknown"),
        ("other", lambda s: s.update({"dsn1.bias": torch.zeros(2)}), "does not fit HED: .*dsn1.bias"),
    ):
        changed = dict(state)
        change(changed)
        save_file(changed, tmp_path / f"{name}.safetensors")
        with pytest.raises(PincelError, match=message):
            load_hed(tmp_path / f"{name}.safetensors")


@pytest.mark.data
@pytest.mark.skipif(not WEIGHTS.is_file(), reason="the weights are not beside the project")
def test_the_real_weights_find_a_square_where_it_is():
    photo = np.full((120, 136, 3), 40, np.uint8)
    photo[40:90, 40:100] = 220
    lines = draw_sketch(photo, SketchStyle(method="hed"), hed_edges(WEIGHTS)) == 0
    for profile, borders in ((lines[65], (39.5, 99.5)), (lines[:, 70], (39.5, 89.5))):
        found = np.nonzero(profile)[0]
        assert len(found) == 2
        assert np.abs(found - np.array(borders)).max() <= 1.5
    assert lines.mean() < 0.03
